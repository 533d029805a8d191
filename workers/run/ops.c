/*
 * ops.c -- what the engine asks of the world, and the way back.
 *
 * Each question is a struct request in its job's list until it is answered or
 * abandoned, so that a run that ends leaves nothing behind that could call it.
 */
#include "worker.h"

#include "base/err.h"
#include "base/time.h"
#include "service/service.h"

#include <stdlib.h>

enum request_kind { REQUEST_EVAL, REQUEST_OPEN, REQUEST_CALL, REQUEST_JOURNAL };

struct request {
	struct request *next, *prev;
	struct job *job;
	uint64_t token;
	enum request_kind kind;
	const struct ty_call *asked;	  /* OPEN, CALL */
	const struct ty_service *service; /* of 'asked' */
	union {
		struct sandbox_request *eval;
		struct secrets_opening *opening;
		void *call;
		struct journal_write *write;
	};
};

static struct request *
request_new(struct job *job, uint64_t token, enum request_kind kind)
{
	struct request *request = calloc(1, sizeof(*request));

	TY_ASSERT(request != NULL);
	request->job = job;
	request->token = token;
	request->kind = kind;
	request->next = job->requests;
	if (job->requests != NULL)
		job->requests->prev = request;
	job->requests = request;
	return request;
}

static void
request_free(struct request *request)
{
	if (request->prev != NULL)
		request->prev->next = request->next;
	else
		request->job->requests = request->next;
	if (request->next != NULL)
		request->next->prev = request->prev;
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
	struct job *job = request->job;
	uint64_t token = request->token;

	request_free(request);
	ty_run_eval_done(job->run, token, answer, err);
}

static void
ops_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *json, int64_t timeout_ms)
{
	struct job *job = ctx;
	struct request *request = request_new(job, token, REQUEST_EVAL);

	request->eval = sandbox_pool_submit(job->worker->sandboxes, &job->hold.workspace_id, json,
					    timeout_ms, ops_evaluated, request);
}

/* ---- services ---- */

static void
ops_called(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct request *request = ctx;
	struct job *job = request->job;
	uint64_t token = request->token;

	request_free(request);
	ty_run_call_done(job->run, token, answer, err);
}

/* 'json' is the request as it leaves: nothing else ever has its secrets. */
static void
ops_begin(struct request *request, const json_t *json)
{
	const struct ty_service_ask ask = { .request = json,
					    .timeout_ms = request->asked->timeout_ms };

	request->kind = REQUEST_CALL;
	request->call =
		request->service->begin(&request->job->worker->services, &ask, ops_called, request);
}

static void
ops_opened(void *ctx, const json_t *json, const struct ty_err *err)
{
	if (err != NULL)
		ops_called(ctx, NULL, err);
	else
		ops_begin(ctx, json);
}

static void
ops_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	const struct ty_service *service = ty_service_find(call->service);
	struct job *job = ctx;
	struct ty_err err = { 0 };
	struct request *request;

	if (service == NULL) {
		ty_err_set(&err, TY_E_INTERNAL, "This worker knows no service named %s",
			   call->service);
		ty_run_call_done(run, token, NULL, &err);
		return;
	}
	request = request_new(job, token, REQUEST_OPEN);
	request->asked = call;
	request->service = service;
	if (secrets_are_in(call))
		request->opening = secrets_open(job->worker->secrets, &job->hold.workspace_id,
						&job->hold.workflow_id, call, ops_opened, request);
	else
		ops_begin(request, call->request);
}

/* ---- journal ---- */

void
ops_journaled(struct request *request, const struct ty_err *err)
{
	struct job *job = request->job;
	uint64_t token = request->token;

	request_free(request);
	ty_run_journal_done(job->run, token, err);
}

static void
ops_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	struct job *job = ctx;
	struct request *request = request_new(job, token, REQUEST_JOURNAL);

	request->write = journal_add(job->worker->journal, job, request, entry);
}

/* ---- the rest ---- */

static void
ops_wake_at(void *ctx, struct ty_run *run, int64_t at_ms)
{
	struct job *job = ctx;

	clock_set(job->worker->clock, &job->wake, at_ms);
}

static void
ops_abandon(void *ctx, struct ty_run *run, uint64_t token)
{
	struct job *job = ctx;
	struct request *request = job->requests;

	while (request != NULL && request->token != token)
		request = request->next;
	if (request == NULL)
		return;
	if (request->kind == REQUEST_EVAL)
		sandbox_pool_cancel(request->eval);
	else if (request->kind == REQUEST_OPEN)
		secrets_cancel(request->opening);
	else if (request->kind == REQUEST_CALL)
		request->service->cancel(request->call);
	else
		journal_abandon(request->write);
	request_free(request);
}

static void
ops_finished(void *ctx, struct ty_run *run)
{
	job_ended(ctx);
}

const struct ty_engine_ops worker_ops = {
	.now_ms = ops_now_ms,
	.eval = ops_eval,
	.call = ops_call,
	.journal = ops_journal,
	.wake_at = ops_wake_at,
	.abandon = ops_abandon,
	.finished = ops_finished,
};
