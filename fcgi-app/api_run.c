/*
 * api_run.c -- starting a run: by hand, or by a program with an Idempotency-Key.
 */
#include "api.h"

#include "answer.h"
#include "app.h"
#include "auth/permission.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "graph_check.h"
#include "intake/partial.h"
#include "intake/trigger.h"
#include "receipt.h"
#include "store/workflow.h"

#include <string.h>

/* Wait of a start that asks for an answer without a time. */
#define ANSWER_WAIT_MS 30000

/* A receipt for a version of the call's workflow. */
static enum ty_code
receipt_for(struct ty_api_call *call, const struct ty_store_version *version, const char *mode,
	    struct ty_receipt *ret_receipt, struct ty_err *err)
{
	if (ty_trigger_version(call->tx, &call->id, version, mode, ret_receipt, err) != TY_OK)
		return err->code;
	api_receipt_sign(call, ret_receipt);
	ret_receipt->method = call->request->method;
	return TY_OK;
}

/* Wait that the query of a start asks for. */
struct start_wait {
	enum ty_wait_for what;
	int64_t for_ms; /* 0 = no wait */
	bool is_late_ok;
};

/* A wait for the record needs the permission to read it, because the record is shown. */
static enum ty_code
start_wait_parse(struct ty_api_call *call, const char *wait, const char *answer,
		 struct start_wait *ret_wait, struct ty_err *err)
{
	*ret_wait = (struct start_wait){ .what = TY_WAITS_RUN };
	if (api_wait_ms(wait, &ret_wait->for_ms, err) != TY_OK)
		return err->code;
	if (ret_wait->for_ms == 0 && !ty_str_eq(answer, "at_once"))
		ret_wait->for_ms = ANSWER_WAIT_MS;
	if (ty_str_eq(answer, "by_node"))
		ret_wait->what = TY_WAITS_NODE;
	if (ret_wait->for_ms == 0 || ret_wait->what == TY_WAITS_NODE ||
	    ty_permission_has(call->workspace.permissions, "execution.read"))
		return TY_OK;
	ty_err_set(err, TY_E_DENIED,
		   "To wait for the run's record needs the permission "
		   "execution.read");
	return ty_err_hint(err, "Ask an owner of the workspace, or start it without wait.");
}

/* api_start() where the answer may be the run's own. */
static enum ty_code
start_and_wait(struct ty_api_call *call, const struct ty_receipt *receipt,
	       const struct start_wait *ask, struct ty_err *err)
{
	struct ty_admission admission;
	struct ty_wait *wait;

	if (ask->for_ms == 0)
		return api_start(call, receipt, err);
	call->workspace_key = call->workspace.slug;
	if (api_wait_begin(call, &receipt->id, ask->what, ask->for_ms, &wait, err) != TY_OK)
		return err->code;
	wait->is_late_ok = ask->is_late_ok;
	if (api_submit(call, receipt, &admission, err) != TY_OK) {
		api_wait_cancel(call, wait);
		return err->code;
	}
	return api_wait_for(call, wait, &call->workspace.id, &admission.run_id);
}

/* Check only the nodes that run, so that a draft may be tried while it is made. */
static enum ty_code
run_part(struct ty_api_call *call, const struct ty_store_version *version, const json_t *graph,
	 const struct ty_partial_ask *ask, const struct start_wait *wait, struct ty_err *err)
{
	struct ty_receipt receipt;
	struct ty_partial partial;

	if (receipt_for(call, version, ty_run_mode_name(TY_RUN_MODE_PARTIAL), &receipt, err) !=
		    TY_OK ||
	    ty_trigger_partial(call->tx, call->app->registry, graph, ask, &receipt, &partial,
			       err) != TY_OK ||
	    api_graph_require_nodes(call, graph, ty_json_arr(partial.partial, "run"), err) != TY_OK)
		return err->code;
	return start_and_wait(call, &receipt, wait, err);
}

/* Find the hook that the run begins at: the trigger's, else the only one. */
static const struct ty_store_hook *
hook_at(const struct ty_store_hooks *hooks, const char *node)
{
	if (ty_str_is_blank(node))
		return hooks->count == 1 ? &hooks->list[0] : NULL;
	for (size_t i = 0; i < hooks->count; i++)
		if (ty_str_eq(hooks->list[i].node_id, node))
			return &hooks->list[i];
	return NULL;
}

/* Take what a kept delivery would give the webhook as the run's input.  No signature is checked: its author chose it. */
static enum ty_code
take_delivery(struct ty_api_call *call, const struct ty_store_hooks *hooks,
	      const struct form_run *form, struct ty_receipt *receipt, struct ty_err *err)
{
	const struct ty_store_hook *hook = hook_at(hooks, form->trigger);
	struct ty_id id;
	json_t *input;

	if (!ty_permission_has(call->workspace.permissions, "delivery.read"))
		return ty_err_set(err, TY_E_DENIED, "To take a delivery needs delivery.read");
	if (hook == NULL || !ty_id_parse(form->delivery_id, &id)) {
		ty_err_set(err, TY_E_INVALID,
			   hook == NULL ? "The run begins at no webhook" : "It is no id");
		ty_err_hint(err, "Name a webhook as trigger, and a delivery by its UUID.");
		return ty_err_at(err, "%s", hook == NULL ? "trigger" : "delivery_id");
	}
	if (ty_trigger_delivery_input(call->tx, &id, hook->route, hook->verify, &input, err) !=
	    TY_OK)
		return ty_err_at(err, "delivery_id");
	receipt->start_node = hook->node_id;
	receipt->body = ty_json_dump(call->arena, input, &receipt->body_len);
	return TY_OK;
}

/* Check the draft now, so that no failed run has to tell what is wrong with it. */
enum ty_code
api_workflow_run(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_run *form = call->body;
	const struct form_wait *query = call->query;
	const struct ty_partial_ask ask = {
		.to = form->to,
		.only = form->only,
		.from = form->from,
		.source_run_id = form->source_run_id,
		.pins = json_is_null(form->pins) ? NULL : form->pins,
		.input = form->input,
		.trigger = form->trigger,
	};
	struct ty_store_version *version;
	struct ty_graph_check check;
	struct ty_receipt receipt;
	struct start_wait wait;
	json_t *graph;

	if (start_wait_parse(call, query->wait, "at_once", &wait, err) != TY_OK)
		return err->code;
	if (ty_store_version_load(call->tx, &call->id, form->version, &version, err) != TY_OK ||
	    ty_json_parse(call->arena, version->graph, strlen(version->graph), &graph, err) !=
		    TY_OK)
		return err->code;
	if (ty_partial_is_asked(&ask))
		return run_part(call, version, graph, &ask, &wait, err);
	if (api_graph_require(call, graph, TY_GRAPH_RUN, &check, err) != TY_OK ||
	    receipt_for(call, version, ty_run_mode_name(TY_RUN_MODE_MANUAL), &receipt, err) !=
		    TY_OK)
		return err->code;
	if (ty_trigger_at(call->arena, call->app->registry, graph, form->trigger, &receipt, err) !=
	    TY_OK)
		return err->code;
	if (form->input != NULL && !json_is_null(form->input))
		receipt.body = ty_json_dump(call->arena, form->input, &receipt.body_len);
	if (!ty_str_is_blank(form->delivery_id) &&
	    take_delivery(call, &check.hooks, form, &receipt, err) != TY_OK)
		return err->code;
	return start_and_wait(call, &receipt, &wait, err);
}

static enum ty_code
load_published(struct ty_api_call *call, struct ty_store_version **ret_version, struct ty_err *err)
{
	struct ty_store_workflow *workflow;

	if (ty_store_workflow_load(call->tx, &call->id, &workflow, err) != TY_OK)
		return err->code;
	if (!ty_id_is_set(&workflow->published_version_id)) {
		ty_err_set(err, TY_E_UNPUBLISHED, "The workflow is not published");
		return ty_err_hint(err, "%s", ty_code_hint(TY_E_UNPUBLISHED));
	}
	return ty_store_version_load(call->tx, &call->id, workflow->published_version, ret_version,
				     err);
}

/* Set the trigger where it is named; else the worker finds it. */
static enum ty_code
name_trigger(struct ty_api_call *call, const struct ty_store_version *version,
	     struct ty_receipt *receipt, struct ty_err *err)
{
	const struct form_start *form = call->query;
	json_t *graph;

	if (ty_str_is_blank(form->trigger))
		return TY_OK;
	if (ty_json_parse(call->arena, version->graph, strlen(version->graph), &graph, err) !=
	    TY_OK)
		return err->code;
	return ty_trigger_at(call->arena, call->app->registry, graph, form->trigger, receipt, err);
}

enum ty_code
api_execution_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_start *form = call->query;
	struct ty_store_version *version;
	struct ty_receipt receipt;
	struct start_wait wait;

	if (start_wait_parse(call, form->wait, form->answer, &wait, err) != TY_OK)
		return err->code;
	wait.is_late_ok = ty_str_eq(form->late, "accepted");
	if (load_published(call, &version, err) != TY_OK ||
	    receipt_for(call, version, ty_run_mode_name(TY_RUN_MODE_API), &receipt, err) != TY_OK ||
	    name_trigger(call, version, &receipt, err) != TY_OK ||
	    api_idempotency_key(call, "api", &receipt.delivery_key, err) != TY_OK)
		return err->code;
	receipt.body = call->body_raw;
	receipt.body_len = call->body_raw_len;
	return start_and_wait(call, &receipt, &wait, err);
}

enum ty_code
api_execution_new_short(struct ty_api_call *call, struct ty_err *err)
{
	return api_execution_new(call, err);
}
