/*
 * version.c -- loading graphs (sql/functions/lookup.sql).
 */
#include "store/version.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"

void
ty_store_version_query(const struct ty_id *workspace_id, const struct ty_id *version_id,
		       struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT workflow_id, number, workflow_name, graph FROM "
		       "tyboo.find_version($1, $2)",
		.params = { TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(version_id->s) },
		.count = 2,
	};
}

static const struct ty_column version_columns[] = {
	TY_COLUMN(ID, struct ty_version_row, workflow_id),
	TY_COLUMN(INT, struct ty_version_row, number),
	TY_COLUMN(COPY, struct ty_version_row, workflow_name),
	TY_COLUMN(COPY, struct ty_version_row, graph),
	TY_COLUMN_END,
};

enum ty_code
ty_store_version_decode(struct ty_arena *arena, const struct ty_rows *rows,
			struct ty_version_row *ret_version, struct ty_err *err)
{
	if (rows->count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND,
				  "this version of the workflow does not exist any more");
	if (ty_rows_read_one(rows, version_columns, arena, 0, ret_version, err) != TY_OK)
		return err->code;
	return TY_OK;
}

void
ty_store_workflow_name_query(const struct ty_id *workspace_id, const struct ty_id *workflow_id,
			     struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT name FROM tyboo.find_workflow_name($1, $2) AS name",
		.params = { TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(workflow_id->s) },
		.count = 2,
	};
}

enum ty_code
ty_store_workflow_name_decode(struct ty_arena *arena, const struct ty_rows *rows,
			      const char **ret_name, struct ty_err *err)
{
	const char *name =
		rows->count > 0 ? ty_rows_text(rows, 0, ty_rows_column(rows, "name")) : NULL;

	if (name == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "this workflow does not exist any more");
	*ret_name = ty_arena_strdup(arena, name);
	return TY_OK;
}
