/*
 * blob.h -- bytes that an item names and does not hold: handles, and what is behind them.
 *
 *	item.binary = { name: { "blob": SHA-256, "mime": "...", "name": "...", "bytes": n } }
 *
 * A blob is known by the SHA-256 of its bytes, so the same bytes are kept once in a workspace, and a
 * replay that names them sees the same.  Its bytes are in chunks of TY_LIMIT_BLOB_CHUNK_BYTES behind
 * struct ty_blob_io; whoever makes or reads one holds a chunk of it at a time (writer.h, reader.h).
 *
 * A handle in an item's "binary" is ours; the same text in its "json" came from outside and is data.
 *
 * Knows no store: lib/store, folder.c and workers/run are behind struct ty_blob_io.
 */
#ifndef TY_BLOB_BLOB_H
#define TY_BLOB_BLOB_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"

#include <jansson.h>

#define TY_BLOB_HASH_SIZE 65

/*
 * A counted handle.  Bytes that fit into one chunk stay in memory with it; more have spilled into
 * chunks, and 'data' is NULL.
 */
struct ty_blob {
	unsigned refs;
	char hash[TY_BLOB_HASH_SIZE];
	int64_t bytes;
	char *data; /* malloc'd */
};

struct ty_blob *ty_blob_ref(struct ty_blob *blob);
void ty_blob_unref(struct ty_blob *blob); /* takes NULL */

/* ---- as an item has it ---- */

/* Borrowed from the JSON that it was read from. */
struct ty_blob_meta {
	const char *hash, *mime, *name;
	int64_t bytes;
};

/* False where 'json' is no handle. */
bool ty_blob_meta_parse(const json_t *json, struct ty_blob_meta *ret_meta);
/* New reference; "mime" is application/octet-stream where it is not known. */
json_t *ty_blob_meta_json(const struct ty_blob_meta *meta);

/* ---- chunks ---- */

struct ty_blob_scope {
	struct ty_id workspace_id;
	struct ty_id
		owner_id; /* run or delivery that names it: what keeps it from being collected */
	bool is_verified; /* false: counts against the quota of what is not verified yet */
};

struct ty_blob_chunk {
	const struct ty_blob_scope *scope;
	struct ty_id upload_id;
	int64_t number; /* 0, 1, ... */
	const void *data;
	size_t len;
};

/* 'err' NULL: done. */
typedef void (*ty_blob_done_fn)(void *ctx, const struct ty_err *err);
/* 'bytes': of the whole blob.  'data' is borrowed for the call. */
typedef void (*ty_blob_got_fn)(void *ctx, const void *data, size_t len, int64_t bytes,
			       const struct ty_err *err);

/*
 * Store of chunks.  Arguments are borrowed until the answer, which comes once, from within or later; a call
 * that is under way cannot be called off.
 * Errors: TY_E_UNAVAILABLE (no store), TY_E_LIMIT (a quota), TY_E_TOO_LARGE, TY_E_NOT_FOUND.
 */
struct ty_blob_io {
	void (*put)(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx);
	/* The last chunk (it may have no bytes) with the blob's name: committed once this is done. */
	void (*commit)(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
		       ty_blob_done_fn done, void *ctx);
	/* Forget an upload.  Nobody waits: the reaper drops what this does not. */
	void (*drop)(void *io, const struct ty_blob_scope *scope, const struct ty_id *upload_id);
	void (*get)(void *io, const struct ty_id *workspace_id, const char *hash, int64_t number,
		    ty_blob_got_fn got, void *ctx);
};

#endif
