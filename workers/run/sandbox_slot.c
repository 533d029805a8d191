/*
 * sandbox_slot.c -- see sandbox_slot.h.
 */
#include "sandbox_slot.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"
#include "sandbox/parcel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Age from which a call is asked for its memory, or killed where it was canceled, because either would
 * cost more than a younger call. */
#define YOUNG_MS      (TY_SANDBOX_WATCH_MS - 2)
#define IDLE_CLOSE_MS 60000
/* A process that was given more than this has grown to 4 MB, on its way to 9: its engine collects late, and only
 * under load, because a first collection costs more than a start.  So it is not kept when it idles. */
#define GROWN_GIVEN    16
#define GROWN_CLOSE_MS 1000
/* Given to a process ahead of its time, so that it need not wait for us between two. */
#define SLOT_DEPTH 2
/* Code that has used so much CPU time is long: nearly all code is through in a tenth of it. */
#define LONG_MS	  100
#define LONG_NICE 19
/* Code is waited for no longer than this before more than a share and one work at a time; by the
 * wall where the process gets none. */
#define BUSY_MS 20
/* A warm parent that ends takes along what it was asked for and what waits for it: the requests
 * are given to others, unless the program never starts. */
#define STILLBORN_MAX 8
#define BUSY_WALL_MS  1000

/* ---- requests in and out ---- */

/* Watch the process, which works on 'first' from now on. */
static void
slot_begin(struct slot *slot)
{
	ty_sandbox_watch_begin(&slot->watch, &slot->home->conf, slot->first->timeout_ms,
			       slot->first->size_bytes);
}

struct sandbox_request *
slot_take(struct slot *slot)
{
	struct sandbox_request *request = slot->first;

	slot->first = request->next;
	request->next = NULL;
	slot->depth--;
	if (slot->first != NULL)
		slot_begin(slot);
	else
		slot->idle_since_ms = ty_time_mono_ms();
	return request;
}

void
slot_tell(struct sandbox_request *request, const json_t *answer, const struct ty_err *err)
{
	sandbox_answer_fn fn = request->fn;
	void *ctx = request->ctx;

	free(request);
	if (fn != NULL)
		fn(ctx, answer, err);
}

bool
slot_give(struct slot *slot, struct sandbox_request *request)
{
	struct ty_arena *arena = ty_arena_new(NULL, "sandbox.request", 0);
	struct sandbox_request **end = &slot->first;
	size_t len;
	char *text = ty_json_dump(arena, request->request, &len);
	struct sandbox_child_body body = { text, len, request->bytes != NULL, NULL, 0 };

	request->is_given = true;
	if (request->bytes != NULL) {
		body.bytes = request->bytes->in;
		body.bytes_len = request->bytes->in_len;
	}
	len = sandbox_child_body_size(&body);
	if (len > TY_LIMIT_SANDBOX_MESSAGE_BYTES) {
		ty_arena_free(arena);
		return false;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = request;
	request->size_bytes = len;
	slot->given++;
	if (slot->depth++ == 0)
		slot_begin(slot);
	sandbox_child_send(&slot->child, &body);
	ty_arena_free(arena);
	return true;
}

static void slot_answered(void *ctx, const char *body, size_t len);
static void slot_broke(void *ctx, const char *why);

enum ty_code
slot_start(struct slot *slot, const struct ty_id *workspace_id, struct ty_err *err)
{
	struct sandbox_child_events events = { slot_answered, slot_broke, slot };

	slot->workspace_id = *workspace_id;
	slot->given = 0;
	slot->is_nice = false;
	slot->idle_since_ms = ty_time_mono_ms();
	return sandbox_child_start(&slot->child, slot->home->loop, &slot->home->zygote,
				   &slot->home->conf, &events, err);
}

void
slot_end(struct slot *slot)
{
	struct sandbox_request *given[SLOT_DEPTH];
	size_t count = 0;

	sandbox_child_kill(&slot->child);
	while (slot->first != NULL)
		given[count++] = slot_take(slot);
	while (count > 0) {
		struct sandbox_request *r = given[--count];

		if (r->fn == NULL)
			free(r);
		else
			sandbox_lane_push(&slot->home->lanes, r, true);
	}
}

/* End the process.  What it worked on fails with 'err' (NULL where that was canceled). */
static void
slot_fail(struct slot *slot, const struct ty_err *err)
{
	struct sandbox_request *failed = slot->first != NULL ? slot_take(slot) : NULL;

	slot_end(slot);
	if (failed != NULL)
		slot_tell(failed, NULL, err);
	slot->home->changed(slot->home);
}

/* Give the process its old priority after long code, or replace it (4). */
static void
slot_renew(struct slot *slot)
{
	struct ty_err err = { 0 };

	if (!slot->is_nice)
		return;
	slot->is_nice = false;
	if (setpriority(PRIO_PROCESS, (id_t)slot->child.process.pid, 0) == 0)
		return;
	slot_end(slot);
	/* At once, so that the next need not wait for it. */
	(void)!slot_start(slot, &slot->workspace_id, &err);
}

/* Tell code that went on for so long that its patterns may not be believed (message.h). */
static void
slot_note_time(struct slot *slot, json_t *answer)
{
	int64_t now_ms = ty_time_mono_ms(), used_ms;

	json_object_del(answer, "cpu_ms"); /* ours to say */
	if (now_ms - slot->watch.begun_ms < TY_LIMIT_SANDBOX_PATTERN_MS)
		return;
	used_ms = ty_sandbox_watch_used_ms(&slot->watch, &slot->child.process);
	json_object_set_new(answer, "cpu_ms", json_integer(used_ms));
}

/* Parse without ty_sandbox_answer_parse, because the engine reads { "ok": false } itself, with item and
 * stack. */
static enum ty_code
answer_parse(struct ty_arena *arena, const char *body, size_t len, json_t **ret_answer,
	     struct ty_err *err)
{
	size_t values = len > TY_LIMIT_SANDBOX_VALUES ? ty_json_count(body, len) : 0;

	/* Before a tree is made: a script gives back what it likes, and three bytes may cost 270. */
	if (values > TY_LIMIT_SANDBOX_VALUES) {
		ty_err_set(err, TY_E_LIMIT, "The code gave back %zu values; %d may come at a time",
			   values, TY_LIMIT_SANDBOX_VALUES);
		err->retryable = false;
		return ty_err_hint(err, "Give back fewer, or as one text: JSON.stringify(...).");
	}
	if (ty_json_parse_stored(arena, body, len, ret_answer, err) == TY_OK)
		return TY_OK;
	err->code = TY_E_INVALID;
	return ty_err_wrap(err, "The code gave back something that cannot be kept");
}

/* An answer, and a copy of its bytes, because the process that they lie with may be gone when they are read. */
static enum ty_code
answer_take(struct ty_arena *arena, struct ty_parcel_bytes *bytes, const char *body, size_t len,
	    json_t **ret_answer, struct ty_err *err)
{
	struct ty_parcel parcel;

	if (bytes == NULL)
		return answer_parse(arena, body, len, ret_answer, err);
	if (!ty_parcel_split(body, len, &parcel))
		return ty_err_set(err, TY_E_UPSTREAM, "The parser's answer is broken");
	if (answer_parse(arena, parcel.text, parcel.text_len, ret_answer, err) != TY_OK)
		return err->code;
	if (parcel.bytes_len == 0)
		return TY_OK;
	bytes->out = malloc(parcel.bytes_len);
	TY_ASSERT(bytes->out != NULL);
	memcpy(bytes->out, parcel.bytes, parcel.bytes_len);
	bytes->out_len = parcel.bytes_len;
	return TY_OK;
}

static void
slot_answered(void *ctx, const char *body, size_t len)
{
	struct slot *slot = ctx;
	struct ty_arena *arena;
	struct sandbox_request *request;
	struct ty_err err = { 0 };
	json_t *answer = NULL;

	if (slot->first == NULL) {
		ty_err_set(&err, TY_E_UPSTREAM, "The code sandbox spoke without being asked");
		slot_fail(slot, &err);
		return;
	}
	slot->child.process.is_started = true;
	slot->home->stillborn = 0;
	arena = ty_arena_new(NULL, "sandbox.answer", 0);
	if (slot->first->fn != NULL &&
	    answer_take(arena, slot->first->bytes, body, len, &answer, &err) == TY_OK)
		slot_note_time(slot, answer);
	request = slot_take(slot);
	slot_renew(slot);
	if (request->fn == NULL) {
		slot_tell(request, NULL, NULL);
	} else if (answer != NULL) {
		/* Before the run goes on, so that the process need not wait. */
		slot->home->changed(slot->home);
		slot_tell(request, answer, NULL);
	} else {
		slot_tell(request, NULL, &err);
	}
	ty_arena_free(arena);
	slot->home->changed(slot->home);
}

static void
slot_broke(void *ctx, const char *why)
{
	struct slot *slot = ctx;
	struct ty_err err = { 0 };
	size_t memory_max = slot->first != NULL ? slot->watch.memory_max_bytes
						: ty_sandbox_memory_max_bytes(&slot->home->conf, 0);

	if (why == NULL && slot->child.process.pid <= 0 &&
	    ++slot->home->stillborn <= STILLBORN_MAX) {
		slot_end(slot);
		slot->home->changed(slot->home);
		return;
	}
	if (why != NULL)
		ty_err_set(&err, TY_E_UPSTREAM, "%s", why);
	else
		sandbox_child_reap(&slot->child, memory_max, &err);
	slot_fail(slot, &err);
}

/* ---- what it does now ---- */

static int64_t
slot_took_ms(const struct slot *slot)
{
	return ty_time_mono_ms() - slot->watch.begun_ms;
}

/* A process that is about to start is given one request: what it has read tells when it began. */
bool
slot_may_take(const struct slot *slot)
{
	return slot->depth == 0 || (slot->depth < SLOT_DEPTH && slot->child.process.is_started &&
				    slot_took_ms(slot) < YOUNG_MS);
}

bool
slot_is_busy(const struct slot *slot)
{
	return slot->first != NULL && slot->child.process.is_started &&
	       (slot->watch.used_ms >= BUSY_MS || slot_took_ms(slot) >= BUSY_WALL_MS);
}

bool
slot_is_long(const struct slot *slot)
{
	return slot->first != NULL && (slot->watch.used_ms >= LONG_MS || slot->first->is_long);
}

bool
slot_is_of(const struct slot *slot, const struct ty_id *workspace_id)
{
	return ty_id_eq(&slot->workspace_id, workspace_id);
}

/* ---- watching ---- */

/* Take back what stands behind the first, which may be long about it (3). */
static void
slot_give_back(struct slot *slot)
{
	for (struct sandbox_request **at = &slot->first->next; *at != NULL; at = &(*at)->next) {
		struct sandbox_request *request = *at, *left;

		if (request->fn == NULL)
			continue;
		left = malloc(sizeof(*left));
		TY_ASSERT(left != NULL);
		*left = *request;
		left->fn = NULL;
		*at = left;
		sandbox_lane_push(&slot->home->lanes, request, true);
	}
}

static void
slot_give_way(struct slot *slot)
{
	if (slot->is_nice || slot->watch.used_ms < LONG_MS)
		return;
	/* Fails where the sandbox is another's: then it only does not give way. */
	(void)setpriority(PRIO_PROCESS, (id_t)slot->child.process.pid, LONG_NICE);
	slot->is_nice = true;
}

void
slot_watch(struct slot *slot, int64_t now_ms)
{
	enum ty_sandbox_fault fault;
	struct ty_err err = { 0 };

	if (slot->first == NULL) {
		if (now_ms - slot->idle_since_ms >=
		    (slot->given > GROWN_GIVEN ? GROWN_CLOSE_MS : IDLE_CLOSE_MS))
			sandbox_child_kill(&slot->child);
		return;
	}
	if (slot_took_ms(slot) < YOUNG_MS)
		return;
	if (slot->first->fn == NULL) {
		slot_fail(slot, NULL); /* the request was called off */
		return;
	}
	fault = ty_sandbox_watch_look(&slot->watch, &slot->child.process);
	if (fault != TY_SANDBOX_NO_FAULT) {
		ty_sandbox_fault_set(&err, fault, &slot->watch);
		slot_fail(slot, &err);
	} else {
		slot_give_back(slot);
		slot_give_way(slot);
	}
}
