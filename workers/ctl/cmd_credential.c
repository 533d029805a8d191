/*
 * cmd_credential.c -- credentials: create, list, show, try, connect, change, delete.
 *
 * A secret comes from standard input only: an argument would be seen in the process list.  A newline
 * at its end is the shell's; anything else that cannot be meant is refused (vault/credential.h).
 */
#include "list.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "conf/conf.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "service/connect.h"
#include "service/try.h"
#include "store/credential.h"
#include "vault/credential.h"
#include "vault/vault.h"

#include <string.h>

#define SECRET_MAX (64 * 1024) /* bytes of a credential's JSON */

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	return ty_store_credential_list(tx, page->cursor, page->limit, ret_items, &page->next, err);
}

static enum ty_code
credential_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },	      { "name", "NAME" },	{ "type", "TYPE" },
		{ "hosts", "HOSTS" }, { "version", "VERSION" }, { "updated_at", "UPDATED AT" },
		{ "made_by", "BY" },  { "used_at", "USED AT" }, { .member = NULL },
	};

	return ctl_list(ctl, "credential", list, columns, err);
}

static enum ty_code
credential_types(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "name", "TYPE" },
		{ "summary", "WHAT IT IS" },
		{ .member = NULL },
	};

	ctl_print_items(ctl, ty_json_own(ctl->arena, ty_credential_types_describe()), NULL,
			columns);
	return TY_OK;
}

static enum ty_code
find_type(struct ctl *ctl, const struct ty_credential_type **ret_type, struct ty_err *err)
{
	const char *name = ctl_option(ctl, "type");

	*ret_type = ty_credential_type_find(name != NULL ? name : "webhook_secret");
	if (*ret_type != NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "there is no credential type \"%s\"", name);
	ty_err_hint(err, "The types are %s.", ty_credential_type_names(ctl->arena));
	return ctl_misused(ctl, err);
}

/* Are the options those that a credential of this type is given by? */
static enum ty_code
check_options(struct ctl *ctl, const struct ty_credential_type *type, struct ty_err *err)
{
	const struct ty_param *secret = ty_credential_secret_field(type);
	const struct ty_param *other = ty_credential_other_field(type);
	bool whole = ctl_has(ctl, "data-stdin");

	if (whole && !ctl_has(ctl, "secret-stdin") && !ctl_has(ctl, "with"))
		return TY_OK;
	if (whole)
		ty_err_set(err, TY_E_INVALID,
			   "--data-stdin has all there is: no --secret-stdin, no --with");
	else if (secret == NULL)
		ty_err_set(err, TY_E_INVALID, "a %s has several secrets: give it with --data-stdin",
			   type->name);
	else if (!ctl_has(ctl, "secret-stdin"))
		ty_err_set(err, TY_E_INVALID,
			   "the secret comes with --secret-stdin or --data-stdin");
	else if (other == NULL && ctl_has(ctl, "with"))
		ty_err_set(err, TY_E_INVALID, "a %s takes no --with", type->name);
	else if (other != NULL && !ctl_has(ctl, "with"))
		ty_err_set(err, TY_E_INVALID, "a %s needs its %s", type->name, other->name);
	else
		return TY_OK;
	ty_err_hint(err, "A %s is %s. --with is what of it is no secret.", type->name,
		    ty_credential_type_shape(ctl->arena, type));
	return ctl_misused(ctl, err);
}

/* Standard input: the secret, or with --data-stdin all of it as JSON. */
static enum ty_code
read_data(struct ctl *ctl, const struct ty_credential_type *type, json_t **ret_data,
	  struct ty_err *err)
{
	const struct ty_param *secret = ty_credential_secret_field(type);
	const struct ty_param *other = ty_credential_other_field(type);
	json_t *data;
	char *text;
	size_t len;

	if (check_options(ctl, type, err) != TY_OK ||
	    ctl_read(ctl, NULL, SECRET_MAX, &text, &len, err) != TY_OK)
		return err->code;
	if (ctl_has(ctl, "data-stdin")) {
		if (ty_json_parse(ctl->arena, text, len, ret_data, err) != TY_OK)
			return ty_err_wrap(err, "the data on standard input");
		return ty_credential_check(type->name, *ret_data, err);
	}
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (!ty_str_is_utf8(text, len))
		return ty_err_set(err, TY_E_INVALID, "the secret is no UTF-8 text");
	data = ty_json_own(ctl->arena, json_object());
	json_object_set_new(data, secret->name, json_stringn(text, len));
	ty_crypto_wipe(text, len);
	if (other != NULL)
		json_object_set_new(data, other->name, json_string(ctl_option(ctl, "with")));
	*ret_data = data;
	return ty_credential_check(type->name, data, err);
}

/* Keep a new one, or change that of 'id'. */
static enum ty_code
keep(struct ctl *ctl, const struct ty_id *id, const struct ty_vault_new *new, struct ty_id *ret_id,
     struct ty_err *err)
{
	struct ty_vault *vault = NULL;
	struct ty_id workspace_id;
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	code = ty_vault_new(ctl->conf->master_key_file, &vault, err);
	if (code == TY_OK && id != NULL)
		code = ty_vault_change(vault, tx, &workspace_id, id, new, err);
	else if (code == TY_OK)
		code = ty_vault_add(vault, tx, &workspace_id, new, ret_id, err);
	ty_vault_free(vault);
	return ctl_end(tx, code, err);
}

static enum ty_code
credential_create(struct ctl *ctl, struct ty_err *err)
{
	struct ty_vault_new new = { .name = ctl_option(ctl, "name"),
				    .hosts = ctl_option(ctl, "hosts") };
	const struct ty_credential_type *type;
	struct ty_id id;
	json_t *data = NULL;

	if (find_type(ctl, &type, err) != TY_OK || read_data(ctl, type, &data, err) != TY_OK)
		return err->code;
	new.type = type->name;
	new.data = data;
	if (keep(ctl, NULL, &new, &id, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl,
			 ty_json_own(ctl->arena, json_pack("{s:s, s:s, s:s}", "id", id.s, "name",
							   new.name, "type", new.type)));
	return TY_OK;
}

/* The credential as it is told, and its type. */
static enum ty_code
load(struct ctl *ctl, const struct ty_id *id, json_t **ret_item, struct ty_err *err)
{
	struct ty_id workspace_id;
	struct ty_tx *tx;
	json_t *item = NULL;
	enum ty_code code;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	code = ty_store_credential_get(tx, id, &item, err);
	if (code == TY_OK)
		*ret_item = ty_json_own(ctl->arena, json_deep_copy(item));
	return ctl_end(tx, code, err);
}

static enum ty_code
credential_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id id;
	json_t *item;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "credential", &id, err) != TY_OK ||
	    load(ctl, &id, &item, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, item);
	return TY_OK;
}

static enum ty_code
credential_change(struct ctl *ctl, struct ty_err *err)
{
	struct ty_vault_new new = { .name = ctl_option(ctl, "name"),
				    .hosts = ctl_option(ctl, "hosts") };
	bool has_data = ctl_has(ctl, "secret-stdin") || ctl_has(ctl, "data-stdin");
	const struct ty_credential_type *type;
	json_t *item, *data = NULL;
	struct ty_id id;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "credential", &id, err) != TY_OK ||
	    load(ctl, &id, &item, err) != TY_OK)
		return err->code;
	type = ty_credential_type_find(ty_json_str(item, "type", ""));
	if (has_data && type == NULL)
		return ty_err_set(err, TY_E_INVALID, "its type is unknown to this release");
	if (has_data && read_data(ctl, type, &data, err) != TY_OK)
		return err->code;
	new.data = data;
	if (keep(ctl, &id, &new, NULL, err) != TY_OK || load(ctl, &id, &item, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, item);
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
	if (ctl_end(tx, ty_store_credential_remove(tx, &id, ctl_has(ctl, "force"), &users, err),
		    err) != TY_OK) {
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

static enum ty_code
credential_try(struct ctl *ctl, struct ty_err *err)
{
	const char *method = ctl_option(ctl, "method");
	struct ty_id workspace_id, id;
	struct ty_service_try try = { .workspace_id = &workspace_id,
				      .credential_id = &id,
				      .method = method != NULL ? method : "GET",
				      .url = ctl_option(ctl, "url"),
				      .timeout_ms = TY_LIMIT_TRY_MS };
	json_t *told = NULL;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "credential", &id, err) != TY_OK ||
	    ctl_conf(ctl, &try.conf, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_store_credential_get(tx, &id, &told, err), err) != TY_OK ||
	    ty_service_try(ctl->arena, &try, &told, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, told);
	return TY_OK;
}

/* The operator is trusted: whoever is signed in with the right to change the credential may open the address. */
static enum ty_code
credential_connect(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_connect connect = { .workspace_id = &workspace_id, .credential_id = &id };
	struct ty_connect_way way = { .url = NULL };
	const struct ty_conf *conf;
	struct ty_vault *vault = NULL;
	json_t *told = NULL;
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "credential", &id, err) != TY_OK ||
	    ctl_conf(ctl, &conf, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	connect.base_url = conf->base_url;
	code = ty_vault_new(conf->master_key_file, &vault, err);
	connect.vault = vault;
	if (code == TY_OK)
		code = ty_connect_begin(&connect, tx, &way, err);
	if (code == TY_OK)
		told = ty_json_own(ctl->arena,
				   json_pack("{s:s, s:s, s:s}", "url", way.url, "redirect_uri",
					     way.redirect_uri, "expires_at", way.expires_at));
	ty_vault_free(vault);
	if (ctl_end(tx, code, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, told);
	return TY_OK;
}

static const struct ctl_option try_options[] = {
	{ "url", "ADDRESS", "what to call; the call is made, whatever it does there", true },
	{ "method", "METHOD", "GET is the default", false },
	{ .name = NULL },
};
static const struct ctl_option delete_options[] = {
	{ "force", NULL, "also where published workflows use it: their calls fail then", false },
	{ .name = NULL },
};
static const struct ctl_option list_options[] = {
	{ "before", "ID", "the next page: behind that credential", false },
	CTL_LIST_LIMIT_OPTION,
	{ .name = NULL },
};
#define VALUE_OPTIONS                                                                              \
	{ "with", "TEXT", "fields that are no secret: the user, the header's or parameter's name", \
	  false },                                                                                 \
		{ "secret-stdin", NULL, "read the secret from standard input", false },            \
		{ "data-stdin", NULL, "read all fields, as JSON, from standard input", false },    \
	{                                                                                          \
		"hosts", "HOSTS", "those it may be sent to: api.example.com,*.example.com", false  \
	}

static const struct ctl_option create_options[] = {
	{ "name", "NAME", "name of the credential", true },
	{ "type", "TYPE", "see 'tybooctl credential types'; webhook_secret is the default", false },
	VALUE_OPTIONS,
	{ .name = NULL },
};
static const struct ctl_option change_options[] = {
	{ "name", "NAME", "another name", false },
	VALUE_OPTIONS,
	{ .name = NULL },
};

const struct ctl_command ctl_credential_commands[] = {
	{ "credential create", "", "Keep a secret", create_options, credential_create },
	{ "credential list", "", "List the credentials, without what is in them", list_options,
	  credential_list },
	{ "credential show", "CREDENTIAL", "Show a credential and what uses it, without its secret",
	  NULL, credential_show },
	{ "credential try", "CREDENTIAL",
	  "Make one call with a credential, and tell what came back", try_options, credential_try },
	{ "credential connect", "CREDENTIAL",
	  "Begin a sign-in at a credential's provider, and print the address to open", NULL,
	  credential_connect },
	{ "credential change", "CREDENTIAL", "Give a credential another value, name or hosts",
	  change_options, credential_change },
	{ "credential types", "", "List the types of credentials", NULL, credential_types },
	{ "credential delete", "CREDENTIAL", "Forget a secret that nothing published uses",
	  delete_options, credential_delete },
	{ .name = NULL },
};
