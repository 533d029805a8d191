/*
 * expressions.c -- what an expression may name, printed from the table that the sandbox works by.
 *
 * That table (workers/sandbox/dialect) has what is beyond plain JavaScript and the names of an item; those names stand here.
 */
#include "catalog/catalog.h"

enum row_kind { ROW_HELPER, ROW_FUNCTION, ROW_VALUE, ROW_EXAMPLE };

struct row {
	enum row_kind kind;
	const char *of;	  /* helper: type of the value that it is called on */
	const char *name; /* example: the expression */
	const char *parameters;
	const char *text; /* example: its value; NULL = an error */
};

/* Examples that are shown of one row. */
#define EXAMPLES_MAX 2

static const struct row basics[] = {
	{ ROW_VALUE, NULL, "$json", NULL, "The item's data." },
	{ ROW_VALUE, NULL, "$itemIndex", NULL, "The item's place among the input's, from 0." },
	{ ROW_VALUE, NULL, "$input", NULL,
	  "The items of the input: all(), first(), last(), and item, the one at hand." },
	{ ROW_FUNCTION, NULL, "$", "'Name'",
	  "Items of a node that ran before: item (the one that this item comes from), all(), "
	  "first(), last()." },
	{ ROW_VALUE, NULL, "$items", NULL, "The input's items as a list." },
	{ ROW_VALUE, NULL, "$now", NULL, "The time of the step, as a luxon DateTime." },
	{ ROW_VALUE, NULL, "$today", NULL, "Midnight of that day." },
	{ ROW_VALUE, NULL, "$vars", NULL, "Variables of the workspace, each a text." },
	{ ROW_VALUE, NULL, "$execution", NULL, "{ id, mode, resumeUrl } of the run." },
	{ ROW_VALUE, NULL, "$workflow", NULL, "{ id, name, active } of the workflow." },
	{ ROW_VALUE, NULL, "DateTime", NULL, "luxon's DateTime, in the workflow's time zone." },
	{ ROW_VALUE, NULL, "Duration", NULL, "luxon's Duration." },
	{ ROW_VALUE, NULL, "Interval", NULL, "luxon's Interval." },
};

/* clang-format off */
static const struct row dialect[] = {
#define HELPER(type, name, parameters, effect)	{ ROW_HELPER, #type, #name, parameters, effect },
#define FUNCTION(name, parameters, effect)	{ ROW_FUNCTION, NULL, #name, parameters, effect },
#define LOOKUP(name, parameters, effect)	{ ROW_FUNCTION, NULL, #name, parameters, effect },
#define VALUE(name, effect)			{ ROW_VALUE, NULL, #name, NULL, effect },
#define GIVES(expression, value)		{ ROW_EXAMPLE, NULL, expression, NULL, value },
#include "dialect/dialect.def"
};
/* clang-format on */

static json_t *
row_json(const struct row *row)
{
	static const char *const kinds[] = { "helper", "function", "value" };

	return json_pack("{s:s, s:s*, s:s, s:s*, s:s, s:[]}", "kind", kinds[row->kind], "of",
			 row->of, "name", row->name, "parameters", row->parameters, "text",
			 row->text, "examples");
}

static void
example_add(json_t *list, const struct row *row)
{
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	json_t *examples = json_object_get(last, "examples");

	if (json_array_size(examples) < EXAMPLES_MAX)
		json_array_append_new(examples, json_pack("[s, s]", row->name, row->text));
}

static void
rows_add(json_t *list, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].kind == ROW_EXAMPLE)
			example_add(list, &rows[i]);
		else
			json_array_append_new(list, row_json(&rows[i]));
	}
}

json_t *
ty_expressions_describe(void)
{
	json_t *list = json_array();

	rows_add(list, basics, sizeof(basics) / sizeof(basics[0]));
	rows_add(list, dialect, sizeof(dialect) / sizeof(dialect[0]));
	return json_pack("{s:o}", "items", list);
}
