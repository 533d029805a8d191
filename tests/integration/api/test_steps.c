/*
 * test_steps.c -- steps of a run by page and by frame, and what a run waits for.
 */
#include "house.h"

#include "base/str.h"
#include "crypto/crypto.h"
#include "store/pack.h"

#include <string.h>

#define WS "/api/v1/workspaces/{ws}"
#define MANUAL                                                                                     \
	"{\"nodes\":[{\"id\":\"go\",\"name\":\"Go\",\"type\":\"core.manual\",\"version\":1,"       \
	"\"params\":{}}],\"edges\":[],\"settings\":{}}"
#define STEP(node, more)                                                                           \
	"{\"node\":\"" node "\",\"name\":\"N\",\"type\":\"core.noop\",\"version\":1,\"status\":"   \
	"\"ok\",\"items_in\":0,\"items_out\":0,\"outputs\":{},\"started_ms\":0,\"duration_ms\":"   \
	"1" more "}"
#define IN(frame) ",\"frame\":\"" frame "\""

static const char *
packed(const char *text)
{
	struct ty_pack *pack = ty_pack_new();
	size_t len;
	void *bytes = ty_pack_bytes(pack, fx.arena, text, strlen(text), &len);
	char *hex = ty_arena_alloc(fx.arena, 2 * len + 1);

	ty_str_hex(bytes, len, hex);
	ty_pack_free(pack);
	return hex;
}

/* Each test's own, as tokens are. */
static const char *
token(void)
{
	uint8_t hash[TY_SHA256_SIZE];
	char *hex = ty_arena_alloc(fx.arena, 2 * sizeof(hash) + 1);

	ty_sha256(house.ws_id.s, strlen(house.ws_id.s), hash);
	ty_str_hex(hash, sizeof(hash), hex);
	return hex;
}

/* A run as its worker has left it: two pieces, put down for a call. */
static const char *
waiting_run(void)
{
	struct ty_id run = ty_id_new();
	uint8_t hash[TY_SHA256_SIZE];
	char token_hash[2 * TY_SHA256_SIZE + 1];

	ty_sha256(token(), strlen(token()), hash);
	ty_str_hex(hash, sizeof(hash), token_hash);
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at, step_count) VALUES ('%s', '%s', '%s', "
		  "'%s', "
		  "'api', 'waiting', 1, now(), now(), 4)",
		  house.ws_id.s, run.s, run.s, run.s);
	house_sql("INSERT INTO tyboo.execution_pieces VALUES ('%s', '%s', 0, 1, 0, 2, '{\"\"}', "
		  "'all', "
		  "'\\x%s')",
		  house.ws_id.s, run.s, packed("[" STEP("a", "") "," STEP("b", "") "]"));
	house_sql("INSERT INTO tyboo.execution_pieces VALUES ('%s', '%s', 1, 1, 2, 2, '{l:0,l:1}', "
		  "'all', '\\x%s')",
		  house.ws_id.s, run.s,
		  packed("[" STEP("c", IN("l:0")) "," STEP("c", IN("l:1") ",\"attempt\":2") "]"));
	house_sql("INSERT INTO tyboo.parked_runs VALUES ('%s', '%s', '', 2, 4, 0, 5, '{}', '{}', "
		  "'\\x%s', now())",
		  house.ws_id.s, run.s, packed("{\"version\":1}"));
	house_sql("INSERT INTO tyboo.waits (workspace_id, run_id, key, kind, node, frame, at, "
		  "token_hash, look_at) VALUES ('%s', '%s', 'l:1/w/1/0', 'call', 'w', 'l:1', "
		  "'infinity', '\\x%s', 'infinity')",
		  house.ws_id.s, run.s, token_hash);
	return ty_arena_strdup(fx.arena, run.s);
}

static struct reply
get(const char *fmt, const char *run)
{
	const char *at = strstr(fmt, "$RUN");

	return ask("GET", ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - fmt), fmt, run, at + 4),
		   NULL);
}

static const char *
nodes_of(const json_t *steps)
{
	char *text = ty_arena_alloc(fx.arena, json_array_size(steps) + 1);
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)steps, i, step)
	{
		text[i] = ty_json_str(step, "node", "?")[0];
	}
	return text;
}

static const struct {
	const char *query, *nodes, *next;
} page_cases[] = {
	{ "", "abcc", "" },
	{ "?limit=3", "abc", "3" },
	{ "?limit=3&cursor=3", "c", "" },
	{ "?frame=root", "ab", "" },
	{ "?frame=l:1", "c", "" },
	{ "?frame=l:9", "", "" },
	{ "?frame=l:10%2Fm:0", "", "" },
	{ "?frame=", "abcc", "" },
};

START_TEST(steps_come_by_page_and_by_frame)
{
	const char *path =
		ty_arena_printf(fx.arena, WS "/executions/$RUN/steps%s", page_cases[_i].query);
	struct reply reply = get(path, waiting_run());

	ck_assert_status(reply, 200);
	ck_assert_str_eq(nodes_of(json_object_get(reply.json, "items")), page_cases[_i].nodes);
	ck_assert_str_eq(text_of(&reply, "next_cursor"), page_cases[_i].next);
}
END_TEST

START_TEST(a_cursor_that_is_none_is_told)
{
	struct reply reply = get(WS "/executions/$RUN/steps?cursor=x", waiting_run());

	ck_assert_status(reply, 422);
	ck_assert_status(get(WS "/executions/$RUN/steps", ty_id_new().s), 404);
}
END_TEST

static const char *const no_frames[] = { "..%2Fx", "l",	   "l:",   "l:00",    "l:0%2F", "%2Fl:0",
					 ":0",	   "l:-1", "l:1x", "l:0%2Fm", "root:" };

START_TEST(a_frame_that_is_none_is_told)
{
	const char *path =
		ty_arena_printf(fx.arena, WS "/executions/$RUN/steps?frame=%s", no_frames[_i]);
	struct reply reply = get(path, waiting_run());

	ck_assert_status(reply, 422);
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, reply.json, NULL), "frame is no path of a frame"));
}
END_TEST

START_TEST(a_run_that_waits_says_for_what)
{
	const char *run = waiting_run();
	struct reply reply = get(WS "/executions/$RUN", run);
	const json_t *wait = json_array_get(json_object_get(reply.json, "waits"), 0);

	ck_assert_status(reply, 200);
	ck_assert_str_eq(ty_json_str(reply.json, "status", ""), "waiting");
	ck_assert_str_eq(ty_json_str(wait, "kind", ""), "call");
	ck_assert_str_eq(ty_json_str(wait, "node", ""), "w");
	ck_assert_str_eq(ty_json_str(wait, "frame", ""), "l:1");
	ck_assert(json_is_null(json_object_get(wait, "until")));
	reply = ask("GET", WS "/executions?status=waiting", NULL);
	wait = json_array_get(json_object_get(reply.json, "items"), 0);
	ck_assert_str_eq(ty_json_str(json_array_get(json_object_get(wait, "waits"), 0), "kind", ""),
			 "call");
}
END_TEST

START_TEST(a_run_that_waits_can_be_canceled)
{
	const char *run = waiting_run();
	struct reply reply;

	house_sql("INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, mode, "
		  "verdict, received_at) VALUES ('%s', '%s', '%s', '%s', 'api', 'accepted', now())",
		  house.ws_id.s, run, run, run);
	reply = ask("POST", ty_arena_printf(fx.arena, WS "/executions/%s/cancel", run), "{}");
	ck_assert_status(reply, 202);
	ck_assert_str_eq(ty_json_str(reply.json, "status", ""), "canceled");
}
END_TEST

HOUSE_MAIN("api steps", {
	TEST_LOOP(steps_come_by_page_and_by_frame, page_cases);
	TEST(a_cursor_that_is_none_is_told);
	TEST_LOOP(a_frame_that_is_none_is_told, no_frames);
	TEST(a_run_that_waits_says_for_what);
	TEST(a_run_that_waits_can_be_canceled);
})
