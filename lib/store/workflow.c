/*
 * workflow.c -- workflows and their versions.
 */
#include "store/workflow.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "store/column.h"
#include "store/hook_admin.h"
#include "store/row_json.h"

#include <stdio.h>

void
ty_store_page(struct ty_tx *tx, const struct ty_rows *rows, int64_t limit,
	      const struct ty_row_json_column *columns, json_t **ret_items, const char **ret_next)
{
	size_t max = (size_t)limit;

	*ret_items = ty_json_own(ty_tx_arena(tx), ty_rows_json(rows, max, columns));
	*ret_next = rows->count > max ? ty_rows_text(rows, max - 1, 0) : NULL;
}

static enum ty_code
not_found(struct ty_err *err)
{
	return ty_err_set(err, TY_E_NOT_FOUND, "There is no such workflow here");
}

/* clang-format breaks SQL around macros into syllables. */
/* clang-format off */
#define WORKFLOW_FROM \
	"FROM tyboo.workflows w " \
	"JOIN tyboo.workflow_versions d " \
	"ON d.workspace_id = w.workspace_id AND d.id = w.draft_version_id " \
	"LEFT JOIN tyboo.workflow_versions p " \
	"ON p.workspace_id = w.workspace_id AND p.id = w.published_version_id " \
	"LEFT JOIN tyboo.pauses s ON s.workspace_id = w.workspace_id AND s.workflow_id = w.id "

static const char list_sql[] =
	"SELECT w.id, w.name, w.revision, w.published_version_id IS NOT NULL AS published, "
	"p.number AS published_version, d.number AS version, "
	TY_SQL_TIME("w.updated_at") " AS updated_at, " TY_SQL_TIME("w.created_at") " AS created_at, "
	"d.node_count, d.triggers, e.last AS last_execution, "
	TY_SQL_TIME("s.paused_at") " AS paused_at, "
	"CASE WHEN d.triggers IS NULL THEN d.graph END AS graph "
	WORKFLOW_FROM
	"LEFT JOIN LATERAL (SELECT json_build_object('id', x.id, 'status', x.status, "
	"'finished_at', " TY_SQL_TIME("x.finished_at") ") AS last "
	"FROM tyboo.executions x WHERE x.workspace_id = w.workspace_id AND x.workflow_id = w.id "
	"ORDER BY x.id DESC LIMIT 1) e ON true "
	"WHERE w.deleted_at IS NULL "
	"AND ($1::text IS NULL OR position(lower($1::text) IN lower(w.name)) > 0) "
	"AND ($2::text IS NULL OR (w.published_version_id IS NOT NULL) = ($2::text = 'true')) "
	"AND ($3::uuid IS NULL OR w.id < $3::uuid) "
	"ORDER BY w.id DESC LIMIT $4::bigint + 1";

static const char load_sql[] =
	"SELECT w.id, w.name, w.revision, w.draft_version_id, w.published_version_id, "
	"d.number AS version, p.number AS published_version, "
	TY_SQL_TIME("w.created_at") " AS created_at, " TY_SQL_TIME("w.updated_at") " AS updated_at, "
	"d.graph, w.concurrent_max, " TY_SQL_TIME("s.paused_at") " AS paused_at "
	WORKFLOW_FROM
	"WHERE w.id = $1 AND w.deleted_at IS NULL";
/* clang-format on */

static const struct ty_row_json_column list_json[] = {
	{ "revision", TY_ROW_INT },	     { "published", TY_ROW_BOOL },
	{ "published_version", TY_ROW_INT }, { "version", TY_ROW_INT },
	{ "node_count", TY_ROW_INT },	     { "triggers", TY_ROW_JSON },
	{ "last_execution", TY_ROW_JSON },   { NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_workflow_list(struct ty_tx *tx, const struct ty_store_workflow_filter *filter,
		       json_t **ret_items, const char **ret_next, struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(filter->search),
		TY_SQL_TEXT(filter->published),
		TY_SQL_TEXT(filter->cursor),
		TY_SQL_TEXT(limit),
	};
	struct ty_rows rows;

	snprintf(limit, sizeof(limit), "%lld", (long long)filter->limit);
	if (ty_tx_query(tx, list_sql, params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, filter->limit, list_json, ret_items, ret_next);
	return TY_OK;
}

static enum ty_code
version_add(struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *workflow_id,
	    const struct ty_id *version_id, const char *graph,
	    const struct ty_store_outline *outline, const char *note,
	    const struct ty_id *created_by, struct ty_err *err)
{
	char node_count[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s),
		TY_SQL_TEXT(version_id->s),
		TY_SQL_TEXT(workflow_id->s),
		TY_SQL_TEXT(graph),
		TY_SQL_TEXT(note != NULL ? note : ""),
		TY_SQL_TEXT(created_by != NULL && ty_id_is_set(created_by) ? created_by->s : NULL),
		TY_SQL_TEXT(outline->triggers != NULL ? node_count : NULL),
		TY_SQL_TEXT(outline->triggers),
		TY_SQL_TEXT(outline->called_node),
		TY_SQL_TEXT(outline->error_node),
		TY_SQL_TEXT(outline->error_workflow_id),
	};

	snprintf(node_count, sizeof(node_count), "%lld", (long long)outline->node_count);
	/* The workflow's row is locked by the caller's INSERT or UPDATE, so numbers do not collide. */
	return ty_tx_exec(tx,
			  "INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, "
			  "number, graph, note, created_by, node_count, triggers, called_node, "
			  "error_node, error_workflow_id) "
			  "SELECT $1, $2, $3, coalesce(max(v.number), 0) + 1, $4, $5, $6, "
			  "$7::integer, $8, $9, $10, $11::uuid "
			  "FROM tyboo.workflow_versions v WHERE v.workflow_id = $3",
			  params, TY_ARRAY_COUNT(params), err);
}

enum ty_code
ty_store_workflow_add(struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *id,
		      const char *name, const char *graph, const struct ty_store_outline *outline,
		      const struct ty_id *created_by, struct ty_err *err)
{
	struct ty_id version_id = ty_id_new();
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s),
		TY_SQL_TEXT(id->s),
		TY_SQL_TEXT(name),
		TY_SQL_TEXT(version_id.s),
		TY_SQL_TEXT(created_by != NULL && ty_id_is_set(created_by) ? created_by->s : NULL),
	};

	if (ty_tx_exec(tx,
		       "INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id, "
		       "created_by) VALUES ($1, $2, $3, $4, $5)",
		       params, TY_ARRAY_COUNT(params), err) != TY_OK ||
	    version_add(tx, workspace_id, id, &version_id, graph, outline, "", created_by, err) !=
		    TY_OK)
		return err->code;
	return TY_OK;
}

static const struct ty_column workflow_columns[] = {
	TY_COLUMN(ID, struct ty_store_workflow, id),
	TY_COLUMN(TEXT, struct ty_store_workflow, name),
	TY_COLUMN(INT, struct ty_store_workflow, revision),
	TY_COLUMN(ID, struct ty_store_workflow, draft_version_id),
	TY_COLUMN(ID, struct ty_store_workflow, published_version_id),
	TY_COLUMN(INT, struct ty_store_workflow, version),
	TY_COLUMN(INT, struct ty_store_workflow, published_version),
	TY_COLUMN(TEXT, struct ty_store_workflow, created_at),
	TY_COLUMN(TEXT, struct ty_store_workflow, updated_at),
	TY_COLUMN(TEXT, struct ty_store_workflow, paused_at),
	TY_COLUMN(TEXT, struct ty_store_workflow, graph),
	TY_COLUMN(INT, struct ty_store_workflow, concurrent_max),
	TY_COLUMN_END,
};

enum ty_code
ty_store_workflow_load(struct ty_tx *tx, const struct ty_id *id,
		       struct ty_store_workflow **ret_workflow, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_store_workflow *w;
	struct ty_rows rows;

	if (ty_tx_query(tx, load_sql, params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return not_found(err);
	w = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_workflow);
	if (ty_rows_read_one(&rows, workflow_columns, ty_tx_arena(tx), 0, w, err) != TY_OK)
		return err->code;
	*ret_workflow = w;
	return TY_OK;
}

/* No row was changed: is it gone, or has someone else saved? */
static enum ty_code
why_not_saved(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	struct ty_store_workflow *w;

	if (ty_store_workflow_load(tx, id, &w, err) != TY_OK)
		return err->code;
	ty_err_set(err, TY_E_PRECONDITION,
		   "The workflow was saved meanwhile: it is at revision %lld",
		   (long long)w->revision);
	return ty_err_hint(
		err, "Read it again, put your change on top and save with If-Match: \"%lld\".",
		(long long)w->revision);
}

enum ty_code
ty_store_workflow_save(struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *id,
		       const struct ty_store_workflow_change *change,
		       const struct ty_id *changed_by, struct ty_err *err)
{
	struct ty_id version_id = ty_id_new();
	char revision[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(id->s), TY_SQL_TEXT(revision), TY_SQL_TEXT(change->name),
		TY_SQL_TEXT(change->graph != NULL ? version_id.s : NULL)
	};
	struct ty_rows rows;

	snprintf(revision, sizeof(revision), "%lld", (long long)change->revision);
	if (ty_tx_query(tx,
			"UPDATE tyboo.workflows SET revision = revision + 1, "
			"name = coalesce($3, name), "
			"draft_version_id = coalesce($4, draft_version_id), updated_at = now() "
			"WHERE id = $1 AND revision = $2 AND deleted_at IS NULL",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (rows.affected == 0)
		return why_not_saved(tx, id, err);
	if (change->graph == NULL)
		return TY_OK;
	return version_add(tx, workspace_id, id, &version_id, change->graph, &change->outline,
			   change->note, changed_by, err);
}

enum ty_code
ty_store_workflow_remove(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"UPDATE tyboo.workflows SET deleted_at = now(), updated_at = now(), "
			"published_version_id = NULL WHERE id = $1 AND deleted_at IS NULL",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.affected == 0)
		return not_found(err);
	return ty_store_claims_drop(tx, id, err);
}

#define VERSION_COLUMNS                                                                            \
	"v.number AS cursor, v.id, v.number, v.note, " TY_SQL_TIME(                                \
		"v.created_at") " AS created_at, u.name AS created_by, v.id = "                    \
				"w.published_version_id AS published"
#define VERSION_FROM                                                                               \
	"FROM tyboo.workflows w JOIN tyboo.workflow_versions v "                                   \
	"ON v.workspace_id = w.workspace_id AND v.workflow_id = w.id "                             \
	"LEFT JOIN tyboo.users u ON u.id = v.created_by "                                          \
	"WHERE w.id = $1 AND w.deleted_at IS NULL "

#define VERSION_JSON                                                                               \
	{ "cursor", TY_ROW_HIDDEN }, { "number", TY_ROW_INT },                                     \
	{                                                                                          \
		"published", TY_ROW_BOOL                                                           \
	}

static const struct ty_row_json_column version_json[] = { VERSION_JSON, { NULL, TY_ROW_TEXT } };
static const struct ty_row_json_column version_json_whole[] = {
	VERSION_JSON,
	{ "graph", TY_ROW_JSON },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_version_list(struct ty_tx *tx, const struct ty_id *workflow_id, const char *cursor,
		      int64_t limit, json_t **ret_items, const char **ret_next, struct ty_err *err)
{
	char limit_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s), TY_SQL_TEXT(cursor),
					       TY_SQL_TEXT(limit_text) };
	struct ty_rows rows;

	snprintf(limit_text, sizeof(limit_text), "%lld", (long long)limit);
	if (ty_tx_query(tx,
			"SELECT " VERSION_COLUMNS " " VERSION_FROM
			"AND ($2::integer IS NULL OR v.number < $2::integer) "
			"ORDER BY v.number DESC LIMIT $3::bigint + 1",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0 && cursor == NULL)
		return not_found(err);
	ty_store_page(tx, &rows, limit, version_json, ret_items, ret_next);
	return TY_OK;
}

static enum ty_code
no_version(int64_t number, struct ty_err *err)
{
	return number == 0 ? not_found(err)
			   : ty_err_set(err, TY_E_NOT_FOUND, "The workflow has no version %lld",
					(long long)number);
}

static const struct ty_column version_columns[] = {
	TY_COLUMN(ID, struct ty_store_version, id),
	TY_COLUMN(INT, struct ty_store_version, number),
	TY_COLUMN(TEXT, struct ty_store_version, graph),
	TY_COLUMN_END,
};

enum ty_code
ty_store_version_load(struct ty_tx *tx, const struct ty_id *workflow_id, int64_t number,
		      struct ty_store_version **ret_version, struct ty_err *err)
{
	char number_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s),
					       TY_SQL_TEXT(number_text) };
	struct ty_store_version *version;
	struct ty_rows rows;

	snprintf(number_text, sizeof(number_text), "%lld", (long long)number);
	if (ty_tx_query(tx,
			"SELECT v.id, v.number, v.graph " VERSION_FROM
			"AND CASE WHEN $2::bigint = 0 THEN v.id = w.draft_version_id "
			"ELSE v.number = $2::bigint END",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return no_version(number, err);
	version = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_version);
	if (ty_rows_read_one(&rows, version_columns, ty_tx_arena(tx), 0, version, err) != TY_OK)
		return err->code;
	*ret_version = version;
	return TY_OK;
}

enum ty_code
ty_store_version_get(struct ty_tx *tx, const struct ty_id *workflow_id, int64_t number,
		     json_t **ret_version, struct ty_err *err)
{
	char number_text[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s),
					       TY_SQL_TEXT(number_text) };
	struct ty_rows rows;

	snprintf(number_text, sizeof(number_text), "%lld", (long long)number);
	if (ty_tx_query(tx,
			"SELECT " VERSION_COLUMNS ", v.graph " VERSION_FROM
			"AND v.number = $2::bigint",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return no_version(number, err);
	*ret_version = ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, version_json_whole));
	return TY_OK;
}

/* ---- what runs of others may start ---- */

static const struct ty_column startable_columns[] = {
	TY_COLUMN(BOOL, struct ty_store_startable, is_published),
	TY_COLUMN(TEXT, struct ty_store_startable, called_node),
	TY_COLUMN(TEXT, struct ty_store_startable, error_node),
	TY_COLUMN_END,
};

enum ty_code
ty_store_startable_find(struct ty_tx *tx, const struct ty_id *workflow_id,
			struct ty_store_startable *ret_found, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s) };
	struct ty_store_startable found = { .exists = false };
	struct ty_column_map map;
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT w.published_version_id IS NOT NULL AS is_published, v.called_node, "
			"v.error_node FROM tyboo.workflows w LEFT JOIN tyboo.workflow_versions v "
			"ON v.workspace_id = w.workspace_id AND v.id = w.published_version_id "
			"WHERE w.id = $1 AND w.deleted_at IS NULL",
			params, 1, &rows, err) != TY_OK ||
	    ty_rows_map(&rows, startable_columns, &map, err) != TY_OK)
		return err->code;
	if (rows.count > 0) {
		ty_rows_read(&rows, &map, ty_tx_arena(tx), 0, &found);
		found.exists = true;
	}
	*ret_found = found;
	return TY_OK;
}

/* ---- outlines ---- */

static const struct ty_column bare_columns[] = {
	TY_COLUMN(ID, struct ty_store_bare_version, workspace_id),
	TY_COLUMN(ID, struct ty_store_bare_version, id),
	TY_COLUMN(TEXT, struct ty_store_bare_version, graph),
	TY_COLUMN_END,
};

enum ty_code
ty_store_outline_missing(struct ty_tx *tx, struct ty_store_bare_version **ret_list,
			 size_t *ret_count, struct ty_err *err)
{
	struct ty_rows rows;

	/* Twenty graphs of the largest size are 80 MB. */
	if (ty_tx_query(tx,
			"SELECT v.workspace_id, v.id, v.graph FROM tyboo.workflows w "
			"JOIN tyboo.workflow_versions v ON v.workspace_id = w.workspace_id "
			"AND v.id = w.draft_version_id WHERE v.triggers IS NULL "
			"LIMIT 20 FOR UPDATE OF v SKIP LOCKED",
			NULL, 0, &rows, err) != TY_OK)
		return err->code;
	*ret_list = ty_rows_read_all(&rows, bare_columns, ty_tx_arena(tx), sizeof(**ret_list), err);
	*ret_count = rows.count;
	return *ret_list != NULL ? TY_OK : err->code;
}

enum ty_code
ty_store_outline_set(struct ty_tx *tx, const struct ty_store_bare_version *version,
		     const struct ty_store_outline *outline, struct ty_err *err)
{
	char node_count[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(version->workspace_id.s),
					       TY_SQL_TEXT(version->id.s),
					       TY_SQL_TEXT(node_count),
					       TY_SQL_TEXT(outline->triggers),
					       TY_SQL_TEXT(outline->called_node),
					       TY_SQL_TEXT(outline->error_node),
					       TY_SQL_TEXT(outline->error_workflow_id) };

	snprintf(node_count, sizeof(node_count), "%lld", (long long)outline->node_count);
	return ty_tx_exec(tx,
			  "UPDATE tyboo.workflow_versions SET node_count = $3::integer, "
			  "triggers = $4, called_node = $5, error_node = $6, "
			  "error_workflow_id = $7::uuid WHERE workspace_id = $1 AND id = $2",
			  params, TY_ARRAY_COUNT(params), err);
}
