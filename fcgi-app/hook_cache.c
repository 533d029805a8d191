/*
 * hook_cache.c -- published hooks by address.
 */
#include "hook_cache.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/time.h"
#include "json/json.h"
#include "vault/vault.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* How long a change made by another process may go unnoticed. */
#define FRESH_MS 1000
/* Addresses kept: more than a busy workspace has, and a few hundred KiB. */
#define ENTRIES_MAX 4096
/* Secrets of one hook: the old one, the new one, and room. */
#define SECRETS_MAX 16
/* A look-up that waits longer for a connection finds Postgres as good as away. */
#define LOOKUP_WAIT_MS 2000

struct cached {
	struct ty_hook_entry entry; /* first: an entry is its cached */
	struct ty_arena *arena;	    /* owns everything, itself too */
	const char *key;
	size_t refs; /* under the lock: the map's and the users' */
	int64_t fresh_until_ms;
	bool refreshing;
};

struct ty_hook_cache {
	pthread_mutex_t lock;
	struct ty_map *by_address; /* "slug METHOD path" -> struct cached */
};

struct ty_hook_cache *
ty_hook_cache_new(void)
{
	struct ty_hook_cache *cache = calloc(1, sizeof(*cache));

	TY_ASSERT(cache != NULL && pthread_mutex_init(&cache->lock, NULL) == 0);
	cache->by_address = ty_map_new(NULL);
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
			c->fresh_until_ms = 0;
	}
	pthread_mutex_unlock(&cache->lock);
}

/* ---- loading ---- */

struct secrets {
	struct ty_arena *arena;
	struct ty_secret *list[SECRETS_MAX];
	size_t count;
};

static void
take_secret(void *ctx, const void *data, size_t len)
{
	struct secrets *secrets = ctx;

	if (secrets->count < SECRETS_MAX && len > 0)
		secrets->list[secrets->count++] = ty_secret_new(secrets->arena, data, len);
}

static enum ty_code
load_secrets(struct ty_app *app, struct ty_tx *tx, struct cached *c, const char *credential_id,
	     struct ty_err *err)
{
	struct secrets *secrets = ty_arena_new_of(c->arena, struct secrets);
	const struct ty_id *workspace_id = &c->entry.claim.workspace_id;
	struct ty_id id;
	enum ty_code code;

	secrets->arena = c->arena;
	c->entry.secrets = (const struct ty_secret *const *)secrets->list;
	if (!ty_id_parse(credential_id, &id))
		return TY_OK; /* not configured: said so to the sender */
	if (ty_tx_set_workspace(tx, workspace_id, err) != TY_OK)
		return err->code;
	code = ty_vault_secrets(app->vault, tx, workspace_id, &id, take_secret, secrets, err);
	/* A credential that is gone or does not open is a hook that is not configured. */
	if (code == TY_E_DENIED)
		ty_log_err(&app->log, TY_LOG_ERROR, "a webhook's secret does not open", err);
	c->entry.secret_count = secrets->count;
	return code == TY_E_DENIED || code == TY_E_NOT_FOUND ? TY_OK : code;
}

static enum ty_code
load_rule(struct cached *c, struct ty_err *err)
{
	struct ty_hook_rule *rule;
	json_t *verify;

	if (ty_json_parse(c->arena, c->entry.claim.verify, strlen(c->entry.claim.verify), &verify,
			  err) != TY_OK ||
	    ty_hook_rule_parse(c->arena, verify, &rule, err) != TY_OK)
		return ty_err_set(err, TY_E_INTERNAL, "hook %s cannot be read",
				  c->entry.claim.hook_id.s);
	c->entry.rule = rule;
	return TY_OK;
}

static struct cached *
cached_new(const struct ty_store_claim *claim, const char *key)
{
	struct ty_arena *arena = ty_arena_new(NULL, "hook", 0);
	struct cached *c = ty_arena_new_of(arena, struct cached);

	c->arena = arena;
	c->key = ty_arena_strdup(arena, key);
	c->entry.claim = *claim;
	c->entry.claim.node_id = ty_arena_strdup(arena, claim->node_id);
	c->entry.claim.verify = ty_arena_strdup(arena, claim->verify);
	c->refs = 1;
	return c;
}

/* Ask Postgres.  *ret NULL where nothing claims the address. */
static enum ty_code
load(struct ty_app *app, struct ty_tx *tx, const char *slug, const char *method, const char *path,
     const char *key, struct cached **ret, struct ty_id *ret_workspace_id, struct ty_err *err)
{
	struct ty_store_claim claim;
	struct cached *c;

	*ret = NULL;
	if (ty_store_claim_find(tx, slug, method, path, &claim, err) != TY_OK)
		return err->code;
	*ret_workspace_id = claim.workspace_id;
	if (!ty_id_is_set(&claim.hook_id))
		return TY_OK;
	c = cached_new(&claim, key);
	if (load_rule(c, err) != TY_OK ||
	    load_secrets(app, tx, c, c->entry.rule->credential_id, err) != TY_OK) {
		cached_unref(c);
		return err->code;
	}
	c->fresh_until_ms = ty_time_mono_ms() + FRESH_MS;
	*ret = c;
	return TY_OK;
}

static enum ty_code
load_in_tx(struct ty_app *app, struct ty_arena *arena, const char *slug, const char *method,
	   const char *path, const char *key, struct cached **ret, struct ty_id *ret_workspace_id,
	   struct ty_err *err)
{
	struct ty_tx *tx;
	enum ty_code code;

	if (ty_tx_begin(app->store, arena, NULL, LOOKUP_WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	code = load(app, tx, slug, method, path, key, ret, ret_workspace_id, err);
	ty_tx_rollback(tx);
	return code;
}

/* ---- using ---- */

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
 * The entry with a reference taken, and whether the caller is the one to look it up again.
 */
static struct cached *
cache_find(struct ty_hook_cache *cache, const char *key, bool *ret_refresh)
{
	struct cached *c;

	*ret_refresh = false;
	pthread_mutex_lock(&cache->lock);
	c = ty_map_find(cache->by_address, key);
	if (c != NULL) {
		c->refs++;
		if (!c->refreshing && ty_time_mono_ms() >= c->fresh_until_ms)
			*ret_refresh = c->refreshing = true;
	}
	pthread_mutex_unlock(&cache->lock);
	return c;
}

/* Postgres is away: serve on with what is known, and try again in a while. */
static void
cache_keep(struct ty_hook_cache *cache, struct cached *c)
{
	pthread_mutex_lock(&cache->lock);
	c->refreshing = false;
	c->fresh_until_ms = ty_time_mono_ms() + FRESH_MS;
	pthread_mutex_unlock(&cache->lock);
}

enum ty_code
ty_hook_cache_get(struct ty_app *app, struct ty_arena *arena, const char *slug, const char *method,
		  const char *path, const struct ty_hook_entry **ret_entry,
		  struct ty_id *ret_workspace_id, struct ty_err *err)
{
	const char *key = ty_arena_printf(arena, "%s %s %s", slug, method, path);
	struct cached *old, *fresh;
	enum ty_code code;
	bool refresh;

	old = cache_find(app->hooks, key, &refresh);
	if (old != NULL && !refresh) {
		*ret_entry = &old->entry;
		*ret_workspace_id = old->entry.claim.workspace_id;
		return TY_OK;
	}
	code = load_in_tx(app, arena, slug, method, path, key, &fresh, ret_workspace_id, err);
	if (code != TY_OK && old == NULL)
		return code;
	if (code != TY_OK) {
		cache_keep(app->hooks, old);
		*ret_entry = &old->entry;
		*ret_workspace_id = old->entry.claim.workspace_id;
		return TY_OK;
	}
	if (old != NULL || fresh != NULL)
		cache_store(app->hooks, key, fresh);
	if (old != NULL)
		ty_hook_cache_put(app->hooks, &old->entry);
	*ret_entry = fresh != NULL ? &fresh->entry : NULL;
	return TY_OK;
}
