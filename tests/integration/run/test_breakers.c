/*
 * test_breakers.c -- calls are held back while their circuit breaker is open: a step that meets one fails
 * with its code, or waits for the next probe; the first answer closes it.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"
#include "intake/breaker_hand.h"
#include "json/json.h"
#include "queue/breakers.h"

#include <hiredis/hiredis.h>
#include <string.h>

#define POST(more)                                                                                 \
	"{\"id\":\"call\",\"type\":\"http.request\",\"params\":{\"method\":\"POST\",\"url\":"      \
	"\"%s/down\"}" more "}"
#define FLOW(node) GRAPH(TRIGGER "," node, EDGE("t", "main", "call"), "")

static const char failing[] = FLOW(POST(""));
static const char waiting[] = FLOW(POST(",\"on_open_breaker\":\"wait\""));
static const char items[] = FLOW(POST(",\"on_error\":\"continue\""));
static const char slow[] =
	FLOW("{\"id\":\"call\",\"type\":\"http.request\",\"timeout_ms\":300,\"params\":{\"url\":"
	     "\"%s/hold\"}}");

static const char *
what(void)
{
	return ty_arena_printf(fx.arena, "http.request 127.0.0.1:%d", http_server_port(house.sink));
}

/* The workspace's own, or NULL. */
static const struct ty_breaker *
own(void)
{
	const char *const scopes[] = { house.workspace.s };
	struct ty_breaker *list;
	size_t count;

	ck_assert_ok(
		ty_queue_sync_breakers(house.queue, fx.arena, scopes, 1, &list, &count, &fx.err));
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].what, what()) == 0)
			return &list[i];
	return NULL;
}

/* Until it has so many failures. */
static const struct ty_breaker *
await_failures(int64_t failures)
{
	int64_t until_ms = ty_time_mono_ms() + HOUSE_WAIT_MS;
	const struct ty_breaker *breaker;

	while ((breaker = own()) == NULL || breaker->failures < failures)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	return breaker;
}

/* Fail so often, one run after the other. */
static void
fail_runs(const char *graph, int64_t count)
{
	struct house_flow flow = house_flow(graph);

	for (int64_t i = 1; i <= count; i++) {
		(void)house_job(&flow, 1);
		house_await_finished(i);
		(void)await_failures(i);
	}
}

static const char *
error_of(const struct ty_id *run, const char *member)
{
	return house_sql("SELECT error::json->>'%s' FROM tyboo.executions WHERE id = '%s'", member,
			 run->s);
}

START_TEST(the_sixth_run_fails_at_once_with_the_time_of_the_next_probe)
{
	pid_t worker = house_worker();
	struct house_flow flow;
	struct ty_id run;

	fail_runs(failing, 5);
	ck_assert_int_eq(own()->state, TY_BREAKER_OPEN);
	ck_assert_str_eq(own()->why, "status 503");
	ck_assert_uint_eq(house_hits("/down"), 5);
	flow = house_flow(failing);
	run = house_job(&flow, 1);
	house_await_finished(6);
	ck_assert_uint_eq(house_hits("/down"), 5);
	ck_assert_str_eq(error_of(&run, "code"), "circuit_open");
	ck_assert_int_gt(atoll(error_of(&run, "retry_after_ms")), 0);
	ck_assert_int_le(atoll(error_of(&run, "retry_after_ms")), 30000);
	ck_assert_ptr_nonnull(strstr(error_of(&run, "message"), "the next try is at 2"));
	/* It is the call's answer: a worker that takes such a run over is told the same. */
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.effects WHERE run_id = '%s' AND "
				     "answered_at IS NOT NULL",
				     run.s),
			 1);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_step_counts_once_however_many_items_fail)
{
	pid_t worker = house_worker();
	struct house_flow flow = house_flow(items);

	(void)house_job_items(&flow, "[{\"json\":{}},{\"json\":{}},{\"json\":{}},{\"json\":{}},{"
				     "\"json\":{}},{\"json\":{}},{\"json\":{}}]");
	house_await_finished(1);
	ck_assert_int_eq(await_failures(1)->failures, 1);
	ck_assert_uint_eq(house_hits("/down"), 7);
	house_worker_drain(worker);
	ck_assert_int_eq(own()->failures, 1);
}
END_TEST

START_TEST(a_node_whose_time_is_over_counts)
{
	pid_t worker = house_worker();
	struct house_flow flow = house_flow(slow);

	(void)house_job(&flow, 1);
	house_await_finished(1);
	ck_assert_str_eq(await_failures(1)->why, "no answer in time");
	house_sink_open();
	house_worker_drain(worker);
}
END_TEST

/* Let the next probe be due in 'ms', and say so to the workers. */
static void
probe_in(int64_t ms)
{
	redisContext *redis = redisConnectUnix(house_services.redis_url + strlen("unix:"));
	char key[128], value[400], message[600];

	ck_assert_ptr_nonnull(redis);
	snprintf(key, sizeof(key), "{%s}:breakers:%s", house.lane, house.workspace.s);
	snprintf(value, sizeof(value),
		 "{\"s\":\"open\",\"f\":5,\"w\":\"status 503\",\"by\":\"\",\"at\":%lld,\"d\":30000,"
		 "\"p\":%lld,\"u\":0,\"x\":%lld}",
		 (long long)ty_time_now_ms(), (long long)(ty_time_now_ms() + ms),
		 (long long)(ty_time_now_ms() + 86400000));
	snprintf(message, sizeof(message), "{\"scope\":\"%s\",\"what\":\"%s\",\"entry\":%s}",
		 house.workspace.s, what(), value);
	freeReplyObject(redisCommand(redis, "HSET %s %s %s", key, what(), value));
	freeReplyObject(redisCommand(redis, "PUBLISH {%s}:breaker %s", house.lane, message));
	redisFree(redis);
}

START_TEST(a_node_that_waits_is_put_down_until_the_probe_and_closes_it)
{
	pid_t worker = house_worker();
	struct house_flow flow;
	struct ty_id run;
	int64_t until_ms = ty_time_mono_ms() + HOUSE_WAIT_MS;

	fail_runs(failing, 5);
	probe_in(6000);
	flow = house_flow(waiting);
	run = house_job(&flow, 1);
	house_await_status(&run, "waiting");
	ck_assert_uint_eq(house_hits("/down"), 5);
	/* Lists can say which workflow waits for which breaker. */
	ck_assert_str_eq(house_sql("SELECT what FROM tyboo.breaker_waits('%s') WHERE workflow_id = "
				   "'%s' AND runs = 1",
				   house.workspace.s, flow.workflow.s),
			 what());
	house_sink_open();
	while (house_push_due() == 0)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	house_await_finished(6);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/down"), 6);
	while (own() != NULL)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	house_worker_drain(worker);
}
END_TEST

START_TEST(the_operator_holds_a_node_type_back_by_hand)
{
	pid_t worker = house_worker();
	struct house_flow flow = house_flow(failing);
	struct ty_id run;

	house_sink_open();
	run = house_job(&flow, 1);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ok(ty_queue_sync_breaker_set(house.queue, TY_BREAKER_OPERATOR, "http.request *",
					       "open", "the operator", "maintenance", &fx.err));
	run = house_job(&flow, 1);
	house_await_finished(2);
	ck_assert_str_eq(error_of(&run, "code"), "circuit_open");
	ck_assert_ptr_nonnull(strstr(error_of(&run, "message"), "by hand: maintenance"));
	ck_assert_uint_eq(house_hits("/down"), 1);
	ck_assert_ok(ty_queue_sync_breaker_set(house.queue, TY_BREAKER_OPERATOR, "http.request *",
					       "close", "the operator", "", &fx.err));
	run = house_job(&flow, 1);
	house_await_finished(3);
	ck_assert_str_eq(house_status(&run), "ok");
	house_worker_drain(worker);
}
END_TEST

/* By hand, as API and tybooctl do it; how many runs go on. */
static int64_t
by_hand(const char *scope, const char *action)
{
	struct ty_breaker_hand hand = {
		.scope = scope, .what = what(), .action = action, .by = "me@x.test", .why = ""
	};
	struct ty_tx *tx;
	int64_t woken;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 1000, &tx, &fx.err));
	ck_assert_ok(ty_breaker_hand_do(tx, house.queue, &hand, &woken, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return woken;
}

static const struct {
	bool is_operators;
	const char *action;
} ways[] = { { false, "close" }, { false, "reset" }, { true, "close" } };

/* The wait for a breaker that is open by hand is a minute long; closed by hand, it ends at once. */
START_TEST(a_run_that_waits_goes_on_when_the_breaker_is_closed_by_hand)
{
	const char *scope = ways[_i].is_operators ? TY_BREAKER_OPERATOR : house.workspace.s;
	int64_t until_ms = ty_time_mono_ms() + HOUSE_WAIT_MS;
	pid_t worker = house_worker();
	struct house_flow flow = house_flow(waiting);
	struct ty_id run;

	house_sink_open();
	ck_assert_int_eq(by_hand(scope, "open"), 0);
	run = house_job(&flow, 1);
	house_await_status(&run, "waiting");
	ck_assert_uint_eq(house_push_due(), 0);
	ck_assert_int_eq(by_hand(scope, ways[_i].action), 1);
	while (house_push_due() == 0)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/down"), 1);
	/* Who takes it over, and a replay, find when. */
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.effects WHERE run_id = '%s' AND "
				     "key = 'call/2/retry' AND answered_at IS NOT NULL",
				     run.s),
			 1);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions WHERE id = '%s' AND "
				     "finished_at - accepted_at < interval '50 seconds'",
				     run.s),
			 1);
	house_worker_drain(worker);
}
END_TEST

static const struct {
	bool is_operators, is_of_type;
} just_before[] = { { false, false }, { true, false }, { true, true } };

/* It was put down behind the look of whoever closed the breaker: here nobody has looked. */
START_TEST(a_run_that_was_refused_just_before_the_breaker_closed_goes_on)
{
	const char *scope = just_before[_i].is_operators ? TY_BREAKER_OPERATOR : house.workspace.s;
	const char *held = just_before[_i].is_of_type ? "http.request *" : what();
	int64_t until_ms = ty_time_mono_ms() + HOUSE_WAIT_MS;
	pid_t worker = house_worker();
	struct house_flow flow = house_flow(waiting);
	struct ty_id run;

	house_sink_open();
	ck_assert_ok(
		ty_queue_sync_breaker_set(house.queue, scope, held, "open", "me", "", &fx.err));
	run = house_job(&flow, 1);
	house_await_status(&run, "waiting");
	ck_assert_uint_eq(house_push_due(), 0);
	ck_assert_ok(
		ty_queue_sync_breaker_set(house.queue, scope, held, "close", "me", "", &fx.err));
	while (house_push_due() == 0) /* a minute, else */
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/down"), 1);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.breakers", 120, {
	TEST(the_sixth_run_fails_at_once_with_the_time_of_the_next_probe);
	TEST(a_step_counts_once_however_many_items_fail);
	TEST(a_node_whose_time_is_over_counts);
	TEST(a_node_that_waits_is_put_down_until_the_probe_and_closes_it);
	TEST(the_operator_holds_a_node_type_back_by_hand);
	TEST_LOOP(a_run_that_waits_goes_on_when_the_breaker_is_closed_by_hand, ways);
	TEST_LOOP(a_run_that_was_refused_just_before_the_breaker_closed_goes_on, just_before);
})
