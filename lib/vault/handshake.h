/*
 * handshake.h -- the secret that a webhook's sender gives itself, in its first request.
 *
 * Kept as the secret of a credential of type webhook_handshake, sealed as any, and only while that has
 * none: whoever comes second changes nothing.  The operator empties the credential to let one be given anew.
 */
#ifndef TY_VAULT_HANDSHAKE_H
#define TY_VAULT_HANDSHAKE_H

#include "vault/vault.h"

/* Secrets of providers have 32 to 64 characters. */
#define TY_VAULT_OFFER_BYTES_MAX 512

/*
 * Keep 'secret' where the credential has none.  *ret_is_it: its secret, or one of several, is this one now.
 * The tx must see the workspace, and be committed.
 * Errors: TY_E_NOT_FOUND, TY_E_DENIED (it does not open), TY_E_INVALID (no text of a secret), ty_tx_*'s.
 */
enum ty_code ty_vault_offer(const struct ty_vault *vault, struct ty_tx *tx,
			    const struct ty_id *workspace_id, const struct ty_id *id,
			    const char *secret, bool *ret_is_it, struct ty_err *err) TY_MUST_CHECK;

#endif
