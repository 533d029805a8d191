/*
 * ops.h -- what the engine asks for: sandbox, services, journal, wakes.
 *
 * A struct ops_run is what one run has outstanding, embedded in what holds the run.
 */
#ifndef TY_RUN_OPS_H
#define TY_RUN_OPS_H

#include "breakers.h"
#include "clock.h"
#include "journal.h"
#include "sandbox_pool.h"
#include "service/secrets.h"

#include "engine/engine.h"
#include "queue/queue.h"
#include "service/service.h"

struct ops_request;

/* Steps that are open at a time and the hosts that each calls are fewer, as a rule. */
#define OPS_COUNTED_MAX 16

/* The modules that answer; all borrowed. */
struct ops {
	struct ty_service_means *services;
	struct sandbox_pool *sandboxes; /* scripts */
	struct sandbox_pool *parsers;	/* tools: tyboo-parse */
	struct ty_secrets *secrets;
	const char *base_url;	   /* as users see it */
	struct breakers *breakers; /* NULL: nothing is held back (tests) */
	struct journal *journal;
	struct clock *clock; /* made with ops_wake */
};

struct ops_run;

struct ops_run_events {
	void (*finished)(struct ops_run *run);
	void (*responded)(struct ops_run *run, const json_t *response); /* to who began it */
	void (*fenced)(struct ops_run *run);	  /* Postgres says that the run is another's */
	void (*steps_ready)(struct ops_run *run); /* records wait to be taken */
	void (*may_park)(struct ops_run *run);	  /* only waits are open */
};

struct ops_run {
	const struct ops *ops;
	const struct ops_run_events *events; /* static */
	const struct ty_hold *hold;
	struct ty_id run_id;	      /* id that it runs under: another's where it is replayed */
	int64_t ahead_ms;	      /* time by which a replay's clock is before the wall's */
	struct ty_run *run;	      /* set by the caller, before it is started */
	struct ops_request *requests; /* outstanding */
	struct clock_entry wake;
	bool is_finished;
	bool is_quiet; /* set by the caller: it is not woken */
	char held_by
		[BREAKER_WHAT_SIZE]; /* breaker that held the latest call back; "" = it went out */
	/* Failures of these steps are reported: a step counts once for each host. */
	struct {
		uint64_t step;
		uint32_t what; /* hash */
	} counted[OPS_COUNTED_MAX];
	size_t counted_next;
};

extern const struct ty_engine_ops ops_engine; /* ctx is a struct ops_run */
extern const struct ty_engine_ops
	ops_replay; /* ctx as well; asks nothing of the world (ops_replay.c) */

/* Free the run, which abandons its requests; none is outstanding and none will come. */
void ops_run_done(struct ops_run *ops_run);

/* clock_fn: wake the run whose entry this is. */
void ops_wake(void *ctx, struct clock_entry *entry);

#endif
