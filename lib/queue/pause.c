/*
 * pause.c -- see pause.h.
 */
#include "queue/pause.h"

#include "base/arena.h"
#include "queue/message.h"
#include "queue/sync.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

/* Jobs of one call: Redis is busy with them for a millisecond. */
#define BRING_BACK_MAX 500
/* "<workspace>" or "<workspace>:<workflow>" */
#define MEMBER_SIZE (2 * sizeof(struct ty_id))

static void
add_member(struct ty_queue_args *args, const struct ty_queue_pause *pause)
{
	char member[MEMBER_SIZE];
	bool is_one = ty_id_is_set(&pause->workflow_id);

	snprintf(member, sizeof(member), "%s%s%s", pause->workspace_id.s, is_one ? ":" : "",
		 is_one ? pause->workflow_id.s : "");
	ty_queue_args_add_str(args, member);
}

bool
ty_queue_pause_eq(const struct ty_queue_pause *a, const struct ty_queue_pause *b)
{
	return ty_id_eq(&a->workspace_id, &b->workspace_id) &&
	       ty_id_eq(&a->workflow_id, &b->workflow_id);
}

enum ty_code
ty_queue_sync_pause(struct ty_queue_sync *queue, const struct ty_queue_pause *pause,
		    struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t done;

	ty_queue_args_init(&args);
	add_member(&args, pause);
	return ty_queue_sync_call_ints(queue, &ty_queue_script_pause, &args, &done, 0, err);
}

enum ty_code
ty_queue_sync_unpause(struct ty_queue_sync *queue, const struct ty_queue_pause *pause,
		      struct ty_err *err)
{
	int64_t left, calls = 1;

	/* Call as often as the first answer asks and no more, because a workflow at its own limit holds
	 * jobs back anew. */
	for (int64_t i = 0; i < calls; i++) {
		struct ty_queue_args args;

		ty_queue_args_init(&args);
		add_member(&args, pause);
		ty_queue_args_add_int(&args, BRING_BACK_MAX);
		if (ty_queue_sync_call_ints(queue, &ty_queue_script_unpause, &args, &left, 0,
					    err) != TY_OK)
			return err->code;
		if (i == 0)
			calls += (left + BRING_BACK_MAX - 1) / BRING_BACK_MAX;
	}
	return TY_OK;
}

static bool
take_member(const char *member, struct ty_queue_pause *ret)
{
	const char *colon = member != NULL ? strchr(member, ':') : NULL;
	char workspace[sizeof(struct ty_id)];
	size_t len;

	if (member == NULL)
		return false;
	len = colon != NULL ? (size_t)(colon - member) : strlen(member);
	if (len >= sizeof(workspace))
		return false;
	memcpy(workspace, member, len);
	workspace[len] = '\0';
	return ty_id_parse(workspace, &ret->workspace_id) &&
	       (colon == NULL || ty_id_parse(colon + 1, &ret->workflow_id));
}

enum ty_code
ty_queue_sync_paused(struct ty_queue_sync *queue, struct ty_arena *arena,
		     struct ty_queue_pause **ret_pauses, size_t *ret_count, struct ty_err *err)
{
	struct ty_queue_pause *pauses;
	struct ty_queue_args args;
	size_t count = 0;
	redisReply *reply;

	ty_queue_args_init(&args);
	if (ty_queue_sync_call(queue, &ty_queue_script_paused, &args, &reply, err) != TY_OK)
		return err->code;
	pauses = ty_arena_alloc_array(arena, reply->elements + 1, sizeof(*pauses));
	for (size_t i = 0; i < reply->elements; i++)
		count += take_member(ty_queue_take_text(reply, i, NULL), &pauses[count]);
	*ret_pauses = pauses;
	*ret_count = count;
	return ty_queue_sync_answered(reply, true, err);
}
