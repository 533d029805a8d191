/*
 * test_parked.c -- runs that a release before has put down go on: tests/golden/parked has one of each
 * version of the state (lib/engine/park.c), as its worker left it.
 *
 * TY_PARKED_WRITE=1 writes the one of today's version anew.
 */
#include "graphs.h"
#include "house.h"

#include "base/str.h"
#include "base/time.h"
#include "intake/job.h"
#include "json/json.h"
#include "store/pack.h"
#include "store/park.h"
#include "support/places.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER TY_SOURCE_DIR "/tests/golden/parked/"
#define TODAY  "1.json"

static const char *const files[] = { "1.json" };

/* An effect, then a loop of which each iteration waits: put down in the second. */
static const char graph[] = GRAPH(
	TRIGGER
	"," NODE("first", "http.request", "\"method\":\"POST\",\"url\":\"%s/first\"") "," NODE(
		"items", "core.code",
		"\"code\":\"return [{ n: 1 }, { n: 2 }];\"") "," NODE("l", "core.loop",
								      "\"batch_size\":"
								      "1") "," NODE("w"
										    "a"
										    "i"
										    "t",
										    "c"
										    "o"
										    "r"
										    "e"
										    "."
										    "w"
										    "a"
										    "i"
										    "t",
										    "\"amount"
										    "\":6,"
										    "\"unit\""
										    ":"
										    "\"second"
										    "s\"") "," NODE("end",
												    "core."
												    "noop",
												    ""),
	EDGE("t", "main", "first") "," EDGE("first", "main", "items") "," EDGE(
		"items", "main", "l") "," EDGE("l", "loop",
					       "wait") "," EDGE("wait", "main",
								"l") "," EDGE("l", "done", "end"),
	"");

/* ---- stored bytes ---- */

static json_t *
unpacked(const char *hex)
{
	size_t packed_len = strlen(hex) / 2, len;
	uint8_t *packed = ty_arena_alloc(fx.arena, packed_len + 1);
	json_t *json;
	char *text;

	ck_assert(ty_str_unhex(hex, 2 * packed_len, packed));
	ck_assert_ok(ty_unpack(fx.arena, packed, packed_len, &text, &len, &fx.err));
	json = ty_json_load_stored(text, len);
	ck_assert_ptr_nonnull(json);
	return ty_json_own(fx.arena, json);
}

static const char *
packed(const json_t *json)
{
	struct ty_pack *pack = ty_pack_new();
	size_t len, packed_len;
	const char *text = ty_json_dump(fx.arena, json, &len);
	void *bytes = ty_pack_bytes(pack, fx.arena, text, len, &packed_len);
	char *hex = ty_arena_alloc(fx.arena, 2 * packed_len + 1);

	ty_str_hex(bytes, packed_len, hex);
	ty_pack_free(pack);
	return hex;
}

/* ---- as a worker left it ---- */

static void
push_due(void)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
	size_t count = 0;

	while (count == 0) {
		struct ty_store_query query;
		struct ty_admission admission;
		struct ty_rows rows;
		struct ty_due *due;
		struct ty_job job;
		struct ty_tx *tx;

		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
		ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
		ty_store_due_query(fx.arena, NULL, NULL, 0, 100, 1000, &query);
		ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
		ck_assert_ok(ty_store_due_decode(fx.arena, &rows, &due, &count, &fx.err));
		for (size_t i = 0; i < count; i++) {
			ty_due_to_job(fx.arena, &due[i], &job);
			ck_assert_ok(
				ty_queue_sync_admit(house.queue, &job, 1, &admission, &fx.err));
		}
		ck_assert_ok(ty_tx_commit(tx, &fx.err));
	}
}

/* The rows of a run that is put down, as JSON. */
static json_t *
dump(const struct ty_id *run)
{
	json_t *steps = json_array(), *journal = json_array();
	int64_t pieces = house_pieces(run);
	json_t *dump;

	for (int64_t i = 0; i < pieces; i++)
		json_array_extend(steps, unpacked(house_sql("SELECT encode(steps, 'hex') FROM "
							    "tyboo.execution_pieces WHERE run_id = "
							    "'%s' AND number = %d",
							    run->s, (int)i)));
	json_array_append_new(
		journal,
		json_pack("{s:s, s:s, s:O}", "key", "first/1/0", "idempotency_key",
			  house_sql("SELECT idempotency_key FROM tyboo.effects WHERE run_id "
				    "= '%s' AND key = 'first/1/0'",
				    run->s),
			  "answer",
			  unpacked(house_sql("SELECT encode(answer, 'hex') FROM "
					     "tyboo.effects WHERE run_id = '%s' AND key = "
					     "'first/1/0'",
					     run->s))));
	dump = json_pack(
		"{s:s, s:I, s:O, s:o, s:o}", "run_id", run->s, "accepted_at_ms",
		(json_int_t)house_count(
			"SELECT (extract(epoch FROM accepted_at) * 1000)::bigint FROM "
			"tyboo.executions WHERE id = '%s'",
			run->s),
		"state",
		unpacked(house_sql(
			"SELECT encode(state, 'hex') FROM tyboo.parked_runs WHERE run_id = "
			"'%s'",
			run->s)),
		"steps", steps, "journal", journal);
	ck_assert_ptr_nonnull(dump);
	return ty_json_own(fx.arena, dump);
}

static void
await_put_down(const struct ty_id *run, const char *frame)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
	enum ty_known known = TY_KNOWN_LEASED;

	house_await_status(run, "waiting");
	while (known != TY_KNOWN_NOTHING) {
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
		ck_assert_ok(ty_queue_sync_known(house.queue, run, 1, &known, &fx.err));
	}
	ck_assert_str_eq(house_sql("SELECT frame FROM tyboo.waits WHERE run_id = '%s'", run->s),
			 frame);
}

/* Put one down, keep what is there, and the digest that it comes to. */
static void
write_today(void)
{
	struct house_flow flow = house_flow(graph);
	struct ty_id run = house_job(&flow, 1);
	pid_t worker = house_worker();
	json_t *kept;

	await_put_down(&run, "l:0");
	push_due();
	house_await_status(&run, "running");
	await_put_down(&run, "l:1");
	kept = dump(&run);
	push_due();
	house_await_finished(1);
	json_object_set_new(kept, "digest",
			    json_string(house_sql(
				    "SELECT digest FROM tyboo.executions WHERE id = '%s'", run.s)));
	ck_assert_int_eq(json_dump_file(kept, FOLDER TODAY, JSON_INDENT(1) | JSON_PRESERVE_ORDER),
			 0);
	house_worker_drain(worker);
}

/* ---- and put back ---- */

static struct ty_id
put_back(const json_t *kept)
{
	const json_t *entry = json_array_get(json_object_get(kept, "journal"), 0);
	struct house_flow flow = house_flow(graph);
	const char *ws = house.workspace.s;
	struct ty_id run;

	ck_assert(ty_id_parse(ty_json_str(kept, "run_id", ""), &run));
	house_sql("DELETE FROM tyboo.executions WHERE id = '%s'", run.s);
	house_sql("DELETE FROM tyboo.effects WHERE run_id = '%s'", run.s);
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, "
		  "fence, accepted_at, started_at) VALUES ('%s', '%s', '%s', '%s', 'api', "
		  "'waiting', 1, "
		  "to_timestamp(%lld / 1000.0), now())",
		  ws, run.s, flow.workflow.s, flow.version.s,
		  (long long)ty_json_int(kept, "accepted_at_ms", 0));
	house_sql("INSERT INTO tyboo.parked_runs VALUES ('%s', '%s', 't', 1, %d, 0, 0, "
		  "tyboo.texts('%s'), '{}', '\\x%s', now())",
		  ws, run.s, (int)json_array_size(json_object_get(kept, "steps")),
		  ty_json_dump(fx.arena, json_object_get(ty_json_obj(kept, "state"), "frames_live"),
			       NULL),
		  packed(json_object_get(kept, "state")));
	house_sql("INSERT INTO tyboo.execution_pieces VALUES ('%s', '%s', 0, 1, 0, %d, "
		  "'{\"\",l:0,l:1}', "
		  "'all', '\\x%s')",
		  ws, run.s, (int)json_array_size(json_object_get(kept, "steps")),
		  packed(json_object_get(kept, "steps")));
	house_sql("INSERT INTO tyboo.effects VALUES ('%s', '%s', '%s', 1, '%s', now(), now(), "
		  "'\\x%s')",
		  ws, run.s, ty_json_str(entry, "key", ""),
		  ty_json_str(entry, "idempotency_key", ""),
		  packed(json_object_get(entry, "answer")));
	house_sql("INSERT INTO tyboo.waits (workspace_id, run_id, key, kind, node, frame, at, "
		  "look_at) "
		  "VALUES ('%s', '%s', 'l:1/wait/1/0', 'time', 'wait', 'l:1', now(), now())",
		  ws, run.s);
	return run;
}

START_TEST(a_run_that_a_release_before_has_put_down_goes_on_to_the_same_end)
{
	json_t *kept;
	struct ty_id run;
	pid_t worker;

	if (getenv("TY_PARKED_WRITE") != NULL) {
		write_today();
		return;
	}
	kept = json_load_file(ty_arena_printf(fx.arena, FOLDER "%s", files[_i]), 0, NULL);
	ck_assert_ptr_nonnull(kept);
	ty_json_own(fx.arena, kept);
	run = put_back(kept);
	push_due();
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/first"), 0);
	ck_assert_str_eq(house_sql("SELECT digest FROM tyboo.executions WHERE id = '%s'", run.s),
			 ty_json_str(kept, "digest", ""));
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run parked", 120, {
	TEST_LOOP(a_run_that_a_release_before_has_put_down_goes_on_to_the_same_end, files);
})
