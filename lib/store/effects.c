/*
 * effects.c -- claims and the journal, to SQL and back.
 */
#include "store/effects.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "json/json.h"
#include "store/array.h"

#include <string.h>

/* Characters of the columns of tyboo.effects (sql/migrations). */
#define KEY_MAX		300
#define IDEMPOTENCY_MAX 255

static const char claim_sql[] = "SELECT status, key, idempotency_key, at_ms, answer"
				" FROM tyboo.claim_run($1, $2, $3, $4, $5, $6, $7, $8, $9)";

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

/* The cell's JSON, or JSON's null. */
static enum ty_code
claim_answer(struct ty_arena *arena, const struct ty_rows *rows, size_t r, json_t **ret_answer,
	     struct ty_err *err)
{
	size_t packed_len, len;
	uint8_t *packed = ty_rows_bytes(rows, arena, r, 4, &packed_len);
	char *text;

	if (packed == NULL) {
		*ret_answer = json_null();
		return TY_OK;
	}
	if (ty_unpack(arena, packed, packed_len, &text, &len, err) != TY_OK)
		return err->code;
	if (ty_json_parse_stored(arena, text, len, ret_answer, err) != TY_OK)
		return ty_err_set(err, TY_E_MALFORMED, "a stored answer is damaged");
	return TY_OK;
}

enum ty_code
ty_store_claim_decode(struct ty_arena *arena, const struct ty_rows *rows,
		      enum ty_claim_status *ret_status, const json_t **ret_journal,
		      struct ty_err *err)
{
	static const char *const names[] = { [TY_CLAIM_CLAIMED] = "claimed",
					     [TY_CLAIM_FINISHED] = "finished",
					     [TY_CLAIM_FENCED] = "fenced" };
	json_t *journal = ty_json_own(arena, json_array()), *answer = NULL;
	const char *name = rows->count > 0 ? ty_rows_text(rows, 0, 0) : NULL;
	size_t status = 0;

	while (status < TY_ARRAY_COUNT(names) && (name == NULL || strcmp(name, names[status]) != 0))
		status++;
	if (status == TY_ARRAY_COUNT(names))
		return ty_err_set(err, TY_E_INTERNAL, "tyboo.claim_run answered %s",
				  name != NULL ? name : "nothing");
	for (size_t r = 0; r < rows->count && ty_rows_text(rows, r, 1) != NULL; r++) {
		if (claim_answer(arena, rows, r, &answer, err) != TY_OK)
			return ty_err_wrap(err, "journal of effect %s", ty_rows_text(rows, r, 1));
		json_array_append_new(
			journal,
			json_pack("{s:s, s:I, s:s, s:O}", "key", ty_rows_text(rows, r, 1), "at_ms",
				  (json_int_t)ty_rows_int(rows, r, 3), "idempotency_key",
				  ty_rows_text(rows, r, 2), "answer", answer));
	}
	*ret_status = (enum ty_claim_status)status;
	*ret_journal = journal;
	return TY_OK;
}

void
ty_store_journal_query(struct ty_arena *arena, struct ty_pack *pack,
		       const struct ty_effect *effects, size_t count,
		       struct ty_store_query *ret_query)
{
	struct ty_array runs, workspaces, keys, idempotency, fences, times, answers;

	ty_array_init(&runs, arena, TY_ARRAY_UUID, count);
	ty_array_init(&workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&keys, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&idempotency, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&fences, arena, TY_ARRAY_INT8, count);
	ty_array_init(&times, arena, TY_ARRAY_TIMESTAMPTZ, count);
	ty_array_init(&answers, arena, TY_ARRAY_BYTEA, count);
	for (size_t i = 0; i < count; i++) {
		const struct ty_effect *e = &effects[i];
		size_t len;

		ty_array_add_id(&runs, &e->run_id);
		ty_array_add_id(&workspaces, &e->workspace_id);
		ty_array_add_text(&keys, e->key, KEY_MAX);
		ty_array_add_text(&idempotency, e->idempotency_key, IDEMPOTENCY_MAX);
		ty_array_add_int(&fences, e->fence);
		ty_array_add_time(&times, e->at_ms);
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
		.sql = "SELECT ok FROM tyboo.journal($1, $2, $3, $4, $5, $6, $7)",
		.params = { ty_array_param(&runs), ty_array_param(&workspaces),
			    ty_array_param(&keys), ty_array_param(&idempotency),
			    ty_array_param(&fences), ty_array_param(&times),
			    ty_array_param(&answers) },
		.count = 7,
	};
}

enum ty_code
ty_store_journal_decode(const struct ty_rows *rows, size_t count, bool *ret_ok, struct ty_err *err)
{
	return ty_store_mark_decode(rows, count, ret_ok, err);
}
