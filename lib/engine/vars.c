/*
 * vars.c -- which of the workspace's variables ($vars) a plan's runs may ask for.
 *
 * Found by text: what is in quotes or in a comment counts too, because a name too many costs a few bytes
 * and one too few would be undefined in a run.
 *
 * Memory: the plan's arena.
 */
#include "engine/vars.h"
#include "engine/private.h"

#include <string.h>

static void
name_add(json_t *names, const char *name)
{
	const json_t *known;
	size_t i;

	json_array_foreach(names, i, known)
	{
		if (strcmp(json_string_value(known), name) == 0)
			return;
	}
	json_array_append_new(names, record_text(name));
}

static void
text_scan(struct ty_arena *arena, const char *text, json_t *names)
{
	for (const char *at = strstr(text, "$vars"); at != NULL; at = strstr(at, "$vars")) {
		const char *name = ty_expr_member_name(arena, at += strlen("$vars"));

		name_add(names, name != NULL ? name : TY_VARS_ALL);
	}
}

static void
value_scan(struct ty_arena *arena, const json_t *value, json_t *names)
{
	const json_t *child;
	const char *key;
	size_t i;

	if (json_is_string(value))
		text_scan(arena, json_string_value(value), names);
	json_array_foreach((json_t *)value, i, child) value_scan(arena, child, names);
	json_object_foreach((json_t *)value, key, child) value_scan(arena, child, names);
}

void
vars_plan(struct ty_arena *arena, struct ty_plan *plan)
{
	json_t *names = ty_json_own(arena, json_array());

	for (size_t i = 0; i < plan->count; i++)
		if (!plan->nodes[i].node->disabled)
			value_scan(arena, plan->nodes[i].node->params, names);
	plan->vars = json_array_size(names) > 0 ? names : NULL;
}

const json_t *
ty_plan_vars(const struct ty_plan *plan)
{
	return plan->vars;
}
