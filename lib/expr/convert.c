/*
 * convert.c -- what JavaScript makes of a value of another type (ECMA-262, chapter 7.1).
 *
 * Objects and arrays come from JSON: no getter, no function, no prototype of their own.  So
 * ToPrimitive is "[object Object]" or the elements joined, unless a member is named toString,
 * which cannot be called.
 */
#include "expr/formula.h"
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* JSON from outside is no deeper; what nodes make of it is a little. */
#define JOIN_DEPTH_MAX (2 * TY_LIMIT_JSON_DEPTH)

struct ty_formula_value
ty_formula_from_json(const json_t *json, const struct ty_expr_path *path)
{
	struct ty_formula_value value = { .type = TY_FORMULA_UNDEFINED,
					  .json = json,
					  .path = path };

	if (json_is_null(json)) {
		value.type = TY_FORMULA_NULL;
	} else if (json_is_boolean(json)) {
		value.type = TY_FORMULA_BOOL;
		value.boolean = json_is_true(json);
	} else if (json_is_number(json)) {
		value.type = TY_FORMULA_NUMBER;
		value.number = json_number_value(json);
	} else if (json_is_string(json)) {
		value.type = TY_FORMULA_STRING;
		value.text = json_string_value(json);
		value.len = json_string_length(json);
	} else if (json != NULL) {
		value.type = TY_FORMULA_OBJECT;
	}
	return value;
}

bool
ty_formula_is_true(const struct ty_formula_value *value)
{
	switch (value->type) {
	case TY_FORMULA_BOOL:
		return value->boolean;
	case TY_FORMULA_NUMBER:
		return value->number != 0 && !isnan(value->number);
	case TY_FORMULA_STRING:
		return value->len > 0;
	case TY_FORMULA_OBJECT:
		return true;
	case TY_FORMULA_UNDEFINED:
	case TY_FORMULA_NULL:
		break;
	}
	return false;
}

/* ---- text to number: StringToNumber (ECMA-262, 7.1.4.1) ---- */

/* Bytes of the white space or line end that stands first, 0 where there is none. */
static size_t
space_len(const char *s, size_t len)
{
	/* U+00A0, U+1680, U+2000 to 200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF */
	static const char *const wide[] = {
		"\xC2\xA0",	"\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
		"\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87",
		"\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9",
		"\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF",
	};

	if (len > 0 && (*s == ' ' || (*s >= '\t' && *s <= '\r')))
		return 1;
	for (size_t i = 0; i < TY_ARRAY_COUNT(wide); i++) {
		size_t n = strlen(wide[i]);

		if (len >= n && memcmp(s, wide[i], n) == 0)
			return n;
	}
	return 0;
}

static void
trim(const char **s, size_t *len)
{
	size_t n, last;

	while ((n = space_len(*s, *len)) > 0) {
		*s += n;
		*len -= n;
	}
	while (*len > 0) {
		for (last = 1; last < *len && ((unsigned char)(*s)[*len - last] & 0xC0) == 0x80;)
			last++;
		if (space_len(*s + *len - last, last) != last)
			return;
		*len -= last;
	}
}

/* Digits only, no sign; what is beyond 2^53 is rounded digit by digit, as JavaScriptCore does. */
static double
radix_number(const char *s, size_t len, int radix)
{
	double number = 0;

	for (size_t i = 0; i < len; i++) {
		int c = s[i] >= 'a' ? s[i] - 'a' + 10 : s[i] >= 'A' ? s[i] - 'A' + 10 : s[i] - '0';

		if (c < 0 || c >= radix || (s[i] > '9' && s[i] < 'A'))
			return NAN;
		number = number * radix + c;
	}
	return len > 0 ? number : NAN;
}

/* [sign] digits [. digits] [e [sign] digits], one digit at least before the e. */
static bool
is_decimal(const char *s, size_t len)
{
	size_t i = 0, digits = 0, begin;

	if (i < len && (s[i] == '+' || s[i] == '-'))
		i++;
	for (; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		digits++;
	if (i < len && s[i] == '.')
		for (i++; i < len && s[i] >= '0' && s[i] <= '9'; i++)
			digits++;
	if (digits == 0)
		return false;
	if (i == len)
		return true;
	if (s[i] != 'e' && s[i] != 'E')
		return false;
	i++;
	if (i < len && (s[i] == '+' || s[i] == '-'))
		i++;
	for (begin = i; i < len && s[i] >= '0' && s[i] <= '9';)
		i++;
	return i == len && i > begin;
}

static bool
text_is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

double
ty_formula_text_number(const char *s, size_t len)
{
	static const struct {
		char letter;
		int radix;
	} radices[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };
	double number;
	char *copy;

	trim(&s, &len);
	if (len == 0)
		return 0;
	for (size_t i = 0; i < TY_ARRAY_COUNT(radices) && len > 1 && s[0] == '0'; i++)
		if ((s[1] | 0x20) == radices[i].letter)
			return radix_number(s + 2, len - 2, radices[i].radix);
	if (text_is(s, len, "Infinity") || text_is(s, len, "+Infinity"))
		return INFINITY;
	if (text_is(s, len, "-Infinity"))
		return -INFINITY;
	if (!is_decimal(s, len))
		return NAN;
	copy = strndup(s, len);
	TY_ASSERT(copy != NULL);
	number = strtod(copy, NULL);
	free(copy);
	return number;
}

/* ---- primitives ---- */

double
ty_formula_number(const struct ty_formula_value *primitive)
{
	switch (primitive->type) {
	case TY_FORMULA_NULL:
		return 0;
	case TY_FORMULA_BOOL:
		return primitive->boolean ? 1 : 0;
	case TY_FORMULA_NUMBER:
		return primitive->number;
	case TY_FORMULA_STRING:
		return ty_formula_text_number(primitive->text, primitive->len);
	case TY_FORMULA_UNDEFINED:
	case TY_FORMULA_OBJECT:
		break;
	}
	return NAN;
}

/* May the text that a number was read from say more than its double? */
static bool
has_more_digits(const struct ty_formula_value *v)
{
	return v->json != NULL &&
	       (fabs(v->number) >= TY_FORMULA_SAFE_MAX || ty_json_is_exact(v->json));
}

static const char *
number_text(const struct ty_formula_value *v, char out[TY_JSON_NUMBER_SIZE], size_t *ret_len)
{
	if (v->json != NULL)
		return ty_json_number_text(v->json, out, ret_len);
	*ret_len = ty_json_number_format(v->number, out);
	return out;
}

int
ty_formula_number_compare(const struct ty_formula_value *a, const struct ty_formula_value *b)
{
	char a_out[TY_JSON_NUMBER_SIZE], b_out[TY_JSON_NUMBER_SIZE];
	const char *a_text, *b_text;
	size_t a_len, b_len;

	if (!has_more_digits(a) && !has_more_digits(b))
		return 0;
	/* 1e400 is below Infinity, which only a calculation gives. */
	if (isinf(a->number) && (a->json == NULL || b->json == NULL))
		return a->json == b->json ? 0 : (a->number > 0) == (a->json != NULL) ? -1 : 1;
	a_text = number_text(a, a_out, &a_len);
	b_text = number_text(b, b_out, &b_len);
	return ty_json_number_compare(a_text, a_len, b_text, b_len);
}

void
ty_formula_text_add(struct ty_buf *buf, const struct ty_formula_value *primitive)
{
	char number[TY_JSON_NUMBER_SIZE];
	const char *text;
	size_t len;

	switch (primitive->type) {
	case TY_FORMULA_UNDEFINED:
		ty_buf_add_str(buf, "undefined");
		break;
	case TY_FORMULA_NULL:
		ty_buf_add_str(buf, "null");
		break;
	case TY_FORMULA_BOOL:
		ty_buf_add_str(buf, primitive->boolean ? "true" : "false");
		break;
	case TY_FORMULA_NUMBER:
		if (isnan(primitive->number)) {
			ty_buf_add_str(buf, "NaN");
		} else if (isinf(primitive->number) && primitive->json == NULL) {
			ty_buf_add_str(buf, primitive->number > 0 ? "Infinity" : "-Infinity");
		} else {
			text = number_text(primitive, number, &len);
			ty_buf_add(buf, text, len);
		}
		break;
	case TY_FORMULA_STRING:
		ty_buf_add(buf, primitive->text, primitive->len);
		break;
	case TY_FORMULA_OBJECT:
		TY_ASSERT(!"an object is no primitive");
	}
}

/* ---- objects ---- */

enum ty_code
ty_expr_text_check(size_t len, struct ty_err *err)
{
	if (len <= TY_LIMIT_STEP_BYTES)
		return TY_OK;
	return ty_err_set(err, TY_E_INVALID, "the text of the expression is longer than %d bytes",
			  TY_LIMIT_STEP_BYTES);
}

static enum ty_code
join_add(struct ty_buf *buf, const json_t *json, const struct ty_expr_scope *scope, int depth,
	 struct ty_err *err)
{
	struct ty_formula_value value;

	json = ty_expr_deref(scope, json);
	if (depth > JOIN_DEPTH_MAX)
		return ty_err_set(err, TY_E_INVALID,
				  "RangeError: Maximum call stack size exceeded.");
	if (ty_expr_text_check(buf->len, err) != TY_OK)
		return err->code;
	if (json_is_object(json)) {
		if (json_object_get(json, "toString") != NULL)
			return ty_err_set(err, TY_E_INVALID, "TypeError: No default value");
		ty_buf_add_str(buf, "[object Object]");
		return TY_OK;
	}
	for (size_t i = 0; i < json_array_size(json); i++) {
		const json_t *element = json_array_get(json, i);

		if (i > 0)
			ty_buf_add_char(buf, ',');
		/* null in an array is nothing in its text; elsewhere it is "null". */
		if (!json_is_null(element) &&
		    join_add(buf, element, scope, depth + 1, err) != TY_OK)
			return err->code;
	}
	if (!json_is_array(json)) {
		value = ty_formula_from_json(json, NULL);
		ty_formula_text_add(buf, &value);
	}
	return TY_OK;
}

enum ty_code
ty_formula_primitive(const struct ty_formula_value *value, struct ty_arena *arena,
		     const struct ty_expr_scope *scope, struct ty_formula_value *ret_value,
		     struct ty_err *err)
{
	struct ty_buf buf;

	if (value->type != TY_FORMULA_OBJECT) {
		*ret_value = *value;
		return TY_OK;
	}
	ty_buf_init(&buf, arena, 64);
	if (join_add(&buf, value->json, scope, 0, err) != TY_OK)
		return err->code;
	*ret_value = (struct ty_formula_value){ .type = TY_FORMULA_STRING,
						.text = buf.data,
						.len = buf.len };
	return TY_OK;
}

/* ---- results ---- */

/* NaN and Infinity are null, and -0 is 0, as JSON.stringify has them. */
static json_t *
number_json(double number)
{
	if (isnan(number) || isinf(number))
		return json_null();
	if (number == floor(number) && fabs(number) < TY_FORMULA_SAFE_MAX)
		return json_integer((json_int_t)number);
	return json_real(number);
}

const json_t *
ty_expr_formula_json(struct ty_arena *arena, const struct ty_formula_value *value)
{
	if (value->json != NULL)
		return value->json;
	switch (value->type) {
	case TY_FORMULA_NULL:
		return ty_expr_own(arena, json_null());
	case TY_FORMULA_BOOL:
		return ty_expr_own(arena, json_boolean(value->boolean));
	case TY_FORMULA_NUMBER:
		return ty_expr_own(arena, number_json(value->number));
	case TY_FORMULA_STRING:
		return ty_expr_own(arena, json_stringn(value->text, value->len));
	case TY_FORMULA_UNDEFINED:
	case TY_FORMULA_OBJECT:
		break;
	}
	return NULL;
}

void
ty_expr_formula_join(struct ty_buf *buf, const struct ty_formula_value *value)
{
	if (value->json != NULL)
		ty_param_text_add(buf, value->json);
	else if (value->type != TY_FORMULA_UNDEFINED && value->type != TY_FORMULA_NULL)
		ty_formula_text_add(buf, value);
}
