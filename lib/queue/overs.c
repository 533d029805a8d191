/*
 * overs.c -- see overs.h.
 */
#include "queue/overs.h"

#include "queue/conn.h"
#include "queue/message.h"
#include "queue/queue.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Time until an answer to SUBSCRIBE counts as lost, as in queue.c. */
#define STALL_MS 4000

struct ty_queue_overs {
	struct ty_queue_conn *conn;
	char prefix[80];
	bool closing;
	ty_queue_over_fn on_heard;
	ty_queue_over_listening_fn on_listening;
	ty_queue_over_up_fn on_up;
	void *ctx;
};

/* "{lane}:over:<run id>" -> the id */
static bool
channel_run(const struct ty_queue_overs *overs, const char *channel, struct ty_id *ret_id)
{
	size_t len = strlen(overs->prefix);

	return channel != NULL && strncmp(channel, overs->prefix, len) == 0 &&
	       strncmp(channel + len, "over:", 5) == 0 && ty_id_parse(channel + len + 5, ret_id);
}

static void
overs_on_message(void *ctx, const redisReply *message)
{
	struct ty_queue_overs *overs = ctx;
	struct ty_id run_id;

	if (channel_run(overs, ty_queue_take_text(message, 1, NULL), &run_id))
		overs->on_heard(overs->ctx, &run_id);
}

static void
overs_on_subscribed(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct ty_queue_overs *overs = ctx;
	struct ty_id run_id;

	if (!overs->closing && err == NULL &&
	    channel_run(overs, ty_queue_take_text(reply, 1, NULL), &run_id))
		overs->on_listening(overs->ctx, &run_id);
}

/* Ignores the answers of SUBSCRIBE and UNSUBSCRIBE, because nobody needs them. */
static void
overs_on_done(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	(void)ctx;
	(void)reply;
	(void)err;
}

static void
overs_on_state(void *ctx, const char *away)
{
	struct ty_queue_overs *overs = ctx;

	if (away == NULL && !overs->closing)
		overs->on_up(overs->ctx);
}

static void
overs_ask(struct ty_queue_overs *overs, const char *command, const struct ty_id *run_id,
	  ty_queue_conn_fn fn)
{
	struct ty_queue_args args;
	char channel[160];

	if (!ty_queue_conn_is_up(overs->conn))
		return;
	snprintf(channel, sizeof(channel), "%sover:%s", overs->prefix, run_id->s);
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, command);
	ty_queue_args_add_str(&args, channel);
	ty_queue_conn_call(overs->conn, NULL, &args, fn, overs);
}

void
ty_queue_overs_listen(struct ty_queue_overs *overs, const struct ty_id *run_id)
{
	overs_ask(overs, "SUBSCRIBE", run_id, overs_on_subscribed);
}

void
ty_queue_overs_leave(struct ty_queue_overs *overs, const struct ty_id *run_id)
{
	overs_ask(overs, "UNSUBSCRIBE", run_id, overs_on_done);
}

struct ty_queue_overs *
ty_queue_overs_new(struct uv_loop_s *loop, const char *redis_url, const char *lane,
		   ty_queue_over_fn heard, ty_queue_over_listening_fn listening,
		   ty_queue_over_up_fn up, void *ctx)
{
	struct ty_queue_overs *overs = ty_queue_alloc(sizeof(*overs));

	ty_queue_ignore_sigpipe();
	snprintf(overs->prefix, sizeof(overs->prefix), "{%s}:", lane);
	overs->on_heard = heard;
	overs->on_listening = listening;
	overs->on_up = up;
	overs->ctx = ctx;
	overs->conn =
		ty_queue_conn_new(loop, redis_url, overs->prefix, STALL_MS, overs_on_state, overs);
	ty_queue_conn_on_push(overs->conn, overs_on_message);
	return overs;
}

void
ty_queue_overs_free(struct ty_queue_overs *overs)
{
	if (overs == NULL)
		return;
	overs->closing = true;
	ty_queue_conn_free(overs->conn); /* fails what is outstanding, calls nothing later */
	free(overs);
}

void
ty_queue_tell(struct ty_queue *queue, const struct ty_id *run_id)
{
	const char *prefix;
	struct ty_queue_conn *conn = ty_queue_conn_of(queue, &prefix);
	struct ty_queue_args args;
	char channel[160];

	if (!ty_queue_conn_is_up(conn))
		return;
	snprintf(channel, sizeof(channel), "%sover:%s", prefix, run_id->s);
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "PUBLISH");
	ty_queue_args_add_str(&args, channel);
	ty_queue_args_add_str(&args, "");
	ty_queue_conn_call(conn, NULL, &args, overs_on_done, NULL);
}
