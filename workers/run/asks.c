/*
 * asks.c -- what runs ask of Postgres many at a time.
 *
 *   asks_begin -> list -> batch (one statement) -> answered: the kind tells each
 *                  ^        |
 *                  +--------+ failed: Postgres away, or the batch refused (then halved)
 *
 * Invariants:
 *   (1) One statement is under way at a time, asks in the order they came; what comes meanwhile is the next batch.
 *   (2) A batch whose outcome is unknown is sent again, since it may have happened: a kind's statement answers what
 *       was done as before.
 *   (3) An ask that Postgres takes in no way is told so alone.
 *   (4) An ask that nobody waits for any more is not sent.
 */
#include "asks.h"

#include "store_wait.h"

#include <stdlib.h>
#include <uv.h>

struct asks_entry {
	struct asks_entry *next;
	asks_fn fn; /* NULL: canceled, and 'ask' is gone */
	void *ctx;
	const void *ask;
};

struct asks {
	const struct asks_kind *kind;
	void *ctx;
	struct ty_store_async *store;
	const struct ty_log *log;
	uv_timer_t soon;
	struct asks_entry *first, **last;
	struct asks_batch *asking; /* batch whose statement is under way */
	size_t limit;		   /* of the next batch; less after one was refused */
	bool is_waiting;	   /* for Postgres to recover */
	int internal_errors;
};

static void asks_send(uv_timer_t *timer);

static void
asks_send_soon(struct asks *asks)
{
	if (asks->first != NULL && asks->asking == NULL && !asks->is_waiting)
		uv_timer_start(&asks->soon, asks_send, 0, 0);
}

static struct asks_entry *
asks_take(struct asks *asks)
{
	struct asks_entry *entry = asks->first;

	asks->first = entry->next;
	if (asks->first == NULL)
		asks->last = &asks->first;
	entry->next = NULL;
	return entry;
}

static void
asks_put_back(struct asks *asks, struct asks_batch *batch)
{
	for (size_t i = batch->count; i-- > 0;) {
		struct asks_entry *entry = batch->entries[i];

		entry->next = asks->first;
		if (asks->first == NULL)
			asks->last = &entry->next;
		asks->first = entry;
	}
	batch->count = 0;
}

void
asks_batch_free(struct asks_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->entries[i]);
	ty_arena_free(batch->arena);
	free(batch);
}

/* ---- entries ---- */

const void *
asks_entry_ask(const struct asks_entry *entry)
{
	return entry->ask;
}

bool
asks_entry_is_canceled(const struct asks_entry *entry)
{
	return entry->fn == NULL;
}

/* Telling may cancel other asks of the batch: they stay in it, with no 'fn'. */
void
asks_tell(const struct asks_batch *batch, struct asks_entry *entry, const void *answer,
	  const struct ty_err *err)
{
	asks_fn fn = entry->fn;

	entry->fn = NULL;
	if (fn != NULL)
		batch->asks->kind->tell(fn, entry->ctx, answer, err);
}

/* ---- the answer ---- */

static void
asks_failed(struct asks *asks, struct asks_batch *batch, const struct ty_err *err)
{
	if (store_may_wait(err, &asks->internal_errors)) {
		asks->is_waiting = true;
		if (asks->internal_errors == 1)
			ty_log_err(asks->log, TY_LOG_ERROR, asks->kind->failing, err);
		asks_put_back(asks, batch);
	} else if (batch->count > 1) {
		asks->limit = batch->count / 2;
		asks_put_back(asks, batch);
	} else {
		asks_tell(batch, batch->entries[0], NULL, err);
	}
	asks_batch_free(batch);
}

static void
asks_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct asks_batch *batch = ctx;
	struct asks *asks = batch->asks;
	size_t limit = asks->limit * 2, limit_max = asks->kind->count_max;
	struct ty_err why = { .code = TY_OK };

	asks->asking = NULL;
	if (err == NULL && asks->kind->answer(asks->ctx, batch, rows, &why) != TY_OK)
		err = &why;
	if (err != NULL) {
		asks_failed(asks, batch, err);
	} else {
		asks->internal_errors = 0;
		asks->limit = limit < limit_max ? limit : limit_max;
	}
	asks_send_soon(asks);
}

/* ---- asking ---- */

static void
batch_fill(struct asks_batch *batch)
{
	struct asks *asks = batch->asks;
	size_t bytes = 0;

	while (asks->first != NULL && batch->count < asks->limit) {
		struct asks_entry *entry = asks->first;

		if (entry->fn == NULL) {
			free(asks_take(asks));
			continue;
		}
		bytes += asks->kind->bytes(entry->ask);
		if (batch->count > 0 && bytes > asks->kind->bytes_max)
			break;
		batch->entries[batch->count++] = asks_take(asks);
	}
}

static void
asks_send(uv_timer_t *timer)
{
	struct asks *asks = timer->data;
	struct ty_store_query query;
	struct asks_batch *batch;

	if (asks->asking != NULL || !ty_store_async_is_up(asks->store))
		return;
	batch = calloc(1, sizeof(*batch) + asks->limit * sizeof(batch->entries[0]));
	TY_ASSERT(batch != NULL);
	batch->asks = asks;
	batch->arena = ty_arena_new(NULL, asks->kind->name, 0);
	batch_fill(batch);
	if (batch->count == 0) {
		asks_batch_free(batch);
		return;
	}
	asks->asking = batch;
	asks->kind->query(batch, &query);
	ty_store_async_run(asks->store, &query, asks_answered, batch);
}

/* ---- public ---- */

void *
asks_begin(struct asks *asks, const void *ask, asks_fn fn, void *fn_ctx)
{
	struct asks_entry *entry = calloc(1, sizeof(*entry));

	TY_ASSERT(entry != NULL);
	entry->fn = fn;
	entry->ctx = fn_ctx;
	entry->ask = ask;
	*asks->last = entry;
	asks->last = &entry->next;
	asks_send_soon(asks);
	return entry;
}

/* The entry stays where it is, because list and batch look at 'fn'. */
void
asks_cancel(void *handle)
{
	struct asks_entry *entry = handle;

	entry->fn = NULL;
}

void
asks_resume(struct asks *asks)
{
	asks->is_waiting = false;
	asks_send_soon(asks);
}

struct asks *
asks_new(const struct asks_kind *kind, void *ctx, struct uv_loop_s *loop,
	 struct ty_store_async *store, const struct ty_log *log)
{
	struct asks *asks = calloc(1, sizeof(*asks));

	TY_ASSERT(asks != NULL);
	asks->kind = kind;
	asks->ctx = ctx;
	asks->store = store;
	asks->log = log;
	asks->last = &asks->first;
	asks->limit = kind->count_max;
	uv_timer_init(loop, &asks->soon);
	asks->soon.data = asks;
	return asks;
}

static void
asks_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
asks_free(struct asks *asks)
{
	if (asks == NULL)
		return;
	while (asks->first != NULL)
		free(asks_take(asks));
	uv_close((uv_handle_t *)&asks->soon, asks_closed);
}
