/*
 * test_workflows.c -- drafts, versions, validation and publishing.
 */
#include "house.h"

#include "base/limits.h"
#include "base/str.h"
#include "hook/verify.h"
#include "json/json.h"

#define WS "/api/v1/workspaces/{ws}"

static const char *
at(const char *fmt, const char *id)
{
	return ty_arena_printf(fx.arena, "%s/workflows/%s%s", WS, id, fmt);
}

static struct reply
save(const char *id, const char *if_match, const char *body)
{
	const char *const headers[] = { if_match, NULL };

	return ask_as(&house.me, "PUT", at("", id), body, headers);
}

/* ---- create, read, list ---- */

START_TEST(a_member_sees_the_limits_of_the_workspace)
{
	struct reply reply;
	const json_t *rate;

	reply = ask("GET", WS "/limits", NULL);
	ck_assert_status(reply, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 9);
	rate = json_array_get(json_object_get(reply.json, "items"), 0);
	ck_assert_str_eq(ty_json_str(rate, "name", ""), "concurrent_max");
	ck_assert_int_eq(ty_json_int(rate, "value", 0), 100);
	ck_assert_int_eq(ty_json_int(rate, "default", 0), 100);
	ck_assert_str_eq(ty_json_str(rate, "unit", ""), "runs");
}
END_TEST

START_TEST(a_workflow_comes_back_as_its_author_saved_it)
{
	const char *graph =
		"{\"edges\":[],\"nodes\":[{\"type\":\"x\",\"id\":\"a\"}],\"z\":1,\"a\":2}";
	const char *id = house_draft(graph);
	struct reply reply = ask("GET", at("", id), NULL);

	ck_assert_status(reply, 200);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(reply.json, "graph"), NULL), graph);
	ck_assert_int_eq(ty_json_int(reply.json, "revision", 0), 1);
	ck_assert_ptr_nonnull(strstr(reply.headers, "ETag: \"1\"\r\n"));
}
END_TEST

/* What only people and editors read is no less kept. */
START_TEST(data_of_a_document_is_kept_and_accepted)
{
	const char *graph =
		"{\"nodes\":[{\"id\":\"t\",\"type\":\"core.manual\",\"position\":[1,-2.5],"
		"\"notes\":\"why\"},{\"id\":\"a\",\"type\":\"core.noop\"}],"
		"\"edges\":[{\"id\":\"e\",\"from\":\"t\",\"to\":\"a\"}],"
		"\"notes\":[{\"id\":\"n\",\"text\":\"x\",\"position\":[0,1],\"size\":[2,3],"
		"\"color\":\"red\"}],\"name\":\"Flow\",\"meta\":{\"k\":[1]},"
		"\"viewport\":{\"zoom\":1.5}}";
	const char *id = house_draft(graph);
	struct reply reply = ask("GET", at("", id), NULL);

	ck_assert_status(reply, 200);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(reply.json, "graph"), NULL), graph);
	ck_assert_status(ask("POST", at("/publish", id), "{}"), 200);
}
END_TEST

/* Nothing that would be left undone goes on the air. */
static const struct {
	const char *node, *settings, *code, *path;
} refused_cases[] = {
	{ ",\"retry\":{\"tries\":3,\"on\":[\"upsteam\"]}", "", "bad_shape",
	  "nodes[1].retry.on[0]" },
	{ "", "\"error_workflow\":\"w\"", "missing_workflow", "settings.error_workflow" },
	{ ",\"on_eror\":\"continue\"", "", "unknown_key", "nodes[1].on_eror" },
	{ "", "\"time_zone\":\"UTC\"", "unknown_key", "settings.time_zone" },
};

START_TEST(what_would_be_left_undone_is_kept_as_a_draft_and_not_published)
{
	const char *graph = ty_arena_printf(
		fx.arena,
		"{\"nodes\":[{\"id\":\"t\",\"type\":\"core.manual\"},{\"id\":\"a\",\"type\":"
		"\"core.noop\"%s}],\"edges\":[{\"from\":\"t\",\"to\":\"a\"}],\"settings\":{%s}}",
		refused_cases[_i].node, refused_cases[_i].settings);
	struct reply reply = ask("POST", at("/publish", house_draft(graph)), "{}");
	const json_t *finding = json_array_get(json_object_get(reply.json, "findings"), 0);

	ck_assert_status(reply, 422);
	ck_assert_str_eq(ty_json_str(finding, "code", ""), refused_cases[_i].code);
	ck_assert_str_eq(ty_json_str(finding, "docs", ""),
			 ty_arena_printf(fx.arena, "WORKFLOWS.md#%s", refused_cases[_i].code));
	if (refused_cases[_i].path != NULL)
		ck_assert_str_eq(ty_json_str(finding, "path", ""), refused_cases[_i].path);
}
END_TEST

static const struct {
	const char *body;
	int status;
} new_cases[] = {
	{ "{\"name\":\"W\"}", 201 },
	{ "{\"name\":\"W\",\"graph\":null}", 201 },
	{ "{\"name\":\"W\",\"graph\":{}}", 201 },
	{ "{\"name\":\"\"}", 422 },
	{ "{}", 422 },
	{ "{\"name\":[],\"graph\":{}}", 422 },
	{ "{\"name\":\"W\",\"graph\":[]}", 422 },
	{ "{\"name\":\"W\",\"graph\":\"text\"}", 422 },
	{ "{\"name\":\"W\",\"more\":1}", 422 },
	{ "{\"name\":7}", 422 },
	{ "{\"name\":\"W\",\"graph\":{\"nodes\":{\"a\":1},\"edges\":3}}", 422 },
	{ "{\"name\":\"W\",\"graph\":{\"nodes\":[],\"edges\":3}}", 422 },
	{ "{\"name\":\"W\",\"graph\":{\"nodes\":[],\"settings\":[]}}", 422 },
	{ "{\"name\":\"W\",\"graph\":{\"nodes\":null}}", 422 },
	{ "{\"name\":\"W\"", 400 },
};

START_TEST(a_new_workflow_needs_a_name_and_a_graph_that_is_an_object)
{
	ck_assert_status(ask("POST", WS "/workflows", new_cases[_i].body), new_cases[_i].status);
}
END_TEST

START_TEST(a_graph_over_the_limit_is_refused)
{
	size_t len = TY_LIMIT_GRAPH_BYTES;
	char *body = ty_arena_alloc(fx.arena, len + 100);
	size_t n = (size_t)snprintf(body, 100, "{\"name\":\"W\",\"graph\":{\"a\":\"");

	memset(body + n, 'x', len);
	memcpy(body + n + len, "\"}}", 4);
	ck_assert_status(ask("POST", WS "/workflows", body), 413);
}
END_TEST

/* A route that takes no workflow takes less: TY_LIMIT_API_BODY_BYTES, and not a byte more. */
START_TEST(a_form_over_the_limit_is_refused)
{
	size_t len = TY_LIMIT_API_BODY_BYTES + (size_t)_i;
	char *body = ty_arena_alloc(fx.arena, len + 1);

	memset(body, ' ', len);
	memcpy(body, "{}", 2);
	ck_assert_status(ask("POST", WS "/api-keys", body), _i == 0 ? 422 : 413);
}
END_TEST

/* As a tree they would take fifty times their text. */
START_TEST(a_body_of_too_many_values_is_refused_with_their_number)
{
	const int count = TY_LIMIT_JSON_VALUES;
	char *body = ty_arena_alloc(fx.arena, (size_t)count * 3 + 40);
	char *at = body + sprintf(body, "{\"graph\":{\"nodes\":[{}");
	struct reply reply;

	for (int i = 4; i < count; i++)
		at += sprintf(at, ",{}");
	sprintf(at, "]}}");
	reply = ask("POST", WS "/workflows/validate", body);
	ck_assert_status(reply, 200);
	sprintf(at, ",{}]}}");
	reply = ask("POST", WS "/workflows/validate", body);
	ck_assert_status(reply, 422);
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, reply.json, NULL), "holds 200001 values"));
}
END_TEST

START_TEST(lists_come_in_pages)
{
	struct reply first, second;
	const char *ids[3];

	for (int i = 0; i < 3; i++)
		ids[i] = house_draft("{\"nodes\":[{\"id\":\"h\",\"type\":\"core.webhook\","
				     "\"params\":{\"path\":\"p\"}}]}");
	first = ask("GET", WS "/workflows?limit=2", NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(first.json, "items")), 2);
	ck_assert_str_eq(text_of(&first, "next_cursor"), ids[1]);
	second = ask("GET",
		     ty_arena_printf(fx.arena, WS "/workflows?limit=2&cursor=%s",
				     text_of(&first, "next_cursor")),
		     NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(second.json, "items")), 1);
	ck_assert(json_is_null(json_object_get(second.json, "next_cursor")));
	ck_assert_str_eq(
		ty_json_str(json_array_get(json_object_get(second.json, "items"), 0), "id", ""),
		ids[0]);
}
END_TEST

static const struct {
	const char *query;
	int status;
	size_t count;
} list_cases[] = {
	{ "", 200, 2 },
	{ "?search=w", 200, 2 },
	{ "?search=%25", 200, 0 },
	{ "?published=true", 200, 1 },
	{ "?published=false", 200, 1 },
	{ "?published=maybe", 422, 0 },
	{ "?cursor=x", 422, 0 },
	{ "?limit=0", 422, 0 },
	{ "?limit=201", 422, 0 },
	{ "?nothing=1", 422, 0 },
};

START_TEST(a_list_is_filtered)
{
	struct reply reply;

	house_draft("{\"nodes\":[]}");
	house_publish(house_hook_graph("a", "\"verify\":\"none\""));
	reply = ask("GET", ty_arena_printf(fx.arena, WS "/workflows%s", list_cases[_i].query),
		    NULL);
	ck_assert_status(reply, list_cases[_i].status);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")),
			  list_cases[_i].count);
}
END_TEST

/* ---- save ---- */

static const struct {
	const char *if_match;
	int status;
} save_cases[] = {
	{ "If-Match: \"1\"", 200 }, { "If-Match: 1", 200 },	  { NULL, 428 },
	{ "If-Match: *", 428 },	    { "If-Match: ", 428 },	  { "If-Match: \"2\"", 412 },
	{ "If-Match: \"0\"", 412 }, { "If-Match: W/\"1\"", 412 }, { "If-Match: \"abc\"", 412 },
};

START_TEST(a_save_names_the_revision_it_changed)
{
	const char *id = house_draft("{\"nodes\":[]}");
	struct reply reply = save(id, save_cases[_i].if_match, "{\"graph\":{\"nodes\":[]}}");

	ck_assert_status(reply, save_cases[_i].status);
	if (reply.status == 200) {
		ck_assert_ptr_nonnull(strstr(reply.headers, "ETag: \"2\"\r\n"));
		ck_assert_int_eq(ty_json_int(reply.json, "version", 0), 2);
	}
}
END_TEST

START_TEST(the_second_of_two_saves_is_told)
{
	const char *id = house_draft("{\"nodes\":[]}");
	struct reply reply;

	ck_assert_status(save(id, "If-Match: \"1\"", "{\"name\":\"first\"}"), 200);
	reply = save(id, "If-Match: \"1\"", "{\"name\":\"second\"}");
	ck_assert_status(reply, 412);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "hint"), "If-Match: \"2\""));
	reply = ask("GET", at("", id), NULL);
	ck_assert_str_eq(text_of(&reply, "name"), "first");
}
END_TEST

START_TEST(a_new_name_is_no_new_version)
{
	const char *id = house_draft("{\"nodes\":[]}");
	struct reply reply = save(id, "If-Match: \"1\"", "{\"name\":\"other\"}");

	ck_assert_int_eq(ty_json_int(reply.json, "version", 0), 1);
	ck_assert_int_eq(ty_json_int(reply.json, "revision", 0), 2);
	ck_assert_status(save(id, "If-Match: \"2\"", "{}"), 422);
}
END_TEST

START_TEST(versions_are_kept)
{
	const char *id = house_draft("{\"nodes\":[]}");
	struct reply reply;

	save(id, "If-Match: \"1\"", "{\"note\":\"why\",\"graph\":{\"nodes\":[],\"two\":2}}");
	reply = ask("GET", at("/versions", id), NULL);
	ck_assert_status(reply, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 2);
	reply = ask("GET", at("/versions?limit=1", id), NULL);
	ck_assert_str_eq(text_of(&reply, "next_cursor"), "2");
	reply = ask("GET", at("/versions?limit=1&cursor=2", id), NULL);
	ck_assert_int_eq(
		ty_json_int(json_array_get(json_object_get(reply.json, "items"), 0), "number", 0),
		1);
	reply = ask("GET", at("/versions/2", id), NULL);
	ck_assert_str_eq(text_of(&reply, "note"), "why");
	ck_assert_int_eq(ty_json_int(json_object_get(reply.json, "graph"), "two", 0), 2);
	ck_assert_status(ask("GET", at("/versions/3", id), NULL), 404);
	ck_assert_status(ask("GET", at("/versions?cursor=x", id), NULL), 422);
}
END_TEST

START_TEST(a_deleted_workflow_is_gone_and_claims_nothing)
{
	const char *id = house_publish(house_hook_graph("gone", "\"verify\":\"none\""));

	ck_assert_status(ask("DELETE", at("", id), NULL), 204);
	ck_assert_status(ask("GET", at("", id), NULL), 404);
	ck_assert_status(ask("DELETE", at("", id), NULL), 404);
	ck_assert_str_eq(house_sql("SELECT count(*) FROM tyboo.hooks WHERE workflow_id = '%s'", id),
			 "0");
}
END_TEST

/* ---- validating and publishing ---- */

/* A cycle, two triggers, an unknown node, a dangling edge, a broken expression and broken code. */
static const char bad_graph[] =
	"{\"nodes\":["
	"{\"id\":\"t1\",\"name\":\"T1\",\"type\":\"core.manual\",\"version\":1,\"params\":{}},"
	"{\"id\":\"t2\",\"name\":\"T2\",\"type\":\"core.webhook\",\"version\":1,"
	"\"params\":{\"path\":\"p\",\"verify\":\"none\"}},"
	"{\"id\":\"t3\",\"name\":\"T3\",\"type\":\"core.webhook\",\"version\":1,"
	"\"params\":{\"path\":\"p\",\"verify\":\"none\"}},"
	"{\"id\":\"a\",\"name\":\"A\",\"type\":\"core.noop\",\"version\":1,\"params\":{}},"
	"{\"id\":\"b\",\"name\":\"B\",\"type\":\"core.noop\",\"version\":1,\"params\":{}},"
	"{\"id\":\"u\",\"name\":\"U\",\"type\":\"no.such\",\"version\":1,\"params\":{}},"
	"{\"id\":\"i\",\"name\":\"I\",\"type\":\"core.if\",\"version\":1,"
	"\"params\":{\"condition\":\"={{ $json.a + }}\"}},"
	"{\"id\":\"c\",\"name\":\"C\",\"type\":\"core.code\",\"version\":1,"
	"\"params\":{\"code\":\"return (\"}}],"
	"\"edges\":["
	"{\"from\":\"t1\",\"output\":\"main\",\"to\":\"a\",\"input\":\"main\"},"
	"{\"from\":\"a\",\"output\":\"main\",\"to\":\"b\",\"input\":\"main\"},"
	"{\"from\":\"b\",\"output\":\"main\",\"to\":\"a\",\"input\":\"main\"},"
	"{\"from\":\"b\",\"output\":\"main\",\"to\":\"nowhere\",\"input\":\"main\"}],"
	"\"settings\":{}}";

static const char *const bad_codes[] = { "cycle",	  "two_triggers",   "unknown_node",
					 "dangling_edge", "bad_expression", "bad_code",
					 "hook_address" };

static bool
has_finding(const json_t *findings, const char *code)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		if (ty_str_eq(ty_json_str(json_array_get(findings, i), "code", ""), code))
			return true;
	}
	return false;
}

START_TEST(everything_wrong_with_a_graph_is_in_one_answer)
{
	const char *id = house_draft(bad_graph);
	struct reply publish = ask("POST", at("/publish", id), "{}"), run, validate;

	ck_assert_status(publish, 422);
	for (size_t i = 0; i < TY_ARRAY_COUNT(bad_codes); i++)
		ck_assert_msg(has_finding(json_object_get(publish.json, "findings"), bad_codes[i]),
			      "no %s in %s", bad_codes[i],
			      ty_json_dump(fx.arena, publish.json, NULL));
	/* A run by hand and the validator say the same. */
	run = ask("POST", at("/run", id), "{}");
	ck_assert_status(run, 422);
	ck_assert(json_equal(json_object_get(run.json, "findings"),
			     json_object_get(publish.json, "findings")));
	validate = ask("POST", WS "/workflows/validate",
		       ty_arena_printf(fx.arena, "{\"graph\":%s}", bad_graph));
	ck_assert_status(validate, 200);
	ck_assert(!ty_json_bool(validate.json, "valid", true));
	ck_assert(json_equal(json_object_get(validate.json, "findings"),
			     json_object_get(publish.json, "findings")));
	/* Nothing went on the air. */
	validate = ask("GET", at("", id), NULL);
	ck_assert(!ty_json_bool(validate.json, "published", true));
}
END_TEST

static const char missing_graph[] =
	"{\"nodes\":[{\"id\":\"m\",\"type\":\"core.manual\",\"version\":1},"
	"{\"id\":\"gone\",\"name\":\"Sky\",\"type\":\"acme.weather\",\"version\":4,"
	"\"params\":{\"town\":\"={{ $json.town "
	"}}\",\"deep\":{\"list\":[1,2]}},\"position\":[7,9],\"on_error\":\"continue\"},"
	"{\"id\":\"end\",\"type\":\"core.noop\",\"version\":1}],"
	"\"edges\":[{\"from\":\"m\",\"output\":\"main\",\"to\":\"gone\",\"input\":\"left\"},"
	"{\"from\":\"gone\",\"output\":\"sunny\",\"to\":\"end\",\"input\":\"main\"}],\"settings\":{"
	"}}";

/* What brought a node is removed, and nothing of the author's work goes with it. */
START_TEST(a_node_that_is_missing_is_kept_and_neither_published_nor_run)
{
	const char *id = house_draft(missing_graph);
	struct reply reply = ask("GET", at("", id), NULL);
	json_t *graph = json_object_get(reply.json, "graph");
	const json_t *finding;

	ck_assert_status(reply, 200);
	ck_assert(json_equal(graph, ty_json_own(fx.arena, json_loads(missing_graph, 0, NULL))));
	reply = ask("POST", at("/publish", id), "{}");
	ck_assert_status(reply, 422);
	finding = json_array_get(json_object_get(reply.json, "findings"), 0);
	ck_assert_str_eq(ty_json_str(finding, "code", ""), "unknown_node");
	ck_assert_str_eq(ty_json_str(finding, "path", ""), "nodes[1].type");
	ck_assert_str_eq(ty_json_str(finding, "node", ""), "gone");
	ck_assert_str_ne(ty_json_str(finding, "hint", ""), "");
	ck_assert_status(ask("POST", at("/run", id), "{}"), 422);
}
END_TEST

static const struct {
	const char *body;
	int status;
	const char *path; /* of a refusal; NULL = it has findings */
} part_calls[] = {
	{ "{\"to\":\"m\"}", 202, NULL },
	{ "{\"to\":\"end\",\"pins\":{\"gone\":[{\"json\":{}}]}}", 202, NULL },
	{ "{\"to\":\"end\",\"pins\":{\"gone\":[7]}}", 422, "pins.gone" },
	{ "{\"to\":\"gone\"}", 422, NULL },
	{ "{\"to\":\"zzz\"}", 422, "to" },
	{ "{\"only\":\"end\"}", 422, "only" },
	{ "{\"from\":\"end\"}", 422, "from" },
	{ "{\"to\":\"m\",\"only\":\"m\"}", 422, "to" },
	{ "{\"to\":\"m\",\"input\":7}", 422, "input" },
	{ "{\"to\":\"m\",\"trigger\":\"end\"}", 422, "trigger" },
	{ "{\"from\":\"m\",\"source_run_id\":\"soon\"}", 422, "source_run_id" },
	{ "{\"from\":\"m\",\"source_run_id\":\"0198f3a1-0000-7000-8000-000000000001\"}", 404,
	  "source_run_id" },
};

/* The node that is missing is in nobody's way but its own. */
START_TEST(a_part_of_a_draft_is_run_or_refused_with_its_place)
{
	struct reply reply =
		ask("POST", at("/run", house_draft(missing_graph)), part_calls[_i].body);

	ck_assert_status(reply, part_calls[_i].status);
	if (part_calls[_i].status == 202)
		ck_assert_str_eq(house_sql("SELECT mode FROM tyboo.deliveries WHERE id = '%s'",
					   text_of(&reply, "run_id")),
				 "partial");
	else if (part_calls[_i].path == NULL)
		ck_assert_str_eq(
			ty_json_str(json_array_get(json_object_get(reply.json, "findings"), 0),
				    "code", ""),
			"unknown_node");
	else
		ck_assert_str_eq(ty_json_str(reply.json, "path", ""), part_calls[_i].path);
}
END_TEST

static const char *const odd_graphs[] = { "null", "7", "[]", "{\"nodes\":7}", "\"x\"" };

START_TEST(the_validator_takes_any_json)
{
	struct reply reply = ask("POST", WS "/workflows/validate",
				 ty_arena_printf(fx.arena, "{\"graph\":%s}", odd_graphs[_i]));

	/* null is no graph at all */
	ck_assert_status(reply, _i == 0 ? 422 : 200);
	ck_assert(!ty_json_bool(reply.json, "valid", false));
}
END_TEST

START_TEST(a_published_workflow_claims_its_address)
{
	const char *id = house_publish(house_hook_graph("a/b", "\"verify\":\"none\""));
	struct reply reply = ask("GET", at("", id), NULL);
	const json_t *hook = json_array_get(json_object_get(reply.json, "hooks"), 0);

	ck_assert(ty_json_bool(reply.json, "published", false));
	ck_assert_int_eq(ty_json_int(reply.json, "published_version", 0), 1);
	ck_assert_str_eq(ty_json_str(hook, "path", ""), "a/b");
	ck_assert_str_eq(ty_json_str(hook, "method", ""), "POST");

	reply = ask("POST", at("/unpublish", id), "{}");
	ck_assert_status(reply, 200);
	ck_assert(!ty_json_bool(reply.json, "published", true));
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "hooks")), 0);
}
END_TEST

START_TEST(a_save_does_not_change_what_is_on_the_air)
{
	const char *id = house_publish(house_hook_graph("a", "\"verify\":\"none\""));
	struct reply reply = save(id, "If-Match: \"1\"", "{\"graph\":{\"nodes\":[]}}");

	ck_assert_status(reply, 200);
	ck_assert_int_eq(ty_json_int(reply.json, "published_version", 0), 1);
	ck_assert_int_eq(ty_json_int(reply.json, "version", 0), 2);
	/* The draft cannot be published, an older version can. */
	ck_assert_status(ask("POST", at("/publish", id), "{}"), 422);
	ck_assert_status(ask("POST", at("/publish", id), "{\"version\":1}"), 200);
	ck_assert_status(ask("POST", at("/publish", id), "{\"version\":9}"), 404);
	ck_assert_status(ask("POST", at("/publish", id), "{\"version\":\"1\"}"), 422);
	ck_assert_status(ask("POST", at("/publish", id), "{\"version\":1.0}"), 422);
	ck_assert_status(ask("POST", at("/publish", id), "{\"version\":true}"), 422);
}
END_TEST

START_TEST(an_address_belongs_to_one_workflow)
{
	const char *graph = house_hook_graph("taken", "\"verify\":\"none\"");
	const char *first = house_publish(graph), *second = house_draft(graph);
	struct reply reply = ask("POST", at("/publish", second), "{}");

	ck_assert_status(reply, 409);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "detail"), first));
}
END_TEST

/* ---- credentials that are used ---- */

static struct reply
forget(const char *secret)
{
	return ask("DELETE", ty_arena_printf(fx.arena, WS "/credentials/%s", secret), NULL);
}

static const char *
hook_naming(const char *path, const char *more, const char *secret)
{
	return house_hook_graph(
		path, ty_arena_printf(fx.arena, "%s,\"credential\":\"%s\"", more, secret));
}

START_TEST(a_credential_that_is_used_is_not_deleted)
{
	const char *secret = house_secret("{\"secret\":\"s\"}");
	const char *one = house_publish(hook_naming("one", "\"verify\":\"github\"", secret));
	const char *two = house_publish(hook_naming("two", "\"verify\":\"github\"", secret));
	struct reply reply = forget(secret);
	const json_t *users = json_object_get(reply.json, "workflows");

	ck_assert_status(reply, 409);
	ck_assert_str_eq(text_of(&reply, "code"), "conflict");
	ck_assert_str_eq(text_of(&reply, "detail"), "2 published workflows use the credential");
	ck_assert_uint_eq(json_array_size(users), 2);
	ck_assert_status(ask("POST", at("/unpublish", one), NULL), 200);
	reply = forget(secret);
	ck_assert_status(reply, 409);
	users = json_object_get(reply.json, "workflows");
	ck_assert_uint_eq(json_array_size(users), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(users, 0), "id", ""), two);
	ck_assert_str_ne(ty_json_str(json_array_get(users, 0), "name", ""), "");
	ck_assert_status(ask("DELETE", at("", two), NULL), 204);
	ck_assert_status(forget(secret), 204);
	/* A draft may go on naming it; what is wrong with that the validator says. */
	ck_assert_status(ask("GET", at("", one), NULL), 200);
	reply = ask("POST", at("/publish", one), NULL);
	ck_assert_status(reply, 422);
	ck_assert(has_finding(json_object_get(reply.json, "findings"), "missing_credential"));
}
END_TEST

/* What the check leaves alone does not use it: no scheme asks for it, or the node is disabled. */
static const char *const idle_cases[] = {
	"\"verify\":\"none\"",
	"\"verify\":\"none\"}},{\"id\":\"off\",\"name\":\"Off\",\"type\":\"core.webhook\","
	"\"version\":1,\"disabled\":true,\"params\":{\"path\":\"q\",\"verify\":\"github\"",
};

START_TEST(a_credential_that_is_only_named_is_deleted)
{
	const char *secret = house_secret("{\"secret\":\"s\"}");

	house_publish(hook_naming("h", idle_cases[_i], secret));
	ck_assert_status(forget(secret), 204);
}
END_TEST

START_TEST(a_credential_of_another_workspace_is_none)
{
	struct person me = house.me;
	struct ty_id mine = house.ws_id;
	const char *slug = house.ws, *secret, *id;
	struct reply reply;

	house.ws_id = house_workspace(&house.ws);
	house.me = house_person("owner", &house.ws_id);
	secret = house_secret("{\"secret\":\"theirs\"}");
	house.ws_id = mine;
	house.ws = slug;
	house.me = me;
	id = house_draft(house_hook_graph(
		"x",
		ty_arena_printf(fx.arena, "\"verify\":\"github\",\"credential\":\"%s\"", secret)));
	reply = ask("POST", at("/publish", id), "{}");
	ck_assert_status(reply, 422);
	ck_assert(has_finding(json_object_get(reply.json, "findings"), "missing_credential"));
}
END_TEST

START_TEST(the_catalog_has_every_table_of_the_programs)
{
	static const char *const tables[] = { "categories",  "triggers",   "nodes",
					      "schemes",     "run_modes",  "permissions",
					      "error_codes", "conditions", "templates" };
	struct reply reply = ask("GET", "/api/v1/catalog", NULL);
	const json_t *schemes = json_object_get(reply.json, "schemes");
	size_t count = 0;

	ck_assert_status(reply, 200);
	ck_assert_uint_ge(json_array_size(json_object_get(reply.json, "nodes")), 12);
	for (; ty_hook_schemes[count].name != NULL; count++)
		ck_assert_str_eq(ty_json_str(json_array_get(schemes, count), "name", ""),
				 ty_hook_schemes[count].name);
	ck_assert_uint_eq(json_array_size(schemes), count);
	ck_assert_uint_eq(json_object_size(reply.json), TY_ARRAY_COUNT(tables));
	for (size_t i = 0; i < TY_ARRAY_COUNT(tables); i++)
		ck_assert_uint_gt(json_array_size(json_object_get(reply.json, tables[i])), 0);
}
END_TEST

HOUSE_MAIN("api workflows", {
	TEST(a_member_sees_the_limits_of_the_workspace);
	TEST(a_workflow_comes_back_as_its_author_saved_it);
	TEST(data_of_a_document_is_kept_and_accepted);
	TEST_LOOP(what_would_be_left_undone_is_kept_as_a_draft_and_not_published, refused_cases);
	TEST_LOOP(a_new_workflow_needs_a_name_and_a_graph_that_is_an_object, new_cases);
	TEST(a_graph_over_the_limit_is_refused);
	tcase_add_loop_test(tc, a_form_over_the_limit_is_refused, 0, 2);
	TEST(a_body_of_too_many_values_is_refused_with_their_number);
	TEST(lists_come_in_pages);
	TEST_LOOP(a_list_is_filtered, list_cases);
	TEST_LOOP(a_save_names_the_revision_it_changed, save_cases);
	TEST(the_second_of_two_saves_is_told);
	TEST(a_new_name_is_no_new_version);
	TEST(versions_are_kept);
	TEST(a_deleted_workflow_is_gone_and_claims_nothing);
	TEST(everything_wrong_with_a_graph_is_in_one_answer);
	TEST(a_node_that_is_missing_is_kept_and_neither_published_nor_run);
	TEST_LOOP(a_part_of_a_draft_is_run_or_refused_with_its_place, part_calls);
	TEST_LOOP(the_validator_takes_any_json, odd_graphs);
	TEST(a_published_workflow_claims_its_address);
	TEST(a_save_does_not_change_what_is_on_the_air);
	TEST(an_address_belongs_to_one_workflow);
	TEST(a_credential_that_is_used_is_not_deleted);
	TEST_LOOP(a_credential_that_is_only_named_is_deleted, idle_cases);
	TEST(a_credential_of_another_workspace_is_none);
	TEST(the_catalog_has_every_table_of_the_programs);
})
