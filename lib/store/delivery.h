/*
 * delivery.h -- receipts in Postgres, a group at a time (sql/functions/accept.sql, reap.sql).
 *
 * A run's id is its delivery's id.  Every call here may be made again after an unknown outcome.
 */
#ifndef TY_STORE_DELIVERY_H
#define TY_STORE_DELIVERY_H

#include "base/id.h"
#include "base/limit_set.h"
#include "store/query.h"

/* A row of tyboo.deliveries; lib/intake maps it to struct ty_receipt and back. */
struct ty_delivery_row {
	struct ty_id id, workspace_id;
	struct ty_id hook_id, workflow_id, version_id; /* unset where unclaimed */
	const char *start_node, *mode, *verdict, *reason;
	const char *read_as, *notices, *blobs, *source, *jwt; /* struct ty_receipt's */
	const char *method, *path, *query, *headers, *remote_addr;
	const char *route; /* the claim's path where it has parameters, "orders/:id"; "" = none */
	const void *body;
	size_t body_len;	  /* at most TY_LIMIT_BODY_BYTES */
	const char *delivery_key; /* "" = none */
	int64_t received_at_ms;
	bool rerun_failed; /* a repeat of a failed run is a new run; not stored */
	/* Only ty_store_receipts_decode sets these, for the job that is made of the row. */
	int64_t timeout_ms, workflow_max;
	struct ty_limits limits; /* limits of the workspace */
};

/* Had the earlier delivery the same body? */
enum ty_delivery_bytes { TY_BYTES_UNKNOWN, TY_BYTES_SAME, TY_BYTES_OTHER };

struct ty_delivery_answer {
	struct ty_id run_id; /* unset where the verdict is not "accepted" */
	bool duplicate;	     /* run_id is an earlier delivery's */
	/* State of the earlier run, of a duplicate. */
	const char *
		first_status; /* executions.status, "queued" where there is none; "" = no duplicate */
	enum ty_delivery_bytes bytes;
	struct ty_id repeats_run_id; /* set: a failed run whose key this one has taken over */
};

/*
 * Write receipts; dedupe the accepted ones by workspace and delivery key, also within the group
 * (first wins).  Text that is no UTF-8 or too long is mended; a longer delivery key is hashed.
 */
void ty_store_accept_query(struct ty_arena *arena, const struct ty_delivery_row *rows, size_t count,
			   struct ty_store_query *ret_query);
/* 'ret_answers' takes 'count'; its texts are the rows'.  Errors: TY_E_INTERNAL (another number of rows). */
enum ty_code ty_store_accept_decode(const struct ty_rows *rows, size_t count,
				    struct ty_delivery_answer *ret_answers,
				    struct ty_err *err) TY_MUST_CHECK;

/*
 * The queue refused these: their verdict ("rate", "quota", "depth") and reason; their keys are freed.
 * A run that somebody was told of meanwhile, as a duplicate's, stays accepted.  One cell: how many were
 * refused.
 */
struct ty_delivery_refusal {
	struct ty_id id;
	const char *verdict, *reason;
};
void ty_store_refuse_query(struct ty_arena *arena, const struct ty_delivery_refusal *refusals,
			   size_t count, struct ty_store_query *ret_query);

/* Ask which of these receipts are accepted: one row with the id for each. */
void ty_store_accepted_query(struct ty_arena *arena, const struct ty_id *ids, size_t count,
			     struct ty_store_query *ret_query);

/*
 * The queue knew an earlier run for these: deliveries ids[i] become duplicates of run_ids[i], but
 * for those whose run has begun.  One cell: how many did.
 */
void ty_store_redirect_query(struct ty_arena *arena, const struct ty_id *ids,
			     const struct ty_id *run_ids, size_t count,
			     struct ty_store_query *ret_query);

/*
 * Cut the unclaimed deliveries of these workspaces (any of them several times) down to
 * TY_LIMIT_UNCLAIMED_COUNT and _BYTES, the oldest first, some at a time.  One cell: how many went.
 */
void ty_store_trim_unclaimed_query(struct ty_arena *arena, const struct ty_id *workspace_ids,
				   size_t count, struct ty_store_query *ret_query);

/*
 * Accepted receipts older than 'grace_ms' with no finished run, by id, after 'after' (NULL to
 * begin): at most 'max', and at most about 32 MiB of bodies.  Call on with the last id until there
 * is none.  Some are queued or running: ask the queue before making a job of one.
 */
void ty_store_receipts_query(struct ty_arena *arena, int64_t grace_ms, const struct ty_id *after,
			     size_t max, struct ty_store_query *ret_query);
/* Owned by 'arena'; verdict is "accepted". */
enum ty_code ty_store_receipts_decode(struct ty_arena *arena, const struct ty_rows *rows,
				      struct ty_delivery_row **ret_rows, size_t *ret_count,
				      struct ty_err *err) TY_MUST_CHECK;

#endif
