/*
 * dead.h -- dead letters: failed runs that nobody has looked after (sql/migrations/0025_dead_letters.sql).
 *
 * A run that ended in "error" or "timeout", buried ones among them, is open until it is replayed or
 * discarded.  The failure of a called run is its caller's where that waited for it (settled as "told", in
 * sql/functions/call.sql), and a run by hand has somebody who looks at it: neither is a dead letter.
 */
#ifndef TY_STORE_DEAD_H
#define TY_STORE_DEAD_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

/* NULL = any. */
struct ty_store_dead_filter {
	const char *state;	    /* "replayed", "discarded"; NULL = open ones */
	const char *ids;	    /* only these letters: "{id,id}"; not of a list */
	const char *workflow_id;    /* a UUID */
	const char *code, *node;    /* code and node of the error */
	const char *text;	    /* a part of its message, in any case */
	const char *after, *before; /* RFC 3339: ended at or after, before */
	const char *cursor;	    /* id of the last one seen */
	int64_t limit;
};

/* Newest first.  Owned by the tx's arena. */
enum ty_code ty_store_dead_list(struct ty_tx *tx, const struct ty_store_dead_filter *filter,
				json_t **ret_items, const char **ret_next,
				struct ty_err *err) TY_MUST_CHECK;

/* Ids of open ones, oldest first, at most filter->limit; cursor and state are not looked at.  *ret_more: how many others
 * there are. */
enum ty_code ty_store_dead_ids(struct ty_tx *tx, const struct ty_store_dead_filter *filter,
			       struct ty_id **ret_ids, size_t *ret_count, int64_t *ret_more,
			       struct ty_err *err) TY_MUST_CHECK;

/*
 * Settle those of 'ids' that are open.  'replays': the run that repeats each; NULL = they are discarded.
 * 'user_id' unset = the operator.  *ret_count: how many were open.
 */
enum ty_code ty_store_dead_settle(struct ty_tx *tx, const struct ty_id *ids,
				  const struct ty_id *replays, size_t count,
				  const struct ty_id *user_id, size_t *ret_count,
				  struct ty_err *err) TY_MUST_CHECK;

/* Keep the key that a replay was asked for with, beside the letter's own, so that a repeat with it is a duplicate of 'run_id'. */
enum ty_code ty_store_dead_key(struct ty_tx *tx, const char *key, const struct ty_id *run_id,
			       struct ty_err *err) TY_MUST_CHECK;

/* Find among 'ids' the runs whose jobs the queue has buried, because it keeps them until it is told to
 * forget them. */
enum ty_code ty_store_dead_buried(struct ty_tx *tx, const struct ty_id *ids, size_t count,
				  struct ty_id **ret_ids, size_t *ret_count,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
