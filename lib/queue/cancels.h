/*
 * cancels.h -- hears at once which runs of a lane are to be canceled: lua/cancel.lua publishes
 * the id of a leased run it marks.
 *
 * A message is only the quick way: one that is lost (the connection was away) is made good by
 * the mark in the job, which ty_queue_canceled asks for.  A connection of its own, which comes
 * back by itself: one that listens can be asked nothing else.  Owned by one loop and its thread.
 */
#ifndef TY_QUEUE_CANCELS_H
#define TY_QUEUE_CANCELS_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"

struct uv_loop_s;
struct ty_queue_cancels;

/* A run of the lane, whoever holds it. */
typedef void (*ty_queue_cancel_fn)(void *ctx, const struct ty_id *run_id);
/*
 * 'err' NULL: listening from now on, so ask for the marks that were set before.  Else Redis
 * refuses to let us listen (an access list, say): the marks are all there is.
 */
typedef void (*ty_queue_listening_fn)(void *ctx, const struct ty_err *err);

/* Connects at once and again with back-off. */
struct ty_queue_cancels *ty_queue_cancels_new(struct uv_loop_s *loop, const char *redis_url,
					      const char *lane, ty_queue_cancel_fn heard,
					      ty_queue_listening_fn listening, void *ctx);
/* Calls nothing afterwards.  Takes NULL. */
void ty_queue_cancels_free(struct ty_queue_cancels *cancels);

#endif
