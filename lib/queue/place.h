/*
 * place.h -- where one run is in its lane, and what keeps it there: "why does it not run?"
 *
 * A look that changes nothing; a moment later it may be elsewhere.
 */
#ifndef TY_QUEUE_PLACE_H
#define TY_QUEUE_PLACE_H

#include "queue/queue.h"

struct ty_arena;

struct ty_queue_place {
	/*
	 * "ready", "leased", "delayed", "waiting", "dead"; "done": finished lately; "none": this
	 * lane has no job for it.
	 */
	const char *state;
	/* Reason why a ready run waits: "workspace", "workflow" (at its limit) or "pause"; "" = none. */
	const char *held_by;
	int64_t limit;	    /* runs at a time of that workspace or workflow; 0 of a pause */
	int64_t deliveries; /* times it was given to a worker, see ty_job.again */
	int64_t until_ms;   /* leased: the deadline; delayed, waiting: when it is due; dead: since
			      * when.  0 = none */
	const char *reason; /* dead; or "" */
};

/* Texts are the arena's.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_queue_sync_place(struct ty_queue_sync *queue, struct ty_arena *arena,
				 const struct ty_id *run_id, struct ty_queue_place *ret_place,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
