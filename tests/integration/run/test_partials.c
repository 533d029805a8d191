/*
 * test_partials.c -- parts of a workflow are run: what is taken of an earlier run, or pinned, is not run again.
 *
 * Calls are counted at the sink.  The flow calls /a<n>, then /b<n>.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"
#include "engine/digest.h"
#include "intake/partial.h"
#include "intake/trigger.h"
#include "json/json.h"
#include "store/step_list.h"
#include "support/nodes.h"

#include <signal.h>

#define HIT(id, target) NODE(id, "http.request", "\"method\":\"POST\",\"url\":\"=%s/" target "\"")

static const char graph[] =
	GRAPH(TRIGGER "," HIT("a", "a{{ $json.n }}") "," HIT(
		      "b", "b{{ $('t').item.json.n }}") "," NODE("c", "core.noop", ""),
	      EDGE("t", "main", "a") "," EDGE("a", "main", "b") "," EDGE("b", "main", "c"), "");

/* What an editor would have left in the draft; a run of a published version never looks at it. */
static const char pinned_graph[] = "{\"nodes\":[" TRIGGER "," HIT("a", "a{{ $json.n }}") "," NODE(
	"c", "core.noop",
	"") "],"
	    "\"edges\":[" EDGE("t", "main", "a") "," EDGE(
		    "a", "main",
		    "c") "],"
			 "\"pins\":{\"a\":[{\"json\":{\"pin\":1}}],\"gone\":[]},\"settings\":{}}";

static struct ty_tx *
begin(void)
{
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, &house.workspace, 5000, &tx, &fx.err));
	return tx;
}

static struct ty_id
whole_run(const struct house_flow *flow)
{
	struct ty_id run = house_job(flow, 1);

	house_await_status(&run, "ok");
	return run;
}

/* As the API does it; the text is the version's, with the sink's address. */
static enum ty_code
ask(const struct house_flow *flow, const struct ty_partial_ask *how, struct ty_receipt *ret_receipt)
{
	struct ty_store_version version = { .id = flow->version };
	struct ty_tx *tx = begin();
	struct ty_partial partial;
	enum ty_code code;
	json_t *doc;

	version.graph = house_sql("SELECT graph FROM tyboo.workflow_versions WHERE id = '%s'",
				  flow->version.s);
	doc = ty_json_own(fx.arena, json_loads(version.graph, 0, NULL));
	ck_assert_ptr_nonnull(doc);
	ck_assert_ok(
		ty_trigger_version(tx, &flow->workflow, &version, "partial", ret_receipt, &fx.err));
	code = ty_trigger_partial(tx, builtin_registry(fx.arena), doc, how, ret_receipt, &partial,
				  &fx.err);
	if (code == TY_OK)
		ck_assert_ok(ty_tx_commit(tx, &fx.err));
	else
		ty_tx_rollback(tx);
	return code;
}

/* "t<, a<, b": steps in order, those that were taken with <, pinned ones with ^. */
static const char *
steps_of(const struct ty_id *run)
{
	const struct ty_store_step_filter filter = { .limit = 100 };
	struct ty_tx *tx = begin();
	const char *text = "";
	json_t *steps, *step;
	int64_t next;
	size_t i;

	ck_assert_ok(ty_store_step_list(tx, run, &filter, &steps, &next, &fx.err));
	json_array_foreach(steps, i, step)
	{
		const char *from = ty_json_str(step, "from_run", "");
		bool pinned = ty_json_bool(step, "pinned", false);

		text = ty_arena_printf(fx.arena, "%s%s%s%s", text, i > 0 ? ", " : "",
				       ty_json_str(step, "node", "?"),
				       *from != '\0' ? "<"
				       : pinned	     ? "^"
						     : "");
	}
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return text;
}

static struct ty_id
run_part(const struct house_flow *flow, const struct ty_partial_ask *how)
{
	struct ty_receipt receipt;
	const char *payload, *notices;
	size_t len;

	ck_assert_ok(ask(flow, how, &receipt));
	ck_assert_str_eq(receipt.mode, "partial");
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &payload, &len, &notices, &fx.err));
	house_job_as(flow, &receipt.id, payload);
	house_await_status(&receipt.id, "ok");
	return receipt.id;
}

static const struct {
	const char *to, *only, *from, *steps;
	int64_t usage; /* steps that are counted */
	size_t a1, b1; /* calls of both runs */
} part_cases[] = {
	{ "c", "", "", "b<, c", 1, 1, 1 },
	{ "", "b", "", "t<, a<, b", 1, 1, 2 },
	{ "", "", "b", "t<, a<, b, c", 2, 1, 2 },
	{ "", "", "t", "t, a, b, c", 4, 2, 2 },
};

/* Effects of the nodes that are run are real, also where the earlier run made them. */
START_TEST(what_an_earlier_run_gave_is_taken_and_not_run_again)
{
	struct house_flow flow = house_flow(graph);
	pid_t worker = house_worker();
	struct ty_id first = whole_run(&flow);
	const struct ty_partial_ask how = {
		.to = part_cases[_i].to,
		.only = part_cases[_i].only,
		.from = part_cases[_i].from,
		.source_run_id = first.s,
		.input = ty_json_own(fx.arena, json_pack("{s:i}", "n", 1)),
	};
	struct ty_id run = run_part(&flow, &how);

	/* What is not needed for the node is not taken either. */
	ck_assert_str_eq(steps_of(&run), part_cases[_i].steps);
	ck_assert_uint_eq(house_hits("/a1"), part_cases[_i].a1);
	ck_assert_uint_eq(house_hits("/b1"), part_cases[_i].b1);
	ck_assert_int_eq(
		house_count("SELECT steps FROM tyboo.usage_events WHERE run_id = '%s'", run.s),
		part_cases[_i].usage);
	house_worker_drain(worker);
}
END_TEST

START_TEST(pins_stand_in_a_part_and_never_in_a_whole_run)
{
	static const struct ty_partial_ask how = { .to = "c" };
	struct house_flow flow = house_flow(pinned_graph);
	pid_t worker = house_worker();
	struct ty_id part = run_part(&flow, &how), all;

	ck_assert_str_eq(steps_of(&part), "a^, c");
	ck_assert_uint_eq(house_hits("/a1"), 0);
	all = whole_run(&flow);
	ck_assert_str_eq(steps_of(&all), "t, a, c");
	ck_assert_uint_eq(house_hits("/a1"), 1);
	house_worker_drain(worker);
}
END_TEST

/* A draft is tried while it is made: what is not run need not be right. */
START_TEST(a_node_that_is_wrong_is_in_nobody_elses_way)
{
	static const char broken[] =
		GRAPH(TRIGGER "," HIT("a", "a{{ $json.n }}") "," NODE("gone", "acme.gone", ""),
		      EDGE("t", "main", "a") "," EDGE("a", "main", "gone"), "");
	const struct ty_partial_ask how = {
		.to = "a",
		.input = ty_json_own(fx.arena, json_pack("{s:i}", "n", 1)),
	};
	struct house_flow flow = house_flow(broken);
	pid_t worker = house_worker();
	struct ty_id run = run_part(&flow, &how), all;

	ck_assert_str_eq(steps_of(&run), "t, a");
	all = house_job(&flow, 1);
	house_await_status(&all, "error");
	ck_assert_uint_eq(house_hits("/a1"), 1);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_run_that_cannot_be_stood_on_is_refused)
{
	static const char saves_none[] = GRAPH(TRIGGER, "", "\"save\":\"none\"");
	struct house_flow flow = house_flow(graph), other = house_flow(saves_none);
	struct ty_partial_ask how = { .from = "b", .source_run_id = "soon" };
	struct ty_id nobody = ty_id_new(), first;
	pid_t worker = house_worker();
	struct ty_receipt receipt;

	ck_assert_int_eq(ask(&flow, &how, &receipt), TY_E_INVALID);
	ck_assert_str_eq(fx.err.path, "source_run_id");
	how.source_run_id = nobody.s;
	ck_assert_int_eq(ask(&flow, &how, &receipt), TY_E_NOT_FOUND);
	first = whole_run(&other);
	how.source_run_id = first.s;
	ck_assert_int_eq(ask(&flow, &how, &receipt), TY_E_INVALID);
	ck_assert_str_eq(fx.err.msg, "The run is of another workflow");
	how.from = "t";
	ck_assert_int_eq(ask(&other, &how, &receipt), TY_E_CONFLICT);
	ck_assert_str_eq(fx.err.msg, "The items of the run are not kept");
	how.only = "t";
	ck_assert_int_eq(ask(&other, &how, &receipt), TY_E_INVALID);
	ck_assert_str_eq(fx.err.msg, "\"to\", \"only\" and \"from\" exclude each other");
	house_worker_drain(worker);
}
END_TEST

/* ---- parts that last ---- */

#define GET(id, target) NODE(id, "http.request", "\"url\":\"%s/" target "\"")

/* A part of 'flow' from this node on, the rest taken from the run; it is begun. */
static struct ty_id
begin_part(const struct house_flow *flow, const char *from, const struct ty_id *first)
{
	const struct ty_partial_ask how = { .from = from, .source_run_id = first->s };
	struct ty_receipt receipt;
	const char *payload, *notices;
	size_t len;

	ck_assert_ok(ask(flow, &how, &receipt));
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &payload, &len, &notices, &fx.err));
	house_job_as(flow, &receipt.id, payload);
	return receipt.id;
}

static void
await_due(void)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	while (house_push_due() == 0)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
}

static void
check_digest(const struct ty_id *run)
{
	json_t *steps = ty_json_own(fx.arena, json_loads(house_steps(run), JSON_DECODE_ANY, NULL));

	ck_assert(ty_digest_is_of(
		fx.arena, steps,
		house_sql("SELECT digest FROM tyboo.executions WHERE id = '%s'", run->s)));
}

/* What it takes is there again after the wait. */
START_TEST(a_part_that_waits_is_put_down_and_goes_on_in_another_worker)
{
	static const char waits[] = GRAPH(
		TRIGGER "," HIT("a", "a{{ $json.n }}") "," NODE(
			"w", "core.wait",
			"\"amount\":6,\"unit\":\"seconds\"") "," HIT("b", "b{{ "
									  "$('t').item."
									  "json.n }}"),
		EDGE("t", "main", "a") "," EDGE("a", "main", "w") "," EDGE("w", "main", "b"), "");
	struct house_flow flow = house_flow(waits);
	struct ty_id first = house_job(&flow, 1), run;
	pid_t worker = house_worker();

	house_await_status(&first, "waiting");
	await_due();
	house_await_status(&first, "ok");
	run = begin_part(&flow, "w", &first);
	house_await_status(&run, "waiting");
	house_worker_drain(worker);
	await_due();
	worker = house_worker();
	house_await_status(&run, "ok");
	ck_assert_str_eq(steps_of(&run), "t<, a<, w, b");
	ck_assert_uint_eq(house_hits("/a1"), 1);
	ck_assert_uint_eq(house_hits("/b1"), 2);
	check_digest(&run);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_part_is_taken_over_with_what_it_takes)
{
	static const char holds[] = GRAPH(
		TRIGGER "," HIT("a", "a{{ $json.n }}") "," GET("h", "hold") "," HIT(
			"b", "b{{ $('t').item.json.n }}"),
		EDGE("t", "main", "a") "," EDGE("a", "main", "h") "," EDGE("h", "main", "b"), "");
	struct house_flow flow = house_flow(holds);
	struct ty_id first, run;
	pid_t worker = house_worker();

	house_sink_open();
	first = whole_run(&flow);
	pthread_mutex_lock(&house.lock);
	house.is_open = false;
	pthread_mutex_unlock(&house.lock);
	run = begin_part(&flow, "h", &first);
	house_await_hits("/hold", 2);
	house_worker_kill(worker, SIGKILL);
	house_reap(1, 8);
	worker = house_worker();
	house_await_hits("/hold", 3);
	house_sink_open();
	house_await_status(&run, "ok");
	ck_assert_str_eq(steps_of(&run), "t<, a<, h, b");
	ck_assert_uint_eq(house_hits("/a1"), 1);
	ck_assert_uint_eq(house_hits("/b1"), 2);
	check_digest(&run);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run partials", 280, {
	TEST_LOOP(what_an_earlier_run_gave_is_taken_and_not_run_again, part_cases);
	TEST(pins_stand_in_a_part_and_never_in_a_whole_run);
	TEST(a_node_that_is_wrong_is_in_nobody_elses_way);
	TEST(a_run_that_cannot_be_stood_on_is_refused);
	TEST(a_part_that_waits_is_put_down_and_goes_on_in_another_worker);
	TEST(a_part_is_taken_over_with_what_it_takes);
})
