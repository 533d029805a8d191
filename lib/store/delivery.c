/*
 * delivery.c -- receipts as arrays, and back.
 */
#include "store/delivery.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "store/array.h"
#include "store/column.h"

#include <string.h>

/* Characters of the columns of tyboo.deliveries (sql/migrations). */
#define START_NODE_MAX	  200
#define REASON_MAX	  1000
#define METHOD_MAX	  16
#define PATH_MAX_CHARS	  2048
#define QUERY_MAX	  16384
#define HEADERS_BYTES_MAX 262144
#define NOTICES_BYTES_MAX 8192
#define BLOBS_BYTES_MAX	  262144
#define SOURCE_BYTES_MAX  262144
#define JWT_BYTES_MAX	  65536
#define REMOTE_ADDR_MAX	  64
#define DELIVERY_KEY_MAX  320
/* In one statement: more than come between two, so that it catches up, and a few milliseconds. */
#define TRIM_ROWS_MAX (4 * TY_LIMIT_UNCLAIMED_SLACK_COUNT)
#define WORD_MAX      32 /* mode, verdict: words of our own tables */

/* A column: which member of a row it takes, and how it is sent. */
struct column {
	enum ty_array_type type;
	size_t offset;
	size_t chars_max;
	const char *instead; /* value in place of a longer one, because JSON cannot be cut */
};
#define ROUTE_MAX 512
#define ID(field)                                                                                  \
	{                                                                                          \
		TY_ARRAY_UUID, offsetof(struct ty_delivery_row, field), 0, NULL                    \
	}
#define TEXT(field, max)                                                                           \
	{                                                                                          \
		TY_ARRAY_TEXT, offsetof(struct ty_delivery_row, field), (max), NULL                \
	}

/* In the order of tyboo.accept_deliveries, but body, delivery_key and received_at, which need more. */
static const struct column accept_columns[] = {
	ID(id),
	ID(workspace_id),
	ID(hook_id),
	ID(workflow_id),
	ID(version_id),
	TEXT(start_node, START_NODE_MAX),
	TEXT(mode, WORD_MAX),
	TEXT(verdict, WORD_MAX),
	TEXT(reason, REASON_MAX),
	TEXT(method, METHOD_MAX),
	TEXT(path, PATH_MAX_CHARS),
	TEXT(query, QUERY_MAX),
	{ TY_ARRAY_TEXT, offsetof(struct ty_delivery_row, headers), HEADERS_BYTES_MAX,
	  "{\"tyboo-notice\":\"the headers were too long to be kept\"}" },
	TEXT(remote_addr, REMOTE_ADDR_MAX),
};
/* Columns behind those three. */
static const struct column accept_columns_last[] = {
	TEXT(read_as, WORD_MAX),
	{ TY_ARRAY_TEXT, offsetof(struct ty_delivery_row, notices), NOTICES_BYTES_MAX, "" },
	TEXT(route, ROUTE_MAX),
};

/* Last columns, which most deliveries have none of. */
static const struct column accept_columns_rare[] = {
	{ TY_ARRAY_TEXT, offsetof(struct ty_delivery_row, blobs), BLOBS_BYTES_MAX, "" },
	{ TY_ARRAY_TEXT, offsetof(struct ty_delivery_row, source), SOURCE_BYTES_MAX, "" },
	{ TY_ARRAY_TEXT, offsetof(struct ty_delivery_row, jwt), JWT_BYTES_MAX, "" },
};

#define ACCEPT_SQL(bodies)                                                                         \
	"SELECT run_id, duplicate, first_status, same_bytes, repeats_run_id "                      \
	"FROM tyboo.accept_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "    \
	"$14, " bodies ", $16, $17, $18, $19, $20, $21, $22, $23, $24)"

static const char accept_sql[] = ACCEPT_SQL("$15");
/* A large receipt is alone in its group: its body goes to libpq as it lies there, not copied into an array. */
static const char accept_large_sql[] = ACCEPT_SQL("ARRAY[$15::bytea]");
#define LARGE_BYTES ((size_t)64 * 1024)

static struct ty_sql_param
accept_column(struct ty_arena *arena, const struct column *column,
	      const struct ty_delivery_row *rows, size_t count)
{
	struct ty_array array;

	ty_array_init(&array, arena, column->type, count);
	for (size_t i = 0; i < count; i++) {
		const char *at = (const char *)&rows[i] + column->offset;
		const char *text;

		if (column->type == TY_ARRAY_UUID) {
			ty_array_add_id(&array, (const struct ty_id *)at);
			continue;
		}
		memcpy(&text, at, sizeof(text));
		if (text == NULL)
			text = "";
		if (column->instead != NULL && strlen(text) > column->chars_max)
			text = column->instead;
		ty_array_add_text(&array, text, column->chars_max);
	}
	return ty_array_param(&array);
}

/* A key that is too long keeps its meaning as its hash; cut, two would become one. */
static const char *
accept_key(struct ty_arena *arena, const char *key)
{
	uint8_t hash[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];
	size_t len = key != NULL ? strlen(key) : 0;

	if (len <= DELIVERY_KEY_MAX && (len == 0 || ty_str_is_utf8(key, len)))
		return len > 0 ? key : "";
	ty_sha256(key, len, hash);
	ty_str_hex(hash, sizeof(hash), hex);
	return ty_arena_printf(arena, "sha256:%s", hex);
}

static struct ty_sql_param
accept_bodies(struct ty_arena *arena, const struct ty_delivery_row *rows, size_t count)
{
	struct ty_array bodies;

	ty_array_init(&bodies, arena, TY_ARRAY_BYTEA, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_bytes(&bodies, rows[i].body, rows[i].body_len);
	return ty_array_param(&bodies);
}

/* Null where no delivery of the group has any, so that the others pay nothing for it. */
static struct ty_sql_param
accept_rare(struct ty_arena *arena, const struct column *column, const struct ty_delivery_row *rows,
	    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text;

		memcpy(&text, (const char *)&rows[i] + column->offset, sizeof(text));
		if (!ty_str_is_blank(text))
			return accept_column(arena, column, rows, count);
	}
	return TY_SQL_NULL;
}

void
ty_store_accept_query(struct ty_arena *arena, const struct ty_delivery_row *rows, size_t count,
		      struct ty_store_query *ret_query)
{
	bool is_large = count == 1 && rows[0].body_len >= LARGE_BYTES;
	struct ty_array keys, times, reruns;
	size_t n = 0;

	ty_array_init(&keys, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&times, arena, TY_ARRAY_TIMESTAMPTZ, count);
	ty_array_init(&reruns, arena, TY_ARRAY_INT4, count);
	for (size_t i = 0; i < count; i++) {
		ty_array_add_text(&keys, accept_key(arena, rows[i].delivery_key), DELIVERY_KEY_MAX);
		ty_array_add_time(&times, rows[i].received_at_ms);
		ty_array_add_int(&reruns, rows[i].rerun_failed);
	}
	ret_query->sql = is_large ? accept_large_sql : accept_sql;
	for (; n < TY_ARRAY_COUNT(accept_columns); n++)
		ret_query->params[n] = accept_column(arena, &accept_columns[n], rows, count);
	ret_query->params[n++] = is_large ? TY_SQL_BYTES(rows[0].body, rows[0].body_len)
					  : accept_bodies(arena, rows, count);
	ret_query->params[n++] = ty_array_param(&keys);
	ret_query->params[n++] = ty_array_param(&times);
	for (size_t i = 0; i < TY_ARRAY_COUNT(accept_columns_last); i++)
		ret_query->params[n++] = accept_column(arena, &accept_columns_last[i], rows, count);
	ret_query->params[n++] = ty_array_param(&reruns);
	for (size_t i = 0; i < TY_ARRAY_COUNT(accept_columns_rare); i++)
		ret_query->params[n++] = accept_rare(arena, &accept_columns_rare[i], rows, count);
	ret_query->count = n;
}

struct answer_row {
	struct ty_delivery_answer answer;
	const char *same_bytes; /* "t", "f"; NULL = not known */
};

static const struct ty_column answer_columns[] = {
	TY_COLUMN_AS("run_id", ID, struct answer_row, answer.run_id),
	TY_COLUMN_AS("duplicate", BOOL, struct answer_row, answer.duplicate),
	TY_COLUMN_AS("first_status", TEXT, struct answer_row, answer.first_status),
	TY_COLUMN(TEXT, struct answer_row, same_bytes),
	TY_COLUMN_AS("repeats_run_id", ID, struct answer_row, answer.repeats_run_id),
	TY_COLUMN_END,
};

enum ty_code
ty_store_accept_decode(const struct ty_rows *rows, size_t count,
		       struct ty_delivery_answer *ret_answers, struct ty_err *err)
{
	struct ty_column_map map;

	if (rows->count != count)
		return ty_err_set(err, TY_E_INTERNAL, "%zu receipts gave %zu answers", count,
				  rows->count);
	if (ty_rows_map(rows, answer_columns, &map, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct answer_row row;

		ty_rows_read(rows, &map, NULL, i, &row);
		row.answer.bytes = row.same_bytes == NULL     ? TY_BYTES_UNKNOWN
				   : row.same_bytes[0] == 't' ? TY_BYTES_SAME
							      : TY_BYTES_OTHER;
		if (row.answer.first_status == NULL)
			row.answer.first_status = "";
		ret_answers[i] = row.answer;
	}
	return TY_OK;
}

static struct ty_sql_param
id_array(struct ty_arena *arena, const struct ty_id *ids, size_t count)
{
	struct ty_array array;

	ty_array_init(&array, arena, TY_ARRAY_UUID, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_id(&array, &ids[i]);
	return ty_array_param(&array);
}

void
ty_store_refuse_query(struct ty_arena *arena, const struct ty_delivery_refusal *refusals,
		      size_t count, struct ty_store_query *ret_query)
{
	struct ty_array ids, verdicts, reasons;

	ty_array_init(&ids, arena, TY_ARRAY_UUID, count);
	ty_array_init(&verdicts, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&reasons, arena, TY_ARRAY_TEXT, count);
	for (size_t i = 0; i < count; i++) {
		ty_array_add_id(&ids, &refusals[i].id);
		ty_array_add_text(&verdicts, refusals[i].verdict, WORD_MAX);
		ty_array_add_text(&reasons, refusals[i].reason != NULL ? refusals[i].reason : "",
				  REASON_MAX);
	}
	*ret_query = (struct ty_store_query){
		.sql = "SELECT tyboo.refuse_deliveries($1, $2, $3)",
		.params = { ty_array_param(&ids), ty_array_param(&verdicts),
			    ty_array_param(&reasons) },
		.count = 3,
	};
}

void
ty_store_accepted_query(struct ty_arena *arena, const struct ty_id *ids, size_t count,
			struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){ .sql = "SELECT tyboo.accepted_deliveries($1)",
					      .params = { id_array(arena, ids, count) },
					      .count = 1 };
}

void
ty_store_redirect_query(struct ty_arena *arena, const struct ty_id *ids,
			const struct ty_id *run_ids, size_t count, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT tyboo.redirect_deliveries($1, $2)",
		.params = { id_array(arena, ids, count), id_array(arena, run_ids, count) },
		.count = 2,
	};
}

void
ty_store_trim_unclaimed_query(struct ty_arena *arena, const struct ty_id *workspace_ids,
			      size_t count, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT tyboo.trim_unclaimed_of($1, $2, $3, $4)",
		.params = { id_array(arena, workspace_ids, count),
			    TY_SQL_TEXT(ty_arena_printf(arena, "%d", TY_LIMIT_UNCLAIMED_COUNT)),
			    TY_SQL_TEXT(ty_arena_printf(arena, "%d", TY_LIMIT_UNCLAIMED_BYTES)),
			    TY_SQL_TEXT(ty_arena_printf(arena, "%d", TRIM_ROWS_MAX)) },
		.count = 4,
	};
}

static const char receipts_sql[] =
	"SELECT id, workspace_id, hook_id, workflow_id, version_id, start_node, mode, method, "
	"path, query, headers, remote_addr, body, delivery_key, received_ms AS received_at_ms, "
	"timeout_ms, workflow_max, limits, read_as, route, blobs, source, jwt"
	" FROM tyboo.receipts_without_run(make_interval(secs => $1::float8 / 1000), $2, $3)";

void
ty_store_receipts_query(struct ty_arena *arena, int64_t grace_ms, const struct ty_id *after,
			size_t max, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = receipts_sql,
		.params = { TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)grace_ms)),
			    TY_SQL_TEXT(after != NULL && ty_id_is_set(after)
						? after->s
						: "00000000-0000-0000-0000-000000000000"),
			    TY_SQL_TEXT(ty_arena_printf(arena, "%zu", max)) },
		.count = 3,
	};
}

static const struct ty_column receipt_columns[] = {
	TY_COLUMN(ID, struct ty_delivery_row, id),
	TY_COLUMN(ID, struct ty_delivery_row, workspace_id),
	TY_COLUMN(ID, struct ty_delivery_row, hook_id),
	TY_COLUMN(ID, struct ty_delivery_row, workflow_id),
	TY_COLUMN(ID, struct ty_delivery_row, version_id),
	TY_COLUMN(COPY, struct ty_delivery_row, start_node),
	TY_COLUMN(COPY, struct ty_delivery_row, mode),
	TY_COLUMN(COPY, struct ty_delivery_row, method),
	TY_COLUMN(COPY, struct ty_delivery_row, path),
	TY_COLUMN(COPY, struct ty_delivery_row, query),
	TY_COLUMN(COPY, struct ty_delivery_row, headers),
	TY_COLUMN(COPY, struct ty_delivery_row, remote_addr),
	TY_COLUMN_BYTES_OF(struct ty_delivery_row, body, body_len),
	TY_COLUMN(COPY, struct ty_delivery_row, delivery_key),
	TY_COLUMN(INT, struct ty_delivery_row, received_at_ms),
	TY_COLUMN(INT, struct ty_delivery_row, timeout_ms),
	TY_COLUMN(INT, struct ty_delivery_row, workflow_max),
	TY_COLUMN(LIMITS, struct ty_delivery_row, limits),
	TY_COLUMN(COPY, struct ty_delivery_row, read_as),
	TY_COLUMN(COPY, struct ty_delivery_row, route),
	TY_COLUMN(COPY, struct ty_delivery_row, blobs),
	TY_COLUMN(COPY, struct ty_delivery_row, source),
	TY_COLUMN(COPY, struct ty_delivery_row, jwt),
	TY_COLUMN_END,
};

enum ty_code
ty_store_receipts_decode(struct ty_arena *arena, const struct ty_rows *rows,
			 struct ty_delivery_row **ret_rows, size_t *ret_count, struct ty_err *err)
{
	struct ty_delivery_row *out = ty_arena_alloc_array(arena, rows->count + 1, sizeof(*out));
	struct ty_column_map map;

	if (ty_rows_map(rows, receipt_columns, &map, err) != TY_OK)
		return err->code;
	for (size_t r = 0; r < rows->count; r++) {
		out[r] = (struct ty_delivery_row){ .notices = "",
						   .verdict = "accepted",
						   .reason = "" };
		ty_rows_read(rows, &map, arena, r, &out[r]);
	}
	*ret_rows = out;
	*ret_count = rows->count;
	return TY_OK;
}
