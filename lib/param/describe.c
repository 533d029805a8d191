/*
 * describe.c -- a parameter table as the JSON that forms and docs are made from.
 *
 * { name, label, help?, placeholder?, type, required, expr, secret, advanced,
 *   default?, min?, max?, unit?, choices?: [{ value, label }], fields?: [rows],
 *   show_when?: "name=value,value;...", credential_type?: "type,type" }
 */
#include "param/internal.h"
#include "param/flag.h"
#include "param/row.h"

#include <string.h>

const struct ty_param ty_params_none[] = { TY_ROW_END };

static const char *const type_names[TY_PARAM__COUNT] = {
	[TY_PARAM_STRING] = "string",
	[TY_PARAM_TEXT] = "text",
	[TY_PARAM_CODE] = "code",
	[TY_PARAM_URL] = "url",
	[TY_PARAM_INT] = "int",
	[TY_PARAM_NUMBER] = "number",
	[TY_PARAM_BOOL] = "bool",
	[TY_PARAM_ENUM] = "enum",
	[TY_PARAM_JSON] = "json",
	[TY_PARAM_LIST] = "list",
	[TY_PARAM_CREDENTIAL] = "credential",
	[TY_PARAM_WORD] = "enum", /* to whoever fills a form they are one */
	[TY_PARAM_ID] = "id",
	[TY_PARAM_CONDITION] = "condition",
};

json_t *
ty_param_default(const struct ty_param *row)
{
	json_t *value = NULL;

	if (row->def == NULL)
		return NULL;
	switch (row->type) {
	case TY_PARAM_INT:
	case TY_PARAM_NUMBER:
	case TY_PARAM_BOOL:
	case TY_PARAM_CONDITION:
	case TY_PARAM_JSON:
	case TY_PARAM_LIST:
		value = json_loads(row->def, JSON_DECODE_ANY, NULL);
		break;
	default:
		break;
	}
	if (value == NULL)
		value = json_string(row->def);
	TY_ASSERT(value != NULL); /* tables are ours: a default that is no UTF-8 is a bug */
	return value;
}

static void
describe_set(json_t *object, const char *key, json_t *value)
{
	int failed = json_object_set_new(object, key, value);

	TY_ASSERT(!failed);
}

static void
describe_set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		describe_set(object, key, json_string(text));
}

static json_t *
describe_choices(const struct ty_choice *choices)
{
	json_t *list = json_array();

	for (; choices != NULL && choices->value != NULL; choices++) {
		json_t *choice = json_object();

		describe_set_text(choice, "value", choices->value);
		describe_set_text(choice, "label",
				  choices->label != NULL ? choices->label : choices->value);
		json_array_append_new(list, choice);
	}
	return list;
}

static void
describe_limits(json_t *out, const struct ty_param *row)
{
	if (row->min != 0 || row->max != 0)
		describe_set(out, "min", json_integer(row->min));
	if (row->max != 0)
		describe_set(out, "max", json_integer(row->max));
	describe_set_text(out, "unit", row->unit);
}

static json_t *
describe_row(const struct ty_param *row)
{
	json_t *out = json_object();

	describe_set_text(out, "name", row->name);
	describe_set_text(out, "label", row->label != NULL ? row->label : row->name);
	describe_set_text(out, "help", row->help);
	describe_set_text(out, "placeholder", row->placeholder);
	describe_set_text(out, "type",
			  type_names[(row->flags & TY_PARAM_TEXTS) ? TY_PARAM_STRING : row->type]);
	describe_set(out, "required", json_boolean(row->flags & TY_PARAM_REQUIRED));
	describe_set(out, "expr",
		     json_boolean((row->flags & TY_PARAM_EXPR) && row->type != TY_PARAM_CODE));
	describe_set(out, "secret", json_boolean(row->flags & TY_PARAM_SECRET));
	describe_set(out, "advanced", json_boolean(row->flags & TY_PARAM_ADVANCED));
	if (row->def != NULL)
		describe_set(out, "default", ty_param_default(row));
	describe_limits(out, row);
	if (row->choices != NULL)
		describe_set(out, "choices", describe_choices(row->choices));
	if (row->type == TY_PARAM_LIST)
		describe_set(out, "fields", ty_param_describe(row->fields));
	describe_set_text(out, "show_when", row->show_when);
	describe_set_text(out, "credential_type", row->credential_type);
	return out;
}

json_t *
ty_param_describe(const struct ty_param *table)
{
	json_t *list = json_array();

	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++)
		json_array_append_new(list, describe_row(row));
	return list;
}
