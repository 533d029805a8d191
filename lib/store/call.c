/*
 * call.c -- see call.h.
 */
#include "store/call.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/array.h"
#include "store/column.h"

static const char *
int_text(struct ty_arena *arena, int64_t n)
{
	return ty_arena_printf(arena, "%lld", (long long)n);
}

static struct ty_sql_param
id_array(struct ty_arena *arena, const struct ty_id *ids, size_t count)
{
	struct ty_array array;

	ty_array_init(&array, arena, TY_ARRAY_UUID, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_id(&array, &ids[i]);
	return ty_array_param(&array);
}

#define RECEIPT_SQL                                                                                \
	"id, workspace_id, hook_id, workflow_id, version_id, start_node, mode, method, "           \
	"path, query, headers, remote_addr, body, delivery_key, received_ms AS received_at_ms, "   \
	"timeout_ms, workflow_max, limits, read_as, route, blobs, NULL::text AS source"

void
ty_store_call_query(struct ty_arena *arena, const struct ty_call_ask *ask,
		    struct ty_store_query *ret_query)
{
	struct ty_array blobs;

	ty_array_init(&blobs, arena, TY_ARRAY_TEXT, ask->blob_count);
	for (size_t i = 0; i < ask->blob_count; i++)
		ty_array_add_text(&blobs, ask->blobs[i], 64);
	*ret_query = (struct ty_store_query){
		.sql = "SELECT outcome, " RECEIPT_SQL
		       " FROM tyboo.call_workflow($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		.params = { TY_SQL_TEXT(ask->workspace_id.s), TY_SQL_TEXT(ask->caller_id.s),
			    TY_SQL_TEXT(int_text(arena, ask->fence)), TY_SQL_TEXT(ask->key),
			    TY_SQL_TEXT(ask->child_id.s), TY_SQL_TEXT(ask->workflow_id.s),
			    TY_SQL_BYTES(ask->body, ask->body_len), ty_array_param(&blobs),
			    TY_SQL_TEXT(int_text(arena, TY_LIMIT_CALL_DEPTH)) },
		.count = 9,
	};
}

enum ty_code
ty_store_call_decode(struct ty_arena *arena, const struct ty_rows *rows,
		     enum ty_child_outcome *ret_outcome, struct ty_delivery_row **ret_row,
		     struct ty_err *err)
{
	static const char *const names[TY_CHILD__COUNT] = {
		[TY_CHILD_BEGUN] = "begun",	      [TY_CHILD_AGAIN] = "again",
		[TY_CHILD_FENCED] = "fenced",	      [TY_CHILD_DEPTH] = "depth",
		[TY_CHILD_MISSING] = "missing",	      [TY_CHILD_UNPUBLISHED] = "unpublished",
		[TY_CHILD_NO_TRIGGER] = "no_trigger",
	};
	const char *name =
		rows->count == 1 ? ty_rows_text(rows, 0, ty_rows_column(rows, "outcome")) : "";
	size_t outcome = 0, count;
	struct ty_delivery_row *row = NULL;

	while (outcome < TY_CHILD__COUNT && !ty_str_eq(names[outcome], name))
		outcome++;
	if (outcome == TY_CHILD__COUNT)
		return ty_err_set(err, TY_E_INTERNAL, "tyboo.call_workflow answered %.40s",
				  name != NULL ? name : "nothing");
	if (outcome <= TY_CHILD_AGAIN &&
	    ty_store_receipts_decode(arena, rows, &row, &count, err) != TY_OK)
		return err->code;
	*ret_outcome = (enum ty_child_outcome)outcome;
	*ret_row = row;
	return TY_OK;
}

void
ty_store_due_callers_query(struct ty_arena *arena, const struct ty_id *ids, size_t count,
			   struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT run_id, workspace_id, workflow_id, version_id, mode, start_node, "
		       "accepted_ms AS accepted_at_ms, limits, workflow_max "
		       "FROM tyboo.due_callers($1)",
		.params = { id_array(arena, ids, count) },
		.count = 1,
	};
}

void
ty_store_error_receipts_query(struct ty_arena *arena, const struct ty_id *ids, size_t count,
			      struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT " RECEIPT_SQL " FROM tyboo.error_receipts($1)",
		.params = { id_array(arena, ids, count) },
		.count = 1,
	};
}

void
ty_store_run_head_query(const struct ty_id *run_id, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT version_id, mode, received_ms AS accepted_at_ms "
		       "FROM tyboo.receipts_of(ARRAY[$1::uuid])",
		.params = { TY_SQL_TEXT(run_id->s) },
		.count = 1,
	};
}

enum ty_code
ty_store_run_head_decode(struct ty_arena *arena, const struct ty_rows *rows,
			 struct ty_run_head *ret_head, struct ty_err *err)
{
	static const struct ty_column columns[] = {
		TY_COLUMN(ID, struct ty_run_head, version_id),
		TY_COLUMN(COPY, struct ty_run_head, mode),
		TY_COLUMN(INT, struct ty_run_head, accepted_at_ms),
		TY_COLUMN_END,
	};

	return rows->count == 0 ? TY_OK : ty_rows_read_one(rows, columns, arena, 0, ret_head, err);
}

/* ---- cancels ---- */

void
ty_store_due_cancels_query(struct ty_arena *arena, size_t max, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT run_id, workspace_id FROM tyboo.due_cancels($1)",
		.params = { TY_SQL_TEXT(int_text(arena, (int64_t)max)) },
		.count = 1,
	};
}

static const struct ty_column cancel_columns[] = {
	TY_COLUMN(ID, struct ty_due_cancel, run_id),
	TY_COLUMN(ID, struct ty_due_cancel, workspace_id),
	TY_COLUMN_END,
};

enum ty_code
ty_store_due_cancels_decode(struct ty_arena *arena, const struct ty_rows *rows,
			    struct ty_due_cancel **ret_list, size_t *ret_count, struct ty_err *err)
{
	*ret_list = ty_rows_read_all(rows, cancel_columns, arena, sizeof(**ret_list), err);
	*ret_count = rows->count;
	return *ret_list != NULL ? TY_OK : err->code;
}

void
ty_store_cancel_run_query(const struct ty_due_cancel *cancel, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT tyboo.cancel_run($1, $2)",
		.params = { TY_SQL_TEXT(cancel->workspace_id.s), TY_SQL_TEXT(cancel->run_id.s) },
		.count = 2,
	};
}
