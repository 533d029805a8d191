/*
 * cmd_credential.c -- credentials: create, list, delete.
 *
 * A secret comes from standard input only: an argument would be seen in the process list.  A newline
 * at its end is the shell's; anything else that cannot be meant is refused (vault/credential.h).
 */
#include "list.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/credential.h"
#include "vault/credential.h"
#include "vault/vault.h"

#include <string.h>

#define SECRET_MAX (64 * 1024) /* what a credential holds */

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, const struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const char *next;

	return ty_store_credential_list(tx, page->cursor, page->limit, ret_items, &next, err);
}

static enum ty_code
credential_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },	    { "name", "NAME" },
		{ "type", "TYPE" }, { "created_at", "CREATED AT" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "credential", list, columns, err);
}

static enum ty_code
find_type(struct ctl *ctl, const struct ty_credential_type **ret_type, struct ty_err *err)
{
	const char *name = ctl_option(ctl, "type"), *other = ctl_option(ctl, "with");

	*ret_type = ty_credential_type_find(name != NULL ? name : "webhook_secret");
	if (*ret_type == NULL) {
		ty_err_set(err, TY_E_INVALID, "there is no credential type \"%s\"", name);
		ty_err_hint(err, "webhook_secret, http_bearer, http_basic and http_header are.");
		return ctl_misused(ctl, err);
	}
	if (((*ret_type)->other != NULL) == (other != NULL))
		return TY_OK;
	if (other != NULL)
		ty_err_set(err, TY_E_INVALID, "a %s takes no --with", (*ret_type)->name);
	else
		ty_err_set(err, TY_E_INVALID, "a %s needs its %s", (*ret_type)->name,
			   (*ret_type)->other);
	ty_err_hint(err, "--with is http_basic's user name and http_header's name of the header.");
	return ctl_misused(ctl, err);
}

/* The secret on standard input and, beside it, --with. */
static enum ty_code
read_data(struct ctl *ctl, const struct ty_credential_type *type, json_t **ret_data,
	  struct ty_err *err)
{
	json_t *data = ty_json_own(ctl->arena, json_object());
	char *secret;
	size_t len;

	if (ctl_read(ctl, NULL, SECRET_MAX, &secret, &len, err) != TY_OK)
		return err->code;
	if (len > 0 && secret[len - 1] == '\n')
		len--;
	if (len > 0 && secret[len - 1] == '\r')
		len--;
	if (!ty_str_is_utf8(secret, len))
		return ty_err_set(err, TY_E_INVALID, "the secret is no UTF-8 text");
	json_object_set_new(data, type->secret, json_stringn(secret, len));
	ty_crypto_wipe(secret, len);
	if (type->other != NULL)
		json_object_set_new(data, type->other, json_string(ctl_option(ctl, "with")));
	*ret_data = data;
	return ty_credential_check(type->name, data, err);
}

static enum ty_code
add(struct ctl *ctl, const char *name, const char *type, const json_t *data, struct ty_id *ret_id,
    struct ty_err *err)
{
	struct ty_vault *vault = NULL;
	struct ty_id workspace_id;
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	code = ty_vault_new(ctl->conf->master_key_file, &vault, err);
	if (code == TY_OK)
		code = ty_vault_add(vault, tx, &workspace_id, name, type, data, ret_id, err);
	ty_vault_free(vault);
	return ctl_end(tx, code, err);
}

static enum ty_code
credential_create(struct ctl *ctl, struct ty_err *err)
{
	const char *name = ctl_option(ctl, "name");
	const struct ty_credential_type *type;
	struct ty_id id;
	json_t *data = NULL;

	if (find_type(ctl, &type, err) != TY_OK || read_data(ctl, type, &data, err) != TY_OK ||
	    add(ctl, name, type->name, data, &id, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:s, s:s}", "id", id.s,
								"name", name, "type", type->name)));
	return TY_OK;
}

static enum ty_code
credential_delete(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;
	json_t *users, *first;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "credential", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	if (ctl_end(tx, ty_store_credential_remove(tx, &id, &users, err), err) != TY_OK) {
		first = err->code == TY_E_CONFLICT ? json_array_get(users, 0) : NULL;
		if (first != NULL)
			ty_err_hint(err, "Unpublish what uses it, such as \"%.80s\".",
				    ty_json_str(first, "name", "?"));
		return err->code;
	}
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:b}", "id", id.s, "deleted", 1)));
	return TY_OK;
}

static const struct ctl_option list_options[] = {
	{ "before", "ID", "those before that credential: the next page", false },
	CTL_LIST_LIMIT_OPTION,
	{ .name = NULL },
};
static const struct ctl_option create_options[] = {
	{ "name", "NAME", "what it is called", true },
	{ "type", "TYPE", "webhook_secret (the default), http_bearer, http_basic or http_header",
	  false },
	{ "with", "TEXT", "http_basic's user name, http_header's name of the header", false },
	{ "secret-stdin", NULL, "read the secret from standard input", true },
	{ .name = NULL },
};

const struct ctl_command ctl_credential_commands[] = {
	{ "credential create", "", "Keep a secret", create_options, credential_create },
	{ "credential list", "", "List the credentials, without what is in them", list_options,
	  credential_list },
	{ "credential delete", "CREDENTIAL", "Forget a secret that nothing published uses", NULL,
	  credential_delete },
	{ .name = NULL },
};
