/*
 * test_hint.c -- what a sender is told of a delivery that is refused: the setting that mends it.
 */
#include "hook/verify.h"
#include "json/json.h"
#include "support/common.h"

#define HEX	 "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define SHA1_HEX "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
#define BASE64	 "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="

static const struct hint_case {
	const char *rule, *signature, *time;
	enum ty_hook_result result;
	const char *hint; /* that is in it */
} hint_cases[] = {
	{ "{\"scheme\":\"hmac\"}", "sha256=" HEX, NULL, TY_HOOK_MISMATCH,
	  "begins with \"sha256=\": set that as the webhook's prefix (hmac_prefix)" },
	{ "{\"scheme\":\"hmac\"}", "sha256=" BASE64, NULL, TY_HOOK_MISMATCH, "\"sha256=\"" },
	{ "{\"scheme\":\"hmac\",\"hmac_prefix\":\"v1=\"}", HEX, NULL, TY_HOOK_MISMATCH,
	  "does not begin with the webhook's prefix \"v1=\"" },
	{ "{\"scheme\":\"hmac\"}", BASE64, NULL, TY_HOOK_MISMATCH,
	  "hmac_algorithm sha256 and hmac_encoding base64" },
	{ "{\"scheme\":\"hmac\",\"hmac_encoding\":\"base64\"}", HEX, NULL, TY_HOOK_MISMATCH,
	  "hmac_algorithm sha256 and hmac_encoding hex" },
	{ "{\"scheme\":\"hmac\"}", SHA1_HEX, NULL, TY_HOOK_MISMATCH,
	  "hmac_algorithm sha1 and hmac_encoding hex" },
	{ "{\"scheme\":\"hmac\"}", HEX, NULL, TY_HOOK_MISMATCH, "change the body" },
	{ "{\"scheme\":\"hmac\"}", "nonsense", NULL, TY_HOOK_MISMATCH, "change the body" },
	{ "{\"scheme\":\"github\"}", HEX, NULL, TY_HOOK_MISMATCH, "change the body" },
	{ "{\"scheme\":\"hmac\"}", NULL, NULL, TY_HOOK_MISSING, "in the header x-signature" },
	{ "{\"scheme\":\"hmac\",\"hmac_timestamp_header\":\"X-Time\"}", HEX, NULL, TY_HOOK_MISSING,
	  "The header x-time with the time is missing" },
	{ "{\"scheme\":\"stripe\"}", "v1=" HEX, NULL, TY_HOOK_MISSING, "no time in it" },
	{ "{\"scheme\":\"hmac\",\"hmac_timestamp_header\":\"X-Time\"}", HEX, "yesterday",
	  TY_HOOK_STALE, "cannot be read" },
	{ "{\"scheme\":\"hmac\",\"hmac_timestamp_header\":\"X-Time\"}", HEX, "1000", TY_HOOK_STALE,
	  "compare the clocks" },
	{ "{\"scheme\":\"hmac\"}", HEX, NULL, TY_HOOK_NOT_CONFIGURED, "Choose a credential" },
	{ "{\"scheme\":\"asana\"}", "its secret", NULL, TY_HOOK_MISSING, "has one already" },
	{ "{\"scheme\":\"asana\"}", NULL, NULL, TY_HOOK_MISSING, "in the header x-hook-signature" },
	{ "{\"scheme\":\"asana\"}", NULL, NULL, TY_HOOK_NOT_CONFIGURED, "Choose a credential" },
	{ "{\"scheme\":\"asana\",\"credential\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}", NULL,
	  NULL, TY_HOOK_NOT_CONFIGURED, "has not given its secret yet" },
};

static const char *
sent_header(void *ctx, const char *name)
{
	const struct hint_case *c = ctx;

	return strcmp(name, "x-time") == 0 ? c->time : c->signature;
}

START_TEST(a_refusal_names_the_setting)
{
	const struct hint_case *c = &hint_cases[_i];
	const struct ty_hook_delivery delivery = { .header = sent_header,
						   .ctx = (void *)c,
						   .body = "" };
	struct ty_hook_rule *rule;
	const char *hint;
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, c->rule, strlen(c->rule), &json, &fx.err));
	ck_assert_ok(ty_hook_rule_parse(fx.arena, json, &rule, &fx.err));
	hint = ty_hook_hint(fx.arena, rule, &delivery, c->result);
	ck_assert_msg(strstr(hint, c->hint) != NULL, "no \"%s\" in: %s", c->hint, hint);
}
END_TEST

TEST_MAIN("hook.hint", { TEST_LOOP(a_refusal_names_the_setting, hint_cases); })
