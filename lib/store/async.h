/*
 * async.h -- one Postgres connection on a libuv loop, statements pipelined.
 *
 * For tyboo-run and the API's committer: nothing here blocks.  Each statement is its
 * own transaction (libpq pipeline mode with a sync after each); multi-statement
 * work is one call of a function in sql/functions.  The connection is made at once
 * and made again with back-off when it is lost; statements given meanwhile fail with
 * TY_E_UNAVAILABLE, as do those whose answer was outstanding (they may have happened).
 */
#ifndef TY_STORE_ASYNC_H
#define TY_STORE_ASYNC_H

#include "base/defs.h"
#include "store/store.h"

struct uv_loop_s;
struct ty_store_async;

/* 'rows' is valid during the call only; NULL where 'err' is not. */
typedef void (*ty_store_async_fn)(void *ctx, const struct ty_rows *rows, const struct ty_err *err);
/*
 * 'away' NULL: Postgres is there.  Else why it is not: said when it goes, when it cannot be reached
 * at first, and again when the reason has changed.  Borrowed for the call.
 */
typedef void (*ty_store_async_state_fn)(void *ctx, const char *away);

struct ty_store_async *ty_store_async_new(struct uv_loop_s *loop, const char *conninfo,
					  const char *application_name,
					  ty_store_async_state_fn state, void *ctx);
/*
 * Outstanding calls are failed first.  Its handles are closed when the loop runs next.  Not from
 * within a callback of this store.  Takes NULL.
 */
void ty_store_async_free(struct ty_store_async *store);

bool ty_store_async_is_up(const struct ty_store_async *store);
size_t ty_store_async_pending(const struct ty_store_async *store);

/*
 * Send one statement; params are copied.  'sql' must be static (it is prepared once
 * per connection and known by its address).  'fn' is always called, never from within.
 */
void ty_store_async_query(struct ty_store_async *store, const char *sql,
			  const struct ty_sql_param *params, size_t count, ty_store_async_fn fn,
			  void *ctx);

#endif
