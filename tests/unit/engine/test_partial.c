/*
 * test_partial.c -- runs of some nodes only: to a node, of one, from one on.
 */
#include "unit/engine/flow.h"

#include "engine/partial.h"

#define SET(id, value)                                                                             \
	NODE(id, "core.set",                                                                       \
	     "`include_other`:true,`assignments`:[{`name`:`" id "`,`type`:`json`,`value`:`" value  \
	     "`}]")
/* start -> a -> b -> c, and a -> d; each adds what it is. */
#define CHAIN                                                                                      \
	FLOW(HTTP("a", "") "," SET("b", "={{ $('start').item.json.n }}") "," HTTP(                 \
		     "c", "") "," NODE("d", "core.noop", ""),                                      \
	     EDGE("start", "a") "," EDGE("a", "b") "," EDGE("b", "c") "," EDGE("a", "d"))
/* The same, and b asks for what comes to it alone. */
#define PLAIN                                                                                      \
	FLOW(HTTP("a", "") "," SET("b", "={{ $json.n }}") "," HTTP("c", "") "," NODE(              \
		     "d", "core.noop", ""),                                                        \
	     EDGE("start", "a") "," EDGE("a", "b") "," EDGE("b", "c") "," EDGE("a", "d"))
#define LOOPED                                                                                     \
	FLOW(NODE("before", "core.noop", "") "," LOOP("L", "`batch_size`:1") "," NODE(             \
		     "x", "core.noop", "") "," NODE("y", "core.noop",                              \
						    "") "," NODE("end", "core.noop", ""),          \
	     EDGE("start", "before") "," EDGE("before", "L") "," BODY("L", "x") "," EDGE(          \
		     "x", "y") "," EDGE("y", "L") "," DONE("L", "end"))

static const char a_pin[] = "{`a`:[{`json`:{`n`:7}},{`json`:{`n`:8}}]}";

/* A run of a part of 'flow'; 'earlier' NULL = it takes of none. */
static struct fake_ops *
run_part(const char *flow, enum ty_part kind, const char *node, const struct ty_run_result *earlier,
	 const char *pins)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_graph_part part = { .kind = kind, .node = node };
	struct ty_partial_known known = {
		.records = earlier != NULL ? earlier->steps : NULL,
		.run_id = "earlier",
	};
	struct ty_partial partial;
	const struct ty_plan *plan;

	if (pins != NULL)
		known.pins = ty_json_own(fx.arena, json_loads(quoted(pins), 0, NULL));
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	if (ty_partial_make(fx.arena, ty_plan_graph(plan), &part, "partial", NULL, &known, &partial,
			    &fx.err) != TY_OK)
		return NULL;
	f->partial = partial.partial;
	f->taken = partial.taken;
	ck_assert_ptr_nonnull(fake_ops_run(f, flow, THREE_ITEMS, NULL, &fx.err));
	return f;
}

static const struct ty_run_result *
whole(const char *flow)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	ck_assert_ptr_nonnull(fake_ops_run(f, flow, THREE_ITEMS, NULL, &fx.err));
	return ty_run_result(f->run);
}

static const struct {
	const char *flow;
	enum ty_part kind;
	const char *node;
	bool stands_on;	   /* an earlier run of all */
	const char *pins;  /* NULL = none */
	const char *steps; /* NULL: refused */
	size_t calls;
	const char *message; /* of the refusal */
} cases[] = {
	{ CHAIN, TY_PART_TO, "b", false, NULL, "start, a, b", 3, NULL },
	{ CHAIN, TY_PART_TO, "start", false, NULL, "start", 0, NULL },
	{ CHAIN, TY_PART_TO, "c", true, NULL, "b, c", 3, NULL },
	{ PLAIN, TY_PART_TO, "c", false, a_pin, "a, b, c", 2, NULL },
	{ CHAIN, TY_PART_ONLY, "c", true, NULL, "start, a, b, c", 3, NULL },
	{ CHAIN, TY_PART_ONLY, "d", false, a_pin, "a, d", 0, NULL },
	{ CHAIN, TY_PART_ONLY, "start", false, NULL, "start", 0, NULL },
	{ CHAIN, TY_PART_FROM, "b", true, NULL, "start, a, d, b, c", 3, NULL },
	{ PLAIN, TY_PART_FROM, "b", false, a_pin, "a, b, c", 2, NULL },
	{ PLAIN, TY_PART_ALL, NULL, false, a_pin, "a, start, b, c, d", 2, NULL },
	{ CHAIN, TY_PART_ONLY, "c", false, NULL, NULL, 0,
	  "nothing comes to node \"c\": nothing before it is pinned or recorded" },
	{ CHAIN, TY_PART_FROM, "c", false, NULL, NULL, 0,
	  "nothing comes to node \"c\": nothing before it is pinned or recorded" },
	{ CHAIN, TY_PART_TO, "zzz", false, NULL, NULL, 0,
	  "there is no node \"zzz\" in this version" },
	{ FLOW(NODE("alone", "core.noop", ""), ""), TY_PART_TO, "alone", false, NULL, NULL, 0,
	  "nothing comes to node \"alone\": no way leads to it from the trigger, or from data that "
	  "is pinned or recorded" },
	{ CHAIN, TY_PART_TO, "b", false, "{`zzz`:[]}", NULL, 0,
	  "node \"zzz\" cannot be pinned: it is not in this version" },
	{ CHAIN, TY_PART_TO, "b", false, "{`a`:{}}", NULL, 0,
	  "node \"a\" cannot be pinned: its data is no list of items" },
	{ CHAIN, TY_PART_TO, "b", false, "{`a`:[{`n`:1}]}", NULL, 0,
	  "node \"a\" cannot be pinned: an item is not { \"json\": {...} }" },
	/* A node in a loop: its first visit. */
	{ LOOPED, TY_PART_TO, "y", false, NULL, "start, before, L@L:0, x@L:0, y@L:0, L canceled", 0,
	  NULL },
	{ LOOPED, TY_PART_TO, "y", true, NULL, "before, L@L:0, x@L:0, y@L:0, L canceled", 0, NULL },
	{ LOOPED, TY_PART_TO, "L", false, NULL, "start, before, L@L:0, L canceled", 0, NULL },
	{ LOOPED, TY_PART_TO, "end", true, NULL, "L, end", 0, NULL },
	{ LOOPED, TY_PART_FROM, "L", true, NULL,
	  "start, before, L@L:0, x@L:0, y@L:0, L@L:1, x@L:1, y@L:1, L@L:2, x@L:2, y@L:2, L, end", 0,
	  NULL },
	{ LOOPED, TY_PART_FROM, "x", true, NULL, NULL, 0,
	  "node x is in the body of the loop \"L\"" },
	{ LOOPED, TY_PART_TO, "end", false, "{`x`:[]}", NULL, 0,
	  "node \"x\" cannot be pinned: it is in the body of a loop" },
};

START_TEST(a_part_of_a_workflow_is_run)
{
	const struct ty_run_result *earlier = cases[_i].stands_on ? whole(cases[_i].flow) : NULL;
	struct fake_ops *f =
		run_part(cases[_i].flow, cases[_i].kind, cases[_i].node, earlier, cases[_i].pins);

	if (cases[_i].steps == NULL) {
		ck_assert_ptr_null(f);
		ck_assert_str_eq(fx.err.msg, cases[_i].message);
		ck_assert_str_ne(fx.err.path, "");
		ck_assert_str_ne(fx.err.hint, "");
		return;
	}
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_OK);
	ck_assert_str_eq(path_text(ty_run_result(f->run)->steps), cases[_i].steps);
	ck_assert_uint_eq(f->calls, cases[_i].calls);
}
END_TEST

START_TEST(what_is_taken_is_said_and_costs_no_step)
{
	const struct ty_run_result *r =
		ty_run_result(run_part(CHAIN, TY_PART_FROM, "b", whole(CHAIN), NULL)->run);
	const json_t *a = fake_step_record(r, "a"), *b = fake_step_record(r, "b");

	ck_assert_str_eq(ty_json_str(a, "from_run", ""), "earlier");
	ck_assert_ptr_null(json_object_get(b, "from_run"));
	ck_assert_uint_eq(r->step_count, 2);
	ck_assert_uint_eq(r->item_count, 6);
	r = ty_run_result(run_part(CHAIN, TY_PART_TO, "b", NULL, a_pin)->run);
	ck_assert(ty_json_bool(fake_step_record(r, "a"), "pinned", false));
	ck_assert_uint_eq(r->step_count, 1);
}
END_TEST

/* b asks for the item of "start" that each of its items comes from, two steps back. */
START_TEST(lineage_goes_through_what_is_taken)
{
	const struct ty_run_result *all = whole(CHAIN);
	const struct ty_run_result *r =
		ty_run_result(run_part(CHAIN, TY_PART_FROM, "b", all, NULL)->run);

	ck_assert_str_eq(outputs_text(r, "b"), outputs_text(all, "b"));
	ck_assert_str_eq(outputs_text(r, "c"), outputs_text(all, "c"));
}
END_TEST

START_TEST(a_partial_run_has_a_digest_of_its_own_that_repeats)
{
	const struct ty_run_result *all = whole(CHAIN);
	const char *first =
		ty_run_result(run_part(CHAIN, TY_PART_FROM, "b", all, NULL)->run)->digest;

	ck_assert_str_eq(ty_run_result(run_part(CHAIN, TY_PART_FROM, "b", all, NULL)->run)->digest,
			 first);
	ck_assert_str_ne(first, all->digest);
}
END_TEST

/* Of the same name and another type, or failed: nothing of it is known. */
START_TEST(a_record_that_does_not_fit_is_not_taken)
{
	const char *other = FLOW(NODE("a", "core.noop", "") "," NODE("d", "core.noop", ""),
				 EDGE("start", "a") "," EDGE("a", "d"));
	const char *broken =
		FLOW(SET("a", "={{ $('d').item.json.n }}") "," NODE("d", "core.noop", ""),
		     EDGE("start", "a") "," EDGE("a", "d"));

	ck_assert_str_eq(
		path_text(ty_run_result(run_part(other, TY_PART_TO, "d", whole(CHAIN), NULL)->run)
				  ->steps),
		"start, a, d");
	ck_assert_ptr_null(run_part(broken, TY_PART_ONLY, "d", whole(broken), NULL));
}
END_TEST

TEST_MAIN("engine.partial", {
	TEST_LOOP(a_part_of_a_workflow_is_run, cases);
	TEST(what_is_taken_is_said_and_costs_no_step);
	TEST(lineage_goes_through_what_is_taken);
	TEST(a_partial_run_has_a_digest_of_its_own_that_repeats);
	TEST(a_record_that_does_not_fit_is_not_taken);
})
