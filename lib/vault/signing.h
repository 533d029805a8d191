/*
 * signing.h -- what requests are signed with: the values of credentials that add no fixed text.
 *
 * An opened credential (struct ty_credential) names its way of signing and holds the struct of it; how
 * it is done, lib/service knows.  Texts that were not given are NULL.
 */
#ifndef TY_VAULT_SIGNING_H
#define TY_VAULT_SIGNING_H

#include "base/defs.h"
#include "crypto/jws.h"

enum ty_signing {
	TY_SIGNING_NONE,
	TY_SIGNING_DIGEST,	/* struct ty_signing_digest */
	TY_SIGNING_AWS,		/* struct ty_signing_aws */
	TY_SIGNING_OAUTH1,	/* struct ty_signing_oauth1 */
	TY_SIGNING_JWT,		/* struct ty_signing_jwt */
	TY_SIGNING_CERTIFICATE, /* struct ty_signing_certificate */
	TY_SIGNING_WEBHOOK,	/* struct ty_signing_webhook */
	/* A token that a provider gives (service/token.h), by its grant; struct ty_signing_oauth2. */
	TY_SIGNING_OAUTH2_CLIENT,
	TY_SIGNING_OAUTH2_CODE,
	TY_SIGNING_OAUTH2_JWT,
	/* No request is signed: nodes compute with it (service/crypto.c). */
	TY_SIGNING_KEY,	   /* struct ty_signing_key */
	TY_SIGNING_SECRET, /* struct ty_signing_secret */
	TY_SIGNING_TOTP,   /* struct ty_signing_totp */
	TY_SIGNING__COUNT
};

struct ty_signing_digest {
	const char *username, *password;
};

struct ty_signing_aws {
	const char *access_key_id, *secret_access_key, *session_token, *region, *service;
};

enum { TY_OAUTH1_SHA1, TY_OAUTH1_SHA256 };

struct ty_signing_oauth1 {
	const char *consumer_key, *consumer_secret, *token, *token_secret, *realm;
	int method;
};

struct ty_signing_jwt {
	const char *key, *key_id, *issuer, *subject, *audience, *claims;
	int algorithm; /* enum ty_jws */
	int64_t lifetime_s;
};

struct ty_signing_certificate {
	const char *certificate, *key, *passphrase;
};

struct ty_signing_webhook {
	const char *secret; /* "whsec_" or "whsk_" and base64; see ty_signing_webhook_key */
};

/* Bytes of a key that signs by Standard Webhooks 1.0.0: of HMAC-SHA256 at most, and of Ed25519 (its seed). */
#define TY_SIGNING_WEBHOOK_KEY_MAX   64
#define TY_SIGNING_WEBHOOK_SEED_SIZE 32

struct ty_signing_webhook_key {
	uint8_t bytes[TY_SIGNING_WEBHOOK_KEY_MAX];
	size_t len;
	bool is_ed25519;
};

/*
 * Read a secret: "whsec_" (or nothing) and base64 of 24 to 64 bytes, or "whsk_" and base64 of an Ed25519 key
 * (its 32 bytes, or those and the public key).  False where it is none.  The caller wipes *ret_key.
 */
bool ty_signing_webhook_key(const char *secret, struct ty_signing_webhook_key *ret_key);

/* Way in which a client says who it is (RFC 6749, 2.3.1). */
enum { TY_OAUTH2_AUTH_HEADER, TY_OAUTH2_AUTH_BODY };

struct ty_signing_oauth2 {
	const char *token_url, *scope;
	/* Client (RFC 6749, 2). */
	const char *client_id, *client_secret;
	int client_auth;
	/* Client alone, and a person who signs in. */
	const char *token_audience, *authorization_url, *authorization_params;
	/* Assertion, as struct ty_signing_jwt; the issuer of a sign-in is whom its answer has to name. */
	const char *key, *key_id, *issuer, *subject, *audience, *claims;
	int algorithm;
	int64_t lifetime_s;
};

struct ty_signing_key {
	const char *key, *key_id;
	int algorithm; /* enum ty_jws */
};

/* Form in which bytes of a secret are written. */
enum { TY_SECRET_TEXT, TY_SECRET_BASE64, TY_SECRET_HEX };

struct ty_signing_secret {
	const char *secret;
	int form;
};

struct ty_signing_totp {
	const char *secret; /* base32 */
	int hash;	    /* TY_TOTP_... */
	int64_t digits, period_s;
};

enum { TY_TOTP_SHA1, TY_TOTP_SHA256, TY_TOTP_SHA512 };

bool
ty_signing_is_computed(enum ty_signing signing); /* by nodes alone: it is for no call of a server */
bool ty_signing_is_oauth2(enum ty_signing signing);

#endif
