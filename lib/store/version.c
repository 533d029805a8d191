/*
 * version.c -- loading graphs (sql/functions/lookup.sql).
 */
#include "store/version.h"

#include "base/arena.h"
#include "base/err.h"

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

enum ty_code
ty_store_version_decode(struct ty_arena *arena, const struct ty_rows *rows,
			struct ty_version_row *ret_version, struct ty_err *err)
{
	if (rows->count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND,
				  "this version of the workflow does not exist any more");
	*ret_version = (struct ty_version_row){
		.workflow_id = ty_rows_id(rows, 0, 0),
		.number = ty_rows_int(rows, 0, 1),
		.workflow_name = ty_arena_strdup(arena, ty_rows_text(rows, 0, 2)),
		.graph = ty_arena_strdup(arena, ty_rows_text(rows, 0, 3)),
	};
	return TY_OK;
}
