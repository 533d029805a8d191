/*
 * worker.h -- tyboo-run: one thread, one loop, many runs.
 *
 * Each module has its header; includes point down this list, never up, and what is below
 * tells what is above by callbacks only (tests/lint/layers.mjs looks for circles).
 *
 *	main.c          lock; conf/program.h has the rest
 *	worker.c        the worker's life: connect, work, drain
 *	lease.c         how many jobs to take; heartbeats; what is lost or canceled
 *	job.c           the life of one leased job; job_end.c: its record; job_keep.c: what is kept
 *	                of it before it is over
 *	job_payload.c   what a job says
 *	ops.c           what the engine asks for: sandbox, services, journal, wakes
 *	recorder.c      finished runs to Postgres, many in one statement
 *	keeper.c        pieces of runs that last, and runs that are put down, many in one statement
 *	journal.c       effects to Postgres, many in one statement
 *	marker.c        runs that last, shown as running
 *	key_fetch.c     issuers' keys; deliveries that waited for them
 *	blobs.c         chunks of files
 *	breakers.c      circuit breakers: may a call go out?
 *	plan_cache.c, sandbox_pool.c, sandbox_lane.c, sandbox_slot.c, sandbox_child.c
 *	clock.c, store_wait.c
 */
#ifndef TY_RUN_WORKER_H
#define TY_RUN_WORKER_H

#include "base/defs.h"
#include "conf/conf.h"
#include "log/log.h"

/* Errors: TY_E_INVALID (configuration). Returns when drained. */
enum ty_code worker_main(const struct ty_conf *conf, const struct ty_log *log,
			 struct ty_err *err) TY_MUST_CHECK;

#endif
