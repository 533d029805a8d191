/*
 * delivery_list.c -- receipts as the API shows them.
 */
#include "store/delivery_list.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "param/secret.h"
#include "store/answer.h"
#include "store/column.h"
#include "store/row_json.h"
#include "store/workflow.h"

#include <stdio.h>

#define SUMMARY_COLUMNS                                                                            \
	"d.id, " TY_SQL_TIME("d.received_at") " AS received_at, d.method, d.path, d.verdict, "     \
					      "d.reason, d.run_id, d.mode, d.remote_addr, "        \
					      "octet_length(d.body) AS body_bytes, "               \
					      "d.workflow_id"

static const struct ty_row_json_column summary_json[] = {
	{ "body_bytes", TY_ROW_INT },
	{ NULL, TY_ROW_TEXT },
};
/* Members of one delivery with all that is kept; its body is read apart. */
static const struct ty_row_json_column delivery_json[] = {
	{ "body_bytes", TY_ROW_INT }, { "headers", TY_ROW_JSON }, { "notices", TY_ROW_JSON },
	{ "body", TY_ROW_HIDDEN },    { "files", TY_ROW_JSON },	  { "answer", TY_ROW_JSON },
	{ "claims", TY_ROW_JSON },    { NULL, TY_ROW_TEXT },
};

enum ty_code
ty_store_delivery_list(struct ty_tx *tx, const struct ty_store_delivery_filter *filter,
		       json_t **ret_items, const char **ret_next, struct ty_err *err)
{
	char limit[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(filter->verdict),
					       TY_SQL_TEXT(filter->workflow_id),
					       TY_SQL_TEXT(filter->cursor), TY_SQL_TEXT(limit) };
	struct ty_rows rows;

	snprintf(limit, sizeof(limit), "%lld", (long long)filter->limit);
	if (ty_tx_query(tx,
			"SELECT " SUMMARY_COLUMNS " FROM tyboo.deliveries d "
			"WHERE d.workspace_id = (SELECT tyboo.current_workspace()) "
			"AND ($1::text IS NULL OR d.verdict = $1::text) "
			"AND ($2::uuid IS NULL OR d.workflow_id = $2::uuid) "
			"AND ($3::uuid IS NULL OR d.id < $3::uuid) "
			"ORDER BY d.id DESC LIMIT $4::bigint + 1",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, filter->limit, summary_json, ret_items, ret_next);
	return TY_OK;
}

/* ---- one ---- */

/* 'at' NULL: that it happened is recorded, but not when. */
static void
history_add(json_t *history, const char *at, const char *event, const char *detail)
{
	json_array_append_new(history, json_pack("{s:s?, s:s, s:s}", "at", at, "event", event,
						 "detail", detail != NULL ? detail : ""));
}

struct history_run {
	const char *started_at, *worker, *finished_at, *status;
	int64_t deliveries;
};

static const struct ty_column history_columns[] = {
	TY_COLUMN(TEXT, struct history_run, started_at),
	TY_COLUMN(TEXT, struct history_run, worker),
	TY_COLUMN(TEXT, struct history_run, finished_at),
	TY_COLUMN(TEXT, struct history_run, status),
	TY_COLUMN(INT, struct history_run, deliveries),
	TY_COLUMN_END,
};

static void
history_add_run(json_t *history, struct ty_arena *arena, const struct history_run *run)
{
	history_add(history, run->started_at, "started", run->worker);
	if (run->deliveries > 1)
		history_add(history, NULL, "retried",
			    ty_arena_printf(arena, "given to a worker %lld times",
					    (long long)run->deliveries));
	if (run->finished_at != NULL)
		history_add(history, run->finished_at, "finished", run->status);
}

/* History of a delivery, from its receipt's verdict and its run's row. */
static enum ty_code
history_load(struct ty_tx *tx, json_t *delivery, bool *ret_is_open, struct ty_err *err)
{
	const char *at = ty_json_str(delivery, "received_at", "");
	const char *verdict = ty_json_str(delivery, "verdict", "");
	const char *run_id = ty_json_str(delivery, "run_id", NULL);
	const struct ty_sql_param params[] = { TY_SQL_TEXT(run_id) };
	struct history_run run = { .finished_at = NULL };
	json_t *history = json_array();
	struct ty_rows rows;

	*ret_is_open = false;
	json_object_set_new(delivery, "history", history);
	history_add(history, at, "received", ty_json_str(delivery, "remote_addr", ""));
	history_add(history, at, verdict, ty_json_str(delivery, "reason", ""));
	if (run_id == NULL || !ty_str_eq(verdict, "accepted"))
		return TY_OK;
	if (ty_tx_query(tx,
			"SELECT " TY_SQL_TIME("started_at") " AS started_at, worker, " TY_SQL_TIME(
				"finished_at") " AS finished_at, status, deliveries FROM "
					       "tyboo.executions "
					       "WHERE id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count > 0 &&
	    ty_rows_read_one(&rows, history_columns, ty_tx_arena(tx), 0, &run, err) != TY_OK)
		return err->code;
	*ret_is_open = run.finished_at == NULL;
	if (rows.count > 0)
		history_add_run(history, ty_tx_arena(tx), &run);
	return TY_OK;
}

struct first_run {
	const char *status;
	const char *same_bytes; /* "t", "f"; NULL = not known */
};

static const struct ty_column first_columns[] = {
	TY_COLUMN(TEXT, struct first_run, status),
	TY_COLUMN(TEXT, struct first_run, same_bytes),
	TY_COLUMN_END,
};

/* The run that a duplicate repeats, as it is now; null of any other. */
static enum ty_code
first_load(struct ty_tx *tx, json_t *delivery, struct ty_err *err)
{
	const char *id = ty_json_str(delivery, "id", "");
	const char *run_id = ty_json_str(delivery, "run_id", NULL);
	struct first_run first = { .status = NULL };
	const struct ty_sql_param params[] = { TY_SQL_TEXT(run_id), TY_SQL_TEXT(id) };
	struct ty_rows rows;

	json_object_set_new(delivery, "first", json_null());
	if (run_id == NULL || !ty_str_eq(ty_json_str(delivery, "verdict", ""), "duplicate"))
		return TY_OK;
	if (ty_tx_query(
		    tx,
		    "SELECT f.status, f.same_bytes FROM tyboo.deliveries d, "
		    "LATERAL tyboo.first_run($1::uuid, d.body, d.blobs) f WHERE d.id = $2::uuid",
		    params, 2, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return TY_OK;
	if (ty_rows_read_one(&rows, first_columns, ty_tx_arena(tx), 0, &first, err) != TY_OK)
		return err->code;
	json_object_set_new(
		delivery, "first",
		json_pack("{s:s, s:s, s:o, s:s}", "run_id", run_id, "state", first.status,
			  "same_bytes",
			  first.same_bytes != NULL ? json_boolean(first.same_bytes[0] == 't')
						   : json_null(),
			  "hint",
			  ty_arena_printf(ty_tx_arena(tx),
					  "To run this delivery again: tybooctl deliveries "
					  "replay %s",
					  id)));
	return TY_OK;
}

static json_t *
body_json(struct ty_arena *arena, const uint8_t *body, size_t len)
{
	if (ty_str_is_utf8((const char *)body, len))
		return json_stringn((const char *)body, len);
	return json_pack("{s:s}", "base64", ty_base64_encode(arena, body, len));
}

enum ty_code
ty_store_delivery_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_delivery,
		      bool *ret_is_open, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;
	json_t *delivery;
	uint8_t *body;
	size_t len = 0;

	if (ty_tx_query(tx,
			"SELECT " SUMMARY_COLUMNS ", d.headers, d.query, d.delivery_key, "
			"d.read_as, d.route, nullif(d.notices, '') AS notices, d.body, "
			"nullif(d.blobs, '') AS files, d.jwt AS claims, " TY_STORE_ANSWERED_SQL(
				"d.run_id") " "
					    "FROM tyboo.deliveries d WHERE d.id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such delivery here");
	delivery = ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, delivery_json));
	ty_secret_requests_hide(delivery);
	body = ty_rows_bytes(&rows, ty_tx_arena(tx), 0, ty_rows_column(&rows, "body"), &len);
	if (!json_is_array(json_object_get(delivery, "notices")))
		json_object_set_new(delivery, "notices", json_array());
	json_object_set_new(delivery, "body", body_json(ty_tx_arena(tx), body, len));
	if (!json_is_array(json_object_get(delivery, "files")))
		json_object_set_new(delivery, "files", json_array());
	*ret_delivery = delivery;
	if (first_load(tx, delivery, err) != TY_OK)
		return err->code;
	return history_load(tx, delivery, ret_is_open, err);
}

static const struct ty_column delivery_columns[] = {
	TY_COLUMN(ID, struct ty_store_delivery, id),
	TY_COLUMN(ID, struct ty_store_delivery, workflow_id),
	TY_COLUMN(ID, struct ty_store_delivery, version_id),
	TY_COLUMN(ID, struct ty_store_delivery, hook_id),
	TY_COLUMN(TEXT, struct ty_store_delivery, start_node),
	TY_COLUMN(TEXT, struct ty_store_delivery, mode),
	TY_COLUMN(TEXT, struct ty_store_delivery, method),
	TY_COLUMN(TEXT, struct ty_store_delivery, path),
	TY_COLUMN(TEXT, struct ty_store_delivery, query),
	TY_COLUMN(TEXT, struct ty_store_delivery, headers),
	TY_COLUMN(TEXT, struct ty_store_delivery, remote_addr),
	TY_COLUMN(TEXT, struct ty_store_delivery, verdict),
	TY_COLUMN_BYTES_OF(struct ty_store_delivery, body, body_len),
	TY_COLUMN(TEXT, struct ty_store_delivery, read_as),
	TY_COLUMN(TEXT, struct ty_store_delivery, verify),
	TY_COLUMN(TEXT, struct ty_store_delivery, route),
	TY_COLUMN(TEXT, struct ty_store_delivery, blobs),
	TY_COLUMN(TEXT, struct ty_store_delivery, jwt),
	TY_COLUMN_END,
};

enum ty_code
ty_store_delivery_load(struct ty_tx *tx, const struct ty_id *id,
		       struct ty_store_delivery **ret_delivery, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_store_delivery *d;
	struct ty_rows rows;

	if (ty_tx_query(
		    tx,
		    "SELECT id, workflow_id, version_id, hook_id, start_node, mode, method, path, "
		    "query, headers, remote_addr, verdict, body, read_as, "
		    "(SELECT h.verify FROM tyboo.hooks h WHERE h.id = hook_id) AS verify, route, "
		    "blobs, coalesce(jwt, '') AS jwt "
		    "FROM tyboo.deliveries WHERE id = $1",
		    params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such delivery here");
	d = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_delivery);
	if (ty_rows_read_one(&rows, delivery_columns, ty_tx_arena(tx), 0, d, err) != TY_OK)
		return err->code;
	*ret_delivery = d;
	return TY_OK;
}
