/*
 * test_rule.c -- what a hook says of its check, the table of schemes, and what results are called.
 */
#include "base/str.h"
#include "hook/verify.h"
#include "json/json.h"
#include "support/common.h"

#define RULE(name) "{\"scheme\":\"" name "\"}"

static struct ty_hook_rule *
rule_of(const char *text)
{
	struct ty_hook_rule *rule = NULL;
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &json, &fx.err));
	ck_assert_ok(ty_hook_rule_parse(fx.arena, json, &rule, &fx.err));
	return rule;
}

static const struct {
	const char *verify, *error;
} bad_rules[] = {
	{ "{}", "unknown signature scheme \"\"" },
	{ "{\"scheme\":\"\"}", "unknown signature scheme" },
	{ "{\"scheme\":\"GitHub\"}", "unknown signature scheme" },
	{ "{\"scheme\":null}", "unknown signature scheme" },
	{ "{\"scheme\":\"hmac\",\"hmac_algorithm\":\"md5\"}", "unknown HMAC algorithm" },
	{ "{\"scheme\":\"hmac\",\"hmac_encoding\":\"base32\"}", "unknown signature encoding" },
};

START_TEST(a_rule_that_says_nothing_certain_is_refused)
{
	struct ty_hook_rule *rule = NULL;
	json_t *json;

	ck_assert_ok(ty_json_parse(fx.arena, bad_rules[_i].verify, strlen(bad_rules[_i].verify),
				   &json, &fx.err));
	ck_assert_code(ty_hook_rule_parse(fx.arena, json, &rule, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, bad_rules[_i].error));
	ck_assert_ptr_null(rule);
}
END_TEST

static const struct {
	const char *rule;
	enum ty_body_as as;
} readings[] = {
	{ RULE("none"), TY_BODY_AS_AUTO },
	{ "{\"scheme\":\"none\",\"read_as\":\"text\"}", TY_BODY_AS_TEXT },
	{ "{\"scheme\":\"none\",\"bytes\":\"file\"}", TY_BODY_AS_AUTO_FILE },
};

START_TEST(a_rule_says_how_bodies_are_read)
{
	ck_assert_int_eq(rule_of(readings[_i].rule)->read_as, readings[_i].as);
}
END_TEST

START_TEST(a_rule_keeps_its_options_in_lower_case)
{
	struct ty_hook_rule *rule =
		rule_of("{\"scheme\":\"hmac\",\"credential\":\"C1\",\"hmac_header\":\"X-Sig\","
			"\"hmac_prefix\":\"V=\",\"dedupe_header\":\"X-Id\"}");

	ck_assert_str_eq(rule->credential_id, "C1");
	ck_assert_str_eq(rule->scheme.signature_header, "x-sig");
	ck_assert_str_eq(rule->scheme.prefix, "V=");
	ck_assert_str_eq(rule->scheme.dedupe_header, "x-id");
	ck_assert_str_eq(rule_of(RULE("github"))->credential_id, "");
	/* Options of "hmac" do not bend another scheme. */
	rule = rule_of(
		"{\"scheme\":\"github\",\"hmac_header\":\"x-mine\",\"hmac_algorithm\":\"sha1\"}");
	ck_assert_str_eq(rule->scheme.signature_header, "x-hub-signature-256");
	ck_assert_int_eq(rule->scheme.mac, TY_HOOK_SHA256);
}
END_TEST

static const struct {
	enum ty_hook_result result;
	const char *verdict;
} verdicts[] = {
	{ TY_HOOK_OK, "accepted" },
	{ TY_HOOK_MISSING, "bad_signature" },
	{ TY_HOOK_MISMATCH, "bad_signature" },
	{ TY_HOOK_STALE, "stale" },
	{ TY_HOOK_NOT_CONFIGURED, "not_configured" },
	{ TY_HOOK_WRONG_TOKEN, "bad_signature" },
	{ TY_HOOK_LOCKED, "not_configured" },
	{ TY_HOOK_BAD_SECRET, "not_configured" },
	{ TY_HOOK_OTHER_ADDRESS, "denied" },
	{ TY_HOOK_AWAITS_KEYS, "awaiting_keys" },
	{ TY_HOOK_UNKNOWN_KEY, "awaiting_keys" },
	{ TY_HOOK_OTHER_CLAIMS, "bad_signature" },
	{ TY_HOOK_OTHER_TOPIC, "bad_signature" },
	{ TY_HOOK_CONFIRMS, "awaiting_keys" },
};

START_TEST(a_rule_names_the_headers_it_keeps)
{
	const struct ty_hook_rule *rule =
		rule_of("{\"scheme\":\"none\",\"keep_headers\":\"X-Channel-Token, X-B\"}");

	ck_assert(ty_hook_rule_keeps(rule, "x-channel-token"));
	ck_assert(ty_hook_rule_keeps(rule, "x-b"));
	ck_assert(!ty_hook_rule_keeps(rule, "x-channel"));
	ck_assert(!ty_hook_rule_keeps(rule, ""));
	ck_assert(!ty_hook_rule_keeps(rule_of(RULE("none")), "cookie"));
}
END_TEST

START_TEST(every_result_has_a_text_and_a_verdict)
{
	ck_assert_int_eq((int)TY_ARRAY_COUNT(verdicts), TY_HOOK__COUNT);
	ck_assert_str_eq(ty_hook_result_verdict(verdicts[_i].result), verdicts[_i].verdict);
	ck_assert_int_eq(ty_hook_result_text(verdicts[_i].result)[0] == '\0', _i == 0);
}
END_TEST

START_TEST(every_scheme_but_none_wants_a_secret)
{
	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++) {
		ck_assert_int_eq(s->needs_secret,
				 strcmp(s->name, "none") != 0 && strcmp(s->name, "sns") != 0);
		ck_assert_ptr_eq(ty_hook_scheme_find(s->name), s);
	}
	ck_assert_ptr_null(ty_hook_scheme_find("nobody"));
}
END_TEST

TEST_MAIN("hook.rule", {
	TEST_LOOP(a_rule_that_says_nothing_certain_is_refused, bad_rules);
	TEST_LOOP(a_rule_says_how_bodies_are_read, readings);
	TEST(a_rule_keeps_its_options_in_lower_case);
	TEST(a_rule_names_the_headers_it_keeps);
	TEST_LOOP(every_result_has_a_text_and_a_verdict, verdicts);
	TEST(every_scheme_but_none_wants_a_secret);
})
