/*
 * core.loop -- run what is connected to "loop" once for each batch of the items, then go on.
 *
 * Invariants:
 *   (1) Every input item goes through the body once, in input order, "batch_size" at a time.
 *   (2) "done" gives what was led back to this node, in order: all of the first iteration, then of
 *       the second.  An iteration of which nothing comes back does not end the loop.
 *
 * The iterations are the engine's (engine/frame.c).
 */
#include "base/limits.h"
#include "nodes/nodes.h"

struct loop_params {
	int64_t batch_size;
};

static enum ty_code loop_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_loop = {
	TY_NODE_HEAD,
	.type = "core.loop",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Loop over items",
	.summary = "Repeat nodes for each batch of items",
	.icon = "repeat",
	.inputs = ty_ports_one,
	.outputs =
		TY_PORTS([TY_LOOP_DONE] = { "done", "Done" }, [TY_LOOP_BODY] = { "loop", "Loop" }),
	.params =
		TY_PARAMS(TY_ROW_INT(struct loop_params, batch_size, 1, TY_LIMIT_STEP_ITEMS,
				     "Batch size", .flags = TY_PARAM_EXPR, .def = "1",
				     .help = "Items that one iteration gets; the last one gets the "
					     "rest.")),
	.params_size = sizeof(struct loop_params),
	.flags = TY_NODE_PURE | TY_NODE_LOOP,
	.exec = loop_exec,
};

static enum ty_code
loop_exec(struct ty_step *step, struct ty_err *err)
{
	const struct loop_params *p = ty_step_params(step, 0);

	ty_step_loop(step, (size_t)p->batch_size);
	return TY_OK;
}
