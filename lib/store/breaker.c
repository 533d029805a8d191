/*
 * breaker.c -- see breaker.h.
 */
#include "store/breaker.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "store/array.h"
#include "store/column.h"
#include "store/pack.h"
#include "store/row_json.h"

#include <stdio.h>

#define NEWS_MAX      4096 /* bytes of one */
#define DROP_ROWS_MAX "10000"

void
ty_store_breakers_record_query(struct ty_arena *arena, const char *const *news, size_t count,
			       struct ty_store_query *ret_query)
{
	struct ty_array list;

	ty_array_init(&list, arena, TY_ARRAY_TEXT, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_text(&list, news[i], NEWS_MAX);
	*ret_query = (struct ty_store_query){ .sql = "SELECT tyboo.record_breakers($1)",
					      .params = { ty_array_param(&list) },
					      .count = 1 };
}

enum ty_code
ty_store_breakers_drop(struct ty_tx *tx, int64_t before_ms, int64_t *ret_count, struct ty_err *err)
{
	char before[TY_TIME_TEXT_SIZE];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(before) };
	struct ty_rows rows;

	ty_time_format(before_ms, before);
	if (ty_tx_query(tx, "SELECT tyboo.drop_breaker_events($1::timestamptz, " DROP_ROWS_MAX ")",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_count = ty_rows_int(&rows, 0, 0);
	return TY_OK;
}

/* clang-format off */
static const char history_sql[] =
	"SELECT id, CASE WHEN workspace_id IS NULL THEN 'operator' ELSE 'workspace' END AS scope, "
	"node_type, host, state_from, state, failures, why, by_whom, "
	TY_SQL_TIME("probe_at") " AS probe_at, " TY_SQL_TIME("at") " AS at "
	"FROM tyboo.breaker_events b "
	"WHERE $1 = '' OR (b.at, b.id) < (SELECT c.at, c.id FROM tyboo.breaker_events c "
	"WHERE c.id = nullif($1, '')::uuid) "
	"ORDER BY b.at DESC, b.id DESC LIMIT $2";
/* clang-format on */

static const struct ty_row_json_column history_json[] = {
	{ "failures", TY_ROW_INT },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_breaker_history(struct ty_tx *tx, const char *cursor, int64_t limit, json_t **ret_items,
			 const char **ret_next, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(cursor != NULL ? cursor : ""),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)limit + 1)),
	};
	struct ty_rows rows;

	if (ty_tx_query(tx, history_sql, params, 2, &rows, err) != TY_OK)
		return err->code;
	*ret_items = ty_json_own(arena, ty_rows_json(&rows, (size_t)limit, history_json));
	*ret_next = rows.count > (size_t)limit ? ty_rows_text(&rows, (size_t)limit - 1, 0) : NULL;
	return TY_OK;
}

static const struct ty_row_json_column waits_json[] = {
	{ "runs", TY_ROW_INT },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_breaker_waits(struct ty_tx *tx, const struct ty_id *workspace_id, json_t **ret_items,
		       struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT what, workflow_id, workflow_name, runs, " TY_SQL_TIME(
				"until") " AS until FROM tyboo.breaker_waits($1)",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_items = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, rows.count, waits_json));
	return TY_OK;
}

/* ---- by hand ---- */

enum ty_code
ty_store_breaker_keep_open(struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
			   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(hold->workspace),
					       TY_SQL_TEXT(hold->what), TY_SQL_TEXT(hold->why),
					       TY_SQL_TEXT(hold->by) };
	struct ty_rows rows;

	return ty_tx_query(tx, "SELECT tyboo.hold_breaker($1, $2, $3, $4)", params, 4, &rows, err);
}

enum ty_code
ty_store_breaker_release(struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
			 struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(hold->workspace),
					       TY_SQL_TEXT(hold->what) };
	struct ty_rows rows;

	return ty_tx_query(tx, "SELECT tyboo.release_breaker($1, $2)", params, 2, &rows, err);
}

enum ty_code
ty_store_breaker_lock(struct ty_tx *tx, const struct ty_store_breaker_hold *hold, bool *ret_held,
		      struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(hold->workspace),
					       TY_SQL_TEXT(hold->what) };
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.lock_breaker_hold($1, $2)", params, 2, &rows, err) !=
	    TY_OK)
		return err->code;
	*ret_held = ty_str_eq(ty_rows_text(&rows, 0, 0), "t");
	return TY_OK;
}

static const struct ty_column hold_columns[] = {
	TY_COLUMN(COPY, struct ty_store_breaker_hold, workspace),
	TY_COLUMN(COPY, struct ty_store_breaker_hold, what),
	TY_COLUMN(COPY, struct ty_store_breaker_hold, why),
	TY_COLUMN(COPY, struct ty_store_breaker_hold, by),
	TY_COLUMN_END,
};

enum ty_code
ty_store_breaker_holds(struct ty_tx *tx, struct ty_store_breaker_hold **ret_holds,
		       size_t *ret_count, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT workspace, what, why, by_whom AS by FROM tyboo.all_breaker_holds()",
			NULL, 0, &rows, err) != TY_OK)
		return err->code;
	*ret_holds =
		ty_rows_read_all(&rows, hold_columns, ty_tx_arena(tx), sizeof(**ret_holds), err);
	*ret_count = rows.count;
	return *ret_holds != NULL ? TY_OK : err->code;
}

/* Journal answer of a run whose breaker was closed. */
static const void *
closed_pack(struct ty_arena *arena, const char *by, size_t *ret_len)
{
	json_t *answer = ty_json_own(arena, json_pack("{s:{s:s}}", "value", "closed_by", by));
	struct ty_pack *pack = ty_pack_new();
	size_t len;
	const char *text = ty_json_dump(arena, answer, &len);
	const void *packed = ty_pack_bytes(pack, arena, text, len, ret_len);

	ty_pack_free(pack);
	return packed;
}

void
ty_store_breaker_wake_query(struct ty_arena *arena, const struct ty_store_breaker_hold *hold,
			    struct ty_store_query *ret_query)
{
	size_t len;
	const void *packed = closed_pack(arena, hold->by, &len);

	*ret_query = (struct ty_store_query){
		.sql = "SELECT tyboo.end_breaker_waits($1, $2, $3)",
		.params = { TY_SQL_TEXT(hold->workspace), TY_SQL_TEXT(hold->what),
			    TY_SQL_BYTES(packed, len) },
		.count = 3,
	};
}

enum ty_code
ty_store_breaker_wake(struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
		      int64_t *ret_count, struct ty_err *err)
{
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_breaker_wake_query(ty_tx_arena(tx), hold, &query);
	if (ty_tx_run(tx, &query, &rows, err) != TY_OK)
		return err->code;
	*ret_count = ty_rows_int(&rows, 0, 0);
	return TY_OK;
}
