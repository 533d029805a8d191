/*
 * public_key.c -- see public_key.h.
 */
#include "crypto/public_key.h"

#include "base/str.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define CURVE_NAME_SIZE 32

struct ty_public_key {
	EVP_PKEY *pkey;
	const EVP_MD *digest; /* NULL: the scheme's own */
};

/* Takes 'pkey', which may be NULL. */
static struct ty_public_key *
key_new(EVP_PKEY *pkey, const EVP_MD *digest)
{
	struct ty_public_key *key;

	ERR_clear_error();
	if (pkey == NULL)
		return NULL;
	key = calloc(1, sizeof(*key));
	TY_ASSERT(key != NULL);
	*key = (struct ty_public_key){ .pkey = pkey, .digest = digest };
	return key;
}

struct ty_public_key *
ty_public_key_ed25519(const void *key, size_t len)
{
	if (len != TY_ED25519_KEY_SIZE)
		return NULL;
	return key_new(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, len), NULL);
}

static bool
is_p256(const EVP_PKEY *pkey)
{
	char name[CURVE_NAME_SIZE];
	size_t len;

	return EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len) == 1 &&
	       ty_str_eq(name, "prime256v1");
}

struct ty_public_key *
ty_public_key_p256(const void *der, size_t len)
{
	const unsigned char *at = der;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)len);

	if (pkey != NULL && !is_p256(pkey)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return key_new(pkey, EVP_sha256());
}

void
ty_public_key_free(struct ty_public_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

static bool
verify_joined(EVP_MD_CTX *ctx, const void *signature, size_t len, const struct ty_bytes *parts,
	      size_t count)
{
	size_t size = 0, at = 0;
	uint8_t *message;
	bool is_right;

	for (size_t i = 0; i < count; i++)
		size += parts[i].len;
	message = malloc(size + 1);
	TY_ASSERT(message != NULL);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len > 0)
			memcpy(message + at, parts[i].data, parts[i].len);
		at += parts[i].len;
	}
	is_right = EVP_DigestVerify(ctx, signature, len, message, size) == 1;
	free(message);
	return is_right;
}

static bool
verify_pieces(EVP_MD_CTX *ctx, const void *signature, size_t len, const struct ty_bytes *parts,
	      size_t count)
{
	for (size_t i = 0; i < count; i++)
		TY_ASSERT(EVP_DigestVerifyUpdate(ctx, parts[i].data, parts[i].len) == 1);
	return EVP_DigestVerifyFinal(ctx, signature, len) == 1;
}

bool
ty_public_key_verify(const struct ty_public_key *key, const void *signature, size_t len,
		     const struct ty_bytes *parts, size_t count)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_right;

	TY_ASSERT(ctx != NULL &&
		  EVP_DigestVerifyInit(ctx, NULL, key->digest, NULL, key->pkey) == 1);
	is_right = key->digest == NULL ? verify_joined(ctx, signature, len, parts, count)
				       : verify_pieces(ctx, signature, len, parts, count);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_right;
}
