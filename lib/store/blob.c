/*
 * blob.c -- chunks as statements: see blob.h.
 */
#include "store/blob.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/array.h"
#include "store/column.h"

#include <inttypes.h>

/* Blobs and uploads seen to in one transaction: a few tenths of a second at most. */
#define COLLECT_MAX 1000

void
ty_store_blob_pack(struct ty_arena *arena, struct ty_pack *pack, const void *data, size_t len,
		   struct ty_stored_chunk *ret_stored)
{
	size_t packed_len;
	const void *packed = ty_pack_bytes(pack, arena, data, len, &packed_len);
	bool helps = packed_len < len - len / 8;

	*ret_stored = (struct ty_stored_chunk){ .data = helps ? packed : data,
						.len = helps ? packed_len : len,
						.size = len,
						.is_packed = helps };
}

enum ty_code
ty_store_blob_unpack(struct ty_arena *arena, const struct ty_stored_chunk *stored,
		     const void **ret_data, struct ty_err *err)
{
	char *data;
	size_t len;

	if (!stored->is_packed) {
		*ret_data = stored->data;
		return TY_OK;
	}
	if (ty_unpack(arena, stored->data, stored->len, &data, &len, err) != TY_OK)
		return err->code;
	if (len != stored->size)
		return ty_err_set(err, TY_E_MALFORMED, "a stored piece of a file is damaged");
	*ret_data = data;
	return TY_OK;
}

static const char *
number_text(struct ty_arena *arena, int64_t n)
{
	return ty_arena_printf(arena, "%" PRId64, n);
}

static size_t
put_params(struct ty_arena *arena, const struct ty_blob_chunk *chunk,
	   const struct ty_stored_chunk *stored, struct ty_sql_param *params)
{
	size_t n = 0;

	params[n++] = TY_SQL_TEXT(chunk->scope->workspace_id.s);
	params[n++] = TY_SQL_TEXT(ty_arena_strdup(arena, chunk->upload_id.s));
	params[n++] = TY_SQL_TEXT(chunk->scope->is_verified ? "t" : "f");
	params[n++] = TY_SQL_TEXT(number_text(arena, chunk->number));
	params[n++] = TY_SQL_TEXT(number_text(arena, (int64_t)stored->size));
	params[n++] = TY_SQL_TEXT(stored->is_packed ? "t" : "f");
	params[n++] = TY_SQL_TEXT(number_text(arena, (int64_t)stored->len));
	params[n++] = stored->data != NULL ? TY_SQL_BYTES(stored->data, stored->len) : TY_SQL_NULL;
	return n;
}

void
ty_store_blob_put_query(struct ty_arena *arena, const struct ty_blob_chunk *chunk,
			const struct ty_stored_chunk *stored, struct ty_store_query *ret_query)
{
	/* The blob's own commit flushes what was written before it, so no chunk waits for the disk. */
	ret_query->sql = "SELECT tyboo.blob_put($1, $2, $3, $4, $5, $6, $7, $8)"
			 " FROM set_config('synchronous_commit', 'off', true)";
	ret_query->count = put_params(arena, chunk, stored, ret_query->params);
}

void
ty_store_blob_commit_query(struct ty_arena *arena, const struct ty_blob_chunk *last,
			   const struct ty_stored_chunk *stored, const char *hash, int64_t bytes,
			   struct ty_store_query *ret_query)
{
	size_t n = put_params(arena, last, stored, ret_query->params);

	ret_query->sql = "SELECT tyboo.blob_commit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
	ret_query->params[n++] = TY_SQL_TEXT(last->scope->owner_id.s);
	ret_query->params[n++] = TY_SQL_TEXT(hash);
	ret_query->params[n++] = TY_SQL_TEXT(number_text(arena, bytes));
	ret_query->count = n;
}

enum ty_code
ty_store_blob_check(const struct ty_rows *rows, struct ty_err *err)
{
	const char *word = rows->count == 1 ? ty_rows_text(rows, 0, 0) : NULL;

	if (ty_str_eq(word, "ok"))
		return TY_OK;
	if (ty_str_eq(word, "quota")) {
		ty_err_set(err, TY_E_LIMIT, "The workspace's space for files is used up");
		return ty_err_hint(err, "An administrator can raise its payload_bytes_max (or "
					"unverified_bytes_max for what is being received), or "
					"shorten how long runs are kept.");
	}
	if (ty_str_eq(word, "too_large")) {
		ty_err_set(err, TY_E_TOO_LARGE,
			   "The file is larger than the workspace takes (blob_bytes_max)");
		return ty_err_hint(err, "An administrator can raise it; or send less at a time.");
	}
	ty_err_set(err, TY_E_CONFLICT, "The file took so long to come that it was dropped");
	return ty_err_hint(err, "Send it again.");
}

void
ty_store_blob_drop_query(const struct ty_blob_scope *scope, const struct ty_id *upload_id,
			 struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){ .sql = "SELECT tyboo.blob_drop($1, $2)",
					      .params = { TY_SQL_TEXT(scope->workspace_id.s),
							  TY_SQL_TEXT(upload_id->s) },
					      .count = 2 };
}

void
ty_store_blob_get_query(struct ty_arena *arena, const struct ty_id *workspace_id, const char *hash,
			int64_t number, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT total_bytes, upload_id, size_bytes, stored_bytes, is_packed, stored"
		       " FROM tyboo.blob_get($1, $2, $3)",
		.params = { TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(hash),
			    TY_SQL_TEXT(number_text(arena, number)) },
		.count = 3,
	};
}

struct chunk_row {
	int64_t total_bytes;
	struct ty_id upload_id;
	size_t size_bytes, stored_bytes, stored_len;
	bool is_packed;
	const uint8_t *stored; /* NULL: in the folder */
};

static const struct ty_column chunk_columns[] = {
	TY_COLUMN(INT, struct chunk_row, total_bytes),
	TY_COLUMN(ID, struct chunk_row, upload_id),
	TY_COLUMN(SIZE, struct chunk_row, size_bytes),
	TY_COLUMN(SIZE, struct chunk_row, stored_bytes),
	TY_COLUMN(BOOL, struct chunk_row, is_packed),
	TY_COLUMN_BYTES_OF(struct chunk_row, stored, stored_len),
	TY_COLUMN_END,
};

enum ty_code
ty_store_blob_decode(struct ty_arena *arena, const struct ty_rows *rows,
		     struct ty_stored_chunk *ret_stored, struct ty_id *ret_upload_id,
		     int64_t *ret_bytes, struct ty_err *err)
{
	struct chunk_row chunk = { .stored = NULL };

	if (rows->count != 1) {
		ty_err_set(err, TY_E_NOT_FOUND, "The file is not kept any more");
		return ty_err_hint(err, "Files go with the last run or delivery that names them.");
	}
	if (ty_rows_read_one(rows, chunk_columns, arena, 0, &chunk, err) != TY_OK)
		return err->code;
	*ret_bytes = chunk.total_bytes;
	*ret_upload_id = chunk.upload_id;
	*ret_stored = (struct ty_stored_chunk){ .size = chunk.size_bytes,
						.len = chunk.stored_bytes,
						.is_packed = chunk.is_packed };
	if (chunk.stored != NULL) {
		ret_stored->data = chunk.stored;
		ret_stored->len = chunk.stored_len;
	}
	return TY_OK;
}

/* ---- collection ---- */

enum ty_code
ty_store_blob_condemn(struct ty_tx *tx, int64_t *ret_count, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_sql_param params[] = { TY_SQL_TEXT(number_text(arena, TY_LIMIT_BLOB_GRACE_S)),
					 TY_SQL_TEXT(number_text(arena, COLLECT_MAX)) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.blob_condemn(make_interval(secs => $1::float8), $2)",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	*ret_count = ty_rows_int(&rows, 0, 0);
	return TY_OK;
}

static const struct ty_column upload_columns[] = {
	TY_COLUMN(ID, struct ty_dropped_upload, id),
	TY_COLUMN(BOOL, struct ty_dropped_upload, in_folder),
	TY_COLUMN_END,
};

enum ty_code
ty_store_blob_dropped(struct ty_tx *tx, struct ty_dropped_upload **ret_uploads, size_t *ret_count,
		      struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_sql_param params[] = { TY_SQL_TEXT(number_text(arena, TY_LIMIT_BLOB_UPLOAD_S)),
					 TY_SQL_TEXT(number_text(arena, COLLECT_MAX)) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT id, in_folder FROM"
			" tyboo.blob_dropped(make_interval(secs => $1::float8), $2)",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	*ret_uploads = ty_rows_read_all(&rows, upload_columns, arena, sizeof(**ret_uploads), err);
	*ret_count = rows.count;
	return *ret_uploads != NULL ? TY_OK : err->code;
}

enum ty_code
ty_store_blob_forget(struct ty_tx *tx, const struct ty_id *ids, size_t count, struct ty_err *err)
{
	struct ty_sql_param param;
	struct ty_array array;

	ty_array_init(&array, ty_tx_arena(tx), TY_ARRAY_UUID, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_id(&array, &ids[i]);
	param = ty_array_param(&array);
	return ty_tx_exec(tx, "SELECT tyboo.blob_forget($1)", &param, 1, err);
}
