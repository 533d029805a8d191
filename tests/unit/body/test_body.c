/* test_body.c -- bytes and headers as a value: each kind, each way to say it, and what is told of what was mended. */
#include "base/limits.h"
#include "body/body.h"
#include "json/json.h"
#include "support/common.h"

#define BYTES(s) s, sizeof(s) - 1
#define FORM	 "application/x-www-form-urlencoded"
#define SNS	 "x-amz-sns-message-type"
#define GITHUB	 "x-github-event"
#define SLACK	 "x-slack-signature"
#define EVENT	 "payload=%7B%22type%22%3A%22block_actions%22%7D"

/* Two headers are enough: the type, and one more. */
struct headers {
	const char *type, *name, *value;
};

static const char *
header_of(void *ctx, const char *name)
{
	const struct headers *h = ctx;

	if (strcmp(name, "content-type") == 0)
		return h->type;
	return h->name != NULL && strcmp(name, h->name) == 0 ? h->value : NULL;
}

static enum ty_code
read_as(enum ty_body_as as, const struct headers *headers, const char *data, size_t len,
	bool lenient, struct ty_body *ret_body)
{
	const struct ty_body_in in = { .data = data,
				       .len = len,
				       .header = header_of,
				       .ctx = (void *)(uintptr_t)headers,
				       .as = as,
				       .bytes_max = TY_LIMIT_BODY_BYTES,
				       .lenient = lenient };

	return ty_body_read(fx.arena, &in, ret_body, &fx.err);
}

/* "code code" of the notices. */
static const char *
codes_of(const struct ty_body *body)
{
	const json_t *notices = ty_body_notices(fx.arena, body), *notice;
	const char *codes = "";
	size_t i;

	json_array_foreach(notices, i, notice)
	{
		ck_assert_uint_gt(strlen(ty_json_str(notice, "text", "")), 10);
		codes = ty_arena_printf(fx.arena, "%s%s%s", codes, i > 0 ? " " : "",
					ty_json_str(notice, "code", "?"));
	}
	return codes;
}

/* The value as a job has it: copied where it came as JSON text, else dumped. */
static const char *
value_of(const struct ty_body *body)
{
	json_t *parsed;

	if (body->text == NULL)
		return ty_json_dump(fx.arena, body->json, NULL);
	ck_assert_ok(ty_json_parse(fx.arena, body->text, body->text_len, &parsed, &fx.err));
	ck_assert_str_eq(ty_json_dump(fx.arena, parsed, NULL),
			 ty_json_dump(fx.arena, body->json, NULL));
	return ty_json_dump(fx.arena, body->json, NULL);
}

#define FFFD "\xEF\xBF\xBD"
#define MARK "\xEF\xBB\xBF"

/* clang-format off */
static const struct {
	struct headers headers;
	const char *data;
	size_t len;
	const char *json, *codes;
	bool is_changed;
} rows[] = {
	/* JSON, by its many names */
	{ { "application/json", NULL, NULL }, BYTES("{\"n\":1}"), "{\"n\":1}", "", false },
	{ { "text/json", NULL, NULL }, BYTES("[1]"), "[1]", "", false },
	{ { "application/csp-report", NULL, NULL }, BYTES("{\"n\":1}"), "{\"n\":1}", "", false },
	{ { "application/x-amz-json-1.0", NULL, NULL }, BYTES("{\"n\":1}"), "{\"n\":1}", "", false },
	{ { NULL, NULL, NULL }, BYTES(" {\"n\":1}"), "{\"n\":1}", "", false },
	{ { NULL, NULL, NULL }, BYTES("{n}"), "\"{n}\"", "", false },
	{ { NULL, NULL, NULL }, BYTES("hello"), "\"hello\"", "", false },
	{ { NULL, NULL, NULL }, BYTES("12"), "\"12\"", "", false },
	{ { NULL, NULL, NULL }, BYTES("\x89\xff"), "{\"base64\":\"if8=\"}", "", false },
	{ { "application/json", NULL, NULL }, BYTES(""), "null", "", false },
	{ { NULL, NULL, NULL }, BYTES(""), "\"\"", "", false },
	{ { "text/plain", SNS, "Notification" }, BYTES("{\"n\":1}"), "{\"n\":1}", "", false },
	{ { "text/plain", NULL, NULL }, BYTES("{\"n\":1}"), "\"{\\\"n\\\":1}\"", "", false },
	{ { "application/x-ndjson", NULL, NULL }, BYTES("{}\n{}\n"), "\"{}\\n{}\\n\"", "", false },
	/* what JSON allows */
	{ { "application/json", NULL, NULL }, BYTES("{\"d\":\"a\\u0000b\"}"), "{\"d\":\"a" FFFD "b\"}", "nul_replaced", false },
	{ { "application/json", NULL, NULL }, BYTES("{\"d\":\"ok \\ud83d\"}"), "{\"d\":\"ok " FFFD "\"}", "half_pair_replaced", false },
	{ { "application/json", NULL, NULL }, BYTES("{\"t\":\"a\",\"t\":\"b\"}"), "{\"t\":\"b\"}", "key_twice", false },
	{ { "application/json", NULL, NULL }, BYTES(MARK "{\"v\":[]}"), "{\"v\":[]}", "mark_skipped", false },
	{ { "application/json", NULL, NULL }, BYTES(MARK MARK "{\"v\":[]}"), "{\"v\":[]}", "mark_skipped", false },
	{ { NULL, NULL, NULL }, BYTES(MARK "{\"v\":[]}"), "{\"v\":[]}", "mark_skipped", false },
	{ { FORM, NULL, NULL }, BYTES(MARK "a=1&b=2"), "{\"a\":\"1\",\"b\":\"2\"}", "mark_skipped", false },
	{ { "text/plain", NULL, NULL }, BYTES(MARK "a"), "\"a\"", "mark_skipped", false },
	/* charsets */
	{ { "application/json", NULL, NULL }, BYTES("\"Ren\xE9\""), "\"Ren" FFFD "\"", "bytes_replaced", false },
	{ { "application/json; charset=iso-8859-1", NULL, NULL }, BYTES("\"Ren\xE9\""), "\"Ren\xC3\xA9\"", "", true },
	{ { "application/json; charset=iso-8859-1", NULL, NULL }, BYTES("\"Ren\xC3\xA9\""), "\"Ren\xC3\xA9\"", "", false },
	{ { "application/json; charset=utf-16", NULL, NULL }, BYTES("[\0001\0]\0"), "[1]", "", true },
	{ { "application/json", NULL, NULL }, BYTES("[\0001\0]\0"), "[1]", "", true },
	{ { "application/json", NULL, NULL }, BYTES("\0[\0001\0]"), "[1]", "", true },
	{ { "application/json", NULL, NULL }, BYTES("\xff\xfe[\0001\0]\0"), "[1]", "mark_skipped", true },
	{ { "application/json", NULL, NULL }, BYTES("[\0\0\0001\0\0\0]\0\0\0"), "[1]", "", true },
	{ { "application/json; charset=utf8mb4", NULL, NULL }, BYTES("[1]"), "[1]", "charset_unknown", false },
	{ { "text/plain; charset=windows-1252", NULL, NULL }, BYTES("\x80 5"), "\"\xE2\x82\xAC 5\"", "", true },
	{ { "text/plain; charset=utf-8", NULL, NULL }, BYTES("\x80 5"), "\"" FFFD " 5\"", "bytes_replaced", true },
	{ { "text/plain", NULL, NULL }, BYTES("\x80 5"), "{\"base64\":\"gCA1\"}", "", false },
	{ { "text/plain; charset=nonsense", NULL, NULL }, BYTES("a"), "\"a\"", "charset_unknown", false },
	{ { "text/plain", NULL, NULL }, BYTES("\xfe\xff\0a"), "\"a\"", "mark_skipped", true },
	{ { "text/xml", NULL, NULL }, BYTES("<?xml version='1.0' encoding='iso-8859-1'?><a>\xE9</a>"),
	  "\"<?xml version='1.0' encoding='iso-8859-1'?><a>\xC3\xA9</a>\"", "", true },
	{ { "text/html", NULL, NULL }, BYTES("<meta charset=latin1><p>\xE9"), "\"<meta charset=latin1><p>\xC3\xA9\"", "", true },
	{ { "application/pdf; charset=utf-8", NULL, NULL }, BYTES("%PDF\xff"), "{\"base64\":\"JVBERv8=\"}", "", false },
	{ { "application/octet-stream", NULL, NULL }, BYTES("\xff\xfe\x01\x02"), "{\"base64\":\"//4BAg==\"}", "", false },
	{ { FORM "; charset=windows-1252", NULL, NULL }, BYTES("name=Ren%E9e"), "{\"name\":\"Ren\xC3\xA9" "e\"}", "", true },
	{ { FORM, NULL, NULL }, BYTES("charset=windows-1252&name=Ren%E9e"), "{\"charset\":\"windows-1252\",\"name\":\"Ren\xC3\xA9" "e\"}", "", true },
	{ { FORM, NULL, NULL }, BYTES("name=Ren%E9e"), "{\"name\":\"Ren" FFFD "e\"}", "bytes_replaced", true },
	/* forms that hold the JSON */
	{ { FORM, GITHUB, "issues" }, BYTES(EVENT), "{\"type\":\"block_actions\"}", "", false },
	{ { FORM, SLACK, "v0=..." }, BYTES(EVENT), "{\"type\":\"block_actions\"}", "", false },
	{ { FORM, SLACK, "v0=..." }, BYTES("payload=%7B%22a%22%3A%22%5Cu0000%22%7D"), "{\"a\":\"" FFFD "\"}", "nul_replaced", false },
	{ { FORM, SLACK, "v0=..." }, BYTES("command=%2Fgo&text=x"), "{\"command\":\"/go\",\"text\":\"x\"}", "", false },
	{ { FORM, GITHUB, "issues" }, BYTES("payload=%7B"), "{\"payload\":\"{\"}", "not_json", false },
	{ { FORM, NULL, NULL }, BYTES(EVENT), "{\"payload\":\"{\\\"type\\\":\\\"block_actions\\\"}\"}", "", false },
	/* multipart */
	{ { "multipart/form-data; boundary=b", NULL, NULL },
	  BYTES("--b\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{\"a\":1}\r\n--b--\r\n"),
	  "{\"payload\":\"{\\\"a\\\":1}\"}", "", false },
	{ { "multipart/form-data", NULL, NULL }, BYTES("--b--"), "\"--b--\"", "not_multipart", false },
	{ { "multipart/form-data; boundary=b", NULL, NULL }, BYTES("--b\r\n\xff"), "{\"base64\":\"LS1iDQr/\"}", "not_multipart", false },
};
/* clang-format on */

START_TEST(each_body_is_this_value)
{
	struct ty_body body;

	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &rows[_i].headers, rows[_i].data, rows[_i].len, false,
			     &body));
	ck_assert_str_eq(value_of(&body), rows[_i].json);
	ck_assert_str_eq(codes_of(&body), rows[_i].codes);
	ck_assert_int_eq(body.is_changed, rows[_i].is_changed);
}
END_TEST

/* clang-format off */
static const struct {
	enum ty_body_as as;
	const char *type;
	const char *data;
	size_t len;
	const char *json; /* NULL: malformed */
} chosen[] = {
	{ TY_BODY_AS_JSON, "text/plain", BYTES("{\"n\":1}"), "{\"n\":1}" },
	{ TY_BODY_AS_JSON, "text/plain", BYTES("{"), NULL },
	{ TY_BODY_AS_JSON, "image/png", BYTES("\"x\""), "\"x\"" },
	{ TY_BODY_AS_FORM, "text/plain", BYTES("a=1"), "{\"a\":\"1\"}" },
	{ TY_BODY_AS_TEXT, "application/json", BYTES("{\"a\":"), "\"{\\\"a\\\":\"" },
	{ TY_BODY_AS_TEXT, FORM, BYTES("charset=windows-1252&name=Ren%E9e"), "\"charset=windows-1252&name=Ren%E9e\"" },
	{ TY_BODY_AS_TEXT, "image/png", BYTES("\x89PNG"), "{\"base64\":\"iVBORw==\"}" },
	{ TY_BODY_AS_TEXT, "image/png; charset=latin1", BYTES("\x89PNG"), "\"\xE2\x80\xB0PNG\"" },
	{ TY_BODY_AS_BYTES, "application/json", BYTES("{}"), "{\"base64\":\"e30=\"}" },
	{ TY_BODY_AS_BYTES, NULL, BYTES(""), "{\"base64\":\"\"}" },
	{ TY_BODY_AS_MULTIPART, "text/plain; boundary=b", BYTES("--b--"), "{}" },
	{ TY_BODY_AS_MULTIPART, "text/plain", BYTES("--b--"), NULL },
};
/* clang-format on */

START_TEST(the_author_may_say_how_to_read_it)
{
	const struct headers headers = { chosen[_i].type, NULL, NULL };
	struct ty_body body;
	enum ty_code code =
		read_as(chosen[_i].as, &headers, chosen[_i].data, chosen[_i].len, true, &body);

	ck_assert_int_eq(code, chosen[_i].json != NULL ? TY_OK : TY_E_MALFORMED);
	if (code == TY_OK)
		ck_assert_str_eq(value_of(&body), chosen[_i].json);
}
END_TEST

/* clang-format off */
static const struct {
	const char *type;
	const char *data;
	size_t len;
	const char *json; /* NULL: a file */
} filed[] = {
	{ "application/json", BYTES("{\"n\":1}"), "{\"n\":1}" },
	{ FORM, BYTES("a=1"), "{\"a\":\"1\"}" },
	{ "text/plain", BYTES("a"), "\"a\"" },
	{ "text/plain; charset=windows-1252", BYTES("\x80"), "\"\xE2\x82\xAC\"" },
	{ "text/plain", BYTES("\x80 5"), NULL },
	{ "image/svg+xml", BYTES("<svg/>"), "\"<svg/>\"" },
	{ "image/png", BYTES("\x89PNG"), NULL },
	{ "application/octet-stream", BYTES("all of it is text"), NULL },
	{ "application/octet-stream", BYTES(""), "\"\"" },
	{ "application/pdf; charset=utf-8", BYTES("%PDF"), NULL },
	{ "application/x-thing", BYTES("text"), "\"text\"" },
	{ "application/x-thing", BYTES("\xff"), NULL },
	{ NULL, BYTES("text"), "\"text\"" },
	{ NULL, BYTES("\xff"), NULL },
	{ "multipart/form-data; boundary=b", BYTES("--b\r\n\xff"), NULL },
};
/* clang-format on */

START_TEST(bytes_are_a_file_where_the_webhook_gives_files)
{
	const struct headers headers = { filed[_i].type, NULL, NULL };
	struct ty_body body;

	ck_assert_ok(read_as(TY_BODY_AS_AUTO_FILE, &headers, filed[_i].data, filed[_i].len, false,
			     &body));
	ck_assert_int_eq(body.is_file, filed[_i].json == NULL);
	ck_assert_str_eq(value_of(&body), body.is_file ? "{}" : filed[_i].json);
	ck_assert_uint_eq(body.raw_len, filed[_i].len);
}
END_TEST

START_TEST(json_that_is_broken_is_refused_and_no_file)
{
	const struct headers headers = { "application/json", NULL, NULL };
	struct ty_body body;

	ck_assert_code(read_as(TY_BODY_AS_AUTO_FILE, &headers, BYTES("{\xff"), false, &body),
		       TY_E_MALFORMED);
}
END_TEST

START_TEST(what_says_json_and_is_none_is_refused_or_told)
{
	const struct headers headers = { "application/json", NULL, NULL };
	struct ty_body body;

	ck_assert_code(read_as(TY_BODY_AS_AUTO, &headers, BYTES("{\"a\":"), false, &body),
		       TY_E_MALFORMED);
	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &headers, BYTES("{\"a\":"), true, &body));
	ck_assert_str_eq(value_of(&body), "\"{\\\"a\\\":\"");
	ck_assert_str_eq(codes_of(&body), "not_json");
}
END_TEST

START_TEST(what_is_too_deep_is_told_as_that)
{
	const struct headers headers = { "application/json", NULL, NULL };
	char text[2 * TY_LIMIT_JSON_DEPTH + 3] = "";
	struct ty_body body;

	memset(text, '[', TY_LIMIT_JSON_DEPTH + 1);
	memset(text + TY_LIMIT_JSON_DEPTH + 1, ']', TY_LIMIT_JSON_DEPTH + 1);
	ck_assert_code(read_as(TY_BODY_AS_AUTO, &headers, text, strlen(text), false, &body),
		       TY_E_MALFORMED);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "more than 64 deep"));
	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &headers, text, strlen(text), true, &body));
	ck_assert_str_eq(codes_of(&body), "too_deep");
	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &headers, text + 1, strlen(text) - 2, true, &body));
	ck_assert_str_eq(codes_of(&body), "");
}
END_TEST

START_TEST(an_unknown_encoding_is_refused_or_told)
{
	const struct headers headers = { "text/plain", "content-encoding", "snappy" };
	struct ty_body body;

	ck_assert_code(read_as(TY_BODY_AS_AUTO, &headers, BYTES("a"), false, &body),
		       TY_E_UNSUPPORTED);
	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &headers, BYTES("a"), true, &body));
	ck_assert_str_eq(value_of(&body), "\"a\"");
	ck_assert_str_eq(codes_of(&body), "encoding_unknown");
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, ty_body_notices(fx.arena, &body), NULL), "snappy"));
}
END_TEST

/* gzip of {"n":1}, as GNU gzip writes it */
START_TEST(an_encoded_body_is_read_as_what_is_in_it)
{
	static const char gz[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\x53\xb2\x32"
				 "\xac\x05\x00\x7e\x3b\x4b\xd4\x07\x00\x00\x00";
	const struct headers json = { "application/json", "content-encoding", "gzip" };
	const struct headers ndjson = { "application/x-ndjson", "content-encoding", "gzip" };
	struct ty_body body;

	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &json, BYTES(gz), false, &body));
	ck_assert_str_eq(value_of(&body), "{\"n\":1}");
	ck_assert_uint_eq(body.raw_len, 7);
	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &ndjson, BYTES(gz), false, &body));
	ck_assert_str_eq(value_of(&body), "\"{\\\"n\\\":1}\"");
	ck_assert_str_eq(codes_of(&body), "");
}
END_TEST

START_TEST(ordinary_json_is_copied_as_it_came)
{
	static const char text[] = " {\"price\": 19.99, \"id\": 98765432109876543210987654321} ";
	const struct headers headers = { "application/json; charset=utf-8", NULL, NULL };
	struct ty_body body;

	ck_assert_ok(read_as(TY_BODY_AS_AUTO, &headers, BYTES(text), false, &body));
	ck_assert_ptr_eq(body.text, text);
	ck_assert_uint_eq(body.text_len, sizeof(text) - 1);
}
END_TEST

START_TEST(a_body_has_only_so_many_values_whatever_its_kind)
{
#define PART(name) "--b\r\nContent-Disposition: form-data; name=" name "\r\n"
	static const struct {
		const char *type, *data;
		size_t values;
	} many[] = {
		{ "application/json", "[1,2,3,4,5]", 6 },
		{ FORM, "a&b&c&d&e", 5 },
		{ NULL, "[1,2,3,4,5]", 6 },
		{ "multipart/form-data; boundary=b",
		  PART("a") "\r\n1\r\n" PART("a") "\r\n1\r\n" PART("a") "\r\n1\r\n" PART(
			  "a") "\r\n1\r\n" PART("a") "\r\n1\r\n--b--\r\n",
		  5 },
		{ "multipart/form-data; boundary=b",
		  PART("a") "Content-Type: application/json\r\n\r\n[1,2,3,4,5]\r\n--b--\r\n", 6 },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(many); i++) {
		const struct headers headers = { many[i].type, NULL, NULL };
		const struct ty_body_in in = { .data = many[i].data,
					       .len = strlen(many[i].data),
					       .header = header_of,
					       .ctx = (void *)(uintptr_t)&headers,
					       .bytes_max = 1000,
					       .values_max = 4,
					       .lenient = true };
		struct ty_body body;

		ck_assert_code(ty_body_read(fx.arena, &in, &body, &fx.err), TY_E_LIMIT);
		ck_assert_uint_eq(body.values, many[i].values);
	}
}
END_TEST

/* For whoever copies: the value as text and no tree, mended or not, of any kind. */
static const struct {
	const char *type, *body;
	const char *text;
} copied[] = {
	{ "application/json", "{ \"a\" : 1.50 }", "{ \"a\" : 1.50 }" },
	{ "application/json", "\xEF\xBB\xBF{ \"a\" : 1 }", "{ \"a\" : 1 }" },
	{ "application/json", "{\"a\":1,\"a\":2}", "{\"a\":2}" },
	{ FORM, "a=1&b=2", "{\"a\":\"1\",\"b\":\"2\"}" },
	{ "text/plain", "a \"b\"", "\"a \\\"b\\\"\"" },
	{ "image/png", "\x89\xff", "{\"base64\":\"if8=\"}" },
};

START_TEST(who_copies_gets_text_and_no_tree)
{
	const struct headers h = { .type = copied[_i].type };
	const struct ty_body_in in = { .data = copied[_i].body,
				       .len = strlen(copied[_i].body),
				       .header = header_of,
				       .ctx = (void *)(uintptr_t)&h,
				       .bytes_max = TY_LIMIT_BODY_BYTES,
				       .copies = true };
	struct ty_body body;

	ck_assert_ok(ty_body_read(fx.arena, &in, &body, &fx.err));
	ck_assert_ptr_null(body.json);
	ck_assert_uint_eq(body.text_len, strlen(copied[_i].text));
	ck_assert_mem_eq(body.text, copied[_i].text, body.text_len);
}
END_TEST

START_TEST(each_word_for_how_to_read_is_read_back)
{
	enum ty_body_as as = TY_BODY_AS_BYTES;

	for (int i = 0; i < TY_BODY_AS__COUNT; i++) {
		ck_assert(ty_body_as_parse(ty_body_as_name((enum ty_body_as)i), &as));
		ck_assert_int_eq((int)as, i);
	}
	ck_assert(ty_body_as_parse(NULL, &as) && as == TY_BODY_AS_AUTO);
	ck_assert(ty_body_as_parse("", &as) && as == TY_BODY_AS_AUTO);
	ck_assert(!ty_body_as_parse("xml", &as));
}
END_TEST

TEST_MAIN("body", {
	TEST_LOOP(each_body_is_this_value, rows);
	TEST_LOOP(the_author_may_say_how_to_read_it, chosen);
	TEST_LOOP(bytes_are_a_file_where_the_webhook_gives_files, filed);
	TEST(json_that_is_broken_is_refused_and_no_file);
	TEST(what_says_json_and_is_none_is_refused_or_told);
	TEST(what_is_too_deep_is_told_as_that);
	TEST(an_unknown_encoding_is_refused_or_told);
	TEST(an_encoded_body_is_read_as_what_is_in_it);
	TEST(ordinary_json_is_copied_as_it_came);
	TEST(a_body_has_only_so_many_values_whatever_its_kind);
	TEST_LOOP(who_copies_gets_text_and_no_tree, copied);
	TEST(each_word_for_how_to_read_is_read_back);
})
