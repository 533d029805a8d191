/*
 * auth.h -- what a call proves itself with, beside the headers of its request.
 *
 * All of it is for the origin of the request's URL: a redirect to another goes without any of it.
 */
#ifndef TY_NET_AUTH_H
#define TY_NET_AUTH_H

#include "base/defs.h"

#define TY_NET_SIGNATURE_FIELDS 6

struct ty_net_field {
	const char *name, *value;
};

/* A request as it is about to be sent; all borrowed. */
struct ty_net_signable {
	const char *method, *url;
	const struct ty_net_field *headers;
	size_t header_count;
	const char *body; /* NULL where it is of several pieces, or a file */
	size_t body_len;
	const char *body_hash; /* SHA-256 in hex of a body that is one file; NULL = none is known */
	bool has_body, is_form; /* a form in the way of URLs */
};

/* Parts that a signer adds; owned by the arena that it got. */
struct ty_net_signature {
	const char *url; /* in place of the request's; NULL = as it is */
	struct ty_net_field fields[TY_NET_SIGNATURE_FIELDS];
	size_t count;
};

/* Sign a request, each hop anew.  Errors: its own; the call fails with them. */
typedef enum ty_code (*ty_net_sign_fn)(const void *ctx, struct ty_arena *arena,
				       const struct ty_net_signable *request,
				       struct ty_net_signature *ret_signature, struct ty_err *err);

/* Copied when a call begins, with 'sign_ctx'; the texts in them are borrowed until the call is over. */
struct ty_net_auth {
	ty_net_sign_fn sign; /* NULL = nothing is signed */
	const void *sign_ctx;
	size_t sign_ctx_size;
	const char *digest_user, *digest_password; /* of Digest (RFC 7616); NULL = none */
	const char *certificate, *key;		   /* PEM, of TLS; NULL = none */
	const char *key_passphrase;		   /* NULL = the key has none */
	/* Set once a connection is there and the request may go out on it, so that a failure before that is
	 * known to have reached nobody; NULL = not asked for. */
	bool *sent;
};

#endif
