/*
 * api_blob.c -- the bytes of a file that a run's item names: whole, or one range of them.
 *
 * They came from somebody outside and go out under our own address, so they are a download and never
 * a page: no browser runs, shows or guesses at them.
 */
#include "api_blob.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "blob/reader.h"
#include "conf/conf.h"
#include "store/blob.h"
#include "store/execution_list.h"

#include <inttypes.h>
#include <string.h>

struct download {
	struct ty_store_blobs *blobs;
	struct ty_blob_reader *reader;
	int64_t left; /* bytes that are still to be sent */
};

struct range {
	int64_t from, count;
};

static void
download_done(void *ctx)
{
	struct download *download = ctx;

	ty_blob_reader_free(download->reader);
	ty_store_blobs_free(download->blobs);
}

/* ty_http_read_fn */
static ssize_t
download_read(void *ctx, void *buf, size_t len)
{
	struct download *download = ctx;
	ssize_t n;

	if ((int64_t)len > download->left)
		len = (size_t)download->left;
	if (len == 0)
		return 0;
	n = ty_blob_reader_take(download->reader, buf, len);
	if (n > 0)
		download->left -= n;
	return n > 0 ? n : -1; /* the end comes with the length, never before */
}

/* Parse one range: "bytes=a-b", "bytes=a-", "bytes=-n"; anything else asks for the whole (RFC 9110, 14.2). */
static bool
range_parse(struct ty_arena *arena, const char *text, int64_t bytes, struct range *ret_range)
{
	const char *dash;
	int64_t from = 0, to = bytes - 1;

	if (text == NULL || !ty_str_has_prefix(text, "bytes=") || strchr(text, ',') != NULL)
		return false;
	text += strlen("bytes=");
	dash = strchr(text, '-');
	if (dash == NULL || (dash == text && dash[1] == '\0'))
		return false;
	if (dash[1] != '\0' && !ty_str_parse_i64(dash + 1, 0, INT64_MAX, &to))
		return false;
	if (dash == text) { /* the last n */
		from = to < bytes ? bytes - to : 0;
		to = bytes - 1;
	} else if (!ty_str_parse_i64(ty_arena_strndup(arena, text, (size_t)(dash - text)), 0,
				     INT64_MAX, &from) ||
		   (dash[1] != '\0' && to < from)) {
		return false;
	}
	*ret_range = (struct range){ .from = from,
				     .count = (to < bytes - 1 ? to : bytes - 1) - from + 1 };
	return true;
}

/* A name as RFC 6266 wants it: everything that is no plain character as UTF-8 in %XX. */
static const char *
disposition(struct ty_arena *arena, const char *name)
{
	struct ty_buf buf;

	if (ty_str_is_blank(name))
		return "attachment";
	ty_buf_init(&buf, arena, 64);
	ty_buf_add_str(&buf, "attachment; filename*=UTF-8''");
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c) != NULL)
			ty_buf_add_char(&buf, (char)c);
		else
			ty_buf_printf(&buf, "%%%02X", c);
	}
	return buf.data;
}

static bool
is_mime(const char *s)
{
	const char *slash = s != NULL ? strchr(s, '/') : NULL;

	return slash != NULL && slash != s && slash[1] != '\0' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			 "!#$&^_.+-/") == strlen(s);
}

const char *
api_blob_type(const char *mime)
{
	return is_mime(mime) ? mime : "application/octet-stream";
}

static void
answer_headers(struct ty_api_call *call)
{
	const struct form_blob *form = call->query;
	struct ty_http_response *response = call->response;

	ty_http_response_header(response, "Content-Type", api_blob_type(form->type));
	ty_http_response_header(response, "Content-Disposition",
				disposition(call->arena, form->name));
	ty_http_response_header(response, "Content-Security-Policy", "sandbox; default-src 'none'");
	ty_http_response_header(response, "X-Content-Type-Options", "nosniff");
	ty_http_response_header(response, "ETag",
				ty_arena_printf(call->arena, "\"%s\"", call->hash));
	ty_http_response_header(response, "Accept-Ranges", "bytes");
}

/* The reader has its first chunk: how many bytes are there? */
static enum ty_code
download_open(struct ty_api_call *call, struct download *download, int64_t from, int64_t *ret_bytes,
	      struct ty_err *err)
{
	char probe;

	ty_blob_reader_free(download->reader);
	download->reader =
		ty_blob_reader_new(&ty_store_blob_io, download->blobs, &call->workspace.id,
				   call->hash, -1, from, NULL, NULL);
	if (ty_blob_reader_take(download->reader, &probe, 0) == TY_BLOB_FAILED) {
		*err = *ty_blob_reader_failure(download->reader);
		return err->code;
	}
	*ret_bytes = ty_blob_reader_bytes(download->reader);
	return TY_OK;
}

static enum ty_code
unsatisfiable(struct ty_api_call *call, int64_t bytes, struct ty_err *err)
{
	ty_http_response_header(call->response, "Content-Range",
				ty_arena_printf(call->arena, "bytes */%" PRId64, bytes));
	call->problem_status = 416;
	ty_err_set(err, TY_E_INVALID, "The file has %" PRId64 " bytes: none of them in that range",
		   bytes);
	return ty_err_hint(err, "Ask for a range that begins before its end, or for no range.");
}

static enum ty_code
answer(struct ty_api_call *call, struct download *download, int64_t bytes, struct ty_err *err)
{
	struct range range = { .count = bytes };
	bool is_part =
		range_parse(call->arena, ty_http_header(call->request, "range"), bytes, &range) &&
		ty_http_header(call->request, "if-range") == NULL;

	if (!is_part)
		range = (struct range){ .count = bytes };
	if (is_part && (range.from >= bytes || range.count <= 0))
		return unsatisfiable(call, bytes, err);
	if (range.from > 0 && download_open(call, download, range.from, &bytes, err) != TY_OK)
		return err->code;
	answer_headers(call);
	if (is_part)
		ty_http_response_header(
			call->response, "Content-Range",
			ty_arena_printf(call->arena, "bytes %" PRId64 "-%" PRId64 "/%" PRId64,
					range.from, range.from + range.count - 1, bytes));
	download->left = range.count;
	call->response->status = is_part ? 206 : 200;
	call->response->body_len = (size_t)range.count;
	call->response->read = download_read;
	call->response->read_ctx = download;
	return TY_OK;
}

/* The bytes are read in transactions of their own, long after the caller's. */
static enum ty_code
download_new(struct ty_api_call *call, struct download **ret_download, int64_t *ret_bytes,
	     struct ty_err *err)
{
	struct download *download = ty_arena_new_of(call->arena, struct download);

	download->blobs = ty_store_blobs_new(call->app->store, call->app->conf->blob_folder);
	ty_arena_defer(call->arena, download_done, download);
	*ret_download = download;
	return download_open(call, download, 0, ret_bytes, err);
}

enum ty_code
api_blob_send(struct ty_api_call *call, struct ty_err *err)
{
	struct download *download;
	int64_t bytes;

	if (download_new(call, &download, &bytes, err) != TY_OK)
		return err->code;
	download->left = bytes;
	call->response->body_len = (size_t)bytes;
	call->response->read = download_read;
	call->response->read_ctx = download;
	return TY_OK;
}

enum ty_code
api_blob_get(struct ty_api_call *call, struct ty_err *err)
{
	struct download *download;
	const char *status;
	int64_t bytes;

	if (ty_store_execution_status(call->tx, &call->id, &status, err) != TY_OK)
		return err->code;
	if (status == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such run here");
	if (api_commit(call, err) != TY_OK || download_new(call, &download, &bytes, err) != TY_OK)
		return err->code;
	return answer(call, download, bytes, err);
}
