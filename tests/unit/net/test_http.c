/*
 * test_http.c -- outbound calls against a real server on loopback.
 */
#include "unit/net/web.h"

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
	{ NULL, "GET", "Accept-Encoding: gzip, deflate, br, zstd", "identity", "" },
	{ "{\"headers\":[{\"name\":\"accept-encoding\",\"value\":\"identity\"}]}", "GET",
	  "accept-encoding: identity", "gzip", "" },
	{ "{\"method\":\"POST\",\"body\":{\"kind\":\"text\",\"value\":\"\\u3053\",\"content_type\":"
	  "\"text/plain; charset=iso-2022-jp\"}}",
	  "POST", "Content-Length: 8", "utf-8", "\x1b$B$3\x1b(B" },
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

START_TEST(a_multipart_body_is_what_its_boundary_says)
{
	static const char *const body =
		"--%s\r\nContent-Disposition: form-data; name=\"a%%22b\"\r\n\r\n1\r\n"
		"--%s\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n3\r\n--%s--\r\n";
	static const char request[] =
		"{\"method\":\"POST\",\"body\":{\"kind\":\"multipart\",\"value\":"
		"[{\"name\":\"a\\\"b\",\"value\":\"1\"},{\"name\":\"n\",\"value\":3}]}}";
	const char *at, *boundary;
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/echo", request), 0);
	at = strstr(echo_str(&out, "head"), "Content-Type: multipart/form-data; boundary=");
	ck_assert_ptr_nonnull(at);
	at += strlen("Content-Type: multipart/form-data; boundary=");
	boundary = ty_arena_strndup(fx.arena, at, strcspn(at, "\r"));
	ck_assert_str_eq(echo_str(&out, "body"),
			 ty_arena_printf(fx.arena, body, boundary, boundary, boundary));
	/* The same request is the same bytes. */
	out = fetch(request_for("/echo", request), 0);
	ck_assert_ptr_nonnull(strstr(echo_str(&out, "body"), boundary));
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
	ck_assert_str_eq(answer_text(&out, "url"),
			 ty_arena_printf(fx.arena, "\"http://127.0.0.1:%d/echo\"", web.port));
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
	const char *notice; /* code of the only one; NULL: none */
} answer_cases[] = {
	{ "/json", "auto", TY_OK, "200", "{\"b\":1,\"a\":[2]}", NULL },
	{ "/json", "text", TY_OK, "200", "\"{\\\"b\\\":1,\\\"a\\\":[2]}\"", NULL },
	{ "/problem", "auto", TY_OK, "404", "{\"t\":1}", NULL },
	{ "/broken-json", "auto", TY_OK, "200", "\"{\\\"b\\\":\"", "not_json" },
	{ "/broken-json", "json", TY_E_UPSTREAM, NULL, NULL, NULL },
	{ "/empty-json", "auto", TY_OK, "200", "null", NULL },
	{ "/text", "auto", TY_OK, "200", "\"{\\\"b\\\":1}\"", NULL },
	{ "/text", "json", TY_OK, "200", "{\"b\":1}", NULL },
	{ "/latin1", "auto", TY_OK, "200", "{\"base64\":\"Y2Fm6Q==\"}", NULL },
	{ "/latin1", "text", TY_OK, "200", "{\"base64\":\"Y2Fm6Q==\"}", NULL },
	{ "/error", "auto", TY_OK, "503", "\"busy\"", NULL },
	{ "/error", "json", TY_OK, "503", "\"busy\"", NULL },
	{ "/close", "auto", TY_E_UPSTREAM, NULL, NULL, NULL },
	{ "/garbage", "auto", TY_E_UPSTREAM, NULL, NULL, NULL },
	{ "/nul", "auto", TY_OK, "200",
	  "{\"d\":\"a\xEF\xBF\xBD"
	  "b\"}",
	  "nul_replaced" },
	{ "/marked", "auto", TY_OK, "200", "{\"a\":1}", "mark_skipped" },
	{ "/twice", "auto", TY_OK, "200", "{\"a\":2}", "key_twice" },
	{ "/twice", "text", TY_OK, "200", "\"{\\\"a\\\":1,\\\"a\\\":2}\"", NULL },
	{ "/long-integer", "auto", TY_OK, "200", "[123456789012345678901]", NULL },
	{ "/untyped", "auto", TY_OK, "200", "{\"a\":1}", NULL },
	{ "/form", "auto", TY_OK, "200", "{\"a\":\"1\",\"b\":\"\xc3\xa9\"}", NULL },
	{ "/text", "form", TY_OK, "200", "{\"{\\\"b\\\":1}\":\"\"}", NULL },
	{ "/charset", "auto", TY_OK, "200", "\"caf\xc3\xa9\"", NULL },
	{ "/text", "bytes", TY_OK, "200", "{\"base64\":\"eyJiIjoxfQ==\"}", NULL },
	{ "/text", "multipart", TY_E_UPSTREAM, NULL, NULL, NULL },
	{ "/snappy", "auto", TY_OK, "200", "\"plain\"", "encoding_unknown" },
	{ "/gzip", "auto", TY_OK, "200", "{\"n\":1}", NULL },
	{ "/gzip-cut", "auto", TY_E_UPSTREAM, NULL, NULL, NULL },
};

/* Of the one notice; "" = none. */
static const char *
notice_code(const struct outcome *out)
{
	const json_t *notices = json_object_get(out->answer, "notices");

	ck_assert_uint_le(json_array_size(notices), 1);
	return ty_json_str(json_array_get(notices, 0), "code", "");
}

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
		ck_assert_str_eq(notice_code(&out),
				 answer_cases[_i].notice != NULL ? answer_cases[_i].notice : "");
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

START_TEST(what_an_answer_inflates_to_counts)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/gzip-large", "{\"response_max_bytes\":100000}"), 0);
	ck_assert_str_eq(answer_text(&out, "bytes"), "100000");
	out = fetch(request_for("/gzip-large", "{\"response_max_bytes\":99999}"), 0);
	ck_assert_int_eq(out.err.code, TY_E_TOO_LARGE);
	out = fetch(request_for("/gzip-cut", NULL), 0);
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert(out.err.retryable);
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

/* ---- the environment ---- */

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

START_TEST(no_password_is_taken_from_a_netrc_file)
{
	char dir[] = "/tmp/tyboo-netrc.XXXXXX", *path;
	struct outcome out;
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = ty_arena_printf(fx.arena, "%s/.netrc", dir);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fputs("machine 127.0.0.1 login me password sesame\ndefault login me password sesame\n",
	      file);
	fclose(file);
	setenv("HOME", dir, 1);
	setenv("NETRC", path, 1);
	web_start(NULL);
	out = fetch(request_for("/echo", NULL), 0);
	ck_assert_ptr_null(strcasestr(echo_str(&out, "head"), "authorization"));
	unlink(path);
	rmdir(dir);
	web_stop();
}
END_TEST

/* ---- errors ---- */

/* When the server asks to be called again: the first of several; what is odd asks for a second. */
static const struct {
	const char *target;
	int64_t ms;
} laters[] = {
	{ "/later", 1500 },	  { "/later-twice", 7000 }, { "/later-odd", 1000 },
	{ "/later-date", 60000 }, { "/later-past", 0 },	    { "/error", 0 },
};

START_TEST(an_answer_says_when_to_come_back)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for(laters[_i].target, NULL), 0);
	ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
	ck_assert_int_eq(ty_json_int(out.answer, "retry_after_ms", 0), laters[_i].ms);
	web_stop();
}
END_TEST

/* Each failure says what to do, and repeats of the URL neither query nor user information. */
static const struct {
	const char *url, *more; /* %d: the server's port */
	enum ty_code rc;
	bool retryable;
	const char *msg;
} failures[] = {
	{ "http://me:sesame@127.0.0.1:%d/slow?token=sesame", "\"timeout_ms\":50", TY_E_TIMEOUT,
	  true, "No whole answer from http://127.0.0.1:%d/slow within 50 ms" },
	{ "http://me:sesame@127.0.0.1:%d/close?token=sesame#sesame", "\"method\":\"POST\"",
	  TY_E_UPSTREAM, true,
	  "The server closed the connection without an answer: http://127.0.0.1:%d/close" },
	{ "http://127.0.0.1:%d/garbage?token=sesame", "\"method\":\"GET\"", TY_E_UPSTREAM, true,
	  "The answer is not HTTP: http://127.0.0.1:%d/garbage" },
	{ "http://127.0.0.1:%d/short?token=sesame", "\"method\":\"GET\"", TY_E_UPSTREAM, true,
	  "The answer is shorter than the server announced: http://127.0.0.1:%d/short" },
	{ "http://127.0.0.1:1/x?token=sesame", "\"method\":\"GET\"", TY_E_UPSTREAM, true,
	  "No connection could be made: http://127.0.0.1:1/x" },
	{ "https://127.0.0.1:%d/x?token=sesame", "\"method\":\"GET\"", TY_E_UPSTREAM, true,
	  "No TLS connection could be made: https://127.0.0.1:%d/x" },
	{ "http://127.0.0.1:%d/big/11?token=sesame", "\"response_max_bytes\":10", TY_E_TOO_LARGE,
	  false, "The answer is over 10 bytes" },
	{ "http://127.0.0.1:%d/head-flood?token=sesame", "\"method\":\"GET\"", TY_E_TOO_LARGE,
	  false, "The answer's headers are over 32768 bytes" },
	{ "http://127.0.0.1:%d/hops/2?token=sesame", "\"redirects_max\":1", TY_E_UPSTREAM, false,
	  "redirected to GET http://127.0.0.1:%d/hops/1: The server redirected more than 1 times" },
	{ "http://127.0.0.1:%d/redirect/302/file:///sesame", "\"redirects_max\":1", TY_E_UPSTREAM,
	  false, "The server redirected to something that is no http or https URL" },
	{ "sesame://127.0.0.1:%d/", "\"method\":\"GET\"", TY_E_INVALID, false,
	  "The URL is not an absolute http or https URL" },
};

START_TEST(a_failure_says_what_to_do_and_tells_no_secret)
{
	struct outcome out;

	web_start("127.0.0.1");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	out = fetch(request_for("/", ty_arena_printf(
					     fx.arena, "{\"url\":\"%s\",%s}",
					     ty_arena_printf(fx.arena, failures[_i].url, web.port),
					     failures[_i].more)),
		    10000);
	ck_assert_msg(out.answer == NULL, "no failure");
	ck_assert_str_eq(out.err.msg, ty_arena_printf(fx.arena, failures[_i].msg, web.port));
#pragma GCC diagnostic pop
	ck_assert_int_eq(out.err.code, failures[_i].rc);
	ck_assert_int_eq(out.err.retryable, failures[_i].retryable);
	ck_assert_ptr_null(strstr(out.err.hint, "sesame"));
	ck_assert_str_ne(out.err.hint, "");
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
	TEST(what_an_answer_inflates_to_counts);
	TEST(a_multipart_body_is_what_its_boundary_says);
	TEST(no_request_can_raise_the_limit_of_all_answers);
	TEST(headers_without_end_are_too_large);
	TEST(a_proxy_named_by_the_environment_is_not_used);
	TEST(no_password_is_taken_from_a_netrc_file);
	TEST_LOOP(an_answer_says_when_to_come_back, laters);
	TEST_LOOP(a_failure_says_what_to_do_and_tells_no_secret, failures);
	TEST(a_call_ends_at_its_timeout);
	TEST(a_connection_is_kept_and_used_again);
	TEST(a_post_is_not_sent_twice_where_a_kept_connection_dies_and_a_get_is);
	TEST(three_hundred_calls_wait_at_once);
	TEST(a_canceled_call_is_never_told);
	TEST(free_cancels_what_is_under_way);
})
