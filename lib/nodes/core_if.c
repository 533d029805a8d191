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

static enum ty_code if_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_core_if = {
	TY_NODE_HEAD,
	.type = "core.if",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "If",
	.summary = "Route items by a condition",
	.icon = "split",
	.inputs = ty_ports_one,
	.outputs = TY_PORTS([OUT_TRUE] = { "true", "True" }, [OUT_FALSE] = { "false", "False" }),
	.params = TY_PARAMS(TY_ROW_CONDITION(struct if_params, condition, "Condition",
					     .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
					     .placeholder = "={{ $json.amount > 100 }}",
					     .help = NODE_CONDITION_HELP)),
	.params_size = sizeof(struct if_params),
	.flags = TY_NODE_PURE,
	.each = if_each,
};

static enum ty_code
if_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct if_params *p = ty_step_params(step, i);

	return ty_step_pass(step, p->condition ? OUT_TRUE : OUT_FALSE, i, err);
}
