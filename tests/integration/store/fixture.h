/*
 * fixture.h -- one Postgres per test program, with two workspaces; and short ways to ask it.
 *
 * Tests fork (Check), the servers stay: each test makes ids of its own.
 */
#ifndef TY_TESTS_STORE_FIXTURE_H
#define TY_TESTS_STORE_FIXTURE_H

#include "base/time.h"
#include "store/query.h"
#include "support/common.h"
#include "support/services.h"

#include <stdio.h>
#include <unistd.h>

static struct services svc;
static struct ty_store *app, *owner; /* of the running test */
static struct ty_id ws_a, ws_b;

/* A transaction of 'store' in 'workspace' (NULL: none). */
static struct ty_tx *
db_begin(struct ty_store *store, const struct ty_id *workspace)
{
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(store, fx.arena, workspace, 1000, &tx, &fx.err));
	return tx;
}

/* One cell of one statement, committed; NULL where there is no row. */
static TY_UNUSED const char *
db_cell(struct ty_store *store, const struct ty_id *workspace, const char *sql)
{
	struct ty_tx *tx = db_begin(store, workspace);
	struct ty_rows rows;

	ck_assert_ok(ty_tx_query(tx, sql, NULL, 0, &rows, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return rows.count > 0 && rows.columns > 0 ? ty_rows_text(&rows, 0, 0) : NULL;
}

static TY_UNUSED void
db_run(struct ty_store *store, const struct ty_id *workspace, const char *sql)
{
	struct ty_tx *tx = db_begin(store, workspace);

	ck_assert_ok(ty_tx_exec(tx, sql, NULL, 0, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

/* A built query as the programs' role, committed. */
static TY_UNUSED void
db_query(const struct ty_store_query *query, struct ty_rows *ret_rows)
{
	struct ty_tx *tx = db_begin(app, NULL);

	ck_assert_ok(ty_tx_run(tx, query, ret_rows, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

static TY_UNUSED void
db_workspace(struct ty_id *id, const char *prefix)
{
	*id = ty_id_new();
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.workspaces (id, slug, name)"
			       " VALUES ('%s', '%s-' || right('%s', 12), '%s')",
			       id->s, prefix, id->s, prefix));
}

static TY_UNUSED void
db_setup(void)
{
	fx_setup();
	app = ty_store_new(svc.database_url, 4, "test");
	owner = ty_store_new(svc.owner_database_url, 2, "test");
	db_workspace(&ws_a, "a");
	db_workspace(&ws_b, "b");
}

static void
db_teardown(void)
{
	ty_store_free(app);
	ty_store_free(owner);
	fx_teardown();
}

/* As TEST_MAIN, with the servers around it. */
#define DB_TEST_MAIN(name, flags, ...)                                                             \
	SUITE_MAIN(name, 60, db_setup, db_teardown, services_start(&svc, (flags)),                 \
		   services_stop(&svc), __VA_ARGS__)

#endif
