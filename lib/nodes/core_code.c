/*
 * core.code -- JavaScript of the author's, run in the sandbox.
 *
 * "all": once, over all items; gives back a list.  "each": once per item; gives back one
 * item or nothing.  The code holds no secret, file or socket; what it gives back is
 * checked by the engine before it comes here.
 */
#include "base/err.h"
#include "base/limits.h"
#include "nodes/made.h"
#include "nodes/nodes.h"

enum { MODE_ALL, MODE_EACH };

struct code_params {
	int mode;
	const char *code;
	int64_t timeout_ms;
};

static const struct ty_choice code_modes[] = {
	[MODE_ALL] = { "all", "Once for all items" },
	[MODE_EACH] = { "each", "Once for each item" },
	{ NULL, NULL },
};

static enum ty_code code_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_code = {
	TY_NODE_HEAD,
	.type = "core.code",
	.version = 1,
	.category = TY_CATEGORY_CODE,
	.title = "Code",
	.summary = "Run JavaScript over the items",
	.icon = "code",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct code_params, mode, code_modes, "Run", .def = "all"),
		TY_ROW_CODE(struct code_params, code, 262144, "Code", .flags = TY_PARAM_REQUIRED,
			    .placeholder = "return $input.all();",
			    .help = "Return the items that go on: objects, or { json: ... }."),
		TY_ROW_INT(struct code_params, timeout_ms, 10, TY_LIMIT_SANDBOX_MAX_MS,
			   "Time limit", .flags = TY_PARAM_ADVANCED, .unit = "ms", .def = "1000",
			   .help = "The code is stopped when it has used so much CPU time.")),
	.params_size = sizeof(struct code_params),
	.flags = TY_NODE_PURE,
	.exec = code_exec,
	.resume = made_emit,
};

static enum ty_code
code_exec(struct ty_step *step, struct ty_err *err)
{
	const struct code_params *p = ty_step_params(step, 0);

	return ty_step_eval(step, p->code, p->mode == MODE_EACH, p->timeout_ms, NULL, err);
}
