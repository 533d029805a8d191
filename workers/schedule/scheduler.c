/*
 * scheduler.c -- when to look, and what at.
 *
 * The first entries of two indexes say when there is something to do.  What is published or called
 * meanwhile may be due sooner, so nobody sleeps longer than 'schedule_ms'.
 */
#include "scheduler.h"

#include "base/arena.h"
#include "base/time.h"
#include "conf/conf.h"
#include "store/schedule.h"

#include <stdlib.h>
#include <time.h>

/* Something is due that another scheduler has, or that has no room in the queue yet. */
#define BUSY_MS 20
/* A store is away. */
#define AWAY_MS 500
/* Time without a tick handed in after which a new one is not late. */
#define REST_MS 1000

enum ty_code
scheduler_new(const struct ty_conf *conf, const struct ty_log *log,
	      struct scheduler **ret_scheduler, struct ty_err *err)
{
	struct ty_intake *intake;
	struct scheduler *scheduler;

	if (ty_intake_new(conf, log, &intake, err) != TY_OK)
		return err->code;
	scheduler = calloc(1, sizeof(*scheduler));
	TY_ASSERT(scheduler != NULL);
	scheduler->conf = conf;
	scheduler->log = log;
	scheduler->intake = intake;
	scheduler->store = ty_store_new(conf->database_url, 1, "tyboo-schedule");
	scheduler->queue = ty_queue_sync_new(conf->redis_url, conf->lane);
	scheduler->arena = ty_arena_new(NULL, "scheduler", 0);
	scheduler->zones = zones_new();
	scheduler->at_once = SCHEDULER_AT_ONCE;
	sigemptyset(&scheduler->stop_signals);
	*ret_scheduler = scheduler;
	return TY_OK;
}

void
scheduler_free(struct scheduler *scheduler)
{
	if (scheduler == NULL)
		return;
	zones_free(scheduler->zones);
	ty_arena_free(scheduler->arena);
	ty_intake_free(scheduler->intake);
	ty_queue_sync_free(scheduler->queue);
	ty_store_free(scheduler->store);
	free(scheduler);
}

static void
scheduler_wait(struct scheduler *scheduler, int64_t ms)
{
	const struct timespec limit = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	/* An empty set (tests) has nothing to wait for. */
	if (sigtimedwait(&scheduler->stop_signals, NULL, &limit) > 0)
		scheduler->is_stopping = true;
}

size_t
scheduler_pace(struct scheduler *scheduler, size_t left)
{
	int64_t now_ms = ty_time_mono_ms();
	bool is_late =
		scheduler->paced_until_ms < now_ms && scheduler->paced_until_ms > now_ms - REST_MS;
	size_t at_once = is_late ? 2 * scheduler->at_once : SCHEDULER_AT_ONCE;

	if (scheduler->paced_until_ms > now_ms && !scheduler->is_stopping)
		scheduler_wait(scheduler, scheduler->paced_until_ms - now_ms);
	if (scheduler->paced_until_ms < now_ms)
		scheduler->paced_until_ms = now_ms;
	scheduler->at_once = at_once < SCHEDULER_AT_ONCE_MAX ? at_once : SCHEDULER_AT_ONCE_MAX;
	if (left > scheduler->at_once)
		left = scheduler->at_once;
	scheduler->paced_until_ms += (int64_t)left * 1000 / SCHEDULER_TICKS_PER_S;
	return left;
}

static enum ty_code
read_clock(struct scheduler *scheduler, struct ty_schedule_clock *ret_clock, struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(scheduler->store, scheduler->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_schedule_clock(tx, ret_clock, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

/* Run each pass once; *ret_count is the sum of what they did. */
static enum ty_code
run_passes(struct scheduler *scheduler, const struct ty_schedule_clock *clock, size_t *ret_count,
	   struct ty_err *err)
{
	size_t ticks = 0, waits = 0;

	if (clock->ticks_ms <= clock->now_ms && scheduler_ticks(scheduler, &ticks, err) != TY_OK)
		return err->code;
	if (clock->waits_ms <= clock->now_ms && scheduler_waits(scheduler, &waits, err) != TY_OK)
		return err->code;
	*ret_count = ticks + waits;
	return TY_OK;
}

/* Log each failure once, and once that the passes work again. */
static void
say(struct scheduler *scheduler, const struct ty_err *err)
{
	bool is_failing = err->code != TY_OK;

	if (is_failing && ty_log_fault_is_new(&scheduler->fault, err))
		ty_log_err(scheduler->log, TY_LOG_WARN, "a pass fails; it is made again", err);
	else if (!is_failing && ty_log_fault_is_over(&scheduler->fault))
		ty_log_info(scheduler->log, "passes work again", "lane=%s", scheduler->conf->lane);
}

int64_t
scheduler_once(struct scheduler *scheduler)
{
	struct ty_schedule_clock clock;
	struct ty_err err = { TY_OK };
	int64_t next_ms;
	size_t count = 0;
	bool ok = read_clock(scheduler, &clock, &err) == TY_OK &&
		  run_passes(scheduler, &clock, &count, &err) == TY_OK;

	ty_arena_clear(scheduler->arena);
	say(scheduler, &err);
	if (!ok)
		return AWAY_MS;
	if (count > 0)
		return 0;
	next_ms = clock.ticks_ms < clock.waits_ms ? clock.ticks_ms : clock.waits_ms;
	if (next_ms <= clock.now_ms)
		return BUSY_MS;
	return next_ms - clock.now_ms < scheduler->conf->schedule_ms ? next_ms - clock.now_ms
								     : scheduler->conf->schedule_ms;
}

void
scheduler_main(struct scheduler *scheduler, const sigset_t *stop_signals)
{
	scheduler->stop_signals = *stop_signals;
	while (!scheduler->is_stopping)
		scheduler_wait(scheduler, scheduler_once(scheduler));
}
