/*
 * test_kills.c -- workers killed at 200 random instants, over runs that loop, try again, wait and have effects.
 *
 * Judged at the sink, outside: an effect is an Idempotency-Key.  The part of tyboo-reap is played
 * by the test.  The instants are random, and their seed is told where the test fails.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"
#include "engine/digest.h"
#include "intake/job.h"
#include "json/json.h"
#include "store/delivery.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run begins with every fourth kill, so that there is work all the time. */
enum { RUNS = 50, ITEMS = 3, WORKERS = 3, KILLS = 200, PAUSE_MIN_MS = 60, PAUSE_MAX_MS = 420 };

/* PUT may be repeated where its answer is lost; /flaky fails the first time it sees a key. */
#define CALL(id, target) NODE(id, "http.request", "\"method\":\"PUT\",\"url\":\"%s/" target "\"")
static const char graph[] = GRAPH(
	TRIGGER "," CALL("first", "first") "," NODE(
		"loop", "core.loop",
		"\"batch_size\":1") ","
				    "{\"id\":\"flaky\",\"name\":\"flaky\","
				    "\"type\":\"http.request\",\"version\":1,"
				    "\"retry\":"
				    "{\"tries\":4,\"backoff\":\"fixed\","
				    "\"base_ms\":50},\"params\":{\"method\":"
				    "\"PUT\","
				    "\"url\":\"%s/flaky\"}}," NODE(
					    "wait", "core.wait",
					    "\"amount\":6,\"unit\":"
					    "\"seconds\"") "," NODE("one",
								    "core."
								    "code",
								    "\"code\":"
								    "\"return "
								    "[{ json: "
								    "{ n: "
								    "$input."
								    "all()."
								    "length } "
								    "}]\"") "," CALL("second",
										     "second"),
	EDGE("t", "main", "first") "," EDGE("first", "main", "loop") "," EDGE(
		"loop", "loop",
		"flaky") "," EDGE("flaky", "main",
				  "loop") "," EDGE("loop", "done",
						   "wait") "," EDGE("wait", "main",
								    "one") "," EDGE("one", "main",
										    "second"),
	"");

/* As tyboo-reap does: leases that ran out go back, runs whose wait is over are pushed. */
static void
reap(void)
{
	struct ty_queue_reaped reaped;

	ck_assert_ok(ty_queue_sync_reap(house.queue, 100000, 1000, &reaped, &fx.err));
	house_push_due();
}

static int64_t
finished(void)
{
	return house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s' AND"
			   " finished_at IS NOT NULL",
			   house.workspace.s);
}

static void
kill_at_random(unsigned seed, const struct house_flow *flow, struct ty_id *runs)
{
	pid_t workers[WORKERS];

	for (size_t i = 0; i < WORKERS; i++)
		workers[i] = house_worker();
	for (int n = 0; n < KILLS; n++) {
		int64_t until_ms = ty_time_mono_ms() + PAUSE_MIN_MS +
				   rand_r(&seed) % (PAUSE_MAX_MS - PAUSE_MIN_MS);
		size_t victim = (size_t)rand_r(&seed) % WORKERS;

		if (n % (KILLS / RUNS) == 0)
			runs[n / (KILLS / RUNS)] =
				house_job_items(flow, "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}},"
						      "{\"json\":{\"n\":3}}]");
		do
			reap();
		while (ty_time_mono_ms() < until_ms);
		house_worker_kill(workers[victim], SIGKILL);
		workers[victim] = house_worker();
	}
}

/* How many different keys came to this target. */
static size_t
effects(const char *target)
{
	size_t count = 0, hits = house_hits(target);

	for (size_t i = 0; i < hits; i++) {
		bool is_new = true;

		for (size_t j = 0; is_new && j < i; j++)
			is_new = strcmp(house_hit(target, i)->idempotency_key,
					house_hit(target, j)->idempotency_key) != 0;
		count += is_new;
	}
	return count;
}

START_TEST(workers_killed_at_any_instant_lose_and_double_nothing)
{
	unsigned seed = (unsigned)ty_time_now_ms();
	struct house_flow flow = house_flow(graph);
	struct ty_id runs[RUNS];
	int64_t until_ms, again;

	kill_at_random(seed, &flow, runs);
	until_ms = ty_time_mono_ms() + test_patience_ms(60000);
	while (finished() < RUNS) {
		ck_assert_msg(ty_time_mono_ms() < until_ms, "seed %u: %d of %d runs are finished",
			      seed, (int)finished(), RUNS);
		reap();
	}
	for (size_t i = 0; i < RUNS; i++) {
		json_t *steps = ty_json_own(
			fx.arena, json_loads(house_steps(&runs[i]), JSON_DECODE_ANY, NULL));

		ck_assert_msg(
			strcmp(house_status(&runs[i]), "ok") == 0, "seed %u: %s: %s", seed,
			house_status(&runs[i]),
			house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", runs[i].s));
		ck_assert(ty_digest_is_of(
			fx.arena, steps,
			house_sql("SELECT digest FROM tyboo.executions WHERE id = '%s'",
				  runs[i].s)));
	}
	/* The kills found work: a run whose last worker was not its first, or a call that was made again. */
	again = house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s' AND"
			    " deliveries > 1",
			    house.workspace.s) +
		(int64_t)(house_hits("/first") - effects("/first")) +
		(int64_t)(house_hits("/second") - effects("/second"));
	ck_assert_msg(again > RUNS / 4, "seed %u: %d only", seed, (int)again);
	ck_assert_uint_eq(effects("/first"), RUNS * ITEMS);
	ck_assert_uint_eq(effects("/flaky"), RUNS * ITEMS);
	ck_assert_uint_eq(effects("/second"), RUNS);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.usage_events WHERE workspace_id ="
				     " '%s'",
				     house.workspace.s),
			 RUNS);
}
END_TEST

/* ---- calls ---- */

enum { CALLERS = 8, CALL_KILLS = 40 };

static const char child_graph[] = GRAPH(NODE("c", "core.called", "") "," CALL("effect", "effect"),
					EDGE("c", "main", "effect"), "");
static const char caller_graph[] = GRAPH(
	TRIGGER "," NODE("call", "core.workflow.call",
			 "\"workflow\":\"WORKFLOW\",\"mode\":\"each\"") "," CALL("after", "after"),
	EDGE("t", "main", "call") "," EDGE("call", "main", "after"), "");

static struct house_flow
caller_flow(void)
{
	struct house_flow child = house_flow(child_graph);
	const char *at = strstr(caller_graph, "WORKFLOW");

	house_sql(
		"UPDATE tyboo.workflow_versions SET called_node = 'c' WHERE id = '%s' RETURNING 1",
		child.version.s);
	return house_flow(ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - caller_graph),
					  caller_graph, child.workflow.s, at + strlen("WORKFLOW")));
}

/* A receipt whose job was lost with its worker is pushed, as tyboo-reap does after its grace. */
static void
push_receipts(void)
{
	struct ty_delivery_row *rows;
	struct ty_store_query query;
	struct ty_rows result;
	struct ty_tx *tx;
	size_t count;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ty_store_receipts_query(fx.arena, 300, NULL, 1000, &query);
	ck_assert_ok(ty_tx_run(tx, &query, &result, &fx.err));
	ck_assert_ok(ty_store_receipts_decode(fx.arena, &result, &rows, &count, &fx.err));
	for (size_t i = 0; i < count; i++) {
		struct ty_admission admission;
		struct ty_receipt receipt;
		struct ty_job_text text;
		const char *notices;
		struct ty_job job;

		ty_receipt_from_row(&rows[i], &receipt);
		ck_assert_ok(ty_job_text(fx.arena, &receipt, &text, &notices, &fx.err));
		ty_receipt_to_job(&receipt, &text, &job);
		job.again = true;
		ck_assert_ok(ty_queue_sync_admit(house.queue, &job, 1, &admission, &fx.err));
	}
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

/* Between intent, child's start, its end and the resume: one child for each call, one answer. */
START_TEST(workers_killed_at_any_instant_begin_each_called_run_once)
{
	unsigned seed = (unsigned)ty_time_now_ms();
	struct house_flow flow = caller_flow();
	pid_t workers[WORKERS];
	int64_t until_ms;

	for (size_t i = 0; i < WORKERS; i++)
		workers[i] = house_worker();
	for (int n = 0; n < CALL_KILLS; n++) {
		size_t victim = (size_t)rand_r(&seed) % WORKERS;

		until_ms = ty_time_mono_ms() + PAUSE_MIN_MS +
			   rand_r(&seed) % (PAUSE_MAX_MS - PAUSE_MIN_MS);
		if (n % (CALL_KILLS / CALLERS) == 0)
			house_job_items(&flow, "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}},"
					       "{\"json\":{\"n\":3}}]");
		do {
			reap();
			push_receipts();
		} while (ty_time_mono_ms() < until_ms);
		house_worker_kill(workers[victim], SIGKILL);
		workers[victim] = house_worker();
	}
	until_ms = ty_time_mono_ms() + test_patience_ms(60000);
	while (finished() < CALLERS * (1 + ITEMS)) {
		ck_assert_msg(ty_time_mono_ms() < until_ms, "seed %u: %d runs are finished", seed,
			      (int)finished());
		reap();
		push_receipts();
	}
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s' "
			    "AND status <> 'ok'",
			    house.workspace.s),
		0);
	/* One child for each call, and no answer but its own. */
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s'",
			    house.workspace.s),
		CALLERS * ITEMS);
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.effects f JOIN tyboo.executions e ON "
			    "e.id = f.child_run_id AND e.parent_run_id = f.run_id AND "
			    "e.parent_key = f.key WHERE f.workspace_id = '%s' AND f.answer IS "
			    "NOT NULL",
			    house.workspace.s),
		CALLERS * ITEMS);
	ck_assert_uint_eq(effects("/effect"), CALLERS * ITEMS);
	ck_assert_uint_eq(effects("/after"), CALLERS * ITEMS);
}
END_TEST

HOUSE_TEST_MAIN("run kills", 280, {
	TEST(workers_killed_at_any_instant_lose_and_double_nothing);
	TEST(workers_killed_at_any_instant_begin_each_called_run_once);
})
