/*
 * credential.h -- sealed credentials and wrapped data keys, as rows.  What is in them only
 * lib/vault knows.
 */
#ifndef TY_STORE_CREDENTIAL_H
#define TY_STORE_CREDENTIAL_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

struct ty_store_credential {
	struct ty_id id;
	const char *name, *type, *hosts; /* hosts: vault/credential.h */
	int64_t key_version, version;
	const uint8_t *sealed;
	size_t sealed_len;
	struct ty_id made_by; /* of one that is added; unset = nobody who is known */
};

/* A message names so many at most: who has more than a page of them unpublishes by a list anyway. */
#define TY_STORE_CREDENTIAL_USERS_MAX 100

/* Errors: TY_E_CONFLICT (the name is taken), TY_E_INVALID. */
enum ty_code ty_store_credential_add(struct ty_tx *tx, const struct ty_id *workspace_id,
				     const struct ty_store_credential *credential,
				     struct ty_err *err) TY_MUST_CHECK;
/* *ret_credential NULL where there is none. Owned by the tx's arena. */
enum ty_code ty_store_credential_find(struct ty_tx *tx, const struct ty_id *id,
				      struct ty_store_credential **ret_credential,
				      struct ty_err *err) TY_MUST_CHECK;
/* id, name, type, hosts, version, created_at, updated_at, made_by (an e-mail), used_at, connection
 * (state of its token, where a provider gives one; else null); never what is sealed. */
enum ty_code ty_store_credential_list(struct ty_tx *tx, const char *cursor, int64_t limit,
				      json_t **ret_items, const char **ret_next,
				      struct ty_err *err) TY_MUST_CHECK;
/*
 * Load a credential, with "workflows": the published ones that use it, as ty_store_credential_remove's;
 * "drafts": those that name it; "uses": [{ "id", "name", "used_at" }] of the workflows whose calls it was
 * last for.  Each TY_STORE_CREDENTIAL_USERS_MAX at most.  Errors: TY_E_NOT_FOUND.
 */
enum ty_code ty_store_credential_get(struct ty_tx *tx, const struct ty_id *id, json_t **ret_item,
				     struct ty_err *err) TY_MUST_CHECK;
/*
 * Make the row of credential->id this one; its type stays.  'version' is the one that was read.
 * Errors: TY_E_CONFLICT (the name is taken, or someone else changed it), TY_E_INVALID.
 */
enum ty_code ty_store_credential_change(struct ty_tx *tx,
					const struct ty_store_credential *credential,
					int64_t version, struct ty_err *err) TY_MUST_CHECK;
/* Let nobody change it before the tx ends.  Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_credential_lock(struct ty_tx *tx, const struct ty_id *id,
				      struct ty_err *err) TY_MUST_CHECK;
/* Find among 'ids' (text) the credentials of other workspaces; the tx's arena's. */
enum ty_code ty_store_credential_foreign(struct ty_tx *tx, const char *const *ids, size_t count,
					 struct ty_rows *ret_rows,
					 struct ty_err *err) TY_MUST_CHECK;
/*
 * Remove it, unless a published workflow uses it: then *ret_users is their list, [{ "id", "name" }] by
 * name, TY_STORE_CREDENTIAL_USERS_MAX at most; else NULL.  Waits for a publish that is under way, so
 * that one of the two always knows of the other.  'force': whoever uses it; their calls fail from then
 * on.  Owned by the tx's arena.
 * Errors: TY_E_NOT_FOUND, TY_E_CONFLICT (it is used; *ret_users is set then too).
 */
enum ty_code ty_store_credential_remove(struct ty_tx *tx, const struct ty_id *id, bool force,
					json_t **ret_users, struct ty_err *err) TY_MUST_CHECK;

/* The workspace's data key, wrapped: of 'version', or the newest for 0; *ret_len 0 = none. */
enum ty_code ty_store_key_load(struct ty_tx *tx, int64_t version, int64_t *ret_version,
			       const uint8_t **ret_wrapped, size_t *ret_len,
			       struct ty_err *err) TY_MUST_CHECK;
/* The newest of all workspaces, across them; *ret_len 0 = none. */
enum ty_code ty_store_key_newest(struct ty_tx *tx, struct ty_id *ret_workspace_id,
				 int64_t *ret_version, const uint8_t **ret_wrapped, size_t *ret_len,
				 struct ty_err *err) TY_MUST_CHECK;
/* Does nothing where that version is there already: load again to see whose it is. */
enum ty_code ty_store_key_add(struct ty_tx *tx, const struct ty_id *workspace_id, int64_t version,
			      const uint8_t *wrapped, size_t len, const char *wrapped_by,
			      struct ty_err *err) TY_MUST_CHECK;

/* Count of the data keys of all workspaces that a master key wraps; wrapped_by NULL: it is not known which. */
struct ty_store_key_wrapper {
	const char *wrapped_by;
	int64_t data_keys;
};
enum ty_code ty_store_key_wrappers(struct ty_tx *tx, struct ty_store_key_wrapper **ret_wrappers,
				   size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;

#endif
