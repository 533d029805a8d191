/*
 * api_pause.c -- deliveries are kept and wait; or what waits in the queue is canceled.
 *
 * A pause is a row, and a mark in the queue (queue/pause.h), made after the row is there: where
 * Redis is away meanwhile, tyboo-reap makes it.
 */
#include "api_pause.h"

#include "app.h"
#include "intake/queued.h"
#include "queue/pause.h"
#include "store/pause.h"
#include "store/workflow.h"

#include <pthread.h>

/* In one call: some seconds. */
#define CANCEL_MAX 10000

static enum ty_code
answer(struct ty_api_call *call, const struct ty_id *workflow_id, struct ty_err *err)
{
	const char *at;
	int64_t queued;

	if (ty_store_paused_at(call->tx, workflow_id, &at, err) != TY_OK ||
	    ty_store_queued_count(call->tx, workflow_id, &queued, err) != TY_OK)
		return err->code;
	return api_json(call, 200,
			ty_json_own(call->arena, json_pack("{s:s?, s:I}", "paused_at", at, "queued",
							   (json_int_t)queued)));
}

/* The mark; that Redis is away is no failure. */
static void
mark(struct ty_api_call *call, const struct ty_id *workflow_id, bool paused)
{
	struct ty_queue_pause pause = { .workspace_id = call->workspace.id };
	struct ty_err err;

	if (workflow_id != NULL)
		pause.workflow_id = *workflow_id;
	pthread_mutex_lock(&call->app->queue_lock);
	if ((paused ? ty_queue_sync_pause(call->app->queue, &pause, &err)
		    : ty_queue_sync_unpause(call->app->queue, &pause, &err)) != TY_OK)
		ty_log_err(&call->app->log, TY_LOG_WARN, "the pause is not in the queue yet", &err);
	pthread_mutex_unlock(&call->app->queue_lock);
}

static enum ty_code
set(struct ty_api_call *call, const struct ty_id *workflow_id, bool paused, struct ty_err *err)
{
	enum ty_code code =
		paused ? ty_store_pause(call->tx, &call->workspace.id, workflow_id, &call->user_id,
					err)
		       : ty_store_unpause(call->tx, &call->workspace.id, workflow_id, err);

	if (code != TY_OK || answer(call, workflow_id, err) != TY_OK ||
	    api_commit(call, err) != TY_OK)
		return err->code;
	mark(call, workflow_id, paused);
	return TY_OK;
}

enum ty_code
api_pause_get(struct ty_api_call *call, struct ty_err *err)
{
	return answer(call, NULL, err);
}

enum ty_code
api_workspace_pause(struct ty_api_call *call, struct ty_err *err)
{
	return set(call, NULL, true, err);
}

enum ty_code
api_workspace_unpause(struct ty_api_call *call, struct ty_err *err)
{
	return set(call, NULL, false, err);
}

/* Errors: TY_E_NOT_FOUND. */
static enum ty_code
set_workflow(struct ty_api_call *call, bool paused, struct ty_err *err)
{
	struct ty_store_workflow *workflow;

	if (ty_store_workflow_load(call->tx, &call->id, &workflow, err) != TY_OK)
		return err->code;
	return set(call, &workflow->id, paused, err);
}

enum ty_code
api_workflow_pause(struct ty_api_call *call, struct ty_err *err)
{
	return set_workflow(call, true, err);
}

enum ty_code
api_workflow_unpause(struct ty_api_call *call, struct ty_err *err)
{
	return set_workflow(call, false, err);
}

static enum ty_code
cancel_queued(struct ty_api_call *call, int64_t max, int64_t *ret_canceled, struct ty_err *err)
{
	struct ty_queued_walk walk = { .is_over = false };
	enum ty_code code = TY_OK;

	while (code == TY_OK && !walk.is_over && walk.canceled < max) {
		pthread_mutex_lock(&call->app->queue_lock);
		code = ty_queued_cancel_some(call->tx, call->app->queue, &call->id, &walk, err);
		pthread_mutex_unlock(&call->app->queue_lock);
	}
	*ret_canceled = walk.canceled;
	return code;
}

enum ty_code
api_workflow_cancel_queued(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_store_workflow *workflow;
	int64_t canceled, queued;

	if (ty_store_workflow_load(call->tx, &call->id, &workflow, err) != TY_OK ||
	    cancel_queued(call, CANCEL_MAX, &canceled, err) != TY_OK ||
	    ty_store_queued_count(call->tx, &call->id, &queued, err) != TY_OK)
		return err->code;
	return api_json(
		call, 200,
		ty_json_own(call->arena, json_pack("{s:I, s:I}", "canceled", (json_int_t)canceled,
						   "queued", (json_int_t)queued)));
}

enum ty_code
api_pause_give_up(struct ty_api_call *call, struct ty_err *err)
{
	int64_t canceled;
	const char *at;

	if (ty_store_paused_at(call->tx, &call->id, &at, err) != TY_OK)
		return err->code;
	if (at == NULL)
		return TY_OK;
	if (cancel_queued(call, INT64_MAX, &canceled, err) != TY_OK)
		return err->code;
	return ty_store_unpause(call->tx, &call->workspace.id, &call->id, err);
}
