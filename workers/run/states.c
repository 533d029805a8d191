/*
 * states.c -- kept values that runs ask for: to Postgres, many in one statement.
 *
 *   states_ask -> list -> batch (one statement) -> told
 *                  ^          |
 *                  +----------+ failed: Postgres away, or the batch refused (then halved)
 *
 * Invariants:
 *   (1) One statement is under way at a time, asks in the order they came; what comes meanwhile is the next batch.
 *   (2) A batch whose outcome is unknown is sent again, since writes may have happened: they are answered as before.
 *   (3) An ask that Postgres takes in no way is told so alone.
 *   (4) An ask that nobody waits for any more is not sent.
 */
#include "states.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/state.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Asks in one statement.  What a run has under way is fewer (TY_LIMIT_RUN_CALLS), so these are of several runs, whose
 * workspaces are locked together. */
#define BATCH_MAX 32
/* Bytes of one statement, unless one ask has more. */
#define BATCH_BYTES (4 * 1024 * 1024)

typedef ty_service_fn states_fn;

struct entry {
	struct entry *next;
	states_fn fn; /* NULL: canceled, and 'ask' is gone */
	void *ctx;
	const struct ty_state_ask *ask;
};

struct batch {
	struct states *states;
	struct ty_arena *arena;
	struct entry *entries[BATCH_MAX];
	size_t count;
};

struct states {
	struct ty_store_async *store;
	const struct ty_log *log;
	uv_timer_t soon;
	struct entry *first, **last;
	struct batch *asking; /* batch whose statement is under way */
	size_t limit;	      /* of the next batch; less after one was refused */
	bool is_waiting;      /* for Postgres to recover */
	int internal_errors;
};

static void states_send(uv_timer_t *timer);

static void
states_send_soon(struct states *states)
{
	if (states->first != NULL && states->asking == NULL && !states->is_waiting)
		uv_timer_start(&states->soon, states_send, 0, 0);
}

static struct entry *
states_take(struct states *states)
{
	struct entry *entry = states->first;

	states->first = entry->next;
	if (states->first == NULL)
		states->last = &states->first;
	entry->next = NULL;
	return entry;
}

static void
states_put_back(struct states *states, struct batch *batch)
{
	for (size_t i = batch->count; i-- > 0;) {
		struct entry *entry = batch->entries[i];

		entry->next = states->first;
		if (states->first == NULL)
			states->last = &entry->next;
		states->first = entry;
	}
	batch->count = 0;
}

static void
batch_free(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->entries[i]);
	ty_arena_free(batch->arena);
	free(batch);
}

/* Telling may cancel other asks of the batch: they stay in it, with no 'fn'. */
static void
entry_tell(struct entry *entry, const json_t *answer, const struct ty_err *err)
{
	states_fn fn = entry->fn;

	entry->fn = NULL;
	if (fn != NULL)
		fn(entry->ctx, answer, err);
}

/* ---- the answer ---- */

static void
batch_settle(struct batch *batch, const json_t *const *answers)
{
	struct ty_err fenced = { .code = TY_OK };

	ty_err_set(&fenced, TY_E_CANCELED, "The run is another worker's");
	ty_err_hint(&fenced, "Look at it again.");
	for (size_t i = 0; i < batch->count; i++)
		entry_tell(batch->entries[i], answers[i], answers[i] == NULL ? &fenced : NULL);
	batch_free(batch);
}

static void
states_failed(struct states *states, struct batch *batch, const struct ty_err *err)
{
	if (store_may_wait(err, &states->internal_errors)) {
		states->is_waiting = true;
		if (states->internal_errors == 1)
			ty_log_err(states->log, TY_LOG_ERROR, "cannot ask for kept values for now",
				   err);
		states_put_back(states, batch);
	} else if (batch->count > 1) {
		states->limit = batch->count / 2;
		states_put_back(states, batch);
	} else {
		entry_tell(batch->entries[0], NULL, err);
	}
	batch_free(batch);
}

static void
states_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct batch *batch = ctx;
	struct states *states = batch->states;
	struct ty_err why = { .code = TY_OK };
	const json_t **answers;

	states->asking = NULL;
	if (err == NULL &&
	    ty_store_states_decode(batch->arena, rows, batch->count, &answers, &why) != TY_OK)
		err = &why;
	if (err != NULL) {
		states_failed(states, batch, err);
	} else {
		states->internal_errors = 0;
		states->limit = states->limit * 2 < BATCH_MAX ? states->limit * 2 : BATCH_MAX;
		batch_settle(batch, answers);
	}
	states_send_soon(states);
}

/* ---- asking ---- */

static size_t
ask_bytes(const struct ty_state_ask *ask)
{
	return strlen(ask->op) + (ask->value != NULL ? strlen(ask->value) : 0);
}

static void
batch_fill(struct batch *batch)
{
	struct states *states = batch->states;
	size_t bytes = 0;

	while (states->first != NULL && batch->count < states->limit) {
		struct entry *entry = states->first;

		if (entry->fn == NULL) {
			free(states_take(states));
			continue;
		}
		bytes += ask_bytes(entry->ask);
		if (batch->count > 0 && bytes > BATCH_BYTES)
			break;
		batch->entries[batch->count++] = states_take(states);
	}
}

static void
states_send(uv_timer_t *timer)
{
	struct states *states = timer->data;
	const struct ty_state_ask *asks[BATCH_MAX];
	struct ty_store_query query;
	struct batch *batch;

	if (states->asking != NULL || !ty_store_async_is_up(states->store))
		return;
	batch = calloc(1, sizeof(*batch));
	TY_ASSERT(batch != NULL);
	batch->states = states;
	batch->arena = ty_arena_new(NULL, "states", 0);
	batch_fill(batch);
	if (batch->count == 0) {
		batch_free(batch);
		return;
	}
	for (size_t i = 0; i < batch->count; i++)
		asks[i] = batch->entries[i]->ask;
	states->asking = batch;
	ty_store_states_query(batch->arena, asks, batch->count, &query);
	ty_store_async_run(states->store, &query, states_answered, batch);
}

/* ---- public ---- */

static void *
states_ask(void *ctx, const struct ty_state_ask *ask, states_fn fn, void *fn_ctx)
{
	struct states *states = ctx;
	struct entry *entry = calloc(1, sizeof(*entry));

	TY_ASSERT(entry != NULL);
	entry->fn = fn;
	entry->ctx = fn_ctx;
	entry->ask = ask;
	*states->last = entry;
	states->last = &entry->next;
	states_send_soon(states);
	return entry;
}

/* The entry stays where it is, because list and batch look at 'fn'. */
static void
states_cancel(void *handle)
{
	struct entry *entry = handle;

	entry->fn = NULL;
}

static const struct ty_state_io states_io = { .ask = states_ask, .cancel = states_cancel };

void
states_resume(struct states *states)
{
	states->is_waiting = false;
	states_send_soon(states);
}

struct states *
states_new(struct uv_loop_s *loop, struct ty_store_async *store, const struct ty_log *log,
	   struct ty_service_means *means)
{
	struct states *states = calloc(1, sizeof(*states));

	TY_ASSERT(states != NULL);
	states->store = store;
	states->log = log;
	states->last = &states->first;
	states->limit = BATCH_MAX;
	uv_timer_init(loop, &states->soon);
	states->soon.data = states;
	means->states = &states_io;
	means->states_ctx = states;
	return states;
}

static void
states_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
states_free(struct states *states)
{
	if (states == NULL)
		return;
	while (states->first != NULL)
		free(states_take(states));
	uv_close((uv_handle_t *)&states->soon, states_closed);
}
