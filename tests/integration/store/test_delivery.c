/*
 * Receipts: deduped, refused, redirected, found again by the reaper; every call made twice is as once.
 */
#include "integration/store/fixture.h"

#include "store/delivery.h"

#include <pthread.h>

static struct ty_delivery_row
receipt_new(const char *verdict, const char *key)
{
	struct ty_delivery_row row = {
		.id = ty_id_new(),
		.workspace_id = ws_a,
		.workflow_id = ty_id_new(),
		.version_id = ty_id_new(),
		.hook_id = ty_id_new(),
		.start_node = "n1",
		.mode = "webhook",
		.verdict = verdict,
		.reason = "",
		.method = "POST",
		.path = "p",
		.query = "",
		.headers = "{}",
		.remote_addr = "127.0.0.1",
		.body = "a\0b",
		.body_len = 3,
		.delivery_key = key,
		.received_at_ms = ty_time_now_ms(),
	};

	return row;
}

static void
accept_all(const struct ty_delivery_row *rows, size_t count, struct ty_delivery_answer *ret_answers)
{
	struct ty_store_query query;
	struct ty_rows answer;

	ty_store_accept_query(fx.arena, rows, count, &query);
	db_query(&query, &answer);
	ck_assert_ok(ty_store_accept_decode(&answer, count, ret_answers, &fx.err));
}

static struct ty_delivery_answer
accept_one(const struct ty_delivery_row *row)
{
	struct ty_delivery_answer answer;

	accept_all(row, 1, &answer);
	return answer;
}

static const char *
key_new(void)
{
	return ty_arena_strdup(fx.arena, ty_id_new().s);
}

static const char *
column_of(const struct ty_id *id, const char *column)
{
	return db_cell(app, &ws_a,
		       ty_arena_printf(fx.arena, "SELECT %s FROM tyboo.deliveries WHERE id = '%s'",
				       column, id->s));
}

START_TEST(the_first_with_a_key_wins_and_the_rest_are_its_duplicates)
{
	const char *key = key_new();
	struct ty_delivery_row rows[3] = { receipt_new("accepted", key),
					   receipt_new("accepted", key),
					   receipt_new("accepted", "") };
	struct ty_delivery_row later = receipt_new("accepted", key), other = later;
	struct ty_delivery_answer answers[3], answer;

	accept_all(rows, 3, answers);
	ck_assert(!answers[0].duplicate && ty_id_eq(&answers[0].run_id, &rows[0].id));
	ck_assert(answers[1].duplicate && ty_id_eq(&answers[1].run_id, &rows[0].id));
	ck_assert(!answers[2].duplicate && ty_id_eq(&answers[2].run_id, &rows[2].id));
	answer = accept_one(&later);
	ck_assert(answer.duplicate && ty_id_eq(&answer.run_id, &rows[0].id));
	ck_assert_str_eq(column_of(&later.id, "verdict || ' ' || run_id"),
			 ty_arena_printf(fx.arena, "duplicate %s", rows[0].id.s));
	/* A key is a workspace's own. */
	other.id = ty_id_new();
	other.workspace_id = ws_b;
	answer = accept_one(&other);
	ck_assert(!answer.duplicate && ty_id_eq(&answer.run_id, &other.id));
}
END_TEST

START_TEST(a_group_that_is_written_again_answers_the_same)
{
	const char *key = key_new();
	struct ty_delivery_row rows[2] = { receipt_new("accepted", key),
					   receipt_new("accepted", key) };
	struct ty_delivery_answer first[2], second[2];

	accept_all(rows, 2, first);
	accept_all(rows, 2, second);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(first[i].duplicate, second[i].duplicate);
		ck_assert(ty_id_eq(&first[i].run_id, &second[i].run_id));
	}
	ck_assert_str_eq(column_of(&rows[0].id, "verdict"), "accepted");
	ck_assert_str_eq(column_of(&rows[1].id, "verdict"), "duplicate");
}
END_TEST

START_TEST(a_receipt_keeps_what_came_raw)
{
	struct ty_delivery_row row = receipt_new("bad_signature", key_new());
	struct ty_delivery_answer answer;

	row.reason = "because";
	row.query = "a=\xff";
	row.path = "caf\xc3\xa9";
	answer = accept_one(&row);
	ck_assert(!ty_id_is_set(&answer.run_id));
	ck_assert_str_eq(column_of(&row.id, "encode(body, 'hex')"), "610062");
	ck_assert_str_eq(column_of(&row.id, "verdict || reason || query || path"),
			 "bad_signaturebecausea=\xef\xbf\xbd"
			 "caf\xc3\xa9");
	ck_assert_ptr_null(column_of(&row.id, "run_id"));
}
END_TEST

/* A stranger's delivery, refused, must not use up the id that the genuine one will bring. */
START_TEST(what_is_not_accepted_holds_no_key)
{
	static const char *const verdicts[] = { "bad_signature", "stale",     "not_configured",
						"unclaimed",	 "malformed", "too_large" };
	const char *key = key_new();
	struct ty_delivery_row bad = receipt_new(verdicts[_i], key),
			       good = receipt_new("accepted", key);

	ck_assert(!accept_one(&bad).duplicate);
	ck_assert(!accept_one(&good).duplicate);
}
END_TEST

START_TEST(a_key_is_forgotten_after_seven_days)
{
	const char *key = key_new();
	struct ty_delivery_row first = receipt_new("accepted", key),
			       second = receipt_new("accepted", key);

	(void)accept_one(&first);
	db_run(owner, &ws_a,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.delivery_keys SET created_at = now() - interval '7 "
			       "days 1 second'"
			       " WHERE delivery_key = '%s'",
			       key));
	ck_assert(!accept_one(&second).duplicate);
}
END_TEST

START_TEST(a_key_that_is_too_long_is_still_a_key)
{
	char *key = ty_arena_alloc(fx.arena, 501);
	struct ty_delivery_row first, second, other;

	memset(key, 'k', 500);
	first = receipt_new("accepted", ty_arena_printf(fx.arena, "%s%s", key, key_new()));
	second = receipt_new("accepted", first.delivery_key);
	other = receipt_new("accepted", ty_arena_printf(fx.arena, "%s%s", key, key_new()));
	ck_assert(!accept_one(&first).duplicate);
	ck_assert(accept_one(&second).duplicate);
	ck_assert(!accept_one(&other).duplicate);
}
END_TEST

static void
refuse(const struct ty_id *id, const char *verdict)
{
	struct ty_delivery_refusal refusal = { .id = *id, .verdict = verdict, .reason = "no room" };
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_refuse_query(fx.arena, &refusal, 1, &query);
	db_query(&query, &rows);
}

START_TEST(a_refused_one_says_so_and_may_come_again)
{
	const char *key = key_new();
	struct ty_delivery_row first = receipt_new("accepted", key),
			       again = receipt_new("accepted", key);

	(void)accept_one(&first);
	for (int i = 0; i < 2; i++)
		refuse(&first.id, "rate");
	ck_assert_str_eq(column_of(&first.id, "verdict || ': ' || reason"), "rate: no room");
	ck_assert_ptr_null(column_of(&first.id, "run_id"));
	ck_assert(!accept_one(&again).duplicate);
	refuse(&first.id, "depth"); /* late: it frees nobody else's key */
	first = receipt_new("accepted", key);
	ck_assert(accept_one(&first).duplicate);
}
END_TEST

/* Of a run that a duplicate was told of: a limit's refusal is not written, any other is. */
static const struct {
	const char *verdict, *left;
} told_cases[] = {
	{ "rate", "accepted" },
	{ "quota", "accepted" },
	{ "depth", "accepted" },
	{ "malformed", "malformed" },
};

START_TEST(a_run_that_was_told_of_is_refused_by_no_limit)
{
	const char *key = key_new();
	struct ty_delivery_row first = receipt_new("accepted", key),
			       second = receipt_new("accepted", key), third = second;

	third.id = ty_id_new();
	(void)accept_one(&first);
	(void)accept_one(&first); /* itself again: nobody else was told */
	ck_assert(accept_one(&second).duplicate);
	refuse(&first.id, told_cases[_i].verdict);
	ck_assert_str_eq(column_of(&first.id, "verdict"), told_cases[_i].left);
	/* The same of a refusal that was owed. */
	first.verdict = told_cases[_i].verdict;
	(void)accept_one(&first);
	ck_assert_str_eq(column_of(&first.id, "verdict"), told_cases[_i].left);
	ck_assert_int_eq(accept_one(&third).duplicate,
			 strcmp(told_cases[_i].left, "accepted") == 0);
}
END_TEST

static void *
refuse_main(void *arg)
{
	struct ty_arena *arena = ty_arena_new(NULL, "refuse", 0);
	struct ty_delivery_refusal refusal = { .id = *(const struct ty_id *)arg,
					       .verdict = "rate",
					       .reason = "no room" };
	struct ty_store_query query;
	struct ty_err err;
	struct ty_rows rows;
	struct ty_tx *tx;

	ty_store_refuse_query(arena, &refusal, 1, &query);
	if (ty_tx_begin(app, arena, NULL, 1000, &tx, &err) == TY_OK &&
	    (ty_tx_run(tx, &query, &rows, &err) != TY_OK || ty_tx_commit(tx, &err) != TY_OK))
		fprintf(stderr, "%s\n", err.msg);
	ty_arena_free(arena);
	return NULL;
}

/* The refusal waits for a duplicate that is being written; the other way round the key is free. */
START_TEST(a_refusal_and_a_duplicate_at_once_see_each_other)
{
	const char *key = key_new();
	struct ty_delivery_row first = receipt_new("accepted", key),
			       second = receipt_new("accepted", key);
	struct ty_delivery_answer answer;
	struct ty_store_query query;
	struct ty_rows rows;
	struct ty_tx *tx;
	pthread_t thread;

	(void)accept_one(&first);
	tx = db_begin(app, NULL);
	ty_store_accept_query(fx.arena, &second, 1, &query);
	ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
	ck_assert_ok(ty_store_accept_decode(&rows, 1, &answer, &fx.err));
	ck_assert(answer.duplicate);
	ck_assert_int_eq(pthread_create(&thread, NULL, refuse_main, &first.id), 0);
	while (strcmp(db_cell(owner, NULL, "SELECT count(*) FROM pg_locks WHERE NOT granted"),
		      "0") == 0)
		;
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_str_eq(column_of(&first.id, "verdict"), "accepted");
}
END_TEST

START_TEST(a_redirected_one_is_a_duplicate_and_so_are_later_ones)
{
	const char *key = key_new();
	struct ty_delivery_row row = receipt_new("accepted", key),
			       later = receipt_new("accepted", key);
	struct ty_id earlier = ty_id_new();
	struct ty_store_query query;
	struct ty_rows rows;
	struct ty_delivery_answer answer;

	(void)accept_one(&row);
	for (int i = 0; i < 2; i++) {
		ty_store_redirect_query(fx.arena, &row.id, &earlier, 1, &query);
		db_query(&query, &rows);
	}
	ck_assert_str_eq(column_of(&row.id, "verdict || ' ' || run_id"),
			 ty_arena_printf(fx.arena, "duplicate %s", earlier.s));
	answer = accept_one(&later);
	ck_assert(answer.duplicate && ty_id_eq(&answer.run_id, &earlier));
}
END_TEST

/* Is it among the receipts that have no finished run? */
static bool
is_owed_a_run(const struct ty_id *id)
{
	struct ty_id after;
	bool has_after = false, found = false;

	for (;;) {
		struct ty_delivery_row *list;
		struct ty_store_query query;
		struct ty_rows rows;
		size_t count;

		ty_store_receipts_query(fx.arena, 0, has_after ? &after : NULL, 2, &query);
		db_query(&query, &rows);
		ck_assert_ok(ty_store_receipts_decode(fx.arena, &rows, &list, &count, &fx.err));
		for (size_t i = 0; i < count; i++) {
			ck_assert_str_eq(list[i].verdict, "accepted");
			ck_assert_int_gt((int)list[i].limits.concurrent_max, 0);
			found |= ty_id_eq(&list[i].id, id);
		}
		if (count == 0)
			return found;
		after = list[count - 1].id;
		has_after = true;
	}
}

static struct ty_delivery_row
old_receipt(const char *verdict)
{
	struct ty_delivery_row row = receipt_new(verdict, "");

	row.id = ty_id_new_at(ty_time_now_ms() - 10000);
	return row;
}

static void
execution(const struct ty_id *id, const char *status)
{
	db_run(owner, &ws_a,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.executions AS e (workspace_id, id, workflow_id, "
		       "version_id, mode,"
		       " status, fence, accepted_at, started_at, finished_at) VALUES ('%s', '%s', "
		       "'%s', '%s',"
		       " 'webhook', '%s', 1, now(), now(), CASE '%s' WHEN 'ok' THEN now() END)"
		       " ON CONFLICT (id) DO UPDATE SET status = excluded.status, finished_at = "
		       "excluded.finished_at",
		       ws_a.s, id->s, id->s, id->s, status, status));
}

/* Its effects may be out already: it stays what it is, and so does its key. */
static const char *const begun_states[] = { "running", "ok" };

START_TEST(what_has_begun_is_not_redirected)
{
	const char *key = key_new();
	struct ty_delivery_row row = receipt_new("accepted", key),
			       later = receipt_new("accepted", key);
	struct ty_id earlier = ty_id_new();
	struct ty_delivery_answer answer;
	struct ty_store_query query;
	struct ty_rows rows;

	(void)accept_one(&row);
	execution(&row.id, begun_states[_i]);
	ty_store_redirect_query(fx.arena, &row.id, &earlier, 1, &query);
	db_query(&query, &rows);
	ck_assert_str_eq(column_of(&row.id, "verdict || ' ' || run_id"),
			 ty_arena_printf(fx.arena, "accepted %s", row.id.s));
	answer = accept_one(&later);
	ck_assert(answer.duplicate && ty_id_eq(&answer.run_id, &row.id));
}
END_TEST

START_TEST(a_receipt_without_a_finished_run_is_found_until_it_has_one)
{
	struct ty_delivery_row row = old_receipt("accepted"),
			       refused = old_receipt("bad_signature");

	(void)accept_one(&row);
	(void)accept_one(&refused);
	ck_assert(is_owed_a_run(&row.id));
	ck_assert(is_owed_a_run(&row.id)); /* the search itself forgets nothing */
	ck_assert(!is_owed_a_run(&refused.id));
	execution(&row.id, "running");
	ck_assert(is_owed_a_run(&row.id));
	execution(&row.id, "ok");
	ck_assert(!is_owed_a_run(&row.id));
}
END_TEST

/* Written late (it was owed), older than where the search has got to: the search goes back for it. */
START_TEST(a_receipt_that_comes_late_is_found)
{
	struct ty_delivery_row row = old_receipt("accepted");
	struct ty_id nobody = ty_id_new();

	ck_assert(!is_owed_a_run(&nobody)); /* the watermark moves up to now */
	row.id = ty_id_new_at(ty_time_now_ms() - 60000);
	(void)accept_one(&row);
	ck_assert(is_owed_a_run(&row.id));
	execution(&row.id, "ok");
}
END_TEST

START_TEST(a_receipt_comes_back_as_it_was)
{
	struct ty_delivery_row row = old_receipt("accepted"), *list;
	struct ty_store_query query;
	struct ty_rows rows;
	size_t count, i = 0;

	row.query = "x=1";
	row.headers = "{\"content-type\":\"text/plain\"}";
	row.jwt = "{\"sub\":\"x\"}";
	(void)accept_one(&row);
	ty_store_receipts_query(fx.arena, 0, NULL, 1000, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_receipts_decode(fx.arena, &rows, &list, &count, &fx.err));
	while (i < count && !ty_id_eq(&list[i].id, &row.id))
		i++;
	ck_assert_uint_lt(i, count);
	ck_assert(ty_id_eq(&list[i].workspace_id, &ws_a) &&
		  ty_id_eq(&list[i].hook_id, &row.hook_id));
	ck_assert_str_eq(list[i].query, "x=1");
	ck_assert_str_eq(list[i].headers, row.headers);
	ck_assert_str_eq(list[i].jwt, row.jwt);
	ck_assert_uint_eq(list[i].body_len, 3);
	ck_assert_mem_eq(list[i].body, "a\0b", 3);
	ck_assert_int_eq(list[i].received_at_ms, row.received_at_ms);
	execution(&row.id, "ok");
}
END_TEST

START_TEST(another_number_of_answers_is_our_bug)
{
	struct ty_delivery_answer answers[2];
	struct ty_rows rows = { .count = 1 };

	ck_assert_code(ty_store_accept_decode(&rows, 2, answers, &fx.err), TY_E_INTERNAL);
}
END_TEST

DB_TEST_MAIN("store.delivery", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(the_first_with_a_key_wins_and_the_rest_are_its_duplicates);
	TEST(a_group_that_is_written_again_answers_the_same);
	TEST(a_receipt_keeps_what_came_raw);
	tcase_add_loop_test(tc, what_is_not_accepted_holds_no_key, 0, 6);
	TEST(a_key_is_forgotten_after_seven_days);
	TEST(a_key_that_is_too_long_is_still_a_key);
	TEST(a_refused_one_says_so_and_may_come_again);
	TEST_LOOP(a_run_that_was_told_of_is_refused_by_no_limit, told_cases);
	TEST(a_refusal_and_a_duplicate_at_once_see_each_other);
	TEST(a_redirected_one_is_a_duplicate_and_so_are_later_ones);
	TEST_LOOP(what_has_begun_is_not_redirected, begun_states);
	TEST(a_receipt_without_a_finished_run_is_found_until_it_has_one);
	TEST(a_receipt_that_comes_late_is_found);
	TEST(a_receipt_comes_back_as_it_was);
	TEST(another_number_of_answers_is_our_bug);
})
