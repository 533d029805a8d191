/*
 * sync.h -- one script called on a blocking connection; for sync.c, hooks.c, place.c and repair.c only.
 *
 * The calls take over 'args'.  Errors of all: TY_E_UNAVAILABLE.
 */
#ifndef TY_QUEUE_SYNC_H
#define TY_QUEUE_SYNC_H

#include "queue/args.h"
#include "queue/queue.h"

struct redisReply;

/* The answer is to be freed, by ty_queue_sync_answered, and is no error. */
enum ty_code ty_queue_sync_call(struct ty_queue_sync *queue, const struct ty_queue_script *script,
				struct ty_queue_args *args, struct redisReply **ret_reply,
				struct ty_err *err) TY_MUST_CHECK;
/* Free an answer that was taken apart; it was not of the shape that scripts give unless 'ok'. */
enum ty_code ty_queue_sync_answered(struct redisReply *reply, bool ok,
				    struct ty_err *err) TY_MUST_CHECK;
/* A script whose answer is 'count' integers (one that is no array where count is 0). */
enum ty_code ty_queue_sync_call_ints(struct ty_queue_sync *queue,
				     const struct ty_queue_script *script,
				     struct ty_queue_args *args, int64_t *ret_ints, size_t count,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
