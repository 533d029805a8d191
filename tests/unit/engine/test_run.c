/*
 * test_run.c -- whole workflows: which steps, in which order, with what in them.
 */
#include "unit/engine/flow.h"

/* ---- order and shape ---- */

static const struct {
	const char *workflow, *items, *steps;
} shape_rows[] = {
	{ FLOW(NODE("a", "core.noop", ""), EDGE("start", "a")), ONE_ITEM, "start ok, a ok" },
	/* Document order breaks ties: b is before a in the document. */
	{ FLOW(NODE("b", "core.noop", "") "," NODE("a", "core.noop", ""),
	       EDGE("start", "a") "," EDGE("start", "b")),
	  ONE_ITEM, "start ok, b ok, a ok" },
	/* A node comes after all that leads to it, wherever it stands. */
	{ FLOW(NODE("join", "core.merge", "") "," NODE("a", "core.noop",
						       "") "," NODE("b", "core.noop", ""),
	       EDGE("start", "a") "," EDGE("start",
					   "b") ","
						"{`from`:`a`,`to`:`join`,`input`:`input1`},{`from`:"
						"`b`,`to`:`join`,`input`:`input2`}"),
	  ONE_ITEM, "start ok, a ok, b ok, join ok" },
	/* Nothing to do: skipped, and so is what follows. */
	{ FLOW(NODE("if", "core.if", "`condition`:true") "," NODE("yes", "core.noop", "") "," NODE(
		       "no", "core.noop", "") "," NODE("after", "core.noop", ""),
	       EDGE("start", "if") "," EDGE_OUT("if", "true", "yes") "," EDGE_OUT(
		       "if", "false", "no") "," EDGE("no", "after")),
	  ONE_ITEM, "start ok, if ok, yes ok, no skipped, after skipped" },
	{ FLOW(NODE("a", "core.noop", ""), EDGE("start", "a")), "[]", "start ok, a skipped" },
	/* What the trigger does not reach is no step. */
	{ FLOW(NODE("a", "core.noop", "") "," NODE("island", "core.noop", ""), EDGE("start", "a")),
	  ONE_ITEM, "start ok, a ok" },
	{ FLOW(NODE_WITH("off", "core.stop_error", "`message`:`x`",
			 ",`disabled`:true") "," NODE_WITH("gone", "no.such", "",
							   ",`disabled`:true"),
	       EDGE("start", "off") "," EDGE("start", "gone")),
	  ONE_ITEM, "start ok, off ok, gone ok" },
};

START_TEST(steps_run_in_stable_topological_order)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r =
		fake_ops_run(f, shape_rows[_i].workflow, shape_rows[_i].items, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(steps_text(r), shape_rows[_i].steps);
	ck_assert_uint_eq(f->finished, 1);
}
END_TEST

START_TEST(a_step_is_recorded_with_counts_timings_and_lineage)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const json_t *step;

	f->tick_ms = 5;
	r = fake_ops_run(
		f,
		FLOW(NODE("if", "core.if", "`condition`:`={{ $json.big }}`"), EDGE("start", "if")),
		"[" ITEM("{`big`:false}") "," ITEM("{`big`:true}") "]", NULL, &fx.err);
	step = fake_step_record(r, "if");
	ck_assert_str_eq(outputs_text(r, "if"), quoted("{`false`:[{`from`:0,`json`:{`big`:false}}],"
						       "`true`:[{`from`:1,`json`:{`big`:true}}]}"));
	ck_assert_int_eq(ty_json_int(step, "items_in", -1), 2);
	ck_assert_int_eq(ty_json_int(step, "items_out", -1), 2);
	ck_assert_int_eq(ty_json_int(step, "version", -1), 1);
	ck_assert_str_eq(ty_json_str(step, "type", ""), "core.if");
	ck_assert_int_gt(ty_json_int(step, "started_ms", -1), 0);
	ck_assert_int_gt(ty_json_int(step, "duration_ms", -1), 0);
	ck_assert_uint_eq(r->step_count, 2);
	ck_assert_uint_eq(r->item_count, 4);
	ck_assert_uint_eq(json_array_size(r->data), 2);
	ck_assert_int_gt(r->finished_at_ms, r->started_at_ms);
}
END_TEST

START_TEST(the_digest_is_over_what_happened_not_when)
{
	const char *flow =
		FLOW(NODE("s", "core.set", "`assignments`:[{`name`:`t`,`value`:`={{ $json.n }}`}]"),
		     EDGE("start", "s"));
	struct fake_ops *f1 = fake_ops_new(fx.arena), *f2 = fake_ops_new(fx.arena),
			*f3 = fake_ops_new(fx.arena);
	const struct ty_run_result *r1, *r2, *r3;

	f2->now_ms += 86400000;
	f2->tick_ms = 17;
	r1 = fake_ops_run(f1, flow, ONE_ITEM, NULL, &fx.err);
	r2 = fake_ops_run(f2, flow, ONE_ITEM, NULL, &fx.err);
	r3 = fake_ops_run(f3, flow, THREE_ITEMS, NULL, &fx.err);
	ck_assert_uint_eq(strlen(r1->digest), TY_DIGEST_SIZE - 1);
	ck_assert(ty_digest_is_of(fx.arena, r1->steps, r1->digest));
	ck_assert(!ty_digest_is_of(fx.arena, r3->steps, r1->digest));
	ck_assert_str_eq(r1->digest, r2->digest);
	ck_assert_str_ne(r1->digest, r3->digest);
	/* The last step counts as much as the first. */
	r3 = fake_ops_run(f3,
			  FLOW(NODE("s", "core.set", "`assignments`:[{`name`:`t`,`value`:`x`}]"),
			       EDGE("start", "s")),
			  ONE_ITEM, NULL, &fx.err);
	ck_assert_str_ne(r1->digest, r3->digest);
}
END_TEST

/* ---- on_error ---- */

#define FAILING(on_error)                                                                          \
	FLOW(NODE_WITH("bad", "core.filter", "`condition`:`={{ $json.no }}`",                      \
		       ",`on_error`:`" on_error "`") "," NODE("next", "core.noop", ""),            \
	     EDGE("start", "bad") "," EDGE("bad", "next"))

START_TEST(on_error_stop_ends_the_run)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r = fake_ops_run(f, FAILING("stop"), ONE_ITEM, NULL, &fx.err);
	const json_t *trace = json_object_get(r->error, "trace");

	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(steps_text(r), "start ok, bad error");
	ck_assert_str_eq(error_str(r, "node"), "bad");
	ck_assert_str_eq(error_str(r, "code"), "invalid");
	ck_assert_int_eq(ty_json_int(r->error, "item", -1), 0);
	ck_assert_str_eq(json_string_value(json_array_get(trace, 0)), "engine: step 2 of the run");
	ck_assert_str_eq(json_string_value(json_array_get(trace, 1)),
			 "node: bad \"bad\" (core.filter)");
	ck_assert_str_eq(json_string_value(json_array_get(trace, 2)), "parameter: condition");
	ck_assert_str_eq(json_string_value(json_array_get(trace, 3)),
			 "expression: ={{ $json.no }}");
	ck_assert(json_equal(json_object_get(fake_step_record(r, "bad"), "error"), r->error));
	ck_assert_str_eq(outputs_text(r, "bad"), quoted("{`main`:[]}"));
}
END_TEST

START_TEST(on_error_continue_passes_the_input_on_with_the_error)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r =
		fake_ops_run(f, FAILING("continue"), THREE_ITEMS, NULL, &fx.err);
	const json_t *items, *error;

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_ptr_null(r->error);
	ck_assert_str_eq(steps_text(r), "start ok, bad error, next ok");
	items = json_object_get(json_object_get(fake_step_record(r, "bad"), "outputs"), "main");
	ck_assert_uint_eq(json_array_size(items), 3);
	error = json_object_get(json_object_get(json_array_get(items, 2), "json"), "error");
	ck_assert_str_eq(ty_json_str(error, "code", ""), "invalid");
	ck_assert_ptr_null(json_object_get(error, "trace"));
	ck_assert_int_eq(ty_json_int(json_array_get(items, 2), "from", -1), 2);
	ck_assert_uint_eq(json_array_size(r->data), 3);
}
END_TEST

START_TEST(on_error_output_sends_the_input_through_the_error_port)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r = fake_ops_run(
		f,
		FLOW(NODE_WITH("bad", "core.filter", "`condition`:`={{ $json.no }}`",
			       ",`on_error`:`error_output`") "," NODE("good", "core.noop",
								      "") "," NODE("oops",
										   "core.noop", ""),
		     EDGE("start", "bad") "," EDGE("bad", "good") "," EDGE_OUT("bad", "error",
									       "oops")),
		ONE_ITEM, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(steps_text(r), "start ok, bad error, good skipped, oops ok");
	ck_assert_ptr_nonnull(strstr(outputs_text(r, "oops"), "\"code\":\"invalid\""));
}
END_TEST

/* ---- what cannot begin ---- */

static const struct {
	const char *what, *workflow, *start;
	enum ty_code rc;
} refused_rows[] = {
	{ "a cycle",
	  FLOW(NODE("a", "core.noop", "") "," NODE("b", "core.noop", ""),
	       EDGE("start", "a") "," EDGE("a", "b") "," EDGE("b", "a")),
	  NULL, TY_E_INVALID },
	{ "an unknown node", FLOW(NODE("a", "no.such", ""), EDGE("start", "a")), NULL,
	  TY_E_INVALID },
	{ "a missing parameter", FLOW(NODE("a", "core.if", ""), EDGE("start", "a")), NULL,
	  TY_E_INVALID },
	{ "a broken expression",
	  FLOW(NODE("a", "core.if", "`condition`:`={{ $json.`"), EDGE("start", "a")), NULL,
	  TY_E_INVALID },
	{ "an expression about no node",
	  FLOW(NODE("a", "core.if", "`condition`:`={{ $('Nobody').item.json.x }}`"),
	       EDGE("start", "a")),
	  NULL, TY_E_INVALID },
	{ "a dangling edge", FLOW(NODE("a", "core.noop", ""), EDGE("start", "b")), NULL,
	  TY_E_INVALID },
	{ "no trigger", "{`nodes`:[" NODE("a", "core.noop", "") "]}", NULL, TY_E_INVALID },
	{ "two triggers and none named", FLOW(NODE("t", "core.manual", ""), ""), NULL,
	  TY_E_INVALID },
	{ "a start that is no node", FLOW(NODE("a", "core.noop", ""), ""), "nobody",
	  TY_E_NOT_FOUND },
	{ "a start that is no trigger", FLOW(NODE("a", "core.noop", ""), ""), "a", TY_E_INVALID },
};

static enum ty_code
run_begin_as(struct fake_ops *f, const char *workflow, const char *mode, const char *start,
	     const char *items)
{
	struct ty_run_spec spec = { .mode = mode,
				    .start_node = start,
				    .input = fake_json(fx.arena, items) };
	struct ty_run *run;

	if (fake_ops_plan(f, workflow, &spec.plan, &fx.err) != TY_OK)
		return fx.err.code;
	if (ty_run_new(fx.arena, &fake_engine_ops, f, &spec, &run, &fx.err) != TY_OK)
		return fx.err.code;
	ck_assert_ptr_null(ty_run_result(run));
	ty_run_start(run);
	ck_assert_ptr_nonnull(ty_run_result(run));
	ty_buf_add_str(&f->log, steps_text(ty_run_result(run)));
	ty_run_free(run);
	return TY_OK;
}

static enum ty_code
run_begin(struct fake_ops *f, const char *workflow, const char *start, const char *items)
{
	return run_begin_as(f, workflow, NULL, start, items);
}

START_TEST(what_makes_no_sense_is_refused_before_it_starts)
{
	ck_assert_code(run_begin(fake_ops_new(fx.arena), refused_rows[_i].workflow,
				 refused_rows[_i].start, ONE_ITEM),
		       refused_rows[_i].rc);
	ck_assert_str_ne(fx.err.msg, "");
}
END_TEST

START_TEST(input_that_is_no_list_of_items_is_refused)
{
	ck_assert_code(run_begin(fake_ops_new(fx.arena), FLOW(NODE("a", "core.noop", ""), ""), NULL,
				 "[{`n`:1}]"),
		       TY_E_INVALID);
}
END_TEST

START_TEST(of_two_triggers_the_one_named_starts)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	ck_assert_ok(run_begin(
		f,
		FLOW(NODE("t", "core.manual", "") "," NODE("a", "core.noop", ""), EDGE("t", "a")),
		"t", ONE_ITEM));
	ck_assert_str_eq(f->log.data, "finished\nt ok, a ok");
}
END_TEST

/* FLOW's own is the manual one. */
static const struct {
	const char *mode, *log;
} start_rows[] = {
	{ "manual", "start ok, a ok" }, { "api", "start ok, a ok" }, { "webhook", "h ok, a ok" },
	{ "schedule", "h ok, a ok" },	{ "replay", "h ok, a ok" },  { "called", "c ok, a ok" },
	{ "error", "e ok, a ok" },
};

START_TEST(a_start_that_names_no_trigger_begins_at_its_modes_own)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	ck_assert_ok(run_begin_as(
		f,
		FLOW(NODE("h", "core.webhook", "`path`:`p`,`verify`:`none`") "," NODE(
			     "c", "core.called", "") "," NODE("e", "core.error",
							      "") "," NODE("a", "core.noop", ""),
		     EDGE("start", "a") "," EDGE("h", "a") "," EDGE("c", "a") "," EDGE("e", "a")),
		start_rows[_i].mode, NULL, ONE_ITEM));
	ck_assert_str_eq(f->log.data,
			 ty_arena_printf(fx.arena, "finished\n%s", start_rows[_i].log));
}
END_TEST

START_TEST(what_a_hook_brought_along_as_binary_is_passed_on)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r =
		fake_ops_run(f, FLOW(NODE("a", "core.noop", ""), EDGE("start", "a")),
			     "[{`json`:{},`binary`:{`f`:{`id`:`x`}}}]", NULL, &fx.err);

	ck_assert_str_eq(outputs_text(r, "a"),
			 quoted("{`main`:[{`binary`:{`f`:{`id`:`x`}},`from`:0,`json`:{}}]}"));
}
END_TEST

START_TEST(a_version_that_is_not_here_falls_back_and_says_so)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r = fake_ops_run(
		f, FLOW(NODE_WITH("a", "core.noop", "", ",`version`:9"), EDGE("start", "a")),
		ONE_ITEM, NULL, &fx.err);
	const json_t *step = fake_step_record(r, "a");

	ck_assert_int_eq(ty_json_int(step, "version", 0), 1);
	ck_assert_str_eq(ty_json_str(step, "notice", ""),
			 "Version 9 is not here; version 1 was used.");
}
END_TEST

/* ---- several edges into one port ---- */

#define LETTER(id)	  NODE(id, "core.set", "`assignments`:[{`name`:`x`,`value`:`" id "`}]")
#define INTO(from, input) "{`from`:`" from "`,`to`:`m`,`input`:`" input "`}"

/* The list of "a" is shared by both ports: what is joined to one of them is not the other's. */
START_TEST(what_is_joined_to_one_port_is_not_the_others)
{
	const struct ty_run_result *r = fake_ops_run(
		fake_ops_new(fx.arena),
		FLOW(LETTER("a") "," LETTER("b") "," LETTER("c") "," NODE("m", "core.merge",
									  "`mode`:`append`"),
		     EDGE("start", "a") "," EDGE("start", "b") "," EDGE("start", "c") "," INTO(
			     "a",
			     "input1") "," INTO("b",
						"input1") "," INTO("a",
								   "input2") "," INTO("c",
										      "input2")),
		ONE_ITEM, NULL, &fx.err);
	const char *text = "";
	json_t *item;
	size_t i;

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	json_array_foreach(ty_json_arr(ty_json_obj(fake_step_record(r, "m"), "outputs"), "main"), i,
			   item) text =
		ty_arena_printf(fx.arena, "%s%s", text,
				ty_json_str(ty_json_obj(item, "json"), "x", "?"));
	ck_assert_str_eq(text, "abac");
}
END_TEST

/* ---- the first answer counts ---- */

START_TEST(of_two_responses_the_first_counts)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r =
		fake_ops_run(f,
			     FLOW(NODE("r1", "core.respond", "`status`:201") "," NODE(
					  "r2", "core.respond", "`status`:202"),
				  EDGE("start", "r1") "," EDGE("r1", "r2")),
			     ONE_ITEM, NULL, &fx.err);

	ck_assert_int_eq(ty_json_int(r->response, "status", 0), 201);
}
END_TEST

TEST_MAIN("engine.run", {
	TEST_LOOP(steps_run_in_stable_topological_order, shape_rows);
	TEST(a_step_is_recorded_with_counts_timings_and_lineage);
	TEST(the_digest_is_over_what_happened_not_when);
	TEST(on_error_stop_ends_the_run);
	TEST(on_error_continue_passes_the_input_on_with_the_error);
	TEST(on_error_output_sends_the_input_through_the_error_port);
	TEST_LOOP(what_makes_no_sense_is_refused_before_it_starts, refused_rows);
	TEST(input_that_is_no_list_of_items_is_refused);
	TEST(of_two_triggers_the_one_named_starts);
	TEST_LOOP(a_start_that_names_no_trigger_begins_at_its_modes_own, start_rows);
	TEST(what_a_hook_brought_along_as_binary_is_passed_on);
	TEST(a_version_that_is_not_here_falls_back_and_says_so);
	TEST(what_is_joined_to_one_port_is_not_the_others);
	TEST(of_two_responses_the_first_counts);
})
