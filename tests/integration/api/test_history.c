/*
 * test_history.c -- "why didn't it run?": a delivery tells what is recorded of it, and where its run is.
 */
#include "house.h"

#include "base/str.h"
#include "queue/queue.h"

#include <stdio.h>
#include <uv.h>

#define WS "/api/v1/workspaces/{ws}"

/* ---- a worker that leases and does nothing else ---- */

static struct {
	uv_loop_t loop;
	struct ty_queue *queue;
	bool up, answered;
	struct ty_hold hold;
	size_t count;
} worker;

static void
on_state(void *ctx, const char *away)
{
	worker.up = away == NULL;
}

static void
on_leased(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	ck_assert_ptr_null(err);
	worker.answered = true;
	worker.count = count;
	if (count > 0)
		worker.hold = (struct ty_hold){ .run_id = leases[0].run_id,
						.workspace_id = leases[0].workspace_id,
						.workflow_id = leases[0].workflow_id,
						.token = leases[0].token };
}

static void
on_done(void *ctx, const struct ty_err *err)
{
	ck_assert_ptr_null(err);
	worker.answered = true;
}

static void
await(const bool *flag)
{
	while (!*flag)
		uv_run(&worker.loop, UV_RUN_ONCE);
}

static size_t
lease(void)
{
	worker.answered = false;
	ty_queue_lease(worker.queue, 1, on_leased, NULL);
	await(&worker.answered);
	return worker.count;
}

static void
setup(void)
{
	uv_loop_init(&worker.loop);
	worker.queue = ty_queue_new(&worker.loop, house.conf.redis_url, house.conf.lane, 60000,
				    on_state, NULL, NULL);
	await(&worker.up);
}

/* What is leased goes: tests share a lane. */
static void
teardown(void)
{
	while (lease() > 0) {
		worker.answered = false;
		ty_queue_release(worker.queue, &worker.hold, 1, on_done, NULL);
		await(&worker.answered);
	}
	ty_queue_free(worker.queue);
	uv_run(&worker.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&worker.loop), 0);
}

/* ---- the transcripts ---- */

static const char *
deliver(const char *path)
{
	struct raw raw = { .method = "POST",
			   .target = ty_arena_printf(fx.arena, "/hooks/{ws}/%s", path),
			   .body = "{}",
			   .len = 2,
			   .declared = -1 };
	struct reply reply = ask_raw(&raw);

	return reply.status == 404 ? text_of(&reply, "request_id") : text_of(&reply, "delivery_id");
}

/* "received accepted started ..."; one whose time is not recorded as "retried?". */
static const char *
history_of(const json_t *delivery)
{
	char *text = ty_arena_strdup(fx.arena, "");
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(delivery, "history"), i, event) text = ty_arena_printf(
		fx.arena, "%s%s%s%s", text, i > 0 ? " " : "", ty_json_str(event, "event", ""),
		json_is_null(json_object_get(event, "at")) ? "?" : "");
	return text;
}

/* "state held_by/limit deliveries"; "null" where there is no "queue". */
static const char *
place_of(const json_t *delivery)
{
	const json_t *queue = json_object_get(delivery, "queue");

	if (json_is_null(queue))
		return "null";
	return ty_arena_printf(fx.arena, "%s %s/%lld %lld", ty_json_str(queue, "state", ""),
			       ty_json_str(queue, "held_by", "-"),
			       (long long)ty_json_int(queue, "limit", 0),
			       (long long)ty_json_int(queue, "deliveries", 0));
}

static void
assert_told(const char *id, const char *history, const char *place)
{
	struct reply reply = ask("GET", ty_arena_printf(fx.arena, WS "/deliveries/%s", id), NULL);

	ck_assert_status(reply, 200);
	ck_assert_str_eq(history_of(reply.json), history);
	ck_assert_str_eq(place_of(reply.json), place);
}

START_TEST(a_workspace_at_its_limit_is_named_as_what_holds_a_run_back)
{
	const char *first, *second;

	house_sql("UPDATE tyboo.workspaces SET concurrent_max = 1 WHERE id = '%s'", house.ws_id.s);
	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	first = deliver("h");
	second = deliver("h");
	assert_told(first, "received accepted", "ready -/0 0");
	ck_assert_uint_eq(lease(), 1);
	ck_assert_str_eq(worker.hold.run_id.s, first);
	assert_told(first, "received accepted", "leased -/0 1");
	assert_told(second, "received accepted", "ready workspace/1 0");
	worker.answered = false;
	ty_queue_release(worker.queue, &worker.hold, 1, on_done, NULL);
	await(&worker.answered);
	assert_told(first, "received accepted", "done -/0 0");
	assert_told(second, "received accepted", "ready -/0 0");
}
END_TEST

START_TEST(a_workflow_at_its_limit_is_named)
{
	const char *workflow = house_publish(house_hook_graph("h", "\"verify\":\"none\"")), *second;

	house_sql("UPDATE tyboo.workflows SET concurrent_max = 1 WHERE id = '%s'", workflow);
	house_publish(house_hook_graph("other", "\"verify\":\"none\""));
	deliver("h");
	second = deliver("h");
	ck_assert_uint_eq(lease(), 1);
	assert_told(second, "received accepted", "ready workflow/1 0");
	assert_told(deliver("other"), "received accepted", "ready -/0 0");
}
END_TEST

/* As tyboo-run and tyboo-reap record them. */
static void
record(const char *id, const char *status, int deliveries)
{
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, deliveries, accepted_at, started_at, finished_at) "
		  "SELECT workspace_id, id, workflow_id, version_id, mode, '%s', 1, %d, "
		  "received_at, received_at, CASE WHEN '%s' = 'ok' THEN now() END "
		  "FROM tyboo.deliveries WHERE id = '%s'",
		  status, deliveries, status, id);
}

static const struct {
	const char *status;
	int deliveries;
	const char *history, *place;
} recorded[] = {
	{ "running", 1, "received accepted started", "ready -/0 0" },
	{ "running", 2, "received accepted started retried?", "ready -/0 0" },
	{ "ok", 1, "received accepted started finished", "null" },
	{ "ok", 3, "received accepted started retried? finished", "null" },
};

START_TEST(what_is_recorded_of_a_run_is_told_and_no_more)
{
	const char *id;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	id = deliver("h");
	record(id, recorded[_i].status, recorded[_i].deliveries);
	assert_told(id, recorded[_i].history, recorded[_i].place);
}
END_TEST

START_TEST(what_was_refused_has_no_place)
{
	assert_told(deliver("nobody"), "received unclaimed", "null");
}
END_TEST

START_TEST(a_job_that_the_queue_has_lost_is_nowhere)
{
	enum ty_queue_stopped stopped;
	const char *id;
	struct ty_id run_id;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	id = deliver("h");
	ck_assert(ty_id_parse(id, &run_id));
	ck_assert_ok(ty_queue_sync_stop(house.app->queue, &run_id, &stopped, &fx.err));
	assert_told(id, "received accepted", "done -/0 0");
	run_id = ty_id_new();
	house_sql("INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, mode, "
		  "verdict, reason, run_id, method, path, query, headers, remote_addr, body, "
		  "delivery_key, received_at, start_node) SELECT workspace_id, '%s', workflow_id, "
		  "version_id, mode, verdict, reason, '%s', method, path, query, headers, "
		  "remote_addr, body, delivery_key, received_at, start_node FROM tyboo.deliveries "
		  "WHERE id = '%s'",
		  run_id.s, run_id.s, id);
	assert_told(run_id.s, "received accepted", "none -/0 0");
}
END_TEST

HOUSE_MAIN("api.history", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(a_workspace_at_its_limit_is_named_as_what_holds_a_run_back);
	TEST(a_workflow_at_its_limit_is_named);
	TEST_LOOP(what_is_recorded_of_a_run_is_told_and_no_more, recorded);
	TEST(what_was_refused_has_no_place);
	TEST(a_job_that_the_queue_has_lost_is_nowhere);
})
