/*
 * blobs.c -- see blobs.h.
 *
 *	put, commit:  pack -> [folder: write its file] -> statement -> told
 *	get:          statement -> [folder: read its file] -> unpack -> told
 *
 * Memory: an arena for each call, until it is told.
 */
#include "blobs.h"

#include "base/arena.h"
#include "base/str.h"
#include "blob/folder.h"
#include "store/blob.h"

#include <stdlib.h>
#include <uv.h>

struct blobs {
	uv_loop_t *loop;
	struct ty_store_async *store;
	struct ty_pack *pack;
	const char *folder;
};

struct call {
	struct blobs *blobs;
	struct ty_arena *arena;
	struct ty_store_query query;
	ty_blob_done_fn done;
	ty_blob_got_fn got;
	void *ctx;
	struct ty_id upload_id;
	int64_t number, bytes;
	struct ty_stored_chunk stored;
	uv_work_t work;
	void *file; /* reader of a file in the folder */
	struct ty_err err;
};

struct blobs *
blobs_new(struct uv_loop_s *loop, struct ty_store_async *store, struct ty_pack *pack,
	  const char *folder)
{
	struct blobs *blobs = calloc(1, sizeof(*blobs));

	TY_ASSERT(blobs != NULL);
	blobs->loop = loop;
	blobs->store = store;
	blobs->pack = pack;
	blobs->folder = folder != NULL ? folder : "";
	return blobs;
}

void
blobs_close(struct blobs *blobs)
{
	blobs->store = NULL;
}

void
blobs_free(struct blobs *blobs)
{
	free(blobs);
}

static struct call *
call_new(struct blobs *blobs, void *ctx)
{
	struct ty_arena *arena = ty_arena_new(NULL, "blob", 0);
	struct call *call = ty_arena_new_of(arena, struct call);

	call->blobs = blobs;
	call->arena = arena;
	call->ctx = ctx;
	call->work.data = call;
	return call;
}

static void
call_run(struct call *call, ty_store_async_fn fn)
{
	if (call->blobs->store != NULL) {
		ty_store_async_run(call->blobs->store, &call->query, fn, call);
		return;
	}
	ty_err_set(&call->err, TY_E_UNAVAILABLE, "The program is ending");
	fn(call, NULL, &call->err);
}

/* ---- keeping ---- */

static void
keep_tell(struct call *call, const struct ty_err *err)
{
	call->done(call->ctx, err);
	ty_arena_free(call->arena);
}

static void
keep_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct call *call = ctx;

	if (err == NULL && ty_store_blob_check(rows, &call->err) != TY_OK)
		err = &call->err;
	keep_tell(call, err);
}

static void
keep_file(uv_work_t *work)
{
	struct call *call = work->data;

	if (ty_blob_folder_put(call->blobs->folder, &call->upload_id, call->number,
			       call->stored.data, call->stored.len, &call->err) != TY_OK)
		call->stored.data = NULL;
}

static void
keep_filed(uv_work_t *work, int status)
{
	struct call *call = work->data;

	if (status != 0)
		ty_err_set(&call->err, TY_E_UNAVAILABLE, "The program is ending");
	if (call->err.code != TY_OK)
		keep_tell(call, &call->err);
	else
		call_run(call, keep_answered);
}

/* 'hash' NULL: one chunk of several. */
static void
keep(struct blobs *blobs, const struct ty_blob_chunk *chunk, const char *hash, int64_t bytes,
     ty_blob_done_fn done, void *ctx)
{
	struct call *call = call_new(blobs, ctx);
	struct ty_stored_chunk stored;
	bool has_file = blobs->folder[0] != '\0' && (chunk->len > 0 || chunk->number == 0);

	call->done = done;
	call->upload_id = chunk->upload_id;
	call->number = chunk->number;
	ty_store_blob_pack(call->arena, blobs->pack, chunk->data, chunk->len, &call->stored);
	stored = call->stored;
	if (blobs->folder[0] != '\0')
		stored.data = NULL;
	if (hash == NULL)
		ty_store_blob_put_query(call->arena, chunk, &stored, &call->query);
	else
		ty_store_blob_commit_query(call->arena, chunk, &stored, hash, bytes, &call->query);
	if (!has_file)
		call_run(call, keep_answered);
	else if (uv_queue_work(blobs->loop, &call->work, keep_file, keep_filed) != 0)
		keep_filed(&call->work, -1);
}

static void
blobs_put(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx)
{
	keep(io, chunk, NULL, 0, done, ctx);
}

static void
blobs_commit(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
	     ty_blob_done_fn done, void *ctx)
{
	keep(io, last, hash, bytes, done, ctx);
}

static void
drop_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
}

static void
blobs_drop(void *io, const struct ty_blob_scope *scope, const struct ty_id *upload_id)
{
	struct blobs *blobs = io;
	struct ty_store_query query;

	if (blobs->store == NULL)
		return; /* tyboo-reap drops it in an hour */
	ty_store_blob_drop_query(scope, upload_id, &query);
	ty_store_async_run(blobs->store, &query, drop_answered, NULL);
}

/* ---- giving ---- */

static void
give_tell(struct call *call)
{
	const void *data = NULL;

	if (call->err.code != TY_OK ||
	    ty_store_blob_unpack(call->arena, &call->stored, &data, &call->err) != TY_OK)
		call->got(call->ctx, NULL, 0, 0, &call->err);
	else
		call->got(call->ctx, data, call->stored.size, call->bytes, NULL);
	ty_arena_free(call->arena);
}

static void
give_file(uv_work_t *work)
{
	struct call *call = work->data;

	if (ty_blob_folder_get(call->blobs->folder, &call->upload_id, call->number, call->file,
			       call->stored.len, &call->err) == TY_OK)
		call->stored.data = call->file;
}

static void
give_filed(uv_work_t *work, int status)
{
	struct call *call = work->data;

	if (status != 0)
		ty_err_set(&call->err, TY_E_UNAVAILABLE, "The program is ending");
	give_tell(call);
}

static void
give_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct call *call = ctx;

	if (err != NULL && err != &call->err)
		call->err = *err;
	if (err != NULL ||
	    ty_store_blob_decode(call->arena, rows, &call->stored, &call->upload_id, &call->bytes,
				 &call->err) != TY_OK ||
	    call->stored.data != NULL) {
		give_tell(call);
		return;
	}
	call->file = ty_arena_alloc(call->arena, call->stored.len + 1);
	if (uv_queue_work(call->blobs->loop, &call->work, give_file, give_filed) != 0)
		give_filed(&call->work, -1);
}

static void
blobs_get(void *io, const struct ty_id *workspace_id, const char *hash, int64_t number,
	  ty_blob_got_fn got, void *ctx)
{
	struct blobs *blobs = io;
	struct call *call = call_new(blobs, ctx);

	call->got = got;
	call->number = number;
	ty_store_blob_get_query(call->arena, workspace_id, hash, number, &call->query);
	call_run(call, give_answered);
}

const struct ty_blob_io blobs_io = {
	.put = blobs_put,
	.commit = blobs_commit,
	.drop = blobs_drop,
	.get = blobs_get,
};
