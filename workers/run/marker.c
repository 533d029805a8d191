/*
 * marker.c -- runs that last, shown as running.
 *
 * Short runs are never marked: their one row is written when they are over.  One
 * statement is under way at a time; a mark that fails is tried again at the next look.
 */
#include "worker.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

#include <stdlib.h>

/* A run that has lasted so long is worth a row of its own. */
#define LASTS_MS  1000
#define BATCH_MAX 256

struct marker {
	struct worker *worker;
	struct job *batch[BATCH_MAX]; /* under way */
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
		ty_log_err(marker->worker->log, TY_LOG_WARN, "cannot mark runs", err);
	for (size_t i = 0; i < marker->batch_count; i++) {
		struct job *job = marker->batch[i];

		job->is_marked = err == NULL;
		/* Finished by another, or somebody newer has it.  One that is being recorded is
		 * left to the fence. */
		if (err == NULL && !ok[i] && job->state == JOB_RUN)
			job_lose(job);
		job_unref(job);
	}
	marker->batch_count = 0;
}

static void
marker_fill(struct marker *marker)
{
	int64_t before_ms = ty_time_mono_ms() - LASTS_MS;

	for (struct job *job = marker->worker->jobs; job != NULL && marker->batch_count < BATCH_MAX;
	     job = job->next) {
		if (job->leased_ms > before_ms)
			break; /* oldest first */
		if (job->state != JOB_RUN || job->is_marked)
			continue;
		job_ref(job);
		marker->batch[marker->batch_count++] = job;
	}
}

void
marker_look(struct marker *marker)
{
	struct worker *worker = marker->worker;
	struct ty_record_run *runs;
	struct ty_store_query query;
	struct ty_arena *arena;

	if (marker->batch_count > 0 || !ty_store_async_is_up(worker->store))
		return;
	marker_fill(marker);
	if (marker->batch_count == 0)
		return;
	arena = ty_arena_new(NULL, "mark", 0);
	runs = ty_arena_alloc_array(arena, marker->batch_count, sizeof(*runs));
	for (size_t i = 0; i < marker->batch_count; i++) {
		runs[i] = marker->batch[i]->record;
		runs[i].status = "running";
	}
	ty_store_mark_query(arena, runs, marker->batch_count, worker->name, &query);
	ty_store_async_run(worker->store, &query, marker_answered, marker);
	ty_arena_free(arena);
}

struct marker *
marker_new(struct worker *worker)
{
	struct marker *marker = calloc(1, sizeof(*marker));

	TY_ASSERT(marker != NULL);
	marker->worker = worker;
	return marker;
}

void
marker_free(struct marker *marker)
{
	if (marker == NULL)
		return;
	free(marker);
}
