/*
 * cmd_workspace.c -- workspaces: create one with its owner, list them all.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"
#include "store/user.h"

static enum ty_code
create(struct ctl *ctl, struct ty_tx *tx, struct ty_id *ret_id, struct ty_err *err)
{
	const char *email = ctl_option(ctl, "owner");
	struct ty_store_user *owner;

	if (ty_store_user_find(tx, email, &owner, err) != TY_OK)
		return err->code;
	if (owner == NULL) {
		ty_err_set(err, TY_E_NOT_FOUND, "there is no user %s", email);
		return ty_err_hint(err, "'tybooctl user create' first.");
	}
	if (ty_store_workspace_add(tx, ctl_option(ctl, "slug"), ctl_option(ctl, "name"), ret_id,
				   err) != TY_OK)
		return err->code;
	return ty_store_member_add(tx, ret_id, &owner->id, "owner", err);
}

static enum ty_code
workspace_create(struct ctl *ctl, struct ty_err *err)
{
	const char *slug = ctl_option(ctl, "slug");
	struct ty_tx *tx;
	struct ty_id id;

	if (!ty_str_is_slug(slug, 63)) {
		ty_err_set(err, TY_E_INVALID, "\"%s\" is no slug", slug);
		ty_err_hint(err, "1 to 63 of a-z, 0-9 and '-', not beginning or ending with '-'.");
		return ctl_misused(ctl, err);
	}
	if (ctl_begin(ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	if (ctl_end(tx, create(ctl, tx, &id, err), err) != TY_OK) {
		if (err->code == TY_E_CONFLICT)
			ty_err_set(err, TY_E_CONFLICT, "there is a workspace \"%s\" already", slug);
		/* All that a table could refuse came by options. */
		if (err->code == TY_E_INVALID) {
			ty_err_hint(err, "A name has 1 to 200 characters.");
			return ctl_misused(ctl, err);
		}
		return err->code;
	}
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:s}", "id", id.s, "slug", slug)));
	return TY_OK;
}

/* As the owner: row-level security shows the programs' role one workspace at a time. */
static enum ty_code
workspace_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "slug", "SLUG" },	      { "name", "NAME" }, { "members", "MEMBERS" },
		{ "workflows", "WORKFLOWS" }, { "id", "ID" },	  { "created_at", "CREATED AT" },
		{ .member = NULL },
	};
	struct ty_tx *tx;
	json_t *items;

	if (ctl_begin_owner(ctl, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_store_workspace_list(tx, &items, err), err) != TY_OK)
		return err->code;
	ctl_print_items(ctl, items, NULL, columns);
	return TY_OK;
}

static const struct ctl_option create_options[] = {
	{ "slug", "SLUG", "its name in addresses: a-z, 0-9, '-'", true },
	{ "name", "NAME", "what people call it", true },
	{ "owner", "ADDRESS", "e-mail of its owner", true },
	{ .name = NULL },
};

const struct ctl_command ctl_workspace_commands[] = {
	{ "workspace create", "", "Create a workspace", create_options, workspace_create },
	{ "workspace list", "", "List the workspaces", NULL, workspace_list },
	{ .name = NULL },
};
