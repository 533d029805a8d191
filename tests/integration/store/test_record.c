/*
 * Recording runs: fences, once and no more, the journal of effects, claims, payloads within their
 * quota.  The invariants of store/record.h and store/effects.h, one test each.
 */
#include "integration/store/fixture.h"

#include "json/json.h"
#include "store/effects.h"
#include "store/execution_list.h"
#include "store/record.h"

#define NOW_MS ty_time_now_ms()
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct ty_pack *pack;

static json_t *
json_of(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	ck_assert_ptr_nonnull(json);
	return ty_json_own(fx.arena, json);
}

/* A finished run of workspace A. */
static struct ty_record_run
run_new(int64_t fence)
{
	struct ty_record_run run = {
		.run_id = ty_id_new(),
		.workspace_id = ws_a,
		.workflow_id = ty_id_new(),
		.version_id = ty_id_new(),
		.mode = "webhook",
		.status = "ok",
		.fence = fence,
		.deliveries = 1,
		.accepted_at_ms = NOW_MS - 100,
		.started_at_ms = NOW_MS - 50,
		.finished_at_ms = NOW_MS,
		.step_count = 3,
		.item_count = 7,
		.steps = json_of("[{\"node\":\"n1\"}]"),
	};

	return run;
}

static void
record_all(const struct ty_record_run *runs, size_t count, struct ty_record_outcome *ret_outcomes)
{
	struct ty_store_query query;
	struct ty_rows rows;

	if (pack == NULL)
		pack = ty_pack_new();
	ty_store_record_query(fx.arena, pack, runs, count, "worker-1", &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_record_decode(&rows, count, ret_outcomes, &fx.err));
}

static bool
record(const struct ty_record_run *run)
{
	struct ty_record_outcome outcome;

	record_all(run, 1, &outcome);
	return outcome.written;
}

static bool
mark(struct ty_record_run run, const char *status)
{
	struct ty_store_query query;
	struct ty_rows rows;
	bool ok = false;

	run.status = status;
	ty_store_mark_query(fx.arena, &run, 1, "worker-1", &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_mark_decode(&rows, 1, &ok, &fx.err));
	return ok;
}

static enum ty_claim_status
claim(struct ty_record_run run, int64_t fence, const json_t **ret_journal)
{
	enum ty_claim_status status = TY_CLAIM_FENCED;
	const json_t *journal;
	struct ty_store_query query;
	struct ty_rows rows;

	run.fence = fence;
	ty_store_claim_query(fx.arena, &run, "worker-2", &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_claim_decode(fx.arena, &rows, &status, &journal, &fx.err));
	if (ret_journal != NULL)
		*ret_journal = journal;
	return status;
}

static bool
journal(const struct ty_record_run *run, int64_t fence, const char *key, const json_t *answer)
{
	struct ty_effect effect = { .run_id = run->run_id,
				    .workspace_id = run->workspace_id,
				    .key = key,
				    .idempotency_key = "ik",
				    .fence = fence,
				    .at_ms = NOW_MS,
				    .answer = answer,
				    .digest_version = 4 };
	struct ty_store_query query;
	struct ty_rows rows;
	bool ok = false;

	if (pack == NULL)
		pack = ty_pack_new();
	ty_store_journal_query(fx.arena, pack, &effect, 1, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_journal_decode(&rows, 1, &ok, &fx.err));
	return ok;
}

/* "status fence" of a run's row, NULL where there is none. */
static const char *
row_of(const struct ty_record_run *run)
{
	return db_cell(
		app, &ws_a,
		ty_arena_printf(
			fx.arena,
			"SELECT status || ' ' || fence FROM tyboo.executions WHERE id = '%s'",
			run->run_id.s));
}

static const char *
usage_of(const struct ty_record_run *run)
{
	return db_cell(app, &ws_a,
		       ty_arena_printf(fx.arena,
				       "SELECT count(*) || ' ' || coalesce(sum(steps), 0)"
				       " FROM tyboo.usage_events WHERE run_id = '%s'",
				       run->run_id.s));
}

START_TEST(a_run_its_steps_and_its_usage_are_written_once)
{
	struct ty_record_run run = run_new(10);

	for (int i = 0; i < 3; i++) {
		ck_assert(record(&run)); /* the same attempt again, its answer having been lost */
		ck_assert_str_eq(row_of(&run), "ok 10");
		ck_assert_str_eq(usage_of(&run), "1 3");
	}
	ck_assert_str_eq(
		db_cell(app, &ws_a,
			ty_arena_printf(fx.arena,
					"SELECT count(*) FROM tyboo.execution_data WHERE id = '%s'",
					run.run_id.s)),
		"1");
}
END_TEST

/* As the release before journals, and a call that ends a wait. */
static void
journal_before(const struct ty_record_run *run, const char *key, const char *idempotency_key)
{
	db_cell(app, &ws_a,
		ty_arena_printf(
			fx.arena,
			"SELECT ok FROM tyboo.journal(ARRAY['%s'::uuid], ARRAY['%s'::uuid], "
			"ARRAY['%s'], ARRAY['%s'], ARRAY[1::bigint], ARRAY[now()], "
			"ARRAY[NULL::bytea])",
			run->run_id.s, ws_a.s, key, idempotency_key));
}

static unsigned
version_taken(struct ty_record_run run)
{
	struct ty_store_query query;
	struct ty_taken taken;
	struct ty_rows rows;

	run.fence = 7;
	ty_store_claim_query(fx.arena, &run, "worker-2", &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_take_decode(fx.arena, &rows, &taken, &fx.err));
	return taken.digest_version;
}

START_TEST(a_run_is_taken_over_by_the_rules_that_it_was_begun_by)
{
	struct ty_record_run none = run_new(1), now = run_new(1), before = run_new(1);

	ck_assert_uint_eq(version_taken(none), 0);
	ck_assert(journal(&now, 1, "a/1/0", NULL));
	journal_before(&now, "w/1/0", "wait");
	ck_assert_uint_eq(version_taken(now), 4);
	journal_before(&before, "a/1/0", "ik");
	ck_assert(journal(&before, 1, "b/1/0", NULL));
	ck_assert_uint_eq(version_taken(before), 3);
}
END_TEST

START_TEST(a_finished_run_is_never_changed)
{
	struct ty_record_run run = run_new(10), later = run;

	ck_assert(record(&run));
	later.fence = 99;
	later.status = "error";
	later.error = json_of("{\"message\":\"late\"}");
	later.step_count = 50;
	ck_assert(!record(&later));
	ck_assert(!mark(later, "running"));
	ck_assert_int_eq(claim(run, 100, NULL), TY_CLAIM_FINISHED);
	ck_assert(!journal(&run, 100, "e1", NULL));
	ck_assert_str_eq(row_of(&run), "ok 10");
	ck_assert_str_eq(usage_of(&run), "1 3");
}
END_TEST

START_TEST(a_lower_fence_changes_nothing)
{
	struct ty_record_run run = run_new(20), old = run;

	ck_assert(mark(run, "running"));
	old.fence = 19;
	ck_assert(!record(&old));
	ck_assert(!mark(old, "waiting"));
	ck_assert_int_eq(claim(run, 19, NULL), TY_CLAIM_FENCED);
	ck_assert(!journal(&run, 19, "e1", NULL));
	ck_assert_str_eq(row_of(&run), "running 20");
	ck_assert_str_eq(usage_of(&run), "0 0");
	ck_assert(record(&run));
	ck_assert_str_eq(row_of(&run), "ok 20");
}
END_TEST

START_TEST(a_mark_goes_on_and_keeps_the_beginning)
{
	struct ty_record_run run = run_new(5), end = run;
	const char *sql = ty_arena_printf(fx.arena,
					  "SELECT (extract(epoch FROM started_at) * 1000)::bigint "
					  "FROM tyboo.executions WHERE id = '%s'",
					  run.run_id.s);
	const char *started;

	ck_assert(mark(run, "running"));
	started = db_cell(app, &ws_a, sql);
	ck_assert(mark(run, "waiting"));
	ck_assert_str_eq(row_of(&run), "waiting 5");
	end.started_at_ms += 40;
	ck_assert(record(&end));
	ck_assert_str_eq(db_cell(app, &ws_a, sql), started);
}
END_TEST

/* One batch: good ones are kept whatever stands beside them. */
START_TEST(a_batch_answers_for_each_run)
{
	struct ty_record_run runs[4] = { run_new(1), run_new(1), run_new(7), run_new(1) };
	struct ty_record_outcome outcomes[4];

	ck_assert(record(&runs[1]));
	runs[1].fence = 2; /* finished before, by another lease */
	runs[3] = runs[2]; /* the same run twice: its first lease was lost */
	runs[3].fence = 6;
	runs[3].status = "error";
	runs[0].workspace_id = ws_b;
	record_all(runs, 4, outcomes);
	ck_assert(outcomes[0].written && !outcomes[1].written);
	ck_assert(outcomes[2].written && !outcomes[3].written);
	ck_assert_str_eq(row_of(&runs[2]), "ok 7");
	ck_assert_str_eq(usage_of(&runs[2]), "1 3");
	ck_assert_ptr_null(row_of(&runs[0])); /* B's: A sees nothing of it */
}
END_TEST

START_TEST(another_number_of_answers_is_our_bug)
{
	struct ty_record_outcome outcomes[2];
	struct ty_rows rows = { .count = 1 };
	enum ty_claim_status status;
	const json_t *list;
	bool ok[2];

	ck_assert_code(ty_store_record_decode(&rows, 2, outcomes, &fx.err), TY_E_INTERNAL);
	ck_assert_code(ty_store_mark_decode(&rows, 2, ok, &fx.err), TY_E_INTERNAL);
	ck_assert_code(ty_store_journal_decode(&rows, 2, ok, &fx.err), TY_E_INTERNAL);
	rows.count = 0;
	ck_assert_code(ty_store_claim_decode(fx.arena, &rows, &status, &list, &fx.err),
		       TY_E_INTERNAL);
}
END_TEST

/* Text that Postgres would refuse must not take the batch with it. */
START_TEST(odd_text_does_not_fail_the_batch)
{
	struct ty_record_run run = run_new(1);
	size_t size = 100 * 1024;
	char *message = ty_arena_alloc(fx.arena, size + 1);
	json_t *error = ty_json_own(fx.arena, json_object());

	for (size_t i = 0; i + 3 <= size; i += 3)
		memcpy(message + i, "\xe2\x82\xac", 3);
	json_object_set_new(error, "code", json_string("invalid"));
	json_object_set_new(error, "message", json_string(message));
	run.status = "error";
	run.error = error;
	ck_assert(record(&run));
	ck_assert_str_eq(db_cell(app, &ws_a,
				 ty_arena_printf(fx.arena,
						 "SELECT error::json->>'code' || "
						 "octet_length(error::json->>'message')"
						 " FROM tyboo.executions WHERE id = '%s'",
						 run.run_id.s)),
			 "invalid999");
}
END_TEST

START_TEST(a_long_name_of_a_worker_is_cut)
{
	struct ty_record_run run = run_new(1);
	char worker[512] = "w";
	struct ty_store_query query;
	struct ty_rows rows;
	bool ok;

	for (int i = 0; i < 100; i++)
		strcat(worker, "\xe2\x82\xac");
	ty_store_mark_query(fx.arena, (run.status = "running", &run), 1, worker, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_mark_decode(&rows, 1, &ok, &fx.err));
	ty_store_claim_query(fx.arena, &run, worker, &query);
	db_query(&query, &rows);
	ck_assert_str_eq(
		db_cell(app, &ws_a,
			ty_arena_printf(
				fx.arena,
				"SELECT octet_length(worker) FROM tyboo.executions WHERE id = '%s'",
				run.run_id.s)),
		"199");
}
END_TEST

/* The heart of resuming: a predecessor that was taken over can begin no effect any more. */
START_TEST(a_claim_shuts_the_predecessor_out)
{
	struct ty_record_run run = run_new(10);
	const json_t *entries;

	ck_assert(journal(&run, 10, "n2/0", NULL));
	ck_assert(journal(&run, 10, "n2/0", json_of("{\"status\":200}")));
	ck_assert(journal(&run, 10, "n3/0", NULL));
	ck_assert_int_eq(claim(run, 11, &entries), TY_CLAIM_CLAIMED);
	ck_assert_int_eq((int)json_array_size(entries), 2);
	ck_assert_str_eq(ty_json_str(json_array_get(entries, 0), "key", ""), "n2/0");
	ck_assert_str_eq(ty_json_str(json_array_get(entries, 0), "idempotency_key", ""), "ik");
	ck_assert_int_eq(
		(int)ty_json_int(ty_json_obj(json_array_get(entries, 0), "answer"), "status", 0),
		200);
	ck_assert(json_is_null(json_object_get(json_array_get(entries, 1), "answer")));

	ck_assert(!journal(&run, 10, "n4/0", NULL));
	ck_assert(!journal(&run, 10, "n3/0", json_of("{\"status\":500}")));
	run.fence = 10;
	ck_assert(!record(&run));
	ck_assert_int_eq(claim(run, 11, &entries), TY_CLAIM_CLAIMED); /* again, its answer lost */
	ck_assert_int_eq((int)json_array_size(entries), 2);
	run.fence = 11;
	ck_assert(record(&run));
}
END_TEST

/* Whoever asks in another workspace's name gets neither the run nor what it has done. */
START_TEST(another_workspace_claims_no_run_of_ours)
{
	struct ty_record_run run = run_new(10), other = run;
	const json_t *entries;

	ck_assert(mark(run, "waiting"));
	ck_assert(journal(&run, 10, "e", json_of("{\"secret\":1}")));
	other.workspace_id = ws_b;
	ck_assert_int_eq(claim(other, 99, &entries), TY_CLAIM_FENCED);
	ck_assert_uint_eq(json_array_size(entries), 0);
	ck_assert_str_eq(row_of(&run), "waiting 10");
	ck_assert_int_eq(claim(run, 11, &entries), TY_CLAIM_CLAIMED);
	ck_assert_uint_eq(json_array_size(entries), 1);
}
END_TEST

START_TEST(an_answer_that_is_there_stays)
{
	struct ty_record_run run = run_new(10);
	const json_t *entries;

	ck_assert(journal(&run, 10, "e", json_of("{\"n\":1}")));
	ck_assert(journal(&run, 10, "e", json_of("{\"n\":2}")));
	ck_assert(journal(&run, 10, "e", NULL));
	ck_assert_int_eq(claim(run, 11, &entries), TY_CLAIM_CLAIMED);
	ck_assert_int_eq(
		(int)ty_json_int(ty_json_obj(json_array_get(entries, 0), "answer"), "n", 0), 1);
}
END_TEST

/* While the predecessor's intent is not committed the claim waits for it, and then sees it. */
START_TEST(a_claim_waits_for_an_intent_in_flight)
{
	struct ty_record_run run = run_new(10);
	struct ty_effect effect = { .run_id = run.run_id,
				    .workspace_id = ws_a,
				    .key = "e",
				    .idempotency_key = "ik",
				    .fence = 10,
				    .at_ms = NOW_MS };
	struct ty_store_query query;
	struct ty_tx *tx, *second;
	struct ty_rows rows;
	const json_t *entries;

	pack = ty_pack_new();
	tx = db_begin(app, NULL);
	ty_store_journal_query(fx.arena, pack, &effect, 1, &query);
	ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
	second = db_begin(app, NULL);
	ck_assert_ok(ty_tx_exec(second, "SET LOCAL lock_timeout = 200", NULL, 0, &fx.err));
	run.fence = 11;
	ty_store_claim_query(fx.arena, &run, "w", &query);
	ck_assert_int_ne(ty_tx_run(second, &query, &rows, &fx.err), TY_OK); /* it waits */
	ty_tx_rollback(second);
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_int_eq(claim(run, 11, &entries), TY_CLAIM_CLAIMED);
	ck_assert_int_eq((int)json_array_size(entries), 1);
}
END_TEST

/* What the digest says is the intent's, and the answer keeps it. */
START_TEST(another_run_of_the_workspace_reads_the_journal)
{
	struct ty_record_run run = run_new(10);
	struct ty_effect effect = { .run_id = run.run_id,
				    .workspace_id = ws_a,
				    .key = "h/1/0",
				    .idempotency_key = "ik",
				    .fence = 10,
				    .at_ms = NOW_MS,
				    .request_digest = "0123456789abcdef0123456789abcdef" };
	struct ty_store_query query;
	struct ty_rows rows;
	const json_t *entries;

	pack = ty_pack_new();
	ty_store_journal_query(fx.arena, pack, &effect, 1, &query);
	db_query(&query, &rows);
	ck_assert(journal(&run, 10, "h/1/0", json_of("{\"value\":7}")));
	ty_store_source_query(&ws_a, &run.run_id, false, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_source_decode(fx.arena, &rows, &entries, &fx.err));
	json_object_del(json_array_get(entries, 0), "at_ms");
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, entries, NULL),
			 "[{\"answer\":{\"value\":7},\"key\":\"h/1/0\","
			 "\"request_digest\":\"0123456789abcdef0123456789abcdef\"}]");
	ty_store_source_query(&ws_b, &run.run_id, false, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_source_decode(fx.arena, &rows, &entries, &fx.err));
	ck_assert_uint_eq(json_array_size(entries), 0);
}
END_TEST

START_TEST(the_journal_answers_for_each_effect)
{
	struct ty_record_run mine = run_new(10), lost = run_new(10);
	struct ty_effect effects[4] = {
		{ .key = "a", .fence = 10 },
		{ .key = "b", .fence = 10 },
		{ .key = "a", .fence = 10, .answer = json_of("[1]") },
		{ .key = "c", .fence = 10 },
	};
	struct ty_store_query query;
	struct ty_rows rows;
	bool ok[4];

	ck_assert_int_eq(claim(lost, 12, NULL), TY_CLAIM_CLAIMED);
	for (int i = 0; i < 4; i++) {
		effects[i].run_id = i == 1 ? lost.run_id : mine.run_id;
		effects[i].workspace_id = ws_a;
		effects[i].idempotency_key = "ik";
		effects[i].at_ms = NOW_MS;
	}
	pack = ty_pack_new();
	ty_store_journal_query(fx.arena, pack, effects, 4, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_journal_decode(&rows, 4, ok, &fx.err));
	ck_assert(ok[0] && !ok[1] && ok[2] && ok[3]);
	ck_assert_str_eq(db_cell(app, &ws_a,
				 ty_arena_printf(fx.arena,
						 "SELECT string_agg(key || (answer IS NOT "
						 "NULL)::int, ' ' ORDER BY key)"
						 " FROM tyboo.effects WHERE run_id = '%s'",
						 mine.run_id.s)),
			 "a1 c0");
}
END_TEST

/* payloads ------------------------------------------------------------------------ */

static const char *
stored_bytes(const struct ty_id *workspace)
{
	return db_cell(owner, workspace,
		       ty_arena_printf(
			       fx.arena,
			       "SELECT coalesce((SELECT stored_bytes FROM tyboo.payload_usage WHERE"
			       " workspace_id = '%s'), 0) || ' ' || (SELECT "
			       "coalesce(sum(octet_length(stored)), 0)"
			       " FROM tyboo.payloads WHERE workspace_id = '%s')",
			       workspace->s, workspace->s));
}

static enum ty_code
payload_load(const struct ty_id *workspace, const char *hash, json_t **ret_value)
{
	struct ty_tx *tx = db_begin(app, workspace);
	enum ty_code code = ty_store_payload_get(tx, hash, ret_value, &fx.err);

	ty_tx_rollback(tx);
	return code;
}

START_TEST(payloads_are_kept_once_a_workspace)
{
	static const char text[] = "\"a long text\"";
	const struct ty_record_payload payloads[] = { { HASH_A, "json", text, sizeof(text) - 1 },
						      { HASH_A, "json", text, sizeof(text) - 1 },
						      { HASH_B, "string", "b\0b", 3 } };
	struct ty_record_run run = run_new(1), again = run_new(1);
	struct ty_record_outcome outcome;
	json_t *value;
	const char *bytes;

	run.payloads = again.payloads = payloads;
	run.payload_count = again.payload_count = 3;
	record_all(&run, 1, &outcome);
	ck_assert(outcome.written && !outcome.payloads_over);
	bytes = stored_bytes(&ws_a);
	record_all(&again, 1, &outcome);
	ck_assert_str_eq(stored_bytes(&ws_a), bytes);
	ck_assert_ok(payload_load(&ws_a, HASH_B, &value));
	ck_assert_uint_eq(json_string_length(value), 3);
	ck_assert_mem_eq(json_string_value(value), "b\0b", 3);
	ck_assert_ok(payload_load(&ws_a, HASH_A, &value));
	ck_assert_str_eq(json_string_value(value), "a long text");
	ck_assert_code(payload_load(&ws_b, HASH_B, &value), TY_E_NOT_FOUND);
}
END_TEST

START_TEST(a_used_up_quota_keeps_the_run_and_not_its_payloads)
{
	struct ty_record_payload payload = { HASH_A, "string", "some bytes", 10 };
	struct ty_record_run runs[2] = { run_new(1), run_new(1) };
	struct ty_record_outcome outcomes[2];
	json_t *value;

	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.workspaces SET payload_bytes_max = 5 WHERE id = '%s'",
			       ws_a.s));
	runs[1].workspace_id = ws_b;
	for (int i = 0; i < 2; i++) {
		runs[i].payloads = &payload;
		runs[i].payload_count = 1;
	}
	record_all(runs, 2, outcomes);
	ck_assert(outcomes[0].written && outcomes[0].payloads_over);
	ck_assert(outcomes[1].written && !outcomes[1].payloads_over);
	ck_assert_code(payload_load(&ws_a, HASH_A, &value), TY_E_NOT_FOUND);
	ck_assert_ok(payload_load(&ws_b, HASH_A, &value));
	ck_assert_str_eq(stored_bytes(&ws_a), "0 0");
}
END_TEST

START_TEST(a_damaged_payload_is_an_error)
{
	json_t *value;

	db_run(owner, &ws_a,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.payloads (workspace_id, hash, kind, size_bytes, stored)"
		       " VALUES ('%s', '" HASH_A "', 'json', 1, 'junk')",
		       ws_a.s));
	ck_assert_code(payload_load(&ws_a, HASH_A, &value), TY_E_INTERNAL);
}
END_TEST

DB_TEST_MAIN("store.record", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(a_run_its_steps_and_its_usage_are_written_once);
	TEST(a_run_is_taken_over_by_the_rules_that_it_was_begun_by);
	TEST(a_finished_run_is_never_changed);
	TEST(a_lower_fence_changes_nothing);
	TEST(a_mark_goes_on_and_keeps_the_beginning);
	TEST(a_batch_answers_for_each_run);
	TEST(another_number_of_answers_is_our_bug);
	TEST(odd_text_does_not_fail_the_batch);
	TEST(a_long_name_of_a_worker_is_cut);
	TEST(a_claim_shuts_the_predecessor_out);
	TEST(another_workspace_claims_no_run_of_ours);
	TEST(an_answer_that_is_there_stays);
	TEST(a_claim_waits_for_an_intent_in_flight);
	TEST(another_run_of_the_workspace_reads_the_journal);
	TEST(the_journal_answers_for_each_effect);
	TEST(payloads_are_kept_once_a_workspace);
	TEST(a_used_up_quota_keeps_the_run_and_not_its_payloads);
	TEST(a_damaged_payload_is_an_error);
})
