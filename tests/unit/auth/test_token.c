/*
 * Bearer secrets: their form, and that only a hash of them is kept.
 */
#include "auth/token.h"
#include "base/str.h"
#include "support/common.h"

#define SECRET43 "0123456789012345678901234567890123456789abc"

START_TEST(tokens_are_random_and_of_one_form)
{
	char a[TY_TOKEN_SIZE], b[TY_TOKEN_SIZE];
	unsigned seen[256] = { 0 }, kinds = 0;

	for (int i = 0; i < 200; i++) {
		ty_token_new(a);
		ty_token_new(b);
		ck_assert_uint_eq(strlen(a), 43);
		ck_assert_str_ne(a, b);
		for (size_t j = 0; j < 43; j++)
			seen[(unsigned char)a[j]]++;
	}
	for (int i = 0; i < 256; i++)
		kinds += seen[i] > 0;
	ck_assert_uint_eq(kinds, 64);
	for (int i = 0; i < 256; i++) /* 134 of each are to be expected */
		ck_assert_msg(seen[i] == 0 || (seen[i] > 60 && seen[i] < 240), "'%c': %u", i,
			      seen[i]);
}
END_TEST

static const char *const bad_tokens[] = {
	NULL,
	"",
	SECRET43 "x",
	"0123456789012345678901234567890123456789ab",
	"012345678901234567890123456789012345678 abc",
	"012345678901234567890123456789012345678=abc",
	"012345678901234567890123456789012345678\xc3\xa9"
	"bc",
	"0123456789012345678901234567890123456789'--",
};

START_TEST(what_has_not_the_form_is_not_hashed)
{
	uint8_t hash[TY_SHA256_SIZE] = { 7 };

	ck_assert(!ty_token_hash(bad_tokens[_i], hash));
	ck_assert_int_eq(hash[0], 7);
}
END_TEST

START_TEST(what_is_kept_is_the_sha256)
{
	uint8_t hash[TY_SHA256_SIZE], expected[TY_SHA256_SIZE];

	ck_assert(ty_token_hash(SECRET43, hash));
	ty_sha256(SECRET43, 43, expected);
	ck_assert_mem_eq(hash, expected, sizeof(hash));
}
END_TEST

START_TEST(a_new_key_parses_to_itself)
{
	for (int i = 0; i < 100; i++) {
		struct ty_api_key key, parsed;

		ty_api_key_new(&key);
		ck_assert_uint_eq(strlen(key.text), TY_API_KEY_SIZE - 1);
		ck_assert(ty_str_has_prefix(key.text, "tyb_"));
		ck_assert_uint_eq(strlen(key.prefix), 8);
		ck_assert(ty_api_key_parse(key.text, &parsed));
		ck_assert_str_eq(parsed.text, key.text);
		ck_assert_str_eq(parsed.prefix, key.prefix);
		ck_assert_mem_eq(parsed.secret_hash, key.secret_hash, TY_SHA256_SIZE);
	}
}
END_TEST

static const struct {
	const char *text;
	bool ok;
} keys[] = {
	{ "tyb_abcdefgh_" SECRET43, true },
	{ "tyb_abcd2345_" SECRET43, true },
	{ NULL, false },
	{ "", false },
	{ "tyb_", false },
	{ SECRET43, false },
	{ "TYB_abcdefgh_" SECRET43, false },
	{ "tyc_abcdefgh_" SECRET43, false },
	{ "tyb-abcdefgh_" SECRET43, false },
	{ "tyb_abcdefgh-" SECRET43, false },
	{ "tyb_abcdefg_x" SECRET43, false },
	{ "tyb_abcdefgl_" SECRET43,
	  false }, /* l, o, 0 and 1 are not in a prefix: they look alike */
	{ "tyb_abcdefg0_" SECRET43, false },
	{ "tyb_ABCDEFGH_" SECRET43, false },
	{ "tyb_abcd_fgh_" SECRET43, false },
	{ "tyb_abcdefgh_" SECRET43 "x", false },
	{ "tyb_abcdefgh_0123456789", false },
	{ "tyb_abcdefgh_012345678901234567890123456789012345678 abc", false },
	{ " tyb_abcdefgh_" SECRET43, false },
};

START_TEST(each_key_is_read_or_refused)
{
	struct ty_api_key key = { .prefix = "before" };

	ck_assert_int_eq(ty_api_key_parse(keys[_i].text, &key), keys[_i].ok);
	if (keys[_i].ok)
		ck_assert_mem_eq(key.prefix, keys[_i].text + 4, 8);
	else
		ck_assert_str_eq(key.prefix, "before");
}
END_TEST

TEST_MAIN("auth.token", {
	TEST(tokens_are_random_and_of_one_form);
	TEST_LOOP(what_has_not_the_form_is_not_hashed, bad_tokens);
	TEST(what_is_kept_is_the_sha256);
	TEST(a_new_key_parses_to_itself);
	TEST_LOOP(each_key_is_read_or_refused, keys);
})
