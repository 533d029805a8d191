/*
 * test_outages.c -- Postgres and Redis killed, started again and emptied in the middle of runs.
 *
 * Each run must be recorded once: a row, its steps and its usage; and each effect be made as
 * often as the sink counted it for a run that met no trouble: once.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RUNS 20

static const char holds[] =
	GRAPH(TRIGGER
	      "," NODE("get", "http.request",
		       "\"method\":\"POST\",\"url\":\"%s/hold\"") "," NODE("end", "core.noop", ""),
	      EDGE("t", "main", "get") "," EDGE("get", "main", "end"), "");

/* RUNS runs that wait for the sink. */
static pid_t
begin(void)
{
	struct house_flow flow = house_flow(holds);
	pid_t worker;

	for (int i = 0; i < RUNS; i++)
		house_job(&flow, i);
	worker = house_worker();
	house_await_hits("/hold", RUNS);
	return worker;
}

static void
each_is_recorded_once(void)
{
	house_await_finished(RUNS);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions e JOIN"
				     " tyboo.execution_data d USING (id) JOIN tyboo.usage_events u"
				     " ON u.run_id = e.id WHERE e.workspace_id = '%s' AND"
				     " e.status = 'ok'",
				     house.workspace.s),
			 RUNS);
	ck_assert_uint_eq(house_hits("/hold"), RUNS);
}

static void
await_log(const char *text)
{
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	while (!house_log_has(text) && ty_time_mono_ms() < give_up_ms)
		usleep(1000);
	ck_assert_msg(house_log_has(text), "the log never says %s", text);
}

static int64_t
jobs_known(void)
{
	struct ty_queue_stats stats;

	ck_assert_ok(ty_queue_sync_stats(house.queue, &stats, &fx.err));
	return stats.ready + stats.leased + stats.delayed + stats.waiting + stats.dead;
}

START_TEST(postgres_killed_while_runs_wait)
{
	pid_t worker = begin();

	svc_postgres_kill9(&house_services);
	await_log("Postgres is away");
	house_sink_open();
	svc_postgres_start(&house_services);
	each_is_recorded_once();
	house_worker_drain(worker);
	ck_assert_int_eq(jobs_known(), 0);
}
END_TEST

/* No job is leased while it is away; none is lost. */
START_TEST(postgres_away_keeps_jobs_in_the_queue)
{
	struct house_flow flow = house_flow(holds);
	pid_t worker = house_worker();

	house_sink_open();
	await_log("connected to Postgres");
	svc_postgres_kill9(&house_services);
	await_log("Postgres is away");
	for (int i = 0; i < RUNS; i++)
		house_job(&flow, i);
	svc_postgres_start(&house_services);
	each_is_recorded_once();
	house_worker_drain(worker);
	ck_assert_int_eq(jobs_known(), 0);
}
END_TEST

START_TEST(redis_killed_while_runs_wait)
{
	pid_t worker = begin();

	svc_redis_kill9(&house_services);
	await_log("Redis is away");
	house_sink_open();
	each_is_recorded_once();
	svc_redis_start(&house_services);
	/* Its file still has the leases; they run out and whoever gets them finds them done. */
	house_reap(1, 8);
	while (jobs_known() > 0) {
		struct ty_queue_reaped reaped;

		ck_assert_ok(ty_queue_sync_reap(house.queue, 8, 1000, &reaped, &fx.err));
		usleep(1000);
	}
	each_is_recorded_once();
	house_worker_drain(worker);
}
END_TEST

START_TEST(redis_emptied_while_runs_wait)
{
	pid_t worker = begin();
	redisContext *redis = redisConnectUnix(house_services.redis_url + strlen("unix:"));
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	freeReplyObject(redisCommand(redis, "FLUSHALL"));
	redisFree(redis);
	/* The next heartbeat puts the leases back. */
	while (jobs_known() < RUNS && ty_time_mono_ms() < give_up_ms)
		usleep(1000);
	ck_assert_int_eq(jobs_known(), RUNS);
	house_sink_open();
	each_is_recorded_once();
	house_worker_drain(worker);
	ck_assert_int_eq(jobs_known(), 0);
}
END_TEST

static const struct {
	const char *function, *log;
} odd_cases[] = {
	{ "record_runs", "cannot record for now" },
	{ "journal", "cannot journal for now" },
};

/* All functions of that name: the release before may call one with other parameters. */
static void
rename_functions(const char *from, const char *to)
{
	house_sql("DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid FROM pg_proc "
		  "WHERE pronamespace = 'tyboo'::regnamespace AND proname = '%s' LOOP "
		  "EXECUTE format('ALTER FUNCTION %%s RENAME TO %%I', f, '%s'); END LOOP; END $$",
		  from, to);
}

/* A release whose migration is still to come: nothing is given up meanwhile. */
START_TEST(a_function_that_is_missing_for_a_moment_is_waited_for)
{
	pid_t worker;

	house_sink_open();
	rename_functions(odd_cases[_i].function, "gone");
	worker = house_worker();
	for (int i = 0; i < RUNS; i++) {
		struct house_flow flow = house_flow(holds);

		house_job(&flow, i);
	}
	await_log(odd_cases[_i].log);
	rename_functions("gone", odd_cases[_i].function);
	each_is_recorded_once();
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_drain_ends_while_both_are_away)
{
	pid_t worker;

	house_conf("drain_ms = 50\n");
	worker = begin();
	svc_redis_kill9(&house_services);
	svc_postgres_kill9(&house_services);
	house_worker_drain(worker);
	svc_redis_start(&house_services);
	svc_postgres_start(&house_services);
}
END_TEST

START_TEST(a_store_that_cannot_be_reached_from_the_start_is_told_of_with_the_reason)
{
	pid_t worker;

	svc_postgres_kill9(&house_services);
	house_conf("redis_url = unix:/nonexistent/redis.sock\n");
	worker = house_worker();
	await_log("why=\"connection to server");
	await_log("why=\"no such file or directory");
	svc_postgres_start(&house_services);
	await_log("connected to Postgres");
	house_worker_drain(worker);
}
END_TEST

/* Records and pieces have a connection of their own, and so has the journal. */
START_TEST(a_record_that_is_held_up_holds_up_no_effect)
{
	struct house_flow quick = house_flow(
		GRAPH(TRIGGER "," NODE("end", "core.noop", ""), EDGE("t", "main", "end"), ""));
	struct house_flow call =
		house_flow(GRAPH(TRIGGER "," NODE("call", "http.request",
						  "\"method\":\"POST\",\"url\":\"%s/effect\""),
				 EDGE("t", "main", "call"), ""));
	struct ty_store *store = ty_store_new(house_services.owner_database_url, 1, "test");
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
	struct ty_tx *tx;
	pid_t worker;

	ck_assert_ok(ty_tx_begin(store, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_tx_exec(tx, "LOCK TABLE tyboo.execution_data IN ACCESS EXCLUSIVE MODE",
				NULL, 0, &fx.err));
	house_job(&quick, 1);
	worker = house_worker();
	while (house_count("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	house_job(&call, 1);
	house_await_hits("/effect", 1);
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM pg_stat_activity WHERE application_name = "
			    "'tyboo-run'"),
		3);
	ty_tx_rollback(tx);
	ty_store_free(store);
	house_await_finished(2);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.outages", 120, {
	TEST(postgres_killed_while_runs_wait);
	TEST(postgres_away_keeps_jobs_in_the_queue);
	TEST(redis_killed_while_runs_wait);
	TEST(redis_emptied_while_runs_wait);
	TEST_LOOP(a_function_that_is_missing_for_a_moment_is_waited_for, odd_cases);
	TEST(a_record_that_is_held_up_holds_up_no_effect);
	TEST(a_drain_ends_while_both_are_away);
	TEST(a_store_that_cannot_be_reached_from_the_start_is_told_of_with_the_reason);
})
