/*
 * fixture.h -- a scheduler on the intake's stage, run step by step by the test.
 */
#ifndef TY_TESTS_SCHEDULE_FIXTURE_H
#define TY_TESTS_SCHEDULE_FIXTURE_H

#include "base/time.h"
#include "integration/intake/stage.h"
#include "schedule/scheduler.h"
#include "support/patience.h"

#include <check.h>

extern struct stage st;
extern struct scheduler *scheduler;

void schedule_setup(void);
void schedule_teardown(void);

/* Look until 'condition'; fails where it takes too long. */
#define schedule_until(condition)                                                                  \
	do {                                                                                       \
		int64_t until_ = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);          \
		while (!(condition)) {                                                             \
			ck_assert_msg(ty_time_mono_ms() < until_, "not: %s", #condition);          \
			schedule_step();                                                           \
		}                                                                                  \
	} while (0)
/* Everything that is due, and then the wait for what is next. */
void schedule_step(void);
/* 'n' looks, one right after the other. */
void schedule_rounds(int n);

/* As TEST_MAIN, with the stage's servers around it; 'tests' is a function that adds them. */
#define SCHEDULE_TEST_MAIN(name, tests)                                                            \
	static void setup(void)                                                                    \
	{                                                                                          \
		fx_setup();                                                                        \
		schedule_setup();                                                                  \
	}                                                                                          \
                                                                                                   \
	static void teardown(void)                                                                 \
	{                                                                                          \
		schedule_teardown();                                                               \
		fx_teardown();                                                                     \
	}                                                                                          \
                                                                                                   \
	SUITE_MAIN(name, 60, setup, teardown, stage_servers_start(&st), stage_servers_stop(&st),   \
		   tests(tc))

#endif
