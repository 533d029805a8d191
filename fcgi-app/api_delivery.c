/*
 * api_delivery.c -- what came in, what became of it, and running it again.
 */
#include "api.h"

#include "base/str.h"
#include "receipt.h"
#include "store/delivery_list.h"
#include "store/workflow.h"

enum ty_code
api_delivery_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_delivery_list *form = call->query;
	struct ty_store_delivery_filter filter = {
		.verdict = ty_str_is_blank(form->verdict) ? NULL : form->verdict,
		.workflow_id = ty_str_is_blank(form->workflow_id) ? NULL : form->workflow_id,
		.cursor = ty_str_is_blank(form->cursor) ? NULL : form->cursor,
		.limit = form->limit,
	};
	json_t *items;
	const char *next;

	if (api_check_id(filter.workflow_id, "workflow_id", err) != TY_OK ||
	    api_check_id(filter.cursor, "cursor", err) != TY_OK ||
	    ty_store_delivery_list(call->tx, &filter, &items, &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

enum ty_code
api_delivery_get(struct ty_api_call *call, struct ty_err *err)
{
	json_t *delivery;

	if (ty_store_delivery_get(call->tx, &call->id, &delivery, err) != TY_OK)
		return err->code;
	return api_json(call, 200, delivery);
}

/* ---- replay ---- */

static enum ty_code
nobody_claims(struct ty_err *err)
{
	ty_err_set(err, TY_E_CONFLICT, "No published workflow takes this delivery");
	return ty_err_hint(err, "Publish a workflow with a webhook at its address.");
}

/*
 * Who takes it now.  An unclaimed one goes to whoever claims its address today.  One that was
 * claimed goes to its own workflow: what is published, so that a repaired workflow can be
 * given what it failed at; where nothing is, or it was a run by hand, the version it had.
 */
static enum ty_code
find_taker(struct ty_api_call *call, const struct ty_store_delivery *d,
	   struct ty_store_claim *ret_claim, struct ty_err *err)
{
	struct ty_store_workflow *workflow;
	bool same_version;

	if (!ty_id_is_set(&d->workflow_id)) {
		if (ty_store_claim_find(call->tx, call->workspace.slug, d->method, d->path,
					ret_claim, err) != TY_OK)
			return err->code;
		return ty_id_is_set(&ret_claim->hook_id) ? TY_OK : nobody_claims(err);
	}
	if (ty_store_workflow_load(call->tx, &d->workflow_id, &workflow, err) != TY_OK ||
	    ty_store_limits_load(call->tx, &d->workflow_id, ret_claim, err) != TY_OK)
		return err->code;
	same_version = ty_str_eq(d->mode, "manual") ||
		       !ty_id_is_set(&workflow->published_version_id) ||
		       ty_id_eq(&workflow->published_version_id, &d->version_id);
	ret_claim->workflow_id = d->workflow_id;
	ret_claim->hook_id = d->hook_id;
	ret_claim->version_id = same_version ? d->version_id : workflow->published_version_id;
	/* A published workflow has one trigger, whatever its node is called now. */
	ret_claim->node_id = same_version ? d->start_node : "";
	ret_claim->timeout_ms = api_graph_timeout_ms(call->arena, workflow->graph);
	return TY_OK;
}

enum ty_code
api_delivery_replay(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_store_delivery *d;
	struct ty_store_claim claim;
	struct ty_receipt receipt;

	if (ty_store_delivery_load(call->tx, &call->id, &d, err) != TY_OK)
		return err->code;
	if (ty_str_eq(d->verdict, "too_large"))
		return ty_err_set(err, TY_E_CONFLICT,
				  "The delivery was too large: its body was not kept");
	if (find_taker(call, d, &claim, err) != TY_OK)
		return err->code;
	api_receipt_init(call, &claim, &receipt);
	receipt.mode = "replay";
	receipt.method = d->method;
	receipt.path = d->path;
	receipt.query = d->query;
	receipt.headers = d->headers;
	receipt.remote_addr = d->remote_addr;
	receipt.body = (const char *)d->body;
	receipt.body_len = d->body_len;
	return api_start(call, &receipt, err);
}
