/*
 * The sandbox has the system's time zones: all of them, over their history, by both ways (luxon's
 * offsets and ICU's formats), compared with libc, which reads the same files.
 */
#include "integration/sandbox/fixture.h"

#include "zones.h"

#include <stdlib.h>
#include <time.h>

/* From 1902, where 32 bits end, to beyond what the files list by the year. */
static const char *const moments[] = {
	"-2000000000", "-1500000000", "-880000000", "-300000000", "-100000000", "0",
	"15768000",    "300000000",   "500000000",  "700000000",  "800000000",	"950000000",
	"1100000000",  "1300000000",  "1435708800", "1467331200", "1500000000", "1577836800",
	"1625097600",  "1656633600",  "1672531200", "1688169600", "1719792000", "1735689600",
	"1751328000",  "1767225600",  "1782864000", "1793000000", "1798000000", "1830000000",
	"2000000000",  "2145916800",  "2200000000", "2500000000", "3000000000", "4000000000",
};

static long
libc_offset(const char *zone, time_t at)
{
	struct tm tm;

	setenv("TZ", zone, 1);
	tzset();
	localtime_r(&at, &tm);
	return tm.tm_gmtoff;
}

/* { zone: [offset in seconds for each moment] } as the sandbox has them. */
static json_t *
ask_offsets(const char *code, json_t *names)
{
	json_t *request = box_code("code_all", code, ONE), *answer, *times = json_array();

	for (size_t i = 0; i < TY_ARRAY_COUNT(moments); i++)
		json_array_append_new(times, json_integer(strtoll(moments[i], NULL, 10)));
	json_object_set_new(request, "items",
			    json_pack("[{s:{s:O, s:o}}]", "json", "names", names, "times", times));
	ck_assert_ok(box_ask(request, 60000, &answer));
	return json_object_get(json_array_get(json_object_get(answer, "items"), 0), "json");
}

static void
check_offsets(const char *code, json_t *names)
{
	json_t *got = ask_offsets(code, names), *name;
	size_t i, wrong = 0;

	json_array_foreach(names, i, name)
	{
		const json_t *row = json_object_get(got, json_string_value(name));

		ck_assert_msg(json_array_size(row) == TY_ARRAY_COUNT(moments), "%s: %s",
			      json_string_value(name), box_text(row));
		for (size_t m = 0; m < TY_ARRAY_COUNT(moments); m++) {
			long want =
				libc_offset(json_string_value(name), strtoll(moments[m], NULL, 10));
			double is = json_number_value(json_array_get(row, m));

			/* A format has no seconds of an offset. */
			if (is - (double)want < 60 && is - (double)want > -60)
				continue;
			wrong++;
			printf("%s at %s: %g instead of %ld\n", json_string_value(name), moments[m],
			       is, want);
		}
	}
	ck_assert_uint_eq(wrong, 0);
}

static json_t *
all_names(void)
{
	struct zones *zones = zones_read(ZONES_DIR);
	json_t *names = ty_json_own(fx.arena, json_array());

	ck_assert_uint_gt(zones->count, 400);
	for (size_t i = 0; i < zones->count; i++)
		json_array_append_new(names, json_string(zones->v[i].name));
	zones_free(zones);
	return names;
}

START_TEST(luxon_has_the_offsets_of_the_system)
{
	check_offsets("const { names, times } = $input.first().json, out = {};\n"
		      "for (const zone of names) { const z = luxon.IANAZone.create(zone);\n"
		      "  out[zone] = times.map(t => z.offset(t * 1000) * 60); }\nreturn out",
		      all_names());
}
END_TEST

/* Names of zones that ICU takes: not "EST5EDT" and the like written otherwise. */
START_TEST(formats_have_the_offsets_of_the_system)
{
	check_offsets(
		"const { names, times } = $input.first().json, out = {};\n"
		"for (const timeZone of names) {\n"
		"  const f = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23',"
		" year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric',"
		" minute: 'numeric', second: 'numeric' });\n"
		"  out[timeZone] = times.map(t => { const p = {};\n"
		"    for (const { type, value } of f.formatToParts(t * 1000)) p[type] = +value;\n"
		"    return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second)"
		" / 1000 - t; }); }\nreturn out",
		all_names());
}
END_TEST

/* Right by zone data of 2026 and not by that of Debian's ICU; older data of the system may differ. */
static const struct {
	const char *script, *value;
	const char *since; /* release of the data */
} recent[] = {
	{ "DateTime.fromISO('2026-12-15T12:00', { zone: 'America/Vancouver' })",
	  "2026-12-15T12:00:00.000-07:00", "2026b" },
	{ "DateTime.fromISO('2026-12-15T12:00', { zone: 'America/Edmonton' })",
	  "2026-12-15T12:00:00.000-06:00", "2026c" },
	{ "DateTime.fromISO('2026-07-15T12:00', { zone: 'America/Asuncion' })",
	  "2026-07-15T12:00:00.000-03:00", "2025a" },
	{ "DateTime.fromISO('2026-07-15T12:00', { zone: 'Asia/Almaty' })",
	  "2026-07-15T12:00:00.000+05:00", "2024a" },
	{ "DateTime.fromISO('2024-07-01T12:00', { zone: 'America/Mexico_City' })",
	  "2024-07-01T12:00:00.000-06:00", "2023a" },
	{ "DateTime.fromISO('2026-07-15T12:00', { zone: 'America/Ciudad_Juarez' })",
	  "2026-07-15T12:00:00.000-06:00", "2023a" },
	{ "DateTime.fromISO('2026-07-15T12:00', { zone: 'America/Coyhaique' })",
	  "2026-07-15T12:00:00.000-03:00", "2025b" },
	{ "new Date(1784116800000).toLocaleString('sv', { timeZone: 'Africa/Cairo' })",
	  "2026-07-15 15:00:00", "2023c" },
	/* names, with the summer time in its place, also where the law has it in winter */
	{ "new Date(2541499200000).toLocaleString('en', { timeZone: 'Europe/Dublin',"
	  " timeZoneName: 'long' })",
	  "7/15/2050, 1:00:00 PM Irish Standard Time", "2023a" },
	{ "new Date(2541499200000).toLocaleString('en', { timeZone: 'Europe/Berlin',"
	  " timeZoneName: 'long' })",
	  "7/15/2050, 2:00:00 PM Central European Summer Time", "2023a" },
	{ "new Intl.DateTimeFormat('en', { timeZone: 'US/Eastern' }).resolvedOptions().timeZone",
	  "US/Eastern", "2023a" },
};

START_TEST(the_rules_of_today_hold)
{
	struct zones *zones = zones_read(ZONES_DIR);

	if (strcmp(zones->version, recent[_i].since) < 0)
		printf("skipped: the system has %s\n", zones->version);
	else
		ck_assert_msg(strstr(box_value(recent[_i].script, ONE), recent[_i].value) != NULL,
			      "%s: %s", recent[_i].script, box_value(recent[_i].script, ONE));
	zones_free(zones);
}
END_TEST

START_TEST(the_runs_own_zone_may_be_a_new_one)
{
	json_t *request = box_expressions("DateTime.local().zoneName", ONE), *answer;

	json_object_set_new(request, "timezone", json_string("America/Ciudad_Juarez"));
	ck_assert_ok(box_ask(request, 2000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "values")),
			 "[[{\"v\":\"America/Ciudad_Juarez\"}]]");
}
END_TEST

START_TEST(a_damaged_file_is_skipped)
{
	char dir[] = "/tmp/test-zones.XXXXXX", path[128];
	static const char *const bad[] = { "TZif", "TZif2", "text", "" };
	struct zones *zones;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (size_t i = 0; i < TY_ARRAY_COUNT(bad); i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/Zone%zu", dir, i);
		f = fopen(path, "we");
		ck_assert_ptr_nonnull(f);
		fprintf(f, "%s%0*d", bad[i], i == 1 ? 200 : 1, 0);
		fclose(f);
	}
	zones = zones_read(dir);
	ck_assert_uint_eq(zones->count, 0);
	ck_assert_str_eq(zones->version, "");
	zones_free(zones);
	for (size_t i = 0; i < TY_ARRAY_COUNT(bad); i++) {
		snprintf(path, sizeof(path), "%s/Zone%zu", dir, i);
		unlink(path);
	}
	rmdir(dir);
}
END_TEST

BOX_TEST_MAIN("sandbox.zones", {
	TEST(luxon_has_the_offsets_of_the_system);
	TEST(formats_have_the_offsets_of_the_system);
	TEST_LOOP(the_rules_of_today_hold, recent);
	TEST(the_runs_own_zone_may_be_a_new_one);
	TEST(a_damaged_file_is_skipped);
})
