/*
 * job.h -- the life of the jobs that a worker holds.
 *
 *	job.c       from the lease to the run, and how a job goes
 *	job_replay.c   how a replay of another run differs
 *	job_carried.c  the files that it brings along, before its run begins
 *	job_answer.c   what its sender is answered
 *	job_end.c   what is recorded of it, and what recorder and marker tell
 *	job_keep.c  what is kept of it before it is over: pieces; putting down
 *
 * Invariants:
 *   (1) A job that came for the second time is claimed before anything is done with it.
 *   (2) A lease is given back only after its run is recorded or put down, or handed back
 *       unrecorded.
 *   (3) A job whose lease is lost records nothing and gives nothing back.
 *
 * Ownership: 'struct jobs' owns the jobs; a job its arena, its run, its plan's reference.
 * Answers of Postgres cannot be called off, so a job that is gone stays as a shell until
 * the last one that names it has come (job->refs).
 */
#ifndef TY_RUN_JOB_H
#define TY_RUN_JOB_H

#include "begun_kind.h"
#include "job_payload.h"
#include "keeper.h"
#include "marker.h"
#include "ops.h"
#include "plan_cache.h"
#include "recorder.h"
#include "set_off.h"

#include "blob/blob.h"
#include "log/log.h"
#include "queue/queue.h"
#include "store/async.h"
#include "store/effects.h"

/*
 * The life of a job; the function that makes each change in brackets.
 *
 *   CLAIM -> LOAD -> RUN -> RECORD -> GONE
 *    |        |     |  ^       ^         ^
 *    |        +-----+--|-------+         |	[job_ended, job_fail: the run is over, however]
 *    |              |  v                 |
 *    |              | PARK ------------->|	[job_park, job_unpark, job_parked: job_keep.c]
 *    +--------+-----+--------------------+	[job_drop: finished by another, lost, handed back]
 */
enum job_state { JOB_CLAIM, JOB_LOAD, JOB_RUN, JOB_PARK, JOB_RECORD, JOB_GONE };

/* The part of a run that is not over which is kept in Postgres. */
struct job_keep {
	struct keeper_entry entry;
	struct ty_arena *arena; /* arena of the entry's data; NULL = nothing is under way */
	bool is_under_way;	/* the keeper has the entry */
	bool is_off;		/* Postgres has refused a piece: the rest goes into the record */
	bool may_park;		/* the engine said so */
	int64_t sent_ms;	/* monotonic: when the last piece was sent */
	size_t pieces, steps;	/* kept so far */
	json_t *left;		/* records of a refused piece; NULL = none */
	struct ty_record_payload *left_payloads;
	size_t left_payload_count, left_payload_cap;
};

/* The file under way of those that a job brings; all zero = none. */
struct job_carry {
	size_t at; /* in said.carried */
	struct ty_arena *arena;
	const uint8_t *bytes;
	size_t len, taken;
	struct ty_blob_writer *writer;
};

/* Keeping what a run has changed of its workflow's static data. */
struct job_statics {
	void *ask; /* under way; NULL = none */
	bool was_asked;
	struct ty_err refused; /* code TY_OK: they were not */
};

/* Error of a run that a user ends. */
#define JOB_CANCELED "Canceled by a user"

struct jobs;

struct job {
	struct job *next, *prev; /* list jobs->first, oldest first */
	struct jobs *jobs;
	struct ty_arena *arena;
	enum job_state state;
	int refs;	     /* the list's, and of answers to come that name it */
	struct ty_hold hold; /* payload is in the arena */
	size_t bytes;	     /* bytes that its items took, once it has ended */
	bool was_begun;	     /* an earlier attempt may have left traces */
	bool is_marked;	     /* shown as running */
	bool is_marking;     /* is about to be */
	bool is_long;	     /* has so many steps that it is to be shown before its time */
	bool is_stalled;     /* Postgres went away; begins again when it is back */
	bool is_canceled;    /* before it began: ends as soon as it does */
	int64_t leased_ms;   /* monotonic */
	int internal_errors;

	struct job_payload said;
	struct ty_taken taken; /* state from the attempts before; no journal = none */
	int64_t began_at_ms;   /* wall clock: when this worker began to run it */
	const json_t *source;  /* journal of the run that it stands on; NULL = none */
	struct job_begun begun;
	struct job_statics statics;
	const struct ty_err *broken; /* error that keeps it from being read; NULL = none */

	struct ty_crash_run crash; /* open while it runs */
	const struct plan_ref *plan;
	struct job_carry carry;
	struct ops_run ops;
	struct recorder_entry entry; /* 'run' is the record that is written */
	struct job_keep keep;
	struct journal_write *answer; /* to its sender, being kept; NULL = none */
};

/* The jobs of a worker and what they need; filled by the worker, all borrowed. */
struct jobs {
	const struct ty_log *log;
	const char *worker_name;
	struct ty_store_async *store;
	struct ty_queue *queue;
	struct plan_cache *plans;
	struct recorder *recorder; /* made with job_recorder_ops */
	struct keeper *keeper;	   /* made with job_kept */
	bool (*is_up)(void *ctx);  /* every connection to Postgres is there */
	struct ops ops;
	struct set_off *set_off;
	struct journal *answers;     /* answers of runs to their senders: written as effects are */
	void (*may_park)(void *ctx); /* a run may be put down: call jobs_keep soon */
	const struct ty_blob_io *blobs;
	void *blobs_ctx;
	size_t max;
	bool is_draining; /* jobs that have not begun go back */
	/* A job is gone or given back: there is room for another, or a drain is over. */
	void (*changed)(void *ctx);
	void *ctx;

	struct job *first, *last;
	size_t count;	     /* held, not yet gone */
	size_t handing_back; /* retries, releases and burials not yet answered */
	uint64_t recorded;   /* since the start */
};

extern const struct recorder_ops job_recorder_ops; /* ctx is the jobs */
extern const struct marker_ops job_marker_ops;	   /* ctx is the jobs */

void job_new(struct jobs *jobs, const struct ty_lease *lease);
/* Go on after Postgres was away. */
void job_resume(struct job *job);
/* Did another run begin it, so that it is answered? */
bool job_is_called(const struct job *job);
/* A user wants it ended. */
void job_cancel(struct job *job);
/* Forget: the lease is lost, another has finished it, or it is recorded. */
void job_drop(struct job *job);
/* job_drop(), logged, where Postgres says that the run is another's. */
void job_lose(struct job *job);
/* Give the lease back for another worker. */
void job_hand_back(struct job *job, int64_t delay_ms);
/* Put a job that can neither run nor be recorded among the dead letters. */
void job_bury(struct job *job, const struct ty_err *err);
/* Done: leases given back, all in one call. */
void job_release(struct jobs *jobs, const struct ty_hold *holds, size_t count);
void job_ref(struct job *job);
void job_unref(struct job *job);
void job_log(const struct job *job, enum ty_log_level level, const char *msg,
	     const struct ty_err *err);

/* Begin to run: the plan is there, and so are all files that the job brings. */
void job_start(struct job *job);
/* Wait for Postgres, or end with 'err', where a job fails before its run begins. */
void job_not_begun(struct job *job, const struct ty_err *err);

/* Look for answers of an earlier run that the job takes, then begin; all else is there. */
void job_ready(struct job *job);

/* ---- job_source.c ---- */

/* Does it take answers of an earlier run? */
bool job_has_source(const struct job *job);
/* Read that run's journal, then job_begin() or job_not_begun(). */
void job_source(struct job *job);

/* ---- job_begun.c, job_statics.c ---- */

/* Settle what the run finds as it begins, then job_start() or job_not_begun(). */
void job_begin(struct job *job);
void job_begin_stop(struct job *job);
/* Keep what a run has changed that went well; true: job_ended() is called again. */
bool job_statics_keep(struct job *job);
void job_statics_stop(struct job *job);

/* ---- job_replay.c ---- */

/* Does it only run another run again from its journal? */
bool job_is_replay(const struct job *job);
/* Say so to the engine.  Errors: TY_E_MALFORMED. */
enum ty_code job_replay(struct job *job, struct ty_run_spec *spec,
			struct ty_err *err) TY_MUST_CHECK;

/* ---- job_carried.c ---- */

/* Keep the files that it brings, then job_ready() or job_not_begun(). */
void job_carry(struct job *job);
void job_carry_stop(struct job *job);

/* ---- job_answer.c ---- */

/* The run answers its sender with this. */
void job_responded(struct job *job, const json_t *response);
/* Answer the sender with the last items of a run that went well, where its trigger says so. */
void job_answer_end(struct job *job);
/* Stop waiting for the answer to be kept. */
void job_answer_stop(struct job *job);

/* ---- job_end.c ---- */

/* The run is over, however: record it. */
void job_ended(struct job *job);
/* job_ended() once the keeper has nothing of the run. */
void job_record(struct job *job);
/* End without a run: recorded as an error with this text, or as canceled. */
void job_fail(struct job *job, const struct ty_err *err);
void job_fail_canceled(struct job *job);
/* Running time until then, in all attempts that were put down, waits not counted. */
int64_t job_running_ms(const struct job *job, int64_t at_ms);

/* ---- job_keep.c ---- */

/* The engine has records, or nothing but waits is open in the run. */
void job_steps_ready(struct job *job);
/* Keep pieces of all runs that are due, and put down runs that may be. */
void jobs_keep(struct jobs *jobs);
/* Give back the lease of a run that Postgres has as put down. */
void job_give_back_parked(struct job *job);
void job_kept(void *ctx, struct keeper_entry *entry, enum keeper_outcome outcome,
	      const struct ty_err *err); /* keeper_fn; ctx is the jobs */

#endif
