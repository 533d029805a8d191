/*
 * core.error -- start when a run of a workflow fails whose settings name this one as its error_workflow.
 *
 * One item: { "execution": { "id", "url", "mode", "error": { "message", "code", "node", ... },
 * "lastNodeExecuted" }, "workflow": { "id", "name" } }, made where the failed run is recorded
 * (sql/functions/call.sql).
 */
#include "nodes/nodes.h"

static enum ty_code error_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_error = {
	TY_NODE_HEAD,
	.type = "core.error",
	.version = 1,
	.category = TY_CATEGORY_TRIGGER,
	.title = "Error trigger",
	.summary = "Start when a run of another workflow fails",
	.icon = "siren",
	.triggers = TY_CLAIM(TY_TRIGGER_ERROR),
	.inputs = ty_ports_none,
	.outputs = ty_ports_one,
	.params = ty_params_none,
	.flags = TY_NODE_PURE,
	.exec = error_exec,
};

static enum ty_code
error_exec(struct ty_step *step, struct ty_err *err)
{
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}
