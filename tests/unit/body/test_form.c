/* test_form.c -- a form's text as an object: never an error, the same object every time. */
#include "body/form.h"
#include "json/json.h"
#include "support/common.h"

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *text;
	size_t len;
	const char *json;
} cases[] = {
	{ TEXT(""), "{}" },
	{ TEXT("a=1"), "{\"a\":\"1\"}" },
	{ TEXT("a=1&b=2"), "{\"a\":\"1\",\"b\":\"2\"}" },
	{ TEXT("b=2&a=1"), "{\"b\":\"2\",\"a\":\"1\"}" },
	{ TEXT("a=1&a=2&a=3"), "{\"a\":[\"1\",\"2\",\"3\"]}" },
	{ TEXT("a"), "{\"a\":\"\"}" },
	{ TEXT("a="), "{\"a\":\"\"}" },
	{ TEXT("=1"), "{\"\":\"1\"}" },
	{ TEXT("&&a=1&&"), "{\"a\":\"1\"}" },
	{ TEXT("a=b=c"), "{\"a\":\"b=c\"}" },
	{ TEXT("a+b=c+d"), "{\"a b\":\"c d\"}" },
	{ TEXT("%61=%3d%26"), "{\"a\":\"=&\"}" },
	{ TEXT("a=%e2%82%ac"), "{\"a\":\"\xE2\x82\xAC\"}" },
	{ TEXT("a=%zz"), "{\"a\":\"%zz\"}" },		  /* no escape: as it came */
	{ TEXT("a=%00"), "{\"a\":\"\xEF\xBF\xBD\"}" },	  /* no text may hold it */
	{ TEXT("a=100%+%41%4"), "{\"a\":\"100% A%4\"}" }, /* each escape by itself */
	{ TEXT("a=\xC3\xA9\xff"), "{\"a\":\"\xC3\xA9\xEF\xBF\xBD\"}" },
	{ TEXT("a=\xff"), "{\"a\":\"\xEF\xBF\xBD\"}" }, /* no UTF-8 */
	{ TEXT("a=%ff%41"), "{\"a\":\"\xEF\xBF\xBD"
			    "A\"}" },
	{ TEXT("a=x\0y"), "{\"a\":\"x\xEF\xBF\xBDy\"}" },
};

START_TEST(each_form_is_this_object)
{
	json_t *form = ty_form_decode(fx.arena, cases[_i].text, cases[_i].len);

	ck_assert_str_eq(ty_json_dump(fx.arena, form, NULL), cases[_i].json);
}
END_TEST

START_TEST(text_that_is_utf8_is_kept_and_other_bytes_are_replaced)
{
	json_t *good = ty_json_own(fx.arena, ty_form_string(fx.arena, TEXT("\xE2\x82\xAC")));
	json_t *bad = ty_json_own(fx.arena, ty_form_string(fx.arena, TEXT("a\xE2\x82")));

	ck_assert_str_eq(json_string_value(good), "\xE2\x82\xAC");
	ck_assert_str_eq(json_string_value(bad), "a\xEF\xBF\xBD");
}
END_TEST

static const struct {
	const char *text, *charset, *json;
	bool converted, mended;
	const char *unknown;
} bodies[] = {
	{ "charset=windows-1252&name=Ren%E9e", NULL,
	  "{\"charset\":\"windows-1252\",\"name\":\"Ren\u00e9e\"}", true, false, NULL },
	{ "_charset_=iso-8859-1&name=Ren%E9e", NULL,
	  "{\"_charset_\":\"iso-8859-1\",\"name\":\"Ren\u00e9e\"}", true, false, NULL },
	{ "name=Ren%E9e", "latin1", "{\"name\":\"Ren\u00e9e\"}", true, false, NULL },
	{ "n%E9=1", "latin1", "{\"n\u00e9\":\"1\"}", true, false, NULL },
	{ "n=%83n%83%8D%81%5B", "shift_jis", "{\"n\":\"\u30cf\u30ed\u30fc\"}", true, false, NULL },
	{ "charset=latin1&name=Ren%E9e", "utf-8",
	  "{\"charset\":\"latin1\",\"name\":\"Ren\u00e9e\"}", true, false, NULL },
	/* A field that happens to be called so counts only where the bytes are no UTF-8. */
	{ "charset=latin1&name=Ren%C3%A9e", NULL,
	  "{\"charset\":\"latin1\",\"name\":\"Ren\u00e9e\"}", false, false, NULL },
	{ "charset=x-none&name=Ren%E9e", NULL, "{\"charset\":\"x-none\",\"name\":\"Ren\ufffde\"}",
	  true, true, "x-none" },
	{ "name=Ren%E9e", NULL, "{\"name\":\"Ren\ufffde\"}", true, true, NULL },
	{ "name=Ren%C3%A9e", NULL, "{\"name\":\"Ren\u00e9e\"}", false, false, NULL },
};

START_TEST(a_form_is_of_the_charset_that_is_said)
{
	struct ty_form_body form = { .text = { bodies[_i].text, strlen(bodies[_i].text) } };
	json_t *json, *expected;

	if (bodies[_i].charset != NULL)
		form.charset = ty_charset_find(bodies[_i].charset);
	ck_assert_ok(ty_form_body(fx.arena, &form, &json, &fx.err));
	expected = ty_json_own(fx.arena, json_loads(bodies[_i].json, 0, NULL));
	ck_assert_str_eq(ty_json_dump(fx.arena, json, NULL),
			 ty_json_dump(fx.arena, expected, NULL));
	ck_assert_int_eq(form.converted, bodies[_i].converted);
	ck_assert_int_eq(form.mended, bodies[_i].mended);
	if (bodies[_i].unknown == NULL)
		ck_assert_ptr_null(form.unknown);
	else
		ck_assert_str_eq(form.unknown, bodies[_i].unknown);
}
END_TEST

START_TEST(a_form_has_only_so_many_values)
{
	struct ty_form_body form = { .text = { "a&b&c", 5 }, .values_max = 3 };
	json_t *json = NULL;

	ck_assert_ok(ty_form_body(fx.arena, &form, &json, &fx.err));
	ck_assert_uint_eq(form.values, 3);
	form = (struct ty_form_body){ .text = { "a&b&c", 5 }, .values_max = 2 };
	ck_assert_code(ty_form_body(fx.arena, &form, &json, &fx.err), TY_E_LIMIT);
}
END_TEST

TEST_MAIN("form", {
	TEST_LOOP(a_form_is_of_the_charset_that_is_said, bodies);
	TEST(a_form_has_only_so_many_values);
	TEST_LOOP(each_form_is_this_object, cases);
	TEST(text_that_is_utf8_is_kept_and_other_bytes_are_replaced);
})
