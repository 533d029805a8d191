/*
 * cmd_variable.c -- a workspace's variables, by name: list, show, set, delete.
 */
#include "list.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"
#include "store/variable.h"

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	return ty_store_variable_list(tx, ctl_option(ctl, "after"), page->limit, ret_items,
				      &page->next, err);
}

static enum ty_code
variable_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "name", "NAME" },
		{ "value", "VALUE" },
		{ "workflow_count", "WORKFLOWS" },
		{ "updated_at", "UPDATED AT" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "variable", list, columns, err);
}

static enum ty_code
find(struct ctl *ctl, struct ty_tx *tx, struct ty_id *ret_id, struct ty_err *err)
{
	const char *name = ctl_arg(ctl, 0);
	bool is_there;

	if (ty_store_variable_find(tx, name, &is_there, ret_id, err) != TY_OK)
		return err->code;
	if (is_there)
		return TY_OK;
	ty_err_set(err, TY_E_NOT_FOUND, "there is no variable \"%.60s\"", name);
	return ty_err_hint(err, "'tybooctl variable list' shows those that there are.");
}

static enum ty_code
get(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *id, json_t **ret_item,
    struct ty_err *err)
{
	json_t *item;

	if (ty_store_variable_get(tx, id, &item, err) != TY_OK)
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
variable_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id;
	struct ty_tx *tx;
	json_t *item = NULL;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, show(ctl, tx, &item, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, item);
	return TY_OK;
}

/* The argument, or standard input without the shell's newline at its end. */
static enum ty_code
read_value(struct ctl *ctl, const char **ret_value, struct ty_err *err)
{
	char *text;
	size_t len;

	*ret_value = ctl_arg(ctl, 1);
	if (*ret_value != NULL)
		return TY_OK;
	if (ctl_read(ctl, NULL, TY_LIMIT_VARIABLE_VALUE_BYTES + 2, &text, &len, err) != TY_OK)
		return err->code;
	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (!ty_str_is_utf8(text, len))
		return ty_err_set(err, TY_E_INVALID, "the value is no UTF-8 text");
	*ret_value = text;
	return TY_OK;
}

static enum ty_code
set(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *workspace_id, const char *value,
    json_t **ret_item, struct ty_err *err)
{
	const char *name = ctl_arg(ctl, 0);
	enum ty_code code;
	struct ty_id id;
	bool is_there;

	if (ty_store_variable_find(tx, name, &is_there, &id, err) != TY_OK)
		return err->code;
	code = is_there ? ty_store_variable_change(tx, &id, NULL, value, err)
			: ty_store_variable_add(tx, workspace_id, name, value, &id, err);
	return code == TY_OK ? get(ctl, tx, &id, ret_item, err) : code;
}

static enum ty_code
variable_set(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id;
	json_t *item = NULL;
	const char *value;
	struct ty_tx *tx;

	if (read_value(ctl, &value, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, set(ctl, tx, &workspace_id, value, &item, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, item);
	return TY_OK;
}

static enum ty_code delete (struct ctl *ctl, struct ty_tx *tx, struct ty_id *ret_id,
			    struct ty_err *err) {
	if (find(ctl, tx, ret_id, err) != TY_OK) return err->code;
	return ty_store_variable_remove(tx, ret_id, err);
}

static enum ty_code
variable_delete(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;

	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, delete (ctl, tx, &id, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl,
			 ty_json_own(ctl->arena, json_pack("{s:s, s:s, s:b}", "id", id.s, "name",
							   ctl_arg(ctl, 0), "deleted", 1)));
	return TY_OK;
}

static const struct ctl_option list_options[] = {
	{ "after", "NAME", "those behind that name: the next page", false },
	CTL_LIST_LIMIT_OPTION,
	{ .name = NULL },
};

const struct ctl_command ctl_variable_commands[] = {
	{ "variable list", "", "List the variables ($vars) of the workspace", list_options,
	  variable_list },
	{ "variable show", "NAME", "Show a variable and the published workflows that use it", NULL,
	  variable_show },
	{ "variable set", "NAME [VALUE]",
	  "Make a variable, or give it another value: VALUE, or standard input", NULL,
	  variable_set },
	{ "variable delete", "NAME", "Delete a variable; runs that began with it go on with it",
	  NULL, variable_delete },
	{ .name = NULL },
};
