/*
 * files.c -- files that are sent, and answers that are kept as files.
 *
 *	sending:  chunk -> curl asks for bytes -> none here yet: paused until the next chunk has come
 *	keeping:  curl has bytes -> chunk -> it is being kept: paused until it is
 *
 * So one chunk of a file is in memory, however fast the peer is, and TCP holds the peer back.
 *
 * curl gives what it had when it was paused once more, as a whole: 'skip' says how much of it was taken.
 */
#include "net/internal.h"

#include "base/str.h"
#include "blob/reader.h"
#include "blob/writer.h"
#include "body/form.h"
#include "body/type.h"

#include <string.h>

/* Errors that curl finds while it goes on are kept here, because the transfer's end does not tell them. */
static void
go_on(struct ty_net_call *call)
{
	int paused = (call->files.is_sending_paused ? CURLPAUSE_SEND : 0) |
		     (call->files.is_keeping_paused ? CURLPAUSE_RECV : 0);
	CURLcode code = curl_easy_pause(call->easy, paused);

	if (code != CURLE_OK)
		net_call_stopped(call, code);
}

/* ---- sending ---- */

static void
sending_ready(void *ctx)
{
	struct ty_net_call *call = ctx;

	if (!call->files.is_sending_paused)
		return;
	call->files.is_sending_paused = false;
	go_on(call);
}

/* Up to 'len' bytes of the piece that it is at; 0: the piece is at its end. */
static ssize_t
piece_take(struct ty_net_call *call, char *buf, size_t len)
{
	struct net_files *files = &call->files;
	const struct net_piece *piece = &call->request.pieces[files->piece];

	if (piece->data != NULL) {
		size_t n = piece->len - files->piece_at;

		n = n < len ? n : len;
		memcpy(buf, piece->data + files->piece_at, n);
		files->piece_at += n;
		return (ssize_t)n;
	}
	if (files->reader == NULL)
		files->reader = ty_blob_reader_new(files->to.io, files->to.io_ctx,
						   &files->to.workspace_id, piece->hash,
						   (int64_t)piece->len, 0, sending_ready, call);
	return ty_blob_reader_take(files->reader, buf, len);
}

static void
piece_next(struct net_files *files)
{
	ty_blob_reader_free(files->reader);
	files->reader = NULL;
	files->piece++;
	files->piece_at = 0;
}

size_t
net_files_read(char *buf, size_t size, size_t count, void *ctx)
{
	struct ty_net_call *call = ctx;
	struct net_files *files = &call->files;

	while (files->piece < call->request.piece_count) {
		ssize_t n = piece_take(call, buf, size * count);

		if (n > 0)
			return (size_t)n;
		if (n == TY_BLOB_WAIT) {
			files->is_sending_paused = true;
			return CURL_READFUNC_PAUSE;
		}
		if (n == TY_BLOB_FAILED) {
			call->err = *ty_blob_reader_failure(files->reader);
			return CURL_READFUNC_ABORT;
		}
		piece_next(files);
	}
	return 0;
}

/* From the beginning: a kept connection that was dead. */
int
net_files_seek(void *ctx, curl_off_t offset, int origin)
{
	struct ty_net_call *call = ctx;

	if (offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	piece_next(&call->files);
	call->files.piece = 0;
	return CURL_SEEKFUNC_OK;
}

/* ---- keeping ---- */

bool
net_files_wants(struct ty_net_call *call)
{
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static void
keeping_ready(void *ctx)
{
	struct ty_net_call *call = ctx;

	if (!call->files.is_keeping_paused)
		return;
	call->files.is_keeping_paused = false;
	go_on(call);
}

static void
keeping_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	struct ty_net_call *call = ctx;

	call->files.blob = blob;
	if (err != NULL)
		call->err = *err;
	net_call_kept(call);
}

static void
keeping_begin(struct ty_net_call *call)
{
	const struct ty_net_files *to = &call->files.to;
	const struct ty_blob_scope scope = { .workspace_id = to->workspace_id,
					     .owner_id = to->owner_id,
					     .is_verified = true };
	const struct ty_blob_writer_events events = { .ready = keeping_ready,
						      .done = keeping_done,
						      .ctx = call };

	call->files.writer = ty_blob_writer_new(to->io, to->io_ctx, &scope, to->bytes_max, &events);
}

size_t
net_files_write(struct ty_net_call *call, const char *data, size_t len)
{
	struct net_files *files = &call->files;
	size_t skip = files->skip, taken;

	if (files->writer == NULL)
		keeping_begin(call);
	taken = ty_blob_writer_add(files->writer, data + skip, len - skip);
	if (ty_blob_writer_failure(files->writer) != NULL) {
		call->err = *ty_blob_writer_failure(files->writer);
		return 0;
	}
	if (taken == len - skip) {
		files->skip = 0;
		return len;
	}
	files->skip += taken;
	files->is_keeping_paused = true;
	return CURL_WRITEFUNC_PAUSE;
}

void
net_files_end(struct ty_net_call *call)
{
	if (call->files.writer == NULL)
		keeping_begin(call); /* not one byte came */
	ty_blob_writer_end(call->files.writer);
}

void
net_files_reset(struct ty_net_call *call)
{
	struct net_files *files = &call->files;

	ty_blob_reader_free(files->reader);
	ty_blob_writer_free(files->writer);
	ty_blob_unref(files->blob);
	*files = (struct net_files){ .to = files->to, .is_given = files->is_given };
}

/* ---- the handle ---- */

/* The last part of the address's path, as a browser names what it saves. */
static const char *
name_of_url(struct ty_arena *arena, const char *url)
{
	size_t len = strcspn(url, "?#"), begin = len, decoded;
	const char *name;

	while (begin > 0 && url[begin - 1] != '/')
		begin--;
	name = ty_str_url_decode(arena, url + begin, len - begin, false, &decoded);
	return name != NULL && begin > 0 && strchr(url, ':') + 2 < url + begin - 1 ? name : "";
}

static const char *
name_of(struct ty_net_call *call)
{
	const char *disposition = net_response_find(&call->response, "content-disposition");
	char name[512];

	if (disposition != NULL &&
	    ty_body_param(disposition + strcspn(disposition, ";"), "filename", name,
			  sizeof(name)) &&
	    name[0] != '\0')
		return ty_arena_strdup(call->arena, name);
	return name_of_url(call->arena, call->request.url);
}

json_t *
net_files_json(struct ty_net_call *call)
{
	const struct ty_blob *blob = call->files.blob;
	const char *name = name_of(call);
	struct ty_body_type type;
	struct ty_blob_meta meta = { .hash = blob->hash, .bytes = blob->bytes };
	json_t *json;

	ty_body_type_parse(net_response_find(&call->response, "content-type"), &type);
	meta.mime = type.name;
	json = ty_blob_meta_json(&meta);
	json_object_set_new(json, "name", ty_form_string(call->arena, name, strlen(name)));
	return json;
}
