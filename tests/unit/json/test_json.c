/* test_json.c -- what is refused, where it says so, and what dumping gives. */
#include "base/limits.h"
#include "json/dump.h"
#include "json/json.h"
#include "support/common.h"

#include <stdio.h>

#define TEXT(s)                                                                                    \
	{                                                                                          \
		s, sizeof(s) - 1                                                                   \
	}

static const struct {
	struct {
		const char *s;
		size_t len;
	} text;
	const char *says;
} bad_cases[] = {
	{ TEXT(""), "line 1" },
	{ TEXT("{"), "line 1, column 1" },
	{ TEXT("{\"a\":1,}"), "column 8" },
	{ TEXT("{\"a\":1,\n\"a\":2}"), "duplicate" },
	{ TEXT("[1] x"), "end of file expected" },
	{ TEXT("\"\\ud800\""), "invalid Unicode" },
	{ TEXT("\"\\udc00x\""), "Unicode" },
	{ TEXT("\"a\\u0000b\""), "\\u0000" },
	{ TEXT("\"a\0b\""), "line 1" },
	{ TEXT("\"\xff\""), "byte 0xff" },
	{ TEXT("\"\xed\xa0\x80\""), "byte 0xed" },
	{ TEXT("\xEF\xBB\xBF{}"), "column 1: a value expected" },
	{ TEXT("[1,\n 2 3]"), "line 2, column 4" },
	{ TEXT("{\"a\" 1}"), "':' expected" },
	{ TEXT("{a:1}"), "a key" },
	{ TEXT("[tru]"), "near 'tru]'" },
	{ TEXT("\"a\tb\""), "control character" },
	{ TEXT("\"\\x\""), "invalid escape" },
	{ TEXT("\"\\u12g4\""), "four hexadecimal digits" },
	{ TEXT("\"\\u12"), "four hexadecimal digits" },
	{ TEXT("\"abc"), "the text ends" },
	{ TEXT("\"\xC3"), "byte 0xc3" },
	{ TEXT("01"), "zeros in front" },
	{ TEXT("-"), "a digit" },
	{ TEXT("1."), "after the point" },
	{ TEXT("1.e3"), "after the point" },
	{ TEXT("1e"), "in the exponent" },
	{ TEXT("+1"), "a value" },
	{ TEXT(".5"), "a value" },
	{ TEXT("NaN"), "line 1" },
	{ TEXT("'a'"), "line 1" },
};

START_TEST(each_broken_text_is_refused_with_its_place)
{
	json_t *json = NULL;

	ck_assert_code(ty_json_parse(fx.arena, bad_cases[_i].text.s, bad_cases[_i].text.len, &json,
				     &fx.err),
		       TY_E_MALFORMED);
	ck_assert_ptr_null(json);
	ck_assert_msg(strstr(fx.err.msg, bad_cases[_i].says) != NULL, "\"%s\" lacks \"%s\"",
		      fx.err.msg, bad_cases[_i].says);
}
END_TEST

static char *
nested(size_t depth)
{
	char *s = ty_arena_alloc(fx.arena, 2 * depth + 1);

	memset(s, '[', depth);
	memset(s + depth, ']', depth);
	return s;
}

START_TEST(nesting_is_taken_up_to_the_limit_and_refused_above)
{
	char *ok = nested(TY_LIMIT_JSON_DEPTH), *deep = nested(TY_LIMIT_JSON_DEPTH + 1);
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, ok, strlen(ok), &json, &fx.err));
	ck_assert_uint_eq(ty_json_depth(json), TY_LIMIT_JSON_DEPTH);
	ck_assert_code(ty_json_parse(fx.arena, deep, strlen(deep), &json, &fx.err), TY_E_MALFORMED);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "nested more than 64 deep at byte 64"));
}
END_TEST

START_TEST(a_hundred_thousand_brackets_do_no_harm)
{
	char *deep = nested(100000);
	json_t *json;

	ck_assert_code(ty_json_parse(fx.arena, deep, strlen(deep), &json, &fx.err), TY_E_MALFORMED);
}
END_TEST

START_TEST(brackets_in_strings_are_no_nesting)
{
	struct {
		char quote, brackets[200], end[2];
	} s = { .quote = '"', .end = "\"" };
	json_t *json;

	memset(s.brackets, '[', sizeof(s.brackets));
	ck_assert_ok(ty_json_parse(fx.arena, &s.quote, 202, &json, &fx.err));
	ck_assert_uint_eq(json_string_length(json), 200);
}
END_TEST

START_TEST(dumping_keeps_the_order_and_canonical_sorts)
{
	static const char text[] = "{\"b\":[1,2.5,null],\"a\":{\"y\":true,\"x\":\"\\u00e9\"}}";
	json_t *json;
	size_t len;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &json, &fx.err));
	ck_assert_str_eq(ty_json_dump(fx.arena, json, &len),
			 "{\"b\":[1,2.5,null],\"a\":{\"y\":true,\"x\":\"\xC3\xA9\"}}");
	ck_assert_uint_eq(len, ty_json_size_bytes(json));
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, json, NULL),
			 "{\"a\":{\"x\":\"\xC3\xA9\",\"y\":true},\"b\":[1,2.5,null]}");
}
END_TEST

/* Any value: chance's, from a seed, so that a failure can be repeated. */
static json_t *
random_value(unsigned *seed, int depth)
{
	static const double reals[] = {
		0.1, -0.0, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 3.0
	};
	char text[24];
	json_t *made;
	int kind = rand_r(seed) % (depth > 4 ? 6 : 9), count = rand_r(seed) % 90;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)(1 + rand_r(seed) % 127);
	text[rand_r(seed) % sizeof(text)] = '\0';
	text[sizeof(text) - 1] = '\0';
	switch (kind) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(count & 1);
	case 2:
		return json_integer((json_int_t)rand_r(seed) * (count - 45));
	case 3:
		return json_integer(count & 1 ? INT64_MIN : INT64_MAX);
	case 4:
		return json_real(reals[count % TY_ARRAY_COUNT(reals)]);
	case 5:
		return json_sprintf("%s\u00e9\U0001F600", text);
	case 6:
		made = json_array();
		for (int i = 0; i < count % 5; i++)
			json_array_append_new(made, random_value(seed, depth + 1));
		return made;
	default:
		made = json_object();
		/* Rarely more keys than a sort keeps on its stack. */
		for (int i = 0; i < (depth == 0 ? count : count % 5); i++) {
			snprintf(text, sizeof(text), "%c%d", 'a' + rand_r(seed) % 3,
				 rand_r(seed) % 200);
			json_object_set_new(made, text, random_value(seed, depth + 1));
		}
		return made;
	}
}

/* Numbers are another matter: test_number.c. */
static json_t *
without_reals(json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	json_object_foreach(value, key, child)
		json_object_set_new_nocheck(value, key, without_reals(child));
	json_array_foreach(value, i, child) json_array_set_new(value, i, without_reals(child));
	return json_is_real(value) ? json_null() : json_incref(value);
}

START_TEST(dumping_gives_the_bytes_that_jansson_gives)
{
	unsigned seed = (unsigned)_i;

	for (int i = 0; i < 100; i++) {
		json_t *value = random_value(&seed, 0), *bare;
		char *sorted = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
		char *plain, *pretty;
		size_t len;

		/* Version 1 of the digest is over these. */
		ck_assert_str_eq(ty_json_dump_canonical_1(fx.arena, value, NULL), sorted);
		bare = without_reals(value);
		plain = json_dumps(bare, JSON_COMPACT | JSON_ENCODE_ANY);
		pretty = json_dumps(bare, JSON_INDENT(2) | JSON_ENCODE_ANY);
		ck_assert_str_eq(ty_json_dump(fx.arena, bare, &len), plain);
		ck_assert_uint_eq(len, strlen(plain));
		ck_assert_uint_eq(ty_json_size_bytes(bare), len);
		ck_assert_str_eq(ty_json_dump_in_place(fx.arena, value, &len),
				 ty_json_dump(fx.arena, value, NULL));
		ck_assert_str_eq(ty_json_dump_pretty(fx.arena, bare, NULL), pretty);
		free(plain);
		free(pretty);
		free(sorted);
		json_decref(bare);
		json_decref(value);
		ty_arena_clear(fx.arena);
	}
}
END_TEST

static const struct {
	const char *text, *dumped, *shown;
} number_cases[] = {
	{ "[19.99,1.1,0.07,1e-7,10.0,1e21]", "[19.99,1.1,0.07,1e-7,10,1e+21]", NULL },
	{ "7e0", "7", "7" },
	{ "-0.0", "-0", "0" },
	{ "-0", "-0", "0" },
	{ "1.10", "1.1", "1.1" },
	{ "123456789012345678901", "123456789012345678901", "123456789012345678901" },
	{ "-1E+400", "-1E+400", "-1E+400" },
	{ "\"a\\u0001\"", "\"a\\u0001\"", "a\x01" },
	{ "null", "null", "" },
	{ "[true,null]", "[true,null]", "[true,null]" },
};

START_TEST(a_number_is_written_as_short_as_it_reads_back)
{
	const char *text = number_cases[_i].text, *again;
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &json, &fx.err));
	again = ty_json_dump(fx.arena, json, NULL);
	ck_assert_str_eq(again, number_cases[_i].dumped);
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, json, NULL), again);
	if (number_cases[_i].shown != NULL)
		ck_assert_str_eq(ty_json_as_text(fx.arena, json), number_cases[_i].shown);
	ck_assert_ok(ty_json_parse(fx.arena, again, strlen(again), &json, &fx.err));
	ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), again);
}
END_TEST

static const struct {
	const char *text, *path;
} rounded_cases[] = {
	{ "[{\"a\":1,\"b\":[1.5,\"x\",null,true,9007199254740992,-9007199254740991]}]", NULL },
	{ "[{\"a\":1},{\"b\":{\"id\":9007199254740993}}]", "items[1].b.id" },
	{ "[1152921504606846976]", "items[0]" },
	{ "[10000000000000000,100000000000000000000,1e21]", NULL },
	{ "[0.1,3.14159265358979323846]", "items[1]" },
	{ "{\"huge\":-1e400}", "items.huge" },
	{ "18446744073709551615", "items" },
	{ "\"9007199254740993\"", NULL },
};

START_TEST(a_number_that_javascript_would_round_is_found)
{
	const char *text = rounded_cases[_i].text, *path;
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &json, &fx.err));
	path = ty_json_rounded_path(fx.arena, "items", json);
	ck_assert_str_eq(path != NULL ? path : "none",
			 rounded_cases[_i].path != NULL ? rounded_cases[_i].path : "none");
}
END_TEST

START_TEST(a_long_text_is_dumped_whole)
{
	size_t len = 3 * 1024 * 1024 + 7, got;
	char *text = calloc(1, len + 1), *dumped;
	json_t *value;

	memset(text, '"', len);
	value = json_string(text);
	dumped = ty_json_dump(fx.arena, value, &got);
	ck_assert_uint_eq(got, 2 * len + 2);
	ck_assert_uint_eq(strlen(dumped), got);
	json_decref(value);
	free(text);
}
END_TEST

START_TEST(members_of_another_type_count_as_absent)
{
	json_t *json = ty_json_own(fx.arena, json_pack("{s:i, s:s, s:b, s:{}, s:[]}", "n", 5, "s",
						       "x", "b", 1, "o", "a"));

	ck_assert_int_eq(ty_json_int(json, "n", -1), 5);
	ck_assert_int_eq(ty_json_int(json, "s", -1), -1);
	ck_assert_str_eq(ty_json_str(json, "s", "d"), "x");
	ck_assert_str_eq(ty_json_str(json, "n", "d"), "d");
	ck_assert(ty_json_bool(json, "b", false));
	ck_assert(ty_json_bool(json, "gone", true));
	ck_assert_ptr_nonnull(ty_json_obj(json, "o"));
	ck_assert_ptr_null(ty_json_obj(json, "a"));
	ck_assert_ptr_nonnull(ty_json_arr(json, "a"));
	ck_assert_ptr_null(ty_json_arr(NULL, "a"));
}
END_TEST

START_TEST(an_error_with_bytes_that_are_no_utf8_still_becomes_json)
{
	json_t *json;

	(void)ty_err_set(&fx.err, TY_E_INVALID, "bad \xff byte");
	json = ty_json_own(fx.arena, ty_json_from_err(&fx.err));
	ck_assert_str_eq(ty_json_str(json, "code", ""), "invalid");
	ck_assert_str_eq(ty_json_str(json, "message", ""), ty_code_text(TY_E_INVALID));
}
END_TEST

TEST_MAIN("json", {
	TEST_LOOP(each_broken_text_is_refused_with_its_place, bad_cases);
	TEST(nesting_is_taken_up_to_the_limit_and_refused_above);
	TEST(a_hundred_thousand_brackets_do_no_harm);
	TEST(brackets_in_strings_are_no_nesting);
	TEST(dumping_keeps_the_order_and_canonical_sorts);
	tcase_add_loop_test(tc, dumping_gives_the_bytes_that_jansson_gives, 0, 20);
	TEST_LOOP(a_number_is_written_as_short_as_it_reads_back, number_cases);
	TEST_LOOP(a_number_that_javascript_would_round_is_found, rounded_cases);
	TEST(a_long_text_is_dumped_whole);
	TEST(members_of_another_type_count_as_absent);
	TEST(an_error_with_bytes_that_are_no_utf8_still_becomes_json);
})
