/*
 * test_faults.c -- each statement and each command on the way of a receipt fails in turn.
 *
 * Whatever fails, and on whichever side of the wire: what was said to be accepted is kept, and
 * what was not can be sent again and is one run.
 */
#include "stage.h"

#include "base/fault.h"
#include "base/time.h"
#include "support/common.h"

/* More points than a receipt passes, by far: the loop ends at the first that none reaches. */
#define POINTS_MAX 200

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

/* In Postgres as accepted, or in Redis as owed. */
static bool
is_kept(const struct ty_id *id)
{
	struct ty_receipt **owed;
	size_t count;

	if (strcmp(stage_verdict(&st, id), "accepted") == 0)
		return true;
	count = stage_owed(&st, &owed);
	for (size_t i = 0; i < count; i++)
		if (strcmp(owed[i]->id.s, id->s) == 0)
			return true;
	return false;
}

static struct ty_admission
submit(struct ty_receipt *receipt, bool *ret_ok)
{
	struct ty_admission got = { 0 };

	ty_err_clear(&fx.err);
	*ret_ok = ty_intake_submit(st.intake, receipt, &got, &fx.err) == TY_OK;
	if (!*ret_ok)
		ck_assert_int_eq(fx.err.code, TY_E_UNAVAILABLE);
	return got;
}

/* Until a receipt that meets no fault is in both stores again. */
static void
await_both_stores(void)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);
	bool ok, has_job = false;

	while (!has_job) {
		struct ty_receipt probe = stage_receipt(&st, "");

		ck_assert_msg(ty_time_mono_ms() < until_ms, "the stores do not come back");
		submit(&probe, &ok);
		has_job = ok && strcmp(stage_verdict(&st, &probe.id), "accepted") == 0 &&
			  stage_redis(&st, "EXISTS {t}:job:%s", probe.id.s) == 1;
	}
}

/* True where the nth point was passed on the way. */
static bool
round_fails(int64_t nth)
{
	const char *key = ty_arena_printf(fx.arena, "k%lld", (long long)nth);
	struct ty_receipt first = stage_receipt(&st, key), again = stage_receipt(&st, key);
	struct ty_admission told, second;
	bool was_told, ok, has_failed;

	ty_fault_arm(TY_FAULT_ANY, nth);
	told = submit(&first, &was_told);
	has_failed = ty_fault_has_failed();
	ty_fault_arm(TY_FAULT_ANY, 0);
	await_both_stores();
	second = submit(&again, &ok);
	ck_assert_msg(ok, "point %lld: refused with both stores there: %s", (long long)nth,
		      fx.err.msg);
	if (was_told) {
		ck_assert_msg(is_kept(&told.run_id), "point %lld: told, and not kept",
			      (long long)nth);
		ck_assert_str_eq(second.run_id.s, told.run_id.s);
		ck_assert_int_eq(second.verdict, TY_VERDICT_DUPLICATE);
	}
	ck_assert_msg(is_kept(&second.run_id), "point %lld: its repeat is not kept",
		      (long long)nth);
	return has_failed;
}

START_TEST(whatever_fails_a_receipt_is_kept_or_refused)
{
	int64_t nth = 1;

	await_both_stores();
	while (round_fails(nth)) {
		nth++;
		ck_assert_int_lt(nth, POINTS_MAX);
	}
	/* A statement for the group and an admission, each of which can fail on either side. */
	ck_assert_int_gt(nth, 4);
}
END_TEST

SUITE_MAIN("intake faults", 120, setup, teardown, stage_servers_start(&st), stage_servers_stop(&st),
	   { TEST(whatever_fails_a_receipt_is_kept_or_refused); })
