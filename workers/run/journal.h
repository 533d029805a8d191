/*
 * journal.h -- effects to Postgres, many in one statement.
 */
#ifndef TY_RUN_JOURNAL_H
#define TY_RUN_JOURNAL_H

#include "base/defs.h"
#include "log/log.h"
#include "store/async.h"
#include "store/effects.h"
#include "store/pack.h"

struct uv_loop_s;
struct journal;
struct journal_write;

enum journal_outcome {
	JOURNAL_WRITTEN,
	JOURNAL_FENCED, /* the run is another's: nothing of it may go on here */
	JOURNAL_REFUSED /* refused for good: the run ends with 'err' */
};

/* 'err' only with JOURNAL_REFUSED.  The write is gone when this is called. */
typedef void (*journal_fn)(void *ctx, enum journal_outcome outcome, const struct ty_err *err);

struct journal_conf {
	struct uv_loop_s *loop;
	struct ty_store_async *store;
	struct ty_pack *pack;
	const struct ty_log *log;
	/* The statement; NULL = ty_store_journal_query.  Its answer is decoded as that one's. */
	void (*query)(struct ty_arena *arena, struct ty_pack *pack, const struct ty_effect *effects,
		      size_t count, struct ty_store_query *ret_query);
};

/* All that 'conf' points to is borrowed. */
struct journal *journal_new(const struct journal_conf *conf);
/* Forgets what is in the list; after the store's free.  Takes NULL. */
void journal_free(struct journal *journal);

/*
 * Write it.  'effect' is copied, its answer (frozen) is referenced.  'fn' is called once, never
 * from within, unless the write is abandoned before.
 */
struct journal_write *journal_add(struct journal *journal, const struct ty_effect *effect,
				  journal_fn fn, void *ctx);
/* 'fn' is not called any more.  An answer is written even so. */
void journal_abandon(struct journal_write *write);
/* Postgres is back. */
void journal_resume(struct journal *journal);

#endif
