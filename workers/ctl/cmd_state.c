/*
 * cmd_state.c -- what workflows keep from one run to the next: list, show, put, delete.
 *
 * A value is named by its key, with --workflow where it is a workflow's; what has no key of an author's (static data,
 * lists of what was seen) by its id.
 */
#include "list.h"
#include "workflow.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "store/state.h"

#include <string.h>

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const struct ty_state_filter filter = { .cursor = page->cursor,
						.workflow_id = page->workflow_id,
						.prefix = ctl_option(ctl, "prefix"),
						.limit = page->limit };

	return ty_store_state_list(tx, &filter, ret_items, &page->next, err);
}

static enum ty_code
state_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },
		{ "kind", "KIND" },
		{ "workflow_name", "WORKFLOW" },
		{ "key", "KEY" },
		{ "bytes", "BYTES" },
		{ "entries", "ENTRIES" },
		{ "version", "VERSION" },
		{ "updated_at", "UPDATED AT" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "value", list, columns, err);
}

/* The workflow that --workflow names; *ret_id NULL: none is named. */
static enum ty_code
workflow_of(struct ctl *ctl, struct ty_tx *tx, struct ty_id *room, const struct ty_id **ret_id,
	    struct ty_err *err)
{
	const char *workflow = ctl_option(ctl, "workflow");

	*ret_id = NULL;
	if (workflow == NULL)
		return TY_OK;
	if (ctl_workflow_find(tx, workflow, room, err) != TY_OK)
		return err->code;
	*ret_id = room;
	return TY_OK;
}

static enum ty_code
find(struct ctl *ctl, struct ty_tx *tx, struct ty_id *ret_id, struct ty_err *err)
{
	const char *key = ctl_arg(ctl, 0);
	const struct ty_id *workflow_id;
	struct ty_id room;
	bool is_there;

	if (ty_id_parse(key, ret_id))
		return TY_OK;
	if (workflow_of(ctl, tx, &room, &workflow_id, err) != TY_OK ||
	    ty_store_state_find(tx, workflow_id, key, &is_there, ret_id, err) != TY_OK)
		return err->code;
	if (is_there)
		return TY_OK;
	ty_err_set(err, TY_E_NOT_FOUND, "there is no value of the key \"%.80s\" here", key);
	return ty_err_hint(err, "'tybooctl state list' shows those that there are; --workflow "
				"names the workflow that it is of.");
}

static enum ty_code
get(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *id, json_t **ret_item,
    struct ty_err *err)
{
	json_t *item;

	if (ty_store_state_get(tx, id, &item, err) != TY_OK)
		return err->code;
	*ret_item = ty_json_own(ctl->arena, json_deep_copy(item));
	return TY_OK;
}

static enum ty_code
show(struct ctl *ctl, struct ty_tx *tx, json_t **ret_item, struct ty_err *err)
{
	struct ty_id id;

	if (find(ctl, tx, &id, err) != TY_OK)
		return err->code;
	return get(ctl, tx, &id, ret_item, err);
}

static enum ty_code
state_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id;
	json_t *item = NULL;
	struct ty_tx *tx;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, show(ctl, tx, &item, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, item);
	return TY_OK;
}

/* The argument, or standard input. */
static enum ty_code
read_value(struct ctl *ctl, json_t **ret_value, struct ty_err *err)
{
	const char *arg = ctl_arg(ctl, 1);
	char *text = arg != NULL ? ty_arena_strdup(ctl->arena, arg) : NULL;
	size_t len = arg != NULL ? strlen(arg) : 0;

	if (arg == NULL &&
	    ctl_read(ctl, NULL, TY_LIMIT_STATE_VALUE_BYTES + 2, &text, &len, err) != TY_OK)
		return err->code;
	if (ctl_has(ctl, "text") && ty_str_is_utf8(text, len)) {
		*ret_value = ty_json_own(ctl->arena, json_stringn(text, len));
		return TY_OK;
	}
	if (ty_json_parse(ctl->arena, text, len, ret_value, err) == TY_OK)
		return TY_OK;
	err->code = TY_E_INVALID;
	ty_err_wrap(err, "the value is no JSON");
	return ty_err_hint(err, "Write a text with --text, or in double quotes.");
}

static enum ty_code
put(struct ctl *ctl, struct ty_tx *tx, json_t *value, json_t **ret_item, struct ty_err *err)
{
	struct ty_state_put put = { .key = ctl_arg(ctl, 0), .value = value, .expires_s = -1 };
	struct ty_id room, id;
	bool is_new;

	if (ctl_option_int(ctl, "version", -1, 0, TY_LIMIT_QUOTA_MAX, &put.version, err) != TY_OK ||
	    workflow_of(ctl, tx, &room, &put.workflow_id, err) != TY_OK ||
	    ty_store_state_put(tx, &put, &is_new, &id, err) != TY_OK)
		return err->code;
	return get(ctl, tx, &id, ret_item, err);
}

static enum ty_code
state_put(struct ctl *ctl, struct ty_err *err)
{
	json_t *item = NULL, *value;
	struct ty_id workspace_id;
	struct ty_tx *tx;

	if (read_value(ctl, &value, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, put(ctl, tx, value, &item, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, item);
	return TY_OK;
}

static enum ty_code
forget(struct ctl *ctl, struct ty_tx *tx, struct ty_id *ret_id, struct ty_err *err)
{
	if (find(ctl, tx, ret_id, err) != TY_OK)
		return err->code;
	return ty_store_state_remove(tx, ret_id, err);
}

static enum ty_code
state_delete(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, forget(ctl, tx, &id, err), err) != TY_OK)
		return err->code;
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:b}", "id", id.s, "deleted", 1)));
	return TY_OK;
}

#define WORKFLOW_OPTION                                                                            \
	{                                                                                          \
		"workflow", "WORKFLOW", "of that workflow; else of the whole workspace", false     \
	}

static const struct ctl_option list_options[] = {
	CTL_LIST_OPTIONS("value"),
	{ "prefix", "TEXT", "keys that begin so", false },
	{ .name = NULL },
};
static const struct ctl_option one_options[] = {
	WORKFLOW_OPTION,
	{ .name = NULL },
};
static const struct ctl_option put_options[] = {
	WORKFLOW_OPTION,
	{ "text", NULL, "VALUE is a text as it stands, and no JSON", false },
	{ "version", "N", "only where the value has this version; 0: where there is none", false },
	{ .name = NULL },
};

const struct ctl_command ctl_state_commands[] = {
	{ "state list", "", "List what workflows keep between runs", list_options, state_list },
	{ "state show", "KEY", "Show a value, by its key or id", one_options, state_show },
	{ "state put", "KEY [VALUE]", "Put JSON under a key: VALUE, or standard input", put_options,
	  state_put },
	{ "state delete", "KEY", "Forget a value, by its key or id", one_options, state_delete },
	{ .name = NULL },
};
