/*
 * libraries.c -- which libraries code of a plan's runs may ask for, and what a request of code has of them.
 *
 * Found by text, as variables are (vars.c): a name too many costs its text in a request, one that is computed is not
 * found and fails where it is asked for.
 *
 * Memory: the plan's arena; what a request has is referenced.
 */
#include "engine/libraries.h"
#include "engine/plan_names.h"
#include "engine/private.h"

#include "base/str.h"

#include <string.h>

#define NAME_MAX_BYTES 200

/* Modules that code has without a library (workers/sandbox/web.js). */
static bool
is_built_in(const char *name)
{
	static const char *const names[] = { "buffer", "crypto", "luxon",	   "timers",
					     "url",    "util",	 "timers/promises" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return strncmp(name, "node:", strlen("node:")) == 0;
}

/* The next name that 'at' asks for, which moves behind its "require"; NULL = none. */
static const char *
next_name(struct ty_arena *arena, const char **at)
{
	static const char word[] = "require";

	while ((*at = strstr(*at, word)) != NULL) {
		const char *open = *at += strlen(word);
		size_t len;

		open += strspn(open, " \t\r\n");
		if (*open != '(')
			continue;
		open += 1 + strspn(open + 1, " \t\r\n");
		if (*open != '\'' && *open != '"' && *open != '`')
			continue;
		len = strcspn(open + 1, "'\"`\\$\n");
		if (len == 0 || len > NAME_MAX_BYTES || open[len + 1] != *open)
			continue;
		if (open[len + 2 + strspn(open + len + 2, " \t\r\n")] == ')')
			return ty_arena_strndup(arena, open + 1, len);
	}
	return NULL;
}

static void
text_scan(struct ty_arena *arena, const char *text, json_t *names)
{
	const char *name;

	while ((name = next_name(arena, &text)) != NULL)
		if (!is_built_in(name))
			name_add(names, name);
}

void
libraries_plan(struct ty_arena *arena, struct ty_plan *plan)
{
	plan->libraries = plan_names(arena, plan, text_scan);
}

const json_t *
ty_plan_libraries(const struct ty_plan *plan)
{
	return plan->libraries;
}

void
libraries_add(struct ty_step *step, const char *code, json_t *request)
{
	json_t *out, *asked, *library, *nothing;
	const char *key;

	if (step->run->spec.libraries == NULL)
		return;
	asked = ty_json_own(step->arena, json_object());
	text_scan(step->arena, code, asked);
	if (json_object_size(asked) == 0)
		return;
	out = json_object();
	json_object_foreach((json_t *)step->run->spec.libraries, key, library)
	{
		json_object_set_new(out, key, json_null());
	}
	json_object_foreach(asked, key, nothing)
	{
		json_t *source =
			json_object_get(json_object_get(step->run->spec.libraries, key), "source");

		if (source != NULL)
			json_object_set(out, key, source);
	}
	json_object_set_new(request, "libraries", out);
}
