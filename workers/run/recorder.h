/*
 * recorder.h -- finished runs to Postgres, many in one statement.
 *
 * The recorder knows records and their outcomes; what a run is, its lease and its memory are
 * the caller's, who is told by callbacks.  An entry is embedded in what it is about and
 * belongs to the recorder from recorder_add until ops->done.
 */
#ifndef TY_RUN_RECORDER_H
#define TY_RUN_RECORDER_H

#include "base/defs.h"
#include "log/log.h"
#include "store/async.h"
#include "store/pack.h"
#include "store/record.h"

struct uv_loop_s;
struct recorder;

struct recorder_entry {
	struct recorder_entry *next; /* list of the recorder */
	struct ty_record_run run;    /* record that is written */
	int tries;		     /* refusals so far */
	bool is_gone;		     /* set by the caller: nothing is to be written any more */
};

struct recorder_ops {
	/* Has the worker so much to do that a record may wait longer for company? */
	bool (*is_busy)(void *ctx);
	/* A batch was answered: outcomes[i] is entries[i]'s, some of which may be gone. */
	void (*settled)(void *ctx, struct recorder_entry *const *entries,
			const struct ty_record_outcome *outcomes, size_t count);
	/* Postgres refuses it: make the record one of this error, without steps.  It is sent again. */
	void (*refused)(void *ctx, struct recorder_entry *entry, const struct ty_err *err);
	/* Postgres refuses even that: is_gone is to be set. */
	void (*hopeless)(void *ctx, struct recorder_entry *entry, const struct ty_err *err);
	/* The recorder has forgotten it.  The last word of each entry. */
	void (*done)(void *ctx, struct recorder_entry *entry);
};

struct recorder_conf {
	struct uv_loop_s *loop;
	struct ty_store_async *store;
	struct ty_pack *pack;
	const char *worker_name;
	const struct ty_log *log;
};

/* All that 'conf' points to is borrowed; 'ops' is static. */
struct recorder *recorder_new(const struct recorder_conf *conf, const struct recorder_ops *ops,
			      void *ctx);
/* Ends entries that are still in the list.  Call after the store's free; takes NULL. */
void recorder_free(struct recorder *recorder);
/* No callback comes from within. */
void recorder_add(struct recorder *recorder, struct recorder_entry *entry);
/* Postgres is back. */
void recorder_resume(struct recorder *recorder);

#endif
