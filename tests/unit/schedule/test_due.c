/*
 * Which ticks run now: what was missed while nobody was there, and what meets the run before.
 */
#include "next.h"
#include "schedule/due.h"

#include <stdio.h>

#define HOUR  "2027-02-01T00:00:00Z"
#define NEVER TY_SCHEDULE_NEVER_MS

static const char *
texts(const int64_t *at_ms, size_t count)
{
	const char *out = "";

	for (size_t i = 0; i < count; i++) {
		char text[TY_TIME_TEXT_SIZE];

		ty_time_format(at_ms[i], text);
		out = ty_arena_printf(fx.arena, "%s%s%.8s", out, i > 0 ? " " : "", text + 11);
	}
	return out;
}

/* All at 'now' of 1 February 2027; a schedule of each minute whose next tick is 'next'. */
static const struct {
	const char *cron, *next, *now;
	enum ty_schedule_missed missed;
	size_t missed_max;
	enum ty_schedule_overlap overlap;
	bool is_last_over;
	size_t pending; /* of 00:00:00 and on, an hour apart */
	const char *ticks, *after, *left;
	int64_t skipped;
} rows[] = {
	/* On time. */
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_ALLOW, true, 0,
	  "10:00:00", "10:01:00", "", 0 },
	{ "* * * * *", "10:00:00", "09:59:59", TY_MISSED_SKIP, 1, TY_OVERLAP_ALLOW, true, 0, "",
	  "10:00:00", "", 0 },
	{ "* * * * *", "10:00:00", "10:00:04", TY_MISSED_SKIP, 1, TY_OVERLAP_ALLOW, true, 0,
	  "10:00:00", "10:01:00", "", 0 },
	/* Late: five seconds and more. */
	{ "* * * * *", "10:00:00", "10:00:05", TY_MISSED_SKIP, 1, TY_OVERLAP_ALLOW, true, 0, "",
	  "10:01:00", "", 1 },
	{ "* * * * *", "10:00:00", "10:10:30", TY_MISSED_SKIP, 1, TY_OVERLAP_ALLOW, true, 0, "",
	  "10:11:00", "", 11 },
	{ "* * * * *", "10:00:00", "10:10:30", TY_MISSED_ONCE, 1, TY_OVERLAP_ALLOW, true, 0,
	  "10:10:00", "10:11:00", "", 10 },
	{ "* * * * *", "10:00:00", "10:10:30", TY_MISSED_ALL, 3, TY_OVERLAP_ALLOW, true, 0,
	  "10:08:00 10:09:00 10:10:00", "10:11:00", "", 8 },
	{ "* * * * *", "10:00:00", "10:02:30", TY_MISSED_ALL, 100, TY_OVERLAP_ALLOW, true, 0,
	  "10:00:00 10:01:00 10:02:00", "10:03:00", "", 0 },
	/* What is late and what is not. */
	{ "* * * * *", "10:00:00", "10:10:02", TY_MISSED_SKIP, 1, TY_OVERLAP_ALLOW, true, 0,
	  "10:10:00", "10:11:00", "", 10 },
	{ "* * * * *", "10:00:00", "10:10:02", TY_MISSED_ONCE, 1, TY_OVERLAP_ALLOW, true, 0,
	  "10:09:00 10:10:00", "10:11:00", "", 9 },
	/* Each second, after a long absence. */
	{ "* * * * * *", "00:00:00", "23:59:59", TY_MISSED_ALL, 2, TY_OVERLAP_ALLOW, true, 0,
	  "23:59:53 23:59:54 23:59:55 23:59:56 23:59:57 23:59:58 23:59:59", "00:00:00", "", 9998 },
	/* While the run before is not over. */
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_ALLOW, false, 0,
	  "10:00:00", "10:01:00", "", 0 },
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_SKIP, false, 0, "",
	  "10:01:00", "", 1 },
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_SKIP, true, 0,
	  "10:00:00", "10:01:00", "", 0 },
	{ "* * * * *", "10:00:00", "10:02:30", TY_MISSED_ALL, 3, TY_OVERLAP_SKIP, true, 0,
	  "10:00:00", "10:03:00", "", 2 },
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_QUEUE, true, 0,
	  "10:00:00", "10:01:00", "", 0 },
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_QUEUE, false, 0, "",
	  "10:01:00", "10:00:00", 0 },
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_QUEUE, true, 2,
	  "00:00:00", "10:01:00", "01:00:00 10:00:00", 0 },
	{ "* * * * *", "10:00:00", "09:30:00", TY_MISSED_SKIP, 1, TY_OVERLAP_QUEUE, true, 1,
	  "00:00:00", "10:00:00", "", 0 },
	{ "* * * * *", "10:00:00", "09:30:00", TY_MISSED_SKIP, 1, TY_OVERLAP_QUEUE, false, 1, "",
	  "10:00:00", "00:00:00", 0 },
	/* A hundred wait at most. */
	{ "* * * * *", "10:00:00", "10:00:00", TY_MISSED_SKIP, 1, TY_OVERLAP_QUEUE, false, 100, "",
	  "10:01:00", NULL, 1 },
};

static int64_t
today(const char *time)
{
	return ms_of(ty_arena_printf(fx.arena, "2027-02-01T%sZ", time));
}

START_TEST(each_policy_takes_its_ticks)
{
	struct ty_schedule_state state = { .missed = rows[_i].missed,
					   .missed_max = rows[_i].missed_max,
					   .overlap = rows[_i].overlap,
					   .is_last_over = rows[_i].is_last_over,
					   .next_ms = today(rows[_i].next) };
	struct ty_schedule_decision d;

	for (; state.pending.count < rows[_i].pending; state.pending.count++)
		state.pending.at_ms[state.pending.count] =
			ms_of(HOUR) + (int64_t)state.pending.count * 3600000;
	ty_schedule_decide(cron_of(rows[_i].cron, "UTC"), &state, today(rows[_i].now), &d);
	ck_assert_str_eq(texts(d.ticks, d.tick_count), rows[_i].ticks);
	ck_assert_str_eq(texts(&d.next_ms, 1), rows[_i].after);
	if (rows[_i].left != NULL)
		ck_assert_str_eq(texts(d.pending.at_ms, d.pending.count), rows[_i].left);
	ck_assert_int_eq(d.skipped, rows[_i].skipped);
	ck_assert_int_eq(d.look_ms, d.pending.count > 0
					    ? today(rows[_i].now) + TY_SCHEDULE_PENDING_LOOK_MS
					    : d.next_ms);
}
END_TEST

START_TEST(a_schedule_without_a_next_time_gives_what_is_pending)
{
	struct ty_schedule_state state = { .overlap = TY_OVERLAP_QUEUE,
					   .is_last_over = true,
					   .next_ms = NEVER,
					   .pending = { .at_ms = { 1000, 2000 }, .count = 2 } };
	struct ty_schedule_decision d;

	ty_schedule_decide(cron_of("* * * * *", "UTC"), &state, today("10:00:00"), &d);
	ck_assert_uint_eq(d.tick_count, 1);
	ck_assert_int_eq(d.ticks[0], 1000);
	ck_assert_uint_eq(d.pending.count, 1);
	ck_assert_int_eq(d.next_ms, NEVER);
	ck_assert_int_eq(d.look_ms, today("10:00:00") + TY_SCHEDULE_PENDING_LOOK_MS);
}
END_TEST

START_TEST(years_of_absence_cost_a_moment)
{
	struct ty_schedule_state state = { .missed = TY_MISSED_ALL,
					   .missed_max = TY_SCHEDULE_MISSED_MAX,
					   .next_ms = ms_of("2007-02-01T00:00:00Z") };
	int64_t began_ms = ty_time_mono_ms();
	struct ty_schedule_decision d;

	ty_schedule_decide(cron_of("* * * * * *", "Europe/Berlin"), &state, today("10:00:00"), &d);
	ck_assert_uint_eq(d.tick_count, TY_SCHEDULE_MISSED_MAX + 5);
	ck_assert_int_eq(d.ticks[0], today("10:00:00") - (TY_SCHEDULE_MISSED_MAX + 4) * 1000);
	ck_assert_int_ge(d.skipped, 9000);
	ck_assert_int_lt(ty_time_mono_ms() - began_ms, 2000);
}
END_TEST

START_TEST(policies_have_names)
{
	enum ty_schedule_overlap overlap;
	enum ty_schedule_missed missed;

	for (int i = 0; i < TY_MISSED__COUNT; i++) {
		ck_assert(ty_schedule_missed_find(
			ty_schedule_missed_name((enum ty_schedule_missed)i), &missed));
		ck_assert_int_eq(missed, i);
	}
	for (int i = 0; i < TY_OVERLAP__COUNT; i++) {
		ck_assert(ty_schedule_overlap_find(
			ty_schedule_overlap_name((enum ty_schedule_overlap)i), &overlap));
		ck_assert_int_eq(overlap, i);
	}
	ck_assert(!ty_schedule_missed_find("twice", &missed));
	ck_assert(!ty_schedule_overlap_find("", &overlap));
}
END_TEST

TEST_MAIN("schedule.due", {
	TEST_LOOP(each_policy_takes_its_ticks, rows);
	TEST(a_schedule_without_a_next_time_gives_what_is_pending);
	TEST(years_of_absence_cost_a_moment);
	TEST(policies_have_names);
})
