/*
 * api_variable.c -- a workspace's variables: names with texts, for everybody who sees it.
 */
#include "api.h"

#include "app.h"
#include "base/str.h"
#include "store/variable.h"

enum ty_code
api_variable_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_page *form = call->query;
	json_t *items;
	const char *next;

	if (ty_store_variable_list(call->tx, ty_str_or_null(form->cursor), form->limit, &items,
				   &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

static enum ty_code
tell(struct ty_api_call *call, int status, const struct ty_id *id, struct ty_err *err)
{
	json_t *item;

	if (ty_store_variable_get(call->tx, id, &item, err) != TY_OK)
		return err->code;
	return api_json(call, status, item);
}

enum ty_code
api_variable_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_variable *form = call->body;
	struct ty_id id;

	if (ty_store_variable_add(call->tx, &call->workspace.id, form->name, form->value, &id,
				  err) != TY_OK)
		return err->code;
	return tell(call, 201, &id, err);
}

enum ty_code
api_variable_get(struct ty_api_call *call, struct ty_err *err)
{
	return tell(call, 200, &call->id, err);
}

enum ty_code
api_variable_change(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_variable *form = call->body;

	if (ty_store_variable_change(call->tx, &call->id, form->name, form->value, err) != TY_OK)
		return err->code;
	return tell(call, 200, &call->id, err);
}

enum ty_code
api_variable_remove(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_store_variable_remove(call->tx, &call->id, err) != TY_OK)
		return err->code;
	return api_empty(call, 204);
}
