/*
 * test_overlap.c -- steps that read ahead, by a real tyboo-run.
 *
 * The sink holds every answer until all five requests have come, so that nothing here is a matter of time:
 * one step after the other would never get the first answer.
 */
#include "graphs.h"
#include "house.h"

#include "engine/digest.h"

#include <signal.h>
#include <string.h>

#define GET(id)	   NODE(id, "http.request", "\"url\":\"%s/hold/" id "\"")
#define BRANCH(id) EDGE("t", "main", id) "," EDGE(id, "main", "merge")

static const char five_branches[] =
	GRAPH(TRIGGER "," GET("a") "," GET("b") "," GET("c") "," GET("d") "," GET("e") "," NODE(
		      "merge", "core.noop", ""),
	      BRANCH("a") "," BRANCH("b") "," BRANCH("c") "," BRANCH("d") "," BRANCH("e"), "");

static void
await_five(size_t count)
{
	static const char *const targets[] = { "/hold/a", "/hold/b", "/hold/c", "/hold/d",
					       "/hold/e" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(targets); i++)
		house_await_hits(targets[i], count);
}

static const char *
digest_of(const struct ty_id *run)
{
	return house_sql("SELECT digest FROM tyboo.executions WHERE id = '%s'", run->s);
}

START_TEST(five_branches_are_with_the_server_at_a_time)
{
	struct house_flow flow = house_flow(five_branches);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	await_five(1);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_int_eq(
		house_count("SELECT step_count FROM tyboo.executions WHERE id = '%s'", run.s), 7);
	ck_assert_int_eq(strncmp(digest_of(&run), "9:", 2), 0);
	house_worker_drain(worker);
}
END_TEST

/* By the rules that its journal says: as this release begins it, and as the one before did. */
START_TEST(a_run_is_taken_over_in_the_way_that_it_was_begun)
{
	struct house_flow flow = house_flow(five_branches);
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;

	await_five(1);
	house_worker_kill(first, SIGKILL);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.effects WHERE run_id = '%s' AND "
				     "digest_version = %d",
				     run.s, TY_DIGEST_VERSION),
			 5);
	if (_i == 1)
		house_sql("UPDATE tyboo.effects SET digest_version = NULL WHERE run_id = '%s' "
			  "RETURNING key",
			  run.s);
	second = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold/a", 2);
	if (_i == 0)
		await_five(2);
	else
		ck_assert_uint_eq(house_hits("/hold/b"), 1);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_int_eq(strncmp(digest_of(&run), _i == 0 ? "9:" : "3:", 2), 0);
	house_worker_drain(second);
}
END_TEST

/* Reads that were made ahead of a step that fails are told on the run and metered, and nowhere else. */
START_TEST(calls_made_ahead_for_nothing_are_told_on_the_run_and_metered)
{
	struct house_flow flow = house_flow(
		GRAPH(TRIGGER "," NODE("a", "http.request", "\"url\":\"%s/down\"") "," GET(
			      "b") "," NODE("merge", "core.noop", ""),
		      BRANCH("a") "," BRANCH("b"), ""));
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_str_eq(
		house_sql("SELECT error::json->'calls_unused'->0->>'node' FROM tyboo.executions "
			  "WHERE id = '%s'",
			  run.s),
		"b");
	ck_assert_int_eq(
		house_count("SELECT step_count FROM tyboo.executions WHERE id = '%s'", run.s), 2);
	ck_assert_int_eq(
		house_count("SELECT calls_unused FROM tyboo.usage_events WHERE run_id = '%s' AND "
			    "steps = 2",
			    run.s),
		1);
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.effects WHERE run_id = '%s'", run.s), 2);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.overlap", 120, {
	TEST(five_branches_are_with_the_server_at_a_time);
	tcase_add_loop_test(tc, a_run_is_taken_over_in_the_way_that_it_was_begun, 0, 2);
	TEST(calls_made_ahead_for_nothing_are_told_on_the_run_and_metered);
})
