/*
 * test_request.c -- what comes from outside: paths, queries, cookies, bodies; and answers whose
 * headers nobody can split.
 */
#include "request.h"

#include "base/budget.h"
#include "base/limits.h"
#include "json/json.h"
#include "support/common.h"

/* ---- targets ---- */

static const struct {
	const char *target;
	enum ty_code rc;
	const char *path, *query, *segments; /* joined by '|' */
} target_cases[] = {
	{ "/", TY_OK, "/", "", "" },
	{ "/a/b", TY_OK, "/a/b", "", "a|b" },
	{ "/a//b/", TY_OK, "/a//b/", "", "a||b|" },
	{ "/a%20b/c%2Fd?x=1&y", TY_OK, "/a%20b/c%2Fd", "x=1&y", "a b|c/d" },
	{ "/a?", TY_OK, "/a", "", "a" },
	{ "/a?b?c", TY_OK, "/a", "b?c", "a" },
	{ "/a#b?c", TY_OK, "/a", "", "a" },
	{ "/caf%C3%A9", TY_OK, "/caf%C3%A9", "", "caf\xc3\xa9" },
	{ "/a+b", TY_OK, "/a+b", "", "a+b" },
	{ "", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "a/b", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "http://x/a", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "/a%", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "/a%2", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "/a%zz", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "/a%00b", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "/a%ffb", TY_E_MALFORMED, NULL, NULL, NULL },
	{ "/%ed%a0%80", TY_E_MALFORMED, NULL, NULL, NULL },
};

START_TEST(a_target_is_taken_apart)
{
	struct ty_http_request request = { .arena = fx.arena };
	struct ty_buf joined;

	ck_assert_code(ty_http_request_parse(&request, target_cases[_i].target, &fx.err),
		       target_cases[_i].rc);
	if (target_cases[_i].rc != TY_OK)
		return;
	ty_buf_init(&joined, fx.arena, 16);
	for (size_t i = 0; i < request.segment_count; i++)
		ty_buf_printf(&joined, "%s%s", i > 0 ? "|" : "", request.segments[i]);
	ck_assert_str_eq(request.path, target_cases[_i].path);
	ck_assert_str_eq(request.query, target_cases[_i].query);
	ck_assert_str_eq(joined.data, target_cases[_i].segments);
}
END_TEST

START_TEST(a_path_of_more_parts_than_any_route_is_refused)
{
	struct ty_http_request request = { .arena = fx.arena };
	struct ty_buf target;

	ty_buf_init(&target, fx.arena, 256);
	for (int i = 0; i < TY_HTTP_SEGMENTS_MAX; i++)
		ty_buf_add_str(&target, "/a");
	ck_assert_ok(ty_http_request_parse(&request, target.data, &fx.err));
	ty_buf_add_str(&target, "/a");
	ck_assert_code(ty_http_request_parse(&request, target.data, &fx.err), TY_E_MALFORMED);
}
END_TEST

/* ---- queries ---- */

static const struct {
	const char *query;
	enum ty_code rc;
	const char *json;
} query_cases[] = {
	{ "", TY_OK, "{}" },
	{ "a=1", TY_OK, "{\"a\":\"1\"}" },
	{ "a=1&b=2", TY_OK, "{\"a\":\"1\",\"b\":\"2\"}" },
	{ "a=1&a=2", TY_OK, "{\"a\":\"1\"}" },
	{ "a", TY_OK, "{\"a\":\"\"}" },
	{ "a=", TY_OK, "{\"a\":\"\"}" },
	{ "&&a=1&", TY_OK, "{\"a\":\"1\"}" },
	{ "a=b=c", TY_OK, "{\"a\":\"b=c\"}" },
	{ "a+b=c+d%2B", TY_OK, "{\"a b\":\"c d+\"}" },
	{ "a%3D=%26", TY_OK, "{\"a=\":\"&\"}" },
	{ "a=%C3%A9", TY_OK, "{\"a\":\"\xc3\xa9\"}" },
	{ "a=%", TY_E_MALFORMED, NULL },
	{ "%z=1", TY_E_MALFORMED, NULL },
	{ "a=%00", TY_E_MALFORMED, NULL },
	{ "a=%ff", TY_E_MALFORMED, NULL },
};

START_TEST(a_query_is_an_object_of_strings)
{
	json_t *query;

	ck_assert_code(ty_http_query(fx.arena, query_cases[_i].query, &query, &fx.err),
		       query_cases[_i].rc);
	if (query_cases[_i].rc == TY_OK)
		ck_assert_str_eq(ty_json_dump(fx.arena, query, NULL), query_cases[_i].json);
}
END_TEST

START_TEST(a_query_of_too_many_members_is_refused)
{
	struct ty_buf query;
	json_t *json;

	ty_buf_init(&query, fx.arena, 1024);
	for (int i = 0; i < TY_HTTP_PAIRS_MAX; i++)
		ty_buf_printf(&query, "k%d=1&", i);
	ck_assert_ok(ty_http_query(fx.arena, query.data, &json, &fx.err));
	ty_buf_add_str(&query, "one=more");
	ck_assert_code(ty_http_query(fx.arena, query.data, &json, &fx.err), TY_E_MALFORMED);
}
END_TEST

/* ---- cookies ---- */

static const struct {
	const char *header, *value;
} cookie_cases[] = {
	{ NULL, NULL },		  { "", NULL },
	{ "sid=abc", "abc" },	  { "a=1; sid=abc; b=2", "abc" },
	{ "a=1;sid=abc", "abc" }, { "sid=abc;  sid=def", "abc" },
	{ "sid=", "" },		  { "sid=a=b", "a=b" },
	{ "sid=abc \t", "abc" },  { "xsid=abc", NULL },
	{ "sidx=abc", NULL },	  { "sid", NULL },
	{ "SID=abc", NULL },	  { ";;; sid=abc", "abc" },
};

START_TEST(a_cookie_is_found_by_its_whole_name)
{
	const char *value = ty_http_cookie(fx.arena, cookie_cases[_i].header, "sid", 0);

	if (cookie_cases[_i].value == NULL)
		ck_assert_ptr_null(value);
	else
		ck_assert_pstr_eq(value, cookie_cases[_i].value);
}
END_TEST

START_TEST(each_of_several_cookies_of_a_name_is_found)
{
	const char *header = "sid=a; x=1; sid=b; sid=c";

	ck_assert_pstr_eq(ty_http_cookie(fx.arena, header, "sid", 1), "b");
	ck_assert_pstr_eq(ty_http_cookie(fx.arena, header, "sid", 2), "c");
	ck_assert_ptr_null(ty_http_cookie(fx.arena, header, "sid", 3));
}
END_TEST

START_TEST(cookies_beyond_the_limit_are_not_looked_at)
{
	struct ty_buf header;

	ty_buf_init(&header, fx.arena, 1024);
	for (int i = 0; i < TY_HTTP_PAIRS_MAX; i++)
		ty_buf_printf(&header, "c%d=1; ", i);
	ty_buf_add_str(&header, "sid=abc");
	ck_assert_ptr_null(ty_http_cookie(fx.arena, header.data, "sid", 0));
}
END_TEST

/* ---- bodies ---- */

struct source {
	const char *data;
	size_t len, chunk;
	size_t reads;
};

static ssize_t
source_read(void *ctx, void *buf, size_t len)
{
	struct source *s = ctx;
	size_t n = len < s->chunk ? len : s->chunk;

	s->reads++;
	n = n < s->len ? n : s->len;
	memcpy(buf, s->data, n);
	s->data += n;
	s->len -= n;
	return (ssize_t)n;
}

static const struct {
	const char *sent;
	int64_t declared;
	size_t chunk, limit;
	enum ty_code rc;
} body_cases[] = {
	{ "hello", 5, 100, 100, TY_OK },
	{ "hello", 5, 1, 100, TY_OK },
	{ "hello", 5, 100, 5, TY_OK },
	{ "", 0, 100, 0, TY_OK },
	{ "hello", 5, 100, 4, TY_E_TOO_LARGE },
	{ "hell", 5, 100, 100, TY_E_MALFORMED },
	{ "hello!", 5, 100, 100, TY_E_MALFORMED },
	{ "hello", -1, 100, 100, TY_E_MALFORMED },
	{ "hello", 0, 100, 100, TY_E_MALFORMED },
};

START_TEST(a_body_is_as_long_as_declared)
{
	struct source source = { body_cases[_i].sent, strlen(body_cases[_i].sent),
				 body_cases[_i].chunk, 0 };
	struct ty_http_request request = { .arena = fx.arena,
					   .content_length = body_cases[_i].declared,
					   .read = source_read,
					   .read_ctx = &source };
	const char *body;
	size_t len;

	ck_assert_code(ty_http_body(&request, body_cases[_i].limit, &body, &len, &fx.err),
		       body_cases[_i].rc);
	if (body_cases[_i].rc == TY_OK) {
		ck_assert_str_eq(body, body_cases[_i].sent);
		ck_assert_uint_eq(len, strlen(body_cases[_i].sent));
	} else if (body_cases[_i].rc == TY_E_TOO_LARGE) {
		ck_assert_uint_eq(source.reads, 0);
	}
}
END_TEST

static const struct {
	size_t bytes, taken;
	enum ty_code rc;
} room_cases[] = {
	{ TY_LIMIT_BODY_COUNTED_BYTES, 0, TY_OK },
	{ TY_LIMIT_BODIES_BYTES, 0, TY_OK },
	{ TY_LIMIT_BODIES_BYTES, 1, TY_E_UNAVAILABLE },
	{ TY_LIMIT_BODY_COUNTED_BYTES, TY_LIMIT_BODIES_BYTES, TY_E_UNAVAILABLE },
	{ TY_LIMIT_BODY_COUNTED_BYTES - 1, TY_LIMIT_BODIES_BYTES, TY_OK },
};

START_TEST(a_large_body_has_its_share_of_memory_while_it_is_there)
{
	size_t bytes = room_cases[_i].bytes, len;
	struct ty_budget bodies = TY_BUDGET_INIT(TY_LIMIT_BODIES_BYTES, 0);
	struct source source = { ty_arena_alloc(fx.arena, bytes), bytes, bytes, 0 };
	struct ty_http_request request = { .arena = ty_arena_new(NULL, "request", 0),
					   .content_length = (int64_t)bytes,
					   .read = source_read,
					   .read_ctx = &source,
					   .bodies = &bodies };
	const char *body;

	ck_assert(ty_budget_take(&bodies, fx.arena, room_cases[_i].taken, 0));
	ck_assert_code(ty_http_body(&request, TY_LIMIT_BODY_BYTES, &body, &len, &fx.err),
		       room_cases[_i].rc);
	if (room_cases[_i].rc != TY_OK)
		ck_assert_uint_eq(source.reads, 0);
	else if (bytes >= TY_LIMIT_BODY_COUNTED_BYTES)
		ck_assert_uint_eq(ty_budget_taken(&bodies), bytes);
	ty_arena_free(request.arena);
	ck_assert_uint_eq(ty_budget_taken(&bodies), room_cases[_i].taken);
	ty_arena_clear(fx.arena);
}
END_TEST

/* ---- answers ---- */

START_TEST(a_value_cannot_split_a_header)
{
	struct ty_http_response response;

	ty_http_response_init(&response, fx.arena);
	ty_http_response_header(&response, "X-A", "one\r\nX-B: two\n");
	ck_assert_str_eq(response.headers.data, "X-A: oneX-B: two\r\n");
}
END_TEST

START_TEST(an_answer_is_json_even_where_it_is_a_scalar)
{
	struct ty_http_response response;

	ty_http_response_init(&response, fx.arena);
	ty_http_response_json(&response, fx.arena, 200, ty_json_own(fx.arena, json_integer(7)));
	ck_assert_int_eq(response.status, 200);
	ck_assert_str_eq(response.body, "7");
	ck_assert_uint_eq(response.body_len, 1);
	ck_assert_str_eq(response.headers.data, "Content-Type: application/json\r\n");
}
END_TEST

START_TEST(lines_of_one_name_are_one_header)
{
	static const char *const lines[][2] = {
		{ "a", "1" },	 { "b", "2" }, { "cookie", "x=1" },
		{ "b", "3, 4" }, { "b", "5" }, { "cookie", "y=2" }
	};
	struct ty_http_request request = { .arena = fx.arena };

	for (size_t i = 0; i < TY_ARRAY_COUNT(lines); i++)
		ty_http_request_add_header(&request, lines[i][0], lines[i][1]);
	ck_assert_uint_eq(request.header_count, 3);
	ck_assert_str_eq(ty_http_header(&request, "a"), "1");
	ck_assert_str_eq(ty_http_header(&request, "b"), "2, 3, 4, 5");
	ck_assert_str_eq(ty_http_header(&request, "cookie"), "x=1; y=2");
	ck_assert_ptr_null(ty_http_header(&request, "c"));
}
END_TEST

/* Else ten thousand of one letter would be joined ten thousand times. */
START_TEST(every_line_counts_also_where_it_is_joined)
{
	struct ty_http_request request = { .arena = fx.arena };

	for (int i = 0; i < TY_LIMIT_HEADERS_COUNT; i++)
		ty_http_request_add_header(&request, "a", "1");
	ck_assert(!request.has_more_headers);
	ty_http_request_add_header(&request, "a", "2");
	ck_assert(request.has_more_headers);
	ck_assert_ptr_null(strchr(ty_http_header(&request, "a"), '2'));
}
END_TEST

TEST_MAIN("request", {
	TEST_LOOP(a_target_is_taken_apart, target_cases);
	TEST(a_path_of_more_parts_than_any_route_is_refused);
	TEST_LOOP(a_query_is_an_object_of_strings, query_cases);
	TEST(a_query_of_too_many_members_is_refused);
	TEST_LOOP(a_cookie_is_found_by_its_whole_name, cookie_cases);
	TEST(each_of_several_cookies_of_a_name_is_found);
	TEST(cookies_beyond_the_limit_are_not_looked_at);
	TEST_LOOP(a_body_is_as_long_as_declared, body_cases);
	TEST_LOOP(a_large_body_has_its_share_of_memory_while_it_is_there, room_cases);
	TEST(a_value_cannot_split_a_header);
	TEST(an_answer_is_json_even_where_it_is_a_scalar);
	TEST(lines_of_one_name_are_one_header);
	TEST(every_line_counts_also_where_it_is_joined);
})
