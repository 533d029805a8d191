/*
 * key.c -- data keys of workspaces as rows: for sealing (credential.h), and for changing keys (key.h).
 */
#include "store/key.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"
#include "store/credential.h"
#include "store/row_json.h"

#include <stdio.h>

struct key_row {
	int64_t version;
	const uint8_t *wrapped;
	size_t wrapped_len;
};

static const struct ty_column key_columns[] = {
	TY_COLUMN(INT, struct key_row, version),
	TY_COLUMN_BYTES_OF(struct key_row, wrapped, wrapped_len),
	TY_COLUMN_END,
};

enum ty_code
ty_store_key_load(struct ty_tx *tx, int64_t version, int64_t *ret_version,
		  const uint8_t **ret_wrapped, size_t *ret_len, struct ty_err *err)
{
	char version_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(version_text) };
	struct key_row key;
	struct ty_rows rows;

	snprintf(version_text, sizeof(version_text), "%lld", (long long)version);
	if (ty_tx_query(
		    tx,
		    "SELECT version, wrapped FROM tyboo.workspace_keys "
		    "WHERE $1::bigint = 0 OR version = $1::bigint ORDER BY version DESC LIMIT 1",
		    params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_len = 0;
	if (rows.count > 0) {
		if (ty_rows_read_one(&rows, key_columns, ty_tx_arena(tx), 0, &key, err) != TY_OK)
			return err->code;
		*ret_version = key.version;
		*ret_wrapped = key.wrapped;
		*ret_len = key.wrapped_len;
	}
	return TY_OK;
}

enum ty_code
ty_store_key_newest(struct ty_tx *tx, struct ty_id *ret_workspace_id, int64_t *ret_version,
		    const uint8_t **ret_wrapped, size_t *ret_len, struct ty_err *err)
{
	struct key_row key;
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT workspace_id, version, wrapped FROM tyboo.newest_key()", NULL,
			0, &rows, err) != TY_OK)
		return err->code;
	*ret_len = 0;
	if (rows.count == 0)
		return TY_OK;
	*ret_workspace_id = ty_rows_id(&rows, 0, ty_rows_column(&rows, "workspace_id"));
	if (ty_rows_read_one(&rows, key_columns, ty_tx_arena(tx), 0, &key, err) != TY_OK)
		return err->code;
	*ret_version = key.version;
	*ret_wrapped = key.wrapped;
	*ret_len = key.wrapped_len;
	return TY_OK;
}

enum ty_code
ty_store_key_add(struct ty_tx *tx, const struct ty_id *workspace_id, int64_t version,
		 const uint8_t *wrapped, size_t len, const char *wrapped_by, struct ty_err *err)
{
	char version_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s),
					       TY_SQL_TEXT(version_text),
					       TY_SQL_BYTES(wrapped, len),
					       TY_SQL_TEXT(wrapped_by) };

	snprintf(version_text, sizeof(version_text), "%lld", (long long)version);
	return ty_tx_exec(tx,
			  "INSERT INTO tyboo.workspace_keys (workspace_id, version, wrapped, "
			  "wrapped_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			  params, 4, err);
}

static const struct ty_column wrapper_columns[] = {
	TY_COLUMN(TEXT, struct ty_store_key_wrapper, wrapped_by),
	TY_COLUMN(INT, struct ty_store_key_wrapper, data_keys),
	TY_COLUMN_END,
};

enum ty_code
ty_store_key_wrappers(struct ty_tx *tx, struct ty_store_key_wrapper **ret_wrappers,
		      size_t *ret_count, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT wrapped_by, data_keys FROM tyboo.key_wrappers()", NULL, 0,
			&rows, err) != TY_OK)
		return err->code;
	*ret_count = rows.count;
	*ret_wrappers = ty_rows_read_all(&rows, wrapper_columns, ty_tx_arena(tx),
					 sizeof(**ret_wrappers), err);
	return *ret_wrappers != NULL ? TY_OK : err->code;
}

enum ty_code
ty_store_keys_hold(struct ty_tx *tx, struct ty_err *err)
{
	/* A data key is made in milliseconds; who takes longer is not to keep all others from making theirs. */
	if (ty_tx_exec(tx, "SET LOCAL lock_timeout = '3s'", NULL, 0, err) == TY_OK &&
	    ty_tx_exec(tx, "LOCK TABLE tyboo.workspace_keys IN SHARE ROW EXCLUSIVE MODE", NULL, 0,
		       err) == TY_OK)
		return TY_OK;
	return ty_err_hint(err, "A data key is being made just now: try again.");
}

/* ---- changing keys ---- */

static const struct ty_column wrapped_columns[] = {
	TY_COLUMN(ID, struct ty_store_wrapped_key, workspace_id),
	TY_COLUMN(INT, struct ty_store_wrapped_key, version),
	TY_COLUMN_BYTES_OF(struct ty_store_wrapped_key, wrapped, wrapped_len),
	TY_COLUMN_END,
};

enum ty_code
ty_store_keys_wrapped_otherwise(struct ty_tx *tx, const char *by,
				const struct ty_store_wrapped_key *after, int64_t limit,
				struct ty_store_wrapped_key **ret_keys, size_t *ret_count,
				struct ty_err *err)
{
	char version[24], limit_text[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(by),
		TY_SQL_TEXT(ty_id_is_set(&after->workspace_id) ? after->workspace_id.s : NULL),
		TY_SQL_TEXT(version), TY_SQL_TEXT(limit_text)
	};
	struct ty_rows rows;

	snprintf(version, sizeof(version), "%lld", (long long)after->version);
	snprintf(limit_text, sizeof(limit_text), "%lld", (long long)limit);
	if (ty_tx_query(tx,
			"SELECT workspace_id, version, wrapped "
			"FROM tyboo.keys_wrapped_otherwise($1, $2, $3, $4)",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_count = rows.count;
	*ret_keys =
		ty_rows_read_all(&rows, wrapped_columns, ty_tx_arena(tx), sizeof(**ret_keys), err);
	return *ret_keys != NULL ? TY_OK : err->code;
}

enum ty_code
ty_store_key_rewrap(struct ty_tx *tx, const struct ty_store_wrapped_key *key,
		    const uint8_t *wrapped, size_t len, const char *by, bool *ret_done,
		    struct ty_err *err)
{
	char version[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(key->workspace_id.s),
					       TY_SQL_TEXT(version),
					       TY_SQL_BYTES(key->wrapped, key->wrapped_len),
					       TY_SQL_BYTES(wrapped, len), TY_SQL_TEXT(by) };
	struct ty_rows rows;

	snprintf(version, sizeof(version), "%lld", (long long)key->version);
	if (ty_tx_query(tx, "SELECT version FROM tyboo.rewrap_key($1, $2, $3, $4, $5)", params,
			TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_done = rows.count > 0;
	return TY_OK;
}

enum ty_code
ty_store_waits_of_runs(struct ty_tx *tx, const char *from, const char *until, int64_t *ret_count,
		       struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(from), TY_SQL_TEXT(until) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.waits_of_runs($1, $2)", params, 2, &rows, err) != TY_OK)
		return err->code;
	*ret_count = ty_rows_int(&rows, 0, 0);
	return TY_OK;
}

enum ty_code
ty_store_rotation_begin(struct ty_tx *tx, const char **ret_started_at, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_exec(tx, "INSERT INTO tyboo.key_rotations DEFAULT VALUES ON CONFLICT DO NOTHING",
		       NULL, 0, err) != TY_OK ||
	    ty_tx_query(
		    tx,
		    "SELECT started_at::text FROM tyboo.key_rotations WHERE finished_at IS NULL",
		    NULL, 0, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_CONFLICT, "Another rotation has just ended");
	*ret_started_at = ty_rows_text(&rows, 0, 0);
	return TY_OK;
}

enum ty_code
ty_store_rotation_end(struct ty_tx *tx, const char *started_at, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(started_at) };

	return ty_tx_exec(tx,
			  "UPDATE tyboo.key_rotations SET finished_at = now() "
			  "WHERE started_at = $1::timestamptz",
			  params, 1, err);
}

static const struct ty_column to_seal_columns[] = {
	TY_COLUMN(ID, struct ty_store_to_seal, workspace_id),
	TY_COLUMN(INT, struct ty_store_to_seal, version),
	TY_COLUMN(BOOL, struct ty_store_to_seal, is_old),
	TY_COLUMN_END,
};

enum ty_code
ty_store_workspace_to_seal(struct ty_tx *tx, const char *started_at, const struct ty_id *after,
			   struct ty_store_to_seal *ret_next, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(started_at),
					       TY_SQL_TEXT(ty_id_is_set(after) ? after->s : NULL) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT workspace_id, version, is_old "
			"FROM tyboo.workspaces_to_seal($1::timestamptz, $2, 1)",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	*ret_next = (struct ty_store_to_seal){ .version = 0 };
	if (rows.count == 0)
		return TY_OK;
	return ty_rows_read_one(&rows, to_seal_columns, ty_tx_arena(tx), 0, ret_next, err);
}

static const struct ty_column sealed_columns[] = {
	TY_COLUMN(ID, struct ty_store_sealed, id),
	TY_COLUMN(ID, struct ty_store_sealed, token_id),
	TY_COLUMN(INT, struct ty_store_sealed, version),
	TY_COLUMN(INT, struct ty_store_sealed, key_version),
	TY_COLUMN_BYTES_OF(struct ty_store_sealed, sealed, sealed_len),
	TY_COLUMN_END,
};

enum ty_code
ty_store_sealed_otherwise(struct ty_tx *tx, bool tokens, int64_t key_version,
			  const struct ty_id *after, int64_t limit,
			  struct ty_store_sealed **ret_rows, size_t *ret_count, struct ty_err *err)
{
	char version[24], limit_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(version),
					       TY_SQL_TEXT(ty_id_is_set(after) ? after->s : NULL),
					       TY_SQL_TEXT(limit_text) };
	struct ty_rows rows;

	snprintf(version, sizeof(version), "%lld", (long long)key_version);
	snprintf(limit_text, sizeof(limit_text), "%lld", (long long)limit);
	if (ty_tx_query(tx,
			tokens ? "SELECT credential_id AS id, token_id, 0 AS version, key_version, "
				 "sealed FROM tyboo.credential_tokens WHERE key_version <> $1 "
				 "AND ($2::uuid IS NULL OR credential_id > $2::uuid) "
				 "ORDER BY credential_id LIMIT $3"
			       : "SELECT id, NULL AS token_id, version, key_version, sealed "
				 "FROM tyboo.credentials WHERE key_version <> $1 "
				 "AND ($2::uuid IS NULL OR id > $2::uuid) ORDER BY id LIMIT $3",
			params, 3, &rows, err) != TY_OK)
		return err->code;
	*ret_count = rows.count;
	*ret_rows =
		ty_rows_read_all(&rows, sealed_columns, ty_tx_arena(tx), sizeof(**ret_rows), err);
	return *ret_rows != NULL ? TY_OK : err->code;
}

enum ty_code
ty_store_reseal(struct ty_tx *tx, bool tokens, const struct ty_store_sealed *old,
		int64_t key_version, const uint8_t *sealed, size_t len, bool *ret_done,
		struct ty_err *err)
{
	char version[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(old->id.s), TY_SQL_TEXT(version),
					       TY_SQL_BYTES(sealed, len),
					       TY_SQL_BYTES(old->sealed, old->sealed_len) };
	struct ty_rows rows;

	snprintf(version, sizeof(version), "%lld", (long long)key_version);
	if (ty_tx_query(tx,
			tokens ? "UPDATE tyboo.credential_tokens SET key_version = $2, sealed = $3 "
				 "WHERE credential_id = $1 AND sealed = $4 RETURNING credential_id"
			       : "UPDATE tyboo.credentials SET key_version = $2, sealed = $3 "
				 "WHERE id = $1 AND sealed = $4 RETURNING id",
			params, 4, &rows, err) != TY_OK)
		return err->code;
	*ret_done = rows.count > 0;
	return TY_OK;
}

static const struct ty_column left_columns[] = {
	TY_COLUMN(INT, struct ty_store_left, workspaces),
	TY_COLUMN(INT, struct ty_store_left, credentials),
	TY_COLUMN(INT, struct ty_store_left, tokens),
	TY_COLUMN_END,
};

enum ty_code
ty_store_left_to_seal(struct ty_tx *tx, const char *started_at, struct ty_store_left *ret_left,
		      struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(started_at) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT workspaces, credentials, tokens "
			"FROM tyboo.sealed_otherwise($1::timestamptz)",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	return ty_rows_read_one(&rows, left_columns, ty_tx_arena(tx), 0, ret_left, err);
}
