/*
 * credential.c -- credentials and data keys as rows.
 */
#include "store/credential.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"
#include "store/column.h"
#include "store/row_json.h"
#include "store/workflow.h"

#include <stdio.h>

static enum ty_code
name_is_taken(const char *name, struct ty_err *err)
{
	return ty_err_set(err, TY_E_CONFLICT, "There is a credential named \"%s\" already", name);
}

enum ty_code
ty_store_credential_add(struct ty_tx *tx, const struct ty_id *workspace_id,
			const struct ty_store_credential *credential, struct ty_err *err)
{
	char key_version[24], version[24];
	enum ty_code code;
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s),
		TY_SQL_TEXT(credential->id.s),
		TY_SQL_TEXT(credential->name),
		TY_SQL_TEXT(credential->type),
		TY_SQL_TEXT(key_version),
		TY_SQL_TEXT(version),
		TY_SQL_BYTES(credential->sealed, credential->sealed_len),
		TY_SQL_TEXT(credential->hosts),
		TY_SQL_TEXT(ty_id_is_set(&credential->made_by) ? credential->made_by.s : NULL),
	};

	snprintf(key_version, sizeof(key_version), "%lld", (long long)credential->key_version);
	snprintf(version, sizeof(version), "%lld", (long long)credential->version);
	code = ty_tx_exec(
		tx,
		"INSERT INTO tyboo.credentials (workspace_id, id, name, type, key_version, "
		"version, sealed, hosts, created_by) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, ''), $9)",
		params, TY_ARRAY_COUNT(params), err);
	return code == TY_E_CONFLICT ? name_is_taken(credential->name, err) : code;
}

enum ty_code
ty_store_credential_change(struct ty_tx *tx, const struct ty_store_credential *credential,
			   int64_t version, struct ty_err *err)
{
	char key_version[24], new_version[24], old_version[24];
	enum ty_code code;
	struct ty_rows rows;
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(credential->id.s),
		TY_SQL_TEXT(old_version),
		TY_SQL_TEXT(credential->name),
		TY_SQL_TEXT(key_version),
		TY_SQL_TEXT(new_version),
		TY_SQL_BYTES(credential->sealed, credential->sealed_len),
		TY_SQL_TEXT(credential->hosts),
	};

	snprintf(key_version, sizeof(key_version), "%lld", (long long)credential->key_version);
	snprintf(new_version, sizeof(new_version), "%lld", (long long)credential->version);
	snprintf(old_version, sizeof(old_version), "%lld", (long long)version);
	code = ty_tx_query(tx,
			   "UPDATE tyboo.credentials SET name = $3, key_version = $4, version = "
			   "$5, sealed = $6, hosts = coalesce($7, ''), updated_at = now() "
			   "WHERE id = $1 AND version = $2 RETURNING id",
			   params, TY_ARRAY_COUNT(params), &rows, err);
	if (code == TY_E_CONFLICT)
		return name_is_taken(credential->name, err);
	if (code == TY_OK && rows.count == 0) {
		ty_err_set(err, TY_E_CONFLICT, "The credential was changed meanwhile");
		return ty_err_hint(err, "Look at it again, and change it then.");
	}
	return code;
}

enum ty_code
ty_store_credential_foreign(struct ty_tx *tx, const char *const *ids, size_t count,
			    struct ty_rows *ret_rows, struct ty_err *err)
{
	struct ty_buf list;

	ty_buf_init(&list, ty_tx_arena(tx), 64 + 40 * count);
	for (size_t i = 0; i < count; i++)
		ty_buf_printf(&list, "%c%s", i == 0 ? '{' : ',', ids[i]);
	ty_buf_add_str(&list, count == 0 ? "{}" : "}");
	const struct ty_sql_param params[] = { TY_SQL_TEXT(list.data) };

	return ty_tx_query(tx, "SELECT id FROM tyboo.foreign_credentials($1::uuid[])", params, 1,
			   ret_rows, err);
}

static const struct ty_column credential_columns[] = {
	TY_COLUMN(ID, struct ty_store_credential, id),
	TY_COLUMN(TEXT, struct ty_store_credential, name),
	TY_COLUMN(TEXT, struct ty_store_credential, type),
	TY_COLUMN(INT, struct ty_store_credential, key_version),
	TY_COLUMN(INT, struct ty_store_credential, version),
	TY_COLUMN_BYTES_OF(struct ty_store_credential, sealed, sealed_len),
	TY_COLUMN(TEXT, struct ty_store_credential, hosts),
	TY_COLUMN_END,
};

enum ty_code
ty_store_credential_find(struct ty_tx *tx, const struct ty_id *id,
			 struct ty_store_credential **ret_credential, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_store_credential *c;
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT id, name, type, key_version, version, sealed, hosts "
			"FROM tyboo.credentials WHERE id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0) {
		*ret_credential = NULL;
		return TY_OK;
	}
	c = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_credential);
	if (ty_rows_read_one(&rows, credential_columns, ty_tx_arena(tx), 0, c, err) != TY_OK)
		return err->code;
	*ret_credential = c;
	return TY_OK;
}

/* clang-format breaks SQL around macros into syllables. */
/* clang-format off */
/* State of the token of types that a provider gives one for (vault/types.c), null of others; a hold whose time
 * is over is told as the next call finds it. */
#define CONNECTION                                                                                 \
	"CASE WHEN c.type LIKE 'http\\_oauth2\\_%' THEN json_build_object("                        \
	"'state', CASE WHEN t.held_until <= now() AND t.has_refresh AND t.rotates THEN 'reconnect' "\
	"ELSE coalesce(t.state, 'none') END, "                                                     \
	"'expires_at', " TY_SQL_TIME("t.expires_at") ", "                                          \
	"'got_at', " TY_SQL_TIME("t.got_at") ", "                                                  \
	"'refreshes', coalesce(t.has_refresh, false), "                                            \
	"'problem', coalesce(t.problem, '')) END"
#define SHOWN_COLUMNS                                                                              \
	"SELECT c.id, c.name, c.type, c.hosts, c.version, " TY_SQL_TIME("c.created_at")            \
	" AS created_at, " TY_SQL_TIME("c.updated_at") " AS updated_at, u.email AS made_by, "      \
	TY_SQL_TIME("(SELECT max(s.used_at) FROM tyboo.credential_uses s "                         \
		    "WHERE s.workspace_id = c.workspace_id AND s.credential_id = c.id)")           \
	" AS used_at, " CONNECTION " AS connection "                                               \
	"FROM tyboo.credentials c LEFT JOIN tyboo.users u ON u.id = c.created_by "                 \
	"LEFT JOIN tyboo.credential_tokens t ON t.workspace_id = c.workspace_id "                  \
	"AND t.credential_id = c.id AND t.credential_version = c.version "
static const char list_sql[] =
	SHOWN_COLUMNS "WHERE $1::uuid IS NULL OR c.id < $1::uuid "
	"ORDER BY c.id DESC LIMIT $2::bigint + 1";
static const char published_sql[] =
	"SELECT w.id, w.name FROM tyboo.published_credentials p "
	"JOIN tyboo.workflows w ON w.workspace_id = p.workspace_id AND w.id = p.workflow_id "
	"WHERE p.credential_id = $1 ORDER BY lower(w.name), w.id LIMIT $2::bigint";
static const char drafts_sql[] =
	"SELECT w.id, w.name FROM tyboo.workflows w "
	"JOIN tyboo.workflow_versions v ON v.workspace_id = w.workspace_id "
	"AND v.id = w.draft_version_id "
	"WHERE w.deleted_at IS NULL AND strpos(v.graph, '\"' || $1 || '\"') > 0 "
	"ORDER BY lower(w.name), w.id LIMIT $2::bigint";
static const char uses_sql[] =
	"SELECT w.id, w.name, " TY_SQL_TIME("s.used_at") " AS used_at "
	"FROM tyboo.credential_uses s "
	"JOIN tyboo.workflows w ON w.workspace_id = s.workspace_id AND w.id = s.workflow_id "
	"WHERE s.credential_id = $1 ORDER BY s.used_at DESC, w.id LIMIT $2::bigint";
/* clang-format on */

static const struct ty_row_json_column shown_json[] = {
	{ "version", TY_ROW_INT },
	{ "connection", TY_ROW_JSON },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_credential_list(struct ty_tx *tx, const char *cursor, int64_t limit, json_t **ret_items,
			 const char **ret_next, struct ty_err *err)
{
	char limit_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(cursor), TY_SQL_TEXT(limit_text) };
	struct ty_rows rows;

	snprintf(limit_text, sizeof(limit_text), "%lld", (long long)limit);
	if (ty_tx_query(tx, list_sql, params, 2, &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, limit, shown_json, ret_items, ret_next);
	return TY_OK;
}

/* Run one of the lists above for a credential. */
static enum ty_code
credential_users(struct ty_tx *tx, const char *sql, const struct ty_id *id,
		 struct ty_rows *ret_rows, struct ty_err *err)
{
	char max[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s), TY_SQL_TEXT(max) };

	snprintf(max, sizeof(max), "%d", TY_STORE_CREDENTIAL_USERS_MAX);
	return ty_tx_query(tx, sql, params, 2, ret_rows, err);
}

static enum ty_code
users_add(struct ty_tx *tx, const struct ty_id *id, json_t *item, struct ty_err *err)
{
	static const struct {
		const char *member, *sql;
	} lists[] = {
		{ "workflows", published_sql },
		{ "drafts", drafts_sql },
		{ "uses", uses_sql },
	};
	struct ty_rows rows;

	for (size_t i = 0; i < TY_ARRAY_COUNT(lists); i++) {
		if (credential_users(tx, lists[i].sql, id, &rows, err) != TY_OK)
			return err->code;
		json_object_set_new(item, lists[i].member, ty_rows_json(&rows, rows.count, NULL));
	}
	return TY_OK;
}

enum ty_code
ty_store_credential_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_item,
			struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;
	json_t *items, *item;

	if (ty_tx_query(tx, SHOWN_COLUMNS "WHERE c.id = $1", params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such credential here");
	items = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, 1, shown_json));
	item = json_array_get(items, 0);
	if (users_add(tx, id, item, err) != TY_OK)
		return err->code;
	*ret_item = item;
	return TY_OK;
}

static enum ty_code
credential_is_used(const struct ty_rows *users, struct ty_err *err)
{
	if (users->count == 1)
		ty_err_set(err, TY_E_CONFLICT,
			   "The published workflow \"%.200s\" uses the credential",
			   ty_rows_text(users, 0, ty_rows_column(users, "name")));
	else
		ty_err_set(err, TY_E_CONFLICT, "%zu%s published workflows use the credential",
			   users->count,
			   users->count == TY_STORE_CREDENTIAL_USERS_MAX ? " or more" : "");
	return ty_err_hint(err,
			   "Publish a version without it, or unpublish, and delete it then; or "
			   "force it, and their calls fail.");
}

/* The published workflows go on without it: their rows are what keeps it. */
static enum ty_code
credential_force(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };

	return ty_tx_exec(tx, "DELETE FROM tyboo.published_credentials WHERE credential_id = $1",
			  params, 1, err);
}

enum ty_code
ty_store_credential_lock(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT FROM tyboo.credentials WHERE id = $1 FOR UPDATE", params, 1,
			&rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such credential here");
	return TY_OK;
}

/*
 * Locked first: a publish that has written its row holds a share of that lock until it commits, and
 * one that comes later finds the credential gone.
 */
enum ty_code
ty_store_credential_remove(struct ty_tx *tx, const struct ty_id *id, bool force, json_t **ret_users,
			   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	*ret_users = NULL;
	if (ty_store_credential_lock(tx, id, err) != TY_OK)
		return err->code;
	if (force && credential_force(tx, id, err) != TY_OK)
		return err->code;
	if (credential_users(tx, published_sql, id, &rows, err) != TY_OK)
		return err->code;
	if (rows.count > 0) {
		*ret_users = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, rows.count, NULL));
		return credential_is_used(&rows, err);
	}
	return ty_tx_exec(tx, "DELETE FROM tyboo.credentials WHERE id = $1", params, 1, err);
}
