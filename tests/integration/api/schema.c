/*
 * schema.c -- see schema.h.
 */
#include "schema.h"

#include "base/arena.h"
#include "json/json.h"
#include "openapi.h"

#include <string.h>

#define REF_PREFIX "#/components/schemas/"

struct check {
	struct ty_arena *arena;
	const json_t *schemas;
};

static const char *misfit(const struct check *c, const json_t *schema, const json_t *value,
			  const char *where);

static bool
is_type(const json_t *value, const char *type)
{
	static const struct {
		const char *name;
		json_type type;
	} types[] = {
		{ "object", JSON_OBJECT },   { "array", JSON_ARRAY }, { "string", JSON_STRING },
		{ "integer", JSON_INTEGER }, { "number", JSON_REAL }, { "null", JSON_NULL },
	};

	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	for (size_t i = 0; i < TY_ARRAY_COUNT(types); i++) {
		if (strcmp(types[i].name, type) == 0)
			return json_typeof(value) == types[i].type;
	}
	return false;
}

static bool
type_fits(const json_t *type, const json_t *value)
{
	if (json_is_string(type))
		return is_type(value, json_string_value(type));
	for (size_t i = 0; i < json_array_size(type); i++) {
		if (is_type(value, json_string_value(json_array_get(type, i))))
			return true;
	}
	return type == NULL;
}

static bool
is_one_of(const json_t *list, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_equal(json_array_get(list, i), value))
			return true;
	}
	return false;
}

static const char *
object_misfit(const struct check *c, const json_t *schema, const json_t *value, const char *where)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *more = json_object_get(schema, "additionalProperties");
	const json_t *required = json_object_get(schema, "required");
	const char *key, *found;
	json_t *member;

	for (size_t i = 0; i < json_array_size(required); i++) {
		key = json_string_value(json_array_get(required, i));
		if (json_object_get(value, key) == NULL)
			return ty_arena_printf(c->arena, "%s.%s is missing", where, key);
	}
	json_object_foreach((json_t *)value, key, member)
	{
		const json_t *own = json_object_get(properties, key);
		const char *path = ty_arena_printf(c->arena, "%s.%s", where, key);

		if (own == NULL && json_is_false(more))
			return ty_arena_printf(c->arena, "%s is not documented", path);
		found = misfit(c, own != NULL ? own : more, member, path);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static const char *
array_misfit(const struct check *c, const json_t *schema, const json_t *value, const char *where)
{
	const char *found = NULL;

	for (size_t i = 0; i < json_array_size(value) && found == NULL; i++)
		found = misfit(c, json_object_get(schema, "items"), json_array_get(value, i),
			       ty_arena_printf(c->arena, "%s[%zu]", where, i));
	return found;
}

static const char *
misfit(const struct check *c, const json_t *schema, const json_t *value, const char *where)
{
	const char *ref = ty_json_str(schema, "$ref", NULL);
	const json_t *list = json_object_get(schema, "enum");

	if (ref != NULL) {
		schema = json_object_get(c->schemas, ref + strlen(REF_PREFIX));
		TY_ASSERT(schema != NULL);
		return misfit(c, schema, value, where);
	}
	if (!type_fits(json_object_get(schema, "type"), value) ||
	    (list != NULL && !is_one_of(list, value)))
		return ty_arena_printf(c->arena, "%s is %s", where,
				       ty_json_dump(c->arena, value, NULL));
	if (json_is_object(value))
		return object_misfit(c, schema, value, where);
	if (json_is_array(value))
		return array_misfit(c, schema, value, where);
	return NULL;
}

const char *
schema_misfit(struct ty_arena *arena, const char *name, const json_t *value)
{
	const struct check c = { arena, ty_json_own(arena, ty_openapi_answers()) };
	const json_t *schema = json_object_get(c.schemas, name);

	if (schema == NULL)
		return ty_arena_printf(arena, "there is no schema %s", name);
	return misfit(&c, schema, value, name);
}
