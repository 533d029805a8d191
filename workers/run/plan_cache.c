/*
 * plan_cache.c -- see plan_cache.h.
 *
 * Invariants:
 *   (1) An entry is keyed by workspace and version: a job of one workspace never gets
 *       another's workflow, whatever id it names.
 *   (2) Loaded entries are in the list, most recently used first; failures are not kept.
 *   (3) An entry with refs > 0 is never freed.
 */
#include "plan_cache.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "engine/engine.h"
#include "engine/partial.h"
#include "graph/graph.h"
#include "json/json.h"
#include "store/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A graph as JSON, graph and plan together take about so much for each byte of text: measured
 * on graphs of 5 to 500 nodes, rounded up. */
#define BYTES_PER_TEXT 6

#define KEY_SIZE (36 + 1 + 36 + 1)

struct waiter {
	struct waiter *next;
	plan_cache_fn fn;
	void *ctx;
};

struct entry {
	struct plan_ref ref; /* first: a ref is its entry */
	struct plan_cache *cache;
	struct entry *next, *prev; /* by use */
	struct ty_arena *arena;
	char key[KEY_SIZE];
	size_t refs, bytes;
	struct waiter *waiters, **last_waiter; /* while loading */
};

struct plan_cache {
	const struct ty_registry *registry;
	struct ty_store_async *store;
	struct ty_map *entries; /* loading ones too */
	struct entry *first, *last;
	size_t count, bytes, bytes_max;
};

/* ---- the list by use ---- */

static void
list_take(struct plan_cache *cache, struct entry *entry)
{
	*(entry->prev != NULL ? &entry->prev->next : &cache->first) = entry->next;
	*(entry->next != NULL ? &entry->next->prev : &cache->last) = entry->prev;
	entry->next = entry->prev = NULL;
}

static void
list_push(struct plan_cache *cache, struct entry *entry)
{
	entry->next = cache->first;
	*(cache->first != NULL ? &cache->first->prev : &cache->last) = entry;
	cache->first = entry;
}

static void
entry_free(struct entry *entry)
{
	ty_map_take(entry->cache->entries, entry->key);
	ty_arena_free(entry->arena);
	free(entry);
}

static void
cache_trim(struct plan_cache *cache)
{
	struct entry *entry, *before;

	for (entry = cache->last; entry != NULL && cache->bytes > cache->bytes_max;
	     entry = before) {
		before = entry->prev;
		if (entry->refs > 0)
			continue;
		list_take(cache, entry);
		cache->count--;
		cache->bytes -= entry->bytes;
		entry_free(entry);
	}
}

/* ---- loading ---- */

static enum ty_code
entry_compile(struct entry *entry, const char *text, struct ty_err *err)
{
	const struct ty_graph *graph;
	size_t len = strlen(text);
	json_t *doc;

	if (ty_json_parse(entry->arena, text, len, &doc, err) != TY_OK ||
	    ty_graph_parse(entry->arena, entry->cache->registry, doc, &graph, err) != TY_OK ||
	    ty_plan_new_partly(entry->arena, graph, &entry->ref.plan, err) != TY_OK) {
		err->code = TY_E_INVALID;
		return ty_err_wrap(err, "The workflow cannot be run");
	}
	entry->ref.save = ty_graph_save(graph);
	entry->bytes = len * BYTES_PER_TEXT + ty_arena_used_bytes(entry->arena);
	return TY_OK;
}

static enum ty_code
entry_load(struct entry *entry, const struct ty_rows *rows, struct ty_err *err)
{
	struct ty_version_row version;

	if (ty_store_version_decode(entry->arena, rows, &version, err) != TY_OK) {
		ty_err_wrap(err, "The workflow's version %s cannot be loaded", entry->key);
		return ty_err_hint(err, "It may have been deleted after the run was accepted");
	}
	entry->ref.workflow_name = version.workflow_name;
	return entry_compile(entry, version.graph, err);
}

/* Tell all that wait; a waiter may ask for other plans or give this one back. */
static void
entry_tell(struct entry *entry, const struct ty_err *err)
{
	struct waiter *waiter;

	while ((waiter = entry->waiters) != NULL) {
		entry->waiters = waiter->next;
		if (err == NULL)
			entry->refs++;
		waiter->fn(waiter->ctx, err == NULL ? &entry->ref : NULL, err);
		free(waiter);
	}
}

static void
entry_loaded(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct entry *entry = ctx;
	struct plan_cache *cache = entry->cache;
	struct ty_err why = { 0 };

	if (err != NULL)
		why = *err;
	else if (entry_load(entry, rows, &why) == TY_OK)
		why.code = TY_OK;
	if (why.code != TY_OK) {
		/* Out of the map first: who asks again from within begins anew. */
		ty_map_take(cache->entries, entry->key);
		entry_tell(entry, &why);
		ty_arena_free(entry->arena);
		free(entry);
		return;
	}
	entry->refs++; /* ours, so that no waiter trims it away under us */
	list_push(cache, entry);
	cache->count++;
	cache->bytes += entry->bytes;
	entry_tell(entry, NULL);
	plan_cache_unref(cache, &entry->ref);
}

static struct entry *
entry_new(struct plan_cache *cache, const char *key, const struct ty_id *workspace_id,
	  const struct ty_id *version_id)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	struct ty_store_query query;

	TY_ASSERT(entry != NULL);
	entry->cache = cache;
	entry->arena = ty_arena_new(NULL, "plan", 0);
	entry->last_waiter = &entry->waiters;
	snprintf(entry->key, sizeof(entry->key), "%s", key);
	ty_map_set(cache->entries, entry->key, entry);
	ty_store_version_query(workspace_id, version_id, &query);
	ty_store_async_run(cache->store, &query, entry_loaded, entry);
	return entry;
}

static void
entry_wait(struct entry *entry, plan_cache_fn fn, void *ctx)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	TY_ASSERT(waiter != NULL);
	waiter->fn = fn;
	waiter->ctx = ctx;
	*entry->last_waiter = waiter;
	entry->last_waiter = &waiter->next;
}

/* ---- public ---- */

struct plan_cache *
plan_cache_new(const struct ty_registry *registry, struct ty_store_async *store, size_t bytes_max)
{
	struct plan_cache *cache = calloc(1, sizeof(*cache));

	TY_ASSERT(cache != NULL);
	cache->registry = registry;
	cache->store = store;
	cache->entries = ty_map_new(NULL);
	cache->bytes_max = bytes_max;
	return cache;
}

void
plan_cache_free(struct plan_cache *cache)
{
	if (cache == NULL)
		return;
	cache->bytes_max = 0;
	cache_trim(cache);
	TY_ASSERT(ty_map_count(cache->entries) == 0);
	ty_map_free(cache->entries);
	free(cache);
}

void
plan_cache_get(struct plan_cache *cache, const struct ty_id *workspace_id,
	       const struct ty_id *version_id, plan_cache_fn fn, void *ctx)
{
	char key[KEY_SIZE];
	struct entry *entry;

	snprintf(key, sizeof(key), "%s/%s", workspace_id->s, version_id->s);
	entry = ty_map_find(cache->entries, key);
	if (entry == NULL)
		entry = entry_new(cache, key, workspace_id, version_id);
	if (entry->ref.plan == NULL) {
		entry_wait(entry, fn, ctx);
		return;
	}
	entry->refs++;
	if (cache->first != entry) {
		list_take(cache, entry);
		list_push(cache, entry);
	}
	fn(ctx, &entry->ref, NULL);
}

void
plan_cache_unref(struct plan_cache *cache, const struct plan_ref *ref)
{
	struct entry *entry = (struct entry *)(uintptr_t)ref;

	TY_ASSERT(entry->refs > 0);
	if (--entry->refs == 0)
		cache_trim(cache);
}

size_t
plan_cache_count(const struct plan_cache *cache)
{
	return cache->count;
}

size_t
plan_cache_bytes(const struct plan_cache *cache)
{
	return cache->bytes;
}
