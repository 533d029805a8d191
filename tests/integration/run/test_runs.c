/*
 * test_runs.c -- jobs through to recorded runs, by a real tyboo-run.
 */
#include "graphs.h"
#include "house.h"

#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* trigger -> set -> if -> code -> noop */
static const char five_nodes[] = GRAPH(
	TRIGGER "," NODE(
		"set", "core.set",
		"\"include_other\":true,\"assignments\":[{\"name\":\"twice\",\"type\":"
		"\"number\",\"value\":\"={{ $json.n * 2 }}\"}]") "," NODE("if", "core.if",
									  "\"condition\":\"={"
									  "{ $json.twice >= "
									  "0 }}\"") "," NODE("code",
											     "core."
											     "code",
											     "\"cod"
											     "e\":"
											     "\"ret"
											     "urn "
											     "$inpu"
											     "t."
											     "all()"
											     ".map("
											     "i => "
											     "({ "
											     "thric"
											     "e: "
											     "i."
											     "json."
											     "n * "
											     "3 "
											     "}));"
											     "\"") "," NODE("end",
													    "core.noop",
													    ""),
	EDGE("t", "main", "set") "," EDGE("set", "main", "if") "," EDGE(
		"if", "true", "code") "," EDGE("code", "main", "end"),
	"");

static const char one_http[] = GRAPH(TRIGGER "," NODE("get", "http.request", "\"url\":\"%s/a\""),
				     EDGE("t", "main", "get"), "");

static const char one_hold[] = GRAPH(TRIGGER "," NODE("get", "http.request", "\"url\":\"%s/hold\""),
				     EDGE("t", "main", "get"), "");

static const char fails[] =
	GRAPH(TRIGGER "," NODE("stop", "core.stop_error", "\"message\":\"That will not do\""),
	      EDGE("t", "main", "stop"), "");

START_TEST(a_job_becomes_a_recorded_run_with_every_step)
{
	struct house_flow flow = house_flow(five_nodes);
	struct ty_id run = house_job(&flow, 7);
	pid_t worker = house_worker();
	json_t *steps;

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ok(ty_json_parse(fx.arena, house_steps(&run), strlen(house_steps(&run)), &steps,
				   &fx.err));
	ck_assert_uint_eq(json_array_size(steps), 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_str_eq(ty_json_str(json_array_get(steps, i), "status", ""), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"twice\":14"));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"thrice\":21"));
	ck_assert_int_eq(
		house_count("SELECT step_count FROM tyboo.executions WHERE id = '%s'", run.s), 5);
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.usage_events WHERE run_id = '%s'", run.s),
		1);
	house_worker_drain(worker);
}
END_TEST

static int64_t
jobs_known(void)
{
	struct ty_queue_stats stats;

	ck_assert_ok(ty_queue_sync_stats(house.queue, &stats, &fx.err));
	return stats.ready + stats.leased + stats.delayed + stats.waiting + stats.dead;
}

/* Their rows share transactions: fewer than one for every four runs. */
START_TEST(five_hundred_jobs_are_recorded_in_batches_and_given_back)
{
	struct house_flow flow = house_flow(
		GRAPH(TRIGGER "," NODE("end", "core.noop", ""), EDGE("t", "main", "end"), ""));
	pid_t worker;

	for (int i = 0; i < 500; i++)
		house_job(&flow, i);
	worker = house_worker();
	house_await_finished(500);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id ="
				     " '%s' AND status = 'ok'",
				     house.workspace.s),
			 500);
	ck_assert_int_lt(house_count("SELECT count(DISTINCT xmin::text) FROM tyboo.executions"
				     " WHERE workspace_id = '%s'",
				     house.workspace.s),
			 125);
	house_worker_drain(worker);
	ck_assert_int_eq(jobs_known(), 0);
}
END_TEST

/* Many wait for the sandbox at once: each gets the answer to its own question. */
START_TEST(no_run_gets_the_answer_of_another)
{
	struct house_flow flow = house_flow(five_nodes);
	struct ty_id runs[100];
	pid_t worker;

	for (int i = 0; i < 100; i++)
		runs[i] = house_job(&flow, i);
	worker = house_worker();
	house_await_finished(100);
	for (int i = 0; i < 100; i++) {
		const char *steps = house_steps(&runs[i]);

		ck_assert_ptr_nonnull(
			strstr(steps, ty_arena_printf(fx.arena, "\"twice\":%d}", i * 2)));
		ck_assert_ptr_nonnull(
			strstr(steps, ty_arena_printf(fx.arena, "\"thrice\":%d}", i * 3)));
	}
	house_worker_drain(worker);
}
END_TEST

START_TEST(an_effect_is_journaled_with_its_key_and_its_answer)
{
	struct house_flow flow = house_flow(one_http);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/a"), 1);
	ck_assert_str_eq(house_sql("SELECT idempotency_key FROM tyboo.effects WHERE run_id = '%s'"
				   " AND key = 'get/1/0' AND answer IS NOT NULL",
				   run.s),
			 house_hit("/a", 0)->idempotency_key);
	ck_assert_uint_eq(strlen(house_hit("/a", 0)->idempotency_key), 32);
	house_worker_drain(worker);
}
END_TEST

static const struct {
	const char *save;
	bool fails, kept;
} save_cases[] = {
	{ "all", false, true },	  { "all", true, true },    { "errors", false, false },
	{ "errors", true, true }, { "none", false, false }, { "none", true, false },
};

START_TEST(steps_are_kept_as_the_workflow_says)
{
	const char *graph = save_cases[_i].fails ? fails : one_http;
	const char *settings = strstr(graph, "\"settings\":{");
	struct house_flow flow =
		house_flow(ty_arena_printf(fx.arena, "%.*s\"settings\":{\"save\":\"%s\"}}",
					   (int)(settings - graph), graph, save_cases[_i].save));
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), save_cases[_i].fails ? "error" : "ok");
	ck_assert_int_eq(strcmp(house_steps(&run), "[]") != 0, save_cases[_i].kept);
	ck_assert_int_eq(
		house_count("SELECT step_count FROM tyboo.executions WHERE id = '%s'", run.s), 2);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions WHERE id = '%s' AND"
				     " error LIKE '%%That will not do%%'",
				     run.s),
			 save_cases[_i].fails);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_large_value_goes_into_the_payload_store)
{
	struct house_flow flow = house_flow(
		GRAPH(TRIGGER "," NODE("end", "core.noop", ""), EDGE("t", "main", "end"), ""));
	size_t size = TY_LIMIT_INLINE_VALUE_BYTES + 1;
	char *big = ty_arena_alloc(fx.arena, size + 1);
	struct ty_id run;
	pid_t worker;

	memset(big, 'x', size);
	run = house_job_items(&flow,
			      ty_arena_printf(fx.arena, "[{\"json\":{\"big\":\"%s\"}}]", big));
	worker = house_worker();
	house_await_finished(1);
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"$payload\""));
	ck_assert_ptr_null(strstr(house_steps(&run), "xxxx"));
	ck_assert_int_eq(house_count("SELECT size_bytes FROM tyboo.payloads WHERE workspace_id ="
				     " '%s' AND kind = 'string'",
				     house.workspace.s),
			 (int64_t)size);
	house_worker_drain(worker);
}
END_TEST

static const struct {
	const char *payload, *message;
} broken_cases[] = {
	{ "{", "cannot be read" },
	{ "[]", "no version" },
	{ "{\"v\":1,\"run_id\":\"x\"}", "names another run" },
};

/* The API makes such a job of a delivery that would take too much memory as a tree. */
START_TEST(a_job_of_too_many_values_ends_with_their_number)
{
	struct house_flow flow = house_flow(one_http);
	struct ty_id run = house_job_items(&flow, "[],\"values\":5592405");
	pid_t worker = house_worker();
	const char *error;

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	error = house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run.s);
	ck_assert_ptr_nonnull(strstr(error, "limit"));
	ck_assert_ptr_nonnull(strstr(error, "holds 5592405 JSON values"));
	house_worker_drain(worker);
}
END_TEST

/* The next job runs: a broken one stops nothing. */
START_TEST(a_broken_job_is_recorded_as_an_error)
{
	struct house_flow flow = house_flow(one_http);
	struct ty_id broken = house_job_raw(&flow, broken_cases[_i].payload);
	struct ty_id whole = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_finished(2);
	ck_assert_str_eq(house_status(&broken), "error");
	ck_assert_ptr_nonnull(
		strstr(house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", broken.s),
		       broken_cases[_i].message));
	ck_assert_str_eq(house_status(&whole), "ok");
	house_worker_drain(worker);
	ck_assert_int_eq(jobs_known(), 0);
}
END_TEST

START_TEST(a_job_of_a_later_version_is_handed_back)
{
	struct house_flow flow = house_flow(one_http);
	struct ty_queue_stats stats = { 0 };
	struct ty_id whole;
	pid_t worker;

	house_job_raw(&flow, "{\"v\":99}");
	whole = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&whole), "ok");
	house_worker_drain(worker);
	ck_assert_ok(ty_queue_sync_stats(house.queue, &stats, &fx.err));
	ck_assert_int_eq(stats.delayed, 1);
	ck_assert_int_eq(stats.leased, 0);
}
END_TEST

static const struct {
	const char *graph, *code; /* graph NULL: the version is not there */
} unloadable[] = {
	{ NULL, "not_found" },
	{ "{\"nodes\":[],\"edges\":[{\"from\":\"a\",\"to\":\"b\"}]}", "invalid" },
	{ "not JSON", "invalid" },
	/* It was published, and what brought a node of it has gone. */
	{ "{\"nodes\":[{\"id\":\"m\",\"type\":\"core.manual\"},{\"id\":\"gone\",\"type\":\"acme."
	  "gone\"}],"
	  "\"edges\":[{\"from\":\"m\",\"to\":\"gone\"}]}",
	  "invalid" },
};

START_TEST(a_workflow_that_does_not_load_is_an_error)
{
	struct house_flow flow =
		house_flow(unloadable[_i].graph != NULL ? unloadable[_i].graph : "{}");
	struct ty_id run;
	pid_t worker = house_worker();

	if (unloadable[_i].graph == NULL)
		flow.version = ty_id_new();
	run = house_job(&flow, 1);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_str_eq(
		house_sql("SELECT error::json->>'code' FROM tyboo.executions WHERE id = '%s'",
			  run.s),
		unloadable[_i].code);
	house_worker_drain(worker);
}
END_TEST

/* Refuse rows of one workflow: with a digest (a whole record), or all of them. */
static void
refuse(const struct house_flow *flow, const char *when)
{
	house_sql(
		"DO $do$ BEGIN CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE"
		" plpgsql AS 'BEGIN IF NEW.workflow_id = ''%s'' AND %s THEN RAISE"
		" check_violation USING MESSAGE = ''refused by the test''; END IF; RETURN NEW;"
		" END'; CREATE OR REPLACE TRIGGER refuse BEFORE INSERT OR UPDATE ON"
		" tyboo.executions FOR EACH ROW EXECUTE FUNCTION public.refuse(); END $do$",
		flow->workflow.s, when);
}

START_TEST(a_record_that_is_refused_becomes_an_error_and_keeps_no_other_waiting)
{
	struct house_flow good = house_flow(one_http), bad = house_flow(one_http);
	struct ty_id run;
	pid_t worker;

	refuse(&bad, "NEW.digest IS NOT NULL");
	for (int i = 0; i < 20; i++)
		house_job(&good, i);
	run = house_job(&bad, 1);
	for (int i = 0; i < 20; i++)
		house_job(&good, i);
	worker = house_worker();
	house_await_finished(41);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_ptr_nonnull(
		strstr(house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run.s),
		       "its record was refused"));
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_run_that_cannot_be_recorded_at_all_is_buried)
{
	struct house_flow good = house_flow(one_http), bad = house_flow(one_http);
	struct ty_dead *dead;
	struct ty_id run;
	size_t count;
	pid_t worker;

	refuse(&bad, "true");
	run = house_job(&bad, 1);
	house_job(&good, 1);
	worker = house_worker();
	house_await_finished(1);
	house_worker_drain(worker);
	ck_assert_ok(ty_queue_sync_dead(house.queue, fx.arena, 10, &dead, &count, &fx.err));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(dead[0].run_id.s, run.s);
	ck_assert_ptr_nonnull(strstr(dead[0].reason, "refused by the test"));
}
END_TEST

static void
await_running(const struct ty_id *run)
{
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	while (strcmp(house_status(run), "running") != 0 && ty_time_mono_ms() < give_up_ms)
		usleep(10000);
	ck_assert_str_eq(house_status(run), "running");
}

START_TEST(a_run_that_lasts_is_shown_as_running)
{
	struct house_flow flow = house_flow(one_hold);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	await_running(&run);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	house_worker_drain(worker);
}
END_TEST

/* What a run does until it is canceled, for 30 s at most. */
static const char *const lasting[] = {
	GRAPH(TRIGGER "," NODE("get", "http.request", "\"url\":\"%s/hold\""),
	      EDGE("t", "main", "get"), ""),
	GRAPH(TRIGGER
	      "," NODE("code", "core.code", "\"code\":\"for (;;) {}\",\"timeout_ms\":30000"),
	      EDGE("t", "main", "code"), ""),
};

static void
cancel(const struct ty_id *run)
{
	bool found;

	ck_assert_ok(ty_queue_sync_cancel(house.queue, run, &found, &fx.err));
	ck_assert(found);
}

/* No heartbeat will come while this test waits: it is the message that ends the run. */
START_TEST(a_cancel_is_heard_at_once)
{
	struct house_flow flow = house_flow(lasting[_i]), good = house_flow(five_nodes);
	struct ty_id run, other;
	int64_t begun_ms;
	pid_t worker;

	house.lease_ms = 1200000;
	house_conf("run_sandboxes = 1\n");
	run = house_job(&flow, 1);
	worker = house_worker();
	await_running(&run);
	begun_ms = ty_time_mono_ms();
	cancel(&run);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "canceled");
	other = house_job(&good, 7); /* its code is given the sandbox that was replaced */
	house_await_finished(2);
	ck_assert_int_lt(ty_time_mono_ms() - begun_ms, 10000);
	ck_assert_str_eq(house_status(&other), "ok");
	house_worker_drain(worker);
	ck_assert_int_eq(jobs_known(), 0);
}
END_TEST

/* Said while nobody listened: the mark is found by the worker that gets the job next. */
START_TEST(a_cancel_that_a_dead_worker_missed_is_found_by_the_next)
{
	struct house_flow flow = house_flow(one_hold);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_hits("/hold", 1);
	house_worker_kill(worker, SIGKILL);
	cancel(&run);
	house_reap(1, 8);
	house.lease_ms = 1200000;
	house_conf("");
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "canceled");
	house_worker_drain(worker);
}
END_TEST

/* As cancel.lua does, but for the message. */
static void
mark_canceled(const struct ty_id *run)
{
	redisContext *redis = redisConnectUnix(house_services.redis_url + strlen("unix:"));
	redisReply *reply = redisCommand(redis, "HSET {%s}:job:%s cancel 1", house.lane, run->s);

	ck_assert_msg(reply != NULL && reply->type == REDIS_REPLY_INTEGER, "%s", redis->errstr);
	freeReplyObject(reply);
	redisFree(redis);
}

/* The net under the message. */
START_TEST(a_mark_that_nobody_told_of_is_found_by_the_heartbeat)
{
	struct house_flow flow = house_flow(one_hold);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_hits("/hold", 1);
	mark_canceled(&run);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "canceled");
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.runs", 90, {
	TEST(a_job_becomes_a_recorded_run_with_every_step);
	TEST(five_hundred_jobs_are_recorded_in_batches_and_given_back);
	TEST(no_run_gets_the_answer_of_another);
	TEST(an_effect_is_journaled_with_its_key_and_its_answer);
	TEST_LOOP(steps_are_kept_as_the_workflow_says, save_cases);
	TEST(a_large_value_goes_into_the_payload_store);
	TEST_LOOP(a_broken_job_is_recorded_as_an_error, broken_cases);
	TEST(a_job_of_too_many_values_ends_with_their_number);
	TEST(a_job_of_a_later_version_is_handed_back);
	TEST_LOOP(a_workflow_that_does_not_load_is_an_error, unloadable);
	TEST(a_record_that_is_refused_becomes_an_error_and_keeps_no_other_waiting);
	TEST(a_run_that_cannot_be_recorded_at_all_is_buried);
	TEST(a_run_that_lasts_is_shown_as_running);
	TEST(a_mark_that_nobody_told_of_is_found_by_the_heartbeat);
	TEST_LOOP(a_cancel_is_heard_at_once, lasting);
	TEST(a_cancel_that_a_dead_worker_missed_is_found_by_the_next);
})
