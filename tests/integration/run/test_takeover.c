/*
 * test_takeover.c -- workers that die, hang or are told to end, and what becomes of their runs.
 *
 * What happened is counted at the sink, not by our own status.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"
#include "json/json.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A finished effect, then one that is under way. */
#define TWO_CALLS(second)                                                                          \
	GRAPH(TRIGGER "," NODE(                                                                    \
		      "first", "http.request",                                                     \
		      "\"method\":\"POST\",\"url\":\"%s/first\"") "," NODE("second",               \
									   "http.request",         \
									   second) "," NODE("end", \
											    "core" \
											    ".noo" \
											    "p",   \
											    ""),   \
	      EDGE("t", "main", "first") "," EDGE("first", "main",                                 \
						  "second") "," EDGE("second", "main", "end"),     \
	      "")

#define HOLD "\"url\":\"%s/hold\""

static const char hold_get[] = TWO_CALLS(HOLD);
static const char quick[] =
	GRAPH(TRIGGER "," NODE("end", "core.noop", ""), EDGE("t", "main", "end"), "");

static const struct {
	const char *graph;
	size_t hits; /* of the second call, in all */
	const char *status, *code;
} doubt_cases[] = {
	{ TWO_CALLS(HOLD), 2, "ok", "" },
	{ TWO_CALLS(HOLD ",\"method\":\"PUT\""), 2, "ok", "" },
	{ TWO_CALLS(HOLD ",\"method\":\"POST\""), 1, "error", "in_doubt" },
	{ TWO_CALLS(HOLD ",\"method\":\"POST\",\"repeat_in_doubt\":\"always\""), 2, "ok", "" },
	{ TWO_CALLS(HOLD ",\"repeat_in_doubt\":\"never\""), 1, "error", "in_doubt" },
};

START_TEST(a_killed_workers_run_goes_on_and_repeats_no_finished_effect)
{
	struct house_flow flow = house_flow(doubt_cases[_i].graph);
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;

	house_await_hits("/hold", 1);
	house_worker_kill(first, SIGKILL);
	second = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold", doubt_cases[_i].hits);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), doubt_cases[_i].status);
	ck_assert_str_eq(house_sql("SELECT error::json->>'code' FROM tyboo.executions"
				   " WHERE id = '%s'",
				   run.s),
			 doubt_cases[_i].code);
	ck_assert_uint_eq(house_hits("/first"), 1);
	ck_assert_uint_eq(house_hits("/hold"), doubt_cases[_i].hits);
	for (size_t i = 0; i < doubt_cases[_i].hits; i++)
		ck_assert_str_eq(house_hit("/hold", i)->idempotency_key,
				 house_hit("/hold", 0)->idempotency_key);
	ck_assert_str_ne(house_hit("/hold", 0)->idempotency_key,
			 house_hit("/first", 0)->idempotency_key);
	ck_assert_int_eq(
		house_count("SELECT deliveries FROM tyboo.executions WHERE id = '%s'", run.s), 2);
	house_worker_drain(second);
}
END_TEST

/* Stopped by the first worker's sandbox; the second has none, and needs none: it is told. */
START_TEST(code_that_was_stopped_stays_stopped_where_the_run_is_taken_over)
{
	struct house_flow flow = house_flow(
		GRAPH(TRIGGER ",{\"id\":\"c\",\"name\":\"c\",\"type\":\"core.code\",\"version\":1,"
			      "\"on_error\":\"continue\",\"params\":{\"code\":\"for (;;) {}\","
			      "\"timeout_ms\":100}}," NODE("second", "http.request", HOLD),
		      EDGE("t", "main", "c") "," EDGE("c", "main", "second"), ""));
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;

	house_await_hits("/hold", 1);
	house_worker_kill(first, SIGKILL);
	house_conf("sandbox_path = /nonexistent/tyboo-sandbox\n");
	second = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold", 2);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "The code ran for more than 100 ms"));
	ck_assert_ptr_null(strstr(house_steps(&run), "cannot be started"));
	house_worker_drain(second);
}
END_TEST

/* The variable changes while the first worker has the run: the second goes on with what that saw. */
START_TEST(who_takes_a_run_over_sees_the_variables_that_it_began_with)
{
	struct house_flow flow = house_flow(
		GRAPH(TRIGGER "," NODE("first", "http.request", HOLD) "," NODE(
			      "second", "http.request", "\"url\":\"=%s/{{ $vars.region }}\""),
		      EDGE("t", "main", "first") "," EDGE("first", "main", "second"), ""));
	pid_t first, second;
	struct ty_id run;

	house_sql("INSERT INTO tyboo.variables (workspace_id, id, name, value) VALUES ('%1$s', "
		  "'%1$s', "
		  "'region', 'eu') RETURNING 1",
		  house.workspace.s);
	run = house_job(&flow, 1);
	first = house_worker();
	house_await_hits("/hold", 1);
	house_sql("UPDATE tyboo.variables SET value = 'us' WHERE workspace_id = '%s' RETURNING 1",
		  house.workspace.s);
	house_worker_kill(first, SIGKILL);
	second = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold", 2);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/eu"), 1);
	ck_assert_uint_eq(house_hits("/us"), 0);
	house_worker_drain(second);
}
END_TEST

/* The first worker sleeps over its lease, wakes up with its answer and may keep nothing. */
START_TEST(who_lost_the_lease_records_nothing)
{
	struct house_flow flow = house_flow(hold_get);
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;
	const char *worker;

	house_await_hits("/hold", 1);
	house_worker_kill(first, SIGSTOP);
	second = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold", 2);
	house_sink_open();
	house_await_finished(1);
	house_worker_kill(first, SIGCONT);
	house_worker_drain(first);
	house_worker_drain(second);
	worker = house_sql("SELECT worker FROM tyboo.executions WHERE id = '%s'", run.s);
	ck_assert_ptr_nonnull(strchr(worker, ':'));
	ck_assert_int_eq(strtol(strchr(worker, ':') + 1, NULL, 10), second);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert(house_log_has("recorded=0"));
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.usage_events WHERE run_id = '%s'", run.s),
		1);
}
END_TEST

START_TEST(a_run_that_was_recorded_but_not_released_is_not_run_again)
{
	struct house_flow flow = house_flow(hold_get);
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;
	struct ty_queue_stats stats = { .leased = 1 };
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	house_await_hits("/hold", 1);
	/* As if it had died between the two: the row says finished, Redis says leased. */
	house_worker_kill(first, SIGKILL);
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode,"
		  " status, fence, accepted_at, started_at, finished_at) VALUES ('%s', '%s', '%s',"
		  " '%s', 'api', 'ok', 1, now(), now(), now()) ON CONFLICT (id) DO UPDATE SET"
		  " status = 'ok', finished_at = now()",
		  house.workspace.s, run.s, flow.workflow.s, flow.version.s);
	second = house_worker();
	house_reap(1, 8);
	while (stats.leased + stats.ready > 0 && ty_time_mono_ms() < give_up_ms)
		ck_assert_ok(ty_queue_sync_stats(house.queue, &stats, &fx.err));
	ck_assert_int_eq(stats.leased + stats.ready, 0);
	ck_assert_uint_eq(house_hits("/hold"), 1);
	house_worker_drain(second);
}
END_TEST

START_TEST(a_job_that_kills_its_workers_is_buried_and_others_go_on)
{
	struct house_flow flow = house_flow(hold_get), good = house_flow(quick);
	struct ty_id run = house_job(&flow, 1), other;
	struct ty_dead *dead;
	size_t count;
	pid_t worker;

	for (size_t i = 1; i <= 2; i++) {
		worker = house_worker();
		house_await_hits("/hold", i);
		house_worker_kill(worker, SIGKILL);
		house_reap(1, 2);
	}
	other = house_job(&good, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&other), "ok");
	house_worker_drain(worker);
	ck_assert_uint_eq(house_hits("/hold"), 2);
	ck_assert_ok(ty_queue_sync_dead(house.queue, fx.arena, 10, &dead, &count, &fx.err));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(dead[0].run_id.s, run.s);
}
END_TEST

/* ---- SIGTERM ---- */

START_TEST(a_drain_lets_runs_finish_and_takes_no_more)
{
	struct house_flow flow = house_flow(hold_get), good = house_flow(quick);
	struct ty_id run = house_job(&flow, 1), later;
	struct ty_queue_stats stats;
	pid_t worker = house_worker();
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	house_await_hits("/hold", 1);
	house_worker_kill(worker, SIGTERM);
	while (!house_log_has("draining") && ty_time_mono_ms() < give_up_ms)
		usleep(1000);
	later = house_job(&good, 1);
	house_sink_open();
	ck_assert_int_eq(house_worker_wait(worker), 0);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_str_eq(house_status(&later), "");
	ck_assert_ok(ty_queue_sync_stats(house.queue, &stats, &fx.err));
	ck_assert_int_eq(stats.ready, 1);
	ck_assert_int_eq(stats.leased, 0);
}
END_TEST

/* With a drain that is over at once, or a second signal. */
START_TEST(what_cannot_finish_in_time_is_handed_back_uncounted)
{
	struct house_flow flow = house_flow(hold_get);
	struct ty_id run;
	pid_t first, second;
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	house_conf(_i == 0 ? "drain_ms = 50\n" : "drain_ms = 3600000\n");
	run = house_job(&flow, 1);
	first = house_worker();
	house_await_hits("/hold", 1);
	house_worker_kill(first, SIGTERM);
	if (_i == 1) {
		while (!house_log_has("draining") && ty_time_mono_ms() < give_up_ms)
			usleep(1000);
		house_worker_kill(first, SIGTERM);
	}
	ck_assert_int_eq(house_worker_wait(first), 0);
	second = house_worker();
	house_await_hits("/hold", 2);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/first"), 1);
	ck_assert_int_eq(
		house_count("SELECT deliveries FROM tyboo.executions WHERE id = '%s'", run.s), 1);
	house_worker_drain(second);
}
END_TEST

START_TEST(an_instance_runs_once)
{
	pid_t first, second;
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	setenv("TYBOO_INSTANCE", "7", 1);
	first = house_worker();
	while (!house_log_has("started") && ty_time_mono_ms() < give_up_ms)
		usleep(1000);
	second = house_worker();
	ck_assert_int_eq(house_worker_wait(second), 3);
	ck_assert(house_log_has("runs already"));
	house_worker_drain(first);
}
END_TEST

static const struct {
	const char *settings, *text;
} conf_cases[] = {
	{ "database_url =\n", "database_url is not set" },
	{ "redis_url =\n", "redis_url is not set" },
	{ "heartbeat_ms = 20000\n", "more than half of lease_ms" },
	{ "http_allow = nonsense\n", "nonsense" },
	{ "http_ca_file = /nonexistent/ca.pem\n", "/nonexistent/ca.pem" },
	{ "log_level = loud\n", "loud" },
	{ "colour = blue\n", "colour" },
};

START_TEST(a_wrong_setting_is_named)
{
	pid_t worker;

	house_conf(conf_cases[_i].settings);
	worker = house_worker();
	ck_assert_int_eq(house_worker_wait(worker), 1);
	ck_assert(house_log_has(conf_cases[_i].text));
}
END_TEST

HOUSE_TEST_MAIN("run.takeover", 90, {
	TEST_LOOP(a_killed_workers_run_goes_on_and_repeats_no_finished_effect, doubt_cases);
	TEST(code_that_was_stopped_stays_stopped_where_the_run_is_taken_over);
	TEST(who_takes_a_run_over_sees_the_variables_that_it_began_with);
	TEST(who_lost_the_lease_records_nothing);
	TEST(a_run_that_was_recorded_but_not_released_is_not_run_again);
	TEST(a_job_that_kills_its_workers_is_buried_and_others_go_on);
	TEST(a_drain_lets_runs_finish_and_takes_no_more);
	tcase_add_loop_test(tc, what_cannot_finish_in_time_is_handed_back_uncounted, 0, 2);
	TEST(an_instance_runs_once);
	TEST_LOOP(a_wrong_setting_is_named, conf_cases);
})
