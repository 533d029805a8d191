/*
 * park.c -- pieces, runs that are put down and their waits, as arrays.
 */
#include "store/park.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/array.h"
#include "store/column.h"

#include <string.h>

/* Characters of the columns of 0009_park.sql. */
#define START_NODE_MAX 200
#define KEY_MAX	       300
#define NODE_MAX       200
#define FRAME_MAX      4000
#define WORD_MAX       32
/* A JSON list of frames or hashes; its column has no limit of its own. */
#define LIST_MAX SIZE_MAX
/* The time of a wait that does not end by itself: near the last that Postgres knows. */
#define AT_NEVER_MS INT64_C(9223371331200000)

static void
add_packed(struct ty_array *array, struct ty_arena *arena, struct ty_pack *pack, const json_t *json)
{
	size_t len, packed_len;
	const char *text = ty_json_dump(arena, json, &len);
	const void *packed = ty_pack_bytes(pack, arena, text, len, &packed_len);

	ty_array_add_bytes(array, packed, packed_len);
}

/* ---- pieces ---- */

/* The frames of these records, each once, as a JSON list; '' is the root. */
static const char *
piece_frames(struct ty_arena *arena, const json_t *steps)
{
	json_t *frames = ty_json_own(arena, json_array()), *step;
	struct ty_map *seen = ty_map_new(arena);
	size_t i;

	json_array_foreach((json_t *)steps, i, step)
	{
		const char *frame = ty_json_str(step, "frame", "");

		if (ty_map_find(seen, frame) != NULL)
			continue;
		ty_map_set(seen, frame, step);
		json_array_append_new(frames, json_string(frame));
	}
	return ty_json_dump(arena, frames, NULL);
}

struct piece_arrays {
	struct ty_array workspaces, runs, numbers, fences, firsts, counts, frames, saves, steps;
};

static void
piece_arrays_init(struct piece_arrays *a, struct ty_arena *arena, size_t count)
{
	ty_array_init(&a->workspaces, arena, TY_ARRAY_UUID, count);
	ty_array_init(&a->runs, arena, TY_ARRAY_UUID, count);
	ty_array_init(&a->numbers, arena, TY_ARRAY_INT4, count);
	ty_array_init(&a->fences, arena, TY_ARRAY_INT8, count);
	ty_array_init(&a->firsts, arena, TY_ARRAY_INT4, count);
	ty_array_init(&a->counts, arena, TY_ARRAY_INT4, count);
	ty_array_init(&a->frames, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&a->saves, arena, TY_ARRAY_TEXT, count);
	ty_array_init(&a->steps, arena, TY_ARRAY_BYTEA, count);
}

static void
piece_arrays_put(struct piece_arrays *a, struct ty_arena *arena, struct ty_pack *pack,
		 const struct ty_piece *piece)
{
	ty_array_add_id(&a->workspaces, &piece->workspace_id);
	ty_array_add_id(&a->runs, &piece->run_id);
	ty_array_add_int(&a->numbers, (int64_t)piece->number);
	ty_array_add_int(&a->fences, piece->fence);
	ty_array_add_int(&a->firsts, (int64_t)piece->first_step);
	ty_array_add_int(&a->counts, (int64_t)json_array_size(piece->steps));
	ty_array_add_text(&a->frames, piece_frames(arena, piece->steps), LIST_MAX);
	ty_array_add_text(&a->saves, piece->save, WORD_MAX);
	add_packed(&a->steps, arena, pack, piece->steps);
}

static void
pieces_add(struct ty_arena *arena, struct ty_pack *pack, const struct ty_piece *const *pieces,
	   size_t count, struct ty_store_query *query)
{
	struct piece_arrays a;
	const struct ty_array *arrays[] = { &a.workspaces, &a.runs,   &a.numbers,
					    &a.fences,	   &a.firsts, &a.counts,
					    &a.frames,	   &a.saves,  &a.steps };

	piece_arrays_init(&a, arena, count);
	for (size_t i = 0; i < count; i++)
		piece_arrays_put(&a, arena, pack, pieces[i]);
	for (size_t i = 0; i < TY_ARRAY_COUNT(arrays); i++)
		ty_query_add(query, ty_array_param(arrays[i]));
}

static void
payloads_add(struct ty_arena *arena, struct ty_pack *pack, const struct ty_piece *const *pieces,
	     size_t count, struct ty_store_query *query)
{
	size_t total = 0, n = 0;
	struct ty_id *workspaces;
	struct ty_record_payload *payloads;

	for (size_t i = 0; i < count; i++)
		total += pieces[i]->payload_count;
	workspaces = ty_arena_alloc_array(arena, total + 1, sizeof(*workspaces));
	payloads = ty_arena_alloc_array(arena, total + 1, sizeof(*payloads));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < pieces[i]->payload_count; j++) {
			workspaces[n] = pieces[i]->workspace_id;
			payloads[n++] = pieces[i]->payloads[j];
		}
	}
	ty_store_payloads_add(arena, pack, workspaces, payloads, total, query);
}

void
ty_store_pieces_query(struct ty_arena *arena, struct ty_pack *pack, const struct ty_piece *pieces,
		      size_t count, struct ty_store_query *ret_query)
{
	const struct ty_piece **list = ty_arena_alloc_array(arena, count + 1, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = &pieces[i];
	ret_query->sql = "SELECT ok FROM tyboo.append_pieces($1, $2, $3, $4, $5, $6, $7, $8, $9,"
			 " $10, $11, $12, $13, $14)";
	ret_query->count = 0;
	pieces_add(arena, pack, list, count, ret_query);
	payloads_add(arena, pack, list, count, ret_query);
}

enum ty_code
ty_store_pieces_decode(const struct ty_rows *rows, size_t count, bool *ret_ok, struct ty_err *err)
{
	return ty_store_mark_decode(rows, count, ret_ok, err);
}

/* ---- runs that are put down ---- */

static const char park_sql[] =
	"SELECT ok FROM tyboo.park_runs($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	"$14,"
	" $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,"
	" $33, $34, $35, $36, $37, $38, $39)";

struct park_arrays {
	struct ty_array ids, workspaces, workflows, versions, modes, fences, deliveries, accepted,
		started, starts, pieces, steps, items, running, frames, payloads, states;
};

static void
park_arrays_init(struct park_arrays *a, struct ty_arena *arena, size_t count)
{
	const struct {
		struct ty_array *array;
		enum ty_array_type type;
	} rows[] = {
		{ &a->ids, TY_ARRAY_UUID },
		{ &a->workspaces, TY_ARRAY_UUID },
		{ &a->workflows, TY_ARRAY_UUID },
		{ &a->versions, TY_ARRAY_UUID },
		{ &a->modes, TY_ARRAY_TEXT },
		{ &a->fences, TY_ARRAY_INT8 },
		{ &a->deliveries, TY_ARRAY_INT4 },
		{ &a->accepted, TY_ARRAY_TIMESTAMPTZ },
		{ &a->started, TY_ARRAY_TIMESTAMPTZ },
		{ &a->starts, TY_ARRAY_TEXT },
		{ &a->pieces, TY_ARRAY_INT4 },
		{ &a->steps, TY_ARRAY_INT4 },
		{ &a->items, TY_ARRAY_INT4 },
		{ &a->running, TY_ARRAY_INT8 },
		{ &a->frames, TY_ARRAY_TEXT },
		{ &a->payloads, TY_ARRAY_TEXT },
		{ &a->states, TY_ARRAY_BYTEA },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++)
		ty_array_init(rows[i].array, arena, rows[i].type, count);
}

/* A list in the state, as JSON. */
static const char *
state_list(struct ty_arena *arena, const json_t *state, const char *name, const char *def)
{
	json_t *list = json_object_get(state, name);

	return json_is_array(list) ? ty_json_dump(arena, list, NULL) : def;
}

static void
park_arrays_put(struct park_arrays *a, struct ty_arena *arena, struct ty_pack *pack,
		const struct ty_park *park)
{
	const struct ty_record_run *run = park->run;

	ty_array_add_id(&a->ids, &run->run_id);
	ty_array_add_id(&a->workspaces, &run->workspace_id);
	ty_array_add_id(&a->workflows, &run->workflow_id);
	ty_array_add_id(&a->versions, &run->version_id);
	ty_array_add_text(&a->modes, run->mode, WORD_MAX);
	ty_array_add_int(&a->fences, run->fence);
	ty_array_add_int(&a->deliveries, run->deliveries);
	ty_array_add_time(&a->accepted, run->accepted_at_ms);
	ty_array_add_time(&a->started, run->started_at_ms);
	ty_array_add_text(&a->starts, park->start_node, START_NODE_MAX);
	ty_array_add_int(&a->pieces, (int64_t)park->piece_count);
	ty_array_add_int(&a->steps, (int64_t)run->step_count);
	ty_array_add_int(&a->items, (int64_t)run->item_count);
	ty_array_add_int(&a->running, park->running_ms);
	ty_array_add_text(&a->frames, state_list(arena, park->state, "frames_live", "[\"\"]"),
			  LIST_MAX);
	ty_array_add_text(&a->payloads, state_list(arena, park->state, "payloads", "[]"), LIST_MAX);
	add_packed(&a->states, arena, pack, park->state);
}

static void
park_add_runs(struct ty_arena *arena, struct ty_pack *pack, const struct ty_park *parks,
	      size_t count, const char *worker, struct ty_store_query *query)
{
	struct park_arrays a;
	const struct ty_array *before[] = { &a.ids,	   &a.workspaces, &a.workflows,
					    &a.versions,   &a.modes,	  &a.fences,
					    &a.deliveries, &a.accepted,	  &a.started };
	const struct ty_array *after[] = { &a.starts,  &a.pieces, &a.steps,    &a.items,
					   &a.running, &a.frames, &a.payloads, &a.states };

	park_arrays_init(&a, arena, count);
	for (size_t i = 0; i < count; i++)
		park_arrays_put(&a, arena, pack, &parks[i]);
	for (size_t i = 0; i < TY_ARRAY_COUNT(before); i++)
		ty_query_add(query, ty_array_param(before[i]));
	ty_query_add(query, ty_store_worker_param(arena, worker));
	for (size_t i = 0; i < TY_ARRAY_COUNT(after); i++)
		ty_query_add(query, ty_array_param(after[i]));
}

struct wait_arrays {
	struct ty_array runs, keys, kinds, nodes, frames, at, tokens;
};

static void
wait_arrays_put(struct wait_arrays *a, const struct ty_id *run_id, const struct ty_park_wait *wait)
{
	uint8_t hash[TY_SHA256_SIZE];

	ty_array_add_id(&a->runs, run_id);
	ty_array_add_text(&a->keys, wait->key, KEY_MAX);
	ty_array_add_text(&a->kinds, wait->kind, WORD_MAX);
	ty_array_add_text(&a->nodes, wait->node, NODE_MAX);
	ty_array_add_text(&a->frames, wait->frame, FRAME_MAX);
	ty_array_add_time(&a->at, wait->at_ms < AT_NEVER_MS ? wait->at_ms : AT_NEVER_MS);
	if (wait->token == NULL && wait->token_hash != NULL &&
	    strlen(wait->token_hash) == 2 * sizeof(hash) &&
	    ty_str_unhex(wait->token_hash, strlen(wait->token_hash), hash)) {
		ty_array_add_bytes(&a->tokens, hash, sizeof(hash));
		return;
	}
	if (wait->token == NULL) {
		ty_array_add_null(&a->tokens);
		return;
	}
	ty_sha256(wait->token, strlen(wait->token), hash);
	ty_array_add_bytes(&a->tokens, hash, sizeof(hash));
}

static void
park_add_waits(struct ty_arena *arena, const struct ty_park *parks, size_t count,
	       struct ty_store_query *query)
{
	struct wait_arrays a;
	const struct ty_array *arrays[] = { &a.runs,   &a.keys, &a.kinds, &a.nodes,
					    &a.frames, &a.at,	&a.tokens };
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += parks[i].wait_count;
	ty_array_init(&a.runs, arena, TY_ARRAY_UUID, total);
	ty_array_init(&a.keys, arena, TY_ARRAY_TEXT, total);
	ty_array_init(&a.kinds, arena, TY_ARRAY_TEXT, total);
	ty_array_init(&a.nodes, arena, TY_ARRAY_TEXT, total);
	ty_array_init(&a.frames, arena, TY_ARRAY_TEXT, total);
	ty_array_init(&a.at, arena, TY_ARRAY_TIMESTAMPTZ, total);
	ty_array_init(&a.tokens, arena, TY_ARRAY_BYTEA, total);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < parks[i].wait_count; j++)
			wait_arrays_put(&a, &parks[i].run->run_id, &parks[i].waits[j]);
	for (size_t i = 0; i < TY_ARRAY_COUNT(arrays); i++)
		ty_query_add(query, ty_array_param(arrays[i]));
}

void
ty_store_park_query(struct ty_arena *arena, struct ty_pack *pack, const struct ty_park *parks,
		    size_t count, const char *worker, struct ty_store_query *ret_query)
{
	const struct ty_piece **pieces = ty_arena_alloc_array(arena, count + 1, sizeof(*pieces));
	size_t piece_count = 0;

	for (size_t i = 0; i < count; i++)
		if (parks[i].piece != NULL)
			pieces[piece_count++] = parks[i].piece;
	ret_query->sql = park_sql;
	ret_query->count = 0;
	park_add_runs(arena, pack, parks, count, worker, ret_query);
	pieces_add(arena, pack, pieces, piece_count, ret_query);
	park_add_waits(arena, parks, count, ret_query);
	payloads_add(arena, pack, pieces, piece_count, ret_query);
}

enum ty_code
ty_store_park_decode(const struct ty_rows *rows, size_t count, bool *ret_ok, struct ty_err *err)
{
	return ty_store_mark_decode(rows, count, ret_ok, err);
}

/* ---- what ends a wait ---- */

static const char *const call_words[TY_CALL__COUNT] = {
	[TY_CALL_TAKEN] = "taken", [TY_CALL_OPEN] = "open", [TY_CALL_ANSWERED] = "answered",
	[TY_CALL_LATE] = "late",   [TY_CALL_OVER] = "over",
};

struct call_row {
	const char *status, *workflow_name, *graph;
	int64_t at_ms;
	const uint8_t *answer;
	size_t answer_len;
};

static const struct ty_column call_columns[] = {
	TY_COLUMN(COPY, struct call_row, status),
	TY_COLUMN(COPY, struct call_row, workflow_name),
	TY_COLUMN(COPY, struct call_row, graph),
	TY_COLUMN(INT, struct call_row, at_ms),
	TY_COLUMN_BYTES_OF(struct call_row, answer, answer_len),
	TY_COLUMN_END,
};

static enum ty_code
call_read(struct ty_arena *arena, const struct call_row *row, struct ty_call_said *ret_said,
	  struct ty_err *err)
{
	json_t *answer;
	size_t len;
	char *text;

	*ret_said = (struct ty_call_said){ .status = TY_CALL_OVER,
					   .at_ms = row->at_ms,
					   .workflow_name = row->workflow_name,
					   .graph = row->graph };
	for (size_t i = 0; i < TY_CALL__COUNT; i++)
		if (strcmp(call_words[i], row->status) == 0)
			ret_said->status = (enum ty_call_status)i;
	if (row->answer == NULL)
		return TY_OK;
	if (ty_unpack(arena, row->answer, row->answer_len, &text, &len, err) != TY_OK ||
	    ty_json_parse_stored(arena, text, len, &answer, err) != TY_OK)
		return err->code;
	if (ty_json_bool(answer, "lapsed", false))
		ret_said->status = TY_CALL_LATE;
	else
		ret_said->answer = json_object_get(answer, "value");
	return TY_OK;
}

enum ty_code
ty_store_wait_call(struct ty_tx *tx, const char *workspace, const struct ty_id *run_id,
		   const char *key, const json_t *answer, struct ty_call_said *ret_said,
		   struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_pack *pack = ty_pack_new();
	const void *packed = NULL;
	size_t packed_len = 0, len;
	struct call_row row = { .status = "" };
	struct ty_rows rows;

	if (answer != NULL) {
		const char *text = ty_json_dump(arena, answer, &len);

		packed = ty_pack_bytes(pack, arena, text, len, &packed_len);
	}
	ty_pack_free(pack);
	if (ty_tx_query(tx,
			"SELECT status, at_ms, answer, workflow_name, graph FROM "
			"tyboo.call_wait($1, $2, $3, $4)",
			(struct ty_sql_param[]){
				TY_SQL_TEXT(workspace), TY_SQL_TEXT(run_id->s), TY_SQL_TEXT(key),
				packed != NULL ? TY_SQL_BYTES(packed, packed_len) : TY_SQL_NULL },
			4, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0) {
		ty_err_set(err, TY_E_NOT_FOUND, "There is no such run here");
		return ty_err_hint(err, "Runs are kept for some time only; the address is one of "
					"another workspace, or its run is no longer stored.");
	}
	if (ty_rows_read_one(&rows, call_columns, arena, 0, &row, err) != TY_OK)
		return err->code;
	return call_read(arena, &row, ret_said, err);
}

static const char due_sql[] =
	"SELECT run_id, workspace_id, workflow_id, version_id, mode, start_node, "
	"accepted_ms AS accepted_at_ms, limits, workflow_max FROM tyboo.due_waits($1, $2, $3, $4, "
	"$5)";

void
ty_store_due_query(struct ty_arena *arena, const struct ty_id *after,
		   const struct ty_due_room *rooms, size_t room_count, int64_t room_default,
		   int64_t max, struct ty_store_query *ret_query)
{
	struct ty_array workspaces, counts;

	ty_array_init(&workspaces, arena, TY_ARRAY_UUID, room_count);
	ty_array_init(&counts, arena, TY_ARRAY_INT4, room_count);
	for (size_t i = 0; i < room_count; i++) {
		ty_array_add_id(&workspaces, &rooms[i].workspace_id);
		ty_array_add_int(&counts, rooms[i].room);
	}
	*ret_query = (struct ty_store_query){
		.sql = due_sql,
		.params = { TY_SQL_TEXT(after != NULL && ty_id_is_set(after)
						? ty_arena_strdup(arena, after->s)
						: "00000000-0000-0000-0000-000000000000"),
			    ty_array_param(&workspaces), ty_array_param(&counts),
			    TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)room_default)),
			    TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)max)) },
		.count = 5,
	};
}

static const struct ty_column due_columns[] = {
	TY_COLUMN(ID, struct ty_due, run_id),	       TY_COLUMN(ID, struct ty_due, workspace_id),
	TY_COLUMN(ID, struct ty_due, workflow_id),     TY_COLUMN(ID, struct ty_due, version_id),
	TY_COLUMN(COPY, struct ty_due, mode),	       TY_COLUMN(COPY, struct ty_due, start_node),
	TY_COLUMN(INT, struct ty_due, accepted_at_ms), TY_COLUMN(LIMITS, struct ty_due, limits),
	TY_COLUMN(INT, struct ty_due, workflow_max),   TY_COLUMN_END,
};

enum ty_code
ty_store_due_decode(struct ty_arena *arena, const struct ty_rows *rows, struct ty_due **ret_due,
		    size_t *ret_count, struct ty_err *err)
{
	*ret_due = ty_rows_read_all(rows, due_columns, arena, sizeof(**ret_due), err);
	*ret_count = rows->count;
	return *ret_due != NULL ? TY_OK : err->code;
}

void
ty_store_due_delay_query(struct ty_arena *arena, const struct ty_id *run_ids, size_t count,
			 struct ty_store_query *ret_query)
{
	struct ty_array ids;

	ty_array_init(&ids, arena, TY_ARRAY_UUID, count);
	for (size_t i = 0; i < count; i++)
		ty_array_add_id(&ids, &run_ids[i]);
	*ret_query = (struct ty_store_query){ .sql = "SELECT tyboo.delay_waits($1)",
					      .params = { ty_array_param(&ids) },
					      .count = 1 };
}
