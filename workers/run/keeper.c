/*
 * keeper.c -- pieces and runs that are put down to Postgres, many in one statement.
 *
 *   keeper_add -> list -> batch of one kind (one statement) -> kept or fenced
 *                  ^                                       \-> failed
 *                  +--- Postgres away, or the batch refused (then halved)
 *
 * Invariants:
 *   (1) One statement is under way at a time, entries in the order they came.
 *   (2) A batch whose outcome is unknown is sent again: a piece or a wait that is there stays.
 *   (3) An entry that is gone is not sent; one that was sent keeps its memory until the answer.
 */
#include "keeper.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"

#include <stdlib.h>
#include <uv.h>

/* Runs in one statement: each has its records with it. */
#define BATCH_MAX 64

struct keeper {
	struct keeper_conf conf;
	keeper_fn fn;
	void *ctx;
	uv_timer_t soon;
	struct keeper_entry *first, **last;
	struct keeper_entry *batch[BATCH_MAX];
	size_t batch_count;
	size_t limit;	 /* entries of the next batch; fewer after one was refused */
	bool is_waiting; /* until Postgres recovers */
	int internal_errors;
};

static void keeper_send(uv_timer_t *timer);

static void
keeper_send_soon(struct keeper *keeper)
{
	if (keeper->first != NULL && keeper->batch_count == 0 && !keeper->is_waiting)
		uv_timer_start(&keeper->soon, keeper_send, 0, 0);
}

static struct keeper_entry *
keeper_take(struct keeper *keeper)
{
	struct keeper_entry *entry = keeper->first;

	keeper->first = entry->next;
	if (keeper->first == NULL)
		keeper->last = &keeper->first;
	entry->next = NULL;
	return entry;
}

static void
keeper_put_back(struct keeper *keeper)
{
	for (size_t i = keeper->batch_count; i-- > 0;) {
		struct keeper_entry *entry = keeper->batch[i];

		entry->next = keeper->first;
		if (keeper->first == NULL)
			keeper->last = &entry->next;
		keeper->first = entry;
	}
	keeper->batch_count = 0;
}

/* ---- answers ---- */

static void
keeper_settle(struct keeper *keeper, const bool *ok)
{
	size_t count = keeper->batch_count;
	struct keeper_entry *batch[BATCH_MAX];

	for (size_t i = 0; i < count; i++)
		batch[i] = keeper->batch[i];
	keeper->batch_count = 0;
	keeper->internal_errors = 0;
	keeper->limit = keeper->limit * 2 < BATCH_MAX ? keeper->limit * 2 : BATCH_MAX;
	for (size_t i = 0; i < count; i++)
		keeper->fn(keeper->ctx, batch[i], ok[i] ? KEEPER_KEPT : KEEPER_FENCED, NULL);
}

/* Postgres will never take this one. */
static void
keeper_refused(struct keeper *keeper, const struct ty_err *err)
{
	struct keeper_entry *entry = keeper->batch[0];

	ty_log_err(keeper->conf.log, TY_LOG_ERROR, "steps of a run that lasts were refused", err);
	keeper->batch_count = 0;
	keeper->fn(keeper->ctx, entry, KEEPER_REFUSED, err);
}

static void
keeper_failed(struct keeper *keeper, const struct ty_err *err)
{
	if (store_may_wait(err, &keeper->internal_errors)) {
		keeper->is_waiting = true;
		if (keeper->internal_errors == 1)
			ty_log_err(keeper->conf.log, TY_LOG_ERROR, "cannot keep steps for now",
				   err);
		keeper_put_back(keeper);
	} else if (keeper->batch_count > 1) {
		keeper->limit = keeper->batch_count / 2;
		keeper_put_back(keeper);
	} else {
		keeper_refused(keeper, err);
	}
}

static void
keeper_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct keeper *keeper = ctx;
	struct ty_err why = { 0 };
	bool ok[BATCH_MAX];

	if (err == NULL && ty_store_park_decode(rows, keeper->batch_count, ok, &why) != TY_OK)
		err = &why;
	if (err != NULL)
		keeper_failed(keeper, err);
	else
		keeper_settle(keeper, ok);
	keeper_send_soon(keeper);
}

/* ---- sending ---- */

static bool
is_park(const struct keeper_entry *entry)
{
	return entry->park.run != NULL;
}

/* Take the next entries, as long as they are of one kind. */
static void
keeper_fill(struct keeper *keeper)
{
	while (keeper->first != NULL && keeper->batch_count < keeper->limit) {
		struct keeper_entry *entry = keeper->first;

		if (!entry->is_gone && keeper->batch_count > 0 &&
		    is_park(entry) != is_park(keeper->batch[0]))
			break;
		keeper_take(keeper);
		if (entry->is_gone)
			keeper->fn(keeper->ctx, entry, KEEPER_FENCED, NULL);
		else
			keeper->batch[keeper->batch_count++] = entry;
	}
}

static void
keeper_query(struct keeper *keeper, struct ty_arena *arena, struct ty_store_query *ret_query)
{
	const struct keeper_conf *conf = &keeper->conf;
	size_t count = keeper->batch_count;
	struct ty_piece *pieces = ty_arena_alloc_array(arena, count, sizeof(*pieces));
	struct ty_park *parks = ty_arena_alloc_array(arena, count, sizeof(*parks));

	for (size_t i = 0; i < count; i++) {
		pieces[i] = keeper->batch[i]->piece;
		parks[i] = keeper->batch[i]->park;
		parks[i].piece = json_array_size(pieces[i].steps) > 0 ? &pieces[i] : NULL;
	}
	if (is_park(keeper->batch[0]))
		ty_store_park_query(arena, conf->pack, parks, count, conf->worker_name, ret_query);
	else
		ty_store_pieces_query(arena, conf->pack, pieces, count, ret_query);
}

static void
keeper_send(uv_timer_t *timer)
{
	struct keeper *keeper = timer->data;
	struct ty_store_query query;
	struct ty_arena *arena;

	if (keeper->batch_count > 0 || !ty_store_async_is_up(keeper->conf.store))
		return;
	keeper_fill(keeper);
	if (keeper->batch_count == 0)
		return;
	arena = ty_arena_new(NULL, "keep", 0);
	keeper_query(keeper, arena, &query);
	ty_store_async_run(keeper->conf.store, &query, keeper_answered, keeper);
	ty_arena_free(arena);
}

/* ---- public ---- */

void
keeper_add(struct keeper *keeper, struct keeper_entry *entry)
{
	entry->next = NULL;
	*keeper->last = entry;
	keeper->last = &entry->next;
	keeper_send_soon(keeper);
}

void
keeper_resume(struct keeper *keeper)
{
	keeper->is_waiting = false;
	keeper_send_soon(keeper);
}

struct keeper *
keeper_new(const struct keeper_conf *conf, keeper_fn fn, void *ctx)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));

	TY_ASSERT(keeper != NULL);
	keeper->conf = *conf;
	keeper->fn = fn;
	keeper->ctx = ctx;
	keeper->last = &keeper->first;
	keeper->limit = BATCH_MAX;
	uv_timer_init(conf->loop, &keeper->soon);
	keeper->soon.data = keeper;
	return keeper;
}

static void
keeper_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
keeper_free(struct keeper *keeper)
{
	if (keeper == NULL)
		return;
	while (keeper->first != NULL)
		keeper->fn(keeper->ctx, keeper_take(keeper), KEEPER_FENCED, NULL);
	uv_close((uv_handle_t *)&keeper->soon, keeper_closed);
}
