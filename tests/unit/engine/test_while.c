/*
 * test_while.c -- a loop whose body runs while a condition holds: what goes round, what it ends with,
 * and what it costs.
 */
#include "unit/engine/flow.h"

#include "base/limits.h"

#define SET(id, name, value)                                                                       \
	NODE(id, "core.set",                                                                       \
	     "`include_other`:true,`assignments`:[{`name`:`" name                                  \
	     "`,`type`:`json`,`value`:`" value "`}]")
#define WHILE(condition, more) LOOP("L", "`mode`:`while`,`condition`:" condition more)
#define ROUND(loop, body)                                                                          \
	FLOW(loop "," body "," NODE("z", "core.noop", ""),                                         \
	     EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L") "," DONE("L", "z"))
#define PLUS_ONE SET("a", "n", "={{ $json.n + 1 }}")

static const struct ty_run_result *
run(struct fake_ops *f, const char *flow, const char *items)
{
	const struct ty_run_result *r = fake_ops_run(f, flow, items, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_uint_eq(f->finished, 1);
	ck_assert(ty_digest_is_of(fx.arena, r->steps, r->digest));
	return r;
}

static const struct {
	const char *flow, *steps, *done;
} cases[] = {
	/* The condition is asked before each iteration, of the first item. */
	{ ROUND(WHILE("`={{ $json.n < 3 }}`", ""), PLUS_ONE),
	  "start, L@L:0, a@L:0, L@L:1, a@L:1, L, z",
	  "{`from`:{`input`:0,`item`:0,`iteration`:1},`json`:{`n`:3}}\n"
	  "{`from`:{`input`:1,`item`:1,`iteration`:1},`json`:{`n`:4}}\n"
	  "{`from`:{`input`:2,`item`:2,`iteration`:1},`json`:{`n`:5}}\n" },
	/* It need not hold once. */
	{ ROUND(WHILE("`={{ $json.n > 3 }}`", ""), PLUS_ONE), "start, L, z",
	  "{`from`:0,`json`:{`n`:1}}\n{`from`:1,`json`:{`n`:2}}\n{`from`:2,`json`:{`n`:3}}\n" },
	/* What does not come back is gone; each item knows which of the loop's it is. */
	{ ROUND(WHILE("`={{ $json.n < 3 }}`", ""),
		NODE("a", "core.filter", "`condition`:`={{ $json.n > $runIndex + 1 }}`")),
	  "start, L@L:0, a@L:0, L@L:1, a@L:1, L, z",
	  "{`from`:{`input`:2,`item`:0,`iteration`:1},`json`:{`n`:3}}\n" },
	/* Nothing that comes back is the end, with nothing. */
	{ ROUND(WHILE("true", ""), NODE("a", "core.filter", "`condition`:false")),
	  "start, L@L:0, a@L:0, L, z", "" },
	/* The ceiling. */
	{ ROUND(WHILE("true", ",`max_iterations`:2,`at_ceiling`:`done`"), PLUS_ONE),
	  "start, L@L:0, a@L:0, L@L:1, a@L:1, L, z",
	  "{`from`:{`input`:0,`item`:0,`iteration`:1},`json`:{`n`:3}}\n"
	  "{`from`:{`input`:1,`item`:1,`iteration`:1},`json`:{`n`:4}}\n"
	  "{`from`:{`input`:2,`item`:2,`iteration`:1},`json`:{`n`:5}}\n" },
	/* A name in the body means this iteration's, else what is before the loop. */
	{ ROUND(WHILE("`={{ $runIndex < 2 }}`", ""),
		SET("a", "n", "={{ $('start').item.json.n * 10 + $('L').all().length }}")),
	  "start, L@L:0, a@L:0, L@L:1, a@L:1, L, z",
	  "{`from`:{`input`:0,`item`:0,`iteration`:1},`json`:{`n`:13}}\n"
	  "{`from`:{`input`:1,`item`:1,`iteration`:1},`json`:{`n`:23}}\n"
	  "{`from`:{`input`:2,`item`:2,`iteration`:1},`json`:{`n`:33}}\n" },
};

START_TEST(a_body_runs_while_the_condition_holds)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = run(f, cases[_i].flow, THREE_ITEMS);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(path_text(r->steps), cases[_i].steps);
	ck_assert_str_eq(done_text(r, "L"), quoted(cases[_i].done));
}
END_TEST

static const struct {
	const char *loop, *steps, *code, *message;
} failures[] = {
	{ WHILE("true", ",`max_iterations`:2"),
	  "start, L@L:0, a@L:0, L@L:1, a@L:1, L@L:2 error, L error", "limit",
	  "still holds after 2 iterations" },
	{ WHILE("`={{ $json.n < 2 ? true : 'perhaps' }}`", ""),
	  "start, L@L:0, a@L:0, L@L:1 error, L error", "invalid", "condition" },
	{ WHILE("`={{ no.such }}`", ""), "start, L error", "invalid", "no" },
	{ NODE_WITH("L", "core.loop", "`mode`:`while`,`condition`:true,`max_iterations`:1",
		    ",`on_error`:`continue`"),
	  "start, L@L:0, a@L:0, L@L:1 error, L error, z", NULL, NULL },
};

START_TEST(a_condition_that_fails_ends_the_loop)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = run(f, ty_arena_printf(fx.arena, ROUND("%s", PLUS_ONE), failures[_i].loop), ONE_ITEM);
	ck_assert_str_eq(path_text(r->steps), failures[_i].steps);
	if (failures[_i].code == NULL)
		return;
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(error_str(r, "code"), failures[_i].code);
	ck_assert_str_eq(error_str(r, "node"), "L");
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), failures[_i].message));
}
END_TEST

/* Within a loop it begins anew for each of its iterations. */
START_TEST(a_while_loop_lies_within_another)
{
	const struct ty_run_result *r = run(
		fake_ops_new(fx.arena),
		FLOW(LOOP("O", "`mode`:`items`") "," WHILE("`={{ $json.n < 3 }}`", "") "," PLUS_ONE,
		     EDGE("start", "O") "," BODY("O", "L") "," BODY("L", "a") "," EDGE(
			     "a", "L") "," DONE("L", "O")),
		"[" ITEM("{`n`:2}") "," ITEM("{`n`:1}") "," ITEM("{`n`:5}") "]");

	ck_assert_str_eq(path_text(r->steps),
			 "start, O@O:0, L@O:0/L:0, a@O:0/L:0, L@O:0, "
			 "O@O:1, L@O:1/L:0, a@O:1/L:0, L@O:1/L:1, a@O:1/L:1, L@O:1, "
			 "O@O:2, L@O:2, O");
	ck_assert_str_eq(done_text(r, "O"),
			 quoted("{`from`:{`input`:0,`item`:0,`iteration`:0},`json`:{`n`:3}}\n"
				"{`from`:{`input`:1,`item`:0,`iteration`:1},`json`:{`n`:3}}\n"
				"{`from`:{`input`:2,`item`:0,`iteration`:2},`json`:{`n`:5}}\n"));
}
END_TEST

/* ---- what it costs ---- */

struct cost {
	struct ty_arena *arena;
	size_t bytes; /* the most that the run's items took */
};

static void
cost_take(void *ctx, struct ty_run *run)
{
	struct fake_ops *f = ctx;
	struct cost *cost = (struct cost *)f->owner;
	const struct ty_payload *payloads;
	size_t count;

	json_decref(ty_run_take_steps(run));
	ty_run_take_payloads(run, &payloads, &count);
	if (ty_arena_used_bytes(cost->arena) > cost->bytes)
		cost->bytes = ty_arena_used_bytes(cost->arena);
}

/* 'count' times round with a text that is another one each time, and too large to stay in its item. */
static size_t
cost_of(int count)
{
	struct ty_arena *arena = ty_arena_new(NULL, "cost", 0);
	struct cost cost = { .arena = arena };
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_engine_ops ops = fake_engine_ops;
	struct ty_run_spec spec;
	const struct ty_plan *plan;
	struct ty_run *run;
	char *text = ty_arena_alloc(fx.arena, 60001);
	json_t *items = ty_json_own(fx.arena, json_array());
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(WHILE("`={{ $json.n < %d }}`", ",`max_iterations`:10000") "," NODE(
			     "a", "core.set",
			     "`assignments`:[{`name`:`n`,`type`:`json`,`value`:`={{ $json.n + 1 "
			     "}}`},"
			     "{`name`:`t`,`type`:`string`,`value`:`=x{{ $json.n }}{{ $json.t "
			     "}}`}]"),
		     EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L")),
		count);

	memset(text, 'x', 60000);
	json_array_append_new(items, json_pack("{s:{s:i, s:s}}", "json", "n", 0, "t", text));
	f->owner = &cost;
	ops.steps_ready = cost_take;
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	spec = fake_ops_spec(plan, items, NULL);
	ck_assert_ok(ty_run_new(arena, &ops, f, &spec, &run, &fx.err));
	ty_run_start(run);
	ck_assert_int_eq(ty_run_result(run)->status, TY_STATUS_OK);
	ck_assert_uint_eq(ty_run_result(run)->step_count, 2 * (size_t)count + 2);
	ty_run_free(run);
	ty_arena_free(arena);
	return cost.bytes;
}

START_TEST(rounds_that_have_ended_leave_memory)
{
	size_t few = cost_of(60), many = cost_of(1200);

	ck_assert_uint_gt(few, 0);
	ck_assert_uint_lt(many, 2 * few + (1 << 20));
}
END_TEST

TEST_MAIN("engine.while", {
	TEST_LOOP(a_body_runs_while_the_condition_holds, cases);
	TEST_LOOP(a_condition_that_fails_ends_the_loop, failures);
	TEST(a_while_loop_lies_within_another);
	TEST(rounds_that_have_ended_leave_memory);
})
