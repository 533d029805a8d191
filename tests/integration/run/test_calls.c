/*
 * test_calls.c -- workflows that call workflows, and those that are started when a run fails.
 *
 * What happened is counted at the sink and in Postgres.  The part of tyboo-reap is played by the test.
 */
#include "graphs.h"
#include "house.h"

#include "base/limits.h"
#include "base/time.h"
#include "engine/digest.h"
#include "intake/job.h"
#include "json/json.h"
#include "store/call.h"

#include <string.h>

#define CALLED(params) NODE("c", "core.called", params)
#define SET(value)                                                                                 \
	NODE("s", "core.set", "\"assignments\":[{\"name\":\"x\",\"value\":\"" value "\"}]")
#define CALL(workflow, more)                                                                       \
	NODE("call", "core.workflow.call", "\"workflow\":\"" workflow "\"" more)
#define HIT(target) NODE("h", "http.request", "\"method\":\"POST\",\"url\":\"%s/" target "\"")
#define FAIL	    NODE("f", "core.stop_error", "\"message\":\"no luck\"")

static const char caller_graph[] =
	GRAPH(TRIGGER "," CALL("WORKFLOW", "") "," NODE("z", "core.noop", ""),
	      EDGE("t", "main", "call") "," EDGE("call", "main", "z"), "");

static void
push_due(void)
{
	struct ty_queue_reaped reaped;

	ck_assert_ok(ty_queue_sync_reap(house.queue, 100, 1000, &reaped, &fx.err));
	house_push_due();
}

static void
await_over(const struct ty_id *run)
{
	int64_t until_ms = ty_time_mono_ms() + HOUSE_WAIT_MS;

	while (house_count("SELECT count(*) FROM tyboo.executions WHERE id = '%s' AND finished_at "
			   "IS NOT "
			   "NULL",
			   run->s) == 0) {
		ck_assert_msg(ty_time_mono_ms() < until_ms, "the run is %s", house_status(run));
		push_due();
	}
}

static const char *
error_of(const struct ty_id *run)
{
	return house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run->s);
}

static int64_t
children_of(const struct ty_id *run)
{
	return house_count("SELECT count(*) FROM tyboo.deliveries WHERE parent_run_id = '%s'",
			   run->s);
}

/* ---- calls that wait ---- */

START_TEST(a_call_gives_what_the_called_run_gave)
{
	struct house_flow child = house_callable(
		GRAPH(CALLED("") "," SET("={{ $json.n + 1 }}"), EDGE("c", "main", "s"), ""));
	struct house_flow flow = house_flow(house_calling(caller_graph, &child.workflow));
	struct ty_id run = house_job(&flow, 4);
	pid_t worker = house_worker();
	json_t *steps;

	await_over(&run);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", error_of(&run));
	steps = ty_json_own(fx.arena, json_loads(house_steps(&run), JSON_DECODE_ANY, NULL));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"x\":\"5\""));
	ck_assert(ty_digest_is_of(
		fx.arena, steps,
		house_sql("SELECT digest FROM tyboo.executions WHERE id = '%s'", run.s)));
	ck_assert_int_eq(children_of(&run), 1);
	ck_assert_str_eq(
		house_sql("SELECT e.mode || ' ' || e.depth || ' ' || (e.root_run_id = "
			  "e.parent_run_id) || ' ' || (f.child_run_id = e.id) FROM "
			  "tyboo.executions e JOIN tyboo.effects f ON f.run_id = e.parent_run_id "
			  "AND f.key = e.parent_key WHERE e.parent_run_id = '%s'",
			  run.s),
		"called 1 true true");
	house_worker_drain(worker);
}
END_TEST

static const struct {
	const char *mode;
	bool wait;
	int children;
	const char *shown; /* in the caller's steps */
} mode_rows[] = {
	{ "all", true, 1, "\"x\":\"2\"" },
	{ "each", true, 2, "\"x\":\"2\"" },
	{ "all", false, 1, "\"n\":2" },
	{ "each", false, 2, "\"n\":2" },
};

START_TEST(a_call_is_for_all_items_or_for_each_and_waits_or_not)
{
	struct house_flow child = house_callable(
		GRAPH(CALLED("") "," SET("={{ $json.n }}"), EDGE("c", "main", "s"), ""));
	const char *graph =
		ty_arena_printf(fx.arena,
				GRAPH(TRIGGER "," CALL("WORKFLOW", ",\"mode\":\"%s\",\"wait\":%s"),
				      EDGE("t", "main", "call"), ""),
				mode_rows[_i].mode, mode_rows[_i].wait ? "true" : "false");
	struct house_flow flow = house_flow(house_calling(graph, &child.workflow));
	struct ty_id run = house_job_items(&flow, "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}}]");
	pid_t worker = house_worker();

	await_over(&run);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", error_of(&run));
	ck_assert_int_eq(children_of(&run), mode_rows[_i].children);
	ck_assert_ptr_nonnull(strstr(house_steps(&run), mode_rows[_i].shown));
	house_await_finished(1 + mode_rows[_i].children);
	house_worker_drain(worker);
}
END_TEST

enum { MANY = 200 };

/* Rows that the indexes of the table of waits gave, as Postgres counts them. */
static int64_t
waits_read(void)
{
	return house_count("SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE "
			   "relname = 'waits'");
}

/* The end of each looks at its own wait, and not at those of all others. */
START_TEST(the_end_of_one_of_many_calls_costs_as_much_as_that_of_one)
{
	struct house_flow child = house_callable(
		GRAPH(CALLED("") "," SET("={{ $json.n }}"), EDGE("c", "main", "s"), ""));
	struct house_flow flow =
		house_flow(house_calling(GRAPH(TRIGGER "," CALL("WORKFLOW", ",\"mode\":\"each\""),
					       EDGE("t", "main", "call"), ""),
					 &child.workflow));
	const char *items = "{\"json\":{\"n\":0}}";
	struct ty_id run;
	pid_t worker;

	for (int i = 1; i < MANY; i++)
		items = ty_arena_printf(fx.arena, "%s,{\"json\":{\"n\":%d}}", items, i);
	worker = house_worker();
	run = house_job_items(&flow, ty_arena_printf(fx.arena, "[%s]", items));
	await_over(&run);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", error_of(&run));
	ck_assert_int_eq(children_of(&run), MANY);
	house_worker_drain(worker); /* what its sessions read is counted when they end */
	ck_assert_int_lt(waits_read(), (int64_t)30 * MANY);
}
END_TEST

START_TEST(with_one_run_at_a_time_a_chain_five_deep_ends)
{
	struct house_flow flow =
		house_callable(GRAPH(CALLED("") "," SET("deep"), EDGE("c", "main", "s"), ""));
	struct ty_id run;
	pid_t worker;

	house_sql("UPDATE tyboo.workspaces SET concurrent_max = 1 WHERE id = '%s' RETURNING 1",
		  house.workspace.s);
	for (int i = 0; i < 4; i++)
		flow = house_callable(house_calling(
			GRAPH(CALLED("") "," CALL("WORKFLOW", ""), EDGE("c", "main", "call"), ""),
			&flow.workflow));
	flow = house_flow(house_calling(caller_graph, &flow.workflow));
	worker = house_worker();
	run = house_job(&flow, 1);
	await_over(&run);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", error_of(&run));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"x\":\"deep\""));
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.executions WHERE root_run_id = '%s'",
			    run.s),
		5);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_workflow_that_calls_itself_ends_at_the_limit)
{
	struct house_flow flow =
		house_callable(GRAPH(CALLED("") "," NODE("z", "core.noop", ""), "", ""));
	struct ty_id run = ty_id_new();
	pid_t worker = house_worker();

	house_sql("UPDATE tyboo.workflow_versions SET graph = '%s' WHERE id = '%s' RETURNING 1",
		  house_calling(
			  GRAPH(CALLED("") "," CALL("WORKFLOW", ""), EDGE("c", "main", "call"), ""),
			  &flow.workflow),
		  flow.version.s);
	run = house_job(&flow, 1);
	await_over(&run);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_int_eq(
		house_count("SELECT max(depth) FROM tyboo.executions WHERE root_run_id = '%s'",
			    run.s),
		TY_LIMIT_CALL_DEPTH);
	ck_assert_ptr_nonnull(strstr(error_of(&run), "\"code\":\"limit\""));
	house_worker_drain(worker);
}
END_TEST

/* ---- what fails ---- */

static const struct {
	const char *graph;
	bool published, called;
	const char *code, *message;
} fail_rows[] = {
	{ GRAPH(CALLED("") "," FAIL, EDGE("c", "main", "f"), ""), true, true, "invalid",
	  "no luck" },
	/* After a wait that puts the called run down as well. */
	{ GRAPH(CALLED("") "," NODE("w", "core.wait", "\"amount\":6,\"unit\":\"seconds\"") "," FAIL,
		EDGE("c", "main", "w") "," EDGE("w", "main", "f"), ""),
	  true, true, "invalid", "no luck" },
	{ GRAPH(CALLED("\"input\":[{\"name\":\"gone\"}]"), "", ""), true, true, "invalid",
	  "\\\"gone\\\" is missing" },
	{ GRAPH(CALLED("\"output\":[{\"name\":\"gone\"}]"), "", ""), true, true, "invalid",
	  "\\\"gone\\\" is missing" },
	{ GRAPH(CALLED(""), "", ""), false, true, "unpublished", "not published" },
	{ GRAPH(CALLED(""), "", ""), true, false, "conflict", "no trigger" },
};

START_TEST(a_failed_call_is_the_callers_failure)
{
	struct house_flow child = house_callable(fail_rows[_i].graph);
	struct house_flow flow = house_flow(house_calling(caller_graph, &child.workflow));
	struct ty_id run;
	pid_t worker = house_worker();

	if (!fail_rows[_i].published)
		house_sql("UPDATE tyboo.workflows SET published_version_id = NULL WHERE id = '%s' "
			  "RETURNING 1",
			  child.workflow.s);
	if (!fail_rows[_i].called)
		house_sql("UPDATE tyboo.workflow_versions SET called_node = NULL WHERE id = '%s' "
			  "RETURNING 1",
			  child.version.s);
	run = house_job(&flow, 1);
	await_over(&run);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_msg(strstr(error_of(&run), fail_rows[_i].message) != NULL, "%s", error_of(&run));
	ck_assert_msg(strstr(error_of(&run), ty_arena_printf(fx.arena, "\"code\":\"%s\"",
							     fail_rows[_i].code)) != NULL,
		      "%s", error_of(&run));
	ck_assert_ptr_nonnull(strstr(error_of(&run), "\"node\":\"call\""));
	/* So it is no dead letter of its own. */
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.executions WHERE parent_run_id = "
			    "'%s' AND status <> 'ok' AND settled_how IS DISTINCT FROM 'told'",
			    run.s),
		0);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_failure_that_no_caller_waits_for_is_a_dead_letter)
{
	struct house_flow child = house_callable(GRAPH(
		CALLED("") "," NODE("w", "core.wait", "\"amount\":1,\"unit\":\"seconds\"") "," FAIL,
		EDGE("c", "main", "w") "," EDGE("w", "main", "f"), ""));
	struct house_flow flow =
		house_flow(house_calling(GRAPH(TRIGGER "," CALL("WORKFLOW", ",\"wait\":false"),
					       EDGE("t", "main", "call"), ""),
					 &child.workflow));
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	await_over(&run);
	ck_assert_str_eq(house_status(&run), "ok");
	house_await_finished(2);
	ck_assert_str_eq(house_sql("SELECT status || ' ' || (settled_at IS NULL) FROM "
				   "tyboo.executions WHERE parent_run_id = '%s'",
				   run.s),
			 "error true");
	house_worker_drain(worker);
}
END_TEST

/* ---- cancels ---- */

/* A run whose called run has called one that waits before its effect: all are put down, and the first is canceled. */
static pid_t
canceled_above(struct ty_id *ret_run)
{
	struct house_flow leaf = house_callable(
		GRAPH(CALLED("") "," NODE("w", "core.wait",
					  "\"amount\":1,\"unit\":\"hours\"") "," HIT("leaf"),
		      EDGE("c", "main", "w") "," EDGE("w", "main", "h"), ""));
	struct house_flow middle = house_callable(house_calling(
		GRAPH(CALLED("") "," CALL("WORKFLOW", ""), EDGE("c", "main", "call"), ""),
		&leaf.workflow));
	struct house_flow flow = house_flow(house_calling(caller_graph, &middle.workflow));
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();
	int64_t until_ms = ty_time_mono_ms() + HOUSE_WAIT_MS;

	while (house_count("SELECT count(*) FROM tyboo.executions WHERE status = 'waiting' AND "
			   "(id = '%s' OR root_run_id = '%s')",
			   run.s, run.s) < 3) {
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
		push_due();
	}
	house_sql("INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, "
		  "start_node, "
		  "mode, verdict, reason, run_id, method, path, query, headers, remote_addr, body, "
		  "delivery_key, received_at) SELECT workspace_id, id, workflow_id, version_id, "
		  "'', mode, "
		  "'accepted', '', id, '', '', '', '{}', '', '', '', accepted_at FROM "
		  "tyboo.executions "
		  "WHERE id = '%s' RETURNING 1",
		  run.s);
	house_sql("SELECT tyboo.cancel_run('%s', '%s')", house.workspace.s, run.s);
	*ret_run = run;
	return worker;
}

START_TEST(a_cancel_goes_down)
{
	struct ty_due_cancel *cancels;
	struct ty_store_query query;
	struct ty_rows rows;
	struct ty_id run;
	struct ty_tx *tx;
	size_t count;
	pid_t worker = canceled_above(&run);

	ck_assert_str_eq(house_status(&run), "canceled");
	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ty_store_due_cancels_query(fx.arena, 10, &query);
	ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
	ck_assert_ok(ty_store_due_cancels_decode(fx.arena, &rows, &cancels, &count, &fx.err));
	ck_assert_uint_eq(count, 2);
	for (size_t i = 0; i < count; i++) {
		ty_store_cancel_run_query(&cancels[i], &query);
		ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
	}
	ty_store_due_cancels_query(fx.arena, 10, &query);
	ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
	ck_assert_uint_eq(rows.count, 0);
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.executions WHERE root_run_id = '%s' AND "
			    "status = 'canceled'",
			    run.s),
		2);
	house_worker_drain(worker);
}
END_TEST

/* The pass of tyboo-reap that would cancel it has not come. */
START_TEST(a_run_whose_caller_was_canceled_is_not_gone_on_with)
{
	int64_t until_ms = ty_time_mono_ms() + HOUSE_WAIT_MS;
	struct ty_id run;
	pid_t worker = canceled_above(&run);

	house_sql(
		"UPDATE tyboo.waits SET at = now(), look_at = now() WHERE workspace_id = '%s' AND "
		"kind = 'time' RETURNING 1",
		house.workspace.s);
	while (house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s' AND "
			   "finished_at IS NOT NULL",
			   house.workspace.s) < 3) {
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
		push_due();
	}
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s' AND "
			    "status = 'canceled'",
			    house.workspace.s),
		3);
	ck_assert_uint_eq(house_hits("/leaf"), 0);
	house_worker_drain(worker);
}
END_TEST

/* ---- error workflows ---- */

static const struct house_flow *
failing_with(const char *graph, struct house_flow *handler, struct house_flow *flow)
{
	*handler = house_callable(graph);
	*flow = house_flow(GRAPH(TRIGGER "," FAIL, EDGE("t", "main", "f"), ""));
	house_sql("UPDATE tyboo.workflow_versions SET error_workflow_id = '%s', graph = "
		  "replace(graph, "
		  "'\"settings\":{', '\"settings\":{\"error_workflow\":\"%s\"') WHERE id IN ('%s', "
		  "'%s') RETURNING 1",
		  handler->workflow.s, handler->workflow.s, flow->version.s, handler->version.s);
	return flow;
}

START_TEST(a_failed_run_starts_its_error_workflow_once)
{
	struct house_flow handler, flow;
	struct ty_id run, error;
	pid_t worker;

	failing_with(GRAPH(NODE("e", "core.error", ""), "", ""), &handler, &flow);
	worker = house_worker();
	run = house_job(&flow, 1);
	house_await_finished(2);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_int_eq(children_of(&run), 1);
	ck_assert(ty_id_parse(
		house_sql("SELECT error_run_id FROM tyboo.executions WHERE id = '%s'", run.s),
		&error));
	ck_assert_str_eq(house_status(&error), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&error), "no luck"));
	ck_assert_ptr_nonnull(strstr(house_steps(&error), run.s));
	ck_assert_str_eq(
		house_sql("SELECT mode || (parent_run_id = '%s') FROM tyboo.executions WHERE "
			  "id = '%s'",
			  run.s, error.s),
		"errortrue");
	house_worker_drain(worker);
}
END_TEST

START_TEST(an_error_workflow_that_fails_starts_none_and_is_told)
{
	struct house_flow handler, flow;
	pid_t worker;

	failing_with(GRAPH(NODE("e", "core.error", "") "," FAIL, EDGE("e", "main", "f"), ""),
		     &handler, &flow);
	worker = house_worker();
	(void)house_job(&flow, 1);
	house_await_finished(2);
	ck_assert_str_eq(
		house_sql("SELECT notice FROM tyboo.executions WHERE mode = 'error' AND "
			  "workspace_id = '%s'",
			  house.workspace.s),
		"The error workflow itself failed; no error workflow is started for that.");
	ck_assert(house_log_has("the run of an error workflow failed"));
	house_worker_drain(worker);
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s'",
			    house.workspace.s),
		1);
}
END_TEST

START_TEST(an_error_workflow_that_is_not_published_is_told_on_the_run)
{
	struct house_flow handler, flow;
	struct ty_id run;
	pid_t worker;

	failing_with(GRAPH(NODE("e", "core.error", ""), "", ""), &handler, &flow);
	house_sql("UPDATE tyboo.workflows SET published_version_id = NULL WHERE id = '%s' "
		  "RETURNING 1",
		  handler.workflow.s);
	worker = house_worker();
	run = house_job(&flow, 1);
	house_await_finished(1);
	ck_assert_str_eq(house_sql("SELECT notice FROM tyboo.executions WHERE id = '%s'", run.s),
			 "The error workflow was not started: it is not published.");
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run calls", 280, {
	TEST(a_call_gives_what_the_called_run_gave);
	TEST_LOOP(a_call_is_for_all_items_or_for_each_and_waits_or_not, mode_rows);
	TEST(the_end_of_one_of_many_calls_costs_as_much_as_that_of_one);
	TEST(with_one_run_at_a_time_a_chain_five_deep_ends);
	TEST(a_workflow_that_calls_itself_ends_at_the_limit);
	TEST_LOOP(a_failed_call_is_the_callers_failure, fail_rows);
	TEST(a_failure_that_no_caller_waits_for_is_a_dead_letter);
	TEST(a_cancel_goes_down);
	TEST(a_run_whose_caller_was_canceled_is_not_gone_on_with);
	TEST(a_failed_run_starts_its_error_workflow_once);
	TEST(an_error_workflow_that_fails_starts_none_and_is_told);
	TEST(an_error_workflow_that_is_not_published_is_told_on_the_run);
})
