/*
 * rounded.c -- which numbers JavaScript would read as others: all it has is the double.
 *
 * A tree is walked once without a path, because nearly none holds such a number; where one does,
 * the way to it is put together on the way back.
 */
#include "json/json.h"

#include "base/arena.h"

#include <math.h>

#define SAFE_MAX (1LL << 53)

/* Does the nearest double have another text, that is, other digits? */
static bool
is_rounded(const json_t *number)
{
	char out[TY_JSON_NUMBER_SIZE], nearest[TY_JSON_NUMBER_SIZE];
	double value = json_number_value(number);
	size_t len, nearest_len;
	const char *text;

	if (!isfinite(value))
		return true;
	text = ty_json_number_text(number, out, &len);
	nearest_len = ty_json_number_format(value, nearest);
	return ty_json_number_compare(text, len, nearest, nearest_len) != 0;
}

static bool
holds_rounded(const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	switch (json_typeof(json)) {
	case JSON_OBJECT:
		json_object_foreach((json_t *)json, key,
				    value) if (holds_rounded(value)) return true;
		return false;
	case JSON_ARRAY:
		json_array_foreach(json, i, value) if (holds_rounded(value)) return true;
		return false;
	case JSON_STRING:
		return ty_json_is_exact(json) && is_rounded(json);
	case JSON_INTEGER:
		return (json_integer_value(json) > SAFE_MAX ||
			json_integer_value(json) < -SAFE_MAX) &&
		       is_rounded(json);
	default:
		return false;
	}
}

const char *
ty_json_rounded_path(struct ty_arena *arena, const char *name, const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json == NULL || !holds_rounded(json))
		return NULL;
	json_object_foreach(
		(json_t *)json, key,
		value) if (holds_rounded(value)) return ty_json_rounded_path(arena,
									     ty_arena_printf(
										     arena,
										     "%s.%.60s",
										     name, key),
									     value);
	json_array_foreach(json, i, value) if (holds_rounded(value)) return ty_json_rounded_path(
		arena, ty_arena_printf(arena, "%s[%zu]", name, i), value);
	return name;
}
