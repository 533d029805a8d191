/*
 * token.h -- bearer secrets: session tokens, CSRF tokens and API keys.
 *
 * Only their SHA-256 is kept: they are random enough (256 bits) that a slow hash would add
 * nothing, and what is stored is of no use to a thief.
 */
#ifndef TY_AUTH_TOKEN_H
#define TY_AUTH_TOKEN_H

#include "base/defs.h"
#include "crypto/crypto.h"

#define TY_TOKEN_SIZE	       44		    /* base64url of 32 bytes, with its NUL */
#define TY_API_KEY_PREFIX_SIZE 9		    /* 8 characters and a NUL */
#define TY_API_KEY_SIZE	       (4 + 8 + 1 + 43 + 1) /* "tyb_" prefix "_" secret NUL */

/* A new random token as text. */
void ty_token_new(char out[TY_TOKEN_SIZE]);

/* Hash a token as it is kept.  False where 'token' has not the form of one. */
bool ty_token_hash(const char *token, uint8_t ret_hash[TY_SHA256_SIZE]);

struct ty_api_key {
	char text[TY_API_KEY_SIZE]; /* shown once */
	char prefix[TY_API_KEY_PREFIX_SIZE];
	uint8_t secret_hash[TY_SHA256_SIZE];
};

void ty_api_key_new(struct ty_api_key *ret_key);
/* "tyb_<prefix>_<secret>"; false where it has not that form. */
bool ty_api_key_parse(const char *text, struct ty_api_key *ret_key);

#endif
