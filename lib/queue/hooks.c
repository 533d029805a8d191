/*
 * hooks.c -- see hooks.h.
 */
#include "queue/hooks.h"

#include "base/arena.h"
#include "queue/message.h"
#include "queue/sync.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

/* Cells of the answer to a find. */
enum { CELL_AS_OF, CELL_EXACT, CELL_ANY, CELL_WORKSPACE, CELL_PATTERNS };

enum ty_code
ty_queue_hooks_confirm(struct ty_queue_sync *queue, const char *token, int64_t as_of_ms,
		       bool *ret_same, struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t same;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, token);
	ty_queue_args_add_int(&args, as_of_ms);
	if (ty_queue_sync_call_ints(queue, &ty_queue_script_hooks_confirm, &args, &same, 0, err) !=
	    TY_OK)
		return err->code;
	*ret_same = same == 1;
	return TY_OK;
}

enum ty_code
ty_queue_hooks_put(struct ty_queue_sync *queue, const struct ty_id *draft,
		   const struct ty_queue_hook *hooks, size_t count, struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t ignored;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, draft->s);
	for (size_t i = 0; i < count; i++) {
		ty_queue_args_add_str(&args, hooks[i].field);
		ty_queue_args_add_str(&args, hooks[i].value);
	}
	return ty_queue_sync_call_ints(queue, &ty_queue_script_hooks_put, &args, &ignored, 0, err);
}

enum ty_code
ty_queue_hooks_use(struct ty_queue_sync *queue, const struct ty_id *draft, size_t count,
		   const char *token, int64_t as_of_ms, struct ty_err *err)
{
	struct ty_queue_args args;
	int64_t used;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, draft->s);
	ty_queue_args_add_int(&args, (int64_t)count);
	ty_queue_args_add_str(&args, token);
	ty_queue_args_add_int(&args, as_of_ms);
	if (ty_queue_sync_call_ints(queue, &ty_queue_script_hooks_use, &args, &used, 0, err) !=
	    TY_OK)
		return err->code;
	return used == 1 ? TY_OK
			 : ty_err_set(err, TY_E_UNAVAILABLE,
				      "Redis has lost some of the hooks that were written");
}

enum ty_code
ty_queue_hooks_find(struct ty_queue_sync *queue, struct ty_arena *arena, const char *slug,
		    const char *method, const char *path, struct ty_queue_hook_found *ret_found,
		    struct ty_err *err)
{
	struct ty_queue_args args;
	const char *as_of, *exact;
	redisReply *reply;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, ty_arena_printf(arena, "%s %s %s", slug, method, path));
	ty_queue_args_add_str(&args, ty_arena_printf(arena, "%s * %s", slug, path));
	ty_queue_args_add_str(&args, ty_arena_printf(arena, " %s", slug));
	ty_queue_args_add_str(&args, ty_arena_printf(arena, "  %s", slug));
	if (ty_queue_sync_call(queue, &ty_queue_script_hooks_find, &args, &reply, err) != TY_OK)
		return err->code;
	as_of = ty_queue_take_copy(reply, CELL_AS_OF, arena);
	exact = ty_queue_take_copy(reply, CELL_EXACT, arena);
	*ret_found = (struct ty_queue_hook_found){
		.as_of_ms = as_of != NULL ? strtoll(as_of, NULL, 10) : 0,
		.claim = exact != NULL ? exact : ty_queue_take_copy(reply, CELL_ANY, arena),
		.workspace = ty_queue_take_copy(reply, CELL_WORKSPACE, arena),
		.patterns = ty_queue_take_copy(reply, CELL_PATTERNS, arena),
	};
	freeReplyObject(reply);
	return as_of != NULL ? TY_OK
			     : ty_err_set(err, TY_E_UNAVAILABLE,
					  "Redis has no mirror of the published hooks");
}
