/*
 * repair.c -- see repair.h.
 */
#include "queue/repair.h"

#include "base/arena.h"
#include "queue/message.h"
#include "queue/sync.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DAMAGE_WIDTH 2

enum ty_code
ty_queue_sync_damage(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
		     struct ty_queue_damage **ret_damage, size_t *ret_count, struct ty_err *err)
{
	struct ty_queue_damage *damage;
	struct ty_queue_args args;
	redisReply *reply;
	size_t count;
	bool ok = true;

	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, (int64_t)max);
	if (ty_queue_sync_call(queue, &ty_queue_script_damaged, &args, &reply, err) != TY_OK)
		return err->code;
	count = reply->elements / DAMAGE_WIDTH;
	damage = ty_arena_alloc_array(arena, count + 1, sizeof(*damage));
	for (size_t i = 0; ok && i < count; i++) {
		damage[i].run_id = ty_queue_take_copy(reply, i * DAMAGE_WIDTH, arena);
		damage[i].what = ty_queue_take_copy(reply, i * DAMAGE_WIDTH + 1, arena);
		ok = damage[i].run_id != NULL && damage[i].what != NULL;
	}
	if (ty_queue_sync_answered(reply, ok, err) != TY_OK)
		return err->code;
	*ret_damage = damage;
	*ret_count = count;
	return TY_OK;
}

struct checked {
	int64_t mended, stray;
};

/* Redis's cursors have 64 bits without a sign, so they travel as text. */
static enum ty_code
check_some(struct ty_queue_sync *queue, uint64_t *cursor, bool mend, struct checked *ret_checked,
	   struct ty_err *err)
{
	struct ty_queue_args args;
	redisReply *reply;
	const char *next;
	char from[24];
	bool ok;

	snprintf(from, sizeof(from), "%" PRIu64, *cursor);
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, from);
	ty_queue_args_add_int(&args, TY_QUEUE_CHECK_KEYS);
	ty_queue_args_add_int(&args, mend);
	if (ty_queue_sync_call(queue, &ty_queue_script_check, &args, &reply, err) != TY_OK)
		return err->code;
	next = ty_queue_take_text(reply, 0, NULL);
	ok = next != NULL && reply->elements == 3 &&
	     ty_queue_take_int(reply, 1, &ret_checked->mended) &&
	     ty_queue_take_int(reply, 2, &ret_checked->stray);
	if (ok)
		*cursor = strtoull(next, NULL, 10);
	return ty_queue_sync_answered(reply, ok, err);
}

enum ty_code
ty_queue_sync_check(struct ty_queue_sync *queue, uint64_t *cursor, int64_t *ret_mended,
		    struct ty_err *err)
{
	struct checked checked = { 0 };

	if (check_some(queue, cursor, true, &checked, err) != TY_OK)
		return err->code;
	*ret_mended = checked.mended;
	return TY_OK;
}

enum ty_code
ty_queue_sync_stray(struct ty_queue_sync *queue, int64_t *ret_stray, struct ty_err *err)
{
	uint64_t cursor = 0;

	*ret_stray = 0;
	do {
		struct checked checked = { 0 };

		if (check_some(queue, &cursor, false, &checked, err) != TY_OK)
			return err->code;
		*ret_stray += checked.stray;
	} while (cursor != 0);
	return TY_OK;
}
