/*
 * house.h -- a small house to run workflows in: private Postgres and Redis, an HTTP sink that
 * counts, and real tyboo-run processes with a configuration file of their own.
 *
 * The servers live as long as the test program; each test (a forked child) opens a house of
 * its own: a workspace, a lane, a home folder, a sink.  house_close ends every worker.
 * Waiting is always for something to be true, with a deadline, never for time to pass.
 */
#ifndef TY_TESTS_HOUSE_H
#define TY_TESTS_HOUSE_H

#include "support/common.h"
#include "support/http_server.h"
#include "support/services.h"

#include "base/id.h"
#include "queue/queue.h"
#include "store/store.h"

#include <pthread.h>
#include <sys/types.h>

#define HOUSE_WORKERS_MAX 8
#define HOUSE_HITS_MAX	  4096
#define HOUSE_WAIT_MS	  30000

/* One request that came to the sink. */
struct house_hit {
	char target[128];
	char idempotency_key[64];
	char authorization[128], api_key[64];
};

struct house {
	struct ty_store *owner;
	struct ty_queue_sync *queue;
	struct ty_id workspace;
	char home[128], lane[48], conf[160];
	int64_t lease_ms;
	pid_t workers[HOUSE_WORKERS_MAX];
	size_t worker_count;

	struct http_server *sink;
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool is_open; /* /hold answers */
	size_t hit_count;
	struct house_hit hits[HOUSE_HITS_MAX];
};

extern struct services house_services; /* of this program */
extern struct house house;	       /* of the running test */

/* Fixture.  'settings' of house_conf come on top of what every worker needs. */
void house_open(void);
void house_close(void);
/* Write the configuration anew for workers started from now on. */
void house_conf(const char *settings);

/* ---- workers ---- */

pid_t house_worker(void);
/* Another program of ours, which ends as a worker does. */
pid_t house_program(const char *name, const char *conf);
/* Wait for its end; its exit status, or -signal. */
int house_worker_wait(pid_t pid);
void house_worker_kill(pid_t pid, int signal);
/* SIGTERM, and it must end with status 0: drained, and without a leak where ASan looks. */
void house_worker_drain(pid_t pid);
/* Does the log of all workers hold this text? */
bool house_log_has(const char *text);

/* ---- workflows and jobs ---- */

struct house_flow {
	struct ty_id workflow, version;
};

/* A workflow of this graph; every %s is the sink's address "http://127.0.0.1:<port>". */
struct house_flow house_flow(const char *graph);
/* The same, one that others may call by its node "c", and that errors may start by its node "e". */
struct house_flow house_callable(const char *graph);
/* The graph with the id of the workflow that it calls put in where it says WORKFLOW. */
const char *house_calling(const char *graph, const struct ty_id *workflow);
/* Admit a job with one item {"n": n}; its run id. */
struct ty_id house_job(const struct house_flow *flow, int n);
struct ty_id house_job_items(const struct house_flow *flow, const char *items);
/* A job whose payload is this text. */
struct ty_id house_job_raw(const struct house_flow *flow, const char *payload);
/* The same of a run whose id is in it. */
void house_job_as(const struct house_flow *flow, const struct ty_id *run, const char *payload);
/* Bring leases that ran out back to ready, until 'count' jobs came back or were buried. */
void house_reap(size_t count, int64_t deliveries_max);
/* Push the runs whose wait is over, as tyboo-reap does; how many. */
size_t house_push_due(void);

/* ---- looking ---- */

/* One cell of one statement by the owner (who sees all); "" for null or no row. */
const char *house_sql(const char *fmt, ...) TY_PRINTF(1, 2);
int64_t house_count(const char *fmt, ...) TY_PRINTF(1, 2);
/* Until 'count' runs of the workspace are finished. */
void house_await_finished(int64_t count);
/* As long as 'ms', for runs that take many times as long as the others. */
void house_await_finished_in(int64_t ms, int64_t count);
const char *house_status(const struct ty_id *run);
void house_await_status(const struct ty_id *run, const char *status);
int64_t house_pieces(const struct ty_id *run); /* of its steps, while it lasts */
void house_await_pieces(const struct ty_id *run, int64_t count);
/* Let Postgres refuse this run's rows of a table for good, until no more. */
void house_refuse(const char *table, const struct ty_id *run);
void house_refuse_no_more(const char *table);
/* The steps of a run as JSON text. */
const char *house_steps(const struct ty_id *run);

/* ---- the sink: every target is answered {"ok":true}; /hold... waits until it is opened,
 * /down... fails until it is opened, /flaky... fails the first time that it sees an Idempotency-Key, /busy... says 429 then,
 * which opens no circuit breaker ---- */

size_t house_hits(const char *target);
/* The n-th hit (from 0) of this target. */
const struct house_hit *house_hit(const char *target, size_t n);
void house_await_hits(const char *target, size_t count);
void house_sink_open(void);

/* As TEST_MAIN, with the servers around it. */
#define HOUSE_TEST_MAIN(name, timeout_s, ...)                                                      \
	SUITE_MAIN(name, timeout_s, fx_setup, fx_teardown,                                         \
		   services_start(&house_services,                                                 \
				  SERVICES_POSTGRES | SERVICES_REDIS | SERVICES_MIGRATED),         \
		   services_stop(&house_services),                                                 \
		   tcase_add_checked_fixture(tc, house_open, house_close);                         \
		   __VA_ARGS__)

#endif
