/*
 * hook_cache.h -- the published hooks this process has seen lately, ready to verify.
 *
 * Invariants:
 *   (1) Only addresses that are claimed are kept: a hook published a moment ago is live.
 *   (2) An entry older than a second is looked up again before the next use, by one thread;
 *       the others go on with the old one meanwhile.
 *   (3) While Postgres is away Redis's mirror of the hooks is asked instead, so that deliveries are
 *       accepted whatever this process has seen (docs/ARCHITECTURE.md, "Accepted means kept").
 *       Of an old entry and the mirror the one counts that Postgres said later.
 *   (4) A claim with parameters is kept once, by its shape, however many paths it takes; with it the
 *       claims that go before it, so that a path which is another's is looked up.
 *   (5) Secrets are decrypted once an entry and wiped with it.
 */
#ifndef TY_APP_HOOK_CACHE_H
#define TY_APP_HOOK_CACHE_H

#include "base/defs.h"
#include "hook/verify.h"
#include "store/hook_admin.h"
#include "store/hook_keys.h"

struct ty_app;
struct ty_conf;
struct ty_hook_cache;

/* A claimed address; immutable, counted references. */
struct ty_hook_entry {
	struct ty_store_claim claim; /* hook_id is set */
	const struct ty_hook_rule *rule;
	const struct ty_secret *const *secrets;
	size_t secret_count;
	bool is_locked; /* the secrets do not open */
	/* Keys fetched from their issuers, as a delivery is verified with them; 'fetched': those of the rule's
	 * own address. */
	const struct ty_store_keys *fetched;
	const struct ty_hook_keys *keys;
	size_t key_count;
};

struct ty_hook_cache *ty_hook_cache_new(const struct ty_conf *conf); /* read during the call */
void ty_hook_cache_free(struct ty_hook_cache *cache); /* takes NULL; nobody may hold an entry */

struct ty_hook_answer {
	const struct ty_hook_entry *entry; /* NULL: nobody claims it */
	struct ty_id workspace_id; /* workspace of the address; unset: no workspace has that slug */
	/* Methods that the address takes, where it is unclaimed and GET, HEAD or OPTIONS was asked for,
	 * see hook_load.h. */
	const char *methods;
};

/*
 * Find who claims the address.  Give a found entry back with ty_hook_cache_put.  'arena' is for the lookup
 * and owns 'methods'.
 * Errors: TY_E_UNAVAILABLE (not known here, and neither store tells), TY_E_INTERNAL.
 */
enum ty_code ty_hook_cache_get(struct ty_app *app, struct ty_arena *arena, const char *slug,
			       const char *method, const char *path,
			       struct ty_hook_answer *ret_answer, struct ty_err *err) TY_MUST_CHECK;
void ty_hook_cache_put(struct ty_hook_cache *cache, const struct ty_hook_entry *entry);

/* Forget everything of a workflow: it was published, unpublished or deleted here. */
void ty_hook_cache_drop(struct ty_hook_cache *cache, const struct ty_id *workflow_id);

#endif
