/*
 * xlsx_batches.c -- rows of a sheet as files of JSON lines, each with so many rows.
 *
 * Options beside those of a read: "rows" of a file; "skip": rows that calls before have given; "key" of the files.
 * Items: { "rows", "more"? } with the file; "more" says that the sheet goes on behind what one call may give.
 */
#include "xlsx.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

#include <string.h>

/* Bytes of all files of a call, with which they fit into the process's memory beside the workbook. */
#define BYTES_MAX (FILE_OUT_BYTES_MAX / 2)
/* Files of a call: each is written to the store. */
#define FILES_MAX 900
/* Bytes of a file from which on it takes no more rows, so that nodes that read a file whole can. */
#define BATCH_BYTES (FILE_JSON_BYTES_MAX / 2)

void
xlsx_batches_begin(struct xlsx *x)
{
	const json_t *options = x->work->options;

	if (strcmp(ty_json_str(options, "do", ""), "batches") != 0)
		return;
	x->batch_rows = (size_t)ty_json_int(options, "rows", 1000);
	x->skip = (size_t)ty_json_int(options, "skip", 0);
}

enum ty_code
xlsx_batches_end(struct xlsx *x, bool is_more, struct ty_err *err)
{
	struct file_work *work = x->work;
	json_t *json;

	if (x->batch_count == 0)
		return TY_OK;
	json = json_pack("{s:I}", "rows", (json_int_t)x->batch_count);
	if (is_more)
		json_object_set_new(json, "more", json_true());
	file_end(work, ty_json_str(work->options, "key", "data"),
		 ty_arena_printf(work->arena, "rows-%zu.jsonl", x->row_at), "application/x-ndjson");
	x->batch_count = 0;
	x->batch_files++;
	return file_item(work, json, err);
}

void
xlsx_batches_row(struct xlsx *x, json_t *json)
{
	bool is_full = x->batch_count >= x->batch_rows || file_len(x->work) >= BATCH_BYTES;
	bool is_enough = is_full && (x->batch_files + 1 >= FILES_MAX ||
				     x->work->bytes.len - x->work->room >= BYTES_MAX);
	struct ty_arena *arena;
	const char *text;
	size_t len;

	if (x->row_at < x->skip) {
		x->row_at++;
		return;
	}
	if (is_full && xlsx_batches_end(x, is_enough, x->err) != TY_OK)
		return;
	if (is_enough) {
		x->is_enough = true;
		return;
	}
	x->row_at++;
	x->batch_count++;
	arena = ty_arena_new(NULL, "row", 0);
	text = ty_json_dump(arena, json, &len);
	if (file_add(x->work, text, len, x->err) == TY_OK)
		(void)!file_add(x->work, "\n", 1, x->err);
	ty_arena_free(arena);
}
