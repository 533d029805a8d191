/*
 * tidy.h -- what tyboo-reap clears away and sees to (sql/functions/reap.sql, partitions.sql).
 *
 * Cheap where there is nothing to do; in any transaction, no workspace needed.
 */
#ifndef TY_STORE_TIDY_H
#define TY_STORE_TIDY_H

#include "store/store.h"

struct ty_tidied {
	int64_t unclaimed; /* deliveries over TY_LIMIT_UNCLAIMED_COUNT or _BYTES of a workspace */
	int64_t delivery_keys; /* older than TY_LIMIT_DEDUPE_S */
	int64_t sessions;      /* over, with sign-in failures older than a day */
	int64_t states;	       /* kept values that have expired */
};
enum ty_code ty_store_tidy(struct ty_tx *tx, struct ty_tidied *ret_tidied,
			   struct ty_err *err) TY_MUST_CHECK;

/*
 * Make one missing partition, of this month, the one before it or those to come; *ret_made is false where
 * none is missing.  Takes a transaction of its own, because it locks out a table's writers for as long as
 * rows of that month take to move.  Gives up after half a second's wait for that lock.
 */
enum ty_code ty_store_next_partition(struct ty_tx *tx, bool *ret_made,
				     struct ty_err *err) TY_MUST_CHECK;

struct ty_retired {
	int64_t partitions; /* dropped */
	int64_t payloads;   /* dropped */
};
/*
 * Retention: drop the partitions of the months that ended before 'before_ms', and payloads that no
 * run has named since, some thousands at a time: call again while payloads is not 0.
 */
enum ty_code ty_store_retire(struct ty_tx *tx, int64_t before_ms, struct ty_retired *ret_retired,
			     struct ty_err *err) TY_MUST_CHECK;

/*
 * Let the search for receipts without a run go back by 'by_ms': once at the start and from time to
 * time, for what was committed so late that the search had passed it.
 */
enum ty_code ty_store_rewind_receipts(struct ty_tx *tx, int64_t by_ms,
				      struct ty_err *err) TY_MUST_CHECK;

#endif
