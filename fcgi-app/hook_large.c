/*
 * hook_large.c -- a delivery that is too large for memory, verified and kept while it comes.
 *
 *	   +--> MAC of every secret
 *	bytes --> multipart: files --> chunks        fields and headers --> the receipt's body
 *	   +----> anything else: one file --> chunks
 *	end: signature right? --> files get their names, durably --> receipt --> 202
 *
 * Invariants:
 *   (1) No more than a piece, a chunk and a multipart body's fields are in memory.
 *   (2) What is not verified has no name, counts against a quota of its own, and is dropped.
 *   (3) Files are durable before the receipt is written, and the receipt before the 202.
 *
 * Chunks need Postgres: without it such a delivery is answered 503, and its sender comes again.
 */
#include "hook_receive.h"

#include "app.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "body/split.h"
#include "body/type.h"
#include "hook/stream.h"
#include "hook_files.h"
#include "hook_held.h"

#include <string.h>

#define PIECE_BYTES 65536
/* Postgres is away, or the disk is full: long enough for a restart. */
#define RETRY_MS 5000

struct large {
	struct ty_api_call *call;
	struct ty_hook_stream *stream;
	struct ty_hook_files *files;
	struct ty_body_split *split; /* NULL: the body is one file */
};

/* A multipart body that can be cut: its boundary is known, and it is not compressed as a whole. */
static bool
is_splittable(const struct ty_http_request *request, const struct ty_hook_rule *rule,
	      char *boundary, size_t boundary_size)
{
	bool is_auto = rule->read_as == TY_BODY_AS_AUTO || rule->read_as == TY_BODY_AS_AUTO_FILE;
	struct ty_body_type type;

	ty_body_type_parse(ty_http_header(request, "content-type"), &type);
	return (rule->read_as == TY_BODY_AS_MULTIPART ||
		(is_auto && type.kind == TY_BODY_KIND_MULTIPART)) &&
	       ty_str_is_blank(ty_http_header(request, "content-encoding")) &&
	       ty_body_param(type.params, "boundary", boundary, boundary_size) &&
	       boundary[0] != '\0';
}

bool
hook_has_files(const struct ty_api_call *call, const struct ty_hook_rule *rule)
{
	char boundary[256];

	return is_splittable(call->request, rule, boundary, sizeof(boundary));
}

/* The whole body as one file, of the type and the name that its headers say. */
static enum ty_code
begin_whole(struct large *large, struct ty_err *err)
{
	const struct ty_http_request *request = large->call->request;
	struct ty_body_type type;
	char name[TY_FORM_NAME_BYTES_MAX];

	ty_body_type_parse(ty_http_header(request, "content-type"), &type);
	ty_body_file_name(ty_http_header(request, "content-disposition"), name, sizeof(name));
	return ty_hook_file_begin(large->files, "", type.name, name, 0, err);
}

static enum ty_code
begin(struct large *large, const struct ty_hook_rule *rule, struct ty_err *err)
{
	struct ty_arena *arena = large->call->arena;
	struct ty_body_split_to to;
	char boundary[256] = "";

	if (!is_splittable(large->call->request, rule, boundary, sizeof(boundary)))
		return begin_whole(large, err);
	ty_hook_files_split_to(large->files, true, &to);
	large->split = ty_body_split_new(arena, boundary, TY_LIMIT_BLOB_FORM_BYTES, &to);
	return TY_OK;
}

static enum ty_code
take(struct large *large, const void *data, size_t len, struct ty_err *err)
{
	ty_hook_stream_add(large->stream, data, len);
	return large->split != NULL ? ty_body_split_add(large->split, data, len, err)
				    : ty_hook_file_add(large->files, data, len, err);
}

static enum ty_code
read_all(struct large *large, struct ty_err *err)
{
	struct ty_http_request *request = large->call->request;
	char *piece = ty_arena_alloc(large->call->arena, PIECE_BYTES);
	int64_t left = request->content_length;

	while (left > 0) {
		size_t want = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
		ssize_t n = request->read(request->read_ctx, piece, want);

		if (n <= 0)
			return ty_err_set(err, TY_E_MALFORMED,
					  "The body ends %lld bytes before its Content-Length",
					  (long long)left);
		if (take(large, piece, (size_t)n, err) != TY_OK)
			return err->code;
		left -= n;
	}
	if (request->read(request->read_ctx, piece, 1) > 0)
		return ty_err_set(err, TY_E_MALFORMED, "The body is longer than declared");
	return TY_OK;
}

/* The rest of the body beside its files goes into the receipt. */
static enum ty_code
end_body(struct large *large, struct ty_receipt *receipt, struct ty_err *err)
{
	if (large->split == NULL)
		return ty_hook_file_end(large->files, err);
	return ty_body_split_end(large->split, &receipt->body, &receipt->body_len, err);
}

static void
drop(struct large *large, struct ty_receipt *receipt)
{
	ty_hook_files_drop(large->files);
	receipt->body = "";
	receipt->body_len = 0;
}

/* Refuse a body that cannot be kept, for what it is or for now. */
static enum ty_code
refuse(struct large *large, struct ty_receipt *receipt, struct ty_err *err)
{
	struct ty_api_call *call = large->call;

	drop(large, receipt);
	switch (err->code) {
	case TY_E_MALFORMED:
		hook_keep_refused(call, receipt, "malformed", err->msg);
		return err->code;
	case TY_E_TOO_LARGE:
		hook_keep_refused(call, receipt, "too_large", err->msg);
		return err->code;
	case TY_E_LIMIT:
		hook_keep_refused(call, receipt, "quota", err->msg);
		return err->code;
	default: /* the delivery is not at fault */
		ty_log_err(&call->app->log, TY_LOG_WARN, "a large delivery was not kept", err);
		call->retry_after_ms = RETRY_MS;
		ty_err_set(err, TY_E_UNAVAILABLE,
			   "A body over %d bytes needs the database, which cannot keep it now",
			   TY_LIMIT_BODY_BYTES);
		return ty_err_hint(err, "Send it again after Retry-After.");
	}
}

static enum ty_code
receive(struct large *large, const struct ty_hook_entry *entry,
	const struct ty_hook_delivery *delivery, struct ty_receipt *receipt, struct ty_err *err)
{
	enum ty_hook_result result;

	if (begin(large, entry->rule, err) != TY_OK || read_all(large, err) != TY_OK ||
	    end_body(large, receipt, err) != TY_OK)
		return refuse(large, receipt, err);
	result = ty_hook_stream_end(large->stream);
	if (result != TY_HOOK_OK) {
		drop(large, receipt);
		return hook_refuse_unverified(large->call, entry->rule, delivery, receipt, result,
					      err);
	}
	if (ty_hook_files_commit(large->files, &receipt->blobs, err) != TY_OK)
		return refuse(large, receipt, err);
	return hook_accept_verified(large->call, entry, delivery, receipt, err);
}

enum ty_code
hook_receive_large(struct ty_api_call *call, const struct ty_hook_entry *entry,
		   struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
		   struct ty_err *err)
{
	struct large large = { .call = call };
	enum ty_hook_result result = TY_HOOK_LOCKED;
	enum ty_code code;

	if (call->request->content_length > TY_LIMIT_BLOB_BYTES)
		return hook_refuse_large(call, receipt, TY_LIMIT_BLOB_BYTES, err);
	delivery->body = "";
	if (!entry->is_locked)
		large.stream = ty_hook_stream_new(entry->rule, entry->secrets, entry->secret_count,
						  delivery, &result);
	if (ty_hook_result_waits(result)) {
		ty_hook_stream_free(large.stream);
		return hook_come_again(call, entry, receipt, result,
				       "the body is too large to be kept until then", err);
	}
	if (result != TY_HOOK_OK) {
		ty_hook_stream_free(large.stream);
		return hook_refuse_unverified(call, entry->rule, delivery, receipt, result, err);
	}
	large.files =
		ty_hook_files_new(call->app, call->arena, &receipt->workspace_id, &receipt->id);
	code = receive(&large, entry, delivery, receipt, err);
	ty_hook_stream_free(large.stream);
	return code;
}

/* ---- one that is here as a whole ---- */

static enum ty_code
cut_files(struct ty_hook_files *files, struct ty_arena *arena, const char *boundary,
	  struct ty_receipt *receipt, struct ty_err *err)
{
	struct ty_body_split_to to;
	struct ty_body_split *split;
	const char *skeleton;
	size_t len;

	ty_hook_files_split_to(files, false, &to);
	split = ty_body_split_new(arena, boundary, receipt->body_len, &to);
	if (ty_body_split_add(split, receipt->body, receipt->body_len, err) != TY_OK ||
	    ty_body_split_end(split, &skeleton, &len, err) != TY_OK)
		return err->code;
	return ty_hook_files_commit(files, &receipt->blobs, err);
}

void
hook_keep_files(struct ty_api_call *call, const struct ty_hook_rule *rule,
		struct ty_receipt *receipt)
{
	struct ty_err err = { TY_OK };
	struct ty_hook_files *files;
	char boundary[256] = "";

	if (!is_splittable(call->request, rule, boundary, sizeof(boundary)))
		return;
	files = ty_hook_files_new(call->app, call->arena, &receipt->workspace_id, &receipt->id);
	if (cut_files(files, call->arena, boundary, receipt, &err) != TY_OK) {
		receipt->blobs = "";
		ty_log_err(&call->app->log, TY_LOG_DEBUG, "files were not kept apart", &err);
	}
}
