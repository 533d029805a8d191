/*
 * fixture.h -- a reap on the intake's stage, run step by step by the test.
 */
#ifndef TY_TESTS_REAP_FIXTURE_H
#define TY_TESTS_REAP_FIXTURE_H

#include "integration/intake/stage.h"
#include "reap/reap.h"

#include <check.h>
#include <uv.h>

extern struct stage st;
extern struct reap *reaper;

void reap_setup(void);
void reap_teardown(void);

/* Reap until 'condition'; fails where it takes too long. */
#define reap_until(condition)                                                                      \
	do {                                                                                       \
		int64_t until_ = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);          \
		while (!(condition)) {                                                             \
			ck_assert_msg(ty_time_mono_ms() < until_, "not: %s", #condition);          \
			reap_step();                                                               \
		}                                                                                  \
	} while (0)
/* All duties that are due, and then the wait for the next. */
void reap_step(void);
/* Every duty 'n' times, due or not. */
void reap_rounds(int n);

/* Record a run as ok under this fence; gives whether it was written. */
bool reap_record(const struct ty_id *run_id, int64_t fence);

/* As TEST_MAIN, with the stage's servers around it; 'tests' is a function that adds them. */
#define REAP_TEST_MAIN(name, tests)                                                                \
	static void setup(void)                                                                    \
	{                                                                                          \
		fx_setup();                                                                        \
		reap_setup();                                                                      \
	}                                                                                          \
                                                                                                   \
	static void teardown(void)                                                                 \
	{                                                                                          \
		reap_teardown();                                                                   \
		fx_teardown();                                                                     \
	}                                                                                          \
                                                                                                   \
	SUITE_MAIN(name, 60, setup, teardown, stage_servers_start(&st), stage_servers_stop(&st),   \
		   tests(tc))

#endif
