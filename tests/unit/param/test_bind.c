/*
 * test_bind.c -- resolved values become a plain C struct, or one clear error.
 */
#include "param/param.h"

#include "unit/param/table.h"
#include "support/common.h"

static json_t *
parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	ck_assert_msg(json != NULL, "the test's own JSON is broken: %s", text);
	return json;
}

#define URL "\"url\":\"https://a.b/\""

START_TEST(absent_values_get_their_defaults)
{
	struct test_params p;
	json_t *values = parse("{" URL "}");

	memset(&p, 0xA5, sizeof(p)); /* every row must be written */
	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_str_eq(p.url, "https://a.b/");
	ck_assert_int_eq(p.method, METHOD_GET);
	ck_assert_ptr_null(p.body);
	ck_assert_ptr_null(p.text);
	ck_assert_ptr_null(p.code);
	ck_assert_ptr_null(p.credential);
	ck_assert_ptr_null(p.word);
	ck_assert_ptr_null(p.id);
	ck_assert_ptr_null(p.data);
	ck_assert_str_eq(p.endpoint, "main");
	ck_assert_int_eq(p.count, 30);
	ck_assert_int_eq(p.big, 0);
	ck_assert(p.ratio == 0.5);
	ck_assert(p.flag);
	ck_assert_uint_eq(p.rules.count, 0);
	ck_assert_uint_eq(p.tags.count, 1);
	ck_assert_str_eq(((struct test_tag *)p.tags.items)[0].name, "x");
	json_decref(values);
}
END_TEST

START_TEST(null_and_emptied_fields_get_their_defaults)
{
	struct test_params p = { 0 };
	json_t *values =
		parse("{" URL ",\"count\":\"\",\"flag\":null,\"method\":\"\",\"tags\":null,"
		      "\"endpoint\":\"\",\"credential\":\"\"}");

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_int_eq(p.count, 30);
	ck_assert(p.flag);
	ck_assert_int_eq(p.method, METHOD_GET);
	ck_assert_uint_eq(p.tags.count, 1);
	ck_assert_ptr_null(p.credential);
	ck_assert_str_eq(p.endpoint, ""); /* "" is a text like any other */
	json_decref(values);
}
END_TEST

START_TEST(a_word_and_an_id_stay_text)
{
	struct test_params p = { 0 };
	json_t *values = parse("{" URL ",\"word\":\"PUT\","
			       "\"id\":\"0190a000-0000-7000-8000-000000000001\"}");

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_str_eq(p.word, "PUT");
	ck_assert_str_eq(p.id, "0190a000-0000-7000-8000-000000000001");
	json_decref(values);
}
END_TEST

static const struct {
	const char *value;
	int64_t count;
} int_cases[] = {
	{ "5", 5 },	   { "\"5\"", 5 },   { "5.0", 5 }, { "\" 7 \"", 7 },
	{ "\"1e1\"", 10 }, { "\"5.0\"", 5 }, { "1", 1 },   { "100", 100 },
};

START_TEST(a_whole_number_is_taken_in_any_spelling)
{
	struct test_params p = { 0 };
	char *text = ty_arena_printf(fx.arena, "{" URL ",\"count\":%s}", int_cases[_i].value);
	json_t *values = parse(text);

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_int_eq(p.count, int_cases[_i].count);
	json_decref(values);
}
END_TEST

START_TEST(a_64_bit_integer_keeps_every_digit)
{
	struct test_params p = { 0 };
	json_t *values = parse("{" URL ",\"big\":\"9007199254740993\"}");

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert(p.big == 9007199254740993LL);
	json_decref(values);
}
END_TEST

static const struct {
	const char *value;
	bool flag;
} bool_cases[] = {
	{ "true", true }, { "false", false }, { "\"true\"", true }, { "\"False\"", false },
	{ "1", true },	  { "0", false },     { "\"1\"", true },    { "\"0\"", false },
};

START_TEST(a_yes_or_no_is_taken_in_any_spelling)
{
	struct test_params p = { 0 };
	char *text = ty_arena_printf(fx.arena, "{" URL ",\"flag\":%s}", bool_cases[_i].value);
	json_t *values = parse(text);

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_int_eq(p.flag, bool_cases[_i].flag);
	json_decref(values);
}
END_TEST

static const struct {
	const char *value, *text;
} text_cases[] = {
	{ "\"abc\"", "abc" }, { "55", "55" },	   { "1.5", "1.5" },
	{ "true", "true" },   { "1e21", "1e+21" }, { "\"=xy\"", "=xy" },
};

START_TEST(a_scalar_becomes_text)
{
	struct test_params p = { 0 };
	char *text = ty_arena_printf(fx.arena, "{" URL ",\"text\":%s}", text_cases[_i].value);
	json_t *values = parse(text);

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_str_eq(p.text, text_cases[_i].text);
	json_decref(values);
}
END_TEST

/* As a browser takes it from an address line; who sends it encodes it. */
START_TEST(a_url_may_have_blanks_behind_its_host)
{
	struct test_params p = { 0 };
	json_t *values = parse("{\"url\":\"https://a.b/two words/x?q=a b c\"}");

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_str_eq(p.url, "https://a.b/two words/x?q=a b c");
	json_decref(values);
}
END_TEST

START_TEST(numbers_json_and_choices_are_bound)
{
	struct test_params p = { 0 };
	json_t *values = parse("{" URL ",\"ratio\":\"-2.5e3\",\"data\":{\"a\":[1]},"
			       "\"method\":\"POST\",\"body\":\"x\",\"credential\":\"c1\"}");

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert(p.ratio == -2500);
	ck_assert_ptr_eq(p.data, json_object_get(values, "data"));
	ck_assert_int_eq(p.method, METHOD_POST);
	ck_assert_str_eq(p.body, "x");
	ck_assert_str_eq(p.credential, "c1");
	json_decref(values);
}
END_TEST

START_TEST(a_list_is_bound_entry_by_entry)
{
	struct test_params p = { 0 };
	json_t *values = parse("{" URL ",\"tags\":[],\"rules\":[{\"field\":\"a\",\"value\":5},"
			       "{\"field\":\"b\",\"op\":\"exists\",\"value\":{\"stale\":1}}]}");
	const struct test_rule *rules;

	ck_assert_ok(ty_param_bind(test_table, fx.arena, values, &p, &fx.err));
	ck_assert_uint_eq(p.tags.count, 0);
	ck_assert_uint_eq(p.rules.count, 2);
	rules = p.rules.items;
	ck_assert_str_eq(rules[0].field, "a");
	ck_assert_int_eq(rules[0].op, 0);
	ck_assert_str_eq(rules[0].value, "5");
	ck_assert_str_eq(rules[1].field, "b");
	ck_assert_int_eq(rules[1].op, 1);
	ck_assert_ptr_null(rules[1].value); /* hidden: what is left in it does not count */
	json_decref(values);
}
END_TEST

static const struct {
	const char *members, *path, *msg;
} bad_cases[] = {
	{ "\"url\":null", "url", "\"url\" is required" },
	{ "\"url\":\"\"", "url", "\"url\" is required" },
	{ "\"url\":\"/relative\"", "url", "is the text \"/relative\", but an absolute http" },
	{ "\"url\":\"ftp://x\"", "url", "absolute http" },
	{ "\"url\":\"http://\"", "url", "absolute http" },
	{ "\"url\":\"http:///x\"", "url", "absolute http" },
	{ "\"url\":\"http://a b\"", "url", "absolute http" },
	{ "\"url\":\"http://a b/\"", "url", "absolute http" },
	{ "\"url\":\"http://a/b \"", "url", "absolute http" },
	{ "\"url\":\" http://a/b\"", "url", "absolute http" },
	{ "\"url\":\"http://a/b\\tc\"", "url", "absolute http" },
	{ "\"url\":\"http://a/{{ $json.id }}\"", "url", "absolute http" },
	{ URL ",\"count\":0", "count", "is the number 0, but a whole number from 1 to 100 ms" },
	{ URL ",\"count\":101", "count", "is the number 101" },
	{ URL ",\"count\":1.5", "count", "is the number 1.5, but a whole number" },
	{ URL ",\"count\":\"abc\"", "count", "is the text \"abc\"" },
	{ URL ",\"count\":\"0x10\"", "count", "is the text \"0x10\"" },
	{ URL ",\"count\":true", "count", "is true, but" },
	{ URL ",\"count\":[1,2]", "count", "is a list of 2, but" },
	{ URL ",\"big\":1e300", "big", "whole number" },
	{ URL ",\"ratio\":\"nan\"", "ratio", "a number" },
	{ URL ",\"ratio\":\"1e999\"", "ratio", "a number" },
	{ URL ",\"ratio\":\"1,5\"", "ratio", "a number" },
	{ URL ",\"flag\":\"yes\"", "flag", "is the text \"yes\", but true or false" },
	{ URL ",\"flag\":2", "flag", "true or false" },
	{ URL ",\"flag\":{}", "flag", "is an object" },
	{ URL ",\"method\":\"get\"", "method", "one of GET, POST, PUT" },
	{ URL ",\"method\":7", "method", "is the number 7" },
	{ URL ",\"method\":\"PUT\"", "body", "\"body\" is required" },
	{ URL ",\"method\":\"PUT\",\"body\":\"x\",\"mode\":\"raw\"", "raw", "required" },
	{ URL ",\"text\":\"x\"", "text", "text from 2 to 8 bytes long" },
	{ URL ",\"text\":\"123456789\"", "text", "bytes long" },
	{ URL ",\"text\":5", "text", "bytes long" },
	{ URL ",\"text\":{\"a\":1}", "text", "is an object, but text" },
	{ URL ",\"text\":\"ab\\u0000cd\"", "text", "NUL" },
	{ URL ",\"rules\":{}", "rules", "is an object, but a list" },
	{ URL ",\"rules\":[{\"field\":\"a\",\"op\":\"exists\"},5]", "rules[1]", "an object" },
	{ URL ",\"rules\":[{\"field\":\"a\",\"value\":[]}]", "rules[0].value", "a list of 0" },
	{ URL ",\"rules\":[{\"op\":\"exists\"}]", "rules[0].field", "required" },
	{ URL ",\"rules\":[{},{},{},{}]", "rules", "a list of 4" },
	{ URL ",\"secret\":\"hunter2\"", "secret", "a value that is not shown" },
};

START_TEST(a_bad_value_is_refused_with_its_path)
{
	struct test_params p = { 0 };
	json_t *values = parse(ty_arena_printf(fx.arena, "{%s}", bad_cases[_i].members));

	ck_assert_code(ty_param_bind(test_table, fx.arena, values, &p, &fx.err), TY_E_INVALID);
	ck_assert_str_eq(fx.err.path, bad_cases[_i].path);
	ck_assert_msg(strstr(fx.err.msg, bad_cases[_i].msg) != NULL, "%s", fx.err.msg);
	ck_assert_ptr_null(strstr(fx.err.msg, "hunter2"));
	ck_assert_str_ne(fx.err.hint, "");
	json_decref(values);
}
END_TEST

/* Members of one item, and of the next; both are bound, the second after the first. */
static const struct {
	const char *before, *after;
} like_cases[] = {
	{ "\"count\":5,\"text\":\"ab\"", "\"count\":6,\"text\":\"ab\"" },
	{ "\"count\":5", "" },
	{ "", "\"count\":5,\"tags\":[{\"name\":\"b\"},{\"name\":\"c\"}]" },
	{ "\"tags\":[{\"name\":\"b\"},{\"name\":\"c\"}]", "\"tags\":[{\"name\":\"d\"}]" },
	{ "\"rules\":[{\"field\":\"a\",\"op\":\"exists\",\"value\":\"v\"}]",
	  "\"rules\":[{\"field\":\"a\",\"op\":\"eq\",\"value\":\"v\"},{\"field\":\"b\",\"op\":"
	  "\"exists\"}]" },
};

/* Give 'after' the very values of 'before' where they are the same, as templates of a graph do. */
static void
share_values(const json_t *before, json_t *after)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(after, next, key, value)
	{
		json_t *was = json_object_get(before, key);

		if (was != NULL && json_equal(was, value))
			json_object_set(after, key, was);
		else if (json_is_array(value))
			for (size_t i = 0; i < json_array_size(value); i++)
				share_values(json_array_get(was, i), json_array_get(value, i));
	}
}

START_TEST(bound_after_another_is_what_it_is_alone)
{
	struct test_params first, like, alone;
	json_t *before = parse(ty_arena_printf(fx.arena, "{" URL "%s%s}",
					       *like_cases[_i].before != '\0' ? "," : "",
					       like_cases[_i].before));
	json_t *after = parse(ty_arena_printf(fx.arena, "{" URL "%s%s}",
					      *like_cases[_i].after != '\0' ? "," : "",
					      like_cases[_i].after));

	memset(&like, 0xA5, sizeof(like)); /* every row must be written */
	share_values(before, after);
	ck_assert_ok(ty_param_bind(test_table, fx.arena, before, &first, &fx.err));
	ck_assert_ok(
		ty_param_bind_like(test_table, fx.arena, after, before, &first, &like, &fx.err));
	ck_assert_ok(ty_param_bind(test_table, fx.arena, after, &alone, &fx.err));
	ck_assert_ptr_eq(like.url, first.url);
	ck_assert_int_eq(like.count, alone.count);
	ck_assert_pstr_eq(like.text, alone.text);
	ck_assert(like.flag == alone.flag && like.ratio == alone.ratio);
	ck_assert_uint_eq(like.tags.count, alone.tags.count);
	for (size_t i = 0; i < alone.tags.count; i++)
		ck_assert_str_eq(((struct test_tag *)like.tags.items)[i].name,
				 ((struct test_tag *)alone.tags.items)[i].name);
	ck_assert_uint_eq(like.rules.count, alone.rules.count);
	for (size_t i = 0; i < alone.rules.count; i++) {
		const struct test_rule *a = (struct test_rule *)alone.rules.items + i;
		const struct test_rule *b = (struct test_rule *)like.rules.items + i;

		ck_assert_str_eq(a->field, b->field);
		ck_assert_int_eq(a->op, b->op);
		ck_assert_pstr_eq(a->value, b->value);
	}
	json_decref(before);
	json_decref(after);
}
END_TEST

START_TEST(a_long_value_is_cut_between_characters)
{
	struct test_params p = { 0 };
	json_t *values =
		parse("{" URL ",\"count\":\"a\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}");

	ck_assert_code(ty_param_bind(test_table, fx.arena, values, &p, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "\xc3\xa9...\""));
	json_decref(values);
}
END_TEST

START_TEST(values_that_are_no_object_are_refused)
{
	struct test_params p = { 0 };
	json_t *values = parse("[1]");

	ck_assert_code(ty_param_bind(test_table, fx.arena, values, &p, &fx.err), TY_E_INVALID);
	json_decref(values);
}
END_TEST

START_TEST(a_single_whole_number_is_read_as_a_bound_one)
{
	json_t *values =
		parse("{\"n\":5,\"text\":\"5\",\"real\":5.0,\"word\":\"five\",\"none\":\"\"}");

	ck_assert_int_eq(ty_param_whole(values, "n", 1), 5);
	ck_assert_int_eq(ty_param_whole(values, "text", 1), 5);
	ck_assert_int_eq(ty_param_whole(values, "real", 1), 5);
	ck_assert_int_eq(ty_param_whole(values, "word", 1), 1);
	ck_assert_int_eq(ty_param_whole(values, "none", 1), 1);
	ck_assert_int_eq(ty_param_whole(values, "absent", 7), 7);
	json_decref(values);
}
END_TEST

START_TEST(a_node_without_parameters_binds_nothing)
{
	json_t *values = parse("{\"a\":1}");

	ck_assert_ok(ty_param_bind(NULL, fx.arena, values, NULL, &fx.err));
	json_decref(values);
}
END_TEST

TEST_MAIN("param bind", {
	TEST(absent_values_get_their_defaults);
	TEST_LOOP(bound_after_another_is_what_it_is_alone, like_cases);
	TEST(null_and_emptied_fields_get_their_defaults);
	TEST(a_word_and_an_id_stay_text);
	TEST_LOOP(a_whole_number_is_taken_in_any_spelling, int_cases);
	TEST(a_64_bit_integer_keeps_every_digit);
	TEST_LOOP(a_yes_or_no_is_taken_in_any_spelling, bool_cases);
	TEST_LOOP(a_scalar_becomes_text, text_cases);
	TEST(a_url_may_have_blanks_behind_its_host);
	TEST(numbers_json_and_choices_are_bound);
	TEST(a_list_is_bound_entry_by_entry);
	TEST_LOOP(a_bad_value_is_refused_with_its_path, bad_cases);
	TEST(a_long_value_is_cut_between_characters);
	TEST(values_that_are_no_object_are_refused);
	TEST(a_single_whole_number_is_read_as_a_bound_one);
	TEST(a_node_without_parameters_binds_nothing);
})
