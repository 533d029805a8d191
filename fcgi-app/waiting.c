/*
 * waiting.c -- see waiting.h.
 *
 * The lock guards the list, the waits' states and the counters; the loop's thread alone touches libuv,
 * Redis and Postgres.
 */
#include "waiting.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "conf/conf.h"
#include "queue/overs.h"
#include "store/answer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Deadlines are kept to this; a tick costs a walk over the list. */
#define TICK_MS 100
/* Between two looks at the records: with a tick and the statement within a second. */
#define LOOK_MS 800

/* A run that is waited for no longer. */
struct left {
	struct left *next;
	struct ty_id run_id;
};

enum { STATE_BEGUN, STATE_PARKED, STATE_READY };

struct ty_waiting {
	struct ty_log log;
	pthread_mutex_t lock;
	pthread_t thread;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t tick;
	struct ty_queue_overs *overs;
	struct ty_store_async *store;
	struct ty_wait *first;
	struct left *left;
	size_t count;
	bool is_draining, is_stopping;
	bool look_soon; /* somebody listens since a moment ago: what was before? */
	ty_waiting_ready_fn ready;
	void *ready_ctx;
	/* The loop's own. */
	bool is_looking;
	int64_t looked_ms;
};

/* ---- states; under the lock, but for the telling ---- */

/* Lock held.  True where 'ready' is to be told. */
static bool
wait_make_ready(struct ty_wait *wait, enum ty_wait_end end)
{
	if (wait->state != STATE_PARKED)
		return false;
	wait->state = STATE_READY;
	wait->end = end;
	return true;
}

/* Waits made ready during a walk, told after it. */
struct ready_list {
	struct ty_wait *first;
};

static void
ready_add(struct ready_list *list, struct ty_wait *wait, enum ty_wait_end end)
{
	if (!wait_make_ready(wait, end))
		return;
	wait->next_ready = list->first;
	list->first = wait;
}

static void
ready_tell(struct ty_waiting *waiting, struct ready_list *list)
{
	struct ty_wait *next;

	for (struct ty_wait *wait = list->first; wait != NULL; wait = next) {
		next = wait->next_ready;
		waiting->ready(waiting->ready_ctx, wait);
	}
}

/* ---- what Redis tells ---- */

static void
waiting_heard(void *ctx, const struct ty_id *run_id)
{
	struct ty_waiting *waiting = ctx;
	struct ready_list ready = { NULL };

	pthread_mutex_lock(&waiting->lock);
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next) {
		if (strcmp(wait->run_id.s, run_id->s) != 0)
			continue;
		wait->is_heard = true;
		ready_add(&ready, wait, TY_WAIT_HEARD);
	}
	pthread_mutex_unlock(&waiting->lock);
	ready_tell(waiting, &ready);
}

/* Look at the record soon, because a message before we listened is only there. */
static void
waiting_listening(void *ctx, const struct ty_id *run_id)
{
	struct ty_waiting *waiting = ctx;

	pthread_mutex_lock(&waiting->lock);
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next) {
		if (strcmp(wait->run_id.s, run_id->s) == 0 &&
		    (wait->state == STATE_PARKED || wait->is_duplicate))
			waiting->look_soon = true;
	}
	pthread_mutex_unlock(&waiting->lock);
}

/* The lock is held. */
static bool
is_waited_for(const struct ty_waiting *waiting, const struct ty_id *run_id)
{
	const struct ty_wait *wait = waiting->first;

	while (wait != NULL && strcmp(wait->run_id.s, run_id->s) != 0)
		wait = wait->next;
	return wait != NULL;
}

/* The lock is held. */
static void
waiting_forget(struct ty_waiting *waiting)
{
	struct left *next;

	for (struct left *left = waiting->left; left != NULL; left = next) {
		next = left->next;
		if (!is_waited_for(waiting, &left->run_id))
			ty_queue_overs_leave(waiting->overs, &left->run_id);
		free(left);
	}
	waiting->left = NULL;
}

/* The lock is held. */
static void
waiting_leaves(struct ty_waiting *waiting, const struct ty_id *run_id)
{
	struct left *left = malloc(sizeof(*left));

	TY_ASSERT(left != NULL);
	*left = (struct left){ waiting->left, *run_id };
	waiting->left = left;
}

/* The lock is held. */
static void
waiting_listen(struct ty_waiting *waiting)
{
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next) {
		if (wait->is_listening)
			continue;
		wait->is_listening = true;
		ty_queue_overs_listen(waiting->overs, &wait->run_id);
	}
}

static void
waiting_up(void *ctx)
{
	struct ty_waiting *waiting = ctx;

	pthread_mutex_lock(&waiting->lock);
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next)
		wait->is_listening = false;
	waiting_listen(waiting);
	pthread_mutex_unlock(&waiting->lock);
}

/* ---- what the records say ---- */

static void
waiting_take(struct ty_waiting *waiting, const struct ty_told_run *runs, size_t count)
{
	struct ready_list ready = { NULL };

	pthread_mutex_lock(&waiting->lock);
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next) {
		for (size_t i = 0; i < count; i++) {
			if (strcmp(wait->run_id.s, runs[i].run_id.s) == 0 &&
			    (runs[i].is_over || wait->what == TY_WAITS_NODE))
				ready_add(&ready, wait, TY_WAIT_HEARD);
		}
	}
	pthread_mutex_unlock(&waiting->lock);
	ready_tell(waiting, &ready);
}

static void
waiting_looked(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct ty_waiting *waiting = ctx;
	struct ty_arena *arena = ty_arena_new(NULL, "told", 0);
	struct ty_told_run *runs;
	struct ty_err why = { TY_OK };
	size_t count;

	waiting->is_looking = false;
	if (err == NULL && ty_store_told_decode(arena, rows, &runs, &count, &why) == TY_OK)
		waiting_take(waiting, runs, count);
	ty_arena_free(arena);
}

/* Ask about all parked runs in one statement. */
static void
waiting_look(struct ty_waiting *waiting)
{
	struct ty_arena *arena;
	struct ty_store_query query;
	struct ty_id *ids;
	size_t count = 0;

	if (waiting->is_looking || !ty_store_async_is_up(waiting->store))
		return;
	arena = ty_arena_new(NULL, "look", 0);
	pthread_mutex_lock(&waiting->lock);
	ids = ty_arena_alloc_array(arena, waiting->count + 1, sizeof(*ids));
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next) {
		if (wait->state == STATE_PARKED)
			ids[count++] = wait->run_id;
	}
	waiting->look_soon = false;
	pthread_mutex_unlock(&waiting->lock);
	waiting->looked_ms = ty_time_mono_ms();
	if (count > 0) {
		waiting->is_looking = true;
		ty_store_told_query(arena, ids, count, &query);
		ty_store_async_run(waiting->store, &query, waiting_looked, waiting);
	}
	ty_arena_free(arena);
}

/* ---- the loop ---- */

static void
waiting_late(struct ty_waiting *waiting)
{
	int64_t now_ms = ty_time_mono_ms();
	struct ready_list ready = { NULL };

	pthread_mutex_lock(&waiting->lock);
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next) {
		if (wait->deadline_ms <= now_ms)
			ready_add(&ready, wait, TY_WAIT_LATE);
	}
	pthread_mutex_unlock(&waiting->lock);
	ready_tell(waiting, &ready);
}

static void
waiting_tick(uv_timer_t *timer)
{
	struct ty_waiting *waiting = timer->data;
	bool is_idle;

	waiting_late(waiting);
	if (waiting->look_soon || ty_time_mono_ms() - waiting->looked_ms >= LOOK_MS)
		waiting_look(waiting);
	pthread_mutex_lock(&waiting->lock);
	is_idle = waiting->count == 0;
	pthread_mutex_unlock(&waiting->lock);
	if (is_idle)
		uv_timer_stop(timer);
}

static void
waiting_close(struct ty_waiting *waiting)
{
	uv_timer_stop(&waiting->tick);
	uv_close((uv_handle_t *)&waiting->tick, NULL);
	uv_close((uv_handle_t *)&waiting->wake, NULL);
	ty_queue_overs_free(waiting->overs);
	ty_store_async_free(waiting->store);
}

static void
waiting_woken(uv_async_t *async)
{
	struct ty_waiting *waiting = async->data;
	bool stop;

	pthread_mutex_lock(&waiting->lock);
	stop = waiting->is_stopping;
	waiting_forget(waiting);
	if (!stop)
		waiting_listen(waiting);
	pthread_mutex_unlock(&waiting->lock);
	if (stop)
		waiting_close(waiting);
	else if (!uv_is_active((uv_handle_t *)&waiting->tick))
		uv_timer_start(&waiting->tick, waiting_tick, TICK_MS, TICK_MS);
}

static void
waiting_store_state(void *ctx, const char *away)
{
	struct ty_waiting *waiting = ctx;

	if (away != NULL)
		ty_log_debug(&waiting->log, "what requests wait for cannot be looked up", "why=%s",
			     away);
}

static void *
waiting_thread(void *arg)
{
	struct ty_waiting *waiting = arg;

	uv_run(&waiting->loop, UV_RUN_DEFAULT);
	return NULL;
}

/* ---- the interface ---- */

enum ty_code
ty_waiting_new(const struct ty_conf *conf, const struct ty_log *log,
	       struct ty_waiting **ret_waiting, struct ty_err *err)
{
	struct ty_waiting *waiting = calloc(1, sizeof(*waiting));

	TY_ASSERT(waiting != NULL);
	waiting->log = *log;
	pthread_mutex_init(&waiting->lock, NULL);
	uv_loop_init(&waiting->loop);
	uv_async_init(&waiting->loop, &waiting->wake, waiting_woken);
	uv_timer_init(&waiting->loop, &waiting->tick);
	waiting->wake.data = waiting->tick.data = waiting;
	waiting->overs = ty_queue_overs_new(&waiting->loop, conf->redis_url, conf->lane,
					    waiting_heard, waiting_listening, waiting_up, waiting);
	waiting->store = ty_store_async_new(&waiting->loop, conf->database_url, "tyboo-api",
					    waiting_store_state, waiting);
	if (pthread_create(&waiting->thread, NULL, waiting_thread, waiting) != 0) {
		waiting_close(waiting);
		uv_run(&waiting->loop, UV_RUN_DEFAULT);
		uv_loop_close(&waiting->loop);
		free(waiting);
		return ty_err_set(err, TY_E_INTERNAL, "the thread of what waits did not start");
	}
	*ret_waiting = waiting;
	return TY_OK;
}

void
ty_waiting_free(struct ty_waiting *waiting)
{
	if (waiting == NULL)
		return;
	pthread_mutex_lock(&waiting->lock);
	waiting->is_stopping = true;
	pthread_mutex_unlock(&waiting->lock);
	uv_async_send(&waiting->wake);
	pthread_join(waiting->thread, NULL);
	TY_ASSERT(waiting->first == NULL && uv_loop_close(&waiting->loop) == 0);
	pthread_mutex_destroy(&waiting->lock);
	free(waiting);
}

void
ty_waiting_on_ready(struct ty_waiting *waiting, ty_waiting_ready_fn ready, void *ctx)
{
	waiting->ready = ready;
	waiting->ready_ctx = ctx;
}

struct ty_wait *
ty_waiting_begin(struct ty_waiting *waiting, const struct ty_id *run_id, int64_t for_ms)
{
	struct ty_wait *wait = NULL;

	pthread_mutex_lock(&waiting->lock);
	if (waiting->count < TY_LIMIT_ANSWERS_WAITING_COUNT && !waiting->is_draining &&
	    waiting->ready != NULL) {
		wait = calloc(1, sizeof(*wait));
		TY_ASSERT(wait != NULL);
		wait->run_id = *run_id;
		wait->for_ms = for_ms;
		wait->deadline_ms = ty_time_mono_ms() + for_ms;
		wait->next = waiting->first;
		if (wait->next != NULL)
			wait->next->prev = wait;
		waiting->first = wait;
		waiting->count++;
	}
	pthread_mutex_unlock(&waiting->lock);
	if (wait != NULL)
		uv_async_send(&waiting->wake);
	return wait;
}

void
ty_waiting_move(struct ty_waiting *waiting, struct ty_wait *wait, const struct ty_id *run_id)
{
	pthread_mutex_lock(&waiting->lock);
	waiting_leaves(waiting, &wait->run_id);
	wait->run_id = *run_id;
	wait->is_listening = wait->is_heard = false;
	wait->is_duplicate = true;
	waiting->look_soon = true;
	pthread_mutex_unlock(&waiting->lock);
	uv_async_send(&waiting->wake);
}

void
ty_waiting_park(struct ty_waiting *waiting, struct ty_wait *wait, void *conn)
{
	struct ready_list ready = { NULL };

	pthread_mutex_lock(&waiting->lock);
	wait->conn = conn;
	wait->end = TY_WAIT_NOT;
	wait->state = STATE_PARKED;
	if (waiting->is_draining)
		ready_add(&ready, wait, TY_WAIT_DRAIN);
	else if (wait->is_gone)
		ready_add(&ready, wait, TY_WAIT_GONE);
	else if (wait->is_heard)
		ready_add(&ready, wait, TY_WAIT_HEARD);
	wait->is_heard = false;
	pthread_mutex_unlock(&waiting->lock);
	ready_tell(waiting, &ready);
}

void
ty_waiting_leave(struct ty_waiting *waiting, struct ty_wait *wait)
{
	struct ready_list ready = { NULL };

	pthread_mutex_lock(&waiting->lock);
	wait->is_gone = true;
	ready_add(&ready, wait, TY_WAIT_GONE);
	pthread_mutex_unlock(&waiting->lock);
	ready_tell(waiting, &ready);
}

void
ty_waiting_end(struct ty_waiting *waiting, struct ty_wait *wait)
{
	pthread_mutex_lock(&waiting->lock);
	TY_ASSERT(wait->state != STATE_PARKED);
	*(wait->prev != NULL ? &wait->prev->next : &waiting->first) = wait->next;
	if (wait->next != NULL)
		wait->next->prev = wait->prev;
	waiting->count--;
	waiting_leaves(waiting, &wait->run_id);
	pthread_mutex_unlock(&waiting->lock);
	uv_async_send(&waiting->wake);
	free(wait->headers);
	free(wait);
}

void
ty_waiting_drain(struct ty_waiting *waiting)
{
	struct ready_list ready = { NULL };

	pthread_mutex_lock(&waiting->lock);
	waiting->is_draining = true;
	for (struct ty_wait *wait = waiting->first; wait != NULL; wait = wait->next)
		ready_add(&ready, wait, TY_WAIT_DRAIN);
	pthread_mutex_unlock(&waiting->lock);
	ready_tell(waiting, &ready);
}
