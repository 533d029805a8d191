/*
 * tx.c -- one transaction on a pooled connection.
 *
 *   begin --> open --commit--> gone          Invariants:
 *               |   --rollback--> gone        (1) A statement runs only inside BEGIN, after the
 *               +-- a statement fails:            workspace was set with SET LOCAL; both end with
 *                   failed (only rollback         the transaction.
 *                   helps) --> gone           (2) Nothing is sent twice, except BEGIN itself on a
 *                                                 pooled connection that turns out to be dead.
 *
 * The tx lives in the caller's arena; results are kept until that arena is cleared.
 */
#include "store/pool.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/map.h"
#include "store/column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prepared statements per connection: all of ours, and room; more run unprepared. */
#define TX_STATEMENTS_MAX 256

struct ty_tx {
	struct ty_store *store;
	struct ty_arena *arena;
	struct ty_pool_conn *conn;
	struct ty_id workspace_id; /* "" = none */
	bool is_stale; /* a prepared statement met a changed schema: drop the connection */
};

static void
tx_clear_result(void *result)
{
	PQclear(result);
}

/* Before a statement: the connection may be lost (base/fault.h). */
static PGconn *
tx_ready(struct ty_pool_conn *conn)
{
	if (TY_FAULT(store_send))
		ty_conn_cut(conn->pg);
	return conn->pg;
}

/* Fail behind the commit, as when it was done and its answer is lost. */
static PGresult *
tx_answer(struct ty_pool_conn *conn, PGresult *result)
{
	if (!TY_FAULT(store_answer))
		return result;
	PQclear(result);
	ty_conn_cut(conn->pg);
	return NULL;
}

/* Simple protocol, no rows wanted. */
static enum ty_code
tx_simple(struct ty_pool_conn *conn, const char *sql, struct ty_err *err)
{
	PGresult *result = tx_answer(conn, PQexec(tx_ready(conn), sql));
	enum ty_code code = ty_conn_check(conn->pg, result, err);

	PQclear(result);
	return code;
}

/* The id is text that ty_id_parse has approved, so that it may stand in the statement. */
static const char *
tx_set_sql(char *out, size_t size, const char *prefix, const struct ty_id *workspace_id)
{
	struct ty_id id = { "" };

	if (workspace_id == NULL)
		return prefix;
	TY_ASSERT(ty_id_parse(workspace_id->s, &id));
	snprintf(out, size, "%sSET LOCAL tyboo.workspace_id = '%s'", prefix, id.s);
	return out;
}

enum ty_code
ty_tx_begin(struct ty_store *store, struct ty_arena *arena, const struct ty_id *workspace_id,
	    int64_t wait_ms, struct ty_tx **ret_tx, struct ty_err *err)
{
	struct ty_pool_conn *conn;
	struct ty_tx *tx;
	char sql[128];
	const char *begin = tx_set_sql(sql, sizeof(sql), "BEGIN;", workspace_id);

	if (ty_pool_take(store, wait_ms, &conn, err) != TY_OK)
		return err->code;
	while (tx_simple(conn, begin, err) != TY_OK) {
		/* The connection died in the pool; nothing of this transaction was sent yet. */
		if (conn->is_fresh || ty_pool_reopen(store, conn, err) != TY_OK) {
			ty_pool_give(store, conn, true);
			return err->code;
		}
		ty_err_clear(err);
	}
	tx = ty_arena_new_of(arena, struct ty_tx);
	tx->store = store;
	tx->arena = arena;
	tx->conn = conn;
	if (workspace_id != NULL)
		tx->workspace_id = *workspace_id;
	*ret_tx = tx;
	return TY_OK;
}

static void
tx_end(struct ty_tx *tx)
{
	TY_ASSERT(tx->conn != NULL); /* committed or rolled back twice */
	ty_pool_give(tx->store, tx->conn, tx->is_stale);
	tx->conn = NULL;
}

enum ty_code
ty_tx_commit(struct ty_tx *tx, struct ty_err *err)
{
	PGresult *result = tx_answer(tx->conn, PQexec(tx_ready(tx->conn), "COMMIT"));
	enum ty_code code = ty_conn_check(tx->conn->pg, result, err);

	/* COMMIT of a failed transaction succeeds, and says that it rolled back. */
	if (code == TY_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
		code = ty_err_set(err, TY_E_CONFLICT, "a statement failed: nothing was saved");
	PQclear(result);
	tx_end(tx);
	return code;
}

void
ty_tx_rollback(struct ty_tx *tx)
{
	struct ty_err ignored = { TY_OK };

	if (tx == NULL)
		return;
	if (PQstatus(tx->conn->pg) == CONNECTION_OK &&
	    tx_simple(tx->conn, "ROLLBACK", &ignored) != TY_OK)
		tx->is_stale = true;
	tx_end(tx);
}

enum ty_code
ty_tx_set_workspace(struct ty_tx *tx, const struct ty_id *workspace_id, struct ty_err *err)
{
	char sql[128];

	TY_ASSERT(workspace_id != NULL);
	tx->workspace_id = *workspace_id;
	return tx_simple(tx->conn, tx_set_sql(sql, sizeof(sql), "", workspace_id), err);
}

const struct ty_id *
ty_tx_workspace(const struct ty_tx *tx)
{
	return &tx->workspace_id;
}

/* The name of the statement prepared for 'sql', preparing it first where it is new. */
static enum ty_code
tx_prepare(struct ty_tx *tx, const char *sql, const char **ret_name, struct ty_err *err)
{
	struct ty_map *statements = tx->conn->statements;
	char *name = ty_map_find(statements, sql);
	PGresult *result;
	enum ty_code code;
	char fresh[24];

	if (name == NULL) {
		if (ty_map_count(statements) < TX_STATEMENTS_MAX)
			snprintf(fresh, sizeof(fresh), "ty%zu", ty_map_count(statements));
		else
			fresh[0] = '\0'; /* the unnamed one, made anew each time */
		result = PQprepare(tx->conn->pg, fresh, sql, 0, NULL);
		code = ty_conn_check(tx->conn->pg, result, err);
		PQclear(result);
		if (code != TY_OK)
			return code;
		if (fresh[0] == '\0') {
			*ret_name = "";
			return TY_OK;
		}
		name = strdup(fresh);
		if (name == NULL)
			abort();
		ty_map_set(statements, sql, name);
	}
	*ret_name = name;
	return TY_OK;
}

enum ty_code
ty_tx_query(struct ty_tx *tx, const char *sql, const struct ty_sql_param *params, size_t count,
	    struct ty_rows *ret_rows, struct ty_err *err)
{
	struct ty_pg_params pg_params;
	const char *name;
	PGresult *result;

	if (tx_prepare(tx, sql, &name, err) != TY_OK)
		return err->code;
	ty_pg_params_init(&pg_params, tx->arena, params, count);
	result = PQexecPrepared(tx_ready(tx->conn), name, (int)count, pg_params.values,
				pg_params.lengths, pg_params.formats, 0);
	result = tx_answer(tx->conn, result);
	if (ty_conn_check(tx->conn->pg, result, err) != TY_OK) {
		if (ty_sqlstate_is_stale_plan(PQresultErrorField(result, PG_DIAG_SQLSTATE)))
			tx->is_stale = true;
		PQclear(result);
		return err->code;
	}
	ty_arena_defer(tx->arena, tx_clear_result, result);
	ty_rows_from_result(tx->arena, result, ret_rows);
	return TY_OK;
}

enum ty_code
ty_tx_exec(struct ty_tx *tx, const char *sql, const struct ty_sql_param *params, size_t count,
	   struct ty_err *err)
{
	struct ty_rows ignored;

	return ty_tx_query(tx, sql, params, count, &ignored, err);
}

struct ty_arena *
ty_tx_arena(const struct ty_tx *tx)
{
	return tx->arena;
}

enum ty_code
ty_tx_read_only(struct ty_tx *tx, const char **ret_why, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT (current_setting('transaction_read_only') = 'on') AS reads_only,"
			" pg_is_in_recovery() AS is_standby",
			NULL, 0, &rows, err) != TY_OK)
		return err->code;
	if (!ty_rows_bool(&rows, 0, ty_rows_column(&rows, "reads_only")))
		*ret_why = NULL;
	else if (ty_rows_bool(&rows, 0, ty_rows_column(&rows, "is_standby")))
		*ret_why = "it is a standby";
	else
		*ret_why = "default_transaction_read_only is on";
	return TY_OK;
}
