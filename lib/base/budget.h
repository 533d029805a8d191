/*
 * budget.h -- how much of something a process may hold at a time; who comes when it is taken waits in line.
 *
 * Memory belongs to the process, so a budget of it does too: threads that each hold one of the
 * largest would hold as many of them as there are threads.  Of no use to a program with one
 * thread, which must not block.
 */
#ifndef TY_BASE_BUDGET_H
#define TY_BASE_BUDGET_H

#include "base/defs.h"
#include "base/limits.h"

#include <pthread.h>

/* Request bodies that a tyboo-api process holds at a time, in bytes: one of the largest, or many smaller
 * ones, since threads times the largest would take 512 MiB.  Receipts of this size are written one by
 * one anyhow, so more of them would only lie in memory.  Whoever comes then waits. */
#define TY_LIMIT_BODIES_BYTES TY_LIMIT_BODY_BYTES
/* Smaller bodies are not counted: 32 threads hold 8 MiB of them. */
#define TY_LIMIT_BODY_COUNTED_BYTES (256 * 1024)
/* Wait of a body for its share; then the answer is 503.  A hundred of the largest are written in that
 * time, or ten by a slow disk, and hardly a sender waits longer. */
#define TY_LIMIT_BODIES_WAIT_MS 30000

struct budget_wait; /* a caller in line, on its own stack */

/* Begin it with TY_BUDGET_INIT; what follows 'wait_ms' belongs to budget.c. */
struct ty_budget {
	size_t max;
	int64_t wait_ms; /* how long its users are to wait, at most */
	size_t taken;
	struct budget_wait *first; /* served in the order of the line, so that nobody starves */
	pthread_mutex_t lock;
	pthread_cond_t given;
};

#define TY_BUDGET_INIT(most, longest_ms)                                                           \
	{                                                                                          \
		.max = (most), .wait_ms = (longest_ms), .lock = PTHREAD_MUTEX_INITIALIZER,         \
		.given = PTHREAD_COND_INITIALIZER                                                  \
	}

/*
 * Take 'amount' until 'arena' is cleared; waits up to 'timeout_ms' for its turn and for others to
 * give back theirs.  More than 'max' count as that.  False: it was not to be had in time.
 */
bool ty_budget_take(struct ty_budget *budget, struct ty_arena *arena, size_t amount,
		    int64_t timeout_ms) TY_MUST_CHECK;

/* Amount taken and callers in line now, for tests. */
size_t ty_budget_taken(struct ty_budget *budget);
size_t ty_budget_waiting(struct ty_budget *budget);

#endif
