/*
 * core.set -- give each item new fields.
 *
 * Invariants:
 *   (1) One item out per item in, in order.
 *   (2) Assignments are made in the order of the list; a later one sees none of the earlier.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "nodes/path.h"
#include "nodes/value.h"

#include <stdio.h>
#include <string.h>

struct assignment {
	const char *name;
	int type;
	json_t *value;
};

struct set_params {
	struct ty_param_list assignments;
	bool include_other;
};

static const struct ty_choice set_types[] = {
	[NODE_VALUE_STRING] = { "string", "Text" },
	[NODE_VALUE_NUMBER] = { "number", "Number" },
	[NODE_VALUE_BOOLEAN] = { "boolean", "Yes or no" },
	[NODE_VALUE_JSON] = { "json", "Any JSON" },
	[NODE_VALUE_ANY] = { "any", "As it is" },
	{ NULL, NULL },
};

static const struct ty_param set_rows[] = {
	TY_ROW_STRING(struct assignment, name, 500, "Name", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.name",
		      .help = "A field of the item. " NODE_PATH_HELP),
	TY_ROW_ENUM(struct assignment, type, set_types, "Type", .def = "string"),
	TY_ROW_JSON(struct assignment, value, "Value", .flags = TY_PARAM_EXPR,
		    .help = "Converted to the type (As it is: not at all); what is not there "
			    "becomes null."),
	TY_ROW_END,
};

static void set_check(const struct ty_node_def *def, const json_t *params,
		      ty_param_finding_fn found, void *ctx);
static void set_advise(const struct ty_node_def *def, const json_t *params,
		       ty_param_finding_fn found, void *ctx);
static enum ty_code set_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_core_set = {
	TY_NODE_HEAD,
	.type = "core.set",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Set",
	.summary = "Set fields of each item",
	.icon = "pencil",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(TY_ROW_LIST(struct set_params, assignments, set_rows, struct assignment,
					200, "Fields"),
			    TY_ROW_BOOL(struct set_params, include_other, "Keep other fields",
					.def = "false",
					.help = "Off: the item has only the fields set here.")),
	.params_size = sizeof(struct set_params),
	.flags = TY_NODE_PURE,
	.check = set_check,
	.advise = set_advise,
	.each = set_each,
};

/* Report the names that 'is_odd' picks. */
static void
set_names(const json_t *params, bool (*is_odd)(const char *name), const char *why,
	  ty_param_finding_fn found, void *ctx)
{
	const json_t *list = json_object_get(params, "assignments"), *entry;
	size_t i;

	json_array_foreach((json_t *)list, i, entry)
	{
		const char *name = json_string_value(json_object_get(entry, "name"));
		char path[64];

		if (name == NULL || name[0] == '\0' || !is_odd(name))
			continue;
		snprintf(path, sizeof(path), "assignments[%zu].name", i);
		found(ctx, path, why, NODE_PATH_HELP);
	}
}

static bool
name_is_broken(const char *name)
{
	return !node_path_is_valid(name);
}

/* Text where it is none of them: that is a finding of its own. */
static enum node_value_type
type_of(const char *word)
{
	for (size_t type = 0; set_types[type].value != NULL; type++) {
		if (ty_str_eq(set_types[type].value, word))
			return (enum node_value_type)type;
	}
	return NODE_VALUE_STRING;
}

/* A text that is written there and never becomes its type fails every item. */
static void
set_values(const json_t *params, ty_param_finding_fn found, void *ctx)
{
	const json_t *list = json_object_get(params, "assignments"), *entry;
	struct ty_arena *arena = ty_arena_new(NULL, "set", 0);
	size_t i;

	json_array_foreach((json_t *)list, i, entry)
	{
		json_t *value = json_object_get(entry, "value"), *ignored = NULL;
		struct ty_err err = { TY_OK };
		char path[64];

		if (!json_is_string(value) || json_string_value(value)[0] == '=')
			continue;
		if (node_value_as(arena, type_of(ty_json_str(entry, "type", "string")), value,
				  &ignored, &err) != TY_OK) {
			snprintf(path, sizeof(path), "assignments[%zu].value", i);
			found(ctx, path, err.msg, err.hint);
		}
		json_decref(ignored);
	}
	ty_arena_free(arena);
}

static void
set_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found, void *ctx)
{
	set_names(params, name_is_broken, "has an empty part", found, ctx);
	set_values(params, found, ctx);
}

static void
set_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	   void *ctx)
{
	set_names(params, node_path_is_doubtful, NODE_PATH_DOUBT, found, ctx);
}

/*
 * Without dots nothing in a field is looked at, so payload references may stay as they
 * are; a path into one needs it whole.
 */
static const json_t *
set_base(struct ty_step *step, const struct set_params *p, size_t i)
{
	const struct assignment *list = p->assignments.items;

	for (size_t a = 0; a < p->assignments.count; a++)
		if (node_path_is_nested(list[a].name))
			return ty_step_json(step, i);
	return json_object_get(ty_step_item(step, i), "json");
}

/*
 * Is the value's text the author's own, to be read as JSON?  What an expression gives keeps its
 * type; but text that begins with a bracket, with expressions within, is JSON that he wrote.
 */
static bool
value_is_written(const struct ty_step *step, size_t a)
{
	const json_t *list = json_object_get(ty_step_raw_params(step), "assignments");
	const char *text = json_string_value(json_object_get(json_array_get(list, a), "value"));

	if (text == NULL || text[0] != '=')
		return true;
	text += 1 + strspn(text + 1, " \t\r\n");
	return text[0] == '[' || (text[0] == '{' && text[1] != '{');
}

static enum node_value_type
value_type(const struct ty_step *step, const struct assignment *list, size_t a)
{
	if (list[a].type == NODE_VALUE_JSON && !value_is_written(step, a))
		return NODE_VALUE_ANY;
	return (enum node_value_type)list[a].type;
}

static enum ty_code
set_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct set_params *p = ty_step_params(step, i);
	const struct assignment *list = p->assignments.items;
	json_t *json = p->include_other ? json_copy((json_t *)set_base(step, p, i)) : json_object();
	json_t *files;
	json_t *value;

	for (size_t a = 0; a < p->assignments.count; a++) {
		if (node_value_as(ty_step_arena(step), value_type(step, list, a), list[a].value,
				  &value, err) != TY_OK) {
			json_decref(json);
			return ty_err_at(err, "assignments[%zu].value", a);
		}
		node_path_set(json, list[a].name, value);
	}
	files = json_object_get(ty_step_item(step, i), "binary");
	if (p->include_other && files != NULL)
		return ty_step_emit_files(step, 0, json, json_incref(files), i, err);
	return ty_step_emit(step, 0, json, i, err);
}
