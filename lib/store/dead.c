/*
 * dead.c -- dead letters, to SQL and back.
 */
#include "store/dead.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "store/array.h"
#include "store/column.h"
#include "store/query.h"
#include "store/row_json.h"
#include "store/workflow.h"

#include <stdio.h>

/* clang-format breaks SQL around macros into syllables. */
/* clang-format off */
/* $1 workflow, $2 code, $3 node, $4 text, $5 after, $6 before.  The words of the index come first. */
#define DEAD_SQL \
	"e.workspace_id = (SELECT tyboo.current_workspace()) " \
	"AND e.status IN ('error', 'timeout') AND ($1::uuid IS NULL OR e.workflow_id = $1::uuid) " \
	"AND ($2::text IS NULL OR e.error::jsonb ->> 'code' = $2::text) " \
	"AND ($3::text IS NULL OR e.error::jsonb ->> 'node' = $3::text) " \
	"AND ($4::text IS NULL OR position(lower($4::text) IN lower(e.error::jsonb ->> 'message')) > 0) " \
	"AND ($5::timestamptz IS NULL OR e.finished_at >= $5::timestamptz) " \
	"AND ($6::timestamptz IS NULL OR e.finished_at < $6::timestamptz) "

#define LIST_SQL(settled) \
	"SELECT e.id, e.workflow_id, w.name AS workflow_name, v.number AS version, e.mode, e.status, " \
	TY_SQL_TIME("e.accepted_at") " AS accepted_at, " TY_SQL_TIME("e.finished_at") " AS finished_at, " \
	"e.error, e.settled_how, " TY_SQL_TIME("e.settled_at") " AS settled_at, " \
	"(SELECT u.email FROM tyboo.users u WHERE u.id = e.settled_by) AS settled_by, e.replay_run_id " \
	"FROM tyboo.executions e " \
	"LEFT JOIN tyboo.workflows w ON w.workspace_id = e.workspace_id AND w.id = e.workflow_id " \
	"LEFT JOIN tyboo.workflow_versions v ON v.workspace_id = e.workspace_id AND v.id = e.version_id " \
	"WHERE " DEAD_SQL "AND " settled " AND ($7::uuid IS NULL OR e.id < $7::uuid) " \
	"ORDER BY e.id DESC LIMIT $8::bigint + 1"

/* Two statements, because each has its own index. */
static const char list_open_sql[] = LIST_SQL("e.settled_at IS NULL AND $9::text IS NULL AND e.mode = ANY ($10::text[])");
static const char list_settled_sql[] = LIST_SQL("e.settled_at IS NOT NULL AND e.settled_how = $9::text AND e.mode = ANY ($10::text[])");

static const char ids_sql[] =
	"SELECT e.id, count(*) OVER () AS found FROM tyboo.executions e "
	"WHERE " DEAD_SQL "AND e.settled_at IS NULL AND e.mode = ANY ($9::text[]) AND ($8::uuid[] IS NULL OR e.id = ANY ($8::uuid[])) "
	"ORDER BY e.id LIMIT $7::bigint";
/* clang-format on */

static const struct ty_row_json_column dead_json[] = {
	{ "version", TY_ROW_INT },
	{ "error", TY_ROW_JSON },
	{ NULL, TY_ROW_TEXT },
};

/* A run that repeats its own version is somebody's who looks at it: by hand, or a try. */
static const char *
watched_modes(struct ty_arena *arena)
{
	const char *text = "";

	for (const struct ty_run_mode *mode = ty_run_modes; mode->name != NULL; mode++)
		if (mode->version != TY_RUN_VERSION_SAME)
			text = ty_arena_printf(arena, "%s%s%s", text, text[0] != '\0' ? "," : "",
					       mode->name);
	return ty_arena_printf(arena, "{%s}", text);
}

#define FILTER_PARAMS(filter)                                                                      \
	TY_SQL_TEXT((filter)->workflow_id), TY_SQL_TEXT((filter)->code),                           \
		TY_SQL_TEXT((filter)->node), TY_SQL_TEXT((filter)->text),                          \
		TY_SQL_TEXT((filter)->after), TY_SQL_TEXT((filter)->before)

enum ty_code
ty_store_dead_list(struct ty_tx *tx, const struct ty_store_dead_filter *filter, json_t **ret_items,
		   const char **ret_next, struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = {
		FILTER_PARAMS(filter),
		TY_SQL_TEXT(filter->cursor),
		TY_SQL_TEXT(limit),
		TY_SQL_TEXT(filter->state),
		TY_SQL_TEXT(watched_modes(ty_tx_arena(tx))),
	};
	struct ty_rows rows;

	snprintf(limit, sizeof(limit), "%lld", (long long)filter->limit);
	if (ty_tx_query(tx, filter->state == NULL ? list_open_sql : list_settled_sql, params,
			TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, filter->limit, dead_json, ret_items, ret_next);
	return TY_OK;
}

struct id_row {
	struct ty_id id;
	int64_t found;
};

static const struct ty_column id_columns[] = {
	TY_COLUMN(ID, struct id_row, id),
	TY_COLUMN(INT, struct id_row, found),
	TY_COLUMN_END,
};

enum ty_code
ty_store_dead_ids(struct ty_tx *tx, const struct ty_store_dead_filter *filter,
		  struct ty_id **ret_ids, size_t *ret_count, int64_t *ret_more, struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = { FILTER_PARAMS(filter), TY_SQL_TEXT(limit),
					       TY_SQL_TEXT(filter->ids),
					       TY_SQL_TEXT(watched_modes(ty_tx_arena(tx))) };
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_column_map map;
	struct id_row row = { .found = 0 };
	struct ty_rows rows;
	struct ty_id *ids;

	snprintf(limit, sizeof(limit), "%lld", (long long)filter->limit);
	if (ty_tx_query(tx, ids_sql, params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK ||
	    ty_rows_map(&rows, id_columns, &map, err) != TY_OK)
		return err->code;
	ids = ty_arena_alloc_array(arena, rows.count + 1, sizeof(*ids));
	for (size_t r = 0; r < rows.count; r++) {
		ty_rows_read(&rows, &map, arena, r, &row);
		ids[r] = row.id;
	}
	*ret_ids = ids;
	*ret_count = rows.count;
	*ret_more = row.found - (int64_t)rows.count;
	return TY_OK;
}

enum ty_code
ty_store_dead_settle(struct ty_tx *tx, const struct ty_id *ids, const struct ty_id *replays,
		     size_t count, const struct ty_id *user_id, size_t *ret_count,
		     struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_array settled, runs;
	struct ty_store_query query;
	struct ty_rows rows;

	ty_array_init(&settled, arena, TY_ARRAY_UUID, count);
	ty_array_init(&runs, arena, TY_ARRAY_UUID, count);
	for (size_t i = 0; i < count; i++) {
		ty_array_add_id(&settled, &ids[i]);
		if (replays != NULL)
			ty_array_add_id(&runs, &replays[i]);
		else
			ty_array_add_null(&runs);
	}
	query = (struct ty_store_query){
		.sql = "SELECT tyboo.settle_runs(tyboo.current_workspace(), $1, $2, $3)",
		.params = { ty_array_param(&settled), ty_array_param(&runs),
			    ty_id_is_set(user_id) ? TY_SQL_TEXT(user_id->s) : TY_SQL_NULL },
		.count = 3,
	};
	if (ty_tx_run(tx, &query, &rows, err) != TY_OK)
		return err->code;
	*ret_count = rows.count;
	return TY_OK;
}

enum ty_code
ty_store_dead_key(struct ty_tx *tx, const char *key, const struct ty_id *run_id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(key), TY_SQL_TEXT(run_id->s) };

	return ty_tx_exec(tx, "SELECT tyboo.add_delivery_key(tyboo.current_workspace(), $1, $2)",
			  params, 2, err);
}

enum ty_code
ty_store_dead_buried(struct ty_tx *tx, const struct ty_id *ids, size_t count,
		     struct ty_id **ret_ids, size_t *ret_count, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_store_query query;
	struct ty_array asked;
	struct ty_rows rows;

	ty_array_init(&asked, arena, TY_ARRAY_UUID, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_id(&asked, &ids[i]);
	query = (struct ty_store_query){
		.sql = "SELECT e.id FROM tyboo.executions e WHERE e.id = ANY ($1::uuid[]) "
		       "AND e.error::jsonb ->> 'code' IN ('poison', 'dead_letter')",
		.params = { ty_array_param(&asked) },
		.count = 1,
	};
	if (ty_tx_run(tx, &query, &rows, err) != TY_OK)
		return err->code;
	*ret_ids = ty_arena_alloc_array(arena, rows.count + 1, sizeof(**ret_ids));
	*ret_count = rows.count;
	for (size_t r = 0; r < rows.count; r++)
		(*ret_ids)[r] = ty_rows_id(&rows, r, 0);
	return TY_OK;
}
