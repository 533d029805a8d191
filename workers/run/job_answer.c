/*
 * job_answer.c -- what the sender of a run is answered: kept as soon as it is known, told once it is kept.
 *
 * Invariants:
 *   (1) A run is recorded only after its answer is kept or refused, so whoever finds the run over finds the
 *       answer with it.
 *   (2) Nobody is told before it is kept.
 */
#include "job.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "graph/graph.h"
#include "hook/verify.h"
#include "json/json.h"

/* The trigger that the run began with; NULL where it names none. */
static const struct ty_graph_node *
job_trigger(const struct job *job)
{
	const char *start =
		job->said.start_node != NULL ? job->said.start_node : job->taken.start_node;

	return start != NULL ? ty_graph_node_find(ty_plan_graph(job->plan->plan), start) : NULL;
}

/* Parts, replays, what-ifs and called runs have other modes: none of them has a sender. */
static enum ty_hook_answers
job_answers(const struct job *job)
{
	const struct ty_graph_node *node;
	const char *mode = job->said.mode;

	if (ty_str_eq(mode, ty_run_mode_name(TY_RUN_MODE_API)))
		return TY_HOOK_BY_NODE;
	if (!ty_str_eq(mode, ty_run_mode_name(TY_RUN_MODE_WEBHOOK)))
		return TY_HOOK_AT_ONCE;
	node = job_trigger(job);
	return node != NULL ? ty_hook_answers_parse(ty_json_str(node->params, "answer", ""))
			    : TY_HOOK_AT_ONCE;
}

static void
job_answered(void *ctx, enum journal_outcome outcome, const struct ty_err *err)
{
	struct job *job = ctx;

	job->answer = NULL; /* gone when this is called */
	if (outcome == JOURNAL_FENCED) {
		job_lose(job);
		return;
	}
	if (outcome == JOURNAL_REFUSED)
		job_log(job, TY_LOG_ERROR, "the answer of a run was not kept", err);
	else
		ty_queue_tell(job->jobs->queue, &job->hold.run_id);
	if (job->state == JOB_RECORD && !job->keep.is_under_way)
		job_record(job);
}

static void
job_answer_keep(struct job *job, const json_t *answer)
{
	const struct ty_effect row = { .run_id = job->hold.run_id,
				       .workspace_id = job->hold.workspace_id,
				       .key = "",
				       .idempotency_key = "",
				       .fence = job->hold.token,
				       .at_ms = ty_time_now_ms(),
				       .answer = answer };

	if (job->answer == NULL)
		job->answer = journal_add(job->jobs->answers, &row, job_answered, job);
}

void
job_responded(struct job *job, const json_t *response)
{
	if (job_answers(job) == TY_HOOK_BY_NODE)
		job_answer_keep(job, response);
}

void
job_answer_stop(struct job *job)
{
	if (job->answer != NULL)
		journal_abandon(job->answer);
	job->answer = NULL;
}

/* ---- of the whole run ---- */

static json_t *
first_file(const json_t *items)
{
	json_t *files = json_object_get(json_array_get(items, 0), "binary");

	return json_object_iter_value(json_object_iter(files));
}

static json_t *
all_of(const json_t *items)
{
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach((json_t *)items, i, item)
		json_array_append(list, json_object_get(item, "json"));
	return list;
}

static json_t *
first_of(const json_t *items)
{
	json_t *json = json_object_get(json_array_get(items, 0), "json");

	return json != NULL ? json_incref(json) : json_null();
}

/* "answer_body" of the trigger says what of the last step's items. */
static json_t *
answer_of(const json_t *items, const char *body)
{
	bool is_file = ty_str_eq(body, "file") && first_file(items) != NULL;
	json_t *answer = json_pack("{s:i, s:{}}", "status", 200, "headers");

	if (is_file) {
		json_object_set_new(answer, "kind", json_string("file"));
		json_object_set(answer, "file", first_file(items));
	} else if (ty_str_eq(body, "none") || ty_str_eq(body, "file")) {
		json_object_set_new(answer, "kind", json_string("none"));
		json_object_set_new(answer, "status", json_integer(204));
	} else {
		json_object_set_new(answer, "kind", json_string("json"));
		json_object_set_new(answer, "body",
				    ty_str_eq(body, "all_items") ? all_of(items) : first_of(items));
	}
	return answer;
}

/* Too much to be sent is said instead of sent. */
static json_t *
answer_checked(json_t *answer)
{
	if (ty_json_size_bytes(answer) <= TY_LIMIT_ANSWER_BYTES)
		return answer;
	json_decref(answer);
	return json_pack("{s:i, s:{}, s:s, s:s}", "status", 500, "headers", "kind", "text", "body",
			 "The last step's items are more than an answer holds.");
}

void
job_answer_end(struct job *job)
{
	const char *body;
	json_t *items;

	if (job_answers(job) != TY_HOOK_WHEN_FINISHED)
		return;
	body = ty_json_str(job_trigger(job)->params, "answer_body", "");
	items = ty_json_own(job->arena, ty_run_result_items(job->ops.run));
	job_answer_keep(job, ty_json_own(job->arena, answer_checked(answer_of(items, body))));
}
