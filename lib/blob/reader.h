/*
 * reader.h -- a blob's bytes in order, from any place in it; one chunk is in memory.
 */
#ifndef TY_BLOB_READER_H
#define TY_BLOB_READER_H

#include "blob/blob.h"

#include <sys/types.h>

struct ty_blob_reader;

/*
 * Bytes 'from' to the end of the blob named 'hash', which is copied.  'bytes' is what is believed of its
 * size: another one is TY_E_NOT_FOUND; -1: not known.  'ready' says that take() has something to
 * give, or fails; never from within.  'io' must live until free.
 */
struct ty_blob_reader *ty_blob_reader_new(const struct ty_blob_io *io, void *io_ctx,
					  const struct ty_id *workspace_id, const char *hash,
					  int64_t bytes, int64_t from, void (*ready)(void *ctx),
					  void *ctx);
/* A reader of bytes in memory; takes a reference. */
struct ty_blob_reader *ty_blob_reader_of(struct ty_blob *blob, int64_t from);
void ty_blob_reader_free(struct ty_blob_reader *reader); /* takes NULL; not from within 'ready' */

#define TY_BLOB_WAIT   (-1)
#define TY_BLOB_FAILED (-2)
/*
 * Up to 'len' bytes into 'buf': their number, 0 at the end, TY_BLOB_WAIT (nothing yet: 'ready' will be
 * called), TY_BLOB_FAILED (ty_blob_reader_failure says why).
 */
ssize_t ty_blob_reader_take(struct ty_blob_reader *reader, void *buf, size_t len);
const struct ty_err *ty_blob_reader_failure(const struct ty_blob_reader *reader);
/* Size of the whole blob; -1 before the first chunk has come. */
int64_t ty_blob_reader_bytes(const struct ty_blob_reader *reader);

#endif
