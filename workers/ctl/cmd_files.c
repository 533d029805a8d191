/*
 * cmd_files.c -- the bytes of a file that an item names.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/str.h"
#include "blob/reader.h"
#include "conf/conf.h"
#include "store/blob.h"

#include <errno.h>
#include <string.h>

#define PIECE_BYTES 65536

/* Piece by piece, so that a file of any size takes no more memory. */
static enum ty_code
copy_out(struct ctl *ctl, struct ty_blob_reader *reader, FILE *out, struct ty_err *err)
{
	char *piece = ty_arena_alloc(ctl->arena, PIECE_BYTES);
	ssize_t n;

	while ((n = ty_blob_reader_take(reader, piece, PIECE_BYTES)) > 0) {
		if (fwrite(piece, 1, (size_t)n, out) != (size_t)n)
			return ty_err_set(err, TY_E_UNAVAILABLE, "cannot write: %s",
					  strerror(errno));
	}
	if (n < 0) {
		*err = *ty_blob_reader_failure(reader);
		return err->code;
	}
	return TY_OK;
}

static enum ty_code
get_into(struct ctl *ctl, const struct ty_id *workspace_id, FILE *out, struct ty_err *err)
{
	struct ty_store_blobs *blobs = ty_store_blobs_new(ctl->store, ctl->conf->blob_folder);
	struct ty_blob_reader *reader = ty_blob_reader_new(&ty_store_blob_io, blobs, workspace_id,
							   ctl_arg(ctl, 0), -1, 0, NULL, NULL);
	enum ty_code code = copy_out(ctl, reader, out, err);

	ty_blob_reader_free(reader);
	ty_store_blobs_free(blobs);
	return code;
}

static bool
is_hash(const char *s)
{
	return strlen(s) == TY_BLOB_HASH_SIZE - 1 &&
	       strspn(s, "0123456789abcdef") == TY_BLOB_HASH_SIZE - 1;
}

static enum ty_code
files_get(struct ctl *ctl, struct ty_err *err)
{
	const char *path = ctl_option(ctl, "output");
	struct ty_id workspace_id;
	enum ty_code code;
	struct ty_tx *tx;
	FILE *out;

	if (!is_hash(ctl_arg(ctl, 0))) {
		ty_err_set(err, TY_E_INVALID, "%.80s is no file's name", ctl_arg(ctl, 0));
		ty_err_hint(err, "It is \"blob\" of an item's binary: 64 hex digits.");
		return ctl_misused(ctl, err);
	}
	if (ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, TY_OK, err) != TY_OK)
		return err->code;
	out = path != NULL ? fopen(path, "wb") : ctl->out;
	if (out == NULL)
		return ty_err_set(err, TY_E_INVALID, "cannot write %s: %s", path, strerror(errno));
	code = get_into(ctl, &workspace_id, out, err);
	if ((path != NULL ? fclose(out) : fflush(out)) != 0 && code == TY_OK)
		code = ty_err_set(err, TY_E_UNAVAILABLE, "cannot write: %s", strerror(errno));
	if (code != TY_OK && path != NULL)
		remove(path);
	return code;
}

static const struct ctl_option get_options[] = {
	{ "output", "FILE", "file to write; standard output by default", false },
	{ .name = NULL },
};

const struct ctl_command ctl_files_commands[] = {
	{ "files get", "HASH", "Write the bytes of a file that an item names", get_options,
	  files_get },
	{ .name = NULL },
};
