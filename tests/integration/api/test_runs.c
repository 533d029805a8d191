/*
 * test_runs.c -- starting, reading, stopping and repeating runs.
 */
#include "house.h"

#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "queue/queue.h"
#include "store/pack.h"

#include <stdio.h>

#define WS "/api/v1/workspaces/{ws}"
#define MANUAL                                                                                     \
	"{\"nodes\":[{\"id\":\"go\",\"name\":\"Go\",\"type\":\"core.manual\",\"version\":1,"       \
	"\"params\":{}}],\"edges\":[],\"settings\":{}}"

static const char *
run_of(const char *id)
{
	return ty_arena_printf(fx.arena, WS "/executions/%s", id);
}

static struct reply
start(const char *workflow, const char *body, const char *header)
{
	const char *const headers[] = { header, NULL };

	return ask_as(&house.me, "POST",
		      ty_arena_printf(fx.arena, WS "/workflows/%s/executions", workflow), body,
		      headers);
}

/* As a worker does: one run with one step. */
static void
record(const char *id, const char *status)
{
	static const char steps[] =
		"[{\"node\":\"go\",\"name\":\"Go\",\"type\":\"core.manual\",\"version\":1,"
		"\"status\":\"ok\",\"items_in\":0,\"items_out\":1,\"outputs\":{\"main\":[{\"json\":"
		"{\"a\":1}}]},\"started_ms\":0,\"duration_ms\":2}]";
	struct ty_pack *pack = ty_pack_new();
	char *hex;
	size_t len;
	void *packed = ty_pack_bytes(pack, fx.arena, steps, sizeof(steps) - 1, &len);

	hex = ty_arena_alloc(fx.arena, 2 * len + 1);
	ty_str_hex(packed, len, hex);
	ty_pack_free(pack);
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at, finished_at, step_count, item_count) "
		  "SELECT workspace_id, id, workflow_id, version_id, mode, '%s', 1, received_at, "
		  "received_at, CASE WHEN '%s' = 'running' THEN NULL ELSE received_at END, 1, 1 "
		  "FROM tyboo.deliveries WHERE id = '%s'",
		  status, status, id);
	house_sql("INSERT INTO tyboo.execution_data (workspace_id, id, steps) VALUES ('%s', '%s', "
		  "'\\x%s')",
		  house.ws_id.s, id, hex);
}

/* ---- starting ---- */

START_TEST(a_key_with_the_scope_starts_a_run_without_naming_the_workspace)
{
	const char *id = house_publish(MANUAL), *target;
	struct reply key =
		ask("POST", WS "/api-keys", "{\"name\":\"K\",\"scopes\":[\"workflow.run\"]}");
	struct person program = { .key = text_of(&key, "key") };
	struct reply reply;

	target = ty_arena_printf(fx.arena, "/api/v1/workflows/%s/executions", id);
	reply = ask_as(&program, "POST", target, "{\"a\":1}", NULL);
	ck_assert_status(reply, 202);
	ck_assert_str_eq(house_sql("SELECT mode || ' ' || encode(body, 'escape') FROM "
				   "tyboo.deliveries WHERE id = '%s'",
				   text_of(&reply, "execution_id")),
			 "api {\"a\":1}");
	/* The same as a person, who has the workspace by membership. */
	ck_assert_status(ask("POST", target, NULL), 202);

	key = ask("POST", WS "/api-keys", "{\"name\":\"K\",\"scopes\":[\"workflow.read\"]}");
	program.key = text_of(&key, "key");
	ck_assert_status(ask_as(&program, "POST", target, "{}", NULL), 403);
	program.key = NULL;
	ck_assert_status(ask_as(&program, "POST", target, "{}", NULL), 401);
}
END_TEST

START_TEST(the_same_idempotency_key_gives_the_same_run)
{
	const char *id = house_publish(MANUAL), *other = house_publish(MANUAL);
	struct reply first = start(id, "{\"n\":1}", "Idempotency-Key: order-7");
	struct reply second = start(id, "{\"n\":1}", "Idempotency-Key: order-7");
	struct reply third = start(id, "{\"n\":1}", "Idempotency-Key: order-8");
	struct reply fourth = start(other, "{\"n\":1}", "Idempotency-Key: order-7");

	ck_assert_status(first, 202);
	ck_assert_status(second, 200);
	ck_assert(ty_json_bool(second.json, "duplicate", false));
	ck_assert_str_eq(text_of(&second, "execution_id"), text_of(&first, "execution_id"));
	ck_assert_status(third, 202);
	ck_assert_str_ne(text_of(&third, "execution_id"), text_of(&first, "execution_id"));
	/* Another workflow's key is another key. */
	ck_assert_status(fourth, 202);
}
END_TEST

START_TEST(an_idempotency_key_has_a_limit)
{
	const char *id = house_publish(MANUAL);
	char *header = ty_arena_alloc(fx.arena, 400);
	size_t n = (size_t)snprintf(header, 400, "Idempotency-Key: ");

	memset(header + n, 'k', TY_LIMIT_IDEMPOTENCY_KEY_BYTES);
	ck_assert_status(start(id, "{}", header), 202);
	memset(header + n, 'k', TY_LIMIT_IDEMPOTENCY_KEY_BYTES + 1);
	ck_assert_status(start(id, "{}", header), 422);
}
END_TEST

static const struct {
	const char *body;
	int status;
} input_cases[] = {
	{ NULL, 202 }, { "{}", 202 },	    { "[]", 202 },  { "[{},{\"a\":1}]", 202 },
	{ "7", 400 },  { "\"text\"", 400 }, { "[1]", 400 }, { "{\"a\":", 400 },
};

START_TEST(an_input_is_an_object_or_a_list_of_objects)
{
	ck_assert_status(start(house_publish(MANUAL), input_cases[_i].body, NULL),
			 input_cases[_i].status);
}
END_TEST

START_TEST(what_is_not_published_is_not_started_by_programs)
{
	const char *id = house_draft(MANUAL);
	struct reply refused = start(id, "{}", NULL);

	ck_assert_status(refused, 409);
	ck_assert_str_eq(text_of(&refused, "code"), "unpublished");
	ck_assert_str_eq(text_of(&refused, "title"), "The workflow is not published");
	ck_assert_str_eq(text_of(&refused, "hint"), "Publish it, or run its draft by hand.");
	ck_assert_status(start(ty_id_new().s, "{}", NULL), 404);
	/* By hand the draft runs. */
	ck_assert_status(ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/run", id),
			     "{\"input\":[{\"a\":1}]}"),
			 202);
	ck_assert_status(ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/run", id), NULL),
			 202);
	ck_assert_status(ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/run", id),
			     "{\"version\":9}"),
			 404);
}
END_TEST

/* ---- reading ---- */

START_TEST(a_run_is_queued_until_a_worker_has_recorded_it)
{
	struct reply started = start(house_publish(MANUAL), "{\"a\":1}", NULL), run;
	const char *id = text_of(&started, "execution_id");

	run = ask("GET", run_of(id), NULL);
	ck_assert_status(run, 200);
	ck_assert_str_eq(text_of(&run, "status"), "queued");
	record(id, "ok");
	run = ask("GET", run_of(id), NULL);
	ck_assert_str_eq(text_of(&run, "status"), "ok");
	ck_assert_uint_eq(json_array_size(json_object_get(run.json, "steps")), 1);
	ck_assert_uint_eq(
		json_array_size(json_object_get(json_object_get(run.json, "graph"), "nodes")), 1);
	ck_assert_str_eq(ty_json_str(json_object_get(run.json, "delivery"), "id", ""), id);
	ck_assert_status(ask("GET", run_of(ty_id_new().s), NULL), 404);
}
END_TEST

static const struct {
	const char *query;
	int status;
	size_t count;
} list_cases[] = {
	{ "", 200, 3 },
	{ "?status=ok", 200, 1 },
	{ "?status=queued", 200, 1 },
	{ "?status=error", 200, 1 },
	{ "?status=canceled", 200, 0 },
	{ "?mode=api", 200, 3 },
	{ "?mode=webhook", 200, 0 },
	{ "?after=2020-01-01T00:00:00Z", 200, 3 },
	{ "?before=2020-01-01T00:00:00Z", 200, 0 },
	{ "?limit=2", 200, 2 },
	{ "?status=no", 422, 0 },
	{ "?mode=no", 422, 0 },
	{ "?after=yesterday", 422, 0 },
	{ "?before=1", 422, 0 },
	{ "?workflow_id=x", 422, 0 },
	{ "?cursor=x", 422, 0 },
};

START_TEST(runs_are_listed_and_filtered)
{
	const char *workflow = house_publish(MANUAL);
	struct reply ok = start(workflow, "{}", NULL), error = start(workflow, "{}", NULL), list;

	start(workflow, "{}", NULL);
	record(text_of(&ok, "run_id"), "ok");
	record(text_of(&error, "run_id"), "error");
	list = ask("GET", ty_arena_printf(fx.arena, WS "/executions%s", list_cases[_i].query),
		   NULL);
	ck_assert_status(list, list_cases[_i].status);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json, "items")),
			  list_cases[_i].count);
}
END_TEST

static const struct {
	const char *target, *param, *words; /* NULL: whatever is an id; "": the run modes */
} filter_cases[] = {
	{ "executions?status=bogus", "status",
	  "queued, running, waiting, ok, error, timeout, canceled" },
	{ "executions?mode=Api", "mode", "" },
	{ "executions?workflow_id=7", "workflow_id", NULL },
	{ "deliveries?verdict=bogus", "verdict",
	  "accepted, duplicate, unclaimed, bad_signature, stale, malformed, too_large, rate, "
	  "quota, "
	  "depth, not_configured, denied, awaiting_keys, confirmed" },
	{ "deliveries?workflow_id=7", "workflow_id", NULL },
	{ "workflows?published=yes", "published", "true, false" },
};

static const char *
mode_words(void)
{
	const char *words = ty_run_modes[0].name;

	for (size_t i = 1; ty_run_modes[i].name != NULL; i++)
		words = ty_arena_printf(fx.arena, "%s, %s", words, ty_run_modes[i].name);
	return words;
}

START_TEST(an_unknown_filter_value_is_refused_with_the_known_ones)
{
	struct reply reply =
		ask("GET", ty_arena_printf(fx.arena, WS "/%s", filter_cases[_i].target), NULL);
	const char *words =
		ty_str_eq(filter_cases[_i].words, "") ? mode_words() : filter_cases[_i].words;

	ck_assert_status(reply, 422);
	ck_assert_str_eq(text_of(&reply, "code"), "invalid");
	ck_assert_str_eq(text_of(&reply, "path"), filter_cases[_i].param);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "findings")), 1);
	ck_assert_ptr_nonnull(
		strstr(text_of(&reply, "detail"),
		       words != NULL ? ty_arena_printf(fx.arena, "one of %s is expected", words)
				     : "an id (a UUID) is expected"));
}
END_TEST

/* Each wrong parameter of a query has its finding, as each wrong field of a body has. */
START_TEST(all_that_is_wrong_with_a_query_is_told_at_once)
{
	struct reply reply =
		ask("GET", WS "/executions?status=x&mode=x&workflow_id=x&limit=0&statuss=ok", NULL);

	ck_assert_status(reply, 422);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "findings")), 5);
}
END_TEST

static const struct {
	const char *constraint, *target;
} word_cases[] = {
	{ "executions_status_known", WS "/executions?status=" },
	{ "deliveries_verdict_known", WS "/deliveries?verdict=" },
};

START_TEST(every_word_that_a_table_may_hold_is_a_filter)
{
	char *words = ty_arena_strdup(
		fx.arena, house_sql("SELECT string_agg(m[1], ' ') FROM (SELECT DISTINCT "
				    "pg_get_constraintdef(oid) AS def FROM pg_constraint "
				    "WHERE conname = '%s') c, "
				    "regexp_matches(c.def, '''([a-z_]+)''', 'g') AS m",
				    word_cases[_i].constraint));
	char *save, *word = strtok_r(words, " ", &save);
	size_t count = 0;

	for (; word != NULL; word = strtok_r(NULL, " ", &save), count++)
		ck_assert_status(ask("GET",
				     ty_arena_printf(fx.arena, "%s%s", word_cases[_i].target, word),
				     NULL),
				 200);
	ck_assert_uint_ge(count, 5);
}
END_TEST

/* The table of the programs is the only list: the filter has each word, and SQL has none. */
START_TEST(every_run_mode_is_a_filter_and_no_constraint)
{
	for (const struct ty_run_mode *mode = ty_run_modes; mode->name != NULL; mode++)
		ck_assert_status(
			ask("GET", ty_arena_printf(fx.arena, WS "/executions?mode=%s", mode->name),
			    NULL),
			200);
	ck_assert_str_eq(house_sql("SELECT count(*) FROM pg_constraint WHERE "
				   "pg_get_constraintdef(oid) ~ 'mode.*''webhook'''"),
			 "0");
	ck_assert_str_eq(house_sql("SELECT count(DISTINCT conname) FROM pg_constraint WHERE "
				   "conname IN ('deliveries_mode_length', "
				   "'executions_mode_length')"),
			 "2");
}
END_TEST

START_TEST(pages_of_runs_follow_each_other_without_a_gap)
{
	const char *workflow = house_publish(MANUAL), *cursor = "";
	size_t seen = 0;

	for (int i = 0; i < 5; i++)
		start(workflow, "{}", NULL);
	do {
		struct reply page = ask("GET",
					ty_arena_printf(fx.arena,
							WS "/executions?limit=2&workflow_id=%s"
							   "&cursor=%s",
							workflow, cursor),
					NULL);

		ck_assert_status(page, 200);
		seen += json_array_size(json_object_get(page.json, "items"));
		cursor = text_of(&page, "next_cursor");
	} while (cursor[0] != '\0');
	ck_assert_uint_eq(seen, 5);
}
END_TEST

START_TEST(a_large_value_is_fetched_by_its_hash)
{
	static const char hash[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct reply started = start(house_publish(MANUAL), "{}", NULL), value;
	const char *run = run_of(text_of(&started, "run_id"));
	struct ty_pack *pack = ty_pack_new();
	char hex[512];
	size_t len;
	void *packed = ty_pack_bytes(pack, fx.arena, "large", 5, &len);

	ck_assert_uint_lt(2 * len, sizeof(hex));
	ty_str_hex(packed, len, hex);
	ty_pack_free(pack);
	ck_assert_status(ask("GET", ty_arena_printf(fx.arena, "%s/payloads/%s", run, hash), NULL),
			 404);
	house_sql("INSERT INTO tyboo.payloads (workspace_id, hash, kind, size_bytes, stored) "
		  "VALUES ('%s', '%s', 'string', 5, '\\x%s')",
		  house.ws_id.s, hash, hex);
	value = ask("GET", ty_arena_printf(fx.arena, "%s/payloads/%s", run, hash), NULL);
	ck_assert_status(value, 200);
	ck_assert_str_eq(json_string_value(value.json), "large");
	ck_assert_status(
		ask("GET",
		    ty_arena_printf(fx.arena, WS "/executions/%s/payloads/%s", ty_id_new().s, hash),
		    NULL),
		404);
}
END_TEST

/* ---- stopping ---- */

static struct reply
cancel(const char *id)
{
	return ask("POST", ty_arena_printf(fx.arena, "%s/cancel", run_of(id)), "{}");
}

START_TEST(a_run_in_the_queue_is_taken_out)
{
	struct reply started = start(house_publish(MANUAL), "{}", NULL), run;
	const char *id = text_of(&started, "execution_id");
	enum ty_queue_stopped stopped;
	struct ty_id run_id;

	run = cancel(id);
	ck_assert_status(run, 202);
	ck_assert_str_eq(text_of(&run, "status"), "canceled");
	run = ask("GET", run_of(id), NULL);
	ck_assert_str_eq(text_of(&run, "status"), "canceled");
	ck_assert(ty_id_parse(id, &run_id));
	ck_assert_ok(ty_queue_sync_stop(house.app->queue, &run_id, &stopped, &fx.err));
	ck_assert_int_eq(stopped, TY_QUEUE_UNKNOWN);
	ck_assert_status(cancel(id), 409);
}
END_TEST

START_TEST(a_run_that_is_over_cannot_be_stopped)
{
	struct reply started = start(house_publish(MANUAL), "{}", NULL);
	const char *id = text_of(&started, "execution_id");

	record(id, "ok");
	ck_assert_status(cancel(id), 409);
	ck_assert_status(cancel(ty_id_new().s), 404);
}
END_TEST

/* Its worker died, its job is back in the queue: nobody is left to record its end. */
START_TEST(a_run_that_was_begun_and_lost_its_worker_ends_canceled)
{
	struct reply started = start(house_publish(MANUAL), "{}", NULL), run;
	const char *id = text_of(&started, "execution_id");

	record(id, "running");
	run = cancel(id);
	ck_assert_status(run, 202);
	ck_assert_str_eq(text_of(&run, "status"), "canceled");
	ck_assert_str_eq(house_sql("SELECT status || ' ' || (fence > 1)::text FROM "
				   "tyboo.executions WHERE id = '%s'",
				   id),
			 "canceled true");
}
END_TEST

START_TEST(a_run_that_the_queue_has_lost_ends_canceled)
{
	struct reply started = start(house_publish(MANUAL), "{}", NULL), run;
	const char *id = text_of(&started, "execution_id");
	enum ty_queue_stopped stopped;
	struct ty_id run_id;

	ck_assert(ty_id_parse(id, &run_id));
	ck_assert_ok(ty_queue_sync_stop(house.app->queue, &run_id, &stopped, &fx.err));
	ck_assert_int_eq(stopped, TY_QUEUE_TAKEN_OUT);
	run = cancel(id);
	ck_assert_status(run, 202);
	ck_assert_str_eq(text_of(&run, "status"), "canceled");
}
END_TEST

/* Without a pass of tyboo-reap. */
START_TEST(what_a_run_has_called_is_canceled_with_it)
{
	const char *workflow = house_publish(MANUAL);
	struct reply caller = start(workflow, "{}", NULL), child = start(workflow, "{}", NULL);
	const char *id = text_of(&caller, "execution_id");
	const char *below = text_of(&child, "execution_id");
	enum ty_queue_stopped stopped;
	struct ty_id run_id;
	struct reply run;

	house_sql("UPDATE tyboo.deliveries SET mode = 'called', parent_run_id = '%s', parent_key = "
		  "'call/1/0', root_run_id = '%s', depth = 1 WHERE id = '%s' RETURNING 1",
		  id, id, below);
	ck_assert_status(cancel(id), 202);
	run = ask("GET", run_of(below), NULL);
	ck_assert_str_eq(text_of(&run, "status"), "canceled");
	ck_assert(ty_id_parse(below, &run_id));
	ck_assert_ok(ty_queue_sync_stop(house.app->queue, &run_id, &stopped, &fx.err));
	ck_assert_int_eq(stopped, TY_QUEUE_UNKNOWN);
}
END_TEST

/* ---- deliveries ---- */

static const char *
deliver(const char *body, int status)
{
	struct raw raw = { .method = "POST",
			   .target = "/hooks/{ws}/h?q=1",
			   .body = body,
			   .len = strlen(body),
			   .declared = -1,
			   .headers = { "Content-Type: application/json", "X-Event: push" } };
	struct reply reply = ask_raw(&raw);

	ck_assert_status(reply, status);
	return status == 202 ? text_of(&reply, "delivery_id") : text_of(&reply, "request_id");
}

static struct reply
replay(const char *id)
{
	return ask("POST", ty_arena_printf(fx.arena, WS "/deliveries/%s/replay", id), "{}");
}

START_TEST(a_delivery_is_shown_with_what_became_of_it)
{
	const char *id, *text;
	struct reply reply;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	id = deliver("{\"a\":1}", 202);
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/deliveries/%s", id), NULL);
	ck_assert_status(reply, 200);
	ck_assert_str_eq(text_of(&reply, "body"), "{\"a\":1}");
	ck_assert_str_eq(text_of(&reply, "query"), "q=1");
	ck_assert_str_eq(ty_json_str(json_object_get(reply.json, "headers"), "x-event", ""),
			 "push");
	text = ty_json_dump(fx.arena, json_object_get(reply.json, "history"), NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"received\""));
	ck_assert_ptr_nonnull(strstr(text, "\"accepted\""));
	ck_assert_ptr_null(strstr(text, "\"queued\"")); /* nobody recorded that: test_history */
	ck_assert_status(
		ask("GET", ty_arena_printf(fx.arena, WS "/deliveries/%s", ty_id_new().s), NULL),
		404);
}
END_TEST

START_TEST(deliveries_are_listed_and_filtered)
{
	struct reply reply;

	deliver("{}", 404);
	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	deliver("{}", 202);
	reply = ask("GET", WS "/deliveries", NULL);
	ck_assert_status(reply, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 2);
	reply = ask("GET", WS "/deliveries?verdict=unclaimed", NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 1);
	ck_assert_status(ask("GET", WS "/deliveries?cursor=x", NULL), 422);
	ck_assert_status(ask("GET", WS "/deliveries?workflow_id=x", NULL), 422);
}
END_TEST

START_TEST(a_replay_is_a_new_run_of_the_same_bytes)
{
	const char *id, *run;
	struct reply reply;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	id = deliver("{\"a\":1}", 202);
	reply = replay(id);
	ck_assert_status(reply, 202);
	run = text_of(&reply, "execution_id");
	ck_assert_str_ne(run, id);
	ck_assert_str_eq(house_sql("SELECT concat_ws(' ', mode, method, path, query, "
				   "encode(body, 'escape'), headers::json->>'x-event') "
				   "FROM tyboo.deliveries WHERE id = '%s'",
				   run),
			 "replay POST h q=1 {\"a\":1} push");
	ck_assert_status(replay(ty_id_new().s), 404);
}
END_TEST

START_TEST(an_unclaimed_delivery_runs_once_somebody_claims_it)
{
	const char *id = deliver("{\"a\":1}", 404), *workflow;
	struct reply reply = replay(id);

	ck_assert_status(reply, 409);
	workflow = house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	reply = replay(id);
	ck_assert_status(reply, 202);
	ck_assert_str_eq(house_sql("SELECT workflow_id FROM tyboo.deliveries WHERE id = '%s'",
				   text_of(&reply, "execution_id")),
			 workflow);
}
END_TEST

START_TEST(a_replay_takes_the_version_that_is_on_the_air)
{
	const char *graph = house_hook_graph("h", "\"verify\":\"none\"");
	const char *workflow = house_publish(graph), *id = deliver("{}", 202);
	const char *const headers[] = { "If-Match: \"1\"", NULL };
	struct reply reply;

	ck_assert_status(ask_as(&house.me, "PUT",
				ty_arena_printf(fx.arena, WS "/workflows/%s", workflow),
				ty_arena_printf(fx.arena, "{\"graph\":%s}", graph), headers),
			 200);
	reply = replay(id);
	ck_assert_str_eq(house_sql("SELECT v.number FROM tyboo.deliveries d JOIN "
				   "tyboo.workflow_versions v ON v.id = d.version_id WHERE d.id = "
				   "'%s'",
				   text_of(&reply, "execution_id")),
			 "1");
	ck_assert_status(
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", workflow), "{}"),
		200);
	reply = replay(id);
	ck_assert_str_eq(house_sql("SELECT v.number FROM tyboo.deliveries d JOIN "
				   "tyboo.workflow_versions v ON v.id = d.version_id WHERE d.id = "
				   "'%s'",
				   text_of(&reply, "execution_id")),
			 "2");
}
END_TEST

/* ---- runs that begin runs ---- */

/* As a worker does: the run with its receipt, begun by another. */
static const char *
begun_by(const char *parent, const char *workflow, const char *mode, const char *key)
{
	struct ty_id id = ty_id_new();

	house_sql("INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, "
		  "start_node, mode, "
		  "verdict, reason, run_id, method, path, query, headers, remote_addr, body, "
		  "delivery_key, "
		  "received_at, parent_run_id, parent_key, root_run_id, depth) SELECT "
		  "workspace_id, '%s', "
		  "workflow_id, version_id, '', '%s', 'accepted', '', '%s', 'CALL', '', '', '{}', "
		  "'', '', '', "
		  "now(), '%s', nullif('%s', ''), coalesce(root_run_id, id), coalesce(depth, 0) + "
		  "1 FROM "
		  "tyboo.deliveries WHERE id = '%s' AND workflow_id = '%s'",
		  id.s, mode, id.s, parent, key, parent, workflow);
	return ty_arena_strdup(fx.arena, id.s);
}

static void
use(const char *id, int steps)
{
	house_sql("INSERT INTO tyboo.usage_events (workspace_id, run_id, workflow_id, at, steps, "
		  "items, "
		  "run_ms, bytes) SELECT workspace_id, id, workflow_id, now(), %d, 1, 10, 0 FROM "
		  "tyboo.executions WHERE id = '%s'",
		  steps, id);
}

START_TEST(a_run_names_what_began_it_and_what_it_began)
{
	const char *workflow = house_publish(MANUAL), *root, *child, *leaf, *error, *children;
	struct reply begun = start(workflow, "{}", NULL), reply;
	const json_t *cost;

	root = text_of(&begun, "execution_id");
	child = begun_by(root, workflow, "called", "loop:3/ask/1/0");
	leaf = begun_by(child, workflow, "called", "more/1/0");
	error = begun_by(root, workflow, "error", "");
	record(root, "ok");
	record(child, "ok");
	record(leaf, "error");
	use(root, 3);
	use(child, 2);
	use(leaf, 1);
	reply = ask("GET", run_of(root), NULL);
	ck_assert(json_is_null(json_object_get(reply.json, "parent")));
	children = ty_json_dump(fx.arena, json_object_get(reply.json, "children"), NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "children")), 2);
	ck_assert_ptr_nonnull(strstr(children, "\"node\":\"ask\""));
	ck_assert_ptr_nonnull(strstr(children, error));
	ck_assert_int_eq(ty_json_int(reply.json, "child_count", 0), 2);
	cost = json_object_get(reply.json, "cost");
	ck_assert_int_eq(ty_json_int(cost, "runs", 0), 4);
	ck_assert_int_eq(ty_json_int(cost, "steps", 0), 6);
	reply = ask("GET", run_of(leaf), NULL);
	ck_assert_str_eq(text_of(&reply, "root_id"), root);
	ck_assert_int_eq(ty_json_int(reply.json, "depth", 0), 2);
	ck_assert_str_eq(ty_json_str(json_object_get(reply.json, "parent"), "id", ""), child);
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/executions?parent_id=%s", root), NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 2);
}
END_TEST

/* ---- which trigger ---- */

#define SEVERAL                                                                                    \
	"{\"nodes\":[{\"id\":\"go\",\"type\":\"core.manual\"},{\"id\":\"called\",\"type\":"        \
	"\"core.called\"},{\"id\":\"off\",\"type\":\"core.webhook\",\"disabled\":true,\"params\":" \
	"{"                                                                                        \
	"\"path\":\"x\",\"verify\":\"none\"}}]}"

#define KEPT_START "SELECT start_node FROM tyboo.deliveries WHERE id = '%s'"

static const struct {
	const char *trigger; /* "" = none is named */
	int status;
	const char *start; /* that is kept; of a start by program the worker finds the mode's own */
} start_rows[] = {
	{ "", 202, "" },	 { "go", 202, "go" },  { "called", 202, "called" },
	{ "nobody", 422, NULL }, { "off", 422, NULL },
};

START_TEST(a_start_names_its_trigger)
{
	const char *id = house_publish(SEVERAL), *name = start_rows[_i].trigger;
	const char *by_hand = ty_arena_printf(fx.arena, WS "/workflows/%s/run", id);
	struct reply reply = ask("POST",
				 ty_arena_printf(fx.arena, WS "/workflows/%s/executions%s%s", id,
						 *name != '\0' ? "?trigger=" : "", name),
				 "{}");
	struct reply hand =
		ask("POST", by_hand, ty_arena_printf(fx.arena, "{\"trigger\":\"%s\"}", name));

	ck_assert_status(reply, start_rows[_i].status);
	ck_assert_status(hand, start_rows[_i].status);
	if (start_rows[_i].start == NULL) {
		ck_assert_ptr_nonnull(strstr(text_of(&reply, "hint"), "\"go\", \"called\""));
		return;
	}
	ck_assert_str_eq(house_sql(KEPT_START, text_of(&reply, "execution_id")),
			 start_rows[_i].start);
	ck_assert_str_eq(house_sql(KEPT_START, text_of(&hand, "execution_id")),
			 *name != '\0' ? name : "go");
}
END_TEST

START_TEST(a_run_by_hand_is_repeated_as_it_was)
{
	const char *workflow = house_draft(MANUAL);
	struct reply run = ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/run", workflow),
			       "{\"input\":{\"a\":1}}");
	struct reply again = replay(text_of(&run, "execution_id"));

	ck_assert_status(again, 202);
	ck_assert_str_eq(house_sql("SELECT mode || path || ' ' || encode(body, 'escape') FROM "
				   "tyboo.deliveries WHERE id = '%s'",
				   text_of(&again, "execution_id")),
			 "replay {\"a\":1}");
}
END_TEST

/* Refused for its form, it runs once the webhook takes that form; or once a release reads it. */
START_TEST(what_was_refused_for_its_form_is_replayed_once_a_workflow_takes_it)
{
	const char *workflow = house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	const char *const headers[] = { "If-Match: \"1\"", NULL };
	const char *id = deliver("{\"a\":", 400);
	struct reply reply;

	ck_assert_status(replay(id), 400);
	ck_assert_status(
		ask_as(&house.me, "PUT", ty_arena_printf(fx.arena, WS "/workflows/%s", workflow),
		       ty_arena_printf(
			       fx.arena, "{\"graph\":%s}",
			       house_hook_graph("h", "\"verify\":\"none\",\"read_as\":\"text\"")),
		       headers),
		200);
	ck_assert_status(
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", workflow), "{}"),
		200);
	reply = replay(id);
	ck_assert_status(reply, 202);
	ck_assert_str_eq(
		house_sql("SELECT mode || ' ' || read_as FROM tyboo.deliveries WHERE id = '%s'",
			  text_of(&reply, "execution_id")),
		"replay text");
}
END_TEST

START_TEST(what_was_too_large_has_no_body_to_replay)
{
	struct raw raw = { .method = "POST",
			   .target = "/hooks/{ws}/h",
			   .body = "",
			   .len = 0,
			   .declared = TY_LIMIT_BLOB_BYTES + 1 };
	struct reply reply;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	reply = ask_raw(&raw);
	ck_assert_status(replay(text_of(&reply, "request_id")), 409);
}
END_TEST

HOUSE_MAIN("api runs", {
	TEST(a_key_with_the_scope_starts_a_run_without_naming_the_workspace);
	TEST(the_same_idempotency_key_gives_the_same_run);
	TEST(an_idempotency_key_has_a_limit);
	TEST_LOOP(an_input_is_an_object_or_a_list_of_objects, input_cases);
	TEST(what_is_not_published_is_not_started_by_programs);
	TEST(a_run_is_queued_until_a_worker_has_recorded_it);
	TEST_LOOP(runs_are_listed_and_filtered, list_cases);
	TEST_LOOP(an_unknown_filter_value_is_refused_with_the_known_ones, filter_cases);
	TEST(all_that_is_wrong_with_a_query_is_told_at_once);
	TEST_LOOP(every_word_that_a_table_may_hold_is_a_filter, word_cases);
	TEST(every_run_mode_is_a_filter_and_no_constraint);
	TEST(pages_of_runs_follow_each_other_without_a_gap);
	TEST(a_large_value_is_fetched_by_its_hash);
	TEST(a_run_in_the_queue_is_taken_out);
	TEST(a_run_that_is_over_cannot_be_stopped);
	TEST(a_run_that_was_begun_and_lost_its_worker_ends_canceled);
	TEST(a_run_that_the_queue_has_lost_ends_canceled);
	TEST(what_a_run_has_called_is_canceled_with_it);
	TEST(a_delivery_is_shown_with_what_became_of_it);
	TEST(deliveries_are_listed_and_filtered);
	TEST(a_replay_is_a_new_run_of_the_same_bytes);
	TEST(an_unclaimed_delivery_runs_once_somebody_claims_it);
	TEST(a_replay_takes_the_version_that_is_on_the_air);
	TEST_LOOP(a_start_names_its_trigger, start_rows);
	TEST(a_run_names_what_began_it_and_what_it_began);
	TEST(a_run_by_hand_is_repeated_as_it_was);
	TEST(what_was_refused_for_its_form_is_replayed_once_a_workflow_takes_it);
	TEST(what_was_too_large_has_no_body_to_replay);
})
