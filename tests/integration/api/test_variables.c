/*
 * test_variables.c -- a workspace's variables over the API: made, changed, listed, and where they are used.
 */
#include "house.h"

#include "store/variable.h"

#define WS "/api/v1/workspaces/{ws}"

#define GRAPH(expr)                                                                                \
	"{\"nodes\":[{\"id\":\"t\",\"name\":\"T\",\"type\":\"core.webhook\",\"version\":1,"        \
	"\"params\":{\"path\":\"v\",\"verify\":\"none\"},\"position\":[0,0]},{\"id\":\"s\","       \
	"\"name\":\"S\",\"type\":"                                                                 \
	"\"core.set\",\"version\":1,\"params\":{\"assignments\":[{\"name\":\"x\",\"value\":"       \
	"\"" expr "\"}]},\"position\":[0,0]}],\"edges\":[{\"from\":\"t\",\"output\":\"main\","     \
	"\"to\":\"s\",\"input\":\"main\"}],\"settings\":{}}"

static const char *
make(const char *name, const char *value)
{
	struct reply made =
		ask("POST", WS "/variables",
		    ty_arena_printf(fx.arena, "{\"name\":\"%s\",\"value\":\"%s\"}", name, value));

	ck_assert_status(made, 201);
	return text_of(&made, "id");
}

static const char *
at(const char *id)
{
	return ty_arena_printf(fx.arena, WS "/variables/%s", id);
}

static const char *
names_of(const struct reply *list)
{
	const json_t *items = json_object_get(list->json, "items"), *item;
	char *names = ty_arena_strdup(fx.arena, "");
	size_t i;

	json_array_foreach((json_t *)items, i, item) names =
		ty_arena_printf(fx.arena, "%s%s ", names, ty_json_str(item, "name", "?"));
	return names;
}

START_TEST(variables_are_made_listed_changed_and_deleted)
{
	const char *region = make("region", "eu"), *made;
	struct reply got;

	make("Base_2", "");
	got = ask("GET", WS "/variables", NULL);
	ck_assert_status(got, 200);
	ck_assert_str_eq(names_of(&got), "Base_2 region ");
	got = ask("GET", WS "/variables?limit=1", NULL);
	ck_assert_str_eq(names_of(&got), "Base_2 ");
	ck_assert_str_eq(text_of(&got, "next_cursor"), "Base_2");
	got = ask("GET", WS "/variables?limit=1&cursor=Base_2", NULL);
	ck_assert_str_eq(names_of(&got), "region ");
	got = ask("PUT", at(region), "{\"value\":\"us\"}");
	ck_assert_status(got, 200);
	ck_assert_str_eq(text_of(&got, "name"), "region");
	ck_assert_str_eq(text_of(&got, "value"), "us");
	got = ask("PUT", at(region), "{\"name\":\"area\"}");
	ck_assert_str_eq(text_of(&got, "name"), "area");
	ck_assert_str_eq(text_of(&got, "value"), "us");
	ck_assert_status(ask("DELETE", at(region), NULL), 204);
	ck_assert_status(ask("GET", at(region), NULL), 404);
	ck_assert_status(ask("PUT", at(region), "{\"value\":\"x\"}"), 404);
	ck_assert_status(ask("DELETE", at(region), NULL), 404);
	made = make("region", "again");
	ck_assert_str_ne(made, region);
}
END_TEST

static const struct {
	const char *body;
	int status;
} bad[] = {
	{ "{\"name\":\"a b\",\"value\":\"x\"}", 422 },
	{ "{\"name\":\"1a\",\"value\":\"x\"}", 422 },
	{ "{\"name\":\"\",\"value\":\"x\"}", 422 },
	{ "{\"name\":\"a-b\",\"value\":\"x\"}", 422 },
	{ "{\"name\":\"\xc3\xa9\",\"value\":\"x\"}", 422 },
	{ "{\"name\":\"a23456789012345678901234567890123456789012345678901\",\"value\":\"x\"}",
	  422 },
	{ "{\"name\":\"a\",\"value\":7}", 422 },
	{ "{\"value\":\"x\"}", 422 },
	{ "{\"name\":\"taken\",\"value\":\"x\"}", 409 },
};

START_TEST(what_is_no_variable_is_refused)
{
	struct reply said;

	make("taken", "x");
	make("other", "x");
	said = ask("POST", WS "/variables", bad[_i].body);
	ck_assert_status(said, bad[_i].status);
	said = ask("GET", WS "/variables", NULL);
	ck_assert_str_eq(names_of(&said), "other taken ");
}
END_TEST

START_TEST(a_value_and_their_number_have_a_limit)
{
	char value[TY_LIMIT_VARIABLE_VALUE_BYTES + 2];
	struct reply said;
	const char *id;

	memset(value, 'x', sizeof(value));
	value[TY_LIMIT_VARIABLE_VALUE_BYTES + 1] = '\0';
	said = ask("POST", WS "/variables",
		   ty_arena_printf(fx.arena, "{\"name\":\"long\",\"value\":\"%s\"}", value));
	ck_assert_status(said, 422);
	value[TY_LIMIT_VARIABLE_VALUE_BYTES] = '\0';
	id = make("long", value);
	house_sql("INSERT INTO tyboo.variables (workspace_id, id, name, value) SELECT '%s', "
		  "gen_random_uuid(), 'v' || n, '' FROM generate_series(2, %d) AS n RETURNING 1",
		  house.ws_id.s, TY_LIMIT_VARIABLES_COUNT);
	said = ask("POST", WS "/variables", "{\"name\":\"more\",\"value\":\"\"}");
	ck_assert_status(said, 409);
	ck_assert_ptr_nonnull(strstr(text_of(&said, "detail"), "200 variables"));
	ck_assert_status(ask("DELETE", at(id), NULL), 204);
	make("more", "");
}
END_TEST

START_TEST(a_viewer_sees_them_and_changes_none)
{
	struct person viewer = house_person("viewer", &house.ws_id);
	const char *id = make("region", "eu");

	ck_assert_status(ask_as(&viewer, "GET", WS "/variables", NULL, NULL), 200);
	ck_assert_status(ask_as(&viewer, "PUT", at(id), "{\"value\":\"x\"}", NULL), 403);
	ck_assert_status(ask_as(&viewer, "DELETE", at(id), NULL, NULL), 403);
	ck_assert_status(
		ask_as(&viewer, "POST", WS "/variables", "{\"name\":\"a\",\"value\":\"\"}", NULL),
		403);
}
END_TEST

START_TEST(another_workspaces_variable_is_not_there)
{
	const char *id = make("region", "eu"), *slug;
	struct ty_id other = house_workspace(&slug);
	struct person stranger = house_person("owner", &other);
	const char *target =
		ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/variables/%s", slug, id);

	ck_assert_status(ask_as(&stranger, "GET", target, NULL, NULL), 404);
	ck_assert_status(ask_as(&stranger, "PUT", target, "{\"value\":\"x\"}", NULL), 404);
	ck_assert_status(ask_as(&stranger, "DELETE", target, NULL, NULL), 404);
	ck_assert_str_eq(house_sql("SELECT value FROM tyboo.variables WHERE id = '%s'", id), "eu");
}
END_TEST

static const char *
warnings_of(const char *graph)
{
	struct reply said = ask("POST", WS "/workflows/validate",
				ty_arena_printf(fx.arena, "{\"graph\":%s}", graph));
	const json_t *findings = json_object_get(said.json, "findings"), *finding;
	char *text = ty_arena_strdup(fx.arena, "");
	size_t i;

	ck_assert_status(said, 200);
	json_array_foreach((json_t *)findings, i, finding) text =
		ty_arena_printf(fx.arena, "%s%s %s;", text, ty_json_str(finding, "severity", "?"),
				ty_json_str(finding, "code", "?"));
	return text;
}

static int64_t
users_of(const char *id)
{
	struct reply got = ask("GET", at(id), NULL);

	ck_assert_status(got, 200);
	ck_assert_int_eq(ty_json_int(got.json, "workflow_count", -1),
			 (int64_t)json_array_size(json_object_get(got.json, "workflows")));
	return ty_json_int(got.json, "workflow_count", -1);
}

START_TEST(publishing_warns_of_a_name_that_is_not_there_and_tells_where_one_is_used)
{
	const char *id, *other, *flow;

	ck_assert_str_eq(warnings_of(GRAPH("={{ $vars.region }}")), "warning unknown_variable;");
	flow = house_publish(GRAPH("={{ $vars.region }}"));
	id = make("region", "eu");
	other = make("other", "x");
	ck_assert_str_eq(warnings_of(GRAPH("={{ $vars.region }}")), "");
	ck_assert_int_eq(users_of(id), 1);
	ck_assert_int_eq(users_of(other), 0);
	ck_assert_status(
		ask("POST", ty_arena_printf(fx.arena, WS "/workflows/%s/unpublish", flow), "{}"),
		200);
	ck_assert_int_eq(users_of(id), 0);
	house_publish(GRAPH("={{ $vars[$json.n] }}"));
	ck_assert_int_eq(users_of(id), 1);
	ck_assert_int_eq(users_of(other), 1);
}
END_TEST

HOUSE_MAIN("api variables", {
	TEST(variables_are_made_listed_changed_and_deleted);
	TEST_LOOP(what_is_no_variable_is_refused, bad);
	TEST(a_value_and_their_number_have_a_limit);
	TEST(a_viewer_sees_them_and_changes_none);
	TEST(another_workspaces_variable_is_not_there);
	TEST(publishing_warns_of_a_name_that_is_not_there_and_tells_where_one_is_used);
})
