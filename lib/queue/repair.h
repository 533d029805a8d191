/*
 * repair.h -- jobs and lists of a lane that are damaged: told, counted, put right.
 *
 * The lane's scripts drop a job that they cannot read, count it and note it; its receipt makes it
 * again.  What the scripts cannot see, because nothing leads them there (a workspace with ready
 * jobs that is in no turn, a job in no list), a walk over all keys finds, some keys a call.
 */
#ifndef TY_QUEUE_REPAIR_H
#define TY_QUEUE_REPAIR_H

#include "queue/queue.h"

/* Keys of one call: Redis is busy with them for a millisecond. */
#define TY_QUEUE_CHECK_KEYS 500

struct ty_queue_damage {
	const char *run_id; /* "": it was none */
	const char *what;
};

/* Errors of all: TY_E_UNAVAILABLE. */

/* Damage noted since the last call, each once; owned by 'arena'. */
enum ty_code ty_queue_sync_damage(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
				  struct ty_queue_damage **ret_damage, size_t *ret_count,
				  struct ty_err *err) TY_MUST_CHECK;
/*
 * Compare some keys from *cursor on (0: the first) and put right what differs.  Sets *cursor for
 * the next call, 0 after the last key, and how many places were put right.
 */
enum ty_code ty_queue_sync_check(struct ty_queue_sync *queue, uint64_t *cursor, int64_t *ret_mended,
				 struct ty_err *err) TY_MUST_CHECK;
/* Ready jobs of workspaces that have no turn, over all keys; changes nothing. */
enum ty_code ty_queue_sync_stray(struct ty_queue_sync *queue, int64_t *ret_stray,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
