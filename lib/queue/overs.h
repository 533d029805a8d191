/*
 * overs.h -- hears at once that a run is over, or has its answer: lua/release.lua and ty_queue_tell publish on
 * the run's own channel, to which only who waits for the run listens.
 *
 * A message is only the quick way: one that is lost is made good by the run's record.  A connection of its own,
 * which comes back by itself and listens again to all that was asked for.  Owned by one loop and its thread.
 */
#ifndef TY_QUEUE_OVERS_H
#define TY_QUEUE_OVERS_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"

struct uv_loop_s;
struct ty_queue_overs;

/* The run is over or answered: look at its record. */
typedef void (*ty_queue_over_fn)(void *ctx, const struct ty_id *run_id);
/* Listening to the run from now on; what happened before is in its record. */
typedef void (*ty_queue_over_listening_fn)(void *ctx, const struct ty_id *run_id);
/* The connection is there: ask for everything again. */
typedef void (*ty_queue_over_up_fn)(void *ctx);

/* Connects at once and again with back-off. */
struct ty_queue_overs *ty_queue_overs_new(struct uv_loop_s *loop, const char *redis_url,
					  const char *lane, ty_queue_over_fn heard,
					  ty_queue_over_listening_fn listening,
					  ty_queue_over_up_fn up, void *ctx);
/* Calls nothing afterwards.  Takes NULL. */
void ty_queue_overs_free(struct ty_queue_overs *overs);

/* Does nothing where Redis is away: 'up' comes later. */
void ty_queue_overs_listen(struct ty_queue_overs *overs, const struct ty_id *run_id);
void ty_queue_overs_leave(struct ty_queue_overs *overs, const struct ty_id *run_id);

#endif
