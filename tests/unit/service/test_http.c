/*
 * test_http.c -- the service "http": what a credential adds to a request, to whom it goes, and that
 * nothing but the receiver gets to see it.
 */
#include "unit/net/web.h"

#include "service/service.h"
#include "vault/credential.h"

#define SECRET "s3 cret&1"

static struct outcome
call(json_t *request, const char *type, const char *data, const char *hosts)
{
	const struct ty_service *service = ty_service_find("http");
	struct ty_service_means means = { .net = web.net };
	struct ty_service_ask ask = { .request = request, .hosts = hosts, .timeout_ms = 5000 };
	const char *before = ty_json_dump(fx.arena, request, NULL);
	struct outcome out = { 0 };

	if (type != NULL)
		ck_assert_ok(ty_credential_open(fx.arena, type, data, strlen(data), &ask.credential,
						&fx.err));
	service->begin(&means, &ask, told, &out);
	ck_assert_int_eq(out.told, 0);
	/* The engine's request is as it was: what is added is added to a copy. */
	ck_assert_str_eq(ty_json_dump(fx.arena, request, NULL), before);
	while (out.told == 0)
		uv_run(&web.loop, UV_RUN_ONCE);
	return out;
}

static const struct {
	const char *type, *data, *more, *member, *has;
} part_cases[] = {
	{ "http_bearer", "{\"token\":\"" SECRET "\"}", NULL, "head",
	  "\nAuthorization: Bearer " SECRET },
	{ "http_basic", "{\"username\":\"me\",\"password\":\"" SECRET "\"}", NULL, "head",
	  "\nAuthorization: Basic bWU6czMgY3JldCYx" },
	{ "http_header", "{\"name\":\"X-Api-Key\",\"value\":\"" SECRET "\"}",
	  "{\"headers\":[{\"name\":\"X-Mine\",\"value\":\"1\"}]}", "head", "\nX-Api-Key: " SECRET },
	{ "http_query", "{\"name\":\"key\",\"value\":\"" SECRET "\"}", NULL, "target",
	  "/echo?key=s3%20cret%261" },
	{ "http_query", "{\"name\":\"key\",\"value\":\"" SECRET "\"}",
	  "{\"query\":[{\"name\":\"a\",\"value\":\"1\"}]}", "target",
	  "/echo?a=1&key=s3%20cret%261" },
	{ "http_custom",
	  "{\"query\":[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"2\"}]}", NULL,
	  "target", "/echo?a=1&b=2" },
	{ "http_custom", "{\"form\":[{\"name\":\"client_secret\",\"value\":\"" SECRET "\"}]}",
	  "{\"method\":\"POST\",\"body\":{\"kind\":\"form\",\"value\":[{\"name\":\"a\",\"value\":"
	  "\"1\"}]}}",
	  "body", "a=1&client_secret=s3%20cret%261" },
	{ "http_custom",
	  "{\"json\":[{\"name\":\"client_secret\",\"value\":\"" SECRET "\"},{\"name\":\"auth.key\","
	  "\"value\":\"k\"}]}",
	  "{\"method\":\"POST\",\"body\":{\"kind\":\"json\",\"value\":{\"a\":1,\"auth\":{\"b\":2}}}"
	  "}",
	  "body", "{\"a\":1,\"auth\":{\"b\":2,\"key\":\"k\"},\"client_secret\":\"" SECRET "\"}" },
	{ "http_custom", "{\"json\":[{\"name\":\"token\",\"value\":\"" SECRET "\"}]}",
	  "{\"method\":\"POST\",\"body\":{\"kind\":\"json\"}}", "body",
	  "{\"token\":\"" SECRET "\"}" },
	{ "http_custom", "{\"form\":[{\"name\":\"client_secret\",\"value\":\"" SECRET "\"}]}",
	  "{\"method\":\"POST\",\"body\":{\"kind\":\"multipart\",\"value\":[]}}", "body",
	  "name=\"client_secret\"\r\n\r\n" SECRET },
};

START_TEST(a_credential_is_a_part_of_the_request)
{
	struct outcome out;

	web_start("127.0.0.1");
	out = call(request_for("/echo", part_cases[_i].more), part_cases[_i].type,
		   part_cases[_i].data, "");
	ck_assert_msg(strstr(echo_str(&out, part_cases[_i].member), part_cases[_i].has) != NULL,
		      "%s has no %s", echo_str(&out, part_cases[_i].member), part_cases[_i].has);
	/* The address that gave the answer is told without it. */
	ck_assert_ptr_null(strstr(answer_text(&out, "url"), "key="));
	web_stop();
}
END_TEST

static const struct {
	const char *type, *data, *more;
	enum ty_code code;
	const char *says;
} travel_cases[] = {
	{ "http_bearer", "{\"token\":\"" SECRET "\"}", NULL, TY_OK, NULL },
	{ "http_header", "{\"name\":\"X-Api-Key\",\"value\":\"" SECRET "\"}", NULL, TY_OK, NULL },
	{ "http_custom", "{\"form\":[{\"name\":\"key\",\"value\":\"" SECRET "\"}]}",
	  "{\"method\":\"POST\",\"redirects_max\":1,\"body\":{\"kind\":\"form\",\"value\":[]}}",
	  TY_E_DENIED, "the body has a secret in it" },
	{ "http_custom", "{\"json\":[{\"name\":\"key\",\"value\":\"" SECRET "\"}]}",
	  "{\"method\":\"POST\",\"redirects_max\":1,\"body\":{\"kind\":\"json\",\"value\":{}}}",
	  TY_E_DENIED, "the body has a secret in it" },
};

START_TEST(a_redirect_to_another_host_goes_without_it)
{
	struct http_server *other;
	struct outcome out;

	web_start("127.0.0.1");
	other = http_server_new(serve, NULL);
	out = call(request_for(ty_arena_printf(fx.arena, "/redirect/307/http://127.0.0.1:%d/echo",
					       http_server_port(other)),
			       travel_cases[_i].more != NULL ? travel_cases[_i].more
							     : "{\"redirects_max\":1}"),
		   travel_cases[_i].type, travel_cases[_i].data, NULL);
	if (travel_cases[_i].code != TY_OK) {
		ck_assert_int_eq(out.err.code, travel_cases[_i].code);
		ck_assert_msg(strstr(out.err.msg, travel_cases[_i].says) != NULL, "%s",
			      out.err.msg);
	} else {
		ck_assert_ptr_null(strstr(echo_str(&out, "head"), "cret"));
		ck_assert_ptr_null(strcasestr(echo_str(&out, "head"), "authorization"));
	}
	http_server_free(other);
	web_stop();
}
END_TEST

static const struct {
	const char *hosts;
	bool is_allowed;
} host_cases[] = {
	{ "", true },
	{ "127.0.0.1", true },
	{ "api.example.com, 127.0.0.1", true },
	{ "api.example.com", false },
	{ "127.0.0.1:1", false },
};

START_TEST(a_credential_goes_to_its_hosts_only)
{
	struct outcome out;

	web_start("127.0.0.1");
	out = call(request_for("/echo", NULL), "http_bearer", "{\"token\":\"" SECRET "\"}",
		   host_cases[_i].hosts);
	if (host_cases[_i].is_allowed) {
		ck_assert_ptr_nonnull(out.answer);
	} else {
		ck_assert_int_eq(out.err.code, TY_E_DENIED);
		ck_assert_ptr_nonnull(strstr(out.err.msg, "127.0.0.1"));
		ck_assert_int_eq(http_server_connections(web.server), 0);
	}
	web_stop();
}
END_TEST

static const struct {
	const char *data, *more;
} place_cases[] = {
	{ "{\"form\":[{\"name\":\"a\",\"value\":\"" SECRET "\"}]}", NULL },
	{ "{\"json\":[{\"name\":\"a\",\"value\":\"" SECRET "\"}]}", NULL },
	{ "{\"json\":[{\"name\":\"a\",\"value\":\"" SECRET "\"}]}",
	  "{\"method\":\"POST\",\"body\":{\"kind\":\"json\",\"value\":[1]}}" },
	{ "{\"json\":[{\"name\":\"a.b\",\"value\":\"" SECRET "\"}]}",
	  "{\"method\":\"POST\",\"body\":{\"kind\":\"json\",\"value\":{\"a\":7}}}" },
};

START_TEST(what_goes_into_a_body_needs_a_place_there)
{
	struct outcome out;

	web_start("127.0.0.1");
	out = call(request_for("/echo", place_cases[_i].more), "http_custom", place_cases[_i].data,
		   NULL);
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	ck_assert_str_eq(out.err.path, "credential");
	ck_assert_int_eq(http_server_connections(web.server), 0);
	web_stop();
}
END_TEST

START_TEST(only_what_is_in_the_table_is_found)
{
	ck_assert_ptr_null(ty_service_find("smtp"));
	ck_assert_ptr_null(ty_service_find(""));
	ck_assert_str_eq(ty_service_find("http")->name, "http");
}
END_TEST

static const struct {
	const char *answer, *failure;
} breaker_rows[] = {
	{ "{\"status\":200}", NULL },
	{ "{\"status\":503}", "status 503" },
	{ "{\"status\":503,\"own_proxy\":false}", "status 503" },
	{ "{\"status\":503,\"own_proxy\":true}", NULL },
};

/* A node's own proxy may make answers up, so that no breaker opens for a server that is well. */
START_TEST(an_answer_that_came_through_an_own_proxy_is_no_failure_of_the_server)
{
	json_t *answer = ty_json_own(fx.arena, json_loads(breaker_rows[_i].answer, 0, NULL));
	const char *failure = ty_service_http.failure(answer, NULL);

	if (breaker_rows[_i].failure == NULL)
		ck_assert_ptr_null(failure);
	else
		ck_assert_str_eq(failure, breaker_rows[_i].failure);
}
END_TEST

TEST_MAIN("service http", {
	TEST_LOOP(an_answer_that_came_through_an_own_proxy_is_no_failure_of_the_server,
		  breaker_rows);
	TEST_LOOP(a_credential_is_a_part_of_the_request, part_cases);
	TEST_LOOP(a_redirect_to_another_host_goes_without_it, travel_cases);
	TEST_LOOP(a_credential_goes_to_its_hosts_only, host_cases);
	TEST_LOOP(what_goes_into_a_body_needs_a_place_there, place_cases);
	TEST(only_what_is_in_the_table_is_found);
})
