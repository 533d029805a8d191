/*
 * core.called -- start when another workflow calls: what it gave is what goes out.
 *
 * "input" is checked here, before any other node runs; "output" by the node that called
 * (core_workflow_call.c), against what the last node of the run gave.
 */
#include "base/err.h"
#include "nodes/declared.h"
#include "nodes/nodes.h"

struct called_params {
	struct ty_param_list input, output;
};

static enum ty_code called_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_called = {
	TY_NODE_HEAD,
	.type = "core.called",
	.version = 1,
	.category = TY_CATEGORY_TRIGGER,
	.title = "When called",
	.summary = "Start when another workflow calls this one",
	.icon = "log-in",
	.triggers = TY_CLAIM(TY_TRIGGER_CALLED),
	.inputs = ty_ports_none,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_LIST(struct called_params, input, node_declared_rows, struct node_declared,
			    NODE_DECLARED_MAX, "Input",
			    .help = "Fields that each item must have; the run fails where one "
				    "has not."),
		TY_ROW_LIST(struct called_params, output, node_declared_rows, struct node_declared,
			    NODE_DECLARED_MAX, "Output",
			    .help = "Fields that each item of the last node has; the caller's "
				    "step fails where one has not.")),
	.params_size = sizeof(struct called_params),
	.flags = TY_NODE_PURE,
	.exec = called_exec,
};

static enum ty_code
called_exec(struct ty_step *step, struct ty_err *err)
{
	const json_t *input = json_object_get(ty_step_raw_params(step), "input");

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		if (node_declared_check(input, ty_step_json(step, i), err) != TY_OK) {
			ty_step_blame(step, i);
			ty_err_hint(err, "Give the called workflow what its trigger declares as "
					 "input, or change that.");
			return ty_err_at(err, "input");
		}
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}
