/* test_backoff.c -- how long a program that ended waits for its next start. */
#include "backoff.h"
#include "support/common.h"

#define RUNS_MAX 12

static const struct {
	const char *name;
	int64_t ran_ms[RUNS_MAX], wait_ms[RUNS_MAX]; /* wait_ms -1 ends the row */
} cases[] = {
	{ "one that ran well starts at once", { 10000, 3600000 }, { 0, 0, -1 } },
	{ "one that dies young waits twice as long each time, up to the cap",
	  { 0, 5, 9999, 100, 0, 0, 0, 0, 0, 0 },
	  { 250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, -1 } },
	{ "a good run wipes the slate", { 0, 0, 0, 10000, 0 }, { 250, 500, 1000, 0, 250, -1 } },
	{ "a good run after the cap too",
	  { 0, 0, 0, 0, 0, 0, 0, 0, 20000, 1 },
	  { 250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 0, 250, -1 } },
};

START_TEST(the_wait_follows_how_long_it_ran)
{
	struct backoff backoff = { 0 };

	for (size_t i = 0; cases[_i].wait_ms[i] >= 0; i++)
		ck_assert_msg(backoff_next(&backoff, cases[_i].ran_ms[i]) == cases[_i].wait_ms[i],
			      "%s: run %zu waits %lld ms", cases[_i].name, i,
			      (long long)backoff.delay_ms);
}
END_TEST

TEST_MAIN("supervise.backoff", { TEST_LOOP(the_wait_follows_how_long_it_ran, cases); })
