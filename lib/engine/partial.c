/*
 * partial.c -- a run of some nodes only: the others are left out, or are taken as they are known.
 *
 * Which nodes is decided before (lib/graph/partial.c) and part of what the run is started with, so that a run that
 * is put down or taken over is the same.
 *
 * Invariants:
 *   (1) A node that is taken is not run and asks nothing of the world; it is recorded before the first step, with
 *       "from_run" (the run that it ended in) or "pinned", and counts in the digest.
 *   (2) Items that are taken are linked as those of a run that was put down (resume.c), so that lineage goes
 *       through them.
 *   (3) Where a node to run until is named, the run ends well with that node's first end.
 */
#include "engine/private.h"

static const struct plan_node *
partial_node(const struct ty_run *run, const char *id)
{
	const struct ty_graph_node *node =
		id != NULL ? ty_graph_node_find(run->plan->graph, id) : NULL;

	return node != NULL ? &run->plan->nodes[run->plan->place[node->index]] : NULL;
}

static enum ty_code
partial_missing(const char *id, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "node %.100s of the partial run is not in its version",
		   id != NULL ? id : "");
	return ty_err_hint(err, "Begin the partial run again.");
}

/* The items of one output, with large values out of the way; new reference. */
static json_t *
taken_items(struct ty_run *run, const json_t *given)
{
	json_t *items = json_array(), *item;
	size_t i;

	json_array_foreach((json_t *)given, i, item)
	{
		json_t *out = json_copy(item), *json = json_object_get(item, "json");
		struct tree_size size;
		bool has_refs;

		if (json != NULL)
			json_object_set_new(out, "json",
					    payload_shrink(run, run->root, json_incref(json), &size,
							   &has_refs));
		json_array_append_new(items, out);
	}
	return items;
}

/* Every output that the node has, whatever the record has of them; new reference. */
static json_t *
taken_record(struct ty_run *run, const struct plan_node *pn, const json_t *given)
{
	json_t *outputs = json_object(), *record = json_copy((json_t *)given);

	for (size_t i = 0; i < pn->node->output_count; i++) {
		const char *port = pn->node->outputs[i].name;

		json_object_set_new(
			outputs, port,
			taken_items(run, ty_json_arr(ty_json_obj(given, "outputs"), port)));
	}
	json_object_set_new(record, "outputs", outputs);
	return record;
}

static enum ty_code
partial_take(struct ty_run *run, struct ty_err *err)
{
	json_t *records = ty_json_own(run->arena, json_array()), *given;
	size_t i;

	json_array_foreach((json_t *)run->spec.taken, i, given)
	{
		const char *id = ty_json_str(given, "node", NULL);
		const struct plan_node *pn = partial_node(run, id);

		if (pn == NULL)
			return partial_missing(id, err);
		json_array_append_new(records, taken_record(run, pn, given));
	}
	run->spec.taken = records;
	return resume_take(run, records, err);
}

enum ty_code
partial_fill(struct ty_run *run, struct ty_err *err)
{
	const json_t *partial = run->spec.partial;
	const char *until = ty_json_str(partial, "until", NULL);
	const struct plan_node *pn;
	json_t *id;
	size_t i;

	run->reachable = ty_arena_alloc_array(run->arena, run->plan->count, sizeof(bool));
	json_array_foreach(ty_json_arr(partial, "run"), i, id)
	{
		pn = partial_node(run, json_string_value(id));
		if (pn == NULL)
			return partial_missing(json_string_value(id), err);
		if (pn->fault != NULL) {
			*err = *pn->fault;
			return ty_err_wrap(err, "The node cannot be run");
		}
		run->reachable[pn->place] = true;
	}
	run->until = partial_node(run, until);
	if (until != NULL && run->until == NULL)
		return partial_missing(until, err);
	return run->spec.parked == NULL && run->spec.taken != NULL ? partial_take(run, err) : TY_OK;
}

void
partial_record(struct ty_run *run)
{
	json_t *record;
	size_t i;

	json_array_foreach((json_t *)run->spec.taken, i, record)
	{
		const struct plan_node *pn = partial_node(run, ty_json_str(record, "node", NULL));

		if (pn != NULL)
			record_taken(run, pn, record);
	}
}
