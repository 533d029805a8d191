/*
 * test_condition.c -- $condition(), which the engine writes round the sides of a typed condition: the types
 * that JSON would lose, dates as luxon reads them, and regular expressions.
 */
#include "integration/sandbox/fixture.h"

/* The zone is Europe/Berlin. */
static const struct {
	const char *script, *value;
} rows[] = {
	{ "$condition('side', 5)", "[\"json\",5]" },
	{ "$condition('side', undefined)", "[\"undefined\"]" },
	{ "$condition('side', null)", "[\"json\",null]" },
	{ "$condition('side', NaN)", "[\"number\",\"NaN\"]" },
	{ "$condition('side', -1/0)", "[\"number\",\"-Infinity\"]" },
	{ "$condition('side', ['date', 5])", "[\"json\",[\"date\",5]]" },
	{ "$condition('side', new Date(5))", "[\"date\",5,\"1970-01-01T00:00:00.005Z\",true]" },
	{ "$condition('side', DateTime.fromMillis(5))",
	  "[\"date\",5,\"1970-01-01T01:00:00.005+01:00\",false]" },
	{ "$condition('side', new Date(NaN))", "[\"json\",\"Invalid Date\"]" },
	{ "$condition('side', { isLuxonDateTime: true })",
	  "[\"json\",{\"isLuxonDateTime\":true}]" },
	{ "$condition('date', null)", "[\"json\",null]" },
	{ "$condition('date', true)", "[\"json\",true]" },
	{ "$condition('date', '')", "[\"json\",\"\"]" },
	{ "$condition('date', 'soon')", "[\"json\",\"soon\"]" },
	{ "$condition('date', {})", "[\"json\",{}]" },
	{ "$condition('date', [])", "[\"json\",[]]" },
	{ "$condition('date', ['2024-01-01'])[1]", "1704063600000" },
	{ "$condition('date', 1700000000000)", "[\"json\",1700000000000]" },
	{ "$condition('date', '2024-01-01')", "[\"date\",1704063600000,\"2024-01-01\",true]" },
	{ "$condition('date', ' 2024-07-01 ')[1]", "1719784800000" },
	{ "$condition('date', '2024-01-01T00:00:00Z')[1]", "1704067200000" },
	{ "$condition('date', '2024-01-01T00:00:00.1239-05:30')[1]", "1704087000123" },
	/* twice in the night that summer time ends: the first */
	{ "$condition('date', '2024-10-27T02:30')[1]", "1729989000000" },
	{ "$condition('date', 'Sun, 06 Nov 1994 08:49:37 GMT')[1]", "784111777000" },
	{ "$condition('date', 'Tue, 01 Nov 2016 13:23:12 +0630')[1]", "1477983192000" },
	{ "$condition('date', '2024-05-15 08:00:00')[1]", "1715752800000" },
	{ "$condition('match', 'foo', '^fo{2}$', false)[2]", "true" },
	{ "$condition('match', 'foo', '/^FO{2}$/gi', false)[2]", "true" },
	{ "$condition('match', 'ABC', '^A', true)[2]", "false" },
	{ "$condition('match', undefined, undefined, true)",
	  "[[\"undefined\"],[\"undefined\"],true]" },
	{ "$condition('match', { a: 1 }, '^\\\\{\"a\"', false)[2]", "true" },
	{ "$condition('match', '/a/b', '/a/b', false)[2]", "true" },
	{ "typeof $condition('match', 'a', '(', false)[2]", "\"string\"" },
	{ "typeof $condition('match', 'a', '/a/gg', false)[2]", "\"string\"" },
	/* the same pattern again, though it counts places */
	{ "[1, 2].map(() => $condition('match', 'a', '/a/g', false)[2])", "[true,true]" },
};

START_TEST(a_side_comes_with_its_type)
{
	const char *text = box_value(rows[_i].script, ONE);

	ck_assert_msg(strcmp(text, rows[_i].value) == 0, "%s\n  gives %s,\n  not   %s",
		      rows[_i].script, text, rows[_i].value);
}
END_TEST

/* What is read without luxon has to be what luxon reads; gives the texts that are not. */
#define ODD_ONES                                                                                   \
	"(() => { const odd = [];"                                                                 \
	"for (const d of ['0099-05-05', '2024-01-01', '2024-02-29', '2023-02-29', '2024-02-30',"   \
	" '2024-13-01', '2024-00-10', '2024-04-31', '2024-03-30', '2024-03-31', '2024-04-01',"     \
	" '2024-10-26', '2024-10-27', '2024-10-28', '1944-04-03', '9999-12-31'])"                  \
	" for (const t of ['', 'T00:00', 'T02:30', 'T02:59:59.999', 'T03:00:00', 'T23:59:59',"     \
	" 'T24:00', 'T12:60', 'T12:00:00.1234567', 'T12:00:00.5'])"                                \
	" for (const z of ['', 'Z', '+00:00', '-05:30', '+14:00', '+0200', '+02']) {"              \
	" const text = d + t + z, time = DateTime.fromISO(text, { setZone: true });"               \
	" const own = $condition('date', text);"                                                   \
	" if (time.isValid && (own[0] !== 'date' || own[1] !== time.toMillis())) odd.push(text);"  \
	" } return odd; })()"

static const char *const zones[] = { "Europe/Berlin",	    "America/New_York", "UTC",
				     "Australia/Lord_Howe", "Pacific/Apia",	"Asia/Kolkata" };

START_TEST(what_is_read_fast_is_what_luxon_reads)
{
	json_t *request = box_expressions(ODD_ONES, ONE), *answer;

	json_object_set_new(request, "timezone", json_string(zones[_i]));
	ck_assert_ok(box_ask(request, 5000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "values")), "[[{\"v\":[]}]]");
}
END_TEST

BOX_TEST_MAIN("sandbox.condition", {
	TEST_LOOP(a_side_comes_with_its_type, rows);
	TEST_LOOP(what_is_read_fast_is_what_luxon_reads, zones);
})
