/*
 * test_retry_after.c -- Retry-After in each of its legal forms, and what is none.
 */
#include "support/common.h"

#include "net/http.h"

#define NOW_MS INT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */
#define NONE   (-1)		     /* cannot be read */

static const struct {
	const char *text, *date;
	int64_t ms;
} rows[] = {
	{ "120", NULL, 120000 },
	{ " 120 ", NULL, 120000 },
	{ "0", NULL, 0 },
	{ "007", NULL, 7000 },
	{ "2592000", NULL, INT64_C(2592000000) },
	{ "99999999999999999999999999", NULL, INT64_C(1000000000000000) },
	/* Fractions, as servers send them. */
	{ "1.5", NULL, 1500 },
	{ "0.25", NULL, 250 },
	{ "0.0004", NULL, 0 },
	{ "12.3456789", NULL, 12345 },
	/* The three forms of a date. */
	{ "Sun, 06 Nov 1994 08:49:57 GMT", NULL, 20000 },
	{ "Sunday, 06-Nov-94 08:49:57 GMT", NULL, 20000 },
	{ "Sun Nov  6 08:49:57 1994", NULL, 20000 },
	{ "Sun Nov 16 08:49:37 1994", NULL, INT64_C(864000000) },
	{ "sun, 06 nov 1994 08:49:57 gmt", NULL, 20000 },
	{ "Sun, 06 Nov 1994 08:49:57 UTC", NULL, 20000 },
	{ "Thu, 29 Feb 1996 00:00:00 GMT", NULL, INT64_C(825552000000) - NOW_MS },
	{ "Sat, 31 Dec 1994 23:59:60 GMT", NULL, INT64_C(788918400000) - NOW_MS },
	/* A year of two digits is within fifty years. */
	{ "Sunday, 06-Nov-44 08:49:37 GMT", NULL, INT64_C(2362034977000) - NOW_MS },
	{ "Sunday, 06-Nov-45 08:49:37 GMT", NULL, 0 },
	/* One that is past. */
	{ "Sun, 06 Nov 1994 08:49:30 GMT", NULL, 0 },
	/* From the server's own clock on. */
	{ "Sun, 06 Nov 1994 09:49:57 GMT", "Sun, 06 Nov 1994 09:49:37 GMT", 20000 },
	{ "Sun, 06 Nov 1994 08:49:57 GMT", "yesterday", 20000 },
	{ "120", "Sun, 06 Nov 1994 09:49:37 GMT", 120000 },
	/* What is none of them. */
	{ "", NULL, NONE },
	{ "-1", NULL, NONE },
	{ "+1", NULL, NONE },
	{ "1e3", NULL, NONE },
	{ "1,5", NULL, NONE },
	{ "1.", NULL, NONE },
	{ ".5", NULL, NONE },
	{ "120s", NULL, NONE },
	{ "120, 120", NULL, NONE },
	{ "0x10", NULL, NONE },
	{ "NaN", NULL, NONE },
	{ "soon", NULL, NONE },
	{ "1994-11-06T08:49:57Z", NULL, NONE },
	{ "Sun, 06 Nov 1994 08:49:57", NULL, NONE },
	{ "Sun, 06 Nov 1994 08:49:57 PST", NULL, NONE },
	{ "Sun, 06 Nov 1994 24:49:57 GMT", NULL, NONE },
	{ "Sun, 31 Jun 1994 08:49:57 GMT", NULL, NONE },
	{ "Sun, 00 Nov 1994 08:49:57 GMT", NULL, NONE },
	{ "Son, 06 Nov 1994 08:49:57 GMT", NULL, NONE },
	{ "06 Nov 1994 08:49:57 GMT", NULL, NONE },
	{ "Sun, 06 Nov 1994 08:49:57 GMT and some more text that makes it long, long", NULL, NONE },
};

START_TEST(each_form_is_read)
{
	int64_t ms = NONE;

	ck_assert_int_eq(ty_net_retry_after(rows[_i].text, rows[_i].date, NOW_MS, &ms),
			 rows[_i].ms != NONE);
	ck_assert_int_eq(ms, rows[_i].ms);
}
END_TEST

TEST_MAIN("net.retry_after", { TEST_LOOP(each_form_is_read, rows); })
