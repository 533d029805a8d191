/*
 * test_wait_call.c -- calls for the waits of runs: each counts once, whenever it comes.
 */
#include "integration/store/parked.h"

static json_t *
journal_of(struct ty_record_run *run, int64_t fence)
{
	struct ty_taken taken = take(run, fence);

	ck_assert_int_eq(taken.status, TY_CLAIM_CLAIMED);
	run->fence = fence;
	return (json_t *)taken.journal;
}

static void
check_entry(const json_t *journal)
{
	const json_t *entry = json_array_get(journal, 0);

	ck_assert_uint_eq(json_array_size(journal), 1);
	ck_assert_str_eq(ty_json_str(entry, "key", ""), CALL_KEY);
	ck_assert(json_is_true(
		json_object_get(ty_json_obj(ty_json_obj(entry, "answer"), "value"), "yes")));
}

START_TEST(a_call_ends_its_wait_once_and_its_answer_is_journaled)
{
	struct ty_record_run run = run_new(5);
	struct ty_call_said said;

	ck_assert(park_for_call(&run));
	ck_assert(!is_due(&run));
	ck_assert_int_eq(call_code(&ws_b, &run), TY_E_NOT_FOUND);
	ck_assert_str_ne(fx.err.hint, "");
	ck_assert_int_eq(call_wait(&ws_a, &run, false).status, TY_CALL_OPEN);
	ck_assert(!is_due(&run));
	ck_assert_int_eq(call_wait(&ws_a, &run, true).status, TY_CALL_TAKEN);
	said = call_wait(&ws_a, &run, true);
	ck_assert_int_eq(said.status, TY_CALL_ANSWERED);
	ck_assert_int_le(llabs(said.at_ms - NOW_MS), 60000);
	ck_assert(json_is_true(json_object_get(said.answer, "yes")));
	ck_assert(is_due(&run));
	check_entry(journal_of(&run, 6));
	ck_assert(finish(run, "ok", "[]"));
	/* Behind the end of the run, too. */
	ck_assert_int_eq(call_wait(&ws_a, &run, false).status, TY_CALL_ANSWERED);
}
END_TEST

START_TEST(a_call_that_comes_while_a_worker_has_the_run_is_not_lost)
{
	struct ty_record_run run = run_new(5);
	const struct ty_park_wait waits[] = {
		{ CALL_KEY, "call", "w", "l:1", NEVER_MS, token_of(&run), NULL },
		{ "x/1/0", "time", "x", "", NOW_MS - 1, NULL, NULL },
	};

	ck_assert(park_with(&run, NULL, 0, waits, 2));
	ck_assert_int_eq(take(&run, 6).status, TY_CLAIM_CLAIMED);
	ck_assert_int_eq(call_wait(&ws_a, &run, true).status, TY_CALL_TAKEN);
	ck_assert(!is_due(&run));
	run.fence = 6;
	ck_assert(park_for_call(&run));
	ck_assert_int_eq(number("SELECT count(*) FROM tyboo.waits WHERE run_id = '$RUN'", &run), 1);
	ck_assert(is_due(&run));
}
END_TEST

static void
deliver(const struct ty_record_run *run)
{
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, "
		       "version_id, mode, verdict, received_at) VALUES ('%s', '%s', '%s', '%s', "
		       "'api', 'accepted', now())",
		       ws_a.s, run->run_id.s, run->workflow_id.s, run->version_id.s));
}

/* Before the run is put down, before it is marked, before a worker has begun it: it is found when the
 * run is put down, for that wait or for another before it. */
START_TEST(a_call_that_comes_before_the_wait_counts)
{
	struct ty_record_run run = run_new(5);

	if (_i == 0)
		mark(&run);
	else
		deliver(&run);
	ck_assert_int_eq(call_wait(&ws_a, &run, true).status, TY_CALL_TAKEN);
	ck_assert_int_eq(call_wait(&ws_a, &run, true).status, TY_CALL_ANSWERED);
	if (_i == 2) {
		ck_assert(park_until(&run, NOW_MS - 1));
		check_entry(journal_of(&run, 6));
	}
	ck_assert(park_for_call(&run));
	ck_assert(is_due(&run));
	check_entry(journal_of(&run, 7));
}
END_TEST

START_TEST(a_call_that_comes_too_late_is_told)
{
	struct ty_record_run run = run_new(5);
	const struct ty_park_wait wait = { CALL_KEY,   "call",	       "w", "l:1",
					   NOW_MS - 1, token_of(&run), NULL };

	ck_assert(park_with(&run, NULL, 0, &wait, 1));
	ck_assert_int_eq(call_wait(&ws_a, &run, true).status, TY_CALL_LATE);
	/* The worker has journaled that nobody came. */
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.effects (workspace_id, run_id, key, fence, "
		       "idempotency_key, intent_at, answered_at, answer) VALUES ('%s', '%s', "
		       "'" CALL_KEY "', 5, 'w', now(), now(), '\\x%s')",
		       ws_a.s, run.run_id.s, packed_hex("{\"lapsed\":true}")));
	ck_assert_int_eq(call_wait(&ws_a, &run, true).status, TY_CALL_LATE);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "DELETE FROM tyboo.effects WHERE run_id = '%s'",
			       run.run_id.s));
	ck_assert(finish(run, "canceled", "[]"));
	ck_assert_int_eq(call_wait(&ws_a, &run, true).status, TY_CALL_OVER);
}
END_TEST

START_TEST(no_token_is_stored)
{
	struct ty_record_run run = run_new(5);

	ck_assert(park_for_call(&run));
	ck_assert_ptr_null(
		strstr(cell("SELECT w::text FROM tyboo.waits w WHERE run_id = '$RUN'", &run),
		       token_of(&run)));
}
END_TEST

DB_TEST_MAIN("store/wait_call", SERVICES_POSTGRES | SERVICES_MIGRATED,
	     tcase_add_test(tc, a_call_ends_its_wait_once_and_its_answer_is_journaled);
	     tcase_add_test(tc, a_call_that_comes_while_a_worker_has_the_run_is_not_lost);
	     tcase_add_loop_test(tc, a_call_that_comes_before_the_wait_counts, 0, 3);
	     tcase_add_test(tc, a_call_that_comes_too_late_is_told);
	     tcase_add_test(tc, no_token_is_stored))
