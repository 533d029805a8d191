/*
 * Dates in scripts: texts as V8 reads them, what cannot be read, formats by locale, and the hour
 * that comes twice.
 */
#include "integration/sandbox/fixture.h"
#include "support/places.h"

/*
 * dates.json has texts and what Node 20.20.2 (TZ=UTC) says of each: new Date(text).getTime(), null
 * for an invalid date.  The first 290 are forms that people write, the others are thrown together.
 */
static json_t *
date_table(void)
{
	json_error_t error;
	json_t *table =
		json_load_file(TY_SOURCE_DIR "/tests/integration/sandbox/dates.json", 0, &error);

	ck_assert_msg(table != NULL, "dates.json:%d: %s", error.line, error.text);
	return ty_json_own(fx.arena, table);
}

START_TEST(each_text_is_the_date_that_node_reads)
{
	json_t *table = date_table(), *request = box_request("code_all", "[]"), *answer, *got, *row;
	size_t i;

	json_object_set_new(request, "code",
			    json_string("return { got: $input.first().json.table.map(([text]) => { "
					"const a = new Date(text).getTime(), b = Date.parse(text);"
					" return Number.isNaN(a) ? String(b) : a === b ? a :"
					" `${a} ${b}` }) }"));
	json_object_set_new(request, "items", json_pack("[{s:{s:O}}]", "json", "table", table));
	ck_assert_ok(box_ask(request, 20000, &answer));
	got = json_object_get(
		json_object_get(json_array_get(json_object_get(answer, "items"), 0), "json"),
		"got");
	ck_assert_uint_gt(json_array_size(table), 600);
	ck_assert_uint_eq(json_array_size(got), json_array_size(table));
	json_array_foreach(table, i, row)
	{
		const json_t *want = json_array_get(row, 1), *is = json_array_get(got, i);

		if (json_is_null(want))
			ck_assert_msg(json_is_string(is) &&
					      strcmp(json_string_value(is), "NaN") == 0,
				      "%s gives %s", box_text(row), box_text(is));
		else
			ck_assert_msg(json_is_number(is) &&
					      json_number_value(is) == json_number_value(want),
				      "%s gives %s", box_text(row), box_text(is));
	}
}
END_TEST

static const struct {
	const char *script, *value;
} values[] = {
	{ "new Date('2026-11-28 10:30:00 -05:00').getTime()", "1795879800000" },
	{ "new Date('2026.11.28')", "\"2026-11-28T00:00:00.000Z\"" },
	{ "new Date(new String('Nov 2026'))", "\"2026-11-01T00:00:00.000Z\"" },
	{ "['2024-1-5', 7].map(d => new Date(d).getTime())", "[1704412800000,7]" },
	{ "[Date.name, Date.length, typeof Date.now, Date.UTC(1970)].join()",
	  "\"Date,7,function,0\"" },
	{ "new Date(5) instanceof Date && new Date('Jan 5') instanceof Date", "true" },
	{ "new Date('Jan 5').constructor === Date", "true" },
	{ "new (class D extends Date { x() { return this.getTime(); } })('2024-1-5').x()",
	  "1704412800000" },
	{ "Date('2024-1-5').slice(0, 15)", "\"Tue Nov 14 2023\"" },
	{ "new Date(2026, 10, 28, 10)", "\"2026-11-28T10:00:00.000Z\"" },
	{ "[new Date(2026, 0), new Date(), new Date(new Date(5))]",
	  "[\"2026-01-01T00:00:00.000Z\",\"2023-11-14T22:13:20.000Z\",\"1970-01-01T00:00:00."
	  "005Z\"]" },
	{ "(globalThis.Date = 5, Date)", "5" },
	/* Who looks before he leaps is not stopped. */
	{ "Number.isNaN(Date.parse('no date')) ? 'bad' : 'good'", "\"bad\"" },
	{ "isNaN(new Date('no date'))", "true" },
	{ "DateTime.fromISO('no date').isValid", "false" },
	/* n8n's way, beside luxon's own */
	{ "(d => [d.plus(1, 'day'), d.minus(2, 'hours'), d.plus(1).toMillis() - d, d.plus({ days: "
	  "1 }),"
	  " d.minus(Duration.fromObject({ days: 1 }))].map(x => x.toISODate?.() ?? x))"
	  "(DateTime.fromISO('2026-11-28T01:00Z', { zone: 'utc' }))",
	  "[\"2026-11-29\",\"2026-11-27\",1,\"2026-11-29\",\"2026-11-27\"]" },
	/* ICU's formats, and their defaults */
	{ "new Date(0).toLocaleDateString('de-DE', { timeZone: 'UTC' })", "\"1.1.1970\"" },
	{ "new Date(0).toLocaleDateString('en-US', { hour: '2-digit' })", "\"1/1/1970, 12 AM\"" },
	{ "new Date(0).toLocaleTimeString('en-GB')", "\"00:00:00\"" },
	{ "new Date(0).toLocaleTimeString('en-GB', { weekday: 'short' })", "\"Thu 00:00:00\"" },
	{ "new Date(0).toLocaleString('en-GB', { month: 'long' })", "\"January\"" },
	{ "new Date(0).toLocaleString('en-GB', { timeStyle: 'short' })", "\"00:00\"" },
	{ "new Date(NaN).toLocaleString()", "\"Invalid Date\"" },
	{ "[1, 2].map(() => (1234.5).toLocaleString('de-DE')).join(' ')", "\"1.234,5 1.234,5\"" },
	{ "[new Intl.NumberFormat('de') === new Intl.NumberFormat('de'),"
	  " new Intl.NumberFormat('de') instanceof Intl.NumberFormat,"
	  " Intl.NumberFormat('de').format(1.5), "
	  "Intl.NumberFormat.supportedLocalesOf(['de']).length]",
	  "[true,true,\"1,5\",1]" },
	{ "[new Date(0).toLocaleDateString('de'), new Date(0).toLocaleDateString('en'),"
	  " new Date(0).toLocaleDateString(['de', 'en'], { year: '2-digit' })]",
	  "[\"1.1.1970\",\"1/1/1970\",\"70\"]" },
};

START_TEST(each_expression_gives_its_value)
{
	ck_assert_str_eq(box_value(values[_i].script, ONE), values[_i].value);
}
END_TEST

/* JSON has null for each of these. */
static const struct {
	const char *script, *message;
} unread[] = {
	{ "new Date('no date')", "\"no date\" cannot be read as a date" },
	{ "({ a: [new Date('no \"date\"')] })", "\"no \\\"date\\\"\" cannot be read" },
	{ "new Date('no date').getTime()", "\"no date\" cannot be read" },
	{ "({ at: Date.parse('32.13.2026') })", "\"32.13.2026\" cannot be read" },
	{ "$str(new Date('no date'))", "\"no date\" cannot be read" },
	{ "DateTime.fromISO('no date')",
	  "an invalid DateTime: the input \"no date\" can't be parsed" },
	{ "new Date(0).toLocaleDateString('de', { timeStyle: 'short' })", "timeStyle" },
	{ "new Date(0).toLocaleString('no_such-locale!')", "locale" },
	{ "Intl.PluralRules('de')", "without new" },
};

START_TEST(what_is_no_date_is_never_null)
{
	json_t *answer, *cell;

	ck_assert_ok(box_ask(box_expressions(unread[_i].script, ONE), 2000, &answer));
	cell = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
	ck_assert_msg(strstr(ty_json_str(json_object_get(cell, "e"), "message", ""),
			     unread[_i].message) != NULL,
		      "%s: %s", unread[_i].script, box_text(cell));
}
END_TEST

/* As many as a step may have items; each formatter would take 50 KB. */
static const char *const formats[] = {
	"new Date(0).toLocaleDateString('de-DE')",
	"new Date(0).toLocaleString()",
	"new Date(0).toLocaleTimeString('fr', { hour: 'numeric' })",
	"(1234.5).toLocaleString('de-DE', { style: 'currency', currency: 'EUR' })",
	"new Intl.DateTimeFormat('de-DE', { dateStyle: 'full' }).format(0)",
	"new Intl.NumberFormat(['de']).format(5)",
};

START_TEST(ten_thousand_formats_stay_within_the_memory)
{
	json_t *request = box_request("expressions", "[]"), *items = json_array(), *answer;

	for (int i = 0; i < 10000; i++)
		json_array_append_new(items, json_pack("{s:{}}", "json"));
	json_object_set_new(request, "items", items);
	json_object_set_new(request, "scripts", json_pack("[s]", formats[_i]));
	ck_assert_ok(box_ask(request, 30000, &answer));
	ck_assert_uint_eq(json_array_size(json_array_get(json_object_get(answer, "values"), 0)),
			  10000);
}
END_TEST

/* 02:30 of 25 October 2026 comes twice in Berlin, and 02:30 of 29 March not at all. */
static const struct {
	const char *script, *value;
} hours[] = {
	{ "DateTime.fromISO('2026-10-25T02:30')", "2026-10-25T02:30:00.000+02:00" },
	{ "DateTime.fromISO('2026-10-25T02:30', { zone: 'America/New_York' })",
	  "2026-10-25T02:30:00.000-04:00" },
	{ "DateTime.fromISO('2026-11-01T01:30', { zone: 'America/New_York' })",
	  "2026-11-01T01:30:00.000-04:00" },
	{ "DateTime.fromISO('2026-04-05T02:30', { zone: 'Australia/Sydney' })",
	  "2026-04-05T02:30:00.000+11:00" },
	{ "DateTime.fromSQL('2026-10-25 02:30')", "2026-10-25T02:30:00.000+02:00" },
	{ "DateTime.fromFormat('25.10.2026 02:30', 'dd.MM.yyyy HH:mm')",
	  "2026-10-25T02:30:00.000+02:00" },
	{ "DateTime.fromObject({ year: 2026, month: 10, day: 25, hour: 2, minute: 30 })",
	  "2026-10-25T02:30:00.000+02:00" },
	{ "DateTime.local(2026, 10, 25, 2, 30)", "2026-10-25T02:30:00.000+02:00" },
	{ "DateTime.local(2026, 10, 25, 3, 30)", "2026-10-25T03:30:00.000+01:00" },
	{ "DateTime.fromISO('2026-03-29T02:30')", "2026-03-29T03:30:00.000+02:00" },
	/* An offset that is told decides, and what is added to the second stays there. */
	{ "DateTime.fromISO('2026-10-25T02:30+01:00')", "2026-10-25T02:30:00.000+01:00" },
	{ "DateTime.fromISO('2026-10-25T02:30+01:00').plus({ minutes: 5 })",
	  "2026-10-25T02:35:00.000+01:00" },
	{ "DateTime.fromISO('2026-10-25T02:30').plus({ hours: 1 })",
	  "2026-10-25T02:30:00.000+01:00" },
	{ "DateTime.fromISO('2026-10-24T02:30').plus({ days: 1 })",
	  "2026-10-25T02:30:00.000+02:00" },
};

START_TEST(an_hour_that_comes_twice_is_the_first_in_every_season)
{
	static const json_int_t seasons[] = { 1768435200000, 1784073600000 };

	for (size_t s = 0; s < TY_ARRAY_COUNT(seasons); s++) {
		json_t *request = box_expressions(hours[_i].script, ONE), *answer;

		json_object_set_new(request, "now_ms", json_integer(seasons[s]));
		ck_assert_ok(box_ask(request, 2000, &answer));
		answer = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
		ck_assert_str_eq(ty_json_str(answer, "v", box_text(answer)), hours[_i].value);
	}
}
END_TEST

BOX_TEST_MAIN("sandbox.dates", {
	TEST(each_text_is_the_date_that_node_reads);
	TEST_LOOP(each_expression_gives_its_value, values);
	TEST_LOOP(what_is_no_date_is_never_null, unread);
	TEST_LOOP(ten_thousand_formats_stay_within_the_memory, formats);
	TEST_LOOP(an_hour_that_comes_twice_is_the_first_in_every_season, hours);
})
