/*
 * ops.c -- what the engine asks of the world, and the way back.
 *
 * Each question is a struct request in its run's list until it is answered or
 * abandoned, so that a run that ends leaves nothing behind that could call it.
 */
#include "ops.h"

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "service/service.h"
#include "vault/resume.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum request_kind { REQUEST_EVAL, REQUEST_OPEN, REQUEST_CALL, REQUEST_JOURNAL };

struct request {
	struct request *next, *prev;
	struct ops_run *run;
	uint64_t token;
	enum request_kind kind;
	const struct ty_service *service; /* CALL */
	struct secrets_opening *opening;  /* OPEN, CALL; NULL = no secrets are in it */
	union {
		struct sandbox_request *eval;
		void *call;
		struct journal_write *write;
	};
};

static struct request *
request_new(struct ops_run *run, uint64_t token, enum request_kind kind)
{
	struct request *request = calloc(1, sizeof(*request));

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
request_free(struct request *request)
{
	if (request->prev != NULL)
		request->prev->next = request->next;
	else
		request->run->requests = request->next;
	if (request->next != NULL)
		request->next->prev = request->prev;
	secrets_close(request->opening);
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
	struct request *request = ctx;
	struct ops_run *ops_run = request->run;
	uint64_t token = request->token;

	request_free(request);
	ty_run_eval_done(ops_run->run, token, answer, err);
}

static void
ops_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *json, int64_t timeout_ms)
{
	struct ops_run *ops_run = ctx;
	struct request *request = request_new(ops_run, token, REQUEST_EVAL);
	bool is_tool = strcmp(ty_json_str(json, "kind", ""), "tool") == 0;

	request->eval = sandbox_pool_submit(
		is_tool ? ops_run->ops->parsers : ops_run->ops->sandboxes,
		&ops_run->hold->workspace_id, json, timeout_ms, ops_evaluated, request);
}

/* ---- services ---- */

static void
ops_called(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct request *request = ctx;
	struct ops_run *ops_run = request->run;
	uint64_t token = request->token;

	request_free(request);
	ty_run_call_done(ops_run->run, token, answer, err);
}

/* A receiver may send back what it was sent. */
static void
ops_called_with_secrets(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct request *request = ctx;
	json_t *shown = answer != NULL ? secrets_mask(request->opening, answer) : NULL;
	struct ty_err told;

	if (err != NULL) {
		told = *err;
		secrets_mask_err(request->opening, &told);
	}
	ops_called(request, shown, err != NULL ? &told : NULL);
	json_decref(shown);
}

static void
ops_opened(void *ctx, const struct ty_service_ask *ask, const struct ty_err *err)
{
	struct request *request = ctx;
	struct ty_service_ask owned;

	if (err != NULL) {
		ops_called(request, NULL, err);
		return;
	}
	owned = *ask;
	owned.workspace_id = &request->run->hold->workspace_id;
	owned.run_id = &request->run->hold->run_id;
	request->kind = REQUEST_CALL;
	request->call = request->service->begin(request->run->ops->services, &owned,
						ops_called_with_secrets, request);
}

static void
ops_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	struct ops_run *ops_run = ctx;
	const struct ty_service_ask ask = { .request = call->request,
					    .timeout_ms = call->timeout_ms,
					    .workspace_id = &ops_run->hold->workspace_id,
					    .run_id = &ops_run->hold->run_id };
	const struct ty_service *service = ty_service_find(call->service);
	struct ty_err err = { 0 };
	struct request *request;

	if (service == NULL) {
		ty_err_set(&err, TY_E_INTERNAL, "This worker knows no service named %s",
			   call->service);
		ty_run_call_done(run, token, NULL, &err);
		return;
	}
	request = request_new(ops_run, token, REQUEST_CALL);
	request->service = service;
	if (secrets_are_in(call)) {
		request->kind = REQUEST_OPEN;
		request->opening =
			secrets_open(ops_run->ops->secrets, &ops_run->hold->workspace_id,
				     &ops_run->hold->workflow_id, call, ops_opened, request);
	} else {
		request->call = service->begin(ops_run->ops->services, &ask, ops_called, request);
	}
}

/* ---- journal ---- */

static void
ops_journaled(void *ctx, enum journal_outcome outcome, const struct ty_err *err)
{
	struct request *request = ctx;
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
	struct request *request = request_new(ops_run, token, REQUEST_JOURNAL);
	const struct ty_effect effect = { .run_id = ops_run->hold->run_id,
					  .workspace_id = ops_run->hold->workspace_id,
					  .key = entry->key,
					  .idempotency_key = entry->idempotency_key,
					  .fence = ops_run->hold->token,
					  .at_ms = entry->at_ms,
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

static void
ops_abandon(void *ctx, struct ty_run *run, uint64_t token)
{
	struct ops_run *ops_run = ctx;
	struct request *request = ops_run->requests;

	while (request != NULL && request->token != token)
		request = request->next;
	if (request == NULL)
		return;
	if (request->kind == REQUEST_EVAL)
		sandbox_pool_cancel(request->eval);
	else if (request->kind == REQUEST_CALL)
		request->service->cancel(request->call);
	else if (request->kind == REQUEST_JOURNAL)
		journal_abandon(request->write);
	request_free(request);
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

static bool
ops_resume_link(void *ctx, const struct ty_run *run, struct ty_arena *arena, const char *frame,
		const char *node, struct ty_resume_link *ret_link)
{
	const struct ops_run *ops_run = ctx;
	const struct ty_resume wait = { ops_run->hold->run_id, frame, node };
	const struct ty_vault *vault = secrets_vault(ops_run->ops->secrets);
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
	.expire = ops_abandon,
	.resume_link = ops_resume_link,
	.steps_ready = ops_steps_ready,
	.may_park = ops_may_park,
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
