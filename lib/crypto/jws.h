/*
 * jws.h -- JSON Web Signatures that we make (RFC 7515), over OpenSSL's EVP.
 *
 * The compact form alone.  Those that others make and we check are lib/hook's.
 */
#ifndef TY_CRYPTO_JWS_H
#define TY_CRYPTO_JWS_H

#include "base/defs.h"

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

/* Base64 in the alphabet of URLs, without padding. */
char *ty_base64url_encode(struct ty_arena *arena, const void *data, size_t len);

/*
 * Reason, a sentence, why a client certificate (PEM, with its chain) and its private key do not go
 * together; NULL = they do.  'passphrase' NULL = the key has none.
 */
const char *ty_tls_pair_fault(const char *certificate, const char *key, const char *passphrase);

#endif
