/*
 * core.stop_error -- end the run as failed, with a message of the author's.
 */
#include "base/err.h"
#include "nodes/nodes.h"

struct stop_params {
	const char *message;
};

static enum ty_code stop_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_stop_error = {
	TY_NODE_HEAD,
	.type = "core.stop_error",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Stop with an error",
	.summary = "End the run as failed",
	.icon = "octagon-x",
	.inputs = ty_ports_one,
	.outputs = ty_ports_none,
	.params = TY_PARAMS(TY_ROW_TEXT(struct stop_params, message, 4096, "Message",
					.flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
					.help = "Shown as the error of the run.")),
	.params_size = sizeof(struct stop_params),
	.flags = TY_NODE_PURE,
	.exec = stop_exec,
};

static enum ty_code
stop_exec(struct ty_step *step, struct ty_err *err)
{
	const struct stop_params *p = ty_step_params(step, 0);

	ty_step_blame(step, 0);
	return ty_err_set(err, TY_E_INVALID, "%s", p->message);
}
