/*
 * reader.c -- see reader.h.
 *
 * As with a writer, a reader that is freed while a chunk is on its way stays until it has come.
 */
#include "blob/reader.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

struct ty_blob_reader {
	const struct ty_blob_io *io;
	void *io_ctx;
	struct ty_id workspace_id;
	char hash[TY_BLOB_HASH_SIZE];
	void (*ready)(void *ctx);
	void *ctx;
	struct ty_blob *whole; /* not NULL: the bytes are all here */
	int64_t bytes, at;     /* at: of the next byte to give */
	char *chunk;	       /* malloc'd; NULL = none */
	size_t chunk_len;
	int64_t chunk_number;
	bool is_waiting, is_within, is_freed, has_failed;
	struct ty_err err;
};

static struct ty_blob_reader *
reader_alloc(const char *hash, int64_t bytes, int64_t from)
{
	struct ty_blob_reader *reader = calloc(1, sizeof(*reader));

	TY_ASSERT(reader != NULL && strlen(hash) < sizeof(reader->hash));
	memcpy(reader->hash, hash, strlen(hash) + 1);
	reader->bytes = bytes;
	reader->at = from;
	return reader;
}

struct ty_blob_reader *
ty_blob_reader_new(const struct ty_blob_io *io, void *io_ctx, const struct ty_id *workspace_id,
		   const char *hash, int64_t bytes, int64_t from, void (*ready)(void *ctx),
		   void *ctx)
{
	struct ty_blob_reader *reader = reader_alloc(hash, bytes, from);

	reader->io = io;
	reader->io_ctx = io_ctx;
	reader->workspace_id = *workspace_id;
	reader->ready = ready;
	reader->ctx = ctx;
	return reader;
}

struct ty_blob_reader *
ty_blob_reader_of(struct ty_blob *blob, int64_t from)
{
	struct ty_blob_reader *reader = reader_alloc(blob->hash, blob->bytes, from);

	TY_ASSERT(blob->data != NULL);
	reader->whole = ty_blob_ref(blob);
	return reader;
}

static void
reader_release(struct ty_blob_reader *reader)
{
	ty_blob_unref(reader->whole);
	free(reader->chunk);
	free(reader);
}

void
ty_blob_reader_free(struct ty_blob_reader *reader)
{
	if (reader == NULL)
		return;
	reader->is_freed = true;
	if (!reader->is_waiting)
		reader_release(reader);
}

static enum ty_code
reader_check(struct ty_blob_reader *reader, size_t len, int64_t bytes, struct ty_err *err)
{
	int64_t begin = reader->chunk_number * TY_LIMIT_BLOB_CHUNK_BYTES;
	int64_t want = bytes - begin < TY_LIMIT_BLOB_CHUNK_BYTES ? bytes - begin
								 : TY_LIMIT_BLOB_CHUNK_BYTES;

	if (reader->bytes >= 0 && reader->bytes != bytes)
		return ty_err_set(err, TY_E_NOT_FOUND,
				  "The file has other bytes than its item says");
	if ((int64_t)len != want)
		return ty_err_set(err, TY_E_INTERNAL, "A stored piece of a file is damaged");
	return TY_OK;
}

static void
reader_got(void *ctx, const void *data, size_t len, int64_t bytes, const struct ty_err *err)
{
	struct ty_blob_reader *reader = ctx;

	reader->is_waiting = false;
	if (reader->is_freed) {
		reader_release(reader);
		return;
	}
	if (err != NULL)
		reader->err = *err;
	if (err != NULL || reader_check(reader, len, bytes, &reader->err) != TY_OK) {
		reader->has_failed = true;
	} else {
		reader->bytes = bytes;
		reader->chunk = malloc(len + 1);
		TY_ASSERT(reader->chunk != NULL);
		memcpy(reader->chunk, data, len);
		reader->chunk_len = len;
	}
	if (!reader->is_within && reader->ready != NULL)
		reader->ready(reader->ctx);
}

static void
reader_ask(struct ty_blob_reader *reader)
{
	free(reader->chunk);
	reader->chunk = NULL;
	reader->chunk_number = reader->at / TY_LIMIT_BLOB_CHUNK_BYTES;
	reader->is_waiting = reader->is_within = true;
	reader->io->get(reader->io_ctx, &reader->workspace_id, reader->hash, reader->chunk_number,
			reader_got, reader);
	reader->is_within = false;
}

static size_t
copy_out(const char *from, size_t there, void *buf, size_t len)
{
	size_t n = len < there ? len : there;

	memcpy(buf, from, n);
	return n;
}

static bool
reader_has(const struct ty_blob_reader *reader)
{
	return reader->chunk != NULL &&
	       reader->at / TY_LIMIT_BLOB_CHUNK_BYTES == reader->chunk_number;
}

ssize_t
ty_blob_reader_take(struct ty_blob_reader *reader, void *buf, size_t len)
{
	size_t n, skip;

	if (reader->bytes >= 0 && reader->at >= reader->bytes)
		return 0;
	if (reader->whole != NULL) {
		n = copy_out(reader->whole->data + reader->at, (size_t)(reader->bytes - reader->at),
			     buf, len);
		reader->at += (int64_t)n;
		return (ssize_t)n;
	}
	if (!reader->has_failed && !reader->is_waiting && !reader_has(reader))
		reader_ask(reader);
	if (reader->has_failed)
		return TY_BLOB_FAILED;
	if (reader->is_waiting)
		return TY_BLOB_WAIT;
	if (reader->at >= reader->bytes)
		return 0;
	skip = (size_t)(reader->at % TY_LIMIT_BLOB_CHUNK_BYTES);
	n = copy_out(reader->chunk + skip, reader->chunk_len - skip, buf, len);
	reader->at += (int64_t)n;
	return (ssize_t)n;
}

const struct ty_err *
ty_blob_reader_failure(const struct ty_blob_reader *reader)
{
	return reader->has_failed ? &reader->err : NULL;
}

int64_t
ty_blob_reader_bytes(const struct ty_blob_reader *reader)
{
	return reader->bytes;
}
