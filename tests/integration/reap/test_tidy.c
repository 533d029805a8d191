/*
 * Housekeeping: partitions, what has expired, retention.
 */
#include "fixture.h"

#include "base/limits.h"
#include "base/time.h"
#include "support/common.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

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

/* As months without a tyboo-reap leave it: this month's rows are in the default partitions. */
static void
drop_this_month(void)
{
	stage_cell(&st,
		   "DO $$ DECLARE t text; part text; BEGIN"
		   " FOR t IN SELECT name FROM tyboo.partitioned_tables() LOOP"
		   "  part := t || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM');"
		   "  EXECUTE format('ALTER TABLE tyboo.%%I DETACH PARTITION tyboo.%%I', t, part);"
		   "  EXECUTE format('INSERT INTO tyboo.%%I SELECT * FROM tyboo.%%I', t, part);"
		   "  EXECUTE format('DROP TABLE tyboo.%%I', part);"
		   " END LOOP; END $$");
}

struct steady {
	pthread_t thread;
	atomic_bool stop;
	size_t accepted, failed;
};

static void *
deliver_steadily(void *arg)
{
	struct steady *steady = arg;

	while (!atomic_load(&steady->stop)) {
		struct ty_receipt receipt = stage_receipt(&st, "");
		struct submitter submitter;

		submitter_start(&submitter, &st, &receipt);
		submitter_join(&submitter);
		if (submitter.code == TY_OK)
			steady->accepted++;
		else
			steady->failed++;
	}
	return NULL;
}

START_TEST(partitions_are_made_while_deliveries_come)
{
	const char *month = stage_cell(
		&st, "SELECT 'deliveries' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')");
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);
	struct steady steady = { .stop = false };

	drop_this_month();
	ck_assert_int_eq(pthread_create(&steady.thread, NULL, deliver_steadily, &steady), 0);
	for (int made = 0; made < 3;) {
		struct ty_err err = { TY_OK };

		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
		if (reap_partitions(reaper, &err) != TY_OK)
			continue; /* a wait for the lock that was too long */
		ck_assert(has_partition(month));
		if (++made < 3)
			drop_this_month();
	}
	atomic_store(&steady.stop, true);
	pthread_join(steady.thread, NULL);
	reap_rounds(3); /* what Redis took while Postgres was waited for is written now */
	ck_assert_uint_eq(steady.failed, 0);
	ck_assert_uint_gt(steady.accepted, 0);
	ck_assert_int_eq(stage_cell_int(&st, "SELECT count(*) FROM tyboo.%s", month),
			 (int64_t)steady.accepted);
	ck_assert_int_eq(stage_cell_int(&st, "SELECT count(*) FROM tyboo.deliveries_default"), 0);
}
END_TEST

static void *
commit_soon(void *tx)
{
	struct ty_err err = { TY_OK };

	nanosleep(&(struct timespec){ .tv_nsec = 200 * 1000000 }, NULL);
	return ty_tx_commit(tx, &err) == TY_OK ? tx : NULL;
}

/* A row that nobody sees yet when its month's partition is begun is moved all the same. */
START_TEST(a_row_under_way_is_in_the_partition_when_it_is_made)
{
	struct ty_store *other = ty_store_new(st.svc.owner_database_url, 1, "writer");
	struct ty_receipt receipt = stage_receipt(&st, "");
	struct ty_err err = { TY_OK };
	pthread_t thread;
	struct ty_tx *tx;
	void *committed;

	stage_submit(&st, &receipt);
	drop_this_month();
	ck_assert_int_eq(ty_tx_begin(other, st.arena, NULL, 1000, &tx, &err), TY_OK);
	ck_assert_int_eq(ty_tx_exec(tx,
				    "INSERT INTO tyboo.deliveries SELECT (jsonb_populate_record(d, "
				    "jsonb_build_object('id', tyboo.uuid_at(now())))).* FROM "
				    "tyboo.deliveries d LIMIT 1",
				    NULL, 0, &err),
			 TY_OK);
	ck_assert_int_eq(pthread_create(&thread, NULL, commit_soon, tx), 0);
	ck_assert_msg(reap_partitions(reaper, &err) == TY_OK, "%s", err.msg);
	pthread_join(thread, &committed);
	ck_assert_ptr_nonnull(committed);
	ty_store_free(other);
	ck_assert_int_eq(stage_cell_int(&st, "SELECT count(*) FROM tyboo.deliveries_default"), 0);
	ck_assert_int_eq(stage_cell_int(&st, "SELECT count(*) FROM tyboo.deliveries"), 2);
}
END_TEST

/* A reader that does not end keeps the partition from being made, and nobody for long. */
START_TEST(a_partition_that_cannot_be_made_keeps_nothing_else_from_being_done)
{
	struct ty_store *other = ty_store_new(st.conf.database_url, 1, "reader");
	struct ty_id user = ty_id_new();
	struct ty_err err = { TY_OK };
	struct ty_tx *tx;

	drop_this_month();
	stage_cell(&st,
		   "INSERT INTO tyboo.users (id, email, name) VALUES ('%s', '%s@example.org', 'n')",
		   user.s, user.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.sessions (token_hash, user_id, csrf_token, expires_at) VALUES"
		   " (sha256('c%s'), '%s', repeat('c', 32), now() - interval '1 second')",
		   user.s, user.s);
	ck_assert_int_eq(ty_tx_begin(other, st.arena, &st.workspace, 1000, &tx, &err), TY_OK);
	ck_assert_int_eq(ty_tx_exec(tx, "SELECT count(*) FROM tyboo.deliveries", NULL, 0, &err),
			 TY_OK);
	ck_assert_int_ne(reap_partitions(reaper, &err), TY_OK);
	reap_rounds(1);
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT count(*) FROM tyboo.sessions WHERE user_id = '%s'",
					user.s),
			 0);
	ty_tx_rollback(tx);
	ty_store_free(other);
	reap_rounds(1);
	ck_assert_int_eq(reap_partitions(reaper, &err), TY_OK);
	ck_assert(has_partition(stage_cell(
		&st, "SELECT 'deliveries' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')")));
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
	TEST(partitions_are_made_while_deliveries_come);
	TEST(a_row_under_way_is_in_the_partition_when_it_is_made);
	TEST(a_partition_that_cannot_be_made_keeps_nothing_else_from_being_done);
	TEST(what_has_expired_is_cleared_away);
	TEST_LOOP(months_past_their_retention_are_dropped, retentions);
	TEST(a_receipt_that_the_search_has_passed_is_found_by_a_new_tyboo_reap);
}

REAP_TEST_MAIN("reap tidy", tests)
