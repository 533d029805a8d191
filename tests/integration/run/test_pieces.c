/*
 * test_pieces.c -- a run that lasts gives its steps while it does; one that does not, none.
 */
#include "graphs.h"
#include "house.h"

#include "base/buf.h"
#include "base/time.h"
#include "engine/digest.h"
#include "json/json.h"

#include <signal.h>
#include <string.h>

/* A call that lasts as long as the test wants, between two steps. */
#define LASTING(settings)                                                                          \
	GRAPH(TRIGGER "," NODE("a", "core.noop", "") "," NODE(                                     \
		      "call", "http.request", "\"url\":\"%s/hold\"") "," NODE("end", "core.noop",  \
									      ""),                 \
	      EDGE("t", "main", "a") "," EDGE("a", "main", "call") "," EDGE("call", "main",        \
									    "end"),                \
	      settings)

/* More nodes in a row than a piece has steps. */
#define LONG_NODES 130

static const char lasting[] = LASTING("");

static const char *
names_of(const struct ty_id *run)
{
	const char *text = house_steps(run);
	json_t *steps = json_loads(text, JSON_DECODE_ANY, NULL), *step;
	struct ty_buf buf;
	size_t i;

	ty_buf_init(&buf, fx.arena, 64);
	ty_json_own(fx.arena, steps);
	json_array_foreach(steps, i, step)
	{
		ty_buf_printf(&buf, "%s%s", i > 0 ? " " : "", ty_json_str(step, "node", "?"));
	}
	return buf.len > 0 ? buf.data : "";
}

static void
check_digest(const struct ty_id *run)
{
	json_t *steps = json_loads(house_steps(run), JSON_DECODE_ANY, NULL);

	ck_assert(ty_digest_is_of(
		fx.arena, ty_json_own(fx.arena, steps),
		house_sql("SELECT digest FROM tyboo.executions WHERE id = '%s'", run->s)));
}

START_TEST(a_run_that_lasts_is_seen_before_it_is_over)
{
	struct house_flow flow = house_flow(lasting);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_hits("/hold", 1);
	house_await_pieces(&run, 1);
	ck_assert_str_eq(house_status(&run), "running");
	ck_assert_str_eq(names_of(&run), "t a");
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(names_of(&run), "t a call end");
	check_digest(&run);
	ck_assert_int_eq(
		house_count("SELECT step_count FROM tyboo.executions WHERE id = '%s'", run.s), 4);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_run_that_does_not_last_is_one_row)
{
	struct house_flow flow = house_flow(lasting);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker;

	house_sink_open();
	worker = house_worker();
	house_await_finished(1);
	ck_assert_int_eq(house_pieces(&run), 0);
	ck_assert_str_eq(names_of(&run), "t a call end");
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_run_of_many_steps_gives_them_before_it_is_a_second_old)
{
	struct ty_buf nodes, edges;
	struct house_flow flow;
	struct ty_id run;
	pid_t worker;

	ty_buf_init(&nodes, fx.arena, 16384);
	ty_buf_init(&edges, fx.arena, 16384);
	ty_buf_add_str(&nodes, TRIGGER);
	for (int i = 0; i < LONG_NODES; i++) {
		ty_buf_printf(
			&nodes,
			",{\"id\":\"n%d\",\"name\":\"n%d\",\"type\":\"core.noop\",\"version\":1,"
			"\"params\":{}}",
			i, i);
		ty_buf_printf(
			&edges,
			"%s{\"from\":\"%s\",\"output\":\"main\",\"to\":\"n%d\",\"input\":\"main\"}",
			i > 0 ? "," : "", i > 0 ? ty_arena_printf(fx.arena, "n%d", i - 1) : "t", i);
	}
	ty_buf_add_str(&nodes, "," NODE("call", "http.request", "\"url\":\"%s/hold\""));
	ty_buf_add_str(&edges, "," EDGE("n129", "main", "call"));
	flow = house_flow(ty_arena_printf(fx.arena,
					  "{\"nodes\":[%s],\"edges\":[%s],\"settings\":{}}",
					  nodes.data, edges.data));
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_pieces(&run, 1);
	house_sink_open();
	house_await_finished(1);
	check_digest(&run);
	ck_assert_int_eq(
		house_count("SELECT step_count FROM tyboo.executions WHERE id = '%s'", run.s),
		LONG_NODES + 2);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_worker_that_takes_a_run_over_gives_each_step_once)
{
	struct house_flow flow = house_flow(lasting);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_hits("/hold", 1);
	house_await_pieces(&run, 1);
	house_worker_kill(worker, SIGKILL);
	worker = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold", 2);
	house_await_pieces(&run, 1);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(names_of(&run), "t a call end");
	check_digest(&run);
	house_worker_drain(worker);
}
END_TEST

static const struct {
	const char *graph, *after;
} save_cases[] = {
	{ LASTING("\"save\":\"errors\""), "" },
	{ LASTING("\"save\":\"none\""), "" },
	{ LASTING("\"save\":\"all\""), "t a call end" },
};

START_TEST(only_what_is_to_be_saved_stays)
{
	struct house_flow flow = house_flow(save_cases[_i].graph);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_hits("/hold", 1);
	house_await_pieces(&run, 1);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(names_of(&run), save_cases[_i].after);
	house_worker_drain(worker);
}
END_TEST

START_TEST(steps_that_postgres_refuses_are_in_the_record)
{
	struct house_flow flow = house_flow(lasting);
	struct ty_id run = house_job(&flow, 1);
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
	pid_t worker;

	house_refuse("execution_pieces", &run);
	worker = house_worker();
	while (!house_log_has("were refused"))
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	house_refuse_no_more("execution_pieces");
	house_sink_open();
	house_await_finished(1);
	ck_assert_int_eq(house_pieces(&run), 0);
	ck_assert_str_eq(names_of(&run), "t a call end");
	check_digest(&run);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.pieces", 120, tcase_add_test(tc, a_run_that_lasts_is_seen_before_it_is_over);
		tcase_add_test(tc, a_run_that_does_not_last_is_one_row);
		tcase_add_test(tc, a_run_of_many_steps_gives_them_before_it_is_a_second_old);
		tcase_add_test(tc, a_worker_that_takes_a_run_over_gives_each_step_once);
		tcase_add_test(tc, steps_that_postgres_refuses_are_in_the_record);
		tcase_add_loop_test(tc, only_what_is_to_be_saved_stays, 0,
				    TY_ARRAY_COUNT(save_cases)))
