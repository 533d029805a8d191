/*
 * parse.c -- the service "parse": a tool of tyboo-parse or tyboo-pdf reads an item's files, and makes files.
 *
 * Request:  { "tool", "options": {}, "cpu_ms", "now_ms"?, "files": [handle], "items"?: [ {...} ],
 *             "secrets"?: [ { "name", "value" } ] }
 * A credential of the type crypto_secret is the password, in place of "secrets".
 * Answer:   { "items": [ { "json": {...}, "files": [ { "key", "file": handle } ] } ], "tool": library }
 *
 *	begin --> (timer) --> files in, one by one --> the tool --> files out, one by one --> settled --> (timer) --> told
 *
 * Bytes go to the tool and come back beside the JSON (sandbox/parcel.h).  All files of a call are in memory whole,
 * here and in the jail, so that together they may have no more bytes than an answer that http.request reads into a
 * field.  What comes back is as hostile as the files were: its shape, and whose bytes are which, are checked here.
 */
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "blob/reader.h"
#include "blob/writer.h"
#include "json/json.h"
#include "sandbox/parcel.h"
#include "service/service.h"
#include "vault/credential.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define IN_BYTES_MAX TY_LIMIT_HTTP_RESPONSE_BYTES
/* Each file is a transaction of its own, a few milliseconds long. */
#define OUT_FILES_MAX 1000
/* Longest message of a tool that is kept. */
#define MESSAGE_MAX 300

struct call {
	const struct ty_service_means *means;
	ty_service_fn fn;
	void *ctx;
	struct ty_arena *arena;
	const json_t *request;
	struct ty_id workspace_id, run_id;
	struct ty_blob_reader *reader;
	struct ty_blob_writer *writer;
	char *in;	    /* malloc'd: bytes of all files to be read */
	size_t in_at, next; /* bytes that have come; the next file */
	struct ty_parcel_bytes bytes;
	void *tool;
	json_t *asked, *items; /* the arena's */
	json_t *secret;	       /* list with the credential's; wiped with the call.  NULL = none */
	json_t *out; /* files that are still to be written, the arena's: { "file"-less entries } */
	size_t out_at, out_next, out_len, out_put;
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
	if (call->secret != NULL)
		ty_json_wipe(call->secret);
	json_decref(call->secret);
	free(call->in);
	free(call->bytes.out);
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
	uv_timer_start(&call->later, call_tell, 0, 0);
}

static void
odd(struct call *call, const char *what)
{
	ty_err_set(&call->err, TY_E_UPSTREAM, "The parser gave a malformed answer: %s", what);
	ty_err_hint(&call->err, "Run it again; if it stays so, tell the operator.");
	call_settle(call);
}

/* ---- files out ---- */

static void files_write(uv_timer_t *timer);

static void
write_on(void *ctx)
{
	struct call *call = ctx;

	if (call->is_ended || call->is_settled)
		return;
	if (ty_blob_writer_failure(call->writer) == NULL && call->out_put < call->out_len)
		call->out_put += ty_blob_writer_add(call->writer,
						    call->bytes.out + call->out_at + call->out_put,
						    call->out_len - call->out_put);
	if (ty_blob_writer_failure(call->writer) != NULL) {
		call->err = *ty_blob_writer_failure(call->writer);
		call_settle(call);
	} else if (call->out_put == call->out_len) {
		call->is_ended = true;
		ty_blob_writer_end(call->writer);
	}
}

static void
write_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	struct call *call = ctx;
	json_t *file = json_array_get(call->out, call->out_next);
	struct ty_blob_meta meta = { .mime = ty_json_str(file, "mime", ""),
				     .name = ty_json_str(file, "name", "") };

	if (err != NULL) {
		call->err = *err;
		call_settle(call);
		return;
	}
	meta.hash = blob->hash;
	meta.bytes = blob->bytes;
	json_object_set_new(file, "file", ty_blob_meta_json(&meta));
	ty_blob_unref(blob);
	call->out_at += call->out_len;
	call->out_next++;
	/* The writer is free to be freed once we are out of it. */
	uv_timer_start(&call->later, files_write, 0, 0);
}

/* Write the next file, or settle. */
static void
files_write(uv_timer_t *timer)
{
	struct call *call = timer->data;
	const struct ty_blob_scope scope = { .workspace_id = call->workspace_id,
					     .owner_id = call->run_id,
					     .is_verified = true };
	const struct ty_blob_writer_events events = { write_on, write_done, call };
	const json_t *file = json_array_get(call->out, call->out_next);

	ty_blob_writer_free(call->writer);
	call->writer = NULL;
	if (file == NULL) {
		call_settle(call);
		return;
	}
	call->out_len = (size_t)ty_json_int(file, "bytes", 0);
	call->out_put = 0;
	call->is_ended = false;
	call->writer = ty_blob_writer_new(call->means->blobs, call->means->blobs_ctx, &scope,
					  TY_LIMIT_STEP_BYTES, &events);
	write_on(call);
}

/* ---- the tool's answer ---- */

/* Take over an item's files; false where they are not what they have to be. */
static bool
files_take(struct call *call, const json_t *files, json_t *to, size_t *bytes)
{
	json_t *file, *entry;
	size_t i;

	json_array_foreach((json_t *)files, i, file)
	{
		int64_t size = ty_json_int(file, "bytes", -1);
		const char *key = ty_json_str(file, "key", NULL);

		if (size < 0 || (size_t)size > call->bytes.out_len - *bytes || key == NULL)
			return false;
		*bytes += (size_t)size;
		entry = json_pack("{s:s, s:s, s:s, s:I}", "key", key, "name",
				  ty_json_str(file, "name", ""), "mime",
				  ty_json_str(file, "mime", ""), "bytes", (json_int_t)size);
		json_array_append(call->out, entry);
		json_array_append_new(to, entry);
	}
	return true;
}

static bool
items_take(struct call *call, const json_t *items)
{
	size_t bytes = 0, i;
	json_t *item;

	json_array_foreach((json_t *)items, i, item)
	{
		json_t *json = json_object_get(item, "json");
		json_t *files = json_array();

		json_array_append_new(call->items,
				      json_pack("{s:O?, s:o}", "json", json, "files", files));
		if (!json_is_object(json) ||
		    !files_take(call, json_object_get(item, "files"), files, &bytes))
			return false;
	}
	return bytes == call->bytes.out_len;
}

static void
tool_refused(struct call *call, const json_t *error)
{
	const char *message = ty_json_str(error, "message", "the parser failed");
	const char *hint = ty_json_str(error, "hint", NULL);

	ty_err_set(&call->err, TY_E_INVALID, "%.*s",
		   (int)ty_str_utf8_cut(message, strlen(message), MESSAGE_MAX), message);
	if (hint != NULL)
		ty_err_hint(&call->err, "%.*s",
			    (int)ty_str_utf8_cut(hint, strlen(hint), MESSAGE_MAX), hint);
	call_settle(call);
}

static void
tool_answered(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct call *call = ctx;

	call->tool = NULL;
	free(call->in);
	call->in = NULL;
	if (err != NULL) {
		call->err = *err;
		call_settle(call);
		return;
	}
	if (!ty_json_bool(answer, "ok", false)) {
		tool_refused(call, ty_json_obj(answer, "error"));
		return;
	}
	call->out = ty_json_own(call->arena, json_array());
	call->items = ty_json_own(call->arena, json_array());
	if (!items_take(call, ty_json_arr(answer, "items"))) {
		odd(call, "wrong counts of bytes");
		return;
	}
	if (json_array_size(call->out) > OUT_FILES_MAX) {
		odd(call, "too many files");
		return;
	}
	call->answer = ty_json_own(call->arena, json_pack("{s:O, s:s}", "items", call->items,
							  "tool", ty_json_str(answer, "tool", "")));
	uv_timer_start(&call->later, files_write, 0, 0);
}

/* ---- files in ---- */

static const json_t *
files_of(const struct call *call)
{
	return json_object_get(call->request, "files");
}

static void
tool_begin(struct call *call)
{
	json_t *asked = ty_json_own(call->arena, json_copy((json_t *)call->request));

	json_object_set_new(asked, "kind", json_string("tool"));
	if (call->secret != NULL)
		json_object_set(asked, "secrets", call->secret);
	call->asked = asked;
	call->bytes.in = call->in;
	call->bytes.in_len = call->in_at;
	call->tool = call->means->tools->begin(
		call->means->tools_ctx, &call->workspace_id, asked, &call->bytes,
		ty_json_int(call->request, "cpu_ms", 0), tool_answered, call);
}

static void files_read(uv_timer_t *timer);

static void
read_on(void *ctx)
{
	struct call *call = ctx;
	struct ty_blob_meta meta = { 0 };
	ssize_t n;

	if (call->is_settled || call->reader == NULL)
		return;
	(void)ty_blob_meta_parse(json_array_get(files_of(call), call->next), &meta);
	/* A file has the bytes that its handle claims, or the reader fails. */
	do {
		n = ty_blob_reader_take(call->reader, call->in + call->in_at, 16384);
		call->in_at += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (n == TY_BLOB_WAIT)
		return;
	if (n == TY_BLOB_FAILED) {
		call->err = *ty_blob_reader_failure(call->reader);
		call_settle(call);
		return;
	}
	call->next++;
	uv_timer_start(&call->later, files_read, 0, 0);
}

/* Read the next file, or ask the tool. */
static void
files_read(uv_timer_t *timer)
{
	struct call *call = timer->data;
	struct ty_blob_meta meta;

	ty_blob_reader_free(call->reader);
	call->reader = NULL;
	if (call->next == json_array_size(files_of(call))) {
		tool_begin(call);
		return;
	}
	if (!ty_blob_meta_parse(json_array_get(files_of(call), call->next), &meta)) {
		ty_err_set(&call->err, TY_E_INVALID, "There is no file to read");
		call_settle(call);
		return;
	}
	call->reader =
		ty_blob_reader_new(call->means->blobs, call->means->blobs_ctx, &call->workspace_id,
				   meta.hash, meta.bytes, 0, read_on, call);
	read_on(call);
}

static void
call_go(uv_timer_t *timer)
{
	struct call *call = timer->data;
	int64_t bytes = 0;
	json_t *file;
	size_t i;

	json_array_foreach((json_t *)files_of(call), i, file)
	{
		struct ty_blob_meta meta = { .bytes = 0 };

		if (ty_blob_meta_parse(file, &meta))
			bytes += meta.bytes;
		if (bytes <= IN_BYTES_MAX)
			continue;
		ty_err_set(&call->err, TY_E_LIMIT,
			   "The file has %lld bytes with those before it, and at most %d are read",
			   (long long)bytes, IN_BYTES_MAX);
		ty_err_hint(&call->err, "Send it on as a file, or have it split before.");
		call_settle(call);
		return;
	}
	/* A reader is given room for one piece more than there is. */
	call->in = malloc((size_t)bytes + 16384);
	TY_ASSERT(call->in != NULL);
	files_read(timer);
}

/* ---- the service ---- */

/* The password of a credential, in place of what the request has. */
static json_t *
secret_of(const struct ty_credential *credential)
{
	const struct ty_signing_secret *secret;

	if (credential == NULL || credential->signing != TY_SIGNING_SECRET)
		return NULL;
	secret = credential->signing_values;
	return json_pack("[{s:s, s:s}]", "name", "password", "value", secret->secret);
}

static void *
parse_begin(const struct ty_service_means *means, const struct ty_service_ask *ask,
	    ty_service_fn fn, void *ctx)
{
	struct call *call = calloc(1, sizeof(*call));

	TY_ASSERT(call != NULL);
	call->means = means;
	call->fn = fn;
	call->ctx = ctx;
	call->arena = ty_arena_new(NULL, "parse", 0);
	call->request = ty_json_own(call->arena, json_incref((json_t *)ask->request));
	call->workspace_id = *ask->workspace_id;
	call->run_id = *ask->run_id;
	call->secret = secret_of(ask->credential);
	uv_timer_init(means->loop, &call->later);
	call->later.data = call;
	uv_timer_start(&call->later, call_go, 0, 0);
	return call;
}

static void
parse_cancel(void *handle)
{
	struct call *call = handle;

	if (call->tool != NULL)
		call->means->tools->cancel(call->tool);
	uv_timer_stop(&call->later);
	call_free(call);
}

const struct ty_service ty_service_parse = {
	.name = "parse",
	.begin = parse_begin,
	.cancel = parse_cancel,
	.takes_secrets = true,
};
