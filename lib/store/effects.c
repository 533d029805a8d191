/*
 * effects.c -- claims and the journal, to SQL and back.
 */
#include "store/effects.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "json/json.h"
#include "store/array.h"
#include "store/column.h"

#include <string.h>

/* Characters of the columns of tyboo.effects (sql/migrations). */
#define KEY_MAX		300
#define IDEMPOTENCY_MAX 255
#define DIGEST_MAX	32

static const char claim_sql[] = "SELECT status, kind, key, extra, at_ms, data"
				" FROM tyboo.take_run($1, $2, $3, $4, $5, $6, $7, $8, $9)";

struct take_row {
	const char *kind, *key, *extra;
	int64_t at_ms;
	const uint8_t *data; /* compressed; NULL = none */
	size_t data_len;
};

static const struct ty_column take_columns[] = {
	TY_COLUMN(TEXT, struct take_row, kind),
	TY_COLUMN(TEXT, struct take_row, key),
	TY_COLUMN(TEXT, struct take_row, extra),
	TY_COLUMN(INT, struct take_row, at_ms),
	TY_COLUMN_BYTES_OF(struct take_row, data, data_len),
	TY_COLUMN_END,
};

static const char *
claim_int(struct ty_arena *arena, int64_t n)
{
	return ty_arena_printf(arena, "%lld", (long long)n);
}

void
ty_store_claim_query(struct ty_arena *arena, const struct ty_record_run *run, const char *worker,
		     struct ty_store_query *ret_query)
{
	char *accepted = ty_arena_alloc(arena, TY_TIME_TEXT_SIZE);

	ty_time_format(run->accepted_at_ms, accepted);
	*ret_query = (struct ty_store_query){
		.sql = claim_sql,
		.params = { TY_SQL_TEXT(run->run_id.s), TY_SQL_TEXT(run->workspace_id.s),
			    TY_SQL_TEXT(run->workflow_id.s), TY_SQL_TEXT(run->version_id.s),
			    TY_SQL_TEXT(run->mode), TY_SQL_TEXT(accepted),
			    TY_SQL_TEXT(claim_int(arena, run->fence)),
			    TY_SQL_TEXT(claim_int(arena, run->deliveries)),
			    ty_store_worker_param(arena, worker) },
		.count = 9,
	};
}

struct take {
	struct ty_arena *arena, *scratch; /* 'scratch': of what becomes trees and texts */
	struct ty_taken *taken;
	json_t *journal, *steps;
	struct ty_record_payload *payloads;
};

/* The data, uncompressed; *ret_text is NULL for null. */
static enum ty_code
take_text(struct ty_arena *arena, const struct take_row *row, char **ret_text, size_t *ret_len,
	  struct ty_err *err)
{
	*ret_text = NULL;
	*ret_len = 0;
	return row->data == NULL
		       ? TY_OK
		       : ty_unpack(arena, row->data, row->data_len, ret_text, ret_len, err);
}

/* The data's JSON, or JSON's null. */
static enum ty_code
take_json(const struct take *take, const struct take_row *row, json_t **ret_json,
	  struct ty_err *err)
{
	char *text;
	size_t len;

	if (take_text(take->scratch, row, &text, &len, err) != TY_OK)
		return err->code;
	if (text == NULL) {
		*ret_json = json_null();
		return TY_OK;
	}
	if (ty_json_parse_stored(take->arena, text, len, ret_json, err) != TY_OK)
		return ty_err_set(err, TY_E_MALFORMED, "a stored value is damaged");
	return TY_OK;
}

/* ---- a row of each kind ---- */

static enum ty_code
take_run(struct take *take, const struct take_row *row, struct ty_err *err)
{
	(void)err;
	take->taken->digest_version = (unsigned)row->at_ms; /* 0: NULL */
	return TY_OK;
}

static enum ty_code
take_state(struct take *take, const struct take_row *row, struct ty_err *err)
{
	const char *extra = row->extra;
	struct ty_taken *taken = take->taken;
	json_t *numbers, *state;

	if (take_json(take, row, &state, err) != TY_OK ||
	    ty_json_parse_stored(take->arena, extra, strlen(extra), &numbers, err) != TY_OK)
		return ty_err_wrap(err, "state of a run that was put down");
	taken->state = state;
	taken->start_node = ty_arena_strdup(take->arena, row->key);
	taken->started_at_ms = row->at_ms;
	taken->piece_count = (size_t)ty_json_int(numbers, "pieces", 0);
	taken->step_count = (size_t)ty_json_int(numbers, "steps", 0);
	taken->item_count = (size_t)ty_json_int(numbers, "items", 0);
	taken->running_ms = ty_json_int(numbers, "running_ms", 0);
	return TY_OK;
}

static enum ty_code
take_source(struct take *take, const struct take_row *row, struct ty_err *err)
{
	json_t *source;

	if (ty_json_parse_stored(take->arena, row->extra, strlen(row->extra), &source, err) !=
	    TY_OK)
		return ty_err_wrap(err, "what it takes of an earlier run");
	take->taken->source = source;
	return TY_OK;
}

static enum ty_code
take_piece(struct take *take, const struct take_row *row, struct ty_err *err)
{
	json_t *steps;

	if (take_json(take, row, &steps, err) != TY_OK)
		return ty_err_wrap(err, "steps from %lld on", (long long)row->at_ms);
	json_array_extend(take->steps, steps);
	return TY_OK;
}

static enum ty_code
take_payload(struct take *take, const struct take_row *row, struct ty_err *err)
{
	struct ty_record_payload *payload = &take->payloads[take->taken->payload_count];
	const char *hash = ty_arena_strdup(take->arena, row->key);
	char *text;

	if (take_text(take->arena, row, &text, &payload->len, err) != TY_OK)
		return ty_err_wrap(err, "payload %s", hash);
	if (text == NULL) {
		take->taken->gone = hash;
		return TY_OK;
	}
	payload->hash = hash;
	payload->kind = ty_arena_strdup(take->arena, row->extra);
	payload->data = text;
	take->taken->payload_count++;
	return TY_OK;
}

static enum ty_code
take_journal(struct take *take, const struct take_row *row, struct ty_err *err)
{
	const char *key = row->key;
	json_t *answer = NULL;

	if (take_json(take, row, &answer, err) != TY_OK)
		return ty_err_wrap(err, "journal of effect %s", key);
	json_array_append_new(take->journal, json_pack("{s:s, s:I, s:s, s:O}", "key", key, "at_ms",
						       (json_int_t)row->at_ms, "idempotency_key",
						       row->extra, "answer", answer));
	return TY_OK;
}

static const struct {
	const char *kind;
	enum ty_code (*read)(struct take *take, const struct take_row *row, struct ty_err *err);
} take_kinds[] = {
	{ "run", take_run },	 { "source", take_source },   { "state", take_state },
	{ "piece", take_piece }, { "payload", take_payload }, { "journal", take_journal },
};

static enum ty_code
take_any(struct take *take, const struct take_row *row, struct ty_err *err)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(take_kinds); i++)
		if (strcmp(row->kind, take_kinds[i].kind) == 0)
			return take_kinds[i].read(take, row, err);
	return ty_err_set(err, TY_E_INTERNAL, "tyboo.take_run answered with %s", row->kind);
}

enum ty_code
ty_store_take_decode(struct ty_arena *arena, const struct ty_rows *rows, struct ty_taken *ret_taken,
		     struct ty_err *err)
{
	static const char *const names[] = { [TY_CLAIM_CLAIMED] = "claimed",
					     [TY_CLAIM_FINISHED] = "finished",
					     [TY_CLAIM_FENCED] = "fenced",
					     [TY_CLAIM_WAITING] = "waiting" };
	const char *name =
		rows->count > 0 ? ty_rows_text(rows, 0, ty_rows_column(rows, "status")) : NULL;
	struct ty_taken taken = { .status = TY_CLAIM_CLAIMED };
	struct take take = { .arena = arena, .taken = &taken };
	enum ty_code code = TY_OK;
	struct ty_column_map map;
	size_t status = 0;

	while (status < TY_ARRAY_COUNT(names) && (name == NULL || strcmp(name, names[status]) != 0))
		status++;
	if (status == TY_ARRAY_COUNT(names))
		return ty_err_set(err, TY_E_INTERNAL, "tyboo.take_run answered %s",
				  name != NULL ? name : "nothing");
	taken.status = (enum ty_claim_status)status;
	taken.journal = take.journal = ty_json_own(arena, json_array());
	taken.steps = take.steps = ty_json_own(arena, json_array());
	taken.payloads = take.payloads =
		ty_arena_alloc_array(arena, rows->count, sizeof(*take.payloads));
	if (ty_rows_map(rows, take_columns, &map, err) != TY_OK)
		return err->code;
	take.scratch = ty_arena_new(arena, "take", 0);
	for (size_t r = 0; r < rows->count && code == TY_OK; r++) {
		struct take_row row;

		ty_rows_read(rows, &map, take.scratch, r, &row);
		code = take_any(&take, &row, err);
	}
	ty_arena_free(take.scratch);
	if (code == TY_OK)
		*ret_taken = taken;
	return code;
}

enum ty_code
ty_store_claim_decode(struct ty_arena *arena, const struct ty_rows *rows,
		      enum ty_claim_status *ret_status, const json_t **ret_journal,
		      struct ty_err *err)
{
	struct ty_taken taken;

	if (ty_store_take_decode(arena, rows, &taken, err) != TY_OK)
		return err->code;
	*ret_status = taken.status;
	*ret_journal = taken.journal;
	return TY_OK;
}

void
ty_store_journal_query(struct ty_arena *arena, struct ty_pack *pack,
		       const struct ty_effect *effects, size_t count,
		       struct ty_store_query *ret_query)
{
	struct ty_array runs, workspaces, keys, idempotency, fences, times, answers, versions,
		digests;

	ty_array_init(&runs, arena, TY_ARRAY_UUID, count);
	ty_array_init(&workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&keys, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&idempotency, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&fences, arena, TY_ARRAY_INT8, count);
	ty_array_init(&times, arena, TY_ARRAY_TIMESTAMPTZ, count);
	ty_array_init(&answers, arena, TY_ARRAY_BYTEA, count);
	ty_array_init(&versions, arena, TY_ARRAY_INT4, count);
	ty_array_init(&digests, arena, TY_ARRAY_TEXT, count);
	for (size_t i = 0; i < count; i++) {
		const struct ty_effect *e = &effects[i];
		size_t len;

		ty_array_add_id(&runs, &e->run_id);
		ty_array_add_id(&workspaces, &e->workspace_id);
		ty_array_add_text(&keys, e->key, KEY_MAX);
		ty_array_add_text(&idempotency, e->idempotency_key, IDEMPOTENCY_MAX);
		ty_array_add_int(&fences, e->fence);
		ty_array_add_time(&times, e->at_ms);
		ty_array_add_int(&versions, e->digest_version);
		ty_array_add_text(&digests, e->request_digest, DIGEST_MAX);
		if (e->answer != NULL) {
			const char *text = ty_json_dump(arena, e->answer, &len);
			size_t packed_len;
			void *packed = ty_pack_bytes(pack, arena, text, len, &packed_len);

			ty_array_add_bytes(&answers, packed, packed_len);
		} else {
			ty_array_add_null(&answers);
		}
	}
	*ret_query = (struct ty_store_query){
		.sql = "SELECT ok FROM tyboo.journal($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		.params = { ty_array_param(&runs), ty_array_param(&workspaces),
			    ty_array_param(&keys), ty_array_param(&idempotency),
			    ty_array_param(&fences), ty_array_param(&times),
			    ty_array_param(&answers), ty_array_param(&versions),
			    ty_array_param(&digests) },
		.count = 9,
	};
}

enum ty_code
ty_store_journal_decode(const struct ty_rows *rows, size_t count, bool *ret_ok, struct ty_err *err)
{
	return ty_store_mark_decode(rows, count, ret_ok, err);
}

/* ---- the journal of another run ---- */

struct source_row {
	const char *key, *request_digest;
	int64_t at_ms;
	const uint8_t *answer; /* compressed; NULL = none */
	size_t answer_len;
};

static const struct ty_column source_columns[] = {
	TY_COLUMN(TEXT, struct source_row, key),
	TY_COLUMN(INT, struct source_row, at_ms),
	TY_COLUMN(TEXT, struct source_row, request_digest),
	TY_COLUMN_BYTES_OF(struct source_row, answer, answer_len),
	TY_COLUMN_END,
};

void
ty_store_source_query(const struct ty_id *workspace_id, const struct ty_id *run_id, bool is_deep,
		      struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT key, at_ms, request_digest, answer "
		       "FROM tyboo.source_journal($1, $2, $3)",
		.params = { TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(run_id->s),
			    TY_SQL_TEXT(is_deep ? "t" : "f") },
		.count = 3,
	};
}

static enum ty_code
source_entry(const struct take *take, const struct source_row *row, struct ty_err *err)
{
	const struct take_row answer = { .data = row->answer, .data_len = row->answer_len };
	json_t *json;

	if (take_json(take, &answer, &json, err) != TY_OK)
		return ty_err_wrap(err, "journal of effect %s", row->key);
	json_array_append_new(take->journal,
			      json_pack("{s:s, s:I, s:s?, s:O}", "key", row->key, "at_ms",
					(json_int_t)row->at_ms, "request_digest",
					row->request_digest, "answer", json));
	return TY_OK;
}

enum ty_code
ty_store_source_decode(struct ty_arena *arena, const struct ty_rows *rows,
		       const json_t **ret_journal, struct ty_err *err)
{
	struct take take = { .arena = arena, .journal = ty_json_own(arena, json_array()) };
	struct ty_column_map map;
	enum ty_code code = TY_OK;

	if (ty_rows_map(rows, source_columns, &map, err) != TY_OK)
		return err->code;
	take.scratch = ty_arena_new(arena, "source", 0);
	for (size_t r = 0; r < rows->count && code == TY_OK; r++) {
		struct source_row row;

		ty_rows_read(rows, &map, take.scratch, r, &row);
		code = source_entry(&take, &row, err);
	}
	ty_arena_free(take.scratch);
	if (code == TY_OK)
		*ret_journal = take.journal;
	return code;
}
