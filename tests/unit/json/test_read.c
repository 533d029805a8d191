/* test_read.c -- foreign text is mended and says so, values are counted, digits are kept. */
#include "base/buf.h"
#include "base/limits.h"
#include "json/json.h"
#include "json/member.h"
#include "support/common.h"

#include <math.h>

#define TEXT(s) s, sizeof(s) - 1
#define FFFD	"\xEF\xBF\xBD"

static const struct {
	const char *text;
	size_t len;
	const char *dumped;
	unsigned mended;
} foreign_cases[] = {
	{ TEXT("{\"a\":\"b\"}"), "{\"a\":\"b\"}", 0 },
	{ TEXT("\"a\\u0000b\""), "\"a" FFFD "b\"", TY_JSON_MENDED_NUL },
	{ TEXT("{\"\\u0000\":1}"), "{\"" FFFD "\":1}", TY_JSON_MENDED_NUL },
	{ TEXT("\"ok \\ud83d\""), "\"ok " FFFD "\"", TY_JSON_MENDED_SURROGATE },
	{ TEXT("\"\\ude00\\ud83d\""), "\"" FFFD FFFD "\"", TY_JSON_MENDED_SURROGATE },
	{ TEXT("\"\\ud83d\\u0041\""), "\"" FFFD "A\"", TY_JSON_MENDED_SURROGATE },
	{ TEXT("\"\\ud83d\\ud83d\\ude00\""), "\"" FFFD "\xF0\x9F\x98\x80\"",
	  TY_JSON_MENDED_SURROGATE },
	{ TEXT("\"\\ud83d\\n\""), "\"" FFFD "\\n\"", TY_JSON_MENDED_SURROGATE },
	{ TEXT("{\"\\udc00k\":1}"), "{\"" FFFD "k\":1}", TY_JSON_MENDED_SURROGATE },
	{ TEXT("\"\\ud83d\\ude00\""), "\"\xF0\x9F\x98\x80\"", 0 },
	{ TEXT("\xEF\xBB\xBF{\"v\":[]}"), "{\"v\":[]}", TY_JSON_MENDED_MARK },
	{ TEXT("\xEF\xBB\xBF\xEF\xBB\xBF 1"), "1", TY_JSON_MENDED_MARK },
	{ TEXT("{\"a\":1,\"b\":2,\"a\":3}"), "{\"a\":3,\"b\":2}", TY_JSON_MENDED_DUPLICATE },
	{ TEXT("{\"a\":1,\"\\u0061\":{\"b\":2}}"), "{\"a\":{\"b\":2}}", TY_JSON_MENDED_DUPLICATE },
	{ TEXT("\"a\xff\""), "\"a" FFFD "\"", TY_JSON_MENDED_UTF8 },
	{ TEXT("{\"\xC3\":\"\xE2\x82x\"}"), "{\"" FFFD "\":\"" FFFD "x\"}", TY_JSON_MENDED_UTF8 },
	{ TEXT("\"\xC0\x80\""), "\"" FFFD FFFD "\"", TY_JSON_MENDED_UTF8 },
	{ TEXT("\"\xED\xA0\x80\""), "\"" FFFD FFFD FFFD "\"", TY_JSON_MENDED_UTF8 },
	{ TEXT("\"\xF0\x9F\x98\""), "\"" FFFD "\"", TY_JSON_MENDED_UTF8 },
	{ TEXT("\"\xF5\x80\\n\xff\""), "\"" FFFD FFFD "\\n" FFFD "\"", TY_JSON_MENDED_UTF8 },
	{ TEXT("\"\xFF"
	       "123\""),
	  "\"" FFFD "123\"", TY_JSON_MENDED_UTF8 },
};

START_TEST(foreign_text_is_mended_and_says_what)
{
	struct ty_json_read how = { .foreign = true }, check = { .foreign = true, .check = true };
	json_t *json;

	ck_assert_ok(ty_json_read(fx.arena, foreign_cases[_i].text, foreign_cases[_i].len, &how,
				  &json, &fx.err));
	ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), foreign_cases[_i].dumped);
	ck_assert_uint_eq(how.mended, foreign_cases[_i].mended);
	/* Without a tree the same is found. */
	ck_assert_ok(ty_json_read(fx.arena, foreign_cases[_i].text, foreign_cases[_i].len, &check,
				  &json, &fx.err));
	ck_assert_uint_eq(check.mended, how.mended);
	ck_assert_uint_eq(check.values, how.values);
	ck_assert_int_eq(*ty_json_mended_text(fx.arena, how.mended) != '\0', how.mended != 0);
	/* Ours is strict about each of them. */
	ck_assert_int_eq(ty_json_parse(fx.arena, foreign_cases[_i].text, foreign_cases[_i].len,
				       &json, &fx.err) == TY_OK,
			 how.mended == 0);
}
END_TEST

START_TEST(foreign_text_that_is_no_json_is_refused)
{
	static const char *const bad[] = { "",	   "\xEF\xBB\xBF", "{\"a\":", "\"a\nb\"", "{'a':1}",
					   "[1,]", "NaN",	   "1 2",     "[1}" };
	struct ty_json_read how = { .foreign = true };
	json_t *json;

	for (size_t i = 0; i < TY_ARRAY_COUNT(bad); i++)
		ck_assert_code(ty_json_read(fx.arena, bad[i], strlen(bad[i]), &how, &json, &fx.err),
			       TY_E_MALFORMED);
}
END_TEST

START_TEST(values_are_counted_before_they_are_made)
{
	static const char text[] = "{\"a\":[1,\"x\",null],\"b\":{}}";
	struct ty_json_read how = { .values_max = 6 };
	json_t *json = NULL;

	ck_assert_ok(ty_json_read(fx.arena, text, strlen(text), &how, &json, &fx.err));
	ck_assert_uint_eq(how.values, 6);
	how.values_max = 5;
	json = NULL;
	ck_assert_code(ty_json_read(fx.arena, text, strlen(text), &how, &json, &fx.err),
		       TY_E_LIMIT);
	ck_assert_ptr_null(json);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "more than 5 values"));
	ck_assert_uint_eq(how.values, 6);
}
END_TEST

static const struct {
	const char *text, *kind; /* i, r, or x for an exact number */
	double number;
} number_cases[] = {
	{ "0", "i", 0 },
	{ "-0", "r", -0.0 },
	{ "-7", "i", -7 },
	{ "7.0", "r", 7 },
	{ "7e0", "r", 7 },
	{ "70E-1", "r", 7 },
	{ "0.0", "r", 0 },
	{ "-0.0e5", "r", -0.0 },
	{ "0e999999999999", "r", 0 },
	{ "9223372036854775807", "i", 9223372036854775807.0 },
	{ "-9223372036854775808", "i", -9223372036854775808.0 },
	{ "9223372036854775808", "x", 9223372036854775808.0 },
	{ "-9223372036854775809", "x", -9223372036854775808.0 },
	{ "98765432109876543210987654321", "x", 98765432109876543210987654321.0 },
	{ "100000000000000000000", "x", 1e20 },
	{ "19.99", "r", 19.99 },
	{ "0.1", "r", 0.1 },
	{ "1.10000000000000000000000000000000", "r", 1.1 },
	{ "0.00000000000000000000000000000007", "r", 7e-32 },
	{ "0.30000000000000004", "r", 0.1 + 0.2 },
	{ "0.30000000000000003", "x", 0.1 + 0.2 },
	{ "19.989999999999998", "x", 19.99 },
	{ "3.14159265358979323846", "x", 3.14159265358979323846 },
	{ "9007199254740993.0", "x", 9007199254740992.0 },
	{ "1e22", "r", 1e22 },
	{ "1e23", "r", 1e23 },
	{ "1.7976931348623157e308", "r", 1.7976931348623157e308 },
	{ "1e308", "r", 1e308 },
	{ "1e309", "x", INFINITY },
	{ "-1e400", "x", -INFINITY },
	{ "5e-324", "r", 5e-324 },
	{ "4.9e-324", "x", 5e-324 },
	{ "1e-400", "x", 0 },
	{ "2.2250738585072014e-308", "r", 2.2250738585072014e-308 },
	{ "1e99999999999999999999", "x", INFINITY },
};

START_TEST(numbers_keep_their_digits)
{
	const char *text = number_cases[_i].text;
	char out[TY_JSON_NUMBER_SIZE];
	json_t *json;
	double number;
	size_t len;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &json, &fx.err));
	ck_assert_str_eq(json_is_integer(json) ? "i"
			 : json_is_real(json)  ? "r"
					       : "x",
			 number_cases[_i].kind);
	ck_assert(json_is_number(json));
	ck_assert(!json_is_string(json));
	ck_assert_ptr_null(json_string_value(json));
	ck_assert_uint_eq(json_string_length(json), 0);
	number = json_number_value(json);
	ck_assert(number == number_cases[_i].number);
	ck_assert_int_eq(signbit(number) != 0, signbit(number_cases[_i].number) != 0);
	ck_assert_int_eq(ty_json_is_exact(json), number_cases[_i].kind[0] == 'x');
	if (ty_json_is_exact(json)) {
		ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), text);
		ck_assert_str_eq(ty_json_number_text(json, out, &len), text);
		ck_assert_uint_eq(len, strlen(text));
	}
}
END_TEST

START_TEST(an_exact_number_is_no_text_to_whoever_asks)
{
	static const char text[] = "{\"n\":18446744073709551616,\"k\":[1e400]}";
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &json, &fx.err));
	ck_assert_str_eq(ty_json_str(json, "n", "none"), "none");
	ck_assert_int_eq(ty_json_int(json, "n", -1), -1);
	ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), text);
	ck_assert_uint_eq(ty_json_size_bytes(json), strlen(text));
	ck_assert_str_eq(
		ty_json_dump_canonical(fx.arena, ty_json_own(fx.arena, json_deep_copy(json)), NULL),
		"{\"k\":[1e400],\"n\":18446744073709551616}");
}
END_TEST

static const struct {
	const char *text;
	size_t count;
} count_cases[] = {
	{ "1", 1 },
	{ "\"[,{\\\",\"", 1 },
	{ "[]", 1 },
	{ "[ \n]", 1 },
	{ "[[],[]]", 3 },
	{ "{\"a\":1}", 2 },
	{ "{\"a\":[1,2,{}],\"b\":{\"c\":null}}", 7 },
	{ " [ \"a\" , { } , [ [ ] ] ] ", 5 },
};

START_TEST(values_are_counted_without_a_tree)
{
	const char *text = count_cases[_i].text;
	struct ty_json_read how = { .check = true };

	ck_assert_uint_eq(ty_json_count(text, strlen(text)), count_cases[_i].count);
	ck_assert_ok(ty_json_read(fx.arena, text, strlen(text), &how, NULL, &fx.err));
	ck_assert_uint_eq(how.values, count_cases[_i].count);
}
END_TEST

START_TEST(a_key_twice_is_found_without_a_tree_however_many_there_are)
{
	struct ty_json_read how = { .check = true };
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 1 << 16);
	ty_buf_add_str(&buf, "[{\"k1\":{\"k1\":1}},{");
	for (int i = 0; i < 5000; i++)
		ty_buf_printf(&buf, "\"k%d\":{\"k\":1},", i);
	ty_buf_add_str(&buf, "\"last\":0}]");
	ck_assert_ok(ty_json_read(fx.arena, buf.data, buf.len, &how, NULL, &fx.err));
	buf.len -= strlen("\"last\":0}]");
	ty_buf_add_str(&buf, "\"k4711\":0}]");
	ck_assert_code(ty_json_read(fx.arena, buf.data, buf.len, &how, NULL, &fx.err),
		       TY_E_MALFORMED);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "duplicate object key"));
}
END_TEST

static const struct {
	const char *text;
	enum ty_code rc;
	const char *found;
} only_cases[] = {
	{ "{\"id\":\"a\"}", TY_OK, "{\"id\":\"a\"}" },
	{ "{\"x\":[{},{\"id\":1}],\"id\":7,\"y\":\"z\"}", TY_OK, "{\"id\":7}" },
	{ "{\"id\":1,\"\\u0069d\":\"\\u00e9\"}", TY_OK, "{\"id\":\"\xC3\xA9\"}" }, /* the last */
	{ "{\"id\":1,\"id\":{}}", TY_OK, "{\"id\":1}" },
	{ "{\"id\":123456789012345678901}", TY_OK, "{\"id\":123456789012345678901}" },
	{ "{\"id\":null}", TY_OK, "{\"id\":null}" },
	{ "{\"id\":{\"id\":1}}", TY_OK, "{}" },
	{ "{\"id\":[1]}", TY_OK, "{}" },
	{ "{\"ID\":1,\"i\":2,\"idd\":3,\"\":4}", TY_OK, "{}" },
	{ "[{\"id\":1}]", TY_OK, "{}" },
	{ "\"id\"", TY_OK, "{}" },
	{ "{\"id\":1,\"x\":[}", TY_E_MALFORMED, NULL },
	{ "{\"id\":1} 2", TY_E_MALFORMED, NULL },
	{ "{\"id\":-}", TY_E_MALFORMED, NULL },
};

START_TEST(one_member_alone_is_read)
{
	const char *text = only_cases[_i].text;
	struct ty_json_read how = { .foreign = true };
	json_t *json;

	ck_assert_code(
		ty_json_read_member(fx.arena, text, strlen(text), "id", &how, &json, &fx.err),
		only_cases[_i].rc);
	if (only_cases[_i].rc == TY_OK)
		ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL), only_cases[_i].found);
}
END_TEST

static size_t made;

static void *
counted_malloc(size_t size)
{
	made++;
	return malloc(size);
}

/* Sixteen MiB of objects would take a gigabyte. */
START_TEST(of_the_rest_nothing_is_made)
{
	struct ty_json_read how = { .foreign = false };
	struct ty_buf buf;
	json_t *json;

	ty_buf_init(&buf, fx.arena, 1 << 16);
	ty_buf_add_str(&buf, "{\"l\":[{}");
	for (int i = 0; i < 10000; i++)
		ty_buf_printf(&buf, ",{\"k%d\":[\"\\n\",1.5]}", i);
	ty_buf_add_str(&buf, "],\"id\":1}");
	made = 0;
	json_set_alloc_funcs(counted_malloc, free);
	ck_assert_ok(ty_json_read_member(fx.arena, buf.data, buf.len, "id", &how, &json, &fx.err));
	json_set_alloc_funcs(malloc, free);
	ck_assert_uint_lt(made, 10);
	ck_assert_uint_eq(how.values, 40004);
	ck_assert_int_eq(ty_json_int(json, "id", 0), 1);
}
END_TEST

START_TEST(a_text_of_any_length_and_place_is_read)
{
	char text[64], want[64];
	json_t *json;

	/* Each special byte at each place of the eight that are looked at together. */
	for (size_t at = 1; at < 20; at++) {
		memset(text, 'a', sizeof(text));
		text[0] = '"';
		memcpy(text + at, "\\n\xC3\xA9", 4);
		text[30] = '"';
		ck_assert_ok(ty_json_parse(fx.arena, text, 31, &json, &fx.err));
		memcpy(want, text + 1, at - 1);
		want[at - 1] = '\n';
		memcpy(want + at, text + at + 2, 30 - at - 2);
		ck_assert_uint_eq(json_string_length(json), 28);
		ck_assert_mem_eq(json_string_value(json), want, 28);
		text[at] = '\x1f';
		ck_assert_code(ty_json_parse(fx.arena, text, 31, &json, &fx.err), TY_E_MALFORMED);
	}
}
END_TEST

TEST_MAIN("json read", {
	TEST_LOOP(foreign_text_is_mended_and_says_what, foreign_cases);
	TEST(foreign_text_that_is_no_json_is_refused);
	TEST(values_are_counted_before_they_are_made);
	TEST_LOOP(numbers_keep_their_digits, number_cases);
	TEST(an_exact_number_is_no_text_to_whoever_asks);
	TEST_LOOP(values_are_counted_without_a_tree, count_cases);
	TEST(a_key_twice_is_found_without_a_tree_however_many_there_are);
	TEST_LOOP(one_member_alone_is_read, only_cases);
	TEST(of_the_rest_nothing_is_made);
	TEST(a_text_of_any_length_and_place_is_read);
})
