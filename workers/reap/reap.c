/*
 * reap.c -- the table of duties, and whose turn it is.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/time.h"
#include "conf/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A receipt without a job has waited for its grace; half of that again at most. */
#define RECEIPTS_PERIOD_MAX_MS 15000
/* Mirroring hooks takes so small a part of the time that nobody else notices. */
#define HOOKS_REST 10

static int64_t
period_reap(const struct reap *reap)
{
	return reap->conf->reap_ms;
}

static int64_t
period_receipts(const struct reap *reap)
{
	int64_t ms = reap->conf->receipt_grace_ms / 2;

	if (reap_is_hurrying(reap) || ms < reap->conf->reap_ms)
		return reap->conf->reap_ms;
	return ms < RECEIPTS_PERIOD_MAX_MS ? ms : RECEIPTS_PERIOD_MAX_MS;
}

/* A pass costs milliseconds, one that writes tens of thousands of hooks anew a second. */
static int64_t
period_hooks(const struct reap *reap)
{
	int64_t rest_ms = reap->hooks_took_ms * HOOKS_REST;

	return rest_ms > reap->conf->reap_ms ? rest_ms : reap->conf->reap_ms;
}

static int64_t
period_tidy(const struct reap *reap)
{
	return reap->conf->tidy_ms;
}

/* In this order: what is owed before what seems to have no job (invariant 2). */
static const struct {
	const char *name;
	int64_t (*period_ms)(const struct reap *reap);
	enum ty_code (*run)(struct reap *reap, struct ty_err *err);
} duties[DUTY__COUNT] = {
	[DUTY_LEASES] = { "leases", period_reap, reap_leases },
	[DUTY_WRITES] = { "writes to Redis", period_reap, reap_writes },
	[DUTY_DAMAGE] = { "damage", period_reap, reap_damage },
	[DUTY_DEAD] = { "dead letters", period_reap, reap_dead },
	[DUTY_PAUSES] = { "pauses", period_reap, reap_pauses }, /* before any job is pushed */
	[DUTY_BREAKERS] = { "circuit breakers", period_reap, reap_breakers },
	[DUTY_HOLDS] = { "breakers open by hand", period_reap, reap_breaker_holds },
	[DUTY_CRASHES] = { "reports of crashes", period_reap, reap_crashes },
	[DUTY_OWED] = { "owed receipts", period_reap, reap_owed },
	[DUTY_RECEIPTS] = { "receipts", period_receipts, reap_receipts },
	[DUTY_CANCELS] = { "cancels of called runs", period_reap, reap_cancels },
	[DUTY_HOOKS] = { "mirrored hooks", period_hooks, reap_hooks },
	[DUTY_PARTITIONS] = { "partitions", period_tidy, reap_partitions },
	[DUTY_TIDY] = { "tidying", period_tidy, reap_tidy },
	[DUTY_BLOBS] = { "files", period_tidy, reap_blobs },
};

struct reap *
reap_new(const struct ty_conf *conf, const struct ty_log *log)
{
	struct reap *reap = calloc(1, sizeof(*reap));
	char host[64] = "";

	TY_ASSERT(reap != NULL);
	gethostname(host, sizeof(host) - 1);
	snprintf(reap->name, sizeof(reap->name), "%s:%d", host, (int)getpid());
	reap->conf = conf;
	reap->log = log;
	reap->store = ty_store_new(conf->database_url, 1, "tyboo-reap");
	reap->queue = ty_queue_sync_new(conf->redis_url, conf->lane);
	reap->pack = ty_pack_new();
	reap->arena = ty_arena_new(NULL, "reap", 0);
	sigemptyset(&reap->stop_signals);
	reap->memory_began_ms = INT64_MIN;
	reap->hurry_from_ms = reap->hurry_until_ms = INT64_MIN;
	return reap;
}

void
reap_free(struct reap *reap)
{
	ty_arena_free(reap->arena);
	ty_pack_free(reap->pack);
	ty_queue_sync_free(reap->queue);
	ty_store_free(reap->store);
	free(reap);
}

bool
reap_is_hurrying(const struct reap *reap)
{
	int64_t now_ms = ty_time_mono_ms();

	return now_ms >= reap->hurry_from_ms && now_ms < reap->hurry_until_ms;
}

static void
reap_wait(struct reap *reap, int64_t ms)
{
	const struct timespec limit = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	/* An empty set (tests) has nothing to wait for. */
	if (sigtimedwait(&reap->stop_signals, NULL, &limit) > 0)
		reap->is_stopping = true;
}

bool
reap_should_stop(struct reap *reap)
{
	if (!reap->is_stopping)
		reap_wait(reap, 0);
	return reap->is_stopping;
}

enum ty_code
reap_query(struct reap *reap, const struct ty_store_query *query, struct ty_rows *ret_rows,
	   struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(reap->store, reap->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (ty_tx_run(tx, query, ret_rows, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

/* Run a duty; each failure is logged once, and once that the duty works again. */
static void
duty_run(struct reap *reap, size_t i)
{
	struct duty_state *state = &reap->states[i];
	struct ty_err err = { TY_OK };
	bool ok = duties[i].run(reap, &err) == TY_OK;

	ty_arena_clear(reap->arena);
	if (!ok && ty_log_fault_is_new(&state->fault, &err)) {
		struct ty_log log = ty_log_with(reap->log, "duty=\"%s\"", duties[i].name);

		ty_log_err(&log, TY_LOG_WARN, "a duty fails; it is tried again", &err);
	} else if (ok && ty_log_fault_is_over(&state->fault)) {
		ty_log_info(reap->log, "a duty works again", "duty=\"%s\"", duties[i].name);
	}
	state->due_ms = ty_time_mono_ms() + duties[i].period_ms(reap);
}

int64_t
reap_once(struct reap *reap)
{
	int64_t next_ms = INT64_MAX, now_ms;

	for (size_t i = 0; i < DUTY__COUNT; i++) {
		if (ty_time_mono_ms() >= reap->states[i].due_ms && !reap_should_stop(reap))
			duty_run(reap, i);
		if (reap->states[i].due_ms < next_ms)
			next_ms = reap->states[i].due_ms;
	}
	now_ms = ty_time_mono_ms();
	return next_ms > now_ms ? next_ms - now_ms : 0;
}

void
reap_main(struct reap *reap, const sigset_t *stop_signals)
{
	reap->stop_signals = *stop_signals;
	while (!reap_should_stop(reap))
		reap_wait(reap, reap_once(reap));
}
