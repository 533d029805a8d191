/*
 * job_end.c -- what is recorded of a job, and what recorder and marker tell.
 */
#include "job.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "graph/graph.h"
#include "json/json.h"

#include <stddef.h>
#include <stdlib.h>

/* ---- the record ---- */

static bool
job_saves_steps(const struct job *job, enum ty_status status)
{
	return ty_str_eq(job->plan->save, "all") ||
	       (ty_str_eq(job->plan->save, "errors") && status != TY_STATUS_OK);
}

/* Records of refused pieces first, then those that the run has not given yet. */
static void
job_record_payloads(struct job *job, const struct ty_run_result *result)
{
	const struct job_keep *keep = &job->keep;
	struct ty_record_payload *payloads;
	size_t count = keep->left_payload_count;

	payloads = ty_arena_alloc_array(job->arena, count + result->payload_count + 1,
					sizeof(*payloads));
	for (size_t i = 0; i < count; i++)
		payloads[i] = keep->left_payloads[i];
	for (size_t i = 0; i < result->payload_count; i++)
		payloads[count++] = (struct ty_record_payload){ .hash = result->payloads[i].hash,
								.kind = result->payloads[i].kind,
								.data = result->payloads[i].data,
								.len = result->payloads[i].len };
	job->entry.run.payloads = payloads;
	job->entry.run.payload_count = count;
}

static const json_t *
job_record_steps(struct job *job, const struct ty_run_result *result)
{
	if (job->keep.left == NULL)
		return result->steps;
	json_array_extend(job->keep.left, (json_t *)result->steps);
	return job->keep.left;
}

/* Record the steps of an ended run that are in no piece. */
static void
job_record_rest(struct job *job)
{
	const struct ty_run_result *result = ty_run_result(job->ops.run);
	struct ty_record_run *record = &job->entry.run;

	if (job_saves_steps(job, result->status)) {
		record->steps = job_record_steps(job, result);
		if (result->payload_count + job->keep.left_payload_count > 0)
			job_record_payloads(job, result);
	} else {
		record->steps = ty_json_own(job->arena, json_array());
	}
}

void
job_record(struct job *job)
{
	if (job->answer != NULL)
		return; /* until it is kept: job_answer.c */
	if (job->entry.run.steps == NULL)
		job_record_rest(job);
	job_ref(job); /* the recorder's */
	recorder_add(job->jobs->recorder, &job->entry);
}

int64_t
job_running_ms(const struct job *job, int64_t at_ms)
{
	return job->taken.running_ms + (at_ms > job->began_at_ms ? at_ms - job->began_at_ms : 0);
}

static int64_t
job_waited_ms(const struct job *job)
{
	const struct ty_record_run *record = &job->entry.run;
	int64_t waited_ms = record->finished_at_ms - record->started_at_ms -
			    job_running_ms(job, record->finished_at_ms);

	return waited_ms > 0 ? waited_ms : 0;
}

/* Answer of a run that went well to its caller: its last items, and what its trigger declares of them. */
static json_t *
job_answer(const struct job *job)
{
	const struct ty_graph *graph = ty_plan_graph(job->plan->plan);
	const struct ty_graph_node *start = ty_graph_start_of(graph, TY_RUN_START_CALL);
	json_t *value = json_object();
	json_t *output = start != NULL ? json_object_get(start->params, "output") : NULL;

	json_object_set_new(value, "execution_id", json_string(job->hold.run_id.s));
	json_object_set_new(value, "items", ty_run_result_items(job->ops.run));
	if (output != NULL)
		json_object_set(value, "output", output);
	return ty_json_own(job->arena, json_pack("{s:o}", "value", value));
}

/* Log the failure of an error workflow's run, because no error workflow tells of it. */
static void
job_tell_error(const struct job *job, const json_t *error)
{
	struct ty_err err = { 0 };

	if (!ty_str_eq(job->said.mode, ty_run_mode_name(TY_RUN_MODE_ERROR)))
		return;
	ty_err_set(&err, ty_code_find(ty_json_str(error, "code", "internal")), "%s",
		   ty_json_str(error, "message", ""));
	job_log(job, TY_LOG_WARN, "the run of an error workflow failed", &err);
}

/* Error as the engine writes it, with no node at fault. */
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
job_ended(struct job *job)
{
	const struct ty_run_result *result = ty_run_result(job->ops.run);
	struct ty_record_run *record = &job->entry.run;
	bool is_refused = job->statics.refused.code != TY_OK;

	if (job_statics_keep(job))
		return;
	job->state = JOB_RECORD;
	record->status = ty_status_name(result->status);
	record->started_at_ms = result->started_at_ms;
	record->finished_at_ms = result->finished_at_ms;
	record->step_count = result->step_count;
	record->item_count = result->item_count;
	job->bytes = result->bytes;
	record->error = result->error;
	record->digest = result->digest;
	if (is_refused) {
		record->status = ty_status_name(TY_STATUS_ERROR);
		record->error = ty_json_own(job->arena, job_error(&job->statics.refused));
		job_tell_error(job, record->error);
	} else if (result->status != TY_STATUS_OK)
		job_tell_error(job, result->error);
	else if (job_is_called(job))
		record->answer = job_answer(job);
	else
		job_answer_end(job);
	if (job->taken.state != NULL)
		record->waited_ms = job_waited_ms(job);
	if (!job->keep.is_under_way)
		job_record(job);
}

static void
job_fail_record(struct job *job, const struct ty_err *err)
{
	struct ty_record_run *record = &job->entry.run;

	record->status = ty_status_name(TY_STATUS_ERROR);
	if (record->finished_at_ms == 0)
		record->started_at_ms = record->finished_at_ms = ty_time_now_ms();
	record->error = ty_json_own(job->arena, job_error(err));
	record->steps = ty_json_own(job->arena, json_array());
	record->digest = NULL;
	record->answer = NULL;
	record->payloads = NULL;
	record->payload_count = 0;
	if (record->step_count == 0) { /* the pieces have its steps */
		record->step_count = job->taken.step_count;
		record->item_count = job->taken.item_count;
	}
}

void
job_fail(struct job *job, const struct ty_err *err)
{
	job_log(job, TY_LOG_WARN, "job cannot be run", err);
	job->state = JOB_RECORD;
	job_fail_record(job, err);
	job_record(job);
}

void
job_fail_canceled(struct job *job)
{
	struct ty_err err = { 0 };

	ty_err_set(&err, TY_E_CANCELED, JOB_CANCELED);
	job->state = JOB_RECORD;
	job_fail_record(job, &err);
	job->entry.run.status = ty_status_name(TY_STATUS_CANCELED);
	job_record(job);
}

/* ---- what the recorder tells ---- */

static struct job *
job_of_entry(struct recorder_entry *entry)
{
	return (struct job *)((char *)entry - offsetof(struct job, entry));
}

/* A worker whose places are mostly taken has a queue before it. */
static bool
jobs_are_many(void *ctx)
{
	const struct jobs *jobs = ctx;

	return 2 * jobs->count > jobs->max;
}

/* A run that failed may have started its error workflow; one that was called has a caller. */
static void
job_sets_off(const struct job *job)
{
	const struct ty_record_run *record = &job->entry.run;
	bool failed = ty_str_eq(record->status, ty_status_name(TY_STATUS_ERROR)) ||
		      ty_str_eq(record->status, ty_status_name(TY_STATUS_TIMEOUT));
	bool may_tell = job->plan == NULL ||
			ty_graph_error_workflow(ty_plan_graph(job->plan->plan)) != NULL;

	if (job_is_called(job))
		set_off_caller(job->jobs->set_off, &job->hold.run_id);
	if (failed && may_tell)
		set_off_error(job->jobs->set_off, &job->hold.run_id);
}

static void
jobs_recorded(void *ctx, struct recorder_entry *const *entries,
	      const struct ty_record_outcome *outcomes, size_t count)
{
	struct jobs *jobs = ctx;
	struct ty_hold *holds = calloc(count, sizeof(*holds));
	size_t held = 0;

	TY_ASSERT(holds != NULL);
	for (size_t i = 0; i < count; i++) {
		struct job *job = job_of_entry(entries[i]);

		jobs->recorded += outcomes[i].written;
		if (outcomes[i].payloads_over)
			ty_log_warn(jobs->log, "payload quota is used up", "workspace=%s run=%s",
				    job->hold.workspace_id.s, job->hold.run_id.s);
		if (!outcomes[i].written)
			job_lose(job);
		else if (job->state != JOB_GONE)
			holds[held++] = job->hold;
		if (outcomes[i].written && job->state != JOB_GONE)
			job_sets_off(job);
	}
	if (held > 0)
		job_release(jobs, holds, held);
	free(holds);
	for (size_t i = 0; i < count; i++)
		job_drop(job_of_entry(entries[i]));
}

static void
job_record_refused(void *ctx, struct recorder_entry *entry, const struct ty_err *err)
{
	job_fail_record(job_of_entry(entry), err);
}

static void
job_record_hopeless(void *ctx, struct recorder_entry *entry, const struct ty_err *err)
{
	job_bury(job_of_entry(entry), err);
}

static void
job_record_done(void *ctx, struct recorder_entry *entry)
{
	job_unref(job_of_entry(entry));
}

const struct recorder_ops job_recorder_ops = {
	.is_busy = jobs_are_many,
	.settled = jobs_recorded,
	.refused = job_record_refused,
	.hopeless = job_record_hopeless,
	.done = job_record_done,
};

/* ---- what the marker tells ---- */

static size_t
jobs_to_mark(void *ctx, int64_t before_ms, size_t max, void **ret_runs)
{
	struct jobs *jobs = ctx;
	size_t count = 0;

	for (struct job *job = jobs->first; job != NULL && count < max; job = job->next) {
		if (job->leased_ms > before_ms && !job->is_long)
			continue;
		if (job->state != JOB_RUN || job->is_marked)
			continue;
		job->is_marking = true;
		job_ref(job);
		ret_runs[count++] = job;
	}
	return count;
}

static const struct ty_record_run *
job_mark_record(void *run)
{
	const struct job *job = run;

	return &job->entry.run;
}

static void
job_marked(void *run, enum marker_outcome outcome)
{
	struct job *job = run;

	job->is_marking = false;
	job->is_marked = outcome != MARKER_FAILED;
	/* A job that is being recorded is left to the fence. */
	if (outcome == MARKER_FENCED && job->state == JOB_RUN)
		job_lose(job);
	job_unref(job);
}

const struct marker_ops job_marker_ops = {
	.pick = jobs_to_mark,
	.record = job_mark_record,
	.marked = job_marked,
};
