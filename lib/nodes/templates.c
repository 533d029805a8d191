/*
 * templates.c -- workflows to begin with (templates.json), and the node that stands for a value alone.
 */
#include "nodes/templates.h"

#include "base/err.h"
#include "json/json.h"
#include "nodes/nodes.h"

#include <string.h>

extern const char ty_nodes_templates_text[];

json_t *
ty_nodes_templates(void)
{
	json_t *list = json_loads(ty_nodes_templates_text, 0, NULL);

	TY_ASSERT(json_is_array(list));
	return list;
}

const char *
ty_nodes_setter(void)
{
	return ty_node_core_set.type;
}

json_t *
ty_nodes_setter_params(const char *field, const char *value)
{
	return json_pack("{s:[{s:s, s:s, s:s}]}", "assignments", "name", field, "type", "any",
			 "value", value);
}
