/*
 * hook_admin.h -- publishing: which addresses a workflow claims, and finding the claimant.
 *
 * A published workflow has one row in tyboo.hooks per address (lib/publish/hooks.h).  Row ids stay
 * the same over publishes, because delivery keys begin with them: a redelivery is known
 * again after an edit.
 */
#ifndef TY_STORE_HOOK_ADMIN_H
#define TY_STORE_HOOK_ADMIN_H

#include "base/defs.h"
#include "base/id.h"
#include "base/limit_set.h"
#include "json/json.h"
#include "store/schedule.h"
#include "store/store.h"

struct ty_store_hook {
	const char *node_id;
	const char *method; /* "POST"; "*" = any */
	const char *path;   /* shape of the path, without leading '/'; see hook/address.h */
	const char *route;  /* the path with its parameters' names; "" = has none */
	const char *verify; /* JSON text: scheme, credential, options; see hook/verify.h */
	int64_t timeout_ms; /* time limit of the workflow */
};

struct ty_store_hooks {
	struct ty_store_hook *list;
	size_t count;
};

/*
 * Publish 'version_id' with these hooks and schedules, replacing what was published before.  'credentials' are the
 * ids (an array of text) that it uses: none of them can be removed while it is on the air.  'variables' are the
 * names that it uses (the same; NULL = none), kept so that people see where one is used.
 * Errors: TY_E_CONFLICT (an address is another workflow's: the message names it; a credential was
 * removed since the graph was checked), TY_E_NOT_FOUND.
 */
enum ty_code ty_store_publish(struct ty_tx *tx, const struct ty_id *workspace_id,
			      const struct ty_id *workflow_id, const struct ty_id *version_id,
			      const struct ty_store_hooks *hooks,
			      const struct ty_store_schedules *schedules, const json_t *credentials,
			      const json_t *variables, struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_unpublish(struct ty_tx *tx, const struct ty_id *workflow_id,
				struct ty_err *err) TY_MUST_CHECK;
/* Drop the workflow's hooks and schedules, because nothing starts it any more. */
enum ty_code ty_store_claims_drop(struct ty_tx *tx, const struct ty_id *workflow_id,
				  struct ty_err *err) TY_MUST_CHECK;
/*
 * Live hooks of a workflow: [{ "method", "path", "keys" }], method "ANY" for '*'; "keys" null, or { "url",
 * "state", "problem" } of the issuer's (store/hook_keys.h). Owned by the tx's arena.
 */
enum ty_code ty_store_hook_list(struct ty_tx *tx, const struct ty_id *workflow_id,
				json_t **ret_items, struct ty_err *err) TY_MUST_CHECK;

/* A workspace and, where something claims the address, its hook. */
struct ty_store_claim {
	struct ty_id workspace_id; /* unset: no such workspace */
	struct ty_limits limits;   /* limits of the workspace */
	struct ty_id hook_id;	   /* unset: nothing claims it */
	struct ty_id workflow_id, version_id;
	const char *node_id, *verify;
	const char *method, *path; /* the hook's own: '*' is any, the shape */
	/* Claims that go before one with parameters, see tyboo.hooks_before; NULL = not known. */
	const char *before;
	int64_t timeout_ms, workflow_max;
};
/* Across workspaces, by slug; the tx needs none. Strings are owned by the tx's arena. */
enum ty_code ty_store_claim_find(struct ty_tx *tx, const char *slug, const char *method,
				 const char *path, struct ty_store_claim *ret_claim,
				 struct ty_err *err) TY_MUST_CHECK;
/* The methods that an address takes: "GET, POST", '*' for any; "" = none. */
enum ty_code ty_store_claim_methods(struct ty_tx *tx, const char *slug, const char *path,
				    const char **ret_methods, struct ty_err *err) TY_MUST_CHECK;
/* The hook's path with its parameters' names; "" where it has none, NULL where the hook is gone. */
enum ty_code ty_store_hook_route(struct ty_tx *tx, const struct ty_id *hook_id,
				 const char **ret_route, struct ty_err *err) TY_MUST_CHECK;
/* The limits alone, of the tx's workspace, and a workflow's concurrent limit. */
enum ty_code ty_store_limits_load(struct ty_tx *tx, const struct ty_id *workflow_id,
				  struct ty_store_claim *ret_claim,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
