/*
 * answer.c -- see answer.h.
 */
#include "store/answer.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/array.h"
#include "store/column.h"

void
ty_store_answers_query(struct ty_arena *arena, struct ty_pack *pack,
		       const struct ty_effect *answers, size_t count,
		       struct ty_store_query *ret_query)
{
	struct ty_array runs, workspaces, fences, times, statuses, stored;

	ty_array_init(&runs, arena, TY_ARRAY_UUID, count);
	ty_array_init(&workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&fences, arena, TY_ARRAY_INT8, count);
	ty_array_init(&times, arena, TY_ARRAY_TIMESTAMPTZ, count);
	ty_array_init(&statuses, arena, TY_ARRAY_INT4, count);
	ty_array_init(&stored, arena, TY_ARRAY_BYTEA, count);
	for (size_t i = 0; i < count; i++) {
		const struct ty_effect *a = &answers[i];
		size_t len;
		const char *text = ty_json_dump(arena, a->answer, &len);
		void *packed = ty_pack_bytes(pack, arena, text, len, &len);

		ty_array_add_id(&runs, &a->run_id);
		ty_array_add_id(&workspaces, &a->workspace_id);
		ty_array_add_int(&fences, a->fence);
		ty_array_add_time(&times, a->at_ms);
		ty_array_add_int(&statuses, ty_json_int(a->answer, "status", 200));
		ty_array_add_bytes(&stored, packed, len);
	}
	*ret_query = (struct ty_store_query){
		.sql = "SELECT ok FROM tyboo.answer_runs($1, $2, $3, $4, $5, $6)",
		.params = { ty_array_param(&runs), ty_array_param(&workspaces),
			    ty_array_param(&fences), ty_array_param(&times),
			    ty_array_param(&statuses), ty_array_param(&stored) },
		.count = 6,
	};
}

enum ty_code
ty_store_answer_load(struct ty_tx *tx, const struct ty_id *run_id, json_t **ret_answer,
		     struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(run_id->s) };
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_rows rows;
	size_t len;
	char *text;
	void *stored;

	if (ty_tx_query(tx, "SELECT answer FROM tyboo.answers WHERE run_id = $1::uuid", params, 1,
			&rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0) {
		*ret_answer = NULL;
		return TY_OK;
	}
	stored = ty_rows_bytes(&rows, arena, 0, 0, &len);
	if (ty_unpack(arena, stored, len, &text, &len, err) != TY_OK ||
	    ty_json_parse_stored(arena, text, len, ret_answer, err) != TY_OK)
		return ty_err_set(err, TY_E_MALFORMED, "a stored answer is damaged");
	return TY_OK;
}

static const struct ty_column told_columns[] = {
	TY_COLUMN(ID, struct ty_told_run, run_id),
	TY_COLUMN(BOOL, struct ty_told_run, is_over),
	TY_COLUMN_END,
};

void
ty_store_told_query(struct ty_arena *arena, const struct ty_id *run_ids, size_t count,
		    struct ty_store_query *ret_query)
{
	struct ty_array runs;

	ty_array_init(&runs, arena, TY_ARRAY_UUID, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_id(&runs, &run_ids[i]);
	*ret_query = (struct ty_store_query){
		.sql = "SELECT run_id, is_over FROM tyboo.told_runs($1)",
		.params = { ty_array_param(&runs) },
		.count = 1,
	};
}

enum ty_code
ty_store_told_decode(struct ty_arena *arena, const struct ty_rows *rows,
		     struct ty_told_run **ret_runs, size_t *ret_count, struct ty_err *err)
{
	struct ty_told_run *runs = ty_rows_read_all(rows, told_columns, arena, sizeof(*runs), err);

	if (runs == NULL)
		return err->code;
	*ret_runs = runs;
	*ret_count = rows->count;
	return TY_OK;
}
