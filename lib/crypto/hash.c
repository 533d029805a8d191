/*
 * hash.c -- see hash.h.  A hash that OpenSSL does not have aborts, because all of these are in its
 * default provider.
 */
#include "crypto/hash.h"

#include <openssl/evp.h>

size_t
ty_hash_of(enum ty_hash_kind kind, const void *data, size_t len, uint8_t out[TY_HASH_SIZE_MAX])
{
	const EVP_MD *kinds[TY_HASH__COUNT] = {
		[TY_HASH_MD5] = EVP_md5(),	     [TY_HASH_SHA1] = EVP_sha1(),
		[TY_HASH_SHA256] = EVP_sha256(),     [TY_HASH_SHA384] = EVP_sha384(),
		[TY_HASH_SHA512] = EVP_sha512(),     [TY_HASH_SHA3_256] = EVP_sha3_256(),
		[TY_HASH_SHA3_512] = EVP_sha3_512(),
	};
	unsigned size = 0;

	TY_ASSERT(kind < TY_HASH__COUNT &&
		  EVP_Digest(data, len, out, &size, kinds[kind], NULL) == 1);
	return size;
}
