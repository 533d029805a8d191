/*
 * jws.h -- JSON Web Signatures (RFC 7515), made and checked with the keys of credentials, over OpenSSL's EVP.
 *
 * The compact form alone.  The algorithm is the key's, never what a token says.  Those of deliveries are lib/hook's.
 */
#ifndef TY_CRYPTO_JWS_H
#define TY_CRYPTO_JWS_H

#include "base/defs.h"
#include "crypto/crypto.h"

enum ty_jws { /* RFC 7518, 3.1; RFC 8037, 3.1 */
	      TY_JWS_RS256,
	      TY_JWS_RS384,
	      TY_JWS_RS512,
	      TY_JWS_PS256,
	      TY_JWS_ES256,
	      TY_JWS_ES384,
	      TY_JWS_EDDSA,
	      TY_JWS_HS256,
	      TY_JWS_HS384,
	      TY_JWS_HS512,
	      TY_JWS__COUNT
};

const char *ty_jws_name(enum ty_jws alg); /* "RS256" */

/* Reason, a sentence, why 'key' (PEM; of HS* the secret itself) does not sign by 'alg'; NULL = it does. */
const char *ty_jws_key_fault(enum ty_jws alg, const char *key);

/* "header.payload.signature" of two JSON texts; owned by 'arena'.  NULL where the key does not sign. */
char *ty_jws_make(struct ty_arena *arena, enum ty_jws alg, const char *key, const char *header,
		  const char *payload);

/* The signature of bytes; owned by 'arena'.  NULL where the key does not sign. */
uint8_t *ty_jws_sign(struct ty_arena *arena, enum ty_jws alg, const char *key, struct ty_bytes text,
		     size_t *ret_len);

/* Reason why 'key' checks nothing by 'alg': a public or private key or a certificate in PEM, of HS* the secret. */
const char *ty_jws_check_fault(enum ty_jws alg, const char *key);
/* Did the owner of the key sign these bytes? */
bool ty_jws_verify(struct ty_arena *arena, enum ty_jws alg, const char *key, struct ty_bytes text,
		   const void *signature, size_t len);

/*
 * Reason, a sentence, why a client certificate (PEM, with its chain) and its private key do not go
 * together; NULL = they do.  'passphrase' NULL = the key has none.
 */
const char *ty_tls_pair_fault(const char *certificate, const char *key, const char *passphrase);

#endif
