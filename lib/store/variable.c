/*
 * variable.c -- see variable.h.
 */
#include "store/variable.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "store/column.h"
#include "store/row_json.h"
#include "store/workflow.h"

#include <stdio.h>
#include <string.h>

/* ---- names and values ---- */

bool
ty_store_variable_name_is_good(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t len = strlen(name);

	return len > 0 && len <= TY_LIMIT_VARIABLE_NAME_BYTES && strchr(letters, name[0]) != NULL &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") ==
		       len;
}

static enum ty_code
check(const char *name, const char *value, struct ty_err *err)
{
	if (name != NULL && !ty_store_variable_name_is_good(name)) {
		ty_err_set(err, TY_E_INVALID, "\"%.60s\" is no name of a variable", name);
		ty_err_hint(err,
			    "Letters, digits and _, the first no digit, %d at most: it is written "
			    "$vars.name.",
			    TY_LIMIT_VARIABLE_NAME_BYTES);
		return ty_err_at(err, "name");
	}
	if (value != NULL && strlen(value) > TY_LIMIT_VARIABLE_VALUE_BYTES) {
		ty_err_set(err, TY_E_INVALID, "The value has %zu bytes, and %d are the most",
			   strlen(value), TY_LIMIT_VARIABLE_VALUE_BYTES);
		ty_err_hint(err, "Keep long texts where they are read from: a file, a table, a "
				 "node of the workflow.");
		return ty_err_at(err, "value");
	}
	return TY_OK;
}

static enum ty_code
name_is_taken(const char *name, struct ty_err *err)
{
	ty_err_set(err, TY_E_CONFLICT, "There is a variable named \"%.60s\" already", name);
	ty_err_hint(err, "Change its value, or choose another name.");
	return ty_err_at(err, "name");
}

static enum ty_code
is_missing(struct ty_err *err)
{
	return ty_err_set(err, TY_E_NOT_FOUND, "There is no such variable here");
}

/* ---- writing ---- */

enum ty_code
ty_store_variable_add(struct ty_tx *tx, const struct ty_id *workspace_id, const char *name,
		      const char *value, struct ty_id *ret_id, struct ty_err *err)
{
	/* One after the other within a workspace, so that the count is right. */
	static const char add_sql[] =
		"INSERT INTO tyboo.variables (workspace_id, id, name, value) "
		"SELECT $1::uuid, $2::uuid, $3, $4 FROM (SELECT "
		"pg_advisory_xact_lock(hashtextextended($1::text, "
		"7274602))) AS locked "
		"WHERE (SELECT count(*) FROM tyboo.variables) < $5::bigint RETURNING id";
	struct ty_id id = ty_id_new();
	char max[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(id.s),
					       TY_SQL_TEXT(name), TY_SQL_TEXT(value),
					       TY_SQL_TEXT(max) };
	struct ty_rows rows;
	enum ty_code code;

	if (check(name, value, err) != TY_OK)
		return err->code;
	snprintf(max, sizeof(max), "%d", TY_LIMIT_VARIABLES_COUNT);
	code = ty_tx_query(tx, add_sql, params, TY_ARRAY_COUNT(params), &rows, err);
	if (code == TY_E_CONFLICT)
		return name_is_taken(name, err);
	if (code != TY_OK)
		return code;
	if (rows.count == 0) {
		ty_err_set(err, TY_E_CONFLICT, "A workspace has %d variables at most",
			   TY_LIMIT_VARIABLES_COUNT);
		return ty_err_hint(err, "Delete some that nothing uses, or keep several values in "
					"one as JSON: JSON.parse($vars.name).");
	}
	*ret_id = id;
	return TY_OK;
}

enum ty_code
ty_store_variable_change(struct ty_tx *tx, const struct ty_id *id, const char *name,
			 const char *value, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s), TY_SQL_TEXT(name),
					       TY_SQL_TEXT(value) };
	struct ty_rows rows;
	enum ty_code code;

	if (check(name, value, err) != TY_OK)
		return err->code;
	code = ty_tx_query(tx,
			   "UPDATE tyboo.variables SET name = coalesce($2, name), "
			   "value = coalesce($3, value), updated_at = now() WHERE id = $1",
			   params, TY_ARRAY_COUNT(params), &rows, err);
	if (code == TY_E_CONFLICT)
		return name_is_taken(name, err);
	if (code == TY_OK && rows.affected == 0)
		return is_missing(err);
	return code;
}

enum ty_code
ty_store_variable_remove(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "DELETE FROM tyboo.variables WHERE id = $1", params, 1, &rows, err) !=
	    TY_OK)
		return err->code;
	return rows.affected == 0 ? is_missing(err) : TY_OK;
}

enum ty_code
ty_store_variables_used(struct ty_tx *tx, const struct ty_id *workspace_id,
			const struct ty_id *workflow_id, const json_t *names, struct ty_err *err)
{
	if (json_array_size(names) == 0)
		return TY_OK;

	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(workflow_id->s),
		TY_SQL_TEXT(ty_json_dump(ty_tx_arena(tx), names, NULL))
	};

	return ty_tx_exec(tx,
			  "INSERT INTO tyboo.published_variables (workspace_id, workflow_id, name) "
			  "SELECT DISTINCT $1::uuid, $2::uuid, n "
			  "FROM json_array_elements_text($3::json) AS n",
			  params, TY_ARRAY_COUNT(params), err);
}

/* ---- reading ---- */

/* clang-format breaks SQL around macros into syllables. */
/* clang-format off */
#define USES "FROM tyboo.published_variables p WHERE p.workspace_id = v.workspace_id AND p.name IN (v.name, '*')"
#define SHOWN_COLUMNS                                                                              \
	"SELECT v.name AS cursor, v.id, v.name, v.value, " TY_SQL_TIME("v.created_at")             \
	" AS created_at, " TY_SQL_TIME("v.updated_at") " AS updated_at, "                          \
	"(SELECT count(DISTINCT p.workflow_id) " USES ") AS workflow_count FROM tyboo.variables v "
static const char list_sql[] =
	SHOWN_COLUMNS "WHERE $1::text IS NULL OR v.name > $1::text "
	"ORDER BY v.name LIMIT $2::bigint + 1";
static const char users_sql[] =
	"SELECT w.id, w.name FROM tyboo.variables v "
	"JOIN tyboo.workflows w ON w.workspace_id = v.workspace_id "
	"WHERE v.id = $1 AND w.id IN (SELECT p.workflow_id " USES ") "
	"ORDER BY lower(w.name), w.id LIMIT $2::bigint";
/* clang-format on */

static const struct ty_row_json_column shown_json[] = {
	{ "cursor", TY_ROW_HIDDEN },
	{ "workflow_count", TY_ROW_INT },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_variable_list(struct ty_tx *tx, const char *cursor, int64_t limit, json_t **ret_items,
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

enum ty_code
ty_store_variable_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_item,
		      struct ty_err *err)
{
	char max[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s), TY_SQL_TEXT(max) };
	struct ty_rows rows, users;
	json_t *item;

	snprintf(max, sizeof(max), "%d", TY_STORE_VARIABLE_USERS_MAX);
	if (ty_tx_query(tx, SHOWN_COLUMNS "WHERE v.id = $1", params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return is_missing(err);
	if (ty_tx_query(tx, users_sql, params, 2, &users, err) != TY_OK)
		return err->code;
	item = ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, shown_json));
	json_object_set_new(item, "workflows", ty_rows_json(&users, users.count, NULL));
	*ret_item = item;
	return TY_OK;
}

enum ty_code
ty_store_variable_find(struct ty_tx *tx, const char *name, bool *ret_is_there, struct ty_id *ret_id,
		       struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(name) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT id FROM tyboo.variables WHERE name = $1", params, 1, &rows,
			err) != TY_OK)
		return err->code;
	*ret_is_there = rows.count > 0;
	if (rows.count > 0)
		*ret_id = ty_rows_id(&rows, 0, 0);
	return TY_OK;
}

enum ty_code
ty_store_variable_names(struct ty_tx *tx, json_t **ret_names, struct ty_err *err)
{
	json_t *names = ty_json_own(ty_tx_arena(tx), json_object());
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT name FROM tyboo.variables", NULL, 0, &rows, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < rows.count; i++)
		json_object_set_new(names, ty_rows_text(&rows, i, 0), json_true());
	*ret_names = names;
	return TY_OK;
}

/* ---- for workers ---- */

void
ty_store_variables_query(struct ty_arena *arena, const struct ty_id *workspace_id,
			 const json_t *names, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT name, value FROM tyboo.find_variables($1, $2)",
		.params = { TY_SQL_TEXT(workspace_id->s),
			    TY_SQL_TEXT(ty_json_dump(arena, names, NULL)) },
		.count = 2,
	};
}

enum ty_code
ty_store_variables_decode(struct ty_arena *arena, const struct ty_rows *rows, json_t **ret_vars,
			  struct ty_err *err)
{
	json_t *vars = ty_json_own(arena, json_object());

	for (size_t i = 0; i < rows->count; i++) {
		const char *name = ty_rows_text(rows, i, ty_rows_column(rows, "name"));
		const char *value = ty_rows_text(rows, i, ty_rows_column(rows, "value"));

		if (name == NULL || value == NULL)
			return ty_err_set(err, TY_E_INTERNAL, "a variable without name or value");
		json_object_set_new(vars, name, json_string(value));
	}
	*ret_vars = vars;
	return TY_OK;
}
