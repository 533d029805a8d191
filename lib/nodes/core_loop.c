/*
 * core.loop -- run what is connected to "loop" again and again, then go on from "done".
 *
 *   batches   once for each batch of the items
 *   items     once for each item
 *   while     with all items, then with what came back, as long as the condition holds
 *
 * Invariants:
 *   (1) batches, items: every input item goes through the body once, in input order.  "done" gives
 *       what was led back to this node, in order: all of the first iteration, then of the second.
 *       An iteration of which nothing comes back does not end the loop.
 *   (2) while: "done" gives what the condition no longer holds for: what came back last, or the
 *       input where it never held.
 *
 * The iterations are the engine's (engine/frame.c, engine/repeat.c).
 */
#include "base/err.h"
#include "base/limits.h"
#include "nodes/nodes.h"

enum { MODE_BATCHES, MODE_ITEMS, MODE_WHILE };
enum { CEILING_FAIL, CEILING_DONE };

struct loop_params {
	int mode, at_ceiling;
	int64_t batch_size, max_iterations;
	bool condition;
};

static const struct ty_choice loop_modes[] = {
	[MODE_BATCHES] = { "batches", "For each batch of items" },
	[MODE_ITEMS] = { "items", "For each item" },
	[MODE_WHILE] = { "while", "While a condition holds" },
	{ NULL, NULL },
};

static const struct ty_choice loop_ceilings[] = {
	[CEILING_FAIL] = { "fail", "Fail" },
	[CEILING_DONE] = { "done", "Go on from Done" },
	{ NULL, NULL },
};

static enum ty_code loop_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_loop = {
	TY_NODE_HEAD,
	.type = "core.loop",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Loop over items",
	.summary = "Repeat nodes for batches of items, or while a condition holds",
	.icon = "repeat",
	.inputs = ty_ports_one,
	.outputs =
		TY_PORTS([TY_LOOP_DONE] = { "done", "Done" }, [TY_LOOP_BODY] = { "loop", "Loop" }),
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct loop_params, mode, loop_modes, "Repeat", .def = "batches"),
		TY_ROW_INT(struct loop_params, batch_size, 1, TY_LIMIT_STEP_ITEMS, "Batch size",
			   .flags = TY_PARAM_EXPR, .def = "1", .show_when = "mode=batches",
			   .help = "Items that one iteration gets; the last one gets the rest."),
		TY_ROW_CONDITION(struct loop_params, condition, "Condition",
				 .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
				 .show_when = "mode=while",
				 .placeholder = "={{ $json.next !== null }}",
				 .help = NODE_CONDITION_FORMS
				 " Asked before each iteration, of the first of the items that "
				 "it would get. $runIndex counts iterations from 0."),
		TY_ROW_INT(struct loop_params, max_iterations, 1, TY_LIMIT_LOOP_ITERATIONS,
			   "Iterations at most", .def = "100", .show_when = "mode=while"),
		TY_ROW_ENUM(struct loop_params, at_ceiling, loop_ceilings,
			    "If it still holds after them", .def = "fail",
			    .show_when = "mode=while")),
	.params_size = sizeof(struct loop_params),
	.flags = TY_NODE_PURE | TY_NODE_LOOP,
	.exec = loop_exec,
};

static enum ty_code
while_done(struct ty_step *step, struct ty_err *err)
{
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, TY_LOOP_DONE, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static enum ty_code
while_exec(struct ty_step *step, const struct loop_params *p, struct ty_err *err)
{
	bool is_last = ty_step_iteration(step) == (size_t)p->max_iterations;

	if (!p->condition || (is_last && p->at_ceiling == CEILING_DONE))
		return while_done(step, err);
	if (is_last) {
		ty_err_set(err, TY_E_LIMIT, "the condition still holds after %lld iterations",
			   (long long)p->max_iterations);
		ty_err_hint(err, "Raise \"Iterations at most\", or let the body change what the "
				 "condition looks at.");
		return ty_err_at(err, "max_iterations");
	}
	ty_step_repeat(step);
	return TY_OK;
}

static enum ty_code
loop_exec(struct ty_step *step, struct ty_err *err)
{
	const struct loop_params *p = ty_step_params(step, 0);

	if (p->mode == MODE_WHILE)
		return while_exec(step, p, err);
	ty_step_loop(step, p->mode == MODE_ITEMS ? 1 : (size_t)p->batch_size);
	return TY_OK;
}
