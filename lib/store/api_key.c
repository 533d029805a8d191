/*
 * api_key.c -- API keys as rows.
 */
#include "store/api_key.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"
#include "store/row_json.h"
#include "store/workflow.h"

#include <stdio.h>
#include <string.h>

enum ty_code
ty_store_api_key_add(struct ty_tx *tx, const struct ty_id *workspace_id, const char *name,
		     const char *prefix, const uint8_t secret_hash[32], const char *scopes,
		     const struct ty_id *created_by, struct ty_id *ret_id, struct ty_err *err)
{
	struct ty_id id = ty_id_new();
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s),
		TY_SQL_TEXT(id.s),
		TY_SQL_TEXT(name),
		TY_SQL_TEXT(prefix),
		TY_SQL_BYTES(secret_hash, 32),
		TY_SQL_TEXT(scopes),
		TY_SQL_TEXT(created_by != NULL && ty_id_is_set(created_by) ? created_by->s : NULL),
	};

	if (ty_tx_exec(tx,
		       "INSERT INTO tyboo.api_keys (workspace_id, id, name, prefix, secret_hash, "
		       "scopes, created_by) VALUES ($1, $2, $3, $4, $5, "
		       "string_to_array($6, ' '), $7)",
		       params, TY_ARRAY_COUNT(params), err) != TY_OK)
		return err->code;
	*ret_id = id;
	return TY_OK;
}

struct found_key {
	struct ty_store_api_key key;
	const uint8_t *secret_hash;
	size_t hash_len;
};

static const struct ty_column key_columns[] = {
	TY_COLUMN_AS("id", ID, struct found_key, key.id),
	TY_COLUMN_BYTES_OF(struct found_key, secret_hash, hash_len),
	TY_COLUMN_AS("scopes", TEXT, struct found_key, key.workspace.permissions),
	TY_COLUMN_AS("created_by", ID, struct found_key, key.created_by),
	TY_COLUMN_AS("workspace_id", ID, struct found_key, key.workspace.id),
	TY_COLUMN_AS("slug", TEXT, struct found_key, key.workspace.slug),
	TY_COLUMN_AS("name", TEXT, struct found_key, key.workspace.name),
	TY_COLUMN_END,
};

enum ty_code
ty_store_api_key_find(struct ty_tx *tx, const char *prefix, struct ty_store_api_key **ret_key,
		      struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(prefix) };
	struct ty_store_api_key *key;
	struct found_key found = { .secret_hash = NULL };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT id, secret_hash, scopes, created_by, workspace_id, slug, name "
			"FROM tyboo.find_api_key($1)",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0) {
		*ret_key = NULL;
		return TY_OK;
	}
	key = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_api_key);
	if (ty_rows_read_one(&rows, key_columns, ty_tx_arena(tx), 0, &found, err) != TY_OK)
		return err->code;
	TY_ASSERT(found.hash_len == sizeof(key->secret_hash)); /* api_keys_secret_hash_size */
	*key = found.key;
	memcpy(key->secret_hash, found.secret_hash, found.hash_len);
	*ret_key = key;
	return TY_OK;
}

enum ty_code
ty_store_api_key_touch(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };

	return ty_tx_exec(tx,
			  "UPDATE tyboo.api_keys SET used_at = now() WHERE id = $1 AND "
			  "(used_at IS NULL OR used_at < now() - interval '1 minute')",
			  params, 1, err);
}

/* A key is live while its maker is a member and not disabled, as tyboo.find_api_key has it. */
/* clang-format off */
static const char list_sql[] =
	"SELECT k.id, k.name, k.prefix, array_to_json(k.scopes) AS scopes, "
	TY_SQL_TIME("k.created_at") " AS created_at, " TY_SQL_TIME("k.used_at") " AS used_at, "
	"u.email AS made_by, m.user_id IS NOT NULL AND u.disabled_at IS NULL AS live "
	"FROM tyboo.api_keys k LEFT JOIN tyboo.users u ON u.id = k.created_by "
	"LEFT JOIN tyboo.workspace_members m "
	"ON m.workspace_id = k.workspace_id AND m.user_id = k.created_by "
	"WHERE k.revoked_at IS NULL "
	"AND ($1::uuid IS NULL OR k.id < $1::uuid) AND ($3::uuid IS NULL OR k.id = $3::uuid) "
	"ORDER BY k.id DESC LIMIT $2::bigint + 1";
/* clang-format on */

static const struct ty_row_json_column list_json[] = {
	{ "scopes", TY_ROW_JSON },
	{ "live", TY_ROW_BOOL },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_api_key_list(struct ty_tx *tx, const struct ty_id *id, const char *cursor, int64_t limit,
		      json_t **ret_items, const char **ret_next, struct ty_err *err)
{
	char limit_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(cursor), TY_SQL_TEXT(limit_text),
					       TY_SQL_TEXT(id != NULL ? id->s : NULL) };
	struct ty_rows rows;

	snprintf(limit_text, sizeof(limit_text), "%lld", (long long)limit);
	if (ty_tx_query(tx, list_sql, params, 3, &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, limit, list_json, ret_items, ret_next);
	return TY_OK;
}

enum ty_code
ty_store_api_key_revoke(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"UPDATE tyboo.api_keys SET revoked_at = now() "
			"WHERE id = $1 AND revoked_at IS NULL",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.affected == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such API key here");
	return TY_OK;
}
