/*
 * run_new.c -- a run before its first step: where it starts, what can be reached from there,
 * its input as items, and what expressions see of it.
 *
 * Memory: the run's own arena, a child of its caller's; freed here where something is refused.
 */
#include "base/run_mode.h"
#include "engine/private.h"

/* One pass finds everything downstream of the start, because places are topological. */
static void
reachable_mark(struct ty_run *run)
{
	const struct ty_plan *plan = run->plan;

	run->reachable = ty_arena_alloc_array(run->arena, plan->count, sizeof(bool));
	run->reachable[run->start] = true;
	for (size_t i = run->start + 1; i < plan->count; i++) {
		const struct plan_node *pn = &plan->nodes[i];

		for (size_t e = 0; e < pn->in_count && !run->reachable[i]; e++)
			run->reachable[i] = run->reachable[plan->place[pn->in[e]->from->index]];
	}
}

static enum ty_code
input_take(struct ty_run *run, struct ty_err *err)
{
	json_t *given;
	size_t i;

	json_array_foreach((json_t *)run->spec.input, i, given)
	{
		json_t *json = ty_json_obj(given, "json"), *binary;
		struct item *item = ty_arena_new_of(run->arena, struct item);

		if (json == NULL)
			return ty_err_set(err, TY_E_INVALID,
					  "input item %zu is not { \"json\": {...} }", i);
		item->json = payload_shrink(run, run->root, json_incref(json), &item->size,
					    &item->has_refs);
		item->obj = ty_json_own(run->arena, json_object());
		json_object_set_new(item->obj, "json", item->json);
		binary = json_object_get(given, "binary");
		if (binary != NULL)
			json_object_set(item->obj, "binary", binary);
		item->frame = run->root;
		item->place = UINT32_MAX;
		items_push(run->arena, &run->input, item);
	}
	return TY_OK;
}

/* Does the mode run a published version, as every run does that begins by itself? */
static bool
is_published(const char *mode)
{
	const struct ty_run_mode *found = mode != NULL ? ty_run_mode_find(mode) : NULL;

	return found == NULL || found->version == TY_RUN_VERSION_PUBLISHED;
}

bool
run_is_published(const struct ty_run *run)
{
	return is_published(run->spec.mode);
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
	if (run->has_dialect)
		json_object_set_new(workflow, "active", json_boolean(is_published(spec->mode)));
	run->execution = execution;
	run->workflow = workflow;
}

/* Make what a run needs before its first step, or its next one. */
static enum ty_code
run_fill(struct ty_run *run, struct ty_err *err)
{
	if (run->spec.partial == NULL) {
		run->root->next = run->start;
		reachable_mark(run);
	}
	for (size_t i = 0; i < run->spec.parked_payload_count; i++)
		if (payload_restore(run, &run->spec.parked_payloads[i], err) != TY_OK)
			return err->code;
	if (input_take(run, err) != TY_OK)
		return err->code;
	if (run->spec.partial != NULL && partial_fill(run, err) != TY_OK)
		return err->code;
	return run->spec.parked != NULL ? resume_build(run, err) : TY_OK;
}

void
run_rules_set(struct ty_run *run, unsigned digest_version)
{
	run->digest_version = digest_version != 0 ? digest_version : TY_DIGEST_VERSION;
	if (run->digest_version < TY_DIGEST_CHAIN)
		run->digest_version = TY_DIGEST_CHAIN;
	run->has_dialect = run->digest_version >= TY_DIGEST_DIALECT;
	if (!run->has_dialect && run->workflow != NULL)
		json_object_del(run->workflow, "active");
	run->vars = run->digest_version >= TY_DIGEST_VARS && run->spec.vars != NULL
			    ? run->spec.vars
			    : ty_json_own(run->arena, json_object());
	statics_begin(run, NULL);
	run->has_places = run->digest_version >= TY_DIGEST_PLACES;
	run->has_step_clocks = run->digest_version >= TY_DIGEST_STEP_CLOCKS;
	/* A replay has all answers, and a step that the run has not come to has none. */
	run->early.is_off = !run->has_step_clocks || !ty_graph_overlaps(run->plan->graph) ||
			    run->spec.replay != TY_REPLAY_NO;
}

/* A partial run that does not come to its trigger has none. */
static enum ty_code
start_find(struct ty_run *run, struct ty_err *err)
{
	const struct ty_run_spec *spec = &run->spec;
	const char *name = spec->start_node;
	const struct ty_graph_node *start;

	run->start = SIZE_MAX;
	if (spec->partial == NULL && spec->plan->fault != NULL) {
		*err = *spec->plan->fault;
		return ty_err_wrap(err, "The workflow cannot be run");
	}
	if (spec->partial != NULL)
		name = ty_json_str(spec->partial, "start", NULL);
	if (spec->partial != NULL && name == NULL)
		return TY_OK;
	if (ty_graph_start(spec->plan->graph, spec->mode, name, &start, err) != TY_OK)
		return err->code;
	run->start = spec->plan->place[start->index];
	return TY_OK;
}

enum ty_code
ty_run_new(struct ty_arena *arena, const struct ty_engine_ops *ops, void *ctx,
	   const struct ty_run_spec *spec, struct ty_run **ret_run, struct ty_err *err)
{
	struct ty_arena *own = ty_arena_new(arena, "run", TY_LIMIT_RUN_BYTES);
	struct ty_run *run = ty_arena_new_of(own, struct ty_run);

	run->arena = own;
	run->ops = ops;
	run->ctx = ctx;
	run->spec = *spec;
	run->plan = spec->plan;
	run->clock_ms = spec->accepted_at_ms;
	run_rules_set(run, spec->digest_version);
	run->steps = ty_json_own(own, json_array());
	run->root = run->frame = frame_new_root(run);
	journal_index(run);
	source_index(run);
	scope_make(run);
	if (start_find(run, err) != TY_OK || run_fill(run, err) != TY_OK) {
		ty_arena_free(own);
		return err->code;
	}
	*ret_run = run;
	return TY_OK;
}
