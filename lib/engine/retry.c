/*
 * retry.c -- a step that failed is tried again, after a delay.
 *
 *   attempt n fails --[retry_begin]--> RETRYING: its calls under way are waited for
 *        --[retry_drain]--> recorded as an attempt that failed, the delay begins
 *        --[retry_advance]--> attempt n + 1
 *
 * Invariants:
 *   (1) Only a step that fails is tried again, or one of which items failed by themselves; only for
 *       an error that a retry may mend (err.def), and as often as the node's "retry" says.
 *   (2) No call is made again whose answer the node has taken: the next attempt gets that answer.
 *       So a call under way is waited for, and judged by the node, before the attempt ends.
 *   (3) A call that is made again carries the Idempotency-Key of the first attempt that made it.
 *   (4) An attempt taken over from the journal has asked what the first worker asked, so what the
 *       next one finds is the same.
 *   (5) The delay is of the run's clock, as a wait is: a replay sees the same times.
 *
 * Memory: what the next attempt needs is the frame's.
 */
#include "engine/private.h"

bool
retry_is_due(const struct ty_step *step, bool retryable)
{
	return retryable && !step->run->over && step->loop == NULL && !step->is_batch &&
	       step->attempt < (size_t)step->plan->node->retry.tries && !journal_fails_whole(step);
}

bool
retry_is_due_for_items(const struct ty_step *step, json_t **ret_error)
{
	if (step->failed_count == 0 || !retry_is_due(step, true))
		return false;
	for (size_t i = 0; i < step->inputs[0].count; i++)
		if (failed_has(step, i) && ty_json_bool(step->failed[i], "retryable", false)) {
			*ret_error = step->failed[i];
			return true;
		}
	return false;
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

/* What the next attempt has to know of those before it. */
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
		if (!request->went_well || list[i].well > 0)
			continue;
		list[i].well = step->attempt;
		list[i].answer = ty_json_own(step->frame->arena, json_incref(request->answer));
	}
	*ret_count = count;
	return list;
}

/* ---- the end of an attempt ---- */

static void
attempt_end(struct ty_step *step)
{
	struct ty_run *run = step->run;
	struct retry *retry = ty_arena_new_of(step->frame->arena, struct retry);

	request_abandon_all(step);
	outlets_clear(step);
	retry->plan = step->plan;
	retry->inputs = step->inputs;
	retry->input_count = step->input_count;
	retry->attempt = step->attempt + 1;
	retry->after_failed = step->after_failed;
	retry->earlier = earlier_make(step, &retry->earlier_count);
	retry->at_ms = run->clock_ms + step->plan->node->retry.base_ms;
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
}

/* A call that the journal has although this worker has not come to it. */
static bool
is_journaled(struct ty_step *step)
{
	struct request *next =
		step->started < step->request_count ? step->requests[step->started] : NULL;

	return next != NULL && next->journaled && journal_find(next) != NULL;
}

bool
retry_drain(struct ty_step *step)
{
	struct request *request =
		step->delivered < step->started ? step->requests[step->delivered] : NULL;

	if (request != NULL && request->state == REQUEST_ANSWERED) {
		answer_judge(step, request);
		return true;
	}
	if (request != NULL && request->state == REQUEST_IN_DOUBT) {
		step_in_doubt(request);
		return true;
	}
	if (is_journaled(step)) {
		request_start(step->requests[step->started++]);
		return true;
	}
	if (step->calls_out > 0)
		return false;
	attempt_end(step);
	return true;
}

/* ---- the next attempt ---- */

int64_t
retry_due_ms(const struct ty_run *run)
{
	return run->retry != NULL && run->retry->at_ms > run->now_ms ? run->retry->at_ms
								     : run->now_ms;
}

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
	step->attempt = retry->attempt;
	step->after_failed = retry->after_failed;
	step->earlier = retry->earlier;
	step->earlier_count = retry->earlier_count;
	step_begin(step);
	return true;
}
