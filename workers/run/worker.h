/*
 * worker.h -- tyboo-run: one thread, one loop, many runs.
 *
 *	main.c      lock; conf/program.h has the rest
 *	worker.c    the worker's life: connect, work, drain
 *	lease.c     how many jobs to take; heartbeats; what is lost or canceled
 *	job.c       the life of one leased job
 *	job_payload.c  what a job says
 *	ops.c       what the engine asks for: sandbox, services, journal, wakes
 *	recorder.c  finished runs to Postgres, many in one statement; then their leases
 *	journal.c   effects to Postgres, many in one statement
 *	marker.c    runs that last, shown as running
 *	plan_cache.c, sandbox_pool.c, sandbox_lane.c, sandbox_child.c, clock.c
 *
 * Invariants:
 *   (1) A job that came for the second time is claimed before anything is done with it.
 *   (2) A lease is given back only after its run is recorded, or handed back unrecorded.
 *   (3) A job whose lease is lost records nothing and gives nothing back.
 *   (4) No job is leased while Postgres is away.
 *
 * Ownership: the worker owns its jobs; a job its arena, its run, its plan's reference.
 * Answers of Postgres cannot be called off, so a job that is gone stays as a shell until
 * the last one that names it has come (job->refs).
 */
#ifndef TY_RUN_WORKER_H
#define TY_RUN_WORKER_H

#include "clock.h"
#include "plan_cache.h"
#include "sandbox_pool.h"
#include "secrets.h"

#include "engine/engine.h"
#include "log/log.h"
#include "queue/cancels.h"
#include "queue/queue.h"
#include "service/service.h"
#include "store/async.h"
#include "store/pack.h"
#include "store/record.h"

#include <uv.h>

struct journal;
struct marker;
struct recorder;
struct request;

/*
 * The life of a job; the function that makes each change in brackets.
 *
 *   CLAIM -> LOAD -> RUN -> RECORD -> GONE
 *    |        |       |        ^        ^
 *    |        +-------+--------+        |	[job_finish: ends in an error before or after it ran]
 *    +--------+-------+-----------------+	[job_drop: finished by another, lost, handed back]
 */
enum job_state { JOB_CLAIM, JOB_LOAD, JOB_RUN, JOB_RECORD, JOB_GONE };

struct job {
	struct job *next, *prev; /* of worker->jobs, oldest first */
	struct worker *worker;
	struct ty_arena *arena;
	enum job_state state;
	int refs;	     /* the worker's, and of answers to come that name it */
	struct ty_hold hold; /* payload is in the arena */
	size_t bytes;	     /* that its items took, once it has ended */
	bool is_again;	     /* an earlier attempt may have left traces */
	bool is_marked;	     /* shown as running */
	bool is_stalled;     /* Postgres went away; begins again when it is back */
	bool is_canceled;    /* before it began: ends as soon as it does */
	int64_t leased_ms;   /* monotonic */

	/* what the payload says */
	struct ty_id version_id;
	const char *mode, *start_node;
	int64_t accepted_at_ms;
	const json_t *items;
	const json_t *journal;	     /* of the attempts before; NULL = none */
	const struct ty_err *broken; /* what keeps it from being read; NULL = nothing */

	const struct plan_ref *plan;
	struct ty_run *run;
	struct request *requests; /* outstanding, of ops.c */
	struct clock_entry wake;
	struct job *next_record;     /* of the recorder's list */
	struct ty_record_run record; /* what is written about it; from state RECORD on */
	int record_tries, odd_tries;
};

struct worker {
	uv_loop_t loop; /* lives as long as the worker */
	const struct ty_conf *conf;
	const struct ty_log *log;
	struct ty_arena *arena;
	char name[128]; /* host:pid */
	const struct ty_registry *registry;
	struct ty_store_async *store;
	struct ty_queue *queue;
	struct ty_queue_cancels *cancels;
	struct ty_service_means services;
	struct ty_pack *pack;
	struct sandbox_pool *sandboxes;
	struct plan_cache *plans;
	struct secrets *secrets;
	struct clock *clock;
	struct recorder *recorder;
	struct journal *journal;
	struct marker *marker;
	struct job *jobs, *last_job;
	size_t job_count;    /* held, not yet gone */
	size_t handing_back; /* retries, releases and burials not yet answered */

	uv_timer_t heartbeat, look, drain;
	uv_signal_t sigterm, sigint;
	bool is_leasing;      /* a lease is under way */
	bool may_have_more;   /* the queue may have jobs for us */
	bool was_woken;	      /* while a lease was under way */
	bool lease_fails;     /* and was said to */
	bool may_be_canceled; /* so was a run we did not hold: it may be in that lease */
	bool is_draining, is_stopped;
	uint64_t run_count; /* recorded since the start */
};

/* ---- worker.c ---- */

/* Errors: TY_E_INVALID (configuration). Returns when drained. */
enum ty_code worker_main(const struct ty_conf *conf, const struct ty_log *log,
			 struct ty_err *err) TY_MUST_CHECK;
void worker_job_ended(struct worker *worker); /* room for another; or the last of a drain */

/* ---- lease.c ---- */

void lease_more(struct worker *worker); /* where there is room and reason */
void lease_woken(void *ctx);		/* ty_queue_wake_fn */
void lease_heartbeat(struct worker *worker);
void lease_cancel_heard(void *ctx, const struct ty_id *run_id); /* ty_queue_cancel_fn */
void lease_cancel_ready(void *ctx, const struct ty_err *err);	/* ty_queue_listening_fn */

/* ---- job.c ---- */

void job_new(struct worker *worker, const struct ty_lease *lease);
/* Go on after Postgres was away. */
void job_resume(struct job *job);
/* The run is over, however: record it (ops->finished). */
void job_ended(struct job *job);
/* End without a run: recorded as an error with this text. */
void job_fail(struct job *job, const struct ty_err *err);
/* A user wants it ended. */
void job_cancel(struct job *job);
/* Forget: the lease is lost, another has finished it, or it is recorded. */
void job_drop(struct job *job);
/* The same where Postgres says that the run is another's; logged. */
void job_lose(struct job *job);
/* Give the lease back for another worker. */
void job_hand_back(struct job *job, int64_t delay_ms);
/* Neither run nor record is possible: to the dead letters. */
void job_bury(struct job *job, const struct ty_err *err);
/* Done: leases given back, all in one call. */
void job_release(struct worker *worker, const struct ty_hold *holds, size_t count);
/* Make the record that of an error, with no steps. */
void job_fail_record(struct job *job, const struct ty_err *err);
void job_ref(struct job *job);
void job_unref(struct job *job);
/*
 * Why a failed statement failed: true where it helps to wait for Postgres.  That it is not as
 * it should be (a release whose functions are not there yet, say) is waited for too, but not for
 * ever: 'odd_tries' counts those looks and is to be 0 after a success.
 */
bool job_may_wait(const struct ty_err *err, int *odd_tries);

/* ---- job_payload.c ---- */

enum job_payload { JOB_PAYLOAD_OK, JOB_PAYLOAD_BROKEN, JOB_PAYLOAD_UNKNOWN };

/* Fill what the payload says.  UNKNOWN: of a later version of Tyboo; 'err' says why. */
enum job_payload job_payload_read(struct job *job, struct ty_err *err);

/* ---- ops.c ---- */

extern const struct ty_engine_ops worker_ops; /* ctx is the job */
/* 'err' not NULL: Postgres refuses the entry for good; the run ends. */
void ops_journaled(struct request *request, const struct ty_err *err);

/* ---- recorder.c ---- */

struct recorder *recorder_new(struct worker *worker);
void recorder_free(struct recorder *recorder);
/* Take over a job in state RECORD. */
void recorder_add(struct recorder *recorder, struct job *job);
/* Postgres is back. */
void recorder_resume(struct recorder *recorder);

/* ---- journal.c ---- */

struct journal *journal_new(struct worker *worker);
void journal_free(struct journal *journal);
struct journal_write;
/* 'entry' is copied.  Ends in ops_journaled, or in job_drop where the run is another's. */
struct journal_write *journal_add(struct journal *journal, struct job *job, struct request *request,
				  const struct ty_journal_entry *entry);
/* Nobody waits for it any more. */
void journal_abandon(struct journal_write *write);
void journal_resume(struct journal *journal);

/* ---- marker.c ---- */

struct marker *marker_new(struct worker *worker);
void marker_free(struct marker *marker);
void marker_look(struct marker *marker); /* mark the runs that have lasted long enough */

#endif
