/*
 * api_run.c -- starting a run: by hand, or by a program with an Idempotency-Key.
 */
#include "api.h"

#include "app.h"
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

/* Of what is not run nothing is asked, so that a draft may be tried while it is made. */
static enum ty_code
run_part(struct ty_api_call *call, const struct ty_store_version *version, const json_t *graph,
	 const struct ty_partial_ask *ask, struct ty_err *err)
{
	struct ty_receipt receipt;
	struct ty_partial partial;

	if (receipt_for(call, version, ty_run_mode_name(TY_RUN_MODE_PARTIAL), &receipt, err) !=
		    TY_OK ||
	    ty_trigger_partial(call->tx, call->app->registry, graph, ask, &receipt, &partial,
			       err) != TY_OK ||
	    api_graph_require_nodes(call, graph, ty_json_arr(partial.partial, "run"), err) != TY_OK)
		return err->code;
	return api_start(call, &receipt, err);
}

/* A run by hand is of the draft: what is wrong with it is told now, not by a failed run. */
enum ty_code
api_workflow_run(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_run *form = call->body;
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
	json_t *graph;

	if (ty_store_version_load(call->tx, &call->id, form->version, &version, err) != TY_OK ||
	    ty_json_parse(call->arena, version->graph, strlen(version->graph), &graph, err) !=
		    TY_OK)
		return err->code;
	if (ty_partial_is_asked(&ask))
		return run_part(call, version, graph, &ask, err);
	if (api_graph_require(call, graph, TY_GRAPH_RUN, &check, err) != TY_OK ||
	    receipt_for(call, version, ty_run_mode_name(TY_RUN_MODE_MANUAL), &receipt, err) !=
		    TY_OK)
		return err->code;
	if (ty_trigger_at(call->arena, call->app->registry, graph, form->trigger, &receipt, err) !=
	    TY_OK)
		return err->code;
	if (form->input != NULL && !json_is_null(form->input))
		receipt.body = ty_json_dump(call->arena, form->input, &receipt.body_len);
	return api_start(call, &receipt, err);
}

/* "" where there is none.  The workflow is part of it: another's keys are another's. */
static enum ty_code
idempotency_key(struct ty_api_call *call, const char **ret_key, struct ty_err *err)
{
	const char *key = ty_http_header(call->request, "idempotency-key");

	*ret_key = "";
	if (ty_str_is_blank(key))
		return TY_OK;
	if (strlen(key) > TY_LIMIT_IDEMPOTENCY_KEY_BYTES || !ty_str_is_utf8(key, strlen(key))) {
		ty_err_set(err, TY_E_INVALID,
			   "The Idempotency-Key is longer than %d bytes or no text",
			   TY_LIMIT_IDEMPOTENCY_KEY_BYTES);
		ty_err_hint(err, "Send a shorter one, such as a UUID.");
		return ty_err_at(err, "Idempotency-Key");
	}
	*ret_key = ty_arena_printf(call->arena, "api:%s:%s", call->id.s, key);
	return TY_OK;
}

static enum ty_code
load_published(struct ty_api_call *call, struct ty_store_version **ret_version, struct ty_err *err)
{
	struct ty_store_workflow *workflow;

	if (ty_store_workflow_load(call->tx, &call->id, &workflow, err) != TY_OK)
		return err->code;
	if (!ty_id_is_set(&workflow->published_version_id)) {
		ty_err_set(err, TY_E_CONFLICT, "The workflow is not published");
		return ty_err_hint(err, "Publish it, or run its draft by hand.");
	}
	return ty_store_version_load(call->tx, &call->id, workflow->published_version, ret_version,
				     err);
}

/* Only where it is named: else the worker finds the trigger. */
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
	struct ty_store_version *version;
	struct ty_receipt receipt;

	if (load_published(call, &version, err) != TY_OK ||
	    receipt_for(call, version, ty_run_mode_name(TY_RUN_MODE_API), &receipt, err) != TY_OK ||
	    name_trigger(call, version, &receipt, err) != TY_OK ||
	    idempotency_key(call, &receipt.delivery_key, err) != TY_OK)
		return err->code;
	receipt.body = call->body_raw;
	receipt.body_len = call->body_raw_len;
	return api_start(call, &receipt, err);
}

enum ty_code
api_execution_new_short(struct ty_api_call *call, struct ty_err *err)
{
	return api_execution_new(call, err);
}
