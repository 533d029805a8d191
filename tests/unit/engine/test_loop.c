/*
 * test_loop.c -- iterations: what a body gets, what comes back, who sees what, and what it costs.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"
#include "base/limits.h"
#include "node/node.h"

#include <stdlib.h>

#define SET(id, name, value)                                                                       \
	NODE(id, "core.set",                                                                       \
	     "`include_other`:true,`assignments`:[{`name`:`" name                                  \
	     "`,`type`:`json`,`value`:`" value "`}]")

/* start -> L (batches of 'size'), whose body is a; done -> z. */
#define SIMPLE(size, a)                                                                            \
	FLOW(LOOP("L", "`batch_size`:" size) "," a "," NODE("z", "core.noop", ""),                 \
	     EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L") "," DONE("L", "z"))

/* Nothing comes back; each iteration makes a text of as many bytes as its item says. */
#define SWELLING                                                                                   \
	FLOW(LOOP("L", "") "," NODE("a", "test.swell", ""), EDGE("start", "L") "," BODY("L", "a"))

static const struct ty_run_result *
run(struct fake_ops *f, const char *flow, const char *items)
{
	const struct ty_run_result *r = fake_ops_run(f, flow, items, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_uint_eq(f->finished, 1);
	return r;
}

/* ---- what a body gets, and what comes back ---- */

static const struct {
	const char *size, *steps;
} batches[] = {
	{ "1", "start, L@L:0, a@L:0, L@L:1, a@L:1, L@L:2, a@L:2, L, z" },
	{ "2", "start, L@L:0, a@L:0, L@L:1, a@L:1, L, z" },
	{ "3", "start, L@L:0, a@L:0, L, z" },
	{ "10000", "start, L@L:0, a@L:0, L, z" },
};

START_TEST(a_body_runs_once_for_each_batch)
{
	const char *flow = ty_arena_printf(fx.arena, SIMPLE("%s", NODE("a", "core.noop", "")),
					   batches[_i].size);
	const struct ty_run_result *r = run(fake_ops_new(fx.arena), flow, THREE_ITEMS);

	ck_assert_str_eq(path_text(r->steps), batches[_i].steps);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_int_eq(json_array_size(r->data), 3);
	ck_assert(ty_digest_is_of(fx.arena, r->steps, r->digest));
}
END_TEST

START_TEST(done_gives_what_came_back_with_its_iteration_and_origin)
{
	const struct ty_run_result *r =
		run(fake_ops_new(fx.arena), SIMPLE("2", SET("a", "d", "={{ $json.n * 2 }}")),
		    THREE_ITEMS);

	ck_assert_str_eq(
		done_text(r, "L"),
		quoted("{`from`:{`input`:0,`item`:0,`iteration`:0},`json`:{`d`:2,`n`:1}}\n"
		       "{`from`:{`input`:1,`item`:1,`iteration`:0},`json`:{`d`:4,`n`:2}}\n"
		       "{`from`:{`input`:2,`item`:0,`iteration`:1},`json`:{`d`:6,`n`:3}}\n"));
}
END_TEST

START_TEST(an_iteration_of_which_nothing_comes_back_does_not_end_the_loop)
{
	const struct ty_run_result *r =
		run(fake_ops_new(fx.arena),
		    SIMPLE("1", NODE("a", "core.filter", "`condition`:`={{ $json.n > 1 }}`")),
		    THREE_ITEMS);

	ck_assert_int_eq(json_array_size(r->data), 2);
	ck_assert_str_eq(path_text(r->steps),
			 "start, L@L:0, a@L:0, L@L:1, a@L:1, L@L:2, a@L:2, L, z");
}
END_TEST

/* Branches that end in the body run in each iteration; one that gets nothing is skipped there. */
START_TEST(dead_ends_of_a_body_run_in_each_iteration)
{
	const struct ty_run_result *r = run(
		fake_ops_new(fx.arena),
		FLOW(LOOP("L", "") "," NODE(
			     "i", "core.if",
			     "`condition`:`={{ $json.n > 1 }}`") "," NODE("x", "core.noop",
									  "") "," NODE("y",
										       "core.noop",
										       ""),
		     EDGE("start", "L") "," BODY("L", "i") "," EDGE_OUT(
			     "i", "true", "x") "," EDGE_OUT("i", "false", "y") "," EDGE("y", "L")),
		"[" ITEM("{`n`:1}") "," ITEM("{`n`:2}") "]");

	ck_assert_str_eq(path_text(r->steps), "start, L@L:0, i@L:0, x@L:0 skipped, y@L:0, "
					      "L@L:1, i@L:1, x@L:1, y@L:1 skipped, L");
	ck_assert_int_eq(json_array_size(r->data), 1);
}
END_TEST

/* The settings of a node that a loop has too; the others are refused (graph/refusal.def). */
static const struct {
	const char *params, *settings, *steps;
} kept[] = {
	{ "", "", "start, L@L:0, a@L:0, L, z" },
	{ "", ",`always_output`:true", "start, L@L:0, a@L:0, L, z" },
	{ "`batch_size`:`={{ $json.n }}`", "", "start, L error" },
	{ "`batch_size`:`={{ $json.n }}`", ",`on_error`:`continue`", "start, L error, z" },
};

START_TEST(a_loop_keeps_always_output_and_on_error)
{
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(NODE_WITH("L", "core.loop", "%s",
			       "%s") "," NODE("a", "core.filter",
					      "`condition`:false") "," NODE("z", "core.noop", ""),
		     EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L") "," DONE("L", "z")),
		kept[_i].params, kept[_i].settings);

	ck_assert_str_eq(
		path_text(run(fake_ops_new(fx.arena), flow, "[" ITEM("{`n`:0}") "]")->steps),
		kept[_i].steps);
}
END_TEST

/* Nodes right behind "done" run with no items, those behind them are skipped; so is all behind a loop
 * that got nothing itself, or failed. */
static const struct {
	const char *keep, *settings, *steps;
} nothing[] = {
	{ "true", "", "start, f, L@L:0, a@L:0, L, c, m, x skipped, y" },
	{ "false", "", "start, f, L skipped, c skipped, m skipped, x skipped, y skipped" },
};

START_TEST(done_fires_with_nothing_where_nothing_came_back)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(NODE("f", "core.filter", "`condition`:%s") "," LOOP("L", "") "," NODE(
			     "a", "core.filter",
			     "`condition`:false") "," NODE("c", "core.code",
							   "`code`:`return [{ "
							   "json: { n: "
							   "$input.all().length } "
							   "}]`") "," SET("m", "m",
									  "={{ "
									  "$json."
									  "no.such "
									  "}}") "," NODE("x",
											 "core."
											 "noop",
											 "") "," NODE("y",
												      "core.noop",
												      ""),
		     EDGE("start", "f") "," EDGE("f", "L") "," BODY("L", "a") "," EDGE(
			     "a", "L") "," DONE("L",
						"c") "," DONE("L",
							      "m") "," EDGE("m",
									    "x") "," EDGE("c",
											  "y")),
		nothing[_i].keep);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = run(f, flow, ONE_ITEM);
	ck_assert_str_eq(path_text(r->steps), nothing[_i].steps);
	if (_i == 0)
		ck_assert_str_eq(outputs_text(r, "y"),
				 "{\"main\":[{\"from\":0,\"json\":{\"n\":0}}]}");
}
END_TEST

START_TEST(a_loop_that_gets_nothing_is_skipped_with_its_body)
{
	const struct ty_run_result *r = run(
		fake_ops_new(fx.arena),
		FLOW(NODE("f", "core.filter",
			  "`condition`:false") "," LOOP("L", "") "," NODE("a", "core.noop", ""),
		     EDGE("start", "f") "," EDGE("f", "L") "," BODY("L", "a") "," EDGE("a", "L")),
		ONE_ITEM);

	ck_assert_str_eq(path_text(r->steps), "start, f, L skipped");
}
END_TEST

START_TEST(a_disabled_loop_passes_its_items_to_done)
{
	const struct ty_run_result *r = run(
		fake_ops_new(fx.arena),
		FLOW(NODE_WITH("L", "core.loop", "", ",`disabled`:true") "," NODE(
			     "a", "core.noop", "") "," NODE("z", "core.noop", ""),
		     EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L") "," DONE("L", "z")),
		THREE_ITEMS);

	ck_assert_str_eq(path_text(r->steps), "start, L, z");
	ck_assert_int_eq(json_array_size(r->data), 3);
}
END_TEST

#define NESTED                                                                                     \
	FLOW(LOOP("O", "`batch_size`:2") "," LOOP("I", "") "," SET(                                \
		     "a", "o", "={{ $('O').all().length }}") "," NODE("z", "core.noop", ""),       \
	     EDGE("start", "O") "," BODY("O", "I") "," BODY("I", "a") "," EDGE("a", "I") "," DONE( \
		     "I", "O") "," DONE("O", "z"))

START_TEST(a_loop_in_a_loop_begins_anew_in_each_iteration)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = run(f, NESTED, THREE_ITEMS);
	ck_assert_str_eq(path_text(r->steps),
			 "start, O@O:0, I@O:0/I:0, a@O:0/I:0, I@O:0/I:1, a@O:0/I:1, I@O:0, "
			 "O@O:1, I@O:1/I:0, a@O:1/I:0, I@O:1, O, z");
	ck_assert_str_eq(
		done_text(r, "O"),
		quoted("{`from`:{`input`:0,`item`:0,`iteration`:0},`json`:{`n`:1,`o`:2}}\n"
		       "{`from`:{`input`:1,`item`:1,`iteration`:0},`json`:{`n`:2,`o`:2}}\n"
		       "{`from`:{`input`:2,`item`:0,`iteration`:1},`json`:{`n`:3,`o`:1}}\n"));
}
END_TEST

/* ---- who sees what ---- */

#define SEEN(expr)                                                                                 \
	FLOW(SET("s", "s", "={{ $json.n * 10 }}") "," LOOP("L", "`batch_size`:2") "," SET(         \
		     "a", "a", "={{ $json.n * 100 }}") "," SET("b", "b", expr),                    \
	     EDGE("start", "s") "," EDGE("s", "L") "," BODY("L", "a") "," EDGE("a", "b") "," EDGE( \
		     "b", "L"))
#define SEEN_AFTER(expr)                                                                           \
	FLOW(SET("s", "s", "={{ $json.n * 10 }}") "," LOOP("L", "`batch_size`:2") "," SET(         \
		     "a", "a", "={{ $json.n * 100 }}") "," SET("b", "b", expr),                    \
	     EDGE("start", "s") "," EDGE("s", "L") "," BODY("L", "a") "," EDGE("a", "L") "," DONE( \
		     "L", "b"))

static const struct {
	const char *flow, *values;
} seen[] = {
	{ SEEN("={{ $('s').item.json.s }}"), "10 20 30" },
	{ SEEN("={{ $('a').item.json.a }}"), "100 200 300" },
	{ SEEN("={{ $('a').all().length }}"), "2 2 1" },
	{ SEEN("={{ $('L').all().length }}"), "2 2 1" },
	{ SEEN("={{ $('L').item.json.n }}"), "1 2 3" },
	{ SEEN("={{ $('a').first().json.n }}"), "1 1 3" },
	{ SEEN("={{ $('start').all().length }}"), "3 3 3" },
	{ SEEN("={{ $runIndex }}"), "0 0 1" },
	{ SEEN_AFTER("={{ $runIndex }}"), "0 0 0" },
	{ SEEN_AFTER("={{ $('s').item.json.s }}"), "10 20 30" },
	{ SEEN_AFTER("={{ $('a').all().length }}"), "1 1 1" },
	{ SEEN_AFTER("={{ $('a').first().json.n }}"), "3 3 3" },
	{ SEEN_AFTER("={{ $('L').all().length }}"), "3 3 3" },
};

START_TEST(a_name_means_the_innermost_run_of_its_node)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const char *text = "";
	json_t *step, *item;
	size_t i, j;

	fake_ops_use_sandbox(f);
	r = run(f, seen[_i].flow, THREE_ITEMS);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	json_array_foreach((json_t *)r->steps, i, step)
	{
		if (strcmp(ty_json_str(step, "node", ""), "b") != 0)
			continue;
		json_array_foreach(json_object_get(json_object_get(step, "outputs"), "main"), j,
				   item) text =
			ty_arena_printf(
				fx.arena, "%s%s%lld", text, *text != '\0' ? " " : "",
				(long long)ty_json_int(json_object_get(item, "json"), "b", -1));
	}
	ck_assert_str_eq(text, seen[_i].values);
}
END_TEST

/* Of an iteration that was forgotten no item is there to belong to. */
START_TEST(after_a_loop_only_the_last_iteration_is_seen_item_by_item)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	r = run(f, SEEN_AFTER("={{ $('a').item.json.n }}"), THREE_ITEMS);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "PairedItemError"));
}
END_TEST

/* ---- failures ---- */

START_TEST(a_failure_in_a_body_ends_the_loops_around_it)
{
	const struct ty_run_result *r = run(
		fake_ops_new(fx.arena),
		FLOW(LOOP("O", "") "," LOOP("I", "") "," NODE("a", "core.stop_error",
							      "`message`:`no`"),
		     EDGE("start", "O") "," BODY("O", "I") "," BODY("I", "a") "," DONE("I", "O")),
		THREE_ITEMS);

	ck_assert_str_eq(path_text(r->steps), "start, O@O:0, I@O:0/I:0, a@O:0/I:0 error, "
					      "I@O:0 error, O error");
	ck_assert_str_eq(error_str(r, "node"), "a");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(r->error, "trace"), 1)),
			 "frame: O:0/I:0");
	ck_assert(ty_digest_is_of(fx.arena, r->steps, r->digest));
}
END_TEST

START_TEST(what_came_back_has_the_limit_of_a_step)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *items = ty_json_own(fx.arena, json_array());
	const struct ty_run_result *r;

	for (size_t i = 0; i < TY_LIMIT_STEP_ITEMS; i++)
		json_array_append_new(items, json_pack("{s:{s:i}}", "json", "n", (int)i));
	/* Two ways back: each item comes back twice. */
	r = run(f,
		FLOW(LOOP("L", "`batch_size`:1000") "," NODE("a", "core.noop", ""),
		     EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L") "," BODY("L", "L")),
		ty_json_dump(fx.arena, items, NULL));
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(error_str(r, "code"), "limit");
	ck_assert_str_eq(error_str(r, "node"), "L");
}
END_TEST

/* The default is for a size that nobody wrote: what an expression fails to give is no size. */
START_TEST(a_size_that_an_expression_fails_to_give_is_an_error)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = run(f, SIMPLE("`={{ NaN }}`", SET("a", "a", "1")), THREE_ITEMS);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(error_str(r, "node"), "L");
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "\"batch_size\" is empty"));
	ck_assert_ptr_nonnull(strstr(error_str(r, "hint"), "NaN and Infinity are no value"));
}
END_TEST

/* ---- what it costs ---- */

/* A text, another one for each item. */
static enum ty_code
swell_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const json_t *json = ty_step_json(step, i);
	size_t bytes = (size_t)ty_json_int(json, "bytes", 0);
	char *text = ty_arena_alloc(ty_step_arena(step), bytes + 1);

	memset(text, 'x', bytes);
	snprintf(text, 20, "%d", (int)ty_json_int(json, "n", 0));
	text[strlen(text)] = '-';
	return ty_step_emit(step, 0, json_pack("{s:s}", "big", text), i, err);
}

static const struct ty_node_def swell_def = {
	TY_NODE_HEAD,
	.type = "test.swell",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Swell",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = ty_params_none,
	.flags = TY_NODE_PURE,
	.each = swell_each,
};

static const struct ty_node_def *const cost_nodes[] = { &swell_def, NULL };

/* Live bytes of jansson's, so that what a sanitizer keeps back does not count. */
static size_t heap_bytes;

static void *
counted_malloc(size_t size)
{
	size_t *block = malloc(size + 16);

	ck_assert_ptr_nonnull(block);
	block[0] = size;
	heap_bytes += size;
	return block + 2;
}

static void
counted_free(void *ptr)
{
	size_t *block = ptr;

	if (block == NULL)
		return;
	heap_bytes -= block[-2];
	free(block - 2);
}

struct cost {
	struct ty_run *run;
	struct ty_arena *arena;
	size_t json_bytes, arena_bytes, looks; /* the most that was live in the second half */
	size_t half, payloads;
};

/* The worker of a long run: takes what has ended. */
static void
cost_take(void *ctx, struct ty_run *run)
{
	struct fake_ops *f = ctx;
	struct cost *cost = (struct cost *)f->owner;
	const struct ty_payload *payloads;
	size_t count;

	json_decref(ty_run_take_steps(run));
	ty_run_take_payloads(run, &payloads, &count);
	cost->payloads += count;
	cost->looks++;
	if (heap_bytes > cost->json_bytes)
		cost->json_bytes = heap_bytes;
	if (ty_arena_used_bytes(cost->arena) > cost->arena_bytes)
		cost->arena_bytes = ty_arena_used_bytes(cost->arena);
}

/* A body that makes a large value of each item and gives nothing back. */
static struct cost
cost_of(const json_t *items, const char *flow)
{
	struct ty_arena *arena = ty_arena_new(NULL, "cost", 0);
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_engine_ops ops = fake_engine_ops;
	struct ty_run_spec spec;
	const struct ty_plan *plan;
	struct cost cost = { .arena = arena };
	size_t before = heap_bytes;

	f->owner = &cost;
	f->nodes = cost_nodes;
	ops.steps_ready = cost_take;
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	spec = fake_ops_spec(plan, items, NULL);
	ck_assert_ok(ty_run_new(arena, &ops, f, &spec, &cost.run, &fx.err));
	ty_run_start(cost.run);
	ck_assert_uint_eq(f->finished, 1);
	ck_assert_int_eq(ty_run_result(cost.run)->status, TY_STATUS_OK);
	json_decref(ty_run_take_steps(cost.run));
	cost.json_bytes -= cost.looks > 0 ? before : 0;
	ty_run_free(cost.run);
	ty_arena_free(arena);
	return cost;
}

static json_t *
cost_items(int count, int bytes)
{
	json_t *items = ty_json_own(fx.arena, json_array());

	for (int i = 0; i < count; i++)
		json_array_append_new(items,
				      json_pack("{s:{s:i, s:i}}", "json", "n", i, "bytes", bytes));
	return items;
}

/* What ten thousand take more than two hundred is an item of the input each, and no iteration. */
START_TEST(iterations_that_have_ended_leave_memory)
{
	struct cost few = cost_of(cost_items(200, 4000), SWELLING);
	struct cost many = cost_of(cost_items(TY_LIMIT_STEP_ITEMS, 4000), SWELLING);

	ck_assert_uint_gt(many.looks, 40 * few.looks);
	ck_assert_uint_lt(many.json_bytes, few.json_bytes + TY_LIMIT_STEP_ITEMS * 600);
	ck_assert_uint_lt(many.arena_bytes, few.arena_bytes + TY_LIMIT_STEP_ITEMS * 600);
}
END_TEST

/* A worker that keeps nothing of a call, as the real one does: the fake's notes are counted else. */
static void
cost_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	struct ty_err err = { .code = TY_OK };
	json_t *answer = fake_http(ctx, call->request, &err);

	ck_assert_ptr_nonnull(answer);
	ty_run_call_done(run, token, answer, NULL);
	json_decref(answer);
}

static void
cost_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	ty_run_journal_done(run, token, NULL);
}

/* The most that is live at a rest of a loop that goes round so often, its worker having taken the records. */
static struct cost
cost_of_rounds(const char *body, int rounds)
{
	struct ty_arena *arena = ty_arena_new(NULL, "cost", 0);
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_engine_ops ops = fake_engine_ops;
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(LOOP("L", "`mode`:`while`,`condition`:true,`at_ceiling`:`done`,"
			       "`max_iterations`:%d") "," NODE("w", "core.wait",
							       "`amount`:1,`unit`:`seconds`") ",%s",
		     EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "w") "," EDGE("w", "L")),
		rounds, body);
	struct cost cost = { .arena = arena };
	struct ty_run_spec spec;
	const struct ty_plan *plan;
	size_t before = heap_bytes;

	f->owner = &cost;
	ops.call = cost_call;
	ops.journal = cost_journal;
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	spec = fake_ops_spec(plan, fake_json(fx.arena, ONE_ITEM), NULL);
	ck_assert_ok(ty_run_new(arena, &ops, f, &spec, &cost.run, &fx.err));
	f->run = cost.run;
	ty_run_start(cost.run);
	while (ty_run_result(cost.run) == NULL) {
		cost_take(f, cost.run);
		fake_ops_advance(f, 1000);
	}
	ck_assert_int_eq(ty_run_result(cost.run)->status, TY_STATUS_OK);
	json_decref(ty_run_take_steps(cost.run));
	cost.json_bytes -= before;
	ty_run_free(cost.run);
	ty_arena_free(arena);
	return cost;
}

static const char *const bodies[] = {
	SET("a", "m", "={{ $json.n }}"),
	NODE("a", "http.request",
	     "`method`:`POST`,`url`:`https://x.test/`,`repeat_in_doubt`:`always`"),
};

/* The input is one item and one comes back, so that nothing else makes a difference. */
START_TEST(ten_thousand_iterations_take_what_ten_take)
{
	struct cost ten = cost_of_rounds(bodies[_i], 10), many = cost_of_rounds(bodies[_i], 10000);

	ck_assert_uint_ge(many.looks, 10000);
	ck_assert_msg(many.json_bytes <= ten.json_bytes + 1024, "%zu and %zu bytes of values",
		      many.json_bytes, ten.json_bytes);
	ck_assert_msg(many.arena_bytes <= ten.arena_bytes + 1024, "%zu and %zu bytes of arena",
		      many.arena_bytes, ten.arena_bytes);
}
END_TEST

/* Values that left their items, too, once the worker has them. */
START_TEST(large_values_of_iterations_leave_memory)
{
	struct cost few = cost_of(cost_items(100, 60000), SWELLING);
	struct cost many = cost_of(cost_items(2000, 60000), SWELLING);

	ck_assert_uint_gt(many.payloads, 1900);
	ck_assert_uint_lt(many.json_bytes, 2 * few.json_bytes + (2 << 20));
	ck_assert_uint_lt(many.arena_bytes, 2 * few.arena_bytes + (2 << 20));
}
END_TEST

TEST_MAIN("engine.loop", {
	TEST_LOOP(a_body_runs_once_for_each_batch, batches);
	TEST(done_gives_what_came_back_with_its_iteration_and_origin);
	TEST(an_iteration_of_which_nothing_comes_back_does_not_end_the_loop);
	TEST(dead_ends_of_a_body_run_in_each_iteration);
	TEST_LOOP(a_loop_keeps_always_output_and_on_error, kept);
	TEST_LOOP(done_fires_with_nothing_where_nothing_came_back, nothing);
	TEST(a_loop_that_gets_nothing_is_skipped_with_its_body);
	TEST(a_disabled_loop_passes_its_items_to_done);
	TEST(a_loop_in_a_loop_begins_anew_in_each_iteration);
	TEST_LOOP(a_name_means_the_innermost_run_of_its_node, seen);
	TEST(after_a_loop_only_the_last_iteration_is_seen_item_by_item);
	TEST(a_failure_in_a_body_ends_the_loops_around_it);
	TEST(what_came_back_has_the_limit_of_a_step);
	TEST(a_size_that_an_expression_fails_to_give_is_an_error);
	json_set_alloc_funcs(counted_malloc, counted_free);
	TEST(iterations_that_have_ended_leave_memory);
	TEST_LOOP(ten_thousand_iterations_take_what_ten_take, bodies);
	TEST(large_values_of_iterations_leave_memory);
})
