/*
 * cmd_api_key.c -- API keys: create, list, revoke.
 *
 * A key can do no more than the member it is made for (fcgi-app/api_key.c), and is shown once.
 */
#include "list.h"

#include "auth/permission.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/api_key.h"
#include "store/user.h"

#include <string.h>

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	return ty_store_api_key_list(tx, NULL, page->cursor, page->limit, ret_items, &page->next,
				     err);
}

static enum ty_code
api_key_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },		  { "name", "NAME" }, { "prefix", "PREFIX" },
		{ "made_by", "MADE BY" }, { "live", "LIVE" }, { "used_at", "USED AT" },
		{ "scopes", "SCOPES" },	  { .member = NULL },
	};

	return ctl_list(ctl, "API key", list, columns, err);
}

/* "workflow.run,execution.read" as words, each known and the member's own. */
static enum ty_code
read_scopes(struct ctl *ctl, const struct ty_store_workspace *member, const char **ret_words,
	    struct ty_err *err)
{
	char *copy = ty_arena_strdup(ctl->arena, ctl_option(ctl, "scopes")), *save, *word;
	struct ty_buf buf;

	ty_buf_init(&buf, ctl->arena, 128);
	for (word = strtok_r(copy, ", ", &save); word != NULL; word = strtok_r(NULL, ", ", &save)) {
		if (!ty_permission_is_known(word)) {
			ty_err_set(err, TY_E_INVALID, "there is no permission \"%s\"", word);
			ty_err_hint(err, "docs/API.md lists them; workflow.run is one.");
			return ctl_misused(ctl, err);
		}
		if (!ty_permission_has(member->permissions, word)) {
			ty_err_set(err, TY_E_DENIED, "a member who is %s does not have %s",
				   member->role, word);
			return ty_err_hint(err, "Leave it out, or name another member with --for.");
		}
		if (!ty_permission_has(buf.data, word))
			ty_buf_printf(&buf, "%s%s", buf.len > 0 ? " " : "", word);
	}
	*ret_words = buf.data;
	if (buf.len > 0)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "an API key needs at least one permission");
	ty_err_hint(err, "--scopes workflow.run,execution.read");
	return ctl_misused(ctl, err);
}

static enum ty_code
find_member(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *workspace_id,
	    struct ty_id *ret_user_id, struct ty_store_workspace *ret_member, struct ty_err *err)
{
	const char *email = ctl_option(ctl, "for");
	struct ty_store_workspace *list;
	struct ty_store_user *user;
	size_t count = 0;

	if (ty_store_user_find(tx, email, &user, err) != TY_OK)
		return err->code;
	if (user != NULL && !user->disabled &&
	    ty_store_user_workspaces(tx, &user->id, workspace_id->s, &list, &count, err) != TY_OK)
		return err->code;
	if (count == 0) {
		ty_err_set(err, TY_E_NOT_FOUND, "%s is no member of this workspace", email);
		return ty_err_hint(err, "A key acts for a member and ends with the membership.");
	}
	*ret_user_id = user->id;
	*ret_member = list[0];
	return TY_OK;
}

static enum ty_code
create(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *workspace_id,
       const struct ty_api_key *key, json_t **ret_item, struct ty_err *err)
{
	struct ty_store_workspace member = { .role = NULL };
	struct ty_id user_id, id;
	const char *scopes = NULL, *next;
	json_t *items;

	if (find_member(ctl, tx, workspace_id, &user_id, &member, err) != TY_OK ||
	    read_scopes(ctl, &member, &scopes, err) != TY_OK ||
	    ty_store_api_key_add(tx, workspace_id, ctl_option(ctl, "name"), key->prefix,
				 key->secret_hash, scopes, &user_id, &id, err) != TY_OK ||
	    ty_store_api_key_list(tx, &id, NULL, 1, &items, &next, err) != TY_OK)
		return err->code;
	*ret_item = ty_json_own(ctl->arena, json_copy(json_array_get(items, 0)));
	return TY_OK;
}

static enum ty_code
api_key_create(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id;
	struct ty_api_key key;
	struct ty_tx *tx;
	json_t *item = NULL;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	ty_api_key_new(&key);
	if (ctl_end(tx, create(ctl, tx, &workspace_id, &key, &item, err), err) == TY_OK) {
		json_object_set_new(item, "key", json_string(key.text));
		ctl_print_object(ctl, item);
		ctl_say(ctl, "The key is shown this once.");
	}
	ty_crypto_wipe(&key, sizeof(key));
	return err->code;
}

static enum ty_code
api_key_revoke(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "API key", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_store_api_key_revoke(tx, &id, err), err) != TY_OK)
		return err->code;
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:b}", "id", id.s, "revoked", 1)));
	return TY_OK;
}

static const struct ctl_option list_options[] = {
	{ "before", "ID", "the next page: behind that API key", false },
	CTL_LIST_LIMIT_OPTION,
	{ .name = NULL },
};
static const struct ctl_option create_options[] = {
	{ "name", "NAME", "name of the key", true },
	{ "for", "ADDRESS", "the member that it acts for", true },
	{ "scopes", "LIST", "permissions, such as workflow.run,execution.read", true },
	{ .name = NULL },
};

const struct ctl_command ctl_api_key_commands[] = {
	{ "api-key create", "", "Make an API key; it is shown once", create_options,
	  api_key_create },
	{ "api-key list", "", "List the API keys", list_options, api_key_list },
	{ "api-key revoke", "API-KEY", "Revoke an API key", NULL, api_key_revoke },
	{ .name = NULL },
};
