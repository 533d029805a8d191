/*
 * cmd_executions.c -- runs: list, show with its steps, their pages, cancel, and the call that one waits for.
 */
#include "list.h"
#include "workflow.h"

#include "base/limits.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "intake/queued.h"
#include "json/json.h"
#include "intake/rerun.h"
#include "store/execution_list.h"
#include "nodes/nodes.h"
#include "publish/wait_call.h"
#include "store/step_list.h"
#include "vault/resume.h"

#define STEPS_DEFAULT 200

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const struct ty_store_execution_filter filter = { .status = ctl_option(ctl, "status"),
							  .mode = ctl_option(ctl, "mode"),
							  .workflow_id = page->workflow_id,
							  .parent_id = ctl_option(ctl, "parent"),
							  .cursor = page->cursor,
							  .limit = page->limit };

	return ty_store_execution_list(tx, &filter, ret_items, &page->next, err);
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
		{ "waits", "WAITS" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "run", list, columns, err);
}

static enum ty_code
executions_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_err ignored = { .code = TY_OK };
	struct ty_id workspace_id, id;
	struct ty_vault *vault;
	json_t *execution;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_store_execution_get(tx, &id, &execution, err), err) != TY_OK)
		return err->code;
	if (ctl_has(ctl, "wait"))
		return ctl_follow(ctl, &workspace_id, &id, err);
	/* Without a master key the run is shown without addresses. */
	if (ty_vault_new(ctl->conf->master_key_file, &vault, &ignored) == TY_OK) {
		ty_resume_urls_add(vault, ctl->arena, ctl->conf->base_url, workspace_id.s, &id,
				   json_object_get(execution, "waits"));
		ty_vault_free(vault);
	}
	ctl_print_execution(ctl, execution);
	return TY_OK;
}

/* A page of steps; *ret_next is where the next begins, -1 = there is none yet. */
static enum ty_code
steps(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *id, json_t **ret_steps,
      int64_t *ret_next, struct ty_err *err)
{
	struct ty_store_step_filter filter = { .cursor = 0 };
	const char *status;

	if (ty_store_step_frame(ctl_option(ctl, "frame"), &filter.frame, err) != TY_OK ||
	    ctl_option_int(ctl, "limit", STEPS_DEFAULT, 1, TY_STORE_STEPS_MAX, &filter.limit,
			   err) != TY_OK ||
	    ctl_option_int(ctl, "from", 0, 0, INT32_MAX, &filter.cursor, err) != TY_OK ||
	    ty_store_execution_status(tx, id, &status, err) != TY_OK)
		return err->code;
	if (status == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "there is no run %s in this workspace",
				  id->s);
	return ty_store_step_list(tx, id, &filter, ret_steps, ret_next, err);
}

static enum ty_code
executions_steps(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;
	json_t *list;
	int64_t next;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, steps(ctl, tx, &id, &list, &next, err), err) != TY_OK)
		return err->code;
	ctl_print_items(ctl, list,
			next >= 0 ? ty_arena_printf(ctl->arena, "%lld", (long long)next) : NULL,
			ctl_step_columns);
	if (next >= 0)
		ctl_say(ctl, "--from %lld shows the next ones", (long long)next);
	return TY_OK;
}

/* The body of the call: JSON, {} where no file is named. */
static enum ty_code
resume_body(struct ctl *ctl, json_t **ret_body, struct ty_err *err)
{
	const char *path = ctl_arg(ctl, 1);
	char *text;
	size_t len;

	*ret_body = ty_json_own(ctl->arena, json_object());
	if (path == NULL)
		return TY_OK;
	if (ctl_read(ctl, path, TY_LIMIT_API_BODY_BYTES, &text, &len, err) != TY_OK)
		return err->code;
	return ty_json_parse(ctl->arena, text, len, ret_body, err);
}

static void
resume_wrong(void *ctx, const char *path, const char *msg, const char *hint)
{
	struct ty_err *err = ctx;

	if (err->code != TY_OK)
		return;
	ty_err_set(err, TY_E_INVALID, "%s %s", path, msg);
	ty_err_hint(err, "%s", hint);
}

/* Value that the wait is given: the fields of its form, or a request without headers. */
static json_t *
resume_value(struct ctl *ctl, const struct ty_wait_call *call, json_t *body, struct ty_err *err)
{
	if (call->page.is_form)
		return ty_wait_answer_take(ctl->arena, &call->page, body, resume_wrong, err);
	return ty_json_own(ctl->arena,
			   json_pack("{s:{}, s:{}, s:O}", "headers", "query", "body", body));
}

static enum ty_code
resume(struct ctl *ctl, struct ty_tx *tx, struct ty_wait_call *call, json_t *body,
       struct ty_err *err)
{
	struct ty_registry *registry;
	json_t *value;

	if (ty_nodes_load(ctl->arena, &registry, err) != TY_OK ||
	    ty_wait_call_look(tx, registry, call, err) != TY_OK)
		return err->code;
	if (call->said.status != TY_CALL_OPEN)
		return ty_wait_call_refuse(call, err);
	value = resume_value(ctl, call, body, err);
	if (err->code != TY_OK || ty_wait_call_take(tx, call, value, err) != TY_OK)
		return err->code;
	return call->said.status == TY_CALL_TAKEN ? TY_OK : ty_wait_call_refuse(call, err);
}

static enum ty_code
token_read(struct ctl *ctl, struct ty_resume *ret_token, struct ty_err *err)
{
	struct ty_vault *vault;
	enum ty_code code;

	if (ty_vault_new(ctl->conf->master_key_file, &vault, err) != TY_OK)
		return err->code;
	code = ty_resume_parse(vault, ctl->arena, ctl_arg(ctl, 0), ret_token, err);
	ty_vault_free(vault);
	return code;
}

static enum ty_code
executions_resume(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id;
	struct ty_wait_call call = { .node = NULL };
	struct ty_resume token;
	struct ty_tx *tx;
	enum ty_code code;
	json_t *body;

	/* Begin the transaction first, because it reads the settings, which name the key. */
	if (resume_body(ctl, &body, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	code = token_read(ctl, &token, err);
	if (code != TY_OK)
		return ctl_end(tx, code, err);
	call.workspace = workspace_id.s;
	call.run_id = token.run_id;
	call.node = token.node;
	call.key = ty_resume_key(ctl->arena, &token);
	if (ctl_end(tx, resume(ctl, tx, &call, body, err), err) != TY_OK)
		return err->code;
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s}", "execution_id", call.run_id.s)));
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
	if (was == TY_QUEUE_MARKED)
		return TY_OK;
	if (ty_store_execution_cancel_queued(tx, id, err) != TY_OK)
		return err->code;
	return ty_queued_cancel_below(tx, queue, err);
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

/* ---- again ---- */

static enum ty_code
replay(struct ty_tx *tx, const struct ty_id *id, const struct ty_rerun *how,
       struct ty_receipt *ret_receipt, struct ty_err *err)
{
	return ty_trigger_rerun(tx, id, how, ret_receipt, err) == TY_OK
		       ? ty_rerun_take_letter(tx, id, ret_receipt, err)
		       : err->code;
}

static enum ty_code
executions_replay(struct ctl *ctl, struct ty_err *err)
{
	struct ty_rerun how = { .same_version = ctl_has(ctl, "same-version"),
				.repeat_effects = ctl_has(ctl, "repeat-effects") };
	struct ty_id workspace_id, id, run_id;
	struct ty_receipt receipt;
	char *input = NULL;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    (ctl_has(ctl, "input") && ctl_read(ctl, ctl_option(ctl, "input"), TY_LIMIT_BODY_BYTES,
					       &input, &how.input_len, err) != TY_OK))
		return err->code;
	how.input = input;
	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, replay(tx, &id, &how, &receipt, err), err) != TY_OK ||
	    ctl_start(ctl, &receipt, &run_id, err) != TY_OK ||
	    ctl_settle_one(ctl, &workspace_id, &id, &run_id, err) != TY_OK)
		return err->code;
	return ctl_follow(ctl, &workspace_id, &run_id, err);
}

static const struct ctl_option replay_options[] = {
	{ "input", "FILE", "other items: a JSON object, or an array of them; - is standard input",
	  false },
	{ "same-version", NULL, "run the version that it ran; default the published one", false },
	{ "repeat-effects", NULL, "make also those calls again that ended well", false },
	CTL_FOLLOW_OPTIONS,
	{ .name = NULL },
};

static const struct ctl_option list_options[] = {
	{ "status", "STATUS", "queued, running, waiting, ok, error, timeout or canceled", false },
	{ "mode", "MODE",
	  "webhook, api, manual, partial, replay, schedule, called, proof, what_if or error",
	  false },
	{ "parent", "RUN", "runs that this run has begun", false },
	CTL_LIST_OPTIONS("run"),
	{ .name = NULL },
};

static const struct ctl_option show_options[] = {
	CTL_FOLLOW_OPTIONS,
	{ .name = NULL },
};

static const struct ctl_option steps_options[] = {
	{ "frame", "FRAME",
	  "only that one's: loop:3 is the fourth iteration of the node loop; root", false },
	{ "from", "N", "from that step of the run on: the next page", false },
	{ "limit", "N", "at most so many; default 200", false },
	{ .name = NULL },
};

const struct ctl_command ctl_executions_commands[] = {
	{ "executions list", "", "List the runs, newest first", list_options, executions_list },
	{ "executions show", "ID", "Show a run with its steps", show_options, executions_show },
	{ "executions steps", "ID", "Show its steps, by page and by frame", steps_options,
	  executions_steps },
	{ "executions resume", "URL [FILE]",
	  "End the wait for a call or a form; FILE is the JSON body, or the fields", NULL,
	  executions_resume },
	{ "executions cancel", "ID", "Stop a run", NULL, executions_cancel },
	{ "executions replay", "ID", "Run it again, without the effects that ended well",
	  replay_options, executions_replay },
	{ .name = NULL },
};
