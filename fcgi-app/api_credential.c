/*
 * api_credential.c -- secrets go in and never come out.
 */
#include "api.h"

#include "app.h"
#include "base/str.h"
#include "base/time.h"
#include "store/credential.h"
#include "vault/credential.h"
#include "vault/vault.h"

enum ty_code
api_credential_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_page *form = call->query;
	json_t *items;
	const char *next;

	if (api_check_id(form->cursor, "cursor", err) != TY_OK ||
	    ty_store_credential_list(call->tx, ty_str_is_blank(form->cursor) ? NULL : form->cursor,
				     form->limit, &items, &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

enum ty_code
api_credential_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_credential *form = call->body;
	char now[TY_TIME_TEXT_SIZE];
	struct ty_id id;

	if (ty_credential_check(form->type, form->data, err) != TY_OK ||
	    ty_vault_add(call->app->vault, call->tx, &call->workspace.id, form->name, form->type,
			 form->data, &id, err) != TY_OK)
		return err->code;
	ty_time_format(ty_id_time_ms(&id), now);
	return api_json(call, 201,
			ty_json_own(call->arena, json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", id.s,
							   "name", form->name, "type", form->type,
							   "created_at", now, "updated_at", now)));
}

enum ty_code
api_credential_remove(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_store_credential_remove(call->tx, &call->id, &call->workflows, err) != TY_OK)
		return err->code;
	return api_empty(call, 204);
}
