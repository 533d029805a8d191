/*
 * internal.h -- what the files of the vault share: master keys, and the data keys of workspaces.
 */
#ifndef TY_VAULT_INTERNAL_H
#define TY_VAULT_INTERNAL_H

#include "vault/ring.h"
#include "vault/vault.h"

#define VAULT_WRAPPED_SIZE (TY_AEAD_KEY_SIZE + TY_AEAD_OVERHEAD)

struct vault_wrapped {
	uint8_t bytes[VAULT_WRAPPED_SIZE];
	char by[TY_VAULT_FINGERPRINT_SIZE]; /* master key that it is wrapped with */
};

/* The master keys as the file has them, a second late at most; 'must_look': as it has them now.  The caller wipes
 * them. */
void vault_ring_get(const struct ty_vault *vault, bool must_look, struct ty_vault_ring *ret_ring);
/* A key of its own for 'purpose', of a master key.  The caller wipes it. */
void vault_key_derive(const struct ty_vault_ring_key *key, const char *purpose,
		      uint8_t derived[TY_SHA256_SIZE]);
/* The workspace's newest data key, made where it has none.  The caller wipes 'key'. */
enum ty_code vault_key_get(const struct ty_vault *vault, struct ty_tx *tx,
			   const struct ty_id *workspace_id, uint8_t key[TY_AEAD_KEY_SIZE],
			   int64_t *ret_version, struct ty_err *err) TY_MUST_CHECK;
/* A new data key of that version; nothing where there is one already. */
enum ty_code vault_key_make(const struct ty_vault *vault, struct ty_tx *tx,
			    const struct ty_id *workspace_id, int64_t version,
			    struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_DENIED. */
enum ty_code vault_key_unwrap(const struct ty_vault *vault, const struct ty_id *workspace_id,
			      int64_t version, const uint8_t *wrapped, size_t len,
			      uint8_t key[TY_AEAD_KEY_SIZE], struct ty_err *err) TY_MUST_CHECK;
/* With the current master key. */
void vault_key_wrap(const struct ty_vault *vault, const struct ty_id *workspace_id, int64_t version,
		    const uint8_t key[TY_AEAD_KEY_SIZE], struct vault_wrapped *ret_wrapped);
/* Seal a credential's JSON as row->version with this data key; owned by 'arena'. */
void vault_credential_seal(struct ty_arena *arena, const struct ty_id *workspace_id,
			   const uint8_t key[TY_AEAD_KEY_SIZE], const void *text, size_t len,
			   struct ty_store_credential *row);

#endif
