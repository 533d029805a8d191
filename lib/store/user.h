/*
 * user.h -- people, workspaces and who is a member of which.
 *
 * Users have no tenant; workspaces and memberships do.  What must look across workspaces
 * goes through tyboo.user_workspaces (sql/functions/api.sql).
 */
#ifndef TY_STORE_USER_H
#define TY_STORE_USER_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

struct ty_store_user {
	struct ty_id id;
	const char *email, *name;
	const char *password_hash; /* NULL = may not sign in by password */
	bool disabled;
};

/* Errors: TY_E_CONFLICT (the address is taken), TY_E_INVALID. */
enum ty_code ty_store_user_add(struct ty_tx *tx, const char *email, const char *name,
			       const char *password_hash, struct ty_id *ret_id,
			       struct ty_err *err) TY_MUST_CHECK;
/* By address, case folded; *ret_user NULL where there is none. Owned by the tx's arena. */
enum ty_code ty_store_user_find(struct ty_tx *tx, const char *email,
				struct ty_store_user **ret_user, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_user_set_password(struct ty_tx *tx, const struct ty_id *id,
					const char *password_hash,
					struct ty_err *err) TY_MUST_CHECK;

/* End all sessions of a person and, with 'keys', revoke the API keys they made. */
enum ty_code ty_store_user_end_access(struct ty_tx *tx, const struct ty_id *id, bool keys,
				      int64_t *ret_sessions, int64_t *ret_keys,
				      struct ty_err *err) TY_MUST_CHECK;

/* id, email, name, disabled, created_at; never a hash.  Owned by the tx's arena. */
enum ty_code ty_store_user_list(struct ty_tx *tx, json_t **ret_items,
				struct ty_err *err) TY_MUST_CHECK;

struct ty_store_workspace {
	struct ty_id id;
	const char *slug, *name;
	const char *role;	 /* role of the person asked about; NULL for an API key */
	const char *permissions; /* space-separated; see auth/permission.h */
};

/* A new workspace; the tx sees it from here on. Errors: TY_E_CONFLICT (slug), TY_E_INVALID. */
enum ty_code ty_store_workspace_add(struct ty_tx *tx, const char *slug, const char *name,
				    struct ty_id *ret_id, struct ty_err *err) TY_MUST_CHECK;
/* slug, name, members, workflows, id, created_at of all: for the owner's connection, which row-level
 * security does not bind; another sees the tx's workspace at most.  Owned by the tx's arena. */
enum ty_code ty_store_workspace_list(struct ty_tx *tx, json_t **ret_items,
				     struct ty_err *err) TY_MUST_CHECK;
/* The tx must see that workspace. 'role': owner, admin, editor, viewer. */
enum ty_code ty_store_member_add(struct ty_tx *tx, const struct ty_id *workspace_id,
				 const struct ty_id *user_id, const char *role,
				 struct ty_err *err) TY_MUST_CHECK;

/*
 * A person's workspaces, all (key NULL) or the one with that slug or id.  Owned by the tx's
 * arena.
 */
enum ty_code ty_store_user_workspaces(struct ty_tx *tx, const struct ty_id *user_id,
				      const char *key, struct ty_store_workspace **ret_list,
				      size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
/* Find the workspace of a person's that holds this workflow; unset where none does. */
enum ty_code ty_store_user_workflow_workspace(struct ty_tx *tx, const struct ty_id *user_id,
					      const struct ty_id *workflow_id,
					      struct ty_id *ret_workspace_id,
					      struct ty_err *err) TY_MUST_CHECK;

#endif
