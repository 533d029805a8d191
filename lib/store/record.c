/*
 * record.c -- runs as arrays.
 */
#include "store/record.h"

#include "engine/digest.h"
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "store/array.h"
#include "store/column.h"

#include <string.h>

/* executions_error_size (sql/migrations); and what of its message is kept beyond that. */
#define ERROR_BYTES_MAX 65536
#define MESSAGE_MAX	1000
#define WORD_MAX	32
#define WORKER_MAX	200

/* The columns that record and mark have in common, in both functions' order. */
struct run_arrays {
	struct ty_array ids, workspaces, workflows, versions, modes, statuses, fences, deliveries,
		accepted, started;
};

static void
run_arrays_init(struct run_arrays *a, struct ty_arena *arena, const struct ty_record_run *runs,
		size_t count)
{
	ty_array_init(&a->ids, arena, TY_ARRAY_UUID, count);
	ty_array_init(&a->workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&a->workflows, arena, TY_ARRAY_UUID, count);
	ty_array_init(&a->versions, arena, TY_ARRAY_UUID, count);
	ty_array_init(&a->modes, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&a->statuses, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&a->fences, arena, TY_ARRAY_INT8, count);
	ty_array_init(&a->deliveries, arena, TY_ARRAY_INT4, count);
	ty_array_init(&a->accepted, arena, TY_ARRAY_TIMESTAMPTZ, count);
	ty_array_init(&a->started, arena, TY_ARRAY_TIMESTAMPTZ, count);
	for (size_t i = 0; i < count; i++) {
		ty_array_add_id(&a->ids, &runs[i].run_id);
		ty_array_add_id(&a->workspaces, &runs[i].workspace_id);
		ty_array_add_id(&a->workflows, &runs[i].workflow_id);
		ty_array_add_id(&a->versions, &runs[i].version_id);
		ty_array_add_text(&a->modes, runs[i].mode, WORD_MAX);
		ty_array_add_text(&a->statuses, runs[i].status, WORD_MAX);
		ty_array_add_int(&a->fences, runs[i].fence);
		ty_array_add_int(&a->deliveries, runs[i].deliveries);
		ty_array_add_time(&a->accepted, runs[i].accepted_at_ms);
		ty_array_add_time(&a->started, runs[i].started_at_ms);
	}
}

struct ty_sql_param
ty_store_worker_param(struct ty_arena *arena, const char *worker)
{
	size_t len = strnlen(worker, WORKER_MAX + 1);

	if (len > WORKER_MAX) {
		for (len = WORKER_MAX; len > 0 && ((unsigned char)worker[len] & 0xc0) == 0x80;)
			len--; /* cut before a character, not within it */
	}
	return TY_SQL_TEXT(ty_arena_strndup(arena, worker, len));
}

static void
run_arrays_add(const struct run_arrays *a, struct ty_store_query *query)
{
	const struct ty_array *arrays[] = { &a->ids,	  &a->workspaces, &a->workflows,
					    &a->versions, &a->modes,	  &a->statuses,
					    &a->fences,	  &a->deliveries, &a->accepted,
					    &a->started };

	for (size_t i = 0; i < TY_ARRAY_COUNT(arrays); i++)
		ty_query_add(query, ty_array_param(arrays[i]));
}

/* Columns that only a finished run has. */
struct result_arrays {
	struct ty_array finished, steps, items, errors, digests, data, run_ms, bytes;
};

/* An error's text; one that would fail the batch is cut down to what people need. */
static const char *
record_error(struct ty_arena *arena, const json_t *error)
{
	size_t len;
	const char *text = ty_json_dump(arena, error, &len);
	json_t *brief;

	if (len <= ERROR_BYTES_MAX)
		return text;
	brief = ty_json_own(arena, json_object());
	json_object_set_new(brief, "code", json_string(ty_json_str(error, "code", "internal")));
	json_object_set_new(brief, "node", json_string(ty_json_str(error, "node", "")));
	text = ty_json_str(error, "message", "");
	len = strlen(text);
	if (len > MESSAGE_MAX) {
		for (len = MESSAGE_MAX; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
			len--; /* cut before a character, not within it */
	}
	json_object_set_new(brief, "message", json_stringn(text, len));
	json_object_set_new(brief, "notice",
			    json_string("the error was too long to be kept whole"));
	return ty_json_dump(arena, brief, &len);
}

static void
result_arrays_add(struct result_arrays *a, struct ty_arena *arena, struct ty_pack *pack,
		  const struct ty_record_run *run)
{
	size_t len, packed_len;
	const char *steps = ty_json_dump(arena, run->steps, &len);
	const void *packed = ty_pack_bytes(pack, arena, steps, len, &packed_len);

	ty_array_add_time(&a->finished, run->finished_at_ms);
	ty_array_add_int(&a->steps, (int64_t)run->step_count);
	ty_array_add_int(&a->items, (int64_t)run->item_count);
	ty_array_add_text(&a->errors, run->error != NULL ? record_error(arena, run->error) : NULL,
			  ERROR_BYTES_MAX);
	ty_array_add_text(&a->digests, run->digest, TY_DIGEST_SIZE - 1);
	ty_array_add_bytes(&a->data, packed, packed_len);
	ty_array_add_int(&a->run_ms, run->finished_at_ms - run->started_at_ms - run->waited_ms);
	ty_array_add_int(&a->bytes, (int64_t)len);
}

static void
result_arrays_init(struct result_arrays *a, struct ty_arena *arena, struct ty_pack *pack,
		   const struct ty_record_run *runs, size_t count)
{
	ty_array_init(&a->finished, arena, TY_ARRAY_TIMESTAMPTZ, count);
	ty_array_init(&a->steps, arena, TY_ARRAY_INT4, count);
	ty_array_init(&a->items, arena, TY_ARRAY_INT4, count);
	ty_array_init(&a->errors, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&a->digests, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&a->data, arena, TY_ARRAY_BYTEA, count);
	ty_array_init(&a->run_ms, arena, TY_ARRAY_INT8, count);
	ty_array_init(&a->bytes, arena, TY_ARRAY_INT8, count);
	for (size_t i = 0; i < count; i++)
		result_arrays_add(a, arena, pack, &runs[i]);
}

void
ty_store_payloads_add(struct ty_arena *arena, struct ty_pack *pack,
		      const struct ty_id *workspace_ids, const struct ty_record_payload *payloads,
		      size_t count, struct ty_store_query *query)
{
	struct ty_array workspaces, hashes, kinds, sizes, stored;
	const struct ty_array *arrays[] = { &workspaces, &hashes, &kinds, &sizes, &stored };

	ty_array_init(&workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&hashes, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&kinds, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&sizes, arena, TY_ARRAY_INT8, count);
	ty_array_init(&stored, arena, TY_ARRAY_BYTEA, count);
	for (size_t i = 0; i < count; i++) {
		const struct ty_record_payload *p = &payloads[i];
		size_t len;
		void *packed = ty_pack_bytes(pack, arena, p->data, p->len, &len);

		ty_array_add_id(&workspaces, &workspace_ids[i]);
		ty_array_add_text(&hashes, p->hash, 64);
		ty_array_add_text(&kinds, p->kind, WORD_MAX);
		ty_array_add_int(&sizes, (int64_t)p->len);
		ty_array_add_bytes(&stored, packed, len);
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(arrays); i++)
		ty_query_add(query, ty_array_param(arrays[i]));
}

/* The payloads of all runs, one list. */
static void
record_add_payloads(struct ty_arena *arena, struct ty_pack *pack, const struct ty_record_run *runs,
		    size_t count, struct ty_store_query *query)
{
	struct ty_record_payload *payloads;
	struct ty_id *workspaces;
	size_t total = 0, n = 0;

	for (size_t i = 0; i < count; i++)
		total += runs[i].payload_count;
	workspaces = ty_arena_alloc_array(arena, total + 1, sizeof(*workspaces));
	payloads = ty_arena_alloc_array(arena, total + 1, sizeof(*payloads));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < runs[i].payload_count; j++) {
			workspaces[n] = runs[i].workspace_id;
			payloads[n++] = runs[i].payloads[j];
		}
	}
	ty_store_payloads_add(arena, pack, workspaces, payloads, total, query);
}

static const char record_sql[] =
	"SELECT written, payloads_over FROM tyboo.record_runs($1, $2, $3, $4, $5, $6, $7, $8, $9, "
	"$10,"
	" $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)";

/* Hashes of the files that the items of an answer name. */
static void
answer_files(const struct ty_record_run *run, struct ty_array *runs, struct ty_array *hashes)
{
	json_t *items = json_object_get(json_object_get(run->answer, "value"), "items");
	json_t *item, *file;
	const char *name;
	size_t i;

	json_array_foreach(items, i, item)
	{
		json_object_foreach(json_object_get(item, "binary"), name, file)
		{
			ty_array_add_id(runs, &run->run_id);
			ty_array_add_text(hashes, ty_json_str(file, "blob", ""), 64);
		}
	}
}

/* Add the answers for the callers of called runs; three nulls where none is among them, which is usual. */
static void
record_add_answers(struct ty_arena *arena, struct ty_pack *pack, const struct ty_record_run *runs,
		   size_t count, struct ty_store_query *query)
{
	struct ty_array answers, files_of, hashes;
	bool any = false;

	for (size_t i = 0; i < count; i++)
		any = any || runs[i].answer != NULL;
	ty_array_init(&answers, arena, TY_ARRAY_BYTEA, any ? count : 0);
	ty_array_init(&files_of, arena, TY_ARRAY_UUID, 0);
	ty_array_init(&hashes, arena, TY_ARRAY_TEXT, 0);
	for (size_t i = 0; any && i < count; i++) {
		size_t len;
		const char *text;

		if (runs[i].answer == NULL) {
			ty_array_add_null(&answers);
			continue;
		}
		text = ty_json_dump(arena, runs[i].answer, &len);
		text = ty_pack_bytes(pack, arena, text, len, &len);
		ty_array_add_bytes(&answers, text, len);
		answer_files(&runs[i], &files_of, &hashes);
	}
	ty_query_add(query, any ? ty_array_param(&answers) : TY_SQL_TEXT(NULL));
	ty_query_add(query, any ? ty_array_param(&files_of) : TY_SQL_TEXT(NULL));
	ty_query_add(query, any ? ty_array_param(&hashes) : TY_SQL_TEXT(NULL));
}

void
ty_store_record_query(struct ty_arena *arena, struct ty_pack *pack,
		      const struct ty_record_run *runs, size_t count, const char *worker,
		      struct ty_store_query *ret_query)
{
	struct run_arrays common;
	struct result_arrays result;

	run_arrays_init(&common, arena, runs, count);
	result_arrays_init(&result, arena, pack, runs, count);
	ret_query->sql = record_sql;
	ret_query->count = 0;
	run_arrays_add(&common, ret_query);
	ty_query_add(ret_query, ty_array_param(&result.finished));
	ty_query_add(ret_query, ty_array_param(&result.steps));
	ty_query_add(ret_query, ty_array_param(&result.items));
	ty_query_add(ret_query, ty_array_param(&result.errors));
	ty_query_add(ret_query, ty_array_param(&result.digests));
	ty_query_add(ret_query, ty_store_worker_param(arena, worker));
	ty_query_add(ret_query, ty_array_param(&result.data));
	ty_query_add(ret_query, ty_array_param(&result.run_ms));
	ty_query_add(ret_query, ty_array_param(&result.bytes));
	record_add_payloads(arena, pack, runs, count, ret_query);
	record_add_answers(arena, pack, runs, count, ret_query);
}

static const struct ty_column outcome_columns[] = {
	TY_COLUMN(BOOL, struct ty_record_outcome, written),
	TY_COLUMN(BOOL, struct ty_record_outcome, payloads_over),
	TY_COLUMN_END,
};

enum ty_code
ty_store_record_decode(const struct ty_rows *rows, size_t count,
		       struct ty_record_outcome *ret_outcomes, struct ty_err *err)
{
	struct ty_column_map map;

	if (rows->count != count)
		return ty_err_set(err, TY_E_INTERNAL, "%zu runs gave %zu answers", count,
				  rows->count);
	if (ty_rows_map(rows, outcome_columns, &map, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++)
		ty_rows_read(rows, &map, NULL, i, &ret_outcomes[i]);
	return TY_OK;
}

void
ty_store_mark_query(struct ty_arena *arena, const struct ty_record_run *runs, size_t count,
		    const char *worker, struct ty_store_query *ret_query)
{
	struct run_arrays common;

	run_arrays_init(&common, arena, runs, count);
	ret_query->sql =
		"SELECT ok FROM tyboo.mark_running($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
	ret_query->count = 0;
	run_arrays_add(&common, ret_query);
	ty_query_add(ret_query, ty_store_worker_param(arena, worker));
}

enum ty_code
ty_store_mark_decode(const struct ty_rows *rows, size_t count, bool *ret_ok, struct ty_err *err)
{
	if (rows->count != count)
		return ty_err_set(err, TY_E_INTERNAL, "%zu runs gave %zu answers", count,
				  rows->count);
	for (size_t i = 0; i < count; i++)
		ret_ok[i] = ty_rows_bool(rows, i, 0);
	return TY_OK;
}
