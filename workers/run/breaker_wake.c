/*
 * breaker_wake.c -- see breaker_wake.h.
 *
 * Each worker of the lane does it, because none knows whose runs are being put down; a wait ends once.
 */
#include "breaker_wake.h"

#include "breakers.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "store/breaker.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

/* A run that was refused is put down within that time, as a rule. */
#define LATER_MS 1000
/* Closed within that time.  Runs of more of them wait their delay. */
#define CLOSED_MAX 64

struct closed {
	char scope[64], what[BREAKER_WHAT_SIZE];
};

struct breaker_wake {
	struct ty_store_async *store;
	const struct ty_log *log;
	uv_timer_t later;
	struct closed closed[CLOSED_MAX];
	size_t count;
};

static void
wake_done(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct breaker_wake *wake = ctx;

	if (err != NULL)
		ty_log_err(wake->log, TY_LOG_WARN, "runs wait longer than their breaker", err);
	else if (ty_rows_int(rows, 0, 0) > 0)
		ty_log_info(wake->log, "a breaker has closed: runs go on", "runs=%lld",
			    (long long)ty_rows_int(rows, 0, 0));
}

static void
wake_later(uv_timer_t *timer)
{
	struct breaker_wake *wake = timer->data;
	struct ty_arena *arena = ty_arena_new(NULL, "wake", 0);

	for (size_t i = 0; i < wake->count; i++) {
		const struct closed *closed = &wake->closed[i];
		bool is_operators = ty_str_eq(closed->scope, TY_BREAKER_OPERATOR);
		const struct ty_store_breaker_hold hold = {
			.workspace = is_operators ? NULL : closed->scope,
			.what = closed->what,
			.why = "",
			.by = "",
		};
		struct ty_store_query query;

		ty_store_breaker_wake_query(arena, &hold, &query);
		ty_store_async_run(wake->store, &query, wake_done, wake);
	}
	wake->count = 0;
	ty_arena_free(arena);
}

void
breaker_wake_closed(void *ctx, const char *scope, const char *what)
{
	struct breaker_wake *wake = ctx;

	for (size_t i = 0; i < wake->count; i++)
		if (ty_str_eq(wake->closed[i].scope, scope) &&
		    ty_str_eq(wake->closed[i].what, what))
			return;
	if (wake->count == CLOSED_MAX)
		return;
	snprintf(wake->closed[wake->count].scope, sizeof(wake->closed->scope), "%s", scope);
	snprintf(wake->closed[wake->count++].what, sizeof(wake->closed->what), "%s", what);
	uv_timer_start(&wake->later, wake_later, LATER_MS, 0);
}

struct breaker_wake *
breaker_wake_new(struct uv_loop_s *loop, struct ty_store_async *store, const struct ty_log *log)
{
	struct breaker_wake *wake = calloc(1, sizeof(*wake));

	TY_ASSERT(wake != NULL);
	wake->store = store;
	wake->log = log;
	uv_timer_init(loop, &wake->later);
	wake->later.data = wake;
	return wake;
}

static void
wake_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
breaker_wake_free(struct breaker_wake *wake)
{
	if (wake != NULL)
		uv_close((uv_handle_t *)&wake->later, wake_closed);
}
