/*
 * keeper.h -- what is kept of runs that are not over: step records in pieces, and runs that are put
 * down, many in one statement.
 *
 * An entry is embedded in what it is about and belongs to the keeper from keeper_add until it is
 * told what became of it.
 */
#ifndef TY_RUN_KEEPER_H
#define TY_RUN_KEEPER_H

#include "base/defs.h"
#include "log/log.h"
#include "store/async.h"
#include "store/pack.h"
#include "store/park.h"

struct uv_loop_s;
struct keeper;

struct keeper_entry {
	struct keeper_entry *next; /* list of the keeper */
	struct ty_piece piece;	   /* no steps: only to be put down */
	struct ty_park park;	   /* run NULL: only a piece */
	bool is_gone;		   /* set by the caller: nothing is to be written any more */
};

enum keeper_outcome {
	KEEPER_KEPT,
	KEEPER_FENCED, /* finished by another, or somebody newer has it */
	KEEPER_REFUSED /* Postgres takes it in no way: the caller still has all of it */
};

/* The last word of each entry.  'err' only with KEEPER_REFUSED. */
typedef void (*keeper_fn)(void *ctx, struct keeper_entry *entry, enum keeper_outcome outcome,
			  const struct ty_err *err);

struct keeper_conf {
	struct uv_loop_s *loop;
	struct ty_store_async *store;
	struct ty_pack *pack;
	const char *worker_name;
	const struct ty_log *log;
};

/* All that 'conf' points to is borrowed. */
struct keeper *keeper_new(const struct keeper_conf *conf, keeper_fn fn, void *ctx);
/* Tells entries that are still in the list as fenced.  Call after the store's free; takes NULL. */
void keeper_free(struct keeper *keeper);
/* 'fn' is not called from within. */
void keeper_add(struct keeper *keeper, struct keeper_entry *entry);
/* Postgres is back. */
void keeper_resume(struct keeper *keeper);

#endif
