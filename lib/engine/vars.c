/*
 * vars.c -- which of the workspace's variables ($vars) a plan's runs may ask for.
 *
 * Found by text: what is in quotes or in a comment counts too, because a name too many costs a few bytes
 * and one too few would be undefined in a run.
 *
 * Memory: the plan's arena.
 */
#include "engine/vars.h"
#include "engine/plan_names.h"
#include "engine/private.h"

#include <string.h>

static void
text_scan(struct ty_arena *arena, const char *text, json_t *names)
{
	for (const char *at = strstr(text, "$vars"); at != NULL; at = strstr(at, "$vars")) {
		const char *name = ty_expr_member_name(arena, at += strlen("$vars"));

		name_add(names, name != NULL ? name : TY_VARS_ALL);
	}
}

void
vars_plan(struct ty_arena *arena, struct ty_plan *plan)
{
	plan->vars = plan_names(arena, plan, text_scan);
}

const json_t *
ty_plan_vars(const struct ty_plan *plan)
{
	return plan->vars;
}
