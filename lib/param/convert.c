/*
 * convert.c -- one JSON value to one row's type, or two sentences that say why not.
 *
 * Both the static check and the binding go through here, so they cannot disagree.
 * A secret's value never enters a message.
 */
#include "param/internal.h"
#include "param/flag.h"
#include "param/secret.h"
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 40		     /* bytes of a value that a message repeats */
#define SAFE_INT  9007199254740992.0 /* 2^53: doubles are whole numbers up to here */

/* Bytes of 's' up to 'max' that do not cut a UTF-8 character. */
static int
convert_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return (int)len;
	while (max > 0 && ((unsigned char)s[max] & 0xC0) == 0x80)
		max--;
	return (int)max;
}

void
ty_param_words(const json_t *value, char *out, size_t size)
{
	char number[TY_JSON_NUMBER_SIZE];

	if (value == NULL || json_is_null(value)) {
		snprintf(out, size, "empty");
	} else if (json_is_object(value)) {
		snprintf(out, size, "an object");
	} else if (json_is_array(value)) {
		snprintf(out, size, "a list of %zu", json_array_size(value));
	} else if (json_is_boolean(value)) {
		snprintf(out, size, "%s", json_is_true(value) ? "true" : "false");
	} else if (json_is_number(value)) {
		snprintf(out, size, "the number %s", ty_json_number_text(value, number, NULL));
	} else {
		const char *s = json_string_value(value);
		size_t len = json_string_length(value);
		int cut = convert_cut(s, len, SHOWN_MAX);

		snprintf(out, size, "the text \"%.*s%s\"", cut, s, (size_t)cut < len ? "..." : "");
	}
}

static void
convert_show(const struct ty_param *row, const json_t *value, char *out, size_t size)
{
	bool is_plain = value == NULL || json_is_null(value) || json_is_object(value) ||
			json_is_array(value);

	if (!is_plain && (row->flags & TY_PARAM_SECRET))
		snprintf(out, size, "a value that is not shown");
	else
		ty_param_words(value, out, size);
}

bool
ty_param_expect(const struct ty_param *row, const json_t *value, struct ty_param_problem *problem,
		const char *hint, const char *fmt, ...)
{
	char found[96], expected[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(expected, sizeof(expected), fmt, ap);
	va_end(ap);
	convert_show(row, value, found, sizeof(found));
	snprintf(problem->msg, sizeof(problem->msg),
		 "parameter \"%.48s\" is %s, but %s is expected", row->name, found, expected);
	snprintf(problem->hint, sizeof(problem->hint), "%s", hint);
	return false;
}

void
ty_param_missing(const struct ty_param *row, struct ty_param_problem *problem)
{
	snprintf(problem->msg, sizeof(problem->msg),
		 "parameter \"%.48s\" is required, but it has no value", row->name);
	snprintf(problem->hint, sizeof(problem->hint), "%s",
		 !(row->flags & TY_PARAM_EXPR) ? "Fill it in"
		 : row->type == TY_PARAM_BOOL || row->type == TY_PARAM_CONDITION
			 ? "Fill it in; where its expression gives nothing for some items, compare "
			   "it, "
			   "as in ={{ $json.amount > 100 }}, or take nothing for no: "
			   "={{ !!($json.amount) }}"
			 : "Fill it in, or check that its expression gives a value for every item");
}

bool
ty_param_is_absent(const struct ty_param *row, const json_t *value)
{
	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value) || json_string_length(value) > 0)
		return false;
	/* An emptied form field says "" where it means nothing; to a text "" is a value. */
	switch (row->type) {
	case TY_PARAM_STRING:
	case TY_PARAM_TEXT:
	case TY_PARAM_CODE:
	case TY_PARAM_JSON:
		return row->flags & TY_PARAM_REQUIRED;
	case TY_PARAM_INT:
	case TY_PARAM_NUMBER:
	case TY_PARAM_BOOL:
	case TY_PARAM_CONDITION:
		return !(row->flags & TY_PARAM_STRICT);
	default:
		return true;
	}
}

bool
ty_param_is_expr(const struct ty_param *row, const json_t *value)
{
	return (row->flags & TY_PARAM_EXPR) && row->type != TY_PARAM_CODE &&
	       json_is_string(value) && json_string_value(value)[0] == '=';
}

/* min and max both 0: no limits; max 0: no upper one. */
static bool
convert_in_range(const struct ty_param *row, double n)
{
	if (row->min == 0 && row->max == 0)
		return true;
	return n >= (double)row->min && (row->max == 0 || n <= (double)row->max);
}

/* " from 1 to 5 ms": what convert_in_range asks for. */
static const char *
convert_range(const struct ty_param *row, char out[80])
{
	const char *space = row->unit != NULL ? " " : "";
	const char *unit = row->unit != NULL ? row->unit : "";

	out[0] = '\0';
	if (row->max != 0)
		snprintf(out, 80, " from %lld to %lld%s%.16s", (long long)row->min,
			 (long long)row->max, space, unit);
	else if (row->min != 0)
		snprintf(out, 80, " of at least %lld%s%.16s", (long long)row->min, space, unit);
	return out;
}

/* A decimal number with nothing but spaces around it: what JSON allows, and "+1", ".5". */
static bool
convert_parse_number(const char *s, double *ret_n)
{
	char *end;
	double n;

	s += strspn(s, " \t\r\n");
	if (*s == '\0' || strspn(s, "0123456789+-.eE \t\r\n") != strlen(s))
		return false;
	errno = 0;
	n = strtod(s, &end);
	if (end == s || end[strspn(end, " \t\r\n")] != '\0' || !isfinite(n))
		return false;
	*ret_n = n;
	return true;
}

static bool
convert_number(const struct ty_param *row, const json_t *value, union ty_param_value *ret_value,
	       struct ty_param_problem *problem)
{
	char range[80];
	double n = json_number_value(value);

	if ((json_is_number(value) ||
	     (json_is_string(value) && convert_parse_number(json_string_value(value), &n))) &&
	    isfinite(n) && convert_in_range(row, n)) {
		ret_value->n = n;
		return true;
	}
	return ty_param_expect(row, value, problem, "Give a number such as 1.5", "a number%s",
			       convert_range(row, range));
}

static bool
convert_int(const struct ty_param *row, const json_t *value, union ty_param_value *ret_value,
	    struct ty_param_problem *problem)
{
	char range[80];
	double n = 0;
	bool ok = false;

	if (json_is_integer(value)) {
		ret_value->i = json_integer_value(value);
		ok = true;
	} else if (json_is_string(value) && ty_str_parse_i64(json_string_value(value), INT64_MIN,
							     INT64_MAX, &ret_value->i)) {
		ok = true; /* apart, since a double would round 2^53 + 1 */
	} else if (json_is_real(value) ||
		   (json_is_string(value) && convert_parse_number(json_string_value(value), &n))) {
		if (json_is_real(value))
			n = json_real_value(value);
		ok = n == trunc(n) && fabs(n) <= SAFE_INT;
		if (ok)
			ret_value->i = (int64_t)n;
	}
	if (ok && row->min == 0 && row->max == 0)
		return true;
	if (ok && ret_value->i >= row->min && (row->max == 0 || ret_value->i <= row->max))
		return true;
	return ty_param_expect(row, value, problem, "Give a whole number, without a fraction",
			       "a whole number%s", convert_range(row, range));
}

static bool
convert_bool(const struct ty_param *row, const json_t *value, union ty_param_value *ret_value,
	     struct ty_param_problem *problem)
{
	const char *s = json_string_value(value); /* NULL unless a string */

	if (json_is_boolean(value))
		ret_value->b = json_is_true(value);
	else if (json_is_number(value) && json_number_value(value) == 1)
		ret_value->b = true;
	else if (json_is_number(value) && json_number_value(value) == 0)
		ret_value->b = false;
	else if (s != NULL && (ty_str_ieq(s, "true") || ty_str_eq(s, "1")))
		ret_value->b = true;
	else if (s != NULL && (ty_str_ieq(s, "false") || ty_str_eq(s, "0")))
		ret_value->b = false;
	else
		return ty_param_expect(row, value, problem,
				       "Compare it, as in ={{ $json.amount > 100 }}, ask whether "
				       "there is any, as in ={{ !!($json.amount) }}, or give true "
				       "or false",
				       "true or false");
	return true;
}

/* Scalars as text; NULL for the rest.  Without an arena a number is only judged. */
static const char *
convert_text(const json_t *value, struct ty_arena *arena)
{
	struct ty_buf buf;

	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (!json_is_number(value))
		return NULL;
	if (arena == NULL)
		return "0";
	ty_buf_init(&buf, arena, TY_JSON_NUMBER_SIZE);
	ty_param_text_add(&buf, value);
	return buf.data;
}

/* ENUM takes the choice's index, WORD the choice itself. */
static bool
convert_choice(const struct ty_param *row, const json_t *value, union ty_param_value *ret_value,
	       struct ty_param_problem *problem)
{
	char number[TY_JSON_NUMBER_SIZE], list[160];
	const char *text = json_is_number(value) ? ty_json_number_text(value, number, NULL)
						 : convert_text(value, NULL);
	size_t used = 0;

	for (int i = 0; text != NULL && row->choices[i].value != NULL; i++) {
		if (ty_str_eq(row->choices[i].value, text)) {
			if (row->type == TY_PARAM_WORD)
				ret_value->s = row->choices[i].value;
			else
				ret_value->e = i;
			return true;
		}
	}
	list[0] = '\0';
	for (int i = 0; row->choices[i].value != NULL && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i > 0 ? ", " : "", row->choices[i].value);
	return ty_param_expect(row, value, problem, "Choose one of the values listed", "one of %s",
			       list);
}

/*
 * An absolute http(s) URL; the rest is the server's to judge.  A blank in its path or query is taken, because
 * a value of an item may have one, and sent as %20; not at its end, nor beside "{{", which was to be computed.
 */
static bool
convert_is_url(const char *s)
{
	size_t skip = strncasecmp(s, "https://", 8) == 0  ? 8
		      : strncasecmp(s, "http://", 7) == 0 ? 7
							  : 0;
	const char *path = s + skip + strcspn(s + skip, "/?#"), *p;
	bool takes_blanks = strstr(s, "{{") == NULL;

	if (skip == 0 || strchr("/?#:@", s[skip]) != NULL) /* strchr finds the NUL too */
		return false;
	for (p = s; *p != '\0'; p++) {
		if (*p == ' ' ? (!takes_blanks || p < path)
			      : ((unsigned char)*p < ' ' || *p == 0x7f))
			return false;
	}
	return p[-1] != ' ';
}

static bool
convert_is_sealed(const struct ty_param *row, const char *s)
{
	return (row->flags & (TY_PARAM_SECRET | TY_PARAM_SECRET_NAMED)) != 0 &&
	       ty_str_has_prefix(s, TY_SECRET_SEALED_PREFIX);
}

static bool
convert_string(const struct ty_param *row, const json_t *value, struct ty_arena *arena,
	       union ty_param_value *ret_value, struct ty_param_problem *problem)
{
	char range[80];
	const char *s = convert_text(value, arena);
	size_t len = s != NULL ? strlen(s) : 0;

	if (s == NULL)
		return ty_param_expect(
			row, value, problem,
			"Name one field of it, or write JSON.stringify(...) around it", "text");
	if (json_is_string(value) && len != json_string_length(value))
		return ty_param_expect(row, value, problem, "Take the NUL character out",
				       "text without a NUL character");
	/* A sealed secret is longer than what it holds, whose length was looked at when it was saved. */
	if (!convert_is_sealed(row, s) && !convert_in_range(row, (double)len) &&
	    (json_is_string(value) || arena != NULL))
		return ty_param_expect(row, value, problem, "Make it fit that length",
				       "text%s bytes long", convert_range(row, range));
	if (row->type == TY_PARAM_URL && !convert_is_url(s))
		return ty_param_expect(row, value, problem,
				       "Write it whole, as in https://example.com/path",
				       "an absolute http or https URL");
	ret_value->s = s;
	return true;
}

/* A list comes of an expression alone: what is written in the document is looked through for secrets text by text. */
static bool
convert_texts(const struct ty_param *row, const json_t *value, struct ty_arena *arena,
	      union ty_param_value *ret_value, struct ty_param_problem *problem)
{
	union ty_param_value text;
	json_t *list;

	if (!json_is_array(value) || arena == NULL) {
		if (!convert_string(row, value, arena, &text, problem))
			return false;
		ret_value->j = arena != NULL ? ty_json_own(arena, json_string(text.s)) : value;
		return true;
	}
	list = ty_json_own(arena, json_array());
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!convert_string(row, json_array_get(value, i), arena, &text, problem))
			return false;
		json_array_append_new(list, json_string(text.s));
	}
	ret_value->j = list;
	return true;
}

static bool
convert_id(const struct ty_param *row, const json_t *value, union ty_param_value *ret_value,
	   struct ty_param_problem *problem)
{
	const char *s = json_string_value(value); /* NULL unless a string */
	struct ty_id ignored;

	if (s == NULL || strlen(s) != json_string_length(value) || !ty_id_parse(s, &ignored))
		return ty_param_expect(row, value, problem, "Copy it whole, with its four hyphens",
				       "an id (a UUID)");
	ret_value->s = s;
	return true;
}

/* Has the value the JSON type that the API's description names for the row? */
static bool
convert_is_of_type(const struct ty_param *row, const json_t *value)
{
	switch (row->type) {
	case TY_PARAM_INT:
		return json_is_integer(value);
	case TY_PARAM_NUMBER:
		return json_is_number(value);
	case TY_PARAM_BOOL:
		return json_is_boolean(value);
	case TY_PARAM_JSON:
	case TY_PARAM_LIST:
		return true;
	default:
		return json_is_string(value);
	}
}

static const char *
convert_type_name(const struct ty_param *row)
{
	switch (row->type) {
	case TY_PARAM_INT:
		return "a whole number";
	case TY_PARAM_NUMBER:
		return "a number";
	case TY_PARAM_BOOL:
		return "true or false";
	default:
		return "text";
	}
}

bool
ty_param_convert(const struct ty_param *row, const json_t *value, struct ty_arena *arena,
		 union ty_param_value *ret_value, struct ty_param_problem *problem)
{
	if ((row->flags & TY_PARAM_STRICT) && !convert_is_of_type(row, value))
		return ty_param_expect(
			row, value, problem,
			"Send it as JSON has it: 1 and true without quotes, text with", "%s",
			convert_type_name(row));
	switch (row->type) {
	case TY_PARAM_INT:
		return convert_int(row, value, ret_value, problem);
	case TY_PARAM_NUMBER:
		return convert_number(row, value, ret_value, problem);
	case TY_PARAM_BOOL:
	case TY_PARAM_CONDITION:
		return convert_bool(row, value, ret_value, problem);
	case TY_PARAM_ENUM:
	case TY_PARAM_WORD:
		return convert_choice(row, value, ret_value, problem);
	case TY_PARAM_ID:
		return convert_id(row, value, ret_value, problem);
	case TY_PARAM_JSON:
		if ((row->flags & TY_PARAM_TEXTS) != 0)
			return convert_texts(row, value, arena, ret_value, problem);
		ret_value->j = value;
		return true;
	default:
		return convert_string(row, value, arena, ret_value, problem);
	}
}

bool
ty_param_check_list(const struct ty_param *row, const json_t *value,
		    struct ty_param_problem *problem)
{
	char range[80];

	if (json_is_array(value) && convert_in_range(row, (double)json_array_size(value)))
		return true;
	convert_range(row, range);
	return ty_param_expect(row, value, problem, "Give a list of objects, as in [{...}, {...}]",
			       "a list%s%s", range, range[0] != '\0' ? " entries" : "");
}
