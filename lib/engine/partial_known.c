/*
 * partial_known.c -- see partial.h.
 */
#include "engine/partial.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

struct known {
	struct ty_arena *arena;
	const struct ty_graph *graph;
	const struct ty_partial_known *from;
	json_t **pinned, **recorded; /* records by position in the document; NULL = none */
	bool *is_pinned, *is_recorded;
};

/* ---- pins ---- */

static enum ty_code
pin_refuse(const char *id, const char *why, const char *hint, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "node \"%.100s\" cannot be pinned: %s", id, why);
	ty_err_hint(err, "%s", hint);
	return ty_err_at(err, "pins.%.100s", id);
}

static const char *
pin_fault(const json_t *items)
{
	json_t *item;
	size_t i;

	if (!json_is_array(items))
		return "its data is no list of items";
	if (json_array_size(items) > TY_LIMIT_STEP_ITEMS)
		return "it has more items than a step may give";
	json_array_foreach((json_t *)items, i, item)
	{
		if (!json_is_object(json_object_get(item, "json")) || json_object_size(item) != 1)
			return "an item is not { \"json\": {...} }";
	}
	return NULL;
}

static enum ty_code
pin_add(struct known *k, const char *id, const json_t *items, struct ty_err *err)
{
	const struct ty_graph_node *node = ty_graph_node_find(k->graph, id);
	const char *fault = pin_fault(items);
	json_t *record;

	if (node == NULL)
		return pin_refuse(id, "it is not in this version", "Name the id of a node.", err);
	if (node->loop != NULL)
		return pin_refuse(id, "it is in the body of a loop", "Pin the loop.", err);
	if (node->output_count == 0)
		return pin_refuse(id, "it has no output", "Pin a node before it.", err);
	if (fault != NULL)
		return pin_refuse(id, fault, "Write [ { \"json\": { ... } }, ... ].", err);
	record = json_pack("{s:s, s:s, s:{s:O}}", "node", id, "status", "ok", "outputs",
			   node->outputs[0].name, items);
	k->pinned[node->index] = ty_json_own(k->arena, record);
	k->is_pinned[node->index] = true;
	return TY_OK;
}

static enum ty_code
pins_read(struct known *k, struct ty_err *err)
{
	struct ty_err ignored;
	const char *id;
	json_t *items;

	json_object_foreach((json_t *)k->from->document_pins, id, items)
	{
		ty_err_clear(&ignored);
		(void)pin_add(k, id, items, &ignored);
	}
	if (k->from->pins != NULL && !json_is_object(k->from->pins)) {
		ty_err_set(err, TY_E_INVALID, "pins are no object");
		ty_err_hint(err, "Write { \"<node id>\": [ { \"json\": { ... } } ] }.");
		return ty_err_at(err, "pins");
	}
	json_object_foreach((json_t *)k->from->pins, id, items)
	{
		if (pin_add(k, id, items, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* ---- records ---- */

/* Did the step end so that what is behind it went on? */
static bool
record_is_good(const struct ty_graph_node *node, const json_t *record)
{
	const char *status = ty_json_str(record, "status", "");

	return ty_str_eq(status, "ok") || ty_str_eq(status, "skipped") ||
	       (ty_str_eq(status, "error") && node->on_error != TY_ON_ERROR_STOP);
}

/* The last record of a node counts: those before it are attempts. */
static void
records_read(struct known *k)
{
	json_t *record;
	size_t i;

	json_array_foreach((json_t *)k->from->records, i, record)
	{
		const char *id = ty_json_str(record, "node", NULL);
		const struct ty_graph_node *node =
			id != NULL ? ty_graph_node_find(k->graph, id) : NULL;

		if (node == NULL || json_object_get(record, "frame") != NULL ||
		    !ty_str_eq(node->type, ty_json_str(record, "type", "")))
			continue;
		k->is_recorded[node->index] =
			record_is_good(node, record) && ty_json_obj(record, "outputs") != NULL;
		k->recorded[node->index] = record;
	}
}

/* ---- what is taken ---- */

static json_t *
taken_of(const struct known *k, size_t i)
{
	const json_t *record = k->recorded[i];
	json_t *taken;

	if (k->is_pinned[i])
		return json_copy(k->pinned[i]);
	taken = json_pack("{s:O, s:O, s:O}", "node", json_object_get(record, "node"), "status",
			  json_object_get(record, "status"), "outputs",
			  json_object_get(record, "outputs"));
	/* Name the run that a step really ended in, because that run may have taken it itself. */
	json_object_set_new(taken, "from_run",
			    json_string(ty_json_str(record, "from_run", k->from->run_id)));
	return taken;
}

static void
partial_fill_lists(const struct known *k, const struct ty_graph_part *part, const bool *take,
		   struct ty_partial *partial)
{
	const struct ty_graph_node *const *order = ty_graph_order(k->graph, NULL);
	json_t *run = json_array(), *names = json_array();
	const char *until =
		part->kind == TY_PART_TO || part->kind == TY_PART_ONLY ? part->node : NULL;

	partial->taken = ty_json_own(k->arena, json_array());
	for (size_t n = 0; n < ty_graph_node_count(k->graph); n++) {
		size_t i = order[n]->index;

		if (partial->run[i])
			json_array_append_new(run, json_string(order[n]->id));
		if (!take[i])
			continue;
		json_array_append_new(names, json_string(order[n]->id));
		json_array_append_new(partial->taken, taken_of(k, i));
	}
	partial->partial = ty_json_own(
		k->arena,
		json_pack("{s:o, s:o, s:s?, s:s?}", "run", run, "taken", names, "start",
			  partial->start != NULL ? partial->start->id : NULL, "until", until));
}

static struct known
known_new(struct ty_arena *arena, const struct ty_graph *graph, const struct ty_partial_known *from)
{
	size_t count = ty_graph_node_count(graph) + 1;

	return (struct known){
		.arena = arena,
		.graph = graph,
		.from = from,
		.pinned = ty_arena_alloc_array(arena, count, sizeof(json_t *)),
		.recorded = ty_arena_alloc_array(arena, count, sizeof(json_t *)),
		.is_pinned = ty_arena_alloc_array(arena, count, sizeof(bool)),
		.is_recorded = ty_arena_alloc_array(arena, count, sizeof(bool)),
	};
}

enum ty_code
ty_partial_make(struct ty_arena *arena, const struct ty_graph *graph,
		const struct ty_graph_part *part, const char *mode, const char *trigger,
		const struct ty_partial_known *from, struct ty_partial *ret_partial,
		struct ty_err *err)
{
	struct known k = known_new(arena, graph, from);
	const struct ty_graph_known known = { .pinned = k.is_pinned, .recorded = k.is_recorded };
	const struct ty_graph_node *start = NULL;
	size_t count = ty_graph_node_count(graph) + 1;
	struct ty_partial partial = { .run = ty_arena_alloc_array(arena, count, sizeof(bool)) };
	bool *take = ty_arena_alloc_array(arena, count, sizeof(bool));

	/* A draft need have no trigger; one that is named has to be there. */
	if (ty_graph_start(graph, mode, trigger, &start, err) != TY_OK) {
		if (!ty_str_is_blank(trigger))
			return ty_err_at(err, "trigger");
		ty_err_clear(err);
		start = NULL;
	}
	if (ty_graph_order(graph, err) == NULL || pins_read(&k, err) != TY_OK)
		return err->code;
	records_read(&k);
	if (ty_graph_part(graph, part, start, &known, partial.run, take, err) != TY_OK)
		return err->code;
	partial.start = start != NULL && partial.run[start->index] ? start : NULL;
	partial_fill_lists(&k, part, take, &partial);
	*ret_partial = partial;
	return TY_OK;
}
