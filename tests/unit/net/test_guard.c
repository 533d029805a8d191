/*
 * test_guard.c -- which addresses may be connected, and what an allow-list may say.
 */
#include "support/common.h"

#include "net/http.h"

static const struct {
	const char *allow, *address;
	int port;
	bool allowed;
} guard_cases[] = {
	/* the public internet */
	{ "", "93.184.216.34", 443, true },
	{ "", "8.8.8.8", 53, true },
	{ "", "1.0.0.1", 80, true },
	{ "", "2606:4700::1111", 443, true },
	{ "", "::ffff:8.8.8.8", 80, true },
	{ "", "64:ff9b::808:808", 80, true },
	/* refused, each range at an edge */
	{ "", "0.0.0.0", 80, false },
	{ "", "0.255.255.255", 80, false },
	{ "", "10.0.0.0", 80, false },
	{ "", "10.255.255.255", 80, false },
	{ "", "11.0.0.0", 80, true },
	{ "", "100.64.0.1", 80, false },
	{ "", "100.127.255.255", 80, false },
	{ "", "100.128.0.0", 80, true },
	{ "", "100.63.255.255", 80, true },
	{ "", "127.0.0.1", 80, false },
	{ "", "127.255.255.254", 80, false },
	{ "", "169.254.169.254", 80, false },
	{ "", "172.15.255.255", 80, true },
	{ "", "172.16.0.1", 80, false },
	{ "", "172.31.255.255", 80, false },
	{ "", "172.32.0.0", 80, true },
	{ "", "192.0.0.8", 80, false },
	{ "", "192.0.2.1", 80, false },
	{ "", "192.88.99.1", 80, false },
	{ "", "192.168.1.1", 80, false },
	{ "", "198.18.0.1", 80, false },
	{ "", "198.19.255.255", 80, false },
	{ "", "198.20.0.0", 80, true },
	{ "", "198.51.100.7", 80, false },
	{ "", "203.0.113.7", 80, false },
	{ "", "224.0.0.1", 80, false },
	{ "", "239.255.255.255", 80, false },
	{ "", "240.0.0.1", 80, false },
	{ "", "255.255.255.255", 80, false },
	{ "", "::", 80, false },
	{ "", "::1", 80, false },
	{ "", "::127.0.0.1", 80, false },
	{ "", "::ffff:127.0.0.1", 80, false },
	{ "", "::ffff:169.254.169.254", 80, false },
	{ "", "::ffff:0.0.0.0", 80, false },
	{ "", "64:ff9b::7f00:1", 80, false },
	{ "", "64:ff9b::a9fe:a9fe", 80, false },
	{ "", "64:ff9b:1::1", 80, false },
	{ "", "100::1", 80, false },
	{ "", "2001::1", 80, false },
	{ "", "2001:db8::1", 80, false },
	{ "", "2002:7f00:1::", 80, false },
	{ "", "3fff::1", 80, false },
	{ "", "5f00::1", 80, false },
	{ "", "fc00::1", 80, false },
	{ "", "fd00::1", 80, false },
	{ "", "fdff::1", 80, false },
	{ "", "fd00:ec2::254", 80, false },
	{ "", "fe80::1", 80, false },
	{ "", "febf::1", 80, false },
	{ "", "fec0::1", 80, false },
	{ "", "ff02::1", 80, false },
	/* not addresses */
	{ "0.0.0.0/0, ::/0", "localhost", 80, false },
	{ "0.0.0.0/0, ::/0", "127.1", 80, false },
	/* allowed by the operator */
	{ "127.0.0.1", "127.0.0.1", 80, true },
	{ "127.0.0.1", "127.0.0.2", 80, false },
	{ "127.0.0.1:8443", "127.0.0.1", 8443, true },
	{ "127.0.0.1:8443", "127.0.0.1", 8444, false },
	{ " 10.0.0.0/8 ,, 192.168.1.0/24:80", "10.9.8.7", 1, true },
	{ "10.0.0.0/8,192.168.1.0/24:80", "192.168.1.9", 80, true },
	{ "10.0.0.0/8,192.168.1.0/24:80", "192.168.1.9", 81, false },
	{ "10.0.0.0/8,192.168.1.0/24:80", "192.168.2.9", 80, false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", 80, true },
	{ "10.1.2.3/8", "10.200.0.1", 80, true },
	{ "10.0.0.0/9", "10.128.0.1", 80, false },
	{ "::1", "::1", 80, true },
	{ "[::1]:8080", "::1", 8080, true },
	{ "[::1]:8080", "::1", 80, false },
	{ "[fd00::/8]:443", "fd12::1", 443, true },
	{ "fd00::/8", "fd12::1", 443, true },
	{ "[fd12::1]", "fd12::1", 443, true },
	{ "0.0.0.0/0", "127.0.0.1", 80, true },
	{ "0.0.0.0/0", "::1", 80, false },
	{ "::ffff:127.0.0.1", "127.0.0.1", 80, true },
};

START_TEST(an_address_is_allowed_or_refused_as_the_registries_say)
{
	const struct ty_net_guard *guard;
	bool allowed;

	ck_assert_ok(ty_net_guard_new(fx.arena, guard_cases[_i].allow, &guard, &fx.err));
	allowed = ty_net_guard_allows(guard, guard_cases[_i].address, guard_cases[_i].port);
	ck_assert_msg(allowed == guard_cases[_i].allowed, "%s port %d with '%s': %s",
		      guard_cases[_i].address, guard_cases[_i].port, guard_cases[_i].allow,
		      allowed ? "allowed" : "refused");
}
END_TEST

static const char *const bad_lists[] = {
	"localhost",
	"127.0.0.1:0",
	"127.0.0.1:65536",
	"127.0.0.1:http",
	"10.0.0.0/33",
	"10.0.0/8",
	"::/129",
	"[::1",
	"[::1]x",
	"[::1]:",
	"10.0.0.0/-1",
	"10.0.0.0/",
	"/8",
	"fe80::1%eth0",
	"127.0.0.1, nonsense",
};

START_TEST(a_list_with_a_bad_entry_is_refused_and_the_entry_named)
{
	const struct ty_net_guard *guard;
	const char *entry = strrchr(bad_lists[_i], ',');

	entry = entry != NULL ? entry + 2 : bad_lists[_i];
	ck_assert_code(ty_net_guard_new(fx.arena, bad_lists[_i], &guard, &fx.err), TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, entry) != NULL, "'%s' does not name %s", fx.err.msg,
		      entry);
}
END_TEST

START_TEST(no_list_is_an_empty_list)
{
	const struct ty_net_guard *guard;

	ck_assert_ok(ty_net_guard_new(fx.arena, NULL, &guard, &fx.err));
	ck_assert(!ty_net_guard_allows(guard, "127.0.0.1", 80));
}
END_TEST

TEST_MAIN("net guard", {
	TEST_LOOP(an_address_is_allowed_or_refused_as_the_registries_say, guard_cases);
	TEST_LOOP(a_list_with_a_bad_entry_is_refused_and_the_entry_named, bad_lists);
	TEST(no_list_is_an_empty_list);
})
