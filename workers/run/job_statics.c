/*
 * job_statics.c -- static data of a workflow, which a run began with (job_begun.c): kept once the run went well.
 *
 * Invariants:
 *   (1) It is kept before the run is recorded, and once: whoever takes the run over in between asks again, and is told
 *       what was done.
 *   (2) What is kept goes key by key: keys that this run has not changed stay as other runs have them.
 *   (3) A run whose changes are refused (the workspace's quota) ends with that error.
 *   (4) Runs by hand, parts of runs and replays keep nothing.
 */
#include "job.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "engine/journal_entry.h"
#include "engine/statics.h"
#include "store/state.h"

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

	if (job->begun.values[JOB_BEGUN_STATICS] == NULL || job->statics.was_asked ||
	    !is_to_be_kept(job))
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
	if (job->statics.ask != NULL)
		job->jobs->ops.services->states->cancel(job->statics.ask);
	job->statics.ask = NULL;
}
