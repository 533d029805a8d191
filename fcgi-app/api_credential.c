/*
 * api_credential.c -- secrets go in and never come out.
 */
#include "api.h"

#include "app.h"
#include "base/limits.h"
#include "base/str.h"
#include "service/try.h"
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

static enum ty_code
tell(struct ty_api_call *call, int status, const struct ty_id *id, struct ty_err *err)
{
	json_t *item;

	if (ty_store_credential_get(call->tx, id, &item, err) != TY_OK)
		return err->code;
	return api_json(call, status, item);
}

enum ty_code
api_credential_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_credential *form = call->body;
	const struct ty_vault_new new = { .name = form->name,
					  .type = form->type,
					  .hosts = form->hosts,
					  .data = form->data,
					  .made_by = call->user_id };
	struct ty_id id;

	if (ty_credential_check(form->type, form->data, err) != TY_OK ||
	    ty_vault_add(call->app->vault, call->tx, &call->workspace.id, &new, &id, err) != TY_OK)
		return err->code;
	return tell(call, 201, &id, err);
}

enum ty_code
api_credential_get(struct ty_api_call *call, struct ty_err *err)
{
	return tell(call, 200, &call->id, err);
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
	return tell(call, 200, &call->id, err);
}

enum ty_code
api_credential_remove(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_credential_remove *form = call->query;

	if (ty_store_credential_remove(call->tx, &call->id, form->force, &call->workflows, err) !=
	    TY_OK)
		return err->code;
	return api_empty(call, 204);
}

/* ---- one call with it ---- */

static enum ty_code
make_call(struct ty_api_call *call, json_t **ret_told, struct ty_err *err)
{
	const struct form_credential_try *form = call->body;
	const struct ty_service_try try = { .conf = call->app->conf,
					    .workspace_id = &call->workspace.id,
					    .credential_id = &call->id,
					    .method = form->method,
					    .url = form->url,
					    .timeout_ms = TY_LIMIT_TRY_MS };

	/* The connection goes back first, because the answer may take its time. */
	if (api_commit(call, err) != TY_OK)
		return err->code;
	return ty_service_try(call->arena, &try, ret_told, err);
}

enum ty_code
api_credential_try(struct ty_api_call *call, struct ty_err *err)
{
	json_t *told = NULL;
	enum ty_code code;

	if (ty_store_credential_get(call->tx, &call->id, &told, err) != TY_OK)
		return err->code;
	if (atomic_fetch_add(&call->app->tries, 1) < TY_LIMIT_TRIES_COUNT) {
		code = make_call(call, &told, err);
	} else {
		code = ty_err_set(err, TY_E_UNAVAILABLE, "Others try credentials just now");
		call->retry_after_ms = TY_LIMIT_TRY_MS;
	}
	atomic_fetch_sub(&call->app->tries, 1);
	return code == TY_OK ? api_json(call, 200, told) : code;
}
