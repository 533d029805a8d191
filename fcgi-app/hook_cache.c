/*
 * hook_cache.c -- published hooks by address.
 */
#include "hook_cache.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "hook/address.h"
#include "hook_load.h"
#include "hook_mirror.h"
#include "json/json.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Time that a change made by another process may go unnoticed. */
#define FRESH_MS 1000
/* An entry older than this is not served while its refresh is under way. */
#define STALE_MS 1000
/* Addresses kept: more than a busy workspace has, and a few hundred KiB. */
#define ENTRIES_MAX 4096

struct cached {
	struct ty_hook_entry entry; /* first: an entry is its cached */
	struct ty_arena *arena;	    /* owns everything, itself too */
	const char *key;	    /* "slug METHOD path", or its shape */
	const char *slug, *method;
	const json_t *before; /* ["POST orders/new"] go first, see tyboo.hooks_before */
	bool is_pattern;
	size_t refs;		/* under the lock: the map's and the users' */
	int64_t fresh_until_ms; /* monotonic */
	int64_t as_of_ms;	/* wall clock: Postgres said so then */
	bool refreshing;
};

struct ty_hook_cache {
	pthread_mutex_t lock;
	struct ty_map *by_address; /* "slug METHOD path" -> struct cached */
	struct ty_map *by_shape;   /* of claims with parameters, "slug METHOD orders/:" */
	struct ty_hook_mirror *mirror;
};

struct ty_hook_cache *
ty_hook_cache_new(const struct ty_conf *conf)
{
	struct ty_hook_cache *cache = calloc(1, sizeof(*cache));

	TY_ASSERT(cache != NULL && pthread_mutex_init(&cache->lock, NULL) == 0);
	cache->by_address = ty_map_new(NULL);
	cache->by_shape = ty_map_new(NULL);
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
map_clear(struct ty_map **map)
{
	size_t at = 0;
	const char *key;
	void *value;

	while (ty_map_next(*map, &at, &key, &value))
		cached_unref(value);
	ty_map_free(*map);
	*map = ty_map_new(NULL);
}

void
ty_hook_cache_free(struct ty_hook_cache *cache)
{
	if (cache == NULL)
		return;
	map_clear(&cache->by_address);
	map_clear(&cache->by_shape);
	ty_map_free(cache->by_address);
	ty_map_free(cache->by_shape);
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

/* 'workflow_id' NULL: of all. */
static void
map_expire(struct ty_map *map, const struct ty_id *workflow_id)
{
	size_t at = 0;
	const char *key;
	void *value;

	while (ty_map_next(map, &at, &key, &value)) {
		struct cached *c = value;

		if (workflow_id == NULL || ty_id_eq(&c->entry.claim.workflow_id, workflow_id))
			c->fresh_until_ms = c->as_of_ms = 0;
	}
}

void
ty_hook_cache_drop(struct ty_hook_cache *cache, const struct ty_id *workflow_id)
{
	pthread_mutex_lock(&cache->lock);
	map_expire(cache->by_address, workflow_id);
	/* A path that the workflow claims may have been a pattern's. */
	map_expire(cache->by_shape, NULL);
	pthread_mutex_unlock(&cache->lock);
}

/* ---- using ---- */

/* A claim with parameters can be kept where what goes before it is known. */
static void
cached_set_pattern(struct cached *c)
{
	const char *before = c->entry.claim.before;
	struct ty_err ignored;
	json_t *list = NULL;

	c->is_pattern = true;
	c->key = ty_arena_printf(c->arena, "%s %s %s", c->slug, c->method, c->entry.claim.path);
	if (before != NULL &&
	    ty_json_parse(c->arena, before, strlen(before), &list, &ignored) == TY_OK)
		c->before = list;
}

/* Make an entry of what was loaded, with one reference, in an arena of its own.  NULL: nobody's. */
static struct cached *
cached_new(const struct ty_hook_loaded *loaded, const struct ty_hook_address *address)
{
	struct cached *c;

	if (loaded->arena == NULL)
		return NULL;
	c = ty_arena_new_of(loaded->arena, struct cached);
	c->entry = loaded->entry;
	c->arena = loaded->arena;
	c->slug = ty_arena_strdup(c->arena, address->slug);
	c->method = ty_arena_strdup(c->arena, address->method);
	if (ty_hook_shape_has_params(c->entry.claim.path))
		cached_set_pattern(c);
	else
		c->key = ty_arena_printf(c->arena, "%s %s %s", c->slug, c->method, address->path);
	c->as_of_ms = loaded->as_of_ms;
	c->fresh_until_ms = ty_time_mono_ms() + FRESH_MS;
	c->refs = 1;
	return c;
}

static struct ty_map **
map_of(struct ty_hook_cache *cache, const struct cached *c)
{
	return c->is_pattern ? &cache->by_shape : &cache->by_address;
}

/* Put what was loaded ('c' NULL: nobody claims it) in the place of what was known; references follow. */
static void
cache_store(struct ty_hook_cache *cache, struct cached *old, struct cached *c)
{
	struct ty_map **map;

	pthread_mutex_lock(&cache->lock);
	if (old != NULL && (c == NULL || strcmp(old->key, c->key) != 0) &&
	    ty_map_find(*map_of(cache, old), old->key) == old)
		cached_unref(ty_map_take(*map_of(cache, old), old->key));
	if (c != NULL && (!c->is_pattern || c->before != NULL)) {
		map = map_of(cache, c);
		if (ty_map_count(*map) >= ENTRIES_MAX)
			map_clear(map);
		c->refs++;
		cached_unref(ty_map_set(*map, c->key, c));
	}
	pthread_mutex_unlock(&cache->lock);
}

/* "POST orders/new": does this claim take the address? */
static bool
claim_takes(const char *claim, const struct ty_hook_address *address)
{
	size_t len = strcspn(claim, " ");

	return claim[len] == ' ' && ty_hook_shape_takes(claim + len + 1, address->path) &&
	       ((len == 1 && claim[0] == '*') ||
		(strlen(address->method) == len && memcmp(address->method, claim, len) == 0));
}

static bool
pattern_takes(const struct cached *c, const struct ty_hook_address *address)
{
	const json_t *claim;
	size_t i;

	if (!ty_str_eq(c->slug, address->slug) || !ty_str_eq(c->method, address->method) ||
	    !ty_hook_shape_takes(c->entry.claim.path, address->path))
		return false;
	json_array_foreach(c->before, i, claim)
	{
		if (claim_takes(json_string_value(claim), address))
			return false;
	}
	return true;
}

/* Under the lock; walks all shapes, so only for what no exact entry is there for. */
static struct cached *
pattern_find(const struct ty_hook_cache *cache, const struct ty_hook_address *address)
{
	size_t at = 0;
	const char *key;
	void *value;

	while (ty_map_next(cache->by_shape, &at, &key, &value)) {
		if (pattern_takes(value, address))
			return value;
	}
	return NULL;
}

/*
 * The entry with a reference taken, as of when it is, and whether the caller is the one to look it
 * up again.
 */
static struct cached *
cache_find(struct ty_hook_cache *cache, const struct ty_hook_address *address, const char *key,
	   int64_t *ret_as_of_ms, bool *ret_refresh)
{
	struct cached *c;
	int64_t over_ms;

	*ret_as_of_ms = 0;
	*ret_refresh = false;
	pthread_mutex_lock(&cache->lock);
	c = ty_map_find(cache->by_address, key);
	if (c == NULL)
		c = pattern_find(cache, address);
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

/* Serve on with the old entry, because neither store knows better, and look again in a while. */
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
give(const struct cached *c, struct ty_hook_answer *ret_answer)
{
	*ret_answer = (struct ty_hook_answer){ &c->entry, c->entry.claim.workspace_id, "" };
}

enum ty_code
ty_hook_cache_get(struct ty_app *app, struct ty_arena *arena, const char *slug, const char *method,
		  const char *path, struct ty_hook_answer *ret_answer, struct ty_err *err)
{
	const struct ty_hook_address address = { slug, method, path };
	const char *key = ty_arena_printf(arena, "%s %s %s", slug, method, path);
	struct ty_hook_loaded loaded;
	struct cached *old, *fresh;
	int64_t as_of_ms;
	bool refresh;

	old = cache_find(app->hooks, &address, key, &as_of_ms, &refresh);
	if (old != NULL && !refresh) {
		give(old, ret_answer);
		return TY_OK;
	}
	if (look_up(app, arena, &address, as_of_ms, &loaded, err) != TY_OK) {
		if (old == NULL)
			return err->code;
		ty_err_clear(err);
		cache_keep(app->hooks, old);
		give(old, ret_answer);
		return TY_OK;
	}
	fresh = cached_new(&loaded, &address);
	cache_store(app->hooks, old, fresh);
	if (old != NULL)
		ty_hook_cache_put(app->hooks, &old->entry);
	if (fresh != NULL)
		give(fresh, ret_answer);
	else
		*ret_answer = (struct ty_hook_answer){ NULL, loaded.workspace_id, loaded.methods };
	return TY_OK;
}
