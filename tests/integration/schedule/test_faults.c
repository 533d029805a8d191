/*
 * test_faults.c -- each statement and each command of a pass of tyboo-schedule fails in turn, on either side of
 * the wire.
 *
 * Before the pass there is a tick that is due and a run whose wait is over.  Whatever fails, the passes after it do the
 * rest, and nothing is done twice.
 */
#include "fixture.h"

#include "base/fault.h"
#include "reap/reap.h"
#include "support/common.h"

/* More points than a pass has, by far: the loop ends at the first that none reaches. */
#define POINTS_MAX 500
/* Each takes its part of the points, so that none takes long. */
#define SHARES 4

static struct ty_id tick_workflow, due_run;

/* A run that was put down and whose wait is over. */
static struct ty_id
due(void)
{
	struct ty_id id;

	ck_assert(ty_id_parse(
		stage_cell(&st,
			   "WITH r AS (INSERT INTO tyboo.executions (workspace_id, id, "
			   "workflow_id, version_id, mode, status, fence, accepted_at, started_at) "
			   "SELECT '%s', tyboo.uuid_at(now() - interval '1 hour'), '%s', '%s', "
			   "'api', 'waiting', 1, now(), now() RETURNING id), p AS (INSERT INTO "
			   "tyboo.parked_runs SELECT '%s', id, '', 0, 0, 0, 0, '{}', '{}', '', "
			   "now() FROM r) INSERT INTO tyboo.waits SELECT '%s', id, 'w', 'time', "
			   "'w', '', now(), NULL, NULL, now() FROM r RETURNING run_id",
			   st.workspace.s, st.workspace.s, st.workspace.s, st.workspace.s,
			   st.workspace.s),
		&id));
	return id;
}

static void
make_due_schedule(void)
{
	struct ty_id version = ty_id_new();

	tick_workflow = ty_id_new();
	stage_cell(&st,
		   "INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id, "
		   "published_version_id) VALUES ('%s', '%s', 'w', '%s', '%s')",
		   st.workspace.s, tick_workflow.s, version.s, version.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.schedules (workspace_id, id, workflow_id, version_id, "
		   "node_id, kind, cron, every, unit, anchor, timezone, missed, missed_max, "
		   "overlap, timeout_ms, next_at, look_at) SELECT '%s', '%s', '%s', '%s', 's', "
		   "'cron', '0 0 1 1 *', 0, 'hours', '', 'UTC', 'once', 1, 'allow', 1, t, t "
		   "FROM (SELECT date_trunc('second', now()) AS t) x",
		   st.workspace.s, ty_id_new().s, tick_workflow.s, version.s);
}

static bool
is_done(void)
{
	return stage_cell_int(&st, "SELECT count(*) FROM tyboo.schedules WHERE next_at > now()") ==
		       1 &&
	       stage_redis(&st, "EXISTS {%s}:job:%s", st.conf.lane, due_run.s) == 1;
}

/* What tyboo-reap does of it: what Redis alone has goes to Postgres, and what has no job gets one. */
static void
reap(void)
{
	struct reap *reaper = reap_new(&st.conf, &st.log);
	struct ty_err err;

	reaper->owes_nothing = false;
	ck_assert_int_eq(reap_leases(reaper, &err), TY_OK);
	ck_assert_int_eq(reap_owed(reaper, &err), TY_OK);
	ck_assert_int_eq(reap_receipts(reaper, &err), TY_OK);
	reap_free(reaper);
}

static void
assert_each_once(void)
{
	struct ty_hold hold;
	int64_t deliveries, ticks = 0, waits = 0;

	reap();
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT count(*) FROM tyboo.deliveries WHERE workflow_id = "
					"'%s' AND verdict = 'accepted'",
					tick_workflow.s),
			 1);
	while (stage_lease(&st, 60000, &hold, &deliveries)) {
		ticks += ty_id_eq(&hold.workflow_id, &tick_workflow);
		waits += ty_id_eq(&hold.run_id, &due_run);
	}
	ck_assert_int_eq(ticks, 1);
	ck_assert_int_eq(waits, 1);
}

static void
clear(void)
{
	static const char *const tables[] = { "waits",	    "parked_runs", "executions",
					      "deliveries", "schedules",   "delivery_keys" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(tables); i++)
		stage_cell(&st, "DELETE FROM tyboo.%s", tables[i]);
	stage_redis(&st, "FLUSHALL");
	scheduler->pushed_count = 0;
}

/* True where the nth point was passed. */
static bool
round_fails(int64_t nth)
{
	bool has_failed;

	clear();
	make_due_schedule();
	due_run = due();
	ty_fault_arm(TY_FAULT_ANY, nth);
	schedule_rounds(2);
	has_failed = ty_fault_has_failed();
	ty_fault_arm(TY_FAULT_ANY, 0);
	/* A push that Redis took without an answer is known; one that it did not take comes again in a minute. */
	for (int64_t until_ms = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);
	     !is_done();) {
		ck_assert_msg(ty_time_mono_ms() < until_ms, "point %lld", (long long)nth);
		schedule_step();
	}
	assert_each_once();
	return has_failed;
}

START_TEST(whatever_fails_all_is_done_and_once)
{
	int64_t nth = _i + 1;

	while (round_fails(nth)) {
		nth += SHARES;
		ck_assert_int_lt(nth, POINTS_MAX);
	}
	/* The clock, the rows, the receipts, the job, moving on, the waits, their push: on either side. */
	ck_assert_int_gt(nth, 14);
}
END_TEST

static void
tests(TCase *tc)
{
	tcase_add_loop_test(tc, whatever_fails_all_is_done_and_once, 0, SHARES);
}

SCHEDULE_TEST_MAIN("schedule faults", tests)
