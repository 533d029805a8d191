/*
 * waiting.h -- requests that wait for a run, all in one event loop: none of them has a thread.
 *
 *            begin                 park                  heard, looked up, late, draining
 *   (none) --------> BEGUN ---------------> PARKED ------------------------------------> READY --> end
 *                      |                      ^                                            |
 *                      +--- end (no wait)     +-------- park (nothing is there yet) -------+
 *
 * Invariants:
 *   (1) A wait that is begun has a place of TY_LIMIT_ANSWERS_WAITING_COUNT, until it ends.
 *   (2) A parked wait becomes ready once, for one reason; then it is whoever's whom 'ready' tells.
 *   (3) Redis tells at once (lib/queue/overs.h).  Where its word is lost, one statement a second for all that
 *       wait looks at the records.
 *
 * Memory: a wait is an allocation of its own, some 700 bytes; the connection beside it is http.c's.
 */
#ifndef TY_APP_WAITING_H
#define TY_APP_WAITING_H

#include "base/defs.h"
#include "base/id.h"
#include "log/log.h"

struct ty_conf;
struct ty_waiting;

/* Event that a request waits for. */
enum ty_wait_for {
	TY_WAITS_RUN,	   /* the run is over: its record is the answer */
	TY_WAITS_FINISHED, /* the run is over: its data is the answer */
	TY_WAITS_NODE,	   /* a node answers, or the run is over */
};

enum ty_wait_end {
	TY_WAIT_NOT,   /* the request still waits */
	TY_WAIT_HEARD, /* look at the record */
	TY_WAIT_LATE,  /* the time is over */
	TY_WAIT_DRAIN, /* the process ends */
	TY_WAIT_GONE,  /* the client has left */
};

struct ty_wait {
	/* set before ty_waiting_park */
	struct ty_id run_id, workspace_id, request_id;
	enum ty_wait_for what;
	int64_t for_ms;	    /* at most */
	bool is_late_ok;    /* 202 after that, else 504 */
	bool is_duplicate;  /* the run is another request's */
	char slug[64];	    /* the workspace's, as it was asked for */
	int64_t steps_from; /* of the record: place of its first step */
	bool is_counted;    /* of the record: items are counted, and not shown */
	char *headers;	    /* lines of the answer so far; malloc'ed */
	/* Read once the wait is ready. */
	enum ty_wait_end end;
	struct ty_wait *next_ready; /* list that 'ready' is given */
	void *conn;
	/* waiting.c's. */
	struct ty_wait *next, *prev;
	int64_t deadline_ms; /* monotonic */
	int state;
	bool is_listening, is_heard, is_gone;
};

/* From any thread, also from within ty_waiting_park; not to block. */
typedef void (*ty_waiting_ready_fn)(void *ctx, struct ty_wait *wait);

/*
 * Starts the loop's thread; stores may be away.  'conf' is read during the call.
 * Errors: TY_E_INTERNAL (no thread).
 */
enum ty_code ty_waiting_new(const struct ty_conf *conf, const struct ty_log *log,
			    struct ty_waiting **ret_waiting, struct ty_err *err) TY_MUST_CHECK;
/* Call once nothing is parked any more.  Takes NULL. */
void ty_waiting_free(struct ty_waiting *waiting);
/* Set the function that takes ready waits, before the first is parked. */
void ty_waiting_on_ready(struct ty_waiting *waiting, ty_waiting_ready_fn ready, void *ctx);

/*
 * Take a place, and begin to listen for the run, so that its end is heard however soon it comes.
 * NULL: all places are taken, or the process ends.
 */
struct ty_wait *ty_waiting_begin(struct ty_waiting *waiting, const struct ty_id *run_id,
				 int64_t for_ms);
/* Wait for another run, which may be over already. */
void ty_waiting_move(struct ty_waiting *waiting, struct ty_wait *wait, const struct ty_id *run_id);
/* Park the wait, which may be ready at any time from here on. */
void ty_waiting_park(struct ty_waiting *waiting, struct ty_wait *wait, void *conn);
/* The client has left: ready with TY_WAIT_GONE, where it is not ready already. */
void ty_waiting_leave(struct ty_waiting *waiting, struct ty_wait *wait);
/* Give the place back; frees it.  Not of a parked one. */
void ty_waiting_end(struct ty_waiting *waiting, struct ty_wait *wait);

/* All that is parked, or will be, is ready with TY_WAIT_DRAIN; nothing begins. */
void ty_waiting_drain(struct ty_waiting *waiting);

#endif
