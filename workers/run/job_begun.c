/*
 * job_begun.c -- what a run finds as it begins: the workspace's variables ($vars), libraries of code, static data, the
 * workflow's name.
 *
 * For each row of the table, in its order, before the first step:
 *
 *	plan asks for none -----------------------------------------> next
 *	journal has it (taken over, put down, replayed) ------------> next
 *	else read it --> journal it, fenced (under the row's key) --> next, at last job_start()
 *
 * So whoever goes on with the run, and whoever runs it again, sees what its first attempt found, whatever has changed
 * since.  Texts of libraries are not journaled: they are read by the digests that are, each time.  A what-if is another version's: what the journal has not is today's, and is not journaled.
 */
#include "job.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/journal_entry.h"
#include "engine/libraries.h"
#include "engine/statics.h"
#include "engine/vars.h"
#include "store/code_library.h"
#include "store/effects.h"
#include "store/state.h"
#include "store/variable.h"
#include "store/version.h"

/* ---- the table ---- */

static bool
plan_names_vars(const struct ty_plan *plan)
{
	return ty_plan_vars(plan) != NULL;
}

static void
query_vars(struct job *job, struct ty_store_query *ret_query)
{
	ty_store_variables_query(job->arena, &job->hold.workspace_id, ty_plan_vars(job->plan->plan),
				 ret_query);
}

static bool
plan_names_libraries(const struct ty_plan *plan)
{
	return ty_plan_libraries(plan) != NULL;
}

static void
query_libraries(struct job *job, struct ty_store_query *ret_query)
{
	ty_store_code_libraries_query(ret_query);
}

static void
query_library_texts(struct job *job, struct ty_store_query *ret_query)
{
	ty_store_code_library_texts_query(job->arena, ty_plan_libraries(job->plan->plan),
					  job->begun.values[JOB_BEGUN_LIBRARIES], ret_query);
}

static void
query_statics(struct job *job, struct ty_store_query *ret_query)
{
	ty_store_statics_query(&job->hold.workspace_id, &job->hold.workflow_id, ret_query);
}

static void
query_workflow(struct job *job, struct ty_store_query *ret_query)
{
	ty_store_workflow_name_query(&job->hold.workspace_id, &job->hold.workflow_id, ret_query);
}

static enum ty_code
decode_workflow(struct ty_arena *arena, const struct ty_rows *rows, json_t **ret_value,
		struct ty_err *err)
{
	const char *name;

	if (ty_store_workflow_name_decode(arena, rows, &name, err) != TY_OK)
		return err->code;
	*ret_value = ty_json_own(arena, json_string(name));
	return TY_OK;
}

static const struct begun_kind {
	const char *key; /* in the journal; NULL = it is read each time, where the one before is */
	unsigned digest_needed; /* a run of a release before goes on by its rules: it has none */
	bool is_merged;		/* of a what-if: what the journal has goes before today's */
	bool (*is_asked)(const struct ty_plan *plan);
	void (*query)(struct job *job, struct ty_store_query *ret_query);
	enum ty_code (*decode)(struct ty_arena *arena, const struct ty_rows *rows,
			       json_t **ret_value, struct ty_err *err);
} kinds[JOB_BEGUN__COUNT] = {
	[JOB_BEGUN_VARS] = { TY_JOURNAL_VARS, TY_DIGEST_VARS, true, plan_names_vars, query_vars,
			     ty_store_variables_decode },
	/* Digests of all, { name: digest }, and then the texts of those that the plan names. */
	[JOB_BEGUN_LIBRARIES] = { TY_JOURNAL_LIBRARIES, TY_DIGEST_RECKONED, false,
				  plan_names_libraries, query_libraries,
				  ty_store_code_libraries_decode },
	[JOB_BEGUN_LIBRARY_TEXTS] = { NULL, TY_DIGEST_RECKONED, false, plan_names_libraries,
				      query_library_texts, ty_store_code_library_texts_decode },
	[JOB_BEGUN_STATICS] = { TY_JOURNAL_STATICS, TY_DIGEST_STATICS, false, ty_plan_keeps_statics,
				query_statics, ty_store_statics_decode },
	[JOB_BEGUN_WORKFLOW] = { TY_JOURNAL_WORKFLOW, 0, false, ty_plan_names_workflow,
				 query_workflow, decode_workflow },
};

/* ---- one after the other ---- */

static const json_t *
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

static bool
may_ask(const struct job *job, const struct begun_kind *kind)
{
	unsigned version = job->taken.digest_version;

	if (is_what_if(job))
		return true;
	return !job_is_replay(job) && job->taken.state == NULL &&
	       (version == 0 || version >= kind->digest_needed);
}

static void begun_next(struct job *job);

static void
begun_journaled(void *ctx, enum journal_outcome outcome, const struct ty_err *err)
{
	struct job *job = ctx;

	job->begun.write = NULL; /* gone when this is called */
	if (outcome == JOURNAL_FENCED)
		job_lose(job);
	else if (outcome == JOURNAL_REFUSED)
		job_fail(job, err);
	else
		begun_next(job);
}

static void
begun_keep(struct job *job, const struct begun_kind *kind, json_t *value)
{
	const struct ty_effect row = { .run_id = job->hold.run_id,
				       .workspace_id = job->hold.workspace_id,
				       .key = kind->key,
				       .idempotency_key = kind->key,
				       .fence = job->hold.token,
				       .at_ms = ty_time_now_ms(),
				       .digest_version = TY_DIGEST_VERSION,
				       .answer = ty_json_own(job->arena,
							     json_pack("{s:O}", "value", value)) };

	job->begun.write = journal_add(job->jobs->ops.journal, &row, begun_journaled, job);
}

static void
begun_loaded(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct job *job = ctx;
	const struct begun_kind *kind = &kinds[job->begun.at];
	const json_t **value = &job->begun.values[job->begun.at];
	struct ty_err why = { 0 };
	json_t *found = NULL;

	if (job->state == JOB_GONE) {
		job_unref(job);
		return;
	}
	if (err != NULL) {
		job_not_begun(job, err);
	} else if (kind->decode(job->arena, rows, &found, &why) != TY_OK) {
		job_fail(job, &why);
	} else {
		if (*value != NULL)
			json_object_update(found, (json_t *)*value);
		*value = found;
		job->begun.at++;
		if (is_what_if(job) || kind->key == NULL)
			begun_next(job);
		else
			begun_keep(job, kind, found);
	}
	job_unref(job);
}

static bool
is_settled(const struct job *job, const struct begun_kind *kind, const json_t *value)
{
	if (!kind->is_asked(job->plan->plan))
		return true;
	if (kind->key == NULL)
		return value != NULL || job->begun.values[job->begun.at - 1] == NULL;
	if (!may_ask(job, kind))
		return true;
	return value != NULL && !(kind->is_merged && is_what_if(job));
}

static void
begun_next(struct job *job)
{
	for (; job->begun.at < JOB_BEGUN__COUNT; job->begun.at++) {
		const struct begun_kind *kind = &kinds[job->begun.at];
		const json_t **value = &job->begun.values[job->begun.at];
		struct ty_store_query query;

		/* A value that is there was journaled before the job had to begin once more. */
		if (*value == NULL && kind->key != NULL && kind->is_asked(job->plan->plan))
			*value = job_journaled(job, kind->key);
		if (is_settled(job, kind, *value))
			continue;
		kind->query(job, &query);
		job_ref(job);
		ty_store_async_run(job->jobs->store, &query, begun_loaded, job);
		return;
	}
	job_start(job);
}

void
job_begin(struct job *job)
{
	job->begun.at = 0;
	begun_next(job);
}

void
job_begin_stop(struct job *job)
{
	if (job->begun.write != NULL)
		journal_abandon(job->begun.write);
	job->begun.write = NULL;
}
