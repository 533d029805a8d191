/*
 * credential_cache.h -- opened credentials of the last calls, by id and version.
 *
 * Postgres is asked for the version before each use (secrets.c), so an entry saves opening, not
 * asking.  The least recently used go first once there are too many or they take too much; what goes
 * is wiped, as soon as no call uses it any more.
 */
#ifndef TY_SERVICE_CREDENTIAL_CACHE_H
#define TY_SERVICE_CREDENTIAL_CACHE_H

#include "base/defs.h"
#include "base/id.h"
#include "vault/credential.h"

struct ty_credential_cache;

/* An entry; held until ty_credential_unref. */
struct ty_credential_ref {
	const struct ty_credential *credential;
	int64_t version;
};

struct ty_credential_cache *ty_credential_cache_new(size_t count_max, size_t bytes_max);
/* Credentials still held are wiped with their last unref.  Takes NULL. */
void ty_credential_cache_free(struct ty_credential_cache *cache);

/* A new hold of what is kept of it, whatever its version; NULL = nothing. */
struct ty_credential_ref *ty_credential_cache_find(struct ty_credential_cache *cache,
						   const struct ty_id *workspace_id,
						   const struct ty_id *id);
/* Keep it in place of an older one; 'arena' is its own and is taken over.  A new hold. */
struct ty_credential_ref *ty_credential_cache_add(struct ty_credential_cache *cache,
						  const struct ty_id *workspace_id,
						  const struct ty_id *id, int64_t version,
						  struct ty_arena *arena,
						  const struct ty_credential *credential);
/* Forget a credential that is gone or was changed. */
void ty_credential_cache_forget(struct ty_credential_cache *cache, const struct ty_id *workspace_id,
				const struct ty_id *id);
/* Add a hold to one that is held. */
void ty_credential_hold(struct ty_credential_ref *ref);
void ty_credential_unref(struct ty_credential_ref *ref); /* takes NULL */

size_t ty_credential_cache_count(const struct ty_credential_cache *cache);
size_t ty_credential_cache_bytes(const struct ty_credential_cache *cache);

#endif
