/*
 * test_told.c -- two API processes and one delivery key: whoever was told of a run gets it.
 *
 * Two intakes on the same servers.  Redis takes no writes for a while, so the first one is held between
 * its receipt's commit and the queue's answer to it, and the second meets a key in doubt; nothing here
 * depends on how fast anybody is.
 */
#include "stage.h"

#include "base/time.h"
#include "support/common.h"

static struct stage st, other; /* one workspace, one queue, two committers */

static void
setup(void)
{
	fx_setup();
	stage_open(&st);
	other = st;
	ck_assert_int_eq(ty_intake_new(&st.conf, &st.log, &other.intake, &fx.err), TY_OK);
	stage_await_stores(&other, true, true);
}

static void
teardown(void)
{
	ty_intake_free(other.intake);
	stage_close(&st);
	fx_teardown();
}

/* Whatever comes after the first of these is refused. */
static struct ty_receipt
limited(const char *key)
{
	struct ty_receipt receipt = stage_receipt(&st, key);

	receipt.limits.depth_max = 1;
	return receipt;
}

/* Hand 'receipt' to the first intake; give back when it is written and the queue not yet asked. */
static void
submit_and_hold(struct submitter *s, const struct ty_receipt *receipt)
{
	int64_t until = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);

	stage_redis(&st, "CLIENT PAUSE 60000 WRITE");
	submitter_start(s, &st, receipt);
	while (stage_verdict(&st, &receipt->id)[0] == '\0')
		ck_assert_int_lt(ty_time_mono_ms(), until);
}

static void
let_go(struct submitter *s)
{
	stage_redis(&st, "CLIENT UNPAUSE");
	submitter_join(s);
	ck_assert_int_eq(s->code, TY_OK);
}

static void
assert_answer(struct ty_admission got, enum ty_verdict verdict, const struct ty_id *run_id)
{
	ck_assert_str_eq(ty_verdict_name(got.verdict), ty_verdict_name(verdict));
	ck_assert_str_eq(got.run_id.s, run_id->s);
}

/* In both: what is accepted is found by the reaper, which pushes it whatever the limits say. */
START_TEST(a_run_that_another_process_told_of_is_not_refused)
{
	struct ty_receipt full = limited(""), first = limited("k"), second = limited("k"), third;
	struct submitter sub;

	stage_submit(&st, &full);
	submit_and_hold(&sub, &first);
	assert_answer(stage_submit(&other, &second), TY_VERDICT_DUPLICATE, &first.id);
	let_go(&sub);
	assert_answer(sub.admission, TY_VERDICT_ADMITTED, &first.id);
	ck_assert_str_eq(stage_verdict(&st, &first.id), "accepted");
	ck_assert_str_eq(stage_verdict(&st, &second.id), "duplicate");
	/* It keeps its key. */
	third = limited("k");
	assert_answer(stage_submit(&other, &third), TY_VERDICT_DUPLICATE, &first.id);
}
END_TEST

START_TEST(a_refusal_that_nobody_was_told_against_stands)
{
	struct ty_receipt full = limited(""), first = limited("k"), second = limited("k");
	struct submitter sub;

	stage_submit(&st, &full);
	submit_and_hold(&sub, &first);
	let_go(&sub);
	assert_answer(sub.admission, TY_VERDICT_DEPTH, &first.id);
	ck_assert_str_eq(stage_verdict(&st, &first.id), "depth");
	/* Its key is free: the next is judged itself, and refused like it. */
	assert_answer(stage_submit(&other, &second), TY_VERDICT_DEPTH, &second.id);
	second = stage_receipt(&st, "k");
	assert_answer(stage_submit(&other, &second), TY_VERDICT_ADMITTED, &second.id);
}
END_TEST

/* Two of one group with one key.  An unclaimed one before them, held in Postgres, makes them a group. */
static void
submit_twins_and_hold(struct submitter subs[2])
{
	struct ty_receipt twins[2] = { limited("k"), limited("k") },
			  before = stage_receipt(&st, "");
	int64_t until = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);
	struct submitter sub;
	struct ty_store *store;
	struct ty_tx *tx = stage_block(&st, &store);

	before.verdict = "unclaimed";
	submitter_start(&sub, &st, &before);
	while (!*(volatile bool *)&st.intake->is_busy)
		;
	for (int i = 0; i < 2; i++)
		submitter_start(&subs[i], &st, &twins[i]);
	stage_await_waiting(&st, 2);
	stage_redis(&st, "CLIENT PAUSE 60000 WRITE");
	stage_unblock(tx, store);
	submitter_join(&sub);
	while (stage_verdict(&st, &twins[1].id)[0] == '\0')
		ck_assert_int_lt(ty_time_mono_ms(), until);
}

START_TEST(a_twin_of_what_was_overruled_is_its_duplicate)
{
	struct ty_receipt full = limited(""), third = limited("k");
	struct ty_admission told;
	struct submitter subs[2];

	stage_submit(&st, &full);
	submit_twins_and_hold(subs);
	told = stage_submit(&other, &third);
	ck_assert_str_eq(ty_verdict_name(told.verdict), "duplicate");
	let_go(&subs[0]);
	submitter_join(&subs[1]);
	for (int i = 0; i < 2; i++)
		assert_answer(subs[i].admission,
			      ty_id_eq(&subs[i].receipt.id, &told.run_id) ? TY_VERDICT_ADMITTED
									  : TY_VERDICT_DUPLICATE,
			      &told.run_id);
	ck_assert_str_eq(stage_verdict(&st, &told.run_id), "accepted");
}
END_TEST

/* While the correction fails, too: the refusal is owed, and whoever writes it finds that it may not. */
START_TEST(a_refusal_that_is_owed_is_overruled_when_it_is_written)
{
	struct ty_receipt full = limited(""), first = limited("k"), second = limited("k"), **owed;
	struct ty_delivery_answer answer;
	struct ty_store_query query;
	struct ty_delivery_row row;
	struct ty_rows rows;
	struct ty_tx *tx;

	stage_submit(&st, &full);
	stage_cell(&st, "ALTER FUNCTION tyboo.refuse_deliveries RENAME TO refuse_deliveries_x");
	assert_answer(stage_submit(&st, &first), TY_VERDICT_DEPTH, &first.id);
	stage_cell(&st, "ALTER FUNCTION tyboo.refuse_deliveries_x RENAME TO refuse_deliveries");
	assert_answer(stage_submit(&other, &second), TY_VERDICT_DUPLICATE, &first.id);
	ck_assert_int_eq((int)stage_owed(&st, &owed), 1);
	ty_receipt_to_row(owed[0], &row);
	ty_store_accept_query(fx.arena, &row, 1, &query);
	ck_assert_int_eq(ty_tx_begin(st.owner, fx.arena, NULL, 1000, &tx, &fx.err), TY_OK);
	ck_assert_int_eq(ty_tx_run(tx, &query, &rows, &fx.err), TY_OK);
	ck_assert_int_eq(ty_store_accept_decode(&rows, 1, &answer, &fx.err), TY_OK);
	ck_assert_int_eq(ty_tx_commit(tx, &fx.err), TY_OK);
	ck_assert_str_eq(stage_verdict(&st, &first.id), "accepted");
}
END_TEST

SUITE_MAIN("told", 60, setup, teardown, stage_servers_start(&st), stage_servers_stop(&st), {
	TEST(a_run_that_another_process_told_of_is_not_refused);
	TEST(a_refusal_that_nobody_was_told_against_stands);
	TEST(a_twin_of_what_was_overruled_is_its_duplicate);
	TEST(a_refusal_that_is_owed_is_overruled_when_it_is_written);
})
