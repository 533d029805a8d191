/*
 * list.c -- see list.h.
 */
#include "list.h"
#include "workflow.h"

#define LIST_DEFAULT 50
#define LIST_MAX     200

static enum ty_code
list_page(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, ctl_list_fn list,
	  json_t **ret_items, struct ty_err *err)
{
	const char *workflow = ctl_option(ctl, "workflow");
	struct ty_id workflow_id;

	if (workflow != NULL) {
		if (ctl_workflow_find(tx, workflow, &workflow_id, err) != TY_OK)
			return err->code;
		page->workflow_id = workflow_id.s;
	}
	return list(ctl, tx, page, ret_items, err);
}

enum ty_code
ctl_list(struct ctl *ctl, const char *what, ctl_list_fn list, const struct ctl_column *columns,
	 struct ty_err *err)
{
	struct ctl_page page = { .cursor = ctl_option(ctl, "before") };
	struct ty_id workspace_id, cursor;
	struct ty_tx *tx;
	json_t *items;

	if (ctl_option_int(ctl, "limit", LIST_DEFAULT, 1, LIST_MAX, &page.limit, err) != TY_OK ||
	    (page.cursor != NULL && ctl_id(ctl, page.cursor, what, &cursor, err) != TY_OK) ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, list_page(ctl, tx, &page, list, &items, err), err) != TY_OK)
		return err->code;
	ctl_print_items(ctl, items, page.next, columns);
	return TY_OK;
}
