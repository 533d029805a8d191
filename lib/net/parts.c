/*
 * parts.c -- bodies that have files in them: a file alone, and multipart/form-data (RFC 7578).
 *
 * A file's bytes are not here: the body is pieces of text and of files, whose sizes its handles tell, so
 * that its length is known before the first byte goes.
 */
#include "net/internal.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"

#include <string.h>

/* A name within the quotes of a part's header (WHATWG HTML, "multipart/form-data encoding"). */
static void
put_part_name(struct ty_buf *buf, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\r' || *name == '\n')
			ty_buf_printf(buf, "%%%02X", (unsigned)*name);
		else
			ty_buf_add_char(buf, *name);
	}
}

/* Made of what it separates, so that a repeated request is the same bytes and no value has it in it. */
static const char *
boundary_of(struct ty_arena *arena, const json_t *body)
{
	uint8_t hash[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];
	const json_t *pairs = json_object_get(body, "value");
	const json_t *what = json_object_get(body, "files") != NULL ? body : pairs;
	size_t len;
	const char *text = ty_json_dump(arena, what != NULL ? what : json_null(), &len);

	ty_sha256(text, len, hash);
	ty_str_hex(hash, sizeof(hash), hex);
	return ty_arena_printf(arena, "tyboo-%.32s", hex);
}

static void
put_part_begin(struct ty_buf *buf, const char *boundary, const char *name)
{
	ty_buf_printf(buf, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
	put_part_name(buf, name);
	ty_buf_add_char(buf, '"');
}

static enum ty_code
put_fields(struct ty_arena *arena, const json_t *pairs, const char *boundary, struct ty_buf *buf,
	   struct ty_err *err)
{
	json_t *pair;
	size_t i;

	json_array_foreach(pairs, i, pair)
	{
		const char *value = net_pair_value(arena, pair);

		if (value == NULL) {
			ty_err_set(err, TY_E_INVALID, "A value holds a NUL character");
			return ty_err_at(err, "body.value[%zu].value", i);
		}
		put_part_begin(buf, boundary, ty_json_str(pair, "name", ""));
		ty_buf_add_str(buf, "\r\n\r\n");
		ty_buf_add_str(buf, value);
		ty_buf_add_str(buf, "\r\n");
	}
	return TY_OK;
}

static void
piece_add(struct net_request *request, const struct net_piece *piece)
{
	request->pieces[request->piece_count++] = *piece;
	request->body_len += piece->len;
}

/* The text that has come together since the piece before. */
static void
piece_add_text(struct ty_arena *arena, struct net_request *request, struct ty_buf *buf)
{
	const struct net_piece piece = { .data = ty_arena_memdup(arena, buf->data, buf->len),
					 .len = buf->len };

	piece_add(request, &piece);
	buf->len = 0;
}

static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	}
	return true;
}

static enum ty_code
handle_parse(const json_t *json, struct ty_blob_meta *ret_meta, struct ty_err *err)
{
	if (ty_blob_meta_parse(json, ret_meta) && is_plain(ret_meta->mime) &&
	    ret_meta->bytes <= INT64_MAX / 4)
		return TY_OK;
	return ty_err_set(err, TY_E_INVALID, "The file is not { blob, mime, name, bytes }");
}

static void
piece_add_file(struct ty_arena *arena, struct net_request *request, const struct ty_blob_meta *meta)
{
	const struct net_piece piece = { .len = (size_t)meta->bytes,
					 .hash = ty_arena_strdup(arena, meta->hash) };

	piece_add(request, &piece);
}

static enum ty_code
put_files(struct ty_arena *arena, const json_t *files, const char *boundary, struct ty_buf *buf,
	  struct net_request *request, struct ty_err *err)
{
	json_t *entry;
	size_t i;

	request->pieces = ty_arena_alloc_array(arena, 2 * json_array_size(files) + 1,
					       sizeof(*request->pieces));
	json_array_foreach(files, i, entry)
	{
		struct ty_blob_meta meta;

		if (handle_parse(json_object_get(entry, "file"), &meta, err) != TY_OK)
			return ty_err_at(err, "body.files[%zu].file", i);
		put_part_begin(buf, boundary, ty_json_str(entry, "name", ""));
		ty_buf_add_str(buf, "; filename=\"");
		put_part_name(buf, meta.name);
		ty_buf_printf(buf, "\"\r\nContent-Type: %s\r\n\r\n", meta.mime);
		piece_add_text(arena, request, buf);
		piece_add_file(arena, request, &meta);
		ty_buf_add_str(buf, "\r\n");
	}
	return TY_OK;
}

enum ty_code
net_parts_encode(struct ty_arena *arena, const json_t *body, struct net_request *request,
		 const char **ret_type, struct ty_err *err)
{
	const json_t *pairs = json_object_get(body, "value");
	const json_t *files = ty_json_arr(body, "files");
	const char *boundary;
	struct ty_buf buf;

	if (net_pairs_check(pairs, "body.value", err) != TY_OK)
		return err->code;
	boundary = boundary_of(arena, body);
	ty_buf_init(&buf, arena, 256);
	if (put_fields(arena, pairs, boundary, &buf, err) != TY_OK ||
	    (files != NULL && put_files(arena, files, boundary, &buf, request, err) != TY_OK))
		return err->code;
	ty_buf_printf(&buf, "--%s--\r\n", boundary);
	*ret_type = ty_arena_printf(arena, "multipart/form-data; boundary=%s", boundary);
	if (request->pieces != NULL) {
		piece_add_text(arena, request, &buf);
		return TY_OK;
	}
	request->body = buf.data;
	request->body_len = buf.len;
	return TY_OK;
}

enum ty_code
net_file_encode(struct ty_arena *arena, const json_t *value, struct net_request *request,
		const char **ret_type, struct ty_err *err)
{
	struct ty_blob_meta meta;

	if (handle_parse(value, &meta, err) != TY_OK)
		return ty_err_at(err, "body.value");
	request->pieces = ty_arena_new_of(arena, struct net_piece);
	piece_add_file(arena, request, &meta);
	*ret_type = ty_arena_strdup(arena, meta.mime);
	return TY_OK;
}
