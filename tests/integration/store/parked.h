/*
 * parked.h -- runs in pieces and put down, as a worker's statements make them; for the tests of
 * store/park.h.
 */
#ifndef TY_TESTS_STORE_PARKED_H
#define TY_TESTS_STORE_PARKED_H

#include "integration/store/fixture.h"

#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/answer.h"
#include "store/effects.h"
#include "store/execution_list.h"
#include "store/park.h"
#include "store/record.h"
#include "store/step_list.h"
#include "store/tidy.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MS	  ty_time_now_ms()
#define HASH	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CALL_KEY  "l:1/w/1/call"
#define NEVER_MS  INT64_MAX
#define LATER_MS  (NOW_MS + 3600000)
#define OLD_RUN	  "01800000-0000-7000-8000-%012d" /* April 2022 */
#define DATA_MAX  2048
#define DUE_COUNT 100000

static struct ty_pack *pack;

static inline json_t *
json_of(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	ck_assert_ptr_nonnull(json);
	return ty_json_own(fx.arena, json);
}

/* One cell; $RUN in the statement is the run's id. */
static inline const char *
cell(const char *sql, const struct ty_record_run *run)
{
	const char *at = strstr(sql, "$RUN"), *text;

	text = ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - sql), sql, run->run_id.s, at + 4);
	text = db_cell(owner, NULL, text);
	return text != NULL ? text : "(null)";
}

static inline int64_t
number(const char *sql, const struct ty_record_run *run)
{
	return strtoll(cell(sql, run), NULL, 10);
}

static inline struct ty_record_run
run_new(int64_t fence)
{
	struct ty_record_run run = { .run_id = ty_id_new(),
				     .workspace_id = ws_a,
				     .workflow_id = ty_id_new(),
				     .version_id = ty_id_new(),
				     .mode = "webhook",
				     .status = "running",
				     .fence = fence,
				     .deliveries = 1,
				     .accepted_at_ms = NOW_MS - 100,
				     .started_at_ms = NOW_MS - 50,
				     .step_count = 2,
				     .item_count = 2 };

	pack = pack != NULL ? pack : ty_pack_new();
	return run;
}

static inline void
mark(const struct ty_record_run *run)
{
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_mark_query(fx.arena, run, 1, "w", &query);
	db_query(&query, &rows);
}

static inline bool
finish(struct ty_record_run run, const char *status, const char *steps)
{
	struct ty_record_outcome outcome;
	struct ty_store_query query;
	struct ty_rows rows;

	run.status = status;
	run.finished_at_ms = NOW_MS;
	run.steps = json_of(steps);
	ty_store_record_query(fx.arena, pack, &run, 1, "w", &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_record_decode(&rows, 1, &outcome, &fx.err));
	return outcome.written;
}

/* As a worker with that fence keeps it; false where it is refused. */
static inline bool
keep_answer(const struct ty_record_run *run, int64_t fence, const char *answer)
{
	const struct ty_effect row = { .run_id = run->run_id,
				       .workspace_id = run->workspace_id,
				       .key = "",
				       .idempotency_key = "",
				       .fence = fence,
				       .at_ms = NOW_MS,
				       .answer = json_of(answer) };
	struct ty_store_query query;
	struct ty_rows rows;
	bool ok;

	ty_store_answers_query(fx.arena, pack, &row, 1, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_journal_decode(&rows, 1, &ok, &fx.err));
	return ok;
}

static inline struct ty_piece
piece_of(const struct ty_record_run *run, size_t number_, size_t first, const char *save,
	 const char *steps)
{
	return (struct ty_piece){ .run_id = run->run_id,
				  .workspace_id = run->workspace_id,
				  .fence = run->fence,
				  .number = number_,
				  .first_step = first,
				  .save = save,
				  .steps = json_of(steps) };
}

static inline bool
append(const struct ty_piece *piece)
{
	struct ty_store_query query;
	struct ty_rows rows;
	bool ok;

	ty_store_pieces_query(fx.arena, pack, piece, 1, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_pieces_decode(&rows, 1, &ok, &fx.err));
	return ok;
}

static inline bool
park_with(const struct ty_record_run *run, const struct ty_piece *piece, size_t pieces,
	  const struct ty_park_wait *waits, size_t wait_count)
{
	const struct ty_park park = { .run = run,
				      .start_node = "t",
				      .running_ms = 12,
				      .state = json_of(
					      "{\"version\":1,\"frames_live\":[\"\",\"l:1\"],"
					      "\"payloads\":[\"" HASH "\"]}"),
				      .piece = piece,
				      .piece_count = pieces,
				      .waits = waits,
				      .wait_count = wait_count };
	struct ty_store_query query;
	struct ty_rows rows;
	bool ok;

	ty_store_park_query(fx.arena, pack, &park, 1, "w", &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_park_decode(&rows, 1, &ok, &fx.err));
	return ok;
}

/* Until 'at_ms', with one piece that names a payload. */
static inline bool
park_until(const struct ty_record_run *run, int64_t at_ms)
{
	const struct ty_record_payload payload = { HASH, "string", "large", 5 };
	const struct ty_park_wait wait = {
		.key = "w/1/0", .kind = "time", .node = "w", .frame = "", .at_ms = at_ms
	};
	struct ty_piece piece = piece_of(run, 0, 0, "all", "[{\"node\":\"a\"},{\"node\":\"b\"}]");

	piece.payloads = &payload;
	piece.payload_count = 1;
	return park_with(run, &piece, 1, &wait, 1);
}

/* A token of 64 hex digits; each test has its own. */
static inline const char *
token_of(const struct ty_record_run *run)
{
	uint8_t hash[TY_SHA256_SIZE];
	char *hex = ty_arena_alloc(fx.arena, 65);

	ty_sha256(run->run_id.s, strlen(run->run_id.s), hash);
	ty_str_hex(hash, sizeof(hash), hex);
	return hex;
}

static inline bool
park_for_call(const struct ty_record_run *run)
{
	const struct ty_park_wait wait = { .key = CALL_KEY,
					   .kind = "call",
					   .node = "w",
					   .frame = "l:1",
					   .at_ms = NEVER_MS,
					   .token = token_of(run) };

	return park_with(run, NULL, 0, &wait, 1);
}

static inline struct ty_taken
take(const struct ty_record_run *run, int64_t fence)
{
	struct ty_record_run again = *run;
	struct ty_store_query query;
	struct ty_taken taken;
	struct ty_rows rows;

	again.fence = fence;
	ty_store_claim_query(fx.arena, &again, "w2", &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_take_decode(fx.arena, &rows, &taken, &fx.err));
	return taken;
}

/* A call, or only a look (false), committed. */
static inline struct ty_call_said
call_wait(const struct ty_id *workspace, const struct ty_record_run *run, bool answers)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_call_said said;

	ck_assert_ok(ty_store_wait_call(tx, workspace->s, &run->run_id, CALL_KEY,
					answers ? json_of("{\"value\":{\"yes\":true}}") : NULL,
					&said, &fx.err));
	if (said.answer != NULL)
		said.answer = json_of(ty_json_dump(fx.arena, said.answer, NULL));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return said;
}

static inline const char *
packed_hex(const char *text)
{
	size_t len;
	void *bytes = ty_pack_bytes(pack, fx.arena, text, strlen(text), &len);
	char *hex = ty_arena_alloc(fx.arena, 2 * len + 1);

	ty_str_hex(bytes, len, hex);
	return hex;
}

static inline enum ty_code
call_code(const struct ty_id *workspace, const struct ty_record_run *run)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_call_said said;
	enum ty_code code =
		ty_store_wait_call(tx, workspace->s, &run->run_id, CALL_KEY, NULL, &said, &fx.err);

	ty_tx_rollback(tx);
	return code;
}

static inline size_t
due(struct ty_due **ret_due)
{
	struct ty_store_query query;
	struct ty_rows rows;
	size_t count;

	ty_store_due_query(fx.arena, NULL, NULL, 0, 100, 1000, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_due_decode(fx.arena, &rows, ret_due, &count, &fx.err));
	return count;
}

static inline bool
is_due(const struct ty_record_run *run)
{
	struct ty_due *list;
	size_t count = due(&list);

	for (size_t i = 0; i < count; i++)
		if (ty_id_eq(&list[i].run_id, &run->run_id))
			return true;
	return false;
}

static inline const char *
steps(const struct ty_record_run *run, const char *frame, int64_t cursor, int64_t limit,
      int64_t *ret_next)
{
	const struct ty_store_step_filter filter = { .frame = frame,
						     .cursor = cursor,
						     .limit = limit };
	struct ty_tx *tx = db_begin(app, &run->workspace_id);
	json_t *list, *step;
	struct ty_buf buf;
	size_t i;

	ty_buf_init(&buf, fx.arena, 64);
	ck_assert_ok(ty_store_step_list(tx, &run->run_id, &filter, &list, ret_next, &fx.err));
	json_array_foreach(list, i, step)
	{
		ty_buf_add_str(&buf, ty_json_str(step, "node", "?"));
	}
	ty_tx_rollback(tx);
	return buf.len > 0 ? buf.data : "";
}

#endif
