/*
 * writer.h -- a blob in the making: bytes in pieces of any size, hashed and cut into chunks.
 *
 *	FILLING --chunk full--> PUTTING --kept--> FILLING ... --end--> COMMITTING --committed--> told
 *	   any --a chunk is refused--> FAILED
 *
 * While a chunk is being kept nothing is taken: that is the back-pressure.  One chunk is in memory.
 */
#ifndef TY_BLOB_WRITER_H
#define TY_BLOB_WRITER_H

#include "blob/blob.h"

struct ty_blob_writer;

struct ty_blob_writer_events {
	/* Bytes are taken again, or it has failed.  Never from within ty_blob_writer_add. */
	void (*ready)(void *ctx);
	/* After ty_blob_writer_end, maybe from within it; one of the two is not NULL.  'blob' is the callee's. */
	void (*done)(void *ctx, struct ty_blob *blob, const struct ty_err *err);
	void *ctx;
};

/* 'io' and what 'events' names must live until free; 'bytes_max' is refused as TY_E_TOO_LARGE. */
struct ty_blob_writer *ty_blob_writer_new(const struct ty_blob_io *io, void *io_ctx,
					  const struct ty_blob_scope *scope, int64_t bytes_max,
					  const struct ty_blob_writer_events *events);
/* An upload that was not committed is dropped.  Takes NULL; within an event, the last thing done there. */
void ty_blob_writer_free(struct ty_blob_writer *writer);

/* Gives the number of bytes taken: fewer than 'len' while a chunk is being kept, and once the writer
 * failed. */
size_t ty_blob_writer_add(struct ty_blob_writer *writer, const void *data, size_t len);
/* NULL, or why it has failed. */
const struct ty_err *ty_blob_writer_failure(const struct ty_blob_writer *writer);
int64_t ty_blob_writer_bytes(const struct ty_blob_writer *writer);
/*
 * All bytes are there; keep the last of them now and commit later, so that the writer holds none.  Only
 * over an 'io' that answers from within.
 */
void ty_blob_writer_flush(struct ty_blob_writer *writer);
/* All bytes are there: commit. */
void ty_blob_writer_end(struct ty_blob_writer *writer);

#endif
