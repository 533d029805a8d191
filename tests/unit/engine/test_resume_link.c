/*
 * test_resume_link.c -- waits that end at an address: whose $execution.resumeUrl is which, and what
 * a call, an early one, a late one and none at all come to.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"
#include "base/limits.h"
#include "node/node.h"

#define CALL(id, more) NODE(id, "core.wait", "`mode`:`call`" more)
#define URL(id)                                                                                    \
	NODE(id, "core.set",                                                                       \
	     "`include_other`:true,`assignments`:[{`name`:`" id                                    \
	     "`,`type`:`any`,`value`:`={{ $execution.resumeUrl }}`}]")
#define CODE(id)                                                                                   \
	NODE(id, "core.code", "`code`:`return [{ json: { " id ": $execution.resumeFormUrl } }]`")
#define AT "https://tyboo.test/resume/"

/* ---- whose address ---- */

static const struct {
	const char *flow, *node, *json;
} links[] = {
	/* The nearest wait that the node leads to, whatever is between them. */
	{ FLOW(URL("a") "," NODE("n", "core.noop", "") "," CALL("w", "") "," CALL("v", ""),
	       EDGE("start", "a") "," EDGE("a", "n") "," EDGE("n", "w") "," EDGE("w", "v")),
	  "a", "{`a`:`" AT "w`,`n`:1}" },
	{ FLOW(CODE("a") "," CALL("w", ""), EDGE("start", "a") "," EDGE("a", "w")), "a",
	  "{`a`:`" AT "w`}" },
	/* Not one of another branch, nor one that is disabled, waits for a time or lies before. */
	{ FLOW(URL("a") "," CALL("w", ""), EDGE("start", "a") "," EDGE("start", "w")), "a",
	  "{`a`:null,`n`:1}" },
	{ FLOW(URL("a") "," NODE_WITH("w", "core.wait", "`mode`:`call`", ",`disabled`:true"),
	       EDGE("start", "a") "," EDGE("a", "w")),
	  "a", "{`a`:null,`n`:1}" },
	{ FLOW(URL("a") "," NODE("w", "core.wait", "`amount`:1"),
	       EDGE("start", "a") "," EDGE("a", "w")),
	  "a", "{`a`:null,`n`:1}" },
	/* In an iteration, of the wait in that iteration ... */
	{ FLOW(LOOP("L", "") "," URL("a") "," CALL("w", ""),
	       EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "w") "," EDGE("w", "L")),
	  "a", "{`a`:`" AT "L:0/w`,`n`:1}" },
	/* ... or of one behind the loop; before a loop there is none of its body. */
	{ FLOW(LOOP("L", "") "," URL("a") "," CALL("w", ""),
	       EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L") "," DONE("L", "w")),
	  "a", "{`a`:`" AT "w`,`n`:1}" },
	{ FLOW(URL("a") "," LOOP("L", "") "," CALL("w", "") "," CALL("v", ""),
	       EDGE("start", "a") "," EDGE("a", "L") "," BODY("L", "w") "," EDGE("w", "L") "," DONE(
		       "L", "v")),
	  "a", "{`a`:`" AT "v`,`n`:1}" },
	{ FLOW(LOOP("O", "") "," URL("a") "," LOOP("I", "") "," CALL("w", "") "," CALL("v", ""),
	       EDGE("start", "O") "," BODY("O", "I") "," BODY("I", "a") "," EDGE("a", "I") "," DONE(
		       "I", "w") "," EDGE("w", "O") "," DONE("O", "v")),
	  "a", "{`a`:`" AT "O:0/w`,`n`:1}" },
};

START_TEST(a_step_has_the_address_of_the_wait_that_it_leads_to)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_plan *plan;
	json_t *steps, *step;
	const char *found = NULL;
	size_t i;

	fake_ops_use_sandbox(f);
	ck_assert_ok(fake_ops_plan(f, links[_i].flow, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, ONE_ITEM), NULL, &fx.err));
	if (ty_run_result(f->run) == NULL)
		steps = ty_json_own(fx.arena, ty_run_take_steps(f->run));
	else
		steps = (json_t *)ty_run_result(f->run)->steps;
	json_array_foreach(steps, i, step)
	{
		if (strcmp(ty_json_str(step, "node", ""), links[_i].node) == 0)
			found = ty_json_dump_canonical(
				fx.arena,
				json_object_get(
					json_array_get(
						json_object_get(json_object_get(step, "outputs"),
								"main"),
						0),
					"json"),
				NULL);
	}
	ck_assert_ptr_nonnull(found);
	ck_assert_str_eq(found, quoted(links[_i].json));
}
END_TEST

/* ---- calls ---- */

#define SEEN                                                                                       \
	NODE("s", "core.set",                                                                      \
	     "`include_other`:true,`assignments`:[{`name`:`t`,`type`:`json`,`value`:`={{ "         \
	     "$now.toMillis() + $('start').item.json.n }}`}]")
#define GATED(more)                                                                                \
	FLOW(CALL("w", more) "," SEEN "," NODE("x", "core.noop", ""),                              \
	     EDGE("start", "w") "," EDGE("w", "s") "," EDGE_OUT("w", "expired", "x"))

static const char called[] = "[{`key`:`w/1/call`,`at_ms`:1700000060000,`answer`:{`value`:{`body`:{"
			     "`ok`:true}}}}]";

static struct fake_ops *
gate_start(const char *flow, const json_t *journal)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_plan *plan;

	fake_ops_use_sandbox(f);
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, THREE_ITEMS), journal, &fx.err));
	return f;
}

/* However short it is: a call finds only a run that is put down. */
START_TEST(a_wait_for_a_call_is_put_down_at_once)
{
	struct fake_ops *f = gate_start(GATED(",`limit_ms`:1000"), NULL);
	struct ty_run_parked parked;

	ck_assert_uint_eq(f->rests, 1);
	ck_assert(ty_run_park(f->run, fx.arena, &parked));
	ck_assert_uint_eq(parked.wait_count, 1);
	ck_assert_int_eq(parked.waits[0].kind, TY_WAIT_CALL);
	ck_assert_str_eq(parked.waits[0].key, "w/1/call");
	ck_assert_uint_eq(strlen(parked.waits[0].token_hash), 64);
	ck_assert_int_eq(parked.waits[0].at_ms, FAKE_NOW_MS + 1000);
}
END_TEST

/* The item is what the call brought, and belongs to the first of those that waited. */
static const char main_called[] =
	"{`main`:[{`from`:0,`json`:{`body`:{`ok`:true},`t`:1700000060001}}]}";

START_TEST(a_call_that_came_before_the_wait_counts)
{
	struct fake_ops *f = gate_start(GATED(""), fake_json(fx.arena, called));

	ck_assert_uint_eq(f->rests, 0);
	ck_assert_str_eq(steps_text(ty_run_result(f->run)), "start ok, w ok, s ok, x skipped");
	ck_assert_str_eq(outputs_text(ty_run_result(f->run), "s"), quoted(main_called));
}
END_TEST

START_TEST(a_call_ends_the_wait_of_a_run_that_was_put_down)
{
	struct fake_ops *f = gate_start(GATED(""), NULL);
	struct fake_ops *early = gate_start(GATED(""), fake_json(fx.arena, called));
	const json_t *items = fake_json(fx.arena, THREE_ITEMS);
	struct ty_run_parked parked;
	struct ty_run_spec spec;
	const struct ty_plan *plan;

	ck_assert(ty_run_park(f->run, fx.arena, &parked));
	ck_assert_int_eq(parked.at_ms, FAKE_NOW_MS + TY_LIMIT_WAIT_MS);
	ck_assert_ok(fake_ops_plan(f, GATED(""), &plan, &fx.err));
	spec = fake_ops_spec(plan, items, fake_json(fx.arena, called));
	spec.parked = parked.state;
	spec.steps = ty_json_own(fx.arena, ty_run_take_steps(f->run));
	ty_run_free(f->run);
	ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, f, &spec, &f->run, &fx.err));
	ty_run_start(f->run);
	ck_assert_str_eq(outputs_text(ty_run_result(f->run), "s"), quoted(main_called));
	ck_assert_str_eq(ty_run_result(f->run)->digest, ty_run_result(early->run)->digest);
}
END_TEST

/* That nobody came is journaled, so that whoever comes later is told, and a take-over goes the same way. */
START_TEST(a_wait_that_nobody_ends_expires_once)
{
	struct fake_ops *f = gate_start(GATED(",`limit_ms`:60000"), NULL), *again;
	const struct ty_run_result *r;
	json_t *journal;

	ck_assert_int_eq(f->wake_ms, FAKE_NOW_MS + 60000);
	fake_ops_advance(f, 60000);
	r = ty_run_result(f->run);
	ck_assert_str_eq(steps_text(r), "start ok, w ok, s skipped, x ok");
	ck_assert_str_eq(outputs_text(r, "x"),
			 quoted("{`main`:[{`from`:0,`json`:{`n`:1}},{`from`:1,`json`:{`n`:2}},{"
				"`from`:2,`json`:{`n`:3}}]}"));
	journal = fake_ops_journal(f, fx.arena, SIZE_MAX);
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, journal, NULL),
			 quoted("[{`answer`:{`lapsed`:true,`value`:null},`at_ms`:1700000060000,"
				"`idempotency_key`:`w/1/call`,`key`:`w/1/call`}]"));
	again = gate_start(GATED(",`limit_ms`:60000"), journal);
	ck_assert_str_eq(ty_run_result(again->run)->digest, r->digest);
}
END_TEST

/* An answer that waits for its question says nothing of how far the run had come. */
START_TEST(a_call_that_came_early_lets_the_nodes_before_it_fail)
{
	struct fake_ops *f =
		gate_start(FLOW(NODE_WITH("a", "core.set",
					  "`assignments`:[{`name`:`a`,`type`:`number`,`value`:`={{ "
					  "no.such }}`}]",
					  ",`on_error`:`continue`") "," CALL("w", ""),
				EDGE("start", "a") "," EDGE("a", "w")),
			   fake_json(fx.arena, called));

	ck_assert_str_eq(steps_text(ty_run_result(f->run)), "start ok, a error, w ok");
}
END_TEST

static bool
no_link(void *ctx, const struct ty_run *run, struct ty_arena *arena, const char *frame,
	const char *node, struct ty_resume_link *ret_link)
{
	return false;
}

START_TEST(without_a_key_there_is_no_wait_for_a_call)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_engine_ops ops = fake_engine_ops;
	const struct ty_plan *plan;
	struct ty_run_spec spec;

	ops.resume_link = _i == 0 ? no_link : NULL;
	ck_assert_ok(fake_ops_plan(f, GATED(""), &plan, &fx.err));
	spec = fake_ops_spec(plan, fake_json(fx.arena, ONE_ITEM), NULL);
	ck_assert_ok(ty_run_new(fx.arena, &ops, f, &spec, &f->run, &fx.err));
	ty_run_start(f->run);
	ck_assert_str_eq(error_str(ty_run_result(f->run), "code"), "unavailable");
	ck_assert_ptr_nonnull(strstr(error_str(ty_run_result(f->run), "hint"), "master key"));
}
END_TEST

TEST_MAIN("engine.resume_link", {
	TEST_LOOP(a_step_has_the_address_of_the_wait_that_it_leads_to, links);
	TEST(a_wait_for_a_call_is_put_down_at_once);
	TEST(a_call_that_came_before_the_wait_counts);
	TEST(a_call_ends_the_wait_of_a_run_that_was_put_down);
	TEST(a_wait_that_nobody_ends_expires_once);
	TEST(a_call_that_came_early_lets_the_nodes_before_it_fail);
	tcase_add_loop_test(tc, without_a_key_there_is_no_wait_for_a_call, 0, 2);
})
