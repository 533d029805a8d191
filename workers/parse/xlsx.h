/*
 * xlsx.h -- the parts of an Office Open XML workbook that its reader shares: XML as it is unpacked, the workbook's lists.
 */
#ifndef TY_PARSE_XLSX_H
#define TY_PARSE_XLSX_H

#include "zip_file.h"

/* Bytes of XML that are looked at in one workbook, unpacked: a table of a million cells has fewer. */
#define XLSX_XML_BYTES_MAX ((size_t)256 * 1024 * 1024)
/* Bytes of all texts that cells share; they are in memory at a time, beside the file and what is read of it. */
#define XLSX_STRINGS_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define XLSX_SHEETS_MAX	       1000
#define XLSX_STYLES_MAX	       65536 /* as many as Excel keeps */
#define XLSX_COLUMNS_MAX       16384
#define XLSX_ROWS_MAX	       1048576

/* ---- xlsx_xml.c ---- */

/* Names come without their prefix, "c" for "x:c". */
struct xlsx_walk {
	void (*start)(void *ctx, const char *name, const char **attributes);
	void (*end)(void *ctx, const char *name);
	void (*text)(void *ctx, const char *text, size_t len); /* NULL = none is wanted */
};

/* An attribute by its name without prefix; 'def' = it has none. */
const char *xlsx_attr(const char **attributes, const char *name, const char *def);

struct xlsx {
	struct file_work *work;
	zip_t *zip;
	size_t xml_bytes;
	struct ty_err *err; /* set by a handler: reading stops */
	bool is_enough;	    /* set by a handler: the rest is not wanted */
	/* The workbook. */
	struct xlsx_sheet {
		const char *name, *path; /* path NULL = no worksheet: a chart, say */
		bool is_hidden;
	} * sheets;
	size_t sheet_count, sheet_cap;
	bool is_1904;
	/* Texts that cells share: [i] begins at offsets[i] of bytes. */
	struct file_grow bytes;
	uint32_t *offsets;
	size_t string_count, string_cap;
	/* Batches (xlsx_batches.c): rows of a file, 0 = none are made; rows to leave out; rows so far; those of the
	 * file under way; files so far. */
	size_t batch_rows, skip, row_at, batch_count, batch_files;
	/* An enum xlsx_kind for each cell style. */
	uint8_t *kinds;
	size_t kind_count, kind_cap;
};

/* Has the archive a part of this path? */
bool xlsx_has(struct xlsx *x, const char *path);
/* Read a part.  Errors: TY_E_INVALID (broken XML, no such part), TY_E_LIMIT, those of the handlers. */
enum ty_code xlsx_xml(struct xlsx *x, const char *path, const struct xlsx_walk *walk, void *ctx,
		      struct ty_err *err) TY_MUST_CHECK;
/* Add text as spreadsheets write it, in which _x000A_ stands for a line end. */
void xlsx_text_add(struct file_grow *grow, const char *text, size_t len);

/* ---- xlsx_book.c ---- */

enum xlsx_kind { XLSX_NUMBER, XLSX_DATE, XLSX_TIME, XLSX_DATE_TIME };

/* Kind of what a number format shows. */
enum xlsx_kind xlsx_format_kind(const char *format);
/* The workbook, its styles and its shared texts. */
enum ty_code xlsx_book(struct xlsx *x, struct ty_err *err) TY_MUST_CHECK;
void xlsx_done(struct xlsx *x);

/* ---- xlsx_date.c ---- */

/* Room for a date and time with milliseconds. */
#define XLSX_DATE_SIZE 32
/*
 * The date of a serial number; false where there is none of this number.  Those of 1900 count a 29th of February, which
 * there was not, as day 60.
 */
bool xlsx_date_format(double serial, enum xlsx_kind kind, bool is_1904, char out[XLSX_DATE_SIZE]);
/* The serial number of "2026-01-31", also with a time ("T10:00", " 10:00:05.5"), by the calendar of 1900; false: no such date. */
bool xlsx_date_parse(const char *text, double *ret_serial, bool *ret_has_time);

/* ---- xlsx_cell.c ---- */

/* Cells from .. to, counted from 1; 0 = open. */
struct xlsx_range {
	uint32_t column, row, column_to, row_to;
};

/* "B5" -> 2, 5; a part that is not there stays 0.  Gives what follows, NULL where it is no reference. */
const char *xlsx_ref_parse(const char *text, uint32_t *ret_column, uint32_t *ret_row);
/* "A1:C9", "A:C", "B2".  False: it is none. */
bool xlsx_range_parse(const char *text, struct xlsx_range *ret_range);
void xlsx_column_name(uint32_t column, char out[8]);

/* ---- xlsx_sheet.c ---- */

/* Rows of a sheet as items; 'rows' and 'values' count those of all sheets of the call.  Errors: TY_E_INVALID, TY_E_LIMIT. */
enum ty_code xlsx_sheet(struct xlsx *x, const struct xlsx_sheet *sheet, size_t *rows,
			size_t *values, struct ty_err *err) TY_MUST_CHECK;

/* ---- xlsx_batches.c ---- */

void xlsx_batches_begin(struct xlsx *x);
/* Take a row; what is wrong is in x->err. */
void xlsx_batches_row(struct xlsx *x, json_t *json);
/* End the file under way, if there is one.  Errors: TY_E_LIMIT. */
enum ty_code xlsx_batches_end(struct xlsx *x, bool is_more, struct ty_err *err) TY_MUST_CHECK;

/* ---- xlsx_write.c ---- */

enum ty_code xlsx_write(struct file_work *work, struct ty_err *err) TY_MUST_CHECK;

#endif
