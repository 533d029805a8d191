/*
 * json.c -- jansson with arena ownership and limits.
 */
#include "json/json.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

#include <string.h>

static void
defer_decref(void *ptr)
{
	json_decref(ptr);
}

json_t *
ty_json_own(struct ty_arena *arena, json_t *new_ref)
{
	TY_ASSERT(new_ref != NULL);
	ty_arena_defer(arena, defer_decref, new_ref);
	return new_ref;
}

/*
 * Nesting is checked on the text, before a parser recurses.  Brackets in strings do
 * not count; text that is not JSON is left for the parser to refuse.
 */
static bool
text_is_too_deep(const char *data, size_t len, size_t *ret_at)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > TY_LIMIT_JSON_DEPTH) {
				*ret_at = i;
				return true;
			}
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

static enum ty_code
parse_failed(const json_error_t *error, struct ty_err *err)
{
	ty_err_set(err, TY_E_MALFORMED, "not valid JSON at line %d, column %d: %s", error->line,
		   error->column, error->text);
	if (json_error_code(error) == json_error_numeric_overflow)
		ty_err_hint(err, "Send a number this large as a string.");
	else if (json_error_code(error) == json_error_null_character ||
		 json_error_code(error) == json_error_null_byte_in_key)
		ty_err_hint(err, "Remove the \\u0000: text may not hold NUL.");
	return err->code;
}

enum ty_code
ty_json_parse(struct ty_arena *arena, const char *data, size_t len, json_t **ret_json,
	      struct ty_err *err)
{
	json_error_t error;
	json_t *json;
	size_t at;

	if (text_is_too_deep(data, len, &at)) {
		ty_err_set(err, TY_E_MALFORMED, "JSON is nested more than %d deep at byte %zu",
			   TY_LIMIT_JSON_DEPTH, at);
		return ty_err_hint(err, "Flatten the document.");
	}
	json = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL)
		return parse_failed(&error, err);
	*ret_json = ty_json_own(arena, json);
	return TY_OK;
}

size_t
ty_json_depth(const json_t *json)
{
	size_t deepest = 0, i;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)json, key, value)
	{
		size_t depth = ty_json_depth(value);

		deepest = depth > deepest ? depth : deepest;
	}
	json_array_foreach(json, i, value)
	{
		size_t depth = ty_json_depth(value);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

const char *
ty_json_str(const json_t *obj, const char *key, const char *def)
{
	const char *value = json_string_value(json_object_get(obj, key));

	return value == NULL ? def : value;
}

int64_t
ty_json_int(const json_t *obj, const char *key, int64_t def)
{
	const json_t *value = json_object_get(obj, key);

	return json_is_integer(value) ? (int64_t)json_integer_value(value) : def;
}

bool
ty_json_bool(const json_t *obj, const char *key, bool def)
{
	const json_t *value = json_object_get(obj, key);

	return json_is_boolean(value) ? json_is_true(value) : def;
}

json_t *
ty_json_obj(const json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	return json_is_object(value) ? value : NULL;
}

json_t *
ty_json_arr(const json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	return json_is_array(value) ? value : NULL;
}

json_t *
ty_json_from_err(const struct ty_err *err)
{
	json_t *json = json_object(), *message = json_string(err->msg);

	/* A message may quote bytes of the world's that are no UTF-8. */
	if (message == NULL)
		message = json_string(ty_code_text(err->code));
	json_object_set_new(json, "code", json_string(ty_code_name(err->code)));
	json_object_set_new(json, "message", message);
	if (err->path[0] != '\0')
		json_object_set_new(json, "path", json_string(err->path));
	if (err->hint[0] != '\0')
		json_object_set_new(json, "hint", json_string(err->hint));
	json_object_set_new(json, "retryable", json_boolean(err->retryable));
	return json;
}
