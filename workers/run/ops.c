/*
 * ops.c -- what the engine asks of the world, and the way back.
 *
 * Each question is a struct ops_request in its run's list until it is answered or
 * abandoned, so that a run that ends leaves nothing behind that could call it.
 */
#include "ops.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "engine/journal_entry.h"
#include "service/service.h"
#include "vault/resume.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Behind the time of a call that is a probe: then another may be made. */
#define PROBE_SPARE_MS 5000

enum request_kind { REQUEST_EVAL, REQUEST_PROBE, REQUEST_OPEN, REQUEST_CALL, REQUEST_JOURNAL };

struct ops_request {
	struct ops_request *next, *prev;
	struct ops_run *run;
	uint64_t token;
	enum request_kind kind;
	const struct ty_service *service;   /* PROBE, OPEN, CALL */
	const struct ty_call *asked;	    /* call of the same kinds */
	struct ty_secrets_opening *opening; /* OPEN, CALL; NULL = no secrets are in it */
	union {
		struct sandbox_request *eval;
		void *call;
		struct ty_queue_probe *probe;
		struct journal_write *write;
	};
};

static struct ops_request *
request_new(struct ops_run *run, uint64_t token, enum request_kind kind)
{
	struct ops_request *request = calloc(1, sizeof(*request));

	TY_ASSERT(request != NULL);
	request->run = run;
	request->token = token;
	request->kind = kind;
	request->next = run->requests;
	if (run->requests != NULL)
		run->requests->prev = request;
	run->requests = request;
	return request;
}

static void
request_free(struct ops_request *request)
{
	if (request->prev != NULL)
		request->prev->next = request->next;
	else
		request->run->requests = request->next;
	if (request->next != NULL)
		request->next->prev = request->prev;
	ty_secrets_close(request->opening);
	free(request);
}

static int64_t
ops_now_ms(void *ctx)
{
	return ty_time_now_ms();
}

/* ---- sandbox ---- */

static void
ops_evaluated(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct ops_request *request = ctx;
	struct ops_run *ops_run = request->run;
	uint64_t token = request->token;

	request_free(request);
	ty_run_eval_done(ops_run->run, token, answer, err);
}

static void
ops_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *json, int64_t timeout_ms)
{
	struct ops_run *ops_run = ctx;
	struct ops_request *request = request_new(ops_run, token, REQUEST_EVAL);
	bool is_tool = strcmp(ty_json_str(json, "kind", ""), "tool") == 0;

	request->eval = sandbox_pool_submit(
		is_tool ? ops_run->ops->parsers : ops_run->ops->sandboxes,
		&ops_run->hold->workspace_id, json, timeout_ms, ops_evaluated, request);
}

/* ---- breakers ---- */

/* "<node type> <host>"; false where nobody is asked who could be away. */
static bool
call_what(const struct ops_request *request, char what[BREAKER_WHAT_SIZE])
{
	struct ty_arena *arena;
	const char *host;

	if (request->run->ops->breakers == NULL || request->service->destination == NULL)
		return false;
	arena = ty_arena_new(NULL, "destination", 0);
	host = request->service->destination(arena, request->asked->request);
	if (host != NULL)
		snprintf(what, BREAKER_WHAT_SIZE, "%s %s", request->asked->node_type, host);
	ty_arena_free(arena);
	return host != NULL;
}

/* Has this step failed there before?  A step counts once. */
static bool
count_once(struct ops_run *run, uint64_t step, const char *what)
{
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (; *what != '\0'; what++)
		hash = (hash ^ (unsigned char)*what) * 16777619U;
	for (size_t i = 0; i < OPS_COUNTED_MAX; i++)
		if (run->counted[i].step == step && run->counted[i].what == hash)
			return false;
	run->counted[run->counted_next].step = step;
	run->counted[run->counted_next].what = hash;
	run->counted_next = (run->counted_next + 1) % OPS_COUNTED_MAX;
	return true;
}

static void
call_failed(struct ops_request *request, const char *why)
{
	char what[BREAKER_WHAT_SIZE];

	if (call_what(request, what) &&
	    count_once(request->run, request->token >> TY_TOKEN_STEP_SHIFT, what))
		breakers_failed(request->run->ops->breakers, &request->run->hold->workspace_id,
				what, why);
}

/* An answer that nobody waits for to end a row of failures costs nothing. */
static void
call_judge(struct ops_request *request, const json_t *answer, const struct ty_err *err)
{
	struct breakers *breakers = request->run->ops->breakers;
	char what[BREAKER_WHAT_SIZE];
	const char *why;

	if (breakers == NULL || request->service->failure == NULL)
		return;
	why = request->service->failure(answer, err);
	if (why != NULL)
		call_failed(request, why);
	else if (answer != NULL && !breakers_is_idle(breakers) && call_what(request, what))
		breakers_answered(breakers, &request->run->hold->workspace_id, what);
}

/* ---- services ---- */

static void
call_done(struct ops_request *request, const json_t *answer, const struct ty_err *err)
{
	struct ops_run *ops_run = request->run;
	uint64_t token = request->token;

	request_free(request);
	if (answer == NULL && err == NULL)
		ty_run_call_parks(ops_run->run, token);
	else
		ty_run_call_done(ops_run->run, token, answer, err);
}

static void
ops_called(void *ctx, const json_t *answer, const struct ty_err *err)
{
	call_judge(ctx, answer, err);
	call_done(ctx, answer, err);
}

/* A receiver may send back what it was sent. */
static void
ops_call_shown(struct ops_request *request, const json_t *answer, const struct ty_err *err)
{
	json_t *shown = answer != NULL ? ty_secrets_mask(request->opening, answer) : NULL;
	struct ty_err told;

	if (err != NULL) {
		told = *err;
		ty_secrets_mask_err(request->opening, &told);
	}
	ops_called(request, shown, err != NULL ? &told : NULL);
	json_decref(shown);
}

/* A provider's token that is refused is renewed once, and the call made again: nobody acted on it. */
static void
ops_called_with_secrets(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct ops_request *request = ctx;

	if (ty_secrets_renew(request->opening, answer)) {
		request->kind = REQUEST_OPEN;
		request->call = NULL;
		return;
	}
	ops_call_shown(request, answer, err);
}

static void
ops_opened(void *ctx, const struct ty_service_ask *ask, const struct ty_err *err)
{
	struct ops_request *request = ctx;
	struct ty_service_ask owned;

	if (ask == NULL) {
		ops_call_shown(request, err == NULL ? ty_secrets_refused(request->opening) : NULL,
			       err);
		return;
	}
	owned = *ask;
	owned.workspace_id = &request->run->hold->workspace_id;
	owned.run_id = &request->run->hold->run_id;
	owned.workflow_id = &request->run->hold->workflow_id;
	request->kind = REQUEST_CALL;
	request->call = request->service->begin(request->run->ops->services, &owned,
						ops_called_with_secrets, request);
}

/* Hand the call to its service. */
static void
call_begin(struct ops_request *request)
{
	struct ops_run *ops_run = request->run;
	const struct ty_call *call = request->asked;
	const struct ty_service_ask ask = { .request = call->request,
					    .timeout_ms = call->timeout_ms,
					    .workspace_id = &ops_run->hold->workspace_id,
					    .run_id = &ops_run->hold->run_id,
					    .workflow_id = &ops_run->hold->workflow_id,
					    .key = call->key,
					    .fence = ops_run->hold->token };

	ops_run->held_by[0] = '\0';
	if (request->service->takes_secrets && ty_secrets_are_in(call)) {
		request->kind = REQUEST_OPEN;
		request->opening =
			ty_secrets_open(ops_run->ops->secrets, &ops_run->hold->workspace_id,
					&ops_run->hold->workflow_id, call, ops_opened, request);
	} else {
		request->kind = REQUEST_CALL;
		request->call =
			request->service->begin(ops_run->ops->services, &ask, ops_called, request);
	}
}

static void
call_refuse(struct ops_request *request, const struct ty_err *err)
{
	(void)call_what(request, request->run->held_by);
	call_done(request, NULL, err);
}

static void
ops_probed(void *ctx, const struct ty_breaker *holder)
{
	struct ops_request *request = ctx;
	struct ty_err err = { TY_OK };

	if (holder == NULL) {
		call_begin(request);
		return;
	}
	breakers_refuse(holder, &err);
	call_refuse(request, &err);
}

static void
call_ask(struct ops_request *request)
{
	const struct ops *ops = request->run->ops;
	const struct ty_id *workspace_id = &request->run->hold->workspace_id;
	enum breaker_verdict verdict = BREAKER_CALL;
	char what[BREAKER_WHAT_SIZE];
	struct ty_err err = { TY_OK };

	if (ops->breakers != NULL && !breakers_is_idle(ops->breakers) && call_what(request, what))
		verdict = breakers_look(ops->breakers, workspace_id, what, &err);
	if (verdict == BREAKER_REFUSED) {
		call_refuse(request, &err);
	} else if (verdict == BREAKER_CALL) {
		call_begin(request);
	} else {
		request->kind = REQUEST_PROBE;
		request->probe = breakers_probe(ops->breakers, workspace_id, what,
						request->asked->timeout_ms + PROBE_SPARE_MS,
						ops_probed, request);
	}
}

static void
ops_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	struct ops_run *ops_run = ctx;
	const struct ty_service *service = ty_service_find(call->service);
	struct ty_err err = { 0 };
	struct ops_request *request;

	if (service == NULL) {
		ty_err_set(&err, TY_E_INTERNAL, "This worker knows no service named %s",
			   call->service);
		ty_run_call_done(run, token, NULL, &err);
		return;
	}
	request = request_new(ops_run, token, REQUEST_CALL);
	request->service = service;
	request->asked = call;
	call_ask(request);
}

/* ---- journal ---- */

static void
ops_journaled(void *ctx, enum journal_outcome outcome, const struct ty_err *err)
{
	struct ops_request *request = ctx;
	struct ops_run *ops_run = request->run;
	uint64_t token = request->token;

	request_free(request);
	if (outcome == JOURNAL_FENCED)
		ops_run->events->fenced(ops_run);
	else
		ty_run_journal_done(ops_run->run, token, err);
}

static void
ops_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	struct ops_run *ops_run = ctx;
	struct ops_request *request = request_new(ops_run, token, REQUEST_JOURNAL);
	const struct ty_effect effect = { .run_id = ops_run->hold->run_id,
					  .workspace_id = ops_run->hold->workspace_id,
					  .key = entry->key,
					  .idempotency_key = entry->idempotency_key,
					  .fence = ops_run->hold->token,
					  .at_ms = entry->at_ms,
					  .digest_version = entry->digest_version,
					  .request_digest = entry->request_digest,
					  .answer = entry->answer };

	request->write = journal_add(ops_run->ops->journal, &effect, ops_journaled, request);
}

/* ---- the rest ---- */

static void
ops_wake_at(void *ctx, struct ty_run *run, int64_t at_ms)
{
	struct ops_run *ops_run = ctx;

	clock_set(ops_run->ops->clock, &ops_run->wake, at_ms);
}

static struct ops_request *
request_find(const struct ops_run *ops_run, uint64_t token)
{
	struct ops_request *request = ops_run->requests;

	while (request != NULL && request->token != token)
		request = request->next;
	return request;
}

static void
ops_abandon(void *ctx, struct ty_run *run, uint64_t token)
{
	struct ops_request *request = request_find(ctx, token);

	if (request == NULL)
		return;
	if (request->kind == REQUEST_EVAL)
		sandbox_pool_cancel(request->eval);
	else if (request->kind == REQUEST_PROBE)
		ty_queue_probe_cancel(request->probe);
	else if (request->kind == REQUEST_CALL)
		request->service->cancel(request->call);
	else if (request->kind == REQUEST_JOURNAL)
		journal_abandon(request->write);
	request_free(request);
}

static void
ops_expire(void *ctx, struct ty_run *run, uint64_t token)
{
	struct ops_request *request = request_find(ctx, token);

	if (request != NULL && request->kind == REQUEST_CALL)
		call_failed(request, TY_SERVICE_TIMEOUT);
	ops_abandon(ctx, run, token);
}

static void
ops_finished(void *ctx, struct ty_run *run)
{
	struct ops_run *ops_run = ctx;

	ops_run->is_finished = true;
	ops_run->events->finished(ops_run);
}

static void
ops_steps_ready(void *ctx, struct ty_run *run)
{
	struct ops_run *ops_run = ctx;

	ops_run->events->steps_ready(ops_run);
}

static void
ops_may_park(void *ctx, struct ty_run *run)
{
	struct ops_run *ops_run = ctx;

	ops_run->events->may_park(ops_run);
}

static void
ops_responded(void *ctx, struct ty_run *run, const json_t *response)
{
	struct ops_run *ops_run = ctx;

	ops_run->events->responded(ops_run, response);
}

static bool
ops_resume_link(void *ctx, const struct ty_run *run, struct ty_arena *arena, const char *frame,
		const char *node, struct ty_resume_link *ret_link)
{
	const struct ops_run *ops_run = ctx;
	const struct ty_resume wait = { ops_run->run_id, frame, node };
	const struct ty_vault *vault = ty_secrets_vault(ops_run->ops->secrets);
	uint8_t sum[TY_SHA256_SIZE];
	const char *token;

	if (vault == NULL)
		return false;
	token = ty_resume_token(vault, arena, &wait);
	ty_sha256(token, strlen(token), sum);
	ty_str_hex(sum, sizeof(sum), ret_link->token_hash);
	ret_link->url =
		ty_resume_url(arena, ops_run->ops->base_url, ops_run->hold->workspace_id.s, token);
	return true;
}

const struct ty_engine_ops ops_engine = {
	.now_ms = ops_now_ms,
	.eval = ops_eval,
	.call = ops_call,
	.journal = ops_journal,
	.wake_at = ops_wake_at,
	.abandon = ops_abandon,
	.expire = ops_expire,
	.resume_link = ops_resume_link,
	.steps_ready = ops_steps_ready,
	.may_park = ops_may_park,
	.responded = ops_responded,
	.finished = ops_finished,
};

/* ---- public ---- */

void
ops_run_done(struct ops_run *ops_run)
{
	clock_set(ops_run->ops->clock, &ops_run->wake, 0);
	ty_run_free(ops_run->run);
	TY_ASSERT(ops_run->requests == NULL);
	ops_run->run = NULL;
}

void
ops_wake(void *ctx, struct clock_entry *entry)
{
	struct ops_run *ops_run =
		(struct ops_run *)((char *)entry - offsetof(struct ops_run, wake));

	if (!ops_run->is_finished && !ops_run->is_quiet)
		ty_run_wake(ops_run->run);
}
