/*
 * job_source.c -- a run that stands on an earlier one gets that run's journal before it begins.
 *
 * The journal is read anew by each worker that begins the run: what the run has taken of it is in
 * its own journal by then, and the rest is still there, or gone with its month.
 */
#include "job.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "store/effects.h"

bool
job_has_source(const struct job *job)
{
	return job->said.source != NULL &&
	       !ty_str_eq(ty_json_str(job->said.source, "effects", ""), "again");
}

static void
source_loaded(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct job *job = ctx;
	struct ty_err why = { 0 };

	if (job->state == JOB_GONE) {
		job_unref(job);
		return;
	}
	if (err != NULL)
		job_not_begun(job, err);
	else if (ty_store_source_decode(job->arena, rows, &job->source, &why) != TY_OK)
		job_fail(job, &why);
	else
		job_begin(job);
	job_unref(job);
}

void
job_source(struct job *job)
{
	const char *text = ty_json_str(job->said.source, "run_id", "");
	struct ty_store_query query;
	struct ty_err err = { 0 };
	struct ty_id run_id;

	if (!ty_id_parse(text, &run_id)) {
		ty_err_set(&err, TY_E_MALFORMED, "The job does not say which run it stands on");
		job_fail(job, &err);
		return;
	}
	ty_store_source_query(&job->hold.workspace_id, &run_id, !job_is_replay(job), &query);
	job_ref(job);
	ty_store_async_run(job->jobs->store, &query, source_loaded, job);
}
