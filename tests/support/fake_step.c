/*
 * fake_step.c -- one node in a run of its own: trigger -> feed per input -> the node.
 */
#include "support/fake_step.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "param/param.h"

#include <stdio.h>
#include <string.h>

struct fake_step {
	struct ty_arena *arena;
	const struct ty_node_def *def;
	json_t *items; /* port name -> list */
	json_t *params;
	struct fake_ops *ops;
	const struct ty_run_result *result;
};

/* ---- test.feed: emits what its parameter says ---- */

struct feed_params {
	json_t *items;
};

static const struct ty_param feed_table[] = {
	{ .name = "items",
	  .label = "Items",
	  .type = TY_PARAM_JSON,
	  .offset = offsetof(struct feed_params, items) },
	{ .name = NULL },
};

static enum ty_code
feed_exec(struct ty_step *step, struct ty_err *err)
{
	const struct feed_params *p = ty_step_params(step, 0);

	for (size_t i = 0; i < json_array_size(p->items); i++)
		if (ty_step_emit(step, 0, json_incref(json_array_get(p->items, i)), TY_FROM_NONE,
				 err) != TY_OK)
			return err->code;
	return TY_OK;
}

static const struct ty_node_def feed_def = {
	TY_NODE_HEAD,		.type = "test.feed",
	.version = 1,		.category = TY_CATEGORY_DATA,
	.title = "Feed",	.summary = "Items of a test",
	.inputs = ty_ports_one, .outputs = ty_ports_one,
	.params = feed_table,	.params_size = sizeof(struct feed_params),
	.flags = TY_NODE_PURE,	.exec = feed_exec,
};

/* The feed, and the node itself where it is none of the built-in ones. */
static const struct ty_node_def *const *
step_defs(struct ty_arena *arena, const struct ty_node_def *def)
{
	const struct ty_node_def **defs = ty_arena_alloc_array(arena, 3, sizeof(*defs));
	size_t i = 0;

	while (ty_nodes_builtin[i] != NULL && ty_nodes_builtin[i] != def)
		i++;
	defs[0] = &feed_def;
	defs[1] = ty_nodes_builtin[i] == NULL ? def : NULL;
	return defs;
}

/* ---- the step ---- */

struct fake_step *
fake_step_new(struct ty_arena *arena, const struct ty_node_def *def, const char *items)
{
	struct fake_step *s = ty_arena_new_of(arena, struct fake_step);

	s->arena = arena;
	s->def = def;
	s->items = ty_json_own(arena, json_object());
	s->params = ty_json_own(arena, json_object());
	s->ops = fake_ops_new(arena);
	s->ops->nodes = step_defs(arena, def);
	fake_step_items(s, def->inputs[0].name != NULL ? def->inputs[0].name : "main", items);
	return s;
}

void
fake_step_items(struct fake_step *s, const char *port, const char *items)
{
	json_object_set(s->items, port, fake_json(s->arena, items));
}

void
fake_step_param(struct fake_step *s, const char *name, const char *value)
{
	json_object_set(s->params, name, fake_json(s->arena, value));
}

void
fake_step_params(struct fake_step *s, const char *params)
{
	json_object_update(s->params, fake_json(s->arena, params));
}

/* A trigger gets its items from the run, all others from a feed per port. */
static json_t *
step_workflow(const struct fake_step *s)
{
	json_t *nodes = json_array(), *edges = json_array(), *items;
	bool trigger = ty_node_is_trigger(s->def);
	const char *port;

	if (!trigger)
		json_array_append_new(
			nodes, json_pack("{s:s, s:s}", "id", "start", "type", "core.manual"));
	json_object_foreach(s->items, port, items)
	{
		char id[80];

		if (trigger)
			break;
		snprintf(id, sizeof(id), "feed-%s", port);
		json_array_append_new(nodes, json_pack("{s:s, s:s, s:{s:O}}", "id", id, "type",
						       "test.feed", "params", "items", items));
		json_array_append_new(edges, json_pack("{s:s, s:s}", "from", "start", "to", id));
		json_array_append_new(edges, json_pack("{s:s, s:s, s:s}", "from", id, "to", "node",
						       "input", port));
	}
	json_array_append_new(nodes,
			      json_pack("{s:s, s:s, s:i, s:O}", "id", "node", "type", s->def->type,
					"version", s->def->version, "params", s->params));
	return json_pack("{s:o, s:o}", "nodes", nodes, "edges", edges);
}

static const char *
step_input(const struct fake_step *s)
{
	json_t *input = ty_json_own(s->arena, json_array()), *json;
	size_t i;

	if (!ty_node_is_trigger(s->def))
		return "[{\"json\":{}}]";
	json_array_foreach(json_object_get(s->items, "main"), i, json)
		json_array_append_new(input, json_pack("{s:O}", "json", json));
	return ty_json_dump(s->arena, input, NULL);
}

enum ty_code
fake_step_run(struct fake_step *s, struct ty_err *err)
{
	json_t *workflow = ty_json_own(s->arena, step_workflow(s));
	const json_t *error;

	ty_err_clear(err);
	s->result = fake_ops_run(s->ops, ty_json_dump(s->arena, workflow, NULL), step_input(s),
				 NULL, err);
	if (s->result == NULL)
		return err->code != TY_OK ? err->code
					  : ty_err_set(err, TY_E_INTERNAL, "the run is suspended");
	error = s->result->error;
	if (error == NULL)
		return TY_OK;
	return ty_err_set(err, ty_code_find(ty_json_str(error, "code", "internal")), "%s",
			  ty_json_str(error, "message", ""));
}

static const char *
step_members(struct fake_step *s, const char *port, const char *member)
{
	const json_t *record = s->result != NULL ? fake_step_record(s->result, "node") : NULL;
	json_t *out = ty_json_own(s->arena, json_array()), *item;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(record, "outputs"), port), i, item)
	{
		json_t *value = json_object_get(item, member);

		json_array_append_new(out, value != NULL ? json_incref(value) : json_null());
	}
	return ty_json_dump(s->arena, out, NULL);
}

const char *
fake_step_output(struct fake_step *s, const char *port)
{
	return step_members(s, port, "json");
}

const char *
fake_step_from(struct fake_step *s, const char *port)
{
	return step_members(s, port, "from");
}

struct fake_ops *
fake_step_ops(struct fake_step *s)
{
	return s->ops;
}

const struct ty_run_result *
fake_step_result(struct fake_step *s)
{
	return s->result;
}
