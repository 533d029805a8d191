/*
 * test_piece.c -- records are handed out while a run lasts: after so many steps, or so many bytes.
 */
#include "engine/engine.h"

#include "base/limits.h"
#include "json/json.h"
#include "support/fake_ops.h"
#include "unit/engine/flow.h"

#define THREE                                                                                      \
	FLOW(NODE("a", "core.noop", "") "," NODE("b", "core.noop", "") "," NODE("c", "core.noop",  \
										""),               \
	     EDGE("start", "a") "," EDGE("a", "b") "," EDGE("b", "c"))

/* Records of each piece. */
struct pieces {
	struct ty_run *run;
	size_t count, sizes[8];
};

static void
take(void *ctx, struct ty_run *run)
{
	struct pieces *pieces = ((struct fake_ops *)ctx)->owner;
	json_t *steps = ty_run_take_steps(run);

	pieces->sizes[pieces->count++ % TY_ARRAY_COUNT(pieces->sizes)] = json_array_size(steps);
	json_decref(steps);
}

/* A thousand items of so many bytes through three nodes. */
static struct pieces
pieces_of(size_t bytes)
{
	struct ty_arena *arena = ty_arena_new(fx.arena, "run", 0);
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_engine_ops ops = fake_engine_ops;
	char *text = ty_arena_alloc(arena, bytes + 1);
	json_t *items = ty_json_own(arena, json_array());
	struct pieces pieces = { .count = 0 };
	const struct ty_plan *plan;
	struct ty_run_spec spec;

	memset(text, 'x', bytes);
	for (int i = 0; i < 1000; i++)
		json_array_append_new(items, json_pack("{s:{s:s}}", "json", "text", text));
	f->owner = &pieces;
	ops.steps_ready = take;
	ck_assert_ok(fake_ops_plan(f, THREE, &plan, &fx.err));
	spec = fake_ops_spec(plan, items, NULL);
	ck_assert_ok(ty_run_new(arena, &ops, f, &spec, &pieces.run, &fx.err));
	ty_run_start(pieces.run);
	ck_assert_int_eq(ty_run_result(pieces.run)->status, TY_STATUS_OK);
	ty_run_free(pieces.run);
	return pieces;
}

START_TEST(records_that_are_large_together_are_a_piece)
{
	/* Each of the four steps has a little more than half of what a piece has. */
	struct pieces pieces = pieces_of(TY_LIMIT_PIECE_BYTES / 2 / 1000);

	ck_assert_uint_eq(pieces.count, 2);
	ck_assert_uint_eq(pieces.sizes[0], 2);
	ck_assert_uint_eq(pieces.sizes[1], 2);
}
END_TEST

START_TEST(a_few_small_records_wait_for_the_end)
{
	ck_assert_uint_eq(pieces_of(100).count, 0);
}
END_TEST

TEST_MAIN("engine piece", {
	TEST(records_that_are_large_together_are_a_piece);
	TEST(a_few_small_records_wait_for_the_end);
})
