/*
 * Schedules by the API: published, listed, their next times, and those of one that is not saved.
 */
#include "house.h"

#define WS "/api/v1/workspaces/{ws}"

static const char *
graph_of(const char *cron, const char *more)
{
	return ty_arena_printf(
		fx.arena,
		"{\"nodes\":[{\"id\":\"s\",\"name\":\"S\",\"type\":\"core.schedule\","
		"\"version\":1,\"params\":{\"cron\":\"%s\"%s}},{\"id\":\"go\",\"name\":"
		"\"Go\",\"type\":\"core.noop\",\"version\":1,\"params\":{}}],\"edges\":[{"
		"\"from\":\"s\",\"to\":\"go\"}],\"settings\":{\"timezone\":\"Europe/"
		"Berlin\"}}",
		cron, more);
}

static const char *
row(const char *id, const char *column)
{
	return house_sql("SELECT %s FROM tyboo.schedules WHERE workflow_id = '%s'", column, id);
}

/* Save another graph over the draft and publish it. */
static void
publish_again(const char *id, const char *graph)
{
	const char *address = ty_arena_printf(fx.arena, WS "/workflows/%s", id);
	struct reply reply = ask("GET", address, NULL);
	const char *match[] = { ty_arena_printf(fx.arena, "If-Match: \"%lld\"",
						(long long)ty_json_int(reply.json, "revision", 0)),
				NULL, NULL, NULL };

	reply = ask_as(&house.me, "PUT", address,
		       ty_arena_printf(fx.arena, "{\"graph\":%s}", graph), match);
	ck_assert_status(reply, 200);
	ck_assert_status(ask("POST", ty_arena_printf(fx.arena, "%s/publish", address), NULL), 200);
}

START_TEST(a_published_schedule_is_listed_with_its_next_time)
{
	const char *id = house_publish(graph_of("30 2 * * *", ",\"overlap\":\"skip\""));
	struct reply reply = ask("GET", WS "/schedules", NULL);
	json_t *item;

	ck_assert_status(reply, 200);
	item = json_array_get(json_object_get(reply.json, "items"), 0);
	ck_assert_str_eq(ty_json_str(item, "workflow_id", ""), id);
	ck_assert_str_eq(ty_json_str(item, "cron", ""), "30 2 * * *");
	ck_assert_str_eq(ty_json_str(item, "timezone", ""), "Europe/Berlin");
	ck_assert_str_eq(ty_json_str(item, "missed", ""), "once");
	ck_assert_str_eq(ty_json_str(item, "overlap", ""), "skip");
	ck_assert_ptr_nonnull(strstr(ty_json_str(item, "next_at", ""), ":30:00.000Z"));
	ck_assert(json_is_null(json_object_get(item, "last_at")));
	reply = ask("GET",
		    ty_arena_printf(fx.arena,
				    WS "/schedules/%s/next?count=3&after=2027-03-27T12:00:00Z",
				    ty_json_str(item, "id", "")),
		    NULL);
	ck_assert_status(reply, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "times")), 3);
	item = json_array_get(json_object_get(reply.json, "times"), 0);
	ck_assert_str_eq(ty_json_str(item, "at", ""), "2027-03-28T03:00:00+02:00");
	ck_assert_str_eq(ty_json_str(item, "utc", ""), "2027-03-28T01:00:00.000Z");
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "rule"), "Wall time"));
}
END_TEST

START_TEST(a_list_is_read_by_page_the_soonest_first)
{
	struct reply reply;

	house_publish(graph_of("0 0 1 1 *", ""));
	house_publish(graph_of("* * * * *", ""));
	house_publish(graph_of("0 0 1 * *", ""));
	reply = ask("GET", WS "/schedules?limit=2", NULL);
	ck_assert_str_eq(
		ty_json_str(json_array_get(json_object_get(reply.json, "items"), 0), "cron", ""),
		"* * * * *");
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 2);
	reply = ask("GET",
		    ty_arena_printf(fx.arena, WS "/schedules?limit=2&cursor=%.26s%%20%s",
				    text_of(&reply, "next_cursor"),
				    text_of(&reply, "next_cursor") + 27),
		    NULL);
	ck_assert_status(reply, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 1);
	ck_assert_str_eq(
		ty_json_str(json_array_get(json_object_get(reply.json, "items"), 0), "cron", ""),
		"0 0 1 1 *");
	ck_assert_str_eq(text_of(&reply, "next_cursor"), "");
}
END_TEST

START_TEST(publishing_unchanged_resets_nothing)
{
	const char *id = house_publish(graph_of("30 2 * * *", "")), *row_id, *next;

	house_sql("UPDATE tyboo.schedules SET next_at = '2027-01-01', look_at = '2027-01-01', "
		  "last_at = now(), "
		  "skipped_count = 3 WHERE workflow_id = '%s' RETURNING 1",
		  id);
	row_id = row(id, "id");
	next = row(id, "next_at");
	publish_again(id,
		      graph_of("30 2 * * *",
			       ",\"overlap\":\"queue\",\"missed\":\"all\",\"missed_max\":\"7\""));
	ck_assert_str_eq(row(id, "id"), row_id);
	ck_assert_str_eq(row(id, "next_at"), next);
	ck_assert_str_eq(row(id, "look_at"), next);
	ck_assert_str_eq(row(id, "skipped_count"), "3");
	ck_assert_str_eq(row(id, "overlap || missed || missed_max"), "queueall7");
	ck_assert_str_eq(row(id, "(version_id = (SELECT published_version_id FROM tyboo.workflows "
				 "w WHERE w.id = workflow_id))::text"),
			 "true");
	/* Another time is a new beginning. */
	publish_again(id, graph_of("31 2 * * *", ""));
	ck_assert_str_eq(row(id, "id"), row_id);
	ck_assert_str_ne(row(id, "next_at"), next);
	ck_assert_str_eq(row(id, "(next_at > now())::text"), "true");
}
END_TEST

START_TEST(what_is_not_on_the_air_has_no_schedule)
{
	const char *id = house_publish(graph_of("* * * * *", ""));

	ck_assert_status(
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/unpublish", id), NULL),
		200);
	ck_assert_str_eq(row(id, "count(*)"), "0");
	ck_assert_status(
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", id), NULL), 200);
	ck_assert_str_eq(row(id, "count(*)"), "1");
	/* Disabled, beside a trigger that is not. */
	publish_again(
		id, "{\"nodes\":[{\"id\":\"s\",\"name\":\"S\",\"type\":\"core.schedule\","
		    "\"disabled\":true,"
		    "\"params\":{\"cron\":\"* * * * "
		    "*\"}},{\"id\":\"m\",\"name\":\"M\",\"type\":\"core.manual\"}],\"edges\":[]}");
	ck_assert_str_eq(row(id, "count(*)"), "0");
	publish_again(id, graph_of("* * * * *", ""));
	ck_assert_status(ask("DELETE", ty_arena_printf(fx.arena, WS "/workflows/%s", id), NULL),
			 204);
	ck_assert_str_eq(row(id, "count(*)"), "0");
}
END_TEST

static const struct {
	const char *params, *path;
} bad[] = {
	{ "\"cron\":\"61 * * * *\"", "nodes[0].params.cron" },
	{ "\"cron\":\"0 0 30 2 *\"", "nodes[0].params.cron" },
	{ "\"cron\":\"={{ 1 }}\"", "nodes[0].params.cron" },
	{ "\"cron\":\"* * * * *\",\"timezone\":\"Mars/Base\"", "nodes[0].params.timezone" },
	{ "\"kind\":\"interval\",\"every\":999,\"unit\":\"ms\"", "nodes[0].params.every" },
	{ "\"kind\":\"interval\",\"every\":1,\"anchor\":\"soon\"", "nodes[0].params.anchor" },
	{ "\"kind\":\"cron\"", "nodes[0].params.cron" },
};

START_TEST(what_is_no_schedule_is_one_finding_with_its_place)
{
	const char *id =
		house_draft(ty_arena_printf(fx.arena,
					    "{\"nodes\":[{\"id\":\"s\",\"name\":\"S\",\"type\":"
					    "\"core.schedule\",\"params\":{%s}}],\"edges\":[]}",
					    bad[_i].params));
	struct reply reply =
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/publish", id), NULL);
	json_t *findings = json_object_get(reply.json, "findings");

	ck_assert_status(reply, 422);
	ck_assert_uint_eq(json_array_size(findings), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(findings, 0), "path", ""), bad[_i].path);
	ck_assert_uint_gt(strlen(ty_json_str(json_array_get(findings, 0), "hint", "")), 5);
}
END_TEST

static const struct {
	const char *body;
	int status;
	const char *first; /* "at" of the first; of a refusal the path */
} previews[] = {
	{ "{\"cron\":\"30 2 * * "
	  "*\",\"timezone\":\"Europe/Berlin\",\"after\":\"2027-10-30T12:00:00Z\"}",
	  200, "2027-10-31T02:30:00+02:00" },
	{ "{\"kind\":\"interval\",\"every\":90,\"unit\":\"minutes\",\"anchor\":\"2027-01-01T00:"
	  "10\",\"after\":\"2027-01-01T00:10:00Z\"}",
	  200, "2027-01-01T01:40:00+00:00" },
	/* A number as a form sends it, and as JavaScript may write it. */
	{ "{\"kind\":\"interval\",\"every\":\"90\",\"unit\":\"minutes\",\"anchor\":\"2027-01-01T00:"
	  "10\",\"after\":\"2027-01-01T00:10:00Z\"}",
	  200, "2027-01-01T01:40:00+00:00" },
	{ "{\"kind\":\"interval\",\"every\":90.0,\"unit\":\"minutes\",\"anchor\":\"2027-01-01T00:"
	  "10\",\"after\":\"2027-01-01T00:10:00Z\"}",
	  200, "2027-01-01T01:40:00+00:00" },
	{ "{\"cron\":\"61 * * * *\"}", 422, "cron" },
	{ "{\"cron\":\"* * * * *\",\"timezone\":\"Mars/Base\"}", 422, "timezone" },
	{ "{\"cron\":\"* * * * *\",\"after\":\"today\"}", 422, "after" },
	{ "{}", 422, "cron" },
};

START_TEST(a_preview_needs_nothing_saved)
{
	struct reply reply = ask("POST", WS "/schedules/preview", previews[_i].body);
	json_t *times = json_object_get(reply.json, "times");

	ck_assert_status(reply, previews[_i].status);
	if (reply.status != 200) {
		ck_assert_ptr_nonnull(
			strstr(ty_json_dump(fx.arena, reply.json, NULL), previews[_i].first));
		return;
	}
	ck_assert_uint_eq(json_array_size(times), 10);
	ck_assert_str_eq(ty_json_str(json_array_get(times, 0), "at", ""), previews[_i].first);
}
END_TEST

START_TEST(schedules_of_another_workspace_are_not_there)
{
	const char *id = house_publish(graph_of("* * * * *", "")), *schedule = row(id, "id"), *slug;
	struct ty_id other = house_workspace(&slug);
	struct person stranger = house_person("owner", &other);
	struct reply reply;

	reply = ask_as(&stranger, "GET",
		       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/schedules", slug), NULL,
		       NULL);
	ck_assert_status(reply, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 0);
	reply = ask_as(&stranger, "GET",
		       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/schedules/%s/next", slug,
				       schedule),
		       NULL, NULL);
	ck_assert_status(reply, 404);
}
END_TEST

HOUSE_MAIN("api schedules", {
	TEST(a_published_schedule_is_listed_with_its_next_time);
	TEST(a_list_is_read_by_page_the_soonest_first);
	TEST(publishing_unchanged_resets_nothing);
	TEST(what_is_not_on_the_air_has_no_schedule);
	TEST_LOOP(what_is_no_schedule_is_one_finding_with_its_place, bad);
	TEST_LOOP(a_preview_needs_nothing_saved, previews);
	TEST(schedules_of_another_workspace_are_not_there);
})
