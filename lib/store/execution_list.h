/*
 * execution_list.h -- runs as the API shows them.
 *
 * A run has a row in tyboo.executions once a worker has recorded it; before that its accepted
 * delivery is all there is, and the run shows as "queued".  (How runs are written:
 * sql/functions, called by workers/run.)
 */
#ifndef TY_STORE_EXECUTION_LIST_H
#define TY_STORE_EXECUTION_LIST_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

/* NULL = any. */
struct ty_store_execution_filter {
	const char *workflow_id; /* a UUID */
	const char *status;	 /* a status, or "queued" */
	const char *mode;
	const char *parent_id;	    /* a UUID: of the run that began them */
	const char *after, *before; /* RFC 3339: accepted at or after, before */
	const char *cursor;	    /* id of the last one seen */
	int64_t limit;
};

/* Newest first. Owned by the tx's arena. */
enum ty_code ty_store_execution_list(struct ty_tx *tx,
				     const struct ty_store_execution_filter *filter,
				     json_t **ret_items, const char **ret_next,
				     struct ty_err *err) TY_MUST_CHECK;

/* Load one run, with "steps" and "delivery". Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_execution_get(struct ty_tx *tx, const struct ty_id *id,
				    json_t **ret_execution, struct ty_err *err) TY_MUST_CHECK;

/* ty_store_execution_get() with the steps from that place in the run on. */
enum ty_code ty_store_execution_get_from(struct ty_tx *tx, const struct ty_id *id, int64_t from,
					 json_t **ret_execution, struct ty_err *err) TY_MUST_CHECK;

/* "queued", "running", ...; NULL where there is no such run. */
enum ty_code ty_store_execution_status(struct ty_tx *tx, const struct ty_id *id,
				       const char **ret_status, struct ty_err *err) TY_MUST_CHECK;

/* Load workflow and status of a run, and nothing more of it.  Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_execution_brief(struct ty_tx *tx, const struct ty_id *id,
				      const char **ret_workflow_id, const char **ret_status,
				      struct ty_err *err) TY_MUST_CHECK;

/* Has a run of this status ended?  NULL = of none that is there: false. */
bool ty_store_execution_is_over(const char *status);

/*
 * Record a run that no worker holds as canceled: one that was taken out of the queue, or that
 * the queue does not know, also where a worker that is gone had begun it.  Its fence is raised,
 * so that a worker that comes back records nothing.  Does nothing to a run that is over.
 */
enum ty_code ty_store_execution_cancel_queued(struct ty_tx *tx, const struct ty_id *id,
					      struct ty_err *err) TY_MUST_CHECK;

/*
 * The workspace's runs that are to be canceled because what called them was, and that are not over; at
 * most 'max', the oldest cancel first.
 */
enum ty_code ty_store_due_cancel_ids(struct ty_tx *tx, size_t max, struct ty_id **ret_ids,
				     size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;

/* The value that a { "$payload": hash } stands for. Errors: TY_E_NOT_FOUND, TY_E_INTERNAL (damaged). */
enum ty_code ty_store_payload_get(struct ty_tx *tx, const char *hash, json_t **ret_value,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
