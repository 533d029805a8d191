/*
 * hook.c -- tyboo.find_hook (sql/functions/api.sql), to SQL and back.
 */
#include "store/hook.h"

#include "base/arena.h"
#include "base/err.h"

static const char hook_sql[] = "SELECT workspace_id, concurrent_max, depth_max, rate_per_s, "
			       "quota_month, hook_id, workflow_id,"
			       " version_id, node_id, verify, timeout_ms, workflow_concurrent_max"
			       " FROM tyboo.find_hook($1, $2, $3)";

void
ty_store_hook_query(const char *workspace_slug, const char *method, const char *path,
		    struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = hook_sql,
		.params = { TY_SQL_TEXT(workspace_slug), TY_SQL_TEXT(method), TY_SQL_TEXT(path) },
		.count = 3,
	};
}

enum ty_code
ty_store_hook_decode(struct ty_arena *arena, const struct ty_rows *rows,
		     struct ty_hook_row *ret_hook, struct ty_err *err)
{
	if (rows->count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "there is no such workspace");
	*ret_hook = (struct ty_hook_row){
		.workspace_id = ty_rows_id(rows, 0, 0),
		.workspace_max = ty_rows_int(rows, 0, 1),
		.depth_max = ty_rows_int(rows, 0, 2),
		.rate_per_s = ty_rows_int(rows, 0, 3),
		.quota_month = ty_rows_int(rows, 0, 4),
		.hook_id = ty_rows_id(rows, 0, 5),
		.workflow_id = ty_rows_id(rows, 0, 6),
		.version_id = ty_rows_id(rows, 0, 7),
		.node_id = ty_arena_strdup(arena, ty_rows_text(rows, 0, 8)),
		.verify = ty_arena_strdup(arena, ty_rows_text(rows, 0, 9)),
		.timeout_ms = ty_rows_int(rows, 0, 10),
		.workflow_max = ty_rows_int(rows, 0, 11),
	};
	ret_hook->is_claimed = ty_id_is_set(&ret_hook->hook_id);
	return TY_OK;
}
