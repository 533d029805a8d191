/*
 * statics.c -- static data of a workflow: objects that code keeps from one run to the next.
 *
 * Invariants:
 *   (1) A run begins with what its first attempt found (TY_JOURNAL_STATICS), and changes it by its code alone; so who
 *       takes the run over, and who proves it, computes the same.
 *   (2) A step that names static data begins in its turn (inputs.c), and its next attempt begins with what its first
 *       one did.
 *   (3) What a run by the rules of before has is nothing: its code fails where it asks.
 *
 * The objects are by scope: "global", and "node:<id>".
 *
 * Memory: two objects of the run's, which hold the only references to what they replace.
 */
#include "engine/statics.h"

#include "engine/private.h"

#include <string.h>

#define SCOPE_GLOBAL "global"

static const char *
scope_of_node(struct ty_step *step)
{
	return ty_arena_printf(step->arena, "node:%s", step->plan->node->id);
}

bool
ty_plan_keeps_statics(const struct ty_plan *plan)
{
	return plan_asks(plan, FACT_STATICS);
}

/* ---- the life of a run ---- */

void
statics_begin(struct ty_run *run, const json_t *statics)
{
	if (run->spec.statics == NULL || run->digest_version < TY_DIGEST_STATICS) {
		run->statics = NULL;
		return;
	}
	run->statics = ty_json_own(
		run->arena, json_copy((json_t *)(statics != NULL ? statics : run->spec.statics)));
	run->statics_before = ty_json_own(run->arena, json_object());
}

const json_t *
statics_to_park(const struct ty_run *run)
{
	bool is_again = run->retry != NULL && (run->retry->plan->asks & FACT_STATICS) != 0;

	return is_again && run->statics != NULL ? run->statics_before : run->statics;
}

/* ---- a step ---- */

void
statics_add(struct ty_step *step, json_t *request)
{
	struct ty_run *run = step->run;
	json_t *seen = json_object();

	if (run->statics == NULL) {
		json_decref(seen);
		return;
	}
	if (step->attempt == 1) {
		json_object_clear(run->statics_before);
		json_object_update(run->statics_before, run->statics);
	} else if (!run->is_resumed || json_object_size(run->statics_before) > 0) {
		json_object_clear(run->statics);
		json_object_update(run->statics, run->statics_before);
	}
	json_object_set(seen, SCOPE_GLOBAL, json_object_get(run->statics, SCOPE_GLOBAL));
	json_object_set(seen, "node", json_object_get(run->statics, scope_of_node(step)));
	json_object_set_new(request, "statics", seen);
}

static enum ty_code
take_one(struct ty_step *step, const char *scope, json_t *value, struct ty_err *err)
{
	if (value == NULL)
		return TY_OK;
	if (!json_is_object(value))
		return script_is_odd(err, "static data that is no object");
	if (ty_json_size_bytes(value) > TY_LIMIT_STATE_VALUE_BYTES) {
		ty_err_set(err, TY_E_LIMIT,
			   "The static data takes %zu bytes as JSON, and %d are the most",
			   ty_json_size_bytes(value), TY_LIMIT_STATE_VALUE_BYTES);
		return ty_err_hint(err,
				   "Keep what the next run needs of it; what was seen belongs in "
				   "Remove duplicates, and counters in State.");
	}
	json_object_set(step->run->statics, scope, value);
	return TY_OK;
}

enum ty_code
statics_take(struct ty_step *step, const json_t *answer, struct ty_err *err)
{
	const json_t *changed = ty_json_obj(answer, "statics");

	if (changed == NULL || step->run->statics == NULL)
		return TY_OK;
	if (take_one(step, SCOPE_GLOBAL, json_object_get(changed, SCOPE_GLOBAL), err) != TY_OK)
		return err->code;
	return take_one(step, scope_of_node(step), json_object_get(changed, "node"), err);
}

/* ---- what has changed ---- */

/* { "node": id or "", "set": {}, "gone": [] }; NULL where nothing has.  New reference. */
static json_t *
change_of(const char *scope, const json_t *before, const json_t *after)
{
	json_t *set = json_object(), *gone = json_array(), *value;
	const char *key;

	json_object_foreach((json_t *)after, key, value)
	{
		const json_t *was = json_object_get(before, key);

		if (was == NULL || !json_equal((json_t *)was, value))
			json_object_set(set, key, value);
	}
	json_object_foreach((json_t *)before, key, value)
	{
		if (json_object_get(after, key) == NULL)
			json_array_append_new(gone, json_string(key));
	}
	if (json_object_size(set) > 0 || json_array_size(gone) > 0)
		return json_pack("{s:s, s:o, s:o}", "node",
				 strcmp(scope, SCOPE_GLOBAL) == 0 ? "" : scope + strlen("node:"),
				 "set", set, "gone", gone);
	json_decref(set);
	json_decref(gone);
	return NULL;
}

json_t *
ty_run_static_changes(const struct ty_run *run)
{
	json_t *changes = json_array(), *after;
	const char *scope;

	json_object_foreach(run->statics, scope, after)
	{
		json_t *change = change_of(scope, json_object_get(run->spec.statics, scope), after);

		if (change != NULL)
			json_array_append_new(changes, change);
	}
	return changes;
}
