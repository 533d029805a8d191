/*
 * states.c -- kept values that runs ask for: to Postgres, many in one statement (asks.h).
 */
#include "states.h"

#include "asks.h"
#include "store/state.h"

#include <string.h>

/* Asks in one statement.  What a run has under way is fewer (TY_LIMIT_RUN_CALLS), so these are of several runs, whose
 * workspaces are locked together. */
#define BATCH_MAX   32
#define BATCH_BYTES ((size_t)4 * 1024 * 1024)

static size_t
state_bytes(const void *ptr)
{
	const struct ty_state_ask *ask = ptr;

	return strlen(ask->op) + (ask->value != NULL ? strlen(ask->value) : 0);
}

static void
states_query(struct asks_batch *batch, struct ty_store_query *ret_query)
{
	const struct ty_state_ask *asks[BATCH_MAX];

	for (size_t i = 0; i < batch->count; i++)
		asks[i] = asks_entry_ask(batch->entries[i]);
	ty_store_states_query(batch->arena, asks, batch->count, ret_query);
}

static enum ty_code
states_answer(void *ctx, struct asks_batch *batch, const struct ty_rows *rows, struct ty_err *err)
{
	struct ty_err fenced = { .code = TY_OK };
	const json_t **answers;

	(void)ctx;
	if (ty_store_states_decode(batch->arena, rows, batch->count, &answers, err) != TY_OK)
		return err->code;
	ty_err_set(&fenced, TY_E_CANCELED, "The run is another worker's");
	ty_err_hint(&fenced, "Look at it again.");
	for (size_t i = 0; i < batch->count; i++)
		asks_tell(batch, batch->entries[i], answers[i],
			  answers[i] == NULL ? &fenced : NULL);
	asks_batch_free(batch);
	return TY_OK;
}

static void
state_tell(asks_fn fn, void *fn_ctx, const void *answer, const struct ty_err *err)
{
	((ty_service_fn)fn)(fn_ctx, answer, err);
}

static const struct asks_kind states_kind = {
	.name = "states",
	.failing = "cannot ask for kept values for now",
	.count_max = BATCH_MAX,
	.bytes_max = BATCH_BYTES,
	.bytes = state_bytes,
	.query = states_query,
	.answer = states_answer,
	.tell = state_tell,
};

static void *
states_ask(void *ctx, const struct ty_state_ask *ask, ty_service_fn fn, void *fn_ctx)
{
	return asks_begin(ctx, ask, (asks_fn)fn, fn_ctx);
}

static const struct ty_state_io states_io = { .ask = states_ask, .cancel = asks_cancel };

struct asks *
states_new(struct uv_loop_s *loop, struct ty_store_async *store, const struct ty_log *log,
	   struct ty_service_means *means)
{
	struct asks *asks = asks_new(&states_kind, NULL, loop, store, log);

	means->states = &states_io;
	means->states_ctx = asks;
	return asks;
}
