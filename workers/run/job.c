/*
 * job.c -- the life of one leased job; job.h has the picture.
 *
 * Every answer that names a job (a claim, a plan) holds a reference and looks first
 * whether the job is gone: it may have been lost or handed back meanwhile.
 */
#include "job.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "store/effects.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A job of a later version of Tyboo waits so long for a worker that knows it. */
#define UNKNOWN_DELAY_MS 5000
/* Giving memory back takes about a millisecond: small runs use it again at once. */
#define TRIM_BYTES (2 * 1024 * 1024)

static void job_go(struct job *job);

/* ---- small things ---- */

void
job_ref(struct job *job)
{
	job->refs++;
}

void
job_unref(struct job *job)
{
	if (--job->refs == 0)
		free(job);
}

void
job_log(const struct job *job, enum ty_log_level level, const char *msg, const struct ty_err *err)
{
	struct ty_log log =
		ty_log_with(job->jobs->log, "workspace=%s workflow=%s run=%s",
			    job->hold.workspace_id.s, job->hold.workflow_id.s, job->hold.run_id.s);

	ty_log_err(&log, level, msg, err);
}

/* ---- the queue's side ---- */

static void
job_given_back(void *ctx, const struct ty_err *err)
{
	struct jobs *jobs = ctx;

	/* Ignore a lease that was lost, or a Redis that is away, because the lease runs out by itself. */
	if (err != NULL)
		ty_log_debug(jobs->log, "a job was not given back", "code=%s",
			     ty_code_name(err->code));
	jobs->handing_back--;
	jobs->changed(jobs->ctx);
}

void
job_hand_back(struct job *job, int64_t delay_ms)
{
	struct jobs *jobs = job->jobs;

	jobs->handing_back++;
	ty_queue_retry(jobs->queue, &job->hold, delay_ms, true, job_given_back, jobs);
	job_drop(job);
}

/* Hand a job to people, because it can neither run nor be recorded as failed. */
void
job_bury(struct job *job, const struct ty_err *err)
{
	struct jobs *jobs = job->jobs;

	job_log(job, TY_LOG_ERROR, "job buried", err);
	jobs->handing_back++;
	ty_queue_bury(jobs->queue, &job->hold, err->msg, job_given_back, jobs);
	job_drop(job);
}

void
job_release(struct jobs *jobs, const struct ty_hold *holds, size_t count)
{
	jobs->handing_back++;
	ty_queue_release(jobs->queue, holds, count, job_given_back, jobs);
}

/* ---- the end ---- */

void
job_drop(struct job *job)
{
	struct jobs *jobs = job->jobs;

	if (job->state == JOB_GONE)
		return;
	job->state = JOB_GONE;
	ty_crash_run_close(&job->crash);
	job->entry.is_gone = job->keep.entry.is_gone = true;
	job_carry_stop(job);
	job_answer_stop(job);
	job_begin_stop(job);
	job_statics_stop(job);
	ops_run_done(&job->ops);
	if (job->plan != NULL)
		plan_cache_unref(jobs->plans, job->plan);
	*(job->prev != NULL ? &job->prev->next : &jobs->first) = job->next;
	*(job->next != NULL ? &job->next->prev : &jobs->last) = job->prev;
	jobs->count--;
	ty_arena_free(job->arena);
	job->plan = NULL;
	job->arena = NULL;
	/* The small blocks of a large tree lie among what others keep: malloc gives none back by itself. */
	if (job->bytes > TRIM_BYTES)
		malloc_trim(0);
	job_unref(job);
	jobs->changed(jobs->ctx);
}

void
job_lose(struct job *job)
{
	ty_log_warn(job->jobs->log, "run is another worker's", "workspace=%s run=%s",
		    job->hold.workspace_id.s, job->hold.run_id.s);
	job_drop(job);
}

bool
job_is_called(const struct job *job)
{
	return ty_str_eq(job->said.mode, ty_run_mode_name(TY_RUN_MODE_CALLED));
}

void
job_cancel(struct job *job)
{
	if (job->state == JOB_RUN)
		ty_run_cancel(job->ops.run, JOB_CANCELED);
	else if (job->state < JOB_RECORD)
		job->is_canceled = true;
}

/* A statement failed before the run began. */
static void
job_refused(struct job *job, const struct ty_err *err)
{
	if (store_may_wait(err, &job->internal_errors))
		job->is_stalled = true;
	else
		job_bury(job, err);
}

/* ---- RUN ---- */

/* A run that was put down goes on with what it had come to. */
static void
job_spec_resume(struct job *job, struct ty_run_spec *spec)
{
	const struct ty_taken *taken = &job->taken;
	struct ty_payload *payloads;

	payloads = ty_arena_alloc_array(job->arena, taken->payload_count + 1, sizeof(*payloads));
	for (size_t i = 0; i < taken->payload_count; i++) {
		payloads[i] = (struct ty_payload){ .kind = taken->payloads[i].kind,
						   .data = taken->payloads[i].data,
						   .len = taken->payloads[i].len };
		memcpy(payloads[i].hash, taken->payloads[i].hash, sizeof(payloads[i].hash));
	}
	spec->parked = taken->state;
	spec->steps = taken->steps;
	spec->parked_payloads = payloads;
	spec->parked_payload_count = taken->payload_count;
	job->keep.pieces = taken->piece_count;
	job->keep.steps = taken->step_count;
	if (spec->start_node == NULL && taken->start_node[0] != '\0')
		spec->start_node = taken->start_node;
}

/* Is all there that a resume needs?  Else the run ends with the reason. */
static bool
job_has_all(struct job *job)
{
	struct ty_err err = { 0 };

	if (job->taken.gone != NULL)
		ty_err_set(&err, TY_E_NOT_FOUND,
			   "A value that the run needs is no longer stored: %s", job->taken.gone);
	else if (job->said.is_parked && job->taken.state == NULL)
		ty_err_set(&err, TY_E_NOT_FOUND, "What the run had come to is no longer stored");
	else
		return true;
	ty_err_hint(&err, "Replay its delivery.");
	job_fail(job, &err);
	return false;
}

void
job_start(struct job *job)
{
	struct ty_run_spec *spec = ty_arena_new_of(job->arena, struct ty_run_spec);
	const char *name = json_string_value(job->begun.values[JOB_BEGUN_WORKFLOW]);
	struct ty_err err = { 0 };

	*spec = (struct ty_run_spec){
		.run_id = job->hold.run_id,
		.workspace_id = job->hold.workspace_id,
		.workflow_id = job->hold.workflow_id,
		.version_id = job->said.version_id,
		.workflow_name = name != NULL ? name : job->plan->workflow_name,
		.plan = job->plan->plan,
		.start_node = job->said.start_node,
		.mode = job->said.mode,
		.accepted_at_ms = job->said.accepted_at_ms,
		.input = job->said.items,
		.journal = job->taken.journal,
		.source = job->source,
		.partial = ty_json_obj(job->said.source, "part"),
		.taken = job->said.taken,
		.digest_version = job->taken.digest_version,
		.vars = job->begun.values[JOB_BEGUN_VARS],
		.libraries = job->begun.values[JOB_BEGUN_LIBRARY_TEXTS],
		.statics = job->begun.values[JOB_BEGUN_STATICS],
		.crash = &job->crash,
	};
	if (!job_has_all(job))
		return;
	if (job_is_replay(job) && job_replay(job, spec, &err) != TY_OK) {
		job_fail(job, &err);
		return;
	}
	job->crash.run = spec->run_id;
	job->crash.workspace = spec->workspace_id;
	job->crash.workflow = spec->workflow_id;
	ty_crash_run_open(&job->crash);
	job->began_at_ms = job->entry.run.started_at_ms = ty_time_now_ms();
	if (job->taken.state != NULL) {
		job_spec_resume(job, spec);
		job->entry.run.started_at_ms = job->taken.started_at_ms;
	}
	if (ty_run_new(job->arena, job_is_replay(job) ? &ops_replay : &ops_engine, &job->ops, spec,
		       &job->ops.run, &err) != TY_OK) {
		job_fail(job, &err);
		return;
	}
	if (job->taken.steps != NULL)
		json_array_clear((json_t *)job->taken.steps); /* the engine has what it needs */
	job->state = JOB_RUN;
	if (job->is_canceled)
		ty_run_cancel(job->ops.run, JOB_CANCELED); /* the run ends when it starts */
	ty_run_start(job->ops.run);
}

/* ---- LOAD ---- */

void
job_ready(struct job *job)
{
	if (job_has_source(job))
		job_source(job);
	else
		job_begin(job);
}

void
job_not_begun(struct job *job, const struct ty_err *err)
{
	if (!store_may_wait(err, &job->internal_errors)) {
		job_fail(job, err);
		return;
	}
	job->is_stalled = true;
	if (job->plan != NULL)
		plan_cache_unref(job->jobs->plans, job->plan);
	job->plan = NULL; /* the plan is loaded again */
}

static void
job_loaded(void *ctx, const struct plan_ref *ref, const struct ty_err *err)
{
	struct job *job = ctx;

	if (job->state == JOB_GONE) {
		if (ref != NULL)
			plan_cache_unref(job->jobs->plans, ref);
	} else if (err != NULL) {
		job_not_begun(job, err);
	} else {
		job->plan = ref;
		if (job->said.carried != NULL)
			job_carry(job);
		else
			job_ready(job);
	}
	job_unref(job);
}

static void
job_load(struct job *job)
{
	job->state = JOB_LOAD;
	if (job->broken != NULL) {
		job_fail(job, job->broken);
		return;
	}
	job_ref(job);
	plan_cache_get(job->jobs->plans, &job->hold.workspace_id, &job->said.version_id, job_loaded,
		       job);
}

/* ---- CLAIM ---- */

static void
job_claim_decided(struct job *job, enum ty_claim_status status)
{
	struct jobs *jobs = job->jobs;

	if (status == TY_CLAIM_CLAIMED) {
		job->is_marked = true;
		if (job->taken.source != NULL)
			job->said.source = job->taken.source; /* a parked run's job has none */
		job_load(job);
		return;
	}
	/* The lease was not given back when the run was put down, or its wait is not over. */
	if (status == TY_CLAIM_WAITING) {
		job_give_back_parked(job);
		return;
	}
	/* Drop the job.  Finished: its worker recorded the run and died before it released it.  Fenced:
	 * the run is another's. */
	if (status == TY_CLAIM_FINISHED)
		job_release(jobs, &job->hold, 1);
	job_drop(job);
}

static void
job_claimed(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct job *job = ctx;
	struct ty_err why = { 0 };

	if (job->state != JOB_GONE) {
		if (err != NULL)
			job_refused(job, err);
		else if (ty_store_take_decode(job->arena, rows, &job->taken, &why) != TY_OK)
			job_fail(job, &why);
		else
			job_claim_decided(job, job->taken.status);
	}
	job_unref(job);
}

static void
job_claim(struct job *job)
{
	struct jobs *jobs = job->jobs;
	struct ty_store_query query;

	ty_store_claim_query(job->arena, &job->entry.run, jobs->worker_name, &query);
	job_ref(job);
	ty_store_async_run(jobs->store, &query, job_claimed, job);
}

/* ---- what the run tells ---- */

static struct job *
job_of_ops(struct ops_run *ops_run)
{
	return (struct job *)((char *)ops_run - offsetof(struct job, ops));
}

static void
job_run_finished(struct ops_run *ops_run)
{
	job_ended(job_of_ops(ops_run));
}

static void
job_run_fenced(struct ops_run *ops_run)
{
	job_lose(job_of_ops(ops_run));
}

static void
job_run_steps_ready(struct ops_run *ops_run)
{
	job_steps_ready(job_of_ops(ops_run));
}

static void
job_run_may_park(struct ops_run *ops_run)
{
	struct job *job = job_of_ops(ops_run);

	job->keep.may_park = true;
	job->jobs->may_park(job->jobs->ctx);
}

static void
job_run_responded(struct ops_run *ops_run, const json_t *response)
{
	job_responded(job_of_ops(ops_run), response);
}

static const struct ops_run_events job_events = { .responded = job_run_responded,
						  .finished = job_run_finished,
						  .fenced = job_run_fenced,
						  .steps_ready = job_run_steps_ready,
						  .may_park = job_run_may_park };

/* ---- the beginning ---- */

static void
job_go(struct job *job)
{
	job->is_stalled = false;
	if (job->state == JOB_CLAIM)
		job_claim(job);
	else
		job_load(job);
}

void
job_resume(struct job *job)
{
	if (job->is_stalled)
		job_go(job);
}

static struct job *
job_make(struct jobs *jobs, const struct ty_lease *lease)
{
	struct job *job = calloc(1, sizeof(*job));

	TY_ASSERT(job != NULL);
	job->jobs = jobs;
	job->refs = 1;
	job->arena = ty_arena_new(NULL, "job", 0);
	job->leased_ms = ty_time_mono_ms();
	job->was_begun = lease->deliveries > 1 || lease->again;
	job->state = job->was_begun ? JOB_CLAIM : JOB_LOAD;
	job->ops = (struct ops_run){ .ops = &jobs->ops,
				     .events = &job_events,
				     .hold = &job->hold,
				     .run_id = lease->run_id };
	job->hold = (struct ty_hold){
		.run_id = lease->run_id,
		.workspace_id = lease->workspace_id,
		.workflow_id = lease->workflow_id,
		.token = lease->token,
		.payload = ty_arena_memdup(job->arena, lease->payload, lease->payload_len),
		.payload_len = lease->payload_len,
		.deliveries = lease->deliveries,
	};
	job->prev = jobs->last;
	*(job->prev != NULL ? &job->prev->next : &jobs->first) = job;
	jobs->last = job;
	jobs->count++;
	return job;
}

void
job_new(struct jobs *jobs, const struct ty_lease *lease)
{
	struct job *job = job_make(jobs, lease);
	struct ty_err err = { 0 };
	enum job_payload_status payload =
		job_payload_read(job->arena, &job->hold, &job->said, &err);

	job->entry.run = (struct ty_record_run){ .run_id = job->hold.run_id,
						 .workspace_id = job->hold.workspace_id,
						 .workflow_id = job->hold.workflow_id,
						 .version_id = job->said.version_id,
						 .mode = job->said.mode,
						 .fence = job->hold.token,
						 .deliveries = job->hold.deliveries,
						 .accepted_at_ms = job->said.accepted_at_ms };
	if (payload == JOB_PAYLOAD_BROKEN)
		job->broken = ty_arena_memdup(job->arena, &err, sizeof(err));
	if (payload == JOB_PAYLOAD_UNKNOWN) {
		job_log(job, TY_LOG_WARN, "job handed back", &err);
		job_hand_back(job, UNKNOWN_DELAY_MS);
	} else if (jobs->is_draining) {
		job_hand_back(job, 0);
	} else {
		job_go(job);
	}
}
