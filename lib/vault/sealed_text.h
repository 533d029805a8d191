/*
 * sealed_text.h -- secrets within workflow documents of before credentials were the only place for
 * them: sealed at rest, opened when a call is made.
 *
 *   "tysealed.<key version>.<base64url>"   AD "graph_secret|<workspace>|<workflow>"
 *
 * A sealed text opens in its own workflow only.  It travels through validator, plan, journal and
 * records as it is; only the worker opens it, in the request that leaves (workers/run/secrets.c).
 */
#ifndef TY_VAULT_SEALED_TEXT_H
#define TY_VAULT_SEALED_TEXT_H

#include "node/registry.h"
#include "vault/vault.h"

struct ty_vault_owner {
	const struct ty_id *workspace_id, *workflow_id;
};

/*
 * Give 'graph' (any JSON, borrowed) as it is to be kept.  A secret in it is refused, because credentials
 * are the place for them.  A mask stands for the secret at the same node id and path of 'stored' (the
 * document before, NULL = none), which is kept as it is, or sealed where it is in clear; where there is
 * none the mask stays, and publishing finds it.  'vault' NULL: no secret can be sealed.
 * Errors: TY_E_INVALID (a secret, with its path), TY_E_UNAVAILABLE (a secret in clear and no vault),
 * ty_tx_*'s, TY_E_DENIED (the master key is another).
 */
enum ty_code ty_vault_graph_seal(const struct ty_vault *vault, struct ty_tx *tx,
				 const struct ty_registry *registry,
				 const struct ty_vault_owner *owner, const json_t *graph,
				 const json_t *stored, json_t **ret_graph,
				 struct ty_err *err) TY_MUST_CHECK;

/* A data key as the store has it. */
struct ty_vault_key {
	int64_t version;
	const uint8_t *wrapped;
	size_t wrapped_len;
};

bool ty_vault_text_is_sealed(const char *text); /* has a sealed text in it */

/*
 * 'text' with every sealed text in it opened; owned by 'arena' and wiped with it.  What only looks
 * like one stays.  Errors: TY_E_DENIED.
 */
enum ty_code ty_vault_text_open(const struct ty_vault *vault, struct ty_arena *arena,
				const struct ty_vault_owner *owner, const struct ty_vault_key *keys,
				size_t key_count, const char *text, const char **ret_text,
				struct ty_err *err) TY_MUST_CHECK;

#endif
