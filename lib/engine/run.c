/*
 * run.c -- walks a run: the one place that moves it from state to state.
 *
 * Invariants:
 *   (1) One step at a time has its turn, in the graph's stable order; a step is recorded exactly once.
 *       Others that only read may have begun before theirs (early.c).
 *   (2) ops->finished is called exactly once per started run, by run_finish(), as the very
 *       last thing: the run may be freed from within it, so nothing touches it after.
 *   (3) Only run_finish() writes the result; run_settle() says what it will be, and the
 *       first verdict counts.
 *   (4) Every public entry goes through run_enter() and run_leave(): an answer given from
 *       within an op only notes what came, and the outermost entry walks on.
 *
 * The run:
 *
 *   NEW --[ty_run_start]--> WALKING --[run_finish]--> FINISHED
 *                            |   ^
 *              [run_walk     |   |  [ty_run_*_done, ty_run_wake]
 *               has nothing  v   |
 *               to do]     (suspended)
 *
 * Memory: the run is an arena, child of its caller's; a step is an arena, child of the run's.
 */
#include "engine/digest.h"
#include "engine/private.h"

#include <string.h>

const char *
ty_status_name(enum ty_status status)
{
	static const char *const names[TY_STATUS__COUNT] = {
		[TY_STATUS_OK] = "ok",		 [TY_STATUS_ERROR] = "error",
		[TY_STATUS_SKIPPED] = "skipped", [TY_STATUS_WAITING] = "waiting",
		[TY_STATUS_TIMEOUT] = "timeout", [TY_STATUS_CANCELED] = "canceled",
	};

	TY_ASSERT(status < TY_STATUS__COUNT);
	return names[status];
}

void
ty_run_free(struct ty_run *run)
{
	if (run == NULL)
		return;
	if (run->step != NULL && run->state != RUN_FINISHED)
		request_abandon_all(run->step);
	if (run->state != RUN_FINISHED)
		early_abandon_all(run);
	if (run->wake_ms != 0 && run->state != RUN_FINISHED)
		run->ops->wake_at(run->ctx, run, 0);
	ty_arena_free(run->arena);
}

/* ---- verdicts and what is left of a run ---- */

void
run_settle(struct ty_run *run, enum ty_status status, const struct ty_err *err)
{
	if (run->over)
		return;
	run->over = true;
	run->verdict = status;
	if (err != NULL)
		run->verdict_err = *err;
}

static json_t *
result_data(struct ty_run *run)
{
	json_t *data = ty_json_own(run->arena, json_array());

	for (size_t i = 0; i < run->last_ok_count; i++)
		json_array_extend(data, run->last_ok[i].array);
	return data;
}

/* The error of the run, and which calls were made ahead for nothing. */
static const json_t *
run_error(const struct ty_run *run)
{
	json_t *unused = run->error != NULL ? journal_unused(run) : NULL, *error;

	if (unused == NULL)
		return run->error;
	error = ty_json_own(run->arena, json_copy(run->error));
	json_object_set_new(error, "calls_unused", unused);
	return error;
}

/* ---- the end ---- */

static void
run_finish(struct ty_run *run)
{
	struct ty_run_result *result = &run->result;

	if (run->step != NULL)
		step_cut(run->step);
	else if (run->verdict != TY_STATUS_OK && run->error == NULL)
		run->error = ty_json_own(run->arena, record_error(NULL, &run->verdict_err, true));
	result->error = run_error(run);
	early_abandon_all(run);
	loop_cut_all(run);
	if (run->wake_ms != 0)
		run->ops->wake_at(run->ctx, run, 0);
	ty_digest_text(&run->digest, run->digest_version, result->digest);
	result->status = run->verdict;
	result->data = result_data(run);
	result->steps = run->steps;
	result->response = run->response;
	result->started_at_ms = run->started_ms;
	result->finished_at_ms = run->now_ms;
	/* Taken steps are not counted, because they ran elsewhere. */
	result->step_count =
		run->step_count - json_array_size(ty_json_arr(run->spec.partial, "taken"));
	result->item_count = run->item_count;
	result->bytes = run->bytes;
	ty_run_take_payloads(run, &result->payloads, &result->payload_count);
	result->in_doubt = run->in_doubt;
	run->state = RUN_FINISHED;
	run->ops->finished(run->ctx, run);
}

/* ---- walking ---- */

static void
run_timeout(struct ty_run *run)
{
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, TY_E_TIMEOUT, "the run took longer than its limit of %lld ms",
		   (long long)ty_graph_timeout_ms(run->plan->graph));
	ty_err_hint(&err, "Raise timeout_ms in the workflow's settings, or give it less to do.");
	run_settle(run, TY_STATUS_TIMEOUT, &err);
}

/* The limit of steps is of what a run may write, so it is met between two of them. */
static void
run_is_too_long(struct ty_run *run)
{
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, TY_E_LIMIT, "a run may have at most %d steps", TY_LIMIT_RUN_STEPS);
	ty_err_hint(&err, "Give each iteration of its loops more items (batch_size), or divide the "
			  "work among several runs.");
	run_settle(run, TY_STATUS_ERROR, &err);
}

static bool
run_has_more(const struct ty_run *run)
{
	return run->frame != run->root || run->root->next < run->root->end || run->retry != NULL;
}

/* Do one thing of the step whose turn it is; false where there is nothing to do but wait. */
static bool
run_take_turn(struct ty_run *run)
{
	if (run->step != NULL)
		return step_advance(run->step);
	if (run->now_ms >= run->deadline_ms && run_has_more(run))
		run_timeout(run);
	else if (run->step_count >= TY_LIMIT_RUN_STEPS && run_has_more(run))
		run_is_too_long(run);
	else if (run->retry != NULL)
		return retry_advance(run);
	else if (run->until_met)
		run_settle(run, TY_STATUS_OK, NULL);
	else if (step_next(run))
		return true;
	else if (run->frame != run->root)
		loop_end_iteration(run);
	else
		run_settle(run, TY_STATUS_OK, NULL);
	return true;
}

static bool
run_advance(struct ty_run *run)
{
	return run_take_turn(run) || early_advance(run);
}

/*
 * A timer that is early does no harm: it is asked for again when it has fired.  While a step
 * does nothing but wait, no time limit runs: see run_resume_clock().
 */
static void
run_arm(struct ty_run *run)
{
	int64_t at_ms = run->deadline_ms, wait_ms = request_next_wake_ms(run), park_ms;

	if (run->retry != NULL) {
		run->waits_since_ms = run->now_ms = run->ops->now_ms(run->ctx);
		at_ms = run->retry->at_ms;
	}
	if (run->step != NULL && run->step->deadline_ms < at_ms)
		at_ms = run->step->deadline_ms;
	if (wait_ms != INT64_MAX && run->step->calls_out == 0) {
		run->waits_since_ms = run->now_ms = run->ops->now_ms(run->ctx);
		at_ms = wait_ms;
	} else if (wait_ms < at_ms) {
		at_ms = wait_ms;
	}
	if (run->waits_since_ms != 0 && replay_is_cut(run, at_ms))
		return;
	if (run->wake_ms == 0 || run->wake_ms > at_ms || run->spec.replay != TY_REPLAY_NO) {
		run->wake_ms = at_ms;
		run->ops->wake_at(run->ctx, run, at_ms);
	}
	/* A call from outside finds only a run that is put down. */
	if (run->ops->may_park != NULL && park_is_possible(run, &park_ms) &&
	    (park_ms - run->now_ms > TY_LIMIT_PARK_MS || park_is_for_call(run)))
		run->ops->may_park(run->ctx, run);
}

/* Time limits are of running time: what was only waited does not count. */
static void
run_resume_clock(struct ty_run *run)
{
	int64_t waited_ms = run->now_ms - run->waits_since_ms;

	if (run->waits_since_ms == 0)
		return;
	run->waits_since_ms = 0;
	if (waited_ms <= 0)
		return;
	run->deadline_ms += waited_ms;
	if (run->step != NULL && !run->step->timed_out)
		run->step->deadline_ms += waited_ms;
}

static void
run_enter(struct ty_run *run)
{
	if (run->depth++ == 0)
		(void)ty_crash_run_at(run->spec.crash);
}

/* The outermost entry walks on.  Nothing may touch the run after this. */
static void
run_leave(struct ty_run *run)
{
	if (run->depth == 1) {
		while (!run->over && run_advance(run))
			;
		if (!run->over)
			run_arm(run);
	}
	if (--run->depth > 0)
		return;
	if (run->over)
		run_finish(run);
	(void)ty_crash_run_at(NULL);
}

/* ---- public entries ---- */

void
ty_run_start(struct ty_run *run)
{
	TY_ASSERT(run->state == RUN_NEW);
	run->state = RUN_WALKING;
	run->now_ms = run->ops->now_ms(run->ctx);
	if (!run->is_resumed) {
		run->started_ms = run->now_ms;
		run->left_ms = ty_graph_timeout_ms(run->plan->graph);
	}
	run->deadline_ms = run->now_ms + run->left_ms;
	if (run->response != NULL && run->ops->responded != NULL)
		run->ops->responded(run->ctx, run, run->response);
	run_enter(run);
	if (run->spec.taken != NULL && !run->is_resumed)
		partial_record(run);
	run_leave(run);
}

static void
run_answer(struct ty_run *run, uint64_t token, bool is_call, const json_t *value,
	   const struct ty_err *err)
{
	struct request *request = request_find(run, token, REQUEST_OUT);

	if (run->state != RUN_WALKING || run->over || request == NULL ||
	    is_call != (request->kind == REQUEST_CALL))
		return;
	run_enter(run);
	request_answer(request, value, err);
	run_leave(run);
}

void
ty_run_eval_done(struct ty_run *run, uint64_t token, const json_t *value, const struct ty_err *err)
{
	run_answer(run, token, false, value, err);
}

void
ty_run_call_done(struct ty_run *run, uint64_t token, const json_t *value, const struct ty_err *err)
{
	run_answer(run, token, true, value, err);
}

void
ty_run_call_parks(struct ty_run *run, uint64_t token)
{
	struct request *request = request_find(run, token, REQUEST_OUT);

	if (run->state != RUN_WALKING || run->over || request == NULL || !request->journaled)
		return;
	run_enter(run);
	request_sleep(request);
	run_leave(run);
}

json_t *
ty_run_result_items(struct ty_run *run)
{
	json_t *items = json_array(), *item;
	size_t i;

	json_array_foreach((json_t *)run->result.data, i, item)
	{
		json_t *json = json_object_get(item, "json"), *copy = json_object();
		json_t *binary = json_object_get(item, "binary");

		json_object_set(copy, "json", payload_whole(run, run->arena, json));
		if (binary != NULL)
			json_object_set(copy, "binary", binary);
		json_array_append_new(items, copy);
	}
	return items;
}

void
ty_run_journal_done(struct ty_run *run, uint64_t token, const struct ty_err *err)
{
	struct request *intent = request_find(run, token, REQUEST_INTENT);
	struct request *answer = request_find(run, token, REQUEST_ANSWER);
	struct ty_err why = { .code = TY_OK };

	if (run->state != RUN_WALKING || run->over || (intent == NULL && answer == NULL))
		return;
	run_enter(run);
	if (err != NULL) {
		/* Stop, because somebody else holds this run now, or nobody can. */
		ty_err_set(&why, TY_E_CANCELED, "the effect journal refused an entry: %s",
			   err->msg);
		ty_err_hint(&why, "Another worker has taken the run over, or it is over: look at "
				  "the run again.");
		run_settle(run, TY_STATUS_CANCELED, &why);
	} else if (intent != NULL) {
		request_send(intent);
	} else {
		request_settle(answer);
	}
	run_leave(run);
}

void
ty_run_wake(struct ty_run *run)
{
	if (run->state != RUN_WALKING || run->over)
		return;
	run_enter(run);
	run->wake_ms = 0;
	run->now_ms = run->ops->now_ms(run->ctx);
	run_resume_clock(run);
	if (run->now_ms >= run->deadline_ms)
		run_timeout(run);
	else if (run->step != NULL && run->now_ms >= run->step->deadline_ms)
		request_expire_all(run->step);
	else
		request_wake(run, run->now_ms);
	run_leave(run);
}

void
ty_run_cancel(struct ty_run *run, const char *reason)
{
	struct ty_err err = { .code = TY_OK };

	if (run->state == RUN_FINISHED || run->over)
		return;
	ty_err_set(&err, TY_E_CANCELED, "%s", reason != NULL ? reason : "canceled");
	if (run->state == RUN_NEW) {
		run_settle(run, TY_STATUS_CANCELED, &err); /* ty_run_start ends it at once */
		return;
	}
	run_enter(run);
	run_settle(run, TY_STATUS_CANCELED, &err);
	run_leave(run);
}

const struct ty_run_result *
ty_run_result(const struct ty_run *run)
{
	return run->state == RUN_FINISHED ? &run->result : NULL;
}
