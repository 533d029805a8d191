/*
 * asks.h -- what runs ask of Postgres many at a time: one statement for all, in the order they came.
 *
 * A kind says how asks become a statement and its rows become answers; whose turn it is, and what happens where
 * Postgres is away or refuses, is the same for each (invariants in asks.c).
 */
#ifndef TY_RUN_ASKS_H
#define TY_RUN_ASKS_H

#include "base/arena.h"
#include "base/defs.h"
#include "base/err.h"
#include "log/log.h"
#include "store/async.h"
#include "store/query.h"

struct uv_loop_s;
struct asks;
struct asks_entry;

/* Function of whoever waits; its kind knows its real type. */
typedef void (*asks_fn)(void);

struct asks_batch {
	struct asks *asks;
	struct ty_arena *arena; /* statement and answers; freed with the batch */
	size_t count;
	struct asks_entry *entries[];
};

struct asks_kind {
	const char *name;    /* of the arenas */
	const char *failing; /* logged once while Postgres fails */
	size_t count_max;    /* asks of one statement */
	size_t bytes_max;    /* bytes of one statement, unless one ask has more */
	size_t (*bytes)(const void *ask);
	void (*query)(struct asks_batch *batch, struct ty_store_query *ret_query);
	/* Tell each entry, and end with asks_batch_free, now or later.  An error where the rows are no answers: then
	 * nobody was told. */
	enum ty_code (*answer)(void *ctx, struct asks_batch *batch, const struct ty_rows *rows,
			       struct ty_err *err);
	void (*tell)(asks_fn fn, void *fn_ctx, const void *answer, const struct ty_err *err);
};

/* All borrowed.  'ctx' is for the kind. */
struct asks *asks_new(const struct asks_kind *kind, void *ctx, struct uv_loop_s *loop,
		      struct ty_store_async *store, const struct ty_log *log);
/* Tells nothing afterwards; call after the store's free.  Takes NULL. */
void asks_free(struct asks *asks);
/* Postgres is back. */
void asks_resume(struct asks *asks);

/* 'ask' is borrowed until 'fn' was called or the handle canceled. */
void *asks_begin(struct asks *asks, const void *ask, asks_fn fn, void *fn_ctx);
void asks_cancel(void *handle);

/* Entries of a batch: what was asked, whether somebody waits still, and telling him. */
const void *asks_entry_ask(const struct asks_entry *entry);
bool asks_entry_is_canceled(const struct asks_entry *entry);
void asks_tell(const struct asks_batch *batch, struct asks_entry *entry, const void *answer,
	       const struct ty_err *err);
void asks_batch_free(struct asks_batch *batch);

#endif
