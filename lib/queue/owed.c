/*
 * owed.c -- receipts that Redis keeps until Postgres has them: read, and dropped once written.
 */
#include "queue/queue.h"

#include "base/arena.h"
#include "queue/message.h"
#include "queue/sync.h"

#include <hiredis/hiredis.h>

enum ty_code
ty_queue_sync_owed(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
		   char ***ret_receipts, char ***ret_ids, size_t *ret_count, struct ty_err *err)
{
	struct ty_queue_args args;
	char **receipts, **ids;
	redisReply *reply;
	size_t count;

	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, (int64_t)max);
	if (ty_queue_sync_call(queue, &ty_queue_script_owed, &args, &reply, err) != TY_OK)
		return err->code;
	count = reply->elements / 2;
	receipts = ty_arena_alloc_array(arena, count + 1, sizeof(*receipts));
	ids = ty_arena_alloc_array(arena, count + 1, sizeof(*ids));
	for (size_t i = 0; i < count; i++) {
		ids[i] = ty_arena_strdup(arena, ty_queue_take_text(reply, 2 * i, NULL));
		receipts[i] = ty_arena_strdup(arena, ty_queue_take_text(reply, 2 * i + 1, NULL));
	}
	freeReplyObject(reply);
	*ret_receipts = receipts;
	*ret_ids = ids;
	*ret_count = count;
	return TY_OK;
}

enum ty_code
ty_queue_sync_owed_drop(struct ty_queue_sync *queue, char *const *ids, size_t count,
			struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t done;

	ty_queue_args_init(&args);
	for (size_t i = 0; i < count; i++)
		ty_queue_args_add_str(&args, ids[i]);
	return ty_queue_sync_call_ints(queue, &ty_queue_script_owed_drop, &args, &done, 0, err);
}
