/*
 * xlsx.c -- the file tool "xlsx": workbooks read into rows, rows written as workbooks.
 *
 * Options: { "do": "read" | "batches" | "sheets" | "write" }; of "read" { "which": "first" | "named" | "all", "sheet", "header",
 * "range", "dates": "iso" | "number", "empty", "merged": "first" | "all", "hidden", "sheet_field" }; of "write" see
 * xlsx_write.c, of "batches" xlsx_batches.c.
 *
 * Read with libzip and expat, since Debian's only library for it, freexl, opens the older .xls alone.
 */
#include "xlsx.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <expat.h>
#include <string.h>

static enum ty_code
no_sheet(const struct xlsx *x, const char *name, struct ty_err *err)
{
	struct ty_arena *arena = x->work->arena;
	const char *names = "";

	for (size_t i = 0; i < x->sheet_count && i < 5; i++)
		names = ty_arena_printf(arena, "%s%s\"%.31s\"", names, i > 0 ? ", " : "",
					x->sheets[i].name);
	ty_err_set(err, TY_E_INVALID, "the workbook has no sheet \"%.60s\"", name);
	return ty_err_hint(err, "It has %s%s.", names, x->sheet_count > 5 ? " and more" : "");
}

static enum ty_code
sheet_read(struct xlsx *x, const struct xlsx_sheet *sheet, size_t *rows, size_t *values,
	   struct ty_err *err)
{
	if (sheet->path == NULL)
		return ty_err_set(err, TY_E_INVALID, "\"%.60s\" is a chart, and no sheet of cells",
				  sheet->name);
	if (xlsx_sheet(x, sheet, rows, values, err) != TY_OK)
		return ty_err_wrap(err, "sheet \"%.31s\"", sheet->name);
	return TY_OK;
}

static enum ty_code
sheets_read(struct xlsx *x, struct ty_err *err)
{
	const char *which = ty_json_str(x->work->options, "which", "first");
	const char *name = ty_json_str(x->work->options, "sheet", "");
	bool all = strcmp(which, "all") == 0, named = strcmp(which, "named") == 0;
	bool hidden = ty_json_bool(x->work->options, "hidden", false);
	size_t rows = 0, values = 0, found = 0;

	for (size_t i = 0; i < x->sheet_count; i++) {
		const struct xlsx_sheet *sheet = &x->sheets[i];

		if (named ? !ty_str_ieq(sheet->name, name)
			  : (sheet->is_hidden && !hidden) || sheet->path == NULL)
			continue;
		found++;
		if (sheet_read(x, sheet, &rows, &values, err) != TY_OK)
			return err->code;
		if (!all)
			return TY_OK;
	}
	if (found > 0)
		return TY_OK;
	if (named)
		return no_sheet(x, name, err);
	ty_err_set(err, TY_E_INVALID, "all sheets of the workbook are hidden");
	return ty_err_hint(err, "Name one, or let hidden sheets be read.");
}

static enum ty_code
sheets_list(struct xlsx *x, struct ty_err *err)
{
	for (size_t i = 0; i < x->sheet_count; i++) {
		json_t *json = json_pack("{s:s, s:i, s:b, s:b}", "name", x->sheets[i].name,
					 "number", (int)i + 1, "hidden", x->sheets[i].is_hidden,
					 "chart", x->sheets[i].path == NULL);

		if (file_item(x->work, json, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* The container of .xls files, and of workbooks with a password. */
static bool
is_ole(const struct file_in *file)
{
	return file->len >= 8 && memcmp(file->data, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) == 0;
}

static enum ty_code
book_read(struct file_work *work, const struct file_in *file, struct ty_err *err)
{
	struct xlsx x = { .work = work, .err = err };

	if (is_ole(file)) {
		ty_err_set(err, TY_E_INVALID,
			   "the file is an .xls of before 2007, or a workbook with a password");
		return ty_err_hint(err, "Save it as .xlsx without a password, or as CSV.");
	}
	if (zip_begin(file, &x.zip, err) != TY_OK)
		return err->code;
	xlsx_batches_begin(&x);
	if (xlsx_book(&x, err) == TY_OK) {
		if (strcmp(ty_json_str(work->options, "do", ""), "sheets") == 0)
			(void)!sheets_list(&x, err);
		else
			(void)!sheets_read(&x, err);
	}
	xlsx_done(&x);
	zip_discard(x.zip);
	return err->code;
}

static enum ty_code
xlsx_run(struct file_work *work, struct ty_err *err)
{
	work->library = ty_arena_printf(work->arena, "libzip %s, %s", zip_libzip_version(),
					XML_ExpatVersion());
	if (strcmp(ty_json_str(work->options, "do", ""), "write") == 0)
		return xlsx_write(work, err);
	if (work->file_count == 0)
		return ty_err_set(err, TY_E_INVALID, "there is no file");
	return book_read(work, &work->files[0], err);
}

const struct file_tool file_tool_xlsx = {
	.name = "xlsx",
	.run = xlsx_run,
};
