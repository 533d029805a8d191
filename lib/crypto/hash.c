/*
 * hash.c -- see hash.h.  A hash that OpenSSL does not have aborts, because all of these are in its
 * default provider.
 */
#include "crypto/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static const EVP_MD *
kind_find(enum ty_hash_kind kind)
{
	const EVP_MD *kinds[TY_HASH__COUNT] = {
		[TY_HASH_MD5] = EVP_md5(),	     [TY_HASH_SHA1] = EVP_sha1(),
		[TY_HASH_SHA256] = EVP_sha256(),     [TY_HASH_SHA384] = EVP_sha384(),
		[TY_HASH_SHA512] = EVP_sha512(),     [TY_HASH_SHA3_256] = EVP_sha3_256(),
		[TY_HASH_SHA3_512] = EVP_sha3_512(),
	};

	TY_ASSERT(kind < TY_HASH__COUNT);
	return kinds[kind];
}

size_t
ty_hash_of(enum ty_hash_kind kind, const void *data, size_t len, uint8_t out[TY_HASH_SIZE_MAX])
{
	unsigned size = 0;

	TY_ASSERT(EVP_Digest(data, len, out, &size, kind_find(kind), NULL) == 1);
	return size;
}

size_t
ty_hmac_of(enum ty_hash_kind kind, const void *key, size_t key_len, const void *data, size_t len,
	   uint8_t out[TY_HASH_SIZE_MAX])
{
	unsigned size = 0;

	TY_ASSERT(HMAC(kind_find(kind), key, (int)key_len, data, len, out, &size) != NULL);
	return size;
}
