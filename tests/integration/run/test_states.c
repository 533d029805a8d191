/*
 * test_states.c -- kept values and real workers: each write happens once, whoever dies and however many count at a time.
 */
#include "graphs.h"
#include "house.h"

#include "base/buf.h"
#include "base/time.h"
#include "json/json.h"
#include "support/patience.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STATE(id, params) NODE(id, "data.state", params)
#define COUNT		  "\"action\":\"increment\",\"key\":\"n\",\"into\":\"counted\""

static const char counts[] = GRAPH(TRIGGER "," STATE("s", COUNT), EDGE("t", "main", "s"), "");
/* In a time for ten thousand of them, one statement after the other on a busy machine. */
static const char counts_long[] =
	GRAPH(TRIGGER ",{\"id\":\"s\",\"name\":\"s\",\"type\":\"data.state\",\"version\":1,"
		      "\"timeout_ms\":240000,\"params\":{" COUNT "}}",
	      EDGE("t", "main", "s"), "");
/* Something is kept, then a call that holds the run. */
static const char counts_and_holds[] =
	GRAPH(TRIGGER "," STATE("s", COUNT) "," NODE("h", "http.request", "\"url\":\"%s/hold\""),
	      EDGE("t", "main", "s") "," EDGE("s", "main", "h"), "");

static const char *
value_of(const char *key)
{
	return house_sql("SELECT value FROM tyboo.states WHERE workspace_id = '%s' AND key = '%s'",
			 house.workspace.s, key);
}

/* Until the write of the run's call is committed. */
static void
await_done(const struct ty_id *run)
{
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	while (house_count("SELECT count(*) FROM tyboo.effects WHERE run_id = '%s' AND done IS NOT "
			   "NULL",
			   run->s) == 0) {
		ck_assert_msg(ty_time_mono_ms() < give_up_ms, "nothing was written");
		usleep(5000);
	}
}

START_TEST(many_runs_at_two_workers_count_each_once)
{
	struct house_flow flow = house_flow(counts);
	pid_t workers[2];

	for (int i = 0; i < 60; i++)
		(void)house_job(&flow, i);
	for (size_t i = 0; i < 2; i++)
		workers[i] = house_worker();
	house_await_finished(60);
	ck_assert_str_eq(value_of("n"), "60");
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s' "
			    "AND status = 'ok'",
			    house.workspace.s),
		60);
	for (size_t i = 0; i < 2; i++)
		house_worker_drain(workers[i]);
}
END_TEST

/* Killed when the write is committed and its answer is not journaled: the next worker is told what was written. */
START_TEST(a_worker_that_is_killed_between_write_and_journal_has_written_once)
{
	struct house_flow flow = house_flow(counts);
	struct ty_id run;
	pid_t first, second;

	house_sql("CREATE OR REPLACE FUNCTION tyboo.hold_answer() RETURNS trigger LANGUAGE plpgsql "
		  "AS $$ "
		  "BEGIN RAISE cannot_connect_now; END $$");
	house_sql("CREATE TRIGGER hold_answer BEFORE UPDATE ON tyboo.effects FOR EACH ROW WHEN "
		  "(NEW.answer IS NOT NULL) EXECUTE FUNCTION tyboo.hold_answer()");
	run = house_job(&flow, 1);
	first = house_worker();
	await_done(&run);
	house_worker_kill(first, SIGKILL);
	house_sql("DROP TRIGGER hold_answer ON tyboo.effects");
	ck_assert_str_eq(value_of("n"), "1");
	second = house_worker();
	house_reap(1, 8);
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_str_eq(value_of("n"), "1");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"counted\":{\"value\":1"));
	house_worker_drain(second);
}
END_TEST

/* Killed behind it: the value is the journal's, however it has changed. */
START_TEST(who_takes_a_run_over_takes_what_was_answered)
{
	struct house_flow flow = house_flow(counts_and_holds);
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;

	house_await_hits("/hold", 1);
	house_worker_kill(first, SIGKILL);
	house_sql("UPDATE tyboo.states SET value = '7' WHERE workspace_id = '%s' RETURNING 1",
		  house.workspace.s);
	second = house_worker();
	house_reap(1, 8);
	house_await_hits("/hold", 2);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"counted\":{\"value\":1"));
	ck_assert_str_eq(value_of("n"), "7");
	house_worker_drain(second);
}
END_TEST

/* Of many runs that put where there is none, one has put. */
START_TEST(one_of_many_puts_where_there_is_none)
{
	struct house_flow flow = house_flow(GRAPH(
		TRIGGER
		"," STATE("s",
			  "\"action\":\"put\",\"key\":\"lock\",\"value\":\"={{ $json.n "
			  "}}\",\"when\":\"new\"") "," NODE("won", "core.noop",
							    "") "," NODE("lost", "core.noop", ""),
		EDGE("t", "main", "s") "," EDGE("s", "main", "won") "," EDGE("s", "conflict",
									     "lost"),
		""));
	pid_t workers[2];
	int64_t won = 0;

	for (int i = 0; i < 20; i++)
		(void)house_job(&flow, i);
	for (size_t i = 0; i < 2; i++)
		workers[i] = house_worker();
	house_await_finished(20);
	won = house_count("SELECT count(*) FROM tyboo.effects WHERE workspace_id = '%s' AND "
			  "done::json ->> 'outcome' = 'done'",
			  house.workspace.s);
	ck_assert_int_eq(won, 1);
	ck_assert_int_eq(
		house_count("SELECT count(*) FROM tyboo.effects WHERE workspace_id = '%s' AND "
			    "done::json ->> 'outcome' = 'conflict'",
			    house.workspace.s),
		19);
	for (size_t i = 0; i < 2; i++)
		house_worker_drain(workers[i]);
}
END_TEST

/* Every run brings the same items, two at a time: each item is new in one of them. */
START_TEST(an_item_is_new_in_one_of_many_runs)
{
	struct house_flow flow =
		house_flow(GRAPH(TRIGGER "," NODE("d", "core.remove_duplicates",
						  "\"against\":\"new\"") "," STATE("s", COUNT),
				 EDGE("t", "main", "d") "," EDGE("d", "main", "s"), ""));
	pid_t workers[2];

	for (int i = 0; i < 30; i++)
		(void)house_job_items(
			&flow, "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}},{\"json\":{\"n\":3}}]");
	for (size_t i = 0; i < 2; i++)
		workers[i] = house_worker();
	house_await_finished(30);
	ck_assert_str_eq(value_of("n"), "3");
	for (size_t i = 0; i < 2; i++)
		house_worker_drain(workers[i]);
}
END_TEST

/* Ten thousand items are ten thousand operations, many in a statement. */
START_TEST(ten_thousand_items_are_counted)
{
	struct house_flow flow = house_flow(counts_long);
	pid_t worker = house_worker();
	struct ty_buf items;
	struct ty_id run;

	ty_buf_init(&items, fx.arena, 1 << 16);
	ty_buf_printf(&items, "[");
	for (int i = 0; i < 10000; i++)
		ty_buf_printf(&items, "%s{\"json\":{}}", i > 0 ? "," : "");
	ty_buf_printf(&items, "]");
	run = house_job_items(&flow, items.data);
	house_await_finished_in(240000, 1); /* a thousand statements one after the other */
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_str_eq(value_of("n"), "10000");
	house_worker_drain(worker);
}
END_TEST

/* Each lookup of a run: by the quota's end its error names key and limit, and the other items go on. */
START_TEST(a_quota_that_is_reached_fails_its_items_alone)
{
	struct house_flow flow = house_flow(GRAPH(
		TRIGGER ",{\"id\":\"s\",\"name\":\"s\",\"type\":\"data.state\",\"version\":1,"
			"\"on_error\":\"continue\",\"params\":{\"action\":\"put\",\"key\":\"=k{{ "
			"$json.n }}\",\"value\":1}}",
		EDGE("t", "main", "s"), ""));
	pid_t worker = house_worker();
	struct ty_id run;

	house_sql("UPDATE tyboo.workspaces SET state_keys_max = 2 WHERE id = '%s' RETURNING 1",
		  house.workspace.s);
	run = house_job_items(&flow,
			      "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}},{\"json\":{\"n\":3}}]");
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ptr_nonnull(
		strstr(house_steps(&run), "The value of \\\"k3\\\" would be one more"));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "state_keys_max"));
	ck_assert_str_eq(value_of("k2"), "1");
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.states", 270, {
	TEST(many_runs_at_two_workers_count_each_once);
	TEST(a_worker_that_is_killed_between_write_and_journal_has_written_once);
	TEST(who_takes_a_run_over_takes_what_was_answered);
	TEST(one_of_many_puts_where_there_is_none);
	TEST(an_item_is_new_in_one_of_many_runs);
	TEST(ten_thousand_items_are_counted);
	TEST(a_quota_that_is_reached_fails_its_items_alone);
})
