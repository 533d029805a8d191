/*
 * Pauses of a workflow and of a workspace, and runs that are canceled while they wait in the queue.
 */
#include "house.h"

#include "queue/pause.h"
#include "queue/queue.h"

#define WS "/api/v1/workspaces/{ws}"
#define MANUAL                                                                                     \
	"{\"nodes\":[{\"id\":\"go\",\"name\":\"Go\",\"type\":\"core.manual\",\"version\":1,"       \
	"\"params\":{}}],\"edges\":[],\"settings\":{}}"

static const char *
at(const char *id, const char *what)
{
	return ty_arena_printf(fx.arena, WS "/workflows/%s%s", id, what);
}

static const char *
start(const char *id)
{
	struct reply reply = ask("POST", at(id, "/executions"), "{}");

	ck_assert_status(reply, 202);
	return text_of(&reply, "execution_id");
}

/* Is the queue to give nothing of it? */
static bool
is_marked(const char *workflow)
{
	struct ty_queue_sync *queue = ty_queue_sync_new(house.conf.redis_url, house.conf.lane);
	struct ty_queue_pause *list, wanted = { .workspace_id = house.ws_id };
	bool found = false;
	size_t count;

	if (workflow != NULL)
		ck_assert(ty_id_parse(workflow, &wanted.workflow_id));
	ck_assert_ok(ty_queue_sync_paused(queue, fx.arena, &list, &count, &fx.err));
	for (size_t i = 0; i < count; i++)
		found = found || ty_queue_pause_eq(&list[i], &wanted);
	ty_queue_sync_free(queue);
	return found;
}

START_TEST(a_paused_workflow_takes_deliveries_and_says_how_many_wait)
{
	const char *id = house_publish(MANUAL), *other = house_publish(MANUAL);
	struct reply reply = ask("POST", at(id, "/pause"), NULL);

	ck_assert_status(reply, 200);
	ck_assert_str_ne(text_of(&reply, "paused_at"), "");
	ck_assert_int_eq(ty_json_int(reply.json, "queued", -1), 0);
	ck_assert(is_marked(id) && !is_marked(other) && !is_marked(NULL));
	start(id);
	start(id);
	start(other);
	reply = ask("GET", at(id, ""), NULL);
	ck_assert_str_ne(text_of(&reply, "paused_at"), "");
	reply = ask("POST", at(id, "/pause"), NULL); /* twice is once */
	ck_assert_int_eq(ty_json_int(reply.json, "queued", -1), 2);
	reply = ask("POST", at(id, "/unpause"), NULL);
	ck_assert_status(reply, 200);
	ck_assert_str_eq(text_of(&reply, "paused_at"), "");
	ck_assert_int_eq(ty_json_int(reply.json, "queued", -1), 2);
	ck_assert(!is_marked(id));
}
END_TEST

START_TEST(a_delivery_tells_that_a_pause_holds_it_back)
{
	const char *id = house_publish(MANUAL), *run;
	struct reply reply;

	ck_assert_status(ask("POST", at(id, "/pause"), NULL), 200);
	run = start(id);
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/deliveries/%s", run), NULL);
	ck_assert_status(reply, 200);
	ck_assert_str_eq(ty_json_str(json_object_get(reply.json, "queue"), "held_by", ""), "pause");
}
END_TEST

START_TEST(a_workspace_is_paused_by_who_may_change_it)
{
	struct person editor = house_person("editor", &house.ws_id);
	struct reply reply;

	ck_assert_status(ask_as(&editor, "POST", WS "/pause", NULL, NULL), 403);
	reply = ask("GET", WS "/pause", NULL);
	ck_assert_status(reply, 200);
	ck_assert_str_eq(text_of(&reply, "paused_at"), "");
	ck_assert_status(ask("POST", WS "/pause", NULL), 200);
	ck_assert(is_marked(NULL));
	start(house_publish(MANUAL));
	reply = ask_as(&editor, "GET", WS "/pause", NULL, NULL);
	ck_assert_str_ne(text_of(&reply, "paused_at"), "");
	ck_assert_int_eq(ty_json_int(reply.json, "queued", -1), 1);
	ck_assert_status(ask("POST", WS "/unpause", NULL), 200);
	ck_assert(!is_marked(NULL));
}
END_TEST

START_TEST(all_runs_that_wait_are_canceled_in_one_call)
{
	enum { COUNT = 230 }; /* more than one page of them */
	const char *id = house_publish(MANUAL), *other = house_publish(MANUAL), *last = NULL;
	const char *kept = start(other);
	struct reply reply;

	ck_assert_status(ask("POST", at(id, "/pause"), NULL), 200);
	for (int i = 0; i < COUNT; i++)
		last = start(id);
	reply = ask("POST", at(id, "/cancel-queued"), NULL);
	ck_assert_status(reply, 200);
	ck_assert_int_eq(ty_json_int(reply.json, "canceled", -1), COUNT);
	ck_assert_int_eq(ty_json_int(reply.json, "queued", -1), 0);
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/executions/%s", last), NULL);
	ck_assert_str_eq(text_of(&reply, "status"), "canceled");
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/executions/%s", kept), NULL);
	ck_assert_str_eq(text_of(&reply, "status"), "queued");
}
END_TEST

/* A run that was put down; its wait is over where 'at' has passed. */
static const char *
parked(const char *workflow, const char *at)
{
	const char *id = start(workflow);

	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at) SELECT workspace_id, id, workflow_id, "
		  "version_id, mode, 'waiting', 1, received_at, received_at FROM tyboo.deliveries "
		  "WHERE id = '%s'",
		  id);
	house_sql("INSERT INTO tyboo.waits (workspace_id, run_id, key, kind, node, frame, at, "
		  "look_at) VALUES ('%s', '%s', 'w/1/0', 'time', 'w', '', %s, %s)",
		  house.ws_id.s, id, at, at);
	return id;
}

START_TEST(a_run_whose_wait_is_over_waits_in_the_queue_too)
{
	const char *id = house_publish(MANUAL), *over = parked(id, "now() - interval '1 s'");
	const char *still = parked(id, "now() + interval '1 day'");
	struct reply reply = ask("POST", at(id, "/pause"), NULL);

	ck_assert_int_eq(ty_json_int(reply.json, "queued", -1), 1);
	reply = ask("POST", at(id, "/cancel-queued"), NULL);
	ck_assert_int_eq(ty_json_int(reply.json, "canceled", -1), 1);
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/executions/%s", over), NULL);
	ck_assert_str_eq(text_of(&reply, "status"), "canceled");
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/executions/%s", still), NULL);
	ck_assert_str_eq(text_of(&reply, "status"), "waiting");
}
END_TEST

START_TEST(taking_it_off_the_air_says_what_still_waits)
{
	const char *id = house_publish(MANUAL);
	struct reply reply;

	start(id);
	start(id);
	start(id);
	reply = ask("POST", at(id, "/unpublish"), NULL);
	ck_assert_status(reply, 200);
	ck_assert_int_eq(ty_json_int(reply.json, "queued", -1), 3);
}
END_TEST

START_TEST(deleting_a_paused_one_cancels_what_waits)
{
	const char *id = house_publish(MANUAL), *run;
	struct reply reply;

	ck_assert_status(ask("POST", at(id, "/pause"), NULL), 200);
	run = start(id);
	ck_assert_status(ask("DELETE", at(id, ""), NULL), 204);
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/executions/%s", run), NULL);
	ck_assert_str_eq(text_of(&reply, "status"), "canceled");
	ck_assert_str_eq(
		house_sql("SELECT count(*) FROM tyboo.pauses WHERE workflow_id = '%s'", id), "0");
}
END_TEST

START_TEST(another_workspaces_workflow_is_none)
{
	const char *slug, *id = house_publish(MANUAL);
	struct ty_id other = house_workspace(&slug);
	struct person stranger = house_person("owner", &other);
	const char *const ways[] = { "pause", "unpause", "cancel-queued" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(ways); i++) {
		ck_assert_status(
			ask_as(&stranger, "POST",
			       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/workflows/%s/%s",
					       slug, id, ways[i]),
			       NULL, NULL),
			404);
	}
	ck_assert(!is_marked(id));
}
END_TEST

HOUSE_MAIN("api.pauses", {
	TEST(a_paused_workflow_takes_deliveries_and_says_how_many_wait);
	TEST(a_delivery_tells_that_a_pause_holds_it_back);
	TEST(a_workspace_is_paused_by_who_may_change_it);
	TEST(all_runs_that_wait_are_canceled_in_one_call);
	TEST(a_run_whose_wait_is_over_waits_in_the_queue_too);
	TEST(taking_it_off_the_air_says_what_still_waits);
	TEST(deleting_a_paused_one_cancels_what_waits);
	TEST(another_workspaces_workflow_is_none);
})
