/*
 * test_providers.c -- one right delivery of each provider, and what is near it.
 *
 * Vectors of Standard Webhooks, Svix and Shopify are published ones; the others were made with another
 * implementation of HMAC, Ed25519 and ECDSA, as the providers' own libraries make them.
 */
#include "base/str.h"
#include "hook/stream.h"
#include "hook/verify.h"
#include "json/json.h"
#include "support/common.h"

#include <string.h>

#define URL   "https://studio.example.org/hooks/acme/orders?from=%2Fa"
#define NOW_S 1764450000

struct vector {
	const char *scheme, *secret;
	const char *headers[3][2]; /* the first has the signature */
	const char *body;
	int64_t now_s;
};

static const struct vector vectors[] = {
	/* RFC 7617, section 2 */
	{ "basic",
	  "Aladdin:open sesame",
	  { { "authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" } },
	  "{}",
	  NOW_S },
	{ "gitlab",
	  "a secret of the sender",
	  { { "x-gitlab-token", "a secret of the sender" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "telegram",
	  "a secret of the sender",
	  { { "x-telegram-bot-api-secret-token", "a secret of the sender" } },
	  "{\"update_id\":991}",
	  NOW_S },
	{ "standard_webhooks",
	  "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
	  { { "webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk" },
	    { "webhook-timestamp", "1649367553" },
	    { "webhook-signature", "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=" } },
	  "{\"email\":\"test@example.com\",\"username\":\"test_user\"}",
	  1649367553 },
	{ "svix",
	  "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	  { { "svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek" },
	    { "svix-timestamp", "1614265330" },
	    { "svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" } },
	  "{\"test\": 2432232314}",
	  1614265330 },
	{ "airtable",
	  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	  { { "x-airtable-content-mac",
	      "hmac-sha256=a4df420f79b5e933fe82e580d669dc4bf83e68627f482cfd1c00871170d266bc" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "bitbucket",
	  "a secret of the sender",
	  { { "x-hub-signature",
	      "sha256=10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "dropbox",
	  "a secret of the sender",
	  { { "x-dropbox-signature",
	      "10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "xero",
	  "a secret of the sender",
	  { { "x-xero-signature", "EKiG0xgWwgE3UFkWtb/iFEgfOj8FoleBWJNmqJE6j04=" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "asana",
	  "a secret of the sender",
	  { { "x-hook-signature",
	      "10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "calendly",
	  "a secret of the sender",
	  { { "calendly-webhook-signature",
	      "t=1764450000,v1="
	      "69901e5a00bfcd79c06f21482d5739ba8079ffab9465c2dab365bbacf1841076" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "coinbase_commerce",
	  "a secret of the sender",
	  { { "x-cc-webhook-signature",
	      "10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "discord",
	  "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
	  { { "x-signature-ed25519",
	      "aba1ba85a3987bcfe1561858b72713e89bff90fa6060ae3aed5a2f68bd79966383930f0ccf46cec84f8c"
	      "1fdf17ce8d28aeb2386e1e1d5776dedb777a2bcf2803" },
	    { "x-signature-timestamp", "1764450000" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "docusign",
	  "a secret of the sender",
	  { { "x-docusign-signature-1", "EKiG0xgWwgE3UFkWtb/iFEgfOj8FoleBWJNmqJE6j04=" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "hubspot",
	  "a secret of the sender",
	  { { "x-hubspot-signature-v3", "KM3Y3Pb7t/ukHF6dRXWppIQ+kxOIiAAIcepfkW7fbv4=" },
	    { "x-hubspot-request-timestamp", "1764450000000" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "intercom",
	  "a secret of the sender",
	  { { "x-hub-signature", "sha1=2f76111eaeda59df528ff8e02cb7784480641b4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "jira",
	  "a secret of the sender",
	  { { "x-hub-signature",
	      "sha256=10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "line",
	  "a secret of the sender",
	  { { "x-line-signature", "EKiG0xgWwgE3UFkWtb/iFEgfOj8FoleBWJNmqJE6j04=" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "linear",
	  "a secret of the sender",
	  { { "linear-signature",
	      "ca0694c07dc20cf1cd7b1bc98c234abd8ecafb31d9246bb49d7bc6b3d431b74d" } },
	  "{\"action\":\"create\",\"webhookTimestamp\":1764450000000}",
	  NOW_S },
	{ "notion",
	  "a secret of the sender",
	  { { "x-notion-signature",
	      "sha256=10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "paddle",
	  "a secret of the sender",
	  { { "paddle-signature",
	      "ts=1764450000;h1="
	      "ffb6e52af6169c0434648a7c7f75cc7622c37fb906006e3f21f77862c9fa9223" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "pagerduty",
	  "a secret of the sender",
	  { { "x-pagerduty-signature",
	      "v1=6447f6e8ca6210538870b96b9a59da0d8ed3ce28f56a48d785aec000409e84cb,v1="
	      "10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "razorpay",
	  "a secret of the sender",
	  { { "x-razorpay-signature",
	      "10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "sendgrid",
	  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcTX6T9k6Cdzpi79oG0v89Q58DWNU5ir7C/"
	  "8qNClheGXtTB8C3bkCPuVqVX5RXWqdxmwR8iCWDeWUM031iHdnJA==",
	  { { "x-twilio-email-event-webhook-signature",
	      "MEQCIEMqUleJMak3TDBCKcvGy1xGuwD1W1a4v6wN3983IyU/"
	      "AiA3zgs4inT32CfvuOJ2rfEoO5+T3W+8PNVRPkIFIG0liA==" },
	    { "x-twilio-email-event-webhook-timestamp", "1764450000" } },
	  "[{\"event\":\"open\"}]\r\n",
	  NOW_S },
	{ "sentry",
	  "a secret of the sender",
	  { { "sentry-hook-signature",
	      "10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "shopify",
	  "hush",
	  { { "x-shopify-hmac-sha256", "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=" } },
	  "{\"id\":1}",
	  NOW_S },
	{ "square",
	  "a secret of the sender",
	  { { "x-square-hmacsha256-signature", "PJ14jkubyCmjvKL27Vl3rtXzovEs8VVS+IQBt/kTP+k=" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "trello",
	  "a secret of the sender",
	  { { "x-trello-webhook", "xzk2uvkHKx6NU40akogqW+qbg+I=" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "typeform",
	  "a secret of the sender",
	  { { "typeform-signature", "sha256=EKiG0xgWwgE3UFkWtb/iFEgfOj8FoleBWJNmqJE6j04=" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "vercel",
	  "a secret of the sender",
	  { { "x-vercel-signature", "2f76111eaeda59df528ff8e02cb7784480641b4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "vercel",
	  "a secret of the sender",
	  { { "x-vercel-signature",
	      "10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "zendesk",
	  "a secret of the sender",
	  { { "x-zendesk-webhook-signature", "rKMKEYY38oh55U+I8t2xAuFbln89VhYLaT2A2r9izyo=" },
	    { "x-zendesk-webhook-signature-timestamp", "2025-11-29T21:00:00Z" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "zoom",
	  "a secret of the sender",
	  { { "x-zm-signature",
	      "v0=c77b6d33a32ec2a9cd643147ad2e6e981e08bbc37adc00147ddb735629938c06" },
	    { "x-zm-request-timestamp", "1764450000" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "meta",
	  "a secret of the sender",
	  { { "x-hub-signature-256",
	      "sha256=10a886d31816c20137505916b5bfe214481f3a3f05a25781589366a8913a8f4e" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
	{ "twitter",
	  "a secret of the sender",
	  { { "x-twitter-webhooks-signature",
	      "sha256=EKiG0xgWwgE3UFkWtb/iFEgfOj8FoleBWJNmqJE6j04=" } },
	  "{\"id\":\"evt_1\",\"event_id\":\"evt_1\",\"n\":7}",
	  NOW_S },
};

static const char *
vector_header(void *ctx, const char *name)
{
	const struct vector *v = ctx;

	for (size_t i = 0; i < TY_ARRAY_COUNT(v->headers); i++)
		if (ty_str_eq(v->headers[i][0], name))
			return v->headers[i][1];
	return NULL;
}

static struct ty_hook_rule *
rule_of(const char *scheme)
{
	struct ty_hook_rule *rule = NULL;
	json_t *verify = ty_json_own(fx.arena, json_pack("{s:s}", "scheme", scheme));

	ck_assert_ok(ty_hook_rule_parse(fx.arena, verify, &rule, &fx.err));
	return rule;
}

static struct ty_hook_delivery
delivery_of(const struct vector *v)
{
	return (struct ty_hook_delivery){ .header = vector_header,
					  .ctx = (void *)v,
					  .method = "POST",
					  .url = URL,
					  .body = v->body,
					  .body_len = strlen(v->body),
					  .now_s = v->now_s };
}

/* Is the header the secret, so that no byte is signed? */
static bool
is_token(const struct vector *v)
{
	return rule_of(v->scheme)->scheme.signed_bytes == NULL;
}

static enum ty_hook_result
verified(const struct vector *v)
{
	const struct ty_secret *secret = ty_secret_new(fx.arena, v->secret, strlen(v->secret));
	struct ty_hook_delivery d = delivery_of(v);

	return ty_hook_verify(rule_of(v->scheme), &secret, 1, &d);
}

START_TEST(a_right_delivery_is_accepted)
{
	ck_assert_msg(verified(&vectors[_i]) == TY_HOOK_OK, "%s", vectors[_i].scheme);
}
END_TEST

START_TEST(one_changed_byte_of_the_body_is_refused)
{
	const struct vector *good = &vectors[_i];

	for (size_t i = 0; !is_token(good) && i < strlen(good->body); i++) {
		char *body = ty_arena_strdup(fx.arena, good->body);
		struct vector v = *good;

		body[i] ^= 0x01;
		v.body = body;
		ck_assert_msg(verified(&v) == TY_HOOK_MISMATCH, "%s: byte %zu", good->scheme, i);
	}
}
END_TEST

/* A public key is not one any more, or another one. */
START_TEST(another_secret_is_refused)
{
	struct vector v = vectors[_i];
	char *secret = ty_arena_strdup(fx.arena, v.secret);
	enum ty_hook_result result;

	secret[strlen(secret) - 3] = secret[strlen(secret) - 3] == '0' ? '1' : '0';
	v.secret = secret;
	result = verified(&v);
	ck_assert_msg(is_token(&v) ? result == TY_HOOK_WRONG_TOKEN
				   : result == TY_HOOK_MISMATCH || result == TY_HOOK_BAD_SECRET,
		      "%s: %d", v.scheme, (int)result);
}
END_TEST

START_TEST(a_header_that_is_not_there_is_missed)
{
	struct vector v = vectors[_i];

	v.headers[0][0] = "x-other";
	if (v.headers[2][0] != NULL) /* Standard Webhooks: each of three is needed */
		v.headers[2][0] = "x-third";
	ck_assert_msg(verified(&v) == TY_HOOK_MISSING, "%s", v.scheme);
}
END_TEST

/* Where the scheme has a time, an hour late and an hour early. */
START_TEST(a_right_signature_of_another_time_is_stale)
{
	const struct ty_hook_rule *rule = rule_of(vectors[_i].scheme);

	for (int sign = -1; rule->scheme.age != TY_HOOK_AGE_NONE && sign <= 1; sign += 2) {
		struct vector v = vectors[_i];

		v.now_s += (int64_t)sign * 3600;
		ck_assert_msg(verified(&v) == TY_HOOK_STALE, "%s", v.scheme);
	}
}
END_TEST

/* In two pieces, wherever it is cut. */
START_TEST(a_body_in_pieces_is_judged_alike)
{
	const struct vector *v = &vectors[_i];
	const struct ty_hook_rule *rule = rule_of(v->scheme);
	const struct ty_secret *secret = ty_secret_new(fx.arena, v->secret, strlen(v->secret));
	size_t len = strlen(v->body);

	for (size_t cut = 0; ty_hook_rule_streams(rule) && cut <= len; cut++) {
		struct ty_hook_delivery d = delivery_of(v);
		enum ty_hook_result result;
		struct ty_hook_stream *stream = ty_hook_stream_new(rule, &secret, 1, &d, &result);

		ck_assert_int_eq(result, TY_HOOK_OK);
		ty_hook_stream_add(stream, v->body, cut);
		ty_hook_stream_add(stream, v->body + cut, len - cut);
		ck_assert_int_eq(ty_hook_stream_end(stream), TY_HOOK_OK);
		ty_hook_stream_free(stream);
	}
}
END_TEST

/* ---- what a scheme's own documents ask for ---- */

#define SW_SECRET    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
#define SW_ID	     "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"
#define SW_SIGNATURE "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
#define SW_WRONG     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static const struct {
	const char *what, *secret, *id, *time, *signature;
	enum ty_hook_result result;
} standard[] = {
	{ "without its prefix", SW_SECRET + 6, SW_ID, "1649367553", SW_SIGNATURE, TY_HOOK_OK },
	{ "a wrong one and an unknown version before it", SW_SECRET, SW_ID, "1649367553",
	  SW_WRONG " v2,abc " SW_SIGNATURE, TY_HOOK_OK },
	{ "a comma between two", SW_SECRET, SW_ID, "1649367553", SW_WRONG "," SW_SIGNATURE,
	  TY_HOOK_MISMATCH },
	{ "a version alone", SW_SECRET, SW_ID, "1649367553", "v1,", TY_HOOK_MISMATCH },
	{ "no version", SW_SECRET, SW_ID, "1649367553", SW_SIGNATURE + 3, TY_HOOK_MISMATCH },
	{ "no id", SW_SECRET, NULL, "1649367553", SW_SIGNATURE, TY_HOOK_MISSING },
	{ "no time", SW_SECRET, SW_ID, NULL, SW_SIGNATURE, TY_HOOK_MISSING },
	{ "a point in the id", SW_SECRET, SW_ID ".1", "1649367553", SW_SIGNATURE,
	  TY_HOOK_MISMATCH },
	{ "a point in the time", SW_SECRET, SW_ID, "1649367553.0", SW_SIGNATURE, TY_HOOK_MISMATCH },
	{ "a secret that is no base64", "whsec_!!", SW_ID, "1649367553", SW_SIGNATURE,
	  TY_HOOK_BAD_SECRET },
	{ "a secret that is empty", "whsec_", SW_ID, "1649367553", SW_SIGNATURE,
	  TY_HOOK_BAD_SECRET },
};

START_TEST(standard_webhooks_are_read_as_its_specification_says)
{
	const struct vector v = { "standard_webhooks",
				  standard[_i].secret,
				  { { "webhook-signature", standard[_i].signature },
				    { "webhook-id", standard[_i].id },
				    { "webhook-timestamp", standard[_i].time } },
				  "{\"email\":\"test@example.com\",\"username\":\"test_user\"}",
				  1649367553 };

	ck_assert_msg(verified(&v) == standard[_i].result, "%s: %d", standard[_i].what,
		      (int)verified(&v));
}
END_TEST

START_TEST(the_newer_header_of_a_provider_counts)
{
	struct vector v = { "shopify",
			    "hush",
			    { { "x-shopify-hmac-sha256", "AAAA" },
			      { "shopify-hmac-sha256",
				"VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=" } },
			    "{\"id\":1}",
			    NOW_S };

	ck_assert_int_eq(verified(&v), TY_HOOK_OK);
	v.headers[0][1] = v.headers[1][1];
	v.headers[1][1] = "AAAA";
	ck_assert_int_eq(verified(&v), TY_HOOK_MISMATCH);
}
END_TEST

START_TEST(a_header_that_is_the_secret_is_told)
{
	const struct ty_hook_rule *rule = rule_of("gitlab");

	ck_assert(ty_hook_rule_takes_secret_in(rule, "x-gitlab-token"));
	ck_assert(!ty_hook_rule_takes_secret_in(rule, "x-gitlab-event"));
	ck_assert(!ty_hook_rule_takes_secret_in(rule_of("jira"), "x-hub-signature"));
	ck_assert(!ty_hook_rule_takes_secret_in(rule_of("none"), "x-gitlab-token"));
}
END_TEST

/* Of Telegram it is a number. */
START_TEST(a_number_may_make_two_deliveries_the_same)
{
	const struct vector v = { "telegram",
				  "s",
				  { { "content-type", "application/json" } },
				  "{\"update_id\":991}",
				  0 };
	struct ty_hook_delivery d = delivery_of(&v);

	ck_assert_str_eq(ty_hook_delivery_id(rule_of("telegram"), fx.arena, &d), "991");
}
END_TEST

/* Of Mailgun nothing but time and token is signed: the same token with another body is the same delivery. */
START_TEST(an_id_may_lie_in_an_object)
{
	const struct vector v = {
		"mailgun",
		"s",
		{ { "content-type", "application/json" } },
		"{\"signature\":{\"token\":\"ab\"},\"event-data\":{\"id\":\"x\"}}",
		0
	};
	struct ty_hook_delivery d = delivery_of(&v);

	ck_assert_str_eq(ty_hook_delivery_id(rule_of("mailgun"), fx.arena, &d), "ab");
}
END_TEST

/* A new row of scheme.def comes with its vector, here, in test_verify.c or in test_made.c. */
START_TEST(every_provider_has_a_vector)
{
	static const char *const elsewhere = "none,github,stripe,slack,hmac,token,jwt,"
					     "adyen,contentful,figma,mailgun,sns,twilio";

	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++) {
		bool found = ty_str_list_has(elsewhere, s->name);

		for (size_t i = 0; i < TY_ARRAY_COUNT(vectors); i++)
			found |= ty_str_eq(vectors[i].scheme, s->name);
		ck_assert_msg(found, "%s has no vector", s->name);
	}
}
END_TEST

TEST_MAIN("hook.providers", {
	TEST_LOOP(a_right_delivery_is_accepted, vectors);
	TEST_LOOP(one_changed_byte_of_the_body_is_refused, vectors);
	TEST_LOOP(another_secret_is_refused, vectors);
	TEST_LOOP(a_header_that_is_not_there_is_missed, vectors);
	TEST_LOOP(a_right_signature_of_another_time_is_stale, vectors);
	TEST_LOOP(a_body_in_pieces_is_judged_alike, vectors);
	TEST_LOOP(standard_webhooks_are_read_as_its_specification_says, standard);
	TEST(the_newer_header_of_a_provider_counts);
	TEST(a_header_that_is_the_secret_is_told);
	TEST(a_number_may_make_two_deliveries_the_same);
	TEST(an_id_may_lie_in_an_object);
	TEST(every_provider_has_a_vector);
})
