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
/* ECDSA from DER (SubjectPublicKeyInfo, RFC 5480), on the curve P-256; NULL where it is none. */
struct ty_public_key *ty_public_key_p256(const void *der, size_t len);
void ty_public_key_free(struct ty_public_key *key); /* takes NULL */

/*
 * Did the owner of the private key sign these pieces, one behind the other?  ECDSA is over SHA-256, its
 * signature DER.  Ed25519 looks at the message twice, so pieces are joined in memory for it.
 */
bool ty_public_key_verify(const struct ty_public_key *key, const void *signature, size_t len,
			  const struct ty_bytes *parts, size_t count);

#endif
