/*
 * queue.h -- a lane of jobs in Redis; every change is one server-side script.
 *
 *                admit                 lease                  release
 *   (nothing) ----------> READY --------------------> LEASED ----------> (gone, id remembered)
 *                           ^  \                       |  |  \
 *                           |   \--- cancel -> (gone)  |  |   \ bury, reap after k deliveries
 *                           |<---- retry / reap -------+  |    v
 *                           |<---- wake ---- WAITING <----+   DEAD
 *
 * Invariants:
 *   (1) A run id is in at most one of ready, leased, waiting, dead.
 *   (2) Only the holder of the current fencing token moves a leased job.  Tokens grow, also
 *       over a Redis that lost its memory (they start from the server's clock).
 *   (3) Workspaces take turns; none has more than its concurrent limit leased.
 *   (4) A delivery key admitted twice within TY_LIMIT_DEDUPE_S gives the first run id.
 *
 * Keys: all begin "{lane}:" (one cluster slot).  See docs/ARCHITECTURE.md, "Redis keys".
 * redisReply stays in this folder.
 */
#ifndef TY_QUEUE_QUEUE_H
#define TY_QUEUE_QUEUE_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "base/limit_set.h"

struct uv_loop_s;

/* ---- messages: what a job is ---- */

struct ty_job {
	struct ty_id run_id, workspace_id, workflow_id;
	const char *delivery_key; /* "" = none: what makes two deliveries the same */
	const char *payload; /* job JSON, see intake/job.h; borrowed.  NULL: only keep 'owed' */
	size_t payload_len;
	const char *
		body; /* large, borrowed, belongs at byte 'body_at' of 'payload'; NULL: all is there */
	size_t body_len, body_at;
	struct ty_limits limits; /* limits of the workspace */
	int64_t workflow_max;	 /* concurrent runs of the workflow; 0 = no own limit */
	struct ty_id replaces;	 /* set: a failed run whose delivery key this one has taken over */
	bool again; /* the reaper's: skip limits and dedupe, count as a later delivery */
	bool called; /* another run began it: counts for the quota, skips limits and dedupe, goes first */
	const char
		*owed_receipt; /* JSON to keep until Postgres is back; NULL = it is there already */
};

enum ty_verdict {
	TY_VERDICT_ADMITTED,
	TY_VERDICT_DUPLICATE, /* run_id is the earlier one */
	TY_VERDICT_RATE,
	TY_VERDICT_QUOTA,
	TY_VERDICT_DEPTH,
	TY_VERDICT__COUNT
};
const char *ty_verdict_name(enum ty_verdict verdict); /* "admitted", "duplicate", "rate", ... */

struct ty_admission {
	enum ty_verdict verdict;
	struct ty_id run_id;
	int64_t retry_after_ms; /* RATE, QUOTA, DEPTH */
	/* Postgres's word on the first delivery, for a duplicate; lib/intake sets it. */
	char first_status
		[12]; /* state of its run, as executions.status, or "queued"; "" = not known */
	bool is_same, is_other; /* the body is the same, or another; neither: not known */
};

struct ty_lease {
	struct ty_id run_id, workspace_id, workflow_id;
	int64_t token;	     /* fencing */
	int64_t deliveries;  /* 1 = first */
	bool again;	     /* pushed by the reaper, drained, parked or restored: an earlier
				 * attempt may have left traces, though 'deliveries' may be 1 */
	const char *payload; /* valid during the callback only */
	size_t payload_len;
};

/* ---- asynchronous, on a libuv loop: tyboo-run and the committer ---- */

/* Always called, never from within the call. 'err' NULL = done. */
typedef void (*ty_queue_admit_fn)(void *ctx, const struct ty_admission *admissions, size_t count,
				  const struct ty_err *err);
typedef void (*ty_queue_lease_fn)(void *ctx, const struct ty_lease *leases, size_t count,
				  const struct ty_err *err);
typedef void (*ty_queue_done_fn)(void *ctx, const struct ty_err *err);
/* lost[i] is true where jobs[i] is no longer ours (extend) or was canceled (canceled, park). */
typedef void (*ty_queue_extend_fn)(void *ctx, const bool *lost, size_t count,
				   const struct ty_err *err);
/* 'away' NULL: Redis is there.  Else why it is not, at each change of that. */
typedef void (*ty_queue_state_fn)(void *ctx, const char *away);
/* A job is there: lease now.  May come too often, never too seldom. */
typedef void (*ty_queue_wake_fn)(void *ctx);

/* A leased job as its holder names it. */
struct ty_hold {
	struct ty_id run_id, workspace_id, workflow_id;
	int64_t token;
	/* Lets extend put back what a Redis that lost its memory no longer knows. */
	const char *payload;
	size_t payload_len;
	int64_t deliveries;
};

/*
 * Connects at once and again with back-off.  'wake' NULL: this process does not lease.
 */
struct ty_queue *ty_queue_new(struct uv_loop_s *loop, const char *redis_url, const char *lane,
			      int64_t lease_ms, ty_queue_state_fn state, ty_queue_wake_fn wake,
			      void *ctx);
/* Outstanding calls are failed first.  Its memory goes when the loop has closed its handles. */
void ty_queue_free(struct ty_queue *queue);
bool ty_queue_is_up(const struct ty_queue *queue);

/* Admit all in one round trip; atomic per job.  'body' of each is borrowed until 'fn' is called. */
void ty_queue_admit(struct ty_queue *queue, const struct ty_job *jobs, size_t count,
		    ty_queue_admit_fn fn, void *ctx);
/* Up to 'max' jobs, workspaces in turn. */
void ty_queue_lease(struct ty_queue *queue, size_t max, ty_queue_lease_fn fn, void *ctx);
/*
 * Heartbeats.  A lease that Redis has no trace of and that is older than its memory is put
 * back from the hold (copied for the call); one younger than its memory, or whose job is
 * another's or remembered as done, is lost.
 */
void ty_queue_extend(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
		     ty_queue_extend_fn fn, void *ctx);
/* Done: forget the jobs.  One round trip for all.  Leases that were lost are left alone. */
void ty_queue_release(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
		      ty_queue_done_fn fn, void *ctx);
/* Tell on the channel of each run that it has its answer (overs.h).  A message that is lost is made good elsewhere. */
void ty_queue_tell(struct ty_queue *queue, const struct ty_id *run_id);
/*
 * Back to ready after delay_ms, not counted as a delivery where 'uncounted' (a drain).
 * This, wait and bury give TY_E_CONFLICT where the lease was lost.
 */
void ty_queue_retry(struct ty_queue *queue, const struct ty_hold *hold, int64_t delay_ms,
		    bool uncounted, ty_queue_done_fn fn, void *ctx);
/*
 * Give back the leases of runs that are put down in Postgres, and forget them.  canceled[i] is true where a
 * cancel came meanwhile: then the run is still leased, and to be ended.  Leases that were lost are left
 * alone.
 */
void ty_queue_park(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
		   ty_queue_extend_fn fn, void *ctx);
/* Parked until at_ms (wall clock); 0 = until woken. */
void ty_queue_wait(struct ty_queue *queue, const struct ty_hold *hold, int64_t at_ms,
		   ty_queue_done_fn fn, void *ctx);
/* To the dead letters with a reason. */
void ty_queue_bury(struct ty_queue *queue, const struct ty_hold *hold, const char *reason,
		   ty_queue_done_fn fn, void *ctx);
/* Was the cancel mark of any of these runs set?  cancels.h tells of it at once. */
void ty_queue_canceled(struct ty_queue *queue, const struct ty_hold *holds, size_t count,
		       ty_queue_extend_fn fn, void *ctx);

/* ---- blocking: the API's handlers, tyboo-reap, tybooctl ---- */

struct ty_queue_sync;

struct ty_queue_sync *ty_queue_sync_new(const char *redis_url, const char *lane);
void ty_queue_sync_free(struct ty_queue_sync *queue);

/* Errors of all: TY_E_UNAVAILABLE.  The connection comes back by itself. */
enum ty_code ty_queue_sync_ping(struct ty_queue_sync *queue, struct ty_err *err) TY_MUST_CHECK;
/*
 * Does Redis take a write?  Not where its memory is full, its disk fails, or it is a replica; 'err' has
 * its words then.  A write that went well stands for a second; that Redis is there is asked each time.
 */
enum ty_code ty_queue_sync_probe(struct ty_queue_sync *queue, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_queue_sync_admit(struct ty_queue_sync *queue, const struct ty_job *jobs,
				 size_t count, struct ty_admission *ret_admissions,
				 struct ty_err *err) TY_MUST_CHECK;
/*
 * Take a waiting or ready run out, whose end is the caller's to record then; mark a leased one
 * so that its worker stops it and records that.
 */
enum ty_queue_stopped { TY_QUEUE_UNKNOWN, TY_QUEUE_TAKEN_OUT, TY_QUEUE_MARKED };
enum ty_code ty_queue_sync_stop(struct ty_queue_sync *queue, const struct ty_id *run_id,
				enum ty_queue_stopped *ret_stopped,
				struct ty_err *err) TY_MUST_CHECK;
/* ty_queue_sync_stop() where only matters whether the run was there. */
enum ty_code ty_queue_sync_cancel(struct ty_queue_sync *queue, const struct ty_id *run_id,
				  bool *ret_found, struct ty_err *err) TY_MUST_CHECK;

/* States of a run as its lane knows it. */
enum ty_known {
	TY_KNOWN_NOTHING,
	TY_KNOWN_QUEUED, /* ready, delayed or waiting */
	TY_KNOWN_LEASED,
	TY_KNOWN_DEAD,
	TY_KNOWN_FINISHED /* within the last minutes, or canceled */
};
/* Ask for all in one round trip; 'ret_known' takes 'count'. */
enum ty_code ty_queue_sync_known(struct ty_queue_sync *queue, const struct ty_id *run_ids,
				 size_t count, enum ty_known *ret_known,
				 struct ty_err *err) TY_MUST_CHECK;

struct ty_queue_reaped {
	size_t returned;   /* leases past their deadline that went back to ready */
	size_t due;	   /* delayed jobs that became ready */
	size_t buried;	   /* jobs that were poison */
	int64_t memory_ms; /* age of Redis's memory: small after it was lost */
};
enum ty_code ty_queue_sync_reap(struct ty_queue_sync *queue, int64_t deliveries_max, size_t max,
				struct ty_queue_reaped *ret_reaped,
				struct ty_err *err) TY_MUST_CHECK;

struct ty_queue_stats {
	int64_t ready, leased, delayed, waiting, dead, workspaces;
	int64_t damaged; /* jobs dropped so far because they could not be read */
};
enum ty_code ty_queue_sync_stats(struct ty_queue_sync *queue, struct ty_queue_stats *ret_stats,
				 struct ty_err *err) TY_MUST_CHECK;

struct ty_dead {
	struct ty_id run_id, workspace_id, workflow_id;
	const char *reason;
	int64_t deliveries, buried_at_ms;
	const char *payload;
	size_t payload_len;
};
/* Oldest first; owned by 'arena'. */
enum ty_code ty_queue_sync_dead(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
				struct ty_dead **ret_dead, size_t *ret_count,
				struct ty_err *err) TY_MUST_CHECK;
/*
 * Dead jobs whose end is not yet recorded in Postgres; dead_recorded says that it is. Recorded or not, jobs
 * stay listed until dropped.
 */
enum ty_code ty_queue_sync_dead_new(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
				    struct ty_dead **ret_dead, size_t *ret_count,
				    struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_queue_sync_dead_recorded(struct ty_queue_sync *queue, const struct ty_id *run_id,
					 struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_queue_sync_dead_drop(struct ty_queue_sync *queue, const struct ty_id *run_id,
				     bool *ret_found, struct ty_err *err) TY_MUST_CHECK;

/*
 * Receipts owed to Postgres, oldest first: it was away when the job was admitted, so
 * 'owed' was kept by the same script.  Drop them once they are written there.
 */
enum ty_code ty_queue_sync_owed(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
				char ***ret_receipts, char ***ret_ids, size_t *ret_count,
				struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_queue_sync_owed_drop(struct ty_queue_sync *queue, char *const *ids, size_t count,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
