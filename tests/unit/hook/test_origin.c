/*
 * test_origin.c -- which pages may call a hook.
 */
#include "hook/origin.h"

#include "support/common.h"

static const struct {
	const char *origins, *origin, *allow; /* allow NULL: refused */
} allow_cases[] = {
	{ "https://shop.test:8443", "https://shop.test:8443", "https://shop.test:8443" },
	{ "https://shop.test:8443", "https://shop.test", NULL },
	{ "https://shop.test", "http://shop.test", NULL },
	{ "https://shop.test", "https://shop.test.evil.test", NULL },
	{ "https://shop.test", "https://shop.tes", NULL },
	{ "https://a.test, https://b.test", "https://b.test", "https://b.test" },
	{ "https://Shop.test", "https://shop.test", "https://shop.test" },
	{ "*", "https://anybody.test", "*" },
	{ "", "https://shop.test", NULL },
	{ "https://shop.test", "null", NULL },
};

START_TEST(an_origin_is_allowed_by_the_list_alone)
{
	const char *allow = ty_hook_origins_allow(allow_cases[_i].origins, allow_cases[_i].origin);

	if (allow_cases[_i].allow == NULL)
		ck_assert_ptr_null(allow);
	else
		ck_assert_pstr_eq(allow, allow_cases[_i].allow);
}
END_TEST

static const struct {
	const char *origins;
	bool ok;
} fault_cases[] = {
	{ "", true },
	{ "*", true },
	{ "https://shop.test", true },
	{ "http://localhost:3000\nhttps://shop.test:8443", true },
	{ "http://[::1]:8080", true },
	{ "shop.test", false },
	{ "https://shop.test/", false },
	{ "https://shop.test/page", false },
	{ "https://shop.test:443", false },
	{ "http://shop.test:80", false },
	{ "https://shop.test:", false },
	{ "https://", false },
	{ "https://*.shop.test", false },
	{ "https://u@shop.test", false },
	{ "null", false },
};

START_TEST(what_no_browser_sends_is_a_fault)
{
	const char *hint = NULL;
	const char *fault = ty_hook_origins_fault(fault_cases[_i].origins, &hint);

	ck_assert_msg((fault == NULL) == fault_cases[_i].ok, "%s", fault_cases[_i].origins);
	ck_assert_int_eq(hint == NULL, fault_cases[_i].ok);
}
END_TEST

TEST_MAIN("hook.origin", {
	TEST_LOOP(an_origin_is_allowed_by_the_list_alone, allow_cases);
	TEST_LOOP(what_no_browser_sends_is_a_fault, fault_cases);
})
