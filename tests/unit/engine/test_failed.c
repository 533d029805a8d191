/*
 * test_failed.c -- what fails for one item is that item's alone: errors, order, lineage, take-over.
 */
#include "unit/engine/flow.h"

#define FOUR_ITEMS                                                                                 \
	"[" ITEM("{`n`:1}") "," ITEM("{`n`:2}") "," ITEM("{`n`:3}") "," ITEM("{`n`:4}") "]"

/* 500 for /3 with more than 2 KB of body, else { "n": n }. */
static json_t *
http_without_three(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *url = ty_json_str(request, "url", "");
	const char *n = strrchr(url, '/') + 1;

	(void)f;
	if (strcmp(n, "3") == 0 && strstr(url, "/down/") != NULL) {
		ty_err_set(err, TY_E_UPSTREAM, "no connection");
		return NULL;
	}
	if (strcmp(n, "3") == 0)
		return json_pack("{s:i, s:{}, s:{s:s, s:s}, s:s}", "status", 500, "headers", "body",
				 "error", "no such order 3", "more",
				 ty_arena_printf(fx.arena, "%03000d", 0), "url", url);
	return json_pack("{s:i, s:{}, s:{s:i}, s:s}", "status", 200, "headers", "body", "n",
			 atoi(n), "url", url);
}

static struct fake_ops *
ops_new(void)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->on_call = http_without_three;
	fake_ops_use_sandbox(f);
	return f;
}

/* "1:0 2:1 3!2 4:3": n of each item of a port, ':' or '!' where it has an error, its parent. */
static const char *
port_text(const struct ty_run_result *r, const char *node, const char *port)
{
	const json_t *items =
		json_object_get(json_object_get(fake_step_record(r, node), "outputs"), port);
	const char *text = "";
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		const json_t *json = json_object_get(item, "json");
		const json_t *error = json_object_get(json, "error");

		text = ty_arena_printf(fx.arena, "%s%s%lld%s%lld", text, i > 0 ? " " : "",
				       (long long)ty_json_int(json, "n", -1),
				       error != NULL ? "!" : ":",
				       (long long)ty_json_int(item, "from", -1));
		if (error != NULL)
			ck_assert_int_eq(ty_json_int(error, "item", -1),
					 ty_json_int(item, "from", -2));
	}
	return text;
}

static const char *
notice_text(const struct ty_run_result *r, const char *node, const char *code)
{
	const json_t *notices = json_object_get(fake_step_record(r, node), "notices"), *notice;
	size_t i;

	json_array_foreach((json_t *)notices, i,
			   notice) if (strcmp(ty_json_str(notice, "code", ""), code) ==
				       0) return ty_json_str(notice, "text", "");
	return "";
}

/* ---- each node that works item by item ---- */

#define HTTP_NODE  "`http.request`,`params`:{`url`:`=https://x.test/{{ $json.n }}`}"
#define EACH(code) "`core.code`,`params`:{`mode`:`each`,`code`:`" code "`}"
#define SET(type, value)                                                                           \
	"`core.set`,`params`:{`include_other`:true,`assignments`:[{`name`:`x`,`type`:`" type       \
	"`,`value`:`" value "`}]}"

static const struct {
	const char *what, *node, *main, *error, *kept, *message;
} node_rows[] = {
	{ "a call", HTTP_NODE, "1:0 2:1 4:3", "3!2", "1:0 2:1 3!2 4:3", "status 500" },
	{ "a call that reaches nobody",
	  "`http.request`,`params`:{`url`:`=https://x.test/down/{{ $json.n }}`}", "1:0 2:1 4:3",
	  "3!2", "1:0 2:1 3!2 4:3", "no connection" },
	{ "code", EACH("if ($json.n === 3) throw new Error('three'); return $json"), "1:0 2:1 4:3",
	  "3!2", "1:0 2:1 3!2 4:3", "three (line 1)" },
	{ "code that waits",
	  EACH("await null; if ($json.n === 3) throw new Error('three'); return $json"),
	  "1:0 2:1 4:3", "3!2", "1:0 2:1 3!2 4:3", "three (line 1)" },
	{ "code that returns no item", EACH("return $json.n === 3 ? 5 : $json"), "1:0 2:1 4:3",
	  "3!2", "1:0 2:1 3!2 4:3", "a number" },
	{ "a script", SET("json", "={{ $json.n === 3 ? nothing : [1].map(x => x) }}"),
	  "1:0 2:1 4:3", "3!2", "1:0 2:1 3!2 4:3", "ReferenceError" },
	{ "a formula", SET("json", "={{ $json.n === 3 ? $json.a.b : 1 }}"), "1:0 2:1 4:3", "3!2",
	  "1:0 2:1 3!2 4:3", "TypeError" },
	{ "a conversion", SET("number", "={{ $json.n === 3 ? 'abc' : $json.n }}"), "1:0 2:1 4:3",
	  "3!2", "1:0 2:1 3!2 4:3", "abc is no number" },
	{ "a parameter", "`core.filter`,`params`:{`condition`:`={{ $json.n === 3 ? 'x' : true }}`}",
	  "1:0 2:1 4:3", "3!2", "1:0 2:1 3!2 4:3", "true or false is expected" },
	{ "a URL",
	  "`http.request`,`params`:{`url`:`={{ $json.n === 3 ? 'no' : 'https://x.test/' + $json.n "
	  "}}`}",
	  "1:0 2:1 4:3", "3!2", "1:0 2:1 3!2 4:3", "url" },
	{ "the first and the last",
	  EACH("if ($json.n % 3 === 1) throw new Error('a'); return $json"), "2:1 3:2", "1!0 4!3",
	  "1!0 2:1 3:2 4!3", "a (line 1)" },
	{ "a rule",
	  "`core.switch`,`params`:{`rules`:[{`condition`:`={{ $json.n === 3 ? 'x' : true }}`,"
	  "`output`:`main`}]}",
	  "1:0 2:1 4:3", "3!2", "1:0 2:1 3!2 4:3", "true or false is expected" },
};

static const struct ty_run_result *
node_run(struct fake_ops *f, const char *node, const char *on_error)
{
	const char *flow = ty_arena_printf(fx.arena,
					   "{`nodes`:[{`id`:`start`,`type`:`core.manual`},{`id`:`x`"
					   ",`on_error`:`%s`,`type`:%s}],"
					   "`edges`:[{`from`:`start`,`to`:`x`}]}",
					   on_error, node);
	const struct ty_run_result *r = fake_ops_run(f, flow, FOUR_ITEMS, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	return r;
}

START_TEST(an_item_that_fails_leaves_through_the_error_port_alone)
{
	const struct ty_run_result *r = node_run(ops_new(), node_rows[_i].node, "error_output");
	const json_t *record = fake_step_record(r, "x");
	const json_t *item =
		json_array_get(json_object_get(json_object_get(record, "outputs"), "error"), 0);
	const char *message =
		ty_json_str(json_object_get(json_object_get(item, "json"), "error"), "message", "");

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(steps_text(r), "start ok, x ok");
	ck_assert_str_eq(port_text(r, "x", "main"), node_rows[_i].main);
	ck_assert_str_eq(port_text(r, "x", "error"), node_rows[_i].error);
	ck_assert_msg(strstr(message, node_rows[_i].message) != NULL, "%s", message);
	ck_assert_int_eq(ty_json_int(record, "failed", -1),
			 strlen(node_rows[_i].error) > 3 ? 2 : 1);
	ck_assert_ptr_nonnull(strstr(notice_text(r, "x", "items_failed"), "of 4 items failed"));
	ck_assert_int_eq(ty_json_int(record, "items_out", -1), 4);
}
END_TEST

START_TEST(with_continue_an_item_that_fails_stands_in_its_place)
{
	const struct ty_run_result *r = node_run(ops_new(), node_rows[_i].node, "continue");

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(port_text(r, "x", "main"), node_rows[_i].kept);
	ck_assert_uint_eq(json_array_size(r->data), 4);
}
END_TEST

START_TEST(with_stop_the_step_fails_at_the_first_item_that_does)
{
	const struct ty_run_result *r = node_run(ops_new(), node_rows[_i].node, "stop");

	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_int_eq(ty_json_int(r->error, "item", -1), node_rows[_i].error[0] - '1');
	ck_assert_str_eq(port_text(r, "x", "main"), "");
	ck_assert_ptr_null(json_object_get(fake_step_record(r, "x"), "failed"));
}
END_TEST

START_TEST(every_call_goes_out_although_one_fails)
{
	struct fake_ops *f = ops_new();

	node_run(f, HTTP_NODE, _i == 0 ? "continue" : "error_output");
	ck_assert_uint_eq(f->calls, 4);
	ck_assert_uint_eq(f->intents, 4);
	ck_assert_uint_eq(f->answers, 4);
}
END_TEST

START_TEST(a_failed_answer_is_told_by_the_step_and_by_the_item)
{
	const struct ty_run_result *r = node_run(ops_new(), HTTP_NODE, "error_output");
	const json_t *item = json_array_get(
		json_object_get(json_object_get(fake_step_record(r, "x"), "outputs"), "error"), 0);
	const json_t *errors[] = { json_object_get(json_object_get(item, "json"), "error"), NULL };

	errors[1] = node_run(ops_new(), HTTP_NODE, "stop")->error;
	for (size_t i = 0; i < TY_ARRAY_COUNT(errors); i++) {
		ck_assert_int_eq(ty_json_int(errors[i], "status", 0), 500);
		ck_assert_ptr_nonnull(
			strstr(ty_json_str(errors[i], "body", ""), "no such order 3"));
		ck_assert_uint_eq(strlen(ty_json_str(errors[i], "body", "")), 2048);
	}
	ck_assert_ptr_null(json_object_get(errors[0], "trace"));
	ck_assert_ptr_nonnull(json_object_get(errors[1], "trace"));
}
END_TEST

START_TEST(a_step_of_which_no_item_went_well_has_failed)
{
	const struct ty_run_result *r = node_run(ops_new(), SET("number", "={{ 'abc' }}"),
						 _i == 0 ? "continue" : "error_output");

	ck_assert_str_eq(steps_text(r), "start ok, x error");
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(port_text(r, "x", _i == 0 ? "main" : "error"), "1!0 2!1 3!2 4!3");
	ck_assert_int_eq(
		ty_json_int(json_object_get(fake_step_record(r, "x"), "error"), "item", -1), 0);
}
END_TEST

/* What is the same for all items is evaluated once, and fails for each. */
START_TEST(a_parameter_of_all_items_fails_for_each)
{
	const struct ty_run_result *r = node_run(
		ops_new(),
		"`core.filter`,`params`:{`condition`:`={{ [$workflow.id].map(x => x.y.z) }}`}",
		"continue");

	ck_assert_str_eq(port_text(r, "x", "main"), "1!0 2!1 3!2 4!3");
}
END_TEST

/* The list of item 3 has an element too deep to be kept: what came before it is taken back. */
static json_t *
http_deep(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *n = strrchr(ty_json_str(request, "url", ""), '/') + 1;
	json_t *deep = json_object(), *list = json_array();

	(void)f;
	(void)err;
	for (int i = 0; i < 200 && strcmp(n, "3") == 0; i++)
		deep = json_pack("{s:o}", "d", deep);
	json_array_append_new(list, json_pack("{s:i}", "n", atoi(n)));
	json_array_append_new(list, deep);
	return json_pack("{s:i, s:{}, s:o, s:s}", "status", 200, "headers", "body", list, "url",
			 "u");
}

START_TEST(what_was_emitted_for_an_item_before_it_failed_is_taken_back)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->on_call = http_deep;
	r = node_run(f, HTTP_NODE, "error_output");
	ck_assert_str_eq(port_text(r, "x", "main"), "1:0 -1:0 2:1 -1:1 4:3 -1:3");
	ck_assert_str_eq(port_text(r, "x", "error"), "3!2");
	ck_assert_int_eq(ty_json_int(fake_step_record(r, "x"), "items_out", -1), 7);
	ck_assert_uint_eq(r->item_count, 4 + 7);
}
END_TEST

/* core.respond takes the parameters of the first item: what another has not is no failure. */
START_TEST(a_node_that_works_on_the_list_asks_for_the_first_items_parameters)
{
	static const char *const values[] = { "={{ $json.n < 3 ? $json.n : $json.a.b }}",
					      "={{ [$json.n < 3 ? $json.n : $json.a.b][0] }}" };
	const char *flow = ty_arena_printf(
		fx.arena, FLOW(NODE("r", "core.respond", "`body`:`%s`"), EDGE("start", "r")),
		values[_i]);
	const struct ty_run_result *r = fake_ops_run(ops_new(), flow, THREE_ITEMS, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_int_eq(ty_json_int(r->response, "body", -1), 1);
	ck_assert_uint_eq(json_array_size(r->data), 3);
}
END_TEST

/* ---- which calls had gone out ---- */

START_TEST(a_step_that_stops_tells_which_calls_had_gone_out)
{
	const struct ty_run_result *r = node_run(ops_new(), HTTP_NODE, "stop");

	ck_assert_str_eq(notice_text(r, "x", "calls_sent"),
			 "3 of 4 calls had gone out; items count from 0. Went well: items 0-1. "
			 "Failed: item 2. Not sent: item 3.");
}
END_TEST

START_TEST(the_error_does_not_depend_on_which_answer_came_first)
{
	static const size_t orders[][4] = { { 0, 0, 0, 0 }, { 3, 2, 1, 0 }, { 2, 0, 0, 0 } };
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->on_call = http_without_three;
	f->hold = FAKE_CALL;
	fake_ops_run(f,
		     FLOW(NODE("x", "http.request", "`url`:`=https://x.test/{{ $json.n }}`"),
			  EDGE("start", "x")),
		     FOUR_ITEMS, NULL, &fx.err);
	ck_assert_uint_eq(f->pending_count, 4);
	for (size_t i = 0; i < 4 && ty_run_result(f->run) == NULL; i++)
		fake_ops_release(f, orders[_i][i]);
	r = ty_run_result(f->run);
	ck_assert_int_eq(ty_json_int(r->error, "item", -1), 2);
	ck_assert_str_eq(notice_text(r, "x", "calls_sent"),
			 "4 of 4 calls had gone out; items count from 0. Went well: items 0-1. "
			 "Failed: item 2. Sent, but the answer was not used: item 3.");
}
END_TEST

/* ---- taking over ---- */

#define PARTLY(on_error, port)                                                                     \
	FLOW(NODE_WITH("h", "http.request",                                                        \
		       "`method`:`POST`,`repeat_in_doubt`:`always`,`url`:`=https://x.test/{{ "     \
		       "$json.n }}`",                                                              \
		       ",`on_error`:`" on_error                                                    \
		       "`") "," NODE("t", "http.request",                                          \
				     "`method`:`POST`,`repeat_in_doubt`:`always`,`url`:`=https://" \
				     "x.test/t/{{ $json.n "                                        \
				     "}}/9`"),                                                     \
	     EDGE("start", "h") "," EDGE_OUT("h", port, "t"))

static const char *const partly_flows[] = { PARTLY("error_output", "main"),
					    PARTLY("error_output", "error"),
					    PARTLY("continue", "main") };

START_TEST(a_run_with_failed_items_is_taken_over_at_any_place)
{
	struct fake_ops *first = ops_new();
	const struct ty_run_result *r =
		fake_ops_run(first, partly_flows[_i], FOUR_ITEMS, NULL, &fx.err);

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	for (size_t k = 0; k <= json_array_size(first->entries); k++) {
		struct fake_ops *f = ops_new();
		const struct ty_run_result *again =
			fake_ops_run(f, partly_flows[_i], FOUR_ITEMS,
				     fake_ops_journal(first, fx.arena, k), &fx.err);

		ck_assert_str_eq(again->digest, r->digest);
		ck_assert_uint_eq(json_object_size(f->effects), f->calls);
	}
}
END_TEST

/* As a release journaled it in which the step failed with its third item, and went on. */
START_TEST(a_run_of_a_release_in_which_steps_failed_whole_goes_on_in_that_way)
{
	const json_t *journal = fake_json(
		fx.arena,
		"[{`key`:`h/1/0`,`at_ms`:1,`answer`:{`value`:{`status`:200,`body`:{}}}},"
		"{`key`:`h/1/1`,`at_ms`:1,`answer`:{`value`:{`status`:200,`body`:{}}}},"
		"{`key`:`h/1/2`,`at_ms`:1,`answer`:{`value`:{`status`:500,`body`:{}}}},"
		"{`key`:`h/1/3`,`at_ms`:1,`answer`:null},"
		"{`key`:`t/1/0`,`at_ms`:1,`answer`:{`value`:{`status`:200,`body`:{`n`:100}}}}]");
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->digest_version = 3;
	r = fake_ops_run(f, partly_flows[1], FOUR_ITEMS, journal, &fx.err);
	ck_assert_str_eq(steps_text(r), "start ok, h error, t ok");
	ck_assert_uint_eq(json_array_size(json_object_get(
				  json_object_get(fake_step_record(r, "h"), "outputs"), "error")),
			  4);
	ck_assert_str_eq(port_text(r, "t", "main"), "100:0 9:1 9:2 9:3");
	ck_assert_uint_eq(f->calls, 3);
}
END_TEST

/* ---- lineage ---- */

#define MAPPED(code, value)                                                                        \
	FLOW(NODE("c", "core.code", "`code`:`" code "`") "," NODE(                                 \
		     "s", "core.set",                                                              \
		     "`assignments`:[{`name`:`n`,`type`:`json`,`value`:`" value "`}]"),            \
	     EDGE("start", "c") "," EDGE("c", "s"))
#define PLAIN  "={{ $('start').item.json.n }}"
#define SCRIPT "={{ [$('start').item.json.n].map(x => x)[0] }}"
#define LOST(type)                                                                                 \
	type "`start` this item comes from is not known, because `c` gave its items without "      \
	     "pairedItem"

static const struct {
	const char *code, *main, *error;
} pair_rows[] = {
	{ "return $input.all().map(i => ({ m: i.json.n * 10 }))", "1:0 2:1 3:2", NULL },
	{ "return $input.all().map(i => ({ json: { m: 1 } }))", "1:0 2:1 3:2", NULL },
	{ "return $input.all().reverse()", "3:0 2:1 1:2", NULL },
	{ "return $input.all().slice(1)", "2:0 3:1", NULL },
	{ "return [{ json: {}, pairedItem: 2 }, { json: {}, pairedItem: { item: 0 } }]", "3:0 1:1",
	  NULL },
	{ "return [{ json: {}, pairedItem: [1, 2] }]", "2:0", NULL },
	{ "return [{ json: {}, pairedItem: [{ item: 2 }] }]", "3:0", NULL },
	{ "return $input.all().map((i, k) => ({ json: {}, pairedItem: 2 - k }))", "3:0 2:1 1:2",
	  NULL },
	{ "return [{ m: 1 }, { m: 2 }]", NULL, LOST("which item of ") },
	{ "return $input.all().concat([{ json: {} }])", NULL, LOST("which item of ") },
};

START_TEST(equal_counts_pair_by_position_and_a_lost_pairing_is_an_error)
{
	const char *values[] = { PLAIN, SCRIPT };

	for (size_t v = 0; v < TY_ARRAY_COUNT(values); v++) {
		const char *flow = ty_arena_printf(fx.arena, MAPPED("%s", "%s"), pair_rows[_i].code,
						   values[v]);
		const struct ty_run_result *r =
			fake_ops_run(ops_new(), flow, THREE_ITEMS, NULL, &fx.err);

		ck_assert_msg(r != NULL, "%s", fx.err.msg);
		if (pair_rows[_i].error == NULL) {
			ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
			ck_assert_str_eq(port_text(r, "s", "main"), pair_rows[_i].main);
			continue;
		}
		ck_assert_int_eq(r->status, TY_STATUS_ERROR);
		ck_assert_str_eq(error_str(r, "node"), "s");
		ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "PairedItemError: "));
		ck_assert_msg(strstr(error_str(r, "message"), quoted(pair_rows[_i].error)) != NULL,
			      "%s", error_str(r, "message"));
		ck_assert_ptr_nonnull(strstr(error_str(r, "hint"), "pairedItem"));
	}
}
END_TEST

START_TEST(a_node_that_an_item_did_not_come_by_has_no_item_for_it)
{
	const char *values[] = { "={{ $('b').item.json.n }}",
				 "={{ [$('b').item.json.n].map(x => x)[0] }}" };

	for (size_t v = 0; v < TY_ARRAY_COUNT(values); v++) {
		const char *flow = ty_arena_printf(
			fx.arena,
			FLOW(NODE("a", "core.noop", "") "," NODE("b", "core.noop", "") "," NODE(
				     "s", "core.set", "`assignments`:[{`name`:`n`,`value`:`%s`}]"),
			     EDGE("start", "a") "," EDGE("start", "b") "," EDGE("a", "s") "," EDGE(
				     "b", "s")),
			values[v]);
		const struct ty_run_result *r =
			fake_ops_run(ops_new(), flow, ONE_ITEM, NULL, &fx.err);

		ck_assert_msg(r != NULL, "%s", fx.err.msg);
		ck_assert_int_eq(ty_json_int(r->error, "item", -1), 0);
		ck_assert_str_eq(
			error_str(r, "message"),
			"PairedItemError: no item of \"b\" belongs to this item, which did "
			"not come by that node");
	}
}
END_TEST

/* ---- nothing came ---- */

#define NOTHING(more)                                                                              \
	FLOW(NODE_WITH("f", "core.filter", "`condition`:false", more) "," NODE("n", "core.noop",   \
									       ""),                \
	     EDGE("start", "f") "," EDGE("f", "n"))

START_TEST(a_step_that_nothing_came_to_says_so)
{
	const struct ty_run_result *r =
		fake_ops_run(ops_new(), NOTHING(""), THREE_ITEMS, NULL, &fx.err);

	ck_assert_str_eq(steps_text(r), "start ok, f ok, n skipped");
	ck_assert_str_eq(
		notice_text(r, "n", "skipped_no_items"),
		"Skipped, because no item came from \"f\" (output main). To go on with one "
		"empty item, set always_output on that node.");
}
END_TEST

static const struct {
	const char *items, *out;
} empty_rows[] = {
	{ THREE_ITEMS, "{`main`:[{`json`:{}}]}" },
	{ ONE_ITEM, "{`main`:[{`from`:0,`json`:{}}]}" },
};

START_TEST(a_node_of_always_output_goes_on_with_one_empty_item)
{
	const struct ty_run_result *r = fake_ops_run(ops_new(), NOTHING(",`always_output`:true"),
						     empty_rows[_i].items, NULL, &fx.err);

	ck_assert_str_eq(steps_text(r), "start ok, f ok, n ok");
	ck_assert_str_eq(outputs_text(r, "f"), quoted(empty_rows[_i].out));
}
END_TEST

TEST_MAIN("engine.failed", {
	TEST_LOOP(an_item_that_fails_leaves_through_the_error_port_alone, node_rows);
	TEST_LOOP(with_continue_an_item_that_fails_stands_in_its_place, node_rows);
	TEST_LOOP(with_stop_the_step_fails_at_the_first_item_that_does, node_rows);
	tcase_add_loop_test(tc, every_call_goes_out_although_one_fails, 0, 2);
	TEST(a_failed_answer_is_told_by_the_step_and_by_the_item);
	tcase_add_loop_test(tc, a_step_of_which_no_item_went_well_has_failed, 0, 2);
	TEST(a_parameter_of_all_items_fails_for_each);
	TEST(what_was_emitted_for_an_item_before_it_failed_is_taken_back);
	tcase_add_loop_test(tc, a_node_that_works_on_the_list_asks_for_the_first_items_parameters,
			    0, 2);
	TEST(a_step_that_stops_tells_which_calls_had_gone_out);
	tcase_add_loop_test(tc, the_error_does_not_depend_on_which_answer_came_first, 0, 3);
	TEST_LOOP(a_run_with_failed_items_is_taken_over_at_any_place, partly_flows);
	TEST(a_run_of_a_release_in_which_steps_failed_whole_goes_on_in_that_way);
	TEST_LOOP(equal_counts_pair_by_position_and_a_lost_pairing_is_an_error, pair_rows);
	TEST(a_node_that_an_item_did_not_come_by_has_no_item_for_it);
	TEST(a_step_that_nothing_came_to_says_so);
	TEST_LOOP(a_node_of_always_output_goes_on_with_one_empty_item, empty_rows);
})
