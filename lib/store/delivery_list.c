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
#include "store/row_json.h"
#include "store/workflow.h"

#include <stdio.h>

#define SUMMARY_COLUMNS                                                                            \
	"d.id, " TY_SQL_TIME("d.received_at") " AS received_at, d.method, d.path, d.verdict, "     \
					      "d.reason, d.run_id, d.mode, d.remote_addr, "        \
					      "octet_length(d.body) AS body_bytes, "               \
					      "d.workflow_id"
#define SUMMARY_TYPES "tttttttttit"

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
	ty_store_page(tx, &rows, filter->limit, SUMMARY_TYPES, ret_items, ret_next);
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

static void
history_add_run(json_t *history, struct ty_arena *arena, const struct ty_rows *rows)
{
	const char *finished_at = ty_rows_text(rows, 0, 2);
	int64_t deliveries = ty_rows_int(rows, 0, 4);

	history_add(history, ty_rows_text(rows, 0, 0), "started", ty_rows_text(rows, 0, 1));
	if (deliveries > 1)
		history_add(history, NULL, "retried",
			    ty_arena_printf(arena, "given to a worker %lld times",
					    (long long)deliveries));
	if (finished_at != NULL)
		history_add(history, finished_at, "finished", ty_rows_text(rows, 0, 3));
}

/* What became of it, from what is recorded: the receipt's verdict and its run's row. */
static enum ty_code
history_load(struct ty_tx *tx, json_t *delivery, bool *ret_is_open, struct ty_err *err)
{
	const char *at = ty_json_str(delivery, "received_at", "");
	const char *verdict = ty_json_str(delivery, "verdict", "");
	const char *run_id = ty_json_str(delivery, "run_id", NULL);
	const struct ty_sql_param params[] = { TY_SQL_TEXT(run_id) };
	json_t *history = json_array();
	struct ty_rows rows;

	*ret_is_open = false;
	json_object_set_new(delivery, "history", history);
	history_add(history, at, "received", ty_json_str(delivery, "remote_addr", ""));
	history_add(history, at, verdict, ty_json_str(delivery, "reason", ""));
	if (run_id == NULL || !ty_str_eq(verdict, "accepted"))
		return TY_OK;
	if (ty_tx_query(tx,
			"SELECT " TY_SQL_TIME("started_at") ", worker, " TY_SQL_TIME(
				"finished_at") ", status, deliveries FROM tyboo.executions "
					       "WHERE id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_is_open = rows.count == 0 || ty_rows_text(&rows, 0, 2) == NULL;
	if (rows.count > 0)
		history_add_run(history, ty_tx_arena(tx), &rows);
	return TY_OK;
}

/* The run that a duplicate repeats, as it is now; null of any other. */
static enum ty_code
first_load(struct ty_tx *tx, json_t *delivery, struct ty_err *err)
{
	const char *id = ty_json_str(delivery, "id", "");
	const char *run_id = ty_json_str(delivery, "run_id", NULL), *same;
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
	same = ty_rows_text(&rows, 0, 1);
	json_object_set_new(
		delivery, "first",
		json_pack("{s:s, s:s, s:o, s:s}", "run_id", run_id, "state",
			  ty_rows_text(&rows, 0, 0), "same_bytes",
			  same != NULL ? json_boolean(ty_rows_bool(&rows, 0, 1)) : json_null(),
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
			"nullif(d.blobs, '') AS files "
			"FROM tyboo.deliveries d WHERE d.id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such delivery here");
	delivery = ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, SUMMARY_TYPES "jttttj-j"));
	ty_secret_headers_hide(delivery);
	body = ty_rows_bytes(&rows, ty_tx_arena(tx), 0, 17, &len);
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
		    "(SELECT h.verify FROM tyboo.hooks h WHERE h.id = hook_id), route, blobs "
		    "FROM tyboo.deliveries WHERE id = $1",
		    params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such delivery here");
	d = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_delivery);
	d->id = ty_rows_id(&rows, 0, 0);
	d->workflow_id = ty_rows_id(&rows, 0, 1);
	d->version_id = ty_rows_id(&rows, 0, 2);
	d->hook_id = ty_rows_id(&rows, 0, 3);
	d->start_node = ty_rows_text(&rows, 0, 4);
	d->mode = ty_rows_text(&rows, 0, 5);
	d->method = ty_rows_text(&rows, 0, 6);
	d->path = ty_rows_text(&rows, 0, 7);
	d->query = ty_rows_text(&rows, 0, 8);
	d->headers = ty_rows_text(&rows, 0, 9);
	d->remote_addr = ty_rows_text(&rows, 0, 10);
	d->verdict = ty_rows_text(&rows, 0, 11);
	d->body = ty_rows_bytes(&rows, ty_tx_arena(tx), 0, 12, &d->body_len);
	d->read_as = ty_rows_text(&rows, 0, 13);
	d->verify = ty_rows_text(&rows, 0, 14);
	d->route = ty_rows_text(&rows, 0, 15);
	d->blobs = ty_rows_text(&rows, 0, 16);
	*ret_delivery = d;
	return TY_OK;
}
