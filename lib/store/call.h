/*
 * call.h -- runs that begin runs: calls, error workflows, and cancels that go down (sql/functions/call.sql).
 */
#ifndef TY_STORE_CALL_H
#define TY_STORE_CALL_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "store/delivery.h"
#include "store/query.h"

/* A call as it is made. */
struct ty_call_ask {
	struct ty_id workspace_id, caller_id, workflow_id;
	struct ty_id child_id; /* a new one, for where the call has begun no run yet */
	int64_t fence;
	const char *key;  /* key of the call in its caller's journal */
	const char *body; /* the items; borrowed by the query, as are the hashes of their files */
	size_t body_len;
	const char *const *blobs;
	size_t blob_count;
};

enum ty_child_outcome {
	TY_CHILD_BEGUN,
	TY_CHILD_AGAIN,	 /* an earlier attempt has begun it */
	TY_CHILD_FENCED, /* the caller is another worker's, or over */
	TY_CHILD_DEPTH,
	TY_CHILD_MISSING,
	TY_CHILD_UNPUBLISHED,
	TY_CHILD_NO_TRIGGER,
	TY_CHILD__COUNT
};

struct ty_call_answer {
	enum ty_child_outcome outcome;
	const struct ty_delivery_row *receipt; /* BEGUN, AGAIN; NULL: retention has taken it */
};

/* Begin the runs of several calls, each judged alone.  What 'asks' point to is borrowed by the query. */
void ty_store_calls_query(struct ty_arena *arena, const struct ty_call_ask *const *asks,
			  size_t count, struct ty_store_query *ret_query);
/* 'count' answers, in the order of the asks, owned by 'arena'.  Errors: TY_E_INTERNAL. */
enum ty_code ty_store_calls_decode(struct ty_arena *arena, const struct ty_rows *rows, size_t count,
				   struct ty_call_answer **ret_answers,
				   struct ty_err *err) TY_MUST_CHECK;

/* Callers to be pushed because these runs have ended; ty_store_due_decode reads the answer. */
void ty_store_due_callers_query(struct ty_arena *arena, const struct ty_id *ids, size_t count,
				struct ty_store_query *ret_query);
/* Receipts of the error workflows that these runs have started; ty_store_receipts_decode reads it. */
void ty_store_error_receipts_query(struct ty_arena *arena, const struct ty_id *ids, size_t count,
				   struct ty_store_query *ret_query);

/* Head of an accepted delivery's run, for a worker that cannot read its job; no row where the run is gone. */
struct ty_run_head {
	struct ty_id version_id;
	const char *mode;
	int64_t accepted_at_ms;
};
void ty_store_run_head_query(const struct ty_id *run_id, struct ty_store_query *ret_query);
/* *ret_head stays where there is no row.  Errors: TY_E_INTERNAL. */
enum ty_code ty_store_run_head_decode(struct ty_arena *arena, const struct ty_rows *rows,
				      struct ty_run_head *ret_head,
				      struct ty_err *err) TY_MUST_CHECK;

/* Runs that are to be canceled because what called them was; at most 'max'. */
struct ty_due_cancel {
	struct ty_id run_id, workspace_id;
};
void ty_store_due_cancels_query(struct ty_arena *arena, size_t max,
				struct ty_store_query *ret_query);
enum ty_code ty_store_due_cancels_decode(struct ty_arena *arena, const struct ty_rows *rows,
					 struct ty_due_cancel **ret_list, size_t *ret_count,
					 struct ty_err *err) TY_MUST_CHECK;
/* Record one that no worker holds as canceled (execution_list.h says what that means). */
void ty_store_cancel_run_query(const struct ty_due_cancel *cancel,
			       struct ty_store_query *ret_query);

#endif
