/*
 * hook_admin.c -- hooks of published workflows.
 */
#include "store/hook_admin.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "store/column.h"
#include "store/hook_keys.h"
#include "store/row_json.h"
#include "store/variable.h"

#include <stdio.h>
#include <string.h>

/* ---- publishing ---- */

static enum ty_code
address_is_taken(struct ty_tx *tx, const struct ty_store_hook *hook, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(hook->method), TY_SQL_TEXT(hook->path) };
	const char *method = strcmp(hook->method, "*") == 0 ? "ANY" : hook->method;
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT f.name, f.id FROM tyboo.hooks h "
			"JOIN tyboo.workflows f ON f.workspace_id = h.workspace_id "
			"AND f.id = h.workflow_id WHERE h.method = $1 AND h.path = $2",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	ty_err_set(err, TY_E_CONFLICT, "%s %s is taken by the workflow \"%.200s\" (%s)", method,
		   hook->route[0] != '\0' ? hook->route : hook->path,
		   rows.count > 0 ? ty_rows_text(&rows, 0, ty_rows_column(&rows, "name")) : "?",
		   rows.count > 0 ? ty_rows_text(&rows, 0, ty_rows_column(&rows, "id")) : "?");
	return ty_err_hint(err, "Choose another path, or unpublish that workflow.");
}

static enum ty_code
hook_upsert(struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *workflow_id,
	    const struct ty_id *version_id, const struct ty_store_hook *hook, struct ty_err *err)
{
	struct ty_id id = ty_id_new();
	char timeout[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(id.s),
		TY_SQL_TEXT(workflow_id->s),  TY_SQL_TEXT(version_id->s),
		TY_SQL_TEXT(hook->node_id),   TY_SQL_TEXT(hook->method),
		TY_SQL_TEXT(hook->path),      TY_SQL_TEXT(hook->verify),
		TY_SQL_TEXT(timeout),
	};
	struct ty_rows rows;

	snprintf(timeout, sizeof(timeout), "%lld", (long long)hook->timeout_ms);
	if (ty_tx_query(tx,
			"INSERT INTO tyboo.hooks (workspace_id, id, workflow_id, version_id, "
			"node_id, method, path, verify, timeout_ms) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
			"ON CONFLICT (workspace_id, method, path) DO UPDATE "
			"SET version_id = excluded.version_id, node_id = excluded.node_id, "
			"verify = excluded.verify, timeout_ms = excluded.timeout_ms "
			"WHERE hooks.workflow_id = excluded.workflow_id",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	return rows.affected > 0 ? TY_OK : address_is_taken(tx, hook, err);
}

static enum ty_code
set_published(struct ty_tx *tx, const struct ty_id *workflow_id, const struct ty_id *version_id,
	      struct ty_err *err)
{
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workflow_id->s), TY_SQL_TEXT(version_id != NULL ? version_id->s : NULL)
	};
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"UPDATE tyboo.workflows SET published_version_id = $2 "
			"WHERE id = $1 AND deleted_at IS NULL",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	if (rows.affected == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such workflow here");
	return TY_OK;
}

/* Uses of the version before went when the workflow was published (sql/migrations/0002). */
static enum ty_code
credentials_hold(struct ty_tx *tx, const struct ty_id *workspace_id,
		 const struct ty_id *workflow_id, const json_t *credentials, struct ty_err *err)
{
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(workflow_id->s),
		TY_SQL_TEXT(ty_json_dump(ty_tx_arena(tx), credentials, NULL))
	};
	enum ty_code code;

	if (json_array_size(credentials) == 0)
		return TY_OK;
	code = ty_tx_exec(tx,
			  "INSERT INTO tyboo.published_credentials "
			  "(workspace_id, workflow_id, credential_id) "
			  "SELECT DISTINCT $1::uuid, $2::uuid, c::uuid "
			  "FROM json_array_elements_text($3::json) AS c",
			  params, 3, err);
	if (code != TY_E_INVALID) /* the foreign key's */
		return code;
	ty_err_set(err, TY_E_CONFLICT, "A credential of the workflow was deleted meanwhile");
	return ty_err_hint(err, "Choose another one and publish again.");
}

enum ty_code
ty_store_publish(struct ty_tx *tx, const struct ty_id *workspace_id,
		 const struct ty_id *workflow_id, const struct ty_id *version_id,
		 const struct ty_store_hooks *hooks, const struct ty_store_schedules *schedules,
		 const json_t *credentials, const json_t *variables, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s),
					       TY_SQL_TEXT(version_id->s) };

	/* Lock the workflow first, so that two publishes go one after the other. */
	if (set_published(tx, workflow_id, version_id, err) != TY_OK ||
	    credentials_hold(tx, workspace_id, workflow_id, credentials, err) != TY_OK ||
	    ty_store_variables_used(tx, workspace_id, workflow_id, variables, err) != TY_OK ||
	    ty_store_schedules_put(tx, workspace_id, workflow_id, version_id, schedules, err) !=
		    TY_OK)
		return err->code;
	for (size_t i = 0; i < hooks->count; i++) {
		if (hook_upsert(tx, workspace_id, workflow_id, version_id, &hooks->list[i], err) !=
		    TY_OK)
			return err->code;
	}
	return ty_tx_exec(tx, "DELETE FROM tyboo.hooks WHERE workflow_id = $1 AND version_id <> $2",
			  params, 2, err);
}

enum ty_code
ty_store_claims_drop(struct ty_tx *tx, const struct ty_id *workflow_id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s) };

	if (ty_tx_exec(tx, "DELETE FROM tyboo.hooks WHERE workflow_id = $1", params, 1, err) !=
	    TY_OK)
		return err->code;
	return ty_tx_exec(tx, "DELETE FROM tyboo.schedules WHERE workflow_id = $1", params, 1, err);
}

enum ty_code
ty_store_unpublish(struct ty_tx *tx, const struct ty_id *workflow_id, struct ty_err *err)
{
	if (set_published(tx, workflow_id, NULL, err) != TY_OK)
		return err->code;
	return ty_store_claims_drop(tx, workflow_id, err);
}

static const struct ty_row_json_column hook_json[] = {
	{ "keys", TY_ROW_JSON },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_hook_list(struct ty_tx *tx, const struct ty_id *workflow_id, json_t **ret_items,
		   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s), TY_STORE_KEYS_STALE_S };
	struct ty_rows rows;

	/* clang-format off */
	if (ty_tx_query(tx,
			"SELECT CASE h.method WHEN '*' THEN 'ANY' ELSE h.method END AS method, "
			"coalesce(h.route, h.path) AS path, CASE WHEN h.keys_url IS NOT NULL THEN "
			"json_build_object('url', h.keys_url, 'state', " TY_STORE_KEYS_STATE_SQL("$2") ", "
			"'problem', coalesce(k.problem, ''))::text END AS keys FROM tyboo.hooks h "
			"LEFT JOIN tyboo.hook_keys k ON k.workspace_id = h.workspace_id AND k.url = h.keys_url "
			"WHERE h.workflow_id = $1 ORDER BY h.path, h.method",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	/* clang-format on */
	*ret_items = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, rows.count, hook_json));
	return TY_OK;
}

/* ---- finding ---- */

static const struct ty_column claim_columns[] = {
	TY_COLUMN(ID, struct ty_store_claim, workspace_id),
	TY_COLUMN(LIMITS, struct ty_store_claim, limits),
	TY_COLUMN(ID, struct ty_store_claim, hook_id),
	TY_COLUMN(ID, struct ty_store_claim, workflow_id),
	TY_COLUMN(ID, struct ty_store_claim, version_id),
	TY_COLUMN(TEXT, struct ty_store_claim, node_id),
	TY_COLUMN(TEXT, struct ty_store_claim, verify),
	TY_COLUMN(INT, struct ty_store_claim, timeout_ms),
	TY_COLUMN(INT, struct ty_store_claim, workflow_max),
	TY_COLUMN(TEXT, struct ty_store_claim, method),
	TY_COLUMN(TEXT, struct ty_store_claim, path),
	TY_COLUMN(TEXT, struct ty_store_claim, before),
	TY_COLUMN_END,
};

enum ty_code
ty_store_claim_find(struct ty_tx *tx, const char *slug, const char *method, const char *path,
		    struct ty_store_claim *ret_claim, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(slug), TY_SQL_TEXT(method),
					       TY_SQL_TEXT(path) };
	struct ty_store_claim claim = { .node_id = "" };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT workspace_id, limits, hook_id, workflow_id, version_id, node_id, "
			"verify, timeout_ms, workflow_concurrent_max AS workflow_max, method, "
			"path, before FROM tyboo.claim_hook($1, $2, $3)",
			params, 3, &rows, err) != TY_OK)
		return err->code;
	if (rows.count > 0 &&
	    ty_rows_read_one(&rows, claim_columns, ty_tx_arena(tx), 0, &claim, err) != TY_OK)
		return err->code;
	*ret_claim = claim;
	return TY_OK;
}

enum ty_code
ty_store_claim_methods(struct ty_tx *tx, const char *slug, const char *path,
		       const char **ret_methods, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(slug), TY_SQL_TEXT(path) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT coalesce(tyboo.hook_methods($1, $2), '')", params, 2, &rows,
			err) != TY_OK)
		return err->code;
	*ret_methods = ty_rows_text(&rows, 0, 0);
	return TY_OK;
}

enum ty_code
ty_store_hook_route(struct ty_tx *tx, const struct ty_id *hook_id, const char **ret_route,
		    struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(hook_id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT coalesce(route, '') FROM tyboo.hooks "
			"WHERE id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_route = rows.count > 0 ? ty_rows_text(&rows, 0, 0) : NULL;
	return TY_OK;
}

static const struct ty_column limits_columns[] = {
	TY_COLUMN(ID, struct ty_store_claim, workspace_id),
	TY_COLUMN(LIMITS, struct ty_store_claim, limits),
	TY_COLUMN(INT, struct ty_store_claim, workflow_max),
	TY_COLUMN_END,
};

enum ty_code
ty_store_limits_load(struct ty_tx *tx, const struct ty_id *workflow_id,
		     struct ty_store_claim *ret_claim, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s) };
	struct ty_store_claim claim = { .node_id = "" };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT w.id AS workspace_id, tyboo.limits_of(w) AS limits, "
			"f.concurrent_max AS workflow_max FROM tyboo.workspaces w JOIN "
			"tyboo.workflows f "
			"ON f.workspace_id = w.id WHERE f.id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such workflow here");
	if (ty_rows_read_one(&rows, limits_columns, ty_tx_arena(tx), 0, &claim, err) != TY_OK)
		return err->code;
	*ret_claim = claim;
	return TY_OK;
}
