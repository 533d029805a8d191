/*
 * core.noop -- do nothing: items pass as they are.  A place to join lines or to end one.
 */
#include "nodes/nodes.h"

static enum ty_code noop_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_noop = {
	TY_NODE_HEAD,
	.type = "core.noop",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "No operation",
	.summary = "Pass items on unchanged",
	.icon = "arrow-right",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = ty_params_none,
	.flags = TY_NODE_PURE,
	.exec = noop_exec,
};

static enum ty_code
noop_exec(struct ty_step *step, struct ty_err *err)
{
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}
