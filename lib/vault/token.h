/*
 * token.h -- tokens that a provider gave for a credential, sealed for tyboo.credential_tokens.
 *
 * Sealed with the workspace's data key and bound to workspace, credential and the token's own id, so that
 * none can stand in another's place.
 */
#ifndef TY_VAULT_TOKEN_H
#define TY_VAULT_TOKEN_H

#include "base/id.h"
#include "vault/vault.h"

struct ty_vault_token {
	const char *access_token, *refresh_token; /* refresh_token NULL = none */
};

/* Place that a token is sealed for, and the data key for it. */
struct ty_vault_token_place {
	const struct ty_id *workspace_id, *credential_id, *token_id;
	int64_t key_version;
	const uint8_t *wrapped;
	size_t wrapped_len;
};

/* Greatest length of both texts: they go in one row of 64 KiB, as JSON. */
#define TY_VAULT_TOKEN_BYTES_MAX 60000

/* *ret_sealed is owned by 'arena'.  Errors: TY_E_DENIED (the master key is another), TY_E_LIMIT. */
enum ty_code ty_vault_token_seal(const struct ty_vault *vault, struct ty_arena *arena,
				 const struct ty_vault_token_place *place,
				 const struct ty_vault_token *token, const uint8_t **ret_sealed,
				 size_t *ret_len, struct ty_err *err) TY_MUST_CHECK;

/* The texts are wiped with 'arena'.  Errors: TY_E_DENIED (it does not open, or is damaged). */
enum ty_code ty_vault_token_open(const struct ty_vault *vault, struct ty_arena *arena,
				 const struct ty_vault_token_place *place, const uint8_t *sealed,
				 size_t len, struct ty_vault_token *ret_token,
				 struct ty_err *err) TY_MUST_CHECK;

/*
 * A new state of a sign-in, which names the master key of now; and its code verifier (RFC 7636), made of the state
 * with a key that is derived from that one, so that none has to be kept.  Owned by 'arena'.  A state that
 * names no key of ours has the verifier "".
 */
const char *ty_vault_state(const struct ty_vault *vault, struct ty_arena *arena);
const char *ty_vault_verifier(const struct ty_vault *vault, struct ty_arena *arena,
			      const char *state);

#endif
