/*
 * worker.c -- the worker's life: connect, work, drain.
 *
 *   worker_open -> uv_run: WORKING -> [SIGTERM] DRAINING -> [nothing held] -> worker_close
 *
 * Draining: nothing more is leased, jobs that have not begun go back at once, the others
 * may finish within drain_ms; then they go back too.  A second signal ends the patience.
 * Redis or Postgres being away does not keep a worker from ending: leases run out.
 */
#include "worker.h"

#include "blobs.h"
#include "breaker_wake.h"
#include "breakers.h"
#include "calls.h"
#include "job.h"
#include "keeper.h"
#include "key_fetch.h"
#include "lease.h"
#include "marker.h"
#include "plan_cache.h"
#include "recorder.h"
#include "service/secrets.h"
#include "settings.h"
#include "states.h"
#include "tools.h"

#include "base/arena.h"
#include "base/str.h"
#include "net/http.h"
#include "node/registry.h"
#include "nodes/nodes.h"
#include "queue/cancels.h"
#include "queue/queue.h"
#include "store/answer.h"
#include "store/async.h"
#include "store/pack.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

/* Time between two looks for runs that last, and for jobs that wait for Postgres. */
#define TICK_MS 250
/* Plans of the workflows in use: a thousand of ordinary size. */
#define PLANS_BYTES (64 * 1024 * 1024)

/*
 * Connections to Postgres.  Claims, plans, secrets, marks and kept values share the first; an effect waits for no
 * bulk, and bulk for nobody: a journal entry is a few hundred bytes that a run waits for, a record
 * may be megabytes that nobody does.
 */
enum link_kind { LINK_MAIN, LINK_JOURNAL, LINK_BULK, LINK__COUNT };

#define THERE "there"

struct worker {
	uv_loop_t loop; /* lives as long as the worker */
	const struct ty_conf *conf;
	const struct ty_log *log;
	struct ty_arena *arena;
	char name[128]; /* host:pid */
	const struct ty_registry *registry;
	struct ty_store_async *stores[LINK__COUNT];
	char told[256]; /* the last state of Postgres that was logged: why it is away, or THERE */
	struct ty_queue *queue;
	struct ty_queue_cancels *cancels;
	struct breaker_wake *wake;
	struct breakers *breakers;
	struct calls *calls;
	struct asks *states;
	struct ty_service_means services;
	struct blobs *blobs;
	struct ty_pack *pack;
	struct sandbox_pool *sandboxes;
	struct tools tools;
	struct plan_cache *plans;
	struct ty_secrets *secrets;
	struct clock *clock;
	struct recorder *recorder;
	struct keeper *keeper;
	struct journal *journal, *answers;
	struct marker *marker;
	struct set_off *set_off;
	struct key_fetch *key_fetch;
	struct jobs jobs;
	struct leasing leasing;

	uv_timer_t heartbeat, tick, drain, park;
	uv_signal_t sigterm, sigint;
	bool is_stopped;
};

/* ---- events ---- */

static bool
worker_stores_up(void *ctx)
{
	const struct worker *worker = ctx;
	size_t up = 0;

	for (size_t i = 0; i < LINK__COUNT; i++)
		up += worker->stores[i] != NULL && ty_store_async_is_up(worker->stores[i]);
	return up == LINK__COUNT;
}

static void
worker_resume(struct worker *worker)
{
	struct job *next;

	for (struct job *job = worker->jobs.first; job != NULL; job = next) {
		next = job->next;
		if (job->is_stalled)
			job_resume(job);
	}
	journal_resume(worker->journal);
	journal_resume(worker->answers);
	recorder_resume(worker->recorder);
	keeper_resume(worker->keeper);
	calls_resume(worker->calls);
	asks_resume(worker->states);
}

static void
worker_note(const struct worker *worker, const char *there, const char *gone, const char *away)
{
	char why[512];

	if (away == NULL)
		ty_log_info(worker->log, there, "runs=%zu", worker->jobs.count);
	else
		ty_log_warn(worker->log, gone, "runs=%zu why=%s", worker->jobs.count,
			    ty_log_quote(away, why, sizeof(why)));
}

static void
worker_store_changed(void *ctx, const char *away)
{
	struct worker *worker = ctx;

	if (away == NULL && !worker_stores_up(worker))
		return; /* the last connection that comes is the one that counts */
	if (!ty_str_eq(worker->told, away != NULL ? away : THERE))
		worker_note(worker, "connected to Postgres", "Postgres is away", away);
	snprintf(worker->told, sizeof(worker->told), "%s", away != NULL ? away : THERE);
	if (away != NULL || worker->is_stopped)
		return;
	worker_resume(worker);
	lease_more(&worker->leasing);
}

static void
worker_queue_changed(void *ctx, const char *away)
{
	struct worker *worker = ctx;

	worker_note(worker, "connected to Redis", "Redis is away", away);
	if (away != NULL || worker->is_stopped)
		return;
	/* Put back what Redis no longer knows before others ask, because it may have lost its memory. */
	lease_heartbeat(&worker->leasing);
	lease_woken(&worker->leasing);
}

static void
worker_woken(void *ctx)
{
	lease_woken(&((struct worker *)ctx)->leasing);
}

static void
worker_beat(uv_timer_t *timer)
{
	lease_heartbeat(&((struct worker *)timer->data)->leasing);
}

static void
worker_tick(uv_timer_t *timer)
{
	struct worker *worker = timer->data;

	marker_look(worker->marker);
	jobs_keep(&worker->jobs);
	if (worker_stores_up(worker))
		worker_resume(worker);
	lease_woken(&worker->leasing);
}

static void
worker_park(uv_timer_t *timer)
{
	struct worker *worker = timer->data;

	jobs_keep(&worker->jobs);
}

/* A turn later, so that all that come to their rest in this one go together. */
static void
worker_may_park(void *ctx)
{
	struct worker *worker = ctx;

	if (!worker->is_stopped)
		uv_timer_start(&worker->park, worker_park, 0, 0);
}

/* ---- draining ---- */

static bool
worker_is_drained(const struct worker *worker)
{
	return worker->jobs.is_draining && worker->jobs.count == 0 &&
	       worker->jobs.handing_back == 0 && !worker->leasing.is_leasing &&
	       !ty_secrets_are_busy(worker->secrets);
}

/* A job, a lease or a question to a provider has ended: there is room for another, or the drain is over. */
static void
worker_changed(void *ctx)
{
	struct worker *worker = ctx;

	if (worker->is_stopped)
		return;
	if (worker_is_drained(worker))
		uv_stop(&worker->loop);
	else
		lease_more(&worker->leasing);
}

/* Give back what is held: all, or what has not begun. */
static void
worker_hand_back(struct worker *worker, bool all)
{
	struct job *next;

	for (struct job *job = worker->jobs.first; job != NULL; job = next) {
		next = job->next;
		if (all || job->state < JOB_RUN)
			job_hand_back(job, 0);
	}
	worker_changed(worker);
}

static void
worker_drain_over(uv_timer_t *timer)
{
	struct worker *worker = timer->data;

	ty_log_warn(worker->log, "drain time is over", "runs=%zu", worker->jobs.count);
	worker_hand_back(worker, true);
}

static void
worker_signaled(uv_signal_t *handle, int number)
{
	struct worker *worker = handle->data;
	bool again = worker->jobs.is_draining;

	ty_log_info(worker->log, again ? "ending at once" : "draining", "signal=%d runs=%zu",
		    number, worker->jobs.count);
	worker->jobs.is_draining = true;
	key_fetch_stop(worker->key_fetch);
	if (!again)
		uv_timer_start(&worker->drain, worker_drain_over, (uint64_t)worker->conf->drain_ms,
			       0);
	worker_hand_back(worker, again);
}

/* ---- open and close ---- */

static void
worker_name(struct worker *worker)
{
	char host[64] = "";
	bool known = gethostname(host, sizeof(host) - 1) == 0;

	snprintf(worker->name, sizeof(worker->name), "%s:%d", known ? host : "unknown",
		 (int)getpid());
}

static void
worker_timers(struct worker *worker)
{
	uint64_t beat_ms = (uint64_t)worker->conf->heartbeat_ms;

	uv_timer_init(&worker->loop, &worker->heartbeat);
	uv_timer_init(&worker->loop, &worker->tick);
	uv_timer_init(&worker->loop, &worker->drain);
	uv_timer_init(&worker->loop, &worker->park);
	uv_signal_init(&worker->loop, &worker->sigterm);
	uv_signal_init(&worker->loop, &worker->sigint);
	worker->heartbeat.data = worker->tick.data = worker->drain.data = worker->park.data =
		worker;
	worker->sigterm.data = worker->sigint.data = worker;
	uv_timer_start(&worker->heartbeat, worker_beat, beat_ms, beat_ms);
	uv_timer_start(&worker->tick, worker_tick, TICK_MS, TICK_MS);
	uv_signal_start(&worker->sigterm, worker_signaled, SIGTERM);
	uv_signal_start(&worker->sigint, worker_signaled, SIGINT);
}

/* The writers to Postgres. */
static void
worker_writers(struct worker *worker)
{
	const struct recorder_conf recorder = { .loop = &worker->loop,
						.store = worker->stores[LINK_BULK],
						.pack = worker->pack,
						.worker_name = worker->name,
						.log = worker->log };
	const struct keeper_conf keeper = { .loop = &worker->loop,
					    .store = worker->stores[LINK_BULK],
					    .pack = worker->pack,
					    .worker_name = worker->name,
					    .log = worker->log };
	const struct journal_conf journal = { .loop = &worker->loop,
					      .store = worker->stores[LINK_JOURNAL],
					      .pack = worker->pack,
					      .log = worker->log };
	const struct journal_conf answers = { .loop = &worker->loop,
					      .store = worker->stores[LINK_JOURNAL],
					      .pack = worker->pack,
					      .log = worker->log,
					      .query = ty_store_answers_query };

	worker->recorder = recorder_new(&recorder, &job_recorder_ops, &worker->jobs);
	worker->keeper = keeper_new(&keeper, job_kept, &worker->jobs);
	worker->journal = journal_new(&journal);
	worker->answers = journal_new(&answers);
	worker->marker = marker_new(worker->stores[LINK_MAIN], worker->name, worker->log,
				    &job_marker_ops, &worker->jobs);
}

static void
worker_jobs(struct worker *worker)
{
	worker->jobs = (struct jobs){
		.log = worker->log,
		.worker_name = worker->name,
		.store = worker->stores[LINK_MAIN],
		.is_up = worker_stores_up,
		.queue = worker->queue,
		.plans = worker->plans,
		.recorder = worker->recorder,
		.keeper = worker->keeper,
		.ops = { .services = &worker->services,
			 .sandboxes = worker->sandboxes,
			 .parsers = worker->tools.parsers,
			 .secrets = worker->secrets,
			 .base_url = worker->conf->base_url,
			 .breakers = worker->breakers,
			 .journal = worker->journal,
			 .clock = worker->clock },
		.blobs = &blobs_io,
		.blobs_ctx = worker->blobs,
		.max = (size_t)worker->conf->run_max,
		.set_off = worker->set_off,
		.answers = worker->answers,
		.may_park = worker_may_park,
		.changed = worker_changed,
		.ctx = worker,
	};
	worker->leasing.jobs = &worker->jobs;
}

static void
worker_open(struct worker *worker)
{
	const struct ty_conf *conf = worker->conf;
	struct ty_sandbox_conf sandbox = { .path = conf->sandbox_path,
					   .share_dir = conf->share_dir,
					   .user = conf->sandbox_user };

	worker_name(worker);
	worker_timers(worker);
	worker->pack = ty_pack_new();
	worker->clock = clock_new(&worker->loop, ops_wake, NULL);
	worker->sandboxes = sandbox_pool_new(&worker->loop, &sandbox, (size_t)conf->run_sandboxes,
					     (size_t)conf->run_hot, worker->log);
	tools_open(&worker->tools, &worker->loop, conf, worker->log);
	for (size_t i = 0; i < LINK__COUNT; i++)
		worker->stores[i] = ty_store_async_new(&worker->loop, conf->database_url,
						       "tyboo-run", worker_store_changed, worker);
	worker->blobs = blobs_new(&worker->loop, worker->stores[LINK_BULK], worker->pack,
				  conf->blob_folder);
	worker->services.blobs = &blobs_io;
	worker->services.blobs_ctx = worker->blobs;
	worker->services.loop = &worker->loop;
	tools_of(&worker->tools, &worker->services);
	worker->plans = plan_cache_new(worker->registry, worker->stores[LINK_MAIN], PLANS_BYTES);
	worker->secrets =
		ty_secrets_new(&(struct ty_secrets_conf){ .means = &worker->services,
							  .store = worker->stores[LINK_MAIN],
							  .master_key_file = conf->master_key_file,
							  .idle = worker_changed,
							  .idle_ctx = worker });
	worker_writers(worker);
	worker->queue = ty_queue_new(&worker->loop, conf->redis_url, conf->lane, conf->lease_ms,
				     worker_queue_changed, worker_woken, worker);
	worker->wake = breaker_wake_new(&worker->loop, worker->stores[LINK_MAIN], worker->log);
	worker->breakers = breakers_new(&worker->loop, conf->redis_url, conf->lane,
					breaker_wake_closed, worker->wake);
	worker->set_off = set_off_new(&(struct set_off_conf){ .loop = &worker->loop,
							      .store = worker->stores[LINK_MAIN],
							      .queue = worker->queue,
							      .log = worker->log });
	worker->key_fetch = key_fetch_new(&(struct key_fetch_conf){
		&worker->loop, worker->stores[LINK_MAIN], worker->queue, worker->services.net,
		worker->secrets, worker->log, conf->sns_hosts });
	worker->calls = calls_new(&(struct calls_conf){ .loop = &worker->loop,
							.store = worker->stores[LINK_JOURNAL],
							.queue = worker->queue,
							.log = worker->log,
							.begun = worker_woken,
							.ctx = worker });
	worker->services.calls = &calls_io;
	worker->services.calls_ctx = worker->calls;
	worker->states = states_new(&worker->loop, worker->stores[LINK_MAIN], worker->log,
				    &worker->services);
	worker_jobs(worker);
	worker->cancels =
		ty_queue_cancels_new(&worker->loop, conf->redis_url, conf->lane, lease_cancel_heard,
				     lease_cancel_ready, &worker->leasing);
}

/* Close all once no job is held.  Outstanding answers come as errors from the frees. */
static void
worker_close(struct worker *worker)
{
	worker->is_stopped = true;
	uv_close((uv_handle_t *)&worker->heartbeat, NULL);
	uv_close((uv_handle_t *)&worker->tick, NULL);
	uv_close((uv_handle_t *)&worker->drain, NULL);
	uv_close((uv_handle_t *)&worker->park, NULL);
	uv_close((uv_handle_t *)&worker->sigterm, NULL);
	uv_close((uv_handle_t *)&worker->sigint, NULL);
	for (size_t i = 0; i < LINK__COUNT; i++)
		ty_store_async_free(worker->stores[i]);
	blobs_close(worker->blobs);
	ty_queue_cancels_free(worker->cancels);
	breakers_free(worker->breakers);
	breaker_wake_free(worker->wake);
	ty_queue_free(worker->queue);
	recorder_free(worker->recorder);
	keeper_free(worker->keeper);
	journal_free(worker->journal);
	journal_free(worker->answers);
	marker_free(worker->marker);
	calls_free(worker->calls);
	asks_free(worker->states);
	set_off_free(worker->set_off);
	key_fetch_free(worker->key_fetch);
	plan_cache_free(worker->plans);
	ty_secrets_free(worker->secrets);
	sandbox_pool_free(worker->sandboxes);
	tools_close(&worker->tools);
	clock_free(worker->clock);
	ty_net_free(worker->services.net);
	ty_pack_free(worker->pack);
}

enum ty_code
worker_main(const struct ty_conf *conf, const struct ty_log *log, struct ty_err *err)
{
	const struct ty_net_conf net = { .allow = conf->http_allow,
					 .ca_file = conf->http_ca_file,
					 .proxy = conf->http_proxy,
					 .proxy_resolves = conf->http_proxy_resolves == 1 };
	struct worker worker = { .conf = conf, .log = log };
	enum ty_code code = settings_check(conf, err);
	struct ty_registry *registry;

	if (code != TY_OK)
		return code;
	uv_loop_init(&worker.loop);
	worker.arena = ty_arena_new(NULL, "worker", 0);
	code = ty_nodes_load(worker.arena, &registry, err);
	if (code == TY_OK)
		code = ty_net_new(&worker.loop, &net, &worker.services.net, err);
	if (code == TY_OK) {
		worker.registry = registry;
		worker_open(&worker);
		ty_log_info(log, "started", "worker=%s lane=%s runs_max=%lld", worker.name,
			    conf->lane, (long long)conf->run_max);
		uv_run(&worker.loop, UV_RUN_DEFAULT);
		worker_close(&worker);
		ty_log_info(log, "drained", "recorded=%llu",
			    (unsigned long long)worker.jobs.recorded);
	}
	uv_run(&worker.loop, UV_RUN_DEFAULT); /* until every handle is closed */
	TY_ASSERT(uv_loop_close(&worker.loop) == 0);
	blobs_free(worker.blobs);
	ty_arena_free(worker.arena);
	return code;
}
