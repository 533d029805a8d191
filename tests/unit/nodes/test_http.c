/*
 * test_http.c -- http.request: what it asks of the service and what it makes of the answer;
 * core.respond: what the caller is to be told.
 */
#include "unit/nodes/rows.h"

#include "json/json.h"

/* What the node asked for, and what it is answered, by row. */
static json_t *asked;
static const char *answered;

static json_t *
http_scripted(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	asked = ty_json_own(f->arena, json_deep_copy(request));
	json_object_del(asked, "idempotency_key");
	if (answered == NULL) {
		ty_err_set(err, TY_E_UPSTREAM, "the connection was refused");
		return NULL;
	}
	return json_incref(fake_json(f->arena, answered));
}

static struct fake_step *
http_run(const struct row *row, const char *answer)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_http_request, row->items);
	enum ty_code rc;

	answered = answer;
	fake_step_ops(s)->on_call = http_scripted;
	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, row->params);
	rc = fake_step_run(s, &fx.err);
	ck_assert_msg(rc == row->rc, "%s: gave %s (%s), not %s", row->what, ty_code_name(rc),
		      fx.err.msg, ty_code_name(row->rc));
	if (row->message != NULL)
		ck_assert_msg(strstr(fx.err.msg, row->message) != NULL, "%s: \"%s\" has no \"%s\"",
			      row->what, fx.err.msg, row->message);
	if (row->outs[0][0] != NULL)
		ck_assert_str_eq(fake_step_output(s, row->outs[0][0]), row->outs[0][1]);
	return s;
}

#define URL "\"url\":\"https://x.test/a\""
#define OK                                                                                         \
	"{\"status\":200,\"headers\":{\"a\":\"b\"},\"body\":{\"r\":1},\"url\":\"https://x.test/"   \
	"a\"}"
/* What the call says beside its request comes last (support/fake_ops.c). */
#define REST "\"redirects_max\":10,\"response\":\"auto\",\"verify_tls\":true,\"timeout_ms\":30000"

static const struct {
	const char *params, *request;
} ask_rows[] = {
	{ "{" URL "}", "{\"method\":\"GET\"," URL ",\"headers\":[]," REST "}" },
	{ "{\"method\":\"POST\"," URL
	  ",\"body_kind\":\"json\",\"body_json\":{\"n\":\"={{ $json.n }}\"},"
	  "\"query\":[{\"name\":\"q\",\"value\":\"=<{{ $json.n }}>\"}],"
	  "\"headers\":[{\"name\":\"X-A\",\"value\":\"1\"}],"
	  "\"auth_header\":\"Authorization\",\"auth_value\":\"=Bearer {{ $json.t }}\"}",
	  "{\"method\":\"POST\"," URL ",\"query\":[{\"name\":\"q\",\"value\":\"<7>\"}],"
	  "\"headers\":[{\"name\":\"X-A\",\"value\":\"1\"},"
	  "{\"name\":\"Authorization\",\"value\":\"Bearer s3\",\"secret\":true}],"
	  "\"body\":{\"kind\":\"json\",\"value\":{\"n\":7}}," REST "}" },
	{ "{\"method\":\"PUT\"," URL ",\"body_kind\":\"form\","
	  "\"body_form\":[{\"name\":\"a\",\"value\":\"={{ $json.n + 1 }}\"}]}",
	  "{\"method\":\"PUT\"," URL ",\"headers\":[],"
	  "\"body\":{\"kind\":\"form\",\"value\":[{\"name\":\"a\",\"value\":\"8\"}]}," REST "}" },
	{ "{\"method\":\"PUT\"," URL ",\"body_kind\":\"multipart\","
	  "\"body_form\":[{\"name\":\"a\",\"value\":\"1\"}]}",
	  "{\"method\":\"PUT\"," URL ",\"headers\":[],"
	  "\"body\":{\"kind\":\"multipart\",\"value\":[{\"name\":\"a\",\"value\":\"1\"}]}," REST
	  "}" },
	{ "{\"method\":\"PATCH\"," URL ",\"body_kind\":\"text\",\"body_text\":\"n={{ $json.n }}\"}",
	  "{\"method\":\"PATCH\"," URL ",\"headers\":[],\"body\":{\"kind\":\"text\","
	  "\"value\":\"n={{ $json.n }}\",\"content_type\":\"text/plain; charset=utf-8\"}," REST
	  "}" },
	{ "{\"url\":\"=https://x.test/{{ $json.n }}\",\"timeout_ms\":5,\"redirects\":0,"
	  "\"response\":\"text\",\"verify_tls\":false}",
	  "{\"method\":\"GET\",\"url\":\"https://x.test/7\",\"headers\":[],\"redirects_max\":0,"
	  "\"response\":\"text\",\"verify_tls\":false,\"timeout_ms\":5}" },
#define LIST_OF(arrays)                                                                            \
	"{" URL ",\"query\":[{\"name\":\"t\",\"value\":\"={{ ['a b', $json.n, true] }}\"},"        \
	"{\"name\":\"none\",\"value\":\"={{ [] }}\"},{\"name\":\"c\",\"value\":\"d\"}]" arrays "}"
#define ASKS(query)                                                                                \
	"{\"method\":\"GET\"," URL ",\"query\":[" query ",{\"name\":\"c\",\"value\":\"d\"}],"      \
	"\"headers\":[]," REST "}"
#define PAIR(name, value) "{\"name\":\"" name "\",\"value\":\"" value "\"}"
	{ LIST_OF(""), ASKS(PAIR("t[0]", "a b") "," PAIR("t[1]", "7") "," PAIR("t[2]", "true")) },
	{ LIST_OF(",\"query_arrays\":\"brackets\""),
	  ASKS(PAIR("t[]", "a b") "," PAIR("t[]", "7") "," PAIR("t[]", "true")) },
	{ LIST_OF(",\"query_arrays\":\"repeat\""),
	  ASKS(PAIR("t", "a b") "," PAIR("t", "7") "," PAIR("t", "true")) },
	{ LIST_OF(",\"query_arrays\":\"comma\""), ASKS(PAIR("t", "a b,7,true")) },
	{ "{\"method\":\"POST\"," URL ",\"body_kind\":\"form\",\"form_arrays\":\"repeat\","
	  "\"body_form\":[{\"name\":\"t\",\"value\":\"={{ [1, 2] }}\"}]}",
	  "{\"method\":\"POST\"," URL
	  ",\"headers\":[],\"body\":{\"kind\":\"form\",\"value\":[" PAIR("t", "1") "," PAIR(
		  "t", "2") "]}," REST "}" },
#define ASKS_BY(proxy)                                                                             \
	"{\"method\":\"GET\"," URL ",\"headers\":[],\"redirects_max\":10,\"response\":\"auto\","   \
	"\"verify_tls\":true," proxy "\"timeout_ms\":30000}"
	{ "{" URL ",\"proxy\":\"https://p.test:3128\"}",
	  ASKS_BY("\"proxy\":\"https://p.test:3128\",") },
	{ "{" URL ",\"proxy\":\"=http://p.test:312{{ $json.n + 1 }}\"}",
	  ASKS_BY("\"proxy\":\"http://p.test:3128\",") },
	{ "{" URL ",\"proxy\":\"\"}", ASKS_BY("") },
	{ "{" URL ",\"credential\":\"0190c0de-0000-7000-8000-000000000001\"}",
	  "{\"method\":\"GET\"," URL ",\"headers\":[]," REST
	  ",\"credential\":\"0190c0de-0000-7000-8000-000000000001\"}" },
};

START_TEST(http_request_asks_for_what_its_parameters_say)
{
	const struct row row = { "asks",
				 ask_rows[_i].params,
				 "[{\"n\":7,\"t\":\"s3\"}]",
				 TY_OK,
				 { { "main", "[{\"r\":1}]" } } };

	http_run(&row, OK);
	ck_assert_str_eq(ty_json_dump(fx.arena, asked, NULL), ask_rows[_i].request);
}
END_TEST

/* Whatever goes wrong with it: the value, or the expression that makes it, is in no record. */
static const struct {
	const char *auth_value, *header;
	enum ty_code rc;
	const char *message;
} secret_rows[] = {
	{ "\"sesame\"", "X-Key", TY_E_UPSTREAM, "refused" },
	{ "\"=sesame {{ $json.no.more() }}\"", "X-Key", TY_E_INVALID, "TypeError" },
	{ "\"={{ 'sesame' + nothing }}\"", "X-Key", TY_E_INVALID, "ReferenceError" },
	{ "\"={{ ({ sesame: 1 }) }}\"", "X-Key", TY_E_INVALID, "auth_value" },
	{ "\"={{ 'sesame'.repeat(9999) }}\"", "X-Key", TY_E_INVALID, "auth_value" },
};

START_TEST(http_request_keeps_its_secret_out_of_every_record)
{
	const struct row row = {
		"fails",
		ty_arena_printf(fx.arena, "{" URL ",\"auth_header\":\"%s\",\"auth_value\":%s}",
				secret_rows[_i].header, secret_rows[_i].auth_value),
		"[{\"n\":7}]",
		secret_rows[_i].rc,
		{ { "main", "[]" } },
		secret_rows[_i].message
	};
	const struct ty_run_result *result = fake_step_result(http_run(&row, NULL));

	ck_assert_ptr_nonnull(result->error);
	ck_assert_ptr_null(strstr(ty_json_dump(fx.arena, result->error, NULL), "sesame"));
	ck_assert_ptr_null(strstr(ty_json_dump(fx.arena, result->steps, NULL), "sesame"));
}
END_TEST

#define STATUS(n, body) "{\"status\":" #n ",\"headers\":{},\"body\":" body ",\"url\":\"u\"}"

static const struct {
	struct row row;
	const char *answer;
} answer_rows[] = {
	{ { "an object is an item", "{" URL "}", "[{}]", TY_OK, { { "main", "[{\"r\":1}]" } } },
	  OK },
	{ { "a list of objects is a list of items",
	    "{" URL "}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"a\":1},{\"a\":2}]" } } },
	  STATUS(200, "[{\"a\":1},{\"a\":2}]") },
	{ { "an empty list is no item", "{" URL "}", "[{}]", TY_OK, { { "main", "[]" } } },
	  STATUS(200, "[]") },
	{ { "any other list is data",
	    "{" URL "}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"data\":[1,{}]}]" } } },
	  STATUS(200, "[1,{}]") },
	{ { "text is data", "{" URL "}", "[{}]", TY_OK, { { "main", "[{\"data\":\"hi\"}]" } } },
	  STATUS(200, "\"hi\"") },
	{ { "nothing is data too",
	    "{" URL "}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"data\":null}]" } } },
	  STATUS(204, "null") },
	{ { "nothing is null without a content type too",
	    "{" URL "}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"data\":null}]" } } },
	  STATUS(201, "\"\"") },
	{ { "the whole of nothing",
	    "{" URL ",\"full_response\":true}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"status\":201,\"headers\":{},\"body\":null,\"url\":\"u\"}]" } } },
	  STATUS(201, "\"\"") },
	{ { "an empty text is one where text was asked for",
	    "{" URL ",\"response\":\"text\"}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"data\":\"\"}]" } } },
	  STATUS(201, "\"\"") },
	{ { "the whole answer",
	    "{" URL ",\"full_response\":true}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"status\":201,\"headers\":{},\"body\":[{}],\"url\":\"u\"}]" } } },
	  STATUS(201, "[{}]") },
	{ { "400 fails", "{" URL "}", "[{}]", TY_E_UPSTREAM, { { "main", "[]" } }, "status 400" },
	  STATUS(400, "{}") },
	{ { "unless it may",
	    "{" URL ",\"fail_on_status\":false}",
	    "[{}]",
	    TY_OK,
	    { { "main", "[{\"why\":1}]" } } },
	  STATUS(404, "{\"why\":1}") },
	{ { "no connection", "{" URL "}", "[{}]", TY_E_UPSTREAM, { { "main", "[]" } }, "refused" },
	  NULL },
	{ { "a URL is required", "{}", "[{}]", TY_E_INVALID, { { NULL, NULL } }, "url" }, OK },
	{ { "a URL is http",
	    "{\"url\":\"file:///etc/passwd\"}",
	    "[{}]",
	    TY_E_INVALID,
	    { { NULL, NULL } },
	    "url" },
	  OK },
};

static const struct row value_rows[] = {
	{ "an object is no value of a query",
	  "{" URL ",\"query\":[{\"name\":\"a\",\"value\":\"={{ ({}) }}\"}]}",
	  "[{}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "text" },
	{ "nor is a list of lists",
	  "{" URL ",\"query\":[{\"name\":\"a\",\"value\":\"={{ [[1]] }}\"}]}",
	  "[{}]",
	  TY_E_INVALID,
	  { { "main", "[]" } },
	  "text" },
	{ "nor one that is written",
	  "{" URL ",\"query\":[{\"name\":\"a\",\"value\":[\"1\"]}]}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "text" },
	{ "another way of lists",
	  "{" URL ",\"query_arrays\":\"dots\"}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "query_arrays" },
};

START_TEST(http_request_refuses_what_is_no_text)
{
	http_run(&value_rows[_i], OK);
}
END_TEST

START_TEST(http_request_makes_items_of_the_answer)
{
	http_run(&answer_rows[_i].row, answer_rows[_i].answer);
}
END_TEST

static const struct {
	int status;
	bool retryable;
} status_rows[] = { { 400, false }, { 404, false }, { 429, true }, { 500, true }, { 503, true } };

/* Out of the recorded answer, so that a run that is taken over tells the same. */
START_TEST(http_request_tells_what_was_mended_in_the_answer)
{
	const struct row row = {
		"is told", "{" URL "}", "[{}]", TY_OK, { { "main", "[{\"a\":2}]" } }, NULL
	};
	const struct ty_run_result *result = fake_step_result(
		http_run(&row, "{\"status\":200,\"headers\":{},\"body\":{\"a\":2},\"url\":\"u\","
			       "\"notices\":[{\"code\":\"key_twice\",\"text\":\"100% told\"}]}"));

	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, result->steps, NULL),
		       "\"notices\":[{\"code\":\"key_twice\",\"text\":\"100% told\"}]"));
}
END_TEST

START_TEST(http_request_says_which_status_may_pass_by_itself)
{
	const struct row row = {
		"fails", "{" URL "}", "[{}]", TY_E_UPSTREAM, { { "main", "[]" } }
	};
	struct fake_step *s;
	const char *answer =
		ty_arena_printf(fx.arena, "{\"status\":%d,\"body\":{}}", status_rows[_i].status);

	s = http_run(&row, answer);
	ck_assert_int_eq(json_is_true(json_object_get(fake_step_result(s)->error, "retryable")),
			 status_rows[_i].retryable);
}
END_TEST

static const struct {
	const char *params, *answer, *notice;
} redirect_rows[] = {
	{ "\"method\":\"POST\"",
	  "\"redirects\":1,\"method\":\"GET\",\"url\":\"https://y.test/new?sig=1\"",
	  "The server redirected: GET https://y.test/new gave the answer. POST became GET on the "
	  "way, "
	  "without the body: use the last address, or set Redirects to 0." },
	{ "\"method\":\"POST\",\"full_response\":true",
	  "\"redirects\":2,\"method\":\"GET\",\"url\":\"https://y.test/\"",
	  "The server redirected: GET https://y.test/ gave the answer. POST became GET on the way, "
	  "without the body: use the last address, or set Redirects to 0." },
	{ "\"method\":\"GET\"", "\"redirects\":1,\"method\":\"GET\",\"url\":\"https://y.test/\"",
	  "The server redirected: GET https://y.test/ gave the answer." },
	{ "\"method\":\"POST\"", "\"url\":\"https://x.test/\"", NULL },
};

START_TEST(http_request_tells_where_it_was_redirected_to)
{
	const struct row row = { "redirected",
				 ty_arena_printf(fx.arena, "{" URL ",%s}",
						 redirect_rows[_i].params),
				 "[{},{}]",
				 TY_OK,
				 { { NULL, NULL } } };
	struct fake_step *s = http_run(
		&row, ty_arena_printf(fx.arena, "{\"status\":200,\"headers\":{},\"body\":{},%s}",
				      redirect_rows[_i].answer));
	const json_t *notices =
		json_object_get(fake_step_record(fake_step_result(s), "node"), "notices");

	ck_assert_uint_eq(json_array_size(notices), redirect_rows[_i].notice != NULL ? 1 : 0);
	if (redirect_rows[_i].notice != NULL)
		ck_assert_str_eq(ty_json_str(json_array_get(notices, 0), "text", ""),
				 redirect_rows[_i].notice);
}
END_TEST

#define RESPOND_ITEMS "[{\"n\":1},{\"n\":2}]"

static const struct {
	const char *params, *response;
} respond_rows[] = {
	{ "{}", "{\"body\":null,\"headers\":{},\"kind\":\"json\",\"status\":200}" },
	{ "{\"status\":\"={{ 200 + $json.n }}\",\"body\":\"={{ $json }}\"}",
	  "{\"body\":{\"n\":1},\"headers\":{},\"kind\":\"json\",\"status\":201}" },
	{ "{\"body_kind\":\"text\",\"body\":\"=n is {{ $json.n }}\","
	  "\"headers\":[{\"name\":\"X-N\",\"value\":\"={{ $json.n }}\"}]}",
	  "{\"body\":\"n is 1\",\"headers\":{\"X-N\":\"1\"},\"kind\":\"text\",\"status\":200}" },
	{ "{\"body_kind\":\"none\",\"body\":\"x\",\"status\":204}",
	  "{\"headers\":{},\"kind\":\"none\",\"status\":204}" },
	{ "{\"body_kind\":\"items\"}",
	  "{\"body\":[{\"n\":1},{\"n\":2}],\"headers\":{},\"kind\":\"json\",\"status\":200}" },
};

START_TEST(respond_answers_for_the_first_item_and_passes_all_on)
{
	const struct row row = { "responds",
				 respond_rows[_i].params,
				 RESPOND_ITEMS,
				 TY_OK,
				 { { "main", RESPOND_ITEMS } } };
	struct fake_step *s = row_run(&ty_node_core_respond, &row);

	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, fake_step_result(s)->response, NULL),
			 respond_rows[_i].response);
}
END_TEST

START_TEST(respond_takes_a_status_of_http_only)
{
	const struct row row = { "999",	       "{\"status\":\"={{ 999 }}\"}", "[{}]",
				 TY_E_INVALID, { { "main", "[]" } },	      "status" };

	ck_assert_ptr_null(fake_step_result(row_run(&ty_node_core_respond, &row))->response);
}
END_TEST

#define HEADER(name, value) "{\"headers\":[{\"name\":\"" name "\",\"value\":\"" value "\"}]}"

static const struct {
	const char *params, *part;
} refused_rows[] = {
	{ HEADER("Set-Cookie", "a=b"), "whole site" },
	{ HEADER("connection", "close"), "connection" },
	{ HEADER("Transfer-Encoding", "chunked"), "connection" },
	{ HEADER("X-Accel-Redirect", "/api/v1/me"), "server's own" },
	{ HEADER("Content-Security-Policy", "default-src *"), "whole site" },
	{ HEADER("Access-Control-Allow-Origin", "*"), "allowed origins" },
	{ HEADER("a b", "c"), "no name of a header" },
	{ HEADER("X-Name", "={{ 'a' + String.fromCharCode(10) }}"), "line break" },
};

START_TEST(respond_refuses_headers_that_are_not_its_own)
{
	const struct row row = { "refused",    refused_rows[_i].params, "[{}]",
				 TY_E_INVALID, { { NULL, NULL } },	refused_rows[_i].part };

	row_run(&ty_node_core_respond, &row);
}
END_TEST

START_TEST(respond_needs_the_file_that_it_names)
{
	const struct row row = { "no file",    "{\"body_kind\":\"file\"}", "[{}]",
				 TY_E_INVALID, { { "main", "[]" } },	   "no file" };

	ck_assert_ptr_null(fake_step_result(row_run(&ty_node_core_respond, &row))->response);
}
END_TEST

TEST_MAIN("nodes.http", {
	TEST_LOOP(http_request_asks_for_what_its_parameters_say, ask_rows);
	TEST_LOOP(http_request_keeps_its_secret_out_of_every_record, secret_rows);
	TEST_LOOP(http_request_makes_items_of_the_answer, answer_rows);
	TEST_LOOP(http_request_refuses_what_is_no_text, value_rows);
	TEST_LOOP(http_request_tells_where_it_was_redirected_to, redirect_rows);
	TEST(http_request_tells_what_was_mended_in_the_answer);
	TEST_LOOP(http_request_says_which_status_may_pass_by_itself, status_rows);
	TEST_LOOP(respond_answers_for_the_first_item_and_passes_all_on, respond_rows);
	TEST(respond_takes_a_status_of_http_only);
	TEST_LOOP(respond_refuses_headers_that_are_not_its_own, refused_rows);
	TEST(respond_needs_the_file_that_it_names);
})
