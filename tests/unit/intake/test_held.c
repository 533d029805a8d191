/*
 * test_held.c -- a delivery that waited for its issuer's keys is judged: by its webhook's rule of today, as of
 * the time when it came.
 */
#include "intake/held.h"
#include "support/common.h"

#include <string.h>

#define URL   "https://issuer.example/keys"
#define RULE  "{\"scheme\":\"jwt\",\"jwks_url\":\"" URL "\"}"
#define AT_MS INT64_C(1764450000000)
#define KEYS                                                                                       \
	"{\"keys\":[{\"kty\":\"EC\",\"x\":\"pn4FbJx3B5JJSrdUOMr-OZizezcFdZCESpBN1srgVWU\",\"y\":"  \
	"\"5M_suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\",\"crv\":\"P-256\",\"kid\":\"c\"}]}"
#define TOKEN                                                                                      \
	"Bearer eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImMifQ."                               \
	"eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.X6Itz8_"                     \
	"hmfpCcIJISXai4Bjing1FgmtjygnAVnyCLL0fY7J2DbyTa6JYX5Um2aI4oiYSxYSFBhwZZp1SO7fUOA"

static const struct {
	const char *what, *verify, *keys, *token;
	int64_t received_ms;
	const char *verdict, *jwt, *reason;
} rows[] = {
	{ "genuine", RULE, KEYS, TOKEN, AT_MS, "accepted",
	  "{\"sub\":\"x\",\"exp\":1764450100,\"nbf\":1764449900}", "" },
	{ "over when it came", RULE, KEYS, TOKEN, AT_MS + 3600000, "stale", "", "time" },
	{ "of no key there is", RULE, "{\"keys\":[]}", TOKEN, AT_MS, "bad_signature", "",
	  "not among" },
	{ "no keys came", RULE, NULL, TOKEN, AT_MS, "not_configured", "", "in time" },
	{ "forged", RULE, KEYS, "Bearer a.b.c", AT_MS, "bad_signature", "", "match" },
	{ "does not open", RULE, KEYS, NULL, AT_MS, "not_configured", "", "opened" },
	{ "the webhook is gone", NULL, KEYS, TOKEN, AT_MS, "not_configured", "", "off the air" },
	{ "the webhook asks another", "{\"scheme\":\"jwt\",\"jwks_url\":\"https://o/\"}", KEYS,
	  TOKEN, AT_MS, "not_configured", "", "changed" },
	{ "the webhook verifies otherwise", "{\"scheme\":\"github\"}", KEYS, TOKEN, AT_MS,
	  "not_configured", "", "changed" },
	{ "the webhook takes anybody now", "{\"scheme\":\"none\"}", KEYS, TOKEN, AT_MS,
	  "not_configured", "", "changed" },
	{ "the rule is broken", "{", KEYS, TOKEN, AT_MS, "not_configured", "", "changed" },
	{ "for another receiver by now",
	  "{\"scheme\":\"jwt\",\"jwks_url\":\"" URL "\",\"jwt_audience\":\"me\"}", KEYS, TOKEN,
	  AT_MS, "bad_signature", "", "receiver" },
};

START_TEST(a_held_delivery_is_judged)
{
	const struct ty_store_due_delivery due = { .url = URL,
						   .kind = "jwks",
						   .problem = "",
						   .verify = rows[_i].verify,
						   .content = rows[_i].keys,
						   .sealed = (const uint8_t *)"x",
						   .received_ms = rows[_i].received_ms,
						   .method = "POST",
						   .headers =
							   "{\"authorization\":\"Bearer kept\"}" };
	struct ty_store_settled settled = ty_held_judge(fx.arena, &due, rows[_i].token, "");

	ck_assert_msg(strcmp(settled.verdict, rows[_i].verdict) == 0, "%s: %s", rows[_i].what,
		      settled.verdict);
	ck_assert_str_eq(settled.jwt, rows[_i].jwt);
	ck_assert_msg(strstr(settled.reason, rows[_i].reason) != NULL, "%s: %s", rows[_i].what,
		      settled.reason);
}
END_TEST

TEST_MAIN("intake.held", { TEST_LOOP(a_held_delivery_is_judged, rows); })
