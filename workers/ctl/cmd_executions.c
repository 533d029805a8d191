/*
 * cmd_executions.c -- runs: list, show with every step, cancel.
 */
#include "list.h"
#include "workflow.h"

#include "base/str.h"
#include "json/json.h"
#include "store/execution_list.h"

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, const struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const struct ty_store_execution_filter filter = { .status = ctl_option(ctl, "status"),
							  .mode = ctl_option(ctl, "mode"),
							  .workflow_id = page->workflow_id,
							  .cursor = page->cursor,
							  .limit = page->limit };
	const char *next;

	return ty_store_execution_list(tx, &filter, ret_items, &next, err);
}

static enum ty_code
executions_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },
		{ "status", "STATUS" },
		{ "workflow_name", "WORKFLOW" },
		{ "version", "VERSION" },
		{ "mode", "MODE" },
		{ "accepted_at", "ACCEPTED AT" },
		{ "finished_at", "FINISHED AT" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "run", list, columns, err);
}

static enum ty_code
executions_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	json_t *execution;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_store_execution_get(tx, &id, &execution, err), err) != TY_OK)
		return err->code;
	ctl_print_execution(ctl, execution);
	return TY_OK;
}

/*
 * A worker that has the run is told and records its end itself; a run that no worker has is
 * recorded as canceled here.
 */
static enum ty_code
cancel(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *id, const char **ret_status,
       struct ty_err *err)
{
	struct ty_queue_sync *queue;
	enum ty_queue_stopped was;
	const char *status;

	if (ty_store_execution_status(tx, id, &status, err) != TY_OK)
		return err->code;
	if (status == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "there is no run %s in this workspace",
				  id->s);
	if (!ty_str_eq(status, "queued") && !ty_str_eq(status, "running") &&
	    !ty_str_eq(status, "waiting"))
		return ty_err_set(err, TY_E_CONFLICT, "the run is over: %s", status);
	if (ctl_queue(ctl, &queue, err) != TY_OK ||
	    ty_queue_sync_stop(queue, id, &was, err) != TY_OK)
		return err->code;
	*ret_status = was == TY_QUEUE_MARKED ? "canceling" : "canceled";
	return was == TY_QUEUE_MARKED ? TY_OK : ty_store_execution_cancel_queued(tx, id, err);
}

static enum ty_code
executions_cancel(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	const char *status = NULL;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, cancel(ctl, tx, &id, &status, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:s}", "execution_id", id.s,
								"status", status)));
	return TY_OK;
}

static const struct ctl_option list_options[] = {
	{ "status", "STATUS", "queued, running, waiting, ok, error, timeout or canceled", false },
	{ "mode", "MODE", "webhook, api, manual or replay", false },
	CTL_LIST_OPTIONS("run"),
	{ .name = NULL },
};

const struct ctl_command ctl_executions_commands[] = {
	{ "executions list", "", "List the runs, newest first", list_options, executions_list },
	{ "executions show", "ID", "Show a run with its steps", NULL, executions_show },
	{ "executions cancel", "ID", "Stop a run", NULL, executions_cancel },
	{ .name = NULL },
};
