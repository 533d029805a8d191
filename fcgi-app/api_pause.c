/*
 * api_pause.c -- deliveries are kept and wait; or what waits in the queue is canceled.
 */
#include "api_pause.h"

#include "app.h"
#include "intake/pause.h"
#include "intake/queued.h"
#include "store/pause.h"
#include "store/workflow.h"

#include <pthread.h>

/* In one call: some seconds. */
#define CANCEL_MAX 10000

/* The mark; that Redis is away is no failure. */
static void
mark(struct ty_api_call *call, const struct ty_queue_pause *scope, bool paused)
{
	struct ty_err err;

	pthread_mutex_lock(&call->app->queue_lock);
	if (ty_pause_mark(call->app->queue, scope, paused, &err) != TY_OK)
		ty_log_err(&call->app->log, TY_LOG_WARN, "the pause is not in the queue yet", &err);
	pthread_mutex_unlock(&call->app->queue_lock);
}

static enum ty_code
answer(struct ty_api_call *call, const struct ty_queue_pause *scope, struct ty_err *err)
{
	json_t *json;

	if (ty_pause_json(call->tx, scope, &json, err) != TY_OK)
		return err->code;
	return api_json(call, 200, json);
}

static enum ty_code
set(struct ty_api_call *call, const struct ty_queue_pause *scope, bool paused, struct ty_err *err)
{
	if (ty_pause_set(call->tx, scope, paused, &call->user_id, err) != TY_OK ||
	    answer(call, scope, err) != TY_OK || api_commit(call, err) != TY_OK)
		return err->code;
	mark(call, scope, paused);
	return TY_OK;
}

static struct ty_queue_pause
all_of(const struct ty_api_call *call)
{
	return (struct ty_queue_pause){ .workspace_id = call->workspace.id };
}

enum ty_code
api_pause_get(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_queue_pause scope = all_of(call);

	return answer(call, &scope, err);
}

enum ty_code
api_workspace_pause(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_queue_pause scope = all_of(call);

	return set(call, &scope, true, err);
}

enum ty_code
api_workspace_unpause(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_queue_pause scope = all_of(call);

	return set(call, &scope, false, err);
}

/* Errors: TY_E_NOT_FOUND. */
static enum ty_code
set_workflow(struct ty_api_call *call, bool paused, struct ty_err *err)
{
	struct ty_queue_pause scope = all_of(call);
	struct ty_store_workflow *workflow;

	if (ty_store_workflow_load(call->tx, &call->id, &workflow, err) != TY_OK)
		return err->code;
	scope.workflow_id = workflow->id;
	return set(call, &scope, paused, err);
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
