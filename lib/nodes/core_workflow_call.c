/*
 * core.workflow.call -- run another workflow: once with all items, or once for each.
 *
 * Invariants:
 *   (1) A call is a run of its own, begun once: the journal's intent names it.
 *   (2) A call that waits gives what the run's last node gave, which has to have the fields that
 *       core.called of the workflow declares as output.  Its failure is the caller's.
 *   (3) A call that does not wait passes its input on.
 *
 * Knows no queue: it asks the "workflow" service (service/workflow.c says what goes in and out).
 */
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/declared.h"
#include "nodes/nodes.h"

enum { MODE_ALL, MODE_EACH };

struct call_params {
	const char *workflow;
	int mode;
	bool wait;
};

static const struct ty_choice call_modes[] = {
	[MODE_ALL] = { "all", "One run for all items" },
	[MODE_EACH] = { "each", "A run for each item" },
	{ NULL, NULL },
};

static bool call_is_whole(const struct ty_node_def *def, const json_t *params);
static enum ty_code call_exec(struct ty_step *step, struct ty_err *err);
static enum ty_code call_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code call_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

const struct ty_node_def ty_node_core_workflow_call = {
	TY_NODE_HEAD,
	.type = "core.workflow.call",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Call a workflow",
	.summary = "Run another workflow with these items",
	.icon = "workflow",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ID(struct call_params, workflow, "Workflow",
			  .flags = TY_PARAM_REQUIRED | TY_PARAM_CALLED,
			  .help = "Id of a published workflow that begins with a core.called."),
		TY_ROW_ENUM(struct call_params, mode, call_modes, "Runs", .def = "all"),
		TY_ROW_BOOL(struct call_params, wait, "Wait for the end", .def = "true",
			    .help = "The items of its last node go on; else the input does, "
				    "at once.")),
	.params_size = sizeof(struct call_params),
	.flags = TY_NODE_EFFECT,
	.exec = call_exec,
	.each = call_each,
	.whole = call_is_whole,
	.resume = call_resume,
};

static bool
call_is_whole(const struct ty_node_def *def, const json_t *params)
{
	return !ty_str_eq(ty_json_str(params, "mode", "all"), "each");
}

static json_t *
item_json(struct ty_step *step, size_t i)
{
	json_t *item = json_object();
	json_t *binary = json_object_get(ty_step_item(step, i), "binary");

	json_object_set(item, "json", (json_t *)ty_step_json(step, i));
	if (binary != NULL)
		json_object_set(item, "binary", binary);
	return item;
}

/* Items from 'begin' to before 'end' are the input. */
static enum ty_code
call_make(struct ty_step *step, size_t begin, size_t end, struct ty_err *err)
{
	const struct call_params *p = ty_step_params(step, begin);
	json_t *items = json_array();
	struct ty_call call = { .service = "workflow", .in_doubt = TY_IN_DOUBT_REPEAT };

	for (size_t i = begin; i < end; i++)
		json_array_append_new(items, item_json(step, i));
	call.request = json_pack("{s:s, s:b, s:o}", "workflow", p->workflow, "wait", (int)p->wait,
				 "items", items);
	return ty_step_call(step, &call, err);
}

static enum ty_code
call_exec(struct ty_step *step, struct ty_err *err)
{
	return call_make(step, 0, ty_step_input_count(step), err);
}

static enum ty_code
call_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	return call_make(step, i, i + 1, err);
}

static enum ty_code
emit_item(struct ty_step *step, json_t *item, size_t from, struct ty_err *err)
{
	json_t *binary = json_object_get(item, "binary");

	return ty_step_emit_files(step, 0, json_incref(json_object_get(item, "json")),
				  binary != NULL ? json_incref(binary) : NULL, from, err);
}

/* Emit the items that the called run gave. */
static enum ty_code
call_emit(struct ty_step *step, const json_t *value, size_t from, struct ty_err *err)
{
	const json_t *output = json_object_get(value, "output");
	json_t *items = json_object_get(value, "items"), *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		if (node_declared_check(output, json_object_get(item, "json"), err) != TY_OK) {
			ty_err_wrap(err, "item %zu of what the called workflow gave", i);
			return ty_err_hint(err, "Let its last node give what its core.called "
						"declares as output, or change that.");
		}
		if (emit_item(step, item, from, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
call_pass(struct ty_step *step, size_t item, struct ty_err *err)
{
	size_t begin = item == SIZE_MAX ? 0 : item;
	size_t end = item == SIZE_MAX ? ty_step_input_count(step) : item + 1;

	for (size_t i = begin; i < end; i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static enum ty_code
call_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	if (json_object_get(answer->value, "items") == NULL)
		return call_pass(step, answer->item, err);
	return call_emit(step, answer->value,
			 answer->item == SIZE_MAX ? TY_FROM_NONE : answer->item, err);
}
