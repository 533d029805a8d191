/*
 * blob.h -- chunks of blobs in Postgres (sql/functions/blobs.sql), or in a folder that it knows of.
 *
 * A chunk is packed (zstd) where that saves an eighth; a picture or an archive stays as it is.
 * ty_store_blob_io is struct ty_blob_io for programs that may block; an event loop uses the queries
 * (workers/run/blobs.c).
 */
#ifndef TY_STORE_BLOB_H
#define TY_STORE_BLOB_H

#include "blob/blob.h"
#include "store/pack.h"
#include "store/query.h"

/* A chunk as it is kept. */
struct ty_stored_chunk {
	const void *data; /* NULL: in the folder */
	size_t len;	  /* length as it is kept */
	size_t size;	  /* length of the bytes that it stands for */
	bool is_packed;
};

/* Owned by 'arena', or the bytes that were given. */
void ty_store_blob_pack(struct ty_arena *arena, struct ty_pack *pack, const void *data, size_t len,
			struct ty_stored_chunk *ret_stored);
/* Errors: TY_E_MALFORMED (damaged). */
enum ty_code ty_store_blob_unpack(struct ty_arena *arena, const struct ty_stored_chunk *stored,
				  const void **ret_data, struct ty_err *err) TY_MUST_CHECK;

void ty_store_blob_put_query(struct ty_arena *arena, const struct ty_blob_chunk *chunk,
			     const struct ty_stored_chunk *stored,
			     struct ty_store_query *ret_query);
void ty_store_blob_commit_query(struct ty_arena *arena, const struct ty_blob_chunk *last,
				const struct ty_stored_chunk *stored, const char *hash,
				int64_t bytes, struct ty_store_query *ret_query);
/*
 * Check the answer of a put or a commit.  Errors: TY_E_LIMIT (a quota), TY_E_TOO_LARGE (one blob's limit),
 * TY_E_CONFLICT (the upload was dropped).
 */
enum ty_code ty_store_blob_check(const struct ty_rows *rows, struct ty_err *err) TY_MUST_CHECK;

void ty_store_blob_drop_query(const struct ty_blob_scope *scope, const struct ty_id *upload_id,
			      struct ty_store_query *ret_query);

void ty_store_blob_get_query(struct ty_arena *arena, const struct ty_id *workspace_id,
			     const char *hash, int64_t number, struct ty_store_query *ret_query);
/* 'ret_stored' has NULL data where the folder has it.  Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_blob_decode(struct ty_arena *arena, const struct ty_rows *rows,
				  struct ty_stored_chunk *ret_stored, struct ty_id *ret_upload_id,
				  int64_t *ret_bytes, struct ty_err *err) TY_MUST_CHECK;

/* ---- blocking ---- */

struct ty_store_blobs;

/* A store for one thread at a time; 'folder' "" or NULL: Postgres has the bytes. */
struct ty_store_blobs *ty_store_blobs_new(struct ty_store *store, const char *folder);
void ty_store_blobs_free(struct ty_store_blobs *blobs); /* takes NULL */
extern const struct ty_blob_io ty_store_blob_io;	/* 'io' is a struct ty_store_blobs */

/* ---- collection, by tyboo-reap ---- */

/* Take the names of those that nothing names; some are left for the next time where there are many. */
enum ty_code ty_store_blob_condemn(struct ty_tx *tx, int64_t *ret_count,
				   struct ty_err *err) TY_MUST_CHECK;
/* Uploads to be taken away, and whether their bytes are in the folder. */
struct ty_dropped_upload {
	struct ty_id id;
	bool in_folder;
};
enum ty_code ty_store_blob_dropped(struct ty_tx *tx, struct ty_dropped_upload **ret_uploads,
				   size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
/* Forget blobs whose bytes are gone. */
enum ty_code ty_store_blob_forget(struct ty_tx *tx, const struct ty_id *ids, size_t count,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
