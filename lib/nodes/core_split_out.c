/*
 * core.split_out -- an item for each element of a list that an item has.
 *
 * Invariants:
 *   (1) Elements leave in the order of their list, each made from its own input item.
 *   (2) An element that is an object is the new item, unless other fields or a name are kept: then it
 *       stands, as any other element, in a field.
 *   (3) An object is split by its members; any other value that is no list is the one element.
 *   (4) An item without the field fails, unless it is said to go on or away: it is not lost in silence.
 */
#include "base/err.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/path.h"

enum { MISSING_FAIL, MISSING_PASS, MISSING_DROP };

struct split_params {
	const char *field, *into;
	bool include_other;
	int missing;
};

static const struct ty_choice split_missings[] = {
	[MISSING_FAIL] = { "fail", "It fails" },
	[MISSING_PASS] = { "pass", "It goes on as it is" },
	[MISSING_DROP] = { "drop", "It goes no further" },
	{ NULL, NULL },
};

static void split_check(const struct ty_node_def *def, const json_t *params,
			ty_param_finding_fn found, void *ctx);
static void split_advise(const struct ty_node_def *def, const json_t *params,
			 ty_param_finding_fn found, void *ctx);
static enum ty_code split_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_core_split_out = {
	TY_NODE_HEAD,
	.type = "core.split_out",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Split out",
	.summary = "Make an item of each element of a list",
	.icon = "list-tree",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_STRING(struct split_params, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
			      .placeholder = "order.lines", .help = NODE_PATH_HELP),
		TY_ROW_BOOL(struct split_params, include_other, "Keep other fields", .def = "false",
			    .help = "On: each new item has all of its input item, files too, with "
				    "the element in the list's place."),
		TY_ROW_STRING(struct split_params, into, 500, "Field for the element", .def = "",
			      .help = "Empty: an object is the item itself; what is none stands "
				      "under the last name of the list's path."),
		TY_ROW_ENUM(struct split_params, missing, split_missings,
			    "An item without the field", .def = "fail")),
	.params_size = sizeof(struct split_params),
	.flags = TY_NODE_PURE,
	.check = split_check,
	.advise = split_advise,
	.each = split_each,
};

static const char *const path_params[] = { "field", "into" };

static void
split_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	    void *ctx)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(path_params); i++) {
		const char *path = ty_json_str(params, path_params[i], "");

		if (path[0] != '\0' && !node_path_is_valid(path))
			found(ctx, path_params[i], NODE_PATH_BROKEN, NODE_PATH_HELP);
	}
}

static void
split_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	     void *ctx)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(path_params); i++)
		if (node_path_is_doubtful(ty_json_str(params, path_params[i], "")))
			found(ctx, path_params[i], NODE_PATH_DOUBT, NODE_PATH_HELP);
}

static enum ty_code
split_missing(struct ty_step *step, const struct split_params *p, size_t i, struct ty_err *err)
{
	if (p->missing == MISSING_PASS)
		return ty_step_pass(step, 0, i, err);
	if (p->missing == MISSING_DROP)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "the item has no field \"%.100s\"", p->field);
	ty_err_hint(err, "Correct the name, or choose what becomes of an item without the field.");
	return ty_err_at(err, "field");
}

/* The new item of an element; new reference. */
static json_t *
element_json(struct ty_step *step, const struct split_params *p, const json_t *base,
	     json_t *element)
{
	bool has_into = p->into != NULL && p->into[0] != '\0';
	json_t *json;

	if (!p->include_other && !has_into && json_is_object(element))
		return json_incref(element);
	json = p->include_other ? json_copy((json_t *)base) : json_object();
	if (p->include_other && has_into)
		node_path_remove_as(NODE_PATH_DOTS, json, p->field);
	if (has_into || p->include_other)
		node_path_set(json, has_into ? p->into : p->field, json_incref(element));
	else
		json_object_set(json, node_path_last(ty_step_arena(step), p->field), element);
	return json;
}

static enum ty_code
element_emit(struct ty_step *step, const struct split_params *p, const json_t *base,
	     json_t *element, size_t i, struct ty_err *err)
{
	json_t *json = element_json(step, p, base, element);
	json_t *files = json_object_get(ty_step_item(step, i), "binary");

	if (p->include_other && files != NULL)
		return ty_step_emit_files(step, 0, json, json_incref(files), i, err);
	return ty_step_emit(step, 0, json, i, err);
}

static enum ty_code
split_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct split_params *p = ty_step_params(step, i);
	const json_t *base = ty_step_json(step, i);
	json_t *list = (json_t *)node_path_get(base, p->field), *element;
	const char *key;
	size_t n;

	if (list == NULL)
		return split_missing(step, p, i, err);
	if (!json_is_array(list) && !json_is_object(list))
		return element_emit(step, p, base, list, i, err);
	json_array_foreach(list, n, element) if (element_emit(step, p, base, element, i, err) !=
						 TY_OK) return err->code;
	if (json_is_object(list))
		json_object_foreach(list, key,
				    element) if (element_emit(step, p, base, element, i, err) !=
						 TY_OK) return err->code;
	return TY_OK;
}
