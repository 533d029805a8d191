/*
 * user.c -- people, workspaces, membership.
 */
#include "store/user.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "store/column.h"
#include "store/row_json.h"

enum ty_code
ty_store_user_add(struct ty_tx *tx, const char *email, const char *name, const char *password_hash,
		  struct ty_id *ret_id, struct ty_err *err)
{
	struct ty_id id = ty_id_new();
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id.s), TY_SQL_TEXT(email),
					       TY_SQL_TEXT(name), TY_SQL_TEXT(password_hash) };

	if (ty_tx_exec(tx,
		       "INSERT INTO tyboo.users (id, email, name, password_hash) "
		       "VALUES ($1, $2, $3, $4)",
		       params, 4, err) != TY_OK)
		return ty_err_wrap(err, "user %s", email);
	*ret_id = id;
	return TY_OK;
}

static const struct ty_column user_columns[] = {
	TY_COLUMN(ID, struct ty_store_user, id),
	TY_COLUMN(TEXT, struct ty_store_user, email),
	TY_COLUMN(TEXT, struct ty_store_user, name),
	TY_COLUMN(TEXT, struct ty_store_user, password_hash),
	TY_COLUMN(BOOL, struct ty_store_user, disabled),
	TY_COLUMN_END,
};

enum ty_code
ty_store_user_find(struct ty_tx *tx, const char *email, struct ty_store_user **ret_user,
		   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(email) };
	struct ty_store_user *user;
	struct ty_rows rows;

	if (ty_tx_query(
		    tx,
		    "SELECT id, email, name, password_hash, disabled_at IS NOT NULL AS disabled "
		    "FROM tyboo.users WHERE lower(email) = lower($1)",
		    params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0) {
		*ret_user = NULL;
		return TY_OK;
	}
	user = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_user);
	if (ty_rows_read_one(&rows, user_columns, ty_tx_arena(tx), 0, user, err) != TY_OK)
		return err->code;
	*ret_user = user;
	return TY_OK;
}

enum ty_code
ty_store_user_set_password(struct ty_tx *tx, const struct ty_id *id, const char *password_hash,
			   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s), TY_SQL_TEXT(password_hash) };

	return ty_tx_exec(tx, "UPDATE tyboo.users SET password_hash = $2 WHERE id = $1", params, 2,
			  err);
}

enum ty_code
ty_store_user_end_access(struct ty_tx *tx, const struct ty_id *id, bool keys, int64_t *ret_sessions,
			 int64_t *ret_keys, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s),
					       TY_SQL_TEXT(keys ? "true" : "false") };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT sessions, keys FROM tyboo.end_access($1, $2)", params, 2, &rows,
			err) != TY_OK)
		return err->code;
	*ret_sessions = ty_rows_int(&rows, 0, ty_rows_column(&rows, "sessions"));
	*ret_keys = ty_rows_int(&rows, 0, ty_rows_column(&rows, "keys"));
	return TY_OK;
}

enum ty_code
ty_store_workspace_add(struct ty_tx *tx, const char *slug, const char *name, struct ty_id *ret_id,
		       struct ty_err *err)
{
	struct ty_id id = ty_id_new();
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id.s), TY_SQL_TEXT(slug),
					       TY_SQL_TEXT(name) };

	/* The row must be of the transaction's own workspace (row-level security). */
	if (ty_tx_set_workspace(tx, &id, err) != TY_OK ||
	    ty_tx_exec(tx, "INSERT INTO tyboo.workspaces (id, slug, name) VALUES ($1, $2, $3)",
		       params, 3, err) != TY_OK)
		return ty_err_wrap(err, "workspace %s", slug);
	*ret_id = id;
	return TY_OK;
}

enum ty_code
ty_store_member_add(struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *user_id,
		    const char *role, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s),
					       TY_SQL_TEXT(user_id->s), TY_SQL_TEXT(role) };

	return ty_tx_exec(tx,
			  "INSERT INTO tyboo.workspace_members (workspace_id, user_id, role) "
			  "VALUES ($1, $2, $3) ON CONFLICT (workspace_id, user_id) "
			  "DO UPDATE SET role = excluded.role",
			  params, 3, err);
}

static const struct ty_column workspace_columns[] = {
	TY_COLUMN(ID, struct ty_store_workspace, id),
	TY_COLUMN(TEXT, struct ty_store_workspace, slug),
	TY_COLUMN(TEXT, struct ty_store_workspace, name),
	TY_COLUMN(TEXT, struct ty_store_workspace, role),
	TY_COLUMN(TEXT, struct ty_store_workspace, permissions),
	TY_COLUMN_END,
};

enum ty_code
ty_store_user_workspaces(struct ty_tx *tx, const struct ty_id *user_id, const char *key,
			 struct ty_store_workspace **ret_list, size_t *ret_count,
			 struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(user_id->s), TY_SQL_TEXT(key) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT id, slug, name, role, permissions "
			"FROM tyboo.user_workspaces($1, $2)",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	*ret_list = ty_rows_read_all(&rows, workspace_columns, ty_tx_arena(tx), sizeof(**ret_list),
				     err);
	*ret_count = rows.count;
	return *ret_list != NULL ? TY_OK : err->code;
}

enum ty_code
ty_store_user_workflow_workspace(struct ty_tx *tx, const struct ty_id *user_id,
				 const struct ty_id *workflow_id, struct ty_id *ret_workspace_id,
				 struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(user_id->s),
					       TY_SQL_TEXT(workflow_id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.user_workflow_workspace($1, $2)", params, 2, &rows,
			err) != TY_OK)
		return err->code;
	*ret_workspace_id =
		ty_rows_text(&rows, 0, 0) != NULL ? ty_rows_id(&rows, 0, 0) : (struct ty_id){ "" };
	return TY_OK;
}

static enum ty_code
list_as_json(struct ty_tx *tx, const char *sql, const struct ty_row_json_column *columns,
	     json_t **ret_items, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx, sql, NULL, 0, &rows, err) != TY_OK)
		return err->code;
	*ret_items = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, rows.count, columns));
	return TY_OK;
}

enum ty_code
ty_store_user_list(struct ty_tx *tx, json_t **ret_items, struct ty_err *err)
{
	static const struct ty_row_json_column columns[] = {
		{ "disabled", TY_ROW_BOOL },
		{ NULL, TY_ROW_TEXT },
	};

	return list_as_json(
		tx,
		"SELECT id, email, name, disabled_at IS NOT NULL AS disabled, " TY_SQL_TIME(
			"created_at") " AS created_at FROM tyboo.users ORDER BY lower(email)",
		columns, ret_items, err);
}

enum ty_code
ty_store_workspace_list(struct ty_tx *tx, json_t **ret_items, struct ty_err *err)
{
	static const struct ty_row_json_column columns[] = {
		{ "members", TY_ROW_INT },
		{ "workflows", TY_ROW_INT },
		{ NULL, TY_ROW_TEXT },
	};

	return list_as_json(
		tx,
		"SELECT w.slug, w.name, (SELECT count(*) FROM tyboo.workspace_members m "
		"WHERE m.workspace_id = w.id) AS members, (SELECT count(*) FROM tyboo.workflows f "
		"WHERE f.workspace_id = w.id AND f.deleted_at IS NULL) AS workflows, "
		"w.id, " TY_SQL_TIME(
			"w.created_at") " AS created_at FROM tyboo.workspaces w ORDER BY w.slug",
		columns, ret_items, err);
}
