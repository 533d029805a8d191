/*
 * execution_list.c -- runs as the API shows them.
 */
#include "store/execution_list.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "param/secret.h"
#include "store/answer.h"
#include "store/column.h"
#include "store/family.h"
#include "store/pack.h"
#include "store/record_room.h"
#include "store/row_json.h"
#include "store/step_list.h"
#include "store/workflow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Queued runs are looked for among so many receipts at most: a list stays a page, not a scan. */
#define QUEUED_SCAN_SQL "10000"

/* clang-format breaks SQL around macros into syllables. */
/* clang-format off */
/* SQL of the waits of a run that is put down, the first to end before the others; null of any other run. */
#define WAITS_SQL(run) \
	"CASE WHEN " run ".status = 'waiting' THEN (SELECT json_agg(json_build_object('kind', q.kind, " \
	"'node', q.node, 'frame', nullif(q.frame, ''), 'until', " \
	"CASE WHEN q.at < '10000-01-01' THEN " TY_SQL_TIME("q.at") " END) ORDER BY q.at, q.key) " \
	"FROM tyboo.waits q WHERE q.run_id = " run ".id AND q.ended_at IS NULL) END AS waits"
/*
 * $1 workflow, $2 status, $3 mode, $4 after, $5 before, $6 cursor, $7 limit, $8 parent.  Receipts are
 * searched only down to the last recorded run of the page, so that the search is as long as
 * the page is.
 */
static const char list_sql[] =
	"WITH recorded AS MATERIALIZED ("
	"SELECT e.id, e.workflow_id, e.version_id, e.mode, e.status, e.accepted_at, e.started_at, "
	"e.finished_at, e.step_count, e.item_count, e.error FROM tyboo.executions e "
	"WHERE e.workspace_id = (SELECT tyboo.current_workspace()) "
	"AND ($1::uuid IS NULL OR e.workflow_id = $1::uuid) "
	"AND ($2::text IS NULL OR e.status = $2::text) AND ($3::text IS NULL OR e.mode = $3::text) "
	"AND ($4::timestamptz IS NULL OR e.accepted_at >= $4::timestamptz) "
	"AND ($5::timestamptz IS NULL OR e.accepted_at < $5::timestamptz) "
	"AND ($8::uuid IS NULL OR e.parent_run_id = $8::uuid) "
	"AND ($6::uuid IS NULL OR e.id < $6::uuid) ORDER BY e.id DESC LIMIT $7::bigint + 1), "
	"low AS (SELECT CASE WHEN count(*) > $7::bigint THEN "
	"(SELECT id FROM recorded ORDER BY id LIMIT 1) END AS id FROM recorded), "
	"queued AS (SELECT * FROM (SELECT d.id, d.workflow_id, d.version_id, d.mode, d.received_at "
	"FROM tyboo.deliveries d WHERE ($2::text IS NULL OR $2::text = 'queued') "
	"AND d.workspace_id = (SELECT tyboo.current_workspace()) "
	"AND d.verdict = 'accepted' AND d.workflow_id IS NOT NULL "
	"AND ($1::uuid IS NULL OR d.workflow_id = $1::uuid) AND ($3::text IS NULL OR d.mode = $3::text) "
	"AND ($4::timestamptz IS NULL OR d.received_at >= $4::timestamptz) "
	"AND ($5::timestamptz IS NULL OR d.received_at < $5::timestamptz) "
	"AND ($8::uuid IS NULL OR d.parent_run_id = $8::uuid) "
	"AND ($6::uuid IS NULL OR d.id < $6::uuid) "
	"AND d.id > coalesce((SELECT id FROM low), '00000000-0000-0000-0000-000000000000'::uuid) "
	"ORDER BY d.id DESC LIMIT " QUEUED_SCAN_SQL ") r "
	"WHERE NOT EXISTS (SELECT FROM tyboo.executions x WHERE x.id = r.id) "
	"ORDER BY r.id DESC LIMIT $7::bigint + 1) "
	"SELECT a.id, a.workflow_id, w.name AS workflow_name, v.number AS version, a.mode, "
	"a.status, " TY_SQL_TIME("a.accepted_at") " AS accepted_at, "
	TY_SQL_TIME("a.started_at") " AS started_at, " TY_SQL_TIME("a.finished_at") " AS finished_at, "
	"(extract(epoch FROM a.finished_at - a.started_at) * 1000)::bigint AS duration_ms, "
	"a.step_count, a.item_count, a.error, " WAITS_SQL("a") " "
	"FROM (SELECT * FROM recorded UNION ALL "
	"SELECT id, workflow_id, version_id, mode, 'queued', received_at, NULL, NULL, 0, 0, NULL "
	"FROM queued) a "
	"LEFT JOIN tyboo.workflows w "
	"ON w.workspace_id = (SELECT tyboo.current_workspace()) AND w.id = a.workflow_id "
	"LEFT JOIN tyboo.workflow_versions v "
	"ON v.workspace_id = (SELECT tyboo.current_workspace()) AND v.id = a.version_id "
	"ORDER BY a.id DESC LIMIT $7::bigint + 1";
/* clang-format on */

#define SUMMARY_JSON                                                                               \
	{ "version", TY_ROW_INT }, { "duration_ms", TY_ROW_INT }, { "step_count", TY_ROW_INT },    \
		{ "item_count", TY_ROW_INT }, { "error", TY_ROW_JSON },                            \
	{                                                                                          \
		"waits", TY_ROW_JSON                                                               \
	}

static const struct ty_row_json_column summary_json[] = { SUMMARY_JSON, { NULL, TY_ROW_TEXT } };

enum ty_code
ty_store_execution_list(struct ty_tx *tx, const struct ty_store_execution_filter *filter,
			json_t **ret_items, const char **ret_next, struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(filter->workflow_id),
		TY_SQL_TEXT(filter->status),
		TY_SQL_TEXT(filter->mode),
		TY_SQL_TEXT(filter->after),
		TY_SQL_TEXT(filter->before),
		TY_SQL_TEXT(filter->cursor),
		TY_SQL_TEXT(limit),
		TY_SQL_TEXT(filter->parent_id),
	};
	struct ty_rows rows;

	snprintf(limit, sizeof(limit), "%lld", (long long)filter->limit);
	if (ty_tx_query(tx, list_sql, params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, filter->limit, summary_json, ret_items, ret_next);
	return TY_OK;
}

/* ---- one run ---- */

/* NULL where it is damaged: the caller knows what it was. */
static char *
unpacked(struct ty_arena *arena, const uint8_t *data, size_t len, size_t *ret_len)
{
	struct ty_err err = { TY_OK };
	char *text;

	return ty_unpack(arena, data, len, &text, ret_len, &err) == TY_OK ? text : NULL;
}

/* Unpack without a depth limit, because none applied when we wrote these bytes; NULL where it is damaged. */
static enum ty_code
unpacked_json(struct ty_arena *arena, const uint8_t *data, size_t len, json_t **ret_json,
	      struct ty_err *err)
{
	size_t text_len = 0;
	char *text = data != NULL ? unpacked(arena, data, len, &text_len) : NULL;
	json_t *json = NULL;

	*ret_json = NULL;
	if (text != NULL && record_room_take(arena, text_len, err) != TY_OK)
		return err->code;
	if (text != NULL)
		json = ty_json_load_stored(text, text_len);
	if (json != NULL)
		*ret_json = ty_json_own(arena, json);
	return TY_OK;
}

static enum ty_code
steps_load(struct ty_tx *tx, const struct ty_id *id, int64_t from, json_t *execution,
	   struct ty_err *err)
{
	const struct ty_store_step_filter filter = { .cursor = from, .limit = TY_STORE_STEPS_MAX };
	json_t *steps;
	int64_t next;

	if (ty_store_step_list(tx, id, &filter, &steps, &next, err) != TY_OK)
		return err->code;
	json_object_set(execution, "steps", steps);
	json_object_set_new(execution, "steps_next",
			    next < 0 ? json_null() : json_sprintf("%lld", (long long)next));
	return TY_OK;
}

/* clang-format breaks SQL around macros into syllables. */
/* clang-format off */
#define DELIVERY_SQL \
	"(SELECT json_build_object('id', d.id, " \
	"'received_at', " TY_SQL_TIME("d.received_at") ", 'method', d.method, 'path', d.path, " \
	"'verdict', d.verdict, 'remote_addr', d.remote_addr) " \
	"FROM tyboo.deliveries d WHERE d.id = $1::uuid) AS delivery"

static const char recorded_sql[] =
	"SELECT e.id, e.workflow_id, w.name AS workflow_name, v.number AS version, e.mode, "
	"e.status, " TY_SQL_TIME("e.accepted_at") " AS accepted_at, "
	TY_SQL_TIME("e.started_at") " AS started_at, " TY_SQL_TIME("e.finished_at") " AS finished_at, "
	"(extract(epoch FROM e.finished_at - e.started_at) * 1000)::bigint AS duration_ms, "
	"e.step_count, e.item_count, e.error, " WAITS_SQL("e") ", e.digest, e.worker, e.deliveries AS attempts, "
	"tyboo.crashes_of(e.id) AS crashes, " TY_STORE_ANSWERED_SQL("e.id") ", " DELIVERY_SQL " "
	"FROM tyboo.executions e "
	"LEFT JOIN tyboo.workflows w ON w.workspace_id = e.workspace_id AND w.id = e.workflow_id "
	"LEFT JOIN tyboo.workflow_versions v "
	"ON v.workspace_id = e.workspace_id AND v.id = e.version_id "
	"WHERE e.id = $1::uuid";

static const char queued_sql[] =
	"SELECT d.id, d.workflow_id, w.name AS workflow_name, v.number AS version, d.mode, "
	"'queued'::text AS status, " TY_SQL_TIME("d.received_at") " AS accepted_at, "
	"NULL::text AS started_at, NULL::text AS finished_at, NULL::bigint AS duration_ms, "
	"0 AS step_count, 0 AS item_count, NULL::text AS error, NULL::text AS waits, "
	"NULL::text AS digest, "
	"''::text AS worker, 0 AS attempts, tyboo.crashes_of(d.id) AS crashes, "
	TY_STORE_ANSWERED_SQL("d.id") ", " DELIVERY_SQL " "
	"FROM tyboo.deliveries d "
	"LEFT JOIN tyboo.workflows w ON w.workspace_id = d.workspace_id AND w.id = d.workflow_id "
	"LEFT JOIN tyboo.workflow_versions v "
	"ON v.workspace_id = d.workspace_id AND v.id = d.version_id "
	"WHERE d.id = $1::uuid AND d.verdict = 'accepted'";
/* clang-format on */

static const struct ty_row_json_column execution_json[] = {
	SUMMARY_JSON,
	{ "attempts", TY_ROW_INT },
	{ "crashes", TY_ROW_JSON },
	{ "answer", TY_ROW_JSON },
	{ "delivery", TY_ROW_JSON },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_execution_get_from(struct ty_tx *tx, const struct ty_id *id, int64_t from,
			    json_t **ret_execution, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx, recorded_sql, params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0 && ty_tx_query(tx, queued_sql, params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such run here");
	*ret_execution = ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, execution_json));
	if (ty_store_family_add(tx, id, *ret_execution, err) != TY_OK)
		return err->code;
	return steps_load(tx, id, from, *ret_execution, err);
}

enum ty_code
ty_store_execution_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_execution,
		       struct ty_err *err)
{
	return ty_store_execution_get_from(tx, id, 0, ret_execution, err);
}

enum ty_code
ty_store_execution_status(struct ty_tx *tx, const struct ty_id *id, const char **ret_status,
			  struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	if (ty_tx_query(
		    tx,
		    "SELECT status FROM tyboo.executions WHERE id = $1 UNION ALL "
		    "SELECT 'queued' FROM tyboo.deliveries WHERE id = $1 AND verdict = 'accepted'",
		    params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_status = rows.count > 0 ? ty_rows_text(&rows, 0, 0) : NULL;
	return TY_OK;
}

struct brief {
	const char *workflow_id, *status;
};

static const struct ty_column brief_columns[] = {
	TY_COLUMN(COPY, struct brief, workflow_id),
	TY_COLUMN(COPY, struct brief, status),
	TY_COLUMN_END,
};

enum ty_code
ty_store_execution_brief(struct ty_tx *tx, const struct ty_id *id, const char **ret_workflow_id,
			 const char **ret_status, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct brief brief = { NULL, NULL };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT workflow_id, status FROM tyboo.executions WHERE id = $1 UNION ALL "
			"SELECT workflow_id, 'queued' FROM tyboo.deliveries WHERE id = $1 AND "
			"verdict = 'accepted'",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such run here");
	if (ty_rows_read_one(&rows, brief_columns, ty_tx_arena(tx), 0, &brief, err) != TY_OK)
		return err->code;
	*ret_workflow_id = brief.workflow_id;
	*ret_status = brief.status;
	return TY_OK;
}

bool
ty_store_execution_is_over(const char *status)
{
	static const char *const open[] = { "queued", "running", "waiting" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(open); i++)
		if (status == NULL || strcmp(status, open[i]) == 0)
			return false;
	return true;
}

enum ty_code
ty_store_execution_cancel_queued(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };

	return ty_tx_exec(tx, "SELECT tyboo.cancel_run(tyboo.current_workspace(), $1)", params, 1,
			  err);
}

enum ty_code
ty_store_due_cancel_ids(struct ty_tx *tx, size_t max, struct ty_id **ret_ids, size_t *ret_count,
			struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(limit) };
	struct ty_rows rows;

	snprintf(limit, sizeof(limit), "%zu", max);
	if (ty_tx_query(tx,
			"SELECT c.run_id FROM tyboo.cancels c "
			"WHERE c.workspace_id = (SELECT tyboo.current_workspace()) "
			"AND NOT EXISTS (SELECT FROM tyboo.executions e WHERE e.id = c.run_id "
			"AND e.finished_at IS NOT NULL) "
			"ORDER BY c.created_at, c.run_id LIMIT $1::bigint",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_ids = ty_arena_alloc_array(ty_tx_arena(tx), rows.count + 1, sizeof(**ret_ids));
	*ret_count = rows.count;
	for (size_t i = 0; i < rows.count; i++)
		(*ret_ids)[i] = ty_rows_id(&rows, i, 0);
	return TY_OK;
}

enum ty_code
ty_store_payload_get(struct ty_tx *tx, const char *hash, json_t **ret_value, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(hash) };
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_rows rows;
	json_t *value = NULL;
	uint8_t *data;
	char *text;
	size_t len = 0;

	if (ty_tx_query(tx, "SELECT kind, stored FROM tyboo.payloads WHERE hash = $1", params, 1,
			&rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such value here");
	data = ty_rows_bytes(&rows, arena, 0, ty_rows_column(&rows, "stored"), &len);
	if (strcmp(ty_rows_text(&rows, 0, ty_rows_column(&rows, "kind")), "string") == 0) {
		text = unpacked(arena, data, len, &len);
		if (text != NULL && (value = json_stringn(text, len)) != NULL)
			ty_json_own(arena, value);
	} else {
		if (unpacked_json(arena, data, len, &value, err) != TY_OK)
			return err->code;
		ty_secret_requests_hide(value);
	}
	if (value == NULL)
		return ty_err_set(err, TY_E_INTERNAL, "the value %s is damaged", hash);
	*ret_value = value;
	return TY_OK;
}
