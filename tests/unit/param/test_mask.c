/*
 * test_mask.c -- known secrets are masked in what came back, and nothing else is touched.
 */
#include "param/secret.h"

#include "json/json.h"
#include "support/common.h"

static const char *const texts[] = { "hunter2-hunter2",	     "short",
				     "hunter2-hunter2-long", "CANARY/+1 2=\"q",
				     "geheîmniß-€🔑!",	     "BEGIN key\r\n\tab/cd=\nEND key" };

static const struct {
	const char *in, *out; /* out NULL: it is the same value */
} cases[] = {
	{ "{\"a\":\"nothing here\",\"b\":[1,true,null]}", NULL },
	{ "{\"a\":\"short is not looked for\"}", NULL },
	{ "{\"a\":\"x hunter2-hunter2 y\",\"b\":2}", "{\"a\":\"x ******** y\",\"b\":2}" },
	{ "[\"hunter2-hunter2hunter2-hunter2\"]", "[\"****************\"]" },
	{ "[\"hunter2-hunter2-long.\"]", "[\"********.\"]" },
	{ "{\"a\":{\"b\":[{\"c\":\"hunter2-hunter2\"},1]}}",
	  "{\"a\":{\"b\":[{\"c\":\"********\"},1]}}" },
	{ "{\"a\":1,\"hunter2-hunter2\":{\"x\":\"hunter2-hunter2\"},\"z\":3}",
	  "{\"a\":1,\"********\":{\"x\":\"********\"},\"z\":3}" },
	{ "\"hunter2-hunter\"", NULL },
	/* percent-encoded, by encoders that leave different characters as they are */
	{ "[\"/x?CANARY%2F%2B1%202%3D%22q&b\"]", "[\"/x?********&b\"]" },
	{ "[\"CANARY%2f%2b1%202%3d%22q\"]", "[\"********\"]" },
	{ "[\"%2,CANARY/%2B1+2=%22q%\"]", "[\"%2,********%\"]" },
	{ "[\"+CANARY/+1+2=\\\"q\"]", "[\"+********\"]" },
	{ "[\"%43ANARY%2F%2B1%202%3D%22q, CANARY/+1 2=\\\"q\"]", "[\"********, ********\"]" },
	{ "[\"hunter2%2Dhunter2 hunter2-hunter2\"]", "[\"******** ********\"]" },
	/* encoded twice, or within a text that is encoded itself */
	{ "[\"/x?CANARY%252F%252B1%25202%253D%2522q&b\"]", "[\"/x?********&b\"]" },
	{ "[\"CANARY%25252F%25252B1%2B2=%25252522q\",\"hunter2%25252Dhunter2\"]",
	  "[\"CANARY%25252F%25252B1%2B2=%25252522q\",\"********\"]" },
	{ "[\"CANARY%252F%252B1%2B2%253D%2522q\"]", "[\"********\"]" },
	{ "[\"{\\\"a\\\":\\\"CANARY\\\\/+1 2=\\\\\\\"q\\\"}\"]",
	  "[\"{\\\"a\\\":\\\"********\\\"}\"]" },
	{ "[\"CANARY\\\\u002f\\\\u002B1 2=\\\\\\\\u0022q\"]", "[\"********\"]" },
	/* Of several lines, as it is, in JSON within a text, in that within another, and by number */
	{ "[\"(BEGIN key\\r\\n\\tab/cd=\\nEND key)\"]", "[\"(********)\"]" },
	{ "[\"{\\\"k\\\":\\\"BEGIN key\\\\r\\\\n\\\\tab\\\\/cd=\\\\nEND key\\\"}\"]",
	  "[\"{\\\"k\\\":\\\"********\\\"}\"]" },
	{ "[\"BEGIN key\\\\\\\\r\\\\\\\\n\\\\\\\\tab/cd=\\\\\\\\nEND key\"]", "[\"********\"]" },
	{ "[\"BEGIN key\\\\u000d\\\\u000A\\\\u0009ab/cd=\\\\nEND key\"]", "[\"********\"]" },
	{ "[\"BEGIN key\\\\r\\\\r\\\\tab/cd=\\\\nEND key\"]", NULL },
	/* Beyond ASCII: as it is, as JSON of ASCII alone has it, twice, in part, and another letter */
	{ "[\"x geheîmniß-€🔑! y\"]", "[\"x ******** y\"]" },
	{ "[\"{geh\\\\u0065\\\\u00eemni\\\\u00DF-\\\\u20ac\\\\ud83d\\\\udd11!}\"]",
	  "[\"{********}\"]" },
	{ "[\"gehe\\\\\\\\u00eemniß-\\\\\\\\u20AC\\\\\\\\uD83D\\\\\\\\uDD11!\"]",
	  "[\"********\"]" },
	{ "[\"gehe%C3%AEmni%C3%9F-%e2%82%ac%F0%9F%94%91!\"]", "[\"********\"]" },
	{ "[\"gehe\\\\u00edmni\\\\u00df-\\\\u20ac\\\\ud83d\\\\udd11!\"]", NULL },
	{ "[\"gehe\\\\u00eemni\\\\u00df-\\\\u20ac\\\\ud83d!\",\"gehe\\\\u00eemni\\\\u00d\"]",
	  NULL },
	{ "[\"CANARY\\\\/+1 2=\",\"a\\\\\"]", NULL },
	{ "[\"CANARY%2F%2B1%202%3D%22\",\"CANARY%2F%2B1%202%3D%2\"]", NULL },
};

START_TEST(known_secrets_are_masked)
{
	json_t *in = ty_json_own(fx.arena, json_loads(cases[_i].in, JSON_DECODE_ANY, NULL));
	const char *before = ty_json_dump(fx.arena, in, NULL);
	json_t *out = ty_json_own(fx.arena, ty_secret_mask(in, texts, TY_ARRAY_COUNT(texts)));

	if (cases[_i].out == NULL)
		ck_assert_ptr_eq(out, in);
	else
		ck_assert_str_eq(ty_json_dump(fx.arena, out, NULL), cases[_i].out);
	/* What came in may be somebody else's too. */
	ck_assert_str_eq(ty_json_dump(fx.arena, in, NULL), before);
}
END_TEST

START_TEST(a_message_is_masked_in_its_place)
{
	char msg[32] = "no hunter2-hunter2 here", full[20] = "hunter2-hunter2";

	ty_secret_mask_text(msg, sizeof(msg), texts, TY_ARRAY_COUNT(texts));
	ck_assert_str_eq(msg, "no ******** here");
	ty_secret_mask_text(full, sizeof(full), texts, TY_ARRAY_COUNT(texts));
	ck_assert_str_eq(full, "********");
	ty_secret_mask_text(full, sizeof(full), NULL, 0);
	ck_assert_str_eq(full, "********");
}
END_TEST

START_TEST(a_tree_is_wiped)
{
	json_t *tree = json_loads("{\"a\":[\"secret\"],\"b\":\"more\"}", 0, NULL);
	json_t *kept = json_incref(json_array_get(json_object_get(tree, "a"), 0));

	ty_json_wipe(tree);
	ck_assert_uint_eq(json_string_length(kept), 6);
	ck_assert_int_eq(memcmp(json_string_value(kept), "\0\0\0\0\0\0", 6), 0);
	json_decref(kept);
	json_decref(tree);
	ty_json_wipe(NULL);
}
END_TEST

TEST_MAIN("param mask", {
	TEST_LOOP(known_secrets_are_masked, cases);
	TEST(a_message_is_masked_in_its_place);
	TEST(a_tree_is_wiped);
})
