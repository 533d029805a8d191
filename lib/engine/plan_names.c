/*
 * plan_names.c -- see plan_names.h.
 */
#include "engine/plan_names.h"

#include "engine/private.h"

void
name_add(json_t *names, const char *name)
{
	json_object_set_new_nocheck(names, name, json_null());
}

static void
value_scan(struct ty_arena *arena, const json_t *value, names_scan_fn scan, json_t *names)
{
	const json_t *child;
	const char *key;
	size_t i;

	if (json_is_string(value))
		scan(arena, json_string_value(value), names);
	json_array_foreach((json_t *)value, i, child) value_scan(arena, child, scan, names);
	json_object_foreach((json_t *)value, key, child) value_scan(arena, child, scan, names);
}

const json_t *
plan_names(struct ty_arena *arena, const struct ty_plan *plan, names_scan_fn scan)
{
	json_t *found = ty_json_own(arena, json_object()), *nothing;
	json_t *names = ty_json_own(arena, json_array());
	const char *name;

	for (size_t i = 0; i < plan->count; i++)
		if (!plan->nodes[i].node->disabled)
			value_scan(arena, plan->nodes[i].node->params, scan, found);
	json_object_foreach(found, name, nothing)
	{
		json_array_append_new(names, record_text(name));
	}
	return json_array_size(names) > 0 ? names : NULL;
}
