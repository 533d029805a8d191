/*
 * credential_cache.c -- see credential_cache.h.
 *
 * A list in order of use is all there is: it is short, and a look takes less than what a call costs
 * by far.
 */
#include "service/credential_cache.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct ty_credential_ref ref; /* first: what is handed out */
	struct entry *next, *prev;    /* of the cache, the last used first */
	struct ty_id workspace_id, id;
	struct ty_arena *arena;
	int holds; /* the cache's, and each user's */
};

struct ty_credential_cache {
	struct entry *first, *last;
	size_t count, bytes, count_max, bytes_max;
};

static void
entry_unref(struct entry *entry)
{
	if (--entry->holds > 0)
		return;
	ty_arena_free(entry->arena); /* wipes */
	free(entry);
}

static void
unlink_entry(struct ty_credential_cache *cache, struct entry *entry)
{
	if (entry->prev != NULL)
		entry->prev->next = entry->next;
	else
		cache->first = entry->next;
	if (entry->next != NULL)
		entry->next->prev = entry->prev;
	else
		cache->last = entry->prev;
	entry->next = entry->prev = NULL;
	cache->count--;
	cache->bytes -= entry->ref.credential->bytes;
}

static void
link_first(struct ty_credential_cache *cache, struct entry *entry)
{
	entry->next = cache->first;
	if (cache->first != NULL)
		cache->first->prev = entry;
	else
		cache->last = entry;
	cache->first = entry;
	cache->count++;
	cache->bytes += entry->ref.credential->bytes;
}

static void
drop(struct ty_credential_cache *cache, struct entry *entry)
{
	unlink_entry(cache, entry);
	entry_unref(entry);
}

static struct entry *
find(const struct ty_credential_cache *cache, const struct ty_id *workspace_id,
     const struct ty_id *id)
{
	struct entry *entry = cache->first;

	while (entry != NULL && (strcmp(entry->id.s, id->s) != 0 ||
				 strcmp(entry->workspace_id.s, workspace_id->s) != 0))
		entry = entry->next;
	return entry;
}

struct ty_credential_cache *
ty_credential_cache_new(size_t count_max, size_t bytes_max)
{
	struct ty_credential_cache *cache = calloc(1, sizeof(*cache));

	TY_ASSERT(cache != NULL);
	cache->count_max = count_max;
	cache->bytes_max = bytes_max;
	return cache;
}

void
ty_credential_cache_free(struct ty_credential_cache *cache)
{
	if (cache == NULL)
		return;
	while (cache->first != NULL)
		drop(cache, cache->first);
	free(cache);
}

struct ty_credential_ref *
ty_credential_cache_find(struct ty_credential_cache *cache, const struct ty_id *workspace_id,
			 const struct ty_id *id)
{
	struct entry *entry = find(cache, workspace_id, id);

	if (entry == NULL)
		return NULL;
	unlink_entry(cache, entry);
	link_first(cache, entry);
	entry->holds++;
	return &entry->ref;
}

struct ty_credential_ref *
ty_credential_cache_add(struct ty_credential_cache *cache, const struct ty_id *workspace_id,
			const struct ty_id *id, int64_t version, struct ty_arena *arena,
			const struct ty_credential *credential)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	TY_ASSERT(entry != NULL);
	ty_credential_cache_forget(cache, workspace_id, id);
	entry->ref.credential = credential;
	entry->ref.version = version;
	entry->workspace_id = *workspace_id;
	entry->id = *id;
	entry->arena = arena;
	entry->holds = 2;
	link_first(cache, entry);
	while (cache->count > cache->count_max || cache->bytes > cache->bytes_max)
		drop(cache, cache->last);
	return &entry->ref;
}

void
ty_credential_cache_forget(struct ty_credential_cache *cache, const struct ty_id *workspace_id,
			   const struct ty_id *id)
{
	struct entry *entry = find(cache, workspace_id, id);

	if (entry != NULL)
		drop(cache, entry);
}

void
ty_credential_hold(struct ty_credential_ref *ref)
{
	((struct entry *)ref)->holds++;
}

void
ty_credential_unref(struct ty_credential_ref *ref)
{
	if (ref != NULL)
		entry_unref((struct entry *)ref);
}

size_t
ty_credential_cache_count(const struct ty_credential_cache *cache)
{
	return cache->count;
}

size_t
ty_credential_cache_bytes(const struct ty_credential_cache *cache)
{
	return cache->bytes;
}
