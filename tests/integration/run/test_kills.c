/*
 * test_kills.c -- three workers and two schedulers killed at random instants, over runs that loop, try again, wait, call
 * workflows and have effects, and over a schedule of each second.
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
#include <sys/stat.h>

/* A run begins with every fourth kill, so that there is work all the time; with every third a scheduler is killed, too. */
enum {
	RUNS = 50,
	ITEMS = 3,
	WORKERS = 3,
	SCHEDULERS = 2,
	KILLS = 200,
	PAUSE_MIN_MS = 60,
	PAUSE_MAX_MS = 360
};

/* PUT may be repeated where its answer is lost; /busy says 429 the first time it sees a key. */
#define CALL(id, target) NODE(id, "http.request", "\"method\":\"PUT\",\"url\":\"%s/" target "\"")
/* clang-format off */
static const char tick_graph[] = GRAPH(NODE("s", "core.schedule", "\"kind\":\"cron\",\"cron\":\"* * * * * *\"") "," CALL("tick", "tick"),
	EDGE("s", "main", "tick"), "");
static const char child_graph[] = GRAPH(NODE("c", "core.called", "") "," CALL("effect", "effect"), EDGE("c", "main", "effect"), "");
/* WORKFLOW is the id of the one that is called. */
static const char graph[] = GRAPH(TRIGGER ","
	CALL("first", "first") ","
	NODE("loop", "core.loop", "\"batch_size\":1") ","
	"{\"id\":\"busy\",\"name\":\"busy\",\"type\":\"http.request\",\"version\":1,"
	"\"retry\":{\"tries\":4,\"backoff\":\"fixed\",\"base_ms\":50},\"params\":{\"method\":\"PUT\",\"url\":\"%s/busy\"}},"
	NODE("wait", "core.wait", "\"amount\":6,\"unit\":\"seconds\"") ","
	NODE("call", "core.workflow.call", "\"workflow\":\"WORKFLOW\",\"mode\":\"each\"") ","
	NODE("one", "core.code", "\"code\":\"return [{ json: { n: $input.all().length } }]\"") ","
	CALL("second", "second"),
	EDGE("t", "main", "first") "," EDGE("first", "main", "loop") "," EDGE("loop", "loop", "busy") "," EDGE("busy", "main", "loop") ","
	EDGE("loop", "done", "wait") "," EDGE("wait", "main", "call") "," EDGE("call", "main", "one") "," EDGE("one", "main", "second"),
	"");
/* clang-format on */

struct crowd {
	pid_t workers[WORKERS], schedulers[SCHEDULERS];
	unsigned seed, first_seed;
	struct house_flow flow, ticks;
	struct ty_id runs[RUNS];
};

/* ---- what runs ---- */

static struct house_flow
caller_flow(void)
{
	struct house_flow child = house_callable(child_graph);

	return house_flow(house_calling(graph, &child.workflow));
}

/* A schedule of each second, from now on. */
static struct house_flow
tick_flow(void)
{
	struct house_flow flow = house_flow(tick_graph);

	house_sql("INSERT INTO tyboo.schedules (workspace_id, id, workflow_id, version_id, "
		  "node_id, kind, cron, every, unit, anchor, timezone, missed, missed_max, "
		  "overlap, timeout_ms, next_at, look_at) SELECT '%s', '%s', '%s', '%s', 's', "
		  "'cron', '* * * * * *', 0, 'hours', '', 'UTC', 'all', 100, 'allow', 60000, t, t "
		  "FROM (SELECT date_trunc('second', now()) + interval '1 second' AS t) x "
		  "RETURNING 1",
		  house.workspace.s, ty_id_new().s, flow.workflow.s, flow.version.s);
	return flow;
}

/* The nth, in a home of its own, as on another host. */
static pid_t
scheduler_start(size_t n)
{
	const char *dir = ty_arena_printf(fx.arena, "%s/s%zu", house.home, n);
	const char *conf = ty_arena_printf(fx.arena, "%s/tyboo.conf", dir);
	FILE *file;

	mkdir(dir, 0700);
	mkdir(ty_arena_printf(fx.arena, "%s/run", dir), 0700);
	file = fopen(conf, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"home = %s\ndatabase_url = %s\nredis_url = %s\nlane = %s\nlog_level = debug\n", dir,
		house_services.database_url, house_services.redis_url, house.lane);
	fclose(file);
	return house_program("tyboo-schedule", conf);
}

/* ---- tyboo-reap's part ---- */

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

/* Leases that ran out go back, receipts without a job are pushed; what waits is the schedulers'. */
static void
reap(void)
{
	struct ty_queue_reaped reaped;

	ck_assert_ok(ty_queue_sync_reap(house.queue, 100000, 1000, &reaped, &fx.err));
	push_receipts();
}

/* ---- killing ---- */

static size_t
chance(struct crowd *crowd, size_t of)
{
	return (size_t)rand_r(&crowd->seed) % of;
}

static void
kill_one(struct crowd *crowd, int n)
{
	size_t worker = chance(crowd, WORKERS), scheduler = chance(crowd, SCHEDULERS);

	house_worker_kill(crowd->workers[worker], SIGKILL);
	crowd->workers[worker] = house_worker();
	if (n % 3 != 0)
		return;
	house_worker_kill(crowd->schedulers[scheduler], SIGKILL);
	crowd->schedulers[scheduler] = scheduler_start(scheduler);
}

static void
kill_at_random(struct crowd *crowd)
{
	for (size_t i = 0; i < WORKERS; i++)
		crowd->workers[i] = house_worker();
	for (size_t i = 0; i < SCHEDULERS; i++)
		crowd->schedulers[i] = scheduler_start(i);
	for (int n = 0; n < KILLS; n++) {
		int64_t until_ms = ty_time_mono_ms() + PAUSE_MIN_MS +
				   (int64_t)chance(crowd, PAUSE_MAX_MS - PAUSE_MIN_MS);

		if (n % (KILLS / RUNS) == 0)
			crowd->runs[n / (KILLS / RUNS)] = house_job_items(
				&crowd->flow, "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}},"
					      "{\"json\":{\"n\":3}}]");
		do
			reap();
		while (ty_time_mono_ms() < until_ms);
		kill_one(crowd, n);
	}
}

/* ---- judging ---- */

static int64_t
finished(const struct house_flow *flow)
{
	return house_count("SELECT count(*) FROM tyboo.executions WHERE workflow_id = '%s' AND"
			   " finished_at IS NOT NULL",
			   flow->workflow.s);
}

static void
await_over(const struct crowd *crowd, const struct house_flow *flow, int64_t count)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(60000);

	while (finished(flow) < count) {
		ck_assert_msg(ty_time_mono_ms() < until_ms, "seed %u: %d of %d runs are finished",
			      crowd->first_seed, (int)finished(flow), (int)count);
		reap();
	}
	ck_assert_int_eq(finished(flow), count);
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

static int64_t
of_workspace(const char *sql)
{
	return house_count("SELECT count(*) FROM tyboo.%s AND workspace_id = '%s'", sql,
			   house.workspace.s);
}

static void
judge_runs(const struct crowd *crowd)
{
	for (size_t i = 0; i < RUNS; i++) {
		const struct ty_id *run = &crowd->runs[i];
		json_t *steps =
			ty_json_own(fx.arena, json_loads(house_steps(run), JSON_DECODE_ANY, NULL));

		ck_assert_msg(
			strcmp(house_status(run), "ok") == 0, "seed %u: %s: %s", crowd->first_seed,
			house_status(run),
			house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run->s));
		ck_assert(ty_digest_is_of(
			fx.arena, steps,
			house_sql("SELECT digest FROM tyboo.executions WHERE id = '%s'", run->s)));
	}
	ck_assert_uint_eq(effects("/first"), RUNS * ITEMS);
	ck_assert_uint_eq(effects("/busy"), RUNS * ITEMS);
	ck_assert_uint_eq(effects("/second"), RUNS);
}

/* One run for each call, and no answer but its own. */
static void
judge_calls(void)
{
	ck_assert_int_eq(of_workspace("deliveries WHERE mode = 'called'"), RUNS * ITEMS);
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.effects f JOIN tyboo.executions e ON "
			    "e.id = f.child_run_id AND e.parent_run_id = f.run_id AND "
			    "e.parent_key = f.key WHERE f.workspace_id = '%s' AND f.answer IS "
			    "NOT NULL",
			    house.workspace.s),
		RUNS * ITEMS);
	ck_assert_uint_eq(effects("/effect"), RUNS * ITEMS);
}

/* Each second from the first to the last has one run, which had one effect. */
static void
judge_ticks(const struct crowd *crowd)
{
	int64_t ticks = of_workspace("deliveries WHERE mode = 'schedule' AND verdict = 'accepted'");

	ck_assert_int_ge(ticks, KILLS * (PAUSE_MIN_MS + PAUSE_MAX_MS) / 2 / 1000 / 2);
	ck_assert_str_eq(
		house_sql("SELECT skipped_count::text || ' ' || (%lld = (SELECT "
			  "count(DISTINCT t) FROM (SELECT convert_from(body, 'UTF8')::json ->> "
			  "'at' AS t FROM tyboo.deliveries WHERE workflow_id = s.workflow_id) x)) "
			  "|| ' ' || (%lld = (SELECT 1 + extract(epoch FROM max(t) - min(t)) FROM "
			  "(SELECT (convert_from(body, 'UTF8')::json ->> 'at')::timestamptz AS t "
			  "FROM tyboo.deliveries WHERE workflow_id = s.workflow_id) x)) FROM "
			  "tyboo.schedules s WHERE workflow_id = '%s'",
			  (long long)ticks, (long long)ticks, crowd->ticks.workflow.s),
		"0 true true");
	await_over(crowd, &crowd->ticks, ticks);
	ck_assert_msg(of_workspace("executions WHERE status <> 'ok'") == 0, "seed %u: %s",
		      crowd->first_seed,
		      house_sql("SELECT status || ' ' || error FROM tyboo.executions WHERE "
				"workspace_id = '%s' AND status <> 'ok' LIMIT 1",
				house.workspace.s));
	ck_assert_uint_eq(effects("/tick"), (size_t)ticks);
}

START_TEST(what_is_killed_at_any_instant_loses_and_doubles_nothing)
{
	struct crowd crowd = { .seed = (unsigned)ty_time_now_ms() };
	int64_t again;

	crowd.first_seed = crowd.seed;
	crowd.flow = caller_flow();
	crowd.ticks = tick_flow();
	kill_at_random(&crowd);
	await_over(&crowd, &crowd.flow, RUNS);
	house_sql("UPDATE tyboo.schedules SET next_at = 'infinity', look_at = 'infinity' WHERE "
		  "workflow_id = '%s' RETURNING 1",
		  crowd.ticks.workflow.s);
	judge_ticks(&crowd);
	judge_runs(&crowd);
	judge_calls();
	/* The kills found work: a run whose last worker was not its first, or a call that was made again. */
	again = of_workspace("executions WHERE deliveries > 1") +
		(int64_t)(house_hits("/first") - effects("/first")) +
		(int64_t)(house_hits("/second") - effects("/second"));
	ck_assert_msg(again > RUNS / 4, "seed %u: %d only", crowd.first_seed, (int)again);
	ck_assert_int_eq(of_workspace("usage_events WHERE true"),
			 of_workspace("executions WHERE true"));
}
END_TEST

HOUSE_TEST_MAIN("run kills", 280,
		{ TEST(what_is_killed_at_any_instant_loses_and_doubles_nothing); })
