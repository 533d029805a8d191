/*
 * test_tx.c -- where a transaction cannot begin, and where it cannot be committed: each against
 * the real Postgres, by the error that store.h names.
 */
#include "integration/store/fixture.h"

static void
tx_exec(struct ty_tx *tx, const char *sql)
{
	ck_assert_ok(ty_tx_exec(tx, sql, NULL, 0, &fx.err));
}

/* ---- begin ---- */

START_TEST(a_pool_that_is_lent_out_is_unavailable_after_the_wait)
{
	const int64_t wait_ms = 50;
	struct ty_store *pool = ty_store_new(svc.database_url, 1, "test");
	struct ty_tx *first = db_begin(pool, NULL), *second;
	int64_t start = ty_time_mono_ms(), took_ms;

	ck_assert_code(ty_tx_begin(pool, fx.arena, NULL, wait_ms, &second, &fx.err),
		       TY_E_UNAVAILABLE);
	took_ms = ty_time_mono_ms() - start;
	ck_assert_str_eq(fx.err.msg, "all 1 connections to Postgres are busy for 50 ms");
	ck_assert_int_ge(took_ms, wait_ms);
	ck_assert_int_lt(took_ms, 5000);
	ck_assert_ok(ty_tx_commit(first, &fx.err));
	ty_tx_rollback(db_begin(pool, NULL)); /* what came back is lent again */
	ty_store_free(pool);
}
END_TEST

/* ---- commit ---- */

/* A constraint that is looked at only when the transaction ends. */
static struct ty_tx *
break_deferred(void)
{
	struct ty_tx *tx = db_begin(owner, NULL);

	tx_exec(tx, "CREATE TEMP TABLE once (n int CONSTRAINT once_n UNIQUE INITIALLY DEFERRED)");
	tx_exec(tx, "INSERT INTO once VALUES (1), (1)");
	return tx;
}

/* Each reads what the other writes: in no order one after the other.  The second to end is told. */
static struct ty_tx *
break_order(void)
{
	static const char read[] = "SELECT count(*) FROM skew";
	struct ty_tx *first, *second;

	db_run(owner, NULL, "DROP TABLE IF EXISTS skew");
	db_run(owner, NULL, "CREATE TABLE skew (n int)");
	first = db_begin(owner, NULL);
	second = db_begin(owner, NULL);
	tx_exec(first, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
	tx_exec(second, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
	tx_exec(first, read);
	tx_exec(second, read);
	tx_exec(first, "INSERT INTO skew VALUES (1)");
	tx_exec(second, "INSERT INTO skew VALUES (2)");
	ck_assert_ok(ty_tx_commit(first, &fx.err));
	return second;
}

/* Postgres answers COMMIT of such a transaction with success, and rolls back. */
static struct ty_tx *
break_statement(void)
{
	struct ty_tx *tx = db_begin(owner, NULL);

	ck_assert_code(ty_tx_exec(tx, "SELECT 1 / 0", NULL, 0, &fx.err), TY_E_INVALID);
	return tx;
}

static struct ty_tx *
break_connection(void)
{
	struct ty_tx *tx = db_begin(owner, NULL);
	struct ty_rows rows;

	ck_assert_ok(ty_tx_query(tx, "SELECT pg_backend_pid()", NULL, 0, &rows, &fx.err));
	ck_assert_str_eq(db_cell(owner, NULL,
				 ty_arena_printf(fx.arena, "SELECT pg_terminate_backend(%s, 5000)",
						 ty_rows_text(&rows, 0, 0))),
			 "t");
	return tx;
}

static const struct {
	struct ty_tx *(*begin)(void);
	enum ty_code code;
	const char *says;
} broken[] = {
	{ break_deferred, TY_E_CONFLICT, "once_n: " },
	{ break_order, TY_E_CONFLICT, "(SQLSTATE 40001)" },
	{ break_statement, TY_E_CONFLICT, "nothing was saved" },
	{ break_connection, TY_E_UNAVAILABLE, "" },
};

START_TEST(a_commit_that_cannot_be_is_an_error_of_its_kind_and_gives_the_connection_back)
{
	struct ty_tx *tx = broken[_i].begin();
	struct ty_tx *one, *two;

	ck_assert_code(ty_tx_commit(tx, &fx.err), broken[_i].code);
	ck_assert_msg(strstr(fx.err.msg, broken[_i].says) != NULL, "%s", fx.err.msg);
	/* Both places of the pool are free. */
	one = db_begin(owner, NULL);
	two = db_begin(owner, NULL);
	ty_tx_rollback(one);
	ty_tx_rollback(two);
}
END_TEST

DB_TEST_MAIN("store.tx", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(a_pool_that_is_lent_out_is_unavailable_after_the_wait);
	TEST_LOOP(a_commit_that_cannot_be_is_an_error_of_its_kind_and_gives_the_connection_back,
		  broken);
})
