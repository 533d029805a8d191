/*
 * web.h -- a server on loopback, the calls of lib/net against it, and short ways to ask.
 *
 * Each test opens its own with web_start and closes it with web_stop.
 */
#ifndef TY_TESTS_NET_WEB_H
#define TY_TESTS_NET_WEB_H

#include "support/common.h"
#include "support/http_server.h"

#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"
#include "net/http.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

static struct {
	uv_loop_t loop;
	struct ty_net *net;
	struct http_server *server;
	int port;
	int served; /* requests; atomic, for they come on the server's threads */
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

/* /hops/<n>: as many redirects, each after the time a slow server takes, then the echo */
#define HOP_MS 40

static bool
serve_hops(const struct http_server_request *r)
{
	int left = atoi(r->target + strlen("/hops/"));
	char headers[64];

	poll(NULL, 0, HOP_MS);
	if (left > 1)
		snprintf(headers, sizeof(headers), "Location: /hops/%d\r\n", left - 1);
	else
		snprintf(headers, sizeof(headers), "Location: /echo\r\n");
	http_server_answer(r->fd, 302, headers, "", 0);
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
	{ "/later", 503, "Retry-After: 1.5\r\n", "busy" },
	{ "/later-twice", 429, "Retry-After: 7\r\nRetry-After: 9\r\n", "busy" },
	{ "/later-odd", 503, "Retry-After: soon\r\n", "busy" },
	{ "/later-date", 503,
	  "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun Nov  6 08:50:37 1994\r\n",
	  "busy" },
	{ "/later-past", 503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "busy" },
	{ "/problem", 404, "Content-Type: application/problem+json; charset=utf-8\r\n",
	  "{\"t\":1}" },
	{ "/broken-json", 200, "Content-Type: application/json\r\n", "{\"b\":" },
	{ "/empty-json", 200, "Content-Type: application/json\r\n", "" },
	{ "/text", 200, "Content-Type: text/plain\r\n", "{\"b\":1}" },
	{ "/latin1", 200, "Content-Type: text/plain\r\nX-Name: caf\xe9\r\n", "caf\xe9" },
	{ "/cookies", 200, "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-L: 1\r\nX-L: 2\r\n", "" },
	{ "/error", 503, "", "busy" },
	{ "/nul", 200, "Content-Type: application/json\r\n", "{\"d\":\"a\\u0000b\"}" },
	{ "/marked", 200, "Content-Type: application/json\r\n", "\xEF\xBB\xBF{\"a\":1}" },
	{ "/twice", 200, "Content-Type: application/json\r\n", "{\"a\":1,\"a\":2}" },
	{ "/long-integer", 200, "Content-Type: text/json\r\n", "[123456789012345678901]" },
	{ "/untyped", 200, "", "{\"a\":1}" },
	{ "/form", 200, "Content-Type: application/x-www-form-urlencoded\r\n", "a=1&b=%C3%A9" },
	{ "/charset", 200, "Content-Type: text/plain; charset=iso-8859-1\r\n", "caf\xe9" },
	{ "/snappy", 200, "Content-Encoding: snappy\r\n", "plain" },
};

/* Compressed: bytes that are no text. */
#define WEB_BYTES(s) s, sizeof(s) - 1
static const struct {
	const char *target, *headers, *body;
	size_t len;
} web_encoded[] = {
	{ "/gzip", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
	  WEB_BYTES("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\x53\xb2\x32\xac\x05\x00"
		    "\x7e\x3b\x4b\xd4\x07\x00\x00\x00") },
	/* The last of the data and gzip's own end are missing. */
	{ "/gzip-cut", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
	  WEB_BYTES("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\x53\xb2\x32\xac\x05\x00"
		    "\x7e\x3b\x4b\xd4\x07\x00\x00\x00") -
		  10 },
	/* 100,000 zeros */
	{ "/gzip-large", "Content-Encoding: gzip\r\n",
	  WEB_BYTES("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0"
		    "\xf5\x4f\x6d\x0d\x0f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		    "\x00\x00\x00\x00\x00\x00\x00\x80\x57\x03\x7d\x95\x11\xd4\xa0\x86\x01\x00") },
};

static bool
serve(void *ctx, const struct http_server_request *r)
{
	__atomic_fetch_add(&web.served, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < TY_ARRAY_COUNT(web_encoded); i++) {
		if (strcmp(r->target, web_encoded[i].target) == 0) {
			http_server_answer(r->fd, 200, web_encoded[i].headers, web_encoded[i].body,
					   web_encoded[i].len);
			return true;
		}
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(pages); i++) {
		if (strcmp(r->target, pages[i].target) == 0) {
			http_server_answer(r->fd, pages[i].status, pages[i].headers, pages[i].body,
					   strlen(pages[i].body));
			return true;
		}
	}
	if (strncmp(r->target, "/redirect/", 10) == 0)
		return serve_redirect(r);
	if (strncmp(r->target, "/hops/", 6) == 0)
		return serve_hops(r);
	if (strncmp(r->target, "/big/", 5) == 0)
		return serve_big(r);
	if (strncmp(r->target, "/head-flood", 11) == 0)
		return serve_head_flood(r);
	if (strncmp(r->target, "/short", 6) == 0) {
		http_server_write(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nless", 42);
		return false;
	}
	if (strncmp(r->target, "/slow", 5) == 0) {
		http_server_wait_closed(r->fd);
		return false;
	}
	if (strncmp(r->target, "/close", 6) == 0)
		return false;
	/* Answers on a connection once; closes without a word the second time. */
	if (strcmp(r->target, "/once") == 0 && r->number > 1)
		return false;
	if (strncmp(r->target, "/garbage", 8) == 0) {
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

/* As web_start, where https calls also trust the CAs of this file. */
static void
web_start_with(const char *allow, const char *ca_file)
{
	struct ty_net_conf conf = { .allow = allow, .ca_file = ca_file };
	char text[64];

	web.server = http_server_new(serve, NULL);
	web.port = http_server_port(web.server);
	web.served = 0;
	snprintf(text, sizeof(text), "127.0.0.1:%d", web.port);
	ck_assert_int_eq(uv_loop_init(&web.loop), 0);
	if (allow == NULL)
		conf.allow = text;
	ck_assert_ok(ty_net_new(&web.loop, &conf, &web.net, &fx.err));
}

/* 'allow' NULL: the server's own address and port. */
static TY_UNUSED void
web_start(const char *allow)
{
	web_start_with(allow, NULL);
}

static TY_UNUSED void
web_stop(void)
{
	ty_net_free(web.net);
	uv_walk(&web.loop, close_any, NULL);
	uv_run(&web.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&web.loop), 0);
	http_server_free(web.server);
}

static TY_UNUSED void
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

static TY_UNUSED char *
web_url(const char *target)
{
	return ty_arena_printf(fx.arena, "http://127.0.0.1:%d%s", web.port, target);
}

/* A request for 'target' of our server, with members of 'more' (JSON, or NULL) on top. */
static TY_UNUSED json_t *
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

static TY_UNUSED struct outcome
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

static TY_UNUSED const char *
answer_text(const struct outcome *out, const char *key)
{
	const json_t *value = json_object_get(out->answer, key);

	ck_assert_msg(out->answer != NULL, "failed: %s", out->err.msg);
	return ty_json_dump(fx.arena, value != NULL ? value : json_null(), NULL);
}

static TY_UNUSED const char *
echo_str(const struct outcome *out, const char *key)
{
	ck_assert_msg(out->answer != NULL, "failed: %s", out->err.msg);
	return ty_json_str(json_object_get(out->answer, "body"), key, "(absent)");
}

/* ---- what goes along where a redirect leads ---- */

/* All that is for one origin only, and all that is not. */
static const struct carried {
	const char *user;   /* in the URL, with the @ */
	const char *header; /* of the request, JSON */
	const char *sent;   /* what the server sees of it */
	bool is_for_all;
} carried_cases[] TY_UNUSED = {
	{ "me:pass@", "", "Authorization: Basic bWU6cGFzcw==", false },
	{ "me@", "", "Authorization: Basic bWU6", false },
	{ "", "{\"name\":\"Authorization\",\"value\":\"Bearer s\"}", "Authorization: Bearer s",
	  false },
	{ "", "{\"name\":\"cookie\",\"value\":\"a=s\"}", "cookie: a=s", false },
	{ "", "{\"name\":\"Host\",\"value\":\"inside.example\"}", "Host: inside.example", false },
	{ "", "{\"name\":\"X-Api-Key\",\"value\":\"s\",\"secret\":true}", "X-Api-Key: s", false },
	{ "", "{\"name\":\"X-Api-Key\",\"value\":\"s\",\"secret\":false}", "X-Api-Key: s", true },
	{ "", "{\"name\":\"X-Keep\",\"value\":\"1\"}", "X-Keep: 1", true },
};

/* Ask 'from', which redirects to 'to'; both "http://host:port". The head that came to 'to'. */
static TY_UNUSED const char *
head_after_redirect(const char *from, const char *to, const struct carried *carried)
{
	const char *host = strstr(from, "://") + 3;
	json_t *request;
	struct outcome out;

	request = request_for("/", ty_arena_printf(fx.arena,
						   "{\"url\":\"%.*s%s%s/redirect/307/%s/echo\","
						   "\"redirects_max\":1,\"headers\":[%s]}",
						   (int)(host - from), from, carried->user, host,
						   to, carried->header));
	out = fetch(request, 0);
	ck_assert_str_eq(answer_text(&out, "url"), ty_arena_printf(fx.arena, "\"%s/echo\"", to));
	return echo_str(&out, "head");
}

static TY_UNUSED void
check_carried(const char *from, const char *to, bool same, const struct carried *carried)
{
	bool wanted = same || carried->is_for_all;
	const char *head = head_after_redirect(from, to, carried);

	ck_assert_msg((strcasestr(head, carried->sent) != NULL) == wanted, "%s -> %s: %s in %s",
		      from, to, carried->sent, head);
	/* Another origin hears of no authorization at all, and is asked by its own name. */
	if (!wanted) {
		ck_assert_ptr_null(strcasestr(head, "authorization"));
		ck_assert_ptr_nonnull(strstr(head, ty_arena_printf(fx.arena, "\r\nHost: %s\r\n",
								   strstr(to, "://") + 3)));
	}
}

#endif
