/*
 * core.limit -- pass on the first or the last items, and no more.  Order is that of the input.
 */
#include "base/limits.h"
#include "nodes/nodes.h"

enum { KEEP_FIRST, KEEP_LAST };

struct limit_params {
	int64_t max_items;
	int keep;
};

static const struct ty_choice limit_keeps[] = {
	[KEEP_FIRST] = { "first", "The first" },
	[KEEP_LAST] = { "last", "The last" },
	{ NULL, NULL },
};

static enum ty_code limit_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_limit = {
	TY_NODE_HEAD,
	.type = "core.limit",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Limit",
	.summary = "Pass on only so many items",
	.icon = "list-end",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_INT(struct limit_params, max_items, 1, TY_LIMIT_STEP_ITEMS, "Items at most",
			   .flags = TY_PARAM_EXPR, .def = "1"),
		TY_ROW_ENUM(struct limit_params, keep, limit_keeps, "Keep", .def = "first")),
	.params_size = sizeof(struct limit_params),
	.flags = TY_NODE_PURE,
	.exec = limit_exec,
};

static enum ty_code
limit_exec(struct ty_step *step, struct ty_err *err)
{
	const struct limit_params *p = ty_step_params(step, 0);
	size_t all = ty_step_input_count(step), max = (size_t)p->max_items;
	size_t count = all < max ? all : max, begin = p->keep == KEEP_LAST ? all - count : 0;

	for (size_t i = begin; i < begin + count; i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}
