/*
 * secret.c -- see secret.h.
 */
#include "graph/secret.h"

#include "json/json.h"

struct visit {
	ty_graph_secret_fn fn;
	void *ctx;
	const char *node_id;
	size_t index;
};

static const char *
visit_secret(void *ctx, const char *path, const char *text)
{
	const struct visit *v = ctx;

	return v->fn(v->ctx, v->node_id, v->index, path, text);
}

json_t *
ty_graph_secrets_map(struct ty_arena *arena, const struct ty_registry *registry,
		     const json_t *graph, ty_graph_secret_fn fn, void *ctx)
{
	struct visit v = { .fn = fn, .ctx = ctx };
	json_t *copy = ty_json_own(arena, json_deep_copy(graph)), *node;
	size_t i;

	json_array_foreach(json_object_get(copy, "nodes"), i, node)
	{
		const struct ty_node_def *def;
		json_t *params = json_object_get(node, "params");
		const char *type = ty_json_str(node, "type", "");

		if (!json_is_object(params) ||
		    ty_registry_find(registry, type, (int)ty_json_int(node, "version", 1), &def) ==
			    TY_REGISTRY_MISSING)
			continue;
		v.node_id = ty_json_str(node, "id", "");
		v.index = i;
		ty_param_secrets_map(arena, def->params, params, visit_secret, &v);
	}
	return copy;
}

static const char *
hide(void *ctx, const char *node_id, size_t index, const char *path, const char *text)
{
	return TY_SECRET_MASK;
}

json_t *
ty_graph_secrets_hide(struct ty_arena *arena, const struct ty_registry *registry,
		      const json_t *graph)
{
	return ty_graph_secrets_map(arena, registry, graph, hide, NULL);
}
