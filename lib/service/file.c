/*
 * file.c -- the service "file": the bytes of an item's file as text, and text as a file.
 *
 * Request:  { "do": "read", "file": handle, "as": "text" | "base64", "charset": label, "" = by its mark, else UTF-8 }
 *           { "do": "write", "text", "from": "text" | "base64", "charset", "mime", "name" }
 * Answer:   { "text", "mended": bool }  or  { "file": handle }
 *
 *	begin --> (timer) --> GO: chunks in or out, as they come --> settled --> (timer) --> told
 *
 * The timer is between, because a store may answer from within, and who calls must not be told from within.
 * A file that is read is in memory whole, so that it may have no more bytes than an answer that http.request
 * reads into a field.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "blob/reader.h"
#include "blob/writer.h"
#include "body/charset.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "service/service.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define READ_BYTES_MAX TY_LIMIT_HTTP_RESPONSE_BYTES

struct call {
	const struct ty_service_means *means;
	ty_service_fn fn;
	void *ctx;
	struct ty_arena *arena;
	const json_t *request;
	struct ty_id workspace_id, run_id;
	const struct ty_charset *charset; /* NULL = by the mark */
	struct ty_blob_reader *reader;
	struct ty_blob_writer *writer;
	struct ty_buf read;
	const char *data; /* to be written */
	size_t len, at;
	bool is_ended, is_settled;
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
	call->is_settled = true;
	uv_timer_start(&call->later, call_tell, 0, 0);
}

/* ---- read ---- */

static enum ty_code
text_of(struct call *call)
{
	const struct ty_charset *charset = call->charset, *marked;
	struct ty_text in = { call->read.data, call->read.len };
	bool mended = false;
	size_t mark;

	if (ty_str_eq(ty_json_str(call->request, "as", ""), "base64")) {
		call->answer = ty_json_own(call->arena,
					   json_pack("{s:s, s:b}", "text",
						     ty_base64_encode(call->arena, in.s, in.len),
						     "mended", 0));
		return TY_OK;
	}
	marked = ty_charset_of_mark(in.s, in.len, &mark);
	if (marked != NULL) {
		charset = marked;
		in.s += mark;
		in.len -= mark;
	}
	if (charset == NULL)
		charset = ty_charset_find("utf-8");
	in = ty_charset_decode(call->arena, charset, in, &mended);
	call->answer = ty_json_own(
		call->arena, json_pack("{s:s%, s:b}", "text", in.s, in.len, "mended", mended));
	return TY_OK;
}

/* Take what is there; the rest when 'ready' says so. */
static void
read_on(void *ctx)
{
	struct call *call = ctx;
	char piece[16384];
	ssize_t n;

	if (call->is_settled)
		return;
	while ((n = ty_blob_reader_take(call->reader, piece, sizeof(piece))) > 0)
		ty_buf_add(&call->read, piece, (size_t)n);
	if (n == TY_BLOB_WAIT)
		return;
	if (n == TY_BLOB_FAILED)
		call->err = *ty_blob_reader_failure(call->reader);
	else
		(void)!text_of(call);
	call_settle(call);
}

static enum ty_code
read_begin(struct call *call, struct ty_err *err)
{
	struct ty_blob_meta meta;

	if (!ty_blob_meta_parse(json_object_get(call->request, "file"), &meta))
		return ty_err_set(err, TY_E_INVALID, "There is no file to read");
	if (meta.bytes > READ_BYTES_MAX) {
		ty_err_set(err, TY_E_LIMIT, "The file has %lld bytes, and at most %d are read",
			   (long long)meta.bytes, READ_BYTES_MAX);
		return ty_err_hint(err, "Send it on as a file, or have it split before.");
	}
	ty_buf_init(&call->read, call->arena, (size_t)meta.bytes + 1);
	call->reader =
		ty_blob_reader_new(call->means->blobs, call->means->blobs_ctx, &call->workspace_id,
				   meta.hash, meta.bytes, 0, read_on, call);
	read_on(call);
	return TY_OK;
}

/* ---- write ---- */

static void
write_on(void *ctx)
{
	struct call *call = ctx;

	if (call->is_ended || call->is_settled)
		return;
	if (ty_blob_writer_failure(call->writer) == NULL && call->at < call->len)
		call->at += ty_blob_writer_add(call->writer, call->data + call->at,
					       call->len - call->at);
	if (ty_blob_writer_failure(call->writer) != NULL) {
		call->err = *ty_blob_writer_failure(call->writer);
		call_settle(call);
	} else if (call->at == call->len) {
		call->is_ended = true;
		ty_blob_writer_end(call->writer);
	}
}

static void
write_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	struct call *call = ctx;
	struct ty_blob_meta meta = { .mime = ty_json_str(call->request, "mime", ""),
				     .name = ty_json_str(call->request, "name", "") };

	if (err != NULL) {
		call->err = *err;
	} else {
		meta.hash = blob->hash;
		meta.bytes = blob->bytes;
		call->answer = ty_json_own(call->arena,
					   json_pack("{s:o}", "file", ty_blob_meta_json(&meta)));
	}
	ty_blob_unref(blob);
	call_settle(call);
}

/* The bytes that the text stands for. */
static enum ty_code
bytes_of(struct call *call, struct ty_err *err)
{
	const json_t *text = json_object_get(call->request, "text");
	struct ty_text in = { json_string_value(text), json_string_length(text) };

	if (in.s == NULL)
		return ty_err_set(err, TY_E_INVALID, "There is no text to write");
	if (ty_str_eq(ty_json_str(call->request, "from", ""), "base64")) {
		call->data = (const char *)ty_base64_decode(call->arena, in.s, in.len, &call->len);
		if (call->data != NULL)
			return TY_OK;
		ty_err_set(err, TY_E_INVALID, "the text is no base64");
		ty_err_hint(err, "Check that it is whole, and that nothing stands around it.");
		return ty_err_at(err, "value");
	}
	if (call->charset != NULL && !ty_charset_is_utf8(call->charset) &&
	    ty_charset_encode(call->arena, call->charset, in, &in, err) != TY_OK)
		return ty_err_at(err, "charset");
	call->data = in.s;
	call->len = in.len;
	return TY_OK;
}

static enum ty_code
write_begin(struct call *call, struct ty_err *err)
{
	const struct ty_blob_scope scope = { .workspace_id = call->workspace_id,
					     .owner_id = call->run_id,
					     .is_verified = true };
	const struct ty_blob_writer_events events = { write_on, write_done, call };

	if (bytes_of(call, err) != TY_OK)
		return err->code;
	call->writer = ty_blob_writer_new(call->means->blobs, call->means->blobs_ctx, &scope,
					  TY_LIMIT_STEP_BYTES, &events);
	write_on(call);
	return TY_OK;
}

/* ---- the service ---- */

static enum ty_code
charset_find(struct call *call, struct ty_err *err)
{
	const char *label = ty_json_str(call->request, "charset", "");

	if (label[0] == '\0')
		return TY_OK;
	call->charset = ty_charset_find(label);
	if (call->charset != NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "\"%.60s\" is no charset that is known", label);
	ty_err_hint(err, "Use a name such as utf-8, windows-1252 or shift_jis.");
	return ty_err_at(err, "charset");
}

static void
call_go(uv_timer_t *timer)
{
	struct call *call = timer->data;
	bool is_read = ty_str_eq(ty_json_str(call->request, "do", ""), "read");

	if (charset_find(call, &call->err) == TY_OK) {
		if (is_read)
			(void)!read_begin(call, &call->err);
		else
			(void)!write_begin(call, &call->err);
	}
	/* Told once: by what has begun, or here where nothing has. */
	if (call->reader == NULL && call->writer == NULL)
		call_settle(call);
}

static void *
file_begin(const struct ty_service_means *means, const struct ty_service_ask *ask, ty_service_fn fn,
	   void *ctx)
{
	struct call *call = calloc(1, sizeof(*call));

	TY_ASSERT(call != NULL);
	call->means = means;
	call->fn = fn;
	call->ctx = ctx;
	call->arena = ty_arena_new(NULL, "file", 0);
	call->request = ty_json_own(call->arena, json_incref((json_t *)ask->request));
	call->workspace_id = *ask->workspace_id;
	call->run_id = *ask->run_id;
	uv_timer_init(means->loop, &call->later);
	call->later.data = call;
	uv_timer_start(&call->later, call_go, 0, 0);
	return call;
}

static void
file_cancel(void *handle)
{
	struct call *call = handle;

	uv_timer_stop(&call->later);
	call_free(call);
}

const struct ty_service ty_service_file = {
	.name = "file",
	.begin = file_begin,
	.cancel = file_cancel,
};
