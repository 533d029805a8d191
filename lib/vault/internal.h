/*
 * internal.h -- what the files of the vault share: the data keys of workspaces.
 */
#ifndef TY_VAULT_INTERNAL_H
#define TY_VAULT_INTERNAL_H

#include "vault/vault.h"

/* A key of its own for 'purpose', of the master key.  The caller wipes it. */
void vault_key_derive(const struct ty_vault *vault, const char *purpose,
		      uint8_t key[TY_SHA256_SIZE]);
/* The workspace's newest data key, made where it has none.  The caller wipes 'key'. */
enum ty_code vault_key_get(const struct ty_vault *vault, struct ty_tx *tx,
			   const struct ty_id *workspace_id, uint8_t key[TY_AEAD_KEY_SIZE],
			   int64_t *ret_version, struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_DENIED. */
enum ty_code vault_key_unwrap(const struct ty_vault *vault, const struct ty_id *workspace_id,
			      int64_t version, const uint8_t *wrapped, size_t len,
			      uint8_t key[TY_AEAD_KEY_SIZE], struct ty_err *err) TY_MUST_CHECK;

#endif
