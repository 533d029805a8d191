/*
 * archive.c -- the file tool "archive": gzip and deflate by zlib, zip by libzip.
 *
 * Options: { "do": "gzip" | "deflate" | "zip" | "unpack", "level": 1 to 9, "name", "key",
 *            "as": "auto" | "gzip" | "deflate" | "zip", "entries": "items" | "files" }
 *
 * What is packed is made without a date, so that the same files give the same archive.
 *
 * Names of a zip's entries are paths that nobody follows here, but that a later node may follow: one that is absolute,
 * climbs out by "..", or has a backslash or a control character is refused.  What comes out is counted as it comes,
 * because sizes in an archive are only claims.
 *
 * libzip (zip_read.c, zip_write.c) rather than libarchive, because it has the central directory before any entry is
 * unpacked, tells what is encrypted, and reads one format where libarchive reads thirty.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "file_tool.h"
#include "zip_file.h"

#include <string.h>
#include <zlib.h>

#define PIECE_BYTES 65536

/* ---- gzip and deflate ---- */

static enum ty_code
stream_broken(const z_stream *z, int rc, struct ty_err *err)
{
	if (rc == Z_NEED_DICT)
		return ty_err_set(err, TY_E_INVALID,
				  "the file needs a dictionary that is not in it");
	ty_err_set(err, TY_E_INVALID, "the file is broken: %s",
		   rc == Z_BUF_ERROR ? "it ends too early"
		   : z->msg != NULL  ? z->msg
				     : "it cannot be unpacked");
	return ty_err_hint(
		err, "Look at where it comes from: it may have been cut off or read as text.");
}

/* Inflate to the end.  A gzip file may be several behind each other, which are one. */
static enum ty_code
inflate_all(struct file_work *work, z_stream *z, bool many, struct ty_err *err)
{
	size_t in = z->avail_in;
	char *room;
	int rc;

	for (;;) {
		if (file_reserve(work, PIECE_BYTES, &room, err) != TY_OK)
			return err->code;
		z->next_out = (Bytef *)room;
		z->avail_out = PIECE_BYTES;
		rc = inflate(z, Z_NO_FLUSH);
		file_extend(work, PIECE_BYTES - z->avail_out);
		if (file_is_too_dense(in, file_len(work)))
			return file_too_dense(err, "the file");
		if (rc == Z_OK)
			continue;
		if (rc != Z_STREAM_END)
			return stream_broken(z, rc, err);
		if (!many || z->avail_in < 2 || z->next_in[0] != 0x1f || z->next_in[1] != 0x8b)
			return TY_OK; /* padding behind it is ignored, as gunzip ignores it */
		if (inflateReset(z) != Z_OK)
			return stream_broken(z, Z_STREAM_ERROR, err);
	}
}

/* zlib's header in front?  Else deflate is taken to be bare, as some senders write it. */
static bool
has_zlib_header(const struct file_in *file)
{
	const unsigned char *b = (const unsigned char *)file->data;

	return file->len >= 2 && (b[0] & 0x0f) == Z_DEFLATED && (b[0] >> 4) <= 7 &&
	       (b[0] * 256 + b[1]) % 31 == 0;
}

/* The name of what was packed: without ".gz" and the like. */
static const char *
inner_name(struct file_work *work, const char *name)
{
	static const char *const ends[] = { ".gz", ".zz", ".deflate", ".z" };
	size_t len = strlen(name);

	for (size_t i = 0; i < TY_ARRAY_COUNT(ends); i++) {
		size_t n = strlen(ends[i]);

		if (len > n && ty_str_ieq(name + len - n, ends[i]))
			return ty_arena_strndup(work->arena, name, len - n);
	}
	if (len > 4 && ty_str_ieq(name + len - 4, ".tgz"))
		return ty_arena_printf(work->arena, "%.*s.tar", (int)(len - 4), name);
	return name;
}

static enum ty_code
stream_unpack(struct file_work *work, const struct file_in *file, bool is_gzip, struct ty_err *err)
{
	z_stream z = { .next_in = (Bytef *)file->data, .avail_in = (uInt)file->len };
	int bits = is_gzip ? 15 + 16 : has_zlib_header(file) ? 15 : -15;
	const char *name = inner_name(work, file->name);

	work->library = ty_arena_printf(work->arena, "zlib %s", zlibVersion());
	if (inflateInit2(&z, bits) != Z_OK)
		return ty_err_set(err, TY_E_INTERNAL, "zlib does not begin");
	if (inflate_all(work, &z, is_gzip, err) == TY_OK)
		file_end(work, ty_json_str(work->options, "key", "data"), name, "");
	inflateEnd(&z);
	return err->code;
}

static enum ty_code
stream_pack(struct file_work *work, const struct file_in *file, bool is_gzip, struct ty_err *err)
{
	int level = (int)ty_json_int(work->options, "level", 6), rc = Z_OK;
	const char *name = ty_json_str(work->options, "name", "");
	z_stream z = { .next_in = (Bytef *)file->data, .avail_in = (uInt)file->len };
	char *room;

	work->library = ty_arena_printf(work->arena, "zlib %s", zlibVersion());
	if (deflateInit2(&z, level, Z_DEFLATED, is_gzip ? 15 + 16 : 15, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return ty_err_set(err, TY_E_INTERNAL, "zlib does not begin");
	while (rc == Z_OK && file_reserve(work, PIECE_BYTES, &room, err) == TY_OK) {
		z.next_out = (Bytef *)room;
		z.avail_out = PIECE_BYTES;
		rc = deflate(&z, Z_FINISH);
		file_extend(work, PIECE_BYTES - z.avail_out);
	}
	deflateEnd(&z);
	if (err->code != TY_OK)
		return err->code;
	if (name[0] == '\0' && file->name[0] != '\0')
		name = ty_arena_printf(work->arena, "%s%s", file->name, is_gzip ? ".gz" : ".zz");
	file_end(work, ty_json_str(work->options, "key", "data"), name,
		 is_gzip ? "application/gzip" : "application/zlib");
	return TY_OK;
}

/* ---- the tool ---- */

enum form { FORM_NONE, FORM_GZIP, FORM_DEFLATE, FORM_ZIP };

static enum form
form_of(const struct file_in *file, const char *as)
{
	static const struct {
		const char *name, *magic;
		enum form form;
	} forms[] = {
		{ "gzip", "\x1f\x8b", FORM_GZIP },
		{ "zip", "PK\3\4", FORM_ZIP },
		{ "zip", "PK\5\6", FORM_ZIP }, /* an empty one */
		{ "deflate", NULL, FORM_DEFLATE },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(forms); i++) {
		const char *magic = forms[i].magic;

		if (strcmp(as, forms[i].name) == 0)
			return forms[i].form;
		if (strcmp(as, "auto") == 0 && magic != NULL && file->len >= strlen(magic) &&
		    memcmp(file->data, magic, strlen(magic)) == 0)
			return forms[i].form;
	}
	return strcmp(as, "auto") == 0 && has_zlib_header(file) ? FORM_DEFLATE : FORM_NONE;
}

static enum ty_code
unpack(struct file_work *work, struct ty_err *err)
{
	const struct file_in *file = &work->files[0];

	switch (form_of(file, ty_json_str(work->options, "as", "auto"))) {
	case FORM_GZIP:
		return stream_unpack(work, file, true, err);
	case FORM_DEFLATE:
		return stream_unpack(work, file, false, err);
	case FORM_ZIP:
		return zip_unpack(work, file, err);
	case FORM_NONE:
		break;
	}
	ty_err_set(err, TY_E_INVALID,
		   "the file is neither gzip nor zlib nor zip by its first bytes");
	return ty_err_hint(err, "Say how it is packed, or check that it is.");
}

static enum ty_code
archive_run(struct file_work *work, struct ty_err *err)
{
	const char *what = ty_json_str(work->options, "do", "");
	enum ty_code code;

	if (work->file_count == 0)
		return ty_err_set(err, TY_E_INVALID, "there is no file");
	if (strcmp(what, "unpack") == 0)
		code = unpack(work, err);
	else if (strcmp(what, "zip") == 0)
		code = zip_pack(work, err);
	else
		code = stream_pack(work, &work->files[0], strcmp(what, "gzip") == 0, err);
	if (code != TY_OK || (json_array_size(work->out) == 0 && work->item_count > 0))
		return code;
	/* Files that are of no item yet are of one together. */
	if (strcmp(what, "unpack") != 0 || json_array_size(work->out) > 0)
		return file_item(work, json_object(), err);
	return TY_OK;
}

const struct file_tool file_tool_archive = {
	.name = "archive",
	.run = archive_run,
};
