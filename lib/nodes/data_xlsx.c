/*
 * data.xlsx -- sheets of a workbook (.xlsx) as items, and items as a workbook, in the jail of tyboo-parse.
 *
 * Invariants:
 *   (1) Read: an item for each row, made from the item whose file it was.  A date is a text of its own wall clock,
 *       since a workbook knows no time zone.
 *   (2) Write: one item of all, with the columns in the order in which they are first met.  A text never becomes a
 *       formula, and a number that a spreadsheet would round is written as text.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/fields.h"
#include "nodes/into.h"
#include "nodes/nodes.h"
#include "nodes/parsing.h"
#include "nodes/path.h"
#include "nodes/value.h"

#include <string.h>

enum { DO_READ, DO_SHEETS, DO_WRITE };

struct xlsx_column {
	const char *field;
};

struct xlsx_params {
	int action;
	const char *file, *which, *sheet, *range, *dates, *merged, *sheet_field;
	bool header, empty, hidden, escape_formulas, as_dates;
	struct ty_param_list columns;
	const char *sheet_name, *sheet_by, *name, *into;
	int64_t timeout_ms;
};

static const struct ty_choice xlsx_actions[] = {
	[DO_READ] = { "read", "Read a workbook into items" },
	[DO_SHEETS] = { "sheets", "List its sheets" },
	[DO_WRITE] = { "write", "Write the items as a workbook" },
	{ NULL, NULL },
};

static const struct ty_choice xlsx_which[] = {
	{ "first", "The first" },
	{ "named", "One by its name" },
	{ "all", "All" },
	{ NULL, NULL },
};

static const struct ty_choice xlsx_dates[] = {
	{ "iso", "Text: 2026-01-31, 2026-01-31T10:00:00" },
	{ "number", "Numbers of days, as they are kept" },
	{ NULL, NULL },
};

static const struct ty_choice xlsx_merged[] = {
	{ "first", "The first cell alone has the value" },
	{ "all", "Each cell of the area has it" },
	{ NULL, NULL },
};

static const struct ty_param xlsx_column_rows[] = {
	TY_ROW_STRING(struct xlsx_column, field, 500, "Column", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.name", .help = NODE_PATH_HELP),
	TY_ROW_END,
};

static void xlsx_check(const struct ty_node_def *def, const json_t *params,
		       ty_param_finding_fn found, void *ctx);
static bool xlsx_is_whole(const struct ty_node_def *def, const json_t *params);
static bool xlsx_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code xlsx_all(struct ty_step *step, struct ty_err *err);
static enum ty_code xlsx_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code xlsx_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

const struct ty_node_def ty_node_data_xlsx = {
	TY_NODE_HEAD,
	.type = "data.xlsx",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Excel",
	.summary = "Read a workbook (.xlsx) into items, or write items as one",
	.icon = "table",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct xlsx_params, action, xlsx_actions, "Do", .def = "read"),
		TY_ROW_STRING(struct xlsx_params, file, 200, "File of the item", .def = "data",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			      .help = "Its name in binary.", .show_when = "action!=write"),
		TY_ROW_WORD(struct xlsx_params, which, xlsx_which, "Sheets", .def = "first",
			    .show_when = "action=read"),
		TY_ROW_STRING(struct xlsx_params, sheet, 100, "Sheet", .def = "",
			      .flags = TY_PARAM_EXPR | TY_PARAM_REQUIRED, .placeholder = "Sheet1",
			      .show_when = "action=read;which=named", .help = "Its name."),
		TY_ROW_BOOL(struct xlsx_params, header, "Header", .def = "true",
			    .show_when = "action!=sheets",
			    .help = "The first row has the names of the columns. Off: they are "
				    "column_1, column_2 ..."),
		TY_ROW_STRING(struct xlsx_params, range, 40, "Range", .def = "",
			      .flags = TY_PARAM_EXPR, .placeholder = "A1:F200",
			      .show_when = "action=read",
			      .help = "Cells that are read. Empty: all. A:F are whole columns, "
				      "A5:F whole columns from row 5 on."),
		TY_ROW_WORD(struct xlsx_params, dates, xlsx_dates, "Dates", .def = "iso",
			    .show_when = "action=read"),
		TY_ROW_BOOL(struct xlsx_params, empty, "Empty cells as null", .def = "false",
			    .show_when = "action=read", .help = "Off: they are left out."),
		TY_ROW_WORD(struct xlsx_params, merged, xlsx_merged, "Merged cells", .def = "first",
			    .flags = TY_PARAM_ADVANCED, .show_when = "action=read"),
		TY_ROW_BOOL(struct xlsx_params, hidden, "Hidden sheets too", .def = "false",
			    .flags = TY_PARAM_ADVANCED, .show_when = "action=read;which!=named"),
		TY_ROW_STRING(struct xlsx_params, sheet_field, 200, "Field for the sheet's name",
			      .def = "sheet", .show_when = "action=read;which=all",
			      .help = "Empty: none."),
		TY_ROW_LIST(struct xlsx_params, columns, xlsx_column_rows, struct xlsx_column, 500,
			    "Columns", .show_when = "action=write",
			    .help = "Empty: all fields of all items, in the order in which they "
				    "come. Objects and lists are written as JSON."),
		TY_ROW_STRING(struct xlsx_params, sheet_name, 100, "Sheet", .def = "Sheet1",
			      .flags = TY_PARAM_EXPR | TY_PARAM_REQUIRED,
			      .show_when = "action=write",
			      .help = "Its name: up to 31 characters, none of [ ] : * ? / and "
				      "backslash."),
		TY_ROW_STRING(struct xlsx_params, sheet_by, 500, "A sheet for each", .def = "",
			      .placeholder = "customer.country", .show_when = "action=write",
			      .help = "The field whose text is the name of the item's sheet. "
				      "Empty: all are in one."),
		TY_ROW_BOOL(struct xlsx_params, as_dates, "Texts that are dates as dates",
			    .def = "false", .show_when = "action=write",
			    .help = "On: 2026-01-31 and 2026-01-31T10:00:00 become dates, which a "
				    "spreadsheet counts with. Their zone is left out."),
		TY_ROW_BOOL(struct xlsx_params, escape_formulas, "Escape formulas", .def = "false",
			    .show_when = "action=write",
			    .help = "Texts are no formulas in a workbook. On: one with =, +, -, @ "
				    "in front begins with a single quote, for those who save it "
				    "as CSV."),
		TY_ROW_STRING(struct xlsx_params, name, 200, "File name", .def = "table.xlsx",
			      .flags = TY_PARAM_EXPR, .show_when = "action=write"),
		TY_ROW_STRING(struct xlsx_params, into, 200, "File for the result", .def = "data",
			      .flags = TY_PARAM_REQUIRED, .show_when = "action=write",
			      .help = "Its name in binary."),
		NODE_PARSE_TIME_ROW(struct xlsx_params)),
	.params_size = sizeof(struct xlsx_params),
	.flags = TY_NODE_EFFECT | TY_NODE_GATHERS,
	.is_safe = xlsx_is_safe,
	.check = xlsx_check,
	.exec = xlsx_all,
	.each = xlsx_each,
	.whole = xlsx_is_whole,
	.resume = xlsx_resume,
};

static void
xlsx_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	   void *ctx)
{
	node_fields_check(params, "columns", "field", found, ctx);
}

static bool
xlsx_is_whole(const struct ty_node_def *def, const json_t *params)
{
	return strcmp(ty_json_str(params, "action", ""), "write") == 0;
}

static bool
xlsx_is_safe(const struct ty_node_def *def, const json_t *params)
{
	return !xlsx_is_whole(def, params);
}

/* ---- read ---- */

static enum ty_code
xlsx_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct xlsx_params *p = ty_step_params(step, i);
	const json_t *file = node_parse_file(step, i, p->file, err);
	struct node_parse ask = { .tool = "xlsx", .timeout_ms = p->timeout_ms };

	if (file == NULL)
		return err->code;
	ask.files = json_pack("[O]", file);
	if (p->action == DO_SHEETS)
		ask.options = json_pack("{s:s}", "do", "sheets");
	else
		ask.options =
			json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:s, s:b, s:s}", "do",
				  "read", "which", p->which, "sheet", p->sheet, "header", p->header,
				  "range", p->range, "dates", p->dates, "empty", p->empty, "merged",
				  p->merged, "hidden", p->hidden, "sheet_field",
				  strcmp(p->which, "all") == 0 ? p->sheet_field : "");
	return node_parse_call(step, &ask, err);
}

/* ---- write ---- */

static json_t *
columns_of(struct ty_step *step, const struct xlsx_params *p)
{
	const struct xlsx_column *chosen = p->columns.items;
	json_t *columns = json_array();
	const char **names;
	size_t count;

	for (size_t c = 0; c < p->columns.count; c++)
		json_array_append_new(columns, json_string(chosen[c].field));
	if (p->columns.count > 0)
		return columns;
	names = node_fields_of_items(step, &count);
	for (size_t c = 0; c < count; c++)
		json_array_append_new(columns, json_string(names[c]));
	return columns;
}

/* *bytes: of the cells so far. */
static json_t *
row_of(struct ty_step *step, const struct xlsx_params *p, size_t i, const json_t *columns,
       size_t *bytes)
{
	const json_t *json = ty_step_json(step, i);
	json_t *cells = json_array(), *row = json_pack("{s:o}", "cells", cells), *name;
	size_t c;

	json_array_foreach((json_t *)columns, c, name)
	{
		json_t *value = p->columns.count > 0
					? (json_t *)node_path_get(json, json_string_value(name))
					: json_object_get(json, json_string_value(name));

		if (value != NULL) {
			json_array_append(cells, value);
			*bytes += ty_json_size_bytes(value);
		} else {
			json_array_append_new(cells, json_null());
		}
		if (*bytes > TY_LIMIT_STEP_BYTES)
			break;
	}
	if (p->sheet_by[0] != '\0')
		json_object_set_new(row, "sheet",
				    json_string(node_value_text(ty_step_arena(step),
								node_path_get(json, p->sheet_by))));
	return row;
}

/* Rows are bounded while they are made, because a field may stand in many columns. */
static enum ty_code
rows_add(struct ty_step *step, const struct xlsx_params *p, const json_t *columns, json_t *rows,
	 struct ty_err *err)
{
	size_t bytes = 0;

	if (node_table_check(step, json_array_size(columns), err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		json_array_append_new(rows, row_of(step, p, i, columns, &bytes));
		if (bytes > TY_LIMIT_STEP_BYTES) {
			ty_err_set(err, TY_E_LIMIT, "The rows have more than %d bytes",
				   TY_LIMIT_STEP_BYTES);
			ty_err_hint(err, "Write fewer items or columns at a time.");
			return ty_err_at(err, "columns");
		}
	}
	return TY_OK;
}

static enum ty_code
xlsx_all(struct ty_step *step, struct ty_err *err)
{
	const struct xlsx_params *p = ty_step_params(step, 0);
	struct node_parse ask = { .tool = "xlsx", .timeout_ms = p->timeout_ms };
	json_t *columns = columns_of(step, p), *rows = json_array();

	if (rows_add(step, p, columns, rows, err) != TY_OK) {
		json_decref(columns);
		json_decref(rows);
		return err->code;
	}
	ask.files = json_array();
	ask.items = rows;
	ask.options = json_pack("{s:s, s:o, s:b, s:s, s:b, s:b, s:s, s:s}", "do", "write",
				"columns", columns, "header", p->header, "sheet", p->sheet_name,
				"escape_formulas", p->escape_formulas, "as_dates", p->as_dates,
				"name", p->name, "key", p->into);
	return node_parse_call(step, &ask, err);
}

/* ---- the answer ---- */

static enum ty_code
xlsx_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const json_t *items = node_parse_items(step, answer, err);
	size_t count = ty_step_input_count(step), i;
	json_t *item;

	if (items == NULL)
		return err->code;
	if (answer->item == SIZE_MAX) {
		item = json_array_get(items, 0);
		return ty_step_emit_files_from(step, 0, json_object(),
					       node_parse_binary(step, item, SIZE_MAX),
					       node_from_all(step, count), count, err);
	}
	json_array_foreach((json_t *)items, i, item)
	{
		if (ty_step_emit(step, 0, json_incref(json_object_get(item, "json")), answer->item,
				 err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}
