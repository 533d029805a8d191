/*
 * test_flow.c -- nodes that start a run, route its items or end it.
 */
#include "unit/nodes/rows.h"

static const struct row if_rows[] = {
	{ "a plain path decides",
	  "{\"condition\":\"={{ $json.big }}\"}",
	  "[{\"big\":false},{\"big\":true}]",
	  TY_OK,
	  { { "true", "[{\"big\":true}]" }, { "false", "[{\"big\":false}]" } } },
	{ "a script decides, order is kept",
	  "{\"condition\":\"={{ $json.n > 1 }}\"}",
	  "[{\"n\":3},{\"n\":1},{\"n\":2}]",
	  TY_OK,
	  { { "true", "[{\"n\":3},{\"n\":2}]" }, { "false", "[{\"n\":1}]" } } },
	{ "a constant",
	  "{\"condition\":true}",
	  "[{\"n\":1}]",
	  TY_OK,
	  { { "true", "[{\"n\":1}]" }, { "false", "[]" } } },
	{ "the text \"false\" is false",
	  "{\"condition\":\"={{ $json.s }}\"}",
	  "[{\"s\":\"false\"}]",
	  TY_OK,
	  { { "true", "[]" }, { "false", "[{\"s\":\"false\"}]" } } },
	{ "what is not there is refused",
	  "{\"condition\":\"={{ $json.no }}\"}",
	  "[{\"n\":1}]",
	  TY_E_INVALID,
	  { { "true", "[]" }, { "false", "[]" } },
	  "condition" },
	{ "what is no yes or no is refused",
	  "{\"condition\":\"={{ $json.n }}\"}",
	  "[{\"n\":[1]}]",
	  TY_E_INVALID,
	  { { "true", "[]" } },
	  NULL },
	{ "the condition is required",
	  "{}",
	  "[{\"n\":1}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "condition" },
};

START_TEST(if_routes_each_item_once)
{
	row_run(&ty_node_core_if, &if_rows[_i]);
}
END_TEST

static const struct row filter_rows[] = {
	{ "keeps in order",
	  "{\"condition\":\"={{ $json.n % 2 === 1 }}\"}",
	  "[{\"n\":1},{\"n\":2},{\"n\":3}]",
	  TY_OK,
	  { { "main", "[{\"n\":1},{\"n\":3}]" } } },
	{ "keeps nothing", "{\"condition\":false}", "[{\"n\":1}]", TY_OK, { { "main", "[]" } } },
	{ "a script that throws names itself",
	  "{\"condition\":\"={{ nope.x > 1 }}\"}",
	  "[{\"n\":1}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "ReferenceError" },
	{ "the condition is required",
	  "{}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "condition" },
};

START_TEST(filter_keeps_what_its_condition_says)
{
	row_run(&ty_node_core_filter, &filter_rows[_i]);
}
END_TEST

#define RULES                                                                                      \
	"\"rules\":[{\"condition\":\"={{ $json.n > 10 }}\",\"output\":\"big\"},"                   \
	"{\"condition\":\"={{ $json.n > 5 }}\"}]"

static const struct row switch_rows[] = {
	{ "the first rule that holds; unnamed outputs are numbers",
	  "{" RULES "}",
	  "[{\"n\":11},{\"n\":6},{\"n\":1}]",
	  TY_OK,
	  { { "big", "[{\"n\":11}]" }, { "1", "[{\"n\":6}]" } } },
	{ "the rest takes the fallback",
	  "{" RULES ",\"fallback\":\"extra\"}",
	  "[{\"n\":11},{\"n\":1}]",
	  TY_OK,
	  { { "big", "[{\"n\":11}]" }, { "1", "[]" }, { "fallback", "[{\"n\":1}]" } } },
	{ "a name twice is refused",
	  "{\"rules\":[{\"condition\":true,\"output\":\"a\"},{\"condition\":true,\"output\":\"a\"}]"
	  "}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "another rule" },
	{ "the number of an unnamed rule is a name too",
	  "{\"rules\":[{\"condition\":true,\"output\":\"1\"},{\"condition\":true}]}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "another rule" },
	{ "error is the engine's name",
	  "{\"rules\":[{\"condition\":true,\"output\":\"error\"}]}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "needs itself" },
	{ "rules are required", "{}", "[{}]", TY_E_INVALID, { { NULL, NULL } }, "rules" },
};

START_TEST(switch_sends_each_item_to_its_first_rule)
{
	row_run(&ty_node_core_switch, &switch_rows[_i]);
}
END_TEST

static const struct row noop_rows[] = {
	{ "passes all",
	  "{}",
	  "[{\"n\":1},{\"n\":2}]",
	  TY_OK,
	  { { "main", "[{\"n\":1},{\"n\":2}]" } } },
	{ "takes no parameter", "{\"x\":1}", "[{}]", TY_E_INVALID, { { NULL, NULL } }, "x" },
};

START_TEST(noop_passes_items_as_they_are)
{
	struct fake_step *s = row_run(&ty_node_core_noop, &noop_rows[_i]);

	if (noop_rows[_i].rc == TY_OK)
		ck_assert_str_eq(fake_step_from(s, "main"), "[0,1]");
}
END_TEST

static const struct row manual_rows[] = {
	{ "gives out what it was given",
	  "{}",
	  "[{\"a\":1},{\"b\":2}]",
	  TY_OK,
	  { { "main", "[{\"a\":1},{\"b\":2}]" } } },
	{ "nothing is something too", "{}", "[]", TY_OK, { { "main", "[]" } } },
};

START_TEST(manual_gives_out_its_input)
{
	struct fake_step *s = row_run(&ty_node_core_manual, &manual_rows[_i]);

	ck_assert_ptr_null(strstr(fake_step_from(s, "main"), "0")); /* comes from nowhere */
}
END_TEST

static const struct row webhook_rows[] = {
	{ "gives out the delivery",
	  "{\"path\":\"a/b\",\"verify\":\"none\"}",
	  "[{\"body\":{\"x\":1}}]",
	  TY_OK,
	  { { "main", "[{\"body\":{\"x\":1}}]" } } },
	{ "verification is a choice to make",
	  "{\"path\":\"a\"}",
	  "[]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "verify" },
	{ "a scheme needs its secret",
	  "{\"path\":\"a\",\"verify\":\"github\"}",
	  "[]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "credential" },
	{ "no leading slash",
	  "{\"path\":\"/a\",\"verify\":\"none\"}",
	  "[]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "empty part" },
	{ "no empty part",
	  "{\"path\":\"a//b\",\"verify\":\"none\"}",
	  "[]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "empty part" },
	{ "only what an address can have",
	  "{\"path\":\"a b\",\"verify\":\"none\"}",
	  "[]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "character" },
	{ "a path is required",
	  "{\"verify\":\"none\"}",
	  "[]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "path" },
};

START_TEST(webhook_gives_out_the_delivery)
{
	row_run(&ty_node_core_webhook, &webhook_rows[_i]);
}
END_TEST

static const struct row stop_rows[] = {
	{ "says the author's words",
	  "{\"message\":\"=no stock for {{ $json.sku }}\"}",
	  "[{\"sku\":\"X1\"}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "no stock for X1" },
	{ "a message is required", "{}", "[{}]", TY_E_INVALID, { { NULL, NULL } }, "message" },
};

START_TEST(stop_error_fails_the_run_with_its_message)
{
	struct fake_step *s = row_run(&ty_node_core_stop_error, &stop_rows[_i]);

	if (_i == 0)
		ck_assert_int_eq(fake_step_result(s)->status, TY_STATUS_ERROR);
}
END_TEST

TEST_MAIN("nodes.flow", {
	TEST_LOOP(if_routes_each_item_once, if_rows);
	TEST_LOOP(filter_keeps_what_its_condition_says, filter_rows);
	TEST_LOOP(switch_sends_each_item_to_its_first_rule, switch_rows);
	TEST_LOOP(noop_passes_items_as_they_are, noop_rows);
	TEST_LOOP(manual_gives_out_its_input, manual_rows);
	TEST_LOOP(webhook_gives_out_the_delivery, webhook_rows);
	TEST_LOOP(stop_error_fails_the_run_with_its_message, stop_rows);
})
