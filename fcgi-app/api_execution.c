/*
 * api_execution.c -- runs: the list, one with its steps, their pages, its large values, and stopping it.
 */
#include "api.h"

#include "answer.h"
#include "app.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "graph/secret.h"
#include "auth/permission.h"
#include "queue/queue.h"
#include "intake/queued.h"
#include "store/execution_list.h"
#include "store/step_list.h"
#include "store/workflow.h"
#include "vault/resume.h"

enum ty_code
api_execution_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_execution_list *form = call->query;
	struct ty_store_execution_filter filter = {
		.workflow_id = form->workflow_id,
		.parent_id = form->parent_id,
		.status = form->status,
		.mode = form->mode,
		.after = ty_str_or_null(form->after),
		.before = ty_str_or_null(form->before),
		.cursor = ty_str_or_null(form->cursor),
		.limit = form->limit,
	};
	json_t *items;
	const char *next;

	if (api_check_id(filter.cursor, "cursor", err) != TY_OK ||
	    api_check_time(filter.after, "after", err) != TY_OK ||
	    api_check_time(filter.before, "before", err) != TY_OK ||
	    ty_store_execution_list(call->tx, &filter, &items, &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

/* The graph that ran, so that a reader sees the run on it; null where the workflow is gone. */
static enum ty_code
add_graph(struct ty_api_call *call, json_t *execution, struct ty_err *err)
{
	int64_t number = ty_json_int(execution, "version", 0);
	json_t *version;
	struct ty_id id;

	json_object_set_new(execution, "graph", json_null());
	if (number == 0 || !ty_id_parse(ty_json_str(execution, "workflow_id", ""), &id))
		return TY_OK;
	if (ty_store_version_get(call->tx, &id, number, &version, err) != TY_OK)
		return err->code == TY_E_NOT_FOUND ? TY_OK : err->code;
	json_object_set(execution, "graph",
			ty_graph_secrets_hide(call->arena, call->app->registry,
					      json_object_get(version, "graph")));
	return TY_OK;
}

/* Add the addresses that end waits, for a caller who may run the workflow, because a call makes it go on. */
static void
add_urls(struct ty_api_call *call, json_t *execution)
{
	if (ty_permission_has(call->workspace.permissions, "workflow.run"))
		ty_resume_urls_add(call->app->vault, call->arena, call->app->conf->base_url,
				   call->workspace.slug, &call->id,
				   json_object_get(execution, "waits"));
}

static bool
is_counted(const char *items)
{
	return ty_str_eq(items, "count");
}

/* The request goes on as one without wait (ty_router_resume). */
static enum ty_code
wait_for_end(struct ty_api_call *call, int64_t for_ms, struct ty_err *err)
{
	const struct form_execution *form = call->query;
	struct ty_wait *wait;

	if (api_commit(call, err) != TY_OK ||
	    api_wait_begin(call, &call->id, TY_WAITS_RUN, for_ms, &wait, err) != TY_OK)
		return err->code;
	wait->steps_from = form->from;
	wait->is_counted = is_counted(form->items);
	return api_wait_for(call, wait, &call->workspace.id, &call->id);
}

enum ty_code
api_execution_get(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_execution *form = call->query;
	const char *status;
	json_t *execution;
	int64_t for_ms;

	if (api_wait_ms(form->wait, &for_ms, err) != TY_OK ||
	    ty_store_execution_status(call->tx, &call->id, &status, err) != TY_OK)
		return err->code;
	if (for_ms > 0 && status != NULL && !ty_store_execution_is_over(status))
		return wait_for_end(call, for_ms, err);
	if (ty_store_execution_get_from(call->tx, &call->id, form->from, &execution, err) !=
		    TY_OK ||
	    add_graph(call, execution, err) != TY_OK)
		return err->code;
	if (is_counted(form->items))
		ty_store_steps_count(json_object_get(execution, "steps"));
	add_urls(call, execution);
	return api_json(call, 200, execution);
}

static enum ty_code
load_status(struct ty_api_call *call, const char **ret_status, struct ty_err *err)
{
	if (ty_store_execution_status(call->tx, &call->id, ret_status, err) != TY_OK)
		return err->code;
	return *ret_status != NULL ? TY_OK
				   : ty_err_set(err, TY_E_NOT_FOUND, "There is no such run here");
}

/* A cursor is the place of a step in its run. */
static enum ty_code
check_place(const char *text, int64_t *ret_place, struct ty_err *err)
{
	*ret_place = 0;
	if (text == NULL || ty_str_parse_i64(text, 0, INT32_MAX, ret_place))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "cursor is no number");
	ty_err_at(err, "cursor");
	return ty_err_hint(err, "Send next_cursor of the page before.");
}

enum ty_code
api_step_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_step_list *form = call->query;
	struct ty_store_step_filter filter = { .limit = form->limit,
					       .node = ty_str_or_null(form->node) };
	const char *status;
	json_t *steps;
	int64_t next;

	if (ty_store_step_frame(form->frame, &filter.frame, err) != TY_OK ||
	    check_place(ty_str_or_null(form->cursor), &filter.cursor, err) != TY_OK ||
	    load_status(call, &status, err) != TY_OK ||
	    ty_store_step_list(call->tx, &call->id, &filter, &steps, &next, err) != TY_OK)
		return err->code;
	if (is_counted(form->items))
		ty_store_steps_count(steps);
	return api_page(call, steps,
			next < 0 ? NULL : ty_arena_printf(call->arena, "%lld", (long long)next));
}

static enum ty_code
stop_in_queue(struct ty_app *app, const struct ty_id *id, enum ty_queue_stopped *ret_stopped,
	      struct ty_err *err)
{
	enum ty_code code;

	pthread_mutex_lock(&app->queue_lock);
	code = ty_queue_sync_stop(app->queue, id, ret_stopped, err);
	pthread_mutex_unlock(&app->queue_lock);
	return code;
}

static enum ty_code
cancel_below(struct ty_api_call *call, struct ty_err *err)
{
	enum ty_code code;

	pthread_mutex_lock(&call->app->queue_lock);
	code = ty_queued_cancel_below(call->tx, call->app->queue, err);
	pthread_mutex_unlock(&call->app->queue_lock);
	return code;
}

static enum ty_code
answer_canceled(struct ty_api_call *call, const char *status)
{
	return api_json(call, 202,
			ty_json_own(call->arena, json_pack("{s:s, s:s}", "execution_id", call->id.s,
							   "status", status)));
}

/*
 * A worker that has the run is told, and records its end itself; the end of a run that no
 * worker has is recorded here.  That holds for a job that Redis has lost too: the reaper's
 * second push of it meets a finished run.
 */
enum ty_code
api_execution_cancel(struct ty_api_call *call, struct ty_err *err)
{
	enum ty_queue_stopped stopped;
	const char *status;

	if (load_status(call, &status, err) != TY_OK)
		return err->code;
	if (ty_store_execution_is_over(status))
		return ty_err_set(err, TY_E_CONFLICT, "The run is over: %s", status);
	if (stop_in_queue(call->app, &call->id, &stopped, err) != TY_OK)
		return err->code;
	if (stopped == TY_QUEUE_MARKED)
		return answer_canceled(call, "canceling");
	/* The run may have ended by itself since we looked. */
	if (ty_store_execution_cancel_queued(call->tx, &call->id, err) != TY_OK ||
	    load_status(call, &status, err) != TY_OK)
		return err->code;
	if (!ty_str_eq(status, "canceled"))
		return ty_err_set(err, TY_E_CONFLICT, "The run is over: %s", status);
	if (cancel_below(call, err) != TY_OK)
		return err->code;
	return answer_canceled(call, status);
}

enum ty_code
api_payload_get(struct ty_api_call *call, struct ty_err *err)
{
	const char *status;
	json_t *value;

	if (load_status(call, &status, err) != TY_OK ||
	    ty_store_payload_get(call->tx, call->hash, &value, err) != TY_OK)
		return err->code;
	return api_json(call, 200, value);
}
