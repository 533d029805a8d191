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
	    ty_store_credential_list(call->tx, ty_str_or_null(form->cursor), form->limit, &items,
				     &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

enum ty_code
api_credential_type_list(struct ty_api_call *call, struct ty_err *err)
{
	return api_json(call, 200,
			ty_json_own(call->arena,
				    json_pack("{s:o}", "items", ty_credential_types_describe())));
}

enum ty_code
api_credential_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_credential *form = call->body;
	const struct ty_vault_new new = {
		.name = form->name, .type = form->type, .hosts = form->hosts, .data = form->data
	};
	char now[TY_TIME_TEXT_SIZE];
	struct ty_id id;

	if (ty_credential_check(form->type, form->data, err) != TY_OK ||
	    ty_vault_add(call->app->vault, call->tx, &call->workspace.id, &new, &id, err) != TY_OK)
		return err->code;
	ty_time_format(ty_id_time_ms(&id), now);
	return api_json(
		call, 201,
		ty_json_own(call->arena,
			    json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "id", id.s, "name",
				      form->name, "type", form->type, "hosts", form->hosts,
				      "version", 1, "created_at", now, "updated_at", now)));
}

static enum ty_code
tell(struct ty_api_call *call, struct ty_err *err)
{
	json_t *item;

	if (ty_store_credential_get(call->tx, &call->id, &item, err) != TY_OK)
		return err->code;
	return api_json(call, 200, item);
}

enum ty_code
api_credential_get(struct ty_api_call *call, struct ty_err *err)
{
	return tell(call, err);
}

enum ty_code
api_credential_change(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_credential_change *form = call->body;
	const struct ty_vault_new new = { .name = form->name,
					  .hosts = form->hosts,
					  .data = form->data };

	if (ty_str_is_blank(form->name) && form->name != NULL) {
		ty_err_set(err, TY_E_INVALID, "A credential has a name");
		ty_err_hint(err, "Send one, or leave it out.");
		return ty_err_at(err, "name");
	}
	if (ty_vault_change(call->app->vault, call->tx, &call->workspace.id, &call->id, &new,
			    err) != TY_OK)
		return err->code;
	return tell(call, err);
}

enum ty_code
api_credential_remove(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_store_credential_remove(call->tx, &call->id, &call->workflows, err) != TY_OK)
		return err->code;
	return api_empty(call, 204);
}
