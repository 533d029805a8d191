/*
 * data.jq -- a jq filter over the items, by libjq in the jail of tyboo-parse.
 *
 * "each": once per item, over its JSON.  "all": once, over the list of them.  Each result is an
 * item: an object as it is, any other value as { "value": ... }.
 */
#include "base/limits.h"
#include "json/json.h"
#include "nodes/made.h"
#include "node/tool.h"
#include "nodes/nodes.h"

enum { MODE_EACH, MODE_ALL };

struct jq_params {
	int mode;
	const char *filter;
	int64_t timeout_ms;
};

static const struct ty_choice jq_modes[] = {
	[MODE_EACH] = { "each", "Once for each item" },
	[MODE_ALL] = { "all", "Once for the list of all items" },
	{ NULL, NULL },
};

static enum ty_code jq_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_data_jq = {
	TY_NODE_HEAD,
	.type = "data.jq",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "jq",
	.summary = "Reshape items with a jq filter",
	.icon = "filter",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_TEXT(
			struct jq_params, filter, 65536, "Filter", .flags = TY_PARAM_REQUIRED,
			.placeholder = ".orders[] | { id, total: (.lines | map(.price) | add) }",
			.help = "jq 1.6. now is the run's clock; numbers are doubles, so longer "
				"integers lose digits."),
		TY_ROW_ENUM(struct jq_params, mode, jq_modes, "Run", .def = "each"),
		TY_ROW_INT(struct jq_params, timeout_ms, 10, TY_LIMIT_SANDBOX_MAX_MS, "Time limit",
			   .flags = TY_PARAM_ADVANCED, .unit = "ms", .def = "1000",
			   .help = "The filter is stopped when it has used so much CPU time.")),
	.params_size = sizeof(struct jq_params),
	.flags = TY_NODE_PURE,
	.exec = jq_exec,
	.resume = made_emit,
};

static enum ty_code
jq_exec(struct ty_step *step, struct ty_err *err)
{
	const struct jq_params *p = ty_step_params(step, 0);

	return ty_step_tool(step, "jq", json_pack("{s:s}", "filter", p->filter),
			    p->mode == MODE_EACH, p->timeout_ms, NULL, err);
}
