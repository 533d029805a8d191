/*
 * test_condition.c -- typed conditions as the nodes see them: sides that are expressions of every kind,
 * dates and regular expressions in the real sandbox, and where an item that fails goes.
 */
#include "unit/nodes/rows.h"

#include "base/arena.h"
#include "unit/engine/flow.h"

#define C(left, operator_, right)                                                                  \
	"{`leftValue`:" left ",`rightValue`:" right ",`operator`:{" operator_ "}}"
#define GROUP(list, more)   "{`condition`:{`conditions`:[" list "]" more "}}"
#define LOOSELY		    ",`options`:{`typeValidation`:`loose`,`version`:2}"
#define FOLDED		    ",`options`:{`caseSensitive`:false}"
#define OP(type, operation) "`type`:`" type "`,`operation`:`" operation "`"

/* Each over one item; the zone is UTC. */
static const struct {
	const char *what, *params, *item, *verdict; /* NULL = an error */
} rows[] = {
	{ "no conditions hold", GROUP("", ""), "{}", "true" },
	{ "none of none holds", GROUP("", ",`combinator`:`or`"), "{}", "false" },
	{ "constants", GROUP(C("1", OP("number", "equals"), "1"), ""), "{}", "true" },
	{ "a path", GROUP(C("`={{ $json.n }}`", OP("number", "gt"), "4"), ""), "{`n`:5}", "true" },
	{ "a path on both sides",
	  GROUP(C("`={{ $json.n }}`", OP("number", "gt"), "`={{ $json.m }}`"), ""), "{`n`:5,`m`:6}",
	  "false" },
	{ "a formula that is NaN is in no order",
	  GROUP(C("`={{ $json.no * 2 }}`", OP("number", "gt"), "-1"), ""), "{}", "false" },
	{ "a formula that is infinite is above all",
	  GROUP(C("`={{ 1 / $json.n }}`", OP("number", "gt"), "1000"), ""), "{`n`:0}", "true" },
	{ "a script keeps its type",
	  GROUP(C("`={{ $json.l.map(x => x * 2) }}`", OP("array", "contains") ",`rightType`:`any`",
		  "4"),
		""),
	  "{`l`:[1,2]}", "true" },
	{ "a script that is undefined does not exist",
	  GROUP(C("`={{ $json.l.find(x => x > 9) }}`", OP("any", "notExists"), "0"), ""),
	  "{`l`:[1]}", "true" },
	{ "a script that is NaN does not exist",
	  GROUP(C("`={{ parseInt($json.s) }}`", OP("number", "exists"), "0"), ""), "{`s`:`x`}",
	  "false" },
	{ "a script that is null is no undefined",
	  GROUP(C("`={{ (() => null)() }}`", OP("number", "gte"), "0"), ""), "{}", "true" },
	{ "text with values in it",
	  GROUP(C("`=a{{ $json.n }}`", OP("string", "equals"), "`a5`"), ""), "{`n`:5}", "true" },
	{ "text with a script in it",
	  GROUP(C("`=a{{ $json.s.trim() }}`", OP("string", "equals"), "`ab`"), ""), "{`s`:` b `}",
	  "true" },
	{ "all have to hold",
	  GROUP(C("1", OP("number", "equals"), "1") "," C("1", OP("number", "equals"), "2"), ""),
	  "{}", "false" },
	{ "one has to hold",
	  GROUP(C("1", OP("number", "equals"), "2") "," C("1", OP("number", "equals"), "1"),
		",`combinator`:`or`"),
	  "{}", "true" },
	{ "what is not looked at cannot fail",
	  GROUP(C("1", OP("number", "equals"), "1") "," C("`x`", OP("number", "equals"), "1"),
		",`combinator`:`or`"),
	  "{}", "true" },
	{ "a first that fails does",
	  GROUP(C("`x`", OP("number", "equals"), "1") "," C("1", OP("number", "equals"), "1"),
		",`combinator`:`or`"),
	  "{}", NULL },
	{ "strict", GROUP(C("`={{ $json.n }}`", OP("number", "equals"), "5"), ""), "{`n`:`5`}",
	  NULL },
	{ "loose", GROUP(C("`={{ $json.n }}`", OP("number", "equals"), "5"), LOOSELY), "{`n`:`5`}",
	  "true" },
	{ "an expression that throws",
	  GROUP(C("`={{ $json.a.b.c() }}`", OP("number", "equals"), "5"), ""), "{}", NULL },
	/* regular expressions */
	{ "a pattern", GROUP(C("`={{ $json.s }}`", OP("string", "regex"), "`^fo{2}$`"), ""),
	  "{`s`:`foo`}", "true" },
	{ "a pattern with flags",
	  GROUP(C("`={{ $json.s }}`", OP("string", "regex"), "`/^FO{2}$/gi`"), ""), "{`s`:`foo`}",
	  "true" },
	{ "a pattern that does not match",
	  GROUP(C("`={{ $json.s }}`", OP("string", "notRegex"), "`[0-9]`"), ""), "{`s`:`foo`}",
	  "true" },
	{ "of a folded pattern the value alone is",
	  GROUP(C("`ABC`", OP("string", "regex"), "`^A`"), FOLDED), "{}", "false" },
	{ "the same, negated", GROUP(C("`ABC`", OP("string", "notRegex"), "`^A`"), FOLDED), "{}",
	  "true" },
	{ "a pattern from the item",
	  GROUP(C("`abc`", OP("string", "regex"), "`={{ $json.p }}`"), ""), "{`p`:`b.`}", "true" },
	{ "a missing value is no text",
	  GROUP(C("`={{ $json.no }}`", OP("string", "regex"), "`^$`"), ""), "{}", "true" },
	{ "a pattern for a number, strict",
	  GROUP(C("`={{ $json.n }}`", OP("string", "regex"), "`5`"), ""), "{`n`:5}", NULL },
	{ "a pattern for a number, loose",
	  GROUP(C("`={{ $json.n }}`", OP("string", "regex"), "`^5$`"), LOOSELY), "{`n`:5}",
	  "true" },
	{ "a pattern that is none", GROUP(C("`a`", OP("string", "regex"), "`={{ $json.p }}`"), ""),
	  "{`p`:`(`}", NULL },
	{ "one that is none and not looked at",
	  GROUP(C("1", OP("number", "equals"), "1") "," C("`a`", OP("string", "regex"),
							  "`={{ $json.p }}`"),
		",`combinator`:`or`"),
	  "{`p`:`(`}", "true" },
	/* dates */
	{ "dates as texts",
	  GROUP(C("`={{ $json.at }}`", OP("dateTime", "after"), "`2024-01-01`"), ""),
	  "{`at`:`2024-01-02T00:00:00Z`}", "true" },
	{ "the same moment in two zones",
	  GROUP(C("`2024-01-01T00:00:00+02:00`", OP("dateTime", "equals"),
		  "`2023-12-31T22:00:00Z`"),
		""),
	  "{}", "true" },
	{ "a Date and a text",
	  GROUP(C("`={{ new Date(Date.UTC(2024, 5, 1)) }}`", OP("dateTime", "after"),
		  "`2024-01-01`"),
		""),
	  "{}", "true" },
	{ "a DateTime and a Date",
	  GROUP(C("`={{ $now }}`", OP("dateTime", "beforeOrEquals"), "`={{ new Date() }}`"), ""),
	  "{}", "true" },
	{ "a format of HTTP",
	  GROUP(C("`Sun, 06 Nov 1994 08:49:37 GMT`", OP("dateTime", "before"), "`1994-11-07`"), ""),
	  "{}", "true" },
	{ "a format of SQL",
	  GROUP(C("`2024-05-15 08:00:00`", OP("dateTime", "equals"), "`2024-05-15T08:00:00`"), ""),
	  "{}", "true" },
	{ "a format that Date.parse takes",
	  GROUP(C("`1/31/2024`", OP("dateTime", "before"), "`2024-02-01`"), ""), "{}", "true" },
	{ "a missing date is before none",
	  GROUP(C("`={{ $json.no }}`", OP("dateTime", "before"), "`2024-01-01`"), ""), "{}",
	  "false" },
	{ "a date exists", GROUP(C("`={{ $json.at }}`", OP("dateTime", "exists"), "0"), ""),
	  "{`at`:`2024-01-01`}", "true" },
	{ "a text that is no date",
	  GROUP(C("`={{ $json.at }}`", OP("dateTime", "after"), "`2024-01-01`"), ""),
	  "{`at`:`soon`}", NULL },
	{ "a number of milliseconds is no date",
	  GROUP(C("`={{ $json.at }}`", OP("dateTime", "after"), "`2024-01-01`"), LOOSELY),
	  "{`at`:1700000000000}", NULL },
	{ "a Date is text in quotes, loosely",
	  GROUP(C("`={{ new Date(0) }}`", OP("string", "contains"), "`1970`"), LOOSELY), "{}",
	  "true" },
	{ "a Date is no text",
	  GROUP(C("`={{ new Date(0) }}`", OP("string", "contains"), "`1970`"), ""), "{}", NULL },
};

START_TEST(a_condition_sends_an_item)
{
	const char *items = ty_arena_printf(fx.arena, "[%s]", quoted(rows[_i].item));
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_if, items);
	const char *verdict = NULL;

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, quoted(rows[_i].params));
	if (fake_step_run(s, &fx.err) == TY_OK)
		verdict = strcmp(fake_step_output(s, "true"), "[]") != 0 ? "true" : "false";
	ck_assert_msg((verdict == NULL) == (rows[_i].verdict == NULL), "%s: %s", rows[_i].what,
		      fx.err.msg);
	if (verdict != NULL)
		ck_assert_msg(strcmp(verdict, rows[_i].verdict) == 0, "%s: %s", rows[_i].what,
			      verdict);
}
END_TEST

static const struct fake_ops *
run_ops(const char *params, const char *items)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_filter, quoted(items));

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, quoted(params));
	ck_assert_msg(fake_step_run(s, &fx.err) == TY_OK, "%s", fx.err.msg);
	return fake_step_ops(s);
}

START_TEST(what_needs_no_script_asks_no_sandbox)
{
	ck_assert_uint_eq(
		run_ops(GROUP(C("`={{ $json.n }}`", OP("number", "gt"), "1") "," C(
				      "`={{ $json.s + 'x' }}`", OP("string", "endsWith"), "`x`"),
			      ""),
			"[{`n`:1,`s`:`a`},{`n`:2,`s`:`b`}]")
			->evals,
		0);
}
END_TEST

START_TEST(all_items_and_sides_go_over_in_one_message)
{
	const struct fake_ops *f =
		run_ops(GROUP(C("`={{ $json.s }}`", OP("string", "regex"),
				"`^a`") "," C("`={{ $json.s.trim() }}`", OP("string", "contains"),
					      "`a`") "," C("`={{ $json.d }}`",
							   OP("dateTime", "after"), "`2024-01-01`"),
			      ""),
			"[{`s`:`a`,`d`:`2025-01-01`},{`s`:`b`,`d`:`2025-01-01`}]");

	ck_assert_uint_eq(f->evals, 1);
	ck_assert_uint_eq(json_array_size(json_object_get(f->last_eval, "scripts")), 4);
}
END_TEST

START_TEST(a_date_without_an_offset_is_one_of_the_workflows_zone)
{
	static const struct {
		const char *zone, *port;
	} zones[] = { { "UTC", "false" },
		      { "America/New_York", "true" },
		      { "Asia/Tokyo", "false" } };

	for (size_t i = 0; i < TY_ARRAY_COUNT(zones); i++) {
		struct fake_ops *f = fake_ops_new(fx.arena);
		const struct ty_run_result *r;

		fake_ops_use_sandbox(f);
		r = fake_ops_run(
			f,
			ty_arena_printf(
				fx.arena,
				FLOW_WITH(NODE("c", "core.if",
					       "`condition`:{`conditions`:[" C(
						       "`2024-01-01`", OP("dateTime", "after"),
						       "`2024-01-01T00:00:00Z`") "]}"),
					  EDGE("start", "c"), "`timezone`:`%s`"),
				zones[i].zone),
			ONE_ITEM, NULL, &fx.err);
		ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
		ck_assert_msg(strstr(outputs_text(r, "c"),
				     ty_arena_printf(fx.arena, "\"%s\":[{", zones[i].port)) != NULL,
			      "%s: %s", zones[i].zone, outputs_text(r, "c"));
	}
}
END_TEST

START_TEST(one_item_of_a_wrong_type_is_that_items_failure)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const char *text;

	r = fake_ops_run(
		f,
		FLOW(NODE_WITH("c", "core.filter",
			       "`condition`:{`conditions`:[" C(
				       "1", OP("number", "equals"),
				       "1") "," C("`={{ $json.n }}`", OP("number", "gt"), "1") "]}",
			       ",`on_error`:`error_output`"),
		     EDGE("start", "c")),
		"[" ITEM("{`n`:2}") "," ITEM("{`n`:`x`}") "," ITEM("{`n`:3}") "]", NULL, &fx.err);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	text = outputs_text(r, "c");
	ck_assert_ptr_nonnull(
		strstr(text, "\"main\":[{\"from\":0,\"json\":{\"n\":2}},{\"from\":2,"));
	ck_assert_ptr_nonnull(strstr(text, "condition 1: leftValue is the text \\\"x\\\", but a "
					   "number is expected"));
	ck_assert_ptr_nonnull(strstr(text, "\"parameter\":\"condition.conditions[1].leftValue\""));
	ck_assert_ptr_nonnull(strstr(text, "\"item\":1"));
	ck_assert_ptr_nonnull(strstr(text, "\"code\":\"invalid\""));
}
END_TEST

#define RULE(value, output)                                                                        \
	"{`condition`:{`conditions`:[" C("`={{ $json.tags }}`",                                    \
					 OP("array", "contains") ",`rightType`:`any`",             \
					 "`" value "`") "]},`output`:`" output "`}"
#define RULES "`rules`:[" RULE("a", "has a") "," RULE("b", "has b") "]"

static const struct row switch_rows[] = {
	{ "the first that holds",
	  "{" RULES "}",
	  "[{`tags`:[`b`,`a`]},{`tags`:[`b`]},{`tags`:[]}]",
	  TY_OK,
	  { { "has a", "[{`tags`:[`b`,`a`]}]" }, { "has b", "[{`tags`:[`b`]}]" } } },
	{ "each that holds",
	  "{" RULES ",`all_matches`:true,`fallback`:`extra`}",
	  "[{`tags`:[`b`,`a`]},{`tags`:[]}]",
	  TY_OK,
	  { { "has a", "[{`tags`:[`b`,`a`]}]" },
	    { "has b", "[{`tags`:[`b`,`a`]}]" },
	    { "fallback", "[{`tags`:[]}]" } } },
	{ "a chosen output for the rest",
	  "{" RULES ",`fallback`:`output`,`fallback_output`:`has b`}",
	  "[{`tags`:[`a`]},{`tags`:[]}]",
	  TY_OK,
	  { { "has a", "[{`tags`:[`a`]}]" }, { "has b", "[{`tags`:[]}]" } } },
	{ "an output that is none",
	  "{" RULES ",`fallback`:`output`,`fallback_output`:`has c`}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "no rule's output" },
	{ "an output that is not said",
	  "{" RULES ",`fallback`:`output`}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "fallback_output" },
};

START_TEST(switch_takes_typed_conditions)
{
	struct row row = switch_rows[_i];

	row.params = quoted(row.params);
	row.items = quoted(row.items);
	for (size_t i = 0; i < TY_ARRAY_COUNT(row.outs) && row.outs[i][0] != NULL; i++)
		row.outs[i][1] = quoted(row.outs[i][1]);
	row_run(&ty_node_core_switch, &row);
}
END_TEST

START_TEST(a_loop_goes_on_while_a_typed_condition_holds)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r = fake_ops_run(
		f,
		FLOW(LOOP("L",
			  "`mode`:`while`,`condition`:{`conditions`:[" C(
				  "`={{ $json.n }}`", OP("number", "lt"),
				  "3") "]}") "," NODE("s", "core.set",
						      "`assignments`:[{`name`:`n`,`type`:`number`,`"
						      "value`:`={{ $json.n + 1 }}`}]"),
		     EDGE("start", "L") "," BODY("L", "s") "," EDGE("s", "L")),
		ONE_ITEM, NULL, &fx.err);

	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	ck_assert_ptr_nonnull(strstr(done_text(r, "L"), "\"n\":3"));
}
END_TEST

/* Where expressions that throw are undefined, so is a side. */
static const struct {
	const char *condition;
	const char *port;
} lenient_rows[] = {
	{ C("`={{ $json.a.b.c() }}`", OP("string", "notExists"), "0"), "true" },
	{ C("`={{ $json.a.b > 1 }}`", OP("boolean", "exists"), "0"), "false" },
	{ C("`={{ $json.a.b.c() }}`", OP("dateTime", "before"), "`2024-01-01`"), "false" },
	{ C("`={{ $json.a.b.c() }}`", OP("string", "regex"), "`^$`"), "true" },
	{ C("`b`", OP("string", "regex"), "`={{ $json.a.b.c() }}`"), "true" },
	{ C("`={{ $json.n }}`", OP("string", "regex"), "`={{ $json.a.b.c() }}`"), NULL },
};

START_TEST(a_side_that_throws_may_be_undefined)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(
		f,
		ty_arena_printf(fx.arena,
				FLOW_WITH(NODE("c", "core.if", "`condition`:{`conditions`:[%s]}"),
					  EDGE("start", "c"), "`expression_errors`:`undefined`"),
				lenient_rows[_i].condition),
		ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	if (lenient_rows[_i].port == NULL) {
		/* A number where text is expected is an error all the same. */
		ck_assert_str_eq(error_str(r, "code"), "invalid");
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_msg(strstr(outputs_text(r, "c"),
			     ty_arena_printf(fx.arena, "\"%s\":[{", lenient_rows[_i].port)) != NULL,
		      "%s", outputs_text(r, "c"));
}
END_TEST

/* The sandbox is not believed. */
static const char *const odd[] = {
	"[]",		"[7]",
	"[`json`]",	"[`number`,`5`]",
	"[`number`,5]", "[`date`,`5`,`x`,true]",
	"[`date`,5]",	"`json`",
	"[`other`,1]",	"null",
};

static json_t *
odd_answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_incref(f->owner);
}

START_TEST(an_answer_that_is_none_is_not_believed)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->on_eval = odd_answer;
	f->owner = fake_json(
		fx.arena, ty_arena_printf(fx.arena, "{`ok`:true,`values`:[[{`v`:%s}]]}", odd[_i]));
	r = fake_ops_run(
		f,
		FLOW(NODE("c", "core.if",
			  "`condition`:{`conditions`:[" C("`={{ $json.n.toFixed() }}`",
							  OP("string", "equals"), "`5`") "]}"),
		     EDGE("start", "c")),
		ONE_ITEM, NULL, &fx.err);
	ck_assert_ptr_nonnull(r);
	ck_assert_msg(strcmp(error_str(r, "code"), "upstream") == 0, "%s: %s", odd[_i],
		      error_str(r, "message"));
}
END_TEST

TEST_MAIN("nodes.condition", {
	TEST_LOOP(a_condition_sends_an_item, rows);
	TEST(what_needs_no_script_asks_no_sandbox);
	TEST(all_items_and_sides_go_over_in_one_message);
	TEST(a_date_without_an_offset_is_one_of_the_workflows_zone);
	TEST(one_item_of_a_wrong_type_is_that_items_failure);
	TEST_LOOP(switch_takes_typed_conditions, switch_rows);
	TEST(a_loop_goes_on_while_a_typed_condition_holds);
	TEST_LOOP(a_side_that_throws_may_be_undefined, lenient_rows);
	TEST_LOOP(an_answer_that_is_none_is_not_believed, odd);
})
