/*
 * connect.h -- a person signs in at a provider for a credential: the way there, and the way back.
 *
 *	begin: state, challenge --> the provider's page --> /api/v1/oauth2/callback --> take --> exchange
 *
 * A state is good once, for ten minutes, for one credential as it is then, and for the session that began it.
 * What is kept of it is its SHA-256; the verifier is made of it anew (vault/token.h).
 */
#ifndef TY_SERVICE_CONNECT_H
#define TY_SERVICE_CONNECT_H

#include "base/defs.h"
#include "base/id.h"
#include "store/oauth2.h"

struct ty_vault;

/* Time that a person has to sign in: consent pages ask for a second factor, and for reading. */
#define TY_CONNECT_S 600

#define TY_CONNECT_CALLBACK "/api/v1/oauth2/callback"

struct ty_connect {
	const struct ty_vault *vault;
	const char *base_url; /* as users see it */
	const struct ty_id *workspace_id, *credential_id;
	const uint8_t *session_hash; /* of the session that begins it; NULL = the operator does */
};

/* All texts are owned by the tx's arena. */
struct ty_connect_way {
	const char *url; /* where the person signs in */
	const char *redirect_uri, *expires_at;
};

/* Errors: TY_E_NOT_FOUND, TY_E_INVALID (nobody signs in for such a credential), TY_E_DENIED (the vault). */
enum ty_code ty_connect_begin(const struct ty_connect *connect, struct ty_tx *tx,
			      struct ty_connect_way *ret_way, struct ty_err *err) TY_MUST_CHECK;

/* "<base_url>/api/v1/oauth2/callback"; owned by 'arena'. */
const char *ty_connect_redirect_uri(struct ty_arena *arena, const char *base_url);

/* Use up a state that came back, for the session that it came to.  Commit. */
enum ty_code ty_connect_take(struct ty_tx *tx, const char *state, const uint8_t *session_hash,
			     struct ty_store_oauth2_taken *ret_taken,
			     struct ty_err *err) TY_MUST_CHECK;

#endif
