/*
 * test_oauth2.c -- the requests to a token endpoint, its answers and the address of a sign-in: by the
 * examples of RFC 6749 and RFC 7636, and what answers in the wild look like.
 */
#include "support/common.h"

#include "base/str.h"
#include "crypto/crypto.h"
#include "crypto/jws.h"
#include "json/json.h"
#include "service/oauth2.h"

static const struct ty_signing_oauth2 client = { .token_url = "https://server.example.com/token",
						 .authorization_url =
							 "https://server.example.com/authorize",
						 .client_id = "s6BhdRkqt3",
						 .client_secret = "7Fjfp0ZBr1KtDRbnfVdmIw",
						 .scope = "read write" };

/* Fields of the form as "a=b c=d". */
static const char *
form_of(const json_t *request)
{
	const json_t *body = json_object_get(request, "body"), *pair;
	const char *text = "";
	size_t i;

	ck_assert_str_eq(ty_json_str(body, "kind", ""), "form");
	ck_assert(ty_json_bool(body, "secret", false));
	json_array_foreach(json_object_get(body, "value"), i, pair)
	{
		ck_assert(ty_json_bool(pair, "secret", false));
		text = ty_arena_printf(fx.arena, "%s%s%s=%s", text, i > 0 ? " " : "",
				       ty_json_str(pair, "name", ""),
				       ty_json_str(pair, "value", ""));
	}
	return text;
}

static const char *
header_of(const json_t *request, const char *name)
{
	const json_t *header;
	size_t i;

	json_array_foreach(json_object_get(request, "headers"), i, header)
	{
		if (ty_str_ieq(ty_json_str(header, "name", ""), name))
			return ty_json_str(header, "value", "");
	}
	return NULL;
}

static const struct {
	struct ty_oauth2_grant grant;
	bool in_body, is_public;
	const char *form, *authorization;
} request_cases[] = {
	/* RFC 6749, 4.4.2 */
	{ { .signing = TY_SIGNING_OAUTH2_CLIENT },
	  false,
	  false,
	  "grant_type=client_credentials scope=read write",
	  "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3" },
	{ { .signing = TY_SIGNING_OAUTH2_CLIENT },
	  true,
	  false,
	  "grant_type=client_credentials scope=read write client_id=s6BhdRkqt3 "
	  "client_secret=7Fjfp0ZBr1KtDRbnfVdmIw",
	  NULL },
	/* 4.1.3, with 7636, 4.5 */
	{ { .signing = TY_SIGNING_OAUTH2_CODE,
	    .code = "SplxlOBeZQQYbYS6WxSbIA",
	    .verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	    .redirect_uri = "https://client.example.com/cb" },
	  false,
	  false,
	  "grant_type=authorization_code code=SplxlOBeZQQYbYS6WxSbIA "
	  "redirect_uri=https://client.example.com/cb "
	  "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	  "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3" },
	/* 6 */
	{ { .signing = TY_SIGNING_OAUTH2_CODE, .refresh_token = "tGzv3JOkF0XG5Qx2TlKWIA" },
	  false,
	  false,
	  "grant_type=refresh_token refresh_token=tGzv3JOkF0XG5Qx2TlKWIA",
	  "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3" },
	{ { .signing = TY_SIGNING_OAUTH2_CODE, .refresh_token = "r" },
	  false,
	  true,
	  "grant_type=refresh_token refresh_token=r client_id=s6BhdRkqt3",
	  NULL },
};

START_TEST(a_grant_is_asked_as_the_rfc_writes_it)
{
	struct ty_oauth2_grant grant = request_cases[_i].grant;
	struct ty_signing_oauth2 values = client;
	const char *authorization;
	json_t *request;

	values.client_auth =
		request_cases[_i].in_body ? TY_OAUTH2_AUTH_BODY : TY_OAUTH2_AUTH_HEADER;
	if (request_cases[_i].is_public)
		values.client_secret = NULL;
	grant.values = &values;
	request = ty_json_own(fx.arena, ty_oauth2_request(fx.arena, &grant, &fx.err));
	ck_assert_str_eq(ty_json_str(request, "method", ""), "POST");
	ck_assert_str_eq(ty_json_str(request, "url", ""), client.token_url);
	ck_assert_int_eq(ty_json_int(request, "redirects_max", 9), 0);
	ck_assert_str_eq(form_of(request), request_cases[_i].form);
	authorization = header_of(request, "authorization");
	if (request_cases[_i].authorization == NULL)
		ck_assert_ptr_null(authorization);
	else
		ck_assert_str_eq(authorization, request_cases[_i].authorization);
	ck_assert_str_eq(header_of(request, "accept"), "application/json");
}
END_TEST

START_TEST(a_client_is_encoded_before_it_is_joined)
{
	const struct ty_signing_oauth2 values = { .token_url = "https://a.test/t",
						  .client_id = "a:b",
						  .client_secret = "c d" };
	const struct ty_oauth2_grant grant = { .signing = TY_SIGNING_OAUTH2_CLIENT,
					       .values = &values };
	json_t *request = ty_json_own(fx.arena, ty_oauth2_request(fx.arena, &grant, &fx.err));

	/* a%3Ab:c%20d */
	ck_assert_str_eq(header_of(request, "authorization"), "Basic YSUzQWI6YyUyMGQ=");
}
END_TEST

/* ---- RFC 7523 ---- */

static json_t *
part_of(const char *token, int part)
{
	const char *at = token;
	size_t len;
	uint8_t *text;

	for (int i = 0; i < part; i++)
		at = strchr(at, '.') + 1;
	text = ty_base64_decode(fx.arena, at, strcspn(at, "."), &len);
	return ty_json_own(fx.arena, json_loadb((const char *)text, len, 0, NULL));
}

START_TEST(an_assertion_is_signed_and_exchanged)
{
	struct ty_signing_oauth2 values = { .token_url = "https://a.test/t",
					    .scope = "s",
					    .algorithm = TY_JWS_HS256,
					    .key = "the secret",
					    .key_id = "k1",
					    .issuer = "me",
					    .subject = "you",
					    .claims = "{\"x\":1}",
					    .lifetime_s = 60 };
	const struct ty_oauth2_grant grant = { .signing = TY_SIGNING_OAUTH2_JWT,
					       .values = &values,
					       .now_ms = 1700000000000 };
	json_t *request = ty_json_own(fx.arena, ty_oauth2_request(fx.arena, &grant, &fx.err));
	const json_t *form = json_object_get(json_object_get(request, "body"), "value");
	const char *token = ty_json_str(json_array_get(form, 1), "value", "");

	ck_assert_str_eq(ty_json_str(json_array_get(form, 0), "value", ""),
			 "urn:ietf:params:oauth:grant-type:jwt-bearer");
	ck_assert_str_eq(ty_json_str(json_array_get(form, 1), "name", ""), "assertion");
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, part_of(token, 0), NULL),
			 "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}");
	/* 3: the audience is the token endpoint where nothing else is said. */
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, part_of(token, 1), NULL),
			 "{\"aud\":\"https://a.test/t\",\"exp\":1700000060,\"iat\":1700000000,"
			 "\"iss\":\"me\",\"sub\":\"you\",\"x\":1}");
	ck_assert_str_eq(ty_json_str(json_array_get(form, 2), "value", ""), "s");
	values.algorithm = TY_JWS_RS256;
	ck_assert_ptr_null(ty_oauth2_request(fx.arena, &grant, &fx.err));
	ck_assert_int_eq(fx.err.code, TY_E_INVALID);
	ck_assert_ptr_null(strstr(fx.err.msg, "the secret"));
}
END_TEST

/* ---- answers ---- */

static const struct {
	int status;
	const char *text;
	enum ty_oauth2_outcome outcome;
	const char *says; /* access and refresh token and lifetime, or a part of the error */
} answer_cases[] = {
	/* 5.1 */
	{ 200, "{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\",\"token_type\":\"example\"}",
	  TY_OAUTH2_UNREADABLE, "token_type is not Bearer" },
	{ 200,
	  "{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\",\"token_type\":\"Bearer\",\"expires_in\":"
	  "3600,"
	  "\"refresh_token\":\"tGzv3JOkF0XG5Qx2TlKWIA\",\"example_parameter\":\"v\"}",
	  TY_OAUTH2_TOKEN, "2YotnFZFEjr1zCsicMWpAA tGzv3JOkF0XG5Qx2TlKWIA 3600" },
	{ 201, "{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":\"60\"}",
	  TY_OAUTH2_TOKEN, "a - 60" },
	{ 200, "{\"access_token\":\"a\"}", TY_OAUTH2_TOKEN, "a - 0" },
	{ 200, "{\"access_token\":\"a\",\"expires_in\":0}", TY_OAUTH2_TOKEN, "a - 0" },
	{ 200, "{\"access_token\":\"a\",\"expires_in\":-5}", TY_OAUTH2_TOKEN, "a - 0" },
	{ 200, "{\"access_token\":\"a\",\"expires_in\":1e300}", TY_OAUTH2_TOKEN, "a - 0" },
	{ 200, "{\"access_token\":\"a\",\"expires_in\":99999999999999999999}", TY_OAUTH2_TOKEN,
	  "a - 0" },
	{ 200, "{\"access_token\":\"a\",\"expires_in\":59.9,\"refresh_token\":7}", TY_OAUTH2_TOKEN,
	  "a - 59" },
	{ 200, "{\"access_token\":\"a\",\"refresh_token\":\"\"}", TY_OAUTH2_TOKEN, "a - 0" },
	{ 200, "{\"access_token\":\"\"}", TY_OAUTH2_UNREADABLE, "no access_token" },
	{ 200, "{\"access_token\":\"a\\r\\nX: 1\"}", TY_OAUTH2_UNREADABLE, "no access_token" },
	{ 200, "{\"access_token\":{\"a\":1}}", TY_OAUTH2_UNREADABLE, "no access_token" },
	{ 200, "{}", TY_OAUTH2_UNREADABLE, "no access_token" },
	{ 200, "[]", TY_OAUTH2_UNREADABLE, "no JSON object" },
	{ 200, "access_token=a&token_type=bearer", TY_OAUTH2_UNREADABLE, "no JSON object" },
	{ 200, "", TY_OAUTH2_UNREADABLE, "no JSON object" },
	/* 5.2 */
	{ 400, "{\"error\":\"invalid_grant\",\"error_description\":\"revoked\"}", TY_OAUTH2_OVER,
	  "invalid_grant: revoked" },
	{ 401, "{\"error\":\"invalid_client\"}", TY_OAUTH2_REFUSED, "no token: invalid_client" },
	{ 200, "{\"error\":\"bad_verification_code\",\"error_description\":\"x\\ny\\u202e\"}",
	  TY_OAUTH2_REFUSED, "bad_verification_code: x?y?" },
	{ 503, "{\"error\":\"temporarily_unavailable\"}", TY_OAUTH2_LATER,
	  "temporarily_unavailable" },
	{ 429, "slow", TY_OAUTH2_LATER, "status 429" },
	{ 503, "<html>", TY_OAUTH2_LATER, "status 503" },
	{ 404, "<html>", TY_OAUTH2_REFUSED, "status 404" },
	{ 302, "", TY_OAUTH2_REFUSED, "status 302" },
	{ 400, "{\"message\":\"no\"}", TY_OAUTH2_REFUSED, "status 400" },
	{ 500, "<html>", TY_OAUTH2_UNREADABLE, "status 500" },
	{ 502, "{}", TY_OAUTH2_UNREADABLE, "status 502" },
};

START_TEST(answers_are_read)
{
	const char *text = answer_cases[_i].text, *says;
	struct ty_oauth2_token token = { .access_token = "?" };
	const struct ty_oauth2_answer answer = { answer_cases[_i].status, text, strlen(text),
						 NULL };
	enum ty_oauth2_outcome outcome = ty_oauth2_answer(fx.arena, &answer, &token, &fx.err);

	ck_assert_msg(outcome == answer_cases[_i].outcome, "%s: %d: %s", text, (int)outcome,
		      fx.err.msg);
	says = fx.err.msg;
	if (outcome == TY_OAUTH2_TOKEN)
		says = ty_arena_printf(fx.arena, "%s %s %lld", token.access_token,
				       token.refresh_token != NULL ? token.refresh_token : "-",
				       (long long)token.lifetime_s);
	ck_assert_msg(strstr(says, answer_cases[_i].says) != NULL, "%s: %s", text, says);
	ck_assert((fx.err.code == TY_OK) == (outcome == TY_OAUTH2_TOKEN));
	ck_assert(fx.err.retryable == (outcome == TY_OAUTH2_LATER));
}
END_TEST

/* A refresh token is often longer than the words that are kept, and what is left of it was not known as one. */
START_TEST(what_was_sent_is_masked_before_the_words_are_cut)
{
	struct ty_forms sent = { .texts = NULL };
	struct ty_oauth2_answer answer = { .status = 400, .sent = &sent };
	struct ty_oauth2_token token;
	char secret[1001];

	for (size_t i = 0; i < sizeof(secret) - 1; i++)
		secret[i] = (char)('a' + i * i % 23);
	secret[sizeof(secret) - 1] = '\0';
	(void)ty_forms_add(fx.arena, &sent, secret);
	for (int in_error = 0; in_error < 2; in_error++) {
		answer.text = ty_arena_printf(fx.arena,
					      in_error ? "{\"error\":\"bad %s\"}"
						       : "{\"error\":\"invalid_grant\","
							 "\"error_description\":\"no %s\"}",
					      secret);
		answer.len = strlen(answer.text);
		ck_assert_int_eq(ty_oauth2_answer(fx.arena, &answer, &token, &fx.err),
				 in_error ? TY_OAUTH2_REFUSED : TY_OAUTH2_OVER);
		secret[12] = '\0';
		ck_assert_msg(strstr(fx.err.msg, secret) == NULL, "%s", fx.err.msg);
		ck_assert_ptr_nonnull(strstr(fx.err.msg, "********"));
		secret[12] = (char)('a' + 12 * 12 % 23);
	}
}
END_TEST

START_TEST(a_token_is_renewed_before_its_end)
{
	static const int64_t cases[][2] = { { 3600, 3540 }, { 100, 90 }, { 5, 5 }, { 0, 0 } };

	for (size_t i = 0; i < TY_ARRAY_COUNT(cases); i++)
		ck_assert_int_eq(ty_oauth2_renew_s(cases[i][0]), cases[i][1]);
}
END_TEST

/* ---- signing in ---- */

/* RFC 7636, appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static const struct {
	const char *url, *params, *want;
} way_cases[] = {
	{ "https://s.test/a", NULL, "https://s.test/a?response_type=code&" },
	{ "https://s.test/a?tenant=1", "prompt=consent",
	  "https://s.test/a?tenant=1&response_type=code&" },
	{ "https://s.test/a?", NULL, "https://s.test/a?response_type=code&" },
};

START_TEST(the_address_of_a_sign_in_has_state_and_challenge)
{
	struct ty_signing_oauth2 values = client;
	const char *url;

	values.authorization_url = way_cases[_i].url;
	values.authorization_params = way_cases[_i].params;
	url = ty_oauth2_authorization_url(fx.arena, &values, "https://me.test/cb?a", "xyz",
					  VERIFIER);
	ck_assert_str_eq(
		url, ty_arena_printf(fx.arena,
				     "%sclient_id=s6BhdRkqt3&redirect_uri=https%%3A%%2F%%2F"
				     "me.test%%2Fcb%%3Fa&scope=read%%20write&state=xyz&"
				     "code_challenge=" CHALLENGE "&code_challenge_method=S256%s%s",
				     way_cases[_i].want, way_cases[_i].params != NULL ? "&" : "",
				     way_cases[_i].params != NULL ? way_cases[_i].params : ""));
}
END_TEST

TEST_MAIN("service oauth2", {
	TEST_LOOP(a_grant_is_asked_as_the_rfc_writes_it, request_cases);
	TEST(a_client_is_encoded_before_it_is_joined);
	TEST(an_assertion_is_signed_and_exchanged);
	TEST_LOOP(answers_are_read, answer_cases);
	TEST(what_was_sent_is_masked_before_the_words_are_cut);
	TEST(a_token_is_renewed_before_its_end);
	TEST_LOOP(the_address_of_a_sign_in_has_state_and_challenge, way_cases);
})
