/*
 * answer.c -- see answer.h.
 */
#include "answer.h"

#include "api_blob.h"
#include "app.h"
#include "base/arena.h"
#include "base/duration.h"
#include "base/limits.h"
#include "base/str.h"
#include "conf/conf.h"
#include "hook/answer_header.h"
#include "store/answer.h"
#include "store/execution_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A place becomes free whenever a run ends. */
#define FULL_RETRY_MS 2000
/* A process that drains is replaced at once. */
#define DRAIN_RETRY_MS 1000
/* Threads that answer are not to stand in line for the pool. */
#define LOAD_WAIT_MS 2000

/* ---- to wait ---- */

enum ty_code
api_wait_ms(const char *text, int64_t *ret_ms, struct ty_err *err)
{
	*ret_ms = 0;
	if (ty_str_is_blank(text) || ty_duration_parse(text, TY_LIMIT_ANSWER_WAIT_MS, ret_ms))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "wait is no length of time of at most %d s",
		   TY_LIMIT_ANSWER_WAIT_MS / 1000);
	ty_err_at(err, "wait");
	return ty_err_hint(err, "Write it as in 500ms, 30s or 2m.");
}

enum ty_code
api_wait_begin(struct ty_api_call *call, const struct ty_id *run_id, enum ty_wait_for what,
	       int64_t for_ms, struct ty_wait **ret_wait, struct ty_err *err)
{
	struct ty_wait *wait = ty_waiting_begin(call->app->waiting, run_id, for_ms);

	if (wait == NULL) {
		call->problem_status = 503;
		call->retry_after_ms = FULL_RETRY_MS;
		ty_err_set(err, TY_E_LIMIT, "Too many requests wait for their runs");
		return ty_err_hint(err, "Send it again after Retry-After, or do not wait for the "
					"answer.");
	}
	wait->what = what;
	wait->request_id = call->request->id;
	snprintf(wait->slug, sizeof(wait->slug), "%s", call->workspace_key);
	*ret_wait = wait;
	return TY_OK;
}

void
api_wait_cancel(struct ty_api_call *call, struct ty_wait *wait)
{
	if (wait != NULL)
		ty_waiting_end(call->app->waiting, wait);
}

enum ty_code
api_wait_for(struct ty_api_call *call, struct ty_wait *wait, const struct ty_id *workspace_id,
	     const struct ty_id *run_id)
{
	wait->workspace_id = *workspace_id;
	if (strcmp(wait->run_id.s, run_id->s) != 0)
		ty_waiting_move(call->app->waiting, wait, run_id);
	wait->headers = strdup(call->response->headers.data);
	TY_ASSERT(wait->headers != NULL);
	call->response->wait = wait;
	return TY_OK;
}

/* ---- what there is no answer to ---- */

static void
say_run(struct ty_api_call *call, const struct ty_wait *wait, const char *status)
{
	call->problem_more = ty_json_own(call->arena, json_pack("{s:s}", "run_id", wait->run_id.s));
	if (status != NULL)
		json_object_set_new(call->problem_more, "run_status", json_string(status));
}

static enum ty_code
drained(struct ty_api_call *call, const struct ty_wait *wait, struct ty_err *err)
{
	say_run(call, wait, NULL);
	call->problem_status = 503;
	call->problem_title = "This server is being restarted";
	call->retry_after_ms = DRAIN_RETRY_MS;
	ty_err_set(err, TY_E_LIMIT, "This server is being restarted; the run goes on");
	return ty_err_hint(err, "Ask for the run by its id; a delivery with its id is answered by "
				"the same run.");
}

static enum ty_code
late(struct ty_api_call *call, const struct ty_wait *wait, struct ty_err *err)
{
	if (wait->is_late_ok)
		return api_json(
			call, 202,
			ty_json_own(call->arena, json_pack("{s:s, s:s, s:b}", "verdict", "accepted",
							   "run_id", wait->run_id.s, "duplicate",
							   (int)wait->is_duplicate)));
	say_run(call, wait, NULL);
	call->problem_title = "The run takes longer than its sender waits";
	ty_err_set(err, TY_E_TIMEOUT, "The run gave no answer within %lld ms; it goes on",
		   (long long)wait->for_ms);
	return ty_err_hint(err,
			   "Ask for the run by its id, or raise answer_wait_s of the webhook.");
}

static enum ty_code
unanswered(struct ty_api_call *call, const struct ty_wait *wait, const char *status,
	   struct ty_err *err)
{
	static const struct {
		const char *status, *text;
	} ends[] = {
		{ "ok", "The run ended before a node answered" },
		{ "error", "The run failed before it answered" },
		{ "timeout", "The run's time was over before it answered" },
		{ "canceled", "The run was canceled before it answered" },
	};

	say_run(call, wait, status);
	call->problem_title = "The run gave no answer";
	ty_err_set(err, TY_E_UPSTREAM, "The run ended before it answered");
	for (size_t i = 0; i < TY_ARRAY_COUNT(ends); i++) {
		if (ty_str_eq(ends[i].status, status))
			ty_err_set(err, TY_E_UPSTREAM, "%s", ends[i].text);
	}
	return ty_err_hint(err, "Look at the run by its id.");
}

/* ---- what the run answers ---- */

/* Add the policy to every type but data, because a page may run scripts beside the UI. */
static void
put_policy(struct ty_api_call *call, const char *type)
{
	const char *policy = call->app->conf->answer_csp;

	if (!ty_str_is_blank(policy) && !ty_hook_answer_is_data(type))
		ty_http_response_header(call->response, "Content-Security-Policy", policy);
}

static const char *
type_of(const char *kind, const json_t *file)
{
	if (ty_str_eq(kind, "text"))
		return "text/plain; charset=utf-8";
	if (ty_str_eq(kind, "file"))
		return api_blob_type(ty_json_str(file, "mime", ""));
	return "application/json";
}

/* The node has refused what is refused; what an older release let through is left out. */
static void
put_headers(struct ty_api_call *call, const json_t *headers, const char *type)
{
	const char *name, *hint;
	json_t *value;

	json_object_foreach((json_t *)headers, name, value)
	{
		const char *text = json_string_value(value);

		if (text == NULL || ty_hook_answer_header_fault(name, &hint) != NULL ||
		    ty_hook_answer_value_fault(text) != NULL)
			continue;
		if (strcasecmp(name, "content-type") == 0)
			type = text;
		else
			ty_http_response_header(call->response, name, text);
	}
	if (type[0] != '\0')
		ty_http_response_header(call->response, "Content-Type", type);
	put_policy(call, type);
}

static enum ty_code
send_answer(struct ty_api_call *call, const struct ty_wait *wait, const json_t *answer,
	    struct ty_err *err)
{
	const char *kind = ty_json_str(answer, "kind", "none");
	const json_t *file = ty_json_obj(answer, "file"), *body = json_object_get(answer, "body");
	struct ty_http_response *response = call->response;

	response->status = (int)ty_json_int(answer, "status", 200);
	if (ty_str_eq(kind, "file")) {
		call->workspace.id = wait->workspace_id;
		call->hash = ty_json_str(file, "blob", "");
		if (api_blob_send(call, err) != TY_OK)
			return ty_err_wrap(err, "the file of the answer");
	} else if (ty_str_eq(kind, "text")) {
		response->body = ty_json_str(answer, "body", "");
		response->body_len = json_string_length(body);
	} else if (ty_str_eq(kind, "json")) {
		response->body = ty_json_dump(call->arena, body, &response->body_len);
	}
	put_headers(call, ty_json_obj(answer, "headers"),
		    ty_str_eq(kind, "none") ? "" : type_of(kind, file));
	return TY_OK;
}

/* ---- the end of a wait ---- */

static enum ty_code
load(struct ty_api_call *call, const struct ty_wait *wait, const char **ret_status,
     json_t **ret_answer, struct ty_err *err)
{
	enum ty_code code = TY_OK;
	struct ty_tx *tx;

	if (ty_tx_begin(call->app->store, call->arena, &wait->workspace_id, LOAD_WAIT_MS, &tx,
			err) != TY_OK)
		return err->code;
	/* In this order, because a run that is over has its answer by then. */
	if (ty_store_execution_status(tx, &wait->run_id, ret_status, err) != TY_OK ||
	    ty_store_answer_load(tx, &wait->run_id, ret_answer, err) != TY_OK)
		code = err->code;
	ty_tx_rollback(tx);
	return code;
}

/* Wait on, because there is no answer yet or Postgres cannot say; 504 or 202 where the time is over. */
static enum ty_code
wait_on(struct ty_api_call *call, struct ty_wait *wait, struct ty_err *err)
{
	if (wait->end == TY_WAIT_LATE)
		return late(call, wait, err);
	ty_err_clear(err);
	call->response->wait = wait;
	return TY_OK;
}

bool
ty_answer_is_record(struct ty_api_call *call, const struct ty_wait *wait)
{
	struct ty_err ignored = { TY_OK };
	const char *status;
	json_t *answer;

	if (wait->end != TY_WAIT_HEARD)
		return wait->end == TY_WAIT_LATE;
	/* The message may be about a node's answer, so that the record has to say whether the run is over. */
	return load(call, wait, &status, &answer, &ignored) == TY_OK &&
	       ty_store_execution_is_over(status);
}

const char *
ty_answer_record_target(struct ty_arena *arena, const struct ty_wait *wait)
{
	return ty_arena_printf(arena, "/api/v1/workspaces/%s/executions/%s?from=%lld&items=%s",
			       wait->slug, wait->run_id.s, (long long)wait->steps_from,
			       wait->is_counted ? "count" : "all");
}

enum ty_code
ty_answer_resume(struct ty_api_call *call, struct ty_wait *wait, struct ty_err *err)
{
	const char *status;
	json_t *answer;
	bool is_over;

	if (wait->end == TY_WAIT_DRAIN)
		return drained(call, wait, err);
	if (load(call, wait, &status, &answer, err) != TY_OK)
		return err->code == TY_E_UNAVAILABLE ? wait_on(call, wait, err) : err->code;
	is_over = ty_store_execution_is_over(status);
	if (wait->what == TY_WAITS_RUN)
		return wait_on(call, wait, err);
	if (answer != NULL && (wait->what == TY_WAITS_NODE || (is_over && ty_str_eq(status, "ok"))))
		return send_answer(call, wait, answer, err);
	return is_over ? unanswered(call, wait, status, err) : wait_on(call, wait, err);
}
