/*
 * condition_side.c -- see condition_side.h.
 *
 * Conversions are those that JavaScript makes (expr/formula.h), and of texts that say a type.
 */
#include "expr/condition_side.h"
#include "expr/formula.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

struct ty_arena *
side_scratch(struct judge *j)
{
	if (j->scratch == NULL)
		j->scratch = ty_arena_new(NULL, "condition", 0);
	return j->scratch;
}

/* ---- a value as it is ---- */

static struct typed
typed_date(const struct ty_condition_value *value)
{
	return (struct typed){ .kind = DATE,
			       .number = value->ms,
			       .json = value->json,
			       .has_no_keys = value->has_no_keys };
}

struct typed
side_raw(const struct ty_condition_value *value)
{
	const json_t *json = value->json;

	if (value->is_date)
		return typed_date(value);
	if (json == NULL)
		return (struct typed){ .kind = UNDEFINED };
	if (json_is_null(json))
		return (struct typed){ .kind = NOTHING };
	if (json_is_string(json))
		return (struct typed){ .kind = TEXT,
				       .text = json_string_value(json),
				       .len = json_string_length(json) };
	if (json_is_number(json))
		return (struct typed){ .kind = NUMBER,
				       .number = json_number_value(json),
				       .json = json };
	if (json_is_boolean(json))
		return (struct typed){ .kind = BOOLEAN, .boolean = json_is_true(json) };
	return (struct typed){ .kind = json_is_array(json) ? LIST : OBJECT, .json = json };
}

/* ---- conversions, where types are loose ---- */

/* JavaScript's Number(). */
static double
as_number(struct judge *j, const struct typed *value)
{
	struct ty_formula_value raw = ty_formula_from_json(value->json, NULL), primitive;
	struct ty_err unused;

	switch (value->kind) {
	case NUMBER:
	case DATE:
		return value->number;
	case BOOLEAN:
		return value->boolean;
	case NOTHING:
		return 0;
	case TEXT:
		return ty_formula_text_number(value->text, value->len);
	case LIST:
		if (ty_formula_primitive(&raw, side_scratch(j), &(struct ty_expr_scope){ 0 },
					 &primitive, &unused) == TY_OK)
			return ty_formula_number(&primitive);
		break;
	default:
		break;
	}
	return NAN;
}

static bool
to_number(struct judge *j, struct typed *value)
{
	double number = as_number(j, value);

	if (value->kind == NUMBER)
		return true;
	*value = (struct typed){ .kind = NUMBER, .number = number };
	return !isnan(number);
}

/* Text is itself, an object or list its JSON, a date its text in quotes. */
static bool
to_text(struct judge *j, struct typed *value)
{
	char number[TY_JSON_NUMBER_SIZE];

	switch (value->kind) {
	case TEXT:
		return true;
	case BOOLEAN:
		value->text = value->boolean ? "true" : "false";
		value->len = strlen(value->text);
		break;
	case NUMBER:
		value->text = ty_arena_strdup(
			side_scratch(j), ty_json_number_text(value->json, number, &value->len));
		break;
	default:
		value->text = ty_json_dump(side_scratch(j), value->json, &value->len);
		break;
	}
	value->kind = TEXT;
	return true;
}

static bool
text_is(const struct typed *value, const char *word)
{
	return value->len == strlen(word) && strncasecmp(value->text, word, value->len) == 0;
}

/* Gives the truth of a value of any kind, as version 1 takes it. */
static bool
as_truth(const struct typed *value)
{
	switch (value->kind) {
	case BOOLEAN:
		return value->boolean;
	case NUMBER:
		return value->number != 0 && !isnan(value->number);
	case TEXT:
		return value->len > 0;
	default:
		return true;
	}
}

static bool
is_blank(const struct typed *value)
{
	return value->kind == TEXT && value->text[strspn(value->text, " \t\r\n\v\f")] == '\0';
}

static bool
to_boolean(struct judge *j, struct typed *value)
{
	bool truth = as_truth(value);
	double number;

	if (j->condition->version >= 2 && value->kind != BOOLEAN) {
		number = is_blank(value) ? NAN : as_number(j, value);
		if (value->kind == TEXT && (text_is(value, "true") || text_is(value, "false")))
			truth = text_is(value, "true");
		else if (number == 0 || number == 1)
			truth = number == 1;
	}
	*value = (struct typed){ .kind = BOOLEAN, .boolean = truth };
	return true;
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* JSON as people write it by hand: texts in single quotes, names of members in none. */
static const char *
as_json_text(struct ty_arena *arena, const char *text, size_t *ret_len)
{
	struct ty_buf buf;
	char quote = '\0';

	ty_buf_init(&buf, arena, *ret_len + 16);
	for (const char *at = text; *at != '\0'; at++) {
		const char *end = at;

		while (quote == '\0' && is_name(*end))
			end++;
		if (end > at && !isdigit((unsigned char)*at) &&
		    end[strspn(end, " \t\r\n")] == ':') {
			ty_buf_printf(&buf, "\"%.*s\"", (int)(end - at), at);
			at = end - 1;
		} else if (quote != '\0' && *at == '\\' && at[1] != '\0') {
			ty_buf_add(&buf, at, at[1] != '\''); /* JSON escapes no single quote */
			ty_buf_add_char(&buf, *++at);
		} else if ((*at == '"' || *at == '\'') && (quote == '\0' || quote == *at)) {
			quote = quote == '\0' ? *at : '\0';
			ty_buf_add_char(&buf, '"');
		} else if (*at == '"') {
			ty_buf_add_str(&buf, "\\\"");
		} else if (end > at) {
			ty_buf_add(&buf, at, (size_t)(end - at));
			at = end - 1;
		} else {
			ty_buf_add_char(&buf, *at);
		}
	}
	*ret_len = buf.len;
	return buf.data;
}

/* A text that is JSON of that kind, or what people write for it. */
static bool
to_parsed(struct judge *j, struct typed *value, enum kind kind)
{
	struct ty_err unused = { TY_OK };
	size_t len = value->len;
	const char *text;
	json_t *json;

	if (value->kind == kind || (kind == OBJECT && value->kind == DATE))
		return true;
	if (value->kind != TEXT)
		return false;
	if (ty_json_parse(side_scratch(j), value->text, len, &json, &unused) != TY_OK) {
		text = as_json_text(side_scratch(j), value->text, &len);
		if (ty_json_parse(side_scratch(j), text, len, &json, &unused) != TY_OK)
			return false;
	}
	*value = side_raw(&(struct ty_condition_value){ .json = json });
	return value->kind == kind;
}

static bool
convert(struct judge *j, enum ty_condition_type type, struct typed *value)
{
	switch (type) {
	case TY_CONDITION_STRING:
		return to_text(j, value);
	case TY_CONDITION_NUMBER:
		return to_number(j, value);
	case TY_CONDITION_BOOLEAN:
		return to_boolean(j, value);
	case TY_CONDITION_ARRAY:
		return to_parsed(j, value, LIST);
	case TY_CONDITION_OBJECT:
		return to_parsed(j, value, OBJECT);
	default:
		return true;
	}
}

/* ---- a side of its type ---- */

static bool
is_of_type(const struct typed *value, enum ty_condition_type type)
{
	static const enum kind kinds[TY_CONDITION_TYPE__COUNT] = {
		[TY_CONDITION_STRING] = TEXT,	 [TY_CONDITION_NUMBER] = NUMBER,
		[TY_CONDITION_DATE_TIME] = DATE, [TY_CONDITION_BOOLEAN] = BOOLEAN,
		[TY_CONDITION_ARRAY] = LIST,	 [TY_CONDITION_OBJECT] = OBJECT,
	};

	return value->kind == kinds[type] || (type == TY_CONDITION_OBJECT && value->kind == DATE);
}

/* Since version 3 an empty text or list is no number at all, strict or not. */
static bool
is_empty_number(const struct judge *j, enum ty_condition_type type, const struct typed *value)
{
	return j->condition->version >= 3 && type == TY_CONDITION_NUMBER &&
	       ((value->kind == TEXT && value->len == 0) ||
		(value->kind == LIST && json_array_size(value->json) == 0));
}

static enum ty_code
wrong_type(struct judge *j, const char *side, const struct ty_condition_value *value,
	   enum ty_condition_type type)
{
	bool is_strict = j->condition->is_strict && type != TY_CONDITION_DATE_TIME;
	char words[96];

	ty_param_words(value->json, words, sizeof(words));
	ty_err_set(j->err, TY_E_INVALID, "%s is %s%s, but %s is expected%s", side,
		   value->is_date ? "a date, " : "", words, ty_condition_type_name(type),
		   is_strict ? "" : ", which it cannot be read as");
	if (!is_strict)
		return ty_err_hint(j->err, "Compare it with an operator of its own type, or check "
					   "where it comes from");
	return ty_err_hint(j->err,
			   "Choose an operator of its own type, convert it, or have it converted: "
			   "\"typeValidation\": \"loose\"");
}

enum ty_code
side_make(struct judge *j, const char *side, const struct ty_condition_value *value,
	  enum ty_condition_type type, struct typed *ret)
{
	*ret = side_raw(value);
	if (type == TY_CONDITION_NONE || type == TY_CONDITION_ANY || ret->kind == UNDEFINED ||
	    ret->kind == NOTHING)
		return TY_OK;
	if (is_empty_number(j, type, ret)) {
		ret->kind = NOTHING;
		return TY_OK;
	}
	/* Dates were read by the sandbox, as texts too; what is none by now cannot be read as one. */
	if (is_of_type(ret, type))
		return TY_OK;
	if (!j->condition->is_strict && type != TY_CONDITION_DATE_TIME && convert(j, type, ret))
		return TY_OK;
	return wrong_type(j, side, value, type);
}
