/*
 * job_vars.c -- the workspace's variables that a run sees ($vars), before it begins.
 *
 *	plan names none ------------------------------------------------> job_statics.c
 *	journal has them (taken over, put down, replayed) --------------> job_statics.c
 *	else read them --> journal them, fenced (TY_JOURNAL_VARS) ------> job_statics.c
 *
 * So whoever goes on with the run, and whoever runs it again, sees what its first attempt found, however the
 * variables have changed.  A what-if is another version's: what that names beyond the journal is today's.
 */
#include "job.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/journal_entry.h"
#include "engine/vars.h"
#include "store/effects.h"
#include "store/variable.h"

json_t *
job_journaled(const struct job *job, const char *key)
{
	const json_t *journal = job_is_replay(job) ? job->source : job->taken.journal, *entry;
	size_t i;

	json_array_foreach((json_t *)journal, i, entry)
	{
		if (ty_str_eq(ty_json_str(entry, "key", ""), key))
			return json_object_get(json_object_get(entry, "answer"), "value");
	}
	return NULL;
}

static bool
is_what_if(const struct job *job)
{
	return ty_str_eq(job->said.mode, ty_run_mode_name(TY_RUN_MODE_WHAT_IF));
}

/* A run of a release without variables goes on by its rules: $vars is empty. */
static bool
may_ask(const struct job *job)
{
	if (is_what_if(job))
		return true;
	return !job_is_replay(job) && job->taken.state == NULL &&
	       (job->taken.digest_version == 0 || job->taken.digest_version >= TY_DIGEST_VARS);
}

static void
vars_journaled(void *ctx, enum journal_outcome outcome, const struct ty_err *err)
{
	struct job *job = ctx;

	job->vars_write = NULL; /* gone when this is called */
	if (outcome == JOURNAL_FENCED)
		job_lose(job);
	else if (outcome == JOURNAL_REFUSED)
		job_fail(job, err);
	else
		job_statics(job);
}

static void
vars_keep(struct job *job)
{
	json_t *answer = ty_json_own(job->arena, json_pack("{s:O}", "value", job->vars));
	const struct ty_effect row = { .run_id = job->hold.run_id,
				       .workspace_id = job->hold.workspace_id,
				       .key = TY_JOURNAL_VARS,
				       .idempotency_key = TY_JOURNAL_VARS,
				       .fence = job->hold.token,
				       .at_ms = ty_time_now_ms(),
				       .digest_version = TY_DIGEST_VERSION,
				       .answer = answer };

	job->vars_write = journal_add(job->jobs->ops.journal, &row, vars_journaled, job);
}

static void
vars_loaded(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct job *job = ctx;
	struct ty_err why = { 0 };
	json_t *vars = NULL;

	if (job->state == JOB_GONE) {
		job_unref(job);
		return;
	}
	if (err != NULL) {
		job_not_begun(job, err);
	} else if (ty_store_variables_decode(job->arena, rows, &vars, &why) != TY_OK) {
		job_fail(job, &why);
	} else if (is_what_if(job)) {
		json_object_update(vars, (json_t *)job->vars);
		job->vars = vars;
		job_statics(job);
	} else {
		job->vars = vars;
		vars_keep(job);
	}
	job_unref(job);
}

void
job_vars(struct job *job)
{
	const json_t *names = ty_plan_vars(job->plan->plan);
	struct ty_store_query query;

	if (names == NULL) {
		job_statics(job);
		return;
	}
	job->vars = job_journaled(job, TY_JOURNAL_VARS);
	if (!may_ask(job) || (job->vars != NULL && !is_what_if(job))) {
		job_statics(job);
		return;
	}
	ty_store_variables_query(job->arena, &job->hold.workspace_id, names, &query);
	job_ref(job);
	ty_store_async_run(job->jobs->store, &query, vars_loaded, job);
}

void
job_vars_stop(struct job *job)
{
	if (job->vars_write != NULL)
		journal_abandon(job->vars_write);
	job->vars_write = NULL;
}
