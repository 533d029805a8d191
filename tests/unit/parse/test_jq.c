/*
 * test_jq.c -- the tool jq outside the jail: results, errors, and what a filter cannot reach.
 */
#include "support/common.h"

#include "parse/tool.h"

#define NOW_MS "1727740800123"
#define ASK(filter, more)                                                                          \
	"{\"kind\":\"tool\",\"tool\":\"jq\",\"now_ms\":" NOW_MS                                    \
	",\"options\":{\"filter\":\"" filter "\"}," more "}"
#define EACH(filter, items)  ASK(filter, "\"each\":true,\"items\":[" items "]")
#define ALL(filter, items)   ASK(filter, "\"items\":[" items "]")
#define GO_ON(filter, items) ASK(filter, "\"each\":true,\"go_on\":true,\"items\":[" items "]")
#define ITEM(json)	     "{\"json\":" json "}"

static const struct {
	const char *request, *items; /* items NULL: fails */
	const char *message;
} rows[] = {
	{ EACH(".a", ITEM("{\"a\":{\"b\":1}}")), "[{\"from\":0,\"json\":{\"b\":1}}]", NULL },
	{ EACH(".a", ITEM("{\"a\":1}") "," ITEM("{\"a\":null}")),
	  "[{\"from\":0,\"json\":{\"value\":1}},{\"from\":1,\"json\":{\"value\":null}}]", NULL },
	{ EACH(".[]", ITEM("{\"a\":1,\"b\":2}") "," ITEM("{}")),
	  "[{\"from\":0,\"json\":{\"value\":1}},{\"from\":0,\"json\":{\"value\":2}}]", NULL },
	{ EACH("empty", ITEM("{}")), "[]", NULL },
	{ ALL("map(.n) | add | {sum: .}", ITEM("{\"n\":1}") "," ITEM("{\"n\":2.5}")),
	  "[{\"json\":{\"sum\":3.5}}]", NULL },
	{ ALL("length", ""), "[{\"json\":{\"value\":0}}]", NULL },
	{ EACH("def f: . + 1; .n | f", ITEM("{\"n\":1}")), "[{\"from\":0,\"json\":{\"value\":2}}]",
	  NULL },
	{ EACH(".s | test(\\\"É\\\"; \\\"i\\\")", ITEM("{\"s\":\"é\"}")),
	  "[{\"from\":0,\"json\":{\"value\":true}}]", NULL },
	/* what a filter cannot reach */
	{ EACH("now", ITEM("{}")), "[{\"from\":0,\"json\":{\"value\":1727740800.123}}]", NULL },
	{ EACH("env, $ENV", ITEM("{}")), "[{\"from\":0,\"json\":{}},{\"from\":0,\"json\":{}}]",
	  NULL },
	{ EACH("input", ITEM("{}")), NULL, "no second input" },
	{ EACH("[inputs]", ITEM("{}")), NULL, "no second input" },
	{ EACH("import \\\"x\\\" as x; .", ITEM("{}")), NULL, "unexpected import" },
	{ EACH("include \\\"x\\\"; .", ITEM("{}")), NULL, "unexpected include" },
	{ EACH("input_filename", ITEM("{}")), "[{\"from\":0,\"json\":{\"value\":null}}]", NULL },
	/* failures */
	{ EACH("{", ITEM("{}")), NULL, "The filter cannot be read: syntax error, unexpected $end" },
	{ EACH("nope(1)", ITEM("{}")), NULL, "nope/1 is not defined" },
	{ EACH(".a.b", ITEM("{\"a\":1}")), NULL, "Cannot index number with" },
	{ EACH("error({a: 1})", ITEM("{}")), NULL, "{\"a\":1}" },
	{ EACH("error(null)", ITEM("{}")), NULL, "The filter failed: null" },
	{ EACH("null | error", ITEM("{}")), NULL, "The filter failed: null" },
	{ EACH("error(.a)", ITEM("{\"a\":\"why\"}")), NULL, "The filter failed: why" },
	{ EACH("1, (try error(null) catch .), 3", ITEM("{}")),
	  "[{\"from\":0,\"json\":{\"value\":1}},{\"from\":0,\"json\":{\"value\":\"null\"}},"
	  "{\"from\":0,\"json\":{\"value\":3}}]",
	  NULL },
	{ EACH("halt_error", ITEM("\"stop\"")), NULL, "The filter ended: stop" },
	{ EACH(".[0], halt, 7", ITEM("[1]")), "[{\"from\":0,\"json\":{\"value\":1}}]", NULL },
	{ GO_ON("10 / .n", ITEM("{\"n\":5}") "," ITEM("{\"n\":0}") "," ITEM("{\"n\":2}")),
	  "[{\"from\":0,\"json\":{\"value\":2}},{\"e\":{\"message\":\"The filter failed: number "
	  "(10) "
	  "and number (0) cannot be divided because the divisor is zero\",\"name\":\"Error\"},"
	  "\"from\":1},{\"from\":2,\"json\":{\"value\":5}}]",
	  NULL },
	{ ASK(".", "\"items\":7"), NULL, "no items" },
	{ "{\"tool\":\"awk\",\"items\":[]}", NULL, "no such tool" },
	{ "{\"tool\":\"jq\",\"items\":[]}", NULL, "no filter" },
	{ "{", NULL, "" },
};

START_TEST(a_request_is_answered)
{
	json_t *answer = tool_answer(fx.arena, rows[_i].request, strlen(rows[_i].request));
	const json_t *error = json_object_get(answer, "error");
	const char *text;

	ck_assert(ty_json_dump(fx.arena, answer, NULL) != NULL);
	if (rows[_i].items == NULL) {
		text = ty_json_str(error, "message", NULL);
		ck_assert_ptr_nonnull(text);
		ck_assert_msg(strstr(text, rows[_i].message) != NULL, "%s", text);
		ck_assert(json_is_false(json_object_get(answer, "ok")));
		return;
	}
	ck_assert_msg(error == NULL, "%s", ty_json_str(error, "message", "?"));
	text = ty_json_dump_canonical(fx.arena, json_object_get(answer, "items"), NULL);
	ck_assert_str_eq(text, rows[_i].items);
	ck_assert_ptr_nonnull(strstr(ty_json_str(answer, "tool", ""), "libjq 1."));
}
END_TEST

START_TEST(the_item_at_fault_is_named)
{
	const char *request = EACH("10 / .n", ITEM("{\"n\":5}") "," ITEM("{\"n\":0}"));
	json_t *answer = tool_answer(fx.arena, request, strlen(request));

	ck_assert_int_eq(ty_json_int(json_object_get(answer, "error"), "item", -1), 1);
}
END_TEST

START_TEST(an_output_has_a_limit)
{
	const char *request = ALL("(\\\"x\\\" * 1000) as $x | range(17000) | $x", "");
	json_t *answer = tool_answer(fx.arena, request, strlen(request));

	ck_assert_ptr_nonnull(strstr(ty_json_str(json_object_get(answer, "error"), "message", ""),
				     "over 16777216 bytes"));
}
END_TEST

TEST_MAIN("jq", {
	setenv("TZ", "UTC", 1);
	TEST_LOOP(a_request_is_answered, rows);
	TEST(the_item_at_fault_is_named);
	TEST(an_output_has_a_limit);
})
