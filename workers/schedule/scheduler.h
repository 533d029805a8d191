/*
 * scheduler.h -- tyboo-schedule: what is due at a time is handed in at that time.
 *
 *	main.c		lock, signals; conf/program.h has the rest
 *	scheduler.c	when to look, and what at
 *	ticks.c		schedules of published workflows: their ticks become deliveries
 *	zones.c	time zones, kept from pass to pass
 *	waits.c		runs that are put down and whose wait is over
 *
 * Invariants:
 *   (1) Everything may be done again, by another tyboo-schedule at the same time too: rows are locked, a
 *       tick has a delivery key of its own, and the queue takes a run once.
 *   (2) A tick is handed in (lib/intake, as a hook's delivery is) before its schedule is moved on.
 *   (3) Now is Postgres's clock, so that schedulers on several hosts agree and none is early.
 *   (4) Each pass takes a bounded number, in turn among workspaces.
 *
 * One thread with blocking calls, beside the committer's; a store that is away fails a pass, which is
 * made again when it is back.
 */
#ifndef TY_SCHEDULE_SCHEDULER_H
#define TY_SCHEDULE_SCHEDULER_H

#include "base/err.h"
#include "base/id.h"
#include "intake/intake.h"
#include "log/log.h"
#include "queue/queue.h"
#include "schedule/schedule.h"
#include "store/store.h"

#include <signal.h>

/* Ticks handed in a second where more are due: ten thousand of one second are kept after two and a half, of the three that
 * they may take, and deliveries find room between them, at both stores and on the machine's cores. */
#define SCHEDULER_TICKS_PER_S 4000
/* Ticks handed in at once: Postgres and Redis have done so many in a few milliseconds, which is how long a delivery that
 * comes meanwhile has to wait for its turn there.  A machine that does not keep the pace so gets more at once, which costs
 * it less in sum: a group of the committer at most. */
#define SCHEDULER_AT_ONCE     64
#define SCHEDULER_AT_ONCE_MAX 256
/* Runs pushed by waits.c that nobody has taken yet. */
#define SCHEDULER_PUSHED_MAX 1024

struct scheduler_pushed {
	struct ty_id run_id, workspace_id;
	int64_t at_ms; /* monotonic */
};

struct zones;

struct scheduler {
	const struct ty_conf *conf;
	const struct ty_log *log;
	struct ty_store *store;
	struct ty_queue_sync *queue;
	struct ty_intake *intake;
	struct ty_arena *arena; /* arena of one pass */
	struct zones *zones;
	sigset_t stop_signals; /* blocked; the loop takes them */
	bool is_stopping;
	struct ty_log_fault fault; /* of the last pass */
	int64_t paced_until_ms;	   /* monotonic: when the next ticks may be handed in */
	size_t at_once;

	/* waits.c */
	struct scheduler_pushed pushed[SCHEDULER_PUSHED_MAX];
	size_t pushed_count;
	struct ty_id waits_after; /* the workspace that the last pass ended with; unset = none */
};

/* ---- scheduler.c ---- */

/* 'log' and 'conf' are borrowed.  Errors: ty_intake_new's. */
enum ty_code scheduler_new(const struct ty_conf *conf, const struct ty_log *log,
			   struct scheduler **ret_scheduler, struct ty_err *err) TY_MUST_CHECK;
void scheduler_free(struct scheduler *scheduler);
/* Everything that is due; gives the milliseconds until there is more to do. */
int64_t scheduler_once(struct scheduler *scheduler);
/* Until one of 'stop_signals', which the caller has blocked. */
void scheduler_main(struct scheduler *scheduler, const sigset_t *stop_signals);

/* Wait until more ticks may be handed in, at once where few were before; gives how many of those that are left. */
size_t scheduler_pace(struct scheduler *scheduler, size_t left);

/* ---- passes: *ret_count is what was done; 0 = nothing that this one may do.  TY_E_UNAVAILABLE: a store is away ---- */

enum ty_code scheduler_ticks(struct scheduler *scheduler, size_t *ret_count,
			     struct ty_err *err) TY_MUST_CHECK;
enum ty_code scheduler_waits(struct scheduler *scheduler, size_t *ret_count,
			     struct ty_err *err) TY_MUST_CHECK;

/* ---- zones.c ---- */

struct zones *zones_new(void);
void zones_free(struct zones *zones); /* takes NULL */
/* A time zone, valid until the next call of zones_rest; NULL where the system has none of that name. */
const struct ty_zone *zones_get(struct zones *zones, const char *name);
/* Between passes: read the files again where the package tzdata was updated. */
void zones_rest(struct zones *zones);

#endif
