/*
 * breaker_hand.h -- what is done to a circuit breaker by hand, in both stores: whether it is held open
 * (store/breaker.h) and its state, which the workers see (queue/breakers.h).
 *
 * Invariants:
 *   (1) A breaker opened by hand has a row, which tyboo-reap gives back to a Redis that lost its memory.
 *   (2) The row is locked before Redis is told and committed after, so that tyboo-reap, which locks it as
 *       well, never opens one that is being closed.
 *   (3) Runs that are put down and wait for a breaker that is closed go on at once: the end of their delay is
 *       journaled, so that a replay sees the same time.
 */
#ifndef TY_INTAKE_BREAKER_HAND_H
#define TY_INTAKE_BREAKER_HAND_H

#include "base/defs.h"
#include "queue/sync.h"
#include "store/store.h"

struct ty_breaker_hand {
	const char *scope;  /* id of a workspace, or TY_BREAKER_OPERATOR */
	const char *what;   /* "<node type> <host>" */
	const char *action; /* "open", "close", "reset" (queue/breakers.h) */
	const char *by, *why;
};

/*
 * Do it; the caller commits 'tx'.  *ret_woken: runs that go on.  Errors: TY_E_CONFLICT (it was so already;
 * commit all the same), TY_E_LIMIT, TY_E_UNAVAILABLE.
 */
enum ty_code ty_breaker_hand_do(struct ty_tx *tx, struct ty_queue_sync *queue,
				const struct ty_breaker_hand *hand, int64_t *ret_woken,
				struct ty_err *err) TY_MUST_CHECK;

#endif
