/*
 * cmd_run.c -- start a run by hand: of the draft, or of the version named.
 */
#include "workflow.h"

#include "base/limits.h"
#include "base/run_mode.h"
#include "intake/trigger.h"
#include "json/json.h"
#include "store/workflow.h"

#include <string.h>

static enum ty_code
make_receipt(struct ctl *ctl, struct ty_tx *tx, struct ty_receipt *ret_receipt, struct ty_err *err)
{
	const struct ty_registry *registry;
	struct ty_store_version *version;
	struct ty_graph_check check;
	struct ty_id id;
	int64_t number;
	json_t *graph;

	if (ctl_workflow_find(tx, ctl_arg(ctl, 0), &id, err) != TY_OK ||
	    ctl_option_int(ctl, "version", 0, 1, INT32_MAX, &number, err) != TY_OK ||
	    ty_store_version_load(tx, &id, number, &version, err) != TY_OK ||
	    ty_json_parse(ctl->arena, version->graph, strlen(version->graph), &graph, err) !=
		    TY_OK ||
	    ctl_graph_check(ctl, tx, graph, TY_GRAPH_RUN, &check, err) != TY_OK ||
	    ctl_graph_require(ctl, &check, err) != TY_OK ||
	    ctl_registry(ctl, &registry, err) != TY_OK)
		return err->code;
	if (ty_trigger_version(tx, &id, version, ty_run_mode_name(TY_RUN_MODE_MANUAL), ret_receipt,
			       err) != TY_OK)
		return err->code;
	return ty_trigger_at(ctl->arena, registry, graph, ctl_option(ctl, "trigger"), ret_receipt,
			     err);
}

static enum ty_code
run(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, run_id;
	struct ty_receipt receipt;
	struct ty_tx *tx;
	char *input = NULL;
	size_t len = 0;

	if (ctl_has(ctl, "input") && ctl_read(ctl, ctl_option(ctl, "input"), TY_LIMIT_BODY_BYTES,
					      &input, &len, err) != TY_OK)
		return err->code;
	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, make_receipt(ctl, tx, &receipt, err), err) != TY_OK)
		return err->code;
	if (input != NULL) {
		receipt.body = input;
		receipt.body_len = len;
	}
	if (ctl_start(ctl, &receipt, &run_id, err) != TY_OK)
		return err->code;
	return ctl_follow(ctl, &workspace_id, &run_id, err);
}

static const struct ctl_option options[] = {
	{ "input", "FILE", "a JSON object, or an array of them: the items; - is standard input",
	  false },
	{ "trigger", "NODE",
	  "id of the trigger to begin at; default the manual one, or the one that the world fires",
	  false },
	{ "version", "N", "that version; default the draft", false },
	CTL_FOLLOW_OPTIONS,
	{ .name = NULL },
};

const struct ctl_command ctl_run_commands[] = {
	{ "run", "WORKFLOW", "Start a run", options, run },
	{ .name = NULL },
};
