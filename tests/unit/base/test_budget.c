/* test_budget.c -- a share of what a process may hold: taken, waited for in line, given back. */
#include "base/budget.h"
#include "support/common.h"

#include <pthread.h>
#include <stdatomic.h>

#define MOST 10
/* Of a busy machine; nothing here waits for it where all is well. */
#define LONG_MS 60000

static struct ty_budget budget = TY_BUDGET_INIT(MOST, LONG_MS);

static const struct {
	size_t taken, wanted;
	bool is_had;
	size_t total;
} take_cases[] = {
	{ 0, 1, true, 1 },	     { 0, MOST, true, MOST },  { 9, 1, true, MOST },
	{ 9, 2, false, 9 },	     { MOST, 1, false, MOST }, { MOST, 0, true, MOST },
	{ 0, SIZE_MAX, true, MOST }, /* more than there is counts as all */
	{ 1, SIZE_MAX, false, 1 },
};

START_TEST(a_share_is_had_where_it_fits_until_the_arena_is_cleared)
{
	struct ty_arena *arena = ty_arena_new(NULL, "other", 0);

	ck_assert(ty_budget_take(&budget, fx.arena, take_cases[_i].taken, 0));
	ck_assert(ty_budget_take(&budget, arena, take_cases[_i].wanted, 1) ==
		  take_cases[_i].is_had);
	ck_assert_uint_eq(ty_budget_taken(&budget), take_cases[_i].total);
	ty_arena_free(arena);
	ck_assert_uint_eq(ty_budget_taken(&budget), take_cases[_i].taken);
	ty_arena_clear(fx.arena);
	ck_assert_uint_eq(ty_budget_taken(&budget), 0);
}
END_TEST

/* ---- those who wait ---- */

struct other {
	pthread_t thread;
	size_t amount;
	int64_t timeout_ms;
	unsigned served; /* as which; 0 = it was not */
};

static atomic_uint served;

static void *
take(void *arg)
{
	struct other *other = arg;
	struct ty_arena *arena = ty_arena_new(NULL, "other", 0);

	if (ty_budget_take(&budget, arena, other->amount, other->timeout_ms))
		other->served = atomic_fetch_add(&served, 1) + 1;
	ty_arena_free(arena);
	return NULL;
}

/* Start one that has to wait, and see it in its place. */
static void
start(struct other *other, size_t amount, int64_t timeout_ms)
{
	size_t before = ty_budget_waiting(&budget);

	*other = (struct other){ .amount = amount, .timeout_ms = timeout_ms };
	ck_assert_int_eq(pthread_create(&other->thread, NULL, take, other), 0);
	while (ty_budget_waiting(&budget) == before)
		sched_yield();
}

static unsigned
served_as(struct other *other)
{
	ck_assert_int_eq(pthread_join(other->thread, NULL), 0);
	return other->served;
}

START_TEST(who_waits_for_all_is_served_before_small_ones_that_came_later)
{
	struct ty_arena *arena = ty_arena_new(NULL, "first", 0);
	struct other all, small;

	atomic_store(&served, 0);
	ck_assert(ty_budget_take(&budget, arena, 1, 0));
	start(&all, MOST, LONG_MS);
	start(&small, 1, LONG_MS);
	/* It would fit, but somebody stands before it. */
	ck_assert(!ty_budget_take(&budget, fx.arena, 1, 0));
	ty_arena_free(arena);
	ck_assert_uint_eq(served_as(&all), 1);
	ck_assert_uint_eq(served_as(&small), 2);
	ck_assert_uint_eq(ty_budget_taken(&budget), 0);
}
END_TEST

START_TEST(who_leaves_the_line_lets_the_next_one_through)
{
	struct other all, small;

	atomic_store(&served, 0);
	ck_assert(ty_budget_take(&budget, fx.arena, 1, 0));
	start(&all, MOST, 50);
	start(&small, 1, LONG_MS);
	ck_assert_uint_eq(served_as(&small), 1);
	ck_assert_uint_eq(served_as(&all), 0);
	ty_arena_clear(fx.arena);
}
END_TEST

TEST_MAIN("budget", {
	TEST_LOOP(a_share_is_had_where_it_fits_until_the_arena_is_cleared, take_cases);
	TEST(who_waits_for_all_is_served_before_small_ones_that_came_later);
	TEST(who_leaves_the_line_lets_the_next_one_through);
})
