/*
 * test_http.c -- outbound calls against a real server on loopback.
 */
#include "support/common.h"
#include "support/http_server.h"

#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"
#include "net/http.h"

#include <stdio.h>
#include <unistd.h>
#include <uv.h>

static struct {
	uv_loop_t loop;
	struct ty_net *net;
	struct http_server *server;
	int port;
} web;

struct outcome {
	json_t *answer;
	struct ty_err err;
	int told;
};

/* ---- the server's side ---- */

/* Head and body as they came, so that a test sees what was really sent. */
static bool
serve_echo(const struct http_server_request *r)
{
	json_t *obj = json_pack("{s:s, s:s, s:s, s:s%, s:i}", "method", r->method, "target",
				r->target, "head", r->head, "body", r->body, r->body_len,
				"connection", r->connection);
	char *text = json_dumps(obj, 0);

	http_server_answer(r->fd, 200, "Content-Type: application/json\r\n", text, strlen(text));
	free(text);
	json_decref(obj);
	return true;
}

/* /redirect/<status>/<where> */
static bool
serve_redirect(const struct http_server_request *r)
{
	char headers[2048];
	int status = atoi(r->target + strlen("/redirect/"));
	const char *where = strchr(r->target + strlen("/redirect/"), '/') + 1;

	snprintf(headers, sizeof(headers), "Location: %s\r\n",
		 strcmp(where, "loop") == 0 ? r->target : where);
	http_server_answer(r->fd, status, headers, "", 0);
	return true;
}

/* /big/<bytes>: without a length, so that only counting helps */
static bool
serve_big(const struct http_server_request *r)
{
	static const char chunk[1024];
	size_t left = strtoul(r->target + strlen("/big/"), NULL, 10);
	const char *head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";

	http_server_write(r->fd, head, strlen(head));
	for (; left > 0; left -= left < sizeof(chunk) ? left : sizeof(chunk))
		http_server_write(r->fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk));
	return false;
}

static bool
serve_head_flood(const struct http_server_request *r)
{
	http_server_write(r->fd, "HTTP/1.1 200 OK\r\n", 17);
	for (int i = 0; i < 2000; i++)
		http_server_write(r->fd, "X-Flood: 0123456789012345678901234567890123\r\n", 45);
	return false;
}

static const struct {
	const char *target;
	int status;
	const char *headers, *body;
} pages[] = {
	{ "/json", 200, "Content-Type: application/json\r\n", "{\"b\":1,\"a\":[2]}" },
	{ "/problem", 404, "Content-Type: application/problem+json; charset=utf-8\r\n",
	  "{\"t\":1}" },
	{ "/broken-json", 200, "Content-Type: application/json\r\n", "{\"b\":" },
	{ "/empty-json", 200, "Content-Type: application/json\r\n", "" },
	{ "/text", 200, "Content-Type: text/plain\r\n", "{\"b\":1}" },
	{ "/latin1", 200, "Content-Type: text/plain\r\nX-Name: caf\xe9\r\n", "caf\xe9" },
	{ "/cookies", 200, "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-L: 1\r\nX-L: 2\r\n", "" },
	{ "/error", 503, "", "busy" },
};

static bool
serve(void *ctx, const struct http_server_request *r)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(pages); i++) {
		if (strcmp(r->target, pages[i].target) == 0) {
			http_server_answer(r->fd, pages[i].status, pages[i].headers, pages[i].body,
					   strlen(pages[i].body));
			return true;
		}
	}
	if (strncmp(r->target, "/redirect/", 10) == 0)
		return serve_redirect(r);
	if (strncmp(r->target, "/big/", 5) == 0)
		return serve_big(r);
	if (strcmp(r->target, "/head-flood") == 0)
		return serve_head_flood(r);
	if (strcmp(r->target, "/slow") == 0) {
		http_server_wait_closed(r->fd);
		return false;
	}
	if (strcmp(r->target, "/close") == 0)
		return false;
	/* Answers on a connection once; closes without a word the second time. */
	if (strcmp(r->target, "/once") == 0 && r->number > 1)
		return false;
	if (strcmp(r->target, "/garbage") == 0) {
		http_server_write(r->fd, "\x01\x02 garbage\r\n\r\n", 14);
		return false;
	}
	return serve_echo(r);
}

/* ---- our side ---- */

static void
close_any(uv_handle_t *handle, void *ctx)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void
web_start(const char *allow)
{
	char text[64];

	web.server = http_server_new(serve, NULL);
	web.port = http_server_port(web.server);
	snprintf(text, sizeof(text), "127.0.0.1:%d", web.port);
	ck_assert_int_eq(uv_loop_init(&web.loop), 0);
	ck_assert_ok(ty_net_new(&web.loop, allow != NULL ? allow : text, &web.net, &fx.err));
}

static void
web_stop(void)
{
	ty_net_free(web.net);
	uv_walk(&web.loop, close_any, NULL);
	uv_run(&web.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&web.loop), 0);
	http_server_free(web.server);
}

static void
told(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct outcome *out = ctx;

	ck_assert_msg((answer != NULL) != (err != NULL), "exactly one of answer and error");
	out->told++;
	if (answer != NULL)
		out->answer = ty_json_own(fx.arena, json_deep_copy(answer));
	else
		out->err = *err;
}

static char *
web_url(const char *target)
{
	return ty_arena_printf(fx.arena, "http://127.0.0.1:%d%s", web.port, target);
}

/* A request for 'target' of our server, with members of 'more' (JSON, or NULL) on top. */
static json_t *
request_for(const char *target, const char *more)
{
	json_t *request = ty_json_own(fx.arena, json_object());
	json_error_t error;

	json_object_set_new(request, "url", json_string(web_url(target)));
	if (more != NULL) {
		json_t *extra = json_loads(more, JSON_ALLOW_NUL, &error);

		ck_assert_msg(extra != NULL, "%s: %s", more, error.text);
		json_object_update(request, ty_json_own(fx.arena, extra));
	}
	return request;
}

static struct outcome
fetch(const json_t *request, int64_t timeout_ms)
{
	struct outcome out = { 0 };

	ty_net_http(web.net, request, timeout_ms, told, &out);
	ck_assert_msg(out.told == 0, "told from within");
	while (out.told == 0)
		uv_run(&web.loop, UV_RUN_ONCE);
	ck_assert_int_eq(out.told, 1);
	return out;
}

static const char *
answer_text(const struct outcome *out, const char *key)
{
	const json_t *value = json_object_get(out->answer, key);

	ck_assert_msg(out->answer != NULL, "failed: %s", out->err.msg);
	return ty_json_dump(fx.arena, value != NULL ? value : json_null(), NULL);
}

static const char *
echo_str(const struct outcome *out, const char *key)
{
	ck_assert_msg(out->answer != NULL, "failed: %s", out->err.msg);
	return ty_json_str(json_object_get(out->answer, "body"), key, "(absent)");
}

/* ---- what is sent ---- */

static const struct {
	const char *more, *method, *head_has, *head_lacks, *body;
} sent_cases[] = {
	{ NULL, "GET", "Accept: */*\r\n", "Content-Type", "" },
	{ "{\"method\":\"post\"}", "POST", "Content-Length: 0", "Content-Type", "" },
	{ "{\"method\":\"PURGE\"}", "PURGE", "User-Agent: Tyboo/", "Content-Type", "" },
	{ "{\"method\":\"POST\",\"body\":{\"kind\":\"json\",\"value\":{\"b\":1,\"a\":\"\\u00e9\"}}"
	  "}",
	  "POST", "Content-Type: application/json", "Expect", "{\"b\":1,\"a\":\"\xc3\xa9\"}" },
	{ "{\"method\":\"PUT\",\"body\":{\"kind\":\"form\",\"value\":[{\"name\":\"a b\",\"value\":"
	  "\"1&2\"},{\"name\":\"n\",\"value\":3}]}}",
	  "PUT", "Content-Type: application/x-www-form-urlencoded", "json", "a%20b=1%262&n=3" },
	{ "{\"method\":\"PATCH\",\"body\":{\"kind\":\"text\",\"value\":\"hi\",\"content_type\":"
	  "\"text/csv\"}}",
	  "PATCH", "Content-Type: text/csv", "text/plain", "hi" },
	{ "{\"method\":\"DELETE\",\"body\":{\"kind\":\"text\",\"value\":\"x\"},\"headers\":[{"
	  "\"name\":"
	  "\"content-type\",\"value\":\"a/b\"}]}",
	  "DELETE", "content-type: a/b", "text/plain", "x" },
	{ "{\"idempotency_key\":\"k1\"}", "GET", "Idempotency-Key: k1", "Expect", "" },
	{ "{\"idempotency_key\":\"k1\",\"headers\":[{\"name\":\"Idempotency-Key\",\"value\":"
	  "\"own\"}]}",
	  "GET", "Idempotency-Key: own", "k1", "" },
	{ "{\"headers\":[{\"name\":\"X-Empty\",\"value\":\"\"},{\"name\":\"X-N\",\"value\":7}]}",
	  "GET", "X-N: 7", "X-Empty: 7", "" },
	{ "{\"headers\":[{\"name\":\"Host\",\"value\":\"other.example\"}]}", "GET",
	  "Host: other.example", "127.0.0.1", "" },
};

START_TEST(a_request_is_sent_as_described)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/echo", sent_cases[_i].more), 0);
	ck_assert_str_eq(echo_str(&out, "method"), sent_cases[_i].method);
	ck_assert_str_eq(echo_str(&out, "body"), sent_cases[_i].body);
	ck_assert_msg(strstr(echo_str(&out, "head"), sent_cases[_i].head_has) != NULL,
		      "no '%s' in %s", sent_cases[_i].head_has, echo_str(&out, "head"));
	ck_assert_msg(strstr(echo_str(&out, "head"), sent_cases[_i].head_lacks) == NULL,
		      "'%s' in %s", sent_cases[_i].head_lacks, echo_str(&out, "head"));
	web_stop();
}
END_TEST

START_TEST(query_pairs_are_encoded_and_appended)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/echo?x=1#frag",
				"{\"query\":[{\"name\":\"a b\",\"value\":\"=&?\"},"
				"{\"name\":\"n\",\"value\":2}]}"),
		    0);
	ck_assert_str_eq(echo_str(&out, "target"), "/echo?x=1&a%20b=%3D%26%3F&n=2");
	out = fetch(request_for("/a b/\xc3\xa9", NULL), 0);
	ck_assert_str_eq(echo_str(&out, "target"), "/a%20b/%c3%a9");
	web_stop();
}
END_TEST

START_TEST(user_information_becomes_basic_auth_and_leaves_the_url)
{
	struct outcome out;
	char *url;

	web_start(NULL);
	url = ty_arena_printf(fx.arena, "{\"url\":\"http://me:p%%40ss@127.0.0.1:%d/echo\"}",
			      web.port);
	out = fetch(request_for("/", url), 0);
	ck_assert(strstr(echo_str(&out, "head"), "Authorization: Basic bWU6cEBzcw==") != NULL);
	ck_assert(strstr(answer_text(&out, "url"), "ss@") == NULL);
	web_stop();
}
END_TEST

static const struct {
	const char *more, *path;
} refused_cases[] = {
	{ "{\"url\":\"\"}", "url" },
	{ "{\"url\":\"/relative\"}", "url" },
	{ "{\"url\":\"ftp://127.0.0.1/\"}", "url" },
	{ "{\"url\":\"file:///etc/passwd\"}", "url" },
	{ "{\"url\":\"gopher://127.0.0.1/\"}", "url" },
	{ "{\"url\":\"http://\"}", "url" },
	{ "{\"url\":\"http://a.example/\\r\\nX: y\"}", "url" },
	{ "{\"method\":\"GET / HTTP/1.1\\r\\nX: y\"}", "method" },
	{ "{\"method\":\"\"}", "method" },
	{ "{\"method\":\"CONNECT\"}", "method" },
	{ "{\"method\":\"TRACE\"}", "method" },
	{ "{\"method\":\"ABCDEFGHIJKLMNOPQ\"}", "method" },
	{ "{\"headers\":[{\"name\":\"X-A\",\"value\":\"1\\r\\nX-B: 2\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"name\":\"X-A\",\"value\":\"1\\n\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"name\":\"X-A\",\"value\":\"1\\u0000\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"name\":\"X A\",\"value\":\"1\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"name\":\"X-A:\",\"value\":\"1\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"name\":\"\",\"value\":\"1\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"value\":\"1\"}]}", "headers[0].name" },
	{ "{\"headers\":{\"X\":\"1\"}}", "headers" },
	{ "{\"headers\":[{\"name\":\"Content-Length\",\"value\":\"1\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"name\":\"transfer-encoding\",\"value\":\"chunked\"}]}", "headers[0]" },
	{ "{\"headers\":[{\"name\":\"Proxy-Authorization\",\"value\":\"x\"}]}", "headers[0]" },
	{ "{\"body\":{\"kind\":\"xml\",\"value\":\"\"}}", "body.kind" },
	{ "{\"body\":{\"kind\":\"text\",\"value\":\"\",\"content_type\":\"a\\nb\"}}",
	  "body.content_type" },
	{ "{\"idempotency_key\":\"a\\nb\"}", "idempotency_key" },
	{ "{\"response\":\"yaml\"}", "response" },
};

START_TEST(a_bad_request_is_refused_before_anything_is_sent)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/echo", refused_cases[_i].more), 0);
	ck_assert_msg(out.answer == NULL, "it was sent");
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	ck_assert_str_eq(out.err.path, refused_cases[_i].path);
	ck_assert_int_eq(http_server_connections(web.server), 0);
	web_stop();
}
END_TEST

START_TEST(headers_over_the_limit_are_refused)
{
	json_t *request, *headers = json_array();
	char *value;
	struct outcome out;

	web_start(NULL);
	request = request_for("/echo", NULL);
	value = ty_arena_alloc(fx.arena, TY_LIMIT_HEADERS_BYTES + 1);
	memset(value, 'x', TY_LIMIT_HEADERS_BYTES);
	json_array_append_new(headers, json_pack("{s:s,s:s}", "name", "X-A", "value", value));
	json_object_set_new(request, "headers", headers);
	out = fetch(request, 0);
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	ck_assert_str_eq(out.err.path, "headers");
	web_stop();
}
END_TEST

/* ---- what comes back ---- */

static const struct {
	const char *target, *response;
	enum ty_code rc;
	const char *status, *body;
} answer_cases[] = {
	{ "/json", "auto", TY_OK, "200", "{\"b\":1,\"a\":[2]}" },
	{ "/json", "text", TY_OK, "200", "\"{\\\"b\\\":1,\\\"a\\\":[2]}\"" },
	{ "/problem", "auto", TY_OK, "404", "{\"t\":1}" },
	{ "/broken-json", "auto", TY_OK, "200", "\"{\\\"b\\\":\"" },
	{ "/broken-json", "json", TY_E_UPSTREAM, NULL, NULL },
	{ "/empty-json", "auto", TY_OK, "200", "null" },
	{ "/text", "auto", TY_OK, "200", "\"{\\\"b\\\":1}\"" },
	{ "/text", "json", TY_OK, "200", "{\"b\":1}" },
	{ "/latin1", "auto", TY_OK, "200", "{\"base64\":\"Y2Fm6Q==\"}" },
	{ "/latin1", "text", TY_OK, "200", "{\"base64\":\"Y2Fm6Q==\"}" },
	{ "/error", "auto", TY_OK, "503", "\"busy\"" },
	{ "/close", "auto", TY_E_UPSTREAM, NULL, NULL },
	{ "/garbage", "auto", TY_E_UPSTREAM, NULL, NULL },
};

START_TEST(an_answer_is_made_of_what_came)
{
	char *more = ty_arena_printf(fx.arena, "{\"response\":\"%s\"}", answer_cases[_i].response);
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for(answer_cases[_i].target, more), 0);
	if (answer_cases[_i].rc != TY_OK) {
		ck_assert_int_eq(out.err.code, answer_cases[_i].rc);
	} else {
		ck_assert_str_eq(answer_text(&out, "status"), answer_cases[_i].status);
		ck_assert_str_eq(answer_text(&out, "body"), answer_cases[_i].body);
	}
	web_stop();
}
END_TEST

START_TEST(headers_of_one_name_are_joined_and_are_utf8)
{
	struct outcome out;
	const json_t *headers;

	web_start(NULL);
	out = fetch(request_for("/cookies", NULL), 0);
	headers = json_object_get(out.answer, "headers");
	ck_assert_str_eq(ty_json_str(headers, "set-cookie", ""), "a=1\nb=2");
	ck_assert_str_eq(ty_json_str(headers, "x-l", ""), "1, 2");
	out = fetch(request_for("/latin1", NULL), 0);
	headers = json_object_get(out.answer, "headers");
	ck_assert_str_eq(ty_json_str(headers, "x-name", ""), "caf\xc3\xa9");
	web_stop();
}
END_TEST

START_TEST(a_head_request_has_no_body)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/text", "{\"method\":\"HEAD\",\"timeout_ms\":5000}"), 0);
	ck_assert_str_eq(answer_text(&out, "status"), "200");
	ck_assert_str_eq(answer_text(&out, "body"), "\"\"");
	web_stop();
}
END_TEST

START_TEST(an_answer_of_exactly_the_limit_is_taken_and_one_byte_more_is_not)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/big/5000", "{\"response_max_bytes\":5000}"), 0);
	ck_assert_str_eq(answer_text(&out, "bytes"), "5000");
	out = fetch(request_for("/big/5001", "{\"response_max_bytes\":5000}"), 0);
	ck_assert_int_eq(out.err.code, TY_E_TOO_LARGE);
	web_stop();
}
END_TEST

START_TEST(no_request_can_raise_the_limit_of_all_answers)
{
	struct outcome out;
	char target[64];

	web_start(NULL);
	snprintf(target, sizeof(target), "/big/%d", TY_LIMIT_HTTP_RESPONSE_BYTES + 1);
	out = fetch(request_for(target, "{\"response_max_bytes\":1000000000}"), 0);
	ck_assert_int_eq(out.err.code, TY_E_TOO_LARGE);
	web_stop();
}
END_TEST

START_TEST(headers_without_end_are_too_large)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/head-flood", NULL), 0);
	ck_assert_int_eq(out.err.code, TY_E_TOO_LARGE);
	web_stop();
}
END_TEST

/* ---- guard, redirects ---- */

static const struct {
	const char *allow, *url;
} denied_cases[] = {
	{ "", "http://127.0.0.1:%d/echo" },
	{ "", "http://localhost:%d/echo" },
	{ "", "http://0x7f.1:%d/echo" },
	{ "", "http://2130706433:%d/echo" },
	{ "", "http://017700000001:%d/echo" },
	{ "", "http://0:%d/echo" },
	{ "", "http://[::1]:%d/echo" },
	{ "", "http://[::ffff:127.0.0.1]:%d/echo" },
	{ "", "http://169.254.169.254:%d/latest/meta-data/" },
	{ "127.0.0.1:1", "http://127.0.0.1:%d/echo" },
	{ "127.0.0.2", "http://127.0.0.1:%d/echo" },
};

START_TEST(a_refused_address_is_never_connected)
{
	struct outcome out;
	json_t *request;

	web_start(denied_cases[_i].allow);
	request = request_for("/", NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	json_object_set_new(request, "url",
			    json_string(ty_arena_printf(fx.arena, denied_cases[_i].url, web.port)));
#pragma GCC diagnostic pop
	out = fetch(request, 5000);
	ck_assert_msg(out.answer == NULL, "it was fetched");
	ck_assert_msg(out.err.code == TY_E_DENIED, "%s", out.err.msg);
	ck_assert(!out.err.retryable);
	ck_assert_int_eq(http_server_connections(web.server), 0);
	web_stop();
}
END_TEST

static const struct {
	const char *target, *more;
	enum ty_code rc;
	const char *has; /* in the answer's method+head, or in the error */
} redirect_cases[] = {
	{ "/redirect/302//echo", "{\"redirects_max\":3}", TY_OK, "GET /echo" },
	{ "/redirect/302//echo", "{\"method\":\"POST\",\"redirects_max\":3}", TY_OK, "GET /echo" },
	{ "/redirect/303//echo",
	  "{\"method\":\"PUT\",\"redirects_max\":3,\"body\":{\"kind\":\"text\","
	  "\"value\":\"x\"}}",
	  TY_OK, "GET /echo" },
	{ "/redirect/302//echo", "{\"method\":\"PUT\",\"redirects_max\":3}", TY_OK, "PUT /echo" },
	{ "/redirect/307//echo", "{\"method\":\"POST\",\"redirects_max\":3}", TY_OK, "POST /echo" },
	{ "/redirect/308//echo", "{\"method\":\"POST\",\"redirects_max\":3}", TY_OK, "POST /echo" },
	{ "/redirect/302//loop", "{\"redirects_max\":0}", TY_OK, NULL },
	{ "/redirect/302/loop", "{\"redirects_max\":4}", TY_E_UPSTREAM, "more than 4" },
	/* TY_LIMIT_HTTP_REDIRECTS, whatever is asked for. */
	{ "/redirect/302/loop", "{\"redirects_max\":1000}", TY_E_UPSTREAM, "more than 10" },
	{ "/redirect/302/http://127.0.0.2:9/x", "{\"redirects_max\":4}", TY_E_DENIED,
	  "127.0.0.2:9" },
	{ "/redirect/302/http://[::1]:9/x", "{\"redirects_max\":4}", TY_E_DENIED, "[::1]:9" },
	{ "/redirect/302/http://169.254.169.254/x", "{\"redirects_max\":4}", TY_E_DENIED,
	  "169.254" },
	{ "/redirect/302/file:///etc/passwd", "{\"redirects_max\":4}", TY_E_UPSTREAM, "no http" },
	{ "/redirect/302/gopher://127.0.0.1:1/", "{\"redirects_max\":4}", TY_E_UPSTREAM,
	  "no http" },
};

START_TEST(a_redirect_is_followed_within_its_rules)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for(redirect_cases[_i].target, redirect_cases[_i].more), 5000);
	if (redirect_cases[_i].rc != TY_OK) {
		ck_assert_int_eq(out.err.code, redirect_cases[_i].rc);
		ck_assert_msg(strstr(out.err.msg, redirect_cases[_i].has) != NULL, "%s",
			      out.err.msg);
	} else if (redirect_cases[_i].has == NULL) {
		ck_assert_str_eq(answer_text(&out, "status"), "302");
	} else {
		ck_assert_msg(strncmp(echo_str(&out, "head"), redirect_cases[_i].has,
				      strlen(redirect_cases[_i].has)) == 0,
			      "%s", echo_str(&out, "head"));
		ck_assert(strstr(answer_text(&out, "url"), "/echo") != NULL);
	}
	web_stop();
}
END_TEST

START_TEST(a_redirect_to_another_origin_takes_no_secret_along)
{
	struct http_server *other;
	struct outcome out;
	char *target;

	web_start("127.0.0.1");
	other = http_server_new(serve, NULL);
	target = ty_arena_printf(fx.arena, "/redirect/307/http://127.0.0.1:%d/echo",
				 http_server_port(other));
	out = fetch(request_for(target,
				"{\"redirects_max\":1,\"headers\":[{\"name\":\"Authorization\","
				"\"value\":\"Bearer s\"},{\"name\":\"cookie\",\"value\":\"s\"},"
				"{\"name\":\"X-Keep\",\"value\":\"1\"}]}"),
		    0);
	ck_assert(strstr(echo_str(&out, "head"), "X-Keep: 1") != NULL);
	ck_assert(strcasestr(echo_str(&out, "head"), "authorization") == NULL);
	ck_assert(strcasestr(echo_str(&out, "head"), "cookie") == NULL);
	out = fetch(request_for("/redirect/307//echo",
				"{\"redirects_max\":1,\"headers\":[{\"name\":\"Authorization\","
				"\"value\":\"Bearer s\"}]}"),
		    0);
	ck_assert_msg(strstr(echo_str(&out, "head"), "Authorization: Bearer s") != NULL,
		      "the same origin keeps it");
	http_server_free(other);
	web_stop();
}
END_TEST

START_TEST(a_proxy_named_by_the_environment_is_not_used)
{
	struct outcome out;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	web_start(NULL);
	out = fetch(request_for("/json", NULL), 0);
	ck_assert_str_eq(answer_text(&out, "status"), "200");
	web_stop();
}
END_TEST

/* ---- time, connections, cancel ---- */

START_TEST(a_call_ends_at_its_timeout)
{
	struct outcome out;
	int64_t begun = ty_time_mono_ms();

	web_start(NULL);
	out = fetch(request_for("/slow", NULL), 100);
	ck_assert_int_eq(out.err.code, TY_E_TIMEOUT);
	out = fetch(request_for("/slow", "{\"timeout_ms\":100}"), 60000);
	ck_assert_int_eq(out.err.code, TY_E_TIMEOUT);
	ck_assert_int_lt(ty_time_mono_ms() - begun, 5000);
	ck_assert_int_ge(ty_time_mono_ms() - begun, 200);
	web_stop();
}
END_TEST

START_TEST(one_timeout_covers_all_hops)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/redirect/302//slow", "{\"redirects_max\":3}"), 150);
	ck_assert_int_eq(out.err.code, TY_E_TIMEOUT);
	web_stop();
}
END_TEST

START_TEST(a_refused_connection_is_an_upstream_error)
{
	struct outcome out;
	json_t *request;
	struct http_server *gone = http_server_new(serve, NULL);
	int port = http_server_port(gone);

	http_server_free(gone);
	web_start("127.0.0.1");
	request = request_for("/", NULL);
	json_object_set_new(request, "url",
			    json_string(ty_arena_printf(fx.arena, "http://127.0.0.1:%d/", port)));
	out = fetch(request, 5000);
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert(out.err.retryable);
	web_stop();
}
END_TEST

START_TEST(a_name_that_does_not_exist_is_an_upstream_error)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/", "{\"url\":\"http://no-such-host.invalid/\"}"), 10000);
	ck_assert_msg(out.err.code == TY_E_UPSTREAM || out.err.code == TY_E_TIMEOUT, "%s",
		      out.err.msg);
	web_stop();
}
END_TEST

START_TEST(a_connection_is_kept_and_used_again)
{
	web_start(NULL);
	for (int i = 0; i < 5; i++)
		fetch(request_for("/json", NULL), 0);
	ck_assert_int_eq(http_server_connections(web.server), 1);
	web_stop();
}
END_TEST

START_TEST(a_post_is_not_sent_twice_where_a_kept_connection_dies_and_a_get_is)
{
	struct outcome out;

	web_start(NULL);
	fetch(request_for("/json", NULL), 0);
	out = fetch(request_for("/once", "{\"method\":\"POST\"}"), 0);
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert(!out.err.retryable);
	fetch(request_for("/json", NULL), 0);
	out = fetch(request_for("/once", NULL), 0);
	ck_assert_str_eq(echo_str(&out, "method"), "GET");
	web_stop();
}
END_TEST

START_TEST(three_hundred_calls_wait_at_once)
{
	static struct outcome outs[300];
	struct ty_net_call *calls[300];
	int64_t begun = ty_time_mono_ms();
	size_t told_count = 0;

	web_start(NULL);
	for (size_t i = 0; i < 300; i++)
		calls[i] = ty_net_http(web.net, request_for("/slow", NULL), 2000, told, &outs[i]);
	for (size_t i = 0; i < 150; i++)
		ty_net_cancel(calls[i]);
	while (told_count < 150) {
		uv_run(&web.loop, UV_RUN_ONCE);
		told_count = 0;
		for (size_t i = 150; i < 300; i++)
			told_count += (size_t)outs[i].told;
	}
	for (size_t i = 0; i < 300; i++) {
		ck_assert_int_eq(outs[i].told, i < 150 ? 0 : 1);
		if (i >= 150)
			ck_assert_int_eq(outs[i].err.code, TY_E_TIMEOUT);
	}
	ck_assert_int_lt(ty_time_mono_ms() - begun, 15000);
	web_stop();
}
END_TEST

START_TEST(a_canceled_call_is_never_told)
{
	struct outcome gone = { 0 }, bad = { 0 };
	struct ty_net_call *call;

	web_start(NULL);
	call = ty_net_http(web.net, request_for("/slow", NULL), 0, told, &gone);
	for (int i = 0; i < 20; i++)
		uv_run(&web.loop, UV_RUN_NOWAIT);
	ty_net_cancel(call);
	ty_net_cancel(ty_net_http(web.net, request_for("/", "{\"url\":\"\"}"), 0, told, &bad));
	fetch(request_for("/json", NULL), 0);
	ck_assert_int_eq(gone.told + bad.told, 0);
	web_stop();
}
END_TEST

START_TEST(free_cancels_what_is_under_way)
{
	struct outcome out = { 0 };

	web_start(NULL);
	ty_net_http(web.net, request_for("/slow", NULL), 0, told, &out);
	for (int i = 0; i < 20; i++)
		uv_run(&web.loop, UV_RUN_NOWAIT);
	web_stop();
	ck_assert_int_eq(out.told, 0);
}
END_TEST

TEST_MAIN("net http", {
	TEST_LOOP(a_request_is_sent_as_described, sent_cases);
	TEST(query_pairs_are_encoded_and_appended);
	TEST(user_information_becomes_basic_auth_and_leaves_the_url);
	TEST_LOOP(a_bad_request_is_refused_before_anything_is_sent, refused_cases);
	TEST(headers_over_the_limit_are_refused);
	TEST_LOOP(an_answer_is_made_of_what_came, answer_cases);
	TEST(headers_of_one_name_are_joined_and_are_utf8);
	TEST(a_head_request_has_no_body);
	TEST(an_answer_of_exactly_the_limit_is_taken_and_one_byte_more_is_not);
	TEST(no_request_can_raise_the_limit_of_all_answers);
	TEST(headers_without_end_are_too_large);
	TEST_LOOP(a_refused_address_is_never_connected, denied_cases);
	TEST_LOOP(a_redirect_is_followed_within_its_rules, redirect_cases);
	TEST(a_redirect_to_another_origin_takes_no_secret_along);
	TEST(a_proxy_named_by_the_environment_is_not_used);
	TEST(a_call_ends_at_its_timeout);
	TEST(one_timeout_covers_all_hops);
	TEST(a_refused_connection_is_an_upstream_error);
	TEST(a_name_that_does_not_exist_is_an_upstream_error);
	TEST(a_connection_is_kept_and_used_again);
	TEST(a_post_is_not_sent_twice_where_a_kept_connection_dies_and_a_get_is);
	TEST(three_hundred_calls_wait_at_once);
	TEST(a_canceled_call_is_never_told);
	TEST(free_cancels_what_is_under_way);
})
