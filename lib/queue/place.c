/*
 * place.c -- see place.h.
 */
#include "queue/place.h"

#include "base/arena.h"
#include "base/str.h"
#include "queue/message.h"
#include "queue/sync.h"

#include <hiredis/hiredis.h>

enum { CELL_STATE, CELL_HELD_BY, CELL_LIMIT, CELL_DELIVERIES, CELL_UNTIL, CELL_REASON, CELLS };

static bool
take_text(const redisReply *reply, size_t i, struct ty_arena *arena, const char **ret_text)
{
	size_t len;
	const char *text = ty_queue_take_text(reply, i, &len);

	if (text != NULL)
		*ret_text = ty_arena_strndup(arena, text, len);
	return text != NULL;
}

static bool
take_place(const redisReply *reply, struct ty_arena *arena, struct ty_queue_place *ret)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == CELLS &&
	       take_text(reply, CELL_STATE, arena, &ret->state) &&
	       take_text(reply, CELL_HELD_BY, arena, &ret->held_by) &&
	       ty_queue_take_int(reply, CELL_LIMIT, &ret->limit) &&
	       ty_queue_take_int(reply, CELL_DELIVERIES, &ret->deliveries) &&
	       ty_queue_take_int(reply, CELL_UNTIL, &ret->until_ms) &&
	       take_text(reply, CELL_REASON, arena, &ret->reason);
}

enum ty_code
ty_queue_sync_place(struct ty_queue_sync *queue, struct ty_arena *arena, const struct ty_id *run_id,
		    struct ty_queue_place *ret_place, struct ty_err *err)
{
	struct ty_queue_args args;
	redisReply *reply;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, run_id->s);
	if (ty_queue_sync_call(queue, &ty_queue_script_place, &args, &reply, err) != TY_OK)
		return err->code;
	return ty_queue_sync_answered(reply, take_place(reply, arena, ret_place), err);
}
