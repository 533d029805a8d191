/*
 * test_proofs.c -- a run is run again from its journal by a real worker: its digest is proved, or the first step that
 * differs is named, and no call is made.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"
#include "intake/breaker_hand.h"
#include "intake/job.h"
#include "intake/replay.h"
#include "json/json.h"

#include <time.h>

#define HIT(id, target) NODE(id, "http.request", "\"method\":\"POST\",\"url\":\"=%s/" target "\"")
#define RETRIED(id, target)                                                                        \
	"{\"id\":\"" id "\",\"name\":\"" id "\",\"type\":\"http.request\",\"version\":1,"          \
	"\"retry\":{\"tries\":2,\"backoff\":\"fixed\",\"base_ms\":100},\"params\":{\"method\":"    \
	"\"POST\",\"url\":\"%s/" target "\"}}"
#define SET(id, value)                                                                             \
	NODE(id, "core.set",                                                                       \
	     "\"assignments\":[{\"name\":\"x\",\"value\":\"" value "\"},{\"name\":\"n\","          \
	     "\"value\":\"={{ $json.n }}\"}]")
#define STAMP(id)                                                                                  \
	NODE(id, "core.set", "\"assignments\":[{\"name\":\"x\",\"value\":\"={{ $now.toISO() }}\"}]")
#define ONE_AFTER_THE_OTHER                                                                        \
	EDGE("t", "main", "s") "," EDGE("s", "main", "a") "," EDGE("a", "main", "b")

/* Chance, clock and the run's own id go into what it calls with. */
static const char calls[] = GRAPH(
	TRIGGER "," SET("s", "={{ Math.random() + $now.toISO() + $execution.id + "
			     "$execution.mode }}") "," HIT("a", "a{{ $json.n }}") "," HIT("b", "b"),
	ONE_AFTER_THE_OTHER, "");
static const char fails[] =
	GRAPH(TRIGGER "," SET("s", "1") "," HIT("a", "a") "," RETRIED("b", "down"),
	      ONE_AFTER_THE_OTHER, "");
static const char loops[] =
	GRAPH(TRIGGER "," NODE("l", "core.loop", "") "," HIT("a", "a{{ $json.n }}"),
	      EDGE("t", "main", "l") "," EDGE("l", "loop", "a") "," EDGE("a", "main", "l"), "");
static const char parks[] =
	GRAPH(TRIGGER "," HIT("a", "a{{ $json.n }}") "," NODE(
		      "w", "core.wait", "\"amount\":6,\"unit\":\"seconds\"") "," HIT("b", "b"),
	      EDGE("t", "main", "a") "," EDGE("a", "main", "w") "," EDGE("w", "main", "b"), "");
static const char saves_none[] =
	GRAPH(TRIGGER "," SET("s", "1") "," HIT("a", "a") "," HIT("b", "b"), ONE_AFTER_THE_OTHER,
	      "\"save\":\"none\"");

/* Keep the receipt as the API would have, and queue its job. */
static void
hand_in(const struct house_flow *flow, struct ty_receipt *receipt)
{
	const char *payload, *notices;
	size_t len;

	house_sql("INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, "
		  "start_node, mode, verdict, reason, run_id, method, path, query, headers, "
		  "remote_addr, body, delivery_key, received_at, source) VALUES ('%s', '%s', '%s', "
		  "'%s', '', '%s', 'accepted', '', '%s', '', '', '', '{}', '', '%.*s', '', "
		  "to_timestamp(%lld / 1000.0), nullif($q$%s$q$, '')) RETURNING 1",
		  house.workspace.s, receipt->id.s, flow->workflow.s, receipt->version_id.s,
		  receipt->mode, receipt->id.s, (int)receipt->body_len, receipt->body,
		  (long long)receipt->received_at_ms,
		  receipt->source != NULL ? receipt->source : "");
	ck_assert_ok(ty_job_payload(fx.arena, receipt, &payload, &len, &notices, &fx.err));
	house_job_as(flow, &receipt->id, payload);
}

static struct ty_id
run_of(const struct house_flow *flow)
{
	struct ty_receipt receipt = { .id = ty_id_new(),
				      .workspace_id = house.workspace,
				      .workflow_id = flow->workflow,
				      .version_id = flow->version,
				      .mode = "api",
				      .body = "[{\"n\":1},{\"n\":2}]",
				      .received_at_ms = ty_time_now_ms() };

	receipt.body_len = strlen(receipt.body);
	hand_in(flow, &receipt);
	return receipt.id;
}

/* What came of a replay, once it is over, too. */
static const json_t *
verdict_of(const struct ty_id *replay, int64_t finished)
{
	json_t *verdict;
	struct ty_tx *tx;

	house_await_finished(finished + 1);
	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, &house.workspace, 5000, &tx, &fx.err));
	ck_assert_ok(ty_replay_verdict(tx, replay, &verdict, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return verdict;
}

static const json_t *
replay(const struct house_flow *flow, const struct ty_id *run, int64_t version)
{
	int64_t finished = house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = "
				       "'%s' AND finished_at IS NOT NULL",
				       house.workspace.s);
	struct ty_receipt receipt;
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, &house.workspace, 5000, &tx, &fx.err));
	ck_assert_ok(ty_replay_receipt(tx, run, version, &receipt, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	hand_in(flow, &receipt);
	return verdict_of(&receipt.id, finished);
}

static void
expect(const json_t *verdict, const char *word)
{
	ck_assert_msg(strcmp(ty_json_str(verdict, "verdict", ""), word) == 0, "%s",
		      ty_json_dump(fx.arena, verdict, NULL));
}

/* Everything but the sink's hits: a replay adds none. */
static int64_t
journaled(void)
{
	return house_count("SELECT count(*) FROM tyboo.effects WHERE workspace_id = '%s'",
			   house.workspace.s);
}

static size_t
all_hits(void)
{
	size_t count;

	pthread_mutex_lock(&house.lock);
	count = house.hit_count;
	pthread_mutex_unlock(&house.lock);
	return count;
}

static const char varied[] =
	GRAPH(TRIGGER "," SET("s", "={{ $vars.region }}") "," HIT(
		      "a", "{{ $vars.region }}-{{ $json.n }}") "," HIT("b", "b"),
	      ONE_AFTER_THE_OTHER, "");

static const struct {
	const char *graph, *status;
} proofs[] = {
	{ calls, "ok" }, { fails, "error" }, { loops, "ok" }, { parks, "ok" }, { saves_none, "ok" },
};

/* Until its end, with what tyboo-schedule does while it waits. */
static void
await_run(const struct ty_id *run, const char *status)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	int64_t deadline_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	while (strcmp(house_status(run), status) != 0) {
		ck_assert_msg(ty_time_mono_ms() < deadline_ms, "it is %s", house_status(run));
		house_push_due();
		nanosleep(&pause, NULL);
	}
}

START_TEST(a_run_is_proved_without_a_call)
{
	struct house_flow flow = house_flow(proofs[_i].graph);
	pid_t worker = house_worker();
	struct ty_id run = run_of(&flow);
	const json_t *verdict;
	int64_t entries;
	size_t hits;

	await_run(&run, proofs[_i].status);
	hits = all_hits();
	entries = journaled();
	verdict = replay(&flow, &run, 0);
	expect(verdict, "equal");
	ck_assert_str_eq(ty_json_str(verdict, "status", ""), proofs[_i].status);
	ck_assert_uint_eq(all_hits(), hits);
	ck_assert_int_eq(journaled(), entries);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions WHERE source_run_id = "
				     "'%s' AND error_run_id IS NULL",
				     run.s),
			 1);
	house_worker_drain(worker);
}
END_TEST

/* The variable says something else by then: a replay sees what the run saw, a what-if the same. */
START_TEST(a_run_is_proved_with_the_variables_that_it_saw)
{
	struct house_flow flow = house_flow(varied);
	pid_t worker = house_worker();
	struct ty_id run;

	house_sql("INSERT INTO tyboo.variables (workspace_id, id, name, value) VALUES ('%1$s', "
		  "'%1$s', "
		  "'region', 'eu'), ('%1$s', gen_random_uuid(), 'other', 'x') RETURNING 1",
		  house.workspace.s);
	run = run_of(&flow);
	await_run(&run, "ok");
	ck_assert_uint_eq(house_hits("/eu-1"), 1);
	house_sql("UPDATE tyboo.variables SET value = 'us' WHERE workspace_id = '%s' RETURNING 1",
		  house.workspace.s);
	expect(replay(&flow, &run, 0), "equal");
	run = run_of(&flow);
	await_run(&run, "ok");
	ck_assert_uint_eq(house_hits("/us-1"), 1);
	house_sql("DELETE FROM tyboo.variables WHERE workspace_id = '%s' RETURNING 1",
		  house.workspace.s);
	expect(replay(&flow, &run, 0), "equal");
	expect(replay(&flow, &run, 1), "equal");
	ck_assert_uint_eq(house_hits("/us-1"), 1);
	house_worker_drain(worker);
}
END_TEST

/* The workflow is renamed while the plan is in the worker: the next run has the new name, and each its own when it is
 * run again. */
START_TEST(a_run_is_proved_with_the_name_that_its_workflow_had)
{
	struct house_flow flow = house_flow(
		GRAPH(TRIGGER "," NODE("s", "core.set",
				       "\"assignments\":[{\"name\":\"x\",\"value\":\"={{ "
				       "$workflow.name }}\"}]"),
		      EDGE("t", "main", "s"), ""));
	pid_t worker = house_worker();
	struct ty_id before = run_of(&flow), after;

	await_run(&before, "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&before), "\"x\":\"Flow\""));
	house_sql("UPDATE tyboo.workflows SET name = 'Renamed' WHERE id = '%s' RETURNING 1",
		  flow.workflow.s);
	after = run_of(&flow);
	await_run(&after, "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&after), "\"x\":\"Renamed\""));
	house_sql("UPDATE tyboo.workflows SET name = 'Once more' WHERE id = '%s' RETURNING 1",
		  flow.workflow.s);
	expect(replay(&flow, &before, 0), "equal");
	expect(replay(&flow, &after, 0), "equal");
	expect(replay(&flow, &after, 1), "equal");
	house_worker_drain(worker);
}
END_TEST

/* Static data has changed by then: a replay computes with what the run began with, and keeps nothing. */
START_TEST(a_run_is_proved_with_the_static_data_that_it_saw)
{
	struct house_flow flow = house_flow(
		GRAPH(TRIGGER "," NODE("c", "core.code",
				       "\"code\":\"const s = $getWorkflowStaticData('global'); s.n "
				       "= (s.n || 0) + 1; "
				       "return [{ n: s.n }];\""),
		      EDGE("t", "main", "c"), ""));
	pid_t worker = house_worker();
	struct ty_id run;

	for (int i = 0; i < 2; i++) {
		run = run_of(&flow);
		await_run(&run, "ok");
	}
	house_sql("UPDATE tyboo.states SET value = '{\"n\":70}' WHERE workspace_id = '%s' "
		  "RETURNING 1",
		  house.workspace.s);
	expect(replay(&flow, &run, 0), "equal");
	expect(replay(&flow, &run, 1), "equal");
	ck_assert_str_eq(house_sql("SELECT value FROM tyboo.states WHERE workspace_id = '%s'",
				   house.workspace.s),
			 "{\"n\":70}");
	house_worker_drain(worker);
}
END_TEST

/* A replay takes what the state was and writes nothing; a what-if of a version that asks the same too. */
START_TEST(a_run_that_keeps_values_is_proved_and_nothing_is_written)
{
	struct house_flow flow = house_flow(GRAPH(
		TRIGGER
		"," NODE("s", "data.state", "\"action\":\"increment\",\"key\":\"n\"") "," NODE(
			"d", "core.remove_duplicates",
			"\"against\":\"new\"") "," NODE("g", "data.state", "\"key\":\"n\""),
		EDGE("t", "main", "s") "," EDGE("s", "main", "d") "," EDGE("d", "main", "g"), ""));
	pid_t worker = house_worker();
	struct ty_id run = run_of(&flow);

	await_run(&run, "ok");
	house_sql("DELETE FROM tyboo.states WHERE workspace_id = '%s' RETURNING 1",
		  house.workspace.s);
	expect(replay(&flow, &run, 0), "equal");
	expect(replay(&flow, &run, 1), "equal");
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.states WHERE workspace_id = '%s'",
				     house.workspace.s),
			 0);
	house_worker_drain(worker);
}
END_TEST

/* ---- what others decided ---- */

static void
breaker(const char *action)
{
	struct ty_breaker_hand hand = { .scope = house.workspace.s,
					.what = ty_arena_printf(fx.arena,
								"http.request 127.0.0.1:%d",
								http_server_port(house.sink)),
					.action = action,
					.by = "me@x.test",
					.why = "maintenance" };
	struct ty_tx *tx;
	int64_t woken;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_breaker_hand_do(tx, house.queue, &hand, &woken, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

static const struct {
	const char *more, *status,
		*ended; /* ended: how the run is seen while the breaker is open */
} refused[] = {
	{ "", "error", "error" },
	/* It waits, and goes on when the breaker is closed by hand. */
	{ ",\"on_open_breaker\":\"wait\"", "ok", "waiting" },
};

/* A breaker that was open then, and is closed now, is no difference; nor is when it was closed. */
START_TEST(a_refusal_of_a_breaker_is_proved)
{
	static const char graph[] = GRAPH(
		TRIGGER "," STAMP("s") ",{\"id\":\"a\",\"name\":\"a\","
				       "\"type\":\"http.request\",\"version\":"
				       "1,\"params\":{\"method\":\"POST\","
				       "\"url\":\"%%s/a\"}%s}," SET("z", "={{ $now.toISO() }}"),
		EDGE("t", "main", "s") "," EDGE("s", "main", "a") "," EDGE("a", "main", "z"), "");
	struct house_flow flow = house_flow(ty_arena_printf(fx.arena, graph, refused[_i].more));
	pid_t worker = house_worker();
	struct ty_id run;
	size_t hits;

	breaker("open");
	run = run_of(&flow);
	await_run(&run, refused[_i].ended);
	breaker("close");
	await_run(&run, refused[_i].status);
	hits = all_hits();
	expect(replay(&flow, &run, 0), "equal");
	ck_assert_uint_eq(all_hits(), hits);
	house_worker_drain(worker);
}
END_TEST

/* The answer of a called workflow is the journal's: a proof begins no run. */
START_TEST(a_run_that_calls_a_workflow_is_proved)
{
	struct house_flow called = house_flow(
		GRAPH(NODE("c", "core.called", "") "," SET("s", "1"), EDGE("c", "main", "s"), ""));
	struct house_flow flow = house_flow(
		ty_arena_printf(fx.arena,
				GRAPH(TRIGGER "," NODE("call", "core.workflow.call",
						       "\"workflow\":\"%s\"") "," SET("z", "2"),
				      EDGE("t", "main", "call") "," EDGE("call", "main", "z"), ""),
				called.workflow.s));
	pid_t worker = house_worker();
	int64_t children;
	struct ty_id run;

	house_sql(
		"UPDATE tyboo.workflow_versions SET called_node = 'c' WHERE id = '%s' RETURNING 1",
		called.version.s);
	run = run_of(&flow);
	await_run(&run, "ok");
	children =
		house_count("SELECT count(*) FROM tyboo.deliveries WHERE parent_run_id IS NOT NULL "
			    "AND workspace_id = '%s'",
			    house.workspace.s);
	ck_assert_int_ge(children, 1);
	expect(replay(&flow, &run, 0), "equal");
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.deliveries WHERE parent_run_id IS "
				     "NOT NULL AND workspace_id = '%s'",
				     house.workspace.s),
			 children);
	house_worker_drain(worker);
}
END_TEST

/* Version 2: the text 'from' of the graph is 'to'. */
static void
change(const struct house_flow *flow, const char *from, const char *to)
{
	house_sql("INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, number, "
		  "graph) SELECT workspace_id, '%s', workflow_id, 2, replace(graph, $q$%s$q$, "
		  "$q$%s$q$) FROM tyboo.workflow_versions WHERE id = '%s' RETURNING 1",
		  ty_id_new().s, from, to, flow->version.s);
}

static const struct {
	const char *from, *to, *verdict, *ended, *first;
} what_ifs[] = {
	{ "/b\"", "/other\"", "ended", "b", "b" },
	{ "$execution.mode", "'else'", "differs", NULL, "s" },
	/* Nothing that matters. */
	{ "\"settings\":{}", "\"settings\":{\"timeout_ms\":90000}", "equal", NULL, NULL },
};

START_TEST(a_what_if_says_what_would_have_been_else)
{
	struct house_flow flow = house_flow(calls);
	pid_t worker = house_worker();
	struct ty_id run = run_of(&flow);
	const json_t *verdict, *first;
	size_t hits;

	await_run(&run, "ok");
	hits = all_hits();
	change(&flow, what_ifs[_i].from, what_ifs[_i].to);
	verdict = replay(&flow, &run, 2);
	expect(verdict, what_ifs[_i].verdict);
	first = ty_json_obj(ty_json_obj(verdict, "difference"), "first");
	ck_assert_pstr_eq(ty_json_str(first, "node", NULL), what_ifs[_i].first);
	ck_assert_pstr_eq(ty_json_str(ty_json_obj(verdict, "ended_at"), "node", NULL),
			  what_ifs[_i].ended);
	ck_assert_uint_eq(all_hits(), hits);
	house_worker_drain(worker);
}
END_TEST

/* What the journal has lost, nobody can answer; a proof says where. */
START_TEST(a_proof_without_the_journal_ends_at_the_first_call)
{
	struct house_flow flow = house_flow(calls);
	pid_t worker = house_worker();
	struct ty_id run = run_of(&flow);
	const json_t *verdict;

	await_run(&run, "ok");
	house_sql("DELETE FROM tyboo.effects WHERE run_id = '%s' RETURNING 1", run.s);
	verdict = replay(&flow, &run, 0);
	expect(verdict, "ended");
	ck_assert_str_eq(ty_json_str(ty_json_obj(verdict, "ended_at"), "node", ""), "a");
	house_worker_drain(worker);
}
END_TEST

/* A step that a replay computes to something else is named. */
START_TEST(a_proof_names_the_first_step_that_differs)
{
	struct house_flow flow = house_flow(calls);
	pid_t worker = house_worker();
	struct ty_id run = run_of(&flow);
	const json_t *verdict;

	await_run(&run, "ok");
	house_sql("UPDATE tyboo.workflow_versions SET graph = replace(graph, '$execution.mode', "
		  "'''else''') WHERE id = '%s' RETURNING 1",
		  flow.version.s);
	house_worker_drain(worker); /* the next one has not read the version yet */
	worker = house_worker();
	verdict = replay(&flow, &run, 0);
	expect(verdict, "differs");
	ck_assert_ptr_nonnull(strstr(ty_json_str(verdict, "text", ""), "differs: s"));
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run proofs", 280, {
	TEST(a_run_is_proved_with_the_variables_that_it_saw);
	TEST(a_run_is_proved_with_the_name_that_its_workflow_had);
	TEST(a_run_is_proved_with_the_static_data_that_it_saw);
	TEST(a_run_that_keeps_values_is_proved_and_nothing_is_written);
	TEST_LOOP(a_run_is_proved_without_a_call, proofs);
	TEST_LOOP(a_refusal_of_a_breaker_is_proved, refused);
	TEST(a_run_that_calls_a_workflow_is_proved);
	TEST_LOOP(a_what_if_says_what_would_have_been_else, what_ifs);
	TEST(a_proof_without_the_journal_ends_at_the_first_call);
	TEST(a_proof_names_the_first_step_that_differs);
})
