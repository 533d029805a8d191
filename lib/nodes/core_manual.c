/*
 * core.manual -- start by hand (or by the API): what was given is what goes out.
 */
#include "nodes/nodes.h"

static enum ty_code manual_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_manual = {
	TY_NODE_HEAD,
	.type = "core.manual",
	.version = 1,
	.category = TY_CATEGORY_TRIGGER,
	.title = "Manual",
	.summary = "Start by hand or by an API call",
	.icon = "play",
	.triggers = TY_CLAIM(TY_TRIGGER_MANUAL),
	.inputs = ty_ports_none,
	.outputs = ty_ports_one,
	.params = ty_params_none,
	.flags = TY_NODE_PURE,
	.exec = manual_exec,
};

static enum ty_code
manual_exec(struct ty_step *step, struct ty_err *err)
{
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}
