/*
 * test_sender.c -- from which addresses a hook takes deliveries.
 */
#include "hook/sender.h"
#include "support/common.h"

static const struct {
	const char *list, *remote;
	bool allowed;
} cases[] = {
	{ "", "203.0.113.9", true },
	{ "", "", true },
	{ " ", "203.0.113.9", true },
	{ "203.0.113.9", "203.0.113.9", true },
	{ "203.0.113.9", "203.0.113.10", false },
	{ "203.0.113.8/29", "203.0.113.15", true },
	{ "203.0.113.8/29", "203.0.113.16", false },
	{ "192.0.2.1, 203.0.113.0/24", "203.0.113.255", true },
	{ "192.0.2.1 203.0.113.0/24", "203.0.113.255", true },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "203.0.113.9", true },
	{ "2001:db8::/32", "2001:db8:ffff::1", true },
	{ "2001:db8::/32", "2001:db9::1", false },
	/* One address, two spellings. */
	{ "203.0.113.9", "::ffff:203.0.113.9", true },
	{ "::ffff:203.0.113.9", "203.0.113.9", true },
	{ "203.0.113.9", "", false },
	{ "203.0.113.9", "unix:", false },
};

START_TEST(an_address_is_in_the_list_or_not)
{
	ck_assert_msg(ty_hook_addresses_allow(cases[_i].list, cases[_i].remote) ==
			      cases[_i].allowed,
		      "'%s' in '%s'", cases[_i].remote, cases[_i].list);
}
END_TEST

static const char *const faults[] = {
	"example.org",
	"192.0.2.1/33",
	"192.0.2.1/-1",
	"192.0.2.1:443",
	"192.0.2",
	"2001:db8::/129",
	"192.0.2.1, all",
	"/24",
	"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:00"
	"00:0001"
};

START_TEST(what_is_no_address_is_told)
{
	const char *hint = NULL;

	ck_assert_msg(ty_hook_addresses_fault(faults[_i], &hint) != NULL, "%s", faults[_i]);
	ck_assert_ptr_nonnull(hint);
}
END_TEST

START_TEST(what_is_one_is_not_told)
{
	const char *hint;

	for (size_t i = 0; i < TY_ARRAY_COUNT(cases); i++)
		ck_assert_ptr_null(ty_hook_addresses_fault(cases[i].list, &hint));
}
END_TEST

TEST_MAIN("hook.sender", {
	TEST_LOOP(an_address_is_in_the_list_or_not, cases);
	TEST_LOOP(what_is_no_address_is_told, faults);
	TEST(what_is_one_is_not_told);
})
