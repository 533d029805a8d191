/*
 * data.csv -- a text of comma-separated values as items, and items as such a text.
 *
 * Invariants:
 *   (1) Read: an item for each record, made from the item whose text it was; all values are texts, because
 *       "007" and "1e5" may be anything.
 *   (2) No cell is lost in silence: a record of another length than the header is that item's error, unless
 *       it is said to keep it.
 *   (3) Write: one item of all, with the columns in the order in which they are first met.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "nodes/csv.h"
#include "nodes/fields.h"
#include "nodes/into.h"
#include "nodes/nodes.h"
#include "nodes/value.h"

#include <string.h>

enum { DO_READ, DO_WRITE };
enum { BY_GUESS, BY_COMMA, BY_SEMICOLON, BY_TAB, BY_PIPE };
enum { QUOTE_DOUBLE, QUOTE_SINGLE, QUOTE_NONE };
enum { UNEVEN_FAIL, UNEVEN_KEEP };
enum { END_LF, END_CRLF };

struct csv_column {
	const char *field;
};

struct csv_params {
	int action, delimiter, quote, uneven, line_end;
	const json_t *value;
	bool header, trim, escape_formulas;
	struct ty_param_list columns;
	const char *into;
};

static const struct ty_choice csv_actions[] = {
	[DO_READ] = { "read", "Read a text into items" },
	[DO_WRITE] = { "write", "Write the items as a text" },
	{ NULL, NULL },
};

static const struct ty_choice csv_delimiters[] = {
	[BY_GUESS] = { "auto", "As in the first line (a comma to write)" },
	[BY_COMMA] = { "comma", "Comma" },
	[BY_SEMICOLON] = { "semicolon", "Semicolon" },
	[BY_TAB] = { "tab", "Tab" },
	[BY_PIPE] = { "pipe", "Vertical bar" },
	{ NULL, NULL },
};

static const struct ty_choice csv_quotes[] = {
	[QUOTE_DOUBLE] = { "double", "Double quote" },
	[QUOTE_SINGLE] = { "single", "Single quote" },
	[QUOTE_NONE] = { "off", "No quote means anything" },
	{ NULL, NULL },
};

static const struct ty_choice csv_unevens[] = {
	[UNEVEN_FAIL] = { "fail", "It fails" },
	[UNEVEN_KEEP] = { "keep", "Fewer cells are left out, more get numbered names" },
	{ NULL, NULL },
};

static const struct ty_choice csv_line_ends[] = {
	[END_LF] = { "lf", "LF" },
	[END_CRLF] = { "crlf", "CR LF, as Windows has it" },
	{ NULL, NULL },
};

static const struct ty_param csv_column_rows[] = {
	TY_ROW_STRING(struct csv_column, field, 500, "Column", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.name", .help = NODE_PATH_HELP),
	TY_ROW_END,
};

static void csv_check(const struct ty_node_def *def, const json_t *params,
		      ty_param_finding_fn found, void *ctx);
static bool csv_is_whole(const struct ty_node_def *def, const json_t *params);
static enum ty_code csv_read(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code csv_write(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_data_csv = {
	TY_NODE_HEAD,
	.type = "data.csv",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "CSV",
	.summary = "Read a table of comma-separated values into items, or write items as one",
	.icon = "table",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct csv_params, action, csv_actions, "Do", .def = "read"),
		TY_ROW_JSON(struct csv_params, value, "Text", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.data }}", .show_when = "action=read"),
		TY_ROW_BOOL(struct csv_params, header, "Header", .def = "true",
			    .help = "The first line has the names of the columns. Off: they are "
				    "column_1, column_2 ..."),
		TY_ROW_ENUM(struct csv_params, delimiter, csv_delimiters, "Delimiter",
			    .def = "auto"),
		TY_ROW_ENUM(struct csv_params, quote, csv_quotes, "Quote", .def = "double",
			    .flags = TY_PARAM_ADVANCED, .show_when = "action=read"),
		TY_ROW_BOOL(struct csv_params, trim, "Trim the cells", .def = "false",
			    .show_when = "action=read"),
		TY_ROW_ENUM(struct csv_params, uneven, csv_unevens,
			    "A line with more or fewer cells", .def = "fail",
			    .show_when = "action=read"),
		TY_ROW_LIST(struct csv_params, columns, csv_column_rows, struct csv_column, 500,
			    "Columns", .show_when = "action=write",
			    .help = "Empty: all fields of all items, in the order in which they "
				    "come. Objects and lists are written as JSON."),
		TY_ROW_BOOL(struct csv_params, escape_formulas, "Escape formulas", .def = "false",
			    .show_when = "action=write",
			    .help = "On: a cell that a spreadsheet would compute (=, +, -, @ in "
				    "front) begins with a single quote. For values from outside."),
		TY_ROW_ENUM(struct csv_params, line_end, csv_line_ends, "Line end", .def = "lf",
			    .flags = TY_PARAM_ADVANCED, .show_when = "action=write"),
		TY_ROW_STRING(struct csv_params, into, 500, "Field for the text", .def = "data",
			      .show_when = "action=write")),
	.params_size = sizeof(struct csv_params),
	.flags = TY_NODE_PURE | TY_NODE_GATHERS,
	.check = csv_check,
	.advise = node_into_advise,
	.exec = csv_write,
	.each = csv_read,
	.whole = csv_is_whole,
};

static void
csv_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found, void *ctx)
{
	node_into_check(def, params, found, ctx);
	node_fields_check(params, "columns", "field", found, ctx);
}

static bool
csv_is_whole(const struct ty_node_def *def, const json_t *params)
{
	return strcmp(ty_json_str(params, "action", "read"), "write") == 0;
}

/* ---- read ---- */

struct reading {
	struct ty_step *step;
	const struct csv_params *p;
	size_t item;
	struct node_csv csv;
	struct node_csv_record record;
	const char **names; /* of the columns */
	size_t count;
};

static const char *
column_name(struct ty_arena *arena, size_t i)
{
	return ty_arena_printf(arena, "column_%zu", i + 1);
}

static void
cell(const struct reading *r, size_t i, const char **ret_text, size_t *ret_len)
{
	const char *text = r->record.fields[i].text;
	size_t len = r->record.fields[i].len;

	if (r->p->trim) {
		for (; len > 0 && (*text == ' ' || *text == '\t'); len--)
			text++;
		while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
			len--;
	}
	*ret_text = text;
	*ret_len = len;
}

/* Names of the columns: an empty one gets a numbered name, one that was there a number behind it. */
static void
names_of_header(struct reading *r)
{
	struct ty_arena *arena = ty_step_arena(r->step);
	struct ty_map *seen = ty_map_new(arena);

	r->count = r->record.count;
	r->names = ty_arena_alloc_array(arena, r->count + 1, sizeof(*r->names));
	for (size_t i = 0; i < r->count; i++) {
		const char *text, *name;
		size_t len;

		cell(r, i, &text, &len);
		name = len > 0 ? ty_arena_strndup(arena, text, len) : column_name(arena, i);
		for (size_t n = 2; ty_map_find(seen, name) != NULL; n++)
			name = ty_arena_printf(arena, "%.*s_%zu", (int)len, text, n);
		ty_map_set(seen, name, seen);
		r->names[i] = name;
	}
}

static void
names_of_places(struct reading *r)
{
	r->count = r->record.count;
	r->names = ty_arena_alloc_array(ty_step_arena(r->step), r->count + 1, sizeof(*r->names));
	for (size_t i = 0; i < r->count; i++)
		r->names[i] = column_name(ty_step_arena(r->step), i);
}

static enum ty_code
uneven(const struct reading *r, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "line %zu has %zu cells, and %s %zu", r->record.line,
		   r->record.count, r->p->header ? "the header" : "the first line", r->count);
	ty_err_hint(err, "Mend the line, choose the right delimiter, or let such lines be kept.");
	return ty_err_at(err, "value");
}

static enum ty_code
record_emit(struct reading *r, struct ty_err *err)
{
	json_t *json;

	if (r->record.count != r->count && r->p->uneven == UNEVEN_FAIL)
		return uneven(r, err);
	json = json_object();
	for (size_t i = 0; i < r->record.count; i++) {
		const char *text;
		size_t len;

		cell(r, i, &text, &len);
		json_object_set_new_nocheck(
			json, i < r->count ? r->names[i] : column_name(ty_step_arena(r->step), i),
			json_stringn_nocheck(text, len));
	}
	return ty_step_emit(r->step, 0, json, r->item, err);
}

static char
delimiter_of(const struct csv_params *p, const char *text, size_t len, char quote)
{
	static const char delimiters[] = {
		[BY_COMMA] = ',', [BY_SEMICOLON] = ';', [BY_TAB] = '\t', [BY_PIPE] = '|'
	};

	return p->delimiter == BY_GUESS ? node_csv_guess(text, len, quote)
					: delimiters[p->delimiter];
}

static enum ty_code
records_emit(struct reading *r, struct ty_err *err)
{
	struct ty_arena *arena = ty_step_arena(r->step);

	for (;;) {
		bool more;

		if (node_csv_next(&r->csv, arena, &r->record, &more, err) != TY_OK)
			return ty_err_at(err, "value");
		if (!more)
			return TY_OK;
		if (node_csv_is_empty(&r->record))
			continue;
		if (r->names == NULL && r->p->header) {
			names_of_header(r);
			continue;
		}
		if (r->names == NULL)
			names_of_places(r);
		if (record_emit(r, err) != TY_OK)
			return err->code;
	}
}

static enum ty_code
csv_read(struct ty_step *step, size_t i, struct ty_err *err)
{
	static const char quotes[] = {
		[QUOTE_DOUBLE] = '"', [QUOTE_SINGLE] = '\'', [QUOTE_NONE] = '\0'
	};
	const struct csv_params *p = ty_step_params(step, i);
	struct reading r = { .step = step, .p = p, .item = i };
	char quote = quotes[p->quote];
	const char *text;
	size_t len;

	if (node_into_text(ty_step_arena(step), p->value, "value", &text, &len, err) != TY_OK)
		return err->code;
	node_csv_init(&r.csv, text, len, delimiter_of(p, text, len, quote), quote);
	if (records_emit(&r, err) == TY_OK)
		return TY_OK;
	if (err->code == TY_E_LIMIT)
		ty_err_hint(err,
			    "A step makes %d items at most: read the file in batches (the node "
			    "Batches of a file, then a loop).",
			    TY_LIMIT_STEP_ITEMS);
	return err->code;
}

/* ---- write ---- */

struct writing {
	struct ty_step *step;
	const struct csv_params *p;
	struct ty_buf out;
	char delimiter;
	const char **columns;
	size_t count;
};

static void
line_end(struct writing *w)
{
	ty_buf_add_str(&w->out, w->p->line_end == END_CRLF ? "\r\n" : "\n");
}

static void
cell_add(struct writing *w, size_t column, const char *text, size_t len)
{
	if (column > 0)
		ty_buf_add_char(&w->out, w->delimiter);
	node_csv_add(&w->out, text, len, w->delimiter, w->p->escape_formulas);
	/* An empty line is read as none: a lone empty cell is written so that it is one. */
	if (w->count == 1 && len == 0)
		ty_buf_add_str(&w->out, "\"\"");
}

/* Bounded while it is made, because a field may stand in many columns. */
static enum ty_code
item_add(struct writing *w, size_t i, struct ty_err *err)
{
	const json_t *json = ty_step_json(w->step, i);

	for (size_t c = 0; c < w->count; c++) {
		const json_t *value = w->p->columns.count > 0
					      ? node_path_get(json, w->columns[c])
					      : json_object_get(json, w->columns[c]);
		const char *text = node_value_text(ty_step_arena(w->step), value);

		cell_add(w, c, text,
			 json_is_string(value) ? json_string_length(value) : strlen(text));
		if (w->out.len > TY_LIMIT_STEP_BYTES) {
			ty_err_set(err, TY_E_LIMIT, "The table has more than %d bytes",
				   TY_LIMIT_STEP_BYTES);
			ty_err_hint(err, "Write fewer items or columns at a time.");
			return ty_err_at(err, "columns");
		}
	}
	line_end(w);
	return TY_OK;
}

static enum ty_code
csv_write(struct ty_step *step, struct ty_err *err)
{
	const struct csv_params *p = ty_step_params(step, 0);
	const struct csv_column *chosen = p->columns.items;
	struct writing w = { .step = step, .p = p };
	size_t count = ty_step_input_count(step);
	json_t *json;

	w.delimiter = delimiter_of(p, "", 0, '"');
	ty_buf_init(&w.out, ty_step_arena(step), 4096);
	w.columns =
		ty_arena_alloc_array(ty_step_arena(step), p->columns.count + 1, sizeof(*w.columns));
	for (w.count = 0; w.count < p->columns.count; w.count++)
		w.columns[w.count] = chosen[w.count].field;
	if (p->columns.count == 0)
		w.columns = node_fields_of_items(step, &w.count);
	if (node_table_check(step, w.count, err) != TY_OK)
		return err->code;
	for (size_t c = 0; c < w.count && p->header; c++)
		cell_add(&w, c, w.columns[c], strlen(w.columns[c]));
	if (w.count > 0 && p->header)
		line_end(&w);
	for (size_t i = 0; i < count; i++)
		if (item_add(&w, i, err) != TY_OK)
			return err->code;
	json = json_object();
	node_path_set(json, p->into, json_stringn_nocheck(w.out.data, w.out.len));
	return ty_step_emit_from(step, 0, json, node_from_all(step, count), count, err);
}
