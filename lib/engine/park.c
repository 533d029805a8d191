/*
 * park.c -- a run put down: what a resume needs beside the records (resume.c reads it).
 *
 * The state is an object:
 *
 *	version		1; 2 where a loop is open that repeats its body while a condition holds; 3 where there
 *			are clocks
 *	digest_version	by whose rules the run goes (digest.h); absent = 3
 *	clocks		by frame and node: the clock of a step that has ended, in ms since the run was accepted,
 *			where it is not 0
 *	clock_ms	the run's clock: of the steps and attempts that have ended
 *	started_ms, left_ms	wall clock of the start; running time that is left.  A release that counted a
 *			retry's delay wrote what is left behind it: below 0 where its limit came first
 *	step_count, item_count, failed_items	of the run so far
 *	digest		the chain so far, hex
 *	response	what core.respond gave, or null
 *	frames		open iterations from the outside in: { "loop", "iteration", "size": items of an
 *			iteration, 0 = as many as came back, "at": the next item, "started_ms", "done": items that came back }
 *	frames_live	paths of the frames whose records a resume needs, a frame before those in it
 *	frames_bytes	what the items of each of them take
 *	statics		static data by then; absent where no code asks for it
 *	payloads	hashes of the values that the state and those records name
 *	open		{ "node", "attempt", "after_failed": items had failed before its first attempt,
 *			"at_ms": end of a retry's delay or 0, "started_ms",
 *			"waits": attempts that an open breaker held back (not there: none),
 *			"went_well", "tries_spent": of a chain of calls (retry.c; not there: none),
 *			"earlier": [[item or -1, first attempt, attempt that went well or 0] ...],
 *			"token_hashes": { request number: of the token that ends the wait } }
 *
 * Change: count PARK_VERSION up and let resume.c take the versions before, because a run may have
 * been put down a year ago.  A member that may be missing, and that a release before may overlook,
 * needs no new version.  A state of a later release is refused.  tests/golden/states has one of
 * each version.
 *
 * The open step is begun again by a resume: what it asked is in the journal, its waits end when they
 * were to end.
 */
#include "engine/park.h"

#include "engine/private.h"

/* ---- may it be? ---- */

static bool
step_only_waits(const struct ty_step *step)
{
	if (step->phase != STEP_EXECUTING || step->sleeping == 0 || step->calls_out > 0 ||
	    step->started < step->request_count)
		return false;
	/* An answer that came before that of an earlier request is in the journal. */
	for (size_t i = step->delivered; i < step->started; i++)
		if (step->requests[i]->state != REQUEST_SLEEPING &&
		    step->requests[i]->state != REQUEST_ANSWERED)
			return false;
	return step->requests[step->delivered]->state == REQUEST_SLEEPING;
}

bool
park_is_possible(struct ty_run *run, int64_t *ret_at_ms)
{
	if (run->state != RUN_WALKING || run->over || !early_is_idle(run))
		return false;
	if (run->step == NULL && run->retry != NULL) {
		*ret_at_ms = run->retry->at_ms;
		return true;
	}
	if (run->step == NULL || !step_only_waits(run->step))
		return false;
	*ret_at_ms = request_next_wake_ms(run);
	return true;
}

bool
park_is_for_call(const struct ty_run *run)
{
	const struct ty_step *step = run->step;

	for (size_t i = step != NULL ? step->delivered : 0; step != NULL && i < step->started; i++)
		if (step->requests[i]->by_call)
			return true;
	return false;
}

/* ---- the state ---- */

static void
set_int(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

/* A frame and the latest iterations of the loops in it; 'open' is the loop whose next one is under
 * way, so that nobody sees the one before any more; SIZE_MAX = none. */
static void
live_add(const struct frame *frame, size_t open, json_t *paths, json_t *bytes)
{
	json_array_append_new(paths, json_string(frame->path != NULL ? frame->path : ""));
	json_array_append_new(bytes, json_integer((json_int_t)frame->bytes));
	for (size_t i = 0; i < frame->end - frame->begin; i++)
		if (frame->nodes[i].last != NULL && frame->begin + i != open)
			live_add(frame->nodes[i].last, SIZE_MAX, paths, bytes);
}

static void
live_add_open(const struct frame *frame, size_t open, json_t *paths, json_t *bytes)
{
	if (frame->parent != NULL)
		live_add_open(frame->parent, frame->loop, paths, bytes);
	live_add(frame, open, paths, bytes);
}

static void
frames_add(const struct frame *frame, json_t *list)
{
	const struct ty_step *step = frame->owner;
	json_t *object;

	if (step == NULL)
		return;
	frames_add(frame->parent, list);
	object = json_object();
	json_object_set(object, "loop", step->plan->id);
	set_int(object, "iteration", (int64_t)frame->iteration);
	set_int(object, "size", (int64_t)step->loop->size);
	set_int(object, "at", (int64_t)step->loop->at);
	set_int(object, "started_ms", step->started_ms);
	json_object_set(object, "done", step->outlets[TY_LOOP_DONE].array);
	json_array_append_new(list, object);
}

static json_t *
earlier_json(const struct earlier *earlier, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_int_t item = earlier[i].item != SIZE_MAX ? (json_int_t)earlier[i].item : -1;

		json_array_append_new(list,
				      json_pack("[I, I, I]", item, (json_int_t)earlier[i].first,
						(json_int_t)earlier[i].well));
	}
	return list;
}

static json_t *
hashes_json(const struct ty_step *step)
{
	json_t *hashes = json_object();
	char number[24];

	for (size_t i = step->delivered; i < step->started; i++) {
		const struct request *request = step->requests[i];

		if (request->token_hash == NULL)
			continue;
		snprintf(number, sizeof(number), "%zu", request->number);
		json_object_set_new(hashes, number, json_string(request->token_hash));
	}
	return hashes;
}

static json_t *
open_json(const struct ty_run *run)
{
	const struct ty_step *step = run->step;
	const struct retry *retry = run->retry;
	json_t *open = json_object();

	json_object_set(open, "node", step != NULL ? step->plan->id : retry->plan->id);
	set_int(open, "attempt", (int64_t)(step != NULL ? step->attempt : retry->attempt));
	json_object_set_new(open, "after_failed",
			    json_boolean(step != NULL ? step->after_failed : retry->after_failed));
	set_int(open, "at_ms", step != NULL ? 0 : retry->at_ms);
	set_int(open, "waits", (int64_t)(step != NULL ? step->waits : retry->waits));
	set_int(open, "went_well",
		(int64_t)(step != NULL ? step->went_well_before : retry->went_well));
	set_int(open, "tries_spent",
		(int64_t)(step != NULL ? step->tries_spent : retry->tries_spent));
	set_int(open, "started_ms", step != NULL ? step->started_ms : 0);
	json_object_set_new(open, "earlier",
			    step != NULL ? earlier_json(step->earlier, step->earlier_count)
					 : earlier_json(retry->earlier, retry->earlier_count));
	json_object_set_new(open, "token_hashes", step != NULL ? hashes_json(step) : json_object());
	return open;
}

/* Waits do not count as running time, nor does the delay of a retry. */
static int64_t
left_ms(const struct ty_run *run)
{
	int64_t since_ms = run->waits_since_ms != 0 ? run->waits_since_ms : run->now_ms;
	int64_t left = run->deadline_ms - since_ms;

	return left > 0 ? left : 0;
}

/* Clocks of a frame that is live. */
static json_t *
clocks_json(const struct ty_run *run, const struct frame *frame)
{
	json_t *clocks = json_object();

	for (size_t i = 0; i < frame->end - frame->begin; i++) {
		int64_t ms = frame->nodes[i].clock_ms - run->spec.accepted_at_ms;

		if (frame->nodes[i].ended && ms > 0)
			set_int(clocks, run->plan->nodes[frame->begin + i].node->id, ms);
	}
	return clocks;
}

/* Add the clocks of open frames; of an ended frame only items are looked at. */
static void
clocks_add(const struct ty_run *run, json_t *clocks)
{
	for (const struct frame *frame = run->frame; frame != NULL; frame = frame->parent) {
		json_t *object = clocks_json(run, frame);

		if (json_object_size(object) > 0)
			json_object_set(clocks, frame->path != NULL ? frame->path : "", object);
		json_decref(object);
	}
}

static int64_t
state_version(const struct ty_run *run, const json_t *clocks)
{
	if (json_object_size(clocks) > 0)
		return PARK_VERSION_CLOCKS;
	for (const struct frame *frame = run->frame; frame->owner != NULL; frame = frame->parent)
		if (frame->owner->loop->repeats)
			return PARK_VERSION_REPEATS;
	return PARK_VERSION_OLDEST;
}

static json_t *
state_json(const struct ty_run *run)
{
	json_t *state = json_object(), *frames = json_array(), *clocks = json_object();
	json_t *paths = json_array(), *bytes = json_array(), *hashes = json_array();
	char hex[2 * sizeof(run->digest.sum) + 1];

	ty_str_hex(run->digest.sum, sizeof(run->digest.sum), hex);
	frames_add(run->frame, frames);
	live_add_open(run->frame, SIZE_MAX, paths, bytes);
	payload_list(run, hashes);
	if (run->has_step_clocks)
		clocks_add(run, clocks);
	set_int(state, "version", state_version(run, clocks));
	set_int(state, "digest_version", run->digest_version);
	json_object_set_new(state, "clocks", clocks);
	set_int(state, "clock_ms", run->clock_ms);
	set_int(state, "started_ms", run->started_ms);
	set_int(state, "left_ms", left_ms(run));
	set_int(state, "step_count", (int64_t)run->step_count);
	set_int(state, "item_count", (int64_t)run->item_count);
	json_object_set_new(state, "failed_items", json_boolean(run->has_failed_items));
	json_object_set_new(state, "digest", json_string(hex));
	json_object_set_new(state, "response",
			    run->response != NULL ? json_incref(run->response) : json_null());
	json_object_set_new(state, "frames", frames);
	json_object_set_new(state, "frames_live", paths);
	json_object_set_new(state, "frames_bytes", bytes);
	json_object_set_new(state, "payloads", hashes);
	json_object_set_new(state, "open", open_json(run));
	json_object_set(state, "statics", (json_t *)statics_to_park(run));
	return state;
}

/* ---- what it waits for ---- */

static void
wait_fill(struct ty_arena *arena, struct request *request, struct ty_run_wait *wait)
{
	journal_name(request);
	wait->key = ty_arena_strdup(arena, request->key);
	wait->kind = request->by_call ? TY_WAIT_CALL : TY_WAIT_TIME;
	if (request->kind == REQUEST_CALL)
		wait->kind = TY_WAIT_RUN;
	wait->at_ms = request->at_ms;
	wait->token_hash = ty_arena_strdup(arena, request->token_hash);
}

/* The delay of a retry is a wait as well. */
static void
wait_fill_retry(struct ty_arena *arena, const struct ty_run *run, struct ty_run_wait *wait)
{
	wait->key = retry_key(arena, run->frame, run->retry);
	wait->kind = TY_WAIT_TIME;
	wait->at_ms = run->retry->at_ms;
}

static size_t
waits_fill(struct ty_arena *arena, struct ty_step *step, struct ty_run_wait *waits)
{
	size_t count = 0;

	for (size_t i = step->delivered; i < step->started; i++)
		if (step->requests[i]->state == REQUEST_SLEEPING)
			wait_fill(arena, step->requests[i], &waits[count++]);
	return count;
}

bool
ty_run_park(struct ty_run *run, struct ty_arena *arena, struct ty_run_parked *ret_parked)
{
	struct ty_step *step = run->step;
	size_t count = 1;
	struct ty_run_wait *waits;
	int64_t at_ms;

	if (run->depth > 0 || !park_is_possible(run, &at_ms))
		return false;
	run->now_ms = run->ops->now_ms(run->ctx);
	if (step != NULL)
		count = step->started - step->delivered;
	waits = ty_arena_alloc_array(arena, count, sizeof(*waits));
	if (step == NULL)
		wait_fill_retry(arena, run, &waits[0]);
	else
		count = waits_fill(arena, step, waits);
	*ret_parked = (struct ty_run_parked){
		.state = ty_json_own(arena, state_json(run)),
		.at_ms = at_ms,
		.waits = waits,
		.wait_count = count,
		.step_count = run->step_count,
		.item_count = run->item_count,
		.started_at_ms = run->started_ms,
	};
	return true;
}
