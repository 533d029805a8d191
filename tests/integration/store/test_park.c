/*
 * Steps in pieces, and runs that are put down: the invariants of store/park.h, one test each; what
 * retention leaves them; what they cost.
 */
#include "integration/store/parked.h"

/* ---- pieces ---- */

START_TEST(a_piece_is_appended_by_the_lease_that_holds_the_run_once)
{
	struct ty_record_run run = run_new(5);
	struct ty_piece piece = piece_of(&run, 0, 0, "all", "[{\"node\":\"a\"}]");

	ck_assert(!append(&piece)); /* not shown as running yet: nothing to append to */
	mark(&run);
	ck_assert(append(&piece));
	ck_assert(append(&piece)); /* its answer was lost */
	piece.fence = 4;
	piece.number = 1;
	ck_assert(!append(&piece));
	ck_assert_int_eq(
		number("SELECT count(*) FROM tyboo.execution_pieces WHERE run_id = '$RUN'", &run),
		1);
	ck_assert(finish(run, "ok", "[]"));
	piece.fence = 5;
	ck_assert(!append(&piece));
}
END_TEST

START_TEST(a_reader_in_the_middle_sees_what_is_there_by_page_and_by_frame)
{
	struct ty_record_run run = run_new(5);
	struct ty_piece first = piece_of(&run, 0, 0, "all",
					 "[{\"node\":\"a\"},{\"node\":\"b\",\"frame\":\"l:0\"}]");
	struct ty_piece second = piece_of(&run, 1, 2, "all",
					  "[{\"node\":\"c\",\"frame\":\"l:1\"},{\"node\":\"d\"}]");
	int64_t next;

	mark(&run);
	ck_assert(append(&first));
	ck_assert_str_eq(steps(&run, NULL, 0, 10, &next), "ab");
	ck_assert_int_eq(next, -1);
	ck_assert(append(&second));
	ck_assert_str_eq(steps(&run, NULL, 0, 3, &next), "abc");
	ck_assert_int_eq(next, 3);
	ck_assert_str_eq(steps(&run, NULL, next, 3, &next), "d");
	ck_assert(finish(run, "ok", "[{\"node\":\"e\"},{\"node\":\"f\",\"frame\":\"l:1\"}]"));
	ck_assert_str_eq(steps(&run, NULL, 0, 10, &next), "abcdef");
	ck_assert_int_eq(next, -1);
	ck_assert_str_eq(steps(&run, "", 0, 10, &next), "ade");
	ck_assert_str_eq(steps(&run, "l:1", 0, 1, &next), "c");
	ck_assert_str_eq(steps(&run, "l:1", next, 1, &next), "f");
	ck_assert_int_eq(next, -1);
	ck_assert_str_eq(steps(&run, "l:7", 0, 10, &next), "");
}
END_TEST

static const struct {
	const char *save, *status, *while_it_runs, *after;
} save_cases[] = {
	{ "all", "ok", "a", "a" },   { "errors", "ok", "", "" }, { "errors", "error", "", "a" },
	{ "none", "error", "", "" }, { "none", "ok", "", "" },	 { "errors", "timeout", "", "a" },
};

START_TEST(steps_that_are_not_to_be_saved_are_shown_to_nobody_and_go)
{
	struct ty_record_run run = run_new(5);
	struct ty_piece piece = piece_of(&run, 0, 0, save_cases[_i].save, "[{\"node\":\"a\"}]");
	int64_t next;

	mark(&run);
	ck_assert(append(&piece));
	ck_assert_str_eq(steps(&run, NULL, 0, 10, &next), save_cases[_i].while_it_runs);
	ck_assert(finish(run, save_cases[_i].status, "[]"));
	ck_assert_str_eq(steps(&run, NULL, 0, 10, &next), save_cases[_i].after);
	ck_assert_int_eq(
		number("SELECT count(*) FROM tyboo.execution_pieces WHERE run_id = '$RUN'", &run),
		save_cases[_i].after[0] != '\0');
}
END_TEST

/* ---- put down, and taken up again ---- */

START_TEST(a_run_that_is_put_down_is_taken_with_all_that_it_needs)
{
	struct ty_record_run run = run_new(5);
	struct ty_taken taken;

	ck_assert(park_until(&run, LATER_MS));
	ck_assert(park_until(&run, LATER_MS)); /* its answer was lost */
	ck_assert_str_eq(cell("SELECT status FROM tyboo.executions WHERE id = '$RUN'", &run),
			 "waiting");
	ck_assert_int_eq(take(&run, 9).status, TY_CLAIM_WAITING);
	ck_assert(!is_due(&run));
	ck_assert(park_until(&run, NOW_MS - 1));
	ck_assert(is_due(&run));
	ck_assert(!is_due(&run)); /* for a minute */
	taken = take(&run, 9);
	ck_assert_int_eq(taken.status, TY_CLAIM_CLAIMED);
	ck_assert_int_eq(ty_json_int(taken.state, "version", 0), 1);
	ck_assert_uint_eq(json_array_size(taken.steps), 2);
	ck_assert_uint_eq(taken.piece_count, 1);
	ck_assert_uint_eq(taken.step_count, 2);
	ck_assert_int_eq(taken.running_ms, 12);
	ck_assert_str_eq(taken.start_node, "t");
	ck_assert_uint_eq(taken.payload_count, 1);
	ck_assert_str_eq(taken.payloads[0].data, "large");
	ck_assert_ptr_null(taken.gone);
	ck_assert(!park_until(&run, LATER_MS)); /* the old lease writes nothing more */
	ck_assert_int_eq(take(&run, 8).status, TY_CLAIM_FENCED);
	run.fence = 9;
	ck_assert(finish(run, "ok", "[]"));
	ck_assert_int_eq(take(&run, 10).status, TY_CLAIM_FINISHED);
	ck_assert_int_eq(
		number("SELECT (SELECT count(*) FROM tyboo.waits WHERE run_id = e.id) + (SELECT "
		       "count(*) FROM tyboo.parked_runs WHERE run_id = e.id) FROM "
		       "tyboo.executions e WHERE id = '$RUN'",
		       &run),
		0);
}
END_TEST

START_TEST(a_claim_takes_back_the_pieces_since_the_run_was_put_down)
{
	struct ty_record_run run = run_new(5);
	struct ty_piece later;

	ck_assert(park_until(&run, NOW_MS - 1));
	ck_assert_int_eq(take(&run, 6).status, TY_CLAIM_CLAIMED);
	run.fence = 6;
	later = piece_of(&run, 1, 2, "all", "[{\"node\":\"c\"}]");
	ck_assert(append(&later));
	ck_assert_uint_eq(json_array_size(take(&run, 7).steps), 2); /* its worker has died */
	ck_assert_int_eq(
		number("SELECT count(*) FROM tyboo.execution_pieces WHERE run_id = '$RUN'", &run),
		1);
}
END_TEST

START_TEST(pieces_of_frames_that_are_over_are_not_read_again)
{
	struct ty_record_run run = run_new(5);
	struct ty_piece over = piece_of(&run, 0, 0, "all", "[{\"node\":\"x\",\"frame\":\"l:0\"}]");
	struct ty_piece open = piece_of(&run, 1, 1, "all", "[{\"node\":\"x\",\"frame\":\"l:1\"}]");
	const struct ty_park_wait wait = { "w/1/0", "time", "w", "", NOW_MS - 1, NULL, NULL };

	mark(&run);
	ck_assert(append(&over));
	ck_assert(park_with(&run, &open, 2, &wait, 1));
	ck_assert_uint_eq(json_array_size(take(&run, 6).steps), 1);
}
END_TEST

START_TEST(a_payload_that_is_gone_is_told)
{
	struct ty_record_run run = run_new(5);

	ck_assert(park_until(&run, NOW_MS - 1));
	db_run(owner, NULL, "DELETE FROM tyboo.payloads WHERE hash = '" HASH "'");
	ck_assert_str_eq(take(&run, 6).gone, HASH);
}
END_TEST

START_TEST(the_release_before_leaves_a_run_that_waits_alone)
{
	struct ty_record_run run = run_new(5);

	ck_assert(park_until(&run, NOW_MS - 1));
	ck_assert_str_eq(
		cell("SELECT status FROM tyboo.claim_run('$RUN'::uuid, (SELECT workspace_id FROM "
		     "tyboo.parked_runs LIMIT 1), gen_random_uuid(), gen_random_uuid(), 'api', "
		     "now(), 99, 1, 'old')",
		     &run),
		"fenced");
}
END_TEST

START_TEST(a_mark_that_comes_late_does_not_wake_a_run_that_was_put_down)
{
	struct ty_record_run run = run_new(5);

	ck_assert(park_until(&run, LATER_MS));
	mark(&run);
	ck_assert_str_eq(cell("SELECT status FROM tyboo.executions WHERE id = '$RUN'", &run),
			 "waiting");
}
END_TEST

START_TEST(a_cancel_ends_a_run_that_waits)
{
	struct ty_record_run run = run_new(5);
	struct ty_tx *tx;

	ck_assert(park_until(&run, LATER_MS));
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, "
		       "version_id, mode, verdict, received_at) VALUES ('%s', '%s', '%s', '%s', "
		       "'api', 'accepted', now())",
		       ws_a.s, run.run_id.s, run.workflow_id.s, run.version_id.s));
	tx = db_begin(app, &ws_a);
	ck_assert_ok(ty_store_execution_cancel_queued(tx, &run.run_id, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_str_eq(cell("SELECT status FROM tyboo.executions WHERE id = '$RUN'", &run),
			 "canceled");
	ck_assert_int_eq(number("SELECT count(*) FROM tyboo.waits WHERE run_id = '$RUN'", &run), 0);
	ck_assert_int_eq(take(&run, 6).status, TY_CLAIM_FINISHED);
}
END_TEST

/* ---- what is due ---- */

START_TEST(each_workspace_has_its_turn)
{
	struct ty_store_query query;
	struct ty_due_room room;
	struct ty_rows rows;
	struct ty_due *list;
	size_t count, of_a = 0;

	for (int i = 0; i < 5; i++) {
		struct ty_record_run run = run_new(5);

		run.workspace_id = i < 4 ? ws_a : ws_b;
		ck_assert(park_until(&run, NOW_MS - 10 + i));
	}
	room = (struct ty_due_room){ ws_b, 0 };
	ty_store_due_query(fx.arena, NULL, &room, 1, 2, 1000, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_due_decode(fx.arena, &rows, &list, &count, &fx.err));
	for (size_t i = 0; i < count; i++) {
		ck_assert(!ty_id_eq(&list[i].workspace_id, &ws_b)); /* it had no room */
		of_a += ty_id_eq(&list[i].workspace_id, &ws_a);
	}
	ck_assert_uint_eq(of_a, 2);
	ck_assert_uint_ge(due(&list), 3);
}
END_TEST

static void
park_many(int count, const char *at)
{
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "WITH runs AS (INSERT INTO tyboo.executions (workspace_id, id, workflow_id, "
		       "version_id, mode, status, fence, accepted_at, started_at) SELECT '%s', "
		       "tyboo.uuid_at(now() - interval '1 hour' + make_interval(secs => n * "
		       "0.001)), "
		       "gen_random_uuid(), gen_random_uuid(), 'api', 'waiting', 1, now(), now() "
		       "FROM generate_series(1, %d) n RETURNING id), p AS (INSERT INTO "
		       "tyboo.parked_runs SELECT '%s', id, '', 0, 0, 0, 0, '{}', '{}', '', now() "
		       "FROM "
		       "runs) INSERT INTO tyboo.waits SELECT '%s', id, 'w', 'time', 'w', '', %s, "
		       "NULL, "
		       "NULL, %s FROM runs",
		       ws_a.s, count, ws_a.s, ws_a.s, at, at));
	db_run(owner, NULL, "ANALYZE tyboo.waits, tyboo.executions");
}

/* Rows that all parts of a plan gave, and entries that its scans threw away. */
static double
rows_touched(const json_t *plan)
{
	double rows = json_number_value(json_object_get(plan, "Actual Rows")) *
			      json_number_value(json_object_get(plan, "Actual Loops")) +
		      json_number_value(json_object_get(plan, "Rows Removed by Filter")) +
		      json_number_value(json_object_get(plan, "Heap Fetches"));
	json_t *child;
	size_t i;

	json_array_foreach(json_object_get(plan, "Plans"), i, child)
	{
		rows += rows_touched(child);
	}
	return rows;
}

START_TEST(a_hundred_thousand_runs_that_wait_are_not_looked_at)
{
	struct ty_store_query query;
	struct ty_rows rows;
	const json_t *plan;
	struct ty_due *list;

	park_many(DUE_COUNT, "now() + interval '1 day'");
	plan = json_array_get(
		json_of(db_cell(owner, NULL,
				"EXPLAIN (ANALYZE, FORMAT JSON) SELECT FROM tyboo.waits w "
				"WHERE w.look_at <= now() LIMIT 1")),
		0);
	plan = ty_json_obj(plan, "Plan");
	ck_assert_msg(rows_touched(plan) < 100, "%s", ty_json_dump(fx.arena, plan, NULL));
	plan = json_array_get(
		json_of(db_cell(owner, NULL,
				"EXPLAIN (ANALYZE, FORMAT JSON) SELECT e.id FROM "
				"tyboo.executions e JOIN tyboo.deliveries d ON d.id = e.id "
				"WHERE e.status = 'running' AND d.verdict = 'accepted' "
				"ORDER BY d.id LIMIT 200")),
		0);
	plan = ty_json_obj(plan, "Plan");
	ck_assert_msg(rows_touched(plan) < 200, "%s", ty_json_dump(fx.arena, plan, NULL));
	ck_assert_uint_eq(due(&list), 0);
	db_run(owner, NULL, "UPDATE tyboo.waits SET look_at = now() - interval '1 s'");
	ty_store_due_query(fx.arena, NULL, NULL, 0, 32, 1000, &query);
	db_query(&query, &rows);
	ck_assert_uint_eq(rows.count, 32); /* however many end in one second */
}
END_TEST

/* ---- retention ---- */

static void
old_run(int n, const char *status)
{
	const char *id = ty_arena_printf(fx.arena, OLD_RUN, n);
	bool waits = strcmp(status, "waiting") == 0;

	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, "
		       "mode, status, fence, accepted_at, started_at, finished_at) VALUES ('%s', "
		       "'%s', '%s', '%s', 'api', '%s', 1, now(), now(), %s); ",
		       ws_a.s, id, ws_a.s, ws_a.s, status, waits ? "NULL" : "now()"));
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.execution_pieces VALUES ('%s', '%s', 0, 1, 0, 1, "
			       "'{\"\"}', 'all', 'x')",
			       ws_a.s, id));
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.effects VALUES ('%s', '%s', 'k', 1, 'i', now())",
			       ws_a.s, id));
	if (waits)
		db_run(owner, NULL,
		       ty_arena_printf(
			       fx.arena,
			       "INSERT INTO tyboo.parked_runs VALUES ('%s', '%s', '', 1, 1, 1, 1, "
			       "'{\"\"}', '{" HASH "}', 'x', now())",
			       ws_a.s, id));
}

static int64_t
old_rows(int n)
{
	struct ty_record_run run = { 0 };

	snprintf(run.run_id.s, sizeof(run.run_id.s), OLD_RUN, n);
	return number(
		"SELECT (SELECT count(*) FROM tyboo.executions WHERE id = i) + (SELECT count(*) "
		"FROM tyboo.execution_pieces WHERE run_id = i) + (SELECT count(*) FROM "
		"tyboo.effects "
		"WHERE run_id = i) FROM (SELECT '$RUN'::uuid AS i) x",
		&run);
}

static void
retire(void)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_retired retired;

	ck_assert_ok(ty_store_retire(tx, NOW_MS - INT64_C(40) * 86400000, &retired, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

START_TEST(retention_takes_nothing_that_a_run_needs_that_waits)
{
	db_run(owner, NULL, "SELECT tyboo.ensure_partitions('2022-04-15'::timestamptz, 0)");
	old_run(1, "waiting");
	old_run(2, "ok");
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.payloads (workspace_id, hash, kind, size_bytes, stored, "
		       "seen_at) VALUES ('%s', '" HASH "', 'string', 1, 'x', '2022-04-15'), ('%s', "
		       "repeat('b', 64), 'string', 1, 'x', '2022-04-15')",
		       ws_a.s, ws_a.s));
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "INSERT INTO tyboo.payload_usage VALUES ('%s', 2)",
			       ws_a.s));
	retire();
	ck_assert_int_eq(old_rows(1), 3);
	ck_assert_int_eq(old_rows(2), 0);
	ck_assert_str_eq(db_cell(owner, NULL,
				 ty_arena_printf(fx.arena,
						 "SELECT string_agg(left(hash, 1), '') FROM "
						 "tyboo.payloads WHERE workspace_id = '%s'",
						 ws_a.s)),
			 "a");
	/* Once it is over, it goes with the next month's. */
	db_run(owner, NULL,
	       "UPDATE tyboo.executions SET status = 'ok', finished_at = now() WHERE id IN (SELECT "
	       "run_id "
	       "FROM tyboo.parked_runs)");
	db_run(owner, NULL, "SELECT tyboo.ensure_partitions('2022-06-15'::timestamptz, 0)");
	retire();
	ck_assert_int_eq(old_rows(1), 0);
}
END_TEST

/* ---- what they cost ---- */

#define COST_SQL                                                                                   \
	"SELECT sum(pg_total_relation_size(t))::bigint FROM (SELECT ('tyboo.' || r)::regclass AS " \
	"t "                                                                                       \
	"FROM unnest(ARRAY['waits', 'parked_runs']) r UNION ALL SELECT inhrelid FROM pg_inherits " \
	"WHERE inhparent IN ('tyboo.executions'::regclass, 'tyboo.execution_pieces'::regclass)) x"

START_TEST(a_run_that_waits_costs_less_than_two_kilobytes_beside_its_data)
{
	enum { RUNS = 1000 };
	const struct ty_park_wait wait = { "wait1/1/0", "time", "wait1", "", LATER_MS, NULL, NULL };
	int64_t before = strtoll(db_cell(owner, NULL, COST_SQL), NULL, 10), after, data;

	for (int i = 0; i < RUNS; i++) {
		struct ty_record_run run = run_new(5);
		struct ty_piece piece =
			piece_of(&run, 0, 0, "all", "[{\"node\":\"a\"},{\"node\":\"b\"}]");

		ck_assert(park_with(&run, &piece, 1, &wait, 1));
	}
	data = strtoll(
		db_cell(owner, NULL,
			"SELECT (SELECT sum(octet_length(state)) FROM tyboo.parked_runs) + (SELECT "
			"sum(octet_length(steps)) FROM tyboo.execution_pieces)"),
		NULL, 10);
	after = strtoll(db_cell(owner, NULL, COST_SQL), NULL, 10);
	printf("a run that waits: %d bytes beside its data\n",
	       (int)((after - before - data) / RUNS));
	fflush(stdout);
	ck_assert_int_lt((after - before - data) / RUNS, DATA_MAX);
}
END_TEST

DB_TEST_MAIN("store/park", SERVICES_POSTGRES | SERVICES_MIGRATED,
	     tcase_add_test(tc, a_piece_is_appended_by_the_lease_that_holds_the_run_once);
	     tcase_add_test(tc, a_reader_in_the_middle_sees_what_is_there_by_page_and_by_frame);
	     tcase_add_loop_test(tc, steps_that_are_not_to_be_saved_are_shown_to_nobody_and_go, 0,
				 TY_ARRAY_COUNT(save_cases));
	     tcase_add_test(tc, a_run_that_is_put_down_is_taken_with_all_that_it_needs);
	     tcase_add_test(tc, a_claim_takes_back_the_pieces_since_the_run_was_put_down);
	     tcase_add_test(tc, pieces_of_frames_that_are_over_are_not_read_again);
	     tcase_add_test(tc, a_payload_that_is_gone_is_told);
	     tcase_add_test(tc, the_release_before_leaves_a_run_that_waits_alone);
	     tcase_add_test(tc, a_mark_that_comes_late_does_not_wake_a_run_that_was_put_down);
	     tcase_add_test(tc, a_cancel_ends_a_run_that_waits);
	     tcase_add_test(tc, each_workspace_has_its_turn);
	     tcase_add_test(tc, a_run_that_waits_costs_less_than_two_kilobytes_beside_its_data);
	     tcase_add_test(tc, retention_takes_nothing_that_a_run_needs_that_waits);
	     tcase_add_test(tc, a_hundred_thousand_runs_that_wait_are_not_looked_at))
