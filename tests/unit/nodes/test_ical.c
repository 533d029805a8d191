/*
 * test_ical.c -- data.ical: what it makes of the parser's walls and zones, and the calendar that it writes.
 */
#include "unit/nodes/parsed.h"

#define A_FILE		 PARSED_FILE("a.ics")
#define ITEMS		 "[{`json`:{`n`:1},`binary`:{`data`:" A_FILE "}}]"
#define TIME(wall, more) "{`wall_s`:" wall ",`date`:false" more "}"
#define EVENT(start, end, more)                                                                    \
	"{`json`:{`uid`:`a`,`start`:" start ",`end`:" end more "},`files`:[]}"
#define ANSWER(events) "{`items`:[" events "],`tool`:`libical 3`}"
#define OUT(start, end, zone, more)                                                                \
	"{`json`:{`uid`:`a`,`start`:`" start "`,`end`:`" end                                       \
	"`,`all_day`:false,`timezone`:" zone more "},`from`:0}"
#define VIENNA ",`zone`:`Europe/Vienna`"
#define WINDOW "`expand`:true,`from`:`2026-03-27T00:00:00Z`,`to`:`2026-03-29`"

static const struct parsed_row rows[] = {
	{ "a zone of the system", "", ITEMS,
	  ANSWER(EVENT(TIME("1774602000", VIENNA), TIME("1774774800", VIENNA), "")),
	  "{`tool`:`ical`,`options`:{`expand`:false,`from_s`:0,`to_s`:0,`limit`:1000},`files`:"
	  "[" A_FILE "],`cpu_ms`:10000,`now_ms`:0}",
	  "[" OUT("2026-03-27T09:00:00+01:00", "2026-03-29T09:00:00+02:00", "`Europe/Vienna`",
		  "") "]",
	  NULL },
	{ "UTC", "", ITEMS,
	  ANSWER(EVENT(TIME("1774602000", ",`zone`:`UTC`"), TIME("1774602000", ",`zone`:`UTC`"),
		       "")),
	  NULL, "[" OUT("2026-03-27T09:00:00Z", "2026-03-27T09:00:00Z", "`UTC`", "") "]", NULL },
	{ "a zone of the calendar's own", "", ITEMS,
	  ANSWER(EVENT(TIME("1774602000", ",`zone`:`W. Time`,`offset_s`:-12600"),
		       TIME("1774602000", ",`zone`:`W. Time`,`offset_s`:-12600"), "")),
	  NULL,
	  "[" OUT("2026-03-27T09:00:00-03:30", "2026-03-27T09:00:00-03:30", "`W. Time`", "") "]",
	  NULL },
	{ "no zone, and one that nobody knows", "", ITEMS,
	  ANSWER(EVENT(TIME("1774602000", ""), TIME("1774602000", ",`zone`:`Mars`"), "")), NULL,
	  "[" OUT("2026-03-27T09:00:00", "2026-03-27T09:00:00", "null", "") "]", NULL },
	{ "whole days", "", ITEMS,
	  ANSWER(EVENT("{`wall_s`:1774569600,`date`:true}", "{`wall_s`:1774656000,`date`:true}",
		       "")),
	  NULL,
	  "[{`json`:{`uid`:`a`,`start`:`2026-03-27`,`end`:`2026-03-28`,`all_day`:true,`timezone`:"
	  "null},`from`:0}]",
	  NULL },
	{ "the window, to the second", WINDOW, ITEMS,
	  ANSWER(EVENT(TIME("1774569600", ",`zone`:`UTC`"), TIME("1774569600", ",`zone`:`UTC`"),
		       "") "," /* at its begin */
		 EVENT(TIME("1774569000", ",`zone`:`UTC`"), TIME("1774569600", ",`zone`:`UTC`"),
		       "") "," /* ends there */
		 EVENT(TIME("1774742400", ",`zone`:`UTC`"), TIME("1774742400", ",`zone`:`UTC`"),
		       "")), /* begins at its end */
	  "{`tool`:`ical`,`options`:{`expand`:true,`from_s`:1774569600,`to_s`:1774742400,`limit`:"
	  "1000},`files`:[" A_FILE "],`cpu_ms`:10000,`now_ms`:0}",
	  "[" OUT("2026-03-27T00:00:00Z", "2026-03-27T00:00:00Z", "`UTC`", "") "]", NULL },
	{ "an end and an exception in UTC", WINDOW, ITEMS,
	  ANSWER(EVENT(
		  TIME("1774602000", VIENNA), TIME("1774602000", VIENNA),
		  ",`until_s`:1774598400") "," EVENT(TIME("1774605600", VIENNA),
						     TIME("1774605600", VIENNA),
						     ",`until_s`:1774598400") "," EVENT(TIME("17746"
											     "0200"
											     "0",
											     VIENNA),
											TIME("17746"
											     "0200"
											     "0",
											     VIENNA),
											",`not_s`:["
											"1,"
											"1774598400"
											"]")),
	  NULL,
	  "[" OUT("2026-03-27T09:00:00+01:00", "2026-03-27T09:00:00+01:00", "`Europe/Vienna`",
		  "") "]",
	  NULL },
	{ "one that was moved", "", ITEMS,
	  ANSWER(EVENT(TIME("1774602000", VIENNA), TIME("1774602000", VIENNA),
		       ",`recurrence_id`:" TIME("1774602000", VIENNA))),
	  NULL,
	  "[" OUT("2026-03-27T09:00:00+01:00", "2026-03-27T09:00:00+01:00", "`Europe/Vienna`",
		  ",`recurrence_id`:`2026-03-27T09:00:00+01:00`") "]",
	  NULL },
	{ "a text", "`source`:`text`,`value`:`={{ $json.n }}`", ITEMS, ANSWER(""),
	  "{`tool`:`ical`,`options`:{`expand`:false,`from_s`:0,`to_s`:0,`limit`:1000,`text`:`1`},`"
	  "files`:[],`cpu_ms`:10000,`now_ms`:0}",
	  "[]", NULL },
	{ "no text", "`source`:`text`,`value`:`={{ $json.x }}`", ITEMS, NULL, NULL, NULL, "value" },
	{ "no window", "`expand`:true,`from`:`x`,`to`:`2026-01-01`", ITEMS, NULL, NULL, NULL,
	  "\"x\" is no date" },
	{ "a window that ends first", "`expand`:true,`from`:`2026-01-02`,`to`:`2026-01-01`", ITEMS,
	  NULL, NULL, NULL, "ends before it begins" },
	{ "no such file", "`file`:`x`", ITEMS, NULL, NULL, NULL, "The item has no file \"x\"" },
	{ "no items", "", "[]", NULL, NULL, "", NULL },
};

START_TEST(calendars_are_read)
{
	parsed_row_run("data.ical", &rows[_i]);
}
END_TEST

/* The lines between those of every calendar, or the message. */
static const struct {
	const char *items, *lines, *message;
} writes[] = {
	{ "[{`json`:{`uid`:`a`,`start`:`2026-03-27T09:00:00+01:00`,`end`:`2026-03-27T10:00:00+01:"
	  "00`,`summary`:`x; y, z\\\\\\nw`,"
	  "`categories`:[`a,b`,1],`url`:`https://x.test/;,`,`status`:null}}]",
	  "BEGIN:VEVENT|UID:a|DTSTAMP:*|DTSTART:20260327T080000Z|DTEND:20260327T090000Z|SUMMARY:"
	  "x\\; y\\, z\\\\\\nw|CATEGORIES:a\\,b|"
	  "CATEGORIES:1|URL:https://x.test/;,|END:VEVENT|",
	  NULL },
	{ "[{`json`:{`uid`:`a`,`start`:`2026-03-27`,`end`:`2026-03-28`,`recurrence`:`FREQ=DAILY`}}"
	  "]",
	  "BEGIN:VEVENT|UID:a|DTSTAMP:*|DTSTART;VALUE=DATE:20260327|DTEND;VALUE=DATE:20260328|"
	  "RRULE:FREQ=DAILY|END:VEVENT|",
	  NULL },
	{ "[{`json`:{`uid`:`a`,`start`:`2026-03-27T09:00:00`,`timezone`:`Asia/Tokyo`}}]",
	  "BEGIN:VEVENT|UID:a|DTSTAMP:*|DTSTART:20260327T000000Z|END:VEVENT|", NULL },
	{ "[{`json`:{`uid`:`a`,`start`:`2026-03-27T09:00:00`,`timezone`:`Asia/"
	  "Tokyo`,`recurrence`:`FREQ=DAILY`}}]",
	  "BEGIN:VTIMEZONE|TZID:Asia/"
	  "Tokyo|BEGIN:STANDARD|DTSTART:*|TZOFFSETFROM:+0900|TZOFFSETTO:+0900|END:STANDARD|END:"
	  "VTIMEZONE|"
	  "BEGIN:VEVENT|UID:a|DTSTAMP:*|DTSTART;TZID=Asia/"
	  "Tokyo:20260327T090000|RRULE:FREQ=DAILY|END:VEVENT|",
	  NULL },
	{ "[{`json`:{`uid`:`a\\r\\nX:1`,`start`:`2026-03-27`,`summary`:`a\\rb\\nATTACH:x\\u0001`,`"
	  "url`:`a\\nb`}}]",
	  "BEGIN:VEVENT|UID:a\\nX:1|DTSTAMP:*|DTSTART;VALUE=DATE:20260327|SUMMARY:ab\\nATTACH:x|"
	  "END:VEVENT|",
	  NULL },
	{ "[{`json`:{`start`:`x`}}]", NULL, "the field \"start\" is no date" },
	{ "[{`json`:{}}]", NULL, "the field \"start\" is no date" },
	{ "[{`json`:{`start`:5}}]", NULL, "the field \"start\" is no date" },
	{ "[{`json`:{`start`:`2026-03-27`,`end`:`2026-03-27T09:00:00Z`}}]", NULL,
	  "\"end\" is a day where start is a time" },
	{ "[{`json`:{`start`:`2026-03-27`,`timezone`:`Mars`}}]", NULL, "\"timezone\" is no zone" },
	{ "[{`json`:{`start`:`2026-03-27`,`recurrence`:`FREQ=DAILY\\nX:1`}}]", NULL,
	  "\"recurrence\" is no rule" },
};

/* With | for line ends, and * for the rest of lines that hold the clock's time. */
static const char *
shown(const char *text)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, strlen(text) + 1);
	for (; *text != '\0'; text++) {
		if (*text == '\r')
			continue;
		ty_buf_add_char(&buf, *text == '\n' ? '|' : *text);
		if (ty_str_has_prefix(text, "DTSTAMP:") ||
		    ty_str_has_prefix(text, "STANDARD\r\nDTSTART:")) {
			text += strcspn(text, ":");
			ty_buf_add_str(&buf, buf.data[buf.len - 1] == 'D' ? "TSTAMP:*"
									  : "TANDARD|DTSTART:*");
			text += strcspn(text, "\r") - 1;
		}
	}
	return buf.data;
}

START_TEST(calendars_are_written)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r = fake_ops_run(
		f, FLOW(NODE("a", "data.ical", "`action`:`write`,`name`:`N`"), EDGE("start", "a")),
		writes[_i].items, NULL, &fx.err);
	const json_t *item;

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	if (writes[_i].lines == NULL) {
		ck_assert_msg(strstr(error_str(r, "message"), writes[_i].message) != NULL, "%s",
			      error_str(r, "message"));
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	item = json_array_get(
		json_object_get(json_object_get(fake_step_record(r, "a"), "outputs"), "main"), 0);
	ck_assert_str_eq(shown(ty_json_str(json_object_get(item, "json"), "data", "")),
			 ty_arena_printf(fx.arena,
					 "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Tyboo "
					 "Studio//data.ical//EN|X-WR-CALNAME:N|%sEND:VCALENDAR|",
					 writes[_i].lines));
}
END_TEST

START_TEST(long_lines_are_folded_between_characters)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_buf items;
	const struct ty_run_result *r;
	const json_t *item;
	const char *text;

	ty_buf_init(&items, fx.arena, 1000);
	ty_buf_add_str(&items, "[{`json`:{`start`:`2026-03-27`,`summary`:`");
	for (int i = 0; i < 100; i++)
		ty_buf_add_str(&items, "\xC3\xA4");
	ty_buf_add_str(&items, "`}}]");
	r = fake_ops_run(f, FLOW(NODE("a", "data.ical", "`action`:`write`"), EDGE("start", "a")),
			 items.data, NULL, &fx.err);
	item = json_array_get(
		json_object_get(json_object_get(fake_step_record(r, "a"), "outputs"), "main"), 0);
	text = ty_json_str(json_object_get(item, "json"), "data", "");
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
		ck_assert_uint_le(strcspn(line, "\r"), 75);
		ck_assert(ty_str_is_utf8(line, strcspn(line, "\r")));
	}
	/* An event without an uid has one, the same whenever the step is computed. */
	ck_assert_uint_eq(strcspn(strstr(text, "UID:"), "\r"), 4 + 32);
}
END_TEST

TEST_MAIN("nodes.ical", {
	TEST_LOOP(calendars_are_read, rows);
	TEST_LOOP(calendars_are_written, writes);
	TEST(long_lines_are_folded_between_characters);
})
