/*
 * sign.h -- how a request is signed with a credential: one function a way, for net/auth.h.
 *
 * Pure but for time and chance, which come in by struct ty_sign, so that a test has both in its hand.
 */
#ifndef TY_SERVICE_SIGN_H
#define TY_SERVICE_SIGN_H

#include "net/auth.h"
#include "vault/credential.h"

struct ty_sign {
	const void *values; /* of vault/signing.h */
	int64_t now_ms;
	char nonce[33];
};

/*
 * AWS Signature Version 4, the header's way.  Signed are host, x-amz-date, x-amz-content-sha256 and all
 * headers of the request that stay as they are on the way.  The URL is sent as it was signed: its query
 * percent-encoded, "+" being a space.  Of "s3" the path is encoded once, of others twice.
 * Errors: TY_E_INVALID (a body in pieces, whose hash is not known).
 */
enum ty_code ty_sign_aws(const void *sign, struct ty_arena *arena,
			 const struct ty_net_signable *request,
			 struct ty_net_signature *ret_signature, struct ty_err *err) TY_MUST_CHECK;

/* OAuth 1.0 (RFC 5849), the Authorization header's way; the parameters of a form are signed too. */
enum ty_code ty_sign_oauth1(const void *sign, struct ty_arena *arena,
			    const struct ty_net_signable *request,
			    struct ty_net_signature *ret_signature,
			    struct ty_err *err) TY_MUST_CHECK;

/*
 * Standard Webhooks 1.0.0: webhook-id, webhook-timestamp and webhook-signature.  The id is the request's own
 * webhook-id, or its Idempotency-Key, so that a receiver knows another try by it.
 * Errors: TY_E_INVALID (a body in pieces, an id with a dot).
 */
enum ty_code ty_sign_webhook(const void *sign, struct ty_arena *arena,
			     const struct ty_net_signable *request,
			     struct ty_net_signature *ret_signature,
			     struct ty_err *err) TY_MUST_CHECK;

/* A token of a struct ty_signing_jwt that is good from 'now_ms' on; wiped with 'arena'.  Errors: TY_E_INVALID. */
enum ty_code ty_sign_jwt(struct ty_arena *arena, const struct ty_signing_jwt *jwt, int64_t now_ms,
			 const char **ret_token, struct ty_err *err) TY_MUST_CHECK;

/* Proof of a call, with 'sign' as its context.  False: it proves itself with nothing of the sort. */
bool ty_sign_auth(const struct ty_credential *credential, struct ty_sign *sign,
		  struct ty_net_auth *ret_auth);

#endif
