/*
 * test_answers.c -- what a run's sender is answered: the first one counts, and who has lost the run writes none.
 */
#include "integration/store/parked.h"

#define ANSWER(status) "{\"status\":" status ",\"headers\":{},\"kind\":\"json\",\"body\":1}"

/* 0 = none. */
static int64_t
answered(const struct ty_id *workspace, const struct ty_record_run *run)
{
	struct ty_tx *tx = db_begin(app, workspace);
	json_t *answer;

	ck_assert_ok(ty_store_answer_load(tx, &run->run_id, &answer, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return answer != NULL ? ty_json_int(answer, "status", -1) : 0;
}

START_TEST(the_first_answer_of_a_run_stays)
{
	struct ty_record_run run = run_new(5);

	ck_assert_int_eq(answered(&ws_a, &run), 0);
	ck_assert(keep_answer(&run, 5, ANSWER("201")));
	ck_assert(keep_answer(&run, 5, ANSWER("202")));
	ck_assert_int_eq(answered(&ws_a, &run), 201);
	ck_assert_int_eq(number("SELECT status FROM tyboo.answers WHERE run_id = '$RUN'", &run),
			 201);
}
END_TEST

START_TEST(of_two_answers_in_one_batch_the_first_counts)
{
	struct ty_record_run run = run_new(5);
	struct ty_effect rows[2] = {
		{ .run_id = run.run_id,
		  .workspace_id = ws_a,
		  .fence = 5,
		  .at_ms = NOW_MS,
		  .answer = json_of(ANSWER("201")) },
		{ .run_id = run.run_id,
		  .workspace_id = ws_a,
		  .fence = 5,
		  .at_ms = NOW_MS,
		  .answer = json_of(ANSWER("202")) },
	};
	struct ty_store_query query;
	struct ty_rows found;
	bool ok[2];

	ty_store_answers_query(fx.arena, pack, rows, 2, &query);
	db_query(&query, &found);
	ck_assert_ok(ty_store_journal_decode(&found, 2, ok, &fx.err));
	ck_assert(ok[0] && ok[1]);
	ck_assert_int_eq(answered(&ws_a, &run), 201);
}
END_TEST

START_TEST(who_has_lost_the_run_answers_nobody)
{
	struct ty_record_run run = run_new(5);

	mark(&run);
	ck_assert_int_eq(take(&run, 6).status, TY_CLAIM_CLAIMED);
	ck_assert(!keep_answer(&run, 5, ANSWER("201")));
	ck_assert_int_eq(answered(&ws_a, &run), 0);
	ck_assert(keep_answer(&run, 6, ANSWER("202")));
	ck_assert(!keep_answer(&run, 5, ANSWER("203")));
	ck_assert_int_eq(answered(&ws_a, &run), 202);
}
END_TEST

START_TEST(a_run_that_is_over_is_answered_no_more)
{
	struct ty_record_run run = run_new(5);

	ck_assert(finish(run, "ok", "[]"));
	ck_assert(!keep_answer(&run, 5, ANSWER("201")));
	ck_assert(!keep_answer(&run, 9, ANSWER("201")));
	ck_assert_int_eq(answered(&ws_a, &run), 0);
}
END_TEST

START_TEST(an_answer_is_its_workspaces)
{
	struct ty_record_run run = run_new(5), stolen;

	mark(&run);
	stolen = run;
	stolen.workspace_id = ws_b;
	ck_assert(!keep_answer(&stolen, 5, ANSWER("201")));
	ck_assert(keep_answer(&run, 5, ANSWER("202")));
	ck_assert_int_eq(answered(&ws_b, &run), 0);
	ck_assert_int_eq(answered(&ws_a, &run), 202);
}
END_TEST

START_TEST(a_run_shows_what_it_answered_and_whom)
{
	struct ty_record_run run = run_new(5);
	struct ty_tx *tx;
	json_t *shown;

	mark(&run);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.deliveries (workspace_id, id, mode, verdict, "
			       "received_at, remote_addr) VALUES ('%s', '%s', 'webhook', "
			       "'accepted', now(), '192.0.2.7')",
			       ws_a.s, run.run_id.s));
	for (int kept = 0; kept < 2; kept++) {
		tx = db_begin(app, &ws_a);
		ck_assert_ok(ty_store_execution_get(tx, &run.run_id, &shown, &fx.err));
		ck_assert_ok(ty_tx_commit(tx, &fx.err));
		ck_assert_int_eq(json_is_null(json_object_get(shown, "answer")), kept == 0);
		ck_assert(keep_answer(&run, 5, ANSWER("201")));
	}
	shown = ty_json_obj(shown, "answer");
	ck_assert_int_eq(ty_json_int(shown, "status", 0), 201);
	ck_assert_str_eq(ty_json_str(shown, "to", ""), "192.0.2.7");
	ck_assert_str_ne(ty_json_str(shown, "at", ""), "");
}
END_TEST

DB_TEST_MAIN("store/answers", SERVICES_POSTGRES | SERVICES_MIGRATED,
	     tcase_add_test(tc, the_first_answer_of_a_run_stays);
	     tcase_add_test(tc, of_two_answers_in_one_batch_the_first_counts);
	     tcase_add_test(tc, who_has_lost_the_run_answers_nobody);
	     tcase_add_test(tc, a_run_that_is_over_is_answered_no_more);
	     tcase_add_test(tc, an_answer_is_its_workspaces);
	     tcase_add_test(tc, a_run_shows_what_it_answered_and_whom))
