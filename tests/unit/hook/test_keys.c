/*
 * test_keys.c -- keys at an issuer's address: which may be asked, what of the answer is kept, for how long; and
 * tokens that are judged by them.
 */
#include "base/str.h"
#include "hook/keys.h"
#include "hook/verify.h"
#include "json/json.h"
#include "support/common.h"

#include <string.h>

#define NOW_S 1764450000
#define URL   "https://issuer.example/keys"
#define EC_KEY                                                                                     \
	"{\"kty\":\"EC\",\"x\":\"pn4FbJx3B5JJSrdUOMr-OZizezcFdZCESpBN1srgVWU\",\"y\":\"5M_"        \
	"suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\",\"crv\":\"P-256\",\"kid\":\"c\""
#define EC_TOKEN                                                                                   \
	"Bearer eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImMifQ."                               \
	"eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.X6Itz8_"                     \
	"hmfpCcIJISXai4Bjing1FgmtjygnAVnyCLL0fY7J2DbyTa6JYX5Um2aI4oiYSxYSFBhwZZp1SO7fUOA"
#define NO_ID_TOKEN                                                                                \
	"Bearer eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."                                             \
	"eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.2ZhiQ_n2FCa-Y4BtwMeOFn8d-"   \
	"bYk_36q6fKTTRBvmbg7z2Zy5BUfA9n2GmQ0pLlsPI8Hc3APpHNA6fN73HIFCQ"
#define HMAC_TOKEN                                                                                 \
	"Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.qqX-cbDsvSXG46NaGiR1xKx8pML59FtPI4x-"     \
	"qju5iVA"

/* ---- addresses ---- */

static const struct {
	const char *url;
	const char *fault; /* NULL = none */
} urls[] = {
	{ "https://issuer.example/.well-known/jwks.json", NULL },
	{ "HTTPS://issuer.example", NULL },
	{ "https://issuer.example:8443/keys?a=b%20c", NULL },
	{ "https://[2001:db8::1]/keys", NULL },
	{ "http://issuer.example/keys", "https" },
	{ "", "https" },
	{ "file:///etc/passwd", "https" },
	{ "https:///keys", "no host" },
	{ "https://", "no host" },
	{ "https://user:password@issuer.example/", "user" },
	{ "https://issuer.example/a b", "no address" },
	{ "https://issuer.example/\"x", "no address" },
	{ "https://issuer.example/\\x", "no address" },
	{ "https://issuer.example/\xc3\xa4", "no address" },
	{ "https://issuer.example/keys#a", "fragment" },
};

START_TEST(an_address_is_https_and_plain)
{
	const char *hint = NULL, *fault = ty_hook_keys_url_fault(urls[_i].url, &hint);

	if (urls[_i].fault == NULL) {
		ck_assert_ptr_null(fault);
		return;
	}
	ck_assert_msg(fault != NULL && strstr(fault, urls[_i].fault) != NULL, "%s: %s",
		      urls[_i].url, fault);
	ck_assert_ptr_nonnull(hint);
}
END_TEST

START_TEST(an_address_has_a_length)
{
	char url[TY_HOOK_KEYS_URL_BYTES_MAX + 2];
	const char *hint;

	memset(url, 'a', sizeof(url) - 1);
	memcpy(url, "https://", 8);
	url[sizeof(url) - 1] = '\0';
	ck_assert_ptr_nonnull(ty_hook_keys_url_fault(url, &hint));
	url[sizeof(url) - 2] = '\0';
	ck_assert_ptr_null(ty_hook_keys_url_fault(url, &hint));
}
END_TEST

/* ---- how long ---- */

static const struct {
	const char *cache_control, *age;
	int64_t seconds;
} lifetimes[] = {
	{ NULL, NULL, 3600 },
	{ NULL, "3000", 3600 },
	{ "public, max-age=21600, must-revalidate", NULL, 21600 },
	{ "max-age=21600", "600", 21000 },
	{ "MAX-AGE=7200", "-1", 7200 },
	{ "max-age=7200", "9223372036854775807", 7200 },
	{ "max-age=7200", "99999", 300 },
	{ "max-age=0", NULL, 300 },
	{ "max-age=31536000", NULL, 86400 },
	{ "max-age=99999999999999999999999", NULL, 3600 },
	{ "max-age=x", NULL, 3600 },
	{ "max-age", NULL, 3600 },
	{ "x-max-age=10, s-maxage=20", NULL, 3600 },
	{ "no-store, max-age=7200", NULL, 300 },
	{ "no-cache", NULL, 300 },
	{ "", NULL, 3600 },
};

START_TEST(an_answer_counts_for_as_long_as_it_says_within_bounds)
{
	ck_assert_int_eq(ty_hook_keys_lifetime_s(lifetimes[_i].cache_control, lifetimes[_i].age),
			 lifetimes[_i].seconds);
}
END_TEST

/* ---- what is kept ---- */

static const struct {
	const char *answer, *kept; /* NULL = refused */
	size_t count;
} answers[] = {
	{ "{\"keys\":[" EC_KEY "}]}",
	  "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"c\",\"crv\":\"P-256\",\"x\":\"pn4FbJx3B5JJSrdUOMr-"
	  "OZizezcFdZCESpBN1srgVWU\",\"y\":\"5M_suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\"}]}",
	  1 },
	{ "{\"keys\":[" EC_KEY
	  ",\"d\":\"secret\",\"x5c\":[\"a\"]},{\"kty\":\"oct\",\"k\":\"AA\"}]}",
	  "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"c\",\"crv\":\"P-256\",\"x\":\"pn4FbJx3B5JJSrdUOMr-"
	  "OZizezcFdZCESpBN1srgVWU\",\"y\":\"5M_suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\"}]}",
	  1 },
	{ "{\"keys\":[" EC_KEY ",\"use\":\"enc\"}]}", NULL, 0 },
	{ "{\"keys\":[" EC_KEY ",\"alg\":\"ES512\"}]}", NULL, 0 },
	{ "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}", NULL, 0 },
	{ "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", NULL, 0 },
	{ "{\"keys\":[null,7,\"x\",{}]}", NULL, 0 },
	{ "{\"keys\":{}}", NULL, 0 },
	{ "[" EC_KEY "}]", NULL, 0 },
	{ "{}", NULL, 0 },
	{ "<html>", NULL, 0 },
	{ "", NULL, 0 },
};

START_TEST(of_an_answer_the_usable_public_keys_are_kept)
{
	const char *kept = NULL;
	size_t count = 0;
	enum ty_code code = ty_hook_keys_read(fx.arena, answers[_i].answer,
					      strlen(answers[_i].answer), &kept, &count, &fx.err);

	if (answers[_i].kept == NULL) {
		ck_assert_int_eq(code, TY_E_UPSTREAM);
		ck_assert(fx.err.msg[0] != '\0');
		return;
	}
	ck_assert_int_eq(code, TY_OK);
	ck_assert_str_eq(kept, answers[_i].kept);
	ck_assert_uint_eq(count, answers[_i].count);
	ck_assert_str_eq(ty_hook_keys_ids(fx.arena, kept), "c");
}
END_TEST

/* ---- tokens ---- */

static const struct {
	const char *what, *options, *keys, *token;
	enum ty_hook_result result;
} tokens[] = {
	{ "its key is there", "", "{\"keys\":[" EC_KEY "}]}", EC_TOKEN, TY_HOOK_OK },
	{ "no key ids", "", "{\"keys\":[" EC_KEY "}]}", NO_ID_TOKEN, TY_HOOK_OK },
	{ "no keys yet", "", NULL, EC_TOKEN, TY_HOOK_AWAITS_KEYS },
	{ "keys that cannot be read", "", "{", EC_TOKEN, TY_HOOK_AWAITS_KEYS },
	{ "an HMAC waits for none", "", NULL, HMAC_TOKEN, TY_HOOK_MISMATCH },
	{ "no token waits for none", "", NULL, "Bearer a.b", TY_HOOK_MISMATCH },
	{ "its key is not there", "", "{\"keys\":[]}", EC_TOKEN, TY_HOOK_UNKNOWN_KEY },
	{ "none of them, and no id", "", "{\"keys\":[]}", NO_ID_TOKEN, TY_HOOK_MISMATCH },
	{ "a key of that id that it is not of", "",
	  "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"c\",\"x\":"
	  "\"PRnP2o7G7KCOj0ho0wBqk"
	  "XxSsE12EBrnZf05-ExZeMI\"}]}",
	  EC_TOKEN, TY_HOOK_MISMATCH },
	{ "another issuer", ",\"jwt_issuer\":\"x\"", "{\"keys\":[" EC_KEY "}]}", EC_TOKEN,
	  TY_HOOK_OTHER_CLAIMS },
	{ "for nobody", ",\"jwt_audience\":\"x\"", "{\"keys\":[" EC_KEY "}]}", EC_TOKEN,
	  TY_HOOK_OTHER_CLAIMS },
	{ "the set's own text as a secret", "", "a secret of the issuer", HMAC_TOKEN,
	  TY_HOOK_MISMATCH },
};

static const char *
header_of(void *ctx, const char *name)
{
	return ty_str_eq(name, "authorization") ? ctx : NULL;
}

START_TEST(a_token_is_judged_by_keys_that_were_fetched)
{
	const char *text = ty_arena_printf(
		fx.arena, "{\"scheme\":\"jwt\",\"jwks_url\":\"" URL "\"%s}", tokens[_i].options);
	const char *keys_text = tokens[_i].keys;
	const struct ty_hook_keys keys[] = {
		{ .url = "https://other.example/", .text = "{\"keys\":[]}", .len = 11 },
		{ .url = URL, .text = keys_text, .len = keys_text != NULL ? strlen(keys_text) : 0 },
	};
	const struct ty_hook_delivery delivery = { .header = header_of,
						   .ctx = (void *)tokens[_i].token,
						   .body = "",
						   .now_s = NOW_S,
						   .keys = keys,
						   .key_count = 2 };
	struct ty_hook_rule *rule;
	json_t *verify;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &verify, &fx.err));
	ck_assert_ok(ty_hook_rule_parse(fx.arena, verify, &rule, &fx.err));
	ck_assert(ty_hook_rule_asks(rule, URL) && !ty_hook_rule_asks(rule, ""));
	ck_assert_msg(ty_hook_verify(rule, NULL, 0, &delivery) == tokens[_i].result, "%s: %s",
		      tokens[_i].what,
		      ty_hook_result_text(ty_hook_verify(rule, NULL, 0, &delivery)));
}
END_TEST

TEST_MAIN("hook.keys", {
	TEST_LOOP(an_address_is_https_and_plain, urls);
	TEST(an_address_has_a_length);
	TEST_LOOP(an_answer_counts_for_as_long_as_it_says_within_bounds, lifetimes);
	TEST_LOOP(of_an_answer_the_usable_public_keys_are_kept, answers);
	TEST_LOOP(a_token_is_judged_by_keys_that_were_fetched, tokens);
})
