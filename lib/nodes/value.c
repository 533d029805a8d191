/*
 * value.c -- a JSON value as another type.  What cannot be converted without guessing
 * is an error that quotes it.
 */
#include "nodes/value.h"
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *
node_value_text(struct ty_arena *arena, const json_t *value)
{
	if (value == NULL || json_is_null(value))
		return "";
	if (json_is_string(value))
		return json_string_value(value);
	return ty_json_dump(arena, value, NULL);
}

static enum ty_code
odd(struct ty_arena *arena, const json_t *value, const char *what, struct ty_err *err)
{
	return ty_err_set(err, TY_E_INVALID, "%.80s is no %s", node_value_text(arena, value), what);
}

static enum ty_code
as_number(struct ty_arena *arena, json_t *value, json_t **ret_value, struct ty_err *err)
{
	const char *text = json_string_value(value);
	json_t *number;
	char *end;
	double d;

	if (json_is_number(value)) {
		*ret_value = json_incref(value);
		return TY_OK;
	}
	if (json_is_boolean(value)) {
		*ret_value = json_integer(json_is_true(value));
		return TY_OK;
	}
	if (text == NULL || text[0] == '\0')
		return odd(arena, value, "number", err);
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (*end == '\0' && errno == 0) {
		*ret_value = json_integer(n);
		return TY_OK;
	}
	d = strtod(text, &end);
	number = *end == '\0' && isfinite(d) ? json_real(d) : NULL;
	if (number == NULL)
		return odd(arena, value, "number", err);
	*ret_value = number;
	return TY_OK;
}

static enum ty_code
as_boolean(struct ty_arena *arena, json_t *value, json_t **ret_value, struct ty_err *err)
{
	const char *text = node_value_text(arena, value);

	if (json_is_boolean(value))
		*ret_value = json_incref(value);
	else if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
		*ret_value = json_true();
	else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
		*ret_value = json_false();
	else
		return odd(arena, value, "boolean", err);
	return TY_OK;
}

static enum ty_code
as_json(struct ty_arena *arena, json_t *value, json_t **ret_value, struct ty_err *err)
{
	json_t *parsed;

	if (!json_is_string(value)) {
		*ret_value = json_incref(value);
		return TY_OK;
	}
	if (ty_json_parse(arena, json_string_value(value), json_string_length(value), &parsed,
			  err) != TY_OK)
		return ty_err_set(err, TY_E_INVALID, "%.80s is no JSON", json_string_value(value));
	*ret_value = json_incref(parsed);
	return TY_OK;
}

enum ty_code
node_value_as(struct ty_arena *arena, enum node_value_type type, json_t *value, json_t **ret_value,
	      struct ty_err *err)
{
	if (value == NULL || json_is_null(value)) {
		*ret_value = json_null();
		return TY_OK;
	}
	switch (type) {
	case NODE_VALUE_NUMBER:
		return as_number(arena, value, ret_value, err);
	case NODE_VALUE_BOOLEAN:
		return as_boolean(arena, value, ret_value, err);
	case NODE_VALUE_JSON:
		return as_json(arena, value, ret_value, err);
	case NODE_VALUE_ANY:
		*ret_value = json_incref(value);
		return TY_OK;
	case NODE_VALUE_STRING:
		break;
	}
	*ret_value = json_is_string(value) ? json_incref(value)
					   : json_string(node_value_text(arena, value));
	return TY_OK;
}
