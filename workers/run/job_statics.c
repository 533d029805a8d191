/*
 * job_statics.c -- static data of a workflow: read before a run begins, kept once it went well.
 *
 *	plan asks for none ----------------------------------------------------> begin
 *	journal has it (taken over, put down, replayed) -----------------------> begin
 *	else read it --> journal it, fenced (TY_JOURNAL_STATICS) --------------> begin
 *
 *	went well, published, something has changed --> keep it --> end
 *
 * Invariants:
 *   (1) It is kept before the run is recorded, and once: whoever takes the run over in between asks again, and is told
 *       what was done.
 *   (2) What is kept goes key by key: keys that this run has not changed stay as other runs have them.
 *   (3) A run whose changes are refused (the workspace's quota) ends with that error.
 *   (4) Runs by hand, parts of runs and replays keep nothing.
 */
#include "job.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/journal_entry.h"
#include "engine/statics.h"
#include "store/effects.h"
#include "store/state.h"

/* ---- before the run ---- */

static bool
is_what_if(const struct job *job)
{
	return ty_str_eq(job->said.mode, ty_run_mode_name(TY_RUN_MODE_WHAT_IF));
}

/* A run of a release without static data goes on by its rules: its code fails. */
static bool
may_ask(const struct job *job)
{
	if (is_what_if(job))
		return true;
	return !job_is_replay(job) && job->taken.state == NULL &&
	       (job->taken.digest_version == 0 || job->taken.digest_version >= TY_DIGEST_STATICS);
}

static void
statics_journaled(void *ctx, enum journal_outcome outcome, const struct ty_err *err)
{
	struct job *job = ctx;

	job->statics.write = NULL; /* gone when this is called */
	if (outcome == JOURNAL_FENCED)
		job_lose(job);
	else if (outcome == JOURNAL_REFUSED)
		job_fail(job, err);
	else
		job_start(job);
}

static void
statics_keep_begun(struct job *job)
{
	json_t *answer = ty_json_own(job->arena, json_pack("{s:O}", "value", job->statics.begun));
	const struct ty_effect row = { .run_id = job->hold.run_id,
				       .workspace_id = job->hold.workspace_id,
				       .key = TY_JOURNAL_STATICS,
				       .idempotency_key = TY_JOURNAL_STATICS,
				       .fence = job->hold.token,
				       .at_ms = ty_time_now_ms(),
				       .digest_version = TY_DIGEST_VERSION,
				       .answer = answer };

	job->statics.write = journal_add(job->jobs->ops.journal, &row, statics_journaled, job);
}

static void
statics_loaded(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct job *job = ctx;
	struct ty_err why = { 0 };
	json_t *begun;

	if (job->state == JOB_GONE) {
		job_unref(job);
		return;
	}
	if (err != NULL) {
		job_not_begun(job, err);
	} else if (ty_store_statics_decode(job->arena, rows, &begun, &why) != TY_OK) {
		job_fail(job, &why);
	} else {
		job->statics.begun = begun;
		if (is_what_if(job))
			job_start(job);
		else
			statics_keep_begun(job);
	}
	job_unref(job);
}

void
job_statics(struct job *job)
{
	struct ty_store_query query;

	if (!ty_plan_keeps_statics(job->plan->plan)) {
		job_start(job);
		return;
	}
	job->statics.begun = job_journaled(job, TY_JOURNAL_STATICS);
	if (job->statics.begun != NULL || !may_ask(job)) {
		job_start(job);
		return;
	}
	ty_store_statics_query(&job->hold.workspace_id, &job->hold.workflow_id, &query);
	job_ref(job);
	ty_store_async_run(job->jobs->store, &query, statics_loaded, job);
}

/* ---- behind it ---- */

static void
statics_kept(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct job *job = ctx;
	struct ty_err *refused = &job->statics.refused;

	job->statics.ask = NULL;
	if (err != NULL)
		*refused = *err;
	else
		(void)!ty_store_state_judge(answer, "static data", refused);
	job_ended(job);
}

static bool
is_to_be_kept(const struct job *job)
{
	const struct ty_run_mode *mode = ty_run_mode_find(job->said.mode);

	return ty_run_result(job->ops.run)->status == TY_STATUS_OK && !job_is_replay(job) &&
	       (mode == NULL || mode->version == TY_RUN_VERSION_PUBLISHED);
}

bool
job_statics_keep(struct job *job)
{
	struct ty_service_means *means = job->jobs->ops.services;
	struct ty_state_ask *ask;
	json_t *changes;

	if (job->statics.begun == NULL || job->statics.was_asked || !is_to_be_kept(job))
		return false;
	changes = ty_json_own(job->arena, ty_run_static_changes(job->ops.run));
	if (json_array_size(changes) == 0)
		return false;
	job->statics.was_asked = true;
	ask = ty_arena_new_of(job->arena, struct ty_state_ask);
	*ask = (struct ty_state_ask){ .workspace_id = job->hold.workspace_id,
				      .run_id = job->hold.run_id,
				      .workflow_id = job->hold.workflow_id,
				      .fence = job->hold.token,
				      .key = TY_JOURNAL_STATICS_KEPT,
				      .op = "{\"do\":\"keep_static\",\"key\":\"\"}",
				      .value = ty_json_dump(job->arena, changes, NULL) };
	job->statics.ask = means->states->ask(means->states_ctx, ask, statics_kept, job);
	return true;
}

void
job_statics_stop(struct job *job)
{
	if (job->statics.write != NULL)
		journal_abandon(job->statics.write);
	if (job->statics.ask != NULL)
		job->jobs->ops.services->states->cancel(job->statics.ask);
	job->statics.write = NULL;
	job->statics.ask = NULL;
}
