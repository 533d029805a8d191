/*
 * test_duration.c -- lengths of time as people write them.
 */
#include "support/common.h"

#include "base/duration.h"

static const struct {
	const char *text;
	int64_t ms; /* < 0 = refused */
} rows[] = {
	{ "500ms", 500 }, { "30s", 30000 }, { "2m", 120000 }, { "1h", 3600000 },
	{ "0s", 0 },	  { "", -1 },	    { "30", -1 },     { "s", -1 },
	{ "-1s", -1 },	  { "1.5s", -1 },   { "30 s", -1 },   { "30S", -1 },
	{ "61m", -1 },	  { "2h", -1 },	    { "1sx", -1 },    { "99999999999999999999s", -1 },
};

START_TEST(a_duration_is_a_number_with_its_unit_within_its_limit)
{
	int64_t ms = -1;

	ck_assert_int_eq(ty_duration_parse(rows[_i].text, 3600000, &ms), rows[_i].ms >= 0);
	ck_assert_int_eq(ms, rows[_i].ms);
}
END_TEST

TEST_MAIN("base.duration",
	  { TEST_LOOP(a_duration_is_a_number_with_its_unit_within_its_limit, rows); })
