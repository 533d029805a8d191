/*
 * Leases past their deadline, and dead letters.
 */
#include "fixture.h"

#include "base/time.h"
#include "store/effects.h"
#include "support/common.h"

static int64_t
dead_new(void)
{
	return stage_redis(&st, "ZCARD {t}:dead_new");
}

static const char *
execution(const char *column, const struct ty_id *id)
{
	const char *cell =
		stage_cell(&st, "SELECT %s FROM tyboo.executions WHERE id = '%s'", column, id->s);

	return cell != NULL ? cell : "";
}

START_TEST(a_lease_past_its_deadline_goes_back_and_counts)
{
	struct ty_receipt receipt = stage_receipt(&st, "");
	struct ty_hold hold;
	int64_t deliveries;

	stage_submit(&st, &receipt);
	ck_assert(stage_lease(&st, 100, &hold, &deliveries));
	ck_assert_int_eq(stage_ready(&st), 0);
	reap_until(stage_ready(&st) == 1);
	ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
	ck_assert_str_eq(hold.run_id.s, receipt.id.s);
	ck_assert_int_eq(deliveries, 2);
	/* A lease that holds is left alone. */
	reap_rounds(3);
	ck_assert_int_eq(stage_ready(&st), 0);
}
END_TEST

/* A job that its only allowed worker has died of, buried and recorded. */
static struct ty_hold
poisoned(struct ty_receipt *receipt)
{
	struct ty_hold hold;
	int64_t deliveries;

	st.conf.deliveries_max = 1;
	*receipt = stage_receipt(&st, "");
	stage_submit(&st, receipt);
	ck_assert(stage_lease(&st, 50, &hold, &deliveries));
	return hold;
}

START_TEST(poison_is_buried_and_recorded_as_an_error_run)
{
	struct ty_receipt receipt;
	struct ty_queue_stats stats;
	const char *error;

	poisoned(&receipt);
	reap_until(execution("status", &receipt.id)[0] != '\0');
	ck_assert_str_eq(execution("status", &receipt.id), "error");
	ck_assert_str_eq(execution("mode", &receipt.id), "webhook");
	ck_assert_str_eq(execution("version_id", &receipt.id), receipt.version_id.s);
	error = execution("error", &receipt.id);
	ck_assert_msg(strstr(error, "\"code\":\"poison\"") != NULL, "%s", error);
	ck_assert_msg(strstr(error, "none finished it") != NULL, "%s", error);
	ck_assert_int_eq(dead_new(), 0);
	/* It stays in the dead letters, and is not pushed as a receipt without a run. */
	st.conf.receipt_grace_ms = 0;
	reap_rounds(3);
	ck_assert_ok(ty_queue_sync_stats(st.queue, &stats, &fx.err));
	ck_assert_int_eq(stats.dead, 1);
	ck_assert_int_eq(stats.ready, 0);
}
END_TEST

START_TEST(a_worker_that_comes_back_from_the_dead_records_nothing_over_it)
{
	struct ty_receipt receipt;
	struct ty_hold hold = poisoned(&receipt);

	reap_until(execution("status", &receipt.id)[0] != '\0');
	ck_assert(!reap_record(&receipt.id, hold.token));
	ck_assert_str_eq(execution("status", &receipt.id), "error");
}
END_TEST

static void
claimed(const struct ty_receipt *receipt, int64_t fence)
{
	struct ty_record_run run = { .run_id = receipt->id,
				     .workspace_id = receipt->workspace_id,
				     .workflow_id = receipt->workflow_id,
				     .version_id = receipt->version_id,
				     .mode = "webhook",
				     .fence = fence,
				     .deliveries = 1,
				     .accepted_at_ms = receipt->received_at_ms };
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_claim_query(fx.arena, &run, "test", &query);
	ck_assert_ok(reap_query(reaper, &query, &rows, &fx.err));
	ck_assert_str_eq(execution("status", &receipt->id), "running");
}

/* It was pushed anew and leased: the letter stays unrecorded until that one is through. */
START_TEST(a_dead_letter_whose_run_is_a_newer_workers_waits_for_its_end)
{
	static const int64_t newer = INT64_MAX / 2;
	struct ty_receipt receipt;

	poisoned(&receipt);
	claimed(&receipt, newer);
	reap_until(stage_redis(&st, "ZCARD {t}:dead") == 1);
	reap_rounds(3);
	ck_assert_int_eq(dead_new(), 1);
	ck_assert_str_eq(execution("status", &receipt.id), "running");
	ck_assert(reap_record(&receipt.id, newer));
	reap_until(dead_new() == 0);
	ck_assert_str_eq(execution("status", &receipt.id), "ok");
}
END_TEST

START_TEST(a_run_that_its_worker_had_claimed_is_ended_too)
{
	struct ty_receipt receipt;
	struct ty_hold hold = poisoned(&receipt);

	claimed(&receipt, hold.token);
	reap_until(strcmp(execution("status", &receipt.id), "error") == 0);
	ck_assert_int_eq(dead_new(), 0);
}
END_TEST

START_TEST(a_dead_letter_whose_run_was_recorded_after_all_keeps_that_record)
{
	struct ty_receipt receipt;
	struct ty_hold hold = poisoned(&receipt);

	ck_assert(reap_record(&receipt.id, hold.token)); /* then it died, its lease not released */
	reap_until(stage_redis(&st, "ZCARD {t}:dead") == 1 && dead_new() == 0);
	ck_assert_str_eq(execution("status", &receipt.id), "ok");
}
END_TEST

START_TEST(a_dead_letter_waits_for_postgres)
{
	struct ty_receipt receipt;

	poisoned(&receipt);
	st.log.level = TY_LOG_ERROR + 1;
	svc_postgres_kill9(&st.svc);
	reap_until(dead_new() == 1);
	reap_rounds(2);
	ck_assert_int_eq(dead_new(), 1);
	svc_postgres_start(&st.svc);
	reap_until(dead_new() == 0);
	ck_assert_str_eq(execution("status", &receipt.id), "error");
}
END_TEST

START_TEST(a_dead_letter_that_cannot_be_read_is_recorded_all_the_same)
{
	struct ty_receipt receipt;

	poisoned(&receipt);
	stage_redis(&st, "HSET {t}:job:%s p not-json", receipt.id.s);
	reap_until(dead_new() == 0 && execution("status", &receipt.id)[0] != '\0');
	ck_assert_str_eq(execution("status", &receipt.id), "error");
}
END_TEST

START_TEST(a_called_run_that_cannot_be_read_answers_its_caller)
{
	struct ty_receipt receipt;
	struct ty_id caller = ty_id_new();

	poisoned(&receipt);
	stage_cell(&st,
		   "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		   "status, fence, accepted_at, started_at) VALUES ('%s', '%s', '%s', '%s', "
		   "'webhook', 'waiting', 1, now(), now()) RETURNING 1",
		   receipt.workspace_id.s, caller.s, receipt.workflow_id.s, receipt.version_id.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.effects (workspace_id, run_id, key, fence, idempotency_key, "
		   "intent_at, child_run_id) VALUES ('%s', '%s', 'call/1/0', 1, 'k', now(), '%s') "
		   "RETURNING 1",
		   receipt.workspace_id.s, caller.s, receipt.id.s);
	stage_cell(
		&st,
		"UPDATE tyboo.deliveries SET mode = 'called', parent_run_id = '%s', parent_key = "
		"'call/1/0', root_run_id = '%s', depth = 1 WHERE id = '%s' RETURNING 1",
		caller.s, caller.s, receipt.id.s);
	stage_redis(&st, "HSET {t}:job:%s p not-json", receipt.id.s);
	reap_until(dead_new() == 0 && execution("status", &receipt.id)[0] != '\0');
	ck_assert_str_eq(execution("mode", &receipt.id), "called");
	ck_assert_str_eq(execution("version_id", &receipt.id), receipt.version_id.s);
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT count(*) FROM tyboo.effects WHERE run_id = '%s' "
					"AND answer IS NOT NULL",
					caller.s),
			 1);
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(a_lease_past_its_deadline_goes_back_and_counts);
	TEST(poison_is_buried_and_recorded_as_an_error_run);
	TEST(a_worker_that_comes_back_from_the_dead_records_nothing_over_it);
	TEST(a_run_that_its_worker_had_claimed_is_ended_too);
	TEST(a_dead_letter_whose_run_is_a_newer_workers_waits_for_its_end);
	TEST(a_dead_letter_whose_run_was_recorded_after_all_keeps_that_record);
	TEST(a_dead_letter_waits_for_postgres);
	TEST(a_dead_letter_that_cannot_be_read_is_recorded_all_the_same);
	TEST(a_called_run_that_cannot_be_read_answers_its_caller);
}

REAP_TEST_MAIN("reap leases", tests)
