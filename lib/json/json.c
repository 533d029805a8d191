/*
 * json.c -- jansson with arena ownership and limits.
 */
#include "json/json.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

#include <stdlib.h>
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

double
ty_json_number(const json_t *json)
{
	const char *digits = ty_json_digits(json, NULL);

	if (digits != NULL)
		return strtod(digits, NULL);
	return json_is_integer(json) ? (double)json_integer_value(json) : json_real_value(json);
}

const char *
ty_json_number_text(const json_t *json, char out[TY_JSON_NUMBER_SIZE], size_t *ret_len)
{
	const char *digits = ty_json_digits(json, ret_len);
	size_t len = 0;

	if (digits != NULL)
		return digits;
	out[0] = '\0';
	if (json_is_integer(json))
		len = ty_json_integer_format(json_integer_value(json), out);
	else if (json_is_real(json))
		len = ty_json_number_format(json_real_value(json), out);
	if (ret_len != NULL)
		*ret_len = len;
	return out;
}

const char *
ty_json_as_text(struct ty_arena *arena, const json_t *json)
{
	char out[TY_JSON_NUMBER_SIZE];
	size_t len;

	if (json == NULL || json_is_null(json))
		return "";
	if (json_is_string(json))
		return json_string_value(json);
	if (!json_is_number(json))
		return ty_json_dump(arena, json, NULL);
	const char *text = ty_json_number_text(json, out, &len);

	return text == out ? ty_arena_strndup(arena, text, len) : text;
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
ty_json_time(int64_t ms)
{
	char text[TY_TIME_TEXT_SIZE];

	if (ms <= 0)
		return json_null();
	ty_time_format(ms, text);
	return json_string(text);
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
	if (err->retry_after_ms > 0)
		json_object_set_new(json, "retry_after_ms", json_integer(err->retry_after_ms));
	return json;
}

static void
wipe_text(const char *text, size_t len)
{
	/* explicit_bzero, because the compiler would drop a memset before a free. */
	if (text != NULL)
		explicit_bzero((char *)text, len);
}

void
ty_json_wipe(json_t *json)
{
	json_t *child;
	const char *name;
	size_t i;

	wipe_text(json_string_value(json), json_string_length(json));
	json_array_foreach(json, i, child) ty_json_wipe(child);
	json_object_foreach(json, name, child) ty_json_wipe(child);
}
