/*
 * declared.c -- see declared.h.
 */
#include "nodes/declared.h"

#include "base/err.h"
#include "base/str.h"

enum { TYPE_ANY, TYPE_STRING, TYPE_NUMBER, TYPE_BOOLEAN, TYPE_OBJECT, TYPE_ARRAY };

static const struct ty_choice declared_types[] = {
	[TYPE_ANY] = { "any", "Anything" },
	[TYPE_STRING] = { "string", "Text" },
	[TYPE_NUMBER] = { "number", "Number" },
	[TYPE_BOOLEAN] = { "boolean", "Yes or no" },
	[TYPE_OBJECT] = { "object", "Object" },
	[TYPE_ARRAY] = { "array", "List" },
	{ NULL, NULL },
};

const struct ty_param node_declared_rows[] = {
	TY_ROW_STRING(struct node_declared, name, 500, "Name", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "amount"),
	TY_ROW_ENUM(struct node_declared, type, declared_types, "Type", .def = "any"),
	TY_ROW_BOOL(struct node_declared, required, "Required", .def = "true"),
	TY_ROW_END,
};

static bool
value_is(const json_t *value, const char *type)
{
	const bool is[] = {
		[TYPE_ANY] = true,
		[TYPE_STRING] = json_is_string(value),
		[TYPE_NUMBER] = json_is_number(value),
		[TYPE_BOOLEAN] = json_is_boolean(value),
		[TYPE_OBJECT] = json_is_object(value),
		[TYPE_ARRAY] = json_is_array(value),
	};

	for (size_t i = 0; declared_types[i].value != NULL; i++)
		if (ty_str_eq(declared_types[i].value, type))
			return is[i];
	return false;
}

static enum ty_code
check_field(const json_t *field, const json_t *item, struct ty_err *err)
{
	const char *name = ty_json_str(field, "name", "");
	const char *type = ty_json_str(field, "type", "any");
	const json_t *value = json_object_get(item, name);

	if (value == NULL || json_is_null(value)) {
		if (!ty_json_bool(field, "required", true))
			return TY_OK;
		return ty_err_set(err, TY_E_INVALID, "the field \"%.100s\" is missing", name);
	}
	if (value_is(value, type))
		return TY_OK;
	return ty_err_set(err, TY_E_INVALID, "the field \"%.100s\" is not of the type %s", name,
			  type);
}

enum ty_code
node_declared_check(const json_t *list, const json_t *item, struct ty_err *err)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (check_field(json_array_get(list, i), item, err) != TY_OK)
			return err->code;
	return TY_OK;
}
