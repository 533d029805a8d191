/*
 * journal.c -- the journal of a run: what entries are called, what an earlier attempt wrote,
 * and what is written now.
 *
 * Of an effect both are in it, intent and answer.  Of a request of a pure node only a failure
 * is: that time or memory ran out, or that the sandbox broke, is the word of one machine at
 * one time and cannot be computed again.  What goes well costs nothing.
 *
 * Keys, the first as they were before there were frames and attempts, so that a run which an
 * earlier release began is taken over:
 *
 *	<node>/1/<number or params>		the root frame's first attempt; "1i" see below
 *	<node>/<attempt>/<number>		a later attempt there
 *	<node>/1/call				a wait that ends at its address, whatever the attempt: the
 *						call may come before the run is there, so its key is
 *						made of node and frame alone
 *	<frame path>/<node>/<attempt>/<number>	in an iteration; a path is "<loop>:<iteration>", nested
 *						ones joined by "/"
 *
 * No id has a "/" and every iteration is digits, so the last three parts are never a frame's, and
 * what is before the last ":" of a frame's part is the loop's id.  A call that an earlier attempt
 * has made carries the Idempotency-Key of its first.
 *
 * Until 2026-11 a step failed as a whole where one of its items did, and was not tried again.  Keys
 * after a step of which items failed by themselves, or an attempt, say so ("1i" for "1"), so that a run which such a release began, and
 * went on with, is taken over in its own way: its later entries answer other questions.
 *
 * Memory: entries are borrowed from the spec; names are the step's.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPT_AFTER_NAME "1i" /* after a step of which items failed by themselves */
/* The request that asks for a step's parameters, where others have their number. */
#define PARAMS_NAME "params"
/* The answer of a call from outside, which says nothing of how far the run has come. */
#define CALL_NAME "call"
/* The longest id of a node; a longer one is in no graph. */
#define ID_BYTES 64

/* ---- where in the run an entry belongs ---- */

static int
position_compare(const struct position *a, const struct position *b)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(a->v); i++)
		if (a->v[i] != b->v[i])
			return a->v[i] < b->v[i] ? -1 : 1;
	return 0;
}

/* Behind the path of a frame: a loop's own requests come before its iterations, which begin at 1. */
static void
position_end(struct position *position, size_t depth, size_t place, size_t attempt, uint64_t number)
{
	uint32_t *v = &position->v[2 * depth];

	v[0] = (uint32_t)place + 1;
	v[1] = 0;
	v[2] = (uint32_t)attempt;
	v[3] = (uint32_t)number;
}

static size_t
position_frame(struct position *position, const struct frame *frame)
{
	size_t depth;

	if (frame->parent == NULL)
		return 0;
	depth = position_frame(position, frame->parent);
	position->v[2 * depth] = (uint32_t)frame->loop + 1;
	position->v[2 * depth + 1] = (uint32_t)frame->iteration + 1;
	return depth + 1;
}

static struct position
position_of(const struct request *request)
{
	const struct ty_step *step = request->step;
	struct position position = { 0 };

	position_end(&position, position_frame(&position, step->frame), step->plan->place,
		     step->attempt, request->kind == REQUEST_PARAMS ? 0 : request->number + 1);
	return position;
}

/* The place of a node by its id; false where the graph has none. */
static bool
place_find(const struct ty_run *run, const char *id, size_t len, size_t *ret_place)
{
	const struct ty_graph_node *node;
	char text[ID_BYTES + 1];

	if (len > ID_BYTES)
		return false;
	memcpy(text, id, len);
	text[len] = '\0';
	node = ty_graph_node_find(run->plan->graph, text);
	if (node == NULL)
		return false;
	*ret_place = run->plan->place[node->index];
	return true;
}

/* The parts of a key before its last three, as a frame's. */
static bool
position_parse_frame(const struct ty_run *run, const char *key, const char *end,
		     struct position *position, size_t *ret_depth)
{
	size_t depth = 0, place;

	while (key < end) {
		size_t len = strcspn(key, "/"), colon = len;
		char digits[16];
		int64_t iteration;

		while (colon > 0 && key[colon - 1] != ':')
			colon--;
		if (colon == 0 || depth == TY_LIMIT_FRAME_DEPTH || len - colon >= sizeof(digits))
			return false;
		memcpy(digits, key + colon, len - colon);
		digits[len - colon] = '\0';
		if (!ty_str_parse_i64(digits, 0, UINT32_MAX - 2, &iteration) ||
		    !place_find(run, key, colon - 1, &place))
			return false;
		position->v[2 * depth] = (uint32_t)place + 1;
		position->v[2 * depth++ + 1] = (uint32_t)iteration + 1;
		key += len + 1;
	}
	*ret_depth = depth;
	return true;
}

/* Of a key as journal_name() makes them; false where the graph has no such node. */
static bool
position_parse(const struct ty_run *run, const char *key, struct position *position)
{
	const char *node = key, *attempt = NULL, *number = NULL;
	size_t depth = 0, place;
	int64_t n = -1;

	/* The last three parts: of fewer the missing ones are none. */
	for (const char *at = strchr(key, '/'); at != NULL; at = strchr(at + 1, '/')) {
		if (number != NULL)
			node = attempt;
		attempt = number != NULL ? number : attempt;
		if (attempt == NULL)
			attempt = at + 1;
		else
			number = at + 1;
	}
	*position = (struct position){ 0 };
	if (!position_parse_frame(run, key, node, position, &depth) ||
	    !place_find(run, node, strcspn(node, "/"), &place))
		return false;
	if (number == NULL || !ty_str_parse_i64(number, 0, UINT32_MAX - 1, &n))
		n = -1;
	position_end(position, depth, place,
		     attempt != NULL ? (size_t)strtoul(attempt, NULL, 10) : 0, (uint64_t)(n + 1));
	return true;
}

/* Is it a key that releases before failed items have made, too? */
static bool
key_is_whole(const char *key)
{
	const char *slash = strchr(key, '/');

	return slash != NULL && strncmp(slash, "/1/", 3) == 0 && strchr(slash + 3, '/') == NULL;
}

static bool
key_is_call(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash != NULL && strcmp(slash + 1, CALL_NAME) == 0;
}

void
journal_index(struct ty_run *run)
{
	struct position position;
	json_t *entry;
	size_t i;

	if (json_array_size(run->spec.journal) == 0)
		return;
	run->journal = ty_map_new(run->arena);
	json_array_foreach((json_t *)run->spec.journal, i, entry)
	{
		const char *key = ty_json_str(entry, "key", "");

		ty_map_set(run->journal, key, entry);
		if (key_is_call(key))
			continue;
		if (position_parse(run, key, &position) &&
		    position_compare(&position, &run->journal_end) > 0) {
			run->journal_end = position;
			run->journal_is_whole = key_is_whole(key);
		}
	}
}

bool
journal_is_past(const struct request *request)
{
	struct position position = position_of(request);

	return position_compare(&request->step->run->journal_end, &position) > 0;
}

bool
journal_fails_whole(const struct ty_step *step)
{
	const struct ty_run *run = step->run;
	struct position next = { 0 };

	if (!run->journal_is_whole)
		return false;
	position_end(&next, 0, step->plan->place + 1, 0, 0);
	return position_compare(&run->journal_end, &next) > 0;
}

/* ---- entries ---- */

const char *
journal_step_name(struct ty_step *step, size_t attempt)
{
	const char *path = step->frame->path;

	return ty_arena_printf(step->arena, "%s%s%s/%zu", path != NULL ? path : "",
			       path != NULL ? "/" : "", step->plan->node->id, attempt);
}

/* Of the root frame's first attempt, as they were before there were others. */
static const char *
first_name(struct ty_step *step)
{
	if (step->frame->path == NULL && step->after_failed)
		return ty_arena_printf(step->arena, "%s/" ATTEMPT_AFTER_NAME, step->plan->node->id);
	return journal_step_name(step, 1);
}

static const char *
key_make(struct ty_step *step, size_t attempt, bool is_params, size_t number)
{
	const char *name = attempt == 1 ? first_name(step) : journal_step_name(step, attempt);

	return is_params ? ty_arena_printf(step->arena, "%s/" PARAMS_NAME, name)
			 : ty_arena_printf(step->arena, "%s/%zu", name, number);
}

void
journal_name(struct request *request)
{
	const struct earlier *earlier = retry_earlier(request);
	struct ty_step *step = request->step;
	bool is_params = request->kind == REQUEST_PARAMS;
	const char *first, *text;
	uint8_t sum[TY_SHA256_SIZE];
	char *hex;

	if (request->key != NULL)
		return;
	if (request->is_linked) {
		request->key = request->idempotency_key =
			ty_arena_printf(step->arena, "%s/" CALL_NAME, journal_step_name(step, 1));
		return;
	}
	first = request->key = key_make(step, step->attempt, is_params, request->number);
	if (earlier != NULL)
		first = key_make(step, earlier->first, is_params, request->number);
	text = ty_arena_printf(step->arena, "%s/%s", step->run->spec.run_id.s, first);
	ty_sha256(text, strlen(text), sum);
	hex = ty_arena_alloc(step->arena, 33);
	ty_str_hex(sum, 16, hex);
	request->idempotency_key = hex;
}

const json_t *
journal_find_attempt(struct ty_step *step, size_t number, size_t attempt)
{
	return step->run->journal != NULL
		       ? ty_map_find(step->run->journal, key_make(step, attempt, false, number))
		       : NULL;
}

const json_t *
journal_find(struct request *request)
{
	const struct ty_run *run = request->step->run;

	/* An effect needs its name anyway; of a pure node's request most runs never ask for it. */
	if (run->journal == NULL && !request->journaled)
		return NULL;
	journal_name(request);
	return run->journal != NULL ? ty_map_find(run->journal, request->key) : NULL;
}

void
journal_write(struct request *request, enum ty_journal_kind kind)
{
	struct ty_run *run = request->step->run;
	struct ty_journal_entry entry = {
		.kind = kind,
		.at_ms = kind == TY_JOURNAL_ANSWER ? request->at_ms : run->clock_ms,
		.answer = kind == TY_JOURNAL_ANSWER ? request->answer : NULL,
	};

	journal_name(request);
	entry.key = request->key;
	entry.idempotency_key = request->idempotency_key;
	request->state = kind == TY_JOURNAL_ANSWER ? REQUEST_ANSWER : REQUEST_INTENT;
	run->ops->journal(run->ctx, run, request_token(request), &entry);
}
