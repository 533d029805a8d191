/*
 * test_check.c -- everything wrong with raw parameters, at once and before a run.
 */
#include "param/row.h"

#include "unit/param/table.h"
#include "support/common.h"

struct findings {
	char text[2048]; /* "path: message\n" each */
	size_t count;
};

static void
found(void *ctx, const char *path, const char *msg, const char *hint)
{
	struct findings *f = ctx;
	size_t len = strlen(f->text);

	f->count++;
	ck_assert_str_ne(hint, "");
	snprintf(f->text + len, sizeof(f->text) - len, "%s: %s (%s)\n", path, msg, hint);
}

static size_t
check(const char *text, struct findings *f)
{
	json_t *values = json_loads(text, JSON_DECODE_ANY, NULL);
	size_t count;

	ck_assert_msg(values != NULL, "the test's own JSON is broken: %s", text);
	count = ty_param_check(test_table, values, found, f);
	ck_assert_uint_eq(count, f->count);
	json_decref(values);
	return count;
}

#define URL "\"url\":\"https://a.b/\""

static const char *const good_cases[] = {
	"{" URL "}",
	"{\"url\":\"={{ $json.url }}\"}",
	"{\"url\":\"=https://{{ $json.host }}/\"}",
	"{" URL ",\"count\":\"={{ $json.n }}\",\"flag\":\"={{ 1 }}\",\"data\":\"={{ [] }}\"}",
	"{" URL ",\"count\":\"7\",\"text\":5,\"flag\":\"true\"}",
	"{" URL ",\"method\":\"POST\",\"body\":\"=\"}",
	/* an expression decides whether the body counts: nothing can be said yet */
	"{" URL ",\"method\":\"={{ $json.m }}\"}",
	/* hidden rows are not looked at */
	"{" URL ",\"method\":\"GET\",\"body\":{\"stale\":1},\"raw\":[]}",
	"{" URL ",\"rules\":[{\"field\":\"a\",\"op\":\"exists\"},{\"field\":\"=x\",\"value\":1}]}",
	"{" URL ",\"code\":\"=1\",\"endpoint\":\"=a\"}",
	"{" URL ",\"data\":{\"deep\":[\"={{ anything }}\"]}}",
	"null",
};

START_TEST(good_parameters_have_no_findings)
{
	struct findings f = { 0 };
	bool is_null = strcmp(good_cases[_i], "null") == 0;

	if (is_null) /* no object at all: only what is required is missing */
		ck_assert_uint_eq(ty_param_check(test_table, NULL, found, &f), 1);
	else
		ck_assert_msg(check(good_cases[_i], &f) == 0, "%s", f.text);
}
END_TEST

static const struct {
	const char *values, *path, *part;
} bad_cases[] = {
	{ "{}", "url: ", "required" },
	{ "{" URL ",\"uri\":1}", "uri: ", "Did you mean \"url\"?" },
	{ "{" URL ",\"zzzzzzzz\":1}", "zzzzzzzz: ", "Remove it" },
	{ "{" URL ",\"count\":\"five\"}", "count: ", "a whole number from 1 to 100 ms" },
	{ "{" URL ",\"count\":0}", "count: ", "the number 0" },
	{ "{" URL ",\"big\":\"={{ 1 }}\"}", "big: ", "not an expression" },
	{ "{" URL ",\"endpoint\":\"={{ $json.a }}\"}", "endpoint: ", "not an expression" },
	{ "{" URL ",\"method\":\"PATCH\"}", "method: ", "one of GET, POST, PUT" },
	{ "{" URL ",\"method\":\"PUT\"}", "body: ", "required" },
	{ "{" URL ",\"rules\":\"x\"}", "rules: ", "a list" },
	{ "{" URL ",\"rules\":[7]}", "rules[0]: ", "an object" },
	{ "{" URL ",\"rules\":[{\"field\":\"a\"}]}", "rules[0].value: ", "required" },
	{ "{" URL ",\"rules\":[{\"field\":\"a\",\"value\":1,\"fild\":2}]}",
	  "rules[0].fild: ", "Did you mean \"field\"?" },
	{ "{" URL ",\"rules\":[{},{},{},{}]}", "rules: ", "to 3 entries" },
	{ "{" URL ",\"text\":\"x\"}", "text: ", "bytes long" },
	{ "{" URL ",\"credential\":{\"id\":1}}", "credential: ", "text" },
	{ "{" URL ",\"word\":\"PATCH\"}", "word: ", "one of GET, POST, PUT" },
	{ "{" URL ",\"word\":[]}", "word: ", "one of GET, POST, PUT" },
	{ "{" URL ",\"id\":\"7\"}", "id: ", "an id (a UUID)" },
	{ "{" URL ",\"id\":7}", "id: ", "an id (a UUID)" },
	{ "[]", ": ", "not an object" },
};

START_TEST(a_bad_parameter_is_found_with_its_path)
{
	struct findings f = { 0 };

	ck_assert_uint_ge(check(bad_cases[_i].values, &f), 1);
	ck_assert_msg(strstr(f.text, bad_cases[_i].path) != NULL, "%s", f.text);
	ck_assert_msg(strstr(f.text, bad_cases[_i].part) != NULL, "%s", f.text);
}
END_TEST

START_TEST(all_findings_come_at_once)
{
	struct findings f = { 0 };

	ck_assert_uint_eq(check("{\"nope\":1,\"count\":\"x\",\"flag\":[],\"rules\":[{},5]}", &f),
			  7);
}
END_TEST

START_TEST(findings_are_counted_without_a_listener)
{
	ck_assert_uint_eq(ty_param_check(test_table, NULL, NULL, NULL), 1);
	ck_assert_uint_eq(ty_param_check(NULL, NULL, NULL, NULL), 0);
}
END_TEST

START_TEST(a_very_deep_or_long_name_does_not_overflow_the_path)
{
	struct findings f = { 0 };
	char *name = ty_arena_alloc(fx.arena, 1001);

	memset(name, 'n', 1000);
	check(ty_arena_printf(fx.arena, "{" URL ",\"rules\":[{\"%s\":1}]}", name), &f);
	ck_assert_uint_eq(f.count, 3);
}
END_TEST

struct negated {
	int mode;
	const char *note;
};

static const struct ty_choice negated_modes[] = {
	{ "plain", NULL },
	{ "raw", NULL },
	{ "none", NULL },
	{ NULL, NULL },
};

static const struct ty_param negated_table[] = {
	TY_ROW_ENUM(struct negated, mode, negated_modes, "Mode", .flags = TY_PARAM_EXPR),
	TY_ROW_STRING(struct negated, note, 0, "Note", .show_when = "mode!=raw,none"),
	TY_ROW_END,
};

static const struct {
	const char *values;
	bool is_shown;
} negated_cases[] = {
	{ "{\"mode\":\"plain\"}", true },	   { "{\"mode\":\"raw\"}", false },
	{ "{\"mode\":\"none\"}", false },	   { "{}", false },
	{ "{\"mode\":\"={{ $json.m }}\"}", true },
};

START_TEST(a_row_may_be_shown_for_all_values_but_some)
{
	json_t *values = json_loads(negated_cases[_i].values, 0, NULL);

	ck_assert(ty_param_is_shown(negated_table, &negated_table[1], values) ==
		  negated_cases[_i].is_shown);
	json_decref(values);
}
END_TEST

TEST_MAIN("param check", {
	TEST_LOOP(a_row_may_be_shown_for_all_values_but_some, negated_cases);
	TEST_LOOP(good_parameters_have_no_findings, good_cases);
	TEST_LOOP(a_bad_parameter_is_found_with_its_path, bad_cases);
	TEST(all_findings_come_at_once);
	TEST(findings_are_counted_without_a_listener);
	TEST(a_very_deep_or_long_name_does_not_overflow_the_path);
})
