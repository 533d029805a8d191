/*
 * vault.h -- credentials at rest: a data key per workspace, wrapped by the master key.
 *
 *   master key (file, only its owner may read it)
 *     wraps  data key of a workspace     AD "workspace_key|<workspace>|<key version>"
 *       seals  a credential's JSON       AD "<workspace>|<credential>|<version>"
 *
 * Both are AES-256-GCM; the associated data binds a text to its place, so that a row copied
 * elsewhere does not open.  The vault is immutable after ty_vault_new and may be shared by
 * threads.  What it opens is a struct ty_secret or dies with the arena, wiped.
 */
#ifndef TY_VAULT_VAULT_H
#define TY_VAULT_VAULT_H

#include "base/defs.h"
#include "base/id.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/credential.h"
#include "store/store.h"

struct ty_vault;

/*
 * Read the master keys (vault/ring.h).  The file is looked at again and again: a program that runs takes part
 * in a change of keys.  Errors: TY_E_NOT_FOUND, TY_E_DENIED (group or others may read the file), TY_E_INVALID.
 */
enum ty_code ty_vault_new(const char *master_key_file, struct ty_vault **ret_vault,
			  struct ty_err *err) TY_MUST_CHECK;
void ty_vault_free(struct ty_vault *vault); /* wipes; takes NULL */
/* Fingerprint of the current master key; 'out' takes TY_VAULT_FINGERPRINT_SIZE (vault/ring.h). */
void ty_vault_current(const struct ty_vault *vault, char *out);

/*
 * Does a master key open the newest data key of all workspaces, and are all others wrapped with keys of the file?
 * True of none.
 * Errors: TY_E_DENIED, ty_tx_*'s.
 */
enum ty_code ty_vault_check(const struct ty_vault *vault, struct ty_tx *tx,
			    struct ty_err *err) TY_MUST_CHECK;

/* A credential to be added. */
struct ty_vault_new {
	const char *name, *type;
	const char *hosts;    /* hosts that it may go to (vault/credential.h); NULL or "" = any */
	const json_t *data;   /* an object, borrowed: { "secret": "..." } */
	struct ty_id made_by; /* user who adds it; unset = not known */
};

/*
 * Keep a credential.  The tx must see the workspace.
 * Errors: TY_E_CONFLICT (name), TY_E_INVALID, ty_tx_*'s.
 */
enum ty_code ty_vault_add(const struct ty_vault *vault, struct ty_tx *tx,
			  const struct ty_id *workspace_id, const struct ty_vault_new *new,
			  struct ty_id *ret_id, struct ty_err *err) TY_MUST_CHECK;

/*
 * Change a credential: a member of 'new' that is NULL stays as it is; the type always does.  The next
 * call is made with what it is then.
 * Errors: TY_E_NOT_FOUND, TY_E_CONFLICT (name, or changed meanwhile), TY_E_INVALID, ty_tx_*'s.
 */
enum ty_code ty_vault_change(const struct ty_vault *vault, struct ty_tx *tx,
			     const struct ty_id *workspace_id, const struct ty_id *id,
			     const struct ty_vault_new *new, struct ty_err *err) TY_MUST_CHECK;

/*
 * The credential's data as JSON text; wiped with the tx's arena.
 * Errors: TY_E_NOT_FOUND, TY_E_DENIED (it does not open), ty_tx_*'s.
 */
enum ty_code ty_vault_open(const struct ty_vault *vault, struct ty_tx *tx,
			   const struct ty_id *workspace_id, const struct ty_id *id,
			   const struct ty_secret **ret_data, struct ty_err *err) TY_MUST_CHECK;

/*
 * The secrets of a webhook_secret: member "secret", or each of "secrets".  'take' is called
 * with each, which it must copy.  Everything in between is wiped.
 */
typedef void (*ty_vault_secret_fn)(void *ctx, const void *data, size_t len);
enum ty_code ty_vault_secrets(const struct ty_vault *vault, struct ty_tx *tx,
			      const struct ty_id *workspace_id, const struct ty_id *id,
			      ty_vault_secret_fn take, void *ctx, struct ty_err *err) TY_MUST_CHECK;

/*
 * ty_vault_open() and ty_vault_secrets() of a credential whose rows the caller has, without a store.
 * Errors: TY_E_DENIED (it does not open).
 */
struct ty_vault_sealed {
	const struct ty_id *workspace_id;
	const struct ty_store_credential *credential;
	const uint8_t *wrapped; /* the data key of its key_version */
	size_t wrapped_len;
};
enum ty_code ty_vault_sealed_open(const struct ty_vault *vault, struct ty_arena *arena,
				  const struct ty_vault_sealed *sealed,
				  const struct ty_secret **ret_data,
				  struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_vault_sealed_secrets(const struct ty_vault *vault, struct ty_arena *arena,
				     const struct ty_vault_sealed *sealed, ty_vault_secret_fn take,
				     void *ctx, struct ty_err *err) TY_MUST_CHECK;

#endif
