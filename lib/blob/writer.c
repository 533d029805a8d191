/*
 * writer.c -- see writer.h.
 *
 * A call of the store's that is under way cannot be called off, so a writer that is freed meanwhile
 * stays as a shell until its answer has come.
 */
#include "blob/writer.h"

#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

/* Room of the first chunk, small because most answers and files are. */
#define CHUNK_BYTES_FIRST 8192

enum state { FILLING, PUTTING, COMMITTING, COMMITTED, FAILED };

struct ty_blob_writer {
	const struct ty_blob_io *io;
	void *io_ctx;
	struct ty_blob_scope scope;
	struct ty_blob_writer_events events;
	enum state state;
	bool is_under_way; /* a call of 'io' is */
	bool is_within;	   /* 'io' has been called and not returned yet */
	bool is_ending, is_freed;
	struct ty_id upload_id;
	struct ty_hash *hash;
	char *chunk; /* malloc'd */
	size_t len, cap;
	int64_t number, bytes, bytes_max;
	char name[TY_BLOB_HASH_SIZE];
	struct ty_err err;
};

struct ty_blob_writer *
ty_blob_writer_new(const struct ty_blob_io *io, void *io_ctx, const struct ty_blob_scope *scope,
		   int64_t bytes_max, const struct ty_blob_writer_events *events)
{
	struct ty_blob_writer *writer = calloc(1, sizeof(*writer));

	TY_ASSERT(writer != NULL);
	writer->io = io;
	writer->io_ctx = io_ctx;
	writer->scope = *scope;
	writer->events = *events;
	writer->bytes_max = bytes_max;
	writer->upload_id = ty_id_new();
	writer->hash = ty_hash_new();
	return writer;
}

static void
writer_release(struct ty_blob_writer *writer)
{
	ty_hash_free(writer->hash);
	free(writer->chunk);
	free(writer);
}

void
ty_blob_writer_free(struct ty_blob_writer *writer)
{
	if (writer == NULL)
		return;
	writer->is_freed = true;
	if (writer->is_under_way)
		return; /* the answer of the store frees the writer */
	if (writer->number > 0 && writer->state != COMMITTED)
		writer->io->drop(writer->io_ctx, &writer->scope, &writer->upload_id);
	writer_release(writer);
}

/* The blob with its bytes where they fitted into one chunk. */
static struct ty_blob *
writer_blob(struct ty_blob_writer *writer)
{
	struct ty_blob *blob = calloc(1, sizeof(*blob));

	TY_ASSERT(blob != NULL);
	blob->refs = 1;
	blob->bytes = writer->bytes;
	memcpy(blob->hash, writer->name, sizeof(blob->hash));
	if (writer->number == 0) {
		blob->data = writer->chunk;
		writer->chunk = NULL;
	}
	return blob;
}

static void
writer_tell(struct ty_blob_writer *writer)
{
	if (writer->state == FAILED)
		writer->events.done(writer->events.ctx, NULL, &writer->err);
	else
		writer->events.done(writer->events.ctx, writer_blob(writer), NULL);
}

static void
writer_committed(void *ctx, const struct ty_err *err)
{
	struct ty_blob_writer *writer = ctx;

	writer->is_under_way = false;
	if (err != NULL)
		writer->err = *err;
	writer->state = err != NULL ? FAILED : COMMITTED;
	if (writer->is_freed)
		writer_release(writer);
	else
		writer_tell(writer);
}

static struct ty_blob_chunk
writer_chunk(const struct ty_blob_writer *writer)
{
	return (struct ty_blob_chunk){ .scope = &writer->scope,
				       .upload_id = writer->upload_id,
				       .number = writer->number,
				       .data = writer->chunk != NULL ? writer->chunk : "",
				       .len = writer->len };
}

static void
writer_commit(struct ty_blob_writer *writer)
{
	struct ty_blob_chunk last = writer_chunk(writer);
	uint8_t sum[TY_SHA256_SIZE];

	ty_hash_end(writer->hash, sum);
	writer->hash = NULL;
	ty_str_hex(sum, sizeof(sum), writer->name);
	writer->state = COMMITTING;
	writer->is_under_way = true;
	writer->io->commit(writer->io_ctx, &last, writer->name, writer->bytes, writer_committed,
			   writer);
}

static void
writer_kept(void *ctx, const struct ty_err *err)
{
	struct ty_blob_writer *writer = ctx;

	writer->is_under_way = false;
	if (err != NULL)
		writer->err = *err;
	writer->state = err != NULL ? FAILED : FILLING;
	writer->number++;
	writer->len = 0;
	if (writer->is_freed) {
		ty_blob_writer_free(writer);
		return;
	}
	if (writer->is_within)
		return;
	if (!writer->is_ending)
		writer->events.ready(writer->events.ctx);
	else if (err != NULL)
		writer_tell(writer);
	else
		writer_commit(writer);
}

static void
writer_put(struct ty_blob_writer *writer)
{
	struct ty_blob_chunk chunk = writer_chunk(writer);

	writer->state = PUTTING;
	writer->is_under_way = writer->is_within = true;
	writer->io->put(writer->io_ctx, &chunk, writer_kept, writer);
	writer->is_within = false;
}

/* Room for 'len' bytes more of this chunk, doubled as it fills. */
static void
writer_room(struct ty_blob_writer *writer, size_t len)
{
	size_t cap = writer->cap > 0 ? writer->cap : CHUNK_BYTES_FIRST;

	if (writer->len + len <= writer->cap)
		return;
	while (cap < writer->len + len)
		cap *= 2;
	writer->chunk = realloc(writer->chunk, cap);
	TY_ASSERT(writer->chunk != NULL);
	writer->cap = cap;
}

static size_t
writer_fill(struct ty_blob_writer *writer, const void *data, size_t len)
{
	size_t room = TY_LIMIT_BLOB_CHUNK_BYTES - writer->len;
	size_t n = len < room ? len : room;

	writer_room(writer, n);
	memcpy(writer->chunk + writer->len, data, n);
	ty_hash_add(writer->hash, data, n);
	writer->len += n;
	writer->bytes += (int64_t)n;
	return n;
}

static bool
writer_is_over(struct ty_blob_writer *writer, size_t len)
{
	if (writer->bytes + (int64_t)len <= writer->bytes_max)
		return false;
	ty_err_set(&writer->err, TY_E_TOO_LARGE, "The bytes are over the limit of %lld",
		   (long long)writer->bytes_max);
	ty_err_hint(&writer->err, "An administrator can raise the workspace's blob_bytes_max; or "
				  "send less at a time.");
	writer->state = FAILED;
	return true;
}

size_t
ty_blob_writer_add(struct ty_blob_writer *writer, const void *data, size_t len)
{
	const char *at = data;
	size_t taken = 0;

	if (writer->state == FILLING && writer_is_over(writer, len))
		return 0;
	while (taken < len && writer->state == FILLING) {
		taken += writer_fill(writer, at + taken, len - taken);
		if (writer->len == TY_LIMIT_BLOB_CHUNK_BYTES)
			writer_put(writer);
	}
	return taken;
}

const struct ty_err *
ty_blob_writer_failure(const struct ty_blob_writer *writer)
{
	return writer->state == FAILED ? &writer->err : NULL;
}

int64_t
ty_blob_writer_bytes(const struct ty_blob_writer *writer)
{
	return writer->bytes;
}

void
ty_blob_writer_flush(struct ty_blob_writer *writer)
{
	if (writer->state == FILLING && writer->len > 0)
		writer_put(writer);
	TY_ASSERT(!writer->is_under_way);
	free(writer->chunk);
	writer->chunk = NULL;
	writer->cap = 0;
}

void
ty_blob_writer_end(struct ty_blob_writer *writer)
{
	TY_ASSERT(!writer->is_ending);
	writer->is_ending = true;
	if (writer->state == FILLING)
		writer_commit(writer);
	else if (writer->state == FAILED)
		writer_tell(writer);
}
