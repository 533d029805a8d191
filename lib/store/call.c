/*
 * call.c -- see call.h.
 */
#include "store/call.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/array.h"
#include "store/column.h"

/* Characters of a call's key (effects_key_length) and of a file's hash. */
#define KEY_MAX	 300
#define HASH_MAX 64

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
	"timeout_ms, workflow_max, limits, read_as, route, blobs, NULL::text AS source, "          \
	"NULL::text AS jwt"

void
ty_store_calls_query(struct ty_arena *arena, const struct ty_call_ask *const *asks, size_t count,
		     struct ty_store_query *ret_query)
{
	struct ty_array workspaces, callers, fences, keys, children, workflows, bodies, owners,
		hashes;
	size_t blob_count = 0;

	for (size_t i = 0; i < count; i++)
		blob_count += asks[i]->blob_count;
	ty_array_init(&workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&callers, arena, TY_ARRAY_UUID, count);
	ty_array_init(&fences, arena, TY_ARRAY_INT8, count);
	ty_array_init(&keys, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&children, arena, TY_ARRAY_UUID, count);
	ty_array_init(&workflows, arena, TY_ARRAY_UUID, count);
	ty_array_init(&bodies, arena, TY_ARRAY_BYTEA, count);
	ty_array_init(&owners, arena, TY_ARRAY_UUID, blob_count);
	ty_array_init(&hashes, arena, TY_ARRAY_TEXT, blob_count);
	for (size_t i = 0; i < count; i++) {
		const struct ty_call_ask *ask = asks[i];

		ty_array_add_id(&workspaces, &ask->workspace_id);
		ty_array_add_id(&callers, &ask->caller_id);
		ty_array_add_int(&fences, ask->fence);
		ty_array_add_text(&keys, ask->key, KEY_MAX);
		ty_array_add_id(&children, &ask->child_id);
		ty_array_add_id(&workflows, &ask->workflow_id);
		ty_array_add_bytes(&bodies, ask->body, ask->body_len);
		for (size_t k = 0; k < ask->blob_count; k++) {
			ty_array_add_id(&owners, &ask->child_id);
			ty_array_add_text(&hashes, ask->blobs[k], HASH_MAX);
		}
	}
	*ret_query = (struct ty_store_query){
		.sql = "SELECT outcome, " RECEIPT_SQL
		       " FROM tyboo.call_workflows($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		.params = { ty_array_param(&workspaces), ty_array_param(&callers),
			    ty_array_param(&fences), ty_array_param(&keys),
			    ty_array_param(&children), ty_array_param(&workflows),
			    ty_array_param(&bodies), ty_array_param(&owners),
			    ty_array_param(&hashes),
			    TY_SQL_TEXT(int_text(arena, TY_LIMIT_CALL_DEPTH)) },
		.count = 10,
	};
}

static enum ty_code
outcome_find(const char *name, enum ty_child_outcome *ret_outcome, struct ty_err *err)
{
	static const char *const names[TY_CHILD__COUNT] = {
		[TY_CHILD_BEGUN] = "begun",	      [TY_CHILD_AGAIN] = "again",
		[TY_CHILD_FENCED] = "fenced",	      [TY_CHILD_DEPTH] = "depth",
		[TY_CHILD_MISSING] = "missing",	      [TY_CHILD_UNPUBLISHED] = "unpublished",
		[TY_CHILD_NO_TRIGGER] = "no_trigger",
	};
	size_t outcome = 0;

	while (outcome < TY_CHILD__COUNT && !ty_str_eq(names[outcome], name))
		outcome++;
	if (outcome == TY_CHILD__COUNT)
		return ty_err_set(err, TY_E_INTERNAL, "tyboo.call_workflows answered %.40s",
				  name != NULL ? name : "nothing");
	*ret_outcome = (enum ty_child_outcome)outcome;
	return TY_OK;
}

enum ty_code
ty_store_calls_decode(struct ty_arena *arena, const struct ty_rows *rows, size_t count,
		      struct ty_call_answer **ret_answers, struct ty_err *err)
{
	struct ty_call_answer *answers = ty_arena_alloc_array(arena, count + 1, sizeof(*answers));
	size_t column = ty_rows_column(rows, "outcome"), receipt_count;
	struct ty_delivery_row *receipts;

	if (rows->count != count)
		return ty_err_set(err, TY_E_INTERNAL,
				  "tyboo.call_workflows answered %zu rows to %zu calls",
				  rows->count, count);
	if (ty_store_receipts_decode(arena, rows, &receipts, &receipt_count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct ty_call_answer *answer = &answers[i];

		if (outcome_find(ty_rows_text(rows, i, column), &answer->outcome, err) != TY_OK)
			return err->code;
		if (answer->outcome <= TY_CHILD_AGAIN && ty_id_is_set(&receipts[i].id))
			answer->receipt = &receipts[i];
	}
	*ret_answers = answers;
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
