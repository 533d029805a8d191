/*
 * cmd_hook_keys.c -- keys of issuers that webhooks name by address: list them, have one asked again.
 */
#include "list.h"

#include "base/arena.h"
#include "json/json.h"
#include "store/hook_keys.h"

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	(void)ctl;
	(void)page;
	return ty_store_keys_list(tx, ret_items, err);
}

static enum ty_code
hook_keys_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "url", "ADDRESS" },  { "state", "STATE" },	    { "got_at", "GOT AT" },
		{ "next_at", "NEXT" }, { "waiting", "DELIVERIES" }, { "failures", "FAILURES" },
		{ "problem", "WHY" },  { .member = NULL },
	};

	return ctl_list(ctl, "address", list, columns, err);
}

static enum ty_code
hook_keys_refresh(struct ctl *ctl, struct ty_err *err)
{
	const char *url = ctl_arg(ctl, 0), *next_at;
	struct ty_id workspace_id;
	struct ty_tx *tx;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_store_keys_refresh(tx, &workspace_id, url, &next_at, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena,
					  json_pack("{s:s, s:s}", "url", url, "next_at", next_at)));
	return TY_OK;
}

const struct ctl_command ctl_hook_keys_commands[] = {
	{ "hook-keys list", "",
	  "List issuers' keys that webhooks name by address, and why one is missing", NULL,
	  hook_keys_list },
	{ "hook-keys refresh", "ADDRESS", "Have an address asked for its keys before their time",
	  NULL, hook_keys_refresh },
	{ .name = NULL },
};
