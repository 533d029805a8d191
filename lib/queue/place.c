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
take_place(const redisReply *reply, struct ty_arena *arena, struct ty_queue_place *ret)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == CELLS &&
	       (ret->state = ty_queue_take_copy(reply, CELL_STATE, arena)) != NULL &&
	       (ret->held_by = ty_queue_take_copy(reply, CELL_HELD_BY, arena)) != NULL &&
	       ty_queue_take_int(reply, CELL_LIMIT, &ret->limit) &&
	       ty_queue_take_int(reply, CELL_DELIVERIES, &ret->deliveries) &&
	       ty_queue_take_int(reply, CELL_UNTIL, &ret->until_ms) &&
	       (ret->reason = ty_queue_take_copy(reply, CELL_REASON, arena)) != NULL;
}

enum ty_code
ty_queue_sync_place(struct ty_queue_sync *queue, struct ty_arena *arena, const struct ty_id *run_id,
		    struct ty_queue_place *ret_place, struct ty_err *err)
{
	struct ty_queue_place place;
	struct ty_queue_args args;
	redisReply *reply;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, run_id->s);
	if (ty_queue_sync_call(queue, &ty_queue_script_place, &args, &reply, err) != TY_OK)
		return err->code;
	if (ty_queue_sync_answered(reply, take_place(reply, arena, &place), err) != TY_OK)
		return err->code;
	*ret_place = place;
	return TY_OK;
}
