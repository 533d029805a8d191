/*
 * query.c -- running a built query on either kind of connection.
 */
#include "store/query.h"

void
ty_query_add(struct ty_store_query *query, struct ty_sql_param param)
{
	TY_ASSERT(query->count < TY_QUERY_PARAMS_MAX);
	query->params[query->count++] = param;
}

enum ty_code
ty_tx_run(struct ty_tx *tx, const struct ty_store_query *query, struct ty_rows *ret_rows,
	  struct ty_err *err)
{
	return ty_tx_query(tx, query->sql, query->params, query->count, ret_rows, err);
}

void
ty_store_async_run(struct ty_store_async *store, const struct ty_store_query *query,
		   ty_store_async_fn fn, void *ctx)
{
	ty_store_async_query(store, query->sql, query->params, query->count, fn, ctx);
}
