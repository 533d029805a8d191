/*
 * Receipts without a run, and receipts owed: whatever a store has lost comes back, once.
 */
#include "fixture.h"

#include "base/time.h"
#include "support/common.h"

#define DELIVERIES 20

static int64_t
job_exists(const struct ty_id *id)
{
	return stage_redis(&st, "EXISTS {t}:job:%s", id->s);
}

static size_t
owed_count(void)
{
	struct ty_receipt **owed;

	return stage_owed(&st, &owed);
}

static struct ty_receipt
submitted(const char *key)
{
	struct ty_receipt receipt = stage_receipt(&st, key);

	stage_submit(&st, &receipt);
	return receipt;
}

/* ---- receipts without a run ---- */

START_TEST(after_flushall_every_receipt_without_a_run_is_pushed_once)
{
	struct ty_receipt receipts[DELIVERIES];

	for (size_t i = 0; i < DELIVERIES; i++)
		receipts[i] = submitted("");
	ck_assert(reap_record(&receipts[0].id, 1)); /* this one has finished */
	reap_rounds(2);
	stage_redis(&st, "FLUSHALL");
	reap_until(stage_ready(&st) == DELIVERIES - 1);
	reap_rounds(5);
	ck_assert_int_eq(stage_ready(&st), DELIVERIES - 1);
	ck_assert_int_eq(job_exists(&receipts[0].id), 0);
	for (size_t i = 1; i < DELIVERIES; i++)
		ck_assert_int_eq(job_exists(&receipts[i].id), 1);
}
END_TEST

/* Its workspace goes on without it, and it comes back. */
START_TEST(a_job_that_was_damaged_is_made_again_from_its_receipt)
{
	struct ty_receipt receipts[3];
	struct ty_hold hold;
	int64_t deliveries;

	for (size_t i = 0; i < 3; i++)
		receipts[i] = submitted("");
	stage_redis(&st, "DEL {%s}:job:%s", st.conf.lane, receipts[0].id.s);
	for (size_t i = 1; i < 3; i++) {
		ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
		ck_assert_str_eq(hold.run_id.s, receipts[i].id.s);
	}
	reap_until(job_exists(&receipts[0].id) == 1);
	ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
	ck_assert_str_eq(hold.run_id.s, receipts[0].id.s);
}
END_TEST

START_TEST(after_flushall_living_workers_have_a_heartbeats_time)
{
	struct ty_receipt receipt = submitted("");
	int64_t began;

	st.conf.heartbeat_ms = 700;
	st.conf.receipt_grace_ms = 60000;
	reap_rounds(2);
	stage_redis(&st, "FLUSHALL");
	reap_rounds(1); /* Redis's new memory begins here at the latest */
	began = ty_time_mono_ms();
	reap_until(job_exists(&receipt.id));
	ck_assert_int_ge(ty_time_mono_ms() - began, st.conf.heartbeat_ms);
	ck_assert_int_lt(ty_time_mono_ms() - began, st.conf.receipt_grace_ms);
}
END_TEST

START_TEST(what_is_pushed_again_says_so_and_is_the_same_job)
{
	struct ty_receipt receipt = submitted("k"), twin = stage_receipt(&st, "k");
	struct ty_hold hold;
	int64_t deliveries, len = stage_redis(&st, "HSTRLEN {t}:job:%s p", receipt.id.s);

	stage_redis(&st, "FLUSHALL");
	reap_until(stage_ready(&st) == 1);
	ck_assert_int_eq(stage_redis(&st, "HSTRLEN {t}:job:%s p", receipt.id.s), len);
	ck_assert(stage_lease(&st, 30000, &hold, &deliveries));
	ck_assert_int_eq(deliveries, 2);
	/* The key is remembered again, too. */
	ck_assert_int_eq(stage_submit(&st, &twin).verdict, TY_VERDICT_DUPLICATE);
}
END_TEST

START_TEST(what_is_queued_leased_or_lately_finished_is_not_pushed)
{
	struct ty_receipt queued, leased = submitted("");
	struct ty_hold hold;
	int64_t deliveries;

	ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
	queued = submitted("");
	st.conf.receipt_grace_ms = 0;
	reap_rounds(5);
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert_int_eq(job_exists(&queued.id) + job_exists(&leased.id), 2);
	stage_redis(&st, "DEL {t}:job:%s", queued.id.s);
	stage_redis(&st, "SADD {t}:done:%lld %s", (long long)(ty_time_now_ms() / 1000 / 300),
		    queued.id.s);
	reap_rounds(5);
	ck_assert_int_eq(job_exists(&queued.id), 0);
}
END_TEST

START_TEST(what_came_with_redis_away_is_pushed_soon_after_it_is_back)
{
	struct ty_receipt receipt;

	st.conf.receipt_grace_ms = 600000;
	reap_rounds(1);
	reaper->hurry_until_ms = 0; /* that of its start is over */
	svc_redis_kill9(&st.svc);
	stage_await_stores(&st, true, false);
	receipt = submitted("");
	reap_rounds(1);
	svc_redis_start(&st.svc);
	reap_until(job_exists(&receipt.id));
	ck_assert_int_eq(stage_ready(&st), 1);
}
END_TEST

START_TEST(nothing_is_pushed_while_receipts_may_be_owed)
{
	struct ty_receipt receipt = submitted("");

	stage_redis(&st, "FLUSHALL");
	st.conf.receipt_grace_ms = 0;
	ck_assert(!reaper->owes_nothing);
	ck_assert_ok(reap_receipts(reaper, &fx.err));
	ck_assert_int_eq(job_exists(&receipt.id), 0);
	ck_assert_ok(reap_owed(reaper, &fx.err));
	ck_assert_ok(reap_receipts(reaper, &fx.err));
	ck_assert_int_eq(job_exists(&receipt.id), 1);
}
END_TEST

START_TEST(a_receipt_that_makes_no_job_comes_once_and_no_more)
{
	struct ty_receipt receipt = stage_receipt(&st, "");
	struct ty_delivery_row row;
	struct ty_store_query query;
	struct ty_rows rows;

	receipt.body = "{";
	receipt.body_len = 1;
	ty_receipt_to_row(&receipt, &row);
	ty_store_accept_query(fx.arena, &row, 1, &query);
	ck_assert_ok(reap_query(reaper, &query, &rows, &fx.err));
	st.log.level = TY_LOG_ERROR + 1;
	reap_until(strcmp(stage_verdict(&st, &receipt.id), "malformed") == 0);
	ck_assert_int_eq(stage_ready(&st), 0);
}
END_TEST

/* ---- owed ---- */

START_TEST(what_is_owed_is_written_when_postgres_is_back)
{
	struct ty_receipt first, second, unclaimed = stage_receipt(&st, "");

	svc_postgres_kill9(&st.svc);
	stage_await_stores(&st, false, true);
	first = submitted("k");
	second = submitted("k");
	unclaimed.verdict = "unclaimed";
	stage_submit(&st, &unclaimed);
	st.log.level = TY_LOG_ERROR + 1;
	reap_rounds(2); /* away: nothing is lost by trying */
	ck_assert_int_eq((int)owed_count(), 3);
	svc_postgres_start(&st.svc);
	reap_until(owed_count() == 0);
	ck_assert_str_eq(stage_verdict(&st, &first.id), "accepted");
	ck_assert_str_eq(stage_verdict(&st, &second.id), "duplicate");
	ck_assert_str_eq(stage_verdict(&st, &unclaimed.id), "unclaimed");
	reap_rounds(3);
	ck_assert_int_eq(stage_ready(&st), 1);
	ck_assert_int_eq(job_exists(&first.id), 1);
}
END_TEST

START_TEST(an_owed_row_that_postgres_refuses_stays_and_is_no_others_fault)
{
	struct ty_receipt bad = stage_receipt(&st, ""), good;

	svc_postgres_kill9(&st.svc);
	stage_await_stores(&st, false, true);
	bad.mode = ""; /* the table refuses it */
	stage_submit(&st, &bad);
	good = submitted("");
	svc_postgres_start(&st.svc);
	st.log.level = TY_LOG_ERROR + 1;
	reap_until(stage_verdict(&st, &good.id)[0] != '\0');
	reap_rounds(2);
	ck_assert_int_eq((int)owed_count(), 1);
	ck_assert_int_eq((int)reaper->refused_owed, 1);
	ck_assert(reaper->owes_nothing);
}
END_TEST

START_TEST(a_refusal_that_is_owed_is_written_before_anything_is_pushed)
{
	struct ty_receipt first = stage_receipt(&st, ""), second = stage_receipt(&st, "");

	first.limits.depth_max = second.limits.depth_max = 1;
	stage_submit(&st, &first);
	stage_cell(&st, "ALTER FUNCTION tyboo.refuse_deliveries RENAME TO refuse_deliveries_x");
	ck_assert_int_eq(stage_submit(&st, &second).verdict, TY_VERDICT_DEPTH);
	stage_cell(&st, "ALTER FUNCTION tyboo.refuse_deliveries_x RENAME TO refuse_deliveries");
	ck_assert_str_eq(stage_verdict(&st, &second.id), "accepted");
	st.conf.receipt_grace_ms = 0;
	reap_rounds(3);
	ck_assert_str_eq(stage_verdict(&st, &second.id), "depth");
	ck_assert_int_eq(job_exists(&second.id), 0);
	ck_assert_int_eq(stage_ready(&st), 1);
}
END_TEST

/* ---- an owed duplicate that has a job ---- */

/* Postgres has 'w'; then, with Postgres away, Redis takes the result: it knows of no 'w'. */
static struct ty_receipt
owed_twin_of(const struct ty_receipt *w)
{
	struct ty_receipt owed;

	stage_redis(&st, "FLUSHALL");
	svc_postgres_kill9(&st.svc);
	stage_await_stores(&st, false, true);
	owed = submitted(w->delivery_key);
	ck_assert_int_eq(job_exists(&owed.id), 1);
	return owed;
}

START_TEST(where_the_other_has_not_begun_the_owed_ones_run_is_that_of_both)
{
	struct ty_receipt w = submitted("k"), owed = owed_twin_of(&w);

	svc_postgres_start(&st.svc);
	reap_until(owed_count() == 0);
	ck_assert_str_eq(stage_verdict(&st, &w.id), "duplicate");
	ck_assert_str_eq(stage_verdict(&st, &owed.id), "accepted");
	ck_assert_str_eq(
		stage_cell(&st, "SELECT run_id FROM tyboo.deliveries WHERE id = '%s'", w.id.s),
		owed.id.s);
	st.conf.receipt_grace_ms = 0;
	reap_rounds(3);
	ck_assert_int_eq(job_exists(&w.id), 0);
	/* And again, after Redis has lost it. */
	stage_redis(&st, "FLUSHALL");
	reap_until(stage_ready(&st) == 1);
	ck_assert_int_eq(job_exists(&owed.id), 1);
}
END_TEST

START_TEST(where_the_other_has_run_the_owed_ones_job_is_taken_out)
{
	struct ty_receipt w = submitted("k"), owed;

	ck_assert(reap_record(&w.id, 1));
	owed = owed_twin_of(&w);
	svc_postgres_start(&st.svc);
	reap_until(owed_count() == 0);
	ck_assert_str_eq(stage_verdict(&st, &w.id), "accepted");
	ck_assert_str_eq(stage_verdict(&st, &owed.id), "duplicate");
	reap_rounds(3);
	ck_assert_int_eq(stage_ready(&st), 0);
	ck_assert_int_eq(job_exists(&owed.id), 0);
}
END_TEST

START_TEST(an_owed_duplicate_that_has_begun_is_left_alone)
{
	struct ty_receipt w = submitted("k"), owed;
	struct ty_hold hold;
	int64_t deliveries;

	ck_assert(reap_record(&w.id, 1));
	owed = owed_twin_of(&w);
	ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
	svc_postgres_start(&st.svc);
	reap_until(owed_count() == 0);
	ck_assert_str_eq(stage_verdict(&st, &owed.id), "duplicate");
	ck_assert_int_eq(job_exists(&owed.id), 1);
	ck_assert_int_eq(stage_redis(&st, "HEXISTS {t}:job:%s cancel", owed.id.s), 0);
}
END_TEST

/* ---- both away ---- */

START_TEST(it_survives_both_away_and_comes_back_by_itself)
{
	struct ty_receipt receipt = submitted("");

	st.log.level = TY_LOG_ERROR + 1;
	svc_postgres_kill9(&st.svc);
	svc_redis_kill9(&st.svc);
	reap_rounds(3);
	/* Without a report of a crash there is nothing to ask a store for. */
	for (size_t i = 0; i < DUTY__COUNT; i++)
		ck_assert(reaper->states[i].fault.said[0] != '\0' || i == DUTY_RECEIPTS ||
			  i == DUTY_CRASHES);
	svc_postgres_start(&st.svc);
	svc_redis_start(&st.svc);
	stage_redis(&st, "FLUSHALL");
	reap_until(job_exists(&receipt.id));
	reap_rounds(1);
	for (size_t i = 0; i < DUTY__COUNT; i++)
		ck_assert_str_eq(reaper->states[i].fault.said, "");
}
END_TEST

START_TEST(a_receipt_whose_run_waits_is_not_pushed)
{
	struct ty_receipt receipt;

	receipt = stage_receipt(&st, "");
	stage_submit(&st, &receipt);
	stage_cell(&st,
		   "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		   "status, fence, accepted_at, started_at) VALUES ('%s', '%s', '%s', '%s', 'api', "
		   "'waiting', 1, now(), now())",
		   st.workspace.s, receipt.id.s, receipt.id.s, receipt.id.s);
	reap_rounds(2);
	stage_redis(&st, "FLUSHALL");
	stage_cell(&st, "SELECT tyboo.rewind_receipts(interval '1 day')");
	for (int i = 0; i < 20; i++)
		reap_step();
	ck_assert_int_eq(stage_ready(&st), 0);
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(a_receipt_whose_run_waits_is_not_pushed);
	TEST(after_flushall_every_receipt_without_a_run_is_pushed_once);
	TEST(a_job_that_was_damaged_is_made_again_from_its_receipt);
	TEST(after_flushall_living_workers_have_a_heartbeats_time);
	TEST(what_is_pushed_again_says_so_and_is_the_same_job);
	TEST(what_is_queued_leased_or_lately_finished_is_not_pushed);
	TEST(what_came_with_redis_away_is_pushed_soon_after_it_is_back);
	TEST(nothing_is_pushed_while_receipts_may_be_owed);
	TEST(a_receipt_that_makes_no_job_comes_once_and_no_more);
	TEST(what_is_owed_is_written_when_postgres_is_back);
	TEST(an_owed_row_that_postgres_refuses_stays_and_is_no_others_fault);
	TEST(a_refusal_that_is_owed_is_written_before_anything_is_pushed);
	TEST(where_the_other_has_not_begun_the_owed_ones_run_is_that_of_both);
	TEST(where_the_other_has_run_the_owed_ones_job_is_taken_out);
	TEST(an_owed_duplicate_that_has_begun_is_left_alone);
	TEST(it_survives_both_away_and_comes_back_by_itself);
}

REAP_TEST_MAIN("reap receipts", tests)
