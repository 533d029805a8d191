/*
 * test_explain.c -- each thing that people get wrong is found, and nothing is said of what is right.
 */
#include "base/str.h"
#include "hook/explain.h"
#include "json/json.h"
#include "support/common.h"

#include <string.h>

#define SECRET "a secret of the sender"
#define URL    "https://studio.example.org/hooks/acme/orders?a=1"

/* How the sender signs: 'bytes' with 'key'; and what the webhook says of it. */
static const struct explain_case {
	const char *what, *verify, *header;
	const char *bytes, *key; /* signed */
	const char *before;	 /* text in the header before the signature */
	bool is_sha1, is_base64;
	const char *body, *secret; /* as they are here */
	const char *part;	   /* NULL: nothing is found */
} cases[] = {
#define HMAC "{\"scheme\":\"hmac\"}"
	{ "right", HMAC, "x-signature", "{}", SECRET, "", false, false, "{}", SECRET, NULL },
	{ "another secret", HMAC, "x-signature", "{}", "x", "", false, false, "{}", SECRET, NULL },
	{ "a line end sent", HMAC, "x-signature", "{}", SECRET, "", false, false, "{}\r\n", SECRET,
	  "body" },
	{ "a line end signed", HMAC, "x-signature", "{}\n", SECRET, "", false, false, "{}", SECRET,
	  "body" },
	{ "LF signed", HMAC, "x-signature", "a\nb", SECRET, "", false, false, "a\r\nb", SECRET,
	  "body" },
	{ "CR LF signed", HMAC, "x-signature", "a\r\nb", SECRET, "", false, false, "a\nb", SECRET,
	  "body" },
	{ "written anew", HMAC, "x-signature", "{\"a\":1}", SECRET, "", false, false,
	  "{ \"a\": 1 }", SECRET, "body" },
	{ "blanks in the secret", HMAC, "x-signature", "{}", SECRET, "", false, false, "{}",
	  " " SECRET "\n", "secret" },
	{ "a line end in the key", HMAC, "x-signature", "{}", SECRET "\n", "", false, false, "{}",
	  SECRET, "secret" },
	{ "SHA-1", HMAC, "x-signature", "{}", SECRET, "", true, false, "{}", SECRET, "signature" },
	{ "base64", HMAC, "x-signature", "{}", SECRET, "", false, true, "{}", SECRET, "signature" },
	{ "SHA-1 in base64", HMAC, "x-signature", "{}", SECRET, "", true, true, "{}", SECRET,
	  "signature" },
	{ "a prefix", HMAC, "x-signature", "{}", SECRET, "sha256=", false, false, "{}", SECRET,
	  "signature" },
	{ "no prefix", "{\"scheme\":\"github\"}", "x-hub-signature-256", "{}", SECRET, "", false,
	  false, "{}", SECRET, "signature" },
	{ "no time signed", "{\"scheme\":\"zoom\"}", "x-zm-signature", "{}", SECRET, "v0=", false,
	  false, "{}", SECRET, "time" },
	{ "without the query", "{\"scheme\":\"square\"}", "x-square-hmacsha256-signature",
	  "https://studio.example.org/hooks/acme/orders{}", SECRET, "", false, true, "{}", SECRET,
	  "address" },
	{ "with a slash", "{\"scheme\":\"square\"}", "x-square-hmacsha256-signature",
	  "https://studio.example.org/hooks/acme/orders/?a=1{}", SECRET, "", false, true, "{}",
	  SECRET, "address" },
	{ "with http", "{\"scheme\":\"square\"}", "x-square-hmacsha256-signature",
	  "http://studio.example.org/hooks/acme/orders?a=1{}", SECRET, "", false, true, "{}",
	  SECRET, "address" },
	{ "another provider's", "{\"scheme\":\"stripe\"}", "x-hub-signature-256", "{}", SECRET,
	  "sha256=", false, false, "{}", SECRET, "scheme" },
	{ "nobody's", "{\"scheme\":\"stripe\"}", "x-other", "{}", SECRET, "", false, false, "{}",
	  SECRET, NULL },
	{ "no verification", "{\"scheme\":\"none\"}", "x-signature", "{}", SECRET, "", false, false,
	  "{}", SECRET, NULL },
};

struct sent {
	const char *name, *value;
};

static const char *
sent_header(void *ctx, const char *name)
{
	const struct sent *sent = ctx;

	if (ty_str_eq(name, "x-zm-request-timestamp"))
		return "1764450000";
	return ty_str_eq(name, sent->name) ? sent->value : NULL;
}

static const char *
sign(const struct explain_case *c)
{
	const struct ty_bytes part = { c->bytes, strlen(c->bytes) };
	size_t size = c->is_sha1 ? TY_SHA1_SIZE : TY_SHA256_SIZE;
	char hex[2 * TY_SHA256_SIZE + 1];
	uint8_t mac[TY_SHA256_SIZE];

	if (c->is_sha1)
		ty_hmac_sha1_v(c->key, strlen(c->key), &part, 1, mac);
	else
		ty_hmac_sha256_v(c->key, strlen(c->key), &part, 1, mac);
	ty_str_hex(mac, size, hex);
	return ty_arena_printf(fx.arena, "%s%s", c->before,
			       c->is_base64 ? ty_base64_encode(fx.arena, mac, size) : hex);
}

START_TEST(what_differs_is_found)
{
	const struct explain_case *c = &cases[_i];
	struct sent sent = { c->header, sign(c) };
	const struct ty_secret *secret = ty_secret_new(fx.arena, c->secret, strlen(c->secret));
	const struct ty_hook_delivery d = { .header = sent_header,
					    .ctx = &sent,
					    .method = "POST",
					    .url = URL,
					    .body = c->body,
					    .body_len = strlen(c->body),
					    .now_s = 1764450000 };
	struct ty_hook_difference found = { NULL, NULL };
	struct ty_hook_rule *rule;
	json_t *verify;

	ck_assert_ok(ty_json_parse(fx.arena, c->verify, strlen(c->verify), &verify, &fx.err));
	ck_assert_ok(ty_hook_rule_parse(fx.arena, verify, &rule, &fx.err));
	ck_assert_msg(ty_hook_explain(fx.arena, rule, &secret, 1, &d, &found) == (c->part != NULL),
		      "%s: %s", c->what, found.text != NULL ? found.text : "nothing");
	if (c->part != NULL)
		ck_assert_msg(ty_str_eq(found.part, c->part), "%s: %s", c->what, found.text);
}
END_TEST

TEST_MAIN("hook.explain", { TEST_LOOP(what_differs_is_found, cases); })
