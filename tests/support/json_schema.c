/*
 * json_schema.c -- see json_schema.h.
 */
#include "support/json_schema.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#include <math.h>
#include <regex.h>
#include <string.h>

#define REF_PREFIX "#/$defs/"

struct check {
	struct ty_arena *arena;
	const json_t *root;
};

static const char *misfit(const struct check *c, const json_t *schema, const json_t *value,
			  const char *where);

static bool
is_type(const json_t *value, const char *type)
{
	return (strcmp(type, "object") == 0 && json_is_object(value)) ||
	       (strcmp(type, "array") == 0 && json_is_array(value)) ||
	       (strcmp(type, "string") == 0 && json_is_string(value)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
	       (strcmp(type, "null") == 0 && json_is_null(value)) ||
	       (strcmp(type, "number") == 0 && json_is_number(value)) ||
	       (strcmp(type, "integer") == 0 && json_is_number(value) &&
		floor(json_number_value(value)) == json_number_value(value));
}

static size_t
characters(const char *s)
{
	size_t count = 0;

	for (; *s != '\0'; s++)
		count += ((unsigned char)*s & 0xC0) != 0x80;
	return count;
}

/* Characters of a text, entries of a list, the number itself: what a keyword bounds. */
static bool
is_within(const json_t *bound, double size, bool is_min)
{
	return is_min ? size >= json_number_value(bound) : size <= json_number_value(bound);
}

static bool
matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool is_match;

	TY_ASSERT(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	is_match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return is_match;
}

static bool
type_fits(const json_t *types, const json_t *value)
{
	bool fits = json_is_string(types) && is_type(value, json_string_value(types));

	for (size_t i = 0; i < json_array_size(types); i++)
		fits = fits || is_type(value, json_string_value(json_array_get(types, i)));
	return fits;
}

static bool
enum_fits(const json_t *values, const json_t *value)
{
	bool fits = false;

	for (size_t i = 0; i < json_array_size(values); i++)
		fits = fits || json_equal(json_array_get(values, i), value);
	return fits;
}

/* Check one keyword about the value itself; members_ and entries_misfit() check its parts. */
static bool
keyword_fits(const char *key, const json_t *what, const json_t *value)
{
	static const char *const others[] = {
		"description", "default",  "title",    "x-data",      "x-form",
		"$defs",       "$schema",  "$comment", "$id",	      "$ref",
		"properties",  "required", "items",    "prefixItems", "additionalProperties"
	};
	const char *text = json_string_value(value);

	if (strcmp(key, "type") == 0)
		return type_fits(what, value);
	if (strcmp(key, "enum") == 0)
		return enum_fits(what, value);
	if (strcmp(key, "minimum") == 0 || strcmp(key, "maximum") == 0)
		return !json_is_number(value) ||
		       is_within(what, json_number_value(value), key[1] == 'i');
	if (strcmp(key, "minLength") == 0 || strcmp(key, "maxLength") == 0)
		return text == NULL || is_within(what, (double)characters(text), key[1] == 'i');
	if (strcmp(key, "minItems") == 0 || strcmp(key, "maxItems") == 0)
		return !json_is_array(value) ||
		       is_within(what, (double)json_array_size(value), key[1] == 'i');
	if (strcmp(key, "pattern") == 0)
		return text == NULL || matches(json_string_value(what), text);
	for (size_t i = 0; i < TY_ARRAY_COUNT(others); i++)
		if (strcmp(key, others[i]) == 0)
			return true;
	TY_ASSERT(!"a keyword that this test does not know");
	return false;
}

static const char *
members_misfit(const struct check *c, const json_t *schema, const json_t *value, const char *where)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *required = json_object_get(schema, "required");
	const char *key, *found;
	json_t *member;

	for (size_t i = 0; i < json_array_size(required); i++)
		if (json_object_get(value, json_string_value(json_array_get(required, i))) == NULL)
			return ty_arena_printf(c->arena, "%s: a member is missing", where);
	json_object_foreach((json_t *)value, key, member)
	{
		const json_t *own = json_object_get(properties, key);

		if (own == NULL && json_is_false(json_object_get(schema, "additionalProperties")))
			return ty_arena_printf(c->arena, "%s.%s: no such member", where, key);
		found = misfit(c, own, member, ty_arena_printf(c->arena, "%s.%s", where, key));
		if (own != NULL && found != NULL)
			return found;
	}
	return NULL;
}

static const char *
entries_misfit(const struct check *c, const json_t *schema, const json_t *value, const char *where)
{
	const json_t *first = json_object_get(schema, "prefixItems");
	const char *found = NULL;

	for (size_t i = 0; i < json_array_size(value) && found == NULL; i++) {
		const json_t *own = i < json_array_size(first) ? json_array_get(first, i)
							       : json_object_get(schema, "items");

		found = misfit(c, own, json_array_get(value, i),
			       ty_arena_printf(c->arena, "%s[%zu]", where, i));
	}
	return found;
}

static const char *
misfit(const struct check *c, const json_t *schema, const json_t *value, const char *where)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref")), *key, *found = NULL;
	json_t *what;

	if (ref != NULL) {
		const json_t *def = json_object_get(json_object_get(c->root, "$defs"),
						    ref + strlen(REF_PREFIX));

		TY_ASSERT(def != NULL);
		found = misfit(c, def, value, where);
	}
	json_object_foreach((json_t *)schema, key, what)
	{
		if (found == NULL && !keyword_fits(key, what, value))
			found = ty_arena_printf(c->arena, "%s: %s", where, key);
	}
	if (found == NULL && json_is_object(value))
		found = members_misfit(c, schema, value, where);
	if (found == NULL && json_is_array(value))
		found = entries_misfit(c, schema, value, where);
	return found;
}

const char *
json_schema_misfit(struct ty_arena *arena, const json_t *schema, const json_t *value)
{
	const struct check c = { arena, schema };

	return misfit(&c, schema, value, "$");
}
