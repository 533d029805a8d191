/*
 * test_condition.c -- the structure of a typed condition: what is refused, where, and how to mend it.
 */
#include "param/condition.h"
#include "param/row.h"

#include "support/common.h"

struct params {
	bool condition;
};

static const struct ty_param table[] = {
	TY_ROW_CONDITION(struct params, condition, "Condition",
			 .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR),
	TY_ROW_END,
};

struct findings {
	char text[2048]; /* "path: message (hint)\n" each */
	size_t count;
};

static void
found(void *ctx, const char *path, const char *msg, const char *hint)
{
	struct findings *f = ctx;
	size_t len = strlen(f->text);

	f->count++;
	ck_assert_str_ne(hint, "");
	snprintf(f->text + len, sizeof(f->text) - len, "%s: %s (%s)\n", path, msg, hint);
}

/* ` for " */
static json_t *
json_of(const char *text)
{
	char copy[2048];
	json_t *json;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *at = strchr(copy, '`'); at != NULL; at = strchr(at, '`'))
		*at = '"';
	json = json_loads(copy, JSON_DECODE_ANY, NULL);
	ck_assert_msg(json != NULL, "the test's own JSON is broken: %s", text);
	return json;
}

static void
check(const char *text, struct findings *f)
{
	json_t *values = json_of(text);

	ck_assert_uint_eq(ty_param_check(table, values, found, f), f->count);
	json_decref(values);
}

#define ONE(members)  "{`condition`:{`conditions`:[{" members "}]}}"
#define OP(members)   ONE("`operator`:{" members "}")
#define EQUALS	      "`operator`:{`type`:`string`,`operation`:`equals`}"
#define WITH(options) "{`condition`:{`conditions`:[{" EQUALS "}],`options`:" options "}}"

static const char *const good[] = {
	"{`condition`:true}",
	"{`condition`:`={{ $json.x }}`}",
	"{`condition`:{`conditions`:[]}}",
	ONE("`id`:`7a`,`leftValue`:`={{ $json.a }}`,`rightValue`:`x`,"
	    "`operator`:{`name`:`filter.operator.equals`,`type`:`string`,`operation`:`equals`,"
	    "`singleValue`:false}"),
	"{`condition`:{`conditions`:[{`leftValue`:[1],`operator`:{`type`:`array`,`operation`:"
	"`contains`,`rightType`:`any`}}],`combinator`:`or`,`options`:{`caseSensitive`:false,"
	"`leftValue`:``,`typeValidation`:`loose`,`version`:3}}}",
	WITH("{}"),
	WITH("null"),
};

START_TEST(a_sound_structure_has_no_findings)
{
	struct findings f = { 0 };

	check(good[_i], &f);
	ck_assert_msg(f.count == 0, "%s: %s", good[_i], f.text);
}
END_TEST

static const struct {
	const char *params, *finding; /* how the first one begins */
} bad[] = {
	{ "{}", "condition: parameter \"condition\" is required" },
	{ "{`condition`:5}", "condition: parameter \"condition\" is the number 5" },
	{ "{`condition`:[]}", "condition: parameter \"condition\" is a list of 0" },
	{ "{`condition`:{}}", "condition.conditions: parameter \"conditions\" is required" },
	{ "{`condition`:{`conditions`:5}}", "condition.conditions: " },
	{ "{`condition`:{`conditions`:[5]}}", "condition.conditions[0]: " },
	{ "{`condition`:{`conditions`:[],`combinator`:`xor`}}", "condition.combinator: " },
	{ "{`condition`:{`conditions`:[],`combine`:`or`}}",
	  "condition.combine: there is no parameter \"combine\" here" },
	{ ONE("`leftValue`:1"), "condition.conditions[0].operator: " },
	{ ONE("`operator`:`equals`"), "condition.conditions[0].operator: an object is expected" },
	{ ONE("`left`:1," EQUALS), "condition.conditions[0].left: there is no parameter" },
	{ OP("`operation`:`equals`"), "condition.conditions[0].operator.type: " },
	{ OP("`type`:`string`"), "condition.conditions[0].operator.operation: " },
	{ OP("`type`:`text`,`operation`:`equals`"), "condition.conditions[0].operator.type: " },
	{ OP("`type`:`number`,`operation`:`bigger`"),
	  "condition.conditions[0].operator.operation: the type number has no operation "
	  "\"bigger\" (It has exists, notExists, empty, notEmpty, equals, notEquals, gt, lt, gte, "
	  "lte)" },
	{ OP("`type`:`number`,`operation`:`notEqual`"),
	  "condition.conditions[0].operator.operation: the type number has no operation "
	  "\"notEqual\" (Did you mean \"notEquals\"?)" },
	{ OP("`type`:`boolean`,`operation`:`contains`"),
	  "condition.conditions[0].operator.operation: " },
	{ OP("`type`:`array`,`operation`:`contains`"),
	  "condition.conditions[0].operator.rightType: \"contains\" of a list compares it with "
	  "another type, which is not said (Add \"rightType\": \"any\")" },
	{ OP("`type`:`string`,`operation`:`equals`,`rightType`:`text`"),
	  "condition.conditions[0].operator.rightType: " },
	{ OP("`type`:`string`,`operation`:`equals`,`singleValue`:1"),
	  "condition.conditions[0].operator.singleValue: " },
	{ WITH("5"), "condition.options: an object is expected" },
	{ WITH("{`caseSensitive`:`yes`}"), "condition.options.caseSensitive: " },
	{ WITH("{`typeValidation`:`lax`}"), "condition.options.typeValidation: " },
	{ WITH("{`version`:4}"), "condition.options.version: " },
	{ WITH("{`ignoreCase`:true}"), "condition.options.ignoreCase: there is no parameter" },
};

START_TEST(a_fault_is_told_with_its_place)
{
	struct findings f = { 0 };

	check(bad[_i].params, &f);
	ck_assert_msg(strncmp(f.text, bad[_i].finding, strlen(bad[_i].finding)) == 0,
		      "%s gave \"%s\", not \"%s\"", bad[_i].params, f.text, bad[_i].finding);
}
END_TEST

START_TEST(there_are_at_most_a_hundred_conditions)
{
	json_t *values = json_of("{`condition`:{`conditions`:[]}}");
	json_t *list = json_object_get(json_object_get(values, "condition"), "conditions");
	struct findings f = { 0 };

	for (int i = 0; i <= TY_CONDITION_TESTS_MAX; i++)
		json_array_append_new(list, json_pack("{s:{s:s,s:s}}", "operator", "type", "any",
						      "operation", "exists"));
	ck_assert_uint_eq(ty_param_check(table, values, found, &f), 1);
	ck_assert_ptr_nonnull(strstr(f.text, "condition.conditions: "));
	json_decref(values);
}
END_TEST

START_TEST(what_is_left_away_has_its_default)
{
	json_t *values = json_of("{`conditions`:[{" EQUALS "}]}");
	struct ty_condition c = ty_condition_at(values, 0);

	ck_assert(c.is_strict && !c.folds_case && ty_condition_needs_all(values));
	ck_assert_int_eq(c.version, 1);
	ck_assert_int_eq(c.right, TY_CONDITION_STRING);
	json_decref(values);
}
END_TEST

START_TEST(the_catalog_lists_each_operation_once)
{
	json_t *list = ty_conditions_describe(), *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		struct findings f = { 0 };
		json_t *values =
			json_pack("{s:{s:[{s:{s:O, s:O, s:s}}]}}", "condition", "conditions",
				  "operator", "type", json_object_get(row, "type"), "operation",
				  json_object_get(row, "operation"), "rightType",
				  ty_json_str(row, "right", "any"));

		ck_assert_str_ne(ty_json_str(row, "label", ""), "");
		ck_assert_msg(ty_param_check(table, values, found, &f) == 0, "%s", f.text);
		json_decref(values);
		for (size_t k = 0; k < i; k++)
			ck_assert(!json_equal(json_array_get(list, k), row));
	}
	ck_assert_uint_eq(json_array_size(list), 14 + 10 + 10 + 8 + 12 + 4 + 2);
	json_decref(list);
}
END_TEST

TEST_MAIN("param.condition", {
	TEST_LOOP(a_sound_structure_has_no_findings, good);
	TEST_LOOP(a_fault_is_told_with_its_place, bad);
	TEST(there_are_at_most_a_hundred_conditions);
	TEST(what_is_left_away_has_its_default);
	TEST(the_catalog_lists_each_operation_once);
})
