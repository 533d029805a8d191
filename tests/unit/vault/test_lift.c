/*
 * test_lift.c -- which credential says what a node's written secrets say, and what is left of its
 * parameters.
 */
#include "support/common.h"

#include "base/str.h"
#include "vault/lift.h"

#define URL "\"url\":\"https://a.test/x\""

static const struct {
	const char *params, *used_type, *used, *type, *data, *left;
} cases[] = {
	{ "{" URL "}", NULL, NULL, NULL, NULL, "{" URL "}" },
	{ "{" URL ",\"auth_header\":\"Authorization\",\"auth_value\":\"Bearer abc\"}", NULL, NULL,
	  "http_bearer", "{\"token\":\"abc\"}", "{" URL "}" },
	{ "{" URL ",\"auth_header\":\"X-K\",\"auth_value\":\"=abc\"}", NULL, NULL, "http_header",
	  "{\"name\":\"X-K\",\"value\":\"abc\"}", "{" URL "}" },
	/* It was never sent. */
	{ "{" URL ",\"auth_value\":\"abc\"}", NULL, NULL, NULL, NULL, "{" URL "}" },
	{ "{" URL ",\"auth_header\":\"X-K\",\"auth_value\":\"={{ $json.k }}\"}", NULL, NULL, NULL,
	  NULL, "{" URL ",\"auth_header\":\"X-K\",\"auth_value\":\"={{ $json.k }}\"}" },
	{ "{" URL ",\"query\":[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"api_key\",\"value\":"
	  "\"k\"}]}",
	  NULL, NULL, "http_query", "{\"name\":\"api_key\",\"value\":\"k\"}",
	  "{" URL ",\"query\":[{\"name\":\"a\",\"value\":\"1\"}]}" },
	{ "{\"url\":\"=https://me:p%40ss@a.test/{{ $json.n }}\"}", NULL, NULL, "http_basic",
	  "{\"username\":\"me\",\"password\":\"p@ss\"}",
	  "{\"url\":\"=https://a.test/{{ $json.n }}\"}" },
	/* Stripe's way: the key is the user, and there is no password. */
	{ "{\"url\":\"https://sk_live:@a.test/\"}", NULL, NULL, "http_header",
	  "{\"name\":\"Authorization\",\"value\":\"Basic c2tfbGl2ZTo=\"}",
	  "{\"url\":\"https://a.test/\"}" },
	{ "{" URL ",\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"k\"}],\"query\":[{\"name\":"
	  "\"token\",\"value\":\"t\"}]}",
	  NULL, NULL, "http_custom",
	  "{\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"k\"}],\"query\":[{\"name\":\"token\","
	  "\"value\":\"t\"}]}",
	  "{" URL ",\"headers\":[],\"query\":[]}" },
	{ "{" URL ",\"body_kind\":\"form\",\"body_form\":[{\"name\":\"client_secret\",\"value\":"
	  "\"s\"}]}",
	  NULL, NULL, "http_custom", "{\"form\":[{\"name\":\"client_secret\",\"value\":\"s\"}]}",
	  "{" URL ",\"body_kind\":\"form\",\"body_form\":[]}" },
	{ "{" URL ",\"body_kind\":\"json\",\"body_json\":{\"grant\":\"x\",\"client_secret\":\"s\","
	  "\"auth\":{"
	  "\"token\":\"t\",\"n\":1}}}",
	  NULL, NULL, "http_custom",
	  "{\"json\":[{\"name\":\"client_secret\",\"value\":\"s\"},{\"name\":\"auth.token\","
	  "\"value\":\"t\"}]}",
	  "{" URL ",\"body_kind\":\"json\",\"body_json\":{\"grant\":\"x\",\"auth\":{\"n\":1}}}" },
	{ "{\"url\":\"https://a.test/x?api_key=a%2Fb\"}", NULL, NULL, "http_query",
	  "{\"name\":\"api_key\",\"value\":\"a/b\"}", "{\"url\":\"https://a.test/x\"}" },
	{ "{\"url\":\"=https://a.test/x?token=t&n={{ $json.n }}&sig=s#f\"}", NULL, NULL,
	  "http_custom",
	  "{\"query\":[{\"name\":\"token\",\"value\":\"t\"},{\"name\":\"sig\",\"value\":\"s\"}]}",
	  "{\"url\":\"=https://a.test/x?n={{ $json.n }}#f\"}" },
	/* With what the node's credential adds already. */
	{ "{" URL ",\"credential\":\"c\",\"query\":[{\"name\":\"token\",\"value\":\"t\"}]}",
	  "http_bearer", "{\"token\":\"abc\"}", "http_custom",
	  "{\"query\":[{\"name\":\"token\",\"value\":\"t\"}],\"headers\":[{\"name\":"
	  "\"Authorization\",\"value\":\"Bearer abc\"}]}",
	  "{" URL ",\"credential\":\"c\",\"query\":[]}" },
};

START_TEST(written_secrets_are_one_credential)
{
	json_t *params = ty_json_own(fx.arena, json_loads(cases[_i].params, 0, NULL));
	json_t *used = cases[_i].used != NULL
			       ? ty_json_own(fx.arena, json_loads(cases[_i].used, 0, NULL))
			       : NULL;
	struct ty_lift lift = ty_vault_lift(fx.arena, params, cases[_i].used_type, used);

	ck_assert_msg(lift.why == NULL, "%s", lift.why);
	ck_assert(ty_str_eq(lift.type, cases[_i].type));
	if (cases[_i].data != NULL)
		ck_assert_str_eq(ty_json_dump(fx.arena, lift.data, NULL), cases[_i].data);
	ck_assert_str_eq(ty_json_dump(fx.arena, lift.params, NULL), cases[_i].left);
}
END_TEST

static const struct {
	const char *params, *why;
} refused_cases[] = {
	{ "{\"url\":\"={{ 'https://u:p@a.test/' + $json.id }}\"}", "expression" },
	{ "{\"url\":\"=https://{{ $json.u }}:p@a.test/\"}", "expression" },
	{ "{" URL ",\"auth_header\":\"X\",\"auth_value\":\"********\"}", "missing" },
	{ "{\"url\":\"https://u:********@a.test/\"}", "missing" },
	{ "{" URL ",\"headers\":[{\"name\":\"=X-Token\",\"value\":\"k\"}]}", "name" },
	{ "{\"url\":\"={{ 'https://a.test/?token=t&n=' + $json.n }}\"}", "expression" },
	{ "{\"url\":\"https://a.test/?token=********\"}", "missing" },
	{ "{" URL ",\"auth_header\":\"X\",\"auth_value\":\" k\"}", "begins with a space" },
};

START_TEST(what_cannot_be_done_is_told)
{
	json_t *params = ty_json_own(fx.arena, json_loads(refused_cases[_i].params, 0, NULL));
	struct ty_lift lift = ty_vault_lift(fx.arena, params, NULL, NULL);

	ck_assert_ptr_null(lift.type);
	ck_assert_ptr_nonnull(lift.why);
	ck_assert_msg(strstr(lift.why, refused_cases[_i].why) != NULL, "%s", lift.why);
}
END_TEST

TEST_MAIN("vault lift", {
	TEST_LOOP(written_secrets_are_one_credential, cases);
	TEST_LOOP(what_cannot_be_done_is_told, refused_cases);
})
