/*
 * cmd_workspace.c -- workspaces: create one with its owner, list them all, show and change limits.
 */
#include "ctl.h"
#include "pause.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"
#include "json/limits.h"
#include "store/limits.h"
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

/* List as the owner, because row-level security shows the programs' role one workspace at a time. */
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

/* ---- limits ---- */

static void
print_limits(struct ctl *ctl, const struct ty_limits *limits)
{
	static const struct ctl_column columns[] = {
		{ "name", "NAME" },	  { "value", "VALUE" },	 { "unit", "UNIT" },
		{ "default", "DEFAULT" }, { "help", "MEANING" }, { .member = NULL },
	};

	ctl_print_items(ctl, ty_json_own(ctl->arena, ty_limits_list_json(limits)), NULL, columns);
}

static enum ty_code
workspace_limits(struct ctl *ctl, struct ty_err *err)
{
	struct ty_limits limits;
	struct ty_tx *tx;
	struct ty_id id;

	if (ctl_begin_workspace(ctl, &tx, &id, err) != TY_OK ||
	    ctl_end(tx, ty_store_workspace_limits(tx, &id, &limits, err), err) != TY_OK)
		return err->code;
	print_limits(ctl, &limits);
	return TY_OK;
}

/* "default", or a number within the range. */
static enum ty_code
limit_value(struct ctl *ctl, const struct ty_limit *limit, int64_t *ret_n, struct ty_err *err)
{
	const char *text = ctl_arg(ctl, 1);

	*ret_n = limit->def;
	if (ty_str_eq(text, "default") || ty_str_parse_i64(text, limit->min, limit->max, ret_n))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "%s cannot be \"%s\"", limit->name, text);
	ty_err_hint(err, "It is a number from %lld to %lld (%s), or \"default\", which is %lld.",
		    (long long)limit->min, (long long)limit->max, limit->unit,
		    (long long)limit->def);
	return ctl_misused(ctl, err);
}

/* Set as the owner, because the programs' role must not raise its own limits. */
static enum ty_code
workspace_set_limit(struct ctl *ctl, struct ty_err *err)
{
	const struct ty_limit *limit = ty_limit_find(ctl_arg(ctl, 0));
	struct ty_limits limits;
	struct ty_tx *tx;
	struct ty_id id;
	int64_t n;

	if (limit == NULL) {
		ty_err_set(err, TY_E_INVALID, "there is no limit \"%s\"", ctl_arg(ctl, 0));
		ty_err_hint(err, "'tybooctl workspace limits' lists them.");
		return ctl_misused(ctl, err);
	}
	if (limit_value(ctl, limit, &n, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &id, err) != TY_OK)
		return err->code;
	ty_tx_rollback(tx);
	if (ctl_begin_owner(ctl, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_store_workspace_limit_set(tx, &id, limit, n, &limits, err), err) !=
		    TY_OK)
		return err->code;
	print_limits(ctl, &limits);
	return TY_OK;
}

static const struct ctl_option create_options[] = {
	{ "slug", "SLUG", "name in addresses: a-z, 0-9, '-'", true },
	{ "name", "NAME", "name for people", true },
	{ "owner", "ADDRESS", "e-mail of its owner", true },
	{ .name = NULL },
};

const struct ctl_command ctl_workspace_commands[] = {
	{ "workspace create", "", "Create a workspace", create_options, workspace_create },
	{ "workspace list", "", "List the workspaces", NULL, workspace_list },
	{ "workspace limits", "", "Show the limits of a workspace", NULL, workspace_limits },
	{ "workspace pause", "", "Keep what comes to any workflow, and let it wait", NULL,
	  ctl_pause },
	{ "workspace unpause", "", "Go on with what waits", NULL, ctl_unpause },
	{ "workspace set-limit", "LIMIT NUMBER", "Change one (NUMBER may be \"default\")", NULL,
	  workspace_set_limit },
	{ .name = NULL },
};
