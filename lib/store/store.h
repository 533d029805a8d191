/*
 * store.h -- Postgres for programs that may block: a small pool and transactions.
 *
 * Everything runs inside a transaction that has set its workspace, so that
 * row-level security shows that workspace's rows and no other.  PGresult and
 * PGconn stay in this folder.  Connections come back by themselves: a broken one
 * is dropped, the next begin opens a new one; a transaction is never replayed.
 *
 * One file a table family (user.c, workflow.c, execution.c, ...), built on this.
 * For event loops see store/async.h.
 */
#ifndef TY_STORE_STORE_H
#define TY_STORE_STORE_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"

struct ty_tx;

/*
 * A pool of at most 'connections_max' connections, opened when first needed.
 * Thread-safe.  Never fails: connecting happens in ty_tx_begin.
 */
struct ty_store *ty_store_new(const char *conninfo, size_t connections_max,
			      const char *application_name);
void ty_store_free(struct ty_store *store); /* takes NULL */

/*
 * Reason why this server takes no writes (a standby, default_transaction_read_only); *ret_why is NULL where
 * it does.  Static text.
 */
enum ty_code ty_tx_read_only(struct ty_tx *tx, const char **ret_why,
			     struct ty_err *err) TY_MUST_CHECK;

/*
 * Begin.  'workspace_id' NULL: no tenant (only tables without one are visible).  Results
 * are owned by 'arena'.  Waits at most 'wait_ms' for a free connection.
 * Errors: TY_E_UNAVAILABLE (cannot connect, pool exhausted).
 */
enum ty_code ty_tx_begin(struct ty_store *store, struct ty_arena *arena,
			 const struct ty_id *workspace_id, int64_t wait_ms, struct ty_tx **ret_tx,
			 struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_UNAVAILABLE, TY_E_CONFLICT. The tx is gone either way. */
enum ty_code ty_tx_commit(struct ty_tx *tx, struct ty_err *err) TY_MUST_CHECK;
void ty_tx_rollback(struct ty_tx *tx); /* takes NULL */
/* The arena that owns the results. */
struct ty_arena *ty_tx_arena(const struct ty_tx *tx);
/* Workspace whose rows the tx sees; "" = no tenant's.  Borrowed until the tx ends. */
const struct ty_id *ty_tx_workspace(const struct ty_tx *tx);
/* Make this workspace's rows visible as well from here on, because sign-in finds out late. */
enum ty_code ty_tx_set_workspace(struct ty_tx *tx, const struct ty_id *workspace_id,
				 struct ty_err *err) TY_MUST_CHECK;

/* A parameter: text (NULL = SQL null) or, with 'len' > 0 or binary set, bytes. */
struct ty_sql_param {
	const char *text;
	const void *bytes;
	size_t len;
	bool is_bytes;
};
#define TY_SQL_TEXT(s)	   ((struct ty_sql_param){ .text = (s) })
#define TY_SQL_BYTES(p, n) ((struct ty_sql_param){ .bytes = (p), .len = (n), .is_bytes = true })
#define TY_SQL_NULL	   ((struct ty_sql_param){ .text = NULL })

/* All rows of an answer, as text; owned by the tx's arena. */
struct ty_rows {
	size_t count, columns;
	int64_t affected; /* rows touched by INSERT/UPDATE/DELETE */
	char **cells;	  /* count * columns; NULL = SQL null; bytea as \x hex */
	char **names;
};

/*
 * Run one statement with $1..$n.  Statements are prepared once per connection.
 * Errors: TY_E_CONFLICT (unique, serialization), TY_E_INVALID (check, foreign key, bad
 * input; message names the constraint), TY_E_UNAVAILABLE, TY_E_INTERNAL.
 */
enum ty_code ty_tx_query(struct ty_tx *tx, const char *sql, const struct ty_sql_param *params,
			 size_t count, struct ty_rows *ret_rows, struct ty_err *err) TY_MUST_CHECK;
/* ty_tx_query() where only success matters. */
enum ty_code ty_tx_exec(struct ty_tx *tx, const char *sql, const struct ty_sql_param *params,
			size_t count, struct ty_err *err) TY_MUST_CHECK;

const char *ty_rows_text(const struct ty_rows *rows, size_t row, size_t column); /* NULL = null */
int64_t ty_rows_int(const struct ty_rows *rows, size_t row, size_t column);	 /* 0 for null */
bool ty_rows_bool(const struct ty_rows *rows, size_t row, size_t column);
struct ty_id ty_rows_id(const struct ty_rows *rows, size_t row, size_t column);
/* A bytea cell decoded into the arena; NULL for null. */
uint8_t *ty_rows_bytes(const struct ty_rows *rows, struct ty_arena *arena, size_t row,
		       size_t column, size_t *ret_len);

#endif
