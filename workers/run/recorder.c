/*
 * recorder.c -- finished runs to Postgres, many in one statement; then their leases.
 *
 *   recorder_add -> list -> batch (one statement) -> written: released, gone
 *                    ^                          \-> not written (fenced): gone
 *                    +--- failed: Postgres away, or the batch refused
 *
 * Invariants:
 *   (1) One statement is under way at a time; what finishes meanwhile is the next batch.
 *   (2) A batch whose outcome is unknown is sent again: recording is idempotent by run and fence.
 *   (3) A refused batch is halved until the run at fault is alone; that one is recorded as an
 *       error without its steps, and where even that is refused it is buried.  So no run is
 *       lost and none keeps others waiting.
 *
 * Each run in the list holds a reference to its job; a job that is gone meanwhile is skipped.
 */
#include "worker.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "conf/conf.h"
#include "json/json.h"

#include <stdlib.h>

/* Runs in one statement: beyond a few hundred a larger batch gains nothing and delays all. */
#define BATCH_MAX 256
/*
 * A statement costs Postgres far more than a row in it does, so
 * under load two are sent no closer than this, unless so many runs wait.  A lone run does not wait.
 * A worker whose places are mostly taken has a queue before it: there a run that waits a little
 * longer for company costs nobody anything, and a slow script's runs go in tens, not in twos.
 */
#define LINGER_MS      10
#define LINGER_FULL_MS 50
#define LINGER_COUNT   64
/* Data in one statement, unless one run has more. */
#define BATCH_BYTES (16 * 1024 * 1024)

struct recorder {
	struct worker *worker;
	uv_timer_t soon;
	struct job *first, **last;
	size_t count;		      /* in the list */
	int64_t sent_ms;	      /* when the last statement was sent */
	struct job *batch[BATCH_MAX]; /* under way */
	size_t batch_count;
	size_t limit;	 /* of the next batch; less after one was refused */
	bool is_waiting; /* for Postgres to recover */
	int odd_tries;
};

static void recorder_send(uv_timer_t *timer);

static int64_t
recorder_linger_ms(const struct recorder *recorder)
{
	const struct worker *worker = recorder->worker;

	return 2 * worker->job_count > (size_t)worker->conf->run_max ? LINGER_FULL_MS : LINGER_MS;
}

/* A turn later at the earliest, so that all that finish in this one go together. */
static void
recorder_send_soon(struct recorder *recorder)
{
	int64_t wait_ms = recorder->sent_ms + recorder_linger_ms(recorder) - ty_time_mono_ms();

	if (recorder->first == NULL || recorder->batch_count > 0 || recorder->is_waiting ||
	    recorder->worker->is_stopped)
		return;
	if (wait_ms < 0 || recorder->count >= LINGER_COUNT)
		wait_ms = 0;
	uv_timer_start(&recorder->soon, recorder_send, (uint64_t)wait_ms, 0);
}

static struct job *
recorder_take(struct recorder *recorder)
{
	struct job *job = recorder->first;

	recorder->first = job->next_record;
	if (recorder->first == NULL)
		recorder->last = &recorder->first;
	job->next_record = NULL;
	recorder->count--;
	return job;
}

static void
recorder_put_back(struct recorder *recorder)
{
	for (size_t i = recorder->batch_count; i-- > 0;) {
		struct job *job = recorder->batch[i];

		job->next_record = recorder->first;
		if (recorder->first == NULL)
			recorder->last = &job->next_record;
		recorder->first = job;
		recorder->count++;
	}
	recorder->batch_count = 0;
}

/* ---- answers ---- */

static void
recorder_settle(struct recorder *recorder, const struct ty_record_outcome *outcomes)
{
	struct worker *worker = recorder->worker;
	struct ty_hold holds[BATCH_MAX];
	size_t count = 0;

	for (size_t i = 0; i < recorder->batch_count; i++) {
		struct job *job = recorder->batch[i];

		worker->run_count += outcomes[i].written;
		if (outcomes[i].payloads_over)
			ty_log_warn(worker->log, "payload quota is used up", "workspace=%s run=%s",
				    job->hold.workspace_id.s, job->hold.run_id.s);
		if (!outcomes[i].written)
			job_lose(job);
		else if (job->state != JOB_GONE)
			holds[count++] = job->hold;
	}
	if (count > 0)
		job_release(worker, holds, count);
	for (size_t i = 0; i < recorder->batch_count; i++) {
		job_drop(recorder->batch[i]);
		job_unref(recorder->batch[i]);
	}
	recorder->batch_count = 0;
	recorder->odd_tries = 0;
	recorder->limit = recorder->limit * 2 < BATCH_MAX ? recorder->limit * 2 : BATCH_MAX;
}

/* The one run at fault: once more with nothing but the reason; then for people to look at. */
static void
recorder_refused(struct recorder *recorder, struct job *job, const struct ty_err *err)
{
	struct ty_err why = *err;

	if (job->state == JOB_GONE)
		return;
	if (job->record_tries++ > 0) {
		job_bury(job, err);
		return;
	}
	ty_err_wrap(&why, "The run ended as %s but its record was refused", job->record.status);
	ty_log_err(recorder->worker->log, TY_LOG_ERROR, "record refused", &why);
	job_fail_record(job, &why);
}

static void
recorder_failed(struct recorder *recorder, const struct ty_err *err)
{
	if (job_may_wait(err, &recorder->odd_tries)) {
		recorder->is_waiting = true;
		if (recorder->odd_tries == 1)
			ty_log_err(recorder->worker->log, TY_LOG_ERROR, "cannot record for now",
				   err);
	} else if (recorder->batch_count > 1) {
		recorder->limit = recorder->batch_count / 2;
	} else {
		recorder->limit = 1;
		recorder_refused(recorder, recorder->batch[0], err);
	}
	recorder_put_back(recorder);
}

static void
recorder_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct recorder *recorder = ctx;
	struct ty_record_outcome outcomes[BATCH_MAX];
	struct ty_err why = { 0 };

	if (err == NULL &&
	    ty_store_record_decode(rows, recorder->batch_count, outcomes, &why) != TY_OK)
		err = &why;
	if (err != NULL)
		recorder_failed(recorder, err);
	else
		recorder_settle(recorder, outcomes);
	recorder_send_soon(recorder);
}

/* ---- sending ---- */

static size_t
recorder_size_bytes(const struct job *job)
{
	size_t bytes = ty_json_size_bytes(job->record.steps);

	for (size_t i = 0; i < job->record.payload_count; i++)
		bytes += job->record.payloads[i].len;
	return bytes;
}

/* Fill the batch from the list. */
static void
recorder_fill(struct recorder *recorder)
{
	size_t bytes = 0;

	while (recorder->first != NULL && recorder->batch_count < recorder->limit) {
		struct job *job = recorder->first;

		if (job->state == JOB_GONE) {
			job_unref(recorder_take(recorder));
			continue;
		}
		bytes += recorder_size_bytes(job);
		if (recorder->batch_count > 0 && bytes > BATCH_BYTES)
			break;
		recorder->batch[recorder->batch_count++] = recorder_take(recorder);
	}
}

static void
recorder_send(uv_timer_t *timer)
{
	struct recorder *recorder = timer->data;
	struct worker *worker = recorder->worker;
	struct ty_record_run *runs;
	struct ty_store_query query;
	struct ty_arena *arena;

	if (recorder->batch_count > 0 || !ty_store_async_is_up(worker->store))
		return;
	recorder_fill(recorder);
	if (recorder->batch_count == 0)
		return;
	recorder->sent_ms = ty_time_mono_ms();
	arena = ty_arena_new(NULL, "record", 0);
	runs = ty_arena_alloc_array(arena, recorder->batch_count, sizeof(*runs));
	for (size_t i = 0; i < recorder->batch_count; i++)
		runs[i] = recorder->batch[i]->record;
	ty_store_record_query(arena, worker->pack, runs, recorder->batch_count, worker->name,
			      &query);
	ty_store_async_run(worker->store, &query, recorder_answered, recorder);
	ty_arena_free(arena);
}

/* ---- public ---- */

void
recorder_add(struct recorder *recorder, struct job *job)
{
	job_ref(job);
	*recorder->last = job;
	recorder->last = &job->next_record;
	recorder->count++;
	recorder_send_soon(recorder);
}

void
recorder_resume(struct recorder *recorder)
{
	recorder->is_waiting = false;
	recorder_send_soon(recorder);
}

struct recorder *
recorder_new(struct worker *worker)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	TY_ASSERT(recorder != NULL);
	recorder->worker = worker;
	recorder->last = &recorder->first;
	recorder->limit = BATCH_MAX;
	uv_timer_init(&worker->loop, &recorder->soon);
	recorder->soon.data = recorder;
	return recorder;
}

static void
recorder_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
recorder_free(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	while (recorder->first != NULL)
		job_unref(recorder_take(recorder));
	uv_close((uv_handle_t *)&recorder->soon, recorder_closed);
}
