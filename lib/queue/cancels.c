/*
 * cancels.c -- see cancels.h.
 */
#include "queue/cancels.h"

#include "queue/conn.h"
#include "queue/message.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Time until the one answer that the connection waits for counts as lost, as in queue.c. */
#define STALL_MS 4000

struct ty_queue_cancels {
	struct ty_queue_conn *conn;
	char channel[96];
	bool closing;
	ty_queue_cancel_fn on_heard;
	ty_queue_listening_fn on_listening;
	void *ctx;
};

static void
cancels_on_message(void *ctx, const redisReply *message)
{
	struct ty_queue_cancels *cancels = ctx;
	const char *kind = ty_queue_take_text(message, 0, NULL);
	const char *text = ty_queue_take_text(message, 2, NULL);
	struct ty_id run_id;

	if (kind != NULL && strcmp(kind, "message") == 0 && text != NULL &&
	    ty_id_parse(text, &run_id))
		cancels->on_heard(cancels->ctx, &run_id);
}

static void
cancels_on_subscribed(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct ty_queue_cancels *cancels = ctx;

	/* A connection that went comes back, and subscribes again then. */
	if (!cancels->closing && (err == NULL || ty_queue_conn_is_up(cancels->conn)))
		cancels->on_listening(cancels->ctx, err);
}

static void
cancels_on_state(void *ctx, const char *away)
{
	struct ty_queue_cancels *cancels = ctx;
	struct ty_queue_args args;

	if (away != NULL)
		return;
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "SUBSCRIBE");
	ty_queue_args_add_str(&args, cancels->channel);
	ty_queue_conn_call(cancels->conn, NULL, &args, cancels_on_subscribed, cancels);
}

struct ty_queue_cancels *
ty_queue_cancels_new(struct uv_loop_s *loop, const char *redis_url, const char *lane,
		     ty_queue_cancel_fn heard, ty_queue_listening_fn listening, void *ctx)
{
	struct ty_queue_cancels *cancels = ty_queue_alloc(sizeof(*cancels));
	char prefix[80];

	ty_queue_ignore_sigpipe();
	snprintf(prefix, sizeof(prefix), "{%s}:", lane);
	snprintf(cancels->channel, sizeof(cancels->channel), "%scancel", prefix);
	cancels->on_heard = heard;
	cancels->on_listening = listening;
	cancels->ctx = ctx;
	cancels->conn =
		ty_queue_conn_new(loop, redis_url, prefix, STALL_MS, cancels_on_state, cancels);
	ty_queue_conn_on_push(cancels->conn, cancels_on_message);
	return cancels;
}

void
ty_queue_cancels_free(struct ty_queue_cancels *cancels)
{
	if (cancels == NULL)
		return;
	cancels->closing = true;
	ty_queue_conn_free(cancels->conn); /* fails what is outstanding, calls nothing later */
	free(cancels);
}
