/*
 * test_call_groups.c -- calls of one step begin their runs in groups: one commit and one admit for several, each
 * judged alone.
 *
 * Who began together is read from Postgres: receipts of one transaction have one xmin.
 */
#include "graphs.h"
#include "house.h"

#include "base/limits.h"
#include "base/time.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CALLED NODE("c", "core.called", "")
#define SET    NODE("s", "core.set", "\"assignments\":[{\"name\":\"x\",\"value\":\"={{ $json.n }}\"}]")
#define EACH(id, workflow, more)                                                                   \
	"{\"id\":\"" id "\",\"name\":\"" id "\",\"type\":\"core.workflow.call\",\"version\":1,"    \
	"\"params\":{\"workflow\":\"" workflow "\",\"mode\":\"each\"}" more "}"

enum { MANY = 200 };

static struct house_flow
callable(void)
{
	struct house_flow flow = house_flow(GRAPH(CALLED "," SET, EDGE("c", "main", "s"), ""));

	house_sql("UPDATE tyboo.workflow_versions SET called_node = 'c' WHERE id = '%s' "
		  "RETURNING 1",
		  flow.version.s);
	return flow;
}

static struct house_flow
calls_each(const struct ty_id *workflow, const char *more)
{
	return house_flow(ty_arena_printf(
		fx.arena,
		GRAPH(TRIGGER "," EACH("call", "%s", "%s"), EDGE("t", "main", "call"), ""),
		workflow->s, more));
}

static const char *
items_of(int count)
{
	const char *items = "{\"json\":{\"n\":0}}";

	for (int i = 1; i < count; i++)
		items = ty_arena_printf(fx.arena, "%s,{\"json\":{\"n\":%d}}", items, i);
	return ty_arena_printf(fx.arena, "[%s]", items);
}

static void
await_over(const struct ty_id *run)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
	struct ty_queue_reaped reaped;

	while (house_count("SELECT count(*) FROM tyboo.executions WHERE id = '%s' AND finished_at "
			   "IS NOT NULL",
			   run->s) == 0) {
		ck_assert_msg(ty_time_mono_ms() < until_ms, "the run is %s", house_status(run));
		ck_assert_ok(ty_queue_sync_reap(house.queue, 100, 1000, &reaped, &fx.err));
		house_push_due();
	}
}

static int64_t
children_of(const struct ty_id *run)
{
	return house_count("SELECT count(*) FROM tyboo.deliveries WHERE parent_run_id = '%s'",
			   run->s);
}

static const char *
error_of(const struct ty_id *run)
{
	return house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run->s);
}

/* What is under way at a time is the run's limit, so a group is no larger; a few of them were not full. */
START_TEST(calls_of_one_step_begin_in_groups)
{
	struct house_flow child = callable();
	struct house_flow flow = calls_each(&child.workflow, "");
	struct ty_id run = house_job_items(&flow, items_of(MANY));
	int64_t groups, started_ms = ty_time_mono_ms();
	pid_t worker = house_worker();

	await_over(&run);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", error_of(&run));
	printf("%d called runs: %.2f ms each\n", MANY,
	       (double)(ty_time_mono_ms() - started_ms) / MANY);
	ck_assert_int_eq(children_of(&run), MANY);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions WHERE parent_run_id = "
				     "'%s' AND status = 'ok'",
				     run.s),
			 MANY);
	groups = house_count("SELECT count(DISTINCT xmin::text) FROM tyboo.deliveries WHERE "
			     "parent_run_id = '%s'",
			     run.s);
	ck_assert_int_ge(groups, MANY / TY_LIMIT_RUN_CALLS);
	ck_assert_int_le(groups, 2 * MANY / TY_LIMIT_RUN_CALLS);
	/* The answers are in the order of the items, whatever order their runs had. */
	ck_assert_int_eq(
		house_count(
			"SELECT count(*) FROM tyboo.effects f JOIN tyboo.deliveries d ON d.id = "
			"f.child_run_id AND d.parent_key = f.key AND d.parent_run_id = f.run_id "
			"WHERE f.run_id = '%s' AND f.answer IS NOT NULL",
			run.s),
		MANY);
	house_worker_drain(worker);
}
END_TEST

/* Of two runs whose calls go together one calls what is not there. */
START_TEST(a_call_that_is_refused_keeps_no_other_of_its_group_from_beginning)
{
	struct house_flow child = callable();
	struct ty_id nothing = ty_id_new(), run, other;
	struct house_flow flow = calls_each(&child.workflow, "");
	struct house_flow bad = calls_each(&nothing, ",\"on_error\":\"continue\"");
	pid_t worker;

	run = house_job_items(&flow, items_of(50));
	other = house_job_items(&bad, items_of(50));
	worker = house_worker();
	await_over(&run);
	await_over(&other);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", error_of(&run));
	ck_assert_int_eq(children_of(&run), 50);
	ck_assert_int_eq(children_of(&other), 0);
	ck_assert_str_eq(house_status(&other), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&other), "There is no such workflow"));
	house_worker_drain(worker);
}
END_TEST

/* Postgres refuses the receipt of one: its group is halved until that one is alone. */
START_TEST(a_call_that_postgres_refuses_fails_alone)
{
	struct house_flow child = callable();
	struct house_flow flow = calls_each(&child.workflow, ",\"on_error\":\"continue\"");
	struct ty_id run;
	pid_t worker;

	house_sql("CREATE FUNCTION tyboo.no_seven() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
		  "IF position('\"n\":7}' IN convert_from(NEW.body, 'UTF8')) > 0 THEN RAISE "
		  "check_violation USING MESSAGE = 'no seven'; END IF; RETURN NEW; END $$");
	house_sql("CREATE TRIGGER no_seven BEFORE INSERT ON tyboo.deliveries FOR EACH ROW "
		  "EXECUTE FUNCTION tyboo.no_seven()");
	run = house_job_items(&flow, items_of(20));
	worker = house_worker();
	await_over(&run);
	house_sql("DROP TRIGGER no_seven ON tyboo.deliveries");
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_int_eq(children_of(&run), 19);
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "no seven"));
	house_worker_drain(worker);
}
END_TEST

/* A worker dies with calls of a group in every state: the next one goes on, and no call has begun a second run. */
START_TEST(a_worker_that_dies_amid_groups_leaves_one_run_a_call)
{
	struct house_flow child = callable();
	struct house_flow flow = calls_each(&child.workflow, "");
	struct ty_id run = house_job_items(&flow, items_of(MANY));

	for (int64_t begun = 20; begun < MANY; begun += 60) {
		int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
		struct ty_queue_reaped reaped;
		pid_t worker = house_worker();

		while (children_of(&run) < begun) {
			ck_assert_int_lt(ty_time_mono_ms(), until_ms);
			ck_assert_ok(ty_queue_sync_reap(house.queue, 100, 1000, &reaped, &fx.err));
		}
		house_worker_kill(worker, SIGKILL);
	}
	house_worker();
	await_over(&run);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", error_of(&run));
	ck_assert_int_eq(children_of(&run), MANY);
	ck_assert_int_eq(
		house_count("SELECT count(DISTINCT parent_key) FROM tyboo.deliveries WHERE "
			    "parent_run_id = '%s'",
			    run.s),
		MANY);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions WHERE parent_run_id = "
				     "'%s' AND status = 'ok'",
				     run.s),
			 MANY);
}
END_TEST

HOUSE_TEST_MAIN("run call groups", 280, {
	TEST(calls_of_one_step_begin_in_groups);
	TEST(a_call_that_is_refused_keeps_no_other_of_its_group_from_beginning);
	TEST(a_call_that_postgres_refuses_fails_alone);
	TEST(a_worker_that_dies_amid_groups_leaves_one_run_a_call);
})
