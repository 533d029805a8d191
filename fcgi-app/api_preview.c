/*
 * api_preview.c -- the values of expressions while they are written.
 *
 * Scripts run in tyboo-sandbox, in one of the few places of publish/checker.h: who finds them taken is told 503 at once and
 * asks again, so that previews hold at most that many threads, and no connection to Postgres, while they compute.
 */
#include "api.h"

#include "app.h"
#include "auth/permission.h"
#include "base/str.h"
#include "intake/preview.h"
#include "store/workflow.h"

#include <string.h>

/* Retry-After where all places are taken: a computation is over by then. */
#define TAKEN_RETRY_MS 1000

static enum ty_code
eval(void *ctx, struct ty_arena *arena, const json_t *request, json_t **ret_answer,
     struct ty_err *err)
{
	return ty_computing_ask(ctx, arena, request, ret_answer, err);
}

/* Items of a run are shown to whoever may read runs. */
static enum ty_code
check_permission(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_permission_has(call->workspace.permissions, "execution.read"))
		return TY_OK;
	ty_err_set(err, TY_E_DENIED, "A preview needs the permission execution.read");
	return ty_err_hint(err, "Ask an owner of the workspace for it.");
}

static enum ty_code
read_preview(struct ty_api_call *call, const struct ty_preview **ret_preview, struct ty_err *err)
{
	const struct form_preview *form = call->body;
	struct ty_preview_ask ask = {
		.registry = call->app->registry,
		.workspace_id = call->workspace.id,
		.workflow_id = call->id,
		.graph = form->graph == NULL || json_is_null(form->graph) ? NULL : form->graph,
		.node = form->node,
		.expressions = form->expressions,
		.item = (size_t)form->item,
		.source_run_id = form->source_run_id,
		.pins = form->pins == NULL || json_is_null(form->pins) ? NULL : form->pins,
	};
	struct ty_store_workflow *workflow;
	json_t *graph;

	if (check_permission(call, err) != TY_OK ||
	    ty_store_workflow_load(call->tx, &call->id, &workflow, err) != TY_OK)
		return err->code;
	ask.workflow_name = workflow->name;
	if (ask.graph == NULL) {
		if (ty_json_parse(call->arena, workflow->graph, strlen(workflow->graph), &graph,
				  err) != TY_OK)
			return err->code;
		ask.graph = graph;
	}
	return ty_preview_read(call->tx, &ask, ret_preview, err);
}

enum ty_code
api_workflow_preview(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_preview *preview;
	struct ty_computing *computing;
	json_t *answer;

	if (read_preview(call, &preview, err) != TY_OK || api_commit(call, err) != TY_OK)
		return err->code;
	if (ty_computing_begin(call->app->checker, call->arena, &call->workspace.id,
			       TY_PREVIEW_CPU_MS, &computing, err) != TY_OK) {
		call->retry_after_ms = TAKEN_RETRY_MS;
		return err->code;
	}
	answer = ty_preview_compute(call->arena, preview, eval, computing);
	ty_computing_end(computing);
	return api_json(call, 200, answer);
}
