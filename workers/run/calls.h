/*
 * calls.h -- runs that calls begin: to Postgres and into the queue, many at a time.
 */
#ifndef TY_RUN_CALLS_H
#define TY_RUN_CALLS_H

#include "base/defs.h"
#include "log/log.h"
#include "queue/queue.h"
#include "service/service.h"
#include "store/async.h"

struct uv_loop_s;
struct calls;

struct calls_conf {
	struct uv_loop_s *loop;
	struct ty_store_async *store;
	struct ty_queue *queue;
	const struct ty_log *log;
	void (*begun)(void *ctx); /* runs are in the queue, and may be taken at once */
	void *ctx;
};

/* 'conf' is copied, all that it points to is borrowed. */
struct calls *calls_new(const struct calls_conf *conf);
/* Tells nothing afterwards; call after the frees of store and queue.  Takes NULL. */
void calls_free(struct calls *calls);
/* Postgres is back. */
void calls_resume(struct calls *calls);

extern const struct ty_call_io calls_io; /* ctx is a struct calls */

#endif
