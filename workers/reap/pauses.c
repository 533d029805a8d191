/*
 * pauses.c -- what is paused, the same in the queue as in Postgres.
 *
 * Whoever pauses tells the queue itself; this puts right what that could not reach, and all of it
 * after Redis lost its memory.  The queue is asked first: what is in it was in Postgres before.
 */
#include "reap.h"

#include "base/arena.h"
#include "queue/pause.h"
#include "store/pause.h"

struct pauses {
	struct ty_queue_pause *list;
	size_t count;
};

static bool
has(const struct pauses *pauses, const struct ty_queue_pause *pause)
{
	for (size_t i = 0; i < pauses->count; i++)
		if (ty_queue_pause_eq(&pauses->list[i], pause))
			return true;
	return false;
}

static enum ty_code
wanted_load(struct reap *reap, struct pauses *ret_wanted, struct ty_err *err)
{
	struct ty_store_pause_row *rows;
	struct ty_store_query query;
	struct ty_rows result;

	ty_store_pauses_query(&query);
	if (reap_query(reap, &query, &result, err) != TY_OK ||
	    ty_store_pauses_decode(reap->arena, &result, &rows, &ret_wanted->count, err) != TY_OK)
		return err->code;
	ret_wanted->list =
		ty_arena_alloc_array(reap->arena, ret_wanted->count + 1, sizeof(*ret_wanted->list));
	for (size_t i = 0; i < ret_wanted->count; i++)
		ret_wanted->list[i] = (struct ty_queue_pause){ .workspace_id = rows[i].workspace_id,
							       .workflow_id = rows[i].workflow_id };
	return TY_OK;
}

/* Entries of 'these' that 'others' lacks. */
static enum ty_code
settle(struct reap *reap, const struct pauses *these, const struct pauses *others,
       enum ty_code (*change)(struct ty_queue_sync *queue, const struct ty_queue_pause *pause,
			      struct ty_err *err),
       struct ty_err *err)
{
	for (size_t i = 0; i < these->count; i++)
		if (!has(others, &these->list[i]) &&
		    change(reap->queue, &these->list[i], err) != TY_OK)
			return err->code;
	return TY_OK;
}

enum ty_code
reap_pauses(struct reap *reap, struct ty_err *err)
{
	struct pauses wanted, there;
	enum ty_code code;

	code = ty_queue_sync_paused(reap->queue, reap->arena, &there.list, &there.count, err);
	if (code == TY_OK)
		code = wanted_load(reap, &wanted, err);
	if (code == TY_OK)
		code = settle(reap, &wanted, &there, ty_queue_sync_pause, err);
	if (code == TY_OK)
		code = settle(reap, &there, &wanted, ty_queue_sync_unpause, err);
	ty_arena_clear(reap->arena);
	return code;
}
