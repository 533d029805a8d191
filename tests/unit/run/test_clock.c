/*
 * test_clock.c -- who is woken, in which order, and who is not.
 */
#include "support/common.h"

#include "base/time.h"
#include "run/clock.h"

#include <uv.h>

#define ENTRIES 500

static struct {
	uv_loop_t loop;
	struct clock *clock;
	struct clock_entry entries[ENTRIES];
	size_t order[ENTRIES], fired;
} c;

static void
fired(void *ctx, struct clock_entry *entry)
{
	ck_assert_uint_eq(entry->place, 0);
	ck_assert_uint_lt(c.fired, ENTRIES);
	c.order[c.fired++] = (size_t)(entry - c.entries);
}

static void
setup(void)
{
	memset(&c, 0, sizeof(c));
	uv_loop_init(&c.loop);
	c.clock = clock_new(&c.loop, fired, NULL);
}

static void
teardown(void)
{
	clock_free(c.clock);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&c.loop), 0);
}

static void
run_until(size_t count)
{
	while (c.fired < count && uv_run(&c.loop, UV_RUN_ONCE) != 0)
		;
	ck_assert_uint_eq(c.fired, count);
}

START_TEST(entries_fire_in_the_order_of_their_times)
{
	int64_t now_ms = ty_time_now_ms();
	unsigned seed = 7;

	for (size_t i = 0; i < ENTRIES; i++)
		clock_set(c.clock, &c.entries[i], now_ms - 100 + rand_r(&seed) % 150);
	run_until(ENTRIES);
	for (size_t i = 1; i < ENTRIES; i++)
		ck_assert_int_le(c.entries[c.order[i - 1]].at_ms, c.entries[c.order[i]].at_ms);
	ck_assert_int_ge(ty_time_now_ms(), c.entries[c.order[ENTRIES - 1]].at_ms);
}
END_TEST

START_TEST(an_entry_taken_out_does_not_fire)
{
	int64_t now_ms = ty_time_now_ms();

	for (size_t i = 0; i < 100; i++)
		clock_set(c.clock, &c.entries[i], now_ms - (int64_t)i);
	for (size_t i = 0; i < 100; i += 2)
		clock_set(c.clock, &c.entries[i], 0);
	clock_set(c.clock, &c.entries[1], 0);
	clock_set(c.clock, &c.entries[1], 0); /* twice does no harm */
	run_until(49);
	ck_assert_int_eq(uv_run(&c.loop, UV_RUN_NOWAIT), 0); /* nothing is left to wait for */
	ck_assert_uint_eq(c.fired, 49);
	for (size_t i = 0; i < 49; i++)
		ck_assert_uint_eq(c.order[i], 99 - i * 2);
}
END_TEST

START_TEST(an_entry_moves)
{
	int64_t now_ms = ty_time_now_ms();

	clock_set(c.clock, &c.entries[0], now_ms + 3600000);
	clock_set(c.clock, &c.entries[1], now_ms + 20);
	clock_set(c.clock, &c.entries[0], now_ms - 1);
	clock_set(c.clock, &c.entries[2], now_ms - 2);
	clock_set(c.clock, &c.entries[2], now_ms + 40);
	run_until(3);
	ck_assert_uint_eq(c.order[0], 0);
	ck_assert_uint_eq(c.order[1], 1);
	ck_assert_uint_eq(c.order[2], 2);
}
END_TEST

TEST_MAIN("run.clock", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(entries_fire_in_the_order_of_their_times);
	TEST(an_entry_taken_out_does_not_fire);
	TEST(an_entry_moves);
})
