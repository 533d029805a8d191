/*
 * queued.h -- runs that wait in the queue, ended all at once; and those below a run that was canceled.
 */
#ifndef TY_INTAKE_QUEUED_H
#define TY_INTAKE_QUEUED_H

#include "base/defs.h"
#include "base/id.h"
#include "queue/queue.h"
#include "store/store.h"

/*
 * A run was just canceled in 'tx': cancel what it had called too, down to the last, as one that a worker has
 * is told and another's end is the tx's.  More than a page of them, and those that Redis cannot be asked
 * about, are left to tyboo-reap.
 * Errors: those of ty_tx_*.
 */
enum ty_code ty_queued_cancel_below(struct ty_tx *tx, struct ty_queue_sync *queue,
				    struct ty_err *err) TY_MUST_CHECK;

struct ty_queued_walk {
	struct ty_id after; /* begin with it unset */
	int64_t canceled;
	bool is_over;
};

/*
 * Cancel some of the runs of a workflow that no worker has begun, oldest first; again until is_over.
 * Their ends are the tx's.  One that a worker takes in this very moment is told to stop; one that
 * was just accepted, whose job may be on its way, is left.
 * Errors: TY_E_UNAVAILABLE, those of ty_tx_*.
 */
enum ty_code ty_queued_cancel_some(struct ty_tx *tx, struct ty_queue_sync *queue,
				   const struct ty_id *workflow_id, struct ty_queued_walk *walk,
				   struct ty_err *err) TY_MUST_CHECK;

#endif
