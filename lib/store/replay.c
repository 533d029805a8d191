/*
 * replay.c -- see replay.h.
 */
#include "store/replay.h"

#include "base/err.h"
#include "base/run_mode.h"
#include "store/query.h"
#include "store/row_json.h"

static const struct ty_row_json_column replayed_json[] = {
	{ "error", TY_ROW_JSON },
	{ "accepted_at_ms", TY_ROW_INT },
	{ "finished_at_ms", TY_ROW_INT },
	{ "source", TY_ROW_JSON },
	{ NULL, TY_ROW_TEXT },
};

static const struct ty_row_json_column replay_json[] = {
	{ "error", TY_ROW_JSON },
	{ "version", TY_ROW_INT },
	{ "source_version", TY_ROW_INT },
	{ "step_count", TY_ROW_INT },
	{ "source_step_count", TY_ROW_INT },
	{ NULL, TY_ROW_TEXT },
};

static const struct ty_row_json_column list_json[] = {
	{ "error", TY_ROW_JSON },
	{ "version", TY_ROW_INT },
	{ "equal", TY_ROW_BOOL },
	{ NULL, TY_ROW_TEXT },
};

/* clang-format off */
static const char replayed_sql[] =
	"SELECT e.status, e.mode, e.version_id, e.digest, e.error, "
	"(extract(epoch FROM d.received_at) * 1000)::bigint AS accepted_at_ms, "
	"(extract(epoch FROM e.finished_at) * 1000)::bigint AS finished_at_ms, "
	"d.start_node, d.read_as, d.route, d.source "
	"FROM tyboo.executions e JOIN tyboo.deliveries d ON d.id = e.id WHERE e.id = $1";

static const char list_sql[] =
	"SELECT e.id AS execution_id, e.mode, v.number AS version, e.status, "
	TY_SQL_TIME("e.accepted_at") " AS accepted_at, " TY_SQL_TIME("e.finished_at")
	" AS finished_at, coalesce(e.digest = s.digest, false) AS equal, e.error "
	"FROM tyboo.executions e LEFT JOIN tyboo.executions s ON s.id = e.source_run_id "
	"LEFT JOIN tyboo.workflow_versions v ON v.workspace_id = e.workspace_id AND v.id = e.version_id "
	"WHERE e.source_run_id = $1 AND e.mode IN ($2, $3) ORDER BY e.id DESC LIMIT 50";

static const char replay_sql[] =
	"SELECT d.id AS execution_id, s.id AS source_execution_id, d.mode, v.number AS version, "
	"o.number AS source_version, coalesce(e.status, 'queued') AS status, "
	"s.status AS source_status, e.digest, s.digest AS source_digest, e.error, e.step_count, "
	"s.step_count AS source_step_count FROM tyboo.deliveries d "
	"LEFT JOIN tyboo.executions e ON e.id = d.id "
	"LEFT JOIN tyboo.executions s ON s.id = (d.source::json ->> 'run_id')::uuid "
	"LEFT JOIN tyboo.workflow_versions v ON v.workspace_id = d.workspace_id AND v.id = d.version_id "
	"LEFT JOIN tyboo.workflow_versions o ON o.workspace_id = s.workspace_id AND o.id = s.version_id "
	"WHERE d.id = $1 AND d.mode IN ($2, $3)";
/* clang-format on */

/* $1 the run, $2 and $3 the modes of replays. */
#define REPLAY_PARAMS(id)                                                                          \
	TY_SQL_TEXT((id)->s), TY_SQL_TEXT(ty_run_mode_name(TY_RUN_MODE_PROOF)),                    \
		TY_SQL_TEXT(ty_run_mode_name(TY_RUN_MODE_WHAT_IF))

static enum ty_code
one(struct ty_tx *tx, const char *sql, const struct ty_sql_param *params, size_t count,
    const struct ty_row_json_column *columns, const json_t **ret_row, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx, sql, params, count, &rows, err) != TY_OK)
		return err->code;
	*ret_row = rows.count > 0 ? ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, columns))
				  : NULL;
	return TY_OK;
}

enum ty_code
ty_store_replayed_get(struct ty_tx *tx, const struct ty_id *run_id, const json_t **ret_run,
		      struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(run_id->s) };

	return one(tx, replayed_sql, params, TY_ARRAY_COUNT(params), replayed_json, ret_run, err);
}

enum ty_code
ty_store_replay_get(struct ty_tx *tx, const struct ty_id *id, const json_t **ret_replay,
		    struct ty_err *err)
{
	const struct ty_sql_param params[] = { REPLAY_PARAMS(id) };

	return one(tx, replay_sql, params, TY_ARRAY_COUNT(params), replay_json, ret_replay, err);
}

enum ty_code
ty_store_replay_list(struct ty_tx *tx, const struct ty_id *run_id, json_t **ret_items,
		     struct ty_err *err)
{
	const struct ty_sql_param params[] = { REPLAY_PARAMS(run_id) };
	struct ty_rows rows;

	if (ty_tx_query(tx, list_sql, params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_items = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, rows.count, list_json));
	return TY_OK;
}
