/*
 * api_hook_keys.c -- keys of issuers that webhooks name by address: are they here, and if not, why?
 */
#include "api_hook_keys.h"

#include "api.h"

#include "store/hook_keys.h"

enum ty_code
api_hook_keys_list(struct ty_api_call *call, struct ty_err *err)
{
	json_t *items;

	if (ty_store_keys_list(call->tx, &items, err) != TY_OK)
		return err->code;
	return api_page(call, items, NULL);
}

enum ty_code
api_hook_keys_refresh(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_hook_keys *form = call->body;
	const char *next_at;

	if (ty_store_keys_refresh(call->tx, &call->workspace.id, form->url, &next_at, err) != TY_OK)
		return err->code;
	return api_json(call, 202,
			ty_json_own(call->arena,
				    json_pack("{s:s, s:s}", "url", form->url, "next_at", next_at)));
}
