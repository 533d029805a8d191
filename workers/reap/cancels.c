/*
 * cancels.c -- runs that are canceled because the run that called them was.
 *
 * A worker that has one is told, and records its end itself; the end of one that nobody has is recorded
 * here.  What is not over by then is looked at again in the next pass.
 */
#include "reap.h"

#include "base/arena.h"
#include "store/call.h"

/* In one pass, each a round trip or two. */
#define PASS_MAX 200

static enum ty_code
cancel(struct reap *reap, const struct ty_due_cancel *due, struct ty_err *err)
{
	enum ty_queue_stopped stopped;
	struct ty_store_query query;
	struct ty_rows rows;

	if (ty_queue_sync_stop(reap->queue, &due->run_id, &stopped, err) != TY_OK)
		return err->code;
	if (stopped == TY_QUEUE_MARKED)
		return TY_OK;
	ty_store_cancel_run_query(due, &query);
	return reap_query(reap, &query, &rows, err);
}

enum ty_code
reap_cancels(struct reap *reap, struct ty_err *err)
{
	struct ty_due_cancel *list;
	struct ty_store_query query;
	struct ty_rows rows;
	size_t count;

	ty_store_due_cancels_query(reap->arena, PASS_MAX, &query);
	if (reap_query(reap, &query, &rows, err) != TY_OK ||
	    ty_store_due_cancels_decode(reap->arena, &rows, &list, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count && !reap_should_stop(reap); i++)
		if (cancel(reap, &list[i], err) != TY_OK)
			return err->code;
	if (count > 0)
		ty_log_debug(reap->log, "runs of canceled callers are canceled", "count=%zu",
			     count);
	return TY_OK;
}
