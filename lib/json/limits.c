/*
 * limits.c -- see limits.h.
 */
#include "json/limits.h"

#include "base/err.h"

#include <string.h>

void
ty_limits_from_json(const json_t *json, struct ty_limits *ret_limits)
{
	memset(ret_limits, 0, sizeof(*ret_limits));
	for (const struct ty_limit *limit = ty_limit_table; limit->name != NULL; limit++)
		ty_limit_set(ret_limits, limit, ty_json_int(json, limit->name, limit->def));
}

void
ty_limits_of_json(const json_t *owner, struct ty_limits *ret_limits)
{
	const json_t *own = ty_json_obj(owner, "limits");

	ty_limits_from_json(own != NULL ? own : owner, ret_limits);
	if (own == NULL)
		ret_limits->concurrent_max =
			ty_json_int(owner, "workspace_max", ret_limits->concurrent_max);
}

json_t *
ty_limits_to_json(const struct ty_limits *limits)
{
	json_t *json = json_object();

	for (const struct ty_limit *limit = ty_limit_table; limit->name != NULL; limit++)
		json_object_set_new(json, limit->name, json_integer(ty_limit_get(limits, limit)));
	return json;
}

json_t *
ty_limits_list_json(const struct ty_limits *limits)
{
	json_t *list = json_array();

	for (const struct ty_limit *limit = ty_limit_table; limit->name != NULL; limit++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:s}",
						      "name", limit->name, "value",
						      (json_int_t)ty_limit_get(limits, limit),
						      "default", (json_int_t)limit->def, "min",
						      (json_int_t)limit->min, "max",
						      (json_int_t)limit->max, "unit", limit->unit,
						      "label", limit->label, "help", limit->help));
	return list;
}

void
ty_limits_from_text(struct ty_arena *arena, const char *text, struct ty_limits *ret_limits)
{
	struct ty_err ignored = { 0 };
	json_t *json = NULL;

	if (text == NULL || ty_json_parse(arena, text, strlen(text), &json, &ignored) != TY_OK)
		json = NULL;
	ty_limits_from_json(json, ret_limits);
}
