/*
 * test_state.c -- what workflows keep, over the API: put, listed, looked at, changed, deleted, by whom.
 */
#include "house.h"

#include "base/limits.h"

#define WS "/api/v1/workspaces/{ws}"
#define GRAPH                                                                                      \
	"{\"nodes\":[{\"id\":\"t\",\"name\":\"T\",\"type\":\"core.webhook\",\"version\":1,"        \
	"\"params\":{\"path\":\"s\",\"verify\":\"none\"},\"position\":[0,0]}],\"edges\":[],"       \
	"\"settings\":{}}"

static struct reply
put(const char *more)
{
	return ask("POST", WS "/state", ty_arena_printf(fx.arena, "{%s}", more));
}

static const char *
at(const char *id)
{
	return ty_arena_printf(fx.arena, WS "/state/%s", id);
}

static const char *
keys_of(const struct reply *list)
{
	const json_t *items = json_object_get(list->json, "items"), *item;
	char *keys = ty_arena_strdup(fx.arena, "");
	size_t i;

	json_array_foreach((json_t *)items, i, item) keys =
		ty_arena_printf(fx.arena, "%s%s ", keys, ty_json_str(item, "key", "?"));
	return keys;
}

START_TEST(values_are_put_listed_changed_and_deleted)
{
	const char *flow = house_publish(GRAPH), *id;
	struct reply got = put("\"key\":\"cursor\",\"value\":{\"at\":[1,null]},\"version\":0");

	ck_assert_status(got, 201);
	id = text_of(&got, "id");
	ck_assert_ptr_null(ty_json_str(got.json, "workflow_id", NULL));
	ck_assert_int_eq(ty_json_int(got.json, "version", 0), 1);
	got = put(ty_arena_printf(
		fx.arena, "\"key\":\"n\",\"value\":0,\"workflow_id\":\"%s\",\"expires_s\":60",
		flow));
	ck_assert_status(got, 201);
	ck_assert_str_eq(text_of(&got, "workflow_id"), flow);
	ck_assert_ptr_nonnull(ty_json_str(got.json, "expires_at", NULL));
	got = ask("GET", WS "/state", NULL);
	ck_assert_status(got, 200);
	ck_assert_str_eq(keys_of(&got), "n cursor ");
	ck_assert_int_eq(ty_json_int(json_object_get(got.json, "usage"), "keys", 0), 2);
	got = ask("GET", WS "/state?limit=1", NULL);
	ck_assert_str_eq(keys_of(&got), "n ");
	got = ask("GET",
		  ty_arena_printf(fx.arena, WS "/state?limit=1&cursor=%s",
				  text_of(&got, "next_cursor")),
		  NULL);
	ck_assert_str_eq(keys_of(&got), "cursor ");
	got = ask("GET", ty_arena_printf(fx.arena, WS "/state?workflow_id=%s", flow), NULL);
	ck_assert_str_eq(keys_of(&got), "n ");
	got = ask("GET", WS "/state?prefix=cu&kind=value", NULL);
	ck_assert_str_eq(keys_of(&got), "cursor ");
	got = ask("GET", WS "/state?kind=seen", NULL);
	ck_assert_str_eq(keys_of(&got), "");
	got = ask("PUT", at(id), "{\"value\":false,\"version\":1}");
	ck_assert_status(got, 200);
	ck_assert(json_is_false(json_object_get(got.json, "value")));
	ck_assert_status(ask("PUT", at(id), "{\"value\":true,\"version\":1}"), 409);
	ck_assert_status(put("\"key\":\"cursor\",\"value\":1,\"version\":0"), 409);
	ck_assert_status(put("\"key\":\"cursor\",\"value\":null"), 200);
	ck_assert_status(ask("PUT", at(id), "{\"value\":null}"), 200);
	ck_assert_status(ask("PUT", at(id), "{}"), 422);
	ck_assert_status(ask("DELETE", at(id), NULL), 204);
	ck_assert_status(ask("GET", at(id), NULL), 404);
	ck_assert_status(ask("PUT", at(id), "{\"value\":1}"), 404);
	ck_assert_status(ask("DELETE", at(id), NULL), 404);
}
END_TEST

static const struct {
	const char *body;
	int status;
} bad[] = {
	{ "\"key\":\"a\"", 422 },
	{ "\"value\":1", 422 },
	{ "\"key\":\"\",\"value\":1", 422 },
	{ "\"key\":7,\"value\":1", 422 },
	{ "\"key\":\"a\",\"value\":1,\"version\":\"x\"", 422 },
	{ "\"key\":\"a\",\"value\":1,\"workflow_id\":\"x\"", 422 },
	{ "\"key\":\"a\",\"value\":1,\"workflow_id\":\"0190c3f2-7bff-7000-8000-000000000000\"",
	  404 },
	{ "\"key\":\"a\",\"value\":1,\"expires_s\":-2", 422 },
	{ "\"key\":\"a\",\"value\":1,\"more\":1", 422 },
};

START_TEST(what_is_no_value_is_refused)
{
	struct reply got = put(bad[_i].body);

	ck_assert_status(got, bad[_i].status);
	got = ask("GET", WS "/state", NULL);
	ck_assert_str_eq(keys_of(&got), "");
}
END_TEST

START_TEST(a_value_a_key_and_their_number_have_a_limit)
{
	char *text = ty_arena_alloc(fx.arena, TY_LIMIT_STATE_VALUE_BYTES + 2);
	struct reply got;

	memset(text, 'x', TY_LIMIT_STATE_VALUE_BYTES - 1);
	got = put(ty_arena_printf(fx.arena, "\"key\":\"a\",\"value\":\"%s\"", text));
	ck_assert_status(got, 429);
	text[TY_LIMIT_STATE_VALUE_BYTES - 2] = '\0';
	ck_assert_status(put(ty_arena_printf(fx.arena, "\"key\":\"a\",\"value\":\"%s\"", text)),
			 201);
	text[TY_LIMIT_STATE_KEY_BYTES + 1] = '\0';
	ck_assert_status(put(ty_arena_printf(fx.arena, "\"key\":\"%s\",\"value\":1", text)), 422);
	text[TY_LIMIT_STATE_KEY_BYTES] = '\0';
	ck_assert_status(put(ty_arena_printf(fx.arena, "\"key\":\"%s\",\"value\":1", text)), 201);
	house_sql("UPDATE tyboo.workspaces SET state_keys_max = 2 WHERE id = '%s' RETURNING 1",
		  house.ws_id.s);
	got = put("\"key\":\"b\",\"value\":1");
	ck_assert_status(got, 429);
	ck_assert_ptr_nonnull(strstr(text_of(&got, "detail"), "state_keys_max"));
	ck_assert_status(put("\"key\":\"a\",\"value\":1"), 200);
}
END_TEST

START_TEST(a_list_of_what_was_seen_is_deleted_and_not_changed)
{
	struct reply got;

	house_sql("INSERT INTO tyboo.states (workspace_id, id, kind, key, value, version) VALUES "
		  "('%1$s', '%1$s', 'seen', 'k', 'null', 1) RETURNING 1",
		  house.ws_id.s);
	got = ask("PUT", at(house.ws_id.s), "{\"value\":1}");
	ck_assert_status(got, 422);
	ck_assert_status(ask("DELETE", at(house.ws_id.s), NULL), 204);
}
END_TEST

START_TEST(a_viewer_sees_them_and_changes_none)
{
	struct person viewer = house_person("viewer", &house.ws_id);
	struct reply made = put("\"key\":\"a\",\"value\":1");
	const char *id = text_of(&made, "id");

	ck_assert_status(ask_as(&viewer, "GET", WS "/state", NULL, NULL), 200);
	ck_assert_status(ask_as(&viewer, "GET", at(id), NULL, NULL), 200);
	ck_assert_status(ask_as(&viewer, "PUT", at(id), "{\"value\":2}", NULL), 403);
	ck_assert_status(ask_as(&viewer, "DELETE", at(id), NULL, NULL), 403);
	ck_assert_status(ask_as(&viewer, "POST", WS "/state", "{\"key\":\"b\",\"value\":1}", NULL),
			 403);
}
END_TEST

START_TEST(another_workspaces_value_is_not_there)
{
	struct reply made = put("\"key\":\"a\",\"value\":1");
	const char *id = text_of(&made, "id"), *slug;
	struct ty_id other = house_workspace(&slug);
	struct person stranger = house_person("owner", &other);
	const char *target = ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/state/%s", slug, id);

	ck_assert_status(ask_as(&stranger, "GET", target, NULL, NULL), 404);
	ck_assert_status(ask_as(&stranger, "PUT", target, "{\"value\":2}", NULL), 404);
	ck_assert_status(ask_as(&stranger, "DELETE", target, NULL, NULL), 404);
	ck_assert_str_eq(house_sql("SELECT value FROM tyboo.states WHERE id = '%s'", id), "1");
}
END_TEST

HOUSE_MAIN("api state", {
	TEST(values_are_put_listed_changed_and_deleted);
	TEST_LOOP(what_is_no_value_is_refused, bad);
	TEST(a_value_a_key_and_their_number_have_a_limit);
	TEST(a_list_of_what_was_seen_is_deleted_and_not_changed);
	TEST(a_viewer_sees_them_and_changes_none);
	TEST(another_workspaces_value_is_not_there);
})
