/*
 * test_jq.c -- data.jq in the real tyboo-parse, both of its modes.
 */
#include "unit/nodes/rows.h"

#define EACH(filter) "{\"filter\":\"" filter "\"}"
#define ALL(filter)  "{\"mode\":\"all\",\"filter\":\"" filter "\"}"

static const struct {
	struct row row;
	const char *from;
} jq_rows[] = {
	{ { "each: objects become items",
	    EACH(".list[] | {n: .}"),
	    "[{\"list\":[1,2]},{\"list\":[3]}]",
	    TY_OK,
	    { { "main", "[{\"n\":1},{\"n\":2},{\"n\":3}]" } } },
	  "[0,0,1]" },
	{ { "each: other values are wrapped",
	    EACH(".n"),
	    "[{\"n\":1},{\"n\":\"x\"}]",
	    TY_OK,
	    { { "main", "[{\"value\":1},{\"value\":\"x\"}]" } } },
	  "[0,1]" },
	{ { "all: over the list",
	    ALL("{sum: (map(.n) | add)}"),
	    "[{\"n\":1},{\"n\":2}]",
	    TY_OK,
	    { { "main", "[{\"sum\":3}]" } } },
	  NULL },
	{ { "a filter that cannot be read",
	    EACH("{"),
	    "[{}]",
	    TY_E_INVALID,
	    { { "main", "[]" } },
	    "cannot be read: syntax error" },
	  NULL },
	{ { "a filter that fails",
	    EACH("error(\\\"no\\\")"),
	    "[{}]",
	    TY_E_INVALID,
	    { { "main", "[]" } },
	    "The filter failed: no" },
	  NULL },
	{ { "no end is cut off",
	    "{\"timeout_ms\":100,\"filter\":\"[recurse(1)] | length\"}",
	    "[{}]",
	    TY_E_TIMEOUT,
	    { { "main", "[]" } },
	    "longer than 100 ms" },
	  NULL },
	{ { "a filter is required", "{}", "[{}]", TY_E_INVALID, { { NULL, NULL } }, "filter" },
	  NULL },
};

START_TEST(jq_gives_its_results)
{
	struct fake_step *s = row_run(&ty_node_data_jq, &jq_rows[_i].row);

	if (jq_rows[_i].from != NULL)
		ck_assert_str_eq(fake_step_from(s, "main"), jq_rows[_i].from);
}
END_TEST

START_TEST(the_record_names_the_tool)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_data_jq, "[{}]");
	const json_t *notices;

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, EACH("now | {now: .}"));
	ck_assert_ok(fake_step_run(s, &fx.err));
	notices = json_object_get(fake_step_record(fake_step_result(s), "node"), "notices");
	ck_assert_ptr_nonnull(notices);
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, notices, NULL), "Computed by libjq 1."));
}
END_TEST

TEST_MAIN("nodes.jq", {
	TEST_LOOP(jq_gives_its_results, jq_rows);
	TEST(the_record_names_the_tool);
})
