/*
 * public_key.h -- signatures that a public key checks, over OpenSSL's EVP.
 *
 * A key that cannot be read, or a signature of another form, is one that does not match.
 */
#ifndef TY_CRYPTO_PUBLIC_KEY_H
#define TY_CRYPTO_PUBLIC_KEY_H

#include "base/defs.h"
#include "crypto/crypto.h"

#define TY_ED25519_KEY_SIZE	  32
#define TY_ED25519_SIGNATURE_SIZE 64

struct ty_public_key;

/* Ed25519 (RFC 8032) from its 32 bytes; NULL where they are no key. */
struct ty_public_key *ty_public_key_ed25519(const void *key, size_t len);
/* Any of RSA (2048 bits or more), ECDSA on P-256 and Ed25519 from DER (SubjectPublicKeyInfo, RFC 5480); NULL: none of these. */
struct ty_public_key *ty_public_key_spki(const void *der, size_t len);
/* RSA from modulus and exponent, big-endian (RFC 7518, 6.3.1); NULL: none of 2048 bits or more. */
struct ty_public_key *ty_public_key_rsa(const void *n, size_t n_len, const void *e, size_t e_len);
/* ECDSA on P-256 from its two coordinates, 32 bytes each (RFC 7518, 6.2.1); NULL: no point of it. */
struct ty_public_key *ty_public_key_p256_point(const void *x, size_t x_len, const void *y,
					       size_t y_len);
/*
 * RSA (2048 bits or more) of a certificate in PEM that is in its time at 'now_s'; NULL: none.  Who issued it is
 * not looked at.  'is_sha1': it checks signatures over SHA-1.
 */
struct ty_public_key *ty_public_key_certificate(const void *pem, size_t len, int64_t now_s,
						bool is_sha1);
void ty_public_key_free(struct ty_public_key *key); /* takes NULL */

/* "RS256", "ES256" or "EdDSA" (RFC 7518, 3.1; RFC 8037, 3.1): the one algorithm that it checks. */
const char *ty_public_key_algorithm(const struct ty_public_key *key);

/*
 * Did the owner of the private key sign these pieces, one behind the other?  ECDSA is over SHA-256, its
 * signature DER.  Ed25519 looks at the message twice, so pieces are joined in memory for it.
 */
bool ty_public_key_verify(const struct ty_public_key *key, const void *signature, size_t len,
			  const struct ty_bytes *parts, size_t count);

/* ty_public_key_verify() for an ECDSA signature that is two numbers of 32 bytes (RFC 7518, 3.4), not DER. */
bool ty_public_key_verify_jws(const struct ty_public_key *key, const void *signature, size_t len,
			      const struct ty_bytes *part);

/* Sign with an Ed25519 key, from its seed of 32 bytes (RFC 8032, 5.1.5). */
void ty_ed25519_sign(const uint8_t seed[TY_ED25519_KEY_SIZE], const void *data, size_t len,
		     uint8_t out[TY_ED25519_SIGNATURE_SIZE]);

#endif
