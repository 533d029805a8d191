/*
 * internal.h -- what intake.c (threads, connections, whose turn it is), submit.c (the
 * callers' side) and group.c (the life of one group) share; private to lib/intake.
 *
 * Everything but what is under 'lock' belongs to the committer's thread.
 */
#ifndef TY_INTAKE_INTERNAL_H
#define TY_INTAKE_INTERNAL_H

#include "base/limits.h"
#include "intake/intake.h"
#include "store/query.h"

#include <pthread.h>
#include <semaphore.h>
#include <uv.h>

/* A submit; its caller owns it, and frees it once 'done' is posted. */
struct entry {
	struct entry *next;
	const struct ty_receipt *receipt;
	struct ty_job_text job; /* no text: only to be kept */
	size_t bytes;		/* bytes that count against a group, about */
	sem_t done; /* a semaphore and no condition, because who wakes then needs no lock that others hold */
	enum ty_code code; /* with 'admission' the committer's until 'done' */
	struct ty_admission admission;
};

struct entry_list {
	struct entry *first, **last;
	size_t count;
};

/* Unclaimed receipts written since they were last cut down to their limit: whose, and their bytes. */
struct unclaimed {
	struct ty_id workspaces[TY_LIMIT_UNCLAIMED_SLACK_COUNT];
	size_t count, bytes;
};

struct ty_intake {
	const char *database_url;
	struct ty_log log;
	pthread_t thread;
	uv_loop_t loop;
	uv_async_t wake; /* something was handed in, or it is time to stop */

	pthread_mutex_t lock;
	pthread_cond_t came_up;	      /* a store did */
	struct entry_list small, big; /* handed in, oldest first */
	bool is_stopping;
	bool is_store_up, is_queue_up; /* copies for ty_intake_new */

	struct ty_store_async *store; /* NULL: given a rest, see intake_on_stall */
	struct ty_queue *queue;
	struct ty_log_fault queue_fault; /* Redis is there and takes nothing */
	uv_timer_t stall;		 /* a statement takes too long; or the rest is over */
	size_t statements;		 /* statements whose answers are outstanding */
	struct ty_arena *arena;		 /* arena of the group in flight */
	bool is_busy;			 /* a group is in flight */
	bool was_big;			 /* the last group was; the small ones are next */
	struct unclaimed unclaimed;
	uv_timer_t linger; /* the next group waits for more, see intake_next */
	bool is_linger_over;
	size_t group_count; /* members of the group in flight */
	size_t expected;    /* entries in flight when the last group ended */
};

/* ---- intake.c, for submit.c ---- */

/* Hand these in, so that they are one group where they fit into one; each is answered by its 'done'. */
void intake_hand_in(struct ty_intake *intake, struct entry *entries, size_t count);

/* ---- intake.c, for group.c ---- */

/*
 * Run a statement that must not take for ever.  False where Postgres is away, and then 'fn' is
 * not called; else 'fn' must call intake_answered first.
 */
bool intake_query(struct ty_intake *intake, const struct ty_store_query *query,
		  ty_store_async_fn fn, void *ctx);
void intake_answered(struct ty_intake *intake);
/* Tell the caller; the entry is gone. */
void intake_answer(struct ty_intake *intake, struct entry *entry, enum ty_code code,
		   const struct ty_admission *admission);
/* Redis's answers to jobs, for the log. */
void intake_note_asked(struct ty_intake *intake, const struct ty_err *err);
/* Every entry of the group in flight is answered: its arena is cleared. */
void intake_group_ended(struct ty_intake *intake);

/* ---- unclaimed.c ---- */

/*
 * Postgres has written an unclaimed receipt.  Where enough have come, they are cut down to their limit
 * by a statement that nobody waits for.
 */
void unclaimed_written(struct ty_intake *intake, const struct ty_receipt *receipt);

/* ---- group.c ---- */

/* Commit these; ends in intake_group_ended, now or later. */
void group_begin(struct ty_intake *intake, struct entry *first, size_t count);

/* ---- row.c ---- */

const char *receipt_refusal_reason(enum ty_verdict verdict); /* for deliveries.reason */
bool receipt_has_same_body(const struct ty_receipt *a, const struct ty_receipt *b);

#endif
