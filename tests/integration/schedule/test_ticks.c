/*
 * Schedules whose time has come: each tick is one delivery, whoever hands it in and however often.
 * Times are moved in the database; nobody waits for a clock.
 */
#include "fixture.h"

#include "support/common.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY	   10000
#define WORKSPACES 100

struct made {
	struct ty_id workflow, version;
};

/* A published workflow with this schedule; 'next' is an SQL expression of the next tick. */
static struct made
make(const struct ty_id *workspace, const char *cron, const char *missed, const char *overlap,
     const char *next)
{
	struct made made = { .workflow = ty_id_new(), .version = ty_id_new() };

	stage_cell(&st,
		   "INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id, "
		   "published_version_id) VALUES ('%s', '%s', 'w', '%s', '%s')",
		   workspace->s, made.workflow.s, made.version.s, made.version.s);
	stage_cell(
		&st,
		"INSERT INTO tyboo.schedules (workspace_id, id, workflow_id, version_id, node_id, "
		"kind, cron, every, unit, anchor, timezone, missed, missed_max, overlap, "
		"timeout_ms, next_at, look_at) SELECT '%s', '%s', '%s', '%s', 's', 'cron', '%s', "
		"0, "
		"'hours', '', 'Europe/Berlin', '%s', 10, '%s', 300000, t, t FROM (SELECT %s AS t) "
		"x",
		workspace->s, ty_id_new().s, made.workflow.s, made.version.s, cron, missed, overlap,
		next);
	return made;
}

static int64_t
count(const char *what, const struct made *made)
{
	return stage_cell_int(&st,
			      "SELECT count(*) FROM tyboo.deliveries WHERE workflow_id = '%s' AND "
			      "mode = 'schedule' AND %s",
			      made->workflow.s, what);
}

static const char *
row(const char *what, const struct made *made)
{
	return stage_cell(&st, "SELECT %s FROM tyboo.schedules WHERE workflow_id = '%s'", what,
			  made->workflow.s);
}

/* The minute that has just begun, and those before. */
#define MINUTE "date_trunc('minute', now())"
/* Not late, whatever second it is. */
#define NOW_CRON "* * * * * *"
#define SECOND	 "date_trunc('second', now())"

START_TEST(a_tick_is_a_delivery_with_its_time_and_a_job)
{
	struct made made = make(&st.workspace, "0 0 1 1 *", "once", "allow", MINUTE);

	schedule_rounds(2);
	ck_assert_int_eq(count("verdict = 'accepted'", &made), 1);
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert_int_eq(count("start_node = 's' AND method = '' AND hook_id IS NULL", &made), 1);
	/* Its time is as Berlin's clocks show it, with the offset; a minute is no second. */
	ck_assert_int_eq(
		count("convert_from(body, 'UTF8')::json ->> 'at' = replace(to_char(" MINUTE
		      " AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI:SS'), ' ', 'T') || "
		      "to_char(" MINUTE " AT TIME ZONE 'Europe/Berlin' - " MINUTE
		      " AT TIME ZONE 'UTC', '\"+\"HH24:MI')",
		      &made),
		1);
	ck_assert_str_eq(row("last_verdict", &made), "accepted");
	ck_assert_str_eq(row("(next_at > now() + interval '1 minute')::text", &made), "true");
	ck_assert_str_eq(
		row("(last_run_id = (SELECT id FROM tyboo.deliveries d WHERE d.workflow_id = "
		    "schedules.workflow_id))::text",
		    &made),
		"true");
}
END_TEST

START_TEST(nothing_runs_before_its_time)
{
	struct made made =
		make(&st.workspace, "* * * * *", "once", "allow", "now() + interval '1 hour'");

	schedule_rounds(3);
	ck_assert_int_eq(count("true", &made), 0);
	ck_assert_str_eq(row("skipped_count", &made), "0");
}
END_TEST

/* A scheduler that died between the store's answer and its own commit. */
START_TEST(a_tick_that_is_handed_in_again_runs_once)
{
	struct made made = make(&st.workspace, "0 0 1 1 *", "all", "allow", MINUTE);
	const char *run;

	schedule_rounds(2);
	run = row("last_run_id", &made);
	stage_cell(&st, "UPDATE tyboo.schedules SET next_at = last_at, look_at = last_at, "
			"last_run_id = NULL");
	schedule_rounds(2);
	ck_assert_int_eq(count("verdict = 'accepted'", &made), 1);
	ck_assert_int_eq(count("verdict = 'duplicate'", &made), 1);
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert_str_eq(row("last_run_id", &made), run);
	ck_assert_str_eq(row("last_verdict", &made), "accepted");
}
END_TEST

static const struct {
	const char *missed;
	int64_t ticks, skipped;
} absences[] = {
	{ "skip", 0, 60 },
	{ "once", 1, 59 },
	{ "all", 10, 50 },
};

/* An hour without a scheduler; the minute's own tick may be on time. */
START_TEST(missed_ticks_are_caught_up_as_the_schedule_says)
{
	struct made made =
		make(&st.workspace, "*/2 * * * *", absences[_i].missed, "allow",
		     "to_timestamp(floor(extract(epoch FROM now()) / 120) * 120 - 7200)");
	int64_t on_time;

	schedule_rounds(2);
	on_time =
		stage_cell_int(&st, "SELECT (extract(epoch FROM now())::bigint %% 120 <= 6)::int");
	ck_assert_int_ge(count("verdict = 'accepted'", &made), absences[_i].ticks);
	ck_assert_int_le(count("verdict = 'accepted'", &made), absences[_i].ticks + on_time);
	ck_assert_int_eq(count("true", &made) + atoll(row("skipped_count", &made)), 61);
	ck_assert_str_eq(row("(next_at > now())::text", &made), "true");
}
END_TEST

/* The run that the last tick led to, recorded as over. */
static void
end_run(const struct made *made)
{
	stage_cell(&st,
		   "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		   "status, fence, accepted_at, started_at, finished_at) SELECT workspace_id, "
		   "last_run_id, workflow_id, version_id, 'schedule', 'ok', 1, now(), now(), now() "
		   "FROM tyboo.schedules WHERE workflow_id = '%s'",
		   made->workflow.s);
}

static void
due_again(const struct made *made, const char *at)
{
	stage_cell(&st,
		   "UPDATE tyboo.schedules SET next_at = %s, look_at = %s WHERE workflow_id = '%s'",
		   at, at, made->workflow.s);
}

START_TEST(an_overlap_is_left_out_until_the_run_before_is_over)
{
	struct made made = make(&st.workspace, "0 0 1 1 *", "once", "skip", SECOND);

	schedule_rounds(2);
	ck_assert_int_eq(count("true", &made), 1);
	due_again(&made, SECOND " + interval '1 millisecond'");
	schedule_rounds(2);
	ck_assert_int_eq(count("true", &made), 1);
	ck_assert_str_eq(row("skipped_count", &made), "1");
	end_run(&made);
	due_again(&made, SECOND " + interval '2 milliseconds'");
	schedule_rounds(2);
	ck_assert_int_eq(count("true", &made), 2);
	ck_assert_str_eq(row("skipped_count", &made), "1");
}
END_TEST

START_TEST(an_overlap_waits_for_the_run_before)
{
	struct made made = make(&st.workspace, "0 0 1 1 *", "once", "queue", SECOND);

	schedule_rounds(2);
	due_again(&made, SECOND " + interval '1 millisecond'");
	schedule_rounds(3);
	ck_assert_int_eq(count("true", &made), 1);
	ck_assert_str_eq(row("json_array_length(pending::json)", &made), "1");
	end_run(&made);
	schedule_until(count("true", &made) == 2);
	ck_assert_str_eq(row("pending", &made), "[]");
	/* The second one's run is not over, and no further tick is due: nothing is looked at. */
	schedule_rounds(3);
	ck_assert_int_eq(count("true", &made), 2);
}
END_TEST

START_TEST(a_schedule_that_is_not_on_the_air_owes_nothing)
{
	struct made made =
		make(&st.workspace, "* * * * *", "all", "allow", "now() - interval '1 hour'");

	stage_cell(&st, "UPDATE tyboo.workflows SET published_version_id = NULL WHERE id = '%s'",
		   made.workflow.s);
	schedule_rounds(2);
	ck_assert_int_eq(count("true", &made), 0);
	ck_assert_ptr_null(row("id", &made));
}
END_TEST

START_TEST(a_tick_that_the_queue_refuses_is_kept_and_not_tried_again)
{
	struct made made = make(&st.workspace, "0 0 1 1 *", "once", "allow", SECOND);

	stage_cell(&st, "UPDATE tyboo.workspaces SET depth_max = 1 WHERE id = '%s'",
		   st.workspace.s);
	make(&st.workspace, "0 0 1 1 *", "once", "allow", SECOND);
	schedule_rounds(4);
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert_int_eq(
		stage_cell_int(&st,
			       "SELECT count(*) FROM tyboo.deliveries WHERE verdict = 'depth'"),
		1);
	ck_assert_int_eq(
		stage_cell_int(&st,
			       "SELECT count(*) FROM tyboo.schedules WHERE last_verdict = 'depth' "
			       "AND last_run_id IS NULL AND next_at > now()"),
		1);
	ck_assert_int_eq(count("true", &made), 1);
}
END_TEST

START_TEST(a_zone_that_the_system_lost_holds_up_no_other)
{
	struct made lost = make(&st.workspace, "* * * * *", "once", "allow", MINUTE), made;

	stage_cell(&st, "UPDATE tyboo.schedules SET timezone = 'Mars/Base'");
	made = make(&st.workspace, "0 0 1 1 *", "once", "allow", MINUTE);
	schedule_rounds(3);
	ck_assert_int_eq(count("true", &lost), 0);
	ck_assert_int_eq(count("true", &made), 1);
	ck_assert_str_eq(
		row("(look_at > now() + interval '30 minutes' AND next_at <= now())::text", &lost),
		"true");
}
END_TEST

/* Redis away: the receipt is enough, and tyboo-reap pushes it. */
START_TEST(a_tick_is_kept_with_redis_away)
{
	struct made made;

	svc_redis_kill9(&st.svc);
	made = make(&st.workspace, "0 0 1 1 *", "once", "allow", MINUTE);
	schedule_until(count("verdict = 'accepted'", &made) == 1);
	svc_redis_start(&st.svc);
}
END_TEST

/* ---- many ---- */

/* 'each' schedules of this workspace, all due in this second. */
static void
make_many(const struct ty_id *workspace, int each)
{
	stage_cell(
		&st,
		"WITH w AS (INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id, "
		"published_version_id) SELECT '%s', gen_random_uuid(), 'w', gen_random_uuid(), "
		"'%s' FROM generate_series(1, %d) RETURNING workspace_id, id) "
		"INSERT INTO tyboo.schedules (workspace_id, id, workflow_id, version_id, node_id, "
		"kind, cron, every, unit, anchor, timezone, missed, missed_max, overlap, "
		"timeout_ms, next_at, look_at) SELECT workspace_id, gen_random_uuid(), id, '%s', "
		"'s', 'cron', '0 0 1 1 *', 0, 'hours', '', 'Europe/Berlin', 'once', 10, 'allow', "
		"300000, " SECOND ", " SECOND " FROM w",
		workspace->s, workspace->s, each, workspace->s);
}

static struct ty_id
another_workspace(void)
{
	struct ty_id id = ty_id_new();

	stage_cell(&st,
		   "INSERT INTO tyboo.workspaces (id, slug, name) VALUES ('%s', 'w-' || "
		   "right('%s', 12), 'o')",
		   id.s, id.s);
	return id;
}

START_TEST(a_workspace_of_many_holds_up_no_other)
{
	struct ty_id other;

	make_many(&st.workspace, 2000);
	other = another_workspace();
	make_many(&other, 1);
	schedule_rounds(1); /* one pass */
	ck_assert_int_eq(
		stage_cell_int(&st,
			       "SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s'",
			       other.s),
		1);
	ck_assert_int_lt(stage_cell_int(&st, "SELECT count(*) FROM tyboo.deliveries"), 1000);
}
END_TEST

struct helper {
	pthread_t thread;
	struct scheduler *scheduler;
};

static void *
helper_main(void *arg)
{
	struct helper *helper = arg;

	for (int idle = 0; idle < 3;)
		idle = scheduler_once(helper->scheduler) == 0 ? 0 : idle + 1;
	return NULL;
}

START_TEST(two_schedulers_share_the_work_and_double_nothing)
{
	struct helper helper;
	struct ty_err err;

	for (int i = 0; i < 20; i++) {
		struct ty_id workspace = another_workspace();

		make_many(&workspace, 150);
	}
	ck_assert_int_eq(scheduler_new(&st.conf, &st.log, &helper.scheduler, &err), TY_OK);
	pthread_create(&helper.thread, NULL, helper_main, &helper);
	for (int idle = 0; idle < 3;)
		idle = scheduler_once(scheduler) == 0 ? 0 : idle + 1;
	pthread_join(helper.thread, NULL);
	scheduler_free(helper.scheduler);
	ck_assert_int_eq(stage_cell_int(&st, "SELECT count(*) FROM tyboo.deliveries"), 3000);
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT count(DISTINCT workflow_id) FROM tyboo.deliveries "
					"WHERE verdict = 'accepted'"),
			 3000);
}
END_TEST

/* So deliveries get in between: 4,000 a second, however many are due. */
START_TEST(many_of_one_second_are_handed_in_at_a_pace)
{
	int64_t began_ms = ty_time_mono_ms(), largest;

	make_many(&st.workspace, 1000);
	while (scheduler_once(scheduler) == 0)
		;
	ck_assert_int_eq(stage_cell_int(&st, "SELECT count(*) FROM tyboo.deliveries"), 1000);
	largest = stage_cell_int(&st, "SELECT max(n) FROM (SELECT count(*) AS n FROM "
				      "tyboo.deliveries GROUP BY xmin::text) AS g");
	ck_assert_int_le(largest, SCHEDULER_AT_ONCE_MAX);
	ck_assert_int_ge(ty_time_mono_ms() - began_ms, (1000 - largest) / 4);
}
END_TEST

/* When the last ones were handed in, how many are handed in now, and whether that waits. */
static const struct {
	int64_t paced_until_ms; /* from now */
	size_t before, left, expected;
} paces[] = {
	{ -5000, 256, 1000, 64 }, /* long ago */
	{ 8, 256, 1000, 64 },	  /* in time: it waits */
	{ -8, 64, 1000, 128 },	  /* late */
	{ -8, 128, 1000, 256 },	  { -8, 256, 1000, 256 }, { -8, 64, 3, 3 }, { -5000, 64, 3, 3 },
};

START_TEST(a_machine_that_keeps_the_pace_gets_few_ticks_at_once)
{
	int64_t now_ms = ty_time_mono_ms(), until_ms = now_ms + paces[_i].paced_until_ms;
	size_t count;

	scheduler->paced_until_ms = until_ms;
	scheduler->at_once = paces[_i].before;
	count = scheduler_pace(scheduler, paces[_i].left);
	if (paces[_i].paced_until_ms > 0) {
		/* A test that was held up meanwhile was late itself. */
		ck_assert_int_ge(ty_time_mono_ms(), until_ms);
		ck_assert(count == paces[_i].expected || count == 256);
	} else {
		ck_assert_uint_eq(count, paces[_i].expected);
	}
	/* A rest is not made up for by more. */
	ck_assert_int_ge(scheduler->paced_until_ms,
			 (until_ms > now_ms ? until_ms : now_ms) + (int64_t)count / 4);
}
END_TEST

START_TEST(a_scheduler_that_is_told_to_stop_waits_for_no_pace)
{
	scheduler->is_stopping = true;
	scheduler->paced_until_ms = ty_time_mono_ms() + 3600000;
	ck_assert_uint_eq(scheduler_pace(scheduler, 1), 1);
	scheduler->is_stopping = false;
}
END_TEST

START_TEST(ten_thousand_of_one_second_are_kept)
{
	int64_t began_ms, took_ms;

	for (int i = 0; i < WORKSPACES; i++) {
		struct ty_id workspace = another_workspace();

		make_many(&workspace, MANY / WORKSPACES);
	}
	stage_cell(&st, "ANALYZE tyboo.schedules, tyboo.workflows");
	began_ms = ty_time_mono_ms();
	while (scheduler_once(scheduler) == 0)
		;
	took_ms = ty_time_mono_ms() - began_ms;
	ck_assert_int_eq(
		stage_cell_int(&st,
			       "SELECT count(*) FROM tyboo.deliveries WHERE verdict = 'accepted'"),
		MANY);
	printf("%d ticks of one second: kept within %lld ms\n", MANY, (long long)took_ms);
	fflush(stdout);
	ck_assert_int_le(took_ms, test_patience_ms(15000));
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(a_tick_is_a_delivery_with_its_time_and_a_job);
	TEST(nothing_runs_before_its_time);
	TEST(a_tick_that_is_handed_in_again_runs_once);
	TEST_LOOP(missed_ticks_are_caught_up_as_the_schedule_says, absences);
	TEST(an_overlap_is_left_out_until_the_run_before_is_over);
	TEST(an_overlap_waits_for_the_run_before);
	TEST(a_schedule_that_is_not_on_the_air_owes_nothing);
	TEST(a_tick_that_the_queue_refuses_is_kept_and_not_tried_again);
	TEST(a_zone_that_the_system_lost_holds_up_no_other);
	TEST(a_tick_is_kept_with_redis_away);
	TEST(a_workspace_of_many_holds_up_no_other);
	TEST(two_schedulers_share_the_work_and_double_nothing);
	TEST(many_of_one_second_are_handed_in_at_a_pace);
	TEST_LOOP(a_machine_that_keeps_the_pace_gets_few_ticks_at_once, paces);
	TEST(a_scheduler_that_is_told_to_stop_waits_for_no_pace);
	TEST(ten_thousand_of_one_second_are_kept);
}

SCHEDULE_TEST_MAIN("schedule ticks", tests)
