/*
 * api_key.h -- API keys at rest: prefix, hash of the secret, scopes.
 */
#ifndef TY_STORE_API_KEY_H
#define TY_STORE_API_KEY_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"
#include "store/user.h"

struct ty_store_api_key {
	struct ty_id id;
	uint8_t secret_hash[32];
	struct ty_id created_by;	     /* unset where that person is gone */
	struct ty_store_workspace workspace; /* permissions = the key's scopes; role NULL */
};

/* 'scopes': space-separated. Errors: TY_E_INVALID, TY_E_CONFLICT. */
enum ty_code ty_store_api_key_add(struct ty_tx *tx, const struct ty_id *workspace_id,
				  const char *name, const char *prefix,
				  const uint8_t secret_hash[32], const char *scopes,
				  const struct ty_id *created_by, struct ty_id *ret_id,
				  struct ty_err *err) TY_MUST_CHECK;
/* Across workspaces; *ret_key NULL where no live key has that prefix. Owned by the tx's arena. */
enum ty_code ty_store_api_key_find(struct ty_tx *tx, const char *prefix,
				   struct ty_store_api_key **ret_key,
				   struct ty_err *err) TY_MUST_CHECK;
/* Note that it was used, at most once a minute.  The tx must see its workspace. */
enum ty_code ty_store_api_key_touch(struct ty_tx *tx, const struct ty_id *id,
				    struct ty_err *err) TY_MUST_CHECK;
/* id, name, prefix, scopes, created_at, used_at; revoked ones are left out. */
enum ty_code ty_store_api_key_list(struct ty_tx *tx, const struct ty_id *id, const char *cursor,
				   int64_t limit, json_t **ret_items, const char **ret_next,
				   struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_api_key_revoke(struct ty_tx *tx, const struct ty_id *id,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
