/*
 * intake.c -- the committer's thread: hand-in, whose turn it is, its two connections.
 *
 * Invariants:
 *   (1) One group at a time.  What a group answers may depend on its own members (two deliveries
 *       with the same key), never on a group that is still in doubt.
 *   (2) Small receipts wait for at most one large one: a group of small ones is bounded by bytes,
 *       a large one is a group of its own, and the two kinds take turns.
 *   (3) Whoever was answered is likely to send the next at once, and a group of all that are in
 *       flight costs as much as one of half of them: the next group waits for as many as there were,
 *       LINGER_MS at most.  A lone caller waits for nobody.
 *   (4) A statement that takes longer than STALL_MS fails: its connection is given up and Postgres
 *       counts as away for REST_MS.  Redis's connection watches itself (queue.c).  So a caller
 *       waits seconds at most, whatever hangs.
 *
 * No other thread touches the loop; uv_async_send is the only call from outside.
 */
#include "internal.h"

#include "base/arena.h"
#include "conf/conf.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Time of a statement until it counts as hanging: a commit takes a millisecond, one of 16 MiB on a slow
 * disk a second. */
#define STALL_MS 2500
/* Time without an attempt after one hung, because each may leave a session behind. */
#define REST_MS 5000
/* Time that a start waits for both stores: connecting takes milliseconds. */
#define CONNECT_WAIT_MS 1000
/* Members of a group: more than has ever been in flight at once, and its arrays stay small. */
#define GROUP_COUNT_MAX 256
/* A group's bytes: about ten milliseconds of Postgres's time. */
#define GROUP_BYTES_MAX ((size_t)1024 * 1024)
/* Invariant (3): less than the commit that it spares, and all that a timer of libuv can do. */
#define LINGER_MS 1
/* From here on a receipt is a group of its own. */
#define BIG_BYTES ((size_t)256 * 1024)

static void intake_next(struct ty_intake *intake);

/* ---- lists ---- */

static void
list_init(struct entry_list *list)
{
	list->first = NULL;
	list->last = &list->first;
	list->count = 0;
}

static void
list_add(struct entry_list *list, struct entry *entry)
{
	entry->next = NULL;
	*list->last = entry;
	list->last = &entry->next;
	list->count++;
}

/* Take as many entries as fit into a group, at least one where there is one. */
static struct entry *
list_take(struct entry_list *list, size_t *ret_count)
{
	struct entry *first = list->first, **at = &list->first;
	size_t bytes = 0, count = 0;

	while (*at != NULL && count < GROUP_COUNT_MAX &&
	       (count == 0 || bytes + (*at)->bytes <= GROUP_BYTES_MAX)) {
		bytes += (*at)->bytes;
		count++;
		at = &(*at)->next;
	}
	list->first = *at;
	*at = NULL;
	if (list->first == NULL)
		list->last = &list->first;
	list->count -= count;
	*ret_count = count;
	return count > 0 ? first : NULL;
}

/* ---- connections ---- */

static void
intake_note(struct ty_intake *intake, bool *flag, const char *away, const char *who)
{
	char why[512];

	pthread_mutex_lock(&intake->lock);
	*flag = away == NULL;
	pthread_cond_broadcast(&intake->came_up);
	pthread_mutex_unlock(&intake->lock);
	if (away == NULL)
		ty_log_info(&intake->log, "a store is there", "store=%s", who);
	else
		ty_log_warn(&intake->log, "a store is away: receipts go to the other alone",
			    "store=%s why=%s", who, ty_log_quote(away, why, sizeof(why)));
}

/* A Redis that is there and takes nothing in is said once for each reason: it loads, its memory or its disk is full. */
void
intake_note_asked(struct ty_intake *intake, const struct ty_err *err)
{
	bool refuses = err != NULL && ty_queue_is_up(intake->queue);

	if (refuses && ty_log_fault_is_new(&intake->queue_fault, err))
		ty_log_err(&intake->log, TY_LOG_WARN,
			   "Redis takes no job: receipts wait in Postgres", err);
	else if (!refuses && ty_log_fault_is_over(&intake->queue_fault) && err == NULL)
		ty_log_info(&intake->log, "Redis takes jobs again", "store=%s", "redis");
}

static void
intake_on_store(void *ctx, const char *away)
{
	struct ty_intake *intake = ctx;

	intake_note(intake, &intake->is_store_up, away, "postgres");
}

static void
intake_on_queue(void *ctx, const char *away)
{
	struct ty_intake *intake = ctx;

	intake_note(intake, &intake->is_queue_up, away, "redis");
}

static void
intake_connect(struct ty_intake *intake)
{
	intake->store = ty_store_async_new(&intake->loop, intake->database_url, "tyboo intake",
					   intake_on_store, intake);
}

static void
intake_on_rested(uv_timer_t *timer)
{
	intake_connect(timer->data);
}

/* Invariant (4).  What was outstanding may have happened: its group knows. */
static void
intake_on_stall(uv_timer_t *timer)
{
	struct ty_intake *intake = timer->data;
	struct ty_store_async *store = intake->store;

	intake->store = NULL;
	intake_on_store(intake, "it does not answer");
	uv_timer_start(timer, intake_on_rested, REST_MS, 0);
	ty_store_async_free(store);
}

bool
intake_query(struct ty_intake *intake, const struct ty_store_query *query, ty_store_async_fn fn,
	     void *ctx)
{
	if (intake->store == NULL || !ty_store_async_is_up(intake->store))
		return false;
	if (intake->statements++ == 0)
		uv_timer_start(&intake->stall, intake_on_stall, STALL_MS, 0);
	ty_store_async_run(intake->store, query, fn, ctx);
	return true;
}

void
intake_answered(struct ty_intake *intake)
{
	/* With no store the timer is that of its rest. */
	if (--intake->statements == 0 && intake->store != NULL)
		uv_timer_stop(&intake->stall);
}

/* ---- whose turn it is ---- */

void
intake_answer(struct ty_intake *intake, struct entry *entry, enum ty_code code,
	      const struct ty_admission *admission)
{
	entry->code = code;
	entry->admission = *admission;
	sem_post(&entry->done);
}

void
intake_group_ended(struct ty_intake *intake)
{
	ty_arena_clear(intake->arena);
	intake->is_busy = false;
	pthread_mutex_lock(&intake->lock);
	intake->expected = intake->group_count + intake->small.count;
	pthread_mutex_unlock(&intake->lock);
	/* Begin from the loop, because this may be called from within intake_next. */
	uv_async_send(&intake->wake);
}

static void
intake_close(struct ty_intake *intake)
{
	struct ty_store_async *store = intake->store;

	intake->store = NULL;
	ty_store_async_free(store);
	ty_queue_free(intake->queue);
	uv_close((uv_handle_t *)&intake->stall, NULL);
	uv_close((uv_handle_t *)&intake->linger, NULL);
	uv_close((uv_handle_t *)&intake->wake, NULL);
}

static void
intake_on_lingered(uv_timer_t *timer)
{
	struct ty_intake *intake = timer->data;

	intake->is_linger_over = true;
	intake_next(intake);
}

/* Invariant (3).  Under the lock. */
static bool
intake_is_worth_waiting(struct ty_intake *intake)
{
	if (intake->is_linger_over || intake->is_stopping || intake->big.first != NULL ||
	    intake->small.first == NULL || intake->small.count >= intake->expected)
		return false;
	if (!uv_is_active((uv_handle_t *)&intake->linger))
		uv_timer_start(&intake->linger, intake_on_lingered, LINGER_MS, 0);
	return true;
}

/* Invariant (2).  Under the lock. */
static struct entry *
intake_take(struct ty_intake *intake, size_t *ret_count)
{
	intake->was_big =
		intake->big.first != NULL && (intake->small.first == NULL || !intake->was_big);
	return list_take(intake->was_big ? &intake->big : &intake->small, ret_count);
}

static void
intake_next(struct ty_intake *intake)
{
	struct entry *first = NULL;
	bool is_waiting, is_stopping;

	if (intake->is_busy)
		return;
	pthread_mutex_lock(&intake->lock);
	is_waiting = intake_is_worth_waiting(intake);
	if (!is_waiting)
		first = intake_take(intake, &intake->group_count);
	is_stopping = intake->is_stopping;
	pthread_mutex_unlock(&intake->lock);
	if (is_waiting)
		return;
	if (first != NULL) {
		intake->is_busy = true;
		intake->is_linger_over = false;
		uv_timer_stop(&intake->linger);
		group_begin(intake, first, intake->group_count);
	} else if (is_stopping && !uv_is_closing((uv_handle_t *)&intake->wake)) {
		intake_close(intake);
	}
}

void
intake_hand_in(struct ty_intake *intake, struct entry *entries, size_t count)
{
	pthread_mutex_lock(&intake->lock);
	for (size_t i = 0; i < count; i++)
		list_add(entries[i].bytes >= BIG_BYTES ? &intake->big : &intake->small,
			 &entries[i]);
	pthread_mutex_unlock(&intake->lock);
	uv_async_send(&intake->wake);
}

static void
intake_on_wake(uv_async_t *wake)
{
	intake_next(wake->data);
}

static void *
intake_main(void *arg)
{
	struct ty_intake *intake = arg;

	uv_run(&intake->loop, UV_RUN_DEFAULT);
	return NULL;
}

/* ---- beginning and end ---- */

static void
intake_init(struct ty_intake *intake, const struct ty_conf *conf, const struct ty_log *log)
{
	pthread_condattr_t attr;

	intake->arena = ty_arena_new(NULL, "intake group", 0);
	intake->database_url = strdup(conf->database_url);
	TY_ASSERT(intake->database_url != NULL);
	intake->log = *log;
	list_init(&intake->small);
	list_init(&intake->big);
	pthread_mutex_init(&intake->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&intake->came_up, &attr);
	pthread_condattr_destroy(&attr);
	TY_ASSERT(uv_loop_init(&intake->loop) == 0);
	TY_ASSERT(uv_async_init(&intake->loop, &intake->wake, intake_on_wake) == 0);
	uv_timer_init(&intake->loop, &intake->stall);
	uv_timer_init(&intake->loop, &intake->linger);
	intake->wake.data = intake->stall.data = intake->linger.data = intake;
	intake->queue = ty_queue_new(&intake->loop, conf->redis_url, conf->lane, conf->lease_ms,
				     intake_on_queue, NULL, intake);
	intake_connect(intake);
}

static void
intake_release(struct ty_intake *intake)
{
	TY_ASSERT(uv_loop_close(&intake->loop) == 0);
	pthread_cond_destroy(&intake->came_up);
	pthread_mutex_destroy(&intake->lock);
	ty_arena_free(intake->arena);
	free((char *)intake->database_url);
	free(intake);
}

/* Wait for both stores, so that the first requests find them. */
static void
intake_await_stores(struct ty_intake *intake)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CONNECT_WAIT_MS / 1000;
	pthread_mutex_lock(&intake->lock);
	while (!intake->is_store_up || !intake->is_queue_up)
		if (pthread_cond_timedwait(&intake->came_up, &intake->lock, &until) == ETIMEDOUT)
			break;
	pthread_mutex_unlock(&intake->lock);
}

enum ty_code
ty_intake_new(const struct ty_conf *conf, const struct ty_log *log, struct ty_intake **ret_intake,
	      struct ty_err *err)
{
	struct ty_intake *intake;
	sigset_t all, before;
	int rc;

	if (ty_conf_check_stores(conf, err) != TY_OK)
		return err->code;
	intake = calloc(1, sizeof(*intake));
	TY_ASSERT(intake != NULL);
	intake_init(intake, conf, log);
	/* Signals are the program's own thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&intake->thread, NULL, intake_main, intake);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		intake_close(intake);
		uv_run(&intake->loop, UV_RUN_DEFAULT);
		intake_release(intake);
		return ty_err_set(err, TY_E_INTERNAL, "cannot start the committer: %s",
				  strerror(rc));
	}
	intake_await_stores(intake);
	*ret_intake = intake;
	return TY_OK;
}

void
ty_intake_free(struct ty_intake *intake)
{
	if (intake == NULL)
		return;
	pthread_mutex_lock(&intake->lock);
	intake->is_stopping = true;
	pthread_mutex_unlock(&intake->lock);
	uv_async_send(&intake->wake);
	pthread_join(intake->thread, NULL);
	intake_release(intake);
}
