/*
 * blob_sync.c -- struct ty_blob_io that blocks: a transaction for each chunk.
 */
#include "store/blob.h"

#include "base/arena.h"
#include "base/err.h"
#include "blob/folder.h"

#include <stdlib.h>

/* Time to wait for a connection of the pool: an upload is slower than that anyway. */
#define WAIT_MS 5000

struct ty_store_blobs {
	struct ty_store *store;
	const char *folder;
	struct ty_arena *arena; /* arena of one call */
	struct ty_pack *pack;
};

struct ty_store_blobs *
ty_store_blobs_new(struct ty_store *store, const char *folder)
{
	struct ty_store_blobs *blobs = calloc(1, sizeof(*blobs));

	TY_ASSERT(blobs != NULL);
	blobs->store = store;
	blobs->folder = folder != NULL ? folder : "";
	blobs->arena = ty_arena_new(NULL, "blobs", 0);
	blobs->pack = ty_pack_new();
	return blobs;
}

void
ty_store_blobs_free(struct ty_store_blobs *blobs)
{
	if (blobs == NULL)
		return;
	ty_pack_free(blobs->pack);
	ty_arena_free(blobs->arena);
	free(blobs);
}

static enum ty_code
blobs_run(struct ty_store_blobs *blobs, const struct ty_store_query *query, struct ty_rows *rows,
	  struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(blobs->store, blobs->arena, NULL, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (ty_tx_run(tx, query, rows, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

/* The chunk as it goes into the statement, its file written first. */
static enum ty_code
blobs_store(struct ty_store_blobs *blobs, const struct ty_blob_chunk *chunk,
	    struct ty_stored_chunk *ret_stored, struct ty_err *err)
{
	ty_store_blob_pack(blobs->arena, blobs->pack, chunk->data, chunk->len, ret_stored);
	if (blobs->folder[0] == '\0')
		return TY_OK;
	if ((chunk->len > 0 || chunk->number == 0) &&
	    ty_blob_folder_put(blobs->folder, &chunk->upload_id, chunk->number, ret_stored->data,
			       ret_stored->len, err) != TY_OK)
		return err->code;
	ret_stored->data = NULL;
	return TY_OK;
}

static enum ty_code
blobs_keep(struct ty_store_blobs *blobs, const struct ty_blob_chunk *chunk, const char *hash,
	   int64_t bytes, struct ty_err *err)
{
	struct ty_stored_chunk stored;
	struct ty_store_query query;
	struct ty_rows rows;

	if (blobs_store(blobs, chunk, &stored, err) != TY_OK)
		return err->code;
	if (hash == NULL)
		ty_store_blob_put_query(blobs->arena, chunk, &stored, &query);
	else
		ty_store_blob_commit_query(blobs->arena, chunk, &stored, hash, bytes, &query);
	if (blobs_run(blobs, &query, &rows, err) != TY_OK)
		return err->code;
	return ty_store_blob_check(&rows, err);
}

static void
sync_put(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx)
{
	struct ty_store_blobs *blobs = io;
	struct ty_err err = { TY_OK };
	enum ty_code code = blobs_keep(blobs, chunk, NULL, 0, &err);

	ty_arena_clear(blobs->arena);
	done(ctx, code != TY_OK ? &err : NULL);
}

static void
sync_commit(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
	    ty_blob_done_fn done, void *ctx)
{
	struct ty_store_blobs *blobs = io;
	struct ty_err err = { TY_OK };
	enum ty_code code = blobs_keep(blobs, last, hash, bytes, &err);

	ty_arena_clear(blobs->arena);
	done(ctx, code != TY_OK ? &err : NULL);
}

static void
sync_drop(void *io, const struct ty_blob_scope *scope, const struct ty_id *upload_id)
{
	struct ty_store_blobs *blobs = io;
	struct ty_err ignored = { TY_OK };
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_blob_drop_query(scope, upload_id, &query);
	if (blobs_run(blobs, &query, &rows, &ignored) != TY_OK)
		ty_err_clear(&ignored); /* tyboo-reap drops it in an hour */
	ty_arena_clear(blobs->arena);
}

static enum ty_code
blobs_get(struct ty_store_blobs *blobs, const struct ty_id *workspace_id, const char *hash,
	  int64_t number, struct ty_stored_chunk *ret_stored, const void **ret_data,
	  int64_t *ret_bytes, struct ty_err *err)
{
	struct ty_store_query query;
	struct ty_id upload_id;
	struct ty_rows rows;

	ty_store_blob_get_query(blobs->arena, workspace_id, hash, number, &query);
	if (blobs_run(blobs, &query, &rows, err) != TY_OK ||
	    ty_store_blob_decode(blobs->arena, &rows, ret_stored, &upload_id, ret_bytes, err) !=
		    TY_OK)
		return err->code;
	if (ret_stored->data == NULL) {
		void *file = ty_arena_alloc(blobs->arena, ret_stored->len + 1);

		if (ty_blob_folder_get(blobs->folder, &upload_id, number, file, ret_stored->len,
				       err) != TY_OK)
			return err->code;
		ret_stored->data = file;
	}
	return ty_store_blob_unpack(blobs->arena, ret_stored, ret_data, err);
}

static void
sync_get(void *io, const struct ty_id *workspace_id, const char *hash, int64_t number,
	 ty_blob_got_fn got, void *ctx)
{
	struct ty_store_blobs *blobs = io;
	struct ty_stored_chunk stored;
	struct ty_err err = { TY_OK };
	const void *data = NULL;
	int64_t bytes = 0;

	if (blobs_get(blobs, workspace_id, hash, number, &stored, &data, &bytes, &err) != TY_OK)
		got(ctx, NULL, 0, 0, &err);
	else
		got(ctx, data, stored.size, bytes, NULL);
	ty_arena_clear(blobs->arena);
}

const struct ty_blob_io ty_store_blob_io = {
	.put = sync_put,
	.commit = sync_commit,
	.drop = sync_drop,
	.get = sync_get,
};
