/*
 * pause.h -- pauses of workspaces and workflows, and the runs that wait in the queue.
 *
 * The transaction's workspace is the tenant.  'workflow_id' NULL or unset: all of the workspace.
 */
#ifndef TY_STORE_PAUSE_H
#define TY_STORE_PAUSE_H

#include "base/defs.h"
#include "base/id.h"
#include "store/query.h"
#include "store/store.h"

/* Does nothing where it is paused already.  'paused_by' may be unset: the operator. */
enum ty_code ty_store_pause(struct ty_tx *tx, const struct ty_id *workspace_id,
			    const struct ty_id *workflow_id, const struct ty_id *paused_by,
			    struct ty_err *err) TY_MUST_CHECK;
/* Does nothing where it is not paused. */
enum ty_code ty_store_unpause(struct ty_tx *tx, const struct ty_id *workspace_id,
			      const struct ty_id *workflow_id, struct ty_err *err) TY_MUST_CHECK;
/* Since when (RFC 3339); NULL = it is not paused. */
enum ty_code ty_store_paused_at(struct ty_tx *tx, const struct ty_id *workflow_id,
				const char **ret_at, struct ty_err *err) TY_MUST_CHECK;

struct ty_store_pause_row {
	struct ty_id workspace_id, workflow_id; /* the latter unset: all of the workspace */
};
/* Pauses of all workspaces, for tyboo-reap. */
void ty_store_pauses_query(struct ty_store_query *ret_query);
enum ty_code ty_store_pauses_decode(struct ty_arena *arena, const struct ty_rows *rows,
				    struct ty_store_pause_row **ret_pauses, size_t *ret_count,
				    struct ty_err *err) TY_MUST_CHECK;

/* Accepted and without a record of a run; oldest first, behind 'after' (NULL = the first). */
enum ty_code ty_store_queued_runs(struct ty_tx *tx, const struct ty_id *workflow_id,
				  const struct ty_id *after, int64_t max, struct ty_id **ret_ids,
				  size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
/* Largest count of queued runs, because each is looked at. */
#define TY_STORE_QUEUED_COUNT_MAX 100000
enum ty_code ty_store_queued_count(struct ty_tx *tx, const struct ty_id *workflow_id,
				   int64_t *ret_count, struct ty_err *err) TY_MUST_CHECK;

#endif
