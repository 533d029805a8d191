/*
 * key.h -- changing keys, as rows: data keys that a master key wraps, and what data keys seal.  The bytes are
 * lib/vault's.
 *
 * Each change is made only where the row is as it was read, so that whoever changes it meanwhile wins, and
 * the next look finds it again.
 */
#ifndef TY_STORE_KEY_H
#define TY_STORE_KEY_H

#include "base/defs.h"
#include "base/id.h"
#include "store/store.h"

/* ---- master keys: across workspaces ---- */

struct ty_store_wrapped_key {
	struct ty_id workspace_id;
	int64_t version;
	const uint8_t *wrapped;
	size_t wrapped_len;
};

/* Data keys that another master key than 'by' wraps, behind 'after' (workspace unset: from the first); the tx's
 * arena's. */
enum ty_code ty_store_keys_wrapped_otherwise(struct ty_tx *tx, const char *by,
					     const struct ty_store_wrapped_key *after,
					     int64_t limit, struct ty_store_wrapped_key **ret_keys,
					     size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_key_rewrap(struct ty_tx *tx, const struct ty_store_wrapped_key *key,
				 const uint8_t *wrapped, size_t len, const char *by, bool *ret_done,
				 struct ty_err *err) TY_MUST_CHECK;
/*
 * Let nobody make or change a data key until the tx ends, and wait for those that do: what key_wrappers counts then
 * stays.  As the owner.
 */
enum ty_code ty_store_keys_hold(struct ty_tx *tx, struct ty_err *err) TY_MUST_CHECK;
/* Open waits for calls in runs that began from then (RFC 3339; NULL: ever) until then (NULL: now). */
enum ty_code ty_store_waits_of_runs(struct ty_tx *tx, const char *from, const char *until,
				    int64_t *ret_count, struct ty_err *err) TY_MUST_CHECK;

/* ---- data keys ---- */

/* Begin a rotation, or go on with the one that is not finished; its time is the tx's arena's. */
enum ty_code ty_store_rotation_begin(struct ty_tx *tx, const char **ret_started_at,
				     struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_rotation_end(struct ty_tx *tx, const char *started_at,
				   struct ty_err *err) TY_MUST_CHECK;

/* A workspace with something to do. */
struct ty_store_to_seal {
	struct ty_id workspace_id; /* unset: there is none any more */
	int64_t version;	   /* newest data key of it */
	bool is_old;		   /* made before the rotation: it needs another */
};
enum ty_code ty_store_workspace_to_seal(struct ty_tx *tx, const char *started_at,
					const struct ty_id *after,
					struct ty_store_to_seal *ret_next,
					struct ty_err *err) TY_MUST_CHECK;

/* A credential, or the token of one, of the tx's workspace. */
struct ty_store_sealed {
	struct ty_id id, token_id;    /* id: of the credential; token_id: of tokens */
	int64_t version, key_version; /* version: of credentials */
	const uint8_t *sealed;
	size_t sealed_len;
};
enum ty_code ty_store_sealed_otherwise(struct ty_tx *tx, bool tokens, int64_t key_version,
				       const struct ty_id *after, int64_t limit,
				       struct ty_store_sealed **ret_rows, size_t *ret_count,
				       struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_reseal(struct ty_tx *tx, bool tokens, const struct ty_store_sealed *old,
			     int64_t key_version, const uint8_t *sealed, size_t len, bool *ret_done,
			     struct ty_err *err) TY_MUST_CHECK;

struct ty_store_left {
	int64_t workspaces, credentials, tokens;
};
enum ty_code ty_store_left_to_seal(struct ty_tx *tx, const char *started_at,
				   struct ty_store_left *ret_left,
				   struct ty_err *err) TY_MUST_CHECK;

#endif
