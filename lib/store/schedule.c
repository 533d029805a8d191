/*
 * schedule.c -- see schedule.h.
 */
#include "store/schedule.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "store/array.h"
#include "store/column.h"
#include "store/row_json.h"
#include "store/workflow.h"

#include <stdio.h>
#include <stdlib.h>

#define WORD_MAX    32
#define PENDING_MAX 2000

/* ---- publishing ---- */

static enum ty_code
put_one(struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *workflow_id,
	const struct ty_id *version_id, const struct ty_store_schedule *s, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_id id = ty_id_new();
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s),
		TY_SQL_TEXT(id.s),
		TY_SQL_TEXT(workflow_id->s),
		TY_SQL_TEXT(version_id->s),
		TY_SQL_TEXT(s->node_id),
		TY_SQL_TEXT(ty_schedule_kind_name(s->spec.kind)),
		TY_SQL_TEXT(s->spec.cron),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)s->spec.every)),
		TY_SQL_TEXT(ty_schedule_unit_name(s->spec.unit)),
		TY_SQL_TEXT(s->spec.anchor),
		TY_SQL_TEXT(s->spec.timezone),
		TY_SQL_TEXT(s->missed),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)s->missed_max)),
		TY_SQL_TEXT(s->overlap),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)s->timeout_ms)),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)s->next_at_ms)),
	};

	return ty_tx_exec(
		tx,
		"INSERT INTO tyboo.schedules AS s (workspace_id, id, workflow_id, version_id, "
		"node_id, "
		"kind, cron, every, unit, anchor, timezone, missed, missed_max, overlap, "
		"timeout_ms, "
		"next_at, look_at) SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7, "
		"$8::bigint, $9, $10, $11, $12, $13::integer, $14, $15::bigint, t, t "
		"FROM (SELECT to_timestamp($16::bigint / 1000.0) AS t) n "
		"ON CONFLICT (workspace_id, workflow_id, node_id) DO UPDATE SET "
		"(version_id, kind, cron, every, unit, anchor, timezone, missed, missed_max, "
		"overlap, "
		"timeout_ms, next_at, look_at, pending) = (SELECT excluded.version_id, "
		"excluded.kind, "
		"excluded.cron, excluded.every, excluded.unit, excluded.anchor, excluded.timezone, "
		"excluded.missed, excluded.missed_max, excluded.overlap, excluded.timeout_ms, "
		"CASE WHEN n.same THEN s.next_at ELSE excluded.next_at END, "
		"CASE WHEN n.same THEN s.look_at ELSE excluded.next_at END, "
		"CASE WHEN n.same THEN s.pending ELSE '[]' END "
		"FROM (SELECT (s.kind, s.cron, s.every, s.unit, s.anchor, s.timezone) = "
		"(excluded.kind, "
		"excluded.cron, excluded.every, excluded.unit, excluded.anchor, excluded.timezone) "
		"AS same) n)",
		params, TY_ARRAY_COUNT(params), err);
}

enum ty_code
ty_store_schedules_put(struct ty_tx *tx, const struct ty_id *workspace_id,
		       const struct ty_id *workflow_id, const struct ty_id *version_id,
		       const struct ty_store_schedules *schedules, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workflow_id->s),
					       TY_SQL_TEXT(version_id->s) };

	for (size_t i = 0; i < schedules->count; i++) {
		if (put_one(tx, workspace_id, workflow_id, version_id, &schedules->list[i], err) !=
		    TY_OK)
			return err->code;
	}
	return ty_tx_exec(tx,
			  "DELETE FROM tyboo.schedules WHERE workflow_id = $1 AND version_id <> $2",
			  params, 2, err);
}

/* ---- for people ---- */

/* 'infinity' is no time for a reader of JSON. */
#define NEXT_AT TY_SQL_TIME("nullif(s.next_at, 'infinity')")

/* clang-format off */
static const char list_sql[] =
	"SELECT to_char(s.next_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || ' ' || s.id AS cursor, "
	"s.id, s.workflow_id, f.name AS workflow_name, s.node_id, s.kind, s.cron, s.every, s.unit, s.anchor, s.timezone, "
	"s.missed, s.missed_max, s.overlap, " NEXT_AT " AS next_at, " TY_SQL_TIME("s.last_at") " AS last_at, "
	"s.last_verdict, s.last_run_id, s.skipped_count, " TY_SQL_TIME("s.skipped_at") " AS skipped_at, "
	"json_array_length(s.pending::json) AS pending_count "
	"FROM tyboo.schedules s JOIN tyboo.workflows f ON f.workspace_id = s.workspace_id AND f.id = s.workflow_id "
	"WHERE ($1::uuid IS NULL OR s.workflow_id = $1::uuid) AND ($2::text IS NULL OR (s.next_at, s.id) > "
	"(split_part($2::text, ' ', 1)::timestamp AT TIME ZONE 'UTC', split_part($2::text, ' ', 2)::uuid)) "
	"ORDER BY s.next_at, s.id LIMIT $3::bigint + 1";
/* clang-format on */

static const struct ty_row_json_column list_json[] = {
	{ "cursor", TY_ROW_HIDDEN },	 { "every", TY_ROW_INT },
	{ "missed_max", TY_ROW_INT },	 { "skipped_count", TY_ROW_INT },
	{ "pending_count", TY_ROW_INT }, { NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_schedule_list(struct ty_tx *tx, const struct ty_store_schedule_filter *filter,
		       json_t **ret_items, const char **ret_next, struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(filter->workflow_id),
					       TY_SQL_TEXT(filter->cursor), TY_SQL_TEXT(limit) };
	struct ty_rows rows;

	snprintf(limit, sizeof(limit), "%lld", (long long)filter->limit);
	if (ty_tx_query(tx, list_sql, params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, filter->limit, list_json, ret_items, ret_next);
	return TY_OK;
}

/* The words of a row; kind and unit are turned into their numbers. */
struct spec_row {
	const char *kind, *unit, *timezone;
	struct ty_schedule_spec spec;
};

static const struct ty_column spec_columns[] = {
	TY_COLUMN(COPY, struct spec_row, kind),
	TY_COLUMN(COPY, struct spec_row, unit),
	TY_COLUMN_AS("cron", COPY, struct spec_row, spec.cron),
	TY_COLUMN_AS("every", INT, struct spec_row, spec.every),
	TY_COLUMN_AS("anchor", COPY, struct spec_row, spec.anchor),
	TY_COLUMN(COPY, struct spec_row, timezone),
	TY_COLUMN_END,
};

static enum ty_code
spec_read(const struct ty_rows *rows, const struct ty_column_map *map, struct ty_arena *arena,
	  size_t i, struct ty_schedule_spec *ret_spec, struct ty_err *err)
{
	struct spec_row row = { .kind = "" };

	ty_rows_read(rows, map, arena, i, &row);
	if (!ty_schedule_kind_find(row.kind, &row.spec.kind) ||
	    !ty_schedule_unit_find(row.unit, &row.spec.unit))
		return ty_err_set(err, TY_E_INTERNAL, "a schedule of kind \"%s\" and unit \"%s\"",
				  row.kind, row.unit);
	row.spec.timezone = row.timezone;
	*ret_spec = row.spec;
	return TY_OK;
}

enum ty_code
ty_store_schedule_load(struct ty_tx *tx, const struct ty_id *id, struct ty_schedule_spec *ret_spec,
		       struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_column_map map;
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT kind, cron, every, unit, anchor, timezone FROM tyboo.schedules "
			"WHERE id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such schedule here");
	if (ty_rows_map(&rows, spec_columns, &map, err) != TY_OK)
		return err->code;
	return spec_read(&rows, &map, ty_tx_arena(tx), 0, ret_spec, err);
}

/* ---- for tyboo-schedule ---- */

static int64_t
ms_or_never(const struct ty_rows *rows, size_t row, size_t column)
{
	return ty_rows_text(rows, row, column) == NULL ? TY_STORE_NEVER_MS
						       : ty_rows_int(rows, row, column);
}

enum ty_code
ty_store_schedule_clock(struct ty_tx *tx, struct ty_schedule_clock *ret_clock, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT now_ms, ticks_ms, waits_ms FROM tyboo.schedule_clock()", NULL,
			0, &rows, err) != TY_OK)
		return err->code;
	*ret_clock = (struct ty_schedule_clock){
		.now_ms = ty_rows_int(&rows, 0, ty_rows_column(&rows, "now_ms")),
		.ticks_ms = ms_or_never(&rows, 0, ty_rows_column(&rows, "ticks_ms")),
		.waits_ms = ms_or_never(&rows, 0, ty_rows_column(&rows, "waits_ms")),
	};
	return TY_OK;
}

static const struct ty_column due_columns[] = {
	TY_COLUMN(ID, struct ty_due_schedule, id),
	TY_COLUMN(ID, struct ty_due_schedule, workspace_id),
	TY_COLUMN(ID, struct ty_due_schedule, workflow_id),
	TY_COLUMN(ID, struct ty_due_schedule, version_id),
	TY_COLUMN(TEXT, struct ty_due_schedule, node_id),
	TY_COLUMN(TEXT, struct ty_due_schedule, missed),
	TY_COLUMN(TEXT, struct ty_due_schedule, overlap),
	TY_COLUMN(INT, struct ty_due_schedule, missed_max),
	TY_COLUMN(INT, struct ty_due_schedule, timeout_ms),
	TY_COLUMN(TEXT, struct ty_due_schedule, pending),
	TY_COLUMN(INT, struct ty_due_schedule, last_ms),
	TY_COLUMN(BOOL, struct ty_due_schedule, is_last_over),
	TY_COLUMN(LIMITS, struct ty_due_schedule, limits),
	TY_COLUMN(INT, struct ty_due_schedule, workflow_max),
	TY_COLUMN(INT, struct ty_due_schedule, now_ms),
	TY_COLUMN_END,
};

static const char due_sql[] =
	"SELECT id, workspace_id, workflow_id, version_id, node_id, kind, cron, every, unit, "
	"anchor, timezone, missed, missed_max, overlap, timeout_ms, next_ms, pending, last_ms, "
	"is_last_over, limits, workflow_max, now_ms FROM tyboo.due_schedules($1)";

enum ty_code
ty_store_schedules_due(struct ty_tx *tx, size_t max, struct ty_due_schedule **ret_due,
		       size_t *ret_count, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const struct ty_sql_param params[] = { TY_SQL_TEXT(ty_arena_printf(arena, "%zu", max)) };
	struct ty_column_map map, spec_map;
	struct ty_due_schedule *due;
	struct ty_rows rows;
	size_t next_ms;

	if (ty_tx_query(tx, due_sql, params, 1, &rows, err) != TY_OK ||
	    ty_rows_map(&rows, due_columns, &map, err) != TY_OK ||
	    ty_rows_map(&rows, spec_columns, &spec_map, err) != TY_OK)
		return err->code;
	next_ms = ty_rows_column(&rows, "next_ms");
	due = ty_arena_alloc_array(arena, rows.count + 1, sizeof(*due));
	for (size_t i = 0; i < rows.count; i++) {
		ty_rows_read(&rows, &map, arena, i, &due[i]);
		due[i].next_ms = ms_or_never(&rows, i, next_ms);
		if (spec_read(&rows, &spec_map, arena, i, &due[i].spec, err) != TY_OK)
			return err->code;
	}
	*ret_due = due;
	*ret_count = rows.count;
	return TY_OK;
}

struct settled_arrays {
	struct ty_array workspaces, ids, next, look, pending, last, verdicts, runs, skipped,
		skipped_at;
};

static void
add_time(struct ty_array *array, int64_t ms, int64_t none)
{
	if (ms == none)
		ty_array_add_null(array);
	else
		ty_array_add_time(array, ms);
}

static void
settled_add(struct settled_arrays *a, const struct ty_settled_schedule *s)
{
	ty_array_add_id(&a->workspaces, &s->workspace_id);
	ty_array_add_id(&a->ids, &s->id);
	add_time(&a->next, s->next_ms, TY_STORE_NEVER_MS);
	add_time(&a->look, s->look_ms, TY_STORE_NEVER_MS);
	ty_array_add_text(&a->pending, s->pending, PENDING_MAX);
	add_time(&a->last, s->last_ms, 0);
	ty_array_add_text(&a->verdicts, s->verdict, WORD_MAX);
	ty_array_add_id(&a->runs, &s->run_id);
	ty_array_add_int(&a->skipped, s->skipped);
	add_time(&a->skipped_at, s->skipped_ms, 0);
}

enum ty_code
ty_store_schedules_settle(struct ty_tx *tx, const struct ty_settled_schedule *settled, size_t count,
			  struct ty_err *err)
{
	struct settled_arrays a;
	const struct {
		struct ty_array *array;
		enum ty_array_type type;
	} arrays[] = {
		{ &a.workspaces, TY_ARRAY_UUID },  { &a.ids, TY_ARRAY_UUID },
		{ &a.next, TY_ARRAY_TIMESTAMPTZ }, { &a.look, TY_ARRAY_TIMESTAMPTZ },
		{ &a.pending, TY_ARRAY_TEXT },	   { &a.last, TY_ARRAY_TIMESTAMPTZ },
		{ &a.verdicts, TY_ARRAY_TEXT },	   { &a.runs, TY_ARRAY_UUID },
		{ &a.skipped, TY_ARRAY_INT8 },	   { &a.skipped_at, TY_ARRAY_TIMESTAMPTZ },
	};
	struct ty_sql_param params[TY_ARRAY_COUNT(arrays)];

	for (size_t i = 0; i < TY_ARRAY_COUNT(arrays); i++)
		ty_array_init(arrays[i].array, ty_tx_arena(tx), arrays[i].type, count);
	for (size_t i = 0; i < count; i++)
		settled_add(&a, &settled[i]);
	for (size_t i = 0; i < TY_ARRAY_COUNT(arrays); i++)
		params[i] = ty_array_param(arrays[i].array);
	return ty_tx_exec(tx,
			  "SELECT tyboo.settle_schedules($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			  params, TY_ARRAY_COUNT(params), err);
}
