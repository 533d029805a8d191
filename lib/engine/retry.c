/*
 * retry.c -- a step that failed is tried again, after a delay.
 *
 *   attempt n fails --[retry_begin]--> RETRYING: its calls under way are waited for
 *        --[retry_drain]--> its delay is settled (backoff.c), recorded as an attempt that failed, the delay begins
 *        --[retry_advance]--> attempt n + 1
 *
 * Invariants:
 *   (1) Only a step that fails is tried again, or one of which items failed by themselves; only for
 *       an error that the node's "retry" names or a retry may mend (backoff.c), and as often as it says.
 *   (2) No call is made again whose answer the node has taken, or that failed for good: the next attempt
 *       gets that answer.
 *       So a call under way is waited for, and judged by the node, before the attempt ends.
 *   (3) A call that is made again carries the Idempotency-Key of the first attempt that made it, or,
 *       where the node asks for that, of the first one behind the last that was answered.
 *   (4) An attempt taken over from the journal has asked what the first worker asked, so what the
 *       next one finds is the same.
 *   (5) The delay is of the run's clock, as a wait is: a replay sees the same times.  It is part of the
 *       attempt's record, and no running time.
 *       Where somebody ends it before its time (a breaker is closed by hand), the journal says when.
 *   (6) A call that an open breaker held back is made again when the node says that it waits: its
 *       attempt is recorded as any other, but is no try.
 *   (7) Of a chain, whose calls come of the answers to those before, each has the node's tries for itself:
 *       one that fails behind some that went well begins to count anew.
 *
 * Memory: what the next attempt needs is the frame's.
 */
#include "engine/private.h"
#include "node/late.h"

static bool
is_repeatable(const struct ty_step *step)
{
	return !step->run->over && step->loop == NULL && !step->is_batch &&
	       !journal_fails_whole(step);
}

/* Does the node wait for the breaker that refused it?  Not for ever. */
static bool
waits_for_breaker(const struct ty_step *step, enum ty_code code)
{
	return code == TY_E_CIRCUIT_OPEN && step->plan->node->on_open == TY_ON_OPEN_WAIT &&
	       step->waits < TY_LIMIT_RETRY_TRIES;
}

/* Calls whose answers the node took. */
static size_t
went_well(const struct ty_step *step)
{
	size_t count = 0;

	for (size_t i = 0; i < step->delivered; i++)
		count += step->requests[i]->kind == REQUEST_CALL && step->requests[i]->went_well;
	return count;
}

size_t
retry_tries(const struct ty_step *step)
{
	if (!step->is_chain)
		return step->attempt - step->waits;
	return went_well(step) > step->went_well_before ? 1 : step->tries_spent + 1;
}

static bool
has_tries_left(const struct ty_step *step, enum ty_code code, bool retryable)
{
	return retry_tries(step) < (size_t)step->plan->node->retry.tries &&
	       backoff_may_retry(step->plan->node, code, retryable);
}

bool
ty_step_is_tried_again(const struct ty_step *step, const struct ty_err *err)
{
	return is_repeatable(step) && (waits_for_breaker(step, err->code) ||
				       has_tries_left(step, err->code, err->retryable));
}

static void
ask_not_before(struct ty_step *step, int64_t after_ms)
{
	if (after_ms > step->retry_after_ms)
		step->retry_after_ms = after_ms;
}

bool
retry_is_due(struct ty_step *step, const struct ty_err *why)
{
	if (!is_repeatable(step))
		return false;
	step->retry_waits = waits_for_breaker(step, why->code);
	if (!step->retry_waits && !has_tries_left(step, why->code, why->retryable))
		return false;
	step->retry_after_ms = why->retry_after_ms;
	return true;
}

bool
retry_is_due_for_items(struct ty_step *step, json_t **ret_error)
{
	bool is_due = false;

	if (step->failed_count == 0 || !is_repeatable(step))
		return false;
	step->retry_waits = true;
	for (size_t i = 0; i < step->inputs[0].count; i++) {
		json_t *error = failed_has(step, i) ? step->failed[i] : NULL;
		enum ty_code code = ty_code_find(ty_json_str(error, "code", "internal"));
		bool waits = error != NULL && waits_for_breaker(step, code);

		if (error == NULL ||
		    (!waits &&
		     !has_tries_left(step, code, ty_json_bool(error, "retryable", false))))
			continue;
		if (!is_due)
			*ret_error = error;
		is_due = true;
		step->retry_waits = step->retry_waits && waits;
		ask_not_before(step, ty_json_int(error, "retry_after_ms", 0));
	}
	return is_due;
}

void
retry_begin(struct ty_step *step, enum ty_status status, json_t *error)
{
	step->phase = STEP_RETRYING;
	step->retry_error = error;
	step->retry_status = status;
}

/* ---- what earlier attempts have asked ---- */

const struct earlier *
retry_earlier(const struct request *request)
{
	const struct ty_step *step = request->step;
	const struct earlier *earlier;

	if (request->kind != REQUEST_CALL || request->number >= step->earlier_count)
		return NULL;
	earlier = &step->earlier[request->number];
	return earlier->first > 0 && earlier->item == request->item ? earlier : NULL;
}

json_t *
retry_answer(const struct request *request)
{
	struct ty_step *step = request->step;
	const struct earlier *earlier = step->earlier_count > 0 ? retry_earlier(request) : NULL;

	if (earlier == NULL || earlier->well == 0)
		return NULL;
	if (earlier->answer != NULL)
		return earlier->answer;
	return ty_json_obj(journal_find_attempt(step, request->number, earlier->well), "answer");
}

/* Does the answer stay as it is, however often it is asked for? */
static bool
is_settled(const struct ty_step *step, const struct request *request)
{
	const json_t *error;
	enum ty_code code;

	if (request->went_well || !failed_has(step, request->item))
		return request->went_well;
	error = step->failed[request->item];
	code = ty_code_find(ty_json_str(error, "code", "internal"));
	return code != TY_E_CIRCUIT_OPEN &&
	       !backoff_may_retry(step->plan->node, code, ty_json_bool(error, "retryable", false));
}

/* Facts of the earlier attempts that the next one has to know. */
static struct earlier *
earlier_make(const struct ty_step *step, size_t *ret_count)
{
	size_t count = step->started > step->earlier_count ? step->started : step->earlier_count;
	struct earlier *list = ty_arena_alloc_array(step->frame->arena, count + 1, sizeof(*list));

	for (size_t i = 0; i < step->earlier_count; i++)
		list[i] = step->earlier[i];
	for (size_t i = 0; i < step->started; i++) {
		const struct request *request = step->requests[i];

		if (request->kind != REQUEST_CALL)
			continue;
		if (retry_earlier(request) == NULL)
			list[i] = (struct earlier){ .item = request->item, .first = step->attempt };
		if (step->plan->node->retry.new_key && list[i].well == 0 &&
		    json_object_get(request->answer, "value") != NULL)
			list[i].first = step->attempt + 1;
		if (!is_settled(step, request) || list[i].well > 0)
			continue;
		list[i].well = step->attempt;
		list[i].answer = ty_json_own(step->frame->arena, json_incref(request->answer));
	}
	*ret_count = count;
	return list;
}

/* ---- the end of an attempt ---- */

const char *
retry_key(struct ty_arena *arena, const struct frame *frame, const struct retry *retry)
{
	return ty_arena_printf(arena, "%s%s%s/%zu/retry", frame->path != NULL ? frame->path : "",
			       frame->path != NULL ? "/" : "", retry->plan->node->id,
			       retry->attempt);
}

void
retry_take_end(struct ty_run *run, struct retry *retry)
{
	const json_t *entry =
		run->journal != NULL
			? ty_map_find(run->journal, retry_key(run->arena, run->frame, retry))
			: NULL;
	int64_t at_ms = ty_json_int(entry, "at_ms", 0);

	if (ty_json_obj(entry, "answer") != NULL && at_ms > 0 && at_ms < retry->at_ms)
		retry->at_ms = at_ms;
}

static void
attempt_end(struct ty_step *step)
{
	struct ty_run *run = step->run;
	struct retry *retry = ty_arena_new_of(step->frame->arena, struct retry);

	request_abandon_all(step);
	retry->earlier = earlier_make(step, &retry->earlier_count);
	outlets_clear(step);
	retry->plan = step->plan;
	retry->inputs = step->inputs;
	retry->input_count = step->input_count;
	retry->attempt = step->attempt + 1;
	retry->waits = step->waits + step->retry_waits;
	retry->tries_spent = retry_tries(step) - step->retry_waits;
	retry->went_well = went_well(step);
	retry->after_failed = step->after_failed;
	retry->at_ms = step->clock_ms + step->retry_ms;
	retry_take_end(run, retry);
	run->retry = retry;
	run->has_failed_items = true;
	step_close_attempt(step, step->retry_status, step->retry_error);
}

/* An answer that came after the attempt had failed: the node says whether it would do. */
static void
answer_judge(struct ty_step *step, struct request *request)
{
	struct ty_err err = { .code = TY_OK }, failed = { .code = TY_OK };
	struct ty_answer answer;

	step_answer(request, &answer, &failed);
	if (answer.err != NULL || answer.item == SIZE_MAX)
		return;
	failed_begin(step, answer.item);
	request->went_well = step->plan->node->def->resume(step, &answer, &err) == TY_OK;
	ask_not_before(step, err.retry_after_ms);
}

/* Number behind the next call that the journal has although this worker has not come to it; 0 = none.
 * Calls whose answer an earlier attempt has are before it, because this attempt has not journaled them. */
static size_t
journaled_end(struct ty_step *step)
{
	size_t i = step->started;

	if (step->run->journal == NULL)
		return 0;
	while (i < step->request_count && retry_answer(step->requests[i]) != NULL)
		i++;
	if (i == step->request_count || !step->requests[i]->journaled ||
	    journal_find(step->requests[i]) == NULL)
		return 0;
	return i + 1;
}

bool
retry_drain(struct ty_step *step)
{
	struct request *request =
		step->delivered < step->started ? step->requests[step->delivered] : NULL;
	size_t end;

	if (request != NULL && request->state == REQUEST_ANSWERED) {
		answer_judge(step, request);
		return true;
	}
	if (request != NULL && request->state == REQUEST_IN_DOUBT) {
		step_in_doubt(request);
		return true;
	}
	end = journaled_end(step);
	if (end > 0) {
		while (step->started < end)
			request_start(step->requests[step->started++]);
		return true;
	}
	if (step->calls_out > 0 || !backoff_is_settled(step))
		return false;
	attempt_end(step);
	return true;
}

/* ---- the next attempt ---- */

bool
retry_advance(struct ty_run *run)
{
	struct retry *retry = run->retry;
	struct ty_step *step;

	run->now_ms = run->ops->now_ms(run->ctx);
	if (run->now_ms < retry->at_ms)
		return false;
	if (retry->at_ms > run->clock_ms)
		run->clock_ms = retry->at_ms;
	run->retry = NULL;
	step = step_open(run, run->frame, retry->plan, retry->inputs, retry->input_count);
	if (retry->at_ms > step->clock_ms)
		step->clock_ms = retry->at_ms;
	step->attempt = retry->attempt;
	step->waits = retry->waits;
	step->tries_spent = retry->tries_spent;
	step->went_well_before = retry->went_well;
	step->after_failed = retry->after_failed;
	step->earlier = retry->earlier;
	step->earlier_count = retry->earlier_count;
	step_begin(step);
	return true;
}
