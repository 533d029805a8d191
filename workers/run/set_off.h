/*
 * set_off.h -- what ends of runs set off is pushed at once: callers that waited for them, error workflows.
 *
 * Both are in Postgres already, in the transaction of the record, so what is lost here is found by
 * tyboo-reap: a caller as a wait that is over, an error workflow as a receipt without a run.
 */
#ifndef TY_RUN_SET_OFF_H
#define TY_RUN_SET_OFF_H

#include "base/id.h"
#include "log/log.h"
#include "queue/queue.h"
#include "store/async.h"

struct uv_loop_s;
struct set_off;

struct set_off_conf {
	struct uv_loop_s *loop;
	struct ty_store_async *store;
	struct ty_queue *queue;
	const struct ty_log *log;
};

struct set_off *set_off_new(const struct set_off_conf *conf); /* 'conf' is copied */
/* Tells nothing afterwards.  The memory goes when the loop has closed its handles; takes NULL. */
void set_off_free(struct set_off *set_off);

/* Tell of a run that is recorded; those of one turn of the loop go together. */
void set_off_caller(struct set_off *set_off, const struct ty_id *run_id);
void set_off_error(struct set_off *set_off, const struct ty_id *run_id);

#endif
