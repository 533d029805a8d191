/*
 * cmd_run.c -- start a run by hand: of the draft, or of the version named.
 */
#include "workflow.h"

#include "base/limits.h"
#include "base/run_mode.h"
#include "intake/partial.h"
#include "intake/trigger.h"
#include "json/json.h"
#include "store/workflow.h"

#include <string.h>

static enum ty_code
make_whole(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *id,
	   const struct ty_store_version *version, const json_t *graph,
	   struct ty_receipt *ret_receipt, struct ty_err *err)
{
	const struct ty_registry *registry;
	struct ty_graph_check check;

	if (ctl_graph_check(ctl, tx, graph, TY_GRAPH_RUN, &check, err) != TY_OK ||
	    ctl_graph_require(ctl, &check, err) != TY_OK ||
	    ctl_registry(ctl, &registry, err) != TY_OK ||
	    ty_trigger_version(tx, id, version, ty_run_mode_name(TY_RUN_MODE_MANUAL), ret_receipt,
			       err) != TY_OK)
		return err->code;
	return ty_trigger_at(ctl->arena, registry, graph, ctl_option(ctl, "trigger"), ret_receipt,
			     err);
}

/* Make a part of the draft; faults of nodes that are not run do not count. */
static enum ty_code
make_part(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *id,
	  const struct ty_store_version *version, const json_t *graph,
	  const struct ty_partial_ask *ask, struct ty_receipt *ret_receipt, struct ty_err *err)
{
	const struct ty_registry *registry;
	struct ty_graph_check check;
	struct ty_partial partial;

	if (ctl_registry(ctl, &registry, err) != TY_OK ||
	    ty_trigger_version(tx, id, version, ty_run_mode_name(TY_RUN_MODE_PARTIAL), ret_receipt,
			       err) != TY_OK ||
	    ty_trigger_partial(tx, registry, graph, ask, ret_receipt, &partial, err) != TY_OK ||
	    ctl_graph_check(ctl, tx, graph, TY_GRAPH_RUN, &check, err) != TY_OK)
		return err->code;
	ty_graph_check_only(ctl->arena, &check, ty_json_arr(partial.partial, "run"));
	return ctl_graph_require(ctl, &check, err);
}

static enum ty_code
make_receipt(struct ctl *ctl, struct ty_tx *tx, const struct ty_partial_ask *ask,
	     struct ty_receipt *ret_receipt, struct ty_err *err)
{
	struct ty_store_version *version;
	struct ty_id id;
	int64_t number;
	json_t *graph;

	if (ctl_workflow_find(tx, ctl_arg(ctl, 0), &id, err) != TY_OK ||
	    ctl_option_int(ctl, "version", 0, 1, INT32_MAX, &number, err) != TY_OK ||
	    ty_store_version_load(tx, &id, number, &version, err) != TY_OK ||
	    ty_json_parse(ctl->arena, version->graph, strlen(version->graph), &graph, err) != TY_OK)
		return err->code;
	return ty_partial_is_asked(ask)
		       ? make_part(ctl, tx, &id, version, graph, ask, ret_receipt, err)
		       : make_whole(ctl, tx, &id, version, graph, ret_receipt, err);
}

/* The JSON of the file that an option names; NULL where it is not given. */
static enum ty_code
read_json(struct ctl *ctl, const char *option, json_t **ret_json, struct ty_err *err)
{
	size_t len;
	char *text;

	*ret_json = NULL;
	if (!ctl_has(ctl, option))
		return TY_OK;
	if (ctl_read(ctl, ctl_option(ctl, option), TY_LIMIT_BODY_BYTES, &text, &len, err) !=
		    TY_OK ||
	    ty_json_parse(ctl->arena, text, len, ret_json, err) != TY_OK)
		return ty_err_wrap(err, "--%s", option);
	return TY_OK;
}

static enum ty_code
run(struct ctl *ctl, struct ty_err *err)
{
	struct ty_partial_ask ask = {
		.to = ctl_option(ctl, "to"),
		.only = ctl_option(ctl, "only"),
		.from = ctl_option(ctl, "from"),
		.source_run_id = ctl_option(ctl, "source"),
		.trigger = ctl_option(ctl, "trigger"),
	};
	struct ty_id workspace_id, run_id;
	struct ty_receipt receipt;
	json_t *input, *pins;
	struct ty_tx *tx;

	if (read_json(ctl, "input", &input, err) != TY_OK ||
	    read_json(ctl, "pin", &pins, err) != TY_OK)
		return err->code;
	ask.input = input;
	ask.pins = pins;
	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, make_receipt(ctl, tx, &ask, &receipt, err), err) != TY_OK)
		return err->code;
	if (input != NULL && !ty_partial_is_asked(&ask))
		receipt.body = ty_json_dump(ctl->arena, input, &receipt.body_len);
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
	{ "version", "N", "number of the version; default the draft", false },
	{ "to", "NODE", "run what leads to that node, and it", false },
	{ "only", "NODE", "run that node alone, on what is pinned or recorded before it", false },
	{ "from", "NODE", "run that node and all behind it; the rest is taken of --source", false },
	{ "source", "RUN", "take the steps of that run instead of running them again", false },
	{ "pin", "FILE", "JSON { node: [ { \"json\": {} } ] }: items in the place of a node's",
	  false },
	CTL_FOLLOW_OPTIONS,
	{ .name = NULL },
};

const struct ctl_command ctl_run_commands[] = {
	{ "run", "WORKFLOW", "Start a run", options, run },
	{ .name = NULL },
};
