/*
 * Signatures: the vectors of the providers' documentation, and everything near them that must be
 * refused.
 */
#include "base/limits.h"
#include "base/str.h"
#include "hook/stream.h"
#include "hook/verify.h"
#include "json/json.h"
#include "support/common.h"

#include <stdio.h>

#define GITHUB_SECRET	 "It's a Secret to Everybody"
#define GITHUB_SIGNATURE "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define STRIPE_SECRET	 "whsec_test_secret"
#define STRIPE_BODY	 "{\"id\":\"evt_test_webhook\",\"object\":\"event\"}"
#define STRIPE_TIME	 1492774577
#define STRIPE_MAC	 "88a022085c6bdb887b02cb26ff76dd681234d9675c0f22844059f55552a8883a"
#define SLACK_SECRET	 "8f742231b10e8888abcd99yyyzzz85a5"
#define SLACK_TIME	 1531420618
#define SLACK_BODY                                                                                 \
	"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"                 \
	"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"         \
	"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"  \
	"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"                                   \
	"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
#define SLACK_SIGNATURE "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

#define HEX_HMAC "{\"scheme\":\"hmac\"}"
#define SHOPIFY_LIKE                                                                               \
	"{\"scheme\":\"hmac\",\"hmac_header\":\"X-Shopify-Hmac-SHA256\",\"hmac_encoding\":"        \
	"\"base64\","                                                                              \
	"\"dedupe_header\":\"X-Shopify-Webhook-Id\"}"
#define SHOPIFY_MAC "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="

/* One delivery: up to three headers, a rule, up to two secrets. */
struct sample {
	const char *name, *rule;
	const char *secrets[2];
	const char *headers[3][2];
	const char *body;
	int64_t now_s;
	enum ty_hook_result result;
};

static const char *
sample_header(void *ctx, const char *name)
{
	const struct sample *s = ctx;

	for (size_t i = 0; i < TY_ARRAY_COUNT(s->headers); i++) {
		if (ty_str_eq(s->headers[i][0], name))
			return s->headers[i][1];
	}
	return NULL;
}

static struct ty_hook_rule *
rule_of(const char *text)
{
	struct ty_hook_rule *rule = NULL;
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &json, &fx.err));
	ck_assert_ok(ty_hook_rule_parse(fx.arena, json, &rule, &fx.err));
	return rule;
}

static struct ty_hook_delivery
delivery_of(const struct sample *s)
{
	return (struct ty_hook_delivery){ .header = sample_header,
					  .ctx = (void *)s,
					  .body = s->body,
					  .body_len = strlen(s->body),
					  .now_s = s->now_s };
}

static enum ty_hook_result
verified(const struct sample *s)
{
	struct ty_secret secrets[2];
	const struct ty_secret *list[2] = { &secrets[0], &secrets[1] };
	struct ty_hook_delivery d = delivery_of(s);
	enum ty_hook_result result;
	size_t n = 0;

	for (; n < 2 && s->secrets[n] != NULL; n++)
		ty_secret_init(&secrets[n], s->secrets[n], strlen(s->secrets[n]));
	result = ty_hook_verify(rule_of(s->rule), list, n, &d);
	while (n > 0)
		ty_secret_done(&secrets[--n]);
	return result;
}

/* What ty_hook_verify is given; secrets are the arena's. */
struct judged {
	const struct ty_hook_rule *rule;
	const struct ty_secret *secrets[2];
	size_t count;
	struct ty_hook_delivery delivery;
};

static struct judged
judged_of(const struct sample *s)
{
	struct judged j = { .rule = rule_of(s->rule), .delivery = delivery_of(s) };

	for (; j.count < 2 && s->secrets[j.count] != NULL; j.count++)
		j.secrets[j.count] =
			ty_secret_new(fx.arena, s->secrets[j.count], strlen(s->secrets[j.count]));
	j.delivery.body = "";
	j.delivery.body_len = 0;
	return j;
}

#define RULE(name) "{\"scheme\":\"" name "\"}"
#define GITHUB(name_, signature, result_)                                                          \
	{                                                                                          \
		name_, RULE("github"), { GITHUB_SECRET },                                          \
			{ { "x-hub-signature-256", signature } }, "Hello, World!", 0, result_      \
	}
#define STRIPE(name_, header, now, result_)                                                        \
	{                                                                                          \
		name_, RULE("stripe"), { STRIPE_SECRET }, { { "stripe-signature", header } },      \
			STRIPE_BODY, now, result_                                                  \
	}
#define SLACK(name_, signature, time_, now, result_)                                               \
	{                                                                                          \
		name_, RULE("slack"), { SLACK_SECRET },                                            \
			{ { "x-slack-signature", signature },                                      \
			  { "x-slack-request-timestamp", time_ } },                                \
			SLACK_BODY, now, result_                                                   \
	}
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const struct sample samples[] = {
	GITHUB("github, its own vector", GITHUB_SIGNATURE, TY_HOOK_OK),
	GITHUB("github, upper-case hex",
	       "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17",
	       TY_HOOK_OK),
	GITHUB("github, no header", NULL, TY_HOOK_MISSING),
	GITHUB("github, empty", "", TY_HOOK_MISSING),
	GITHUB("github, blank", "  ", TY_HOOK_MISSING),
	GITHUB("github, without prefix", GITHUB_SIGNATURE + 7, TY_HOOK_MISMATCH),
	GITHUB("github, prefix alone", "sha256=", TY_HOOK_MISMATCH),
	GITHUB("github, another prefix", "sha1=757107ea0eb2509fc211221cce984b8a37570b6d",
	       TY_HOOK_MISMATCH),
	GITHUB("github, one digit short",
	       "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1",
	       TY_HOOK_MISMATCH),
	GITHUB("github, one digit more", GITHUB_SIGNATURE "0", TY_HOOK_MISMATCH),
	GITHUB("github, no hex",
	       "sha256=g57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
	       TY_HOOK_MISMATCH),
	GITHUB("github, all zero", "sha256=" ZEROS, TY_HOOK_MISMATCH),
	{ "github, the other secret",
	  RULE("github"),
	  { "wrong" },
	  { { "x-hub-signature-256", GITHUB_SIGNATURE } },
	  "Hello, World!",
	  0,
	  TY_HOOK_MISMATCH },
	{ "github, rotation, old first",
	  RULE("github"),
	  { "old", GITHUB_SECRET },
	  { { "x-hub-signature-256", GITHUB_SIGNATURE } },
	  "Hello, World!",
	  0,
	  TY_HOOK_OK },
	{ "github, rotation, new first",
	  RULE("github"),
	  { GITHUB_SECRET, "old" },
	  { { "x-hub-signature-256", GITHUB_SIGNATURE } },
	  "Hello, World!",
	  0,
	  TY_HOOK_OK },
	{ "github, no secret",
	  RULE("github"),
	  { NULL },
	  { { "x-hub-signature-256", GITHUB_SIGNATURE } },
	  "Hello, World!",
	  0,
	  TY_HOOK_NOT_CONFIGURED },
	/* The HMAC of the empty key, right in itself: an empty secret is no secret. */
	{ "github, empty secrets",
	  RULE("github"),
	  { "", "" },
	  { { "x-hub-signature-256",
	      "sha256=2bbcfa9524f3218c7a34b30e6936f8b1a4516cb097f1a85a1c7d98b5977ec769" } },
	  "Hello, World!",
	  0,
	  TY_HOOK_NOT_CONFIGURED },
	{ "github, signed with the empty secret of two",
	  RULE("github"),
	  { "", GITHUB_SECRET },
	  { { "x-hub-signature-256",
	      "sha256=2bbcfa9524f3218c7a34b30e6936f8b1a4516cb097f1a85a1c7d98b5977ec769" } },
	  "Hello, World!",
	  0,
	  TY_HOOK_MISMATCH },
	{ "github, one empty secret of two",
	  RULE("github"),
	  { "", GITHUB_SECRET },
	  { { "x-hub-signature-256", GITHUB_SIGNATURE } },
	  "Hello, World!",
	  0,
	  TY_HOOK_OK },
	{ "github, the legacy header alone",
	  RULE("github"),
	  { GITHUB_SECRET },
	  { { "x-hub-signature", "sha1=0" } },
	  "Hello, World!",
	  0,
	  TY_HOOK_MISSING },

	STRIPE("stripe, its library's", "t=1492774577,v1=" STRIPE_MAC, STRIPE_TIME, TY_HOOK_OK),
	STRIPE("stripe, spaces", "t=1492774577 , v1=" STRIPE_MAC " ", STRIPE_TIME, TY_HOOK_OK),
	STRIPE("stripe, other order", "v1=" STRIPE_MAC ",t=1492774577", STRIPE_TIME, TY_HOOK_OK),
	STRIPE("stripe, several signatures",
	       "t=1492774577,v1=" ZEROS ",v1=" STRIPE_MAC ",v0=" ZEROS, STRIPE_TIME, TY_HOOK_OK),
	STRIPE("stripe, the right one first", "t=1492774577,v1=" STRIPE_MAC ",v1=" ZEROS,
	       STRIPE_TIME, TY_HOOK_OK),
	STRIPE("stripe, as v0 only", "t=1492774577,v0=" STRIPE_MAC, STRIPE_TIME, TY_HOOK_MISMATCH),
	STRIPE("stripe, no time", "v1=" STRIPE_MAC, STRIPE_TIME, TY_HOOK_MISSING),
	STRIPE("stripe, empty time", "t=,v1=" STRIPE_MAC, STRIPE_TIME, TY_HOOK_MISSING),
	STRIPE("stripe, no signature", "t=1492774577", STRIPE_TIME, TY_HOOK_MISMATCH),
	STRIPE("stripe, another time", "t=1492774578,v1=" STRIPE_MAC, STRIPE_TIME,
	       TY_HOOK_MISMATCH),
	STRIPE("stripe, 300 s old", "t=1492774577,v1=" STRIPE_MAC, STRIPE_TIME + 300, TY_HOOK_OK),
	STRIPE("stripe, 301 s old", "t=1492774577,v1=" STRIPE_MAC, STRIPE_TIME + 301,
	       TY_HOOK_STALE),
	STRIPE("stripe, 300 s new", "t=1492774577,v1=" STRIPE_MAC, STRIPE_TIME - 300, TY_HOOK_OK),
	STRIPE("stripe, 301 s new", "t=1492774577,v1=" STRIPE_MAC, STRIPE_TIME - 301,
	       TY_HOOK_STALE),
	STRIPE("stripe, from tomorrow", "t=1492774577,v1=" STRIPE_MAC, STRIPE_TIME - 86400,
	       TY_HOOK_STALE),
	STRIPE("stripe, junk", ",,=,t,v1,==,\t, ", STRIPE_TIME, TY_HOOK_MISSING),
	STRIPE("stripe, junk around", ",,=,x=1,t=1492774577,,v1=" STRIPE_MAC ",v1,v1=", STRIPE_TIME,
	       TY_HOOK_OK),
	STRIPE("stripe, no header", NULL, STRIPE_TIME, TY_HOOK_MISSING),

	SLACK("slack, its own vector", SLACK_SIGNATURE, "1531420618", SLACK_TIME, TY_HOOK_OK),
	SLACK("slack, 300 s old", SLACK_SIGNATURE, "1531420618", SLACK_TIME + 300, TY_HOOK_OK),
	SLACK("slack, 301 s old", SLACK_SIGNATURE, "1531420618", SLACK_TIME + 301, TY_HOOK_STALE),
	SLACK("slack, 300 s new", SLACK_SIGNATURE, "1531420618", SLACK_TIME - 300, TY_HOOK_OK),
	SLACK("slack, 301 s new", SLACK_SIGNATURE, "1531420618", SLACK_TIME - 301, TY_HOOK_STALE),
	SLACK("slack, stale and wrong", "v0=" ZEROS, "1531420618", SLACK_TIME + 301,
	      TY_HOOK_MISMATCH),
	SLACK("slack, no time", SLACK_SIGNATURE, NULL, SLACK_TIME, TY_HOOK_MISSING),
	SLACK("slack, no signature", NULL, "1531420618", SLACK_TIME, TY_HOOK_MISSING),
	SLACK("slack, another time", SLACK_SIGNATURE, "1531420619", SLACK_TIME, TY_HOOK_MISMATCH),
	SLACK("slack, time with a zero before", SLACK_SIGNATURE, "01531420618", SLACK_TIME,
	      TY_HOOK_MISMATCH),
	SLACK("slack, v1", "v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
	      "1531420618", SLACK_TIME, TY_HOOK_MISMATCH),

	{ "hmac, RFC 4231 case 2",
	  HEX_HMAC,
	  { "Jefe" },
	  { { "x-signature", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" } },
	  "what do ya want for nothing?",
	  0,
	  TY_HOOK_OK },
	{ "hmac, SHA-1, RFC 2202 case 2",
	  "{\"scheme\":\"hmac\",\"hmac_algorithm\":\"sha1\"}",
	  { "Jefe" },
	  { { "x-signature", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" } },
	  "what do ya want for nothing?",
	  0,
	  TY_HOOK_OK },
	{ "hmac, SHA-1 where SHA-256 is asked",
	  HEX_HMAC,
	  { "Jefe" },
	  { { "x-signature", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" } },
	  "what do ya want for nothing?",
	  0,
	  TY_HOOK_MISMATCH },
	{ "hmac, base64 as Shopify",
	  SHOPIFY_LIKE,
	  { "hush" },
	  { { "x-shopify-hmac-sha256", SHOPIFY_MAC } },
	  "{\"id\":1}",
	  0,
	  TY_HOOK_OK },
	{ "hmac, base64 unpadded",
	  SHOPIFY_LIKE,
	  { "hush" },
	  { { "x-shopify-hmac-sha256", "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY" } },
	  "{\"id\":1}",
	  0,
	  TY_HOOK_OK },
	{ "hmac, base64url",
	  SHOPIFY_LIKE,
	  { "hush" },
	  { { "x-shopify-hmac-sha256", "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1_GSeY" } },
	  "{\"id\":1}",
	  0,
	  TY_HOOK_OK },
	{ "hmac, base64 with bits to spare",
	  SHOPIFY_LIKE,
	  { "hush" },
	  { { "x-shopify-hmac-sha256", "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeZ=" } },
	  "{\"id\":1}",
	  0,
	  TY_HOOK_MISMATCH },
	{ "hmac, base64 padded twice",
	  SHOPIFY_LIKE,
	  { "hush" },
	  { { "x-shopify-hmac-sha256", SHOPIFY_MAC "=" } },
	  "{\"id\":1}",
	  0,
	  TY_HOOK_MISMATCH },
	{ "hmac, hex where base64 is asked",
	  SHOPIFY_LIKE,
	  { "hush" },
	  { { "x-shopify-hmac-sha256", ZEROS } },
	  "{\"id\":1}",
	  0,
	  TY_HOOK_MISMATCH },
	{ "hmac, no secret",
	  HEX_HMAC,
	  { NULL },
	  { { "x-signature", ZEROS } },
	  "",
	  0,
	  TY_HOOK_NOT_CONFIGURED },
	{ "none, on purpose",
	  RULE("none"),
	  { NULL },
	  { { NULL, NULL } },
	  "anything",
	  0,
	  TY_HOOK_OK },
};

START_TEST(each_delivery_is_judged)
{
	const struct sample *s = &samples[_i];
	enum ty_hook_result result = verified(s);

	ck_assert_msg(result == s->result, "%s: %d, not %d", s->name, (int)result, (int)s->result);
}
END_TEST

/* In two pieces, wherever it is cut: the same verdict. */
START_TEST(each_delivery_is_judged_as_it_comes_in_pieces)
{
	const struct sample *s = &samples[_i];
	struct judged j = judged_of(s);

	for (size_t cut = 0; cut <= strlen(s->body); cut++) {
		enum ty_hook_result result;
		struct ty_hook_stream *stream =
			ty_hook_stream_new(j.rule, j.secrets, j.count, &j.delivery, &result);

		if (result == TY_HOOK_OK) {
			ty_hook_stream_add(stream, s->body, cut);
			ty_hook_stream_add(stream, s->body + cut, strlen(s->body) - cut);
			result = ty_hook_stream_end(stream);
		}
		ty_hook_stream_free(stream);
		ck_assert_msg(result == s->result, "%s: cut at %zu: %d, not %d", s->name, cut,
			      (int)result, (int)s->result);
	}
}
END_TEST

START_TEST(a_stream_that_does_not_end_is_freed)
{
	struct judged j = judged_of(&samples[0]);
	enum ty_hook_result result;
	struct ty_hook_stream *stream =
		ty_hook_stream_new(j.rule, j.secrets, j.count, &j.delivery, &result);

	ck_assert_int_eq(result, TY_HOOK_OK);
	ty_hook_stream_add(stream, "x", 1);
	ty_hook_stream_free(stream);
	ty_hook_stream_free(NULL);
}
END_TEST

/* Every byte of the body, and every character of the signature, changed to each of some others. */
START_TEST(one_changed_byte_anywhere_is_refused)
{
	const struct sample *good = &samples[_i];

	if (good->result != TY_HOOK_OK || good->secrets[0] == NULL)
		return;
	for (size_t i = 0; i < strlen(good->body); i++) {
		char *body = ty_arena_strdup(fx.arena, good->body);
		struct sample s = *good;

		body[i] ^= 0x01;
		s.body = body;
		ck_assert_msg(verified(&s) == TY_HOOK_MISMATCH, "%s: byte %zu", good->name, i);
	}
}
END_TEST

static const struct sample *
sample_find(const char *name)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(samples); i++) {
		if (strcmp(samples[i].name, name) == 0)
			return &samples[i];
	}
	ck_abort_msg("no sample \"%s\"", name);
}

/* One signature has one value: no other character anywhere passes, but for the case of hex. */
START_TEST(one_changed_character_of_a_signature_is_refused)
{
	static const char others[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/=, ";
	static const char *const names[] = { "github, its own vector", "stripe, its library's",
					     "slack, its own vector", "hmac, RFC 4231 case 2",
					     "hmac, base64 as Shopify" };
	const struct sample *good = sample_find(names[_i]);
	const char *signature = good->headers[0][1];
	bool is_hex = strcmp(names[_i], "hmac, base64 as Shopify") != 0;

	ck_assert_int_eq(verified(good), TY_HOOK_OK);
	for (size_t i = 0; i < strlen(signature); i++) {
		for (const char *c = others; *c != '\0'; c++) {
			char *changed = ty_arena_strdup(fx.arena, signature);
			struct sample s = *good;

			if (*c == signature[i] || (is_hex && (*c | 0x20) == (signature[i] | 0x20)))
				continue;
			changed[i] = *c;
			s.headers[0][1] = changed;
			ck_assert_msg(verified(&s) != TY_HOOK_OK, "%s: '%s'", good->name, changed);
		}
	}
}
END_TEST

/* The body's length is what counts, not its first NUL. */
START_TEST(a_body_with_nul_is_signed_whole)
{
	static const char body[] = "a\0b";
	struct sample s = { "nul", HEX_HMAC, { "k" }, { { "x-signature", NULL } }, "", 0, 0 };
	struct ty_secret secret;
	const struct ty_secret *list = &secret;
	struct ty_hook_delivery d = delivery_of(&s);
	uint8_t mac[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];

	ty_secret_init(&secret, "k", 1);
	ty_hmac_sha256("k", 1, body, 3, mac);
	ty_str_hex(mac, sizeof(mac), hex);
	s.headers[0][1] = hex;
	d.body = body;
	d.body_len = 3;
	ck_assert_int_eq(ty_hook_verify(rule_of(HEX_HMAC), &list, 1, &d), TY_HOOK_OK);
	d.body_len = 1;
	ck_assert_int_eq(ty_hook_verify(rule_of(HEX_HMAC), &list, 1, &d), TY_HOOK_MISMATCH);
	ty_secret_done(&secret);
}
END_TEST

/* hmac with a time: "<time>.<body>", both directions of the window. */
static const struct {
	const char *time;
	int64_t now_s;
	enum ty_hook_result result;
} timed[] = {
	{ "1000", 1000, TY_HOOK_OK },
	{ "1000", 1300, TY_HOOK_OK },
	{ "1000", 1301, TY_HOOK_STALE },
	{ "1000", 700, TY_HOOK_OK },
	{ "1000", 699, TY_HOOK_STALE },
	{ "-5", 0, TY_HOOK_STALE },
	{ "soon", 1000, TY_HOOK_STALE },
	{ "1000 ", 1000, TY_HOOK_STALE },
	{ "+1000", 1000, TY_HOOK_STALE },
	{ "1e3", 1000, TY_HOOK_STALE },
	{ "9223372036854775807", 1000, TY_HOOK_STALE },
	/* Milliseconds, as HubSpot and Linear have them, and text. */
	{ "1531420618000", 1531420618, TY_HOOK_OK },
	{ "1531420618999", 1531420918, TY_HOOK_OK },
	{ "1531420618000", 1531420919, TY_HOOK_STALE },
	{ "1531420618000", 1531420317, TY_HOOK_STALE },
	{ "2018-07-12T18:36:58Z", 1531420618, TY_HOOK_OK },
	{ "2018-07-12T20:36:58.123456789+02:00", 1531420618, TY_HOOK_OK },
	{ "2018-07-12T18:36:58Z", 1531420919, TY_HOOK_STALE },
	{ "2018-07-12T18:36:58", 1531420618, TY_HOOK_STALE },
	{ "99999999999999999999999999999999", 1000, TY_HOOK_STALE },
	{ "", 1000, TY_HOOK_MISSING },
	{ NULL, 1000, TY_HOOK_MISSING },
};

START_TEST(a_generic_time_counts_both_ways)
{
	const char *signed_text =
		ty_arena_printf(fx.arena, "%s.body", timed[_i].time != NULL ? timed[_i].time : "");
	char hex[2 * TY_SHA256_SIZE + 1];
	uint8_t mac[TY_SHA256_SIZE];
	struct sample s = {
		"timed",
		"{\"scheme\":\"hmac\",\"hmac_timestamp_header\":\"X-Time\",\"hmac_prefix\":\"v=\"}",
		{ "k" },
		{ { "x-signature", NULL }, { "x-time", timed[_i].time } },
		"body",
		timed[_i].now_s,
		0
	};

	ty_hmac_sha256("k", 1, signed_text, strlen(signed_text), mac);
	ty_str_hex(mac, sizeof(mac), hex);
	s.headers[0][1] = ty_arena_printf(fx.arena, "v=%s", hex);
	ck_assert_int_eq(verified(&s), timed[_i].result);
}
END_TEST

#define LONG64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	struct sample s;
	const char *id;
} ids[] = {
	{ { "github", RULE("github"), { NULL }, { { "x-github-delivery", "d-1" } }, "{}", 0, 0 },
	  "d-1" },
	{ { "github, before others",
	    RULE("github"),
	    { NULL },
	    { { "idempotency-key", "k" }, { "x-github-delivery", "d" } },
	    "{}",
	    0,
	    0 },
	  "d" },
	{ { "github, fallback",
	    RULE("github"),
	    { NULL },
	    { { "idempotency-key", "k" } },
	    "{}",
	    0,
	    0 },
	  "k" },
	{ { "github, blank",
	    RULE("github"),
	    { NULL },
	    { { "x-github-delivery", " " }, { "webhook-id", "w" } },
	    "{}",
	    0,
	    0 },
	  "w" },
	{ { "stripe", RULE("stripe"), { NULL }, { { NULL, NULL } }, "{\"id\":\"evt_1\"}", 0, 0 },
	  "evt_1" },
	{ { "stripe, behind much else",
	    RULE("stripe"),
	    { NULL },
	    { { NULL, NULL } },
	    "{\"data\":{\"id\":\"x\",\"l\":[{},{\"id\":\"y\"}]},\"id\":\"evt_1\"}",
	    0,
	    0 },
	  "evt_1" },
	{ { "stripe, an object",
	    RULE("stripe"),
	    { NULL },
	    { { NULL, NULL } },
	    "{\"id\":{}}",
	    0,
	    0 },
	  "" },
	{ { "telegram", RULE("telegram"), { NULL }, { { NULL, NULL } }, "{\"update_id\":7}", 0, 0 },
	  "7" },
	{ { "stripe, header first",
	    "{\"scheme\":\"stripe\",\"dedupe_header\":\"X-Id\"}",
	    { NULL },
	    { { "x-id", "h" } },
	    "{\"id\":\"evt_1\"}",
	    0,
	    0 },
	  "h" },
	{ { "stripe, number", RULE("stripe"), { NULL }, { { NULL, NULL } }, "{\"id\":1}", 0, 0 },
	  "" },
	{ { "stripe, no JSON",
	    RULE("stripe"),
	    { NULL },
	    { { "idempotency-key", "k" } },
	    "id=1",
	    0,
	    0 },
	  "k" },
	{ { "stripe, no object", RULE("stripe"), { NULL }, { { NULL, NULL } }, "[1]", 0, 0 }, "" },
	{ { "stripe, no body", RULE("stripe"), { NULL }, { { NULL, NULL } }, "", 0, 0 }, "" },
	{ { "slack", RULE("slack"), { NULL }, { { NULL, NULL } }, "{\"event_id\":\"Ev1\"}", 0, 0 },
	  "Ev1" },
	{ { "nothing", RULE("none"), { NULL }, { { NULL, NULL } }, "{\"id\":\"x\"}", 0, 0 }, "" },
	{ { "none, standard", RULE("none"), { NULL }, { { "webhook-id", "msg" } }, "", 0, 0 },
	  "msg" },
	{ { "longest",
	    RULE("none"),
	    { NULL },
	    { { "webhook-id", LONG64 LONG64 LONG64
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde" } },
	    "",
	    0,
	    0 },
	  LONG64 LONG64 LONG64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde" },
	/* sha256 of 256 bytes: four times the above. */
	{ { "too long",
	    RULE("none"),
	    { NULL },
	    { { "webhook-id", LONG64 LONG64 LONG64 LONG64 } },
	    "",
	    0,
	    0 },
	  "" },
	{ { "not UTF-8", RULE("none"), { NULL }, { { "webhook-id", "\xff" } }, "", 0, 0 },
	  "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89" },
};

START_TEST(what_makes_two_deliveries_the_same)
{
	const struct sample *s = &ids[_i].s;
	struct ty_hook_delivery d = delivery_of(s);
	const char *id = ty_hook_delivery_id(rule_of(s->rule), fx.arena, &d),
		   *expected = ids[_i].id;
	char hex[2 * TY_SHA256_SIZE + 1];
	uint8_t digest[TY_SHA256_SIZE];

	if (strcmp(s->name, "too long") == 0) {
		ty_sha256(s->headers[0][1], TY_LIMIT_IDEMPOTENCY_KEY_BYTES + 1, digest);
		ty_str_hex(digest, sizeof(digest), hex);
		expected = hex;
	}
	ck_assert_msg(strcmp(id, expected) == 0, "%s: \"%s\"", s->name, id);
}
END_TEST

/* ---- a header that equals the secret ---- */

#define GITLAB "{\"scheme\":\"token\",\"token_header\":\"X-Gitlab-Token\"}"
#define BEARER                                                                                     \
	"{\"scheme\":\"token\",\"token_header\":\"Authorization\",\"token_prefix\":\"Bearer \"}"

static const struct sample token_cases[] = {
	{ "right", GITLAB, { "hush" }, { { "x-gitlab-token", "hush" } }, "", 0, TY_HOOK_OK },
	{ "the old one",
	  GITLAB,
	  { "new", "hush" },
	  { { "x-gitlab-token", "hush" } },
	  "",
	  0,
	  TY_HOOK_OK },
	{ "wrong",
	  GITLAB,
	  { "hush" },
	  { { "x-gitlab-token", "husj" } },
	  "",
	  0,
	  TY_HOOK_WRONG_TOKEN },
	{ "longer",
	  GITLAB,
	  { "hush" },
	  { { "x-gitlab-token", "hush1" } },
	  "",
	  0,
	  TY_HOOK_WRONG_TOKEN },
	{ "shorter",
	  GITLAB,
	  { "hush" },
	  { { "x-gitlab-token", "hus" } },
	  "",
	  0,
	  TY_HOOK_WRONG_TOKEN },
	{ "another case",
	  GITLAB,
	  { "hush" },
	  { { "x-gitlab-token", "HUSH" } },
	  "",
	  0,
	  TY_HOOK_WRONG_TOKEN },
	{ "twice",
	  GITLAB,
	  { "hush" },
	  { { "x-gitlab-token", "hush, hush" } },
	  "",
	  0,
	  TY_HOOK_WRONG_TOKEN },
	{ "missing", GITLAB, { "hush" }, { { "x-other", "hush" } }, "", 0, TY_HOOK_MISSING },
	{ "empty", GITLAB, { "hush" }, { { "x-gitlab-token", "" } }, "", 0, TY_HOOK_MISSING },
	{ "no secret",
	  GITLAB,
	  { NULL },
	  { { "x-gitlab-token", "" } },
	  "",
	  0,
	  TY_HOOK_NOT_CONFIGURED },
	{ "bearer", BEARER, { "hush" }, { { "authorization", "Bearer hush" } }, "", 0, TY_HOOK_OK },
	{ "bearer in another case",
	  BEARER,
	  { "hush" },
	  { { "authorization", "bearer hush" } },
	  "",
	  0,
	  TY_HOOK_OK },
	{ "no bearer",
	  BEARER,
	  { "hush" },
	  { { "authorization", "hush" } },
	  "",
	  0,
	  TY_HOOK_WRONG_TOKEN },
	{ "the default header",
	  RULE("token"),
	  { "hush" },
	  { { "x-webhook-token", "hush" } },
	  "",
	  0,
	  TY_HOOK_OK },
};

START_TEST(a_header_equals_the_secret)
{
	const struct sample *s = &token_cases[_i];

	ck_assert_msg(verified(s) == s->result, "%s", s->name);
}
END_TEST

static bool
is_shown_by(const struct sample *list, size_t count, const char *scheme, bool is_right)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rule_of(list[i].rule)->scheme.name, scheme) == 0 &&
		    (list[i].result == TY_HOOK_OK) == is_right)
			return true;
	return false;
}

/* One that is right and one that is not; those of providers beside these are in test_providers.c. */
START_TEST(every_scheme_with_a_secret_has_vectors)
{
	static const char *const names[] = { "github", "stripe", "slack", "hmac", "token" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++)
		for (int is_right = 0; is_right <= 1; is_right++)
			ck_assert_msg(
				is_shown_by(samples, TY_ARRAY_COUNT(samples), names[i], is_right) ||
					is_shown_by(token_cases, TY_ARRAY_COUNT(token_cases),
						    names[i], is_right),
				"%s has no vector that is %s", names[i],
				is_right ? "right" : "wrong");
}
END_TEST

TEST_MAIN("hook.verify", {
	TEST_LOOP(each_delivery_is_judged, samples);
	TEST_LOOP(each_delivery_is_judged_as_it_comes_in_pieces, samples);
	TEST(a_stream_that_does_not_end_is_freed);
	TEST_LOOP(one_changed_byte_anywhere_is_refused, samples);
	tcase_add_loop_test(tc, one_changed_character_of_a_signature_is_refused, 0, 5);
	TEST(a_body_with_nul_is_signed_whole);
	TEST_LOOP(a_generic_time_counts_both_ways, timed);
	TEST_LOOP(what_makes_two_deliveries_the_same, ids);
	TEST_LOOP(a_header_equals_the_secret, token_cases);
	TEST(every_scheme_with_a_secret_has_vectors);
})
