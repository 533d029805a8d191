/*
 * test_secret.c -- which values are secrets, and which pasted ones are refused with what words.
 */
#include "param/secret.h"

#include "json/json.h"
#include "support/common.h"

/* ---- names ---- */

static const struct {
	const char *name, *value;
	bool is_stripped, is_secret; /* a webhook leaves the header out; the pair is not written */
} name_cases[] = {
	{ "Authorization", "v", true, true },
	{ "proxy-authorization", "v", true, true },
	{ "X-Channel-Token", "v", true, true },
	{ "X_API_KEY", "v", true, true },
	{ "client_secret", "v", true, true },
	{ "Set-Cookie", "v", true, true },
	{ "api__key", "v", true, true },
	{ "PRIVATE_KEY", "v", true, true },
	{ "private--key-", "v", true, true },
	{ "password", "v", true, true },
	{ "x-authors", "v", false, false },
	{ "content-type", "v", false, false },
	{ "x-github-event", "v", false, false },
	{ "", "v", false, false },
	/* Workflows that are published read these headers. */
	{ "x-auth", "v", false, true },
	{ "X-Auth-", "v", false, true },
	{ "authentication", "v", false, true },
	{ "proxyAuth", "v", false, true },
	{ "accessKey", "v", false, true },
	{ "api.key", "v", false, true },
	{ "Ocp-Apim-Subscription-Key", "v", false, true },
	{ "DD-APPLICATION-KEY", "v", false, true },
	{ "sig", "v", false, true },
	{ "jwt", "v", false, true },
	{ "auth[pass]", "v", false, true },
	{ "X-Auth-Email", "v", false, false },
	{ "oauth", "v", false, false },
	{ "compass", "v", false, false },
	{ "signature", "v", false, false },
	{ "Idempotency-Key", "0190c0de-0000-7000-8000-000000000001", false, false },
	/* "key" is one only where its value looks drawn. */
	{ "key", "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", false, true },
	{ "KEY", "********", false, true },
	{ "key", "orders", false, false },
	{ "key", "a-long-name-of-an-order", false, false },
	{ "key", "12345678901234567890123", false, false },
	{ "key", "two words with 20 letters", false, false },
};

START_TEST(a_name_tells_a_secret)
{
	ck_assert_int_eq(ty_secret_header_is(name_cases[_i].name), name_cases[_i].is_stripped);
	ck_assert_int_eq(ty_secret_pair_is(name_cases[_i].name, name_cases[_i].value),
			 name_cases[_i].is_secret);
}
END_TEST

/* ---- values ---- */

struct pair {
	const char *name, *value;
};
struct params {
	const char *url, *token, *plain;
	json_t *body;
	struct ty_param_list headers;
};

static const struct ty_param pair_rows[] = {
	{ .name = "name", .type = TY_PARAM_STRING, .offset = offsetof(struct pair, name) },
	{ .name = "value",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_SECRET_NAMED,
	  .offset = offsetof(struct pair, value) },
	{ .name = NULL },
};
static const struct ty_param rows[] = {
	{ .name = "url", .type = TY_PARAM_URL, .offset = offsetof(struct params, url) },
	{ .name = "token",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_SECRET,
	  .offset = offsetof(struct params, token) },
	{ .name = "plain", .type = TY_PARAM_STRING, .offset = offsetof(struct params, plain) },
	{ .name = "body",
	  .type = TY_PARAM_JSON,
	  .flags = TY_PARAM_SECRET_NAMED,
	  .offset = offsetof(struct params, body) },
	{ .name = "headers",
	  .type = TY_PARAM_LIST,
	  .fields = pair_rows,
	  .fields_size = sizeof(struct pair),
	  .offset = offsetof(struct params, headers) },
	{ .name = NULL },
};

static const struct {
	const char *in, *out;
} map_cases[] = {
	{ "{\"token\":\"abc\",\"plain\":\"abc\"}", "{\"token\":\"<token>\",\"plain\":\"abc\"}" },
	{ "{\"token\":\"\"}", "{\"token\":\"\"}" },
	{ "{\"token\":1}", "{\"token\":\"<token>\"}" },
	{ "{\"token\":12345678901234567890.5}", "{\"token\":\"<token>\"}" },
	{ "{\"token\":true}", "{\"token\":\"<token>\"}" },
	{ "{\"token\":[\"abc\"]}", "{\"token\":\"<token>\"}" },
	{ "{\"token\":null}", "{\"token\":null}" },
	{ "{\"headers\":[{\"name\":\"X-Api-Key\",\"value\":12345678}]}",
	  "{\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"<headers[X-Api-Key]>\"}]}" },
	{ "{\"token\":\"={{ $json.t }}\"}", "{\"token\":\"={{ $json.t }}\"}" },
	{ "{\"token\":\"=abc\"}", "{\"token\":\"<token>\"}" },
	{ "{\"url\":\"https://a.test/x@y\"}", "{\"url\":\"https://a.test/x@y\"}" },
	{ "{\"url\":\"https://u:p@a.test/\"}", "{\"url\":\"https://u:<url>@a.test/\"}" },
	{ "{\"url\":\"https://u:p@q:r@a.test\"}", "{\"url\":\"https://u:<url>@a.test\"}" },
	{ "{\"url\":\"https://key:@a.test/\"}", "{\"url\":\"https://<url>:@a.test/\"}" },
	{ "{\"url\":\"https://key@a.test/\"}", "{\"url\":\"https://<url>@a.test/\"}" },
	{ "{\"url\":\"=https://u:p@a.test/{{ $json.id }}\"}",
	  "{\"url\":\"=https://u:<url>@a.test/{{ $json.id }}\"}" },
	{ "{\"url\":\"={{ 'https://u:p@a.test/' + $json.id }}\"}",
	  "{\"url\":\"={{ 'https://u:<url>@a.test/' + $json.id }}\"}" },
	{ "{\"url\":\"=https://{{ $json.u }}:p@a.test/\"}",
	  "{\"url\":\"=https://{{ $json.u }}:<url>@a.test/\"}" },
	{ "{\"url\":\"=https://u:{{ $json.p }}@a.test/\"}",
	  "{\"url\":\"=https://u:{{ $json.p }}@a.test/\"}" },
	{ "{\"url\":\"https://a.test/?to=https://u:p@b.test\"}",
	  "{\"url\":\"https://a.test/?to=https://u:<url>@b.test\"}" },
	{ "{\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"k\"},{\"name\":\"X\",\"value\":\"v\"},"
	  "{\"value\":\"w\"},1]}",
	  "{\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"<headers[X-Api-Key]>\"},"
	  "{\"name\":\"X\",\"value\":\"v\"},{\"value\":\"w\"},1]}" },
	/* a key behind its scheme, whatever its header is called */
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"Bearer 0f3c2a9b\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"<headers[X-Foo]>\"}]}" },
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"=basic dTpwMTIzNDU2Nzg5\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"<headers[X-Foo]>\"}]}" },
	{ "{\"headers\":[{\"name\":\"X\",\"value\":\"Basic training for 20 people\"},"
	  "{\"name\":\"X\",\"value\":\"bearer\"},{\"name\":\"X\",\"value\":\"Token economy\"}]}",
	  "{\"headers\":[{\"name\":\"X\",\"value\":\"Basic training for 20 people\"},"
	  "{\"name\":\"X\",\"value\":\"bearer\"},{\"name\":\"X\",\"value\":\"Token economy\"}]}" },
	/* or that its provider has marked as one */
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"ghp_0123456789abcdefABCD\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"<headers[X-Foo]>\"}]}" },
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'sk_live_0123456789abcdef' + $json.n "
	  "}}\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ '<headers[X-Foo]>' + $json.n "
	  "}}\"}]}" },
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"sk-ii and 20 other labels\"},"
	  "{\"name\":\"X-Foo\",\"value\":\"sk-9\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"sk-ii and 20 other labels\"},"
	  "{\"name\":\"X-Foo\",\"value\":\"sk-9\"}]}" },
	/* a literal in an expression, or what an export has in its place */
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'Bearer ********' }}\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'Bearer <headers[X-Foo]>' }}\"}]}" },
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'Bearer 0f3c2a9b' }}\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'Bearer <headers[X-Foo]>' }}\"}]}" },
	{ "{\"headers\":[{\"name\":\"Authorization\",\"value\":\"={{ `Bearer ` + "
	  "'sk_live_0123456789abcdef' "
	  "}}\"}]}",
	  "{\"headers\":[{\"name\":\"Authorization\",\"value\":\"={{ `Bearer ` + "
	  "'<headers[Authorization]>' "
	  "}}\"}]}" },
	{ "{\"token\":\"={{ \\\"sk_live_0123456789abcdef\\\" }}\"}",
	  "{\"token\":\"={{ \\\"<token>\\\" }}\"}" },
	{ "{\"token\":\"={{ $json['access_token_of_2024_api'] + "
	  "$('node_0123456789_abcdef').first().json.t }}\"}",
	  "{\"token\":\"={{ $json['access_token_of_2024_api'] + "
	  "$('node_0123456789_abcdef').first().json.t }}\"}" },
	{ "{\"token\":\"={{ $json.t ?? 'none' }} it's 'sk_live_0123456789abcdef'\"}",
	  "{\"token\":\"={{ $json.t ?? 'none' }} it's 'sk_live_0123456789abcdef'\"}" },
	{ "{\"token\":\"={{ 'an escape \\\\' and sk_live_0123456789abcdef\"}",
	  "{\"token\":\"={{ 'an escape \\\\' and sk_live_0123456789abcdef\"}" },
	{ "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'order_0123456789abcdef0' }}\"}]}",
	  "{\"headers\":[{\"name\":\"X-Foo\",\"value\":\"={{ 'order_0123456789abcdef0' }}\"}]}" },
	/* in the query of a URL */
	{ "{\"url\":\"https://a.test/?api_key=k1&x=1\"}",
	  "{\"url\":\"https://a.test/?api_key=<url[api_key]>&x=1\"}" },
	{ "{\"url\":\"https://u:p@a.test/?x=1&access_token=k1#f\"}",
	  "{\"url\":\"https://u:<url>@a.test/?x=1&access_token=<url[access_token]>#f\"}" },
	{ "{\"url\":\"https://a.test/?api%5Fkey=k1&sig=a%2Fb\"}",
	  "{\"url\":\"https://a.test/?api%5Fkey=<url[api_key]>&sig=<url[sig]>\"}" },
	{ "{\"url\":\"=https://a.test/{{ $json.id }}?token=k1&x={{ $json.x }}\"}",
	  "{\"url\":\"=https://a.test/{{ $json.id }}?token=<url[token]>&x={{ $json.x }}\"}" },
	{ "{\"url\":\"={{ $json.base + '/x?token=k1&n=' + $json.n }}\"}",
	  "{\"url\":\"={{ $json.base + '/x?token=<url[token]>&n=' + $json.n }}\"}" },
	{ "{\"url\":\"={{ 'https://a.test/?x=1&token=' + 'k1' + $json.n }}\"}",
	  "{\"url\":\"={{ 'https://a.test/?x=1&token=' + '<url[token]>' + $json.n }}\"}" },
	{ "{\"url\":\"={{ 'https://a.test/?key=' + `AIzaSyD-9tSrke72PouQMnMX-a7eZS` }}\"}",
	  "{\"url\":\"={{ 'https://a.test/?key=' + `<url[key]>` }}\"}" },
	{ "{\"url\":\"={{ 'https://a.test/?key=' + 'orders' + '&token=' + $json.t + '&sig=' + "
	  "`${$json.s}` }}\"}",
	  "{\"url\":\"={{ 'https://a.test/?key=' + 'orders' + '&token=' + $json.t + '&sig=' + "
	  "`${$json.s}` }}\"}" },
	{ "{\"url\":\"=https://a.test/?token={{ $json.t }}&key={{ $json.k }}\"}",
	  "{\"url\":\"=https://a.test/?token={{ $json.t }}&key={{ $json.k }}\"}" },
	{ "{\"url\":\"={{ `https://a.test/?token=${$json.t}` }}\"}",
	  "{\"url\":\"={{ `https://a.test/?token=${$json.t}` }}\"}" },
	{ "{\"url\":\"={{ $json.a ? $json.b&&token==1 : $json?.token }}\"}",
	  "{\"url\":\"={{ $json.a ? $json.b&&token==1 : $json?.token }}\"}" },
	{ "{\"url\":\"https://a.test/?token=&api_key#token=1\"}",
	  "{\"url\":\"https://a.test/?token=&api_key#token=1\"}" },
	{ "{\"url\":\"https://a.test/token=1?page=2\"}",
	  "{\"url\":\"https://a.test/token=1?page=2\"}" },
	/* members of JSON, and of JSON in a text */
	{ "{\"body\":{\"client_secret\":\"s\",\"grant_type\":\"x\",\"auth\":{\"password\":12345678}"
	  "}}",
	  "{\"body\":{\"client_secret\":\"<body.client_secret>\",\"grant_type\":\"x\",\"auth\":{"
	  "\"password\":"
	  "\"<body.auth.password>\"}}}" },
	{ "{\"body\":[{\"token\":\"t\"},{\"token\":\"={{ $json.t }}\"},{\"token\":true}]}",
	  "{\"body\":[{\"token\":\"<body[0].token>\"},{\"token\":\"={{ $json.t "
	  "}}\"},{\"token\":true}]}" },
	{ "{\"body\":\"={\\\"client_secret\\\": \\\"s\\\", \\\"n\\\": {{ $json.n }}}\"}",
	  "{\"body\":\"={\\\"client_secret\\\": \\\"<body.client_secret>\\\", \\\"n\\\": {{ "
	  "$json.n }}}\"}" },
	{ "{\"body\":\"={\\\"token\\\": \\\"{{ $json.t }}\\\", \\\"a\\\": \\\"token\\\"}\"}",
	  "{\"body\":\"={\\\"token\\\": \\\"{{ $json.t }}\\\", \\\"a\\\": \\\"token\\\"}\"}" },
	{ "{\"body\":\"={{ ({ token: $json.t }) }}\"}",
	  "{\"body\":\"={{ ({ token: $json.t }) }}\"}" },
	{ "{\"headers\":\"x\",\"url\":[]}", "{\"headers\":\"x\",\"url\":[]}" },
};

static const char *
show_path(void *ctx, const char *path, const char *text)
{
	ck_assert_str_ne(text, "");
	return ty_arena_printf(fx.arena, "<%s>", path);
}

START_TEST(a_secret_is_found_where_it_stands)
{
	json_t *values = json_loads(map_cases[_i].in, 0, NULL);

	ck_assert_ptr_nonnull(values);
	ty_json_own(fx.arena, values);
	ty_param_secrets_map(fx.arena, rows, values, show_path, NULL);
	ck_assert_str_eq(ty_json_dump(fx.arena, values, NULL), map_cases[_i].out);
}
END_TEST

/* ---- pasted ones ---- */

static const struct {
	const char *in, *out;
} request_cases[] = {
	{ "{\"headers\":{\"x-api-key\":\"k\",\"a\":\"1\"},\"query\":{\"token\":\"t\",\"page\":"
	  "\"2\"}}",
	  "{\"headers\":{\"x-api-key\":\"********\",\"a\":\"1\"},\"query\":{\"token\":\"********\","
	  "\"page\":\"2\"}}" },
	{ "{\"headers\":{},\"query\":\"token=t&page=2&api_key=k\"}",
	  "{\"headers\":{},\"query\":\"token=********&page=2&api_key=********\"}" },
	{ "{\"headers\":{},\"query\":\"page=2\"}", "{\"headers\":{},\"query\":\"page=2\"}" },
	{ "{\"headers\":{},\"query\":\"\"}", "{\"headers\":{},\"query\":\"\"}" },
	{ "[{\"json\":{\"headers\":{},\"query\":{\"token\":\"t\"}}}]",
	  "[{\"json\":{\"headers\":{},\"query\":{\"token\":\"********\"}}}]" },
	/* No request: somebody's own words. */
	{ "{\"query\":\"token=t\"}", "{\"query\":\"token=t\"}" },
	{ "{\"query\":{\"token\":\"t\"},\"headers\":\"x\"}",
	  "{\"query\":{\"token\":\"t\"},\"headers\":\"x\"}" },
};

START_TEST(the_secrets_of_a_request_are_masked_in_its_record)
{
	json_error_t error;
	json_t *value = json_loads(request_cases[_i].in, 0, &error);

	ck_assert_ptr_nonnull(value);
	ty_json_own(fx.arena, value);
	ty_secret_requests_hide(value);
	ck_assert_str_eq(ty_json_dump(fx.arena, value, NULL), request_cases[_i].out);
}
END_TEST

static const struct {
	const char *text, *says; /* NULL = it is taken */
} pasted_cases[] = {
	{ "whsec_abc", NULL },
	{ "two words", NULL },
	{ "It's a Secret to Everybody", NULL },
	{ "\"", NULL },
	{ "schlüssel", NULL },
	{ "whsec_abc\n", "ends with a line break (U+000A)" },
	{ "whsec_abc\r\n", "U+000D" },
	{ " whsec_abc", "begins with a space (U+0020)" },
	{ "whsec_abc ", "ends with a space (U+0020)" },
	{ "\twhsec_abc", "begins with a tab (U+0009)" },
	{ "\u200bwhsec_abc", "begins with a zero-width space (U+200B)" },
	{ "whsec_\u200babc", "a zero-width space (U+200B) as character 7" },
	{ "whsec_abc\u00a0", "ends with a no-break space (U+00A0)" },
	{ "\ufeffwhsec_abc", "begins with a byte order mark (U+FEFF)" },
	{ "whsec\u2060abc", "U+2060" },
	{ "a\nb", "a line break (U+000A) as character 2" },
	{ "\"whsec_abc\"", "quotes round it" },
	{ "'whsec_abc'", "quotes round it" },
	{ "“whsec_abc”", "quotes round it: “ and ”" },
	{ "„whsec_abc“", "quotes round it" },
	{ "«whsec_abc»", "quotes round it" },
	{ "\xff", "no UTF-8" },
};

START_TEST(a_pasted_secret_is_told_by_the_character)
{
	enum ty_code code = ty_secret_text_check(pasted_cases[_i].text, &fx.err);

	if (pasted_cases[_i].says == NULL) {
		ck_assert_ok(code);
		return;
	}
	ck_assert_code(code, TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, pasted_cases[_i].says) != NULL, "%s", fx.err.msg);
}
END_TEST

TEST_MAIN("param.secret", {
	TEST_LOOP(a_name_tells_a_secret, name_cases);
	TEST_LOOP(a_secret_is_found_where_it_stands, map_cases);
	TEST_LOOP(the_secrets_of_a_request_are_masked_in_its_record, request_cases);
	TEST_LOOP(a_pasted_secret_is_told_by_the_character, pasted_cases);
})
