/*
 * pool.h -- connections of struct ty_store, lent to transactions; private to lib/store.
 */
#ifndef TY_STORE_POOL_H
#define TY_STORE_POOL_H

#include "store/conn.h"

/* A pooled connection: used by one thread at a time, from take to give. */
struct ty_pool_conn {
	struct ty_pool_conn *next;
	PGconn *pg;		   /* NULL until connected */
	struct ty_map *statements; /* SQL text -> name of its prepared statement */
	bool is_fresh;		   /* opened since it was taken */
};

/* Wait at most 'wait_ms' for a place, then give one that is connected.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_pool_take(struct ty_store *store, int64_t wait_ms, struct ty_pool_conn **ret_conn,
			  struct ty_err *err) TY_MUST_CHECK;
/* Close it and open it anew, as after a failure.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_pool_reopen(struct ty_store *store, struct ty_pool_conn *conn,
			    struct ty_err *err) TY_MUST_CHECK;
/* Back to the pool; closed first where it is broken or 'drop'. */
void ty_pool_give(struct ty_store *store, struct ty_pool_conn *conn, bool drop);

#endif
