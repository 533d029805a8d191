/*
 * hook_cache.c -- published hooks by address.
 */
#include "hook_cache.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/time.h"
#include "hook_load.h"
#include "hook_mirror.h"

#include <pthread.h>
#include <stdlib.h>

/* How long a change made by another process may go unnoticed. */
#define FRESH_MS 1000
/* What is older than this serves nobody while it is looked up again, or it would be served however old. */
#define STALE_MS 1000
/* Addresses kept: more than a busy workspace has, and a few hundred KiB. */
#define ENTRIES_MAX 4096

struct cached {
	struct ty_hook_entry entry; /* first: an entry is its cached */
	struct ty_arena *arena;	    /* owns everything, itself too */
	const char *key;
	size_t refs;		/* under the lock: the map's and the users' */
	int64_t fresh_until_ms; /* monotonic */
	int64_t as_of_ms;	/* wall clock: Postgres said so then */
	bool refreshing;
};

struct ty_hook_cache {
	pthread_mutex_t lock;
	struct ty_map *by_address; /* "slug METHOD path" -> struct cached */
	struct ty_hook_mirror *mirror;
};

struct ty_hook_cache *
ty_hook_cache_new(const struct ty_conf *conf)
{
	struct ty_hook_cache *cache = calloc(1, sizeof(*cache));

	TY_ASSERT(cache != NULL && pthread_mutex_init(&cache->lock, NULL) == 0);
	cache->by_address = ty_map_new(NULL);
	cache->mirror = ty_hook_mirror_new(conf);
	return cache;
}

static void
cached_unref(struct cached *c)
{
	if (c != NULL && --c->refs == 0)
		ty_arena_free(c->arena);
}

/* Everything out; the map is made anew, because a taken key still has its slot. */
static void
cache_clear(struct ty_hook_cache *cache)
{
	size_t at = 0;
	const char *key;
	void *value;

	while (ty_map_next(cache->by_address, &at, &key, &value))
		cached_unref(value);
	ty_map_free(cache->by_address);
	cache->by_address = ty_map_new(NULL);
}

void
ty_hook_cache_free(struct ty_hook_cache *cache)
{
	if (cache == NULL)
		return;
	cache_clear(cache);
	ty_map_free(cache->by_address);
	ty_hook_mirror_free(cache->mirror);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

void
ty_hook_cache_put(struct ty_hook_cache *cache, const struct ty_hook_entry *entry)
{
	pthread_mutex_lock(&cache->lock);
	cached_unref((struct cached *)entry);
	pthread_mutex_unlock(&cache->lock);
}

void
ty_hook_cache_drop(struct ty_hook_cache *cache, const struct ty_id *workflow_id)
{
	size_t at = 0;
	const char *key;
	void *value;

	pthread_mutex_lock(&cache->lock);
	while (ty_map_next(cache->by_address, &at, &key, &value)) {
		struct cached *c = value;

		if (ty_id_eq(&c->entry.claim.workflow_id, workflow_id))
			c->fresh_until_ms = c->as_of_ms = 0;
	}
	pthread_mutex_unlock(&cache->lock);
}

/* ---- using ---- */

/* What was loaded, with one reference; it moves into its own arena.  NULL: nobody's. */
static struct cached *
cached_new(const struct ty_hook_loaded *loaded, const char *key)
{
	struct cached *c;

	if (loaded->arena == NULL)
		return NULL;
	c = ty_arena_new_of(loaded->arena, struct cached);
	c->entry = loaded->entry;
	c->arena = loaded->arena;
	c->key = ty_arena_strdup(c->arena, key);
	c->as_of_ms = loaded->as_of_ms;
	c->fresh_until_ms = ty_time_mono_ms() + FRESH_MS;
	c->refs = 1;
	return c;
}

/* Put what was loaded in its place ('c' NULL: nothing claims it any more); references follow. */
static void
cache_store(struct ty_hook_cache *cache, const char *key, struct cached *c)
{
	pthread_mutex_lock(&cache->lock);
	if (c == NULL) {
		cached_unref(ty_map_take(cache->by_address, key));
	} else {
		if (ty_map_count(cache->by_address) >= ENTRIES_MAX)
			cache_clear(cache);
		c->refs++;
		cached_unref(ty_map_set(cache->by_address, key, c));
	}
	pthread_mutex_unlock(&cache->lock);
}

/*
 * The entry with a reference taken, as of when it is, and whether the caller is the one to look it
 * up again.
 */
static struct cached *
cache_find(struct ty_hook_cache *cache, const char *key, int64_t *ret_as_of_ms, bool *ret_refresh)
{
	struct cached *c;
	int64_t over_ms;

	*ret_as_of_ms = 0;
	*ret_refresh = false;
	pthread_mutex_lock(&cache->lock);
	c = ty_map_find(cache->by_address, key);
	if (c != NULL) {
		c->refs++;
		*ret_as_of_ms = c->as_of_ms;
		over_ms = ty_time_mono_ms() - c->fresh_until_ms;
		if (over_ms >= (c->refreshing ? STALE_MS : 0))
			*ret_refresh = c->refreshing = true;
	}
	pthread_mutex_unlock(&cache->lock);
	return c;
}

/* Nobody knows better: serve on with what is known, and try again in a while. */
static void
cache_keep(struct ty_hook_cache *cache, struct cached *c)
{
	pthread_mutex_lock(&cache->lock);
	c->refreshing = false;
	c->fresh_until_ms = ty_time_mono_ms() + FRESH_MS;
	pthread_mutex_unlock(&cache->lock);
}

/* Postgres, or in its absence whatever Redis has that is newer than 'as_of_ms'. */
static enum ty_code
look_up(struct ty_app *app, struct ty_arena *arena, const struct ty_hook_address *address,
	int64_t as_of_ms, struct ty_hook_loaded *ret_loaded, struct ty_err *err)
{
	enum ty_code code = ty_hook_load(app, arena, address, ret_loaded, err);
	struct ty_err mirrors = { TY_OK };

	if (code != TY_E_UNAVAILABLE)
		return code;
	if (ty_hook_load_mirrored(app, app->hooks->mirror, arena, address, as_of_ms, ret_loaded,
				  &mirrors) != TY_OK)
		return ty_err_wrap(err, "%s", mirrors.msg);
	ty_err_clear(err);
	return TY_OK;
}

static void
give(const struct cached *c, const struct ty_hook_entry **ret_entry, struct ty_id *ret_workspace_id)
{
	*ret_entry = &c->entry;
	*ret_workspace_id = c->entry.claim.workspace_id;
}

enum ty_code
ty_hook_cache_get(struct ty_app *app, struct ty_arena *arena, const char *slug, const char *method,
		  const char *path, const struct ty_hook_entry **ret_entry,
		  struct ty_id *ret_workspace_id, struct ty_err *err)
{
	const struct ty_hook_address address = { slug, method, path };
	const char *key = ty_arena_printf(arena, "%s %s %s", slug, method, path);
	struct ty_hook_loaded loaded;
	struct cached *old, *fresh;
	int64_t as_of_ms;
	bool refresh;

	old = cache_find(app->hooks, key, &as_of_ms, &refresh);
	if (old != NULL && !refresh) {
		give(old, ret_entry, ret_workspace_id);
		return TY_OK;
	}
	if (look_up(app, arena, &address, as_of_ms, &loaded, err) != TY_OK) {
		if (old == NULL)
			return err->code;
		ty_err_clear(err);
		cache_keep(app->hooks, old);
		give(old, ret_entry, ret_workspace_id);
		return TY_OK;
	}
	fresh = cached_new(&loaded, key);
	if (old != NULL || fresh != NULL)
		cache_store(app->hooks, key, fresh);
	if (old != NULL)
		ty_hook_cache_put(app->hooks, &old->entry);
	*ret_entry = fresh != NULL ? &fresh->entry : NULL;
	*ret_workspace_id = loaded.workspace_id;
	return TY_OK;
}
