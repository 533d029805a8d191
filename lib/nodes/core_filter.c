/*
 * core.filter -- keep the items for which a condition holds; order is the input order.
 */
#include "nodes/nodes.h"

struct filter_params {
	bool condition;
};

static enum ty_code filter_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_core_filter = {
	TY_NODE_HEAD,
	.type = "core.filter",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Filter",
	.summary = "Keep items that meet a condition",
	.icon = "filter",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(TY_ROW_CONDITION(struct filter_params, condition, "Keep where",
					     .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
					     .placeholder = "={{ $json.amount > 100 }}",
					     .help = NODE_CONDITION_HELP
					     " Items for which it is false go no further.")),
	.params_size = sizeof(struct filter_params),
	.flags = TY_NODE_PURE,
	.each = filter_each,
};

static enum ty_code
filter_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct filter_params *p = ty_step_params(step, i);

	return p->condition ? ty_step_pass(step, 0, i, err) : TY_OK;
}
