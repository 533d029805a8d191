/*
 * call.h -- one command on its way to Redis, and lists of them; for conn.c only.
 *
 * A call lives until it was answered and libuv has given its bytes back.
 */
#ifndef TY_QUEUE_CALL_H
#define TY_QUEUE_CALL_H

#include "queue/conn.h"

#include <uv.h>

struct ty_queue_call {
	struct ty_queue_call *next;
	uv_write_t write;
	const struct ty_queue_script *script;
	char *head;
	size_t head_len;
	struct ty_queue_args args;
	bool whole; /* the source was sent, not only its name */
	int refs;   /* the answer, and each write under way */
	int64_t sent_ms;
	ty_queue_conn_fn fn;
	void *ctx;
};

struct ty_queue_call_list {
	struct ty_queue_call *first, **last;
};

/* Takes over 'args'; has one reference, the answer's. */
struct ty_queue_call *ty_queue_call_new(const struct ty_queue_script *script,
					struct ty_queue_args *args, ty_queue_conn_fn fn, void *ctx);
void ty_queue_call_unref(struct ty_queue_call *call);

/* First in, first out.  An empty list points into itself: not to be copied. */
void ty_queue_call_list_init(struct ty_queue_call_list *list);
void ty_queue_call_list_add(struct ty_queue_call_list *list, struct ty_queue_call *call);
struct ty_queue_call *ty_queue_call_list_take(struct ty_queue_call_list *list); /* NULL = empty */

#endif
