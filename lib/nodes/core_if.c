/*
 * core.if -- send each item to "true" or "false".
 *
 * Invariants:
 *   (1) Every input item leaves on exactly one port.
 *   (2) Order within a port is the input order.
 */
#include "nodes/nodes.h"

struct if_params {
	bool condition;
};

enum { OUT_TRUE, OUT_FALSE };

static const struct ty_port if_outputs[] = {
	[OUT_TRUE] = { .name = "true", .label = "True" },
	[OUT_FALSE] = { .name = "false", .label = "False" },
	{ .name = NULL },
};

static const struct ty_param if_param_table[] = {
	{ .name = "condition",
	  .label = "Condition",
	  .help = "Evaluated once per item.",
	  .placeholder = "={{ $json.amount > 100 }}",
	  .type = TY_PARAM_BOOL,
	  .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
	  .offset = offsetof(struct if_params, condition) },
	{ .name = NULL },
};

static enum ty_code
if_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct if_params *p = ty_step_params(step, i);

	return ty_step_pass(step, p->condition ? OUT_TRUE : OUT_FALSE, i, err);
}

const struct ty_node_def ty_node_core_if = {
	.type = "core.if",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "If",
	.summary = "Route items by a condition",
	.icon = "split",
	.inputs = ty_ports_one,
	.outputs = if_outputs,
	.params = if_param_table,
	.params_size = sizeof(struct if_params),
	.flags = TY_NODE_PURE,
	.each = if_each,
};
