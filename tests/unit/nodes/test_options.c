/*
 * test_options.c -- the options that any node has, held against each kind: once, always_output,
 * disabled, and on_error error_output item by item; and a merge behind branches that were not taken.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"
#include "node/registry.h"
#include "nodes/nodes.h"

/* Each kind of node but triggers, with parameters that take { "n", "t" } of MIXED: the second item's
 * "t" is what the node cannot do. */
static const struct kind {
	const char *type, *params;
	const char *
		fails; /* items by the ports "main or the first" and "error"; NULL = it cannot fail */
} kinds[] = {
	{ "core.aggregate", "`mode`:`items`", NULL },
	{ "core.code",
	  "`mode`:`each`,`code`:`if ($json.t) throw new Error('no'); return { json: { n: $json.n } "
	  "}`",
	  "1 3 / 2" },
	{ "core.code", "`code`:`throw new Error('no')`", "/ 1 2 3" },
	{ "core.compare_datasets", "`keys`:[{`field_a`:`n`}]", NULL },
	{ "core.filter", "`condition`:`={{ $json.t ? $json.t : true }}`", "1 3 / 2" },
	{ "core.if", "`condition`:`={{ $json.t ? $json.t : true }}`", "1 3 / 2" },
	{ "core.limit", "`max_items`:`={{ $json.t ? 1 : 'no' }}`", "/ 1 2 3" },
	{ "core.loop", "`batch_size`:`={{ $json.t ? 1 : 'no' }}`", "/ 1 2 3" },
	{ "core.merge", "", NULL },
	{ "core.noop", "", NULL },
	{ "core.remove_duplicates", "", NULL },
	{ "core.rename_keys", "`fields`:[{`from`:`t`,`to`:`n`}]", "1 3 / 2" },
	{ "core.respond", "`status`:`={{ $json.t ? 200 : 'no' }}`", "/ 1 2 3" },
	{ "core.set",
	  "`include_other`:true,`assignments`:[{`name`:`x`,`type`:`number`,`value`:`={{ $json.t ? "
	  "$json.t : 1 }}`}]",
	  "1 3 / 2" },
	{ "core.sort", "`fields`:[{`field`:`n`}]", NULL },
	{ "core.split_out", "`field`:`t`,`include_other`:true", "2 / 1 3" },
	{ "core.stop_error", "`message`:`no`", "/ 1 2 3" },
	{ "core.summarize", "`fields`:[{`operation`:`items`}]", NULL },
	{ "core.switch", "`rules`:[{`condition`:`={{ $json.t ? $json.t : true }}`}]", "1 3 / 2" },
	{ "core.wait", "`amount`:`={{ $json.t ? 1 : -1 }}`,`unit`:`seconds`", "/ 1 2 3" },
	{ "core.workflow.call", "`workflow`:`0198a1b2-0000-7000-8000-000000000001`,`mode`:`each`",
	  "1 3 / 2" },
	{ "core.workflow.call", "`workflow`:`0198a1b2-0000-7000-8000-000000000001`", "/ 1 2 3" },
	{ "data.batches", "", "/ 1 2 3" },
	{ "data.compress", "", "/ 1 2 3" },
	{ "data.crypto", "`value`:`={{ $json.t ? {} : 'x' }}`", "1 3 / 2" },
	{ "data.csv", "`value`:`={{ $json.t ? {} : 'n\\\\nx' }}`", "-1 -1 / 2" },
	{ "data.csv", "`action`:`write`", NULL },
	{ "data.date_time", "`value`:`={{ $json.t ? $json.t : 0 }}`", "1 3 / 2" },
	{ "data.encode", "`action`:`decode`,`value`:`={{ $json.t ? '*' : 'eA==' }}`", "1 3 / 2" },
	{ "data.file", "`action`:`write`,`value`:`={{ $json.t ? {} : 'x' }}`", "1 3 / 2" },
	{ "data.html", "`field`:`t`,`picks`:[{`name`:`x`,`selector`:`b`}]", "2 / 1 3" },
	{ "data.ical", "`source`:`text`,`value`:`={{ $json.t ? {} : 'x' }}`", "/ 1 2 3" },
	{ "data.jq", "`filter`:`if .t then error(.t) else . end`", "1 3 / 2" },
	{ "data.json", "`value`:`={{ $json.t ? $json.t : '1' }}`", "1 3 / 2" },
	{ "data.jwt", "`action`:`decode`,`token`:`t`", "/ 1 2 3" },
	{ "data.markdown", "`field`:`t`", "2 / 1 3" },
	{ "data.pdf", "", "/ 1 2 3" },
	{ "data.regex", "`field`:`t`,`pattern`:`x`", "2 / 1 3" },
	{ "data.state", "`action`:`put`,`key`:`={{ $json.t ? 'k' : '' }}`,`value`:`x`", "/ 1 2 3" },
	{ "data.text", "`value`:`={{ $json.t ? {} : 'x' }}`", "1 3 / 2" },
	{ "data.xml", "`field`:`t`", "/ 1 2 3" },
	{ "data.totp", "`action`:`check`,`field`:`t`,`key`:`0198a1b2-0000-7000-8000-000000000001`",
	  "/ 1 2 3" },
	{ "data.xlsx", "", "/ 1 2 3" },
	{ "data.xml", "`action`:`write`,`value`:`={{ $json.t ? null : $json }}`", "1 3 / 2" },
	{ "http.request", "`url`:`=https://x.test/{{ $json.t ? 'no' : $json.n }}`", "1 3 / 2" },
};

#define MIXED "[" ITEM("{`n`:1}") "," ITEM("{`n`:2,`t`:`no`}") "," ITEM("{`n`:3}") "]"

/* A called workflow gives its items back, and fails of one with a "t". */
static json_t *
no_call(const json_t *items, struct ty_err *err)
{
	for (size_t i = 0; i < json_array_size(items); i++)
		if (json_object_get(json_object_get(json_array_get(items, i), "json"), "t") !=
		    NULL) {
			ty_err_set(err, TY_E_INVALID, "no");
			return NULL;
		}
	return json_pack("{s:O}", "items", items);
}

static json_t *
no_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const json_t *items = json_object_get(request, "items");
	const char *url = ty_json_str(request, "url", " ");
	bool is_no = strstr(url, "/no") != NULL;
	int n = is_no ? 2 : url[strlen(url) - 1] - '0';

	if (items != NULL)
		return no_call(items, err);

	return json_pack("{s:i, s:{s:s}, s:{s:i}}", "status", is_no ? 404 : 200, "headers",
			 "content-type", "application/json", "body", "n", n);
}

static const struct ty_run_result *
run(const char *flow, const char *items)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_plan *plan;

	fake_ops_use_sandbox(f);
	f->on_call = no_http;
	ck_assert_msg(fake_ops_plan(f, flow, &plan, &fx.err) == TY_OK, "%s", fx.err.msg);
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, items), NULL, &fx.err));
	for (int i = 0; i < 10 && ty_run_result(f->run) == NULL; i++)
		fake_ops_advance(f, f->wake_ms - f->now_ms);
	ck_assert_ptr_nonnull(ty_run_result(f->run));
	return ty_run_result(f->run);
}

/* The inputs of a kind of node that has two. */
static const struct {
	const char *type, *first, *second;
} pairs[] = {
	{ "core.merge", "input1", "input2" },
	{ "core.compare_datasets", "a", "b" },
};

static bool
has_two_inputs(const struct kind *kind)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(pairs); i++)
		if (strcmp(kind->type, pairs[i].type) == 0)
			return true;
	return false;
}

/* start -> x; to both inputs where it has two. */
static const char *
edges_of(const struct kind *kind)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(pairs); i++)
		if (strcmp(kind->type, pairs[i].type) == 0)
			return ty_arena_printf(fx.arena,
					       "{`from`:`start`,`to`:`x`,`input`:`%s`},"
					       "{`from`:`start`,`to`:`x`,`input`:`%s`}",
					       pairs[i].first, pairs[i].second);
	return EDGE("start", "x");
}

static const char *
flow_of(const struct kind *kind, const char *options)
{
	return ty_arena_printf(fx.arena, FLOW(NODE_WITH("x", "%s", "%s", "%s"), "%s"), kind->type,
			       kind->params, options, edges_of(kind));
}

static const json_t *
port_of(const json_t *step, const char *name)
{
	const json_t *outputs = json_object_get(step, "outputs");

	return name != NULL ? json_object_get(outputs, name)
			    : json_object_iter_value(json_object_iter((json_t *)outputs));
}

/* "1 3": the n of the items. */
static const char *
numbers(const json_t *items)
{
	const char *text = "";

	for (size_t i = 0; i < json_array_size(items); i++)
		text = ty_arena_printf(
			fx.arena, "%s%s%d", text, i > 0 ? " " : "",
			(int)ty_json_int(json_object_get(json_array_get(items, i), "json"), "n",
					 -1));
	return text;
}

START_TEST(every_kind_of_node_is_here)
{
	struct ty_registry *registry;

	ck_assert_ok(ty_nodes_load(fx.arena, &registry, &fx.err));
	for (size_t i = 0; i < ty_registry_count(registry); i++) {
		const struct ty_node_def *def = ty_registry_at(registry, i);
		bool is_here = ty_node_is_trigger(def);

		for (size_t k = 0; k < TY_ARRAY_COUNT(kinds); k++)
			is_here = is_here || strcmp(kinds[k].type, def->type) == 0;
		ck_assert_msg(is_here, "%s has no row", def->type);
	}
}
END_TEST

START_TEST(once_gives_a_node_the_first_item_only)
{
	const struct ty_run_result *r =
		run(flow_of(&kinds[_i], ",`once`:true,`on_error`:`continue`"), THREE_ITEMS);
	const json_t *step = fake_step_record(r, "x");

	ck_assert_int_eq(ty_json_int(step, "items_in", -1), has_two_inputs(&kinds[_i]) ? 2 : 1);
	ck_assert_ptr_null(strstr(numbers(port_of(step, NULL)), "2"));
	ck_assert_ptr_null(strstr(numbers(port_of(step, NULL)), "3"));
}
END_TEST

START_TEST(a_disabled_node_passes_its_first_input_to_its_first_output)
{
	const struct ty_run_result *r =
		run(flow_of(&kinds[_i], ",`disabled`:true,`once`:true"), THREE_ITEMS);
	const json_t *step = fake_step_record(r, "x");

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(ty_json_str(step, "status", ""), "ok");
	if (strcmp(kinds[_i].type, "core.stop_error") != 0) /* it has no output */
		ck_assert_str_eq(numbers(port_of(step, NULL)), "1 2 3");
}
END_TEST

/* Where on_error is error_output, what fails for one item leaves by "error", the others go on. */
START_TEST(error_output_takes_the_items_that_failed)
{
	const char *options = ",`on_error`:`error_output`", *text;
	const struct ty_run_result *r;
	const json_t *step;

	if (kinds[_i].fails == NULL)
		return;
	r = run(flow_of(&kinds[_i], options), MIXED);
	step = fake_step_record(r, "x");
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	text = strcmp(kinds[_i].type, "core.stop_error") != 0 ? numbers(port_of(step, NULL)) : "";
	text = ty_arena_printf(fx.arena, "%s%s/ %s", text, text[0] != '\0' ? " " : "",
			       numbers(port_of(step, "error")));
	ck_assert_str_eq(text, kinds[_i].fails);
	/* With the input's fields, and what went wrong. */
	step = json_object_get(json_array_get(port_of(step, "error"), 0), "json");
	ck_assert_ptr_nonnull(json_object_get(step, "error"));
	ck_assert_ptr_nonnull(json_object_get(step, "n"));
}
END_TEST

/* A node that gives nothing gives one empty item, by its first output.  (A loop: engine/test_loop.c.) */
static const struct kind givers[] = {
	{ "core.code", "`code`:`return []`", NULL },
	{ "core.filter", "`condition`:false", NULL },
	{ "core.merge", "`mode`:`by_position`,`join`:`unpaired`", NULL },
	{ "core.switch", "`rules`:[{`condition`:false}]", NULL },
	{ "data.jq", "`filter`:`empty`", NULL },
};

START_TEST(always_output_gives_one_empty_item_for_none)
{
	const struct ty_run_result *r = run(flow_of(&givers[_i], ""), THREE_ITEMS);

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_uint_eq(json_array_size(port_of(fake_step_record(r, "x"), NULL)), 0);
	r = run(flow_of(&givers[_i], ",`always_output`:true"), THREE_ITEMS);
	ck_assert_str_eq(
		ty_json_dump_canonical(fx.arena, port_of(fake_step_record(r, "x"), NULL), NULL),
		"[{\"json\":{}}]");
}
END_TEST

/* An If that sends its items one way is one that gave something. */
START_TEST(always_output_looks_at_all_outputs)
{
	const struct kind branch = { "core.if", "`condition`:false", NULL };
	const json_t *step =
		fake_step_record(run(flow_of(&branch, ",`always_output`:true"), THREE_ITEMS), "x");

	ck_assert_uint_eq(json_array_size(port_of(step, "true")), 0);
	ck_assert_uint_eq(json_array_size(port_of(step, "false")), 3);
}
END_TEST

/* ---- a merge behind branches that were not taken ---- */

#define TO(from, out, port) "{`from`:`" from "`,`output`:`" out "`,`to`:`m`,`input`:`" port "`}"
#define IF(id, condition)   NODE(id, "core.if", "`condition`:" condition)
#define PASS(id)	    NODE(id, "core.noop", "")

static const struct {
	const char *mode, *out;
} merges[] = {
	{ "", "1 2 3" },
	{ "`mode`:`by_position`", "" },
	{ "`mode`:`by_position`,`join`:`left`", "" },
	{ "`mode`:`by_position`,`join`:`outer`", "1 2 3" },
	{ "`mode`:`by_key`,`key1`:`n`", "" },
	{ "`mode`:`by_key`,`key1`:`n`,`join`:`right`", "1 2 3" },
	{ "`mode`:`all_pairs`", "" },
	{ "`mode`:`choose`", "" },
	{ "`mode`:`choose`,`choose`:`input2`", "1 2 3" },
};

/* Input 1 lies behind three nodes that were skipped, input 2 behind two that ran; in a loop, too. */
static void
skipped_is_empty(int i, bool is_looped)
{
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(LOOP("L", "`batch_size`:3") "," NODE("m", "core.merge", "%s") "," IF(
			     "i",
			     "false") "," IF("j",
					     "false") "," PASS("a") "," PASS("b") "," PASS("c"),
		     EDGE_OUT("i", "true", "j") "," EDGE_OUT("j", "true", "a") "," EDGE(
			     "a", "b") "," TO("b", "main",
					      "input1") "," EDGE_OUT("i", "false",
								     "c") "," TO("c", "main",
										 "input2") ",%s"),
		merges[i].mode,
		is_looped ? EDGE("start", "L") "," BODY("L", "i") "," EDGE("m", "L")
			  : EDGE("start", "i"));
	const struct ty_run_result *r;

	r = run(flow, THREE_ITEMS);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(numbers(r->data), merges[i].out);
	ck_assert_str_eq(ty_json_str(fake_step_record(r, "b"), "status", ""), "skipped");
}

START_TEST(an_input_that_was_skipped_is_empty_at_any_depth)
{
	skipped_is_empty(_i, false);
	skipped_is_empty(_i, true);
}
END_TEST

TEST_MAIN("nodes.options", {
	TEST(every_kind_of_node_is_here);
	TEST_LOOP(once_gives_a_node_the_first_item_only, kinds);
	TEST_LOOP(a_disabled_node_passes_its_first_input_to_its_first_output, kinds);
	TEST_LOOP(error_output_takes_the_items_that_failed, kinds);
	TEST_LOOP(always_output_gives_one_empty_item_for_none, givers);
	TEST(always_output_looks_at_all_outputs);
	TEST_LOOP(an_input_that_was_skipped_is_empty_at_any_depth, merges);
})
