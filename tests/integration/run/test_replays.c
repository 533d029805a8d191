/*
 * test_replays.c -- a failed run is run again: what it had done is not done again.
 *
 * Calls are counted at the sink.  The flow calls /a<n>, then /down, which fails until the sink is opened.
 */
#include "graphs.h"
#include "house.h"

#include "intake/job.h"
#include "intake/trigger.h"
#include "json/json.h"

#define HIT(id, target) NODE(id, "http.request", "\"method\":\"POST\",\"url\":\"=%s/" target "\"")

static const char graph[] =
	GRAPH(TRIGGER "," HIT("a", "a{{ $('t').first().json.n }}") "," HIT("b", "down"),
	      EDGE("t", "main", "a") "," EDGE("a", "main", "b"), "");

/* A run's receipt, which the house's jobs have not. */
static void
receipt_of(const struct house_flow *flow, const struct ty_id *run, const char *source)
{
	house_sql("INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, "
		  "start_node, mode, verdict, reason, run_id, method, path, query, headers, "
		  "remote_addr, body, delivery_key, received_at, source) VALUES ('%s', '%s', '%s', "
		  "'%s', '', 'api', 'accepted', '', '%s', '', '', '', '{}', '', '{\"n\":1}', '', "
		  "now(), nullif('%s', '')) RETURNING 1",
		  house.workspace.s, run->s, flow->workflow.s, flow->version.s, run->s, source);
}

static struct ty_id
failed_run(const struct house_flow *flow)
{
	struct ty_id run = house_job(flow, 1);

	receipt_of(flow, &run, "");
	house_await_status(&run, "error");
	ck_assert_uint_eq(house_hits("/a1"), 1);
	ck_assert_uint_eq(house_hits("/down"), 1);
	house_sink_open();
	return run;
}

/* As the API and tybooctl do it, but for the receipt's way into Postgres. */
static void
replay(const struct house_flow *flow, const struct ty_id *run, const struct ty_rerun *how)
{
	struct ty_receipt receipt;
	int64_t before = house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = "
				     "'%s'",
				     house.workspace.s);
	const char *payload, *notices;
	struct ty_tx *tx;
	size_t len;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, &house.workspace, 5000, &tx, &fx.err));
	ck_assert_ok(ty_trigger_rerun(tx, run, how, &receipt, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &payload, &len, &notices, &fx.err));
	house_job_as(flow, &receipt.id, payload);
	house_await_finished(before + 1);
	ck_assert_msg(
		strcmp(house_status(&receipt.id), "ok") == 0, "%s",
		house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", receipt.id.s));
}

static const struct {
	struct ty_rerun how;
	size_t a1, a2; /* calls of the node that ended well, of both runs */
} replay_cases[] = {
	{ { .same_version = false }, 1, 0 },
	{ { .repeat_effects = true }, 2, 0 },
	/* It asks something else, so that there is no answer to take. */
	{ { .input = "{\"n\":2}", .input_len = 7 }, 1, 1 },
	{ { .input = "{\"n\":1}", .input_len = 7 }, 1, 0 },
};

START_TEST(a_replay_repeats_no_call_that_ended_well)
{
	struct house_flow flow = house_flow(graph);
	pid_t worker = house_worker();
	struct ty_id run = failed_run(&flow);

	replay(&flow, &run, &replay_cases[_i].how);
	ck_assert_uint_eq(house_hits("/a1"), replay_cases[_i].a1);
	ck_assert_uint_eq(house_hits("/a2"), replay_cases[_i].a2);
	ck_assert_uint_eq(house_hits("/down"), 2);
	house_worker_drain(worker);
}
END_TEST

/* The replay failed before it came to the call; the next one takes the first run's answer. */
START_TEST(a_replay_of_a_replay_repeats_none_of_the_first)
{
	static const struct ty_rerun how = { .same_version = false };
	struct house_flow flow = house_flow(graph);
	pid_t worker = house_worker();
	struct ty_id run = failed_run(&flow), second = ty_id_new();

	receipt_of(&flow, &second, ty_arena_printf(fx.arena, "{\"run_id\":\"%s\"}", run.s));
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at, finished_at) VALUES ('%s', '%s', '%s', "
		  "'%s', 'replay', 'error', 1, now(), now(), now()) RETURNING 1",
		  house.workspace.s, second.s, flow.workflow.s, flow.version.s);
	replay(&flow, &second, &how);
	ck_assert_uint_eq(house_hits("/a1"), 1);
	ck_assert_uint_eq(house_hits("/down"), 2);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run replays", 280, {
	TEST_LOOP(a_replay_repeats_no_call_that_ended_well, replay_cases);
	TEST(a_replay_of_a_replay_repeats_none_of_the_first);
})
