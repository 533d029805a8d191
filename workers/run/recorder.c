/*
 * recorder.c -- finished runs to Postgres, many in one statement.
 *
 *   recorder_add -> list -> batch (one statement) -> settled, written or fenced: done
 *                    ^                          \-> failed
 *                    +--- Postgres away, or the batch refused
 *
 * Invariants:
 *   (1) One statement is under way at a time; what finishes meanwhile is the next batch.
 *   (2) A batch whose outcome is unknown is sent again: recording is idempotent by run and fence.
 *   (3) A refused batch is halved until the run at fault is alone; that one is 'refused', so
 *       that it becomes an error without steps, and where even that is refused it is 'hopeless'.
 *       So no run is lost and none keeps others waiting.
 *   (4) Every entry is done once, and not before the statement that has it was answered.
 */
#include "recorder.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "json/json.h"

#include <stdlib.h>
#include <uv.h>

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
	struct recorder_conf conf;
	const struct recorder_ops *ops;
	void *ctx;
	uv_timer_t soon;
	struct recorder_entry *first, **last;
	size_t count;				 /* in the list */
	int64_t sent_ms;			 /* when the last statement was sent */
	struct recorder_entry *batch[BATCH_MAX]; /* under way */
	size_t batch_count;
	size_t limit;	 /* entries of the next batch; fewer after one was refused */
	bool is_waiting; /* until Postgres recovers */
	int internal_errors;
};

static void recorder_send(uv_timer_t *timer);

static int64_t
recorder_linger_ms(const struct recorder *recorder)
{
	return recorder->ops->is_busy(recorder->ctx) ? LINGER_FULL_MS : LINGER_MS;
}

/* A turn later at the earliest, so that all that finish in this one go together. */
static void
recorder_send_soon(struct recorder *recorder)
{
	int64_t wait_ms = recorder->sent_ms + recorder_linger_ms(recorder) - ty_time_mono_ms();

	if (recorder->first == NULL || recorder->batch_count > 0 || recorder->is_waiting)
		return;
	if (wait_ms < 0 || recorder->count >= LINGER_COUNT)
		wait_ms = 0;
	uv_timer_start(&recorder->soon, recorder_send, (uint64_t)wait_ms, 0);
}

static struct recorder_entry *
recorder_take(struct recorder *recorder)
{
	struct recorder_entry *entry = recorder->first;

	recorder->first = entry->next;
	if (recorder->first == NULL)
		recorder->last = &recorder->first;
	entry->next = NULL;
	recorder->count--;
	return entry;
}

static void
recorder_put_back(struct recorder *recorder)
{
	for (size_t i = recorder->batch_count; i-- > 0;) {
		struct recorder_entry *entry = recorder->batch[i];

		entry->next = recorder->first;
		if (recorder->first == NULL)
			recorder->last = &entry->next;
		recorder->first = entry;
		recorder->count++;
	}
	recorder->batch_count = 0;
}

/* ---- answers ---- */

static void
recorder_settle(struct recorder *recorder, const struct ty_record_outcome *outcomes)
{
	recorder->ops->settled(recorder->ctx, recorder->batch, outcomes, recorder->batch_count);
	for (size_t i = 0; i < recorder->batch_count; i++)
		recorder->ops->done(recorder->ctx, recorder->batch[i]);
	recorder->batch_count = 0;
	recorder->internal_errors = 0;
	recorder->limit = recorder->limit * 2 < BATCH_MAX ? recorder->limit * 2 : BATCH_MAX;
}

/* The one run at fault: once more with nothing but the reason; then for people to look at. */
static void
recorder_refused(struct recorder *recorder, struct recorder_entry *entry, const struct ty_err *err)
{
	struct ty_err why = *err;

	if (entry->is_gone)
		return;
	if (entry->tries++ > 0) {
		recorder->ops->hopeless(recorder->ctx, entry, err);
		return;
	}
	ty_err_wrap(&why, "The run ended as %s but its record was refused", entry->run.status);
	ty_log_err(recorder->conf.log, TY_LOG_ERROR, "record refused", &why);
	recorder->ops->refused(recorder->ctx, entry, &why);
}

static void
recorder_failed(struct recorder *recorder, const struct ty_err *err)
{
	if (store_may_wait(err, &recorder->internal_errors)) {
		recorder->is_waiting = true;
		if (recorder->internal_errors == 1)
			ty_log_err(recorder->conf.log, TY_LOG_ERROR, "cannot record for now", err);
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
recorder_size_bytes(const struct ty_record_run *run)
{
	size_t bytes = ty_json_size_bytes(run->steps);

	for (size_t i = 0; i < run->payload_count; i++)
		bytes += run->payloads[i].len;
	return bytes;
}

/* Fill the batch from the list. */
static void
recorder_fill(struct recorder *recorder)
{
	size_t bytes = 0;

	while (recorder->first != NULL && recorder->batch_count < recorder->limit) {
		struct recorder_entry *entry = recorder->first;

		if (entry->is_gone) {
			recorder->ops->done(recorder->ctx, recorder_take(recorder));
			continue;
		}
		bytes += recorder_size_bytes(&entry->run);
		if (recorder->batch_count > 0 && bytes > BATCH_BYTES)
			break;
		recorder->batch[recorder->batch_count++] = recorder_take(recorder);
	}
}

static void
recorder_send(uv_timer_t *timer)
{
	struct recorder *recorder = timer->data;
	const struct recorder_conf *conf = &recorder->conf;
	struct ty_record_run *runs;
	struct ty_store_query query;
	struct ty_arena *arena;

	if (recorder->batch_count > 0 || !ty_store_async_is_up(conf->store))
		return;
	recorder_fill(recorder);
	if (recorder->batch_count == 0)
		return;
	recorder->sent_ms = ty_time_mono_ms();
	arena = ty_arena_new(NULL, "record", 0);
	runs = ty_arena_alloc_array(arena, recorder->batch_count, sizeof(*runs));
	for (size_t i = 0; i < recorder->batch_count; i++)
		runs[i] = recorder->batch[i]->run;
	ty_store_record_query(arena, conf->pack, runs, recorder->batch_count, conf->worker_name,
			      &query);
	ty_store_async_run(conf->store, &query, recorder_answered, recorder);
	ty_arena_free(arena);
}

/* ---- public ---- */

void
recorder_add(struct recorder *recorder, struct recorder_entry *entry)
{
	*recorder->last = entry;
	recorder->last = &entry->next;
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
recorder_new(const struct recorder_conf *conf, const struct recorder_ops *ops, void *ctx)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	TY_ASSERT(recorder != NULL);
	recorder->conf = *conf;
	recorder->ops = ops;
	recorder->ctx = ctx;
	recorder->last = &recorder->first;
	recorder->limit = BATCH_MAX;
	uv_timer_init(conf->loop, &recorder->soon);
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
		recorder->ops->done(recorder->ctx, recorder_take(recorder));
	uv_close((uv_handle_t *)&recorder->soon, recorder_closed);
}
