/*
 * api_key.c -- API keys: shown once, kept as a hash, and never more powerful than their maker.
 */
#include "api.h"

#include "auth/permission.h"
#include "auth/token.h"
#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"

enum ty_code
api_api_key_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_page *form = call->query;
	json_t *items;
	const char *next;

	if (api_check_id(form->cursor, "cursor", err) != TY_OK ||
	    ty_store_api_key_list(call->tx, NULL, ty_str_or_null(form->cursor), form->limit, &items,
				  &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

static enum ty_code
check_scope(const struct ty_api_call *call, const char *scope, size_t index, struct ty_err *err)
{
	if (scope == NULL || !ty_permission_is_known(scope)) {
		ty_err_set(err, TY_E_INVALID, "There is no permission \"%s\"",
			   scope != NULL ? scope : "?");
		ty_err_hint(err, "docs/API.md lists them; workflow.run is one.");
		return ty_err_at(err, "scopes[%zu]", index);
	}
	if (!ty_permission_has(call->workspace.permissions, scope)) {
		ty_err_set(err, TY_E_DENIED, "You do not have the permission %s yourself", scope);
		ty_err_hint(err, "Leave it out, or ask an owner of the workspace.");
		return ty_err_at(err, "scopes[%zu]", index);
	}
	return TY_OK;
}

/* The scopes as words, each once. */
static enum ty_code
read_scopes(struct ty_api_call *call, const json_t *scopes, const char **ret_words,
	    struct ty_err *err)
{
	struct ty_buf buf;

	if (!json_is_array(scopes) || json_array_size(scopes) == 0) {
		ty_err_set(err, TY_E_INVALID, "An API key needs a list of at least one permission");
		ty_err_hint(err, "Send scopes, such as [\"workflow.run\"].");
		return ty_err_at(err, "scopes");
	}
	ty_buf_init(&buf, call->arena, 128);
	for (size_t i = 0; i < json_array_size(scopes); i++) {
		const char *scope = json_string_value(json_array_get(scopes, i));

		if (check_scope(call, scope, i, err) != TY_OK)
			return err->code;
		if (!ty_permission_has(buf.data, scope))
			ty_buf_printf(&buf, "%s%s", buf.len > 0 ? " " : "", scope);
	}
	*ret_words = buf.data;
	return TY_OK;
}

enum ty_code
api_api_key_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_api_key *form = call->body;
	const char *scopes = NULL, *next;
	struct ty_api_key key;
	struct ty_id id;
	json_t *items, *body;

	if (read_scopes(call, form->scopes, &scopes, err) != TY_OK)
		return err->code;
	ty_api_key_new(&key);
	if (ty_store_api_key_add(call->tx, &call->workspace.id, form->name, key.prefix,
				 key.secret_hash, scopes, &call->user_id, &id, err) != TY_OK ||
	    ty_store_api_key_list(call->tx, &id, NULL, 1, &items, &next, err) != TY_OK) {
		ty_crypto_wipe(&key, sizeof(key));
		return err->code;
	}
	body = ty_json_own(call->arena, json_copy(json_array_get(items, 0)));
	json_object_set_new(body, "key", json_string(key.text));
	ty_crypto_wipe(&key, sizeof(key));
	return api_json(call, 201, body);
}

enum ty_code
api_api_key_revoke(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_store_api_key_revoke(call->tx, &call->id, err) != TY_OK)
		return err->code;
	return api_empty(call, 204);
}
