/* test_form.c -- a form's text as an object: never an error, the same object every time. */
#include "intake/form.h"
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
	{ TEXT("a=%zz"), "{\"a\":\"%zz\"}" }, /* no escape: as it came */
	{ TEXT("a=%00"), "{\"a\":\"%00\"}" },
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
	ck_assert_str_eq(json_string_value(bad), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}
END_TEST

TEST_MAIN("form", {
	TEST_LOOP(each_form_is_this_object, cases);
	TEST(text_that_is_utf8_is_kept_and_other_bytes_are_replaced);
})
