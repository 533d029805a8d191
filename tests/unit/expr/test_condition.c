/*
 * test_condition.c -- a typed condition over two values: each operation, each type, strict and loose, and
 * what the three versions have otherwise.
 */
#include "expr/condition.h"
#include "expr/expr.h"
#include "expr/lower.h"

#include "base/arena.h"
#include "base/err.h"
#include "support/common.h"

#define STRICT true
#define LOOSE  false

enum verdict { NO, YES, ERROR };

struct row {
	const char *type, *operation, *left, *right; /* ` for "; NULL = undefined */
	bool strict;
	int version;
	enum verdict verdict;
	const char *options; /* further options, as ",`caseSensitive`:false"; NULL = none */
};

static json_t *
json_of(const char *text)
{
	char *copy;
	json_t *json = NULL;

	if (text == NULL)
		return NULL;
	if ((json = ty_expr_odd_number(fx.arena, text)) != NULL)
		return json;
	copy = ty_arena_strdup(fx.arena, text);
	for (char *at = strchr(copy, '`'); at != NULL; at = strchr(at, '`'))
		*at = '"';
	ck_assert_msg(ty_json_parse(fx.arena, copy, strlen(copy), &json, &fx.err) == TY_OK,
		      "the test's own JSON is broken: %s", text);
	return json;
}

/* "d:1700000000000" is a date that the sandbox has read. */
static struct ty_condition_value
value_of(const char *text)
{
	struct ty_condition_value value = { 0 };

	if (text != NULL && strncmp(text, "d:", 2) == 0) {
		value.is_date = value.has_no_keys = true;
		value.ms = strtod(text + 2, NULL);
		value.json = json_of("`2023-11-14T22:13:20.000Z`");
		return value;
	}
	value.json = json_of(text);
	return value;
}

static struct ty_condition
condition_of(const struct row *row)
{
	bool is_contains = strstr(row->operation, "ontains") != NULL;
	const char *right = strcmp(row->type, "array") != 0		? ""
			    : is_contains				? ",`rightType`:`any`"
			    : strncmp(row->operation, "length", 6) == 0 ? ",`rightType`:`number`"
									: "";
	json_t *structure = json_of(
		ty_arena_printf(fx.arena,
				"{`conditions`:[{`operator`:{`type`:`%s`,`operation`:`%s`%s}}],"
				"`options`:{`typeValidation`:`%s`,`version`:%d%s}}",
				row->type, row->operation, right, row->strict ? "strict" : "loose",
				row->version, row->options != NULL ? row->options : ""));

	ck_assert_msg(ty_condition_check(structure, "", NULL, NULL) == 0,
		      "%s %s is not in the table", row->type, row->operation);
	return ty_condition_at(structure, 0);
}

static void
check_row(const struct row *row)
{
	static const char *const words[] = { "false", "true", "an error" };
	struct ty_condition condition = condition_of(row);
	struct ty_condition_input input = { .left = value_of(row->left),
					    .right = value_of(row->right),
					    .lower = ty_lower_new(fx.arena) };
	enum ty_condition_fault fault;
	enum verdict verdict;
	bool holds = false;
	enum ty_code rc = ty_condition_holds(&condition, &input, &holds, &fault, &fx.err);

	verdict = rc != TY_OK ? ERROR : holds ? YES : NO;
	ck_assert_msg(verdict == row->verdict, "%s %s %s (%s, %s, version %d) is %s, not %s: %s",
		      row->left != NULL ? row->left : "undefined", row->operation,
		      row->right != NULL ? row->right : "undefined", row->type,
		      row->strict ? "strict" : "loose", row->version, words[verdict],
		      words[row->verdict], fx.err.msg);
	ck_assert_int_eq(rc != TY_OK, fault != TY_CONDITION_FAULT_NONE);
	if (rc != TY_OK)
		ck_assert_int_eq(rc, TY_E_INVALID);
}

#define FOLD ",`caseSensitive`:false"

static const struct row text_rows[] = {
	{ "string", "exists", "`foo`", NULL, STRICT, 2, YES, NULL },
	{ "string", "exists", "``", NULL, STRICT, 2, YES, NULL },
	{ "string", "exists", "null", NULL, STRICT, 2, NO, NULL },
	{ "string", "exists", NULL, NULL, STRICT, 2, NO, NULL },
	{ "string", "notExists", NULL, NULL, STRICT, 2, YES, NULL },
	{ "string", "notExists", "`x`", NULL, STRICT, 2, NO, NULL },
	{ "string", "exists", "5", NULL, STRICT, 2, ERROR, NULL },
	{ "string", "exists", "5", NULL, LOOSE, 2, YES, NULL },
	{ "string", "empty", "``", NULL, STRICT, 2, YES, NULL },
	{ "string", "empty", "null", NULL, STRICT, 2, YES, NULL },
	{ "string", "empty", "` `", NULL, STRICT, 2, NO, NULL },
	{ "string", "notEmpty", "`a`", NULL, STRICT, 2, YES, NULL },
	{ "string", "notEmpty", NULL, NULL, STRICT, 2, NO, NULL },
	{ "string", "equals", "`a`", "`a`", STRICT, 2, YES, NULL },
	{ "string", "equals", "`a`", "`A`", STRICT, 2, NO, NULL },
	{ "string", "equals", "`a`", "`A`", STRICT, 2, YES, FOLD },
	{ "string", "equals", "`ÄÖÜ`", "`äöü`", STRICT, 2, YES, FOLD },
	{ "string", "equals", "`ΟΔΟΣ`", "`οδος`", STRICT, 2, YES, FOLD },
	{ "string", "equals", "`İ`", "`i\xCC\x87`", STRICT, 2, YES, FOLD },
	{ "string", "equals", "null", "``", STRICT, 2, YES, NULL },
	{ "string", "equals", NULL, "``", STRICT, 2, YES, NULL },
	{ "string", "equals", "5", "`5`", STRICT, 2, ERROR, NULL },
	{ "string", "equals", "`5`", "5", STRICT, 2, ERROR, NULL },
	{ "string", "equals", "5", "`5`", LOOSE, 2, YES, NULL },
	{ "string", "equals", "1.50", "`1.5`", LOOSE, 2, YES, NULL },
	{ "string", "equals", "true", "`true`", LOOSE, 1, YES, NULL },
	{ "string", "equals", "{`a`:1}", "`{\\`a\\`:1}`", LOOSE, 2, YES, NULL },
	{ "string", "equals", "[1,2]", "`[1,2]`", LOOSE, 3, YES, NULL },
	{ "string", "equals", "d:1700000000000", "`\\`2023-11-14T22:13:20.000Z\\``", LOOSE, 2, YES,
	  NULL },
	{ "string", "equals", "d:1700000000000", "`x`", STRICT, 2, ERROR, NULL },
	{ "string", "notEquals", "null", "`x`", STRICT, 2, YES, NULL },
	{ "string", "notEquals", "`x`", "`x`", STRICT, 2, NO, NULL },
	{ "string", "contains", "`hello`", "`ell`", STRICT, 2, YES, NULL },
	{ "string", "contains", "`hello`", "`ELL`", STRICT, 2, NO, NULL },
	{ "string", "contains", "`hello`", "`ELL`", STRICT, 2, YES, FOLD },
	{ "string", "contains", "null", "``", STRICT, 2, YES, NULL },
	{ "string", "contains", "`a`", NULL, STRICT, 2, YES, NULL },
	{ "string", "notContains", "null", "`x`", STRICT, 2, YES, NULL },
	{ "string", "notContains", "`x`", "`x`", STRICT, 2, NO, NULL },
	{ "string", "startsWith", "`hello`", "`he`", STRICT, 2, YES, NULL },
	{ "string", "startsWith", "`h`", "`he`", STRICT, 2, NO, NULL },
	{ "string", "startsWith", "`h`", "``", STRICT, 2, YES, NULL },
	{ "string", "notStartsWith", "`hello`", "`he`", STRICT, 2, NO, NULL },
	{ "string", "endsWith", "`hello`", "`lo`", STRICT, 2, YES, NULL },
	{ "string", "endsWith", "`hello`", "`LO`", STRICT, 2, YES, FOLD },
	{ "string", "notEndsWith", "`hello`", "`lo`", STRICT, 2, NO, NULL },
};

static const struct row number_rows[] = {
	{ "number", "exists", "0", NULL, STRICT, 2, YES, NULL },
	{ "number", "exists", "NaN", NULL, STRICT, 2, NO, NULL },
	{ "number", "exists", "null", NULL, STRICT, 2, NO, NULL },
	{ "number", "notExists", "NaN", NULL, STRICT, 2, YES, NULL },
	{ "number", "empty", "NaN", NULL, STRICT, 2, YES, NULL },
	{ "number", "empty", "0", NULL, STRICT, 2, NO, NULL },
	{ "number", "empty", NULL, NULL, STRICT, 2, YES, NULL },
	{ "number", "notEmpty", "0", NULL, STRICT, 2, YES, NULL },
	{ "number", "empty", "``", NULL, STRICT, 2, ERROR, NULL },
	{ "number", "empty", "``", NULL, STRICT, 3, YES, NULL },
	{ "number", "empty", "[]", NULL, LOOSE, 3, YES, NULL },
	{ "number", "empty", "``", NULL, LOOSE, 2, NO, NULL },
	{ "number", "equals", "15", "15", STRICT, 2, YES, NULL },
	{ "number", "equals", "15.0", "15", STRICT, 2, YES, NULL },
	{ "number", "equals", "`15`", "15", STRICT, 2, ERROR, NULL },
	{ "number", "equals", "15", "`15`", STRICT, 2, ERROR, NULL },
	{ "number", "equals", "`15`", "15", LOOSE, 2, YES, NULL },
	{ "number", "equals", "` 15 `", "15", LOOSE, 2, YES, NULL },
	{ "number", "equals", "`0x1f`", "31", LOOSE, 2, YES, NULL },
	{ "number", "equals", "`a string`", "15", LOOSE, 2, ERROR, NULL },
	{ "number", "equals", "true", "1", LOOSE, 2, YES, NULL },
	{ "number", "equals", "[5]", "5", LOOSE, 2, YES, NULL },
	{ "number", "equals", "[5,6]", "5", LOOSE, 2, ERROR, NULL },
	{ "number", "equals", "{}", "5", LOOSE, 2, ERROR, NULL },
	{ "number", "equals", "d:5", "5", LOOSE, 2, YES, NULL },
	{ "number", "equals", "12345678901234567891", "12345678901234567890", STRICT, 2, NO, NULL },
	{ "number", "gt", "12345678901234567891", "12345678901234567890", STRICT, 2, YES, NULL },
	{ "number", "notEquals", "NaN", "NaN", STRICT, 2, YES, NULL },
	{ "number", "equals", "NaN", "NaN", STRICT, 2, NO, NULL },
	{ "number", "gt", "NaN", "1", STRICT, 2, NO, NULL },
	{ "number", "lte", "NaN", "1", STRICT, 2, NO, NULL },
	{ "number", "gt", "Infinity", "1", STRICT, 2, YES, NULL },
	{ "number", "lt", "-Infinity", "1", STRICT, 2, YES, NULL },
	{ "number", "equals", "Infinity", "Infinity", STRICT, 2, YES, NULL },
	{ "number", "gt", "5", "3", STRICT, 2, YES, NULL },
	{ "number", "gt", "3", "3", STRICT, 2, NO, NULL },
	{ "number", "lt", "2.5", "3", STRICT, 2, YES, NULL },
	{ "number", "gte", "3", "3", STRICT, 2, YES, NULL },
	{ "number", "lte", "4", "3", STRICT, 2, NO, NULL },
	/* null is 0 in order and nothing in equality; what is not there is neither */
	{ "number", "equals", "null", "0", STRICT, 2, NO, NULL },
	{ "number", "gte", "null", "0", STRICT, 2, YES, NULL },
	{ "number", "lte", "null", "0", STRICT, 2, YES, NULL },
	{ "number", "gt", "null", "0", STRICT, 2, NO, NULL },
	{ "number", "gt", "null", "-1", STRICT, 2, YES, NULL },
	{ "number", "lt", "null", "1", STRICT, 2, YES, NULL },
	{ "number", "notEquals", "null", "0", STRICT, 2, YES, NULL },
	{ "number", "equals", NULL, "0", STRICT, 2, NO, NULL },
	{ "number", "gte", NULL, "0", STRICT, 2, NO, NULL },
	{ "number", "lte", NULL, "0", STRICT, 2, NO, NULL },
	{ "number", "gt", NULL, "0", STRICT, 2, NO, NULL },
	{ "number", "notEquals", NULL, "0", STRICT, 2, YES, NULL },
	{ "number", "equals", "null", NULL, STRICT, 2, NO, NULL },
	{ "number", "equals", NULL, NULL, STRICT, 2, YES, NULL },
	/* "" and [] by version */
	{ "number", "equals", "``", "0", LOOSE, 1, YES, NULL },
	{ "number", "equals", "``", "0", LOOSE, 2, YES, NULL },
	{ "number", "equals", "``", "0", LOOSE, 3, NO, NULL },
	{ "number", "equals", "[]", "0", LOOSE, 1, YES, NULL },
	{ "number", "equals", "[]", "0", LOOSE, 2, YES, NULL },
	{ "number", "equals", "[]", "0", LOOSE, 3, NO, NULL },
	{ "number", "equals", "null", "0", LOOSE, 1, NO, NULL },
	{ "number", "equals", "null", "0", LOOSE, 3, NO, NULL },
	{ "number", "equals", NULL, "0", LOOSE, 2, NO, NULL },
	{ "number", "equals", "``", "0", STRICT, 1, ERROR, NULL },
	{ "number", "equals", "[]", "0", STRICT, 2, ERROR, NULL },
	{ "number", "equals", "``", "0", STRICT, 3, NO, NULL },
	{ "number", "lt", "``", "1", STRICT, 3, YES, NULL },
	{ "number", "lt", "[]", "1", STRICT, 3, YES, NULL },
	{ "number", "lt", "[1]", "1", STRICT, 3, ERROR, NULL },
};

static const struct row boolean_rows[] = {
	{ "boolean", "exists", "false", NULL, STRICT, 2, YES, NULL },
	{ "boolean", "notExists", "null", NULL, STRICT, 2, YES, NULL },
	{ "boolean", "empty", "false", NULL, STRICT, 2, NO, NULL },
	{ "boolean", "empty", "null", NULL, STRICT, 2, YES, NULL },
	{ "boolean", "notEmpty", "false", NULL, STRICT, 2, YES, NULL },
	{ "boolean", "true", "true", NULL, STRICT, 2, YES, NULL },
	{ "boolean", "true", "null", NULL, STRICT, 2, NO, NULL },
	{ "boolean", "false", "null", NULL, STRICT, 2, YES, NULL },
	{ "boolean", "false", "false", NULL, STRICT, 2, YES, NULL },
	{ "boolean", "true", "`true`", NULL, STRICT, 2, ERROR, NULL },
	{ "boolean", "true", "1", NULL, STRICT, 3, ERROR, NULL },
	{ "boolean", "equals", "true", "true", STRICT, 2, YES, NULL },
	{ "boolean", "equals", "null", "false", STRICT, 2, NO, NULL },
	{ "boolean", "notEquals", "true", "false", STRICT, 2, YES, NULL },
	/* plain truthiness in version 1 */
	{ "boolean", "true", "`true`", NULL, LOOSE, 1, YES, NULL },
	{ "boolean", "true", "1", NULL, LOOSE, 1, YES, NULL },
	{ "boolean", "true", "`a string`", NULL, LOOSE, 1, YES, NULL },
	{ "boolean", "true", "`false`", NULL, LOOSE, 1, YES, NULL },
	{ "boolean", "true", "`0`", NULL, LOOSE, 1, YES, NULL },
	{ "boolean", "true", "``", NULL, LOOSE, 1, NO, NULL },
	{ "boolean", "true", "0", NULL, LOOSE, 1, NO, NULL },
	{ "boolean", "true", "[]", NULL, LOOSE, 1, YES, NULL },
	/* texts and numbers that say it, since version 2 */
	{ "boolean", "true", "`TRUE`", NULL, LOOSE, 2, YES, NULL },
	{ "boolean", "true", "`false`", NULL, LOOSE, 2, NO, NULL },
	{ "boolean", "true", "`0`", NULL, LOOSE, 2, NO, NULL },
	{ "boolean", "true", "`1`", NULL, LOOSE, 2, YES, NULL },
	{ "boolean", "true", "`2`", NULL, LOOSE, 2, YES, NULL },
	{ "boolean", "true", "`yes`", NULL, LOOSE, 2, YES, NULL },
	{ "boolean", "true", "`no`", NULL, LOOSE, 2, YES, NULL },
	{ "boolean", "true", "``", NULL, LOOSE, 2, NO, NULL },
	{ "boolean", "true", "[]", NULL, LOOSE, 2, NO, NULL },
	{ "boolean", "true", "{}", NULL, LOOSE, 3, YES, NULL },
};

static const struct row date_rows[] = {
	{ "dateTime", "exists", "d:5", NULL, STRICT, 2, YES, NULL },
	{ "dateTime", "notExists", "null", NULL, STRICT, 2, YES, NULL },
	{ "dateTime", "empty", NULL, NULL, STRICT, 2, YES, NULL },
	{ "dateTime", "notEmpty", "d:5", NULL, STRICT, 2, YES, NULL },
	{ "dateTime", "equals", "d:5", "d:5", STRICT, 2, YES, NULL },
	{ "dateTime", "notEquals", "d:5", "d:5", STRICT, 2, NO, NULL },
	{ "dateTime", "notEquals", "d:5", "d:6", STRICT, 2, YES, NULL },
	{ "dateTime", "after", "d:6", "d:5", STRICT, 2, YES, NULL },
	{ "dateTime", "after", "d:5", "d:5", STRICT, 2, NO, NULL },
	{ "dateTime", "before", "d:4", "d:5", STRICT, 2, YES, NULL },
	{ "dateTime", "afterOrEquals", "d:5", "d:5", STRICT, 2, YES, NULL },
	{ "dateTime", "beforeOrEquals", "d:6", "d:5", STRICT, 2, NO, NULL },
	/* one side missing: nothing holds, not even that they differ */
	{ "dateTime", "equals", "null", "null", STRICT, 2, NO, NULL },
	{ "dateTime", "notEquals", "d:5", "null", STRICT, 2, NO, NULL },
	{ "dateTime", "before", NULL, "d:5", STRICT, 2, NO, NULL },
	/* what the sandbox could not read */
	{ "dateTime", "after", "`room`", "d:5", STRICT, 2, ERROR, NULL },
	{ "dateTime", "after", "1700000000000", "d:5", LOOSE, 2, ERROR, NULL },
	{ "dateTime", "after", "d:5", "``", LOOSE, 3, ERROR, NULL },
};

static const struct row list_rows[] = {
	{ "array", "exists", "[]", NULL, STRICT, 2, YES, NULL },
	{ "array", "notExists", NULL, NULL, STRICT, 2, YES, NULL },
	{ "array", "empty", "[]", NULL, STRICT, 2, YES, NULL },
	{ "array", "empty", "null", NULL, STRICT, 2, YES, NULL },
	{ "array", "notEmpty", "[0]", NULL, STRICT, 2, YES, NULL },
	{ "array", "contains", "[1,2]", "2", STRICT, 2, YES, NULL },
	{ "array", "contains", "[1,2]", "`2`", STRICT, 2, NO, NULL },
	{ "array", "contains", "[`X`]", "`x`", STRICT, 2, NO, NULL },
	{ "array", "contains", "[`X`]", "`x`", STRICT, 2, YES, FOLD },
	{ "array", "contains", "[5,`X`]", "`x`", STRICT, 2, YES, FOLD },
	{ "array", "contains", "[null]", "null", STRICT, 2, YES, NULL },
	{ "array", "contains", "[{`a`:1}]", "{`a`:1}", STRICT, 2, NO, NULL },
	{ "array", "contains", "null", "1", STRICT, 2, NO, NULL },
	{ "array", "notContains", "[1]", "2", STRICT, 2, YES, NULL },
	{ "array", "lengthEquals", "[1,2]", "2", STRICT, 2, YES, NULL },
	{ "array", "lengthEquals", "[1,2]", "`2`", STRICT, 2, ERROR, NULL },
	{ "array", "lengthEquals", "[1,2]", "`2`", LOOSE, 2, YES, NULL },
	{ "array", "lengthEquals", NULL, "0", STRICT, 2, YES, NULL },
	{ "array", "lengthNotEquals", "[1,2]", "2", STRICT, 2, NO, NULL },
	{ "array", "lengthGt", "[1,2]", "1", STRICT, 2, YES, NULL },
	{ "array", "lengthLt", "[1,2]", "2", STRICT, 2, NO, NULL },
	{ "array", "lengthGte", "[1,2]", "2", STRICT, 2, YES, NULL },
	{ "array", "lengthLte", "[1,2]", "1", STRICT, 2, NO, NULL },
	{ "array", "empty", "`[]`", NULL, STRICT, 2, ERROR, NULL },
	{ "array", "empty", "`[]`", NULL, LOOSE, 2, YES, NULL },
	{ "array", "contains", "`['a','b']`", "`b`", LOOSE, 2, YES, NULL },
	{ "array", "empty", "`text`", NULL, LOOSE, 2, ERROR, NULL },
	{ "array", "empty", "{}", NULL, LOOSE, 2, ERROR, NULL },
	{ "array", "empty", "5", NULL, LOOSE, 2, ERROR, NULL },
};

static const struct row object_rows[] = {
	{ "object", "exists", "{}", NULL, STRICT, 2, YES, NULL },
	{ "object", "notExists", "null", NULL, STRICT, 2, YES, NULL },
	{ "object", "empty", "{}", NULL, STRICT, 2, YES, NULL },
	{ "object", "empty", "null", NULL, STRICT, 2, YES, NULL },
	{ "object", "empty", NULL, NULL, STRICT, 2, YES, NULL },
	{ "object", "notEmpty", "{`a`:1}", NULL, STRICT, 2, YES, NULL },
	{ "object", "empty", "`{}`", NULL, STRICT, 2, ERROR, NULL },
	{ "object", "empty", "`{}`", NULL, LOOSE, 2, YES, NULL },
	{ "object", "notEmpty", "`{\\`a\\`:1}`", NULL, LOOSE, 2, YES, NULL },
	{ "object", "notEmpty", "`{a: 1, b_2: 'x:y', c: {d: [true]}}`", NULL, LOOSE, 2, YES, NULL },
	{ "object", "notEmpty", "`{a: \\`it's: so\\`, b: 'a \\`b\\`'}`", NULL, LOOSE, 2, YES,
	  NULL },
	{ "object", "notEmpty", "`{a: 'it\\\\'s', 'b': 'c\\\\\\`d'}`", NULL, LOOSE, 2, YES, NULL },
	{ "object", "notEmpty", "`{a: b}`", NULL, LOOSE, 2, ERROR, NULL },
	{ "object", "empty", "[]", NULL, STRICT, 2, ERROR, NULL },
	{ "object", "empty", "[]", NULL, LOOSE, 2, ERROR, NULL },
	{ "object", "empty", "`text`", NULL, LOOSE, 2, ERROR, NULL },
	{ "any", "exists", "0", NULL, STRICT, 2, YES, NULL },
	{ "any", "exists", "{}", NULL, LOOSE, 1, YES, NULL },
	{ "any", "exists", "null", NULL, STRICT, 2, NO, NULL },
	{ "any", "exists", "NaN", NULL, STRICT, 3, NO, NULL },
	{ "any", "notExists", NULL, NULL, STRICT, 2, YES, NULL },
};

#define TEST_ROWS(name, rows)                                                                      \
	START_TEST(name)                                                                           \
	{                                                                                          \
		check_row(&rows[_i]);                                                              \
	}                                                                                          \
	END_TEST

TEST_ROWS(texts_are_compared, text_rows)
TEST_ROWS(numbers_are_compared, number_rows)
TEST_ROWS(truths_are_compared, boolean_rows)
TEST_ROWS(dates_are_compared, date_rows)
TEST_ROWS(lists_are_compared, list_rows)
TEST_ROWS(objects_and_anything_are_compared, object_rows)

START_TEST(an_error_says_side_value_and_wanted_type)
{
	const struct row row = { "number", "gt", "`a string`", "1", STRICT, 2, ERROR, NULL };
	const struct row loose = { "number", "gt", "1", "`b`", LOOSE, 2, ERROR, NULL };

	check_row(&row);
	ck_assert_str_eq(fx.err.msg,
			 "leftValue is the text \"a string\", but a number is expected");
	ck_assert_ptr_nonnull(strstr(fx.err.hint, "loose"));
	ty_err_clear(&fx.err);
	check_row(&loose);
	ck_assert_str_eq(fx.err.msg,
			 "rightValue is the text \"b\", but a number is expected, which "
			 "it cannot be read as");
}
END_TEST

START_TEST(a_bad_pattern_is_the_right_sides_fault)
{
	const struct row row = { "string", "regex", "`a`", "`(`", STRICT, 2, ERROR, NULL };
	struct ty_condition condition = condition_of(&row);
	struct ty_condition_input input = { .left = value_of("`a`"),
					    .right = value_of("`(`"),
					    .fault = "missing )" };
	enum ty_condition_fault fault;
	bool holds;

	ck_assert_int_eq(ty_condition_holds(&condition, &input, &holds, &fault, &fx.err),
			 TY_E_INVALID);
	ck_assert_int_eq(fault, TY_CONDITION_FAULT_RIGHT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "missing )"));
}
END_TEST

TEST_MAIN("expr.condition", {
	TEST_LOOP(texts_are_compared, text_rows);
	TEST_LOOP(numbers_are_compared, number_rows);
	TEST_LOOP(truths_are_compared, boolean_rows);
	TEST_LOOP(dates_are_compared, date_rows);
	TEST_LOOP(lists_are_compared, list_rows);
	TEST_LOOP(objects_and_anything_are_compared, object_rows);
	TEST(an_error_says_side_value_and_wanted_type);
	TEST(a_bad_pattern_is_the_right_sides_fault);
})
