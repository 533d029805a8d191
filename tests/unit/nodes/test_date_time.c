/*
 * test_date_time.c -- data.date_time: dates read, written, moved, rounded, compared and taken apart.
 */
#include "unit/nodes/convert.h"

#include "nodes/date_format.h"
#include "nodes/moment.h"

#define NY	     ",`zone`:`America/New_York`"
#define DO(more)     "{`value`:`={{ $json.t }}`,`into`:`t`" more "}"
#define ADD(n, unit) DO(",`action`:`add`,`amount`:" n ",`unit`:`" unit "`" NY)
#define ROUND(to, unit)                                                                            \
	DO(",`action`:`round`,`direction`:`" to "`,`unit`:`" unit "`,`format`:`yyyy-MM-dd HH:mm`")
#define PART(part)   DO(",`action`:`part`,`part`:`" part "`")
#define FORMAT(text) DO(",`format`:`" text "`")
#define READ(text)   DO(",`input_format`:`" text "`")
#define BETWEEN(unit)                                                                              \
	"{`action`:`between`,`value`:`={{ $json.a }}`,`until`:`={{ $json.b }}`,`into`:`n`,"        \
	"`unit`:`" unit "`" NY "}"
#define T(text)	    "[{`t`:`" text "`}]"
#define N(n)	    "[{`t`:" n "}]"
#define AB(a, b, n) "[{`a`:`" a "`,`b`:`" b "`" n "}]"
#define COUNTED(unit, a, b, n)                                                                     \
	GOOD(unit " between", BETWEEN(unit), AB(a, b, ""), AB(a, b, ",`n`:" n))

static const struct list_row rows[] = {
	/* what is read */
	GOOD("a day", DO(""), T("2026-02-09"), T("2026-02-09T00:00:00.000Z")),
	GOOD("a day of a zone", DO(NY), T("2026-02-09"), T("2026-02-09T00:00:00.000-05:00")),
	GOOD("with an offset", DO(NY), T("2026-02-09T03:04:05.678+01:00"),
	     T("2026-02-08T21:04:05.678-05:00")),
	GOOD("a blank for the T", DO(""), T("2026-02-09 03:04"), T("2026-02-09T03:04:00.000Z")),
	GOOD("without dashes", DO(""), T("20260209T030405Z"), T("2026-02-09T03:04:05.000Z")),
	GOOD("a month", DO(""), T("2026-02"), T("2026-02-01T00:00:00.000Z")),
	GOOD("a week", DO(""), T("2026-W07-1"), T("2026-02-09T00:00:00.000Z")),
	GOOD("a day of the year", DO(""), T("2026-040"), T("2026-02-09T00:00:00.000Z")),
	GOOD("midnight at the end", DO(""), T("2026-02-28T24:00"), T("2026-03-01T00:00:00.000Z")),
	GOOD("as in an e-mail", DO(""), T("Mon, 9 Feb 2026 03:04:05 +0100"),
	     T("2026-02-09T02:04:05.000Z")),
	GOOD("as in HTTP", DO(""), T("Mon, 09 Feb 2026 03:04:05 GMT"),
	     T("2026-02-09T03:04:05.000Z")),
	GOOD("milliseconds", DO(""), N("1700000000123"), T("2023-11-14T22:13:20.123Z")),
	GOOD("seconds", DO(",`numbers`:`seconds`"), N("1700000000.5"),
	     T("2023-11-14T22:13:20.500Z")),
	GOOD("before 1970", DO(""), N("-1"), T("1969-12-31T23:59:59.999Z")),
	GOOD("a pattern", READ("dd/MM/yyyy"), T("09/02/2026"), T("2026-02-09T00:00:00.000Z")),
	GOOD("a pattern with names", READ("d. MMMM yyyy, h:mm a"), T("9. February 2026, 12:05 am"),
	     T("2026-02-09T00:05:00.000Z")),
	GOOD("a pattern with an offset", READ("yyyyMMdd'T'HHmmssZZZ"), T("20260209T030405+0100"),
	     T("2026-02-09T02:04:05.000Z")),
	GOOD("seconds by a pattern", READ("X"), T("1700000000"), T("2023-11-14T22:13:20.000Z")),
	/* what is written */
	GOOD("tokens", FORMAT("yyyy-MM-dd'T'HH:mm:ss.SSS ZZ z"), T("2026-02-09T03:04:05.006Z"),
	     T("2026-02-09T03:04:05.006 +00:00 UTC")),
	GOOD("names", FORMAT("cccc, d MMM yy, h:mm a"), T("2026-02-09T13:04:05Z"),
	     T("Monday, 9 Feb 26, 1:04 PM")),
	GOOD("weeks and quarters", FORMAT("kkkk-'W'WW-c q o"), T("2027-01-01"),
	     T("2026-W53-5 1 1")),
	GOOD("since 1970", FORMAT("X x"), T("2023-11-14T22:13:20.123Z"),
	     T("1700000000 1700000000123")),
	GOOD("the zone's offset", DO(",`format`:`HH:mm Z ZZ ZZZ`" NY), T("2026-07-01T12:00:00Z"),
	     T("08:00 -4 -04:00 -0400")),
	/* moved */
	GOOD("a day over a change of the clocks", ADD("1", "days"), T("2024-03-09T12:00:00"),
	     T("2024-03-10T12:00:00.000-04:00")),
	GOOD("24 hours over it", ADD("24", "hours"), T("2024-03-09T12:00:00"),
	     T("2024-03-10T13:00:00.000-04:00")),
	GOOD("a month that has fewer days", ADD("1", "months"), T("2024-01-31"),
	     T("2024-02-29T00:00:00.000-05:00")),
	GOOD("years of a leap day", ADD("1", "years"), T("2024-02-29"),
	     T("2025-02-28T00:00:00.000-05:00")),
	GOOD("a time that clocks leave out", ADD("1", "days"), T("2024-03-09T02:30:00"),
	     T("2024-03-10T03:00:00.000-04:00")),
	GOOD("back", DO(",`action`:`subtract`,`amount`:`={{ 13 }}`,`unit`:`months`"),
	     T("2026-01-15"), T("2024-12-15T00:00:00.000Z")),
	GOOD("milliseconds on", ADD("1500", "milliseconds"), T("2026-01-01T00:00:00Z"),
	     T("2025-12-31T19:00:01.500-05:00")),
	/* rounded */
	GOOD("to the month", ROUND("down", "months"), T("2026-02-09T03:04"), T("2026-02-01 00:00")),
	GOOD("to the week", ROUND("down", "weeks"), T("2026-02-15T23:59"), T("2026-02-09 00:00")),
	GOOD("to the quarter", ROUND("up", "quarters"), T("2026-02-15"), T("2026-04-01 00:00")),
	GOOD("to the nearer hour", ROUND("nearest", "hours"), T("2026-02-09T03:30"),
	     T("2026-02-09 04:00")),
	GOOD("a beginning stays", ROUND("up", "days"), T("2026-02-09"), T("2026-02-09 00:00")),
	/* counted */
	COUNTED("months", "2024-01-31", "2024-02-29", "1"),
	COUNTED("months", "2024-01-31", "2024-02-28", "0"),
	COUNTED("days", "2024-03-09", "2024-03-11", "2"),
	COUNTED("hours", "2024-03-10", "2024-03-11", "23"),
	COUNTED("weeks", "2026-01-01", "2026-01-14", "1"),
	COUNTED("years", "2026-06-01", "2020-06-02", "-5"),
	COUNTED("seconds", "2026-01-01T00:00:01.500", "2026-01-01T00:00:00", "-1"),
	/* parts */
	GOOD("week", PART("week"), T("2027-01-01"), N("53")),
	GOOD("weekday", PART("weekday"), T("2026-02-15"), N("7")),
	GOOD("quarter", PART("quarter"), T("2026-12-31"), N("4")),
	GOOD("days of the month", PART("month_days"), T("2024-02-01"), N("29")),
	GOOD("day of the year", PART("day_of_year"), T("2024-12-31"), N("366")),
	GOOD("no items", DO(""), "[]", "[]"),
	/* refused */
	BAD("no such day", DO(""), T("2024-02-30"), "which is no date"),
	BAD("no such hour", DO(""), T("2024-02-03T25:00"), "which is no date"),
	BAD("no such week", DO(""), T("2026-W54"), "which is no date"),
	BAD("an empty text", DO(""), T(""), "value"),
	BAD("nothing", DO(""), "[{}]", "value"),
	BAD("words", DO(""), T("room 5"), "which is no date"),
	BAD("a list", DO(""), N("[]"), "which is no date"),
	BAD("beyond the years", DO(""), N("1e300"), "which is no date"),
	BAD("moved out of the years", ADD("100000", "years"), T("2026-01-01"), "years 1 to 9999"),
	BAD("does not fit", READ("dd/MM/yyyy"), T("9/2/2026"), "does not fit the pattern"),
	BAD("no such day by a pattern", READ("dd/MM/yyyy"), T("30/02/2026"), "no such date"),
	BAD("letters that are no token", FORMAT("YYYY-mm"), T("2026-01-01"), "\"YYYY\" is no part"),
	BAD("an open quote", FORMAT("yyyy 'x"), T("2026-01-01"), "quote"),
	BAD("no zone", DO(",`zone`:`Mars/Base`"), T("2026-01-01"), "zone"),
	BAD("no zone by an expression", DO(",`zone`:`={{ 'Mars/' + 'Base' }}`"), T("2026-01-01"),
	    "\"Mars/Base\" is no time zone"),
	BAD("no amount", DO(",`action`:`add`"), T("2026-01-01"), "amount"),
};

START_TEST(it_knows_dates)
{
	list_row_run(&ty_node_data_date_time, &rows[_i]);
}
END_TEST

START_TEST(now_is_the_steps_clock)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_data_date_time, "[{}]");
	char iso[NODE_DATE_ISO_SIZE];

	fake_step_params(s, quoted("{`action`:`now`,`into`:`t`}"));
	ck_assert_ok(fake_step_run(s, &fx.err));
	node_date_iso(ty_zone_load(fx.arena, "UTC"), fake_step_ops(s)->now_ms, iso);
	ck_assert_str_eq(fake_step_output(s, "main"),
			 ty_arena_printf(fx.arena, "[{\"t\":\"%s\"}]", iso));
}
END_TEST

START_TEST(it_takes_ten_thousand_items)
{
	convert_takes_ten_thousand(&ty_node_data_date_time,
				   "{`value`:`={{ $json.t }}`,`action`:`add`,`amount`:1" NY "}",
				   "2026-02-09T03:04:05Z");
}
END_TEST

/* Each day of four centuries, written and read again. */
START_TEST(each_day_is_read_as_it_is_written)
{
	const struct ty_zone *zone = ty_zone_load(fx.arena, "Europe/Berlin");

	for (int64_t ms = -6000000000000; ms < 6000000000000; ms += 86400000LL * 3 + 12345678) {
		char iso[NODE_DATE_ISO_SIZE];
		int64_t again = 0;
		struct ty_buf out;

		node_date_iso(zone, ms, iso);
		ck_assert(node_moment_read(zone, iso, &again));
		/* Local mean time has seconds in its offset, which the text lacks. */
		ck_assert_msg(again - ms < 60000 && ms - again < 60000, "%s", iso);
		ty_buf_init(&out, fx.arena, 64);
		ck_assert_ok(node_date_format(zone, ms, "kkkk-'W'WW-c", &out, &fx.err));
		ck_assert_msg(node_moment_read(zone, out.data, &again), "%s", out.data);
		ck_assert_int_eq(again, node_moment_floor(zone, ms, NODE_UNIT_DAYS));
	}
}
END_TEST

TEST_MAIN("nodes.date_time", {
	TEST_LOOP(it_knows_dates, rows);
	TEST(now_is_the_steps_clock);
	TEST(it_takes_ten_thousand_items);
	TEST(each_day_is_read_as_it_is_written);
})
