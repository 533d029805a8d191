/*
 * reap.h -- tyboo-reap: what was accepted gets its run, whatever was lost in between.
 *
 *	main.c      lock, signals; conf/program.h has the rest
 *	reap.c      the table of duties, and whose turn it is
 *	leases.c    leases past their deadline, due delays, poison; has Redis lost its memory?
 *	damage.c    does Redis take writes; what of the queue cannot be read: said, put right
 *	dead.c      dead letters: their runs recorded as errors
 *	pauses.c    what is paused, the same in the queue as in Postgres
 *	breakers.c  what circuit breakers did, recorded
 *	owed.c      receipts that Postgres does not have yet
 *	hooks.c     published hooks, mirrored to Redis for when Postgres is away
 *	receipts.c  accepted receipts that have neither a finished run nor a job
 *	blobs.c     files that nothing names, uploads that never ended
 *	cancels.c   runs whose caller was canceled
 *	tidy.c      partitions, retention, what has expired
 *
 * Invariants:
 *   (1) Every duty may be done again, by another tyboo-reap at the same time too.
 *   (2) No receipt is pushed while one is owed: the owed may say that it was refused.
 *   (3) A duty that fails is tried again in its turn; what it did so far stays done.
 *
 * One thread, blocking calls; a store that is away fails them, and they work again when it is back.
 */
#ifndef TY_REAP_REAP_H
#define TY_REAP_REAP_H

#include "base/err.h"
#include "log/log.h"
#include "queue/queue.h"
#include "store/pack.h"
#include "store/query.h"

#include <signal.h>

enum duty_id {
	DUTY_LEASES,
	DUTY_WRITES,
	DUTY_DAMAGE,
	DUTY_DEAD,
	DUTY_PAUSES,
	DUTY_BREAKERS,
	DUTY_HOLDS,
	DUTY_CRASHES,
	DUTY_OWED,
	DUTY_RECEIPTS,
	DUTY_CANCELS,
	DUTY_HOOKS,
	DUTY_PARTITIONS,
	DUTY_TIDY,
	DUTY_BLOBS,
	DUTY__COUNT
};

struct duty_state {
	int64_t due_ms; /* monotonic */
	struct ty_log_fault fault;
};

struct reap {
	const struct ty_conf *conf;
	const struct ty_log *log;
	struct ty_store *store;
	struct ty_queue_sync *queue;
	struct ty_pack *pack;
	struct ty_arena *arena; /* arena of one page of work: cleared by whoever filled it */
	char name[128];		/* host:pid, in what it records */
	sigset_t stop_signals;	/* blocked; the loop takes them */
	bool is_stopping;
	struct duty_state states[DUTY__COUNT];

	/* leases.c: monotonic times */
	int64_t memory_began_ms; /* start of Redis's memory; INT64_MIN = not known yet */
	bool queue_was_away;
	int64_t hurry_from_ms, hurry_until_ms; /* receipts may be without a job: look at once */

	/* damage.c */
	uint64_t check_cursor; /* cursor of the walk over the queue's keys */

	/* owed.c */
	bool owes_nothing;   /* only receipts that Postgres refuses are left */
	size_t refused_owed; /* number of those, at the head of the stream */

	/* hooks.c */
	int64_t hooks_took_ms; /* the last pass */
	size_t hooks_left_out; /* too large to be mirrored */

	/* tidy.c */
	bool has_rewound;
	bool made_partition; /* another one may have to be made */
};

/* ---- reap.c ---- */

struct reap *reap_new(const struct ty_conf *conf, const struct ty_log *log);
void reap_free(struct reap *reap);
/* Every duty that is due, in order; gives the milliseconds until the next is. */
int64_t reap_once(struct reap *reap);
/* Until one of 'stop_signals', which the caller has blocked. */
void reap_main(struct reap *reap, const sigset_t *stop_signals);
/* A signal has come: a duty ends after the page it is at. */
bool reap_should_stop(struct reap *reap);
/* Run one statement, committed; rows are in the reap's arena. */
enum ty_code reap_query(struct reap *reap, const struct ty_store_query *query,
			struct ty_rows *ret_rows, struct ty_err *err) TY_MUST_CHECK;
bool reap_is_hurrying(const struct reap *reap);

/* ---- duties: TY_E_UNAVAILABLE where a store is away ---- */

enum ty_code reap_leases(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_writes(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_damage(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_pauses(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_dead(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_breaker_holds(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_breakers(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_crashes(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_owed(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_receipts(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_cancels(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_hooks(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_partitions(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_blobs(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;
enum ty_code reap_tidy(struct reap *reap, struct ty_err *err) TY_MUST_CHECK;

#endif
