/*
 * sandbox_slot.h -- one place of the pool: a process, and the requests that it was given.
 * Private to sandbox_pool.c, which decides who is served.
 *
 * Invariants:
 *   (1) The first request of a slot is what its process works on; the watch is its.
 *   (2) A canceled request that a process has already been given stays in the slot, with
 *       no fn, until it is answered or killed: frames carry no number.  The watch kills a
 *       process that works on one; what is quick may end first, for that is cheaper.
 *   (3) Nothing stands behind a call that is no longer young: it goes back to its lane, for
 *       whichever process is free next, and leaves a canceled one in its place.
 *   (4) A process with long code runs at the lowest priority.  Where it may not be raised again,
 *       which takes a right that an ordinary user has not, it is replaced after its answer.
 *   (5) A process is given requests of one workspace, from its start to its end.
 */
#ifndef TY_RUN_SANDBOX_SLOT_H
#define TY_RUN_SANDBOX_SLOT_H

#include "sandbox/watch.h"
#include "sandbox_child.h"
#include "sandbox_lane.h"

/* Data that all slots of a pool share. */
struct slot_home {
	uv_loop_t *loop;
	struct ty_sandbox_conf conf;
	struct ty_sandbox_process
		zygote; /* the warm parent of all processes; pid 0 = not running */
	/* Processes that never were, since the last answer. */
	size_t stillborn;
	struct sandbox_lanes lanes;
	/* A slot can take more, or a request went back to its lane. */
	void (*changed)(struct slot_home *home);
};

struct slot {
	struct slot_home *home;
	struct sandbox_child child;
	struct ty_id workspace_id; /* workspace of the process, while it runs */
	struct sandbox_request *first;
	size_t depth;
	size_t given;		       /* requests since its process started */
	struct ty_sandbox_watch watch; /* watch of 'first' */
	int64_t idle_since_ms;
	bool is_nice; /* gives way to the others */
};

/* Start a process for this workspace, where none runs.  Errors: TY_E_UNAVAILABLE. */
enum ty_code slot_start(struct slot *slot, const struct ty_id *workspace_id,
			struct ty_err *err) TY_MUST_CHECK;
/* Give its process, which runs, one request more; false where that is too large to be sent. */
bool slot_give(struct slot *slot, struct sandbox_request *request) TY_MUST_CHECK;
/* The first of what it was given, out of it. */
struct sandbox_request *slot_take(struct slot *slot);
/* End the process: what it was given goes back, except for what was canceled. */
void slot_end(struct slot *slot);
/* Look at the process, which runs, once in TY_SANDBOX_WATCH_MS while it works. */
void slot_watch(struct slot *slot, int64_t now_ms);

bool slot_may_take(const struct slot *slot);
/* Is its process known to be held for a while? */
bool slot_is_busy(const struct slot *slot);
bool slot_is_long(const struct slot *slot);
/* Does its process, which runs, belong to this workspace? */
bool slot_is_of(const struct slot *slot, const struct ty_id *workspace_id);

/* Answer and free it. */
void slot_tell(struct sandbox_request *request, const json_t *answer, const struct ty_err *err);

#endif
