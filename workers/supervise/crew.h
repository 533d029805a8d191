/*
 * crew.h -- N instances of one program, kept running.
 *
 *	        start                    crew_stop, roll
 *	DOWN ------------> UP ------------------------------> STOPPING
 *	  ^  (when due)    |                                   |  (SIGKILL when due)
 *	  |                | it ended: wait by back-off        | it ended: due at once
 *	  +----------------+-----------------------------------+
 *
 * Invariants:
 *   (1) A pid is kept exactly while the child has not been waited for.
 *   (2) A child never outlives us: it asks the kernel for SIGKILL when its parent goes
 *       (PR_SET_PDEATHSIG).  The kernel means the parent's *thread*, so this program has one.
 *   (3) A rolling restart stops one instance at a time, and goes on only when its successor has
 *       been up for SETTLE_MS: a release that cannot start takes one instance, not all.
 *   (4) Once stopping, nothing is started.
 *
 * Time is the caller's, so that nothing here sleeps.
 */
#ifndef TY_SUPERVISE_CREW_H
#define TY_SUPERVISE_CREW_H

#include "backoff.h"
#include "base/defs.h"
#include "log/log.h"

#include <signal.h>
#include <sys/types.h>

#define CREW_SETTLE_MS 1000 /* a program that cannot start has ended by then */

enum member_state { MEMBER_DOWN, MEMBER_UP, MEMBER_STOPPING };

struct member {
	enum member_state state;
	pid_t pid; /* 0 where DOWN */
	int64_t started_ms;
	int64_t due_ms; /* DOWN: when to start; STOPPING: when to kill */
	struct backoff backoff;
};

struct crew {
	const struct ty_log *log;
	const char *program; /* path, or a name to look for in PATH */
	int64_t grace_ms;    /* from SIGTERM to SIGKILL */
	sigset_t child_mask; /* signals as they were before ours were blocked */
	bool is_stopping;
	size_t roll;	      /* the instance whose turn it is; 'count': no roll is on */
	bool roll_is_stopped; /* the instance was told to stop */
	size_t count;
	struct member *members;
};

/* 'members' takes 'count' zeroed structs and is borrowed, as are the strings and the log. */
void crew_init(struct crew *crew, const struct ty_log *log, const char *program,
	       struct member *members, size_t count, int64_t grace_ms, const sigset_t *child_mask);
/* Start, kill and roll what is due. */
void crew_tick(struct crew *crew, int64_t now_ms);
/* Collect those that ended. */
void crew_reap(struct crew *crew, int64_t now_ms);
/* SIGTERM to all, and start none any more. */
void crew_stop(struct crew *crew, int64_t now_ms);
/* Restart them one after the other; one that is under way begins anew. */
void crew_roll(struct crew *crew);
/* Stopping, and none is left. */
bool crew_is_gone(const struct crew *crew);
/* Milliseconds until crew_tick has something to do; -1 = nothing is due. */
int64_t crew_wait_ms(const struct crew *crew, int64_t now_ms);

#endif
