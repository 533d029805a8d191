/*
 * queued.c -- see queued.h.
 */
#include "intake/queued.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "store/execution_list.h"
#include "store/pause.h"

/* Runs of one call, few because others wait for the queue's connection meanwhile. */
#define SOME 200
/* Receipts this young may have their job on the way; older ones without one were lost by Redis. */
#define YOUNG_MS 10000

static bool
is_to_cancel(enum ty_known known, const struct ty_id *id)
{
	return known == TY_KNOWN_QUEUED ||
	       (known == TY_KNOWN_NOTHING && ty_id_time_ms(id) < ty_time_now_ms() - YOUNG_MS);
}

static enum ty_code
cancel_one(struct ty_tx *tx, struct ty_queue_sync *queue, const struct ty_id *id,
	   struct ty_err *err)
{
	enum ty_queue_stopped stopped;

	if (ty_queue_sync_stop(queue, id, &stopped, err) != TY_OK)
		return err->code;
	return stopped == TY_QUEUE_MARKED ? TY_OK : ty_store_execution_cancel_queued(tx, id, err);
}

enum ty_code
ty_queued_cancel_some(struct ty_tx *tx, struct ty_queue_sync *queue,
		      const struct ty_id *workflow_id, struct ty_queued_walk *walk,
		      struct ty_err *err)
{
	enum ty_known known[SOME];
	struct ty_id *ids;
	size_t count;

	if (ty_store_queued_runs(tx, workflow_id, ty_id_is_set(&walk->after) ? &walk->after : NULL,
				 SOME, &ids, &count, err) != TY_OK ||
	    ty_queue_sync_known(queue, ids, count, known, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		walk->after = ids[i];
		if (!is_to_cancel(known[i], &ids[i]))
			continue;
		if (cancel_one(tx, queue, &ids[i], err) != TY_OK)
			return err->code;
		walk->canceled++;
	}
	walk->is_over = count < SOME;
	return TY_OK;
}

enum ty_code
ty_queued_cancel_below(struct ty_tx *tx, struct ty_queue_sync *queue, struct ty_err *err)
{
	struct ty_id *ids;
	size_t count;

	if (ty_store_due_cancel_ids(tx, SOME, &ids, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		enum ty_queue_stopped stopped;

		if (ty_queue_sync_stop(queue, &ids[i], &stopped, err) != TY_OK) {
			ty_err_clear(err);
			return TY_OK;
		}
		if (stopped != TY_QUEUE_MARKED &&
		    ty_store_execution_cancel_queued(tx, &ids[i], err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}
