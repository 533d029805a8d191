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
#include "lease.h"

#include <stdlib.h>

/* Below this share of its places free, a worker waits for more: leases cost a round trip. */
#define ROOM_SHARE 16
#define ROOM_MAX   32

struct beat {
	struct leasing *leasing;
	size_t count;
	struct job **jobs;
	struct ty_hold *holds;
};

static void cancels_find(struct leasing *leasing);

static size_t
lease_room(const struct jobs *jobs)
{
	size_t max = jobs->max;
	size_t least = max / ROOM_SHARE < ROOM_MAX ? max / ROOM_SHARE : ROOM_MAX;
	size_t room = jobs->count < max ? max - jobs->count : 0;

	return room < least ? 0 : room;
}

/* A lease that fails is said once, and once that it works again; that Redis is away is said elsewhere. */
static void
lease_say(struct leasing *leasing, const struct ty_err *err)
{
	if (err != NULL && !ty_queue_is_up(leasing->jobs->queue))
		return;
	if (err != NULL && !leasing->fails)
		ty_log_err(leasing->jobs->log, TY_LOG_WARN, "cannot lease; it is tried again", err);
	else if (err == NULL && leasing->fails)
		ty_log_info(leasing->jobs->log, "leases work again", "runs=%zu",
			    leasing->jobs->count);
	leasing->fails = err != NULL;
}

static void
lease_answered(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	struct leasing *leasing = ctx;
	bool asks_cancels = leasing->may_be_canceled;

	leasing->is_leasing = leasing->may_be_canceled = false;
	lease_say(leasing, err);
	/* Ask again after a lease that gave jobs, because large jobs make a lease give fewer than asked for.
	 * An empty lease needs no second one, because a new job wakes the worker. */
	leasing->may_have_more = count > 0 || leasing->was_woken;
	leasing->was_woken = false;
	for (size_t i = 0; i < count; i++) {
		/* Another worker that had the job may have been told to cancel it. */
		asks_cancels = asks_cancels || leases[i].again || leases[i].deliveries > 1;
		job_new(leasing->jobs, &leases[i]);
	}
	if (asks_cancels)
		cancels_find(leasing);
	/* A worker that is draining may have waited for this answer alone. */
	leasing->jobs->changed(leasing->jobs->ctx);
}

void
lease_more(struct leasing *leasing)
{
	struct jobs *jobs = leasing->jobs;
	size_t room = lease_room(jobs);

	if (jobs->is_draining || leasing->is_leasing || !leasing->may_have_more || room == 0 ||
	    !jobs->is_up(jobs->ctx) || !ty_queue_is_up(jobs->queue))
		return;
	leasing->is_leasing = true;
	ty_queue_lease(jobs->queue, room, lease_answered, leasing);
}

void
lease_woken(struct leasing *leasing)
{
	leasing->may_have_more = true;
	/* A wake during a lease may be for a job that came after Redis had answered it. */
	leasing->was_woken = leasing->is_leasing;
	lease_more(leasing);
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
beat_new(struct leasing *leasing)
{
	const struct jobs *jobs = leasing->jobs;
	struct beat *beat;

	if (jobs->count == 0)
		return NULL;
	beat = calloc(1, sizeof(*beat));
	TY_ASSERT(beat != NULL);
	beat->leasing = leasing;
	beat->jobs = calloc(jobs->count, sizeof(*beat->jobs));
	beat->holds = calloc(jobs->count, sizeof(*beat->holds));
	TY_ASSERT(beat->jobs != NULL && beat->holds != NULL);
	for (struct job *job = leasing->jobs->first; job != NULL; job = job->next) {
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
		/* A run that is being recorded or put down is left to the fence: Postgres says who won. */
		if (job->state == JOB_RECORD || job->state == JOB_PARK)
			continue;
		ty_log_warn(beat->leasing->jobs->log, "lease lost", "run=%s workspace=%s",
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

/* Ask Redis for cancel marks whose message did not arrive. */
static void
cancels_find(struct leasing *leasing)
{
	struct ty_queue *queue = leasing->jobs->queue;
	struct beat *beat = ty_queue_is_up(queue) ? beat_new(leasing) : NULL;

	if (beat != NULL)
		ty_queue_canceled(queue, beat->holds, beat->count, beat_canceled, beat);
}

void
lease_cancel_heard(void *ctx, const struct ty_id *run_id)
{
	struct leasing *leasing = ctx;

	/* A cancel may arrive before the answer of the lease that it belongs to, because they use two connections. */
	leasing->may_be_canceled = leasing->is_leasing;
	for (struct job *job = leasing->jobs->first; job != NULL; job = job->next)
		if (ty_id_eq(&job->hold.run_id, run_id))
			job_cancel(job);
}

void
lease_cancel_ready(void *ctx, const struct ty_err *err)
{
	struct leasing *leasing = ctx;

	if (err != NULL)
		ty_log_err(leasing->jobs->log, TY_LOG_WARN, "cancels have to wait for a heartbeat",
			   err);
	cancels_find(leasing);
}

void
lease_heartbeat(struct leasing *leasing)
{
	struct ty_queue *queue = leasing->jobs->queue;
	struct beat *beat;

	if (!ty_queue_is_up(queue))
		return;
	if ((beat = beat_new(leasing)) != NULL)
		ty_queue_extend(queue, beat->holds, beat->count, beat_extended, beat);
	cancels_find(leasing);
}
