/*
 * xlsx_write.c -- rows as a workbook, written part by part and packed by libzip.
 *
 * Options: { "do": "write", "columns": [name], "header", "sheet", "escape_formulas", "as_dates", "name", "key" };
 * items: [ { "cells": [value], "sheet"? } ], of which those with another sheet make sheets of their own.
 *
 * Written by hand rather than by libxlsxwriter 1.1, because that writes temporary files, and there are none in the
 * jail.  A text is never a formula in a workbook: only <f> is one.  The same rows give the same bytes.
 */
#include "xlsx.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Characters of a cell's text, by Excel's own limit (UTF-16 units). */
#define CELL_TEXT_MAX	32767
#define SHEET_NAME_MAX	31
#define SHEETS_MADE_MAX 100
/* Digits that a spreadsheet keeps of a number; one with more is written as text. */
#define NUMBER_MAX 999999999999999LL

/* Indexes of styles.xml's cellXfs. */
enum { STYLE_NONE, STYLE_HEADER, STYLE_DATE, STYLE_DATE_TIME };

struct made_sheet {
	const char *name;
	struct file_grow xml;
	uint32_t rows;
};

struct making {
	struct file_work *work;
	const json_t *columns;
	bool header, escape, as_dates;
	struct made_sheet *sheets[SHEETS_MADE_MAX];
	size_t sheet_count;
	struct ty_map *by_name;
};

static void
add(struct file_grow *grow, const char *text)
{
	file_grow_add(grow, text, strlen(text));
}

/* Text in XML.  Control characters, which XML has none of, and what would be read as one are written as _x000B_. */
static void
add_text(struct file_grow *grow, const char *text, size_t len)
{
	char escape[16];

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool is_escape = c == '_' && i + 6 < len && text[i + 1] == 'x' &&
				 text[i + 6] == '_' &&
				 strspn(text + i + 2, "0123456789abcdefABCDEF") >= 4;

		if (c == '&')
			add(grow, "&amp;");
		else if (c == '<')
			add(grow, "&lt;");
		else if (c == '>')
			add(grow, "&gt;");
		else if (c == '"')
			add(grow, "&quot;");
		else if ((c < 0x20 && c != '\t' && c != '\n') || is_escape) {
			snprintf(escape, sizeof(escape), "_x%04X_", c);
			add(grow, escape);
		} else
			file_grow_add(grow, text + i, 1);
	}
}

/* Units of UTF-16: as many as code points, and one more for those beyond the first plane. */
static size_t
utf16_len(const char *text, size_t len)
{
	size_t units = 0;

	for (size_t i = 0; i < len; i++)
		units += ((text[i] & 0xC0) != 0x80) + ((text[i] & 0xF8) == 0xF0);
	return units;
}

/* ---- cells ---- */

static enum ty_code
too_long(const char *place, size_t units, struct ty_err *err)
{
	ty_err_set(err, TY_E_LIMIT, "the text of cell %s has %zu characters, and a cell %d at most",
		   place, units, CELL_TEXT_MAX);
	return ty_err_hint(err, "Cut it before, or leave its column out.");
}

static enum ty_code
text_cell(struct making *m, struct file_grow *xml, const char *place, const char *text, size_t len,
	  int style, struct ty_err *err)
{
	char head[80];

	if (utf16_len(text, len) > CELL_TEXT_MAX)
		return too_long(place, utf16_len(text, len), err);
	snprintf(head, sizeof(head),
		 "<c r=\"%s\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", place,
		 style);
	add(xml, head);
	if (m->escape && style != STYLE_HEADER && len > 0 && strchr("=+-@\t\r", text[0]) != NULL)
		add(xml, "'");
	add_text(xml, text, len);
	add(xml, "</t></is></c>");
	return TY_OK;
}

static void
plain_cell(struct file_grow *xml, const char *place, int style, const char *type, const char *value)
{
	char cell[160];

	snprintf(cell, sizeof(cell), "<c r=\"%s\" s=\"%d\"%s><v>%s</v></c>", place, style, type,
		 value);
	add(xml, cell);
}

static bool
date_cell(struct making *m, struct file_grow *xml, const char *place, const json_t *value)
{
	char number[40];
	bool has_time;
	double serial;

	if (!m->as_dates || !json_is_string(value) ||
	    !xlsx_date_parse(json_string_value(value), &serial, &has_time))
		return false;
	snprintf(number, sizeof(number), "%.15g", serial);
	plain_cell(xml, place, has_time ? STYLE_DATE_TIME : STYLE_DATE, "", number);
	return true;
}

/* A number that a spreadsheet keeps as it is. */
static bool
is_kept(const json_t *value)
{
	if (json_is_integer(value))
		return json_integer_value(value) <= NUMBER_MAX &&
		       json_integer_value(value) >= -NUMBER_MAX;
	return json_is_real(value);
}

static enum ty_code
cell(struct making *m, struct file_grow *xml, const char *place, const json_t *value,
     struct ty_err *err)
{
	struct ty_arena *arena;
	const char *text;
	size_t len;

	if (value == NULL || json_is_null(value) || date_cell(m, xml, place, value))
		return TY_OK;
	if (json_is_boolean(value)) {
		plain_cell(xml, place, STYLE_NONE, " t=\"b\"", json_is_true(value) ? "1" : "0");
		return TY_OK;
	}
	if (json_is_string(value))
		return text_cell(m, xml, place, json_string_value(value), json_string_length(value),
				 STYLE_NONE, err);
	arena = ty_arena_new(m->work->arena, "cell", 0);
	text = ty_json_dump(arena, value, &len);
	if (is_kept(value) && len < 64)
		plain_cell(xml, place, STYLE_NONE, "", text);
	else
		(void)!text_cell(m, xml, place, text, len, STYLE_NONE, err);
	ty_arena_free(arena);
	return err->code;
}

static enum ty_code
row_add(struct making *m, struct made_sheet *sheet, const json_t *cells, bool is_header,
	struct ty_err *err)
{
	char head[32], place[24], column[8];
	json_t *value;
	size_t i;

	sheet->rows++;
	snprintf(head, sizeof(head), "<row r=\"%u\">", sheet->rows);
	add(&sheet->xml, head);
	json_array_foreach((json_t *)cells, i, value)
	{
		xlsx_column_name((uint32_t)i + 1, column);
		snprintf(place, sizeof(place), "%s%u", column, sheet->rows);
		if (is_header)
			(void)!text_cell(m, &sheet->xml, place, json_string_value(value),
					 json_string_length(value), STYLE_HEADER, err);
		else
			(void)!cell(m, &sheet->xml, place, value, err);
		if (err->code != TY_OK)
			return err->code;
	}
	add(&sheet->xml, "</row>");
	if (sheet->xml.len > FILE_OUT_BYTES_MAX)
		return ty_err_set(err, TY_E_LIMIT, "the sheet has more than %d bytes",
				  FILE_OUT_BYTES_MAX);
	return TY_OK;
}

/* ---- sheets ---- */

static enum ty_code
name_refused(const char *name, const char *why, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "a sheet cannot be called \"%.60s\": %s", name, why);
	return ty_err_hint(err, "Up to 31 characters, none of [ ] : * ? / and backslash.");
}

static enum ty_code
sheet_name_check(const char *name, struct ty_err *err)
{
	size_t len = strlen(name);

	if (len == 0)
		return name_refused(name, "it is empty", err);
	if (utf16_len(name, len) > SHEET_NAME_MAX)
		return name_refused(name, "it is too long", err);
	if (strpbrk(name, "[]:*?/\\") != NULL)
		return name_refused(name, "it has a character that a name may not have", err);
	if (name[0] == '\'' || name[len - 1] == '\'')
		return name_refused(name, "it begins or ends with a quote", err);
	return TY_OK;
}

static void
sheet_free(void *ptr)
{
	struct made_sheet *sheet = ptr;

	free(sheet->xml.data);
}

/* Names of sheets count as the same in any case of letters. */
static enum ty_code
sheet_get(struct making *m, const char *name, struct made_sheet **ret_sheet, struct ty_err *err)
{
	struct ty_arena *arena = m->work->arena;
	const char *key = ty_str_lower(arena, name);
	struct made_sheet *sheet = ty_map_find(m->by_name, key);

	*ret_sheet = sheet;
	if (sheet != NULL)
		return TY_OK;
	if (sheet_name_check(name, err) != TY_OK)
		return err->code;
	if (m->sheet_count == SHEETS_MADE_MAX)
		return ty_err_set(err, TY_E_LIMIT, "the rows make more than %d sheets",
				  SHEETS_MADE_MAX);
	sheet = ty_arena_new_of(arena, struct made_sheet);
	ty_arena_defer(arena, sheet_free, sheet);
	sheet->name = ty_arena_strdup(arena, name);
	add(&sheet->xml,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
	    "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
	    "<sheetData>");
	ty_map_set(m->by_name, key, sheet);
	m->sheets[m->sheet_count++] = sheet;
	*ret_sheet = sheet;
	return m->header ? row_add(m, sheet, m->columns, true, err) : TY_OK;
}

static enum ty_code
rows_add(struct making *m, struct ty_err *err)
{
	const char *usual = ty_json_str(m->work->options, "sheet", "Sheet1");
	struct made_sheet *sheet;
	json_t *item;
	size_t i;

	if (json_array_size(m->work->items) == 0)
		return sheet_get(m, usual, &sheet, err);
	json_array_foreach((json_t *)m->work->items, i, item)
	{
		if (sheet_get(m, ty_json_str(item, "sheet", usual), &sheet, err) != TY_OK ||
		    row_add(m, sheet, json_object_get(item, "cells"), false, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* ---- the parts ---- */

#define HEAD	"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define OFFICE	"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define MAIN	"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define KIND	"application/vnd.openxmlformats-officedocument.spreadsheetml."

static const char root_rels[] = HEAD
	"<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE
	"/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

/* cellXfs in the order of the STYLE_ names. */
static const char styles[] = HEAD
	"<styleSheet xmlns=\"" MAIN
	"\"><numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>"
	"<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts>"
	"<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
	"<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
	"<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill "
	"patternType=\"gray125\"/></fill></fills>"
	"<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
	"<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" "
	"borderId=\"0\"/></cellStyleXfs>"
	"<cellXfs count=\"4\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" "
	"xfId=\"0\"/>"
	"<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>"
	"<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
	"applyNumberFormat=\"1\"/>"
	"<xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
	"applyNumberFormat=\"1\"/></cellXfs>"
	"<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" "
	"builtinId=\"0\"/></cellStyles></styleSheet>";

static const char *
parts_list(struct making *m, const char *head, const char *each, const char *tail)
{
	struct ty_arena *arena = m->work->arena;
	struct file_grow grow = { 0 };
	const char *text;

	add(&grow, head);
	for (size_t i = 0; i < m->sheet_count; i++) {
		for (const char *c = each; *c != '\0'; c++) {
			if (*c == '#')
				add(&grow, ty_arena_printf(arena, "%zu", i + 1));
			else if (*c == '@')
				add_text(&grow, m->sheets[i]->name, strlen(m->sheets[i]->name));
			else
				file_grow_add(&grow, c, 1);
		}
	}
	add(&grow, tail);
	text = ty_arena_strndup(arena, grow.data, grow.len);
	free(grow.data);
	return text;
}

static void
part(struct file_in *file, const char *name, const char *text)
{
	*file = (struct file_in){ .name = name, .data = text, .len = strlen(text) };
}

static enum ty_code
book_pack(struct making *m, struct ty_err *err)
{
	struct ty_arena *arena = m->work->arena;
	struct file_in files[5 + SHEETS_MADE_MAX];
	size_t count = 0;

	part(&files[count++], "[Content_Types].xml",
	     parts_list(m,
			HEAD "<Types xmlns=\"" PACKAGE
			     "content-types\"><Default Extension=\"rels\" "
			     "ContentType=\"application/"
			     "vnd.openxmlformats-package.relationships+xml\"/><Default "
			     "Extension=\"xml\" ContentType=\"application/xml\"/><Override "
			     "PartName=\"/xl/workbook.xml\" ContentType=\"" KIND
			     "sheet.main+xml\"/><Override "
			     "PartName=\"/xl/styles.xml\" ContentType=\"" KIND "styles+xml\"/>",
			"<Override PartName=\"/xl/worksheets/sheet#.xml\" ContentType=\"" KIND
			"worksheet+xml\"/>",
			"</Types>"));
	part(&files[count++], "_rels/.rels", root_rels);
	part(&files[count++], "xl/workbook.xml",
	     parts_list(m, HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheets>",
			"<sheet name=\"@\" sheetId=\"#\" r:id=\"rId#\"/>", "</sheets></workbook>"));
	part(&files[count++], "xl/_rels/workbook.xml.rels",
	     parts_list(m, HEAD "<Relationships xmlns=\"" PACKAGE "relationships\">",
			"<Relationship Id=\"rId#\" Type=\"" OFFICE
			"/worksheet\" Target=\"worksheets/sheet#.xml\"/>",
			"<Relationship Id=\"styles\" Type=\"" OFFICE
			"/styles\" Target=\"styles.xml\"/></Relationships>"));
	part(&files[count++], "xl/styles.xml", styles);
	for (size_t i = 0; i < m->sheet_count; i++) {
		struct file_grow *xml = &m->sheets[i]->xml;

		add(xml, "</sheetData></worksheet>");
		files[count++] = (struct file_in){
			.name = ty_arena_printf(arena, "xl/worksheets/sheet%zu.xml", i + 1),
			.data = xml->data,
			.len = xml->len
		};
	}
	return zip_pack_files(m->work, files, count, 6, err);
}

enum ty_code
xlsx_write(struct file_work *work, struct ty_err *err)
{
	struct making m = { .work = work,
			    .columns = ty_json_arr(work->options, "columns"),
			    .header = ty_json_bool(work->options, "header", true),
			    .escape = ty_json_bool(work->options, "escape_formulas", false),
			    .as_dates = ty_json_bool(work->options, "as_dates", false),
			    .by_name = ty_map_new(work->arena) };

	if (json_array_size(m.columns) > XLSX_COLUMNS_MAX) {
		ty_err_set(err, TY_E_LIMIT, "there are %zu columns, and a sheet has %d",
			   json_array_size(m.columns), XLSX_COLUMNS_MAX);
		return ty_err_hint(err, "Choose the columns.");
	}
	if (rows_add(&m, err) != TY_OK || book_pack(&m, err) != TY_OK)
		return err->code;
	file_end(work, ty_json_str(work->options, "key", "data"),
		 ty_json_str(work->options, "name", "table.xlsx"), KIND "sheet");
	return file_item(work, json_object(), err);
}
