/*
 * query.h -- a statement with its parameters, built once and run by either kind of connection.
 *
 * Each table family offers ty_store_<what>_query() to build one and ty_store_<what>_decode() to
 * read its answer, so that a blocking program and an event loop share both:
 *
 *	ty_store_record_query(arena, runs, count, worker, &query);
 *	ty_store_async_run(store, &query, fn, ctx);	or	ty_tx_run(tx, &query, &rows, err);
 *
 * A query is owned by the arena it was built in and may borrow the strings it was given; it is
 * not needed any more once it was handed to a connection.
 */
#ifndef TY_STORE_QUERY_H
#define TY_STORE_QUERY_H

#include "base/defs.h"
#include "store/async.h"
#include "store/store.h"

/* tyboo.park_runs has the most. */
#define TY_QUERY_PARAMS_MAX 39

struct ty_store_query {
	const char *sql; /* static */
	struct ty_sql_param params[TY_QUERY_PARAMS_MAX];
	size_t count;
};

void ty_query_add(struct ty_store_query *query, struct ty_sql_param param);

/* ty_tx_query() and ty_store_async_query() of a query. */
enum ty_code ty_tx_run(struct ty_tx *tx, const struct ty_store_query *query,
		       struct ty_rows *ret_rows, struct ty_err *err) TY_MUST_CHECK;
void ty_store_async_run(struct ty_store_async *store, const struct ty_store_query *query,
			ty_store_async_fn fn, void *ctx);

#endif
