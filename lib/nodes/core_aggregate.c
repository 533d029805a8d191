/*
 * core.aggregate -- one item of all: the values of some fields as lists, or all items as one list.
 *
 * Invariants:
 *   (1) One item leaves, made from all input items; none where none came.
 *   (2) Order within a list is the input order.
 *   (3) What is missing or null is left out, unless it is kept as null; the step says how many were,
 *       because lists of different fields then no longer fit place by place.
 */
#include "base/arena.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/path.h"

#include <stdio.h>
#include <string.h>

enum { MODE_FIELDS, MODE_ITEMS };

struct aggregate_field {
	const char *field, *into;
};

struct aggregate_params {
	int mode;
	struct ty_param_list fields;
	const char *into;
	bool keep_missing;
};

static const struct ty_choice aggregate_modes[] = {
	[MODE_FIELDS] = { "fields", "A list for each field" },
	[MODE_ITEMS] = { "items", "One list of the items" },
	{ NULL, NULL },
};

static const struct ty_param aggregate_rows[] = {
	TY_ROW_STRING(struct aggregate_field, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.name", .help = NODE_PATH_HELP),
	TY_ROW_STRING(struct aggregate_field, into, 500, "Field for the list", .def = "",
		      .help = "Empty: the last name of the field's path."),
	TY_ROW_END,
};

static void aggregate_check(const struct ty_node_def *def, const json_t *params,
			    ty_param_finding_fn found, void *ctx);
static enum ty_code aggregate_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_aggregate = {
	TY_NODE_HEAD,
	.type = "core.aggregate",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Aggregate",
	.summary = "Make one item of all, with lists of their values",
	.icon = "layers",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct aggregate_params, mode, aggregate_modes, "Make",
			    .def = "fields"),
		TY_ROW_LIST(struct aggregate_params, fields, aggregate_rows, struct aggregate_field,
			    100, "Fields", .flags = TY_PARAM_REQUIRED, .show_when = "mode=fields"),
		TY_ROW_STRING(struct aggregate_params, into, 500, "Field for the list",
			      .def = "data", .show_when = "mode=items"),
		TY_ROW_BOOL(struct aggregate_params, keep_missing, "Keep missing values",
			    .def = "false", .show_when = "mode=fields",
			    .help = "On: an item without the field gives null, so that lists of "
				    "several fields fit place by place.")),
	.params_size = sizeof(struct aggregate_params),
	.flags = TY_NODE_PURE | TY_NODE_GATHERS,
	.check = aggregate_check,
	.advise = node_path_advise_fields,
	.exec = aggregate_exec,
};

/* Name of the list of a raw or bound entry. */
static const char *
into_of(struct ty_arena *arena, const char *field, const char *into)
{
	return into != NULL && into[0] != '\0' ? into : node_path_last(arena, field);
}

/* Two lists of one name: the second would take the first one's place. */
static void
check_names(const json_t *params, ty_param_finding_fn found, void *ctx)
{
	const json_t *list = json_object_get(params, "fields");
	struct ty_arena *arena = ty_arena_new(NULL, "aggregate", 0);
	size_t count = json_array_size(list);
	const char **names = ty_arena_alloc_array(arena, count + 1, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		const json_t *entry = json_array_get(list, i);
		const char *field = ty_json_str(entry, "field", "");
		char place[64];

		names[i] = into_of(arena, field, ty_json_str(entry, "into", ""));
		snprintf(place, sizeof(place), "fields[%zu].into", i);
		for (size_t other = 0; other < i; other++)
			if (strcmp(names[other], names[i]) == 0)
				found(ctx, place, "is the name of another list, or stands for one",
				      "Give each list a name of its own.");
	}
	ty_arena_free(arena);
}

static void
aggregate_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		void *ctx)
{
	const char *into = ty_json_str(params, "into", "data");

	node_path_check_fields(def, params, found, ctx);
	node_fields_check(params, "fields", "into", found, ctx);
	if (into[0] == '\0' || !node_path_is_valid(into))
		found(ctx, "into", NODE_PATH_BROKEN, NODE_PATH_HELP);
	check_names(params, found, ctx);
}

/* The values of a field; new reference. */
static json_t *
field_list(struct ty_step *step, const struct aggregate_params *p, const char *field)
{
	size_t count = ty_step_input_count(step), left_out = 0;
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *value = (json_t *)node_path_get(ty_step_json(step, i), field);

		if (value != NULL && !json_is_null(value))
			json_array_append(list, value);
		else if (p->keep_missing)
			json_array_append_new(list, json_null());
		else
			left_out++;
	}
	if (left_out > 0)
		ty_step_notice(step, "values_left_out",
			       "%zu of %zu items have no \"%.60s\", or null, and are not in its "
			       "list. Keep missing values to have null in their places.",
			       left_out, count, field);
	return list;
}

static json_t *
all_items(struct ty_step *step)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ty_step_input_count(step); i++)
		json_array_append(list, (json_t *)ty_step_json(step, i));
	return list;
}

static json_t *
aggregate_json(struct ty_step *step, const struct aggregate_params *p)
{
	const struct aggregate_field *fields = p->fields.items;
	json_t *json = json_object();

	if (p->mode == MODE_ITEMS) {
		node_path_set(json, p->into, all_items(step));
		return json;
	}
	for (size_t f = 0; f < p->fields.count; f++)
		node_path_set(json, into_of(ty_step_arena(step), fields[f].field, fields[f].into),
			      field_list(step, p, fields[f].field));
	return json;
}

static enum ty_code
aggregate_exec(struct ty_step *step, struct ty_err *err)
{
	size_t count = ty_step_input_count(step);

	if (count == 0)
		return TY_OK;
	return ty_step_emit_from(step, 0, aggregate_json(step, ty_step_params(step, 0)),
				 node_from_all(step, count), count, err);
}
