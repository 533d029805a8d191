/*
 * Runs whose wait is over: pushed, few at a time, and once more where a push was lost; and what the
 * many that still wait cost a pass.
 */
#include "fixture.h"

#include "base/time.h"
#include "support/common.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY 100000
/* Of one workspace in the queue at a time (workers/schedule/waits.c). */
#define ROOM   4
#define PASSES 41

/* 'count' runs of this workspace that wait until then. */
static void
park(const struct ty_id *workspace, int count, const char *at)
{
	static int hours; /* ids of one call are not those of another */

	stage_cell(&st,
		   "WITH runs AS (INSERT INTO tyboo.executions (workspace_id, id, workflow_id, "
		   "version_id, mode, status, fence, accepted_at, started_at) SELECT '%s', "
		   "tyboo.uuid_at(now() - interval '%d hour' + make_interval(secs => n * 0.001)), "
		   "gen_random_uuid(), gen_random_uuid(), 'api', 'waiting', 1, now(), now() "
		   "FROM generate_series(1, %d) n RETURNING id), p AS (INSERT INTO "
		   "tyboo.parked_runs SELECT '%s', id, '', 0, 0, 0, 0, '{}', '{}', '', now() FROM "
		   "runs) INSERT INTO tyboo.waits SELECT '%s', id, 'w', 'time', 'w', '', %s, NULL, "
		   "NULL, %s FROM runs",
		   workspace->s, ++hours, count, workspace->s, workspace->s, at, at);
	stage_cell(&st, "ANALYZE tyboo.waits, tyboo.executions, tyboo.parked_runs");
}

static void
clear(void)
{
	stage_cell(&st, "DELETE FROM tyboo.waits");
	stage_cell(&st, "DELETE FROM tyboo.parked_runs");
}

/* The stage of the tests before is another's. */
#define BEGIN clear()

START_TEST(a_run_whose_wait_is_over_is_pushed_once)
{
	struct ty_hold hold;
	int64_t deliveries;

	BEGIN;
	park(&st.workspace, 1, "now() + interval '1 hour'");
	schedule_rounds(3);
	ck_assert_int_eq(stage_ready(&st), 0);
	ck_assert_int_eq(stage_redis(&st, "EXISTS {%s}:waiting", st.conf.lane), 0);
	stage_cell(&st, "UPDATE tyboo.waits SET look_at = now()");
	schedule_rounds(3);
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
	schedule_rounds(3);
	ck_assert_int_eq(stage_ready(&st), 0);
}
END_TEST

START_TEST(a_push_that_redis_loses_comes_again)
{
	BEGIN;
	park(&st.workspace, 3, "now()");
	schedule_until(stage_ready(&st) == 3);
	stage_redis(&st, "FLUSHALL");
	stage_cell(&st, "UPDATE tyboo.waits SET look_at = look_at - interval '1 minute'");
	schedule_until(stage_ready(&st) == 3);
}
END_TEST

START_TEST(few_of_a_workspace_are_in_the_queue_and_a_delivery_comes_behind_no_more)
{
	struct ty_receipt receipt;
	struct ty_hold hold;
	int64_t deliveries;
	int before = 0;

	BEGIN;
	park(&st.workspace, 10 * ROOM, "now()");
	schedule_rounds(5);
	ck_assert_int_eq(stage_ready(&st), ROOM);
	receipt = stage_receipt(&st, "");
	stage_submit(&st, &receipt);
	while (stage_lease(&st, 60000, &hold, &deliveries) && !ty_id_eq(&hold.run_id, &receipt.id))
		before++;
	ck_assert_int_eq(before, ROOM);
	schedule_rounds(3);
	ck_assert_int_eq(stage_ready(&st), ROOM); /* the next ones, in place of those */
}
END_TEST

START_TEST(a_workspace_of_many_keeps_no_other_waiting)
{
	struct ty_id other = ty_id_new();

	BEGIN;
	stage_cell(&st, "INSERT INTO tyboo.workspaces (id, slug, name) VALUES ('%s', '%s', 'o')",
		   other.s, other.s);
	park(&st.workspace, 10 * ROOM, "now() - interval '1 hour'");
	park(&other, 1, "now()");
	schedule_rounds(1);
	ck_assert_int_eq(stage_redis(&st, "LLEN {%s}:ready:%s", st.conf.lane, other.s), 1);
}
END_TEST

START_TEST(a_run_that_is_still_leased_is_looked_at_again_soon)
{
	struct ty_receipt receipt;
	struct ty_hold hold;
	int64_t deliveries;

	BEGIN;
	receipt = stage_receipt(&st, "");
	stage_submit(&st, &receipt);
	ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
	park(&st.workspace, 1, "now()");
	stage_cell(
		&st,
		"UPDATE tyboo.executions SET id = '%s' WHERE id = (SELECT run_id FROM tyboo.waits)",
		receipt.id.s);
	stage_cell(&st, "UPDATE tyboo.parked_runs SET run_id = '%s'", receipt.id.s);
	stage_cell(&st, "UPDATE tyboo.waits SET run_id = '%s'", receipt.id.s);
	schedule_rounds(1);
	ck_assert_int_le(stage_cell_int(&st,
					"SELECT ceil(extract(epoch FROM look_at - now()))::int "
					"FROM tyboo.waits"),
			 1);
	stage_redis(&st, "DEL {%s}:job:%s", st.conf.lane, receipt.id.s); /* given back */
	schedule_until(stage_ready(&st) == 1);
}
END_TEST

/* ---- a pass, with none and with a hundred thousand ---- */

static int
compare(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

/* A look at the clock and what follows of it; milliseconds, the median. */
static double
pass_ms(void)
{
	double times[PASSES];

	for (int i = 0; i < PASSES; i++) {
		struct timespec from, to;

		clock_gettime(CLOCK_MONOTONIC, &from);
		scheduler_once(scheduler);
		clock_gettime(CLOCK_MONOTONIC, &to);
		times[i] = (double)(to.tv_sec - from.tv_sec) * 1e3 +
			   (double)(to.tv_nsec - from.tv_nsec) / 1e6;
	}
	qsort(times, PASSES, sizeof(*times), compare);
	return times[PASSES / 2];
}

/* Entries that the indexes of the table of waits gave, as Postgres counts them. */
static int64_t
entries_read(void)
{
	stage_cell(&st, "SELECT pg_stat_force_next_flush()");
	return stage_cell_int(&st,
			      "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE "
			      "relname IN ('waits', 'parked_runs')");
}

START_TEST(runs_that_wait_cost_a_pass_nothing)
{
	double none_ms, many_ms;
	int64_t before;

	BEGIN;
	schedule_rounds(3);
	none_ms = pass_ms();
	park(&st.workspace, MANY, "now() + interval '1 day'");
	schedule_rounds(3);
	before = entries_read();
	many_ms = pass_ms();
	ck_assert_int_lt(entries_read() - before, 100 * PASSES);
	printf("a pass: %.2f ms with no run that waits, %.2f ms with %d\n", none_ms, many_ms, MANY);
	fflush(stdout);
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(a_run_whose_wait_is_over_is_pushed_once);
	TEST(a_push_that_redis_loses_comes_again);
	TEST(few_of_a_workspace_are_in_the_queue_and_a_delivery_comes_behind_no_more);
	TEST(a_workspace_of_many_keeps_no_other_waiting);
	TEST(a_run_that_is_still_leased_is_looked_at_again_soon);
	TEST(runs_that_wait_cost_a_pass_nothing);
}

SCHEDULE_TEST_MAIN("schedule waits", tests)
