/*
 * xlsx_sheet.c -- the rows of a sheet as items.
 *
 *	row begin --> cells, each to its column --> row end: the first with a value is the header, others are items
 *
 * Cells are kept by their column until their row ends, so that the members of all items are in the order of the
 * columns.  A row without any value is left out, as an empty line of CSV is.
 */
#include "xlsx.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Merged areas of a sheet: more are drawn by no hand. */
#define MERGES_MAX 2000

struct merge {
	struct xlsx_range range;
	json_t *value; /* of its first cell; NULL = not read yet */
};

struct sheet {
	struct xlsx *x;
	const struct xlsx_sheet *of;
	const json_t *options;
	struct xlsx_range range;
	bool has_header, has_names, as_dates, with_empty;
	const char *sheet_field; /* NULL = none */
	struct merge *merges;	 /* NULL: only the first cell of an area has its value */
	size_t merge_count, merge_cap;
	const char **names;	    /* of the columns, from column 1; NULL = none yet */
	uint32_t name_count;	    /* the last column of the header */
	json_t **cells;		    /* of the row under way, from column 1; NULL = empty */
	uint32_t row, column, last; /* row and column under way; the last column with a cell */
	uint32_t row_before;
	/* Cell under way. */
	char type[12];
	size_t style;
	bool is_value, is_inline;
	int phonetic;
	struct file_grow text;
	size_t *row_count, *value_count; /* of all sheets */
};

/* ---- cells ---- */

static bool
in_range(const struct sheet *s, uint32_t column, uint32_t row)
{
	return column >= s->range.column && row >= s->range.row &&
	       (s->range.column_to == 0 || column <= s->range.column_to) &&
	       (s->range.row_to == 0 || row <= s->range.row_to);
}

static json_t *
number_json(const char *text)
{
	bool is_whole = strspn(text, "-0123456789") == strlen(text) && strlen(text) <= 15;
	char *end;
	double n;

	if (is_whole && strcmp(text, "-") != 0)
		return json_integer(strtoll(text, NULL, 10));
	n = strtod(text, &end);
	if (*end != '\0' || !isfinite(n))
		return json_string(text);
	return n == floor(n) && fabs(n) < 1e15 ? json_integer((json_int_t)n) : json_real(n);
}

static json_t *
text_json(struct sheet *s, const char *text, size_t len)
{
	struct file_grow grow = { 0 };
	json_t *json;

	xlsx_text_add(&grow, text, len);
	json = json_stringn(grow.data != NULL ? grow.data : "", grow.len);
	free(grow.data);
	return json;
}

static json_t *
shared_json(struct sheet *s, const char *text)
{
	const struct xlsx *x = s->x;
	size_t i = strtoul(text, NULL, 10), end;

	if (i >= x->string_count) {
		(void)!ty_err_set(
			x->err, TY_E_INVALID,
			"the workbook has no shared text %zu, which a cell of row %u names", i,
			s->row);
		return NULL;
	}
	end = i + 1 < x->string_count ? x->offsets[i + 1] : x->bytes.len;
	if (end == x->offsets[i])
		return json_string("");
	return json_stringn(x->bytes.data + x->offsets[i], end - x->offsets[i]);
}

static json_t *
styled_json(struct sheet *s, const char *text)
{
	const struct xlsx *x = s->x;
	enum xlsx_kind kind = s->style < x->kind_count ? x->kinds[s->style] : XLSX_NUMBER;
	char date[XLSX_DATE_SIZE], *end;
	double serial;

	if (kind == XLSX_NUMBER || !s->as_dates)
		return number_json(text);
	serial = strtod(text, &end);
	if (*end != '\0' || !xlsx_date_format(serial, kind, x->is_1904, date))
		return number_json(text);
	return json_string(date);
}

/* The value of the cell under way: a new reference, NULL where it has none. */
static json_t *
cell_json(struct sheet *s)
{
	const char *text;

	file_grow_add(&s->text, "", 1);
	s->text.len--;
	text = s->text.data;
	if (s->text.len == 0 && strcmp(s->type, "str") != 0)
		return NULL;
	if (strcmp(s->type, "s") == 0)
		return shared_json(s, text);
	if (strcmp(s->type, "b") == 0)
		return json_boolean(strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
	if (strcmp(s->type, "n") == 0)
		return styled_json(s, text);
	/* "str", "inlineStr", "d" (a date as ISO text), "e" (an error as it is shown: #N/A). */
	return text_json(s, text, s->text.len);
}

static void
cell_set(struct sheet *s, uint32_t column, json_t *value)
{
	json_decref(s->cells[column]);
	s->cells[column] = value;
	if (column > s->last)
		s->last = column;
}

static void
cell_end(struct sheet *s)
{
	json_t *value = in_range(s, s->column, s->row) || s->merges != NULL ? cell_json(s) : NULL;

	for (size_t i = 0; i < s->merge_count && value != NULL; i++) {
		struct merge *merge = &s->merges[i];

		if (merge->range.column == s->column && merge->range.row == s->row &&
		    merge->value == NULL)
			merge->value = ty_json_own(s->x->work->arena, json_incref(value));
	}
	if (value == NULL || in_range(s, s->column, s->row)) {
		if (value != NULL)
			cell_set(s, s->column, value);
		return;
	}
	json_decref(value);
}

/* ---- rows ---- */

static const char *
place_name(struct sheet *s, uint32_t column)
{
	uint32_t first = s->range.column > 0 ? s->range.column : 1;

	return ty_arena_printf(s->x->work->arena, "column_%u", column - first + 1);
}

static const char *
name_of(struct sheet *s, uint32_t column)
{
	if (s->names[column] == NULL)
		s->names[column] = place_name(s, column);
	return s->names[column];
}

/* Names of the columns; one that was there gets a number behind it. */
static void
header_take(struct sheet *s)
{
	struct ty_arena *arena = s->x->work->arena;
	struct ty_map *seen = ty_map_new(arena);

	for (uint32_t c = s->range.column > 0 ? s->range.column : 1; c <= s->last; c++) {
		const json_t *cell = s->cells[c];
		const char *name, *text;

		text = cell == NULL	      ? ""
		       : json_is_string(cell) ? json_string_value(cell)
					      : ty_json_dump(arena, cell, NULL);
		name = text[0] != '\0' ? ty_arena_strdup(arena, text) : place_name(s, c);
		text = name;
		for (size_t n = 2; ty_map_find(seen, name) != NULL; n++)
			name = ty_arena_printf(arena, "%s_%zu", text, n);
		ty_map_set(seen, name, seen);
		s->names[c] = name;
	}
	s->name_count = s->last;
}

static enum ty_code
count_check(struct sheet *s, size_t values, struct ty_err *err)
{
	*s->value_count += values;
	if (++*s->row_count <= TY_LIMIT_STEP_ITEMS && *s->value_count <= TY_LIMIT_STEP_VALUES)
		return TY_OK;
	if (*s->row_count > TY_LIMIT_STEP_ITEMS)
		ty_err_set(err, TY_E_LIMIT, "there are more than %d rows", TY_LIMIT_STEP_ITEMS);
	else
		ty_err_set(err, TY_E_LIMIT, "there are more than %d cells", TY_LIMIT_STEP_VALUES);
	return ty_err_hint(err,
			   "Read it in batches (the node Batches of a file, then a loop), or "
			   "a part of the sheet: range, say A1:F%d.",
			   TY_LIMIT_STEP_ITEMS);
}

static void
row_emit(struct sheet *s)
{
	uint32_t last = s->with_empty && s->name_count > s->last ? s->name_count : s->last;
	json_t *json = json_object();

	for (uint32_t c = s->range.column > 0 ? s->range.column : 1; c <= last; c++) {
		if (s->cells[c] != NULL)
			json_object_set(json, name_of(s, c), s->cells[c]);
		else if (s->with_empty)
			json_object_set_new(json, name_of(s, c), json_null());
	}
	if (s->sheet_field != NULL)
		json_object_set_new(json, s->sheet_field, json_string(s->of->name));
	if (s->x->batch_rows > 0) {
		xlsx_batches_row(s->x, json);
		json_decref(json);
		return;
	}
	if (count_check(s, json_object_size(json) + 1, s->x->err) != TY_OK) {
		json_decref(json);
		return;
	}
	(void)!file_item(s->x->work, json, s->x->err);
}

/* Cells of merged areas that are not their first get its value. */
static void
row_fill(struct sheet *s)
{
	for (size_t i = 0; i < s->merge_count; i++) {
		const struct merge *merge = &s->merges[i];

		if (merge->value == NULL || s->row < merge->range.row ||
		    s->row > merge->range.row_to)
			continue;
		for (uint32_t c = merge->range.column; c <= merge->range.column_to; c++)
			if (in_range(s, c, s->row) && s->cells[c] == NULL)
				cell_set(s, c, json_incref(merge->value));
	}
}

static void
row_end(struct sheet *s)
{
	bool has_value = false;

	row_fill(s);
	for (uint32_t c = 1; c <= s->last && !has_value; c++)
		has_value = s->cells[c] != NULL;
	if (has_value && s->has_header && !s->has_names) {
		header_take(s);
		s->has_names = true;
	} else if (has_value) {
		row_emit(s);
	}
	for (uint32_t c = 1; c <= s->last; c++) {
		json_decref(s->cells[c]);
		s->cells[c] = NULL;
	}
	s->last = 0;
	s->row_before = s->row;
}

/* Rows that are not written but lie in merged areas. */
static void
rows_between(struct sheet *s, uint32_t row)
{
	uint32_t to = 0;

	for (size_t i = 0; i < s->merge_count; i++)
		if (s->merges[i].value != NULL && s->merges[i].range.row_to > to)
			to = s->merges[i].range.row_to;
	for (uint32_t r = s->row_before + 1; r < row && r <= to && s->x->err->code == TY_OK; r++) {
		s->row = r;
		row_end(s);
	}
}

static void
row_begin(struct sheet *s, const char **attributes)
{
	const char *text = xlsx_attr(attributes, "r", NULL);
	uint32_t row = text != NULL ? (uint32_t)strtoul(text, NULL, 10) : s->row_before + 1;

	if (row == 0 || row > XLSX_ROWS_MAX) {
		(void)!ty_err_set(s->x->err, TY_E_INVALID,
				  "a row of the sheet has the number %.20s",
				  text != NULL ? text : "?");
		return;
	}
	rows_between(s, row);
	s->row = row;
	s->column = 0;
	if (s->range.row_to != 0 && row > s->range.row_to)
		s->x->is_enough = true;
}

static void
cell_begin(struct sheet *s, const char **attributes)
{
	const char *ref = xlsx_attr(attributes, "r", NULL);
	uint32_t row = 0;

	if (ref == NULL)
		s->column++;
	else if (xlsx_ref_parse(ref, &s->column, &row) == NULL)
		s->column = 0;
	if (s->column == 0 || s->column > XLSX_COLUMNS_MAX) {
		(void)!ty_err_set(s->x->err, TY_E_INVALID,
				  "a cell of row %u has the place \"%.20s\"", s->row,
				  ref != NULL ? ref : "?");
		return;
	}
	snprintf(s->type, sizeof(s->type), "%s", xlsx_attr(attributes, "t", "n"));
	s->style = strtoul(xlsx_attr(attributes, "s", "0"), NULL, 10);
	s->text.len = 0;
	s->is_inline = strcmp(s->type, "inlineStr") == 0;
	s->phonetic = 0;
	s->is_value = false;
}

/* ---- the walk ---- */

static void
sheet_start(void *ctx, const char *name, const char **attributes)
{
	struct sheet *s = ctx;

	if (strcmp(name, "row") == 0)
		row_begin(s, attributes);
	else if (strcmp(name, "c") == 0 && s->row > 0)
		cell_begin(s, attributes);
	else if (strcmp(name, "rPh") == 0)
		s->phonetic++;
	else if (s->column > 0)
		s->is_value = strcmp(name, s->is_inline ? "t" : "v") == 0 && s->phonetic == 0;
}

static void
sheet_end(void *ctx, const char *name)
{
	struct sheet *s = ctx;

	if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
		s->is_value = false;
	else if (strcmp(name, "rPh") == 0)
		s->phonetic -= s->phonetic > 0;
	else if (strcmp(name, "c") == 0 && s->column > 0)
		cell_end(s);
	else if (strcmp(name, "row") == 0 && s->row > 0)
		row_end(s);
	else if (strcmp(name, "sheetData") == 0)
		s->x->is_enough = true;
}

static void
sheet_text(void *ctx, const char *text, size_t len)
{
	struct sheet *s = ctx;

	if (!s->is_value)
		return;
	/* Excel itself ends at 32,767 characters. */
	if (s->text.len + len <= 8 * 32767)
		file_grow_add(&s->text, text, len);
	else
		(void)!ty_err_set(s->x->err, TY_E_LIMIT, "a cell of row %u has more than %d bytes",
				  s->row, 8 * 32767);
}

static const struct xlsx_walk sheet_walk = { sheet_start, sheet_end, sheet_text };

static void
merge_start(void *ctx, const char *name, const char **attributes)
{
	struct sheet *s = ctx;
	struct xlsx_range range;

	if (strcmp(name, "mergeCell") != 0 ||
	    !xlsx_range_parse(xlsx_attr(attributes, "ref", ""), &range) || range.column == 0 ||
	    range.row == 0 || range.column_to == 0 || range.row_to == 0)
		return;
	if (s->merge_count >= MERGES_MAX) {
		(void)!ty_err_set(s->x->err, TY_E_LIMIT, "the sheet has more than %d merged areas",
				  MERGES_MAX);
		return;
	}
	s->merges = ty_arena_grow(s->x->work->arena, s->merges, s->merge_count, &s->merge_cap,
				  sizeof(*s->merges));
	s->merges[s->merge_count++] = (struct merge){ .range = range };
}

static void
merge_end(void *ctx, const char *name)
{
}

static const struct xlsx_walk merge_walk = { merge_start, merge_end, NULL };

static enum ty_code
range_of(struct sheet *s, struct ty_err *err)
{
	const char *text = ty_json_str(s->options, "range", "");

	if (text[0] == '\0' || xlsx_range_parse(text, &s->range))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "\"%.60s\" is no range of cells", text);
	return ty_err_hint(err, "Write it as A1:F200, or A:F for whole columns.");
}

enum ty_code
xlsx_sheet(struct xlsx *x, const struct xlsx_sheet *sheet, size_t *rows, size_t *values,
	   struct ty_err *err)
{
	struct ty_arena *arena = x->work->arena;
	const json_t *options = x->work->options;
	struct sheet s = { .x = x,
			   .of = sheet,
			   .options = options,
			   .has_header = ty_json_bool(options, "header", true),
			   .as_dates = strcmp(ty_json_str(options, "dates", "iso"), "iso") == 0,
			   .with_empty = ty_json_bool(options, "empty", false),
			   .sheet_field = ty_str_or_null(ty_json_str(options, "sheet_field", "")),
			   .row_count = rows,
			   .value_count = values };

	if (range_of(&s, err) != TY_OK)
		return err->code;
	s.names = ty_arena_alloc_array(arena, XLSX_COLUMNS_MAX + 1, sizeof(*s.names));
	s.cells = ty_arena_alloc_array(arena, XLSX_COLUMNS_MAX + 1, sizeof(json_t *));
	/* Merged areas are told behind the cells. */
	if (strcmp(ty_json_str(options, "merged", "first"), "all") == 0 &&
	    xlsx_xml(x, sheet->path, &merge_walk, &s, err) != TY_OK)
		return err->code;
	if (xlsx_xml(x, sheet->path, &sheet_walk, &s, err) == TY_OK)
		rows_between(&s, XLSX_ROWS_MAX);
	if (err->code == TY_OK)
		(void)!xlsx_batches_end(x, false, err);
	for (uint32_t c = 1; c <= s.last; c++)
		json_decref(s.cells[c]);
	free(s.text.data);
	return err->code;
}
