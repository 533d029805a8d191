/*
 * job.c -- the life of one leased job; worker.h has the picture.
 *
 * Every answer that names a job (a claim, a plan) holds a reference and looks first
 * whether the job is gone: it may have been lost or handed back meanwhile.
 */
#include "worker.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"
#include "store/effects.h"

#include <malloc.h>
#include <stdlib.h>

/* A job of a later version of Tyboo waits so long for a worker that knows it. */
#define UNKNOWN_DELAY_MS 5000
/* Giving memory back takes about a millisecond: small runs use it again at once. */
#define TRIM_BYTES (2 * 1024 * 1024)
#define CANCELED   "Canceled by a user"
/* Looks (worker.c) until what is odd with Postgres is taken to be the job's own fault: 20 s. */
#define ODD_TRIES_MAX 80

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

bool
job_may_wait(const struct ty_err *err, int *odd_tries)
{
	/* A conflict is a deadlock or a serialization failure: as good as away for a moment. */
	if (err->code == TY_E_UNAVAILABLE || err->code == TY_E_CONFLICT)
		return true;
	return err->code == TY_E_INTERNAL && ++*odd_tries <= ODD_TRIES_MAX;
}

static void
job_log(const struct job *job, enum ty_log_level level, const char *msg, const struct ty_err *err)
{
	struct ty_log log =
		ty_log_with(job->worker->log, "workspace=%s workflow=%s run=%s",
			    job->hold.workspace_id.s, job->hold.workflow_id.s, job->hold.run_id.s);

	ty_log_err(&log, level, msg, err);
}

/* ---- the queue's side ---- */

static void
job_given_back(void *ctx, const struct ty_err *err)
{
	struct worker *worker = ctx;

	/* A lease that was lost, or a Redis that is away: it runs out by itself. */
	if (err != NULL)
		ty_log_debug(worker->log, "a job was not given back", "code=%s",
			     ty_code_name(err->code));
	worker->handing_back--;
	worker_job_ended(worker);
}

void
job_hand_back(struct job *job, int64_t delay_ms)
{
	struct worker *worker = job->worker;

	worker->handing_back++;
	ty_queue_retry(worker->queue, &job->hold, delay_ms, true, job_given_back, worker);
	job_drop(job);
}

/* Nothing can be done with it, not even record that it failed: for people to look at. */
void
job_bury(struct job *job, const struct ty_err *err)
{
	struct worker *worker = job->worker;

	job_log(job, TY_LOG_ERROR, "job buried", err);
	worker->handing_back++;
	ty_queue_bury(worker->queue, &job->hold, err->msg, job_given_back, worker);
	job_drop(job);
}

void
job_release(struct worker *worker, const struct ty_hold *holds, size_t count)
{
	worker->handing_back++;
	ty_queue_release(worker->queue, holds, count, job_given_back, worker);
}

/* ---- the end ---- */

void
job_drop(struct job *job)
{
	struct worker *worker = job->worker;

	if (job->state == JOB_GONE)
		return;
	job->state = JOB_GONE;
	clock_set(worker->clock, &job->wake, 0);
	ty_run_free(job->run); /* abandons its requests */
	TY_ASSERT(job->requests == NULL);
	if (job->plan != NULL)
		plan_cache_unref(worker->plans, job->plan);
	*(job->prev != NULL ? &job->prev->next : &worker->jobs) = job->next;
	*(job->next != NULL ? &job->next->prev : &worker->last_job) = job->prev;
	worker->job_count--;
	ty_arena_free(job->arena);
	job->run = NULL;
	job->plan = NULL;
	job->arena = NULL;
	/* The small blocks of a large tree lie among what others keep: malloc gives none back by itself. */
	if (job->bytes > TRIM_BYTES)
		malloc_trim(0);
	job_unref(job);
	worker_job_ended(worker);
}

void
job_lose(struct job *job)
{
	ty_log_warn(job->worker->log, "run is another worker's", "workspace=%s run=%s",
		    job->hold.workspace_id.s, job->hold.run_id.s);
	job_drop(job);
}

void
job_cancel(struct job *job)
{
	if (job->state == JOB_RUN)
		ty_run_cancel(job->run, CANCELED);
	else if (job->state < JOB_RUN)
		job->is_canceled = true;
}

static bool
job_saves_steps(const struct job *job, enum ty_status status)
{
	return ty_str_eq(job->plan->save, "all") ||
	       (ty_str_eq(job->plan->save, "errors") && status != TY_STATUS_OK);
}

static void
job_record_payloads(struct job *job, const struct ty_run_result *result)
{
	struct ty_record_payload *payloads;

	payloads = ty_arena_alloc_array(job->arena, result->payload_count, sizeof(*payloads));
	for (size_t i = 0; i < result->payload_count; i++)
		payloads[i] = (struct ty_record_payload){ .hash = result->payloads[i].hash,
							  .kind = result->payloads[i].kind,
							  .data = result->payloads[i].data,
							  .len = result->payloads[i].len };
	job->record.payloads = payloads;
	job->record.payload_count = result->payload_count;
}

void
job_ended(struct job *job)
{
	const struct ty_run_result *result = ty_run_result(job->run);
	struct ty_record_run *record = &job->record;

	job->state = JOB_RECORD;
	record->status = ty_status_name(result->status);
	record->started_at_ms = result->started_at_ms;
	record->finished_at_ms = result->finished_at_ms;
	record->step_count = result->step_count;
	record->item_count = result->item_count;
	job->bytes = result->bytes;
	record->error = result->error;
	record->digest = result->digest;
	if (job_saves_steps(job, result->status)) {
		record->steps = result->steps;
		if (result->payload_count > 0)
			job_record_payloads(job, result);
	} else {
		record->steps = ty_json_own(job->arena, json_array());
	}
	recorder_add(job->worker->recorder, job);
}

/* As the engine writes errors, with no node at fault. */
static json_t *
job_error(const struct ty_err *err)
{
	json_t *error = ty_json_from_err(err);

	json_object_set_new(error, "node", json_null());
	json_object_set_new(error, "item", json_null());
	json_object_set_new(error, "trace", json_pack("[s]", "worker: before the run"));
	if (json_object_get(error, "hint") == NULL)
		json_object_set_new(error, "hint", json_null());
	return error;
}

void
job_fail_record(struct job *job, const struct ty_err *err)
{
	struct ty_record_run *record = &job->record;

	record->status = ty_status_name(TY_STATUS_ERROR);
	if (record->finished_at_ms == 0)
		record->started_at_ms = record->finished_at_ms = ty_time_now_ms();
	record->error = ty_json_own(job->arena, job_error(err));
	record->steps = ty_json_own(job->arena, json_array());
	record->digest = NULL;
	record->payloads = NULL;
	record->payload_count = 0;
}

void
job_fail(struct job *job, const struct ty_err *err)
{
	job_log(job, TY_LOG_WARN, "job cannot be run", err);
	job->state = JOB_RECORD;
	job_fail_record(job, err);
	recorder_add(job->worker->recorder, job);
}

/* A statement failed before the run began. */
static void
job_refused(struct job *job, const struct ty_err *err)
{
	if (job_may_wait(err, &job->odd_tries))
		job->is_stalled = true;
	else
		job_bury(job, err);
}

/* ---- RUN ---- */

static void
job_start(struct job *job)
{
	struct ty_run_spec *spec = ty_arena_new_of(job->arena, struct ty_run_spec);
	struct ty_err err = { 0 };

	*spec = (struct ty_run_spec){
		.run_id = job->hold.run_id,
		.workspace_id = job->hold.workspace_id,
		.workflow_id = job->hold.workflow_id,
		.version_id = job->version_id,
		.workflow_name = job->plan->workflow_name,
		.plan = job->plan->plan,
		.start_node = job->start_node,
		.mode = job->mode,
		.accepted_at_ms = job->accepted_at_ms,
		.input = job->items,
		.journal = job->journal,
	};
	if (ty_run_new(job->arena, &worker_ops, job, spec, &job->run, &err) != TY_OK) {
		job_fail(job, &err);
		return;
	}
	job->state = JOB_RUN;
	job->record.started_at_ms = ty_time_now_ms();
	if (job->is_canceled)
		ty_run_cancel(job->run, CANCELED); /* it ends when it starts */
	ty_run_start(job->run);
}

/* ---- LOAD ---- */

static void
job_loaded(void *ctx, const struct plan_ref *ref, const struct ty_err *err)
{
	struct job *job = ctx;

	if (job->state == JOB_GONE) {
		if (ref != NULL)
			plan_cache_unref(job->worker->plans, ref);
	} else if (err != NULL && job_may_wait(err, &job->odd_tries)) {
		job->is_stalled = true;
	} else if (err != NULL) {
		job_fail(job, err);
	} else {
		job->plan = ref;
		job_start(job);
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
	plan_cache_get(job->worker->plans, &job->hold.workspace_id, &job->version_id, job_loaded,
		       job);
}

/* ---- CLAIM ---- */

static void
job_claim_decided(struct job *job, enum ty_claim_status status)
{
	struct worker *worker = job->worker;

	if (status == TY_CLAIM_CLAIMED) {
		job->is_marked = true;
		job_load(job);
		return;
	}
	/* Finished: whoever recorded it did not get to release it.  Fenced: it is another's. */
	if (status == TY_CLAIM_FINISHED)
		job_release(worker, &job->hold, 1);
	job_drop(job);
}

static void
job_claimed(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct job *job = ctx;
	enum ty_claim_status status;
	struct ty_err why = { 0 };

	if (job->state != JOB_GONE) {
		if (err != NULL)
			job_refused(job, err);
		else if (ty_store_claim_decode(job->arena, rows, &status, &job->journal, &why) !=
			 TY_OK)
			job_fail(job, &why);
		else
			job_claim_decided(job, status);
	}
	job_unref(job);
}

static void
job_claim(struct job *job)
{
	struct worker *worker = job->worker;
	struct ty_store_query query;

	ty_store_claim_query(job->arena, &job->record, worker->name, &query);
	job_ref(job);
	ty_store_async_run(worker->store, &query, job_claimed, job);
}

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
job_make(struct worker *worker, const struct ty_lease *lease)
{
	struct job *job = calloc(1, sizeof(*job));

	TY_ASSERT(job != NULL);
	job->worker = worker;
	job->refs = 1;
	job->arena = ty_arena_new(NULL, "job", 0);
	job->leased_ms = ty_time_mono_ms();
	job->is_again = lease->deliveries > 1 || lease->again;
	job->state = job->is_again ? JOB_CLAIM : JOB_LOAD;
	job->hold = (struct ty_hold){
		.run_id = lease->run_id,
		.workspace_id = lease->workspace_id,
		.workflow_id = lease->workflow_id,
		.token = lease->token,
		.payload = ty_arena_memdup(job->arena, lease->payload, lease->payload_len),
		.payload_len = lease->payload_len,
		.deliveries = lease->deliveries,
	};
	job->prev = worker->last_job;
	*(job->prev != NULL ? &job->prev->next : &worker->jobs) = job;
	worker->last_job = job;
	worker->job_count++;
	return job;
}

void
job_new(struct worker *worker, const struct ty_lease *lease)
{
	struct job *job = job_make(worker, lease);
	struct ty_err err = { 0 };
	enum job_payload payload = job_payload_read(job, &err);

	job->record = (struct ty_record_run){ .run_id = job->hold.run_id,
					      .workspace_id = job->hold.workspace_id,
					      .workflow_id = job->hold.workflow_id,
					      .version_id = job->version_id,
					      .mode = job->mode,
					      .fence = job->hold.token,
					      .deliveries = job->hold.deliveries,
					      .accepted_at_ms = job->accepted_at_ms };
	if (payload == JOB_PAYLOAD_BROKEN)
		job->broken = ty_arena_memdup(job->arena, &err, sizeof(err));
	if (payload == JOB_PAYLOAD_UNKNOWN) {
		job_log(job, TY_LOG_WARN, "job handed back", &err);
		job_hand_back(job, UNKNOWN_DELAY_MS);
	} else if (worker->is_draining) {
		job_hand_back(job, 0);
	} else {
		job_go(job);
	}
}
