/*
 * conn.h -- what tx.c, async.c and migrate.c share about one connection; private to lib/store.
 *
 * The only header that names libpq's types.
 */
#ifndef TY_STORE_CONN_H
#define TY_STORE_CONN_H

#include "base/defs.h"
#include "base/err.h"
#include "store/store.h"

#include <libpq-fe.h>

/*
 * libpq's keywords for a conninfo with our defaults before it, so that the conninfo wins.
 * 'keywords' and 'values' take TY_CONN_OPTIONS each.
 */
#define TY_CONN_OPTIONS 10
void ty_conn_options(const char *conninfo, const char *application_name, const char **keywords,
		     const char **values);

/*
 * Refuse a connection that leads through a pooler in transaction mode.  Nothing is asked of a server
 * that is Postgres itself.  Errors: TY_E_UNAVAILABLE.
 */
enum ty_code ty_conn_check_pooler(PGconn *pg, const char *conninfo,
				  struct ty_err *err) TY_MUST_CHECK;
/* libpq's words for why it cannot connect, or clearer ones of ours. */
const char *ty_conn_why(const char *text);

/* Connect and wait for it.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_conn_open(const char *conninfo, const char *application_name, PGconn **ret_pg,
			  struct ty_err *err) TY_MUST_CHECK;

/*
 * libpq prints what a server says beside its answers, its last words too, on standard error:
 * that is the log's, and what matters comes as an error.
 */
void ty_conn_hush(PGconn *pg);
/* Lose the connection as if its server had died: for base/fault.h. */
void ty_conn_cut(PGconn *pg);

/* TY_OK where the result is no failure, else err filled from its SQLSTATE. */
enum ty_code ty_conn_check(PGconn *pg, const PGresult *result, struct ty_err *err) TY_MUST_CHECK;
/* The code for one SQLSTATE; NULL (no answer came) is TY_E_UNAVAILABLE. */
enum ty_code ty_sqlstate_code(const char *state);
/* A statement was prepared against a schema that has changed: the connection must go. */
bool ty_sqlstate_is_stale_plan(const char *state);
/* The server is shutting down, or is a primary no more: connect anew. */
bool ty_sqlstate_is_server_gone(const char *state);

/* Cells of a result, pointing into it: valid while both the result and the arena are. */
void ty_rows_from_result(struct ty_arena *arena, const PGresult *result, struct ty_rows *ret_rows);

/* Parameters as libpq wants them. */
struct ty_pg_params {
	const char **values;
	int *lengths;
	int *formats;
};
void ty_pg_params_init(struct ty_pg_params *pg_params, struct ty_arena *arena,
		       const struct ty_sql_param *params, size_t count);

#endif
