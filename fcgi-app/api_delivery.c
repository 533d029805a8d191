/*
 * api_delivery.c -- what came in, what became of it, and running it again.
 */
#include "api.h"

#include "app.h"
#include "base/str.h"
#include "intake/place.h"
#include "intake/trigger.h"
#include "receipt.h"
#include "store/delivery_list.h"

enum ty_code
api_delivery_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_delivery_list *form = call->query;
	struct ty_store_delivery_filter filter = {
		.verdict = form->verdict,
		.workflow_id = form->workflow_id,
		.cursor = ty_str_or_null(form->cursor),
		.limit = form->limit,
	};
	json_t *items;
	const char *next;

	if (api_check_id(filter.cursor, "cursor", err) != TY_OK ||
	    ty_store_delivery_list(call->tx, &filter, &items, &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

enum ty_code
api_delivery_get(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_app *app = call->app;
	json_t *delivery;
	bool is_open;

	if (ty_store_delivery_get(call->tx, &call->id, &delivery, &is_open, err) != TY_OK)
		return err->code;
	pthread_mutex_lock(&app->queue_lock);
	ty_delivery_set_place(delivery, app->queue, call->arena, is_open ? &call->id : NULL);
	pthread_mutex_unlock(&app->queue_lock);
	return api_json(call, 200, delivery);
}

/* Keep the address of the first sender, because a replay is made by somebody else. */
enum ty_code
api_delivery_replay(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_receipt receipt;

	if (ty_trigger_replay(call->tx, call->workspace.slug, &call->id, &receipt, err) != TY_OK)
		return err->code;
	if (api_idempotency_key(call, "again", &receipt.delivery_key, err) != TY_OK)
		return err->code;
	receipt.id = call->request->id;
	return api_start(call, &receipt, err);
}
