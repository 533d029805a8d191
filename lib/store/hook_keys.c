/*
 * hook_keys.c -- see hook_keys.h.
 */
#include "store/hook_keys.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "store/array.h"
#include "store/column.h"
#include "store/row_json.h"

#include <stdio.h>

#define REST_S	TY_SQL_TEXT(TY_STORE_KEYS_TEXT(TY_HOOK_KEYS_REST_S))
#define HELD_S	TY_SQL_TEXT(TY_STORE_KEYS_TEXT(TY_LIMIT_HELD_S))
#define HOLD_MS TY_SQL_TEXT(TY_STORE_KEYS_TEXT(TY_STORE_KEYS_HOLD_MS))

static struct ty_sql_param
int_param(struct ty_arena *arena, int64_t number)
{
	return TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)number));
}

/* ---- the API ---- */

static const struct ty_column keys_columns[] = {
	TY_COLUMN(TEXT, struct ty_store_keys, url),
	TY_COLUMN(TEXT, struct ty_store_keys, kind),
	TY_COLUMN(TEXT, struct ty_store_keys, content),
	TY_COLUMN(TEXT, struct ty_store_keys, got_at),
	TY_COLUMN(INT, struct ty_store_keys, ends_at_ms),
	TY_COLUMN_END,
};

enum ty_code
ty_store_keys_load(struct ty_tx *tx, const char *url, struct ty_store_keys *ret_keys,
		   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(url), TY_STORE_KEYS_STALE_S };
	struct ty_store_keys keys = { .url = NULL };
	struct ty_rows rows;

	if (ty_tx_query(
		    tx,
		    "SELECT url, kind, CASE WHEN ends_at + $2::integer * interval '1 s' > now() "
		    "THEN content END AS content, got_at::text AS got_at, "
		    "(extract(epoch FROM ends_at) * 1000)::bigint AS ends_at_ms "
		    "FROM tyboo.hook_keys "
		    "WHERE workspace_id = (SELECT tyboo.current_workspace()) AND url = $1",
		    params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (rows.count > 0 &&
	    ty_rows_read_one(&rows, keys_columns, ty_tx_arena(tx), 0, &keys, err) != TY_OK)
		return err->code;
	*ret_keys = keys;
	return TY_OK;
}

enum ty_code
ty_store_keys_certificates(struct ty_tx *tx, struct ty_store_keys **ret_list, size_t *ret_count,
			   struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_STORE_KEYS_STALE_S };
	struct ty_rows rows;

	if (ty_tx_query(
		    tx,
		    "SELECT url, kind, content, got_at::text AS got_at, "
		    "(extract(epoch FROM ends_at) * 1000)::bigint AS ends_at_ms "
		    "FROM tyboo.hook_keys "
		    "WHERE workspace_id = (SELECT tyboo.current_workspace()) "
		    "AND kind = 'certificate' AND ends_at + $1::integer * interval '1 s' > now() "
		    "ORDER BY got_at DESC LIMIT 20",
		    params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_list = ty_rows_read_all(&rows, keys_columns, ty_tx_arena(tx),
				     sizeof(struct ty_store_keys), err);
	*ret_count = rows.count;
	return *ret_list != NULL ? TY_OK : err->code;
}

static const struct ty_row_json_column keys_json[] = {
	{ "waiting", TY_ROW_INT },
	{ "failures", TY_ROW_INT },
	{ "keys", TY_ROW_JSON },
	{ NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_keys_list(struct ty_tx *tx, json_t **ret_items, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_STORE_KEYS_STALE_S };
	struct ty_rows rows;

	/* clang-format off */
	if (ty_tx_query(tx,
			"SELECT k.url, k.kind, " TY_STORE_KEYS_STATE_SQL("$1") " AS state, "
			TY_SQL_TIME("k.got_at") " AS got_at, " TY_SQL_TIME("k.ends_at") " AS ends_at, "
			TY_SQL_TIME("(k.ends_at + $1::integer * interval '1 s')") " AS counts_until, "
			TY_SQL_TIME("k.asked_at") " AS asked_at, " TY_SQL_TIME("k.next_at") " AS next_at, "
			"k.failures, k.problem, CASE WHEN k.kind = 'jwks' AND k.content IS NOT NULL THEN "
			"(SELECT json_agg(json_build_object('kid', j ->> 'kid', 'kty', j ->> 'kty', 'alg', j ->> 'alg'))::text "
			"FROM json_array_elements(k.content::json -> 'keys') j) ELSE '[]' END AS keys, "
			"(SELECT count(*) FROM tyboo.held_deliveries d "
			"WHERE d.workspace_id = k.workspace_id AND d.url = k.url) AS waiting "
			"FROM tyboo.hook_keys k WHERE k.workspace_id = (SELECT tyboo.current_workspace()) "
			"ORDER BY k.url",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	/* clang-format on */
	*ret_items = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, rows.count, keys_json));
	return TY_OK;
}

enum ty_code
ty_store_keys_refresh(struct ty_tx *tx, const struct ty_id *workspace_id, const char *url,
		      const char **ret_at, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(url),
					       REST_S };
	struct ty_store_keys keys;
	struct ty_rows rows;

	if (ty_store_keys_load(tx, url, &keys, err) != TY_OK)
		return err->code;
	if (keys.url == NULL) {
		ty_err_set(err, TY_E_NOT_FOUND, "No published webhook names this address");
		return ty_err_hint(err, "Publish the webhook with its jwks_url; GET "
					"webhooks/keys lists those that there are.");
	}
	if (ty_tx_query(tx,
			"SELECT " TY_SQL_TIME("w.next_at") " AS next_at FROM "
							   "tyboo.want_keys($1, $2, 'jwks', NULL, "
							   "$3) w",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_at = rows.count > 0 ? ty_rows_text(&rows, 0, 0) : "";
	return TY_OK;
}

enum ty_code
ty_store_hold(struct ty_tx *tx, const struct ty_store_held *held, bool *ret_held,
	      struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const struct ty_delivery_row *row = held->row;
	const bool is_sealed = held->sealed != NULL;
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(row->id.s),
		TY_SQL_TEXT(row->workspace_id.s),
		TY_SQL_TEXT(row->hook_id.s),
		TY_SQL_TEXT(row->workflow_id.s),
		TY_SQL_TEXT(row->version_id.s),
		TY_SQL_TEXT(row->start_node),
		TY_SQL_TEXT(row->mode),
		TY_SQL_TEXT(row->reason),
		TY_SQL_TEXT(row->method),
		TY_SQL_TEXT(row->path),
		TY_SQL_TEXT(row->query),
		TY_SQL_TEXT(row->headers),
		TY_SQL_TEXT(row->remote_addr),
		TY_SQL_BYTES(row->body, row->body_len),
		int_param(arena, row->received_at_ms),
		TY_SQL_TEXT(row->read_as),
		TY_SQL_TEXT(row->route),
		TY_SQL_TEXT(row->delivery_key),
		TY_SQL_TEXT(row->rerun_failed ? "true" : "false"),
		TY_SQL_TEXT(held->keys->url),
		TY_SQL_TEXT(held->keys->kind),
		TY_SQL_TEXT(held->keys->got_at),
		is_sealed ? int_param(arena, held->key_version) : TY_SQL_NULL,
		is_sealed ? TY_SQL_BYTES(held->sealed, held->sealed_len) : TY_SQL_NULL,
		REST_S,
		TY_SQL_TEXT(TY_STORE_KEYS_TEXT(TY_LIMIT_HELD_COUNT)),
		int_param(arena, TY_LIMIT_HELD_BYTES),
	};
	struct ty_rows rows;

	if (ty_tx_query(
		    tx,
		    "SELECT held FROM tyboo.hold_delivery($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		    "$10, $11, $12, $13, $14, to_timestamp($15::bigint / 1000.0), $16, $17, $18, "
		    "$19, $20, $21, $22, $23, $24, $25, $26, $27)",
		    params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_held = rows.count > 0 && ty_rows_bool(&rows, 0, 0);
	return TY_OK;
}

/* ---- a worker ---- */

void
ty_store_key_work_query(struct ty_arena *arena, const struct ty_id *holder, bool settles,
			struct ty_store_query *ret_query)
{
	(void)arena;
	*ret_query = (struct ty_store_query){
		.sql = "SELECT work, workspace_id, url, kind FROM tyboo.take_hook_work($1, $2, $3, "
		       "$4, $5)",
		.params = { TY_SQL_TEXT(holder->s), HOLD_MS, TY_STORE_KEYS_STALE_S, HELD_S,
			    TY_SQL_TEXT(settles ? "true" : "false") },
		.count = 5,
	};
}

static const struct ty_column work_columns[] = {
	TY_COLUMN(COPY, struct ty_store_key_work, work),
	TY_COLUMN(ID, struct ty_store_key_work, workspace_id),
	TY_COLUMN(COPY, struct ty_store_key_work, url),
	TY_COLUMN(COPY, struct ty_store_key_work, kind),
	TY_COLUMN_END,
};

enum ty_code
ty_store_key_work_decode(struct ty_arena *arena, const struct ty_rows *rows,
			 struct ty_store_key_work *ret_work, struct ty_err *err)
{
	*ret_work = (struct ty_store_key_work){ .work = "" };
	return rows->count == 0 ? TY_OK
				: ty_rows_read_one(rows, work_columns, arena, 0, ret_work, err);
}

void
ty_store_keys_keep_query(struct ty_arena *arena, const struct ty_store_key_work *work,
			 const struct ty_id *holder, const char *content, int64_t lifetime_s,
			 struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT kept FROM tyboo.keep_hook_keys($1, $2, $3, $4, $5)",
		.params = { TY_SQL_TEXT(work->workspace_id.s), TY_SQL_TEXT(work->url),
			    TY_SQL_TEXT(holder->s), TY_SQL_TEXT(content),
			    int_param(arena, lifetime_s) },
		.count = 5,
	};
}

void
ty_store_keys_fail_query(struct ty_arena *arena, const struct ty_store_key_work *work,
			 const struct ty_id *holder, const char *problem,
			 struct ty_store_query *ret_query)
{
	(void)arena;
	*ret_query = (struct ty_store_query){
		.sql = "SELECT next_at FROM tyboo.fail_hook_keys($1, $2, $3, $4, $5)",
		.params = { TY_SQL_TEXT(work->workspace_id.s), TY_SQL_TEXT(work->url),
			    TY_SQL_TEXT(holder->s), TY_SQL_TEXT(problem), REST_S },
		.count = 5,
	};
}

void
ty_store_due_deliveries_query(struct ty_arena *arena, size_t max, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT id, workspace_id, url, verify, key_version, wrapped, sealed, "
		       "received_ms, "
		       "content, method, path, query, headers, body, slug, kind, problem "
		       "FROM tyboo.deliveries_to_settle($1, $2, $3)",
		.params = { int_param(arena, (int64_t)max), TY_STORE_KEYS_STALE_S, HELD_S },
		.count = 3,
	};
}

static const struct ty_column due_columns[] = {
	TY_COLUMN(ID, struct ty_store_due_delivery, id),
	TY_COLUMN(ID, struct ty_store_due_delivery, workspace_id),
	TY_COLUMN(COPY, struct ty_store_due_delivery, url),
	TY_COLUMN(COPY, struct ty_store_due_delivery, verify),
	TY_COLUMN(INT, struct ty_store_due_delivery, key_version),
	TY_COLUMN(INT, struct ty_store_due_delivery, received_ms),
	TY_COLUMN_BYTES_OF(struct ty_store_due_delivery, wrapped, wrapped_len),
	TY_COLUMN_BYTES_OF(struct ty_store_due_delivery, sealed, sealed_len),
	TY_COLUMN(COPY, struct ty_store_due_delivery, content),
	TY_COLUMN(COPY, struct ty_store_due_delivery, method),
	TY_COLUMN(COPY, struct ty_store_due_delivery, path),
	TY_COLUMN(COPY, struct ty_store_due_delivery, query),
	TY_COLUMN(COPY, struct ty_store_due_delivery, headers),
	TY_COLUMN(COPY, struct ty_store_due_delivery, slug),
	TY_COLUMN(COPY, struct ty_store_due_delivery, kind),
	TY_COLUMN(COPY, struct ty_store_due_delivery, problem),
	TY_COLUMN_BYTES_OF(struct ty_store_due_delivery, body, body_len),
	TY_COLUMN_END,
};

enum ty_code
ty_store_due_deliveries_decode(struct ty_arena *arena, const struct ty_rows *rows,
			       struct ty_store_due_delivery **ret_due, size_t *ret_count,
			       struct ty_err *err)
{
	struct ty_store_due_delivery *due =
		ty_rows_read_all(rows, due_columns, arena, sizeof(*due), err);

	if (due == NULL)
		return err->code;
	*ret_due = due;
	*ret_count = rows->count;
	return TY_OK;
}

void
ty_store_settle_query(struct ty_arena *arena, const struct ty_store_settled *settled, size_t count,
		      struct ty_store_query *ret_query)
{
	struct ty_array ids, verdicts, reasons, jwts;

	ty_array_init(&ids, arena, TY_ARRAY_UUID, count);
	ty_array_init(&verdicts, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&reasons, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&jwts, arena, TY_ARRAY_TEXT, count);
	for (size_t i = 0; i < count; i++) {
		ty_array_add_id(&ids, &settled[i].id);
		ty_array_add_text(&verdicts, settled[i].verdict, 32);
		ty_array_add_text(&reasons, settled[i].reason, 1000);
		ty_array_add_text(&jwts, settled[i].jwt, 65536);
	}
	*ret_query = (struct ty_store_query){
		.sql = "SELECT id, workspace_id, hook_id, workflow_id, version_id, start_node, "
		       "mode, "
		       "method, path, query, headers, remote_addr, body, delivery_key, "
		       "received_at_ms, timeout_ms, workflow_max, limits, read_as, route, blobs, "
		       "source, jwt FROM tyboo.settle_deliveries($1, $2, $3, $4)",
		.params = { ty_array_param(&ids), ty_array_param(&verdicts),
			    ty_array_param(&reasons), ty_array_param(&jwts) },
		.count = 4,
	};
}
