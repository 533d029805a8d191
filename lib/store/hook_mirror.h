/*
 * hook_mirror.h -- all published hooks, to be mirrored where they can be read while Postgres is away
 * (sql/functions/hooks.sql), and a claim read from such a mirror.
 */
#ifndef TY_STORE_HOOK_MIRROR_H
#define TY_STORE_HOOK_MIRROR_H

#include "base/defs.h"
#include "store/credential.h"
#include "store/hook_admin.h"
#include "store/hook_keys.h"
#include "store/store.h"

/*
 * Owned by the tx's arena; the tx needs no workspace.  The rows are (field, value); a token that was
 * asked for before them in a transaction of one snapshot stands for them.
 */
enum ty_code ty_store_mirror_token(struct ty_tx *tx, const char **ret_token,
				   struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_mirror_rows(struct ty_tx *tx, struct ty_rows *ret_rows,
				  struct ty_err *err) TY_MUST_CHECK;
/* Let all statements of the tx see the same; to be called first in it. */
enum ty_code ty_store_mirror_snapshot(struct ty_tx *tx, struct ty_err *err) TY_MUST_CHECK;

struct ty_store_mirrored {
	struct ty_store_claim claim;
	struct ty_store_credential credential; /* id unset: none, or it is gone */
	const uint8_t *wrapped;		       /* data key of the secret, as in workspace_keys */
	size_t wrapped_len;
	struct ty_store_keys keys; /* url NULL: its rule names none, or none have come */
};
/*
 * A claim's value.  Owned by 'arena'.
 * Errors: TY_E_UNAVAILABLE (too large to be mirrored, or not what was written: ask Postgres).
 */
enum ty_code ty_store_mirrored_parse(struct ty_arena *arena, const char *value,
				     struct ty_store_mirrored *ret_mirrored,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
