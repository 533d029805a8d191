/*
 * test_handshake.c -- what providers ask before they send, as their documentation has it.
 */
#include "base/str.h"
#include "hook/handshake.h"
#include "json/json.h"
#include "support/common.h"

#include <string.h>

#define SECRET "It's a Secret to Everybody"

static const struct handshake_case {
	const char *what, *scheme, *method, *query, *body;
	bool is_verified;
	const char *reply; /* NULL: it is none */
} cases[] = {
	{ "slack", "slack", "POST", "",
	  "{\"token\":\"t\",\"challenge\":\"3eZbrw1aB\",\"type\":\"url_verification\"}", true,
	  "3eZbrw1aB" },
	{ "slack, an event", "slack", "POST", "", "{\"type\":\"event_callback\"}", true, NULL },
	{ "slack, not verified yet", "slack", "POST", "a=b",
	  "{\"challenge\":\"3eZbrw1aB\",\"type\":\"url_verification\"}", false, NULL },
	{ "slack, without a challenge", "slack", "POST", "", "{\"type\":\"url_verification\"}",
	  true, NULL },
	{ "slack's, at another's", "github", "POST", "",
	  "{\"challenge\":\"3eZbrw1aB\",\"type\":\"url_verification\"}", true, NULL },
	{ "zoom", "zoom", "POST", "",
	  "{\"payload\":{\"plainToken\":\"Hello, World!\"},\"event\":\"endpoint.url_validation\"}",
	  true,
	  "{\"plainToken\":\"Hello, World!\",\"encryptedToken\":"
	  "\"757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\"}" },
	{ "discord", "discord", "POST", "", "{\"type\":1,\"id\":\"1\"}", true, "{\"type\":1}" },
	{ "discord, a command", "discord", "POST", "", "{\"type\":2}", true, NULL },
	{ "discord, no object", "discord", "POST", "", "[1]", true, NULL },
	{ "discord, no JSON", "discord", "POST", "", "type=1", true, NULL },
	{ "meta", "meta", "GET",
	  "hub.mode=subscribe&hub.verify_token=It%27s+a+Secret+to+Everybody&hub.challenge="
	  "1158201444",
	  "", false, "1158201444" },
	{ "meta, another token", "meta", "GET",
	  "hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1", "", false, NULL },
	{ "meta, no token", "meta", "GET", "hub.mode=subscribe&hub.challenge=1", "", false, NULL },
	{ "meta, by POST", "meta", "POST",
	  "hub.mode=subscribe&hub.verify_token=It%27s+a+Secret+to+Everybody&hub.challenge=1", "",
	  false, NULL },
	{ "dropbox", "dropbox", "GET", "challenge=abc%3C1", "", false, "abc<1" },
	{ "dropbox, a notification", "dropbox", "POST", "challenge=abc", "{\"delta\":{}}", true,
	  NULL },
	{ "xero", "xero", "POST", "",
	  "{\"events\":[],\"lastEventSequence\":0,\"firstEventSequence\":0,\"entropy\":\"S0m\"}",
	  true, "" },
	{ "xero, an event", "xero", "POST", "", "{\"events\":[{}],\"entropy\":\"S0m\"}", true,
	  NULL },
	{ "xero, not verified yet", "xero", "POST", "a=b", "{\"events\":[]}", false, NULL },
	{ "x", "twitter", "GET", "crc_token=MDZkNTU3MWEtZDNlMC00ZmE2LWJjNzQtYjAyYTJmMDk3ZTEw", "",
	  false, "{\"response_token\":\"sha256=Cncho76HKoDWGqLBwKfY++3lbDtR09zNCHwqFIT0yi0=\"}" },
	/* What it is answered is the signature of a delivery with that body. */
	{ "x, the body of a delivery", "twitter", "GET",
	  "crc_token=%7B%22direct_message_events%22%3A%5B%5D%7D", "", false, NULL },
	{ "x, a form", "twitter", "GET", "crc_token=a%3Db", "", false, NULL },
	{ "x, nothing", "twitter", "GET", "crc_token=", "", false, NULL },
	{ "graph", "token", "POST", "validationToken=Validation%3A+1%3C2", "", false,
	  "Validation: 1<2" },
	{ "graph, unverified", "none", "POST", "validationToken=t", "", false, "t" },
	{ "graph, a delivery whose address has that name", "none", "POST", "validationToken=t",
	  "{\"value\":[]}", false, NULL },
	{ "graph, a change", "none", "POST", "", "{\"value\":[]}", false, NULL },
};

static const char *
no_header(void *ctx, const char *name)
{
	return NULL;
}

static bool
asked(const struct handshake_case *c, size_t secret_count, struct ty_hook_reply *reply)
{
	const struct ty_secret *secret = ty_secret_new(fx.arena, SECRET, strlen(SECRET));
	const struct ty_hook_delivery d = { .header = no_header,
					    .method = c->method,
					    .url = "",
					    .body = c->body,
					    .body_len = strlen(c->body) };
	json_t *verify = ty_json_own(fx.arena, json_pack("{s:s}", "scheme", c->scheme));
	struct ty_hook_rule *rule;

	ck_assert_ok(ty_hook_rule_parse(fx.arena, verify, &rule, &fx.err));
	return ty_hook_handshake(fx.arena, rule, &secret, secret_count, &d, c->query,
				 c->is_verified, reply);
}

START_TEST(a_handshake_is_answered_as_its_provider_asks)
{
	const struct handshake_case *c = &cases[_i];
	struct ty_hook_reply reply = { NULL, NULL };

	ck_assert_msg(asked(c, 1, &reply) == (c->reply != NULL), "%s", c->what);
	if (c->reply != NULL)
		ck_assert_str_eq(reply.body, c->reply);
}
END_TEST

START_TEST(nothing_is_answered_without_a_secret)
{
	struct ty_hook_reply reply;

	for (size_t i = 0; i < TY_ARRAY_COUNT(cases); i++)
		if (!ty_str_eq(cases[i].scheme, "none"))
			ck_assert_msg(!asked(&cases[i], 0, &reply), "%s", cases[i].what);
}
END_TEST

TEST_MAIN("hook.handshake", {
	TEST_LOOP(a_handshake_is_answered_as_its_provider_asks, cases);
	TEST(nothing_is_answered_without_a_secret);
})
