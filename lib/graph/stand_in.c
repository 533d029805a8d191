/*
 * stand_in.c -- a document in which another node stands in the place of one.
 */
#include "graph/graph.h"

#include "base/str.h"
#include "json/json.h"

/* new reference */
static json_t *
stand_in(const json_t *node, const char *type, json_t *params)
{
	const char *id = ty_json_str(node, "id", "");

	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:O}", "id", id, "name",
			 ty_json_str(node, "name", id), "type", type, "version", 1, "on_error",
			 "continue", "params", params);
}

json_t *
ty_graph_stand_in(struct ty_arena *arena, const json_t *document, const char *id, const char *type,
		  json_t *params)
{
	json_t *copy = ty_json_own(arena, json_copy((json_t *)document)), *node;
	json_t *nodes = json_copy(ty_json_arr(document, "nodes"));
	bool is_found = false;
	size_t i;

	json_array_foreach(nodes, i, node)
	{
		if (!ty_str_eq(ty_json_str(node, "id", ""), id))
			continue;
		is_found = true;
		json_array_set_new(nodes, i, stand_in(node, type, params));
	}
	json_object_set_new(copy, "nodes", nodes);
	return is_found ? copy : NULL;
}
