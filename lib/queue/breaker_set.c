/*
 * breaker_set.c -- breakers.h for blocking callers: lists, what is done by hand, what is to be recorded.
 */
#include "queue/breakers.h"

#include "base/arena.h"
#include "queue/message.h"
#include "queue/sync.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#define LIST_WIDTH 3

static bool
list_take(const redisReply *reply, struct ty_arena *arena, struct ty_breaker **ret_breakers,
	  size_t *ret_count)
{
	size_t count = reply->elements > 0 ? (reply->elements - 1) / LIST_WIDTH : 0, found = 0;
	struct ty_breaker *list = ty_arena_alloc_array(arena, count + 1, sizeof(*list));

	for (size_t i = 0; i < count; i++) {
		size_t at = 1 + i * LIST_WIDTH;
		const char *text = ty_queue_take_text(reply, at + 2, NULL);
		const char *scope = ty_queue_take_copy(reply, at, arena);
		const char *what = ty_queue_take_copy(reply, at + 1, arena);
		json_t *json = text != NULL ? json_loads(text, 0, NULL) : NULL;

		if (scope == NULL || what == NULL)
			return false;
		if (json != NULL &&
		    ty_breaker_read(ty_json_own(arena, json), scope, what, &list[found]))
			found++;
	}
	*ret_breakers = list;
	*ret_count = found;
	return reply->type == REDIS_REPLY_ARRAY;
}

enum ty_code
ty_queue_sync_breakers(struct ty_queue_sync *queue, struct ty_arena *arena,
		       const char *const *scopes, size_t count, struct ty_breaker **ret_breakers,
		       size_t *ret_count, struct ty_err *err)
{
	struct ty_queue_args args;
	redisReply *reply;

	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, TY_BREAKERS_MAX);
	for (size_t i = 0; i < count; i++)
		ty_queue_args_add_str(&args, scopes[i]);
	if (ty_queue_sync_call(queue, &ty_queue_script_breaker_list, &args, &reply, err) != TY_OK)
		return err->code;
	return ty_queue_sync_answered(reply, list_take(reply, arena, ret_breakers, ret_count), err);
}

enum ty_code
ty_queue_sync_breaker_set(struct ty_queue_sync *queue, const char *scope, const char *what,
			  const char *action, const char *by, const char *why, struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t done = 0;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, scope);
	ty_queue_args_add_str(&args, what);
	ty_queue_args_add_str(&args, action);
	ty_queue_args_add_str(&args, by);
	ty_queue_args_add_str(&args, why);
	if (ty_queue_sync_call_ints(queue, &ty_queue_script_breaker_set, &args, &done, 0, err) !=
	    TY_OK)
		return err->code;
	if (done == 0)
		return ty_err_set(err, TY_E_CONFLICT, "The breaker %.200s is so already", what);
	if (done < 0) {
		ty_err_set(err, TY_E_LIMIT, "There are too many open breakers here");
		return ty_err_hint(err, "Close those that are not needed any more.");
	}
	return TY_OK;
}

enum ty_code
ty_queue_sync_breaker_news(struct ty_queue_sync *queue, struct ty_arena *arena, size_t max,
			   const char ***ret_news, size_t *ret_count, struct ty_err *err)
{
	struct ty_queue_args args;
	const char **news;
	redisReply *reply;
	bool ok = true;

	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, (int64_t)max);
	if (ty_queue_sync_call(queue, &ty_queue_script_breaker_new, &args, &reply, err) != TY_OK)
		return err->code;
	news = ty_arena_alloc_array(arena, reply->elements + 1, sizeof(*news));
	*ret_count = reply->elements;
	for (size_t i = 0; ok && i < *ret_count; i++) {
		news[i] = ty_queue_take_copy(reply, i, arena);
		ok = news[i] != NULL;
	}
	*ret_news = news;
	return ty_queue_sync_answered(reply, ok, err);
}

enum ty_code
ty_queue_sync_breaker_recorded(struct ty_queue_sync *queue, const char *const *news, size_t count,
			       struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t ignored;

	ty_queue_args_init(&args);
	for (size_t i = 0; i < count; i++)
		ty_queue_args_add_str(&args, news[i]);
	return ty_queue_sync_call_ints(queue, &ty_queue_script_breaker_recorded, &args, &ignored, 0,
				       err);
}
