/*
 * core.rename_keys -- give fields of each item other names.
 *
 * Invariants:
 *   (1) One item out per item in, in order; its files stay.
 *   (2) Renames are made in the order of the list, each of what the one before left.
 *   (3) A field never takes the place of another one in silence: a name that is taken is that item's
 *       error, unless it may be overwritten.  An item without the field is none.
 */
#include "base/err.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/path.h"

#include <string.h>

struct rename {
	const char *from, *to;
};

struct rename_params {
	struct ty_param_list fields;
	bool overwrite;
};

static const struct ty_param rename_rows[] = {
	TY_ROW_STRING(struct rename, from, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "mail", .help = NODE_PATH_HELP),
	TY_ROW_STRING(struct rename, to, 500, "New name", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.email"),
	TY_ROW_END,
};

static void rename_check(const struct ty_node_def *def, const json_t *params,
			 ty_param_finding_fn found, void *ctx);
static void rename_advise(const struct ty_node_def *def, const json_t *params,
			  ty_param_finding_fn found, void *ctx);
static enum ty_code rename_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_core_rename_keys = {
	TY_NODE_HEAD,
	.type = "core.rename_keys",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Rename keys",
	.summary = "Give fields other names",
	.icon = "pencil",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_LIST(struct rename_params, fields, rename_rows, struct rename, 200, "Fields",
			    .flags = TY_PARAM_REQUIRED,
			    .help = "An item without the field stays as it is."),
		TY_ROW_BOOL(struct rename_params, overwrite, "Overwrite", .def = "false",
			    .help = "On: a field that has the new name already is lost.")),
	.params_size = sizeof(struct rename_params),
	.flags = TY_NODE_PURE,
	.check = rename_check,
	.advise = rename_advise,
	.each = rename_each,
};

static void
rename_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	     void *ctx)
{
	node_fields_check(params, "fields", "from", found, ctx);
	node_fields_check(params, "fields", "to", found, ctx);
}

static void
rename_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	      void *ctx)
{
	node_fields_advise(params, "fields", "from", found, ctx);
	node_fields_advise(params, "fields", "to", found, ctx);
}

static enum ty_code
rename_taken(const struct rename *rename, size_t f, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID,
		   "the item has a field \"%.80s\" already, so \"%.80s\" cannot "
		   "take that name",
		   rename->to, rename->from);
	ty_err_hint(err, "Rename that one first, choose another name, or let it be overwritten.");
	return ty_err_at(err, "fields[%zu].to", f);
}

/* Rename one field of 'json', which is the caller's own. */
static enum ty_code
rename_one(const struct rename_params *p, size_t f, json_t *json, struct ty_err *err)
{
	const struct rename *rename = &((const struct rename *)p->fields.items)[f];
	json_t *value = (json_t *)node_path_get(json, rename->from);

	if (value == NULL || strcmp(rename->from, rename->to) == 0)
		return TY_OK;
	json_incref(value);
	node_path_remove_as(NODE_PATH_DOTS, json, rename->from);
	if (!p->overwrite && node_path_get(json, rename->to) != NULL) {
		json_decref(value);
		return rename_taken(rename, f, err);
	}
	node_path_set(json, rename->to, value);
	return TY_OK;
}

static enum ty_code
rename_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct rename_params *p = ty_step_params(step, i);
	json_t *files = json_object_get(ty_step_item(step, i), "binary");
	json_t *json = json_copy((json_t *)ty_step_json(step, i));

	for (size_t f = 0; f < p->fields.count; f++)
		if (rename_one(p, f, json, err) != TY_OK) {
			json_decref(json);
			return err->code;
		}
	if (files != NULL)
		return ty_step_emit_files(step, 0, json, json_incref(files), i, err);
	return ty_step_emit(step, 0, json, i, err);
}
