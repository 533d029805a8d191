/*
 * value.c -- a JSON value as another type.  What cannot be converted without guessing
 * is an error that quotes it.
 */
#include "nodes/value.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>

const char *
node_value_text(struct ty_arena *arena, const json_t *value)
{
	return ty_json_as_text(arena, value);
}

/* Words for a value that is not of its type, and how to mend it. */
static const struct {
	const char *what, *hint;
} odd[] = {
	[NODE_VALUE_NUMBER] = { "number", "Write it in digits, as in 12.5; make one of a text with "
					  "={{ Number(...) }}, or choose the type Text." },
	[NODE_VALUE_BOOLEAN] = { "boolean", "Write true or false, or compare, as in "
					    "={{ $json.answer === 'yes' }}." },
	[NODE_VALUE_JSON] = { "JSON", "Write it as JSON, with texts in double quotes, or choose "
				      "the type As it is." },
};

static enum ty_code
refuse(struct ty_arena *arena, enum node_value_type type, const json_t *value, struct ty_err *err)
{
	const char *text = node_value_text(arena, value);

	ty_err_set(err, TY_E_INVALID, "%.80s is no %s", *text != '\0' ? text : "an empty text",
		   odd[type].what);
	return ty_err_hint(err, "%s", odd[type].hint);
}

/*
 * The number that 'text' is written as, with every digit; NULL where it is none.  Taken are
 * JSON's numbers and what people write beside them: blanks around, "+7", "007", ".5", "5.".
 */
static json_t *
text_number(struct ty_arena *arena, const char *text)
{
	static const char blank[] = " \t\n\v\f\r";
	const char *sign = "", *from = text + strspn(text, blank);
	struct ty_err ignored;
	size_t len = strlen(from), dot;
	json_t *number;
	char *plain;

	while (len > 0 && strchr(blank, from[len - 1]) != NULL)
		len--;
	if (len > 0 && (*from == '+' || *from == '-')) {
		sign = *from == '-' ? "-" : "";
		from++;
		len--;
	}
	while (len > 1 && from[0] == '0' && from[1] >= '0' && from[1] <= '9') {
		from++;
		len--;
	}
	if (len < 1 || *from == '-' || (len == 1 && *from == '.'))
		return NULL;
	dot = from[len - 1] == '.' ? 1 : 0;
	plain = ty_arena_printf(arena, "%s%s%.*s", sign, *from == '.' ? "0" : "", (int)(len - dot),
				from);
	if (ty_json_parse(arena, plain, strlen(plain), &number, &ignored) != TY_OK ||
	    !json_is_number(number))
		return NULL;
	return number;
}

static enum ty_code
as_number(struct ty_arena *arena, json_t *value, json_t **ret_value, struct ty_err *err)
{
	json_t *number = NULL;

	if (json_is_number(value)) {
		*ret_value = json_incref(value);
		return TY_OK;
	}
	if (json_is_boolean(value)) {
		*ret_value = json_integer(json_is_true(value));
		return TY_OK;
	}
	if (json_is_string(value))
		number = text_number(arena, json_string_value(value));
	if (number == NULL)
		return refuse(arena, NODE_VALUE_NUMBER, value, err);
	*ret_value = json_incref(number);
	return TY_OK;
}

static enum ty_code
as_boolean(struct ty_arena *arena, json_t *value, json_t **ret_value, struct ty_err *err)
{
	const char *text = node_value_text(arena, value);

	if (json_is_boolean(value))
		*ret_value = json_incref(value);
	else if (ty_str_ieq(text, "true") || strcmp(text, "1") == 0)
		*ret_value = json_true();
	else if (ty_str_ieq(text, "false") || strcmp(text, "0") == 0)
		*ret_value = json_false();
	else
		return refuse(arena, NODE_VALUE_BOOLEAN, value, err);
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
		return refuse(arena, NODE_VALUE_JSON, value, err);
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
