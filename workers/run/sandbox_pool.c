/*
 * sandbox_pool.c -- see sandbox_pool.h.
 *
 *   submit -> lane of its workspace -> (turn) -> slot's queue -> answered
 *                    ^                               |  \
 *                    |  process killed: not begun    |   \  begun: fails
 *                    +-------------------------------+    \-> TIMEOUT, LIMIT, UPSTREAM
 *
 * Invariants:
 *   (1) The first request of a slot is what its process works on; the deadline is its.
 *   (2) A canceled request that a process has already been given stays in the slot, with
 *       no fn, until it is answered or killed: frames carry no number.  The watch kills a
 *       process that works on one; what is quick may end first, for that is cheaper.
 *   (3) Nothing stands behind a call that is no longer young: it goes back to its lane, for
 *       whichever process is free next, and leaves a canceled one in its place.
 */
#include "sandbox_pool.h"

#include "sandbox_child.h"
#include "sandbox_lane.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

/* A call younger than this is not asked for its memory, nor killed where it was canceled: that
 * would cost more than the call. */
#define YOUNG_MS      (TY_SANDBOX_WATCH_MS - 2)
#define IDLE_CLOSE_MS 60000
/* How often idle processes are looked at. */
#define IDLE_WATCH_MS 1000
#define RESTART_MS    200
/* Given to a process ahead of its time, so that it need not wait for us between two. */
#define SLOT_DEPTH 2

struct slot {
	struct sandbox_pool *pool;
	struct sandbox_child child;
	struct sandbox_request *first;
	size_t depth;
	int64_t begun_ms; /* when its process began with 'first' */
	int64_t idle_since_ms;
};

struct sandbox_pool {
	uv_loop_t *loop;
	struct ty_sandbox_conf conf;
	const struct ty_log *log;
	uv_timer_t watch, restart, soon;
	int open_handles;
	struct slot *slots;
	size_t slot_count;
	struct sandbox_lanes lanes;
	bool is_watching;		 /* the watch ticks fast */
	struct sandbox_request *refused; /* too large; told soon */
	bool is_failing;		 /* the last start failed */
};

/* ---- slots ---- */

static void pool_dispatch(struct sandbox_pool *pool);
static void pool_restart(uv_timer_t *timer);
static void pool_soon(uv_timer_t *timer);
static void pool_watch(uv_timer_t *timer);

static struct sandbox_request *
slot_take(struct slot *slot)
{
	struct sandbox_request *request = slot->first;

	slot->first = request->next;
	request->next = NULL;
	slot->depth--;
	slot->begun_ms = slot->idle_since_ms = ty_time_mono_ms();
	return request;
}

static void
request_tell(struct sandbox_request *request, const json_t *answer, const struct ty_err *err)
{
	sandbox_pool_fn fn = request->fn;
	void *ctx = request->ctx;

	free(request);
	if (fn != NULL)
		fn(ctx, answer, err);
}

/*
 * Kill the process.  What it worked on fails with 'err' (NULL where that was canceled); what
 * stood behind goes back.
 */
static void
slot_fail(struct slot *slot, const struct ty_err *err)
{
	struct sandbox_pool *pool = slot->pool;
	struct sandbox_request *failed = NULL, *behind[SLOT_DEPTH];
	size_t behind_count = 0;

	sandbox_child_kill(&slot->child);
	if (slot->first != NULL)
		failed = slot_take(slot);
	while (slot->first != NULL)
		behind[behind_count++] = slot_take(slot);
	while (behind_count > 0) {
		struct sandbox_request *r = behind[--behind_count];

		if (r->fn == NULL)
			free(r);
		else
			sandbox_lane_push(&pool->lanes, r, true);
	}
	if (failed != NULL)
		request_tell(failed, NULL, err);
	pool_dispatch(pool);
}

/* Not ty_sandbox_answer_parse: the engine reads { "ok": false } itself, with item and stack. */
static enum ty_code
answer_parse(struct ty_arena *arena, const char *body, size_t len, json_t **ret_answer,
	     struct ty_err *err)
{
	if (ty_json_parse_stored(arena, body, len, ret_answer, err) == TY_OK)
		return TY_OK;
	err->code = TY_E_INVALID;
	return ty_err_wrap(err, "The code gave back something that cannot be kept");
}

static void
slot_answered(void *ctx, const char *body, size_t len)
{
	struct slot *slot = ctx;
	struct sandbox_pool *pool = slot->pool;
	struct ty_arena *arena;
	struct sandbox_request *request;
	struct ty_err err = { 0 };
	json_t *answer = NULL;

	if (slot->first == NULL) {
		ty_err_set(&err, TY_E_UPSTREAM, "The code sandbox spoke without being asked");
		slot_fail(slot, &err);
		return;
	}
	request = slot_take(slot);
	arena = ty_arena_new(NULL, "sandbox.answer", 0);
	if (request->fn == NULL) {
		request_tell(request, NULL, NULL);
	} else if (answer_parse(arena, body, len, &answer, &err) == TY_OK) {
		pool_dispatch(pool); /* before the run goes on: the process need not wait */
		request_tell(request, answer, NULL);
	} else {
		request_tell(request, NULL, &err);
	}
	ty_arena_free(arena);
	pool_dispatch(pool);
}

static size_t
slot_memory_max(const struct slot *slot)
{
	return ty_sandbox_memory_max_bytes(&slot->pool->conf,
					   slot->first != NULL ? slot->first->size_bytes : 0);
}

static void
slot_broke(void *ctx, const char *why)
{
	struct slot *slot = ctx;
	struct ty_err err = { 0 };

	if (why != NULL)
		ty_err_set(&err, TY_E_UPSTREAM, "%s", why);
	else
		sandbox_child_reap(&slot->child, slot_memory_max(slot), &err);
	if (err.code == TY_E_LIMIT)
		err.retryable = false;
	slot_fail(slot, &err);
}

static void
pool_refuse(struct sandbox_pool *pool, struct sandbox_request *request)
{
	request->next = pool->refused;
	pool->refused = request;
	uv_timer_start(&pool->soon, pool_soon, 0, 0);
}

static void
pool_soon(uv_timer_t *timer)
{
	struct sandbox_pool *pool = timer->data;
	struct sandbox_request *request;
	struct ty_err err = { 0 };

	ty_err_set(&err, TY_E_LIMIT, "The data for the code is over %d bytes",
		   TY_LIMIT_SANDBOX_MESSAGE_BYTES);
	err.retryable = false;
	ty_err_hint(&err, "Work on fewer items at once");
	while ((request = pool->refused) != NULL) {
		pool->refused = request->next;
		request_tell(request, NULL, &err);
	}
}

static void
slot_give(struct slot *slot, struct sandbox_request *request)
{
	struct ty_arena *arena = ty_arena_new(NULL, "sandbox.request", 0);
	struct sandbox_request **end = &slot->first;
	size_t len;
	char *text = ty_json_dump(arena, request->request, &len);

	request->is_given = true;
	if (len > TY_LIMIT_SANDBOX_MESSAGE_BYTES) {
		ty_arena_free(arena);
		pool_refuse(slot->pool, request);
		return;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = request;
	if (slot->depth++ == 0)
		slot->begun_ms = ty_time_mono_ms();
	request->size_bytes = len;
	sandbox_child_send(&slot->child, text, len);
	ty_arena_free(arena);
	if (!slot->pool->is_watching) {
		slot->pool->is_watching = true;
		uv_timer_start(&slot->pool->watch, pool_watch, TY_SANDBOX_WATCH_MS, 0);
	}
}

/* ---- dispatch ---- */

static bool
slot_may_take(const struct slot *slot)
{
	return slot->depth == 0 ||
	       (slot->depth < SLOT_DEPTH && ty_time_mono_ms() - slot->begun_ms < YOUNG_MS);
}

/* A running process with the least to do, or a slot in which one may be started. */
static struct slot *
pool_pick(struct sandbox_pool *pool)
{
	struct slot *best = NULL, *empty = NULL;

	for (size_t i = 0; i < pool->slot_count; i++) {
		struct slot *slot = &pool->slots[i];

		if (!sandbox_child_is_running(&slot->child))
			empty = empty != NULL ? empty : slot;
		else if (slot_may_take(slot) && (best == NULL || slot->depth < best->depth))
			best = slot;
	}
	if (empty != NULL && (best == NULL || best->depth > 0) &&
	    !uv_is_active((uv_handle_t *)&pool->restart))
		return empty;
	return best;
}

static bool
slot_start(struct slot *slot)
{
	struct sandbox_pool *pool = slot->pool;
	struct sandbox_child_events events = { slot_answered, slot_broke, slot };
	struct ty_err err = { 0 };

	if (sandbox_child_is_running(&slot->child))
		return true;
	if (sandbox_child_start(&slot->child, pool->loop, &pool->conf, &events, &err) == TY_OK) {
		pool->is_failing = false;
		slot->idle_since_ms = ty_time_mono_ms();
		return true;
	}
	if (!pool->is_failing)
		ty_log_err(pool->log, TY_LOG_ERROR, "cannot start the code sandbox", &err);
	uv_timer_start(&pool->restart, pool_restart, RESTART_MS, 0);
	return false;
}

static void
pool_dispatch(struct sandbox_pool *pool)
{
	struct slot *slot;

	while (pool->lanes.first != NULL && (slot = pool_pick(pool)) != NULL && slot_start(slot))
		slot_give(slot, sandbox_lane_take(&pool->lanes));
}

/* Starting failed a moment ago: once more; fails all that wait where it fails again. */
static void
pool_restart(uv_timer_t *timer)
{
	struct sandbox_pool *pool = timer->data;
	struct sandbox_request *request, *all = NULL;
	struct ty_err err = { 0 };

	if (!pool->is_failing) {
		pool->is_failing = true;
		pool_dispatch(pool);
		return;
	}
	ty_err_set(&err, TY_E_UNAVAILABLE, "The code sandbox cannot be started");
	ty_err_hint(&err,
		    "Look into the log of tyboo-run; sandbox_path in tyboo.conf may be wrong");
	while ((request = sandbox_lane_take(&pool->lanes)) != NULL) {
		request->next = all;
		all = request;
	}
	while ((request = all) != NULL) {
		all = request->next;
		request_tell(request, NULL, &err);
	}
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
		sandbox_lane_push(&slot->pool->lanes, request, true);
	}
}

static void
slot_watch(struct slot *slot, int64_t now_ms)
{
	struct ty_err err = { 0 };
	int64_t took_ms = now_ms - slot->begun_ms;

	if (slot->first == NULL) {
		if (now_ms - slot->idle_since_ms >= IDLE_CLOSE_MS)
			sandbox_child_kill(&slot->child);
		return;
	}
	if (slot->first->fn == NULL && took_ms >= YOUNG_MS) {
		slot_fail(slot, NULL); /* nobody is told */
	} else if (took_ms >= slot->first->timeout_ms) {
		ty_err_set(&err, TY_E_TIMEOUT, "The code ran for more than %lld ms and was stopped",
			   (long long)slot->first->timeout_ms);
		err.retryable = false;
		ty_err_hint(&err, "Look for a loop that does not end");
		slot_fail(slot, &err);
	} else if (took_ms >= YOUNG_MS &&
		   ty_sandbox_rss_bytes(&slot->child.process) > slot_memory_max(slot)) {
		ty_err_set(&err, TY_E_LIMIT,
			   "The code used more memory than it may and was stopped");
		err.retryable = false;
		ty_err_hint(&err, "Work on fewer items at once, or keep less of them");
		slot_fail(slot, &err);
	} else if (took_ms >= YOUNG_MS) {
		slot_give_back(slot);
	}
}

/* Often while something works, seldom while there are only idle processes. */
static void
pool_watch(uv_timer_t *timer)
{
	struct sandbox_pool *pool = timer->data;
	int64_t now_ms = ty_time_mono_ms();
	bool working = false;

	pool->is_watching = false;
	for (size_t i = 0; i < pool->slot_count; i++)
		if (sandbox_child_is_running(&pool->slots[i].child))
			slot_watch(&pool->slots[i], now_ms);
	pool_dispatch(pool);
	for (size_t i = 0; i < pool->slot_count; i++)
		working = working || pool->slots[i].first != NULL;
	pool->is_watching = working;
	if (sandbox_pool_count(pool) > 0)
		uv_timer_start(&pool->watch, pool_watch,
			       working ? TY_SANDBOX_WATCH_MS : IDLE_WATCH_MS, 0);
}

/* ---- public ---- */

struct sandbox_pool *
sandbox_pool_new(struct uv_loop_s *loop, const struct ty_sandbox_conf *conf, size_t processes_max,
		 const struct ty_log *log)
{
	struct sandbox_pool *pool = calloc(1, sizeof(*pool));

	TY_ASSERT(pool != NULL);
	pool->loop = loop;
	pool->conf = *conf;
	pool->log = log;
	sandbox_lanes_init(&pool->lanes);
	pool->slot_count = processes_max;
	pool->slots = calloc(processes_max, sizeof(*pool->slots));
	TY_ASSERT(pool->slots != NULL);
	for (size_t i = 0; i < processes_max; i++)
		pool->slots[i].pool = pool;
	uv_timer_init(loop, &pool->watch);
	uv_timer_init(loop, &pool->restart);
	uv_timer_init(loop, &pool->soon);
	pool->watch.data = pool->restart.data = pool->soon.data = pool;
	pool->open_handles = 3;
	return pool;
}

static void
pool_timer_closed(uv_handle_t *handle)
{
	struct sandbox_pool *pool = handle->data;

	if (--pool->open_handles == 0) {
		sandbox_lanes_done(&pool->lanes);
		free(pool->slots);
		free(pool);
	}
}

void
sandbox_pool_free(struct sandbox_pool *pool)
{
	struct sandbox_request *request;

	if (pool == NULL)
		return;
	for (size_t i = 0; i < pool->slot_count; i++) {
		sandbox_child_kill(&pool->slots[i].child);
		while (pool->slots[i].first != NULL)
			free(slot_take(&pool->slots[i]));
	}
	while ((request = sandbox_lane_take(&pool->lanes)) != NULL)
		free(request);
	while ((request = pool->refused) != NULL) {
		pool->refused = request->next;
		free(request);
	}
	uv_close((uv_handle_t *)&pool->soon, pool_timer_closed);
	uv_close((uv_handle_t *)&pool->watch, pool_timer_closed);
	uv_close((uv_handle_t *)&pool->restart, pool_timer_closed);
}

struct sandbox_request *
sandbox_pool_submit(struct sandbox_pool *pool, const struct ty_id *workspace_id, const json_t *json,
		    int64_t timeout_ms, sandbox_pool_fn fn, void *ctx)
{
	struct sandbox_request *request = calloc(1, sizeof(*request));

	TY_ASSERT(request != NULL);
	request->pool = pool;
	request->workspace_id = *workspace_id;
	request->request = json;
	request->timeout_ms = timeout_ms > 0 ? timeout_ms : TY_LIMIT_SANDBOX_MS;
	request->fn = fn;
	request->ctx = ctx;
	sandbox_lane_push(&pool->lanes, request, false);
	pool_dispatch(pool);
	return request;
}

void
sandbox_pool_cancel(struct sandbox_request *request)
{
	if (request->is_given) {
		request->fn = NULL;
		return;
	}
	sandbox_lane_remove(&request->pool->lanes, request);
	free(request);
}

size_t
sandbox_pool_count(const struct sandbox_pool *pool)
{
	size_t count = 0;

	for (size_t i = 0; i < pool->slot_count; i++)
		count += sandbox_child_is_running(&pool->slots[i].child);
	return count;
}
