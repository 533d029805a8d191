/*
 * Days when clocks change, and two years of them under a clock that nobody waits for.
 *
 * The rows are what docs/WORKFLOWS.md promises.  The two years are compared with what the C library's
 * own clock shows each quarter of an hour, so that neither zones nor rules are believed.
 */
#include "base/zone_offset.h"
#include "clock.h"

static const struct {
	const char *zone, *cron, *after, *times;
} days[] = {
	/* ---- a gap: wall times run once, at its end ---- */
	{ "America/New_York", "30 2 * * *", "2027-03-13T12:00:00Z",
	  "2027-03-14T03:00:00-04:00 2027-03-15T02:30:00-04:00" },
	{ "America/New_York", "0 2 * * *", "2027-03-14T06:59:59Z",
	  "2027-03-14T03:00:00-04:00 2027-03-15T02:00:00-04:00" },
	{ "Europe/Berlin", "15,45 2 * * *", "2027-03-27T12:00:00Z",
	  "2027-03-28T03:00:00+02:00 2027-03-29T02:15:00+02:00" },
	{ "Europe/Berlin", "30 2-3 * * *", "2027-03-27T12:00:00Z",
	  "2027-03-28T03:00:00+02:00 2027-03-28T03:30:00+02:00 2027-03-29T02:30:00+02:00" },
	{ "Europe/Berlin", "30 2,14 * * *", "2027-03-27T14:00:00Z",
	  "2027-03-28T03:00:00+02:00 2027-03-28T14:30:00+02:00" },
	{ "Europe/Berlin", "0 2,3 * * *", "2027-03-27T14:00:00Z",
	  "2027-03-28T03:00:00+02:00 2027-03-29T02:00:00+02:00" },
	{ "Australia/Lord_Howe", "15 2 * * *", "2027-10-02T12:00:00Z",
	  "2027-10-03T02:30:00+11:00 2027-10-04T02:15:00+11:00" },
	{ "Australia/Lord_Howe", "45 2 * * *", "2027-10-02T12:00:00Z",
	  "2027-10-03T02:45:00+11:00 2027-10-04T02:45:00+11:00" },
	{ "Antarctica/Troll", "30 2 * * *", "2027-03-27T12:00:00Z",
	  "2027-03-28T03:00:00+02:00 2027-03-29T02:30:00+02:00" },
	{ "Africa/Cairo", "0 0 * * *", "2027-04-29T12:00:00Z",
	  "2027-04-30T01:00:00+03:00 2027-05-01T00:00:00+03:00" },
	{ "Africa/Cairo", "@daily", "2027-04-29T12:00:00Z", "2027-04-30T01:00:00+03:00" },
	/* ---- a gap: a star or a step follows elapsed time ---- */
	{ "America/New_York", "*/30 2 * * *", "2027-03-13T12:00:00Z", "2027-03-15T02:00:00-04:00" },
	{ "America/New_York", "0 */2 * * *", "2027-03-14T04:30:00Z",
	  "2027-03-14T00:00:00-05:00 2027-03-14T04:00:00-04:00 2027-03-14T06:00:00-04:00" },
	{ "America/New_York", "*/15 * * * *", "2027-03-14T06:30:00Z",
	  "2027-03-14T01:45:00-05:00 2027-03-14T03:00:00-04:00 2027-03-14T03:15:00-04:00" },
	{ "Australia/Lord_Howe", "0 * * * *", "2027-10-02T14:00:00Z",
	  "2027-10-03T01:00:00+10:30 2027-10-03T03:00:00+11:00" },
	{ "Australia/Lord_Howe", "*/15 * * * *", "2027-10-02T15:10:00Z",
	  "2027-10-03T01:45:00+10:30 2027-10-03T02:30:00+11:00 2027-10-03T02:45:00+11:00" },
	/* ---- twice: wall times run at the first ---- */
	{ "America/New_York", "30 1 * * *", "2027-11-06T12:00:00Z",
	  "2027-11-07T01:30:00-04:00 2027-11-08T01:30:00-05:00" },
	{ "America/New_York", "0 2 * * *", "2027-11-06T12:00:00Z",
	  "2027-11-07T02:00:00-05:00 2027-11-08T02:00:00-05:00" },
	{ "America/New_York", "30 1-2 * * *", "2027-11-06T12:00:00Z",
	  "2027-11-07T01:30:00-04:00 2027-11-07T02:30:00-05:00 2027-11-08T01:30:00-05:00" },
	{ "America/New_York", "*/10 30 1 * * *", "2027-11-07T05:30:45Z",
	  "2027-11-07T01:30:50-04:00 2027-11-08T01:30:00-05:00" },
	/* Asked in the second pass, too. */
	{ "America/New_York", "45 1 * * *", "2027-11-07T06:10:00Z", "2027-11-08T01:45:00-05:00" },
	{ "Europe/Berlin", "30 2 * * *", "2027-10-30T12:00:00Z",
	  "2027-10-31T02:30:00+02:00 2027-11-01T02:30:00+01:00" },
	{ "Europe/Berlin", "0 3 * * *", "2027-10-30T12:00:00Z",
	  "2027-10-31T03:00:00+01:00 2027-11-01T03:00:00+01:00" },
	{ "Australia/Lord_Howe", "45 1 * * *", "2027-04-03T12:00:00Z",
	  "2027-04-04T01:45:00+11:00 2027-04-05T01:45:00+10:30" },
	{ "Australia/Lord_Howe", "0 2 * * *", "2027-04-03T12:00:00Z",
	  "2027-04-04T02:00:00+10:30 2027-04-05T02:00:00+10:30" },
	{ "Antarctica/Troll", "30 2 * * *", "2027-10-30T12:00:00Z",
	  "2027-10-31T02:30:00+02:00 2027-11-01T02:30:00+00:00" },
	{ "America/Santiago", "0 0 * * *", "2027-04-03T12:00:00Z",
	  "2027-04-04T00:00:00-04:00 2027-04-05T00:00:00-04:00" },
	/* ---- twice: a star or a step runs in both passes ---- */
	{ "America/New_York", "*/30 1 * * *", "2027-11-06T12:00:00Z",
	  "2027-11-07T01:00:00-04:00 2027-11-07T01:30:00-04:00 2027-11-07T01:00:00-05:00 "
	  "2027-11-07T01:30:00-05:00 2027-11-08T01:00:00-05:00" },
	{ "America/New_York", "0 */2 * * *", "2027-11-07T03:30:00Z",
	  "2027-11-07T00:00:00-04:00 2027-11-07T02:00:00-05:00 2027-11-07T04:00:00-05:00" },
	{ "America/New_York", "0 * * * *", "2027-11-07T04:30:00Z",
	  "2027-11-07T01:00:00-04:00 2027-11-07T01:00:00-05:00 2027-11-07T02:00:00-05:00" },
	{ "Australia/Lord_Howe", "0 * * * *", "2027-04-03T13:30:00Z",
	  "2027-04-04T01:00:00+11:00 2027-04-04T02:00:00+10:30 2027-04-04T03:00:00+10:30" },
	/* ---- a zone that dropped its changes: October 2022, Mexico ---- */
	{ "America/Mexico_City", "30 2 * * *", "2022-04-02T12:00:00Z",
	  "2022-04-03T03:00:00-05:00 2022-04-04T02:30:00-05:00" },
	{ "America/Mexico_City", "30 2 * * *", "2023-04-01T12:00:00Z",
	  "2023-04-02T02:30:00-06:00 2023-04-03T02:30:00-06:00" },
	{ "America/Mexico_City", "30 2 * * *", "2090-04-01T12:00:00Z",
	  "2090-04-02T02:30:00-06:00" },
	/* A day that was left out: Samoa, 2011. */
	{ "Pacific/Apia", "0 9 * * *", "2011-12-29T20:00:00Z",
	  "2011-12-31T00:00:00+14:00 2011-12-31T09:00:00+14:00" },
	/* By the rule behind the data's last year. */
	{ "Europe/Berlin", "30 2 * * *", "2061-03-26T12:00:00Z",
	  "2061-03-27T03:00:00+02:00 2061-03-28T02:30:00+02:00" },
	/* No file at all. */
	{ "UTC-03:30", "30 2 * * *", "2027-03-27T12:00:00Z", "2027-03-28T02:30:00-03:30" },
};

START_TEST(each_day_of_a_change_has_its_times)
{
	size_t count = 1;

	for (const char *p = days[_i].times; *p != '\0'; p++)
		count += *p == ' ';
	ck_assert_str_eq(times_of(cron_of(days[_i].cron, days[_i].zone), days[_i].after, count),
			 days[_i].times);
}
END_TEST

/* ---- intervals ---- */

static const struct {
	const char *zone;
	int64_t every;
	enum ty_schedule_unit unit;
	const char *anchor, *after, *times;
} intervals[] = {
	/* Hours are elapsed time. */
	{ "Europe/Berlin", 12, TY_UNIT_HOURS, "2027-03-27T02:30", "2027-03-27T12:00:00Z",
	  "2027-03-27T14:30:00+01:00 2027-03-28T03:30:00+02:00 2027-03-28T15:30:00+02:00" },
	/* Days keep the wall time. */
	{ "Europe/Berlin", 1, TY_UNIT_DAYS, "2027-03-01T02:30", "2027-03-27T12:00:00Z",
	  "2027-03-28T03:00:00+02:00 2027-03-29T02:30:00+02:00" },
	/* Also where the anchor itself is left out. */
	{ "Europe/Berlin", 1, TY_UNIT_DAYS, "2027-03-28T02:30", "2027-03-27T12:00:00Z",
	  "2027-03-28T03:00:00+02:00 2027-03-29T02:30:00+02:00" },
	{ "Europe/Berlin", 1, TY_UNIT_DAYS, "2027-03-01T02:30", "2027-10-30T12:00:00Z",
	  "2027-10-31T02:30:00+02:00 2027-11-01T02:30:00+01:00" },
	{ "America/New_York", 1, TY_UNIT_WEEKS, "2027-03-07T09:00", "2027-03-08T00:00:00Z",
	  "2027-03-14T09:00:00-04:00 2027-03-21T09:00:00-04:00" },
	{ "Australia/Lord_Howe", 1, TY_UNIT_MONTHS, "2027-01-31T23:45", "2027-02-01T00:00:00Z",
	  "2027-02-28T23:45:00+11:00 2027-03-31T23:45:00+11:00 2027-04-30T23:45:00+10:30" },
	/* An anchor with an offset is a moment: here 03:30 in Berlin. */
	{ "Europe/Berlin", 1, TY_UNIT_DAYS, "2027-01-01T02:30:00Z", "2027-07-01T00:00:00Z",
	  "2027-07-01T03:30:00+02:00" },
};

START_TEST(each_interval_goes_over_a_change)
{
	struct ty_schedule_spec spec = { .kind = TY_SCHEDULE_INTERVAL,
					 .timezone = intervals[_i].zone,
					 .every = intervals[_i].every,
					 .unit = intervals[_i].unit,
					 .anchor = intervals[_i].anchor };
	const struct ty_schedule *s;
	size_t count = 1;

	for (const char *p = intervals[_i].times; *p != '\0'; p++)
		count += *p == ' ';
	ck_assert_ok(ty_schedule_parse(fx.arena, &spec, ms_of(intervals[_i].after), &s, &fx.err));
	ck_assert_str_eq(times_of(s, intervals[_i].after, count), intervals[_i].times);
}
END_TEST

/* ---- two years in eight zones, compared with the C library's clock ---- */

static const struct {
	const char *zone, *from;
} years[] = {
	{ "America/New_York", "2027-01-01T00:00:00Z" },
	{ "Europe/Berlin", "2027-01-01T00:00:00Z" },
	{ "Australia/Lord_Howe", "2027-01-01T00:00:00Z" },
	{ "America/Mexico_City", "2022-01-01T00:00:00Z" },
	{ "Asia/Kathmandu", "2027-01-01T00:00:00Z" },
	{ "Antarctica/Troll", "2027-01-01T00:00:00Z" },
	{ "America/Santiago", "2027-01-01T00:00:00Z" },
	{ "Africa/Casablanca", "2027-01-01T00:00:00Z" },
};

/* Each assertion of Check is a message to its parent, so these loops count and assert once. */
START_TEST(two_years_are_as_the_clock_shows_them)
{
	const char *zone = years[_i].zone;
	int64_t from_s = ms_of(years[_i].from) / 1000;
	const int64_t *walls = clock_of(zone, from_s, QUARTERS);

	for (size_t clock = 0; clock < TY_ARRAY_COUNT(clocks); clock++) {
		const struct ty_schedule *s = cron_of(clocks[clock].cron, zone);
		int64_t at = from_s * 1000, ticks = 0;
		bool has_next = ty_schedule_next(s, at, &at);

		for (size_t i = 1; i < QUARTERS && has_next; i++) {
			int64_t now = (from_s + (int64_t)i * QUARTER_S) * 1000;

			if ((at == now) != clock_is_due(clock, walls, i) || at < now)
				ck_abort_msg("%s in %s at %lld", clocks[clock].cron, zone,
					     (long long)now);
			if (at != now)
				continue;
			ticks++;
			has_next = ty_schedule_next(s, at, &at);
		}
		ck_assert(has_next);
		ck_assert_int_ge(ticks, 2 * 365);
	}
}
END_TEST

/* The next time does not depend on when it is asked for. */
START_TEST(any_moment_before_a_time_has_it_as_its_next)
{
	const struct ty_schedule *s = cron_of("30 1,2 * * *", years[_i].zone);
	int64_t at = ms_of(years[_i].from), next = 0, asked = 0;
	size_t wrong = 0;

	for (int i = 0; i < 2 * 366 * 2; i++, at = next) {
		wrong += !ty_schedule_next(s, at, &next);
		for (int64_t ms = at; ms < next; ms += 47 * 60 * 1000 + 1)
			wrong += !ty_schedule_next(s, ms, &asked) || asked != next;
		wrong += !ty_schedule_next(s, next - 1, &asked) || asked != next;
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(a_schedule_says_its_rule)
{
	ck_assert_ptr_nonnull(
		strstr(ty_schedule_rule(cron_of("30 2-4 * * *", "UTC")), "Wall time"));
	ck_assert_ptr_nonnull(strstr(ty_schedule_rule(cron_of("30 */2 * * *", "UTC")), "Elapsed"));
}
END_TEST

TEST_MAIN("schedule.zones", {
	TEST_LOOP(each_day_of_a_change_has_its_times, days);
	TEST_LOOP(each_interval_goes_over_a_change, intervals);
	TEST_LOOP(two_years_are_as_the_clock_shows_them, years);
	TEST_LOOP(any_moment_before_a_time_has_it_as_its_next, years);
	TEST(a_schedule_says_its_rule);
})
