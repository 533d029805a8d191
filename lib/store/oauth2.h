/*
 * oauth2.h -- sign-ins at providers that are under way, by the SHA-256 of their state.
 */
#ifndef TY_STORE_OAUTH2_H
#define TY_STORE_OAUTH2_H

#include "base/defs.h"
#include "base/id.h"
#include "store/store.h"

struct ty_store_oauth2_state {
	const uint8_t *hash;	     /* 32 bytes */
	const uint8_t *session_hash; /* 32 bytes of the session that it is bound to; NULL = none */
};

/* *ret_expires_at (RFC 3339) is owned by the tx's arena.  Errors: TY_E_NOT_FOUND (no such credential). */
enum ty_code ty_store_oauth2_add(struct ty_tx *tx, const struct ty_id *workspace_id,
				 const struct ty_id *credential_id,
				 const struct ty_store_oauth2_state *state, int64_t seconds,
				 const char **ret_expires_at, struct ty_err *err) TY_MUST_CHECK;

/* Verdict on a state that came back. */
struct ty_store_oauth2_taken {
	const char *verdict; /* "ok", "unknown", "other_session", "expired", "changed" */
	struct ty_id workspace_id, credential_id; /* unset of "unknown" */
};

/* Use it up, whatever the verdict: commit.  Across workspaces. */
enum ty_code ty_store_oauth2_take(struct ty_tx *tx, const struct ty_store_oauth2_state *state,
				  struct ty_store_oauth2_taken *ret_taken,
				  struct ty_err *err) TY_MUST_CHECK;

/* Keep why a sign-in came to nothing, for people; a connection that there is stays. */
enum ty_code ty_store_oauth2_fail(struct ty_tx *tx, const struct ty_id *workspace_id,
				  const struct ty_id *credential_id, const char *problem,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
