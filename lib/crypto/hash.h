/*
 * hash.h -- the hashes that users choose by name, and HMAC over each, by OpenSSL's EVP.
 *
 * MD5 and SHA-1 are here because services ask for them; nothing of ours is kept safe by them.
 */
#ifndef TY_CRYPTO_HASH_H
#define TY_CRYPTO_HASH_H

#include "base/defs.h"

enum ty_hash_kind {
	TY_HASH_MD5,
	TY_HASH_SHA1,
	TY_HASH_SHA256,
	TY_HASH_SHA384,
	TY_HASH_SHA512,
	TY_HASH_SHA3_256,
	TY_HASH_SHA3_512,
	TY_HASH__COUNT
};

#define TY_HASH_SIZE_MAX 64

/* Gives the size of the hash in bytes. */
size_t ty_hash_of(enum ty_hash_kind kind, const void *data, size_t len,
		  uint8_t out[TY_HASH_SIZE_MAX]);
/* HMAC (RFC 2104) over it; gives its size. */
size_t ty_hmac_of(enum ty_hash_kind kind, const void *key, size_t key_len, const void *data,
		  size_t len, uint8_t out[TY_HASH_SIZE_MAX]);

#endif
