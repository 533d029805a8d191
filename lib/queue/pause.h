/*
 * pause.h -- what is paused in a lane: whole workspaces, single workflows.
 *
 * Nothing of it is leased; it is admitted as ever, and waits in its turn.  Runs that are leased go on.
 * Postgres (tyboo.pauses) is the truth.  Whoever changes that changes this too, so that it counts at
 * once; tyboo-reap makes it the same again after Redis was away or has lost its memory.
 */
#ifndef TY_QUEUE_PAUSE_H
#define TY_QUEUE_PAUSE_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"

struct ty_arena;
struct ty_queue_sync;

struct ty_queue_pause {
	struct ty_id workspace_id;
	struct ty_id workflow_id; /* unset: all workflows of the workspace */
};

bool ty_queue_pause_eq(const struct ty_queue_pause *a, const struct ty_queue_pause *b);

/* Errors of all: TY_E_UNAVAILABLE.  Each may be called twice. */

enum ty_code ty_queue_sync_pause(struct ty_queue_sync *queue, const struct ty_queue_pause *pause,
				 struct ty_err *err) TY_MUST_CHECK;
/* Held jobs go on in the order in which they came. */
enum ty_code ty_queue_sync_unpause(struct ty_queue_sync *queue, const struct ty_queue_pause *pause,
				   struct ty_err *err) TY_MUST_CHECK;
/* In no order; owned by 'arena'. */
enum ty_code ty_queue_sync_paused(struct ty_queue_sync *queue, struct ty_arena *arena,
				  struct ty_queue_pause **ret_pauses, size_t *ret_count,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
