/*
 * hook_mirror.c -- see hook_mirror.h.
 */
#include "hook_mirror.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "conf/conf.h"
#include "hook/address.h"
#include "json/json.h"
#include "queue/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Time between two attempts: that in which a cached hook is not looked up again. */
#define REST_MS 1000

struct ty_hook_mirror {
	pthread_mutex_t lock;
	struct ty_queue_sync *queue;
	int64_t rest_until_ms; /* monotonic; 0 = Redis has answered */
};

struct ty_hook_mirror *
ty_hook_mirror_new(const struct ty_conf *conf)
{
	struct ty_hook_mirror *mirror = calloc(1, sizeof(*mirror));

	TY_ASSERT(mirror != NULL && pthread_mutex_init(&mirror->lock, NULL) == 0);
	mirror->queue = ty_queue_sync_new(conf->redis_url, conf->lane);
	return mirror;
}

void
ty_hook_mirror_free(struct ty_hook_mirror *mirror)
{
	if (mirror == NULL)
		return;
	ty_queue_sync_free(mirror->queue);
	pthread_mutex_destroy(&mirror->lock);
	free(mirror);
}

/* Under the lock. */
static enum ty_code
mirror_ask(struct ty_hook_mirror *mirror, struct ty_arena *arena,
	   const struct ty_hook_address *address, struct ty_queue_hook_found *ret_found,
	   struct ty_err *err)
{
	enum ty_code code;

	if (ty_time_mono_ms() < mirror->rest_until_ms)
		return ty_err_set(err, TY_E_UNAVAILABLE,
				  "Redis was away a moment ago, or has no mirror of the hooks");
	code = ty_queue_hooks_find(mirror->queue, arena, address->slug, address->method,
				   address->path, ret_found, err);
	mirror->rest_until_ms = code == TY_OK ? 0 : ty_time_mono_ms() + REST_MS;
	return code;
}

/* "POST orders/:" as the address to ask for, where it takes this one. */
static bool
pattern_takes(struct ty_arena *arena, const char *pattern, const struct ty_hook_address *address,
	      struct ty_hook_address *ret_claim)
{
	size_t len = strcspn(pattern, " ");

	*ret_claim = (struct ty_hook_address){ address->slug, ty_arena_strndup(arena, pattern, len),
					       pattern[len] == ' ' ? pattern + len + 1 : "" };
	return (ty_str_eq(ret_claim->method, "*") ||
		ty_str_eq(ret_claim->method, address->method)) &&
	       ty_hook_shape_takes(ret_claim->path, address->path);
}

/* Look for a claim with parameters, because none is just this address. */
static enum ty_code
mirror_ask_patterns(struct ty_hook_mirror *mirror, struct ty_arena *arena,
		    const struct ty_hook_address *address, struct ty_queue_hook_found *found,
		    struct ty_err *err)
{
	struct ty_hook_address claim;
	json_t *patterns, *pattern;
	size_t i;

	if (ty_json_parse(arena, found->patterns, strlen(found->patterns), &patterns, err) != TY_OK)
		return ty_err_set(err, TY_E_UNAVAILABLE, "mirrored claims cannot be read");
	json_array_foreach(patterns, i, pattern)
	{
		if (json_is_string(pattern) &&
		    pattern_takes(arena, json_string_value(pattern), address, &claim))
			return mirror_ask(mirror, arena, &claim, found, err);
	}
	return TY_OK;
}

enum ty_code
ty_hook_mirror_find(struct ty_hook_mirror *mirror, struct ty_arena *arena,
		    const struct ty_hook_address *address, struct ty_queue_hook_found *ret_found,
		    struct ty_err *err)
{
	enum ty_code code;

	pthread_mutex_lock(&mirror->lock);
	code = mirror_ask(mirror, arena, address, ret_found, err);
	if (code == TY_OK && ret_found->claim == NULL && ret_found->patterns != NULL)
		code = mirror_ask_patterns(mirror, arena, address, ret_found, err);
	pthread_mutex_unlock(&mirror->lock);
	return code;
}
