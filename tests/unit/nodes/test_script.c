/*
 * test_script.c -- core.code in the real sandbox, both of its modes.
 */
#include "unit/nodes/rows.h"

#define ALL(code)  "{\"code\":\"" code "\"}"
#define EACH(code) "{\"mode\":\"each\",\"code\":\"" code "\"}"

static const struct {
	struct row row;
	const char *from;
} code_rows[] = {
	{ { "all: objects become items",
	    ALL("return $input.all().map(i => ({ n: i.json.n + 1 }))"),
	    "[{\"n\":1},{\"n\":2}]",
	    TY_OK,
	    { { "main", "[{\"n\":2},{\"n\":3}]" } } },
	  "[0,1]" },
	{ { "all: one in, so all comes from it",
	    ALL("return [{ json: { a: 1 } }, { json: { b: 2 } }]"),
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"a\":1},{\"b\":2}]" } } },
	  "[0,0]" },
	{ { "all: nothing", ALL("return []"), "[{}]", TY_OK, { { "main", "[]" } } }, "[]" },
	{ { "each: an item per item",
	    EACH("return { n: $json.n * 2 }"),
	    "[{\"n\":1},{\"n\":2}]",
	    TY_OK,
	    { { "main", "[{\"n\":2},{\"n\":4}]" } } },
	  "[0,1]" },
	{ { "each: null drops the item",
	    EACH("return $json.n > 1 ? $json : null"),
	    "[{\"n\":1},{\"n\":2}]",
	    TY_OK,
	    { { "main", "[{\"n\":2}]" } } },
	  "[1]" },
	{ { "an error of the author's",
	    ALL("throw new Error('boom')"),
	    "[{}]",
	    TY_E_INVALID,
	    { { "main", "[]" } },
	    "boom" },
	  "[]" },
	{ { "a type error is named",
	    EACH("return null.x"),
	    "[{}]",
	    TY_E_INVALID,
	    { { "main", "[]" } },
	    "TypeError" },
	  "[]" },
	{ { "code that does not parse",
	    ALL("return ("),
	    "[{}]",
	    TY_E_INVALID,
	    { { "main", "[]" } },
	    "SyntaxError" },
	  "[]" },
	{ { "text is no item", ALL("return 'x'"), "[{}]", TY_E_INVALID, { { "main", "[]" } } },
	  "[]" },
	{ { "no end is cut off",
	    "{\"timeout_ms\":100,\"code\":\"for (;;);\"}",
	    "[{}]",
	    TY_E_TIMEOUT,
	    { { "main", "[]" } },
	    "longer than 100 ms" },
	  "[]" },
	{ { "code is required", "{}", "[{}]", TY_E_INVALID, { { NULL, NULL } }, "code" }, NULL },
	{ { "a time limit has a limit",
	    "{\"code\":\"1\",\"timeout_ms\":30001}",
	    "[{}]",
	    TY_E_INVALID,
	    { { NULL, NULL } },
	    "timeout_ms" },
	  NULL },
};

START_TEST(code_gives_what_it_returns)
{
	struct fake_step *s = row_run(&ty_node_core_code, &code_rows[_i].row);

	if (code_rows[_i].from != NULL)
		ck_assert_str_eq(fake_step_from(s, "main"), code_rows[_i].from);
}
END_TEST

START_TEST(code_says_which_item_is_at_fault_and_where)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_code, "[{\"n\":1},{\"n\":2}]");
	const json_t *error;
	char *trace;

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s,
			 EACH("if ($json.n === 2)\\n  throw new RangeError('two');\\nreturn {}"));
	ck_assert_code(fake_step_run(s, &fx.err), TY_E_INVALID);
	error = fake_step_result(s)->error;
	ck_assert_int_eq(json_integer_value(json_object_get(error, "item")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(error, "node")), "node");
	trace = json_dumps(json_object_get(error, "trace"), 0);
	ck_assert_msg(strstr(trace, "RangeError at line 2") != NULL, "%s", trace);
	ck_assert_ptr_nonnull(strstr(trace, "core.code"));
	free(trace);
}
END_TEST

START_TEST(code_keeps_its_log_with_the_step)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_code, "[{}]");
	const json_t *logs;

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, ALL("for (let i = 0; i < 500; i++) console.log('line', i); return []"));
	ck_assert_ok(fake_step_run(s, &fx.err));
	logs = json_object_get(fake_step_record(fake_step_result(s), "node"), "logs");
	ck_assert_uint_eq(json_array_size(logs), 100);
	ck_assert_str_eq(json_string_value(json_array_get(logs, 99)), "line 99");
}
END_TEST

static const char *
notices_of(const char *params, const char *items)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_code, items);
	const json_t *notices;

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, params);
	ck_assert_ok(fake_step_run(s, &fx.err));
	notices = json_object_get(fake_step_record(fake_step_result(s), "node"), "notices");
	return notices != NULL ? ty_json_dump(fx.arena, notices, NULL) : "none";
}

START_TEST(code_that_gets_numbers_rounded_is_told_which)
{
	const char *told;

	told = notices_of(ALL("return $input.all()"),
			  "[{\"n\":1},{\"o\":{\"id\":1234567890123456789}},{\"wei\":1e400}]");
	ck_assert_ptr_nonnull(strstr(told, "digits_lost"));
	ck_assert_ptr_nonnull(strstr(told, "items[1].json.o.id"));
	told = notices_of(EACH("return {}"), "[{\"n\":1},{\"l\":[0.12345678901234567890]}]");
	ck_assert_ptr_nonnull(strstr(told, "items[1].json.l[0]"));
	ck_assert_str_eq(
		notices_of(ALL("return $input.all()"),
			   "[{\"n\":9007199254740991,\"p\":19.99,\"s\":\"1234567890123456789\"}]"),
		"none");
}
END_TEST

TEST_MAIN("nodes.script", {
	TEST(code_that_gets_numbers_rounded_is_told_which);
	TEST_LOOP(code_gives_what_it_returns, code_rows);
	TEST(code_says_which_item_is_at_fault_and_where);
	TEST(code_keeps_its_log_with_the_step);
})
