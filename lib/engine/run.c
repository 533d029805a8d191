/*
 * run.c -- walks a run: the one place that moves it from state to state.
 *
 * Invariants:
 *   (1) One step at a time, in the graph's stable order; a step is recorded exactly once.
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
 * The step:
 *
 *   [step_begin]--> BINDING --[step_exec]--> EXECUTING --[step_end, step_fail]--> recorded
 *        |             |                        ^   |
 *        |             +-- scripts: suspended --+   +-- requests: suspended, [step_deliver]
 *        +-- disabled: passes its input on, recorded at once
 *
 * Memory: the run is an arena, child of its caller's; a step is an arena, child of the run's.
 */
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

/* ---- a new run ---- */

static enum ty_code
start_find(const struct ty_plan *plan, const char *id, size_t *ret_place, struct ty_err *err)
{
	size_t found = SIZE_MAX;

	if (id != NULL) {
		const struct ty_graph_node *node = ty_graph_node_find(plan->graph, id);

		if (node == NULL)
			return ty_err_set(err, TY_E_NOT_FOUND, "there is no node %s", id);
		if (node->def == NULL || !(node->def->flags & TY_NODE_TRIGGER) || node->disabled)
			return ty_err_set(err, TY_E_INVALID, "node %s is no live trigger", id);
		*ret_place = plan->place[node->index];
		return TY_OK;
	}
	for (size_t i = 0; i < plan->count; i++) {
		const struct ty_graph_node *node = plan->nodes[i].node;

		if (node->disabled || node->def == NULL || !(node->def->flags & TY_NODE_TRIGGER))
			continue;
		if (found != SIZE_MAX)
			return ty_err_set(err, TY_E_INVALID,
					  "the workflow has several triggers: name the one to start");
		found = i;
	}
	if (found == SIZE_MAX)
		return ty_err_set(err, TY_E_INVALID, "the workflow has no live trigger");
	*ret_place = found;
	return TY_OK;
}

/* Places are topological: one pass finds everything downstream of the start. */
static void
reachable_mark(struct ty_run *run)
{
	const struct ty_plan *plan = run->plan;

	run->nodes[run->start].reachable = true;
	for (size_t i = run->start + 1; i < plan->count; i++) {
		const struct plan_node *pn = &plan->nodes[i];

		for (size_t e = 0; e < pn->in_count && !run->nodes[i].reachable; e++)
			run->nodes[i].reachable =
				run->nodes[plan->place[pn->in[e]->from->index]].reachable;
	}
}

static enum ty_code
input_take(struct ty_run *run, struct ty_err *err)
{
	json_t *given;
	size_t i;

	json_array_foreach((json_t *)run->spec.input, i, given) {
		json_t *json = ty_json_obj(given, "json"), *binary;
		struct item *item = ty_arena_new_of(run->arena, struct item);

		if (json == NULL)
			return ty_err_set(err, TY_E_INVALID,
					  "input item %zu is not { \"json\": {...} }", i);
		item->json = payload_shrink(run, json_incref(json), &item->size_bytes,
					    &item->has_refs);
		item->obj = ty_json_own(run->arena, json_object());
		json_object_set_new(item->obj, "json", item->json);
		binary = json_object_get(given, "binary");
		if (binary != NULL)
			json_object_set(item->obj, "binary", binary);
		item->place = UINT32_MAX;
		items_push(run->arena, &run->input, item);
	}
	return TY_OK;
}

static void
journal_index(struct ty_run *run)
{
	json_t *entry;
	size_t i;

	if (json_array_size(run->spec.journal) == 0)
		return;
	run->journal = ty_map_new(run->arena);
	json_array_foreach((json_t *)run->spec.journal, i, entry)
		ty_map_set(run->journal, ty_json_str(entry, "key", ""), entry);
}

static void
scope_make(struct ty_run *run)
{
	const struct ty_run_spec *spec = &run->spec;
	json_t *execution = ty_json_own(run->arena, json_object());
	json_t *workflow = ty_json_own(run->arena, json_object());

	json_object_set_new(execution, "id", json_string(spec->run_id.s));
	json_object_set_new(execution, "mode", record_text(spec->mode != NULL ? spec->mode : ""));
	json_object_set_new(workflow, "id", json_string(spec->workflow_id.s));
	json_object_set_new(workflow, "name",
			    record_text(spec->workflow_name != NULL ? spec->workflow_name : ""));
	run->execution = execution;
	run->workflow = workflow;
	run->vars = (json_t *)spec->vars;
}

enum ty_code
ty_run_new(struct ty_arena *arena, const struct ty_engine_ops *ops, void *ctx,
	   const struct ty_run_spec *spec, struct ty_run **ret_run, struct ty_err *err)
{
	struct ty_arena *own = ty_arena_new(arena, "run", TY_LIMIT_RUN_BYTES);
	struct ty_run *run = ty_arena_new_of(own, struct ty_run);
	size_t count = spec->plan->count;

	run->arena = own;
	run->ops = ops;
	run->ctx = ctx;
	run->spec = *spec;
	run->plan = spec->plan;
	run->clock_ms = spec->accepted_at_ms;
	if (start_find(spec->plan, spec->start_node, &run->start, err) != TY_OK ||
	    input_take(run, err) != TY_OK) {
		ty_arena_free(own);
		return err->code;
	}
	run->nodes = ty_arena_alloc_array(own, count, sizeof(*run->nodes));
	run->timings = ty_arena_alloc_array(own, count, sizeof(*run->timings));
	run->steps = ty_json_own(own, json_array());
	run->next = run->start;
	reachable_mark(run);
	journal_index(run);
	scope_make(run);
	*ret_run = run;
	return TY_OK;
}

void
ty_run_free(struct ty_run *run)
{
	if (run == NULL)
		return;
	if (run->step != NULL && run->state != RUN_FINISHED)
		request_abandon_all(run);
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

static void
timings_add(struct ty_run *run)
{
	json_t *record;
	size_t i;

	json_array_foreach(run->steps, i, record) {
		json_object_set_new_nocheck(record, "started_ms",
					    json_integer(run->timings[i].started_ms));
		json_object_set_new_nocheck(record, "duration_ms",
					    json_integer(run->timings[i].duration_ms));
	}
}

/* ---- a step ---- */

static void
outlets_make(struct ty_step *step)
{
	size_t count = step->plan->node->output_count;

	step->outlet_count = count;
	step->outlets = ty_arena_alloc_array(step->run->arena, count > 0 ? count : 1,
					     sizeof(*step->outlets));
	for (size_t i = 0; i < count; i++)
		step->outlets[i].array = ty_json_own(step->run->arena, json_array());
}

/* Drop what was emitted before the step failed. */
static void
outlets_clear(struct ty_step *step)
{
	for (size_t i = 0; i < step->outlet_count; i++) {
		json_array_clear(step->outlets[i].array);
		step->outlets[i].items.count = 0;
	}
	step->out_items = step->out_bytes = 0;
}

/* The only way out of a step: it is recorded, and its memory goes. */
static void
step_close(struct ty_step *step, enum ty_status status, json_t *error)
{
	struct ty_run *run = step->run;

	run->now_ms = run->ops->now_ms(run->ctx);
	step->node->outlets = step->outlets;
	step->node->ended = true;
	record_step(step, status, error);
	if (status == TY_STATUS_OK) {
		run->last_ok = step->outlets;
		run->last_ok_count = step->outlet_count;
	}
	run->step = NULL;
	ty_arena_free(step->arena);
}

static size_t
outlet_for_errors(const struct ty_step *step)
{
	const struct ty_graph_node *node = step->plan->node;

	if (node->on_error == TY_ON_ERROR_OUTPUT)
		for (size_t i = node->output_count; i-- > 0;)
			if (strcmp(node->outputs[i].name, "error") == 0)
				return i;
	return 0;
}

/* on_error continue and error_output: the input items go on, each with what went wrong. */
static enum ty_code
step_pass_errors(struct ty_step *step, const json_t *error, struct ty_err *err)
{
	size_t out = outlet_for_errors(step);
	json_t *brief = ty_json_own(step->arena, json_copy((json_t *)error));

	json_object_del(brief, "trace");
	if (step->outlet_count == 0)
		return TY_OK;
	for (size_t port = 0; port < step->input_count; port++)
		for (size_t i = 0; i < step->inputs[port].count; i++) {
			struct ty_from from = { .port = port, .item = i };
			json_t *json = json_copy(step->inputs[port].v[i]->json);

			json_object_set(json, "error", brief);
			if (ty_step_emit_from(step, out, json, &from, 1, err) != TY_OK)
				return err->code;
		}
	return TY_OK;
}

static void
step_fail(struct ty_step *step, enum ty_status status, const struct ty_err *why)
{
	struct ty_run *run = step->run;
	json_t *error = ty_json_own(run->arena, record_error(step, why));
	bool stop = step->plan->node->on_error == TY_ON_ERROR_STOP;
	struct ty_err err = { .code = TY_OK };

	request_abandon_all(run);
	outlets_clear(step);
	if (!stop && step_pass_errors(step, error, &err) != TY_OK) {
		outlets_clear(step);
		stop = true;
	}
	step_close(step, status, error);
	if (stop) {
		run->error = error;
		run_settle(run, status, NULL);
	}
}

static void
step_exec(struct ty_step *step)
{
	const struct ty_node_def *def = step->plan->node->def;
	struct ty_err err = { .code = TY_OK };

	step->phase = STEP_EXECUTING;
	if (def->state_size > 0)
		step->state = ty_arena_alloc(step->arena, def->state_size);
	if (def->exec(step, &err) != TY_OK)
		step_fail(step, TY_STATUS_ERROR, &err);
	else if (step->request_count == 0)
		step_close(step, TY_STATUS_OK, NULL);
}

static void
step_pass_through(struct ty_step *step)
{
	struct ty_err err = { .code = TY_OK };

	for (size_t port = 0; port < step->input_count && step->outlet_count > 0; port++)
		for (size_t i = 0; i < step->inputs[port].count; i++)
			if (ty_step_port_pass(step, 0, port, i, &err) != TY_OK) {
				step_fail(step, TY_STATUS_ERROR, &err);
				return;
			}
	step_close(step, TY_STATUS_OK, NULL);
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

/*
 * What arrives at each port.  A port with one edge shares the list of the outlet that
 * feeds it; several edges are joined in document order.
 */
static size_t
inputs_gather(struct ty_run *run, const struct plan_node *pn, struct items *inputs)
{
	size_t total = 0;

	for (size_t e = 0; e < pn->in_count; e++) {
		const struct ty_graph_edge *edge = pn->in[e];
		const struct node_state *from = &run->nodes[run->plan->place[edge->from->index]];
		const struct items *left;

		if (from->outlets == NULL || from->outlets[edge->output].items.count == 0)
			continue;
		left = &from->outlets[edge->output].items;
		total += left->count;
		if (inputs[edge->input].count == 0) {
			inputs[edge->input] = *left;
			inputs[edge->input].cap = left->count;	/* so a second edge copies */
			continue;
		}
		for (size_t i = 0; i < left->count; i++)
			items_push(run->arena, &inputs[edge->input], left->v[i]);
	}
	return total;
}

static void
step_begin(struct ty_run *run, const struct plan_node *pn, struct items *inputs, size_t count)
{
	struct ty_arena *arena = ty_arena_new(run->arena, "step", 0);
	struct ty_step *step = ty_arena_new_of(arena, struct ty_step);

	step->run = run;
	step->plan = pn;
	step->node = &run->nodes[pn->place];
	step->arena = arena;
	step->serial = ++run->serial;
	step->inputs = inputs;
	step->input_count = count;
	step->blamed = SIZE_MAX;
	step->started_ms = run->now_ms;
	step->deadline_ms = run->now_ms + pn->node->timeout_ms;
	outlets_make(step);
	run->step = step;
	record_begun(step);
	if (pn->node->disabled)
		step_pass_through(step);
	else
		step_bind(step);
}

/* Begin the next node that has something to do; false where none is left. */
static bool
step_next(struct ty_run *run)
{
	while (run->next < run->plan->count) {
		const struct plan_node *pn = &run->plan->nodes[run->next++];
		size_t ports = pn->node->input_count > 0 ? pn->node->input_count : 1;
		struct items *inputs;

		if (!run->nodes[pn->place].reachable)
			continue;
		inputs = ty_arena_alloc_array(run->arena, ports, sizeof(*inputs));
		if (pn->place == run->start) {
			inputs[0] = run->input;
		} else if (inputs_gather(run, pn, inputs) == 0) {
			run->nodes[pn->place].ended = true;
			record_skipped(run, pn);
			continue;
		}
		step_begin(run, pn, inputs, ports);
		return true;
	}
	return false;
}

/* ---- the end ---- */

/* The step that was under way when the verdict came ends with it. */
static void
step_cut(struct ty_run *run)
{
	struct ty_step *step = run->step;

	request_abandon_all(run);
	outlets_clear(step);
	run->error = ty_json_own(run->arena, record_error(step, &run->verdict_err));
	step_close(step, run->verdict, run->error);
}

static void
run_finish(struct ty_run *run)
{
	struct ty_run_result *result = &run->result;

	if (run->step != NULL)
		step_cut(run);
	else if (run->verdict != TY_STATUS_OK && run->error == NULL)
		run->error = ty_json_own(run->arena, record_error(NULL, &run->verdict_err));
	if (run->wake_ms != 0)
		run->ops->wake_at(run->ctx, run, 0);
	digest_steps(run, result->digest);
	timings_add(run);
	result->status = run->verdict;
	result->data = result_data(run);
	result->error = run->error;
	result->steps = run->steps;
	result->response = run->response;
	result->started_at_ms = run->started_ms;
	result->finished_at_ms = run->now_ms;
	result->step_count = run->step_count;
	result->item_count = run->item_count;
	result->payloads = run->payload_list;
	result->payload_count = run->payload_count;
	result->in_doubt = run->in_doubt;
	run->state = RUN_FINISHED;
	run->ops->finished(run->ctx, run);
}

/* ---- walking ---- */

static void
step_in_doubt(struct ty_run *run, const struct request *request)
{
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, TY_E_IN_DOUBT,
		   "effect %s was begun before the worker died, and its answer is not known",
		   request->key);
	ty_err_hint(&err, "See whether it happened; then run the workflow again.");
	run->in_doubt = true;
	run_settle(run, TY_STATUS_ERROR, &err);
}

/* Give the node one answer: what came, as the journal has it. */
static void
step_deliver(struct ty_step *step, struct request *request)
{
	const struct ty_node_def *def = step->plan->node->def;
	struct ty_err err = { .code = TY_OK }, failed = { .code = TY_OK };
	struct ty_answer answer = { .request = request->number, .tag = request->tag };
	const json_t *value = json_object_get(request->answer, "value");

	TY_ASSERT(def->resume != NULL);
	request->state = REQUEST_DELIVERED;
	step->delivered++;
	if ((request->journaled || request->kind == REQUEST_WAIT) &&
	    request->at_ms > step->run->clock_ms)
		step->run->clock_ms = request->at_ms;
	if (request->kind == REQUEST_EVAL && value != NULL)
		script_items(step, value, &value, &failed);
	else
		request_error(request, &failed);
	answer.value = failed.code == TY_OK ? value : NULL;
	answer.err = failed.code == TY_OK ? NULL : &failed;
	if (def->resume(step, &answer, &err) != TY_OK)
		step_fail(step, TY_STATUS_ERROR, &err);
	else if (step->delivered == step->request_count)
		step_close(step, TY_STATUS_OK, NULL);
}

static bool
step_advance(struct ty_run *run)
{
	struct ty_step *step = run->step;
	struct ty_err err = { .code = TY_OK };
	struct request *request;

	if (step->phase == STEP_BINDING) {
		if (step->params_request.state != REQUEST_ANSWERED)
			return false;
		if (bind_answer(step, &err) != TY_OK)
			step_fail(step, TY_STATUS_ERROR, &err);
		else
			step_exec(step);
		return true;
	}
	request = step->requests[step->delivered];
	if (request->state == REQUEST_ANSWERED)
		step_deliver(step, request);
	else if (request->state == REQUEST_IN_DOUBT)
		step_in_doubt(run, request);
	else
		return request_start_next(run);
	return true;
}

static void
run_timeout(struct ty_run *run)
{
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, TY_E_TIMEOUT, "the run took longer than its limit of %lld ms",
		   (long long)ty_graph_timeout_ms(run->plan->graph));
	run_settle(run, TY_STATUS_TIMEOUT, &err);
}

/* Do one thing; false where there is nothing to do but wait. */
static bool
run_advance(struct ty_run *run)
{
	if (run->step != NULL)
		return step_advance(run);
	if (run->now_ms >= run->deadline_ms && run->next < run->plan->count)
		run_timeout(run);
	else if (!step_next(run))
		run_settle(run, TY_STATUS_OK, NULL);
	return true;
}

/* A timer that is early does no harm: it is asked for again when it has fired. */
static void
run_arm(struct ty_run *run)
{
	int64_t at_ms = run->deadline_ms, wait_ms = request_next_wake_ms(run);

	if (run->step->deadline_ms < at_ms)
		at_ms = run->step->deadline_ms;
	if (wait_ms < at_ms)
		at_ms = wait_ms;
	if (run->wake_ms != 0 && run->wake_ms <= at_ms)
		return;
	run->wake_ms = at_ms;
	run->ops->wake_at(run->ctx, run, at_ms);
}

static void
run_enter(struct ty_run *run)
{
	run->depth++;
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
	if (--run->depth == 0 && run->over)
		run_finish(run);
}

/* ---- public entries ---- */

void
ty_run_start(struct ty_run *run)
{
	TY_ASSERT(run->state == RUN_NEW);
	run->state = RUN_WALKING;
	run->started_ms = run->now_ms = run->ops->now_ms(run->ctx);
	run->deadline_ms = run->started_ms + ty_graph_timeout_ms(run->plan->graph);
	run_enter(run);
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
	request_answer(run, request, value, err);
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
ty_run_journal_done(struct ty_run *run, uint64_t token, const struct ty_err *err)
{
	struct request *intent = request_find(run, token, REQUEST_INTENT);
	struct request *answer = request_find(run, token, REQUEST_ANSWER);
	struct ty_err why = { .code = TY_OK };

	if (run->state != RUN_WALKING || run->over || (intent == NULL && answer == NULL))
		return;
	run_enter(run);
	if (err != NULL) {
		/* Somebody else holds this run now, or nobody can: nothing more may happen. */
		ty_err_set(&why, TY_E_CANCELED, "the effect journal refused an entry: %s",
			   err->msg);
		run_settle(run, TY_STATUS_CANCELED, &why);
	} else if (intent != NULL) {
		request_call(run, intent);
	} else {
		request_settle(run, answer);
	}
	run_leave(run);
}

static void
step_timeout(struct ty_step *step)
{
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, TY_E_TIMEOUT, "the node took longer than its limit of %lld ms",
		   (long long)step->plan->node->timeout_ms);
	step_fail(step, TY_STATUS_TIMEOUT, &err);
}

void
ty_run_wake(struct ty_run *run)
{
	if (run->state != RUN_WALKING || run->over)
		return;
	run_enter(run);
	run->wake_ms = 0;
	run->now_ms = run->ops->now_ms(run->ctx);
	if (run->now_ms >= run->deadline_ms)
		run_timeout(run);
	else if (run->step != NULL && run->now_ms >= run->step->deadline_ms)
		step_timeout(run->step);
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
	run_enter(run);
	ty_err_set(&err, TY_E_CANCELED, "%s", reason != NULL ? reason : "canceled");
	run_settle(run, TY_STATUS_CANCELED, &err);
	run_leave(run);
}

const struct ty_run_result *
ty_run_result(const struct ty_run *run)
{
	return run->state == RUN_FINISHED ? &run->result : NULL;
}

const struct ty_run_spec *
ty_run_spec(const struct ty_run *run)
{
	return &run->spec;
}

void *
ty_run_user(const struct ty_run *run)
{
	return run->spec.user;
}
