/*
 * test_ical.c -- the file tool "ical": events, their times, and the times at which they happen again.
 */
#include "unit/parse/filed.h"

#include "base/time.h"

#define CALENDAR(parts) "BEGIN:VCALENDAR\nVERSION:2.0\n" parts "END:VCALENDAR\n"
#define EVENT(lines)	"BEGIN:VEVENT\n" lines "END:VEVENT\n"
#define ZONE                                                                                       \
	"BEGIN:VTIMEZONE\nTZID:Home\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+"      \
	"0200\n"                                                                                   \
	"TZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:"          \
	"DAYLIGHT\n"                                                                               \
	"DTSTART:19700329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"                          \
	"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
/* 2026-03-01 to 2026-05-01 */
#define WINDOW "`from_s`:1772323200,`to_s`:1777593600"

static struct filed
events(const char *options, const char *text)
{
	struct filed_in file = { "a.ics", text, strlen(text) };

	return filed("ical", ty_arena_printf(fx.arena, "{%s}", options), &file, 1);
}

/* "uid 2026-03-26T09:00:00..2026-03-26T09:30:00 zone offset; ..." */
static const char *
times_text(const struct filed *out)
{
	const char *text = "";
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)out->items, i, item)
	{
		const json_t *json = json_object_get(item, "json");
		const json_t *start = json_object_get(json, "start");
		char from[TY_TIME_TEXT_SIZE], to[TY_TIME_TEXT_SIZE];
		bool is_date = ty_json_bool(start, "date", false);

		ty_time_format(ty_json_int(start, "wall_s", 0) * 1000, from);
		ty_time_format(ty_json_int(json_object_get(json, "end"), "wall_s", 0) * 1000, to);
		text = ty_arena_printf(fx.arena, "%s%s%s %.*s..%.*s", text, i > 0 ? "; " : "",
				       ty_json_str(json, "uid", "-"), is_date ? 10 : 16, from,
				       is_date ? 10 : 16, to);
		if (json_object_get(start, "zone") != NULL)
			text = ty_arena_printf(fx.arena, "%s %s", text,
					       ty_json_str(start, "zone", ""));
		if (json_object_get(start, "offset_s") != NULL)
			text = ty_arena_printf(fx.arena, "%s %d", text,
					       (int)ty_json_int(start, "offset_s", 0));
	}
	return text;
}

static const struct {
	const char *options, *text, *times;
} rows[] = {
	{ "", CALENDAR(EVENT("UID:a\nDTSTART:20260131T100000Z\nDTEND:20260131T113000Z\n")),
	  "a 2026-01-31T10:00..2026-01-31T11:30 UTC" },
	{ "", CALENDAR(EVENT("UID:a\nDTSTART;VALUE=DATE:20260131\n")), "a 2026-01-31..2026-02-01" },
	{ "", CALENDAR(EVENT("UID:a\nDTSTART;VALUE=DATE:20260131\nDURATION:P3D\n")),
	  "a 2026-01-31..2026-02-03" },
	{ "", CALENDAR(EVENT("UID:a\nDTSTART:20260131T100000\nDURATION:PT45M\n")),
	  "a 2026-01-31T10:00..2026-01-31T10:45" },
	{ "", CALENDAR(EVENT("UID:a\nDTSTART;TZID=Europe/Vienna:20260131T100000\n")),
	  "a 2026-01-31T10:00..2026-01-31T10:00 Europe/Vienna" },
	{ "",
	  CALENDAR(ZONE EVENT("UID:a\nDTSTART;TZID=Home:20260131T100000\n")
			   EVENT("UID:b\nDTSTART;TZID=Home:20260731T100000\n")),
	  "a 2026-01-31T10:00..2026-01-31T10:00 Home 3600; b 2026-07-31T10:00..2026-07-31T10:00 "
	  "Home 7200" },
	{ "", CALENDAR(""), "" },
	{ "", CALENDAR("BEGIN:VTODO\nUID:t\nEND:VTODO\n"), "" },
	{ "",
	  CALENDAR(EVENT("UID:a\nDTSTART:20260131T100000Z\n"))
		  CALENDAR(EVENT("UID:b\nDTSTART:20260131T100000Z\n")),
	  "a 2026-01-31T10:00..2026-01-31T10:00 UTC; b 2026-01-31T10:00..2026-01-31T10:00 UTC" },
	/* Recurrences, which keep the wall's clock. */
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT("UID:a\nDTSTART;TZID=X:20260326T090000\nDTEND;TZID=X:"
			 "20260326T093000\nRRULE:FREQ=DAILY;COUNT=5\n"
			 "EXDATE;TZID=X:20260328T090000\n")),
	  "a 2026-03-26T09:00..2026-03-26T09:30 X; a 2026-03-27T09:00..2026-03-27T09:30 X; a "
	  "2026-03-29T09:00..2026-03-29T09:30 X; "
	  "a 2026-03-30T09:00..2026-03-30T09:30 X" },
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT("UID:a\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1\n")),
	  "a 2026-02-28..2026-03-01; a 2026-03-31..2026-04-01; a 2026-04-30..2026-05-01" },
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT("UID:a\nDTSTART:20200101T080000Z\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;"
			 "BYSETPOS=-1\n")),
	  "a 2026-03-31T08:00..2026-03-31T08:00 UTC; a 2026-04-30T08:00..2026-04-30T08:00 UTC" },
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT(
		  "UID:a\nDTSTART:20260310T080000Z\nRDATE:20260312T080000Z,20260310T080000Z\n")),
	  "a 2026-03-10T08:00..2026-03-10T08:00 UTC; a 2026-03-12T08:00..2026-03-12T08:00 UTC" },
	/* An end in UTC is a day too late here, and told. */
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT("UID:a\nDTSTART;TZID=X:20260326T230000\nRRULE:FREQ=DAILY;UNTIL="
			 "20260327T200000Z\n")),
	  "a 2026-03-26T23:00..2026-03-26T23:00 X; a 2026-03-27T23:00..2026-03-27T23:00 X" },
	/* One that was moved stands for the one that it was. */
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT("UID:a\nDTSTART:20260310T080000Z\nRRULE:FREQ=WEEKLY;COUNT=2\n") EVENT(
		  "UID:a\nRECURRENCE-ID:20260317T080000Z\nDTSTART:20260318T090000Z\n")),
	  "a 2026-03-10T08:00..2026-03-10T08:00 UTC; a 2026-03-18T09:00..2026-03-18T09:00 UTC" },
	/* One that was changed, but not moved, is itself what happens then. */
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT("UID:a\nDTSTART:20260310T080000Z\nRRULE:FREQ=WEEKLY;COUNT=2\n") EVENT(
		  "UID:a\nRECURRENCE-ID:20260317T080000Z\nDTSTART:20260317T080000Z\n")),
	  "a 2026-03-10T08:00..2026-03-10T08:00 UTC; a 2026-03-17T08:00..2026-03-17T08:00 UTC" },
	{ "`expand`:true," WINDOW, CALENDAR(EVENT("UID:a\nDTSTART:20250310T080000Z\n")), "" },
};

START_TEST(events_are_read)
{
	struct filed out = events(rows[_i].options, rows[_i].text);

	ck_assert_msg(out.message[0] == '\0', "%s", out.message);
	ck_assert_str_eq(times_text(&out), rows[_i].times);
}
END_TEST

START_TEST(a_calendar_of_many_events_is_read_whole)
{
	struct filed out;
	struct ty_buf text;

	ty_buf_init(&text, fx.arena, 65536);
	ty_buf_add_str(&text, "BEGIN:VCALENDAR\n");
	for (int i = 0; i < 5000; i++)
		ty_buf_printf(&text, EVENT("UID:%d\nDTSTART:20250310T080000Z\n"), i);
	ty_buf_add_str(&text, EVENT("UID:z\nDTSTART:20260310T080000Z\nRRULE:FREQ=DAILY;COUNT=3\n"
				    "EXDATE:20260311T080000Z\n"));
	ty_buf_add_str(&text, EVENT("UID:z\nRECURRENCE-ID:20260312T080000Z\n"
				    "DTSTART:20260313T080000Z\n") "END:VCALENDAR\n");
	out = events("`expand`:true," WINDOW, text.data);
	ck_assert_str_eq(out.message, "");
	ck_assert_str_eq(times_text(&out), "z 2026-03-10T08:00..2026-03-10T08:00 UTC; "
					   "z 2026-03-13T08:00..2026-03-13T08:00 UTC");
}
END_TEST

START_TEST(an_event_has_its_fields)
{
	struct filed out = events(
		"", CALENDAR(EVENT("UID:a\nSUMMARY:Stand\\, up\\nnow \xC3\xA4\nLOCATION:Room\n  "
				   "2\nDESCRIPTION;LANGUAGE=en:x\n"
				   "DTSTART;VALUE=DATE:20260131\nCATEGORIES:a,b\nATTENDEE;CN=Ann:"
				   "mailto:ann@example.com\n"
				   "ORGANIZER:mailto:o@example.com\nRRULE:FREQ=DAILY\nURL:https://"
				   "x.test/\nSTATUS:CONFIRMED\n")));

	ck_assert_str_eq(out.message, "");
	ck_assert_str_eq(
		ty_json_dump(fx.arena, json_object_get(json_array_get(out.items, 0), "json"), NULL),
		quoted("{`uid`:`a`,`summary`:`Stand, up\\nnow "
		       "\xC3\xA4`,`description`:`x`,`location`:`Room 2`,"
		       "`url`:`https://x.test/"
		       "`,`status`:`CONFIRMED`,`organizer`:`mailto:o@example.com`,"
		       "`attendees`:[`mailto:ann@example.com`],`categories`:[`a`,`b`],`recurrence`:"
		       "`FREQ=DAILY`,"
		       "`start`:{`wall_s`:1769817600,`date`:true},`end`:{`wall_s`:1769904000,`date`"
		       ":true}}"));
}
END_TEST

START_TEST(what_ends_or_interrupts_a_recurrence_in_utc_is_told)
{
	struct filed out = events("`expand`:true," WINDOW,
				  CALENDAR(EVENT("UID:a\nDTSTART;TZID=X:20260326T230000\nRRULE:"
						 "FREQ=DAILY;UNTIL=20260327T200000Z\n"
						 "EXDATE:20260327T220000Z\n")));
	const char *text = ty_json_dump(fx.arena, out.items, NULL);

	ck_assert_ptr_nonnull(strstr(text, "\"until_s\":1774641600"));
	ck_assert_ptr_nonnull(strstr(text, "\"not_s\":[1774648800]"));
}
END_TEST

static const struct {
	const char *options, *text, *message;
} bad[] = {
	{ "", "hello", "no calendar" },
	{ "", "", "no calendar" },
	{ "", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n", "begins and does not end" },
	{ "", CALENDAR(EVENT("UID:a\n")), "event \"a\" has no time" },
	{ "", CALENDAR(EVENT("SUMMARY:x\n")), "event \"?\" has no time" },
	{ "", "BEGIN:VCALENDAR\nSUMMARY:\xFF\nEND:VCALENDAR\n", "no text in UTF-8" },
	{ "`limit`:1",
	  CALENDAR(EVENT("DTSTART:20260131T100000Z\n") EVENT("DTSTART:20260131T100000Z\n")),
	  "more than 1 events" },
	{ "`expand`:true,`limit`:10," WINDOW,
	  CALENDAR(EVENT("DTSTART:20260301T100000Z\nRRULE:FREQ=HOURLY\n")), "more than 10 events" },
	{ "`expand`:true," WINDOW,
	  CALENDAR(EVENT("DTSTART:19700301T100000Z\nRRULE:FREQ=SECONDLY\n")),
	  "more than 200000 times" },
};

START_TEST(calendars_that_cannot_be_read_are_told)
{
	struct filed out = events(bad[_i].options, bad[_i].text);

	ck_assert_msg(strstr(out.message, bad[_i].message) != NULL, "%s", out.message);
}
END_TEST

TEST_MAIN("parse.ical", {
	TEST_LOOP(events_are_read, rows);
	TEST(a_calendar_of_many_events_is_read_whole);
	TEST(an_event_has_its_fields);
	TEST(what_ends_or_interrupts_a_recurrence_in_utc_is_told);
	TEST_LOOP(calendars_that_cannot_be_read_are_told, bad);
})
