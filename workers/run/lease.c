/*
 * lease.c -- how many jobs to take, and keeping what was taken.
 *
 * Leasing is asked for when the queue wakes us, when a full answer says that there is
 * more, and now and then in case a wake was lost.  Never while Postgres is away: a run
 * that cannot be recorded had better wait in the queue.
 *
 * Of a cancel Redis tells us at once (queue/cancels.h).  What was said while we did not listen,
 * or to a worker that has died since, stands as a mark in the job: it is looked for when we
 * begin to listen, when a lease brings a job that was another's, and with each heartbeat.
 */
#include "worker.h"

#include "conf/conf.h"

#include <stdlib.h>

/* Below this share of its places free, a worker waits for more: leases cost a round trip. */
#define ROOM_SHARE 16
#define ROOM_MAX   32

struct beat {
	struct worker *worker;
	size_t count;
	struct job **jobs;
	struct ty_hold *holds;
};

static void cancel_look(struct worker *worker);

static size_t
lease_room(const struct worker *worker)
{
	size_t max = (size_t)worker->conf->run_max;
	size_t least = max / ROOM_SHARE < ROOM_MAX ? max / ROOM_SHARE : ROOM_MAX;
	size_t room = worker->job_count < max ? max - worker->job_count : 0;

	return room < least ? 0 : room;
}

/* A lease that fails is said once, and once that it works again; that Redis is away is said elsewhere. */
static void
lease_say(struct worker *worker, const struct ty_err *err)
{
	if (err != NULL && !ty_queue_is_up(worker->queue))
		return;
	if (err != NULL && !worker->lease_fails)
		ty_log_err(worker->log, TY_LOG_WARN, "cannot lease; it is tried again", err);
	else if (err == NULL && worker->lease_fails)
		ty_log_info(worker->log, "leases work again", "runs=%zu", worker->job_count);
	worker->lease_fails = err != NULL;
}

static void
lease_answered(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	struct worker *worker = ctx;
	bool look = worker->may_be_canceled;

	worker->is_leasing = worker->may_be_canceled = false;
	lease_say(worker, err);
	/* Nothing came: whoever puts a job in will wake us.  Else ask again, for less than we
	 * asked for may have come because the jobs were large. */
	worker->may_have_more = count > 0 || worker->was_woken;
	worker->was_woken = false;
	for (size_t i = 0; i < count; i++) {
		look = look || leases[i].again || leases[i].deliveries > 1; /* it was another's */
		job_new(worker, &leases[i]);
	}
	if (look)
		cancel_look(worker);
	worker_job_ended(
		worker); /* a worker that is draining may have waited for this answer alone */
}

void
lease_more(struct worker *worker)
{
	size_t room = lease_room(worker);

	if (worker->is_draining || worker->is_leasing || !worker->may_have_more || room == 0 ||
	    !ty_store_async_is_up(worker->store) || !ty_queue_is_up(worker->queue))
		return;
	worker->is_leasing = true;
	ty_queue_lease(worker->queue, room, lease_answered, worker);
}

void
lease_woken(void *ctx)
{
	struct worker *worker = ctx;

	worker->may_have_more = true;
	/* The wake may be for what came after the lease under way had looked. */
	worker->was_woken = worker->is_leasing;
	lease_more(worker);
}

/* ---- heartbeats ---- */

static void
beat_free(struct beat *beat)
{
	for (size_t i = 0; i < beat->count; i++)
		job_unref(beat->jobs[i]);
	free(beat->jobs);
	free(beat->holds);
	free(beat);
}

/* Every job held, so that answers that come later find them. NULL where there is none. */
static struct beat *
beat_new(struct worker *worker)
{
	struct beat *beat;

	if (worker->job_count == 0)
		return NULL;
	beat = calloc(1, sizeof(*beat));
	TY_ASSERT(beat != NULL);
	beat->worker = worker;
	beat->jobs = calloc(worker->job_count, sizeof(*beat->jobs));
	beat->holds = calloc(worker->job_count, sizeof(*beat->holds));
	TY_ASSERT(beat->jobs != NULL && beat->holds != NULL);
	for (struct job *job = worker->jobs; job != NULL; job = job->next) {
		job_ref(job);
		beat->jobs[beat->count] = job;
		beat->holds[beat->count++] = job->hold;
	}
	return beat;
}

static void
beat_extended(void *ctx, const bool *lost, size_t count, const struct ty_err *err)
{
	struct beat *beat = ctx;

	for (size_t i = 0; err == NULL && i < count; i++) {
		struct job *job = beat->jobs[i];

		if (!lost[i] || job->state == JOB_GONE)
			continue;
		/* A run that is being recorded is left to the fence: the record says who won. */
		if (job->state == JOB_RECORD)
			continue;
		ty_log_warn(beat->worker->log, "lease lost", "run=%s workspace=%s",
			    job->hold.run_id.s, job->hold.workspace_id.s);
		job_drop(job);
	}
	beat_free(beat);
}

/* ---- cancels ---- */

static void
beat_canceled(void *ctx, const bool *canceled, size_t count, const struct ty_err *err)
{
	struct beat *beat = ctx;

	for (size_t i = 0; err == NULL && i < count; i++)
		if (canceled[i])
			job_cancel(beat->jobs[i]);
	beat_free(beat);
}

/* Are there marks that we were not told of? */
static void
cancel_look(struct worker *worker)
{
	struct beat *beat = ty_queue_is_up(worker->queue) ? beat_new(worker) : NULL;

	if (beat != NULL)
		ty_queue_canceled(worker->queue, beat->holds, beat->count, beat_canceled, beat);
}

void
lease_cancel_heard(void *ctx, const struct ty_id *run_id)
{
	struct worker *worker = ctx;

	/* It may be of the lease under way, whose answer comes over another connection. */
	worker->may_be_canceled = worker->is_leasing;
	for (struct job *job = worker->jobs; job != NULL; job = job->next)
		if (ty_id_eq(&job->hold.run_id, run_id))
			job_cancel(job);
}

void
lease_cancel_ready(void *ctx, const struct ty_err *err)
{
	struct worker *worker = ctx;

	if (err != NULL)
		ty_log_err(worker->log, TY_LOG_WARN, "cancels have to wait for a heartbeat", err);
	cancel_look(worker);
}

void
lease_heartbeat(struct worker *worker)
{
	struct beat *beat;

	if (!ty_queue_is_up(worker->queue))
		return;
	if ((beat = beat_new(worker)) != NULL)
		ty_queue_extend(worker->queue, beat->holds, beat->count, beat_extended, beat);
	cancel_look(worker);
}
