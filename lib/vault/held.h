/*
 * held.h -- the token of a delivery that waits for its issuer's keys, sealed for tyboo.held_deliveries.
 *
 * A token lets whoever has it send in its sender's name, so it is in no header that is kept.  It is sealed
 * with the workspace's data key, bound to workspace and delivery, and goes when the delivery is judged.
 */
#ifndef TY_VAULT_HELD_H
#define TY_VAULT_HELD_H

#include "vault/vault.h"

/* A header as long as nginx takes it. */
#define TY_VAULT_HELD_BYTES_MAX 16000

struct ty_vault_held {
	int64_t key_version;
	const uint8_t *sealed;
	size_t len;
};

/*
 * Owned by the tx's arena; a data key is made where the workspace has none.
 * Errors: TY_E_LIMIT (too long), TY_E_DENIED (the master key is another), ty_tx_*'s.
 */
enum ty_code ty_vault_held_seal(const struct ty_vault *vault, struct ty_tx *tx,
				const struct ty_id *workspace_id, const struct ty_id *delivery_id,
				const char *token, struct ty_vault_held *ret_held,
				struct ty_err *err) TY_MUST_CHECK;
/* The token is wiped with 'arena'; 'wrapped' is the data key.  Errors: TY_E_DENIED. */
enum ty_code ty_vault_held_open(const struct ty_vault *vault, struct ty_arena *arena,
				const struct ty_id *workspace_id, const struct ty_id *delivery_id,
				const struct ty_vault_held *held, const uint8_t *wrapped,
				size_t wrapped_len, const char **ret_token,
				struct ty_err *err) TY_MUST_CHECK;

#endif
