/*
 * The committer against a real Postgres and a real Redis: both there, one away, both away, one
 * that hangs; duplicates and refusals in each of these; many callers at once.
 */
#include "stage.h"

#include "base/time.h"
#include "support/common.h"

#define DELIVERIES 16

static struct stage st;

static void
setup(void)
{
	fx_setup();
	stage_open(&st);
}

static void
teardown(void)
{
	stage_close(&st);
	fx_teardown();
}

static void
assert_answer(struct ty_admission got, enum ty_verdict verdict, const struct ty_id *run_id)
{
	ck_assert_str_eq(ty_verdict_name(got.verdict), ty_verdict_name(verdict));
	ck_assert_str_eq(got.run_id.s, run_id != NULL ? run_id->s : "");
}

/* ---- both stores ---- */

START_TEST(an_accepted_receipt_is_in_both_stores_and_owed_to_none)
{
	struct ty_receipt receipt = stage_receipt(&st, "k"), **owed;

	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, &receipt.id);
	ck_assert_str_eq(stage_verdict(&st, &receipt.id), "accepted");
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert_int_eq(stage_redis(&st, "EXISTS {t}:job:%s", receipt.id.s), 1);
	ck_assert_int_eq((int)stage_owed(&st, &owed), 0);
}
END_TEST

START_TEST(a_duplicate_gets_the_first_run_and_makes_no_job)
{
	struct ty_receipt first = stage_receipt(&st, "k"), second = stage_receipt(&st, "k");

	stage_submit(&st, &first);
	assert_answer(stage_submit(&st, &second), TY_VERDICT_DUPLICATE, &first.id);
	ck_assert_str_eq(stage_verdict(&st, &second.id), "duplicate");
	ck_assert_int_eq(stage_ready(&st), 1);
}
END_TEST

START_TEST(the_key_of_another_workspace_is_another_key)
{
	struct ty_receipt first = stage_receipt(&st, "k"), second = stage_receipt(&st, "k");

	second.workspace_id = ty_id_new();
	stage_submit(&st, &first);
	assert_answer(stage_submit(&st, &second), TY_VERDICT_ADMITTED, &second.id);
}
END_TEST

static const char *const kept_verdicts[] = { "unclaimed", "bad_signature", "stale", "too_large",
					     "not_configured" };

START_TEST(what_is_not_accepted_is_kept_and_makes_no_job)
{
	struct ty_receipt receipt = stage_receipt(&st, "k");

	receipt.verdict = kept_verdicts[_i];
	receipt.workflow_id = receipt.version_id = (struct ty_id){ "" };
	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, NULL);
	ck_assert_str_eq(stage_verdict(&st, &receipt.id), kept_verdicts[_i]);
	ck_assert_int_eq(stage_ready(&st), 0);
}
END_TEST

START_TEST(a_broken_body_is_an_error_and_is_kept_as_malformed)
{
	struct ty_receipt receipt = stage_receipt(&st, "k"), again = stage_receipt(&st, "k");
	struct ty_admission admission;

	receipt.body = "{\"n\":";
	receipt.body_len = 5;
	ck_assert_code(ty_intake_submit(st.intake, &receipt, &admission, &fx.err), TY_E_MALFORMED);
	ck_assert_str_eq(stage_verdict(&st, &receipt.id), "malformed");
	ck_assert_int_eq(stage_ready(&st), 0);
	/* It holds no key: the sender's next try counts. */
	assert_answer(stage_submit(&st, &again), TY_VERDICT_ADMITTED, &again.id);
}
END_TEST

START_TEST(a_body_of_the_largest_size_is_kept_whole)
{
	struct ty_receipt receipt = stage_receipt(&st, "");
	char *body = ty_arena_alloc(fx.arena, 16 * 1024 * 1024);

	memset(body, 'x', 16 * 1024 * 1024);
	receipt.headers = "{\"content-type\":\"text/plain\"}";
	receipt.body = body;
	receipt.body_len = 16 * 1024 * 1024;
	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, &receipt.id);
	ck_assert_int_eq(
		stage_cell_int(&st,
			       "SELECT octet_length(body) FROM tyboo.deliveries WHERE id = '%s'",
			       receipt.id.s),
		16 * 1024 * 1024);
}
END_TEST

/* ---- refusals ---- */

static const struct {
	const char *verdict;
	int64_t rate_per_s, quota_month, depth_max;
} refusals[] = {
	{ "rate", 1, 0, 0 },
	{ "quota", 0, 1, 0 },
	{ "depth", 0, 0, 1 },
};

/* The second of these is refused. */
static struct ty_receipt
limited(int row, const char *key)
{
	struct ty_receipt receipt = stage_receipt(&st, key);

	receipt.limits.rate_per_s = refusals[row].rate_per_s;
	receipt.limits.quota_month = refusals[row].quota_month;
	receipt.limits.depth_max = refusals[row].depth_max;
	return receipt;
}

static void
assert_refused(struct ty_admission got, int row)
{
	ck_assert_str_eq(ty_verdict_name(got.verdict), refusals[row].verdict);
	ck_assert_int_gt(got.retry_after_ms, 0);
}

START_TEST(a_refusal_is_on_the_receipt_and_frees_the_key)
{
	struct ty_receipt first = limited(_i, "a"), second = limited(_i, "b");
	struct ty_receipt third = stage_receipt(&st, "b");

	stage_submit(&st, &first);
	assert_refused(stage_submit(&st, &second), _i);
	ck_assert_str_eq(stage_verdict(&st, &second.id), refusals[_i].verdict);
	ck_assert_int_eq(stage_ready(&st), 1);
	assert_answer(stage_submit(&st, &third), TY_VERDICT_ADMITTED, &third.id);
}
END_TEST

START_TEST(a_refusal_with_postgres_away_is_owed)
{
	struct ty_receipt first = limited(_i, "a"), second = limited(_i, "b"), **owed;

	svc_postgres_kill9(&st.svc);
	stage_await_stores(&st, false, true);
	stage_submit(&st, &first);
	assert_refused(stage_submit(&st, &second), _i);
	ck_assert_int_eq((int)stage_owed(&st, &owed), 2);
	ck_assert_str_eq(owed[1]->id.s, second.id.s);
	ck_assert_str_eq(owed[1]->verdict, refusals[_i].verdict);
	svc_postgres_start(&st.svc);
}
END_TEST

START_TEST(a_refusal_that_postgres_does_not_take_is_owed)
{
	struct ty_receipt first = limited(0, "a"), second = limited(0, "b"), **owed;

	stage_submit(&st, &first);
	stage_cell(&st, "ALTER FUNCTION tyboo.refuse_deliveries RENAME TO refuse_deliveries_x");
	assert_refused(stage_submit(&st, &second), 0);
	stage_cell(&st, "ALTER FUNCTION tyboo.refuse_deliveries_x RENAME TO refuse_deliveries");
	ck_assert_str_eq(stage_verdict(&st, &second.id), "accepted");
	ck_assert_int_eq((int)stage_owed(&st, &owed), 1);
	ck_assert_str_eq(owed[0]->id.s, second.id.s);
	ck_assert_str_eq(owed[0]->verdict, "rate");
}
END_TEST

/* ---- a store away ---- */

START_TEST(with_postgres_killed_redis_alone_takes_job_and_receipt)
{
	struct ty_receipt receipt = stage_receipt(&st, "k"), again = stage_receipt(&st, "k"),
			  **owed;

	svc_postgres_kill9(&st.svc);
	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, &receipt.id);
	assert_answer(stage_submit(&st, &again), TY_VERDICT_DUPLICATE, &receipt.id);
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert_int_eq((int)stage_owed(&st, &owed), 2);
	ck_assert_str_eq(owed[0]->id.s, receipt.id.s);
	ck_assert_str_eq(owed[0]->verdict, "accepted");
	ck_assert_str_eq(owed[0]->body, "{\"n\":1}");
	svc_postgres_start(&st.svc);
	stage_await_stores(&st, true, true);
	receipt = stage_receipt(&st, "new");
	stage_submit(&st, &receipt);
	ck_assert_str_eq(stage_verdict(&st, &receipt.id), "accepted");
}
END_TEST

START_TEST(with_postgres_killed_what_is_not_accepted_is_owed)
{
	struct ty_receipt receipt = stage_receipt(&st, ""), **owed;

	receipt.verdict = "unclaimed";
	svc_postgres_kill9(&st.svc);
	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, NULL);
	ck_assert_int_eq((int)stage_owed(&st, &owed), 1);
	ck_assert_str_eq(owed[0]->verdict, "unclaimed");
	ck_assert_int_eq(stage_ready(&st), 0);
	svc_postgres_start(&st.svc);
}
END_TEST

START_TEST(with_redis_killed_postgres_alone_takes_the_receipt)
{
	struct ty_receipt receipt = stage_receipt(&st, "k"), again = stage_receipt(&st, "k");

	svc_redis_kill9(&st.svc);
	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, &receipt.id);
	ck_assert_str_eq(stage_verdict(&st, &receipt.id), "accepted");
	svc_redis_start(&st.svc);
	stage_await_stores(&st, true, true);
	ck_assert_int_eq(stage_ready(&st), 0);
	/* Postgres remembers what Redis never knew. */
	assert_answer(stage_submit(&st, &again), TY_VERDICT_DUPLICATE, &receipt.id);
}
END_TEST

START_TEST(with_both_away_it_is_unavailable_and_soon_said)
{
	struct ty_receipt receipt = stage_receipt(&st, "k");
	struct ty_admission admission;
	int64_t began = ty_time_mono_ms();

	svc_postgres_kill9(&st.svc);
	svc_redis_kill9(&st.svc);
	ck_assert_code(ty_intake_submit(st.intake, &receipt, &admission, &fx.err),
		       TY_E_UNAVAILABLE);
	ck_assert(fx.err.retryable);
	receipt.verdict = "unclaimed";
	ck_assert_code(ty_intake_submit(st.intake, &receipt, &admission, &fx.err),
		       TY_E_UNAVAILABLE);
	receipt.verdict = "accepted";
	receipt.body = "{";
	receipt.body_len = 1;
	ck_assert_code(ty_intake_submit(st.intake, &receipt, &admission, &fx.err),
		       TY_E_UNAVAILABLE);
	ck_assert_int_lt(ty_time_mono_ms() - began, STAGE_DEADLINE_MS);
	svc_postgres_start(&st.svc);
	svc_redis_start(&st.svc);
	stage_await_stores(&st, true, true);
	receipt = stage_receipt(&st, "k");
	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, &receipt.id);
}
END_TEST

START_TEST(a_delivery_repeated_over_an_outage_of_postgres_is_the_first_run)
{
	struct ty_receipt first = stage_receipt(&st, "k"), second = stage_receipt(&st, "k");

	svc_postgres_kill9(&st.svc);
	stage_submit(&st, &first);
	svc_postgres_start(&st.svc);
	stage_await_stores(&st, true, true);
	/* New to Postgres, which is put right by what Redis knows. */
	assert_answer(stage_submit(&st, &second), TY_VERDICT_DUPLICATE, &first.id);
	ck_assert_str_eq(stage_verdict(&st, &second.id), "duplicate");
	ck_assert_str_eq(
		stage_cell(&st, "SELECT run_id FROM tyboo.deliveries WHERE id = '%s'", second.id.s),
		first.id.s);
	ck_assert_int_eq(stage_ready(&st), 1);
}
END_TEST

START_TEST(a_postgres_that_hangs_holds_nobody_up_and_what_it_does_later_is_no_duplicate)
{
	struct ty_receipt receipt = stage_receipt(&st, "k"), next = stage_receipt(&st, "n"), **owed;
	struct ty_delivery_row row;
	struct ty_delivery_answer answer;
	struct ty_store_query query;
	struct ty_store *store;
	struct ty_rows rows;
	struct ty_tx *tx = stage_block(&st, &store), *app_tx;
	int64_t began = ty_time_mono_ms();

	assert_answer(stage_submit(&st, &receipt), TY_VERDICT_ADMITTED, &receipt.id);
	ck_assert_int_lt(ty_time_mono_ms() - began, STAGE_DEADLINE_MS); /* it hangs for ever */
	assert_answer(stage_submit(&st, &next), TY_VERDICT_ADMITTED, &next.id);
	/* The next one did not ask it again: only the first one's statement waits there. */
	ck_assert_int_eq(stage_cell_int(&st, "SELECT count(*) FROM pg_locks WHERE NOT granted"), 1);
	ck_assert_int_eq((int)stage_owed(&st, &owed), 2);
	stage_unblock(tx, store);
	/* The statement that was given up is carried out all the same. */
	began = ty_time_mono_ms();
	while (stage_verdict(&st, &receipt.id)[0] == '\0')
		ck_assert_int_lt(ty_time_mono_ms() - began, STAGE_DEADLINE_MS);
	ty_receipt_to_row(owed[0], &row);
	ty_store_accept_query(fx.arena, &row, 1, &query);
	ck_assert_ok(ty_tx_begin(st.owner, fx.arena, NULL, 1000, &app_tx, &fx.err));
	ck_assert_ok(ty_tx_run(app_tx, &query, &rows, &fx.err));
	ck_assert_ok(ty_store_accept_decode(&rows, 1, &answer, &fx.err));
	ck_assert_ok(ty_tx_commit(app_tx, &fx.err));
	ck_assert(!answer.duplicate);
	ck_assert_str_eq(stage_verdict(&st, &receipt.id), "accepted");
}
END_TEST

/* ---- groups ---- */

/* Start these while Postgres is held up, so that all but the first are one group; wait for them. */
static void
submit_as_a_group(struct submitter *subs, struct ty_receipt *receipts, size_t count)
{
	struct ty_receipt before = stage_receipt(&st, "");
	struct submitter sub_before;
	struct ty_store *store;
	struct ty_tx *tx = stage_block(&st, &store);

	submitter_start(&sub_before, &st, &before);
	while (!*(volatile bool *)&st.intake->is_busy)
		;
	for (size_t i = 0; i < count; i++)
		submitter_start(&subs[i], &st, &receipts[i]);
	stage_await_waiting(&st, count);
	stage_unblock(tx, store);
	submitter_join(&sub_before);
	for (size_t i = 0; i < count; i++)
		submitter_join(&subs[i]);
}

/* A delivery whose run ended in an error, and a repeat of it that asks for a new run. */
static struct ty_receipt
failed_and_repeat(struct ty_receipt *ret_repeat)
{
	struct ty_receipt first = stage_receipt(&st, "k");

	stage_submit(&st, &first);
	stage_cell(&st,
		   "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		   "status, fence, accepted_at, started_at, finished_at) SELECT workspace_id, id, "
		   "coalesce(workflow_id, id), coalesce(version_id, id), mode, 'error', 1, now(), "
		   "now(), now() FROM tyboo.deliveries WHERE id = '%s' RETURNING 1",
		   first.id.s);
	*ret_repeat = stage_receipt(&st, "k");
	ret_repeat->rerun_failed = true;
	return first;
}

/* In one statement of one process. */
START_TEST(of_repeats_of_a_failed_run_in_a_group_one_runs_and_the_others_are_its_duplicates)
{
	struct ty_receipt receipts[DELIVERIES];
	struct submitter subs[DELIVERIES];
	const struct ty_id *run = NULL;
	struct ty_receipt first = failed_and_repeat(&receipts[0]);
	size_t admitted = 0;

	for (size_t i = 1; i < DELIVERIES; i++) {
		receipts[i] = stage_receipt(&st, "k");
		receipts[i].rerun_failed = true;
	}
	submit_as_a_group(subs, receipts, DELIVERIES);
	for (size_t i = 0; i < DELIVERIES; i++) {
		ck_assert_int_eq(subs[i].code, TY_OK);
		if (subs[i].admission.verdict == TY_VERDICT_ADMITTED) {
			run = &receipts[i].id;
			admitted++;
		}
	}
	ck_assert_uint_eq(admitted, 1);
	ck_assert_str_ne(run->s, first.id.s);
	for (size_t i = 0; i < DELIVERIES; i++)
		ck_assert_str_eq(subs[i].admission.run_id.s, run->s);
}
END_TEST

/* Of two processes: the key's lock makes the second wait for the first, and see what it did. */
START_TEST(of_two_repeats_of_a_failed_run_at_once_one_runs_and_the_other_is_its_duplicate)
{
	struct ty_store *other = ty_store_new(st.svc.owner_database_url, 1, "another process");
	struct ty_receipt repeat, second, first = failed_and_repeat(&repeat);
	struct ty_delivery_answer answer;
	struct ty_delivery_row row;
	struct ty_store_query query;
	struct submitter sub;
	struct ty_rows rows;
	struct ty_tx *tx;
	int64_t began;

	ty_receipt_to_row(&repeat, &row);
	ty_store_accept_query(fx.arena, &row, 1, &query);
	ck_assert_ok(ty_tx_begin(other, fx.arena, NULL, 1000, &tx, &fx.err));
	ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
	ck_assert_ok(ty_store_accept_decode(&rows, 1, &answer, &fx.err));
	ck_assert(!answer.duplicate && ty_id_eq(&answer.repeats_run_id, &first.id));
	second = stage_receipt(&st, "k");
	second.rerun_failed = true;
	submitter_start(&sub, &st, &second);
	began = ty_time_mono_ms();
	while (stage_cell_int(&st, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
		ck_assert_int_lt(ty_time_mono_ms() - began, STAGE_DEADLINE_MS);
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ty_store_free(other);
	submitter_join(&sub);
	ck_assert_int_eq(sub.code, TY_OK);
	assert_answer(sub.admission, TY_VERDICT_DUPLICATE, &repeat.id);
	ck_assert_str_eq(stage_verdict(&st, &repeat.id), "accepted");
	ck_assert_str_eq(stage_verdict(&st, &second.id), "duplicate");
}
END_TEST

START_TEST(what_arrives_meanwhile_is_one_group_and_the_first_of_a_key_wins)
{
	struct submitter subs[DELIVERIES];
	struct ty_receipt receipts[DELIVERIES];
	const struct ty_id *first = NULL;
	size_t admitted = 0;

	for (size_t i = 0; i < DELIVERIES; i++)
		receipts[i] = stage_receipt(&st, "k");
	submit_as_a_group(subs, receipts, DELIVERIES);
	for (size_t i = 0; i < DELIVERIES; i++) {
		ck_assert_int_eq(subs[i].code, TY_OK);
		if (subs[i].admission.verdict == TY_VERDICT_ADMITTED) {
			first = &receipts[i].id;
			admitted++;
		}
	}
	ck_assert_int_eq((int)admitted, 1);
	for (size_t i = 0; i < DELIVERIES; i++)
		ck_assert_str_eq(subs[i].admission.run_id.s, first->s);
	ck_assert_int_eq(stage_ready(&st), 2);
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT count(DISTINCT xmin::text) FROM tyboo.deliveries"
					" WHERE workspace_id = '%s'",
					st.workspace.s),
			 2);
}
END_TEST

/* Bytes of a body, of which a job carries as many again: what of them is one transaction? */
static const struct {
	size_t large, large_count, small_count;
} heaps[] = {
	{ 150000, 1, 7 }, /* a big one is on its own, so that nobody waits for its bytes */
	{ 100000, 8, 0 }, /* more than a group may take are two */
};

START_TEST(a_group_is_of_so_many_bytes)
{
	struct submitter subs[8];
	struct ty_receipt receipts[8];
	char *body = ty_arena_alloc(fx.arena, heaps[_i].large + 1);

	memset(body, '1', heaps[_i].large);
	for (size_t i = 0; i < 8; i++) {
		receipts[i] = stage_receipt(&st, "");
		receipts[i].headers = "{\"content-type\":\"text/plain\"}";
		receipts[i].body = body;
		receipts[i].body_len = i < heaps[_i].large_count ? heaps[_i].large : 1;
	}
	submit_as_a_group(subs, receipts, heaps[_i].large_count + heaps[_i].small_count);
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT count(DISTINCT xmin::text) FROM tyboo.deliveries"
					" WHERE workspace_id = '%s'",
					st.workspace.s),
			 3); /* with the one before them */
}
END_TEST

START_TEST(a_duplicate_of_a_refused_member_is_refused_too)
{
	struct ty_receipt first = limited(0, "x"),
			  receipts[2] = { limited(0, "k"), limited(0, "k") };
	struct submitter subs[2];

	receipts[0].limits.quota_month = receipts[1].limits.quota_month = 1;
	first.limits.quota_month = 1;
	stage_submit(&st, &first);
	submit_as_a_group(subs, receipts, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(subs[i].code, TY_OK);
		ck_assert_str_eq(ty_verdict_name(subs[i].admission.verdict), "quota");
	}
}
END_TEST

START_TEST(a_row_that_postgres_refuses_is_no_others_fault)
{
	struct submitter subs[DELIVERIES];
	struct ty_receipt receipts[DELIVERIES], **owed;

	for (size_t i = 0; i < DELIVERIES; i++)
		receipts[i] = stage_receipt(&st, "");
	receipts[5].mode = "";			 /* the table refuses it */
	st.intake->log.level = TY_LOG_ERROR + 1; /* it says so, which is no news here */
	submit_as_a_group(subs, receipts, DELIVERIES);
	for (size_t i = 0; i < DELIVERIES; i++) {
		ck_assert_int_eq(subs[i].code, TY_OK);
		assert_answer(subs[i].admission, TY_VERDICT_ADMITTED, &receipts[i].id);
		ck_assert_str_eq(stage_verdict(&st, &receipts[i].id), i == 5 ? "" : "accepted");
	}
	ck_assert_int_eq((int)stage_owed(&st, &owed), 1);
	ck_assert_str_eq(owed[0]->id.s, receipts[5].id.s);
}
END_TEST

/* ---- many at once ---- */

#define CALLERS	    16
#define SUBMITS	    40
#define ALL_SUBMITS (CALLERS * SUBMITS)

struct caller {
	pthread_t thread;
	int wrong;
};

/* Every fourth is a duplicate of the one before it, every eighth is broken. */
static void *
caller_main(void *arg)
{
	struct caller *caller = arg;
	struct ty_id before = { "" };
	char key[80] = "";

	for (int i = 0; i < SUBMITS; i++) {
		struct ty_receipt receipt = stage_receipt(&st, key);
		struct ty_admission got = { 0 };
		struct ty_err err;
		enum ty_code code;

		if (i % 4 != 3)
			snprintf(key, sizeof(key), "%s", receipt.id.s);
		if (i % 8 == 0)
			receipt.body_len = 3;
		code = ty_intake_submit(st.intake, &receipt, &got, &err);
		if (i % 8 == 0)
			caller->wrong += code != TY_E_MALFORMED;
		else if (i % 4 == 3)
			caller->wrong += code != TY_OK || got.verdict != TY_VERDICT_DUPLICATE ||
					 !ty_id_eq(&got.run_id, &before);
		else
			caller->wrong += code != TY_OK || got.verdict != TY_VERDICT_ADMITTED ||
					 !ty_id_eq(&got.run_id, &receipt.id);
		before = receipt.id;
	}
	return NULL;
}

START_TEST(many_callers_form_groups_of_most_and_each_gets_its_own_answer)
{
	struct caller callers[CALLERS] = { 0 };

	for (size_t i = 0; i < CALLERS; i++)
		ck_assert_int_eq(pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]),
				 0);
	for (size_t i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		ck_assert_int_eq(callers[i].wrong, 0);
	}
	ck_assert_int_eq(
		stage_cell_int(&st,
			       "SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s'",
			       st.workspace.s),
		ALL_SUBMITS);
	/* Groups that wait for nobody hold half of what is in flight: 80 of them.  40 are the fewest. */
	ck_assert_int_lt(stage_cell_int(&st,
					"SELECT count(DISTINCT xmin::text) FROM tyboo.deliveries"
					" WHERE workspace_id = '%s'",
					st.workspace.s),
			 ALL_SUBMITS / 10);
	ck_assert_int_eq(stage_ready(&st), ALL_SUBMITS - ALL_SUBMITS / 4 - ALL_SUBMITS / 8);
}
END_TEST

START_TEST(the_end_waits_for_what_was_handed_in)
{
	struct submitter subs[DELIVERIES];
	struct ty_receipt receipts[DELIVERIES];
	struct ty_store *store;
	struct ty_tx *tx = stage_block(&st, &store);

	for (size_t i = 0; i < DELIVERIES; i++) {
		receipts[i] = stage_receipt(&st, "");
		submitter_start(&subs[i], &st, &receipts[i]);
		if (i == 0)
			while (!*(volatile bool *)&st.intake->is_busy)
				;
	}
	stage_await_waiting(&st, DELIVERIES - 1);
	stage_unblock(tx, store);
	ty_intake_free(st.intake);
	st.intake = NULL;
	for (size_t i = 0; i < DELIVERIES; i++) {
		submitter_join(&subs[i]);
		ck_assert_int_eq(subs[i].code, TY_OK);
	}
}
END_TEST

START_TEST(without_a_store_in_the_configuration_there_is_no_intake)
{
	struct ty_conf conf = st.conf;
	struct ty_intake *intake = NULL;

	conf.database_url = "";
	ck_assert_code(ty_intake_new(&conf, &st.log, &intake, &fx.err), TY_E_INVALID);
	conf = st.conf;
	conf.redis_url = "";
	ck_assert_code(ty_intake_new(&conf, &st.log, &intake, &fx.err), TY_E_INVALID);
	ck_assert_ptr_null(intake);
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(an_accepted_receipt_is_in_both_stores_and_owed_to_none);
	TEST(a_duplicate_gets_the_first_run_and_makes_no_job);
	TEST(the_key_of_another_workspace_is_another_key);
	TEST_LOOP(what_is_not_accepted_is_kept_and_makes_no_job, kept_verdicts);
	TEST(a_broken_body_is_an_error_and_is_kept_as_malformed);
	TEST(a_body_of_the_largest_size_is_kept_whole);
	TEST_LOOP(a_refusal_is_on_the_receipt_and_frees_the_key, refusals);
	TEST_LOOP(a_refusal_with_postgres_away_is_owed, refusals);
	TEST(a_refusal_that_postgres_does_not_take_is_owed);
	TEST(with_postgres_killed_redis_alone_takes_job_and_receipt);
	TEST(with_postgres_killed_what_is_not_accepted_is_owed);
	TEST(with_redis_killed_postgres_alone_takes_the_receipt);
	TEST(with_both_away_it_is_unavailable_and_soon_said);
	TEST(a_delivery_repeated_over_an_outage_of_postgres_is_the_first_run);
	TEST(a_postgres_that_hangs_holds_nobody_up_and_what_it_does_later_is_no_duplicate);
	TEST(of_repeats_of_a_failed_run_in_a_group_one_runs_and_the_others_are_its_duplicates);
	TEST(of_two_repeats_of_a_failed_run_at_once_one_runs_and_the_other_is_its_duplicate);
	TEST(what_arrives_meanwhile_is_one_group_and_the_first_of_a_key_wins);
	TEST_LOOP(a_group_is_of_so_many_bytes, heaps);
	TEST(a_duplicate_of_a_refused_member_is_refused_too);
	TEST(a_row_that_postgres_refuses_is_no_others_fault);
	TEST(many_callers_form_groups_of_most_and_each_gets_its_own_answer);
	TEST(the_end_waits_for_what_was_handed_in);
	TEST(without_a_store_in_the_configuration_there_is_no_intake);
}

SUITE_MAIN("intake", 60, setup, teardown, stage_servers_start(&st), stage_servers_stop(&st),
	   tests(tc))
