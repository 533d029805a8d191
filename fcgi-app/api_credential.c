/*
 * api_credential.c -- secrets go in and never come out.
 */
#include "api.h"

#include "app.h"
#include "base/str.h"
#include "base/time.h"
#include "store/credential.h"
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

static bool
is_secret(const json_t *value)
{
	return json_string_length(value) > 0;
}

/* { "secret": "..." } or { "secrets": ["new", "old"] }: several while a secret is changed. */
static enum ty_code
check_webhook_secret(const json_t *data, struct ty_err *err)
{
	const json_t *secrets = json_object_get(data, "secrets");
	bool good = json_object_size(data) == 1;

	if (secrets == NULL) {
		good = good && is_secret(json_object_get(data, "secret"));
	} else {
		good = good && json_array_size(secrets) > 0;
		for (size_t i = 0; i < json_array_size(secrets); i++)
			good = good && is_secret(json_array_get(secrets, i));
	}
	if (good)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID,
		   "A webhook_secret is { \"secret\": text } or { \"secrets\": [text, ...] }");
	ty_err_hint(err, "Send one of the two, with no empty text in it.");
	return ty_err_at(err, "data");
}

/* What may be kept, and of what each is made. */
static const struct {
	const char *type;
	enum ty_code (*check)(const json_t *data, struct ty_err *err);
} types[] = {
	{ "webhook_secret", check_webhook_secret },
};

static enum ty_code
check_data(const struct form_credential *form, struct ty_err *err)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(types); i++) {
		if (ty_str_eq(types[i].type, form->type))
			return types[i].check(form->data, err);
	}
	ty_err_set(err, TY_E_INVALID, "There is no credential type \"%s\"", form->type);
	ty_err_hint(err, "webhook_secret is one.");
	return ty_err_at(err, "type");
}

enum ty_code
api_credential_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_credential *form = call->body;
	char now[TY_TIME_TEXT_SIZE];
	struct ty_id id;

	if (check_data(form, err) != TY_OK ||
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
