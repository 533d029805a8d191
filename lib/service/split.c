/*
 * split.c -- the service "split": a file of rows becomes files of so many rows each, piece by piece.
 *
 * Request:  { "file": handle, "rows": n, "form": "csv" | "lines", "header": bool, "delimiter": "" = as in the first
 *             line, "quote" }
 * Answer:   { "parts": [ { "rows", "file": handle } ] }
 *
 *	begin --> (timer) --> pump: a piece from the reader, to the end of a part --> the part's writer
 *	            ^            |                                                        |
 *	            |            +-- the reader or the writer has to wait: its event      |
 *	            +--------------------- a part is committed ---------------------------+
 *
 * Invariants:
 *   (1) A chunk of the file read, one of the part written, and the header are in memory, whatever the file's size.
 *   (2) A part ends where a record does, and begins with the header: it is read as the file would be.
 *   (3) Equal files give equal parts, so that a call in doubt is made again.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "blob/reader.h"
#include "blob/writer.h"
#include "json/json.h"
#include "service/rows.h"
#include "service/service.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PIECE_BYTES 65536
/* Bytes from which on a part takes no more rows, so that nodes that read a file whole can. */
#define PART_BYTES (TY_LIMIT_HTTP_RESPONSE_BYTES / 2)
/* A line of names is no longer; it is in every part. */
#define HEADER_BYTES_MAX (1024 * 1024)

struct call {
	const struct ty_service_means *means;
	ty_service_fn fn;
	void *ctx;
	struct ty_arena *arena;
	const json_t *request;
	struct ty_id workspace_id, run_id;
	struct ty_blob_meta file;
	size_t rows_max;
	struct ty_blob_reader *reader;
	char piece[PIECE_BYTES];
	size_t at, len; /* of the piece: taken, there */
	bool is_at_end, is_begun, has_header;
	struct rows rows;
	struct ty_buf header;
	size_t header_put;
	struct ty_blob_writer *writer; /* of the part under way; NULL = none */
	size_t left;		       /* bytes from 'at' on that are the part's */
	bool is_cut;		       /* the part ends behind them */
	bool is_ending, is_part_done;  /* the writer is at its end; it is to be freed */
	bool is_pumping, is_due, is_settled;
	json_t *parts; /* the arena's */
	uv_timer_t later;
	json_t *answer; /* the arena's */
	struct ty_err err;
};

static void
call_closed(uv_handle_t *handle)
{
	struct call *call = handle->data;

	ty_arena_free(call->arena);
	free(call);
}

static void
call_free(struct call *call)
{
	ty_blob_reader_free(call->reader);
	ty_blob_writer_free(call->writer);
	uv_close((uv_handle_t *)&call->later, call_closed);
}

static void
call_tell(uv_timer_t *timer)
{
	struct call *call = timer->data;

	call->fn(call->ctx, call->err.code == TY_OK ? call->answer : NULL,
		 call->err.code == TY_OK ? NULL : &call->err);
	call_free(call);
}

static void
call_settle(struct call *call)
{
	if (call->is_settled)
		return;
	call->is_settled = true;
	if (call->err.code == TY_OK)
		call->answer = ty_json_own(call->arena, json_pack("{s:O}", "parts", call->parts));
	uv_timer_start(&call->later, call_tell, 0, 0);
}

static void pump(void *ctx);

static void
pump_later(uv_timer_t *timer)
{
	struct call *call = timer->data;

	if (call->is_part_done) {
		ty_blob_writer_free(call->writer);
		call->writer = NULL;
		call->is_part_done = call->is_ending = false;
	}
	pump(call);
}

/* ---- parts ---- */

/* The writer is free to be freed once we are out of it. */
static void
part_left(struct call *call)
{
	call->rows.count = 0;
	call->is_cut = false;
	call->is_part_done = true;
	uv_timer_start(&call->later, pump_later, 0, 0);
}

static void
part_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	struct call *call = ctx;
	bool is_csv = call->rows.delimiter != '\0';
	const char *name = call->file.name, *dot = strrchr(name, '.');
	int stem = dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name);
	struct ty_blob_meta meta = { .mime = is_csv ? "text/csv" : "application/x-ndjson" };

	if (err != NULL) {
		call->err = *err;
		call_settle(call);
		return;
	}
	meta.name = ty_arena_printf(call->arena, "%.*s-%zu.%s", stem, name,
				    json_array_size(call->parts) + 1, is_csv ? "csv" : "jsonl");
	meta.hash = blob->hash;
	meta.bytes = blob->bytes;
	json_array_append_new(call->parts,
			      json_pack("{s:I, s:o}", "rows", (json_int_t)call->rows.count, "file",
					ty_blob_meta_json(&meta)));
	ty_blob_unref(blob);
	part_left(call);
}

static bool
part_open(struct call *call)
{
	const struct ty_blob_scope scope = { .workspace_id = call->workspace_id,
					     .owner_id = call->run_id,
					     .is_verified = true };
	const struct ty_blob_writer_events events = { pump, part_done, call };

	if (json_array_size(call->parts) == TY_LIMIT_STEP_ITEMS) {
		ty_err_set(&call->err, TY_E_LIMIT, "The file has more than %d batches",
			   TY_LIMIT_STEP_ITEMS);
		ty_err_hint(&call->err, "Take more rows for a batch.");
		call_settle(call);
		return false;
	}
	call->writer = ty_blob_writer_new(call->means->blobs, call->means->blobs_ctx, &scope,
					  TY_LIMIT_BLOB_BYTES, &events);
	call->header_put = 0;
	return true;
}

/* False where the writer has to wait, or has failed. */
static bool
put(struct call *call, const char *data, size_t len, size_t *at)
{
	const struct ty_err *failure;

	*at += ty_blob_writer_add(call->writer, data + *at, len - *at);
	failure = ty_blob_writer_failure(call->writer);
	if (failure != NULL) {
		call->err = *failure;
		call_settle(call);
	}
	return failure == NULL && *at == len;
}

/* ---- the file ---- */

static void
begin_reading(struct call *call)
{
	const char *delimiter = ty_json_str(call->request, "delimiter", ","), *first = call->piece;
	size_t counts[4] = { 0 }, best = 0;

	call->is_begun = true;
	if (call->len >= 2 &&
	    (memcmp(first, "\xFF\xFE", 2) == 0 || memcmp(first, "\xFE\xFF", 2) == 0)) {
		ty_err_set(&call->err, TY_E_INVALID,
			   "The file is UTF-16, whose lines are not seen");
		ty_err_hint(&call->err, "Have it written as UTF-8.");
		call_settle(call);
	}
	/* A quote behind the mark begins a field; parts are UTF-8 without it. */
	if (call->len >= 3 && memcmp(first, "\xEF\xBB\xBF", 3) == 0)
		call->at = 3;
	if (ty_str_eq(ty_json_str(call->request, "form", ""), "lines")) {
		call->has_header = true;
		return;
	}
	call->rows.quote = ty_json_str(call->request, "quote", "\"")[0];
	call->rows.delimiter = delimiter[0];
	call->has_header = !ty_json_bool(call->request, "header", true);
	if (delimiter[0] != '\0')
		return;
	/* Guess as nodes/csv.c does. */
	for (size_t i = 0; i < call->len && first[i] != '\n' && first[i] != '\r'; i++)
		for (size_t k = 0; k < TY_ARRAY_COUNT(counts); k++)
			counts[k] += first[i] == ",;\t|"[k];
	for (size_t k = 1; k < TY_ARRAY_COUNT(counts); k++)
		best = counts[k] > counts[best] ? k : best;
	call->rows.delimiter = ",;\t|"[best];
}

/* A piece; false where there is none yet, or reading has failed. */
static bool
piece_take(struct call *call)
{
	ssize_t n = ty_blob_reader_take(call->reader, call->piece, sizeof(call->piece));

	if (n == TY_BLOB_FAILED) {
		call->err = *ty_blob_reader_failure(call->reader);
		call_settle(call);
	}
	if (n < 0)
		return false;
	call->at = 0;
	call->len = (size_t)n;
	call->is_at_end = n == 0;
	if (!call->is_begun)
		begin_reading(call);
	return !call->is_settled;
}

static void
header_take(struct call *call)
{
	size_t n = rows_scan(&call->rows, 1, call->piece + call->at, call->len - call->at,
			     &call->has_header);

	ty_buf_add(&call->header, call->piece + call->at, n);
	call->at += n;
	if (call->has_header)
		call->rows = (struct rows){ .delimiter = call->rows.delimiter,
					    .quote = call->rows.quote };
	if (call->header.len <= HEADER_BYTES_MAX)
		return;
	ty_err_set(&call->err, TY_E_LIMIT, "The first line has more than %d bytes",
		   HEADER_BYTES_MAX);
	ty_err_hint(&call->err,
		    "Choose the right quote and delimiter, or that there is no header.");
	call_settle(call);
}

/* Find what of the piece's rest belongs to the part under way. */
static void
rows_take(struct call *call)
{
	size_t max = call->rows_max;

	if (call->writer != NULL && ty_blob_writer_bytes(call->writer) >= PART_BYTES)
		max = 0; /* the record that ends next is its last */
	call->left = rows_scan(&call->rows, max > 0 ? max : 1, call->piece + call->at,
			       call->len - call->at, &call->is_cut);
}

/* The part, or the file, has ended: what has no row is dropped. */
static void
part_end(struct call *call)
{
	if (call->is_at_end)
		rows_end(&call->rows);
	call->is_ending = true;
	if (call->writer == NULL)
		call_settle(call);
	else if (call->rows.count == 0)
		part_left(call);
	else
		ty_blob_writer_end(call->writer);
}

/* A step on the way; false where something has to come first. */
static bool
step_on(struct call *call)
{
	size_t put_at = 0;
	bool is_whole;

	if (call->writer != NULL && call->header_put < call->header.len &&
	    !put(call, call->header.data, call->header.len, &call->header_put))
		return false;
	if (call->left > 0) {
		is_whole = put(call, call->piece + call->at, call->left, &put_at);
		call->at += put_at;
		call->left -= put_at;
		return is_whole;
	}
	if (call->is_cut || call->is_at_end) {
		part_end(call);
		return false;
	}
	if (call->at == call->len)
		return piece_take(call);
	if (!call->has_header) {
		header_take(call);
		return !call->is_settled;
	}
	if (call->writer == NULL && !part_open(call))
		return false;
	rows_take(call);
	return true;
}

/* Go on as far as it goes; events that come from within are heeded once we are out. */
static void
pump(void *ctx)
{
	struct call *call = ctx;

	call->is_due = true;
	if (call->is_pumping)
		return;
	call->is_pumping = true;
	while (call->is_due) {
		call->is_due = false;
		while (!call->is_settled && !call->is_ending && step_on(call))
			;
	}
	call->is_pumping = false;
}

/* ---- the service ---- */

static void
call_go(uv_timer_t *timer)
{
	struct call *call = timer->data;

	if (!ty_blob_meta_parse(json_object_get(call->request, "file"), &call->file)) {
		ty_err_set(&call->err, TY_E_INVALID, "There is no file to read");
		call_settle(call);
		return;
	}
	call->reader =
		ty_blob_reader_new(call->means->blobs, call->means->blobs_ctx, &call->workspace_id,
				   call->file.hash, call->file.bytes, 0, pump, call);
	pump(call);
}

static void *
split_begin(const struct ty_service_means *means, const struct ty_service_ask *ask,
	    ty_service_fn fn, void *ctx)
{
	struct call *call = calloc(1, sizeof(*call));

	TY_ASSERT(call != NULL);
	call->means = means;
	call->fn = fn;
	call->ctx = ctx;
	call->arena = ty_arena_new(NULL, "split", 0);
	call->request = ty_json_own(call->arena, json_incref((json_t *)ask->request));
	call->workspace_id = *ask->workspace_id;
	call->run_id = *ask->run_id;
	call->rows_max = (size_t)ty_json_int(ask->request, "rows", 1000);
	call->parts = ty_json_own(call->arena, json_array());
	ty_buf_init(&call->header, call->arena, 256);
	uv_timer_init(means->loop, &call->later);
	call->later.data = call;
	uv_timer_start(&call->later, call_go, 0, 0);
	return call;
}

static void
split_cancel(void *handle)
{
	struct call *call = handle;

	uv_timer_stop(&call->later);
	call_free(call);
}

const struct ty_service ty_service_split = {
	.name = "split",
	.begin = split_begin,
	.cancel = split_cancel,
};
