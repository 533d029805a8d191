/*
 * lease.h -- how many jobs to take, and keeping what was taken.
 *
 * No job is leased while Postgres is away.
 */
#ifndef TY_RUN_LEASE_H
#define TY_RUN_LEASE_H

#include "job.h"

#include "queue/cancels.h"
#include "queue/queue.h"

/* Filled by the worker with what it borrows; the flags are lease.c's. */
struct leasing {
	struct jobs *jobs;
	bool is_leasing;    /* a lease is under way */
	bool may_have_more; /* the queue may have jobs for us */
	bool was_woken;	    /* while a lease was under way */
	bool fails;	    /* leases fail, and that was said */
	bool may_be_canceled; /* a cancel came for a run not held here: it may be in the lease under way */
};

void lease_more(struct leasing *leasing);  /* leases where there is room and reason */
void lease_woken(struct leasing *leasing); /* the queue has something new */
void lease_heartbeat(struct leasing *leasing);
void lease_cancel_heard(void *ctx,
			const struct ty_id *run_id); /* ty_queue_cancel_fn; ctx is the leasing */
void lease_cancel_ready(void *ctx, const struct ty_err *err); /* ty_queue_listening_fn */

#endif
