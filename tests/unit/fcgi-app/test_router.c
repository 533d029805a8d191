/*
 * test_router.c -- the way to a handler: which route, and what is refused before it is called.
 *
 * Routes and handlers are the test's own; none needs a store.
 */
#include "router.h"

#include "base/limits.h"
#include "support/common.h"

#include <stdio.h>

#define FORBIDDEN_BYTES 1000

/* ---- routes whose handlers say what they were given ---- */

static enum ty_code
echo(struct ty_api_call *call, struct ty_err *err)
{
	json_t *body = ty_json_own(
		call->arena, json_pack("{s:s, s:s?, s:s, s:I, s:s?, s:s?, s:O?}", "route",
				       call->route->name, "ws", call->workspace_key, "id",
				       call->id.s, "number", (json_int_t)call->number, "hash",
				       call->hash, "rest", call->rest, "body", call->body_json));

	return api_json(call, call->route->status, body);
}

struct page {
	int64_t limit;
	const char *name;
	bool all;
};

static enum ty_code
echo_query(struct ty_api_call *call, struct ty_err *err)
{
	const struct page *page = call->query;

	return api_json(
		call, 200,
		ty_json_own(call->arena, json_pack("{s:I, s:s?}", "limit", (json_int_t)page->limit,
						   "name", page->name)));
}

static enum ty_code
fail_inside(struct ty_api_call *call, struct ty_err *err)
{
	return ty_err_set(err, TY_E_INTERNAL, "the secret is hunter2");
}

static enum ty_code
fail_limit(struct ty_api_call *call, struct ty_err *err)
{
	call->retry_after_ms = 1500;
	call->verdict = "rate";
	return ty_err_set(err, TY_E_LIMIT, "slow down");
}

static const struct ty_param page_rows[] = { { .name = "limit",
					       .label = "L",
					       .type = TY_PARAM_INT,
					       .def = "50",
					       .min = 1,
					       .max = 200,
					       .offset = offsetof(struct page, limit) },
					     { .name = "name",
					       .label = "N",
					       .type = TY_PARAM_STRING,
					       .max = 5,
					       .offset = offsetof(struct page, name) },
					     { .name = "all",
					       .label = "A",
					       .type = TY_PARAM_BOOL,
					       .def = "false",
					       .offset = offsetof(struct page, all) },
					     { .name = NULL } };
static const struct ty_form page_form = { .name = "page",
					  .table = page_rows,
					  .size = sizeof(struct page) };

#define ROUTE(name_, method_, pattern_, status_, handler_, ...)                                    \
	{                                                                                          \
		.name = name_, .method = method_, .pattern = pattern_, .permission = "public",     \
		.auth = TY_AUTH_PUBLIC, .handler = handler_, .status = status_, .summary = "",     \
		__VA_ARGS__                                                                        \
	}

static const struct ty_route routes[] = {
	ROUTE("hook", "*", "/hooks/{workspace}/{path...}", 200, echo, .body_kind = TY_BODY_RAW,
	      .body_max_bytes = FORBIDDEN_BYTES),
	ROUTE("list", "GET", "/v1/things", 200, echo, .body_kind = TY_BODY_NONE),
	ROUTE("remove", "DELETE", "/v1/bare", 200, echo, .body_kind = TY_BODY_NONE),
	ROUTE("new", "POST", "/v1/things", 201, echo, .body_kind = TY_BODY_JSON,
	      .body_max_bytes = FORBIDDEN_BYTES),
	ROUTE("validate", "POST", "/v1/{ws}/things/validate", 200, echo,
	      .body_kind = TY_BODY_OPTIONAL, .body_max_bytes = FORBIDDEN_BYTES),
	ROUTE("get", "GET", "/v1/{ws}/things/{id}", 200, echo, .body_kind = TY_BODY_NONE),
	ROUTE("version", "GET", "/v1/{ws}/things/{id}/versions/{number}", 200, echo,
	      .body_kind = TY_BODY_NONE),
	ROUTE("payload", "GET", "/v1/payloads/{hash}", 200, echo, .body_kind = TY_BODY_NONE),
	ROUTE("query", "GET", "/v1/query", 200, echo_query, .query = &page_form),
	ROUTE("form", "POST", "/v1/form", 200, echo, .body_kind = TY_BODY_JSON, .body = &page_form,
	      .body_max_bytes = FORBIDDEN_BYTES),
	ROUTE("inside", "GET", "/v1/inside", 200, fail_inside),
	ROUTE("limit", "GET", "/v1/limit", 200, fail_limit),
	{ .name = NULL }
};

/* ---- asking ---- */

struct sent {
	const char *method, *target, *body, *content_type;
	int64_t declared; /* 0 = as long as it is */
};

static ssize_t
body_read(void *ctx, void *buf, size_t len)
{
	const char **at = ctx;
	size_t have = *at != NULL ? strlen(*at) : 0, n = have < len ? have : len;

	ck_assert_ptr_nonnull(*at); /* nobody may read a body that was not to be read */
	memcpy(buf, *at, n);
	*at += n;
	return (ssize_t)n;
}

static json_t *
ask(const struct sent *sent, struct ty_http_response *response)
{
	struct ty_http_header headers[] = { { "content-type", sent->content_type != NULL
								      ? sent->content_type
								      : "application/json" } };
	const char *at = sent->body != NULL || sent->declared != 0 ? sent->body : "";
	struct ty_http_request request = {
		.arena = fx.arena,
		.method = sent->method,
		.headers = headers,
		.header_count = 1,
		.content_length = sent->declared != 0  ? sent->declared
				  : sent->body != NULL ? (int64_t)strlen(sent->body)
						       : 0,
		.read = body_read,
		.read_ctx = &at,
	};
	struct ty_app app = { 0 };
	json_t *json = NULL;

	ty_log_init(&app.log, "test", TY_LOG_ERROR);
	app.log.fd = -1;
	ck_assert_ok(ty_router_new(fx.arena, routes, &app.router, &fx.err));
	ty_router_dispatch(&app, &request, sent->target, response);
	if (response->body_len > 0)
		ck_assert_ok(ty_json_parse(fx.arena, response->body, response->body_len, &json,
					   &fx.err));
	return json;
}

#define ID   "0190163d-8694-739b-aea5-966c26f8ad90"
#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *method, *target;
	int status;
	const char *route, *member, *value;
} match_cases[] = {
	{ "GET", "/v1/things", 200, "list", NULL, NULL },
	{ "HEAD", "/v1/things", 200, "list", NULL, NULL },
	{ "GET", "/v1/things?", 200, "list", NULL, NULL },
	{ "POST", "/v1/acme/things/validate", 200, "validate", "ws", "acme" },
	{ "GET", "/v1/acme/things/" ID, 200, "get", "id", ID },
	{ "GET", "/v1/acme/things/" ID "/versions/3", 200, "version", NULL, NULL },
	{ "GET", "/v1/payloads/" HASH, 200, "payload", "hash", HASH },
	{ "PURGE", "/hooks/acme/a/b", 200, "hook", "rest", "a/b" },
	{ "GET", "/hooks/acme/a%2Fb", 200, "hook", "rest", "a%2Fb" },
	{ "GET", "/hooks/acme/a/", 200, "hook", "rest", "a" },
	{ "GET", "/hooks/acme/a//", 200, "hook", "rest", "a/" },
	{ "GET", "/", 404, NULL, NULL, NULL },
	{ "GET", "/v1", 404, NULL, NULL, NULL },
	{ "GET", "/v1/things/", 404, NULL, NULL, NULL },
	{ "GET", "/v1//things/" ID, 404, NULL, NULL, NULL },
	{ "GET", "/v1/acme/things/validate", 405, NULL, NULL, NULL },
	{ "GET", "/v1/acme/things/x", 404, NULL, NULL, NULL },
	{ "GET", "/v1/acme/things/" ID "/versions/0", 404, NULL, NULL, NULL },
	{ "GET", "/v1/acme/things/" ID "/versions/x", 404, NULL, NULL, NULL },
	{ "GET", "/v1/acme/things/" ID "/versions", 404, NULL, NULL, NULL },
	{ "GET", "/v1/payloads/" HASH "a", 404, NULL, NULL, NULL },
	{ "GET", "/v1/payloads/AAAA", 404, NULL, NULL, NULL },
	{ "GET", "/hooks/acme", 404, NULL, NULL, NULL },
	{ "GET", "/hooks/acme/", 404, NULL, NULL, NULL },
	{ "get", "/v1/things", 405, NULL, NULL, NULL },
	{ "GET", "/v1/%zz", 400, NULL, NULL, NULL },
	{ "GET", "v1", 400, NULL, NULL, NULL },
};

START_TEST(a_request_meets_its_route)
{
	struct sent sent = { .method = match_cases[_i].method, .target = match_cases[_i].target };
	struct ty_http_response response;
	json_t *json = ask(&sent, &response);

	ck_assert_int_eq(response.status, match_cases[_i].status);
	if (match_cases[_i].route != NULL)
		ck_assert_str_eq(ty_json_str(json, "route", ""), match_cases[_i].route);
	if (match_cases[_i].member != NULL)
		ck_assert_str_eq(ty_json_str(json, match_cases[_i].member, ""),
				 match_cases[_i].value);
}
END_TEST

START_TEST(a_wrong_method_is_told_the_right_ones)
{
	struct sent sent = { .method = "DELETE", .target = "/v1/things" };
	struct ty_http_response response;

	ask(&sent, &response);
	ck_assert_int_eq(response.status, 405);
	ck_assert_ptr_nonnull(strstr(response.headers.data, "Allow: GET, POST\r\n"));
}
END_TEST

/* ---- bodies ---- */

static const struct {
	struct sent sent;
	int status;
	const char *code;
} body_cases[] = {
	{ { "POST", "/v1/things", "{}", NULL, 0 }, 201, NULL },
	{ { "POST", "/v1/things", "{}", "application/json; charset=utf-8", 0 }, 201, NULL },
	{ { "POST", "/v1/things", "{}", "APPLICATION/JSON", 0 }, 201, NULL },
	{ { "POST", "/v1/things", "{}", "text/plain", 0 }, 415, "malformed" },
	{ { "POST", "/v1/things", "{}", "application/jsonp", 0 }, 415, "malformed" },
	{ { "POST", "/v1/things", "{}", "", 0 }, 415, "malformed" },
	{ { "POST", "/v1/things", NULL, NULL, 0 }, 400, "malformed" },
	{ { "POST", "/v1/things", "{", NULL, 0 }, 400, "malformed" },
	{ { "POST", "/v1/things", "{\"a\":1,\"a\":2}", NULL, 0 }, 400, "malformed" },
	{ { "POST", "/v1/things", "[1e]", NULL, 0 }, 400, "malformed" },
	{ { "POST", "/v1/things", "[\"\\ud800\"]", NULL, 0 }, 400, "malformed" },
	{ { "POST", "/v1/things", "[\"\\u0000\"]", NULL, 0 }, 400, "malformed" },
	{ { "POST", "/v1/things", "{}", NULL, 5 }, 400, "malformed" },
	{ { "POST", "/v1/things", "{}{}", NULL, 2 }, 400, "malformed" },
	{ { "POST", "/v1/things", "{}", NULL, -1 }, 400, "malformed" },
	{ { "POST", "/v1/acme/things/validate", "{}", NULL, 0 }, 200, NULL },
	/* Declared too large: the reader fails the test where it is asked (its body is NULL). */
	{ { "POST", "/v1/things", NULL, NULL, FORBIDDEN_BYTES + 1 }, 413, "too_large" },
	{ { "POST", "/v1/things", NULL, NULL, INT64_MAX }, 413, "too_large" },
	/* Where a body means nothing it is not read: some clients send one with each DELETE. */
	{ { "GET", "/v1/things", NULL, NULL, FORBIDDEN_BYTES + 1 }, 200, NULL },
	{ { "DELETE", "/v1/bare", NULL, NULL, 2 }, 200, NULL },
	/* Nothing of an unknown address's body is read either. */
	{ { "POST", "/v1/nothing", NULL, NULL, 10 }, 404, "not_found" },
	{ { "POST", "/v1/acme/things/validate", NULL, NULL, 0 }, 200, NULL },
};

START_TEST(a_body_is_what_the_route_takes)
{
	struct ty_http_response response;
	json_t *json = ask(&body_cases[_i].sent, &response);

	ck_assert_msg(response.status == body_cases[_i].status, "%d: %s", response.status,
		      response.body);
	if (body_cases[_i].code != NULL)
		ck_assert_str_eq(ty_json_str(json, "code", ""), body_cases[_i].code);
}
END_TEST

/* A list is no form, but 64 levels of it are JSON: 422, not 400. */
START_TEST(json_of_64_levels_is_read_and_of_65_is_not)
{
	char body[2 * (TY_LIMIT_JSON_DEPTH + 1) + 1] = "";
	struct sent sent = { .method = "POST", .target = "/v1/form", .body = body };
	struct ty_http_response response;

	memset(body, '[', TY_LIMIT_JSON_DEPTH);
	memset(body + TY_LIMIT_JSON_DEPTH, ']', TY_LIMIT_JSON_DEPTH);
	ask(&sent, &response);
	ck_assert_int_eq(response.status, 422);
	memset(body, '[', TY_LIMIT_JSON_DEPTH + 1);
	memset(body + TY_LIMIT_JSON_DEPTH + 1, ']', TY_LIMIT_JSON_DEPTH + 1);
	ask(&sent, &response);
	ck_assert_int_eq(response.status, 400);
}
END_TEST

/* ---- forms ---- */

static const struct {
	const char *target;
	int status;
	int64_t limit;
	const char *name;
} query_cases[] = {
	{ "/v1/query", 200, 50, "" },
	{ "/v1/query?limit=7&name=abc", 200, 7, "abc" },
	{ "/v1/query?limit=&name=", 200, 50, "" },
	{ "/v1/query?limit=0", 422, 0, NULL },
	{ "/v1/query?limit=201", 422, 0, NULL },
	{ "/v1/query?limit=x", 422, 0, NULL },
	{ "/v1/query?name=toolong", 422, 0, NULL },
	{ "/v1/query?limit=%", 400, 0, NULL },
	{ "/v1/query?limits=7", 422, 0, NULL },
};

START_TEST(a_query_is_bound_to_its_form)
{
	struct sent sent = { .method = "GET", .target = query_cases[_i].target };
	struct ty_http_response response;
	json_t *json = ask(&sent, &response);

	ck_assert_msg(response.status == query_cases[_i].status, "%d: %s", response.status,
		      response.body);
	if (query_cases[_i].status != 200)
		return;
	ck_assert_int_eq(ty_json_int(json, "limit", 0), query_cases[_i].limit);
	ck_assert_str_eq(ty_json_str(json, "name", ""), query_cases[_i].name);
}
END_TEST

/* As a body's unknown field: a filter that nobody knows must not look like one that was met. */
static const struct {
	const char *method, *target;
	int status;
} stray_cases[] = {
	{ "GET", "/v1/things", 200 },	  { "GET", "/v1/things?", 200 },
	{ "GET", "/v1/things?a=1", 422 }, { "POST", "/v1/form?limit=5", 422 },
	{ "GET", "/hooks/w/p?a=1", 200 }, /* the sender's own */
};

START_TEST(a_route_refuses_a_parameter_that_it_does_not_know)
{
	struct sent sent = { .method = stray_cases[_i].method,
			     .target = stray_cases[_i].target,
			     .body = strcmp(stray_cases[_i].method, "POST") == 0 ? "{}" : NULL };
	struct ty_http_response response;
	json_t *json = ask(&sent, &response);

	ck_assert_int_eq(response.status, stray_cases[_i].status);
	if (response.status == 422)
		ck_assert_uint_eq(json_array_size(json_object_get(json, "findings")), 1);
}
END_TEST

START_TEST(everything_wrong_with_a_form_is_told_at_once)
{
	struct sent sent = { .method = "POST",
			     .target = "/v1/form",
			     .body = "{\"limit\":0,\"name\":\"toolong\",\"more\":1}" };
	struct ty_http_response response;
	json_t *json = ask(&sent, &response);

	ck_assert_int_eq(response.status, 422);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "findings")), 3);
}
END_TEST

static const struct {
	const char *body;
	int status;
} typed[] = {
	{ "{\"limit\":5,\"all\":true,\"name\":\"a\"}", 200 },
	{ "{\"limit\":null,\"all\":null,\"name\":null}", 200 },
	{ "{\"name\":\"\"}", 200 },
	{ "{\"limit\":\"5\"}", 422 },
	{ "{\"limit\":5.0}", 422 },
	{ "{\"limit\":\"\"}", 422 },
	{ "{\"limit\":true}", 422 },
	{ "{\"all\":\"true\"}", 422 },
	{ "{\"all\":1}", 422 },
	{ "{\"all\":\"\"}", 422 },
	{ "{\"name\":7}", 422 },
};

/* The rows do not say so one by one, because none may be forgotten. */
START_TEST(a_body_is_of_the_types_that_the_description_names)
{
	struct sent sent = { .method = "POST", .target = "/v1/form", .body = typed[_i].body };
	struct ty_http_response response;

	ask(&sent, &response);
	ck_assert_int_eq(response.status, typed[_i].status);
}
END_TEST

START_TEST(a_form_is_an_object)
{
	struct sent sent = { .method = "POST", .target = "/v1/form", .body = "[1]" };
	struct ty_http_response response;

	ask(&sent, &response);
	ck_assert_int_eq(response.status, 422);
}
END_TEST

/* ---- what every answer has ---- */

START_TEST(a_fault_of_ours_says_nothing_of_our_insides)
{
	struct sent sent = { .method = "GET", .target = "/v1/inside" };
	struct ty_http_response response;
	json_t *json = ask(&sent, &response);

	ck_assert_int_eq(response.status, 500);
	ck_assert_str_eq(ty_json_str(json, "code", ""), "internal");
	ck_assert_ptr_null(strstr(response.body, "hunter2"));
}
END_TEST

START_TEST(a_limit_says_when_to_come_back_rounded_up)
{
	struct sent sent = { .method = "GET", .target = "/v1/limit" };
	struct ty_http_response response;
	json_t *json = ask(&sent, &response);

	ck_assert_int_eq(response.status, 429);
	ck_assert_ptr_nonnull(strstr(response.headers.data, "Retry-After: 2\r\n"));
	ck_assert_str_eq(ty_json_str(json, "verdict", ""), "rate");
}
END_TEST

START_TEST(every_answer_carries_the_request_id_and_is_not_stored)
{
	struct sent sent = { .method = "GET", .target = "/nothing" };
	struct ty_http_response response;
	json_t *json = ask(&sent, &response);
	const char *id = ty_json_str(json, "request_id", "");

	ck_assert_uint_eq(strlen(id), 36);
	ck_assert_ptr_nonnull(strstr(response.headers.data,
				     ty_arena_printf(fx.arena, "X-Request-Id: %s\r\n", id)));
	ck_assert_ptr_nonnull(strstr(response.headers.data, "Cache-Control: no-store\r\n"));
	ck_assert_ptr_nonnull(
		strstr(response.headers.data, "Content-Type: application/problem+json\r\n"));
}
END_TEST

/* ---- the table itself ---- */

static const struct ty_route bad_routes[][2] = {
	{ { .name = "a",
	    .method = "GET",
	    .pattern = "/a",
	    .permission = "no.such",
	    .auth = TY_AUTH_WORKSPACE },
	  { .name = NULL } },
	{ { .name = "a",
	    .method = "GET",
	    .pattern = "/a",
	    .permission = NULL,
	    .auth = TY_AUTH_WORKSPACE },
	  { .name = NULL } },
	{ { .name = "a",
	    .method = "GET",
	    .pattern = "/a",
	    .permission = "public",
	    .auth = TY_AUTH_WORKSPACE },
	  { .name = NULL } },
	{ { .name = "a",
	    .method = "GET",
	    .pattern = "/a",
	    .permission = "workflow.read",
	    .auth = TY_AUTH_PUBLIC },
	  { .name = NULL } },
};

START_TEST(a_route_without_a_known_permission_does_not_start)
{
	const struct ty_router *router;

	ck_assert_code(ty_router_new(fx.arena, bad_routes[_i], &router, &fx.err), TY_E_INTERNAL);
}
END_TEST

START_TEST(our_own_table_starts)
{
	const struct ty_router *router;

	ck_assert_ok(ty_router_new(fx.arena, ty_routes, &router, &fx.err));
}
END_TEST

TEST_MAIN("router", {
	TEST_LOOP(a_request_meets_its_route, match_cases);
	TEST(a_wrong_method_is_told_the_right_ones);
	TEST_LOOP(a_body_is_what_the_route_takes, body_cases);
	TEST(json_of_64_levels_is_read_and_of_65_is_not);
	TEST_LOOP(a_query_is_bound_to_its_form, query_cases);
	TEST_LOOP(a_route_refuses_a_parameter_that_it_does_not_know, stray_cases);
	TEST(everything_wrong_with_a_form_is_told_at_once);
	TEST_LOOP(a_body_is_of_the_types_that_the_description_names, typed);
	TEST(a_form_is_an_object);
	TEST(a_fault_of_ours_says_nothing_of_our_insides);
	TEST(a_limit_says_when_to_come_back_rounded_up);
	TEST(every_answer_carries_the_request_id_and_is_not_stored);
	TEST_LOOP(a_route_without_a_known_permission_does_not_start, bad_routes);
	TEST(our_own_table_starts);
})
