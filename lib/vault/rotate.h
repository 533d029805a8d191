/*
 * rotate.h -- changing keys while programs run: data keys are wrapped with another master key, and what they
 * seal is sealed with new data keys.
 *
 * Both go in batches, each a transaction of the caller's, and may be stopped behind any of them: what is left
 * is found again.  Programs open with any key that is there, so that each row may be changed at any time.
 * What does not open is told, left as it is, and keeps nothing else back.
 */
#ifndef TY_VAULT_ROTATE_H
#define TY_VAULT_ROTATE_H

#include "base/err.h"
#include "store/key.h"
#include "vault/vault.h"

/* Rows of a batch: some milliseconds, which nobody waits longer for than for a row. */
#define TY_ROTATE_BATCH 100

struct ty_rotation {
	bool is_over;
	int64_t done, failed;
	struct ty_err first; /* of 'failed' */
	/* Place that the next batch goes on behind; zero at first. */
	struct ty_store_wrapped_key after; /* master keys */
	struct ty_store_to_seal at; /* data keys: workspace under way; unset = the next one */
	struct ty_id workspace_after, row_after;
	bool tokens; /* done are its credentials */
};

/* Wrap a batch of data keys with the current master key.  Errors: ty_tx_*'s. */
enum ty_code ty_vault_rewrap(const struct ty_vault *vault, struct ty_tx *tx, int64_t batch,
			     struct ty_rotation *rotation, struct ty_err *err) TY_MUST_CHECK;

/*
 * Seal a batch of credentials and tokens with data keys that are made since 'started_at'
 * (ty_store_rotation_begin); the tx has no workspace.  What is sealed in versions of workflows keeps its key.
 * Errors: TY_E_DENIED (a new data key cannot be opened), ty_tx_*'s.
 */
enum ty_code ty_vault_reseal(const struct ty_vault *vault, struct ty_tx *tx, const char *started_at,
			     int64_t batch, struct ty_rotation *rotation,
			     struct ty_err *err) TY_MUST_CHECK;

#endif
