/*
 * crypto.c -- thin over OpenSSL's EVP.  A failure here that is not "the text does not
 * match" means a broken library or exhausted memory, and aborts.
 */
#include "crypto/crypto.h"
#include "base/arena.h"
#include "base/err.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_SIZE 12
#define TAG_SIZE   16

void
ty_sha256(const void *data, size_t len, uint8_t out[TY_SHA256_SIZE])
{
	TY_ASSERT(SHA256(data, len, out) != NULL);
}

/* A hash's state is OpenSSL's own, under a name of ours. */
struct ty_hash *
ty_hash_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	TY_ASSERT(ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
	return (struct ty_hash *)ctx;
}

void
ty_hash_add(struct ty_hash *hash, const void *data, size_t len)
{
	TY_ASSERT(EVP_DigestUpdate((EVP_MD_CTX *)hash, data, len) == 1);
}

void
ty_hash_end(struct ty_hash *hash, uint8_t out[TY_SHA256_SIZE])
{
	TY_ASSERT(EVP_DigestFinal_ex((EVP_MD_CTX *)hash, out, NULL) == 1);
	ty_hash_free(hash);
}

void
ty_hash_free(struct ty_hash *hash)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)hash);
}

struct ty_mac {
	EVP_MAC_CTX *ctx;
	size_t size;
};

static void
mac_init(struct ty_mac *mac, bool is_sha1, const void *key, size_t key_len)
{
	char sha1[] = "SHA1", sha256[] = "SHA256"; /* copied by init */
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, is_sha1 ? sha1 : sha256, 0),
		OSSL_PARAM_construct_end(),
	};

	mac->ctx = EVP_MAC_CTX_new(hmac);
	mac->size = is_sha1 ? TY_SHA1_SIZE : TY_SHA256_SIZE;
	EVP_MAC_free(hmac); /* the context holds it */
	/* An empty key is legal HMAC; OpenSSL wants a pointer all the same. */
	TY_ASSERT(mac->ctx != NULL && EVP_MAC_init(mac->ctx, key_len > 0 ? key : (const void *)"",
						   key_len, params) == 1);
}

struct ty_mac *
ty_mac_new(bool is_sha1, const void *key, size_t key_len)
{
	struct ty_mac *mac = calloc(1, sizeof(*mac));

	TY_ASSERT(mac != NULL);
	mac_init(mac, is_sha1, key, key_len);
	return mac;
}

void
ty_mac_add(struct ty_mac *mac, const void *data, size_t len)
{
	TY_ASSERT(EVP_MAC_update(mac->ctx, data, len) == 1);
}

static void
mac_final(struct ty_mac *mac, uint8_t *out)
{
	size_t size;

	TY_ASSERT(EVP_MAC_final(mac->ctx, out, &size, mac->size) == 1 && size == mac->size);
	EVP_MAC_CTX_free(mac->ctx);
}

void
ty_mac_end(struct ty_mac *mac, uint8_t *out)
{
	mac_final(mac, out);
	free(mac);
}

void
ty_mac_free(struct ty_mac *mac)
{
	if (mac == NULL)
		return;
	EVP_MAC_CTX_free(mac->ctx);
	free(mac);
}

static void
hmac_v(bool is_sha1, const void *key, size_t key_len, const struct ty_bytes *parts, size_t count,
       uint8_t *out)
{
	struct ty_mac mac;

	mac_init(&mac, is_sha1, key, key_len);
	for (size_t i = 0; i < count; i++)
		ty_mac_add(&mac, parts[i].data, parts[i].len);
	mac_final(&mac, out);
}

void
ty_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t *out)
{
	hmac_v(false, key, key_len, &(struct ty_bytes){ data, len }, 1, out);
}

void
ty_hmac_sha256_v(const void *key, size_t key_len, const struct ty_bytes *parts, size_t count,
		 uint8_t *out)
{
	hmac_v(false, key, key_len, parts, count, out);
}

void
ty_hmac_sha1_v(const void *key, size_t key_len, const struct ty_bytes *parts, size_t count,
	       uint8_t *out)
{
	hmac_v(true, key, key_len, parts, count, out);
}

bool
ty_crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void
ty_crypto_random(void *out, size_t len)
{
	TY_ASSERT(len <= INT32_MAX && RAND_bytes(out, (int)len) == 1);
}

void
ty_aead_seal(const uint8_t key[TY_AEAD_KEY_SIZE], const void *ad, size_t ad_len, const void *data,
	     size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	ty_crypto_random(out, NONCE_SIZE);
	TY_ASSERT(ctx != NULL && len <= INT32_MAX && ad_len <= INT32_MAX);
	TY_ASSERT(EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1);
	TY_ASSERT(EVP_EncryptUpdate(ctx, NULL, &n, ad, (int)ad_len) == 1);
	TY_ASSERT(EVP_EncryptUpdate(ctx, out + NONCE_SIZE, &n, data, (int)len) == 1);
	TY_ASSERT(EVP_EncryptFinal_ex(ctx, out + NONCE_SIZE + n, &n) == 1);
	TY_ASSERT(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
				      out + NONCE_SIZE + len) == 1);
	EVP_CIPHER_CTX_free(ctx);
}

enum ty_code
ty_aead_open(const uint8_t key[TY_AEAD_KEY_SIZE], const void *ad, size_t ad_len, const void *sealed,
	     size_t len, uint8_t *out, struct ty_err *err)
{
	const uint8_t *in = sealed;
	EVP_CIPHER_CTX *ctx;
	bool ok;
	int n;

	if (len < TY_AEAD_OVERHEAD || len > INT32_MAX)
		return ty_err_set(err, TY_E_DENIED, "sealed text is cut short");
	ctx = EVP_CIPHER_CTX_new();
	TY_ASSERT(ctx != NULL && ad_len <= INT32_MAX);
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, in) == 1 &&
	     EVP_DecryptUpdate(ctx, NULL, &n, ad, (int)ad_len) == 1 &&
	     EVP_DecryptUpdate(ctx, out, &n, in + NONCE_SIZE, (int)(len - TY_AEAD_OVERHEAD)) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE,
				 (void *)(in + len - TAG_SIZE)) == 1 &&
	     EVP_DecryptFinal_ex(ctx, out + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return ty_err_set(err, TY_E_DENIED,
				  "sealed text does not match its key or its place");
	return TY_OK;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
ty_base64_encode(struct ty_arena *arena, const void *data, size_t len)
{
	char *out = ty_arena_alloc(arena, (len + 2) / 3 * 4 + 1), *p = out;
	const uint8_t *in = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
				(left > 2 ? in[i + 2] : 0);

		*p++ = alphabet[bits >> 18];
		*p++ = alphabet[bits >> 12 & 63];
		*p++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		*p++ = left > 2 ? alphabet[bits & 63] : '=';
	}
	*p = '\0';
	return out;
}

char *
ty_base64url_encode(struct ty_arena *arena, const void *data, size_t len)
{
	char *text = ty_base64_encode(arena, data, len);

	text[strcspn(text, "=")] = '\0';
	for (char *at = text; *at != '\0'; at++)
		*at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
	return text;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

uint8_t *
ty_base64_decode(struct ty_arena *arena, const char *s, size_t len, size_t *ret_len)
{
	uint8_t *out = ty_arena_alloc(arena, len / 4 * 3 + 4);
	uint32_t bits = 0;
	size_t n = 0, digits;

	if (len % 4 == 0) {
		for (size_t pads = 0; pads < 2 && len > 0 && s[len - 1] == '='; pads++)
			len--;
	}
	if (len % 4 == 1)
		return NULL;
	for (digits = 0; digits < len; digits++) {
		int value = base64_value(s[digits]);

		if (value < 0)
			return NULL;
		bits = bits << 6 | (uint32_t)value;
		if (digits % 4 != 0)
			out[n++] = (uint8_t)(bits >> (6 - digits % 4 * 2));
	}
	*ret_len = n;
	return out;
}

void
ty_secret_init(struct ty_secret *secret, const void *data, size_t len)
{
	secret->data = malloc(len + 1);
	TY_ASSERT(secret->data != NULL);
	memcpy(secret->data, data, len);
	secret->data[len] = '\0';
	secret->len = len;
}

void
ty_secret_done(struct ty_secret *secret)
{
	if (secret->data == NULL)
		return;
	ty_crypto_wipe(secret->data, secret->len);
	free(secret->data);
	secret->data = NULL;
	secret->len = 0;
}

static void
defer_secret_done(void *ptr)
{
	ty_secret_done(ptr);
}

struct ty_secret *
ty_secret_new(struct ty_arena *arena, const void *data, size_t len)
{
	struct ty_secret *secret = ty_arena_new_of(arena, struct ty_secret);

	ty_secret_init(secret, data, len);
	ty_arena_defer(arena, defer_secret_done, secret);
	return secret;
}

void
ty_crypto_wipe(void *data, size_t len)
{
	OPENSSL_cleanse(data, len);
}

uint8_t *
ty_base32_decode(struct ty_arena *arena, const char *s, size_t *ret_len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t *out = ty_arena_alloc(arena, strlen(s) + 1);
	uint32_t bits = 0, count = 0;
	size_t len = 0;

	for (; *s != '\0'; s++) {
		const char *at;

		if (strchr(" -=\t\r\n", *s) != NULL)
			continue;
		at = strchr(digits, *s >= 'a' && *s <= 'z' ? *s - 32 : *s);
		if (at == NULL)
			return NULL;
		bits = bits << 5 | (uint32_t)(at - digits);
		count += 5;
		if (count >= 8) {
			count -= 8;
			out[len++] = (uint8_t)(bits >> count);
		}
	}
	*ret_len = len;
	return len > 0 ? out : NULL;
}
