/*
 * test_statics.c -- static data and real workers: kept once by runs that went well, key by key.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"
#include "json/json.h"
#include "support/patience.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define CODE(id, code)                                                                             \
	NODE(id, "core.code", "\"code\":\"const s = $getWorkflowStaticData('global'); " code "\"")

static const char counts[] =
	GRAPH(TRIGGER "," CODE("c", "s.n = (s.n || 0) + 1; return [{ n: s.n }];"),
	      EDGE("t", "main", "c"), "");
/* A key of each run's own, and one that is the same in all. */
static const char own_keys[] =
	GRAPH(TRIGGER "," CODE("c", "s['k' + $json.n] = $json.n; s.last = 'x'; return [];"),
	      EDGE("t", "main", "c"), "");
static const char holds[] =
	GRAPH(TRIGGER "," CODE("c", "s.n = (s.n || 0) + 1; return [{ n: s.n }];") "," NODE(
		      "h", "http.request", "\"url\":\"%s/hold\""),
	      EDGE("t", "main", "c") "," EDGE("c", "main", "h"), "");
static const char fails[] = GRAPH(TRIGGER "," CODE("c", "s.n = 1; return items;") "," NODE(
					  "e", "core.stop_error", "\"message\":\"no\""),
				  EDGE("t", "main", "c") "," EDGE("c", "main", "e"), "");

static const char *
kept(const struct house_flow *flow)
{
	return house_sql("SELECT value FROM tyboo.states WHERE workspace_id = '%s' AND workflow_id "
			 "= '%s' AND "
			 "kind = 'static'",
			 house.workspace.s, flow->workflow.s);
}

START_TEST(each_run_goes_on_where_the_last_one_ended)
{
	struct house_flow flow = house_flow(counts);
	pid_t worker = house_worker();
	struct ty_id run = { 0 };

	for (int i = 1; i <= 3; i++) {
		run = house_job(&flow, i);
		house_await_finished(i);
		ck_assert_str_eq(house_status(&run), "ok");
	}
	ck_assert_str_eq(kept(&flow), "{\"n\":3}");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "{\"n\":3}"));
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_run_that_failed_keeps_nothing)
{
	struct house_flow flow = house_flow(fails);
	pid_t worker = house_worker();
	struct ty_id run = house_job(&flow, 1);

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_str_eq(kept(&flow), "");
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_run_by_hand_sees_it_and_keeps_nothing)
{
	struct house_flow flow = house_flow(counts);
	pid_t worker = house_worker();
	struct ty_id run = house_job(&flow, 1), by_hand = ty_id_new();

	house_await_finished(1);
	house_job_as(
		&flow, &by_hand,
		ty_arena_printf(
			fx.arena,
			"{\"v\":1,\"run_id\":\"%s\",\"workspace_id\":\"%s\",\"workflow_id\":\"%s\","
			"\"version_id\":\"%s\",\"start_node\":\"\",\"mode\":\"manual\",\"accepted_"
			"at_ms\":"
			"%lld,\"items\":[{\"json\":{}}]}",
			by_hand.s, house.workspace.s, flow.workflow.s, flow.version.s,
			(long long)ty_time_now_ms()));
	house_await_finished(2);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_str_eq(house_status(&by_hand), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&by_hand), "{\"n\":2}"));
	ck_assert_str_eq(kept(&flow), "{\"n\":1}");
	house_worker_drain(worker);
}
END_TEST

/* However they overlap, no run loses a key of another. */
START_TEST(runs_at_a_time_keep_each_others_keys)
{
	struct house_flow flow = house_flow(own_keys);
	pid_t workers[2];

	for (int i = 0; i < 24; i++)
		(void)house_job(&flow, i);
	for (size_t i = 0; i < 2; i++)
		workers[i] = house_worker();
	house_await_finished(24);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.states s, "
				     "json_object_keys(s.value::json) WHERE "
				     "s.workspace_id = '%s' AND s.kind = 'static'",
				     house.workspace.s),
			 25);
	for (size_t i = 0; i < 2; i++)
		house_worker_drain(workers[i]);
}
END_TEST

/* The second worker computes with what the first one found, and not with what is there by then. */
START_TEST(who_takes_a_run_over_computes_with_what_it_began_with)
{
	struct house_flow flow = house_flow(holds);
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;

	house_await_hits("/hold", 1);
	house_worker_kill(first, SIGKILL);
	house_sql("INSERT INTO tyboo.states (workspace_id, id, kind, workflow_id, key, value, "
		  "version) VALUES ('%s', "
		  "gen_random_uuid(), 'static', '%s', 'static data', '{\"n\":70,\"m\":1}', 1) "
		  "RETURNING 1",
		  house.workspace.s, flow.workflow.s);
	second = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold", 2);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "{\"n\":1}"));
	/* Of the key that both have changed the later run's value counts; the other one stays. */
	ck_assert_str_eq(kept(&flow), "{\"n\":1,\"m\":1}");
	house_worker_drain(second);
}
END_TEST

/* Killed when it is kept and the run is not recorded: the next worker keeps nothing twice. */
START_TEST(a_worker_that_is_killed_before_the_record_has_kept_once)
{
	struct house_flow flow = house_flow(counts);
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
	pid_t first, second;
	struct ty_id run;

	house_sql("CREATE OR REPLACE FUNCTION tyboo.hold_record() RETURNS trigger LANGUAGE plpgsql "
		  "AS $$ BEGIN "
		  "RAISE cannot_connect_now; END $$");
	house_sql("CREATE TRIGGER hold_record BEFORE INSERT OR UPDATE ON tyboo.executions FOR EACH "
		  "ROW WHEN "
		  "(NEW.finished_at IS NOT NULL) EXECUTE FUNCTION tyboo.hold_record()");
	run = house_job(&flow, 1);
	first = house_worker();
	while (strcmp(kept(&flow), "") == 0) {
		ck_assert_msg(ty_time_mono_ms() < give_up_ms, "nothing was kept");
		usleep(5000);
	}
	house_worker_kill(first, SIGKILL);
	/* Its trigger stays, because a drop would wait for every writer. */
	house_sql("CREATE OR REPLACE FUNCTION tyboo.hold_record() RETURNS trigger LANGUAGE plpgsql "
		  "AS $$ BEGIN "
		  "RETURN NEW; END $$");
	second = house_worker();
	house_reap(1, 8);
	house_await_finished(1);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s",
		      house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run.s));
	ck_assert_str_eq(kept(&flow), "{\"n\":1}");
	ck_assert_str_eq(house_sql("SELECT version FROM tyboo.states WHERE workspace_id = '%s'",
				   house.workspace.s),
			 "1");
	house_worker_drain(second);
}
END_TEST

START_TEST(a_run_whose_data_is_refused_ends_with_that_error)
{
	struct house_flow flow = house_flow(counts);
	pid_t worker = house_worker();
	struct ty_id run;

	house_sql("UPDATE tyboo.workspaces SET state_bytes_max = 3 WHERE id = '%s' RETURNING 1",
		  house.workspace.s);
	run = house_job(&flow, 1);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_ptr_nonnull(
		strstr(house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run.s),
		       "state_bytes_max"));
	ck_assert_str_eq(kept(&flow), "");
	house_worker_drain(worker);
}
END_TEST

/* A run that was put down goes on with what it had changed. */
START_TEST(a_run_that_is_put_down_goes_on_with_what_it_has_changed)
{
	struct house_flow flow = house_flow(GRAPH(
		TRIGGER "," CODE("a", "s.n = 5; return items;") "," NODE(
			"w", "core.wait",
			"\"amount\":6,\"unit\":\"seconds\"") "," CODE("b", "s.n++; return [{ n: "
									   "s.n }];"),
		EDGE("t", "main", "a") "," EDGE("a", "main", "w") "," EDGE("w", "main", "b"), ""));
	pid_t worker = house_worker();
	struct ty_id run = house_job(&flow, 1);

	house_await_status(&run, "waiting");
	while (house_push_due() == 0)
		usleep(20000);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "{\"n\":6}"));
	ck_assert_str_eq(kept(&flow), "{\"n\":6}");
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.statics", 90, {
	TEST(each_run_goes_on_where_the_last_one_ended);
	TEST(a_run_that_failed_keeps_nothing);
	TEST(a_run_by_hand_sees_it_and_keeps_nothing);
	TEST(runs_at_a_time_keep_each_others_keys);
	TEST(who_takes_a_run_over_computes_with_what_it_began_with);
	TEST(a_worker_that_is_killed_before_the_record_has_kept_once);
	TEST(a_run_whose_data_is_refused_ends_with_that_error);
	TEST(a_run_that_is_put_down_goes_on_with_what_it_has_changed);
})
