/*
 * crypto.h -- hashes, HMAC, AEAD, random bytes and base64 over OpenSSL's EVP.
 */
#ifndef TY_CRYPTO_CRYPTO_H
#define TY_CRYPTO_CRYPTO_H

#include "base/defs.h"

#define TY_SHA256_SIZE	 32
#define TY_SHA1_SIZE	 20
#define TY_AEAD_KEY_SIZE 32
#define TY_AEAD_OVERHEAD (12 + 16) /* nonce + tag, AES-256-GCM (NIST SP 800-38D) */

void ty_sha256(const void *data, size_t len, uint8_t out[TY_SHA256_SIZE]);

/* SHA-256 over bytes that come in pieces.  end() writes the hash and frees; free() takes NULL. */
struct ty_hash;
struct ty_hash *ty_hash_new(void);
void ty_hash_add(struct ty_hash *hash, const void *data, size_t len);
void ty_hash_end(struct ty_hash *hash, uint8_t out[TY_SHA256_SIZE]);
void ty_hash_free(struct ty_hash *hash);

/* HMAC of pieces, as above; 'out' takes TY_SHA256_SIZE, or TY_SHA1_SIZE. */
struct ty_mac;
struct ty_mac *ty_mac_new(bool is_sha1, const void *key, size_t key_len);
void ty_mac_add(struct ty_mac *mac, const void *data, size_t len);
void ty_mac_end(struct ty_mac *mac, uint8_t *out);
void ty_mac_free(struct ty_mac *mac);

/* HMAC (RFC 2104); out takes TY_SHA256_SIZE, or TY_SHA1_SIZE. */
void ty_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t *out);

/* HMAC over several pieces in turn, so that no copy is joined. */
struct ty_bytes {
	const void *data;
	size_t len;
};
void ty_hmac_sha256_v(const void *key, size_t key_len, const struct ty_bytes *parts, size_t count,
		      uint8_t *out);
void ty_hmac_sha1_v(const void *key, size_t key_len, const struct ty_bytes *parts, size_t count,
		    uint8_t *out);

/* Constant time in 'len'. */
bool ty_crypto_equal(const void *a, const void *b, size_t len);

/* From the kernel; aborts where it has none. */
void ty_crypto_random(void *out, size_t len);

/*
 * AES-256-GCM with a random nonce: nonce || ciphertext || tag.  'out' takes
 * len + TY_AEAD_OVERHEAD.  'ad' binds the text to its place.
 */
void ty_aead_seal(const uint8_t key[TY_AEAD_KEY_SIZE], const void *ad, size_t ad_len,
		  const void *data, size_t len, uint8_t *out);
/* Errors: TY_E_DENIED where key, ad or text do not match. 'out' takes len - TY_AEAD_OVERHEAD. */
enum ty_code ty_aead_open(const uint8_t key[TY_AEAD_KEY_SIZE], const void *ad, size_t ad_len,
			  const void *sealed, size_t len, uint8_t *out,
			  struct ty_err *err) TY_MUST_CHECK;

/* Base64 (RFC 4648): standard with padding; decode takes both alphabets, padded or not. */
char *ty_base64_encode(struct ty_arena *arena, const void *data, size_t len);
/* Base64 in the alphabet of URLs, without padding. */
char *ty_base64url_encode(struct ty_arena *arena, const void *data, size_t len);
uint8_t *ty_base64_decode(struct ty_arena *arena, const char *s, size_t len, size_t *ret_len);

/* Base32 (RFC 4648), in either case; blanks, hyphens and padding are skipped.  NULL where it is none. */
uint8_t *ty_base32_decode(struct ty_arena *arena, const char *s, size_t *ret_len);

/*
 * A secret: wiped when done, and accepted by no JSON or log function.
 */
struct ty_secret {
	uint8_t *data;
	size_t len;
};
void ty_secret_init(struct ty_secret *secret, const void *data, size_t len); /* copies */
void ty_secret_done(struct ty_secret *secret);
/* A secret wiped with the arena. */
struct ty_secret *ty_secret_new(struct ty_arena *arena, const void *data, size_t len);

/* Overwrite in a way the compiler keeps. */
void ty_crypto_wipe(void *data, size_t len);

#endif
