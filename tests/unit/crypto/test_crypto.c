/* test_crypto.c -- published vectors (FIPS 180-4, RFC 4231, RFC 2202, RFC 4648) and round trips. */
#include "base/str.h"
#include "crypto/crypto.h"
#include "support/common.h"

static const char *
hex_of(const uint8_t *data, size_t len)
{
	char *hex = ty_arena_alloc(fx.arena, 2 * len + 1);

	ty_str_hex(data, len, hex);
	return hex;
}

START_TEST(sha256_and_hmac_match_their_published_vectors)
{
	uint8_t out[TY_SHA256_SIZE];

	ty_sha256("abc", 3, out);
	ck_assert_str_eq(hex_of(out, 32),
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	ty_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
	ck_assert_str_eq(hex_of(out, 32),
			 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	ty_hmac_sha1_v("Jefe", 4, &(struct ty_bytes){ "what do ya want for nothing?", 28 }, 1, out);
	ck_assert_str_eq(hex_of(out, 20), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	ty_hmac_sha256("", 0, "", 0, out);
	ck_assert_str_eq(hex_of(out, 32),
			 "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}
END_TEST

START_TEST(hmac_over_pieces_is_hmac_over_the_whole)
{
	struct ty_bytes parts[] = { { "what do ", 8 }, { "", 0 }, { "ya want for nothing?", 20 } };
	uint8_t whole[TY_SHA256_SIZE], pieces[TY_SHA256_SIZE];

	ty_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, whole);
	ty_hmac_sha256_v("Jefe", 4, parts, TY_ARRAY_COUNT(parts), pieces);
	ck_assert_mem_eq(whole, pieces, sizeof(whole));
}
END_TEST

START_TEST(what_is_sealed_opens_only_with_its_key_place_and_bytes)
{
	uint8_t key[32] = { 1 }, other[32] = { 2 }, sealed[5 + TY_AEAD_OVERHEAD], out[5];

	ty_aead_seal(key, "place", 5, "hello", 5, sealed);
	ck_assert_ok(ty_aead_open(key, "place", 5, sealed, sizeof(sealed), out, &fx.err));
	ck_assert_mem_eq(out, "hello", 5);
	ck_assert_code(ty_aead_open(other, "place", 5, sealed, sizeof(sealed), out, &fx.err),
		       TY_E_DENIED);
	ck_assert_code(ty_aead_open(key, "plade", 5, sealed, sizeof(sealed), out, &fx.err),
		       TY_E_DENIED);
	ck_assert_code(ty_aead_open(key, "place", 5, sealed, TY_AEAD_OVERHEAD - 1, out, &fx.err),
		       TY_E_DENIED);
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		ck_assert_code(ty_aead_open(key, "place", 5, sealed, sizeof(sealed), out, &fx.err),
			       TY_E_DENIED);
		sealed[i] ^= 1;
	}
}
END_TEST

static const struct {
	const char *text, *std, *url;
} base64_cases[] = {
	{ "", "", "" },
	{ "f", "Zg==", "Zg" },
	{ "fo", "Zm8=", "Zm8" },
	{ "foo", "Zm9v", "Zm9v" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
	{ "\xfb\xff\xfe", "+//+", "-__-" },
};

START_TEST(base64_goes_both_ways_and_is_read_in_both_alphabets)
{
	const char *text = base64_cases[_i].text;
	size_t len;
	uint8_t *back;

	ck_assert_str_eq(ty_base64_encode(fx.arena, text, strlen(text)), base64_cases[_i].std);
	back = ty_base64_decode(fx.arena, base64_cases[_i].std, strlen(base64_cases[_i].std), &len);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_mem_eq(back, text, len);
	back = ty_base64_decode(fx.arena, base64_cases[_i].url, strlen(base64_cases[_i].url), &len);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_mem_eq(back, text, len);
}
END_TEST

static const char *const bad_base64[] = { "Z", "Zg=a", "Zm9v!", "Zm 9", "=", "Zg===" };

START_TEST(what_is_no_base64_is_refused)
{
	size_t len;

	ck_assert_ptr_null(
		ty_base64_decode(fx.arena, bad_base64[_i], strlen(bad_base64[_i]), &len));
}
END_TEST

START_TEST(a_secret_is_wiped_when_done)
{
	struct ty_secret secret;

	ty_secret_init(&secret, "top", 3);
	ck_assert_str_eq((char *)secret.data, "top");
	ty_secret_done(&secret);
	ck_assert_ptr_null(secret.data);
	ty_secret_done(&secret); /* twice is harmless */
}
END_TEST

START_TEST(constant_time_compare_sees_every_byte)
{
	ck_assert(ty_crypto_equal("abc", "abc", 3));
	ck_assert(!ty_crypto_equal("abc", "abd", 3));
	ck_assert(!ty_crypto_equal("xbc", "abc", 3));
	ck_assert(ty_crypto_equal("a", "b", 0));
}
END_TEST

TEST_MAIN("crypto", {
	TEST(sha256_and_hmac_match_their_published_vectors);
	TEST(hmac_over_pieces_is_hmac_over_the_whole);
	TEST(what_is_sealed_opens_only_with_its_key_place_and_bytes);
	TEST_LOOP(base64_goes_both_ways_and_is_read_in_both_alphabets, base64_cases);
	TEST_LOOP(what_is_no_base64_is_refused, bad_base64);
	TEST(a_secret_is_wiped_when_done);
	TEST(constant_time_compare_sees_every_byte);
})
