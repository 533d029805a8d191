/*
 * What expressions and intervals mean, and what is refused, in UTC: days when clocks change are in test_zones.c.
 */
#include "next.h"

/* Times after 2027-02-01T12:00:00Z, which is a Monday; UTC, so only date and time are written. */
static const struct {
	const char *cron;
	const char *times; /* "02-01T12:01 ..." */
} crons[] = {
	{ "* * * * *", "02-01T12:01:00 02-01T12:02:00" },
	{ "* * * * * *", "02-01T12:00:01 02-01T12:00:02" },
	{ "*/20 * * * * *", "02-01T12:00:20 02-01T12:00:40 02-01T12:01:00" },
	{ "30 9 * * *", "02-02T09:30:00 02-03T09:30:00" },
	{ "5/15 * * * *",
	  "02-01T12:05:00 02-01T12:20:00 02-01T12:35:00 02-01T12:50:00 02-01T13:05:00" },
	{ "0,30 8-10 * * *", "02-02T08:00:00 02-02T08:30:00 02-02T09:00:00" },
	{ "0 22-2 * * *",
	  "02-01T22:00:00 02-01T23:00:00 02-02T00:00:00 02-02T01:00:00 02-02T02:00:00 "
	  "02-02T22:00:00" },
	{ "0 0 * * FRI-MON",
	  "02-05T00:00:00 02-06T00:00:00 02-07T00:00:00 02-08T00:00:00 02-12T00:00:00" },
	{ "0 0 28-2 * ?",
	  "02-02T00:00:00 02-28T00:00:00 03-01T00:00:00 03-02T00:00:00 03-28T00:00:00" },
	{ "0 0 1 NOV-JAN *", "11-01T00:00:00 12-01T00:00:00" },
	{ "0 0 * * mon", "02-08T00:00:00 02-15T00:00:00" },
	{ "0 0 * * Monday", "02-08T00:00:00 02-15T00:00:00" },
	{ "0 0 1 mar,September *", "03-01T00:00:00 09-01T00:00:00" },
	/* Sunday is 0 and 7. */
	{ "0 0 * * 7", "02-07T00:00:00 02-14T00:00:00" },
	{ "0 0 * * 0", "02-07T00:00:00 02-14T00:00:00" },
	{ "0 0 * * 5-7", "02-05T00:00:00 02-06T00:00:00 02-07T00:00:00 02-12T00:00:00" },
	{ "0 0 * * 0-7", "02-02T00:00:00 02-03T00:00:00" },
	{ "0 0 * * 7-1", "02-07T00:00:00 02-08T00:00:00 02-14T00:00:00" },
	{ "0 0 * * SUN-SUN", "02-07T00:00:00 02-14T00:00:00" },
	/* Either day is enough; a star and '?' restrict nothing, a step does. */
	{ "0 0 13 * 5", "02-05T00:00:00 02-12T00:00:00 02-13T00:00:00 02-19T00:00:00" },
	{ "0 0 ? * 1", "02-08T00:00:00 02-15T00:00:00" },
	{ "0 0 13 * ?", "02-13T00:00:00 03-13T00:00:00" },
	{ "0 0 */1 * 1", "02-02T00:00:00 02-03T00:00:00" },
	{ "0 0 13 * 0-6", "02-02T00:00:00 02-03T00:00:00" },
	{ "0 0 *,13 * 1", "02-08T00:00:00 02-15T00:00:00" },
	{ "0 0 L * 5",
	  "02-05T00:00:00 02-12T00:00:00 02-19T00:00:00 02-26T00:00:00 02-28T00:00:00" },
	/* What only a calendar knows. */
	{ "0 0 L * *", "02-28T00:00:00 03-31T00:00:00 04-30T00:00:00" },
	{ "0 0 l-2 * *", "02-26T00:00:00 03-29T00:00:00" },
	{ "0 0 L-30 * *", "03-01T00:00:00 05-01T00:00:00" },
	{ "0 0 LW * *", "02-26T00:00:00 03-31T00:00:00 04-30T00:00:00 05-31T00:00:00" },
	{ "0 0 15W * *", "02-15T00:00:00 03-15T00:00:00 04-15T00:00:00 05-14T00:00:00" },
	{ "0 0 1W * *", "03-01T00:00:00 04-01T00:00:00 05-03T00:00:00" },
	{ "0 0 31W * *", "03-31T00:00:00 05-31T00:00:00 07-30T00:00:00" },
	{ "0 0 28W FEB *", "02-26T00:00:00" },
	{ "0 0 * * 5L", "02-26T00:00:00 03-26T00:00:00" },
	{ "0 0 * * FRIL", "02-26T00:00:00 03-26T00:00:00" },
	{ "0 0 * * 1#2", "02-08T00:00:00 03-08T00:00:00" },
	{ "0 0 * * SUN#5", "05-30T00:00:00 08-29T00:00:00" },
	{ "0 0 * * 7#1,3L", "02-07T00:00:00 02-24T00:00:00" },
	/* Names. */
	{ "@hourly", "02-01T13:00:00 02-01T14:00:00" },
	{ "@Daily", "02-02T00:00:00 02-03T00:00:00" },
	{ "@MIDNIGHT", "02-02T00:00:00" },
	{ "@weekly", "02-07T00:00:00" },
	{ "@monthly", "03-01T00:00:00 04-01T00:00:00" },
	{ "@weekdays", "02-02T00:00:00" },
	{ "@weekends", "02-06T00:00:00 02-07T00:00:00" },
	{ "@minutely", "02-01T12:01:00" },
	{ "@secondly", "02-01T12:00:01" },
	{ "  0   0 \t 1 * * ", "03-01T00:00:00" },
};

START_TEST(each_expression_has_its_times)
{
	const struct ty_schedule *s = cron_of(crons[_i].cron, "UTC");
	int64_t at = ms_of("2027-02-01T12:00:00Z");
	char copy[512], *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", crons[_i].times);
	for (char *want = strtok_r(copy, " ", &rest); want != NULL;
	     want = strtok_r(NULL, " ", &rest)) {
		char text[TY_SCHEDULE_TIME_SIZE];

		ck_assert(ty_schedule_next(s, at, &at));
		ty_schedule_format(s, at, text);
		ck_assert_msg(strncmp(text + 5, want, strlen(want)) == 0, "%s: %s, not %s",
			      crons[_i].cron, text, want);
	}
}
END_TEST

START_TEST(years_and_leap_days_are_found)
{
	ck_assert_str_eq(times_of(cron_of("0 0 29 2 *", "UTC"), "2096-03-01T00:00:00Z", 2),
			 "2104-02-29T00:00:00+00:00 2108-02-29T00:00:00+00:00");
	/* 29 February as a fifth Sunday. */
	ck_assert_str_eq(times_of(cron_of("0 0 31 12 ?", "UTC"), "2027-12-31T00:00:00Z", 1),
			 "2028-12-31T00:00:00+00:00");
}
END_TEST

static const struct {
	const char *cron;
	const char *says; /* in the message */
} refused[] = {
	{ "", "5 fields" },
	{ "* * * *", "this one has 4" },
	{ "* * * * * * *", "this one has 7" },
	{ "60 * * * *", "\"60\" in the minute field" },
	{ "* 24 * * *", "in the hour field" },
	{ "* * 0 * *", "in the day of month field" },
	{ "* * 32 * *", "in the day of month field" },
	{ "* * * 13 *", "in the month field" },
	{ "* * * * 8", "in the weekday field" },
	{ "*/0 * * * *", "step" },
	{ "*/90 * * * *", "step" },
	{ "*/ * * * *", "cannot be read" },
	{ "1-  * * * *", "range without an end" },
	{ "1,, * * * *", "in the minute field" },
	{ "a * * * *", "cannot be read" },
	{ "? * * * *", "cannot be read" },
	{ "1.5 * * * *", "cannot be read" },
	{ "-1 * * * *", "cannot be read" },
	{ "99999999999999999999 * * * *", "cannot be read" },
	{ "* * * JANUAR *", "cannot be read" },
	{ "* * L-31 * *", "cannot be read" },
	{ "* * 32W * *", "not in its range" },
	{ "* * 0W * *", "not in its range" },
	{ "* * +5W * *", "cannot be read" },
	{ "* * * * L", "cannot be read" },
	{ "* * * * 8L", "in the weekday field" },
	{ "* * * * 1#6", "cannot be read" },
	{ "* * * * 1#0", "cannot be read" },
	{ "* * * * #2", "cannot be read" },
	{ "H * * * *", "cannot be read" },
	{ "@reboot", "no name" },
	{ "@sometimes", "no name" },
	{ "0 0 30 2 *", "never comes" },
	{ "0 0 31 4,6,9,11 *", "never comes" },
	{ "0 0 31W 2 *", "never comes" },
	{ "0 0 L-29 2 *", "never comes" },
	{ "0 0 ? 2 1#5,2#5 ", NULL },
};

START_TEST(each_bad_expression_is_refused_with_its_place)
{
	struct ty_schedule_spec spec = { .kind = TY_SCHEDULE_CRON,
					 .cron = refused[_i].cron,
					 .timezone = "UTC" };
	const struct ty_schedule *schedule = NULL;
	enum ty_code code = ty_schedule_parse(fx.arena, &spec, ms_of("2027-02-01T12:00:00Z"),
					      &schedule, &fx.err);

	if (refused[_i].says == NULL) {
		ck_assert_int_eq(code, TY_OK);
		return;
	}
	ck_assert_msg(code == TY_E_INVALID, "%s", refused[_i].cron);
	ck_assert_str_eq(fx.err.path, "cron");
	ck_assert_msg(strstr(fx.err.msg, refused[_i].says) != NULL, "%s: %s", refused[_i].cron,
		      fx.err.msg);
	ck_assert_uint_gt(strlen(fx.err.hint), 10);
	ck_assert_ptr_null(schedule);
}
END_TEST

START_TEST(an_expression_of_500_bytes_is_the_longest)
{
	char text[TY_SCHEDULE_CRON_BYTES + 2];
	struct ty_schedule_spec spec = { .kind = TY_SCHEDULE_CRON,
					 .cron = text,
					 .timezone = "UTC" };
	const struct ty_schedule *schedule;

	memset(text, ' ', sizeof(text));
	memcpy(text, "0 * * * *", 9);
	text[TY_SCHEDULE_CRON_BYTES + 1] = '\0';
	ck_assert_code(ty_schedule_parse(fx.arena, &spec, 0, &schedule, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "500 bytes"));
	text[TY_SCHEDULE_CRON_BYTES] = '\0';
	ck_assert_code(ty_schedule_parse(fx.arena, &spec, 0, &schedule, &fx.err), TY_OK);
}
END_TEST

/* ---- intervals ---- */

static const struct {
	int64_t every;
	enum ty_schedule_unit unit;
	const char *anchor, *after, *times;
} intervals[] = {
	{ 1500, TY_UNIT_MS, "2027-02-01T00:00:00Z", "2027-02-01T00:00:00Z",
	  "2027-02-01T00:00:01.500+00:00 2027-02-01T00:00:03+00:00" },
	{ 1, TY_UNIT_SECONDS, NULL, "2027-02-01T00:00:00.999Z",
	  "2027-02-01T00:00:01+00:00 2027-02-01T00:00:02+00:00" },
	{ 15, TY_UNIT_MINUTES, NULL, "2027-02-01T12:07:00Z",
	  "2027-02-01T12:15:00+00:00 2027-02-01T12:30:00+00:00" },
	{ 15, TY_UNIT_MINUTES, "2027-02-01T12:05:00.25Z", "2027-02-01T12:07:00Z",
	  "2027-02-01T12:20:00.250+00:00" },
	{ 7, TY_UNIT_HOURS, "2027-02-01", "2027-02-01T00:00:00Z",
	  "2027-02-01T07:00:00+00:00 2027-02-01T14:00:00+00:00" },
	/* The anchor itself is the first. */
	{ 2, TY_UNIT_DAYS, "2027-03-01T09:00", "2027-02-01T00:00:00Z",
	  "2027-03-01T09:00:00+00:00 2027-03-03T09:00:00+00:00" },
	{ 1, TY_UNIT_WEEKS, NULL, "2027-02-02T00:00:00Z",
	  "2027-02-08T00:00:00+00:00 2027-02-15T00:00:00+00:00" },
	{ 1, TY_UNIT_MONTHS, "2026-12-31T08:00", "2027-01-31T08:00:00Z",
	  "2027-02-28T08:00:00+00:00 2027-03-31T08:00:00+00:00 2027-04-30T08:00:00+00:00" },
	{ 120, TY_UNIT_MONTHS, NULL, "2027-02-02T00:00:00Z", "2031-01-01T00:00:00+00:00" },
	{ 3, TY_UNIT_MONTHS, NULL, "1999-02-02T00:00:00Z",
	  "2001-01-01T00:00:00+00:00 2001-04-01T00:00:00+00:00" },
};

static enum ty_code
interval_of(int64_t every, enum ty_schedule_unit unit, const char *anchor, const char *zone,
	    const struct ty_schedule **ret)
{
	struct ty_schedule_spec spec = { .kind = TY_SCHEDULE_INTERVAL,
					 .every = every,
					 .unit = unit,
					 .anchor = anchor,
					 .timezone = zone };

	return ty_schedule_parse(fx.arena, &spec, ms_of("1999-01-01T00:00:00Z"), ret, &fx.err);
}

START_TEST(each_interval_has_its_times)
{
	const struct ty_schedule *s;
	size_t count = 1;

	for (const char *p = intervals[_i].times; *p != '\0'; p++)
		count += *p == ' ';
	ck_assert_ok(interval_of(intervals[_i].every, intervals[_i].unit, intervals[_i].anchor,
				 "UTC", &s));
	ck_assert_str_eq(times_of(s, intervals[_i].after, count), intervals[_i].times);
}
END_TEST

static const struct {
	int64_t every;
	enum ty_schedule_unit unit;
	const char *anchor, *zone, *path;
} bad_intervals[] = {
	{ 0, TY_UNIT_HOURS, NULL, "UTC", "every" },
	{ -1, TY_UNIT_HOURS, NULL, "UTC", "every" },
	{ 999, TY_UNIT_MS, NULL, "UTC", "every" },
	{ 121, TY_UNIT_MONTHS, NULL, "UTC", "every" },
	{ INT64_MAX, TY_UNIT_MS, NULL, "UTC", "every" },
	{ INT64_MAX, TY_UNIT_MONTHS, NULL, "UTC", "every" },
	{ 1, TY_UNIT_HOURS, "soon", "UTC", "anchor" },
	{ 1, TY_UNIT_HOURS, "2027-02-30", "UTC", "anchor" },
	{ 1, TY_UNIT_HOURS, "2027-02-01T25:00", "UTC", "anchor" },
	{ 1, TY_UNIT_HOURS, "2027-02-01T12:00+", "UTC", "anchor" },
	{ 1, TY_UNIT_HOURS, "2099-02-01", "UTC", "anchor" },
	{ 1, TY_UNIT_HOURS, NULL, "Mars/Base", "timezone" },
	{ 1, TY_UNIT_HOURS, NULL, "../UTC", "timezone" },
};

START_TEST(each_bad_interval_is_refused_with_its_place)
{
	const struct ty_schedule *s;

	ck_assert_code(interval_of(bad_intervals[_i].every, bad_intervals[_i].unit,
				   bad_intervals[_i].anchor, bad_intervals[_i].zone, &s),
		       TY_E_INVALID);
	ck_assert_str_eq(fx.err.path, bad_intervals[_i].path);
	ck_assert_uint_gt(strlen(fx.err.hint), 10);
}
END_TEST

START_TEST(units_and_kinds_have_names)
{
	enum ty_schedule_unit unit;
	enum ty_schedule_kind kind;

	for (int i = 0; i < TY_SCHEDULE_UNIT__COUNT; i++) {
		ck_assert(ty_schedule_unit_find(ty_schedule_unit_name((enum ty_schedule_unit)i),
						&unit));
		ck_assert_int_eq(unit, i);
	}
	for (int i = 0; i < TY_SCHEDULE_KIND__COUNT; i++) {
		ck_assert(ty_schedule_kind_find(ty_schedule_kind_name((enum ty_schedule_kind)i),
						&kind));
		ck_assert_int_eq(kind, i);
	}
	ck_assert(!ty_schedule_unit_find("fortnights", &unit));
	ck_assert(!ty_schedule_kind_find("", &kind));
}
END_TEST

TEST_MAIN("schedule.cron", {
	TEST_LOOP(each_expression_has_its_times, crons);
	TEST(years_and_leap_days_are_found);
	TEST_LOOP(each_bad_expression_is_refused_with_its_place, refused);
	TEST(an_expression_of_500_bytes_is_the_longest);
	TEST_LOOP(each_interval_has_its_times, intervals);
	TEST_LOOP(each_bad_interval_is_refused_with_its_place, bad_intervals);
	TEST(units_and_kinds_have_names);
})
