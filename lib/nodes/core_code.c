/*
 * core.code -- JavaScript of the author's, run in the sandbox.
 *
 * "all": once, over all items; gives back a list.  "each": once per item; gives back one
 * item or nothing.  The code holds no secret, file or socket; what it gives back is
 * checked by the engine before it comes here.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
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
static enum ty_code code_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

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
	.resume = code_resume,
};

static enum ty_code
code_exec(struct ty_step *step, struct ty_err *err)
{
	const struct code_params *p = ty_step_params(step, 0);

	return ty_step_eval(step, p->code, p->mode == MODE_EACH, p->timeout_ms, NULL, err);
}

/*
 * As many items out as in, and none of them says that it was made from another than the one in
 * its place: then each was made from that.
 */
static bool
code_pairs_by_position(struct ty_step *step, const json_t *items)
{
	json_t *item;
	size_t i;

	if (json_array_size(items) != ty_step_input_count(step))
		return false;
	json_array_foreach((json_t *)items, i, item)
	{
		const json_t *from = json_object_get(item, "from");

		if (from != NULL &&
		    (!json_is_integer(from) || json_integer_value(from) != (json_int_t)i))
			return false;
	}
	return true;
}

/* With the files that the code hands on. */
static enum ty_code
code_emit_one(struct ty_step *step, const json_t *item, json_t *json, size_t from,
	      struct ty_err *err)
{
	const json_t *view = json_object_get(item, "binary");
	json_t *binary;

	if (!json_is_object(view))
		return ty_step_emit(step, 0, json, from, err);
	if (ty_step_files_named(step, view, from, &binary, err) != TY_OK) {
		json_decref(json);
		return err->code;
	}
	return ty_step_emit_files(step, 0, json, binary, from, err);
}

/* 'from' as the code says, by position where it may be told by that, none where neither does. */
static enum ty_code
code_emit(struct ty_step *step, const json_t *item, size_t position, struct ty_err *err)
{
	const json_t *from = json_object_get(item, "from");
	json_t *json = json_incref(json_object_get(item, "json"));
	size_t count = json_array_size(from);
	struct ty_from *list;

	if (!json_is_array(from))
		return code_emit_one(step, item, json,
				     from != NULL ? (size_t)json_integer_value(from) : position,
				     err);
	list = ty_arena_alloc_array(ty_step_arena(step), count, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i].item = (size_t)json_integer_value(json_array_get(from, i));
	return ty_step_emit_from(step, 0, json, list, count, err);
}

static enum ty_code
code_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	bool by_position;
	json_t *item;
	size_t i;

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	by_position = code_pairs_by_position(step, answer->value);
	json_array_foreach((json_t *)answer->value, i, item)
	{
		size_t position = by_position ? i : TY_FROM_NONE;

		/* With one item in, whatever comes out was made from it. */
		if (ty_step_input_count(step) == 1)
			position = 0;
		if (code_emit(step, item, position, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}
