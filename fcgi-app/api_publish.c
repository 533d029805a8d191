/*
 * api_publish.c -- a version goes on the air, and off it.
 *
 * Publishing is the one gate: what passes it has no error that can be found without running.
 * The hooks are written in the same transaction, so an address is claimed or it is not.
 */
#include "api_workflow.h"

#include "app.h"
#include "graph_check.h"
#include "store/workflow.h"

#include <string.h>

enum ty_code
api_workflow_publish(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_version *form = call->body;
	struct ty_store_version *version;
	struct ty_graph_check check;
	json_t *graph;

	if (ty_store_version_load(call->tx, &call->id, form->version, &version, err) != TY_OK ||
	    ty_json_parse(call->arena, version->graph, strlen(version->graph), &graph, err) !=
		    TY_OK ||
	    api_graph_require(call, graph, TY_GRAPH_PUBLISH, &check, err) != TY_OK ||
	    ty_store_publish(call->tx, &call->workspace.id, &call->id, &version->id, &check.hooks,
			     &check.schedules, check.credentials, check.variables, err) != TY_OK ||
	    api_workflow_answer(call, 200, &call->id, err) != TY_OK ||
	    api_commit(call, err) != TY_OK)
		return err->code;
	ty_hook_cache_drop(call->app->hooks, &call->id);
	return TY_OK;
}

enum ty_code
api_workflow_unpublish(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_store_unpublish(call->tx, &call->id, err) != TY_OK ||
	    api_workflow_off_answer(call, &call->id, err) != TY_OK ||
	    api_commit(call, err) != TY_OK)
		return err->code;
	ty_hook_cache_drop(call->app->hooks, &call->id);
	return TY_OK;
}
