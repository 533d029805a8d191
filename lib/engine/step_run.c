/*
 * step_run.c -- one step from its inputs to its record.
 *
 *   [step_begin]--> BINDING --[step_exec]--> EXECUTING --[step_close, step_fail]--> recorded
 *        |             |                        ^   |                        |
 *        |             +-- scripts: suspended --+   +-- requests: suspended, [step_deliver]
 *        |                                          +-- a loop: its iterations (frame.c)
 *        +-- disabled: passes its input on,         +-- fails, another attempt is due (retry.c)
 *            recorded at once
 *
 * Invariants:
 *   (1) step_close() is the only way out of a step, and records it exactly once.
 *   (2) A step that fails emits nothing but its input with the error, and that only where
 *       on_error says so.  A step of which single items fail goes on with the others: failed.c.
 *   (3) A node's timeout is an answer like any other: to all that is under way, and journaled
 *       before it is used, so that a replay fails at the same place.
 *
 * Memory: a step is an arena, child of its frame's; what it emits is the frame's.
 */
#include "engine/private.h"

#include <string.h>

void
outlets_make(struct ty_step *step)
{
	size_t count = step->plan->node->output_count;

	step->outlet_count = count;
	step->outlets =
		ty_arena_alloc_array(step->keep, count > 0 ? count : 1, sizeof(*step->outlets));
	for (size_t i = 0; i < count; i++)
		step->outlets[i].array = ty_json_own(step->keep, json_array());
}

/* Drop what was emitted before the step failed. */
void
outlets_clear(struct ty_step *step)
{
	for (size_t i = 0; i < step->outlet_count; i++) {
		json_array_clear(step->outlets[i].array);
		step->outlets[i].items.count = 0;
	}
	emit_take_back(step, step->out.new_bytes);
	step->out = (struct emitted){ 0 };
	failed_clear(step);
}

void
step_close_attempt(struct ty_step *step, enum ty_status status, json_t *error)
{
	struct ty_run *run = step->run;

	run->now_ms = run->ops->now_ms(run->ctx);
	if (step->clock_ms > run->clock_ms)
		run->clock_ms = step->clock_ms;
	record_step(step, status, error);
	run->step = NULL;
	ty_arena_free(step->arena);
}

/* The only way out of a step: it is recorded, and its memory goes. */
void
step_close(struct ty_step *step, enum ty_status status, json_t *error)
{
	if (step->loop != NULL)
		step->clock_ms = step->run->clock_ms; /* a loop's iterations are among its inputs */
	step->node->outlets = step->outlets;
	step->node->clock_ms = step->clock_ms;
	step->node->ended = true;
	step->run->until_met = step->run->until_met || step->plan == step->run->until;
	if (status == TY_STATUS_OK) {
		step->run->last_ok = step->outlets;
		step->run->last_ok_count = step->outlet_count;
	}
	step_close_attempt(step, status, error);
}

/* on_error continue and error_output: the input items go on, each with what went wrong. */
static enum ty_code
step_pass_errors(struct ty_step *step, json_t *error, struct ty_err *err)
{
	json_t *brief = failed_brief(step, error);

	for (size_t port = 0; port < step->input_count; port++)
		for (size_t i = 0; i < step->inputs[port].count; i++)
			if (failed_emit(step, (struct ty_from){ port, i }, brief, err) != TY_OK)
				return err->code;
	return TY_OK;
}

void
step_fail(struct ty_step *step, enum ty_status status, const struct ty_err *why)
{
	bool stop = step->plan->node->on_error == TY_ON_ERROR_STOP;
	struct ty_err err = { .code = TY_OK };
	struct ty_run *run = step->run;
	json_t *error;

	if (step->is_batch) {
		repeat_fail(step, status, why);
		return;
	}
	if (step->is_early) {
		early_hold_failure(step, status, why);
		return;
	}
	error = ty_json_own(step->frame->arena, record_error(step, why, true));
	if (retry_is_due(step, why)) {
		retry_begin(step, status, error);
		return;
	}
	request_tell_calls(step);
	request_abandon_all(step);
	outlets_clear(step);
	if (!stop && step_pass_errors(step, error, &err) != TY_OK) {
		outlets_clear(step);
		stop = true;
	}
	step_close(step, status, error);
	if (stop && !run->over) {
		run->error = error;
		run_settle(run, status, NULL);
	}
}

/* always_output: one empty item where the node gave none, so that the nodes behind go on. */
static enum ty_code
empty_item_emit(struct ty_step *step, struct ty_err *err)
{
	if (!step->plan->node->always_output || step->out.items > 0 || step->outlet_count == 0)
		return TY_OK;
	return ty_step_emit(step, 0, json_object(), step->inputs[0].count == 1 ? 0 : TY_FROM_NONE,
			    err);
}

/* A step that began early ends in its turn. */
static void
step_went_well(struct ty_step *step)
{
	if (step->is_early)
		early_hold(step, HELD_WELL);
	else
		step_end(step);
}

void
step_done(struct ty_step *step)
{
	struct ty_err err = { .code = TY_OK };
	json_t *error;

	if (retry_is_due_for_items(step, &error)) {
		if (step->is_early)
			early_hold(step, HELD_DONE);
		else
			retry_begin(step, TY_STATUS_ERROR, error);
		return;
	}
	if (failed_pass(step, step->inputs[0].count, &err) != TY_OK ||
	    empty_item_emit(step, &err) != TY_OK) {
		step_fail(step, TY_STATUS_ERROR, &err);
		return;
	}
	step_went_well(step);
}

void
step_end(struct ty_step *step)
{
	json_t *error;

	if (step->failed_count > 0) {
		step->run->has_failed_items = true;
		record_tell_failed(step);
	}
	error = failed_all(step);
	step_close(step, error != NULL ? TY_STATUS_ERROR : TY_STATUS_OK, error);
}

/* Item by item: what fails for one leaves the others be. */
static enum ty_code
step_each(struct ty_step *step, struct ty_err *err)
{
	const struct ty_node_def *def = step->plan->node->def;

	for (size_t i = 0; i < step->inputs[0].count; i++) {
		if (failed_has(step, i))
			continue;
		/* A failed item waits until the answers of those before it are there. */
		if (step->request_count == 0 && failed_pass(step, i, err) != TY_OK)
			return err->code;
		failed_begin(step, i);
		if (def->each(step, i, err) != TY_OK && failed_add(step, i, err) != TY_OK)
			return err->code;
	}
	step->at = SIZE_MAX;
	return TY_OK;
}

static void
step_exec(struct ty_step *step)
{
	const struct ty_node_def *def = step->plan->node->def;
	struct ty_err err = { .code = TY_OK };
	enum ty_code rc;

	step->phase = STEP_EXECUTING;
	if (def->state_size > 0)
		step->state = ty_arena_alloc(step->arena, def->state_size);
	rc = step_is_each(step->plan->node) ? step_each(step, &err) : def->exec(step, &err);
	if (rc != TY_OK)
		step_fail(step, TY_STATUS_ERROR, &err);
	else if (step->is_batch)
		repeat_decide(step);
	else if (step->loop != NULL)
		loop_next(step);
	else if (step->request_count == 0)
		step_done(step);
}

static void
step_pass_through(struct ty_step *step)
{
	struct ty_err err = { .code = TY_OK };

	/* The first output has what the first input got; the node does nothing with the others. */
	for (size_t i = 0; step->outlet_count > 0 && i < step->inputs[0].count; i++)
		if (ty_step_pass(step, 0, i, &err) != TY_OK) {
			step_fail(step, TY_STATUS_ERROR, &err);
			return;
		}
	step_went_well(step);
}

static void
step_bind(struct ty_step *step)
{
	struct ty_err err = { .code = TY_OK };
	bool done;

	if (bind_begin(step, &done, &err) != TY_OK)
		step_fail(step, TY_STATUS_ERROR, &err);
	else if (done)
		step_exec(step);
}

struct ty_step *
step_open(struct ty_run *run, struct frame *frame, const struct plan_node *pn, struct items *inputs,
	  size_t count)
{
	return step_open_in(run, frame, pn, inputs, count, frame->arena);
}

struct ty_step *
step_open_in(struct ty_run *run, struct frame *frame, const struct plan_node *pn,
	     struct items *inputs, size_t count, struct ty_arena *keep)
{
	struct ty_arena *arena = ty_arena_new(frame->arena, "step", 0);
	struct ty_step *step = ty_arena_new_of(arena, struct ty_step);

	step->run = run;
	step->frame = frame;
	step->attempt = 1;
	/* A node that reads may begin before this is known. */
	step->after_failed = run->has_failed_items && !(run->has_step_clocks && pn->reads);
	step->plan = pn;
	step->node = frame_state(frame, pn->place);
	step->arena = arena;
	step->serial = ++run->serial;
	step->inputs = inputs;
	step->input_count = count;
	step->params_request.step = step;
	step->blamed = step->at = SIZE_MAX;
	step->keep = keep;
	step->clock_ms = inputs_clock_ms(run, frame, pn);
	step->started_ms = run->now_ms;
	step->deadline_ms = run->now_ms + pn->node->timeout_ms;
	outlets_make(step);
	return step;
}

void
step_begin(struct ty_step *step)
{
	struct ty_run *run = step->run;

	step_is_at(step);
	if (!step->is_early)
		run->step = step;
	if (run->step_started_ms != 0)
		step->started_ms = run->step_started_ms;
	run->step_started_ms = 0;
	run->early.is_due = true;
	if (step->plan->node->disabled)
		step_pass_through(step);
	else
		step_bind(step);
}

/* Begin the next node of the frame that has something to do; false where none is left. */
bool
step_next(struct ty_run *run)
{
	struct frame *frame = run->frame;

	while (frame->next < frame->end) {
		const struct plan_node *pn = &run->plan->nodes[frame->next];
		struct items *inputs;
		struct ty_step *step;
		size_t ports;

		frame->next = pn->end;
		if (!run->reachable[pn->place])
			continue;
		step = run->early.count > 0 ? early_take(run, pn->place) : NULL;
		if (step != NULL) {
			early_turn(step);
			return true;
		}
		inputs = inputs_new(frame, pn, &ports);
		if (inputs_are_none(run, frame, pn, inputs_gather(run, frame, pn, inputs))) {
			frame_state(frame, pn->place)->ended = true;
			record_skipped(run, frame, pn);
			continue;
		}
		step_begin(step_open(run, frame, pn, inputs, ports));
		return true;
	}
	return false;
}

/* ---- going on ---- */

void
step_in_doubt(const struct request *request)
{
	struct ty_run *run = request->step->run;
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, TY_E_IN_DOUBT,
		   "effect %s was begun before the worker died, and its answer is not known",
		   request->key);
	ty_err_hint(&err, "See whether it happened; then run the workflow again.");
	run->in_doubt = true;
	run_settle(run, TY_STATUS_ERROR, &err);
}

/* The step's clock goes on with what is journaled and with waits, so that a replay sees it. */
void
clock_take(const struct request *request)
{
	struct ty_step *step = request->step;

	if (request->at_ms > step->clock_ms)
		step->clock_ms = request->at_ms;
}

/* The parameters' scripts are answered. */
static void
step_bound(struct ty_step *step)
{
	const struct request *request = &step->params_request;
	struct ty_err err = { .code = TY_OK };

	clock_take(request);
	script_notice(request);
	if (bind_answer(step, &err) == TY_OK)
		step_exec(step);
	else
		step_fail(step, request_is_expired(request) ? TY_STATUS_TIMEOUT : TY_STATUS_ERROR,
			  &err);
}

/* An answer to what each() asked for an item is about that item alone. */
enum ty_code
step_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct ty_node_def *def = step->plan->node->def;

	if (answer->item == SIZE_MAX)
		return def->resume(step, answer, err);
	if (failed_pass(step, answer->item, err) != TY_OK)
		return err->code;
	failed_begin(step, answer->item);
	if (def->resume(step, answer, err) != TY_OK)
		return failed_add(step, answer->item, err);
	return TY_OK;
}

void
step_answer(struct request *request, struct ty_answer *ret_answer, struct ty_err *failed)
{
	struct ty_step *step = request->step;
	const json_t *value = json_object_get(request->answer, "value");

	TY_ASSERT(step->plan->node->def->resume != NULL);
	request->state = REQUEST_DELIVERED;
	step->delivered++;
	clock_take(request);
	script_notice(request);
	if (request->kind == REQUEST_EVAL && value != NULL)
		script_items(step, value, &value, failed);
	else if (request->kind == REQUEST_LATE && value != NULL)
		late_values(request, &value, failed);
	else
		request_error(request, failed);
	*ret_answer = (struct ty_answer){ .request = request->number,
					  .tag = request->tag,
					  .item = request->item,
					  .value = failed->code == TY_OK ? value : NULL,
					  .err = failed->code == TY_OK ? NULL : failed };
}

/* Give the node one answer: what came, as the journal has it. */
static void
step_deliver(struct ty_step *step, struct request *request)
{
	struct ty_err err = { .code = TY_OK }, failed = { .code = TY_OK };
	struct ty_answer answer;

	step_answer(request, &answer, &failed);
	if (request_is_expired(request)) {
		step_fail(step, TY_STATUS_TIMEOUT, &failed);
		return;
	}
	if (step_resume(step, &answer, &err) != TY_OK) {
		step_fail(step, TY_STATUS_ERROR, &err);
		return;
	}
	request->went_well = answer.err == NULL && !failed_has(step, request->item);
	request_forget(request);
	if (step->delivered == step->request_count)
		step_done(step);
	else
		step->blamed = SIZE_MAX; /* the turn of that item is over */
}

bool
step_advance(struct ty_step *step)
{
	struct request *request;

	step_is_at(step);
	if (step->phase == STEP_BINDING) {
		if (step->params_request.state != REQUEST_ANSWERED)
			return false;
		step_bound(step);
		return true;
	}
	if (step->phase == STEP_RETRYING)
		return retry_drain(step);
	if (step->phase == STEP_BACK)
		return step_back_advance(step);
	request = step->requests[step->delivered];
	if (request->state == REQUEST_ANSWERED)
		step_deliver(step, request);
	else if (request->state != REQUEST_IN_DOUBT)
		return request_start_next(step);
	else if (step->is_early)
		return false; /* the run stops in its turn, if it comes so far */
	else
		step_in_doubt(request);
	return true;
}

/* ---- ends that are not the node's own ---- */

/* The step that was under way when the verdict came ends with it. */
void
step_cut(struct ty_step *step)
{
	struct ty_run *run = step->run;

	request_tell_calls(step);
	request_abandon_all(step);
	outlets_clear(step);
	run->error = ty_json_own(step->frame->arena, record_error(step, &run->verdict_err, true));
	step_close(step, run->verdict, run->error);
}
