/*
 * list.h -- a workspace's list, a page at a time: what "workflow list", "deliveries list" and
 * "executions list" share.
 */
#ifndef TY_CTL_LIST_H
#define TY_CTL_LIST_H

#include "ctl.h"

/* The page that was asked for.  An option that the command does not have counts as not given. */
struct ctl_page {
	const char *workflow_id; /* --workflow; NULL = any */
	const char *cursor; /* --before: id of the last item of the page before; NULL = the first */
	int64_t limit;	    /* --limit */
	const char *next;   /* set by the list: the cursor of the next page; NULL = the end */
};

/* The items of 'page' (borrowed, but for its 'next'), owned by the tx's arena. */
typedef enum ty_code (*ctl_list_fn)(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page,
				    json_t **ret_items, struct ty_err *err);

/*
 * The whole command: the options, the workspace's transaction, 'list', the table.  'what' is what
 * the ids are of: "run".  Wrong options are told before any store is asked.
 * Errors: TY_E_INVALID (--limit, --before, no workspace named: ctl_misused), those of
 * ctl_begin_workspace, ctl_workflow_find and 'list'.
 */
enum ty_code ctl_list(struct ctl *ctl, const char *what, ctl_list_fn list,
		      const struct ctl_column *columns, struct ty_err *err) TY_MUST_CHECK;

#define CTL_LIST_LIMIT_OPTION                                                                      \
	{                                                                                          \
		"limit", "N", "at most so many; default 50", false                                 \
	}
#define CTL_LIST_OPTIONS(what)                                                                     \
	{ "workflow", "WORKFLOW", "only that one's", false },                                      \
		{ "before", "ID", "the next page: behind that " what, false },                     \
		CTL_LIST_LIMIT_OPTION

#endif
