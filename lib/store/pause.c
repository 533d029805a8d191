/*
 * pause.c -- see pause.h.
 */
#include "store/pause.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"
#include "store/row_json.h"

#include <stdio.h>

#define ZERO_ID "00000000-0000-0000-0000-000000000000"

static const char *
text_or_null(const struct ty_id *id)
{
	return id != NULL && ty_id_is_set(id) ? id->s : NULL;
}

enum ty_code
ty_store_pause(struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *workflow_id,
	       const struct ty_id *paused_by, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s),
					       TY_SQL_TEXT(text_or_null(workflow_id)),
					       TY_SQL_TEXT(text_or_null(paused_by)) };

	return ty_tx_exec(tx,
			  "INSERT INTO tyboo.pauses (workspace_id, workflow_id, paused_by) "
			  "VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT pauses_one DO NOTHING",
			  params, TY_ARRAY_COUNT(params), err);
}

enum ty_code
ty_store_unpause(struct ty_tx *tx, const struct ty_id *workspace_id,
		 const struct ty_id *workflow_id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s),
					       TY_SQL_TEXT(text_or_null(workflow_id)) };

	return ty_tx_exec(tx,
			  "DELETE FROM tyboo.pauses WHERE workspace_id = $1 "
			  "AND workflow_id IS NOT DISTINCT FROM $2::uuid",
			  params, TY_ARRAY_COUNT(params), err);
}

enum ty_code
ty_store_paused_at(struct ty_tx *tx, const struct ty_id *workflow_id, const char **ret_at,
		   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(text_or_null(workflow_id)) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT " TY_SQL_TIME(
				"paused_at") " AS paused_at FROM tyboo.pauses "
					     "WHERE workspace_id = tyboo.current_workspace() "
					     "AND workflow_id IS NOT DISTINCT FROM $1::uuid",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_at = rows.count == 0
			  ? NULL
			  : ty_arena_strdup(
				    ty_tx_arena(tx),
				    ty_rows_text(&rows, 0, ty_rows_column(&rows, "paused_at")));
	return TY_OK;
}

void
ty_store_pauses_query(struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT workspace_id, workflow_id FROM tyboo.all_pauses()",
	};
}

static const struct ty_column pause_columns[] = {
	TY_COLUMN(ID, struct ty_store_pause_row, workspace_id),
	TY_COLUMN(ID, struct ty_store_pause_row, workflow_id),
	TY_COLUMN_END,
};

enum ty_code
ty_store_pauses_decode(struct ty_arena *arena, const struct ty_rows *rows,
		       struct ty_store_pause_row **ret_pauses, size_t *ret_count,
		       struct ty_err *err)
{
	*ret_pauses = ty_rows_read_all(rows, pause_columns, arena, sizeof(**ret_pauses), err);
	*ret_count = rows->count;
	return *ret_pauses != NULL ? TY_OK : err->code;
}

enum ty_code
ty_store_queued_runs(struct ty_tx *tx, const struct ty_id *workflow_id, const struct ty_id *after,
		     int64_t max, struct ty_id **ret_ids, size_t *ret_count, struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(text_or_null(workflow_id)),
					       TY_SQL_TEXT(after != NULL ? after->s : ZERO_ID),
					       TY_SQL_TEXT(limit) };
	struct ty_rows rows;
	struct ty_id *ids;
	size_t column;

	snprintf(limit, sizeof(limit), "%lld", (long long)max);
	if (ty_tx_query(tx, "SELECT id FROM tyboo.queued_runs($1, $2, $3)", params,
			TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	column = ty_rows_column(&rows, "id");
	ids = ty_arena_alloc_array(ty_tx_arena(tx), rows.count + 1, sizeof(*ids));
	for (size_t i = 0; i < rows.count; i++)
		ids[i] = ty_rows_id(&rows, i, column);
	*ret_ids = ids;
	*ret_count = rows.count;
	return TY_OK;
}

enum ty_code
ty_store_queued_count(struct ty_tx *tx, const struct ty_id *workflow_id, int64_t *ret_count,
		      struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(text_or_null(workflow_id)),
					       TY_SQL_TEXT(ZERO_ID), TY_SQL_TEXT(limit) };
	struct ty_rows rows;

	snprintf(limit, sizeof(limit), "%d", TY_STORE_QUEUED_COUNT_MAX);
	if (ty_tx_query(tx, "SELECT count(*) AS count FROM tyboo.queued_runs($1, $2, $3)", params,
			TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_count = ty_rows_int(&rows, 0, ty_rows_column(&rows, "count"));
	return TY_OK;
}
