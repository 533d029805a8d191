/*
 * test_credential.c -- the table of credential types: what each is made of, what it adds to a call,
 * and the hosts it may go to.
 */
#include "support/common.h"

#include "base/str.h"
#include "json/json.h"
#include "vault/credential.h"

static json_t *
json(const char *text)
{
	return ty_json_own(fx.arena, json_loads(text, JSON_ALLOW_NUL, NULL));
}

static const struct {
	const char *type, *data, *path; /* path NULL: it is right */
} made_cases[] = {
	{ "webhook_secret", "{\"secret\":\"whsec\"}", NULL },
	{ "webhook_secret", "{\"secrets\":[\"new\",\"old\"]}", NULL },
	{ "webhook_secret", "{\"secrets\":[]}", "data" },
	{ "webhook_secret", "{\"secrets\":[\"a\"],\"secret\":\"b\"}", "data" },
	{ "webhook_secret", "{\"secrets\":[\"a\",\" b\"]}", "data.secrets[1]" },
	{ "webhook_secret", "{}", "data.secret" },
	{ "webhook_handshake", "{}", NULL },
	{ "webhook_handshake", "{\"secret\":\"given\"}", NULL },
	{ "webhook_handshake", "{\"secret\":\"given \"}", "data.secret" },
	{ "webhook_handshake", "{\"secrets\":[\"a\"]}", "data" },
	{ "http_bearer", "{\"token\":\"t\"}", NULL },
	{ "http_bearer", "{\"token\":\"\"}", "data.token" },
	{ "http_bearer", "{\"token\":7}", "data.token" },
	{ "http_bearer", "{\"token\":\"t\",\"more\":1}", "data" },
	{ "http_bearer", "{\"token\":\"bearer t\"}", "data.token" },
	{ "http_custom", "{\"headers\":[{\"name\":\"X\",\"value\":\"v\",\"sesame\":1}]}",
	  "data.headers[0]" },
	{ "http_basic", "{\"username\":\"u\",\"password\":\"p\"}", NULL },
	{ "http_basic", "{\"username\":\"u:v\",\"password\":\"p\"}", "data.username" },
	{ "http_basic", "{\"username\":\" u\",\"password\":\"p\"}", "data.username" },
	{ "http_basic", "{\"password\":\"p\"}", "data.username" },
	{ "http_header", "{\"name\":\"X-Key\",\"value\":\"v\"}", NULL },
	{ "http_header", "{\"name\":\"X Key\",\"value\":\"v\"}", "data.name" },
	{ "http_header", "{\"name\":\"X-Key\",\"value\":\"v\\n\"}", "data.value" },
	{ "http_query", "{\"name\":\"any name\",\"value\":\"v\"}", NULL },
	{ "http_custom", "{\"headers\":[{\"name\":\"X-A\",\"value\":\"v\"}]}", NULL },
	{ "http_custom", "{\"headers\":[{\"name\":\"X A\",\"value\":\"v\"}]}",
	  "data.headers[0].name" },
	{ "http_custom", "{\"form\":[{\"name\":\"a\",\"value\":\"\\u200bv\"}]}",
	  "data.form[0].value" },
	{ "http_custom", "{\"form\":[{\"name\":\"a\"}]}", "data.form[0].value" },
	{ "http_custom", "{}", "data" },
	{ "http_custom", "[]", "data" },
	{ "http_other", "{}", "type" },
	{ "crypto_secret", "{\"secret\":\"s\"}", NULL },
	{ "crypto_secret", "{\"secret\":\"zz\",\"form\":\"hex\"}", "data.secret" },
	{ "crypto_totp", "{\"secret\":\"JBSW Y3DP\"}", NULL },
	{ "crypto_totp", "{\"secret\":\"1\"}", "data.secret" },
	{ "crypto_key", "{\"algorithm\":\"HS256\",\"key\":\"s\"}", NULL },
	{ "crypto_key", "{\"algorithm\":\"HS256\",\"key\":\"-----BEGIN PUBLIC KEY-----\"}",
	  "data.key" },
	{ "http_digest", "{\"username\":\"u\",\"password\":\"p\"}", NULL },
	{ "http_digest", "{\"username\":\"u\"}", "data.password" },
	{ "http_aws",
	  "{\"access_key_id\":\"AK\",\"secret_access_key\":\"s\",\"region\":\"r\","
	  "\"service\":\"s3\"}",
	  NULL },
	{ "http_aws",
	  "{\"access_key_id\":\"AK\",\"secret_access_key\":\"s\",\"region\":\"r/x\","
	  "\"service\":\"s3\"}",
	  "data.region" },
	{ "http_aws",
	  "{\"access_key_id\":\"AK\",\"secret_access_key\":\" s\",\"region\":\"r\","
	  "\"service\":\"s3\"}",
	  "data.secret_access_key" },
	{ "http_aws",
	  "{\"access_key_id\":\"AK\",\"secret_access_key\":\"s\",\"region\":\"r\","
	  "\"service\":\"s3\",\"session_token\":\"\"}",
	  "data.session_token" },
	{ "http_oauth1", "{\"consumer_key\":\"k\",\"consumer_secret\":\"s\"}", NULL },
	{ "http_oauth1", "{\"consumer_key\":\"k\",\"consumer_secret\":\"s\",\"token\":\"t\"}",
	  "data.token_secret" },
	{ "http_oauth1", "{\"consumer_key\":\"k\",\"consumer_secret\":\"s\",\"method\":\"MD5\"}",
	  "data.method" },
	{ "http_standard_webhooks", "{\"secret\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}",
	  NULL },
	{ "http_standard_webhooks", "{\"secret\":\"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}", NULL },
	{ "http_standard_webhooks", "{\"secret\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS\"}",
	  "data.secret" }, /* 23 bytes */
	{ "http_standard_webhooks", "{\"secret\":\"whsec_a secret\"}", "data.secret" },
	{ "http_standard_webhooks", "{\"secret\":\"whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}",
	  "data.secret" }, /* no key of Ed25519 is as long */
	{ "http_standard_webhooks",
	  "{\"secret\":\"whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\"}", NULL },
	{ "http_standard_webhooks", "{}", "data.secret" },
	{ "http_jwt", "{\"algorithm\":\"HS256\",\"key\":\"k\"}", NULL },
	{ "http_jwt", "{\"key\":\"no pem\"}", "data.key" },
	{ "http_jwt", "{\"key\":\"a\\u0000b\",\"algorithm\":\"HS256\"}", "data.key" },
	{ "http_jwt", "{\"algorithm\":\"HS256\",\"key\":\"k\",\"claims\":\"[1]\"}", "data.claims" },
	{ "http_jwt", "{\"algorithm\":\"HS256\",\"key\":\"k\",\"lifetime_s\":1}",
	  "data.lifetime_s" },
	{ "http_certificate", "{\"certificate\":\"no pem\",\"key\":\"no pem\"}",
	  "data.certificate" },
#define OAUTH2(more) "{\"token_url\":\"https://p.test/t\",\"client_id\":\"c\"," more "}"
	{ "http_oauth2_client", OAUTH2("\"client_secret\":\"s\""), NULL },
	{ "http_oauth2_client", OAUTH2("\"client_secret\":\"s\",\"client_auth\":\"body\""), NULL },
	{ "http_oauth2_client", OAUTH2("\"client_secret\":\"s\",\"client_auth\":\"x\""),
	  "data.client_auth" },
	{ "http_oauth2_client", OAUTH2("\"scope\":\"a\""), "data.client_secret" },
	{ "http_oauth2_client",
	  "{\"token_url\":\"p.test\",\"client_id\":\"c\",\"client_secret\":\"s\"}",
	  "data.token_url" },
	{ "http_oauth2_client",
	  "{\"token_url\":\"https://p.test/#a\",\"client_id\":\"c\",\"client_secret\":\"s\"}",
	  "data.token_url" },
	{ "http_oauth2_client",
	  "{\"token_url\":\"https://u:p@p.test/\",\"client_id\":\"c\",\"client_secret\":\"s\"}",
	  "data.token_url" },
	{ "http_oauth2_code", OAUTH2("\"authorization_url\":\"https://p.test/a@b\""), NULL },
	{ "http_oauth2_code", OAUTH2("\"client_secret\":\"s\""), "data.authorization_url" },
	{ "http_oauth2_code",
	  OAUTH2("\"authorization_url\":\"https://p.test/a\",\"authorization_params\":"
		 "\"access_type=offline&prompt=consent\""),
	  NULL },
	{ "http_oauth2_code",
	  OAUTH2("\"authorization_url\":\"https://p.test/a\",\"authorization_params\":"
		 "\"a=b&state=x\""),
	  "data.authorization_params" },
	{ "http_oauth2_code",
	  OAUTH2("\"authorization_url\":\"https://p.test/a\",\"authorization_params\":"
		 "\"a=b c\""),
	  "data.authorization_params" },
	{ "http_oauth2_code", OAUTH2("\"authorization_url\":\"https://p.test/a?tenant=t\""), NULL },
	{ "http_oauth2_code", OAUTH2("\"authorization_url\":\"https://p.test/a?t=1&client_id=x\""),
	  "data.authorization_url" },
	{ "http_oauth2_code", OAUTH2("\"authorization_url\":\"https://p.test/a?t=1&t=2\""),
	  "data.authorization_url" },
	{ "http_oauth2_code",
	  OAUTH2("\"authorization_url\":\"https://p.test/a?t=1\",\"authorization_params\":"
		 "\"a=b&t=2\""),
	  "data.authorization_params" },
	{ "http_oauth2_code",
	  OAUTH2("\"authorization_url\":\"https://p.test/a?t=1\",\"authorization_params\":"
		 "\"a=b&a=c\""),
	  "data.authorization_params" },
	{ "http_oauth2_jwt",
	  "{\"token_url\":\"https://p.test/t\",\"algorithm\":\"HS256\",\"key\":\"k\"}", NULL },
	{ "http_oauth2_jwt", "{\"token_url\":\"https://p.test/t\",\"key\":\"no pem\"}",
	  "data.key" },
	{ "http_certificate", "{\"certificate\":\"no pem\"}", "data.key" },
};

START_TEST(a_credential_is_what_its_rows_say)
{
	enum ty_code code =
		ty_credential_check(made_cases[_i].type, json(made_cases[_i].data), &fx.err);

	if (made_cases[_i].path == NULL) {
		ck_assert_msg(code == TY_OK, "%s", fx.err.msg);
	} else {
		ck_assert_int_eq(code, TY_E_INVALID);
		ck_assert_str_eq(fx.err.path, made_cases[_i].path);
	}
}
END_TEST

static const struct {
	const char *type, *data, *parts, *texts;
} open_cases[] = {
	{ "http_bearer", "{\"token\":\"abc\"}", "0 Authorization=Bearer abc\n", "abc\n" },
	{ "http_basic", "{\"username\":\"me\",\"password\":\"pass\"}",
	  "0 Authorization=Basic bWU6cGFzcw==\n", "pass\nbWU6cGFzcw==\n" },
	{ "http_header", "{\"name\":\"X-K\",\"value\":\"v v\"}", "0 X-K=v v\n", "v v\n" },
	{ "http_query", "{\"name\":\"k\",\"value\":\"v v\"}", "1 k=v v\n", "v v\nv%20v\n" },
	/* one that is long enough to be looked for: base64, base64url and hex of it too, and base64 within a longer text and twice */
	{ "http_bearer", "{\"token\":\"~~~?~?>>\"}", "0 Authorization=Bearer ~~~?~?>>\n",
	  "~~~?~?>>\nfn5+P34/Pj4\nfn5-P34_Pj4\nfn5+P34/Pj\nfn5-P34_Pj\n5+fj9+Pz4+\n"
	  "5-fj9-Pz4-\n+fn4/"
	  "fj8+P\n-fn4_fj8-P\nZm41K1AzNC9Qaj\n7e7e7e3f7e3f3e3e\n7E7E7E3F7E3F3E3E\n" },
	{ "http_bearer", "{\"token\":\"12345678\"}", "0 Authorization=Bearer 12345678\n",
	  "12345678\nMTIzNDU2Nzg\nMTIzNDU2Nz\nEyMzQ1Njc4\nxMjM0NTY3O\nTVRJek5EVTJOem\n"
	  "3132333435363738\n" },
	{ "http_custom",
	  "{\"headers\":[{\"name\":\"A\",\"value\":\"1\"}],\"query\":[{\"name\":\"B\",\"value\":"
	  "\"2\"}],\"form\":[{\"name\":\"C\",\"value\":\"3\"}]}",
	  "0 A=1\n1 B=2\n2 C=3\n", "1\n2\n3\n" },
};

START_TEST(an_opened_credential_is_parts_of_a_request)
{
	const struct ty_credential *credential;
	const char *parts = "", *texts = "";

	ck_assert_ok(ty_credential_open(fx.arena, open_cases[_i].type, open_cases[_i].data,
					strlen(open_cases[_i].data), &credential, &fx.err));
	for (size_t i = 0; i < credential->part_count; i++)
		parts = ty_arena_printf(fx.arena, "%s%d %s=%s\n", parts,
					(int)credential->parts[i].place, credential->parts[i].name,
					credential->parts[i].value);
	for (size_t i = 0; i < credential->forms.count; i++)
		texts = ty_arena_printf(fx.arena, "%s%s\n", texts, credential->forms.texts[i]);
	ck_assert_str_eq(parts, open_cases[_i].parts);
	ck_assert_str_eq(texts, open_cases[_i].texts);
}
END_TEST

static const struct {
	const char *type, *data;
	enum ty_code code;
} refused_cases[] = {
	{ "webhook_secret", "{\"secret\":\"sesame\"}", TY_E_INVALID },
	{ "no_such", "{\"secret\":\"sesame\"}", TY_E_INVALID },
	{ "http_bearer", "{\"token\":\"sesame", TY_E_DENIED },
	{ "http_bearer", "{\"other\":\"sesame\"}", TY_E_DENIED },
};

START_TEST(what_is_for_no_call_is_not_opened)
{
	const struct ty_credential *credential;

	ck_assert_int_eq(ty_credential_open(fx.arena, refused_cases[_i].type,
					    refused_cases[_i].data, strlen(refused_cases[_i].data),
					    &credential, &fx.err),
			 refused_cases[_i].code);
	ck_assert_ptr_null(strstr(fx.err.msg, "sesame"));
}
END_TEST

static const struct {
	const char *hosts, *host;
	int port;
	bool is_for;
} host_cases[] = {
	{ "", "any.test", 443, true },
	{ "api.example.com", "API.example.com", 443, true },
	{ "api.example.com", "api.example.com.evil.test", 443, false },
	{ "api.example.com", "evil-api.example.com", 443, false },
	{ "*.example.com", "a.b.example.com", 80, true },
	{ "*.example.com", "example.com", 80, false },
	{ "*.example.com", "evilexample.com", 80, false },
	{ "a.test,  b.test", "b.test", 80, true },
	{ "a.test:8080", "a.test", 8080, true },
	{ "a.test:8080", "a.test", 80, false },
	{ "[::1]:8080", "[::1]", 8080, true },
	{ "[::1]", "[::1]", 1, true },
};

START_TEST(a_credential_is_for_its_hosts)
{
	ck_assert_ok(ty_credential_hosts_check(host_cases[_i].hosts, &fx.err));
	ck_assert_int_eq(ty_credential_is_for(host_cases[_i].hosts, host_cases[_i].host,
					      host_cases[_i].port),
			 host_cases[_i].is_for);
}
END_TEST

static const char *const wrong_hosts[] = {
	"https://a.test", "a.test/x",	  "*",	       "a.*.test", "a.test:",
	"a.test:0",	  "a.test:99999", "a.test:8x", "[::1",	   "us\xc3\xa9r.test",
};

START_TEST(what_is_no_host_is_refused)
{
	ck_assert_int_eq(ty_credential_hosts_check(wrong_hosts[_i], &fx.err), TY_E_INVALID);
	ck_assert_str_eq(fx.err.path, "hosts");
}
END_TEST

START_TEST(the_catalog_has_a_form_for_each_type)
{
	json_t *list = ty_json_own(fx.arena, ty_credential_types_describe()), *type;
	size_t i;

	json_array_foreach(list, i, type)
	{
		ck_assert_str_eq(ty_json_str(type, "name", ""), ty_credential_types[i].name);
		ck_assert_uint_gt(json_array_size(json_object_get(type, "fields")), 0);
	}
	ck_assert_uint_eq(i, 19);
	ck_assert_str_eq(ty_credential_secret_field(ty_credential_type_find("http_basic"))->name,
			 "password");
	ck_assert_str_eq(ty_credential_other_field(ty_credential_type_find("http_basic"))->name,
			 "username");
	ck_assert_ptr_null(ty_credential_secret_field(ty_credential_type_find("http_custom")));
	ck_assert_ptr_null(ty_credential_secret_field(ty_credential_type_find("http_aws")));
	ck_assert_str_eq(
		ty_credential_type_shape(fx.arena, ty_credential_type_find("webhook_secret")),
		"{ \"secret\": text } or { \"secrets\": [text, ...] }");
}
END_TEST

TEST_MAIN("vault credential", {
	TEST_LOOP(a_credential_is_what_its_rows_say, made_cases);
	TEST_LOOP(an_opened_credential_is_parts_of_a_request, open_cases);
	TEST_LOOP(what_is_for_no_call_is_not_opened, refused_cases);
	TEST_LOOP(a_credential_is_for_its_hosts, host_cases);
	TEST_LOOP(what_is_no_host_is_refused, wrong_hosts);
	TEST(the_catalog_has_a_form_for_each_type);
})
