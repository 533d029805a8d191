/*
 * fixture.c -- see fixture.h.
 */
#include "fixture.h"

#include <time.h>

struct stage st;
struct scheduler *scheduler;

void
schedule_setup(void)
{
	struct ty_err err;

	stage_open(&st);
	/* Nothing of the tests before is due in this one. */
	stage_cell(&st, "DELETE FROM tyboo.schedules");
	stage_cell(&st, "DELETE FROM tyboo.deliveries");
	stage_cell(&st, "DELETE FROM tyboo.executions");
	st.conf.schedule_ms = 50;
	st.conf.receipt_grace_ms = 1;
	st.conf.deliveries_max = 8;
	ck_assert_int_eq(scheduler_new(&st.conf, &st.log, &scheduler, &err), TY_OK);
}

void
schedule_teardown(void)
{
	scheduler_free(scheduler);
	stage_close(&st);
}

void
schedule_step(void)
{
	int64_t ms = scheduler_once(scheduler);

	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

void
schedule_rounds(int n)
{
	while (n-- > 0)
		scheduler_once(scheduler);
}
