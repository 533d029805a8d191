/*
 * state.c -- see state.h.
 */
#include "store/state.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/array.h"
#include "store/column.h"
#include "store/row_json.h"
#include "store/workflow.h"

#include <string.h>

/* Characters of a journal key (effects_key_length). */
#define KEY_MAX 300
/* Characters of an operation: the hashes of ten thousand items, and what is said beside them. */
#define OP_MAX (1024 * 1024)
/* Characters of what is put: the static data of many nodes together. */
#define VALUE_MAX (16 * 1024 * 1024)

static const char *
int_text(struct ty_arena *arena, int64_t n)
{
	return ty_arena_printf(arena, "%lld", (long long)n);
}

/* ---- what may be kept ---- */

enum ty_code
ty_store_state_key_check(const char *key, struct ty_err *err)
{
	size_t len = strlen(key);

	if (len > 0 && len <= TY_LIMIT_STATE_KEY_BYTES)
		return TY_OK;
	if (len == 0)
		ty_err_set(err, TY_E_INVALID, "The key is empty");
	else
		ty_err_set(err, TY_E_INVALID, "The key has %zu bytes, and %d are the most", len,
			   TY_LIMIT_STATE_KEY_BYTES);
	ty_err_hint(err, "Name the value in short, such as \"cursor\"; of what has a long name, "
			 "take a hash.");
	return ty_err_at(err, "key");
}

enum ty_code
ty_store_state_text(struct ty_arena *arena, const json_t *value, const char **ret_text,
		    struct ty_err *err)
{
	size_t len;

	*ret_text = ty_json_dump(arena, value != NULL ? value : json_null(), &len);
	if (len <= TY_LIMIT_STATE_VALUE_BYTES)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "The value takes %zu bytes as JSON, and %d are the most", len,
		   TY_LIMIT_STATE_VALUE_BYTES);
	ty_err_hint(err, "Keep what the next run needs of it, or split it over several keys.");
	return ty_err_at(err, "value");
}

/* ---- what is answered ---- */

static const struct refusal {
	const char *outcome;
	enum ty_code code;
	const char *text, *hint;
} refusals[] = {
#define X(outcome, code, text, hint) { outcome, code, text, hint },
#include "base/state_refusal.def"
#undef X
};

enum ty_code
ty_store_state_judge(const json_t *answer, const char *key, struct ty_err *err)
{
	const char *outcome = ty_json_str(answer, "outcome", "");

	if (ty_str_eq(outcome, "done"))
		return TY_OK;
	for (size_t i = 0; i < TY_ARRAY_COUNT(refusals); i++) {
		if (!ty_str_eq(refusals[i].outcome, outcome))
			continue;
		ty_err_set(err, refusals[i].code, "The value of \"%.80s\" %s", key,
			   refusals[i].text);
		ty_err_hint(err, "%s", refusals[i].hint);
		return ty_err_at(err, "key");
	}
	return ty_err_set(err, TY_E_INTERNAL, "sql/functions/state.sql answered %.40s", outcome);
}

static enum ty_code
answer_read(struct ty_arena *arena, const char *text, json_t **ret_answer, struct ty_err *err)
{
	if (text == NULL)
		return ty_err_set(err, TY_E_INTERNAL, "a state was asked, and nothing answered");
	return ty_json_parse_stored(arena, text, strlen(text), ret_answer, err);
}

/* ---- for workers ---- */

void
ty_store_states_query(struct ty_arena *arena, const struct ty_state_ask *const *asks, size_t count,
		      struct ty_store_query *ret_query)
{
	struct ty_array workspaces, runs, workflows, fences, keys, ops, values;

	ty_array_init(&workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&runs, arena, TY_ARRAY_UUID, count);
	ty_array_init(&workflows, arena, TY_ARRAY_UUID, count);
	ty_array_init(&fences, arena, TY_ARRAY_INT8, count);
	ty_array_init(&keys, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&ops, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&values, arena, TY_ARRAY_TEXT, count);
	for (size_t i = 0; i < count; i++) {
		ty_array_add_id(&workspaces, &asks[i]->workspace_id);
		ty_array_add_id(&runs, &asks[i]->run_id);
		ty_array_add_id(&workflows, &asks[i]->workflow_id);
		ty_array_add_int(&fences, asks[i]->fence);
		ty_array_add_text(&keys, asks[i]->key, KEY_MAX);
		ty_array_add_text(&ops, asks[i]->op, OP_MAX);
		ty_array_add_text(&values, asks[i]->value, VALUE_MAX);
	}
	*ret_query = (struct ty_store_query){
		.sql = "SELECT outcome, answer FROM tyboo.ask_states($1, $2, $3, $4, $5, $6, $7)",
		.params = { ty_array_param(&workspaces), ty_array_param(&runs),
			    ty_array_param(&workflows), ty_array_param(&fences),
			    ty_array_param(&keys), ty_array_param(&ops), ty_array_param(&values) },
		.count = 7,
	};
}

enum ty_code
ty_store_states_decode(struct ty_arena *arena, const struct ty_rows *rows, size_t count,
		       const json_t ***ret_answers, struct ty_err *err)
{
	const json_t **answers = ty_arena_alloc_array(arena, count + 1, sizeof(*answers));
	size_t outcome = ty_rows_column(rows, "outcome"), text = ty_rows_column(rows, "answer");

	if (rows->count != count)
		return ty_err_set(err, TY_E_INTERNAL,
				  "tyboo.ask_states answered %zu rows to %zu asks", rows->count,
				  count);
	for (size_t i = 0; i < count; i++) {
		json_t *answer;

		if (ty_str_eq(ty_rows_text(rows, i, outcome), "fenced"))
			continue;
		if (answer_read(arena, ty_rows_text(rows, i, text), &answer, err) != TY_OK)
			return err->code;
		answers[i] = answer;
	}
	*ret_answers = answers;
	return TY_OK;
}

void
ty_store_statics_query(const struct ty_id *workspace_id, const struct ty_id *workflow_id,
		       struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT node, value FROM tyboo.find_statics($1, $2)",
		.params = { TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(workflow_id->s) },
		.count = 2,
	};
}

enum ty_code
ty_store_statics_decode(struct ty_arena *arena, const struct ty_rows *rows, json_t **ret_statics,
			struct ty_err *err)
{
	json_t *statics = ty_json_own(arena, json_object());

	for (size_t i = 0; i < rows->count; i++) {
		const char *node = ty_rows_text(rows, i, ty_rows_column(rows, "node"));
		json_t *value;

		if (answer_read(arena, ty_rows_text(rows, i, ty_rows_column(rows, "value")), &value,
				err) != TY_OK)
			return err->code;
		/* People may have put something else. */
		if (json_is_object(value))
			json_object_set(statics,
					ty_str_eq(node, "")
						? "global"
						: ty_arena_printf(arena, "node:%s", node),
					value);
	}
	*ret_statics = statics;
	return TY_OK;
}

/* ---- for people: reading ---- */

/* clang-format breaks SQL around macros into syllables. */
/* clang-format off */
#define SHOWN_COLUMNS                                                                              \
	"s.id, s.kind, s.workflow_id, w.name AS workflow_name, s.node, s.key, s.bytes, s.entries, s.version, " \
	TY_SQL_TIME("s.expires_at") " AS expires_at, " TY_SQL_TIME("s.created_at") " AS created_at, " \
	TY_SQL_TIME("s.updated_at") " AS updated_at "
#define SHOWN_FROM                                                                                 \
	"FROM tyboo.states s LEFT JOIN tyboo.workflows w ON w.workspace_id = s.workspace_id AND w.id = s.workflow_id " \
	"WHERE (s.expires_at IS NULL OR s.expires_at > now()) "
static const char list_sql[] =
	"SELECT s.id AS cursor, " SHOWN_COLUMNS SHOWN_FROM
	"AND ($1::uuid IS NULL OR s.id < $1::uuid) AND ($3::uuid IS NULL OR s.workflow_id = $3::uuid) "
	"AND ($4 = '' OR s.kind = $4) AND starts_with(s.key, $5) ORDER BY s.id DESC LIMIT $2::bigint + 1";
static const char get_sql[] = "SELECT " SHOWN_COLUMNS ", s.value " SHOWN_FROM "AND s.id = $1";
/* clang-format on */

#define SHOWN_NUMBERS                                                                              \
	{ "bytes", TY_ROW_INT }, { "entries", TY_ROW_INT },                                        \
	{                                                                                          \
		"version", TY_ROW_INT                                                              \
	}
static const struct ty_row_json_column list_json[] = {
	{ "cursor", TY_ROW_HIDDEN },
	SHOWN_NUMBERS,
	{ NULL, TY_ROW_TEXT },
};
static const struct ty_row_json_column get_json[] = {
	{ "value", TY_ROW_JSON },
	SHOWN_NUMBERS,
	{ NULL, TY_ROW_TEXT },
};

static enum ty_code
is_missing(struct ty_err *err)
{
	return ty_err_set(err, TY_E_NOT_FOUND, "There is no such value here");
}

enum ty_code
ty_store_state_list(struct ty_tx *tx, const struct ty_state_filter *filter, json_t **ret_items,
		    const char **ret_next, struct ty_err *err)
{
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(filter->cursor),
		TY_SQL_TEXT(int_text(ty_tx_arena(tx), filter->limit)),
		TY_SQL_TEXT(filter->workflow_id),
		TY_SQL_TEXT(filter->kind != NULL ? filter->kind : ""),
		TY_SQL_TEXT(filter->prefix != NULL ? filter->prefix : ""),
	};
	struct ty_rows rows;

	if (ty_tx_query(tx, list_sql, params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	ty_store_page(tx, &rows, filter->limit, list_json, ret_items, ret_next);
	return TY_OK;
}

enum ty_code
ty_store_state_usage(struct ty_tx *tx, const struct ty_id *workspace_id, json_t **ret_usage,
		     struct ty_err *err)
{
	static const struct ty_row_json_column columns[] = {
		{ "keys", TY_ROW_INT },
		{ "bytes", TY_ROW_INT },
		{ NULL, TY_ROW_TEXT },
	};
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"SELECT coalesce(sum(keys), 0)::bigint AS keys, "
			"coalesce(sum(bytes), 0)::bigint AS bytes FROM tyboo.state_usage "
			"WHERE workspace_id = $1",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	*ret_usage = ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, columns));
	return TY_OK;
}

enum ty_code
ty_store_state_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_item, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };
	struct ty_rows rows;

	if (ty_tx_query(tx, get_sql, params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return is_missing(err);
	*ret_item = ty_json_own(ty_tx_arena(tx), ty_row_json(&rows, 0, get_json));
	return TY_OK;
}

enum ty_code
ty_store_state_find(struct ty_tx *tx, const struct ty_id *workflow_id, const char *key,
		    bool *ret_is_there, struct ty_id *ret_id, struct ty_err *err)
{
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(key), TY_SQL_TEXT(workflow_id != NULL ? workflow_id->s : NULL)
	};
	struct ty_rows rows;

	if (ty_tx_query(
		    tx,
		    "SELECT id FROM tyboo.states WHERE kind = 'value' AND node = '' AND key = $1 "
		    "AND workflow_id IS NOT DISTINCT FROM $2::uuid "
		    "AND (expires_at IS NULL OR expires_at > now())",
		    params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_is_there = rows.count > 0;
	if (rows.count > 0)
		*ret_id = ty_rows_id(&rows, 0, 0);
	return TY_OK;
}

/* ---- for people: writing ---- */

static json_t *
put_op(const struct ty_state_put *put)
{
	json_t *op =
		json_pack("{s:s, s:s, s:s}", "do", "put", "scope",
			  put->workflow_id != NULL ? "workflow" : "workspace", "key", put->key);

	if (put->version >= 0)
		json_object_set_new(op, "version", json_integer(put->version));
	if (put->expires_s >= 0)
		json_object_set_new(op, "expires_s", json_integer(put->expires_s));
	return op;
}

enum ty_code
ty_store_state_put(struct ty_tx *tx, const struct ty_state_put *put, bool *ret_created,
		   struct ty_id *ret_id, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const char *text;
	struct ty_rows rows;
	json_t *answer;
	bool is_there;

	if (ty_store_state_key_check(put->key, err) != TY_OK ||
	    ty_store_state_text(arena, put->value, &text, err) != TY_OK)
		return err->code;

	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(put->workflow_id != NULL ? put->workflow_id->s : NULL),
		TY_SQL_TEXT(ty_json_dump(arena, ty_json_own(arena, put_op(put)), NULL)),
		TY_SQL_TEXT(text)
	};

	if (ty_tx_query(tx, "SELECT tyboo.change_state($1, $2::json, $3)", params,
			TY_ARRAY_COUNT(params), &rows, err) != TY_OK ||
	    answer_read(arena, ty_rows_text(&rows, 0, 0), &answer, err) != TY_OK ||
	    ty_store_state_judge(answer, put->key, err) != TY_OK)
		return err->code;
	*ret_created = ty_json_bool(answer, "created", false);
	if (ty_store_state_find(tx, put->workflow_id, put->key, &is_there, ret_id, err) != TY_OK)
		return err->code;
	return is_there ? TY_OK : is_missing(err);
}

/* 'text' NULL: forget it. */
static enum ty_code
row_change(struct ty_tx *tx, const struct ty_id *id, const char *text, int64_t version,
	   struct ty_err *err)
{
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(id->s), TY_SQL_TEXT(text),
		TY_SQL_TEXT(version >= 0 ? int_text(ty_tx_arena(tx), version) : NULL)
	};
	struct ty_rows rows;
	json_t *answer;

	if (ty_tx_query(tx, "SELECT tyboo.change_state_row($1, $2, $3)", params,
			TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (ty_rows_text(&rows, 0, 0) == NULL)
		return is_missing(err);
	if (answer_read(ty_tx_arena(tx), ty_rows_text(&rows, 0, 0), &answer, err) != TY_OK)
		return err->code;
	return ty_store_state_judge(answer, id->s, err);
}

enum ty_code
ty_store_state_change(struct ty_tx *tx, const struct ty_id *id, const json_t *value,
		      int64_t version, struct ty_err *err)
{
	const char *text;

	if (ty_store_state_text(ty_tx_arena(tx), value, &text, err) != TY_OK)
		return err->code;
	return row_change(tx, id, text, version, err);
}

enum ty_code
ty_store_state_remove(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	return row_change(tx, id, NULL, -1, err);
}
