/*
 * Which names of time zones the system knows, and its release of them.
 */
#include "base/zone.h"
#include "support/common.h"

static const struct {
	const char *name;
	bool is_known;
} zones[] = {
	{ "UTC", true },
	{ "Europe/Berlin", true },
	{ "America/Argentina/Ushuaia", true },
	{ "Etc/GMT+5", true },
	{ "US/Eastern", true },
	{ "UTC+3", true },
	{ "UTC-03:30", true },
	{ "UTC+14", true },
	{ "UTC+15", false },
	{ "UTC+3:5", false },
	{ "UTC+", false },
	{ "UTC3", false },
	{ "Nowhere/None", false },
	{ "europe/berlin", false },
	{ "Europe", false },
	{ "", false },
	{ "/usr/share/zoneinfo/UTC", false },
	{ "../zoneinfo/UTC", false },
	{ "posix/UTC", false },
	{ "localtime", false },
	{ "tzdata.zi", false },
	{ "leapseconds", false },
	{ "Europe/Berlin ", false },
	{ "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
};

START_TEST(each_name_is_known_or_not)
{
	ck_assert_msg(ty_zone_is_known(zones[_i].name) == zones[_i].is_known, "%s", zones[_i].name);
}
END_TEST

START_TEST(the_release_is_a_year_and_a_letter)
{
	char version[TY_ZONE_VERSION_SIZE];

	ty_zone_version(version);
	ck_assert_uint_eq(strspn(version, "0123456789"), 4);
	ck_assert_uint_ge(strlen(version), 5);
}
END_TEST

TEST_MAIN("base.zone", {
	TEST_LOOP(each_name_is_known_or_not, zones);
	TEST(the_release_is_a_year_and_a_letter);
})
