/*
 * breaker.h -- what circuit breakers did, and which workflows wait for them (sql/functions/breakers.sql).
 *
 * Their state is Redis's (queue/breakers.h); here are the transitions that tyboo-reap has recorded.
 */
#ifndef TY_STORE_BREAKER_H
#define TY_STORE_BREAKER_H

#include "base/defs.h"
#include "json/json.h"
#include "store/query.h"
#include "store/store.h"

/* Record transitions, JSON texts as Redis has them.  Without a workspace. */
void ty_store_breakers_record_query(struct ty_arena *arena, const char *const *news, size_t count,
				    struct ty_store_query *ret_query);
/* Retention, some thousands at a time. */
enum ty_code ty_store_breakers_drop(struct ty_tx *tx, int64_t before_ms, int64_t *ret_count,
				    struct ty_err *err) TY_MUST_CHECK;

/*
 * The newest first, of the workspace of 'tx' and of the operator; 'cursor' is the id of the last one
 * seen, NULL or "" = none.  Owned by the tx's arena.
 */
enum ty_code ty_store_breaker_history(struct ty_tx *tx, const char *cursor, int64_t limit,
				      json_t **ret_items, const char **ret_next,
				      struct ty_err *err) TY_MUST_CHECK;
/* { "what", "workflow_id", "workflow_name", "runs", "until" }: which runs of the workspace wait. */
enum ty_code ty_store_breaker_waits(struct ty_tx *tx, const struct ty_id *workspace_id,
				    json_t **ret_items, struct ty_err *err) TY_MUST_CHECK;

/* ---- by hand: rows that outlive Redis's memory ---- */

/* A row of tyboo.breaker_holds: a breaker that is held open by hand. */
struct ty_store_breaker_hold {
	const char *workspace; /* NULL: the operator's */
	const char *what, *why, *by;
};

/* Hold a breaker open; does nothing where it is held already.  The row is locked until the transaction
 * is over. */
enum ty_code ty_store_breaker_keep_open(struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
					struct ty_err *err) TY_MUST_CHECK;
/* Release a breaker; does nothing where it is not held. */
enum ty_code ty_store_breaker_release(struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
				      struct ty_err *err) TY_MUST_CHECK;
/* Is the breaker still held?  The answer holds until the transaction is over. */
enum ty_code ty_store_breaker_lock(struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
				   bool *ret_held, struct ty_err *err) TY_MUST_CHECK;
/* Holds of all workspaces, in a tx without one; owned by the tx's arena. */
enum ty_code ty_store_breaker_holds(struct ty_tx *tx, struct ty_store_breaker_hold **ret_holds,
				    size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
/* Let runs go on that were put down and wait for the breaker; *ret_count: how many. */
enum ty_code ty_store_breaker_wake(struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
				   int64_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
/* ty_store_breaker_wake() by an event loop: the answer is one number. */
void ty_store_breaker_wake_query(struct ty_arena *arena, const struct ty_store_breaker_hold *hold,
				 struct ty_store_query *ret_query);

#endif
