/*
 * plan_cache.h -- plans by version id: a version never changes, so its plan may be kept.
 *
 * The least recently used go first once all together are over the cap; a plan in use is
 * never freed.  Loading is asynchronous and done once however many jobs wait for it.
 */
#ifndef TY_RUN_PLAN_CACHE_H
#define TY_RUN_PLAN_CACHE_H

#include "base/defs.h"
#include "base/id.h"
#include "node/registry.h"
#include "store/async.h"

struct plan_cache;

struct plan_ref {
	const struct ty_plan *plan;
	const char *workflow_name;
	const char *save; /* settings.save */
};

/*
 * Exactly one of ref and err is not NULL.  A ref is held until plan_cache_unref.
 * Errors: TY_E_NOT_FOUND, TY_E_INVALID (does not compile), TY_E_UNAVAILABLE (ask again
 * when Postgres is back).
 */
typedef void (*plan_cache_fn)(void *ctx, const struct plan_ref *ref, const struct ty_err *err);

/* Registry and store are borrowed. */
struct plan_cache *plan_cache_new(const struct ty_registry *registry, struct ty_store_async *store,
				  size_t bytes_max);
/* Call once nothing is in use or loading any more. */
void plan_cache_free(struct plan_cache *cache);

/* 'fn' is called at once where the plan is there. */
void plan_cache_get(struct plan_cache *cache, const struct ty_id *workspace_id,
		    const struct ty_id *version_id, plan_cache_fn fn, void *ctx);
void plan_cache_unref(struct plan_cache *cache, const struct plan_ref *ref);

size_t plan_cache_count(const struct plan_cache *cache);
size_t plan_cache_bytes(const struct plan_cache *cache);

#endif
