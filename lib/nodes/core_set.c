/*
 * core.set -- give each item new fields.
 *
 * Invariants:
 *   (1) One item out per item in, in order.
 *   (2) Assignments are made in the order of the list; a later one sees none of the earlier.
 *   (3) Which other fields stay is settled first, so what is set here is there whatever they are.
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

struct field {
	const char *name;
};

struct set_params {
	struct ty_param_list assignments, fields;
	bool include_other;
	int mode, other_fields, paths;
	json_t *json;
};

#define SET_NO_OBJECT	   "the JSON is no object"
#define SET_NO_OBJECT_HINT "Name the fields, as in { \"field\": value }."

enum { MODE_FIELDS, MODE_JSON };

static const struct ty_choice set_modes[] = {
	[MODE_FIELDS] = { "fields", "Field by field" },
	[MODE_JSON] = { "json", "As JSON" },
	{ NULL, NULL },
};

enum { OTHER_ALL, OTHER_SELECTED, OTHER_EXCEPT };

static const struct ty_choice set_others[] = {
	[OTHER_ALL] = { "all", "All" },
	[OTHER_SELECTED] = { "selected", "Those named" },
	[OTHER_EXCEPT] = { "except", "All but those named" },
	{ NULL, NULL },
};

static const struct ty_choice set_types[] = {
	[NODE_VALUE_STRING] = { "string", "Text" },
	[NODE_VALUE_NUMBER] = { "number", "Number" },
	[NODE_VALUE_BOOLEAN] = { "boolean", "Yes or no" },
	[NODE_VALUE_JSON] = { "json", "Any JSON" },
	[NODE_VALUE_ANY] = { "any", "As it is" },
	{ NULL, NULL },
};

static const struct ty_param field_rows[] = {
	TY_ROW_STRING(struct field, name, 500, "Name", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.name"),
	TY_ROW_END,
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
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct set_params, mode, set_modes, "Set", .def = "fields"),
		TY_ROW_LIST(struct set_params, assignments, set_rows, struct assignment, 200,
			    "Fields", .show_when = "mode=fields"),
		TY_ROW_JSON(struct set_params, json, "JSON",
			    .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR | TY_PARAM_JSON_TEXT,
			    .show_when = "mode=json",
			    .placeholder = "={ \"text\": \"{{ $json.m }}\" }",
			    .help = "An object: the fields that are set. A value that is put into "
				    "one of its texts is escaped."),
		TY_ROW_BOOL(struct set_params, include_other, "Keep other fields", .def = "false",
			    .help = "Off: the item has only the fields set here."),
		TY_ROW_ENUM(struct set_params, other_fields, set_others, "Which of them",
			    .def = "all", .show_when = "include_other=true"),
		TY_ROW_LIST(struct set_params, fields, field_rows, struct field, 200,
			    "Fields that stay, or go", .flags = TY_PARAM_REQUIRED,
			    .show_when = "include_other=true;other_fields=selected,except",
			    .help = "Fields that an item lacks are no fault."),
		TY_ROW_ENUM(struct set_params, paths, node_path_ways, "Names of fields",
			    .def = "dots", .flags = TY_PARAM_ADVANCED)),
	.params_size = sizeof(struct set_params),
	.flags = TY_NODE_PURE,
	.check = set_check,
	.advise = set_advise,
	.each = set_each,
};

static enum node_path_way
way_of(const json_t *params)
{
	const char *word = ty_json_str(params, "paths", "dots");

	for (size_t way = 0; node_path_ways[way].value != NULL; way++) {
		if (ty_str_eq(node_path_ways[way].value, word))
			return (enum node_path_way)way;
	}
	return NODE_PATH_DOTS;
}

/* Report the names in a list that 'is_odd' picks. */
static void
set_names(const json_t *params, const char *member,
	  bool (*is_odd)(enum node_path_way way, const char *name), const char *why,
	  ty_param_finding_fn found, void *ctx)
{
	const json_t *list = json_object_get(params, member), *entry;
	size_t i;

	json_array_foreach((json_t *)list, i, entry)
	{
		const char *name = json_string_value(json_object_get(entry, "name"));
		char path[64];

		if (name == NULL || name[0] == '\0' || !is_odd(way_of(params), name))
			continue;
		snprintf(path, sizeof(path), "%s[%zu].name", member, i);
		found(ctx, path, why, NODE_PATH_HELP);
	}
}

static bool
name_is_broken(enum node_path_way way, const char *name)
{
	return !node_path_is_valid_as(way, name);
}

static bool
name_is_doubtful(enum node_path_way way, const char *name)
{
	return way == NODE_PATH_DOTS && node_path_is_doubtful(name);
}

/* Type that a word names; text where it names none, because that is a finding of its own. */
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

/* JSON that is written there, and never an object. */
static void
set_json(const json_t *params, ty_param_finding_fn found, void *ctx)
{
	json_t *value = json_object_get(params, "json"), *parsed = value;
	struct ty_arena *arena = ty_arena_new(NULL, "set", 0);
	struct ty_err err = { TY_OK };

	if (ty_str_eq(ty_json_str(params, "mode", "fields"), "json") && value != NULL &&
	    !json_is_null(value) &&
	    !(json_is_string(value) && strchr("=", json_string_value(value)[0]) != NULL)) {
		if (node_value_as(arena, NODE_VALUE_JSON, value, &parsed, &err) != TY_OK) {
			found(ctx, "json", err.msg, err.hint);
		} else {
			if (!json_is_object(parsed))
				found(ctx, "json", SET_NO_OBJECT, SET_NO_OBJECT_HINT);
			json_decref(parsed);
		}
	}
	ty_arena_free(arena);
}

static void
set_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found, void *ctx)
{
	const char *broken =
		way_of(params) == NODE_PATH_BRACKETS ? NODE_PATH_BROKEN_BRACKETS : NODE_PATH_BROKEN;

	set_names(params, "assignments", name_is_broken, broken, found, ctx);
	set_names(params, "fields", name_is_broken, broken, found, ctx);
	set_values(params, found, ctx);
	set_json(params, found, ctx);
}

static void
set_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	   void *ctx)
{
	set_names(params, "assignments", name_is_doubtful, NODE_PATH_DOUBT, found, ctx);
	set_names(params, "fields", name_is_doubtful, NODE_PATH_DOUBT, found, ctx);
}

static bool
has_nested(const struct set_params *p)
{
	const struct assignment *list = p->assignments.items;
	const struct field *fields = p->fields.items;
	enum node_path_way way = (enum node_path_way)p->paths;

	for (size_t a = 0; a < p->assignments.count; a++)
		if (node_path_is_nested_as(way, list[a].name))
			return true;
	for (size_t f = 0; f < p->fields.count; f++)
		if (node_path_is_nested_as(way, fields[f].name))
			return true;
	return false;
}

/*
 * Without paths into them nothing in a field is looked at, so payload references may stay as they
 * are; a path into one needs it whole.
 */
static const json_t *
set_base(struct ty_step *step, const struct set_params *p, size_t i)
{
	return has_nested(p) ? ty_step_json(step, i)
			     : json_object_get(ty_step_item(step, i), "json");
}

static json_t *
only_named(const struct set_params *p, const json_t *base)
{
	const struct field *fields = p->fields.items;
	enum node_path_way way = (enum node_path_way)p->paths;
	json_t *made = json_object();

	for (size_t f = 0; f < p->fields.count; f++) {
		const json_t *value = node_path_get_as(way, base, fields[f].name);

		if (value != NULL)
			node_path_set_as(way, made, fields[f].name, json_incref((json_t *)value));
	}
	return made;
}

/* The fields that stay; new reference, the caller's own. */
static json_t *
others(struct ty_step *step, const struct set_params *p, size_t i)
{
	const struct field *fields = p->fields.items;
	json_t *made;

	if (!p->include_other)
		return json_object();
	if (p->other_fields == OTHER_SELECTED)
		return only_named(p, set_base(step, p, i));
	made = json_copy((json_t *)set_base(step, p, i));
	for (size_t f = 0; p->other_fields == OTHER_EXCEPT && f < p->fields.count; f++)
		node_path_remove_as((enum node_path_way)p->paths, made, fields[f].name);
	return made;
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

/* Set all members of an object, or of a text that is the JSON of one, in 'json'. */
static enum ty_code
json_set(struct ty_step *step, const struct set_params *p, json_t *json, struct ty_err *err)
{
	json_t *given;

	if (node_value_as(ty_step_arena(step), NODE_VALUE_JSON, p->json, &given, err) != TY_OK)
		return ty_err_at(err, "json");
	ty_json_own(ty_step_arena(step), given);
	if (!json_is_object(given)) {
		ty_err_set(err, TY_E_INVALID, SET_NO_OBJECT);
		ty_err_hint(err, SET_NO_OBJECT_HINT);
		return ty_err_at(err, "json");
	}
	json_object_update(json, given);
	return TY_OK;
}

static enum ty_code
set_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct set_params *p = ty_step_params(step, i);
	const struct assignment *list = p->assignments.items;
	json_t *json = others(step, p, i);
	json_t *files;
	json_t *value;

	if (p->mode == MODE_JSON && json_set(step, p, json, err) != TY_OK) {
		json_decref(json);
		return err->code;
	}
	for (size_t a = 0; a < p->assignments.count; a++) {
		if (node_value_as(ty_step_arena(step), value_type(step, list, a), list[a].value,
				  &value, err) != TY_OK) {
			json_decref(json);
			return ty_err_at(err, "assignments[%zu].value", a);
		}
		node_path_set_as((enum node_path_way)p->paths, json, list[a].name, value);
	}
	files = json_object_get(ty_step_item(step, i), "binary");
	if (p->include_other && files != NULL)
		return ty_step_emit_files(step, 0, json, json_incref(files), i, err);
	return ty_step_emit(step, 0, json, i, err);
}
