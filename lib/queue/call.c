/*
 * call.c -- see call.h.
 */
#include "queue/call.h"

#include <stdlib.h>

void
ty_queue_call_list_init(struct ty_queue_call_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

void
ty_queue_call_list_add(struct ty_queue_call_list *list, struct ty_queue_call *call)
{
	call->next = NULL;
	*list->last = call;
	list->last = &call->next;
}

struct ty_queue_call *
ty_queue_call_list_take(struct ty_queue_call_list *list)
{
	struct ty_queue_call *call = list->first;

	if (call != NULL) {
		list->first = call->next;
		if (list->first == NULL)
			list->last = &list->first;
	}
	return call;
}

void
ty_queue_call_unref(struct ty_queue_call *call)
{
	if (--call->refs > 0)
		return;
	free(call->head);
	ty_queue_args_done(&call->args);
	free(call);
}

struct ty_queue_call *
ty_queue_call_new(const struct ty_queue_script *script, struct ty_queue_args *args,
		  ty_queue_conn_fn fn, void *ctx)
{
	struct ty_queue_call *call = ty_queue_alloc(sizeof(*call));

	if (script != NULL)
		ty_queue_args_add_str(args, TY_QUEUE_CONTRACT);
	call->script = script;
	call->args = *args;
	*args = (struct ty_queue_args){ 0 };
	call->fn = fn;
	call->ctx = ctx;
	call->refs = 1;
	return call;
}
