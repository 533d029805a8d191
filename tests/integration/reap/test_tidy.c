/*
 * Housekeeping: partitions, what has expired, retention.
 */
#include "fixture.h"

#include "base/limits.h"
#include "base/time.h"
#include "support/common.h"

static bool
has_partition(const char *name)
{
	return stage_cell(&st, "SELECT to_regclass('tyboo.%s')", name) != NULL;
}

START_TEST(partitions_of_the_months_to_come_are_made)
{
	const char *next = stage_cell(
		&st, "SELECT 'deliveries_' || to_char(now() + interval '1 month', 'YYYY_MM')");

	stage_cell(&st, "DROP TABLE tyboo.%s", next);
	ck_assert(!has_partition(next));
	reap_rounds(1);
	ck_assert(has_partition(next));
}
END_TEST

START_TEST(what_has_expired_is_cleared_away)
{
	struct ty_id user = ty_id_new();

	stage_cell(&st,
		   "INSERT INTO tyboo.users (id, email, name) VALUES ('%s', '%s@example.org', 'n')",
		   user.s, user.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.sessions (token_hash, user_id, csrf_token, expires_at) VALUES"
		   " (sha256('a%s'), '%s', repeat('c', 32), now() - interval '1 second'),"
		   " (sha256('b%s'), '%s', repeat('c', 32), now() + interval '1 hour')",
		   user.s, user.s, user.s, user.s);
	stage_cell(
		&st,
		"INSERT INTO tyboo.delivery_keys (workspace_id, delivery_key, run_id, created_at) "
		"VALUES"
		" ('%s', 'old', '%s', now() - interval '%d seconds'), ('%s', 'new', '%s', now())",
		st.workspace.s, user.s, TY_LIMIT_DEDUPE_S + 60, st.workspace.s, user.s);
	reap_rounds(1);
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT count(*) FROM tyboo.sessions WHERE user_id = '%s'",
					user.s),
			 1);
	ck_assert_str_eq(stage_cell(&st,
				    "SELECT string_agg(delivery_key, ',') FROM tyboo.delivery_keys"
				    " WHERE workspace_id = '%s'",
				    st.workspace.s),
			 "new");
}
END_TEST

static const struct {
	int64_t retention_days;
	bool is_kept;
} retentions[] = {
	{ 0, true },
	{ 30, false },
	{ 36500, true },
};

START_TEST(months_past_their_retention_are_dropped)
{
	stage_cell(&st, "SELECT tyboo.ensure_partitions('2020-05-15', 0)");
	ck_assert(has_partition("executions_2020_05"));
	st.conf.retention_days = retentions[_i].retention_days;
	reap_rounds(1);
	ck_assert_int_eq(has_partition("executions_2020_05"), retentions[_i].is_kept);
	ck_assert_int_eq(has_partition("deliveries_2020_05"), retentions[_i].is_kept);
	ck_assert(has_partition("executions_default"));
}
END_TEST

START_TEST(a_receipt_that_the_search_has_passed_is_found_by_a_new_tyboo_reap)
{
	struct ty_receipt receipt = stage_receipt(&st, "");

	stage_submit(&st, &receipt);
	/* The search has got to now; the receipt was committed late. */
	stage_cell(&st, "INSERT INTO tyboo.reap_state (name, watermark) VALUES ('receipts', "
			"tyboo.uuid_at(now()))"
			" ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark");
	stage_redis(&st, "FLUSHALL");
	reap_until(stage_ready(&st) == 1);
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(partitions_of_the_months_to_come_are_made);
	TEST(what_has_expired_is_cleared_away);
	TEST_LOOP(months_past_their_retention_are_dropped, retentions);
	TEST(a_receipt_that_the_search_has_passed_is_found_by_a_new_tyboo_reap);
}

REAP_TEST_MAIN("reap tidy", tests)
