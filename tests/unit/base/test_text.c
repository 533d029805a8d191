/* test_text.c -- buffers, strings, times and ids: tables of input and answer. */
#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"
#include "base/time.h"
#include "support/common.h"

START_TEST(a_buffer_grows_and_stays_terminated)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 0);
	for (int i = 0; i < 1000; i++)
		ty_buf_printf(&buf, "%d,", i);
	ty_buf_add(&buf, NULL, 0);
	ck_assert_uint_eq(buf.len, 10 * 2 + 90 * 3 + 900 * 4);
	ck_assert_uint_eq(strlen(buf.data), buf.len);
	ck_assert_str_eq(buf.data + buf.len - 4, "999,");
}
END_TEST

static const struct {
	const char *s;
	int64_t min, max;
	bool ok;
	int64_t n;
} int_cases[] = {
	{ "0", 0, 10, true, 0 },
	{ "-5", -10, 10, true, -5 },
	{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
	{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
	{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
	{ "99999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
	{ "11", 0, 10, false, 0 },
	{ "", 0, 10, false, 0 },
	{ "-", -10, 10, false, 0 },
	{ "+1", 0, 10, false, 0 },
	{ " 1", 0, 10, false, 0 },
	{ "1x", 0, 10, false, 0 },
};

START_TEST(whole_numbers_are_parsed_strictly)
{
	int64_t n = -77;

	ck_assert_int_eq(
		ty_str_parse_i64(int_cases[_i].s, int_cases[_i].min, int_cases[_i].max, &n),
		int_cases[_i].ok);
	ck_assert_int_eq(n, int_cases[_i].ok ? int_cases[_i].n : -77);
}
END_TEST

static const struct {
	const char *list, *words; /* words: each in brackets */
	bool has_b;
} list_cases[] = {
	{ NULL, "", false },
	{ "", "", false },
	{ " ,\t\r\n, ", "", false },
	{ "a", "[a]", false },
	{ "B", "[B]", true },
	{ "a, b,c", "[a][b][c]", true },
	{ ",, a\tbb \r\n", "[a][bb]", false },
	{ "ab a b", "[ab][a][b]", true },
};

START_TEST(a_list_is_divided_by_commas_and_blanks)
{
	const char *at = list_cases[_i].list;
	struct ty_str_word word;
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 0);
	while (ty_str_list_next(&at, &word))
		ty_buf_printf(&buf, "[%.*s]", (int)word.len, word.s);
	ck_assert_str_eq(buf.data, list_cases[_i].words);
	ck_assert(!ty_str_list_next(&at, &word));
	ck_assert_int_eq(ty_str_list_has(list_cases[_i].list, "b"), list_cases[_i].has_b);
	ck_assert(!ty_str_list_has(list_cases[_i].list, ""));
}
END_TEST

static const struct {
	const char *s;
	bool ok;
} utf8_cases[] = {
	{ "plain", true },
	{ "\xC3\xA9", true },
	{ "\xE2\x82\xAC", true },
	{ "\xF0\x9F\x98\x80", true },
	{ "\xC0\x80", false },
	{ "\xED\xA0\x80", false },
	{ "\xF4\x90\x80\x80", false },
	{ "\xE2\x82", false },
	{ "\x80", false },
	{ "\xF8\x88\x80\x80\x80", false },
	{ "\xE0\x80\x80", false },
	{ "\xFF", false },
};

START_TEST(only_well_formed_utf8_passes)
{
	ck_assert_int_eq(ty_str_is_utf8(utf8_cases[_i].s, strlen(utf8_cases[_i].s)),
			 utf8_cases[_i].ok);
}
END_TEST

static const struct {
	const char *in;
	bool plus;
	const char *out; /* NULL = refused */
} decode_cases[] = {
	{ "a%20b", false, "a b" }, { "a+b", true, "a b" },
	{ "a+b", false, "a+b" },   { "%e2%82%AC", false, "\xE2\x82\xAC" },
	{ "%", false, NULL },	   { "%2", false, NULL },
	{ "%zz", false, NULL },	   { "a%00b", false, NULL },
	{ "", false, "" },
};

START_TEST(percent_escapes_are_decoded_or_refused)
{
	const char *in = decode_cases[_i].in;
	char *out = ty_str_url_decode(fx.arena, in, strlen(in), decode_cases[_i].plus, NULL);

	if (decode_cases[_i].out == NULL)
		ck_assert_ptr_null(out);
	else
		ck_assert_str_eq(out, decode_cases[_i].out);
}
END_TEST

START_TEST(encoding_and_decoding_meet_for_every_byte)
{
	char all[255], *coded, *back;
	size_t len;

	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	coded = ty_str_url_encode(fx.arena, all, sizeof(all));
	back = ty_str_url_decode(fx.arena, coded, strlen(coded), true, &len);
	ck_assert_uint_eq(len, sizeof(all));
	ck_assert_mem_eq(back, all, len);
}
END_TEST

START_TEST(hex_goes_both_ways)
{
	uint8_t bytes[3];
	char text[7];

	ck_assert(ty_str_unhex("00fFA5", 6, bytes));
	ty_str_hex(bytes, 3, text);
	ck_assert_str_eq(text, "00ffa5");
	ck_assert(!ty_str_unhex("abc", 3, bytes));
	ck_assert(!ty_str_unhex("0g", 2, bytes));
}
END_TEST

static const struct {
	const char *s;
	bool ok;
} slug_cases[] = {
	{ "a", true },	 { "my-team-2", true }, { "", false },	  { "-a", false },
	{ "a-", false }, { "A", false },	{ "a_b", false }, { "abcdefghij", false },
};

START_TEST(slugs_are_lower_case_letters_digits_and_inner_dashes)
{
	ck_assert_int_eq(ty_str_is_slug(slug_cases[_i].s, 9), slug_cases[_i].ok);
}
END_TEST

static const struct {
	const char *s;
	bool ok;
	const char *utc;
} time_cases[] = {
	{ "2026-11-21T20:51:00Z", true, "2026-11-21T20:51:00.000Z" },
	{ "2026-11-21T20:51:00.5+02:00", true, "2026-11-21T18:51:00.500Z" },
	{ "2026-11-21 20:51:00.123456-00:30", true, "2026-11-21T21:21:00.123Z" },
	{ "2024-02-29T00:00:00Z", true, "2024-02-29T00:00:00.000Z" },
	{ "1969-12-31T23:59:59.999Z", true, "1969-12-31T23:59:59.999Z" },
	{ "2025-02-29T00:00:00Z", false, NULL },
	{ "2026-13-01T00:00:00Z", false, NULL },
	{ "2026-11-21T24:00:00Z", false, NULL },
	{ "2026-11-21T20:51:00", false, NULL },
	{ "2026-11-21T20:51:00.Z", false, NULL },
	{ "2026-11-21T20:51:00Zx", false, NULL },
	{ "", false, NULL },
};

START_TEST(times_are_read_as_rfc_3339_and_written_in_utc)
{
	char out[TY_TIME_TEXT_SIZE];
	int64_t ms = 42;

	ck_assert_int_eq(ty_time_parse(time_cases[_i].s, &ms), time_cases[_i].ok);
	if (!time_cases[_i].ok) {
		ck_assert_int_eq(ms, 42);
		return;
	}
	ty_time_format(ms, out);
	ck_assert_str_eq(out, time_cases[_i].utc);
}
END_TEST

START_TEST(ids_are_version_7_carry_their_time_and_sort_by_it)
{
	struct ty_id a = ty_id_new_at(1000), b = ty_id_new_at(1763758260123), parsed, now;
	int64_t before = ty_time_now_ms();

	now = ty_id_new();
	ck_assert(ty_id_parse(a.s, &parsed) && ty_id_eq(&a, &parsed));
	ck_assert_int_eq(a.s[14], '7');
	ck_assert_ptr_nonnull(strchr("89ab", a.s[19]));
	ck_assert_int_eq(ty_id_time_ms(&b), 1763758260123);
	ck_assert_int_lt(strcmp(a.s, b.s), 0);
	ck_assert_int_ge(ty_id_time_ms(&now), before);
	ck_assert_int_le(ty_id_time_ms(&now), ty_time_now_ms());
}
END_TEST

static const char *const bad_ids[] = {
	"",
	"0190a0b0-0000-7000-8000-00000000000",
	"0190a0b0-0000-7000-8000-0000000000000",
	"0190A0B0-0000-7000-8000-000000000000",
	"0190a0b0_0000-7000-8000-000000000000",
	"0190a0b0-0000-7000-8000-00000000000g",
};

START_TEST(what_is_no_canonical_uuid_is_refused)
{
	struct ty_id id = { "" };

	ck_assert(!ty_id_parse(bad_ids[_i], &id));
	ck_assert(!ty_id_is_set(&id));
}
END_TEST

TEST_MAIN("base/text", {
	TEST(a_buffer_grows_and_stays_terminated);
	TEST_LOOP(whole_numbers_are_parsed_strictly, int_cases);
	TEST_LOOP(a_list_is_divided_by_commas_and_blanks, list_cases);
	TEST_LOOP(only_well_formed_utf8_passes, utf8_cases);
	TEST_LOOP(percent_escapes_are_decoded_or_refused, decode_cases);
	TEST(encoding_and_decoding_meet_for_every_byte);
	TEST(hex_goes_both_ways);
	TEST_LOOP(slugs_are_lower_case_letters_digits_and_inner_dashes, slug_cases);
	TEST_LOOP(times_are_read_as_rfc_3339_and_written_in_utc, time_cases);
	TEST(ids_are_version_7_carry_their_time_and_sort_by_it);
	TEST_LOOP(what_is_no_canonical_uuid_is_refused, bad_ids);
})
