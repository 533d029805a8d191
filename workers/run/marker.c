/*
 * marker.c -- runs that last, shown as running.
 *
 * Short runs are never marked: their one row is written when they are over.  One
 * statement is under way at a time; a mark that fails is tried again at the next look.
 */
#include "marker.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

#include <stdlib.h>

/* A run that has lasted so long is worth a row of its own. */
#define LASTS_MS  1000
#define BATCH_MAX 256

struct marker {
	struct ty_store_async *store;
	const char *worker_name;
	const struct ty_log *log;
	const struct marker_ops *ops;
	void *ctx;
	void *batch[BATCH_MAX]; /* under way */
	size_t batch_count;
};

static void
marker_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct marker *marker = ctx;
	struct ty_err why = { 0 };
	bool ok[BATCH_MAX];

	if (err == NULL && ty_store_mark_decode(rows, marker->batch_count, ok, &why) != TY_OK)
		err = &why;
	if (err != NULL && err->code != TY_E_UNAVAILABLE && err->code != TY_E_CONFLICT)
		ty_log_err(marker->log, TY_LOG_WARN, "cannot mark runs", err);
	for (size_t i = 0; i < marker->batch_count; i++)
		marker->ops->marked(marker->batch[i], err != NULL ? MARKER_FAILED
						      : ok[i]	  ? MARKER_MARKED
								  : MARKER_FENCED);
	marker->batch_count = 0;
}

void
marker_look(struct marker *marker)
{
	struct ty_record_run *runs;
	struct ty_store_query query;
	struct ty_arena *arena;

	if (marker->batch_count > 0 || !ty_store_async_is_up(marker->store))
		return;
	marker->batch_count = marker->ops->pick(marker->ctx, ty_time_mono_ms() - LASTS_MS,
						BATCH_MAX, marker->batch);
	if (marker->batch_count == 0)
		return;
	arena = ty_arena_new(NULL, "mark", 0);
	runs = ty_arena_alloc_array(arena, marker->batch_count, sizeof(*runs));
	for (size_t i = 0; i < marker->batch_count; i++) {
		runs[i] = *marker->ops->record(marker->batch[i]);
		runs[i].status = "running";
	}
	ty_store_mark_query(arena, runs, marker->batch_count, marker->worker_name, &query);
	ty_store_async_run(marker->store, &query, marker_answered, marker);
	ty_arena_free(arena);
}

struct marker *
marker_new(struct ty_store_async *store, const char *worker_name, const struct ty_log *log,
	   const struct marker_ops *ops, void *ctx)
{
	struct marker *marker = calloc(1, sizeof(*marker));

	TY_ASSERT(marker != NULL);
	*marker = (struct marker){
		.store = store, .worker_name = worker_name, .log = log, .ops = ops, .ctx = ctx
	};
	return marker;
}

void
marker_free(struct marker *marker)
{
	free(marker);
}
