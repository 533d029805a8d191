/*
 * conn.c -- see conn.h.
 *
 * A link is one attempt at a connection: stream, parser and the calls that wait for its
 * answers.  It is left behind whole when the connection goes, and frees itself when libuv
 * has given back everything that points into it.
 */
#include "queue/conn.h"

#include "base/fault.h"
#include "base/time.h"
#include "queue/call.h"
#include "queue/url.h"

#include <hiredis/hiredis.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define BACKOFF_MIN_MS	   100
#define BACKOFF_MAX_MS	   2000
#define CONNECT_TIMEOUT_MS 2000
#define WATCH_MS	   500
#define READ_SIZE	   65536
#define KEEPALIVE_S	   30

enum conn_state { CONN_DOWN, CONN_CONNECTING, CONN_UP, CONN_CLOSING };

struct link {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} u;
	struct ty_queue_conn *conn; /* NULL once left behind */
	int refs;		    /* the handle, and a name being resolved */
	uv_connect_t connect;
	uv_getaddrinfo_t resolve;
	redisReader *reader;
	struct ty_queue_call_list waiting;
	char buf[READ_SIZE];
};

struct ty_queue_conn {
	uv_loop_t *loop;
	enum conn_state state;
	struct link *link;
	struct ty_queue_url url;
	bool url_ok;
	char *prefix;
	int64_t stall_ms, backoff_ms;
	uv_timer_t retry, defer, watch;
	int handles_open;
	bool broken;			  /* a write failed at once: leave the link from the loop */
	struct ty_queue_call_list failed; /* made while down: answered from the loop */
	char why[200];
	char reported[200]; /* of 'why'; "" while it is there */
	ty_queue_conn_state_fn on_state;
	ty_queue_conn_push_fn on_push; /* NULL: nothing comes unasked for */
	void *ctx;
};

static void conn_on_retry(uv_timer_t *timer);
static void conn_on_defer(uv_timer_t *timer);
static void conn_on_watch(uv_timer_t *timer);

/* ---- calls ---- */

static void
call_fail(struct ty_queue_conn *conn, struct ty_queue_call *call)
{
	struct ty_err err;

	ty_err_set(&err, TY_E_UNAVAILABLE, "Redis is away: %s", conn->why);
	call->fn(call->ctx, NULL, &err);
	ty_queue_call_unref(call);
}

/* Leave the link from the loop: the caller may be within a call. */
static void
conn_break(struct ty_queue_conn *conn, const char *why)
{
	snprintf(conn->why, sizeof(conn->why), "%.*s", (int)sizeof(conn->why) - 1, why);
	conn->broken = true;
	uv_timer_start(&conn->defer, conn_on_defer, 0, 0);
}

static void
call_on_written(uv_write_t *req, int status)
{
	struct ty_queue_call *call = req->data;

	/* A failed write is followed by a failed read, which drops the link. */
	ty_queue_call_unref(call);
}

static void
call_send(struct ty_queue_conn *conn, struct ty_queue_call *call)
{
	struct ty_queue_piece pieces[TY_QUEUE_PIECES];
	unsigned count = (unsigned)ty_queue_args_pieces(&call->args, pieces);
	uv_buf_t bufs[1 + TY_QUEUE_PIECES];
	int rc;

	free(call->head);
	call->head = ty_queue_args_head(&call->args, call->script, conn->prefix, call->whole,
					&call->head_len);
	bufs[0] = uv_buf_init(call->head, (unsigned)call->head_len);
	for (unsigned i = 0; i < count; i++)
		bufs[1 + i] = uv_buf_init((char *)pieces[i].data, (unsigned)pieces[i].len);
	call->write.data = call;
	call->sent_ms = ty_time_mono_ms();
	call->refs++;
	ty_queue_call_list_add(&conn->link->waiting, call);
	rc = TY_FAULT(queue_send) ? UV_EPIPE
				  : uv_write(&call->write, &conn->link->u.stream, bufs, 1 + count,
					     call_on_written);
	if (rc != 0) {
		call->refs--;
		conn_break(conn, uv_strerror(rc));
	}
	if (!uv_is_active((uv_handle_t *)&conn->watch))
		uv_timer_start(&conn->watch, conn_on_watch, WATCH_MS, WATCH_MS);
}

/* ---- a link's end ---- */

static void
link_unref(struct link *link)
{
	if (--link->refs > 0)
		return;
	redisReaderFree(link->reader);
	free(link);
}

static void
link_on_close(uv_handle_t *handle)
{
	link_unref(handle->data);
}

static void
link_leave(struct link *link)
{
	link->conn = NULL;
	uv_cancel((uv_req_t *)&link->resolve); /* no harm where it is over */
	uv_close(&link->u.handle, link_on_close);
}

static void
conn_tell_away(struct ty_queue_conn *conn)
{
	if (conn->on_state == NULL || strcmp(conn->reported, conn->why) == 0)
		return;
	memcpy(conn->reported, conn->why, sizeof(conn->reported));
	conn->on_state(conn->ctx, conn->reported);
}

/*
 * The only way out of CONNECTING and UP but for free.  Called from the loop, never from
 * within a call, so that callbacks may be called here.  'why' NULL: it was said before.
 */
static void
conn_drop(struct ty_queue_conn *conn, const char *why)
{
	struct link *link = conn->link;
	struct ty_queue_call *call;

	if (why != NULL)
		snprintf(conn->why, sizeof(conn->why), "%.*s", (int)sizeof(conn->why) - 1, why);
	conn->state = CONN_DOWN;
	conn->link = NULL;
	conn->broken = false;
	uv_timer_stop(&conn->watch);
	uv_timer_start(&conn->retry, conn_on_retry, (uint64_t)conn->backoff_ms, 0);
	conn->backoff_ms =
		conn->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : conn->backoff_ms * 2;
	link_leave(link); /* Leave first, because nothing lent is read once its lender is told. */
	while ((call = ty_queue_call_list_take(&link->waiting)) != NULL)
		call_fail(conn, call);
	if (conn->state != CONN_CLOSING)
		conn_tell_away(conn);
}

/* ---- answers ---- */

/* A server that says so answers nothing else for a while: look for one that does. */
static bool
is_wrong_server(const char *error)
{
	return strncmp(error, "READONLY", 8) == 0 || strncmp(error, "LOADING", 7) == 0 ||
	       strncmp(error, "MASTERDOWN", 10) == 0;
}

static void
call_answer(struct ty_queue_conn *conn, struct ty_queue_call *call, const redisReply *reply)
{
	struct ty_err err;

	if (reply->type != REDIS_REPLY_ERROR) {
		call->fn(call->ctx, reply, NULL);
	} else if (strncmp(reply->str, "NOSCRIPT", 8) == 0 && call->script != NULL &&
		   !call->whole && call->refs == 1 && conn->state == CONN_UP) {
		call->whole = true;
		call_send(conn, call);
		return;
	} else {
		ty_err_set(&err, TY_E_UNAVAILABLE, "Redis: %s", reply->str);
		if (is_wrong_server(reply->str))
			conn_break(conn, reply->str);
		call->fn(call->ctx, NULL, &err);
	}
	ty_queue_call_unref(call);
}

/* The answer to a question that is not yet written whole breaks the protocol; what was lent to it is still read. */
static bool
is_too_early(const struct link *link, const struct ty_queue_call *call)
{
	return call->args.lent != NULL && call->refs > 1 &&
	       uv_stream_get_write_queue_size(&link->u.stream) > 0;
}

/* RESP2 tells a message apart from the answer to a later SUBSCRIBE by its first word only. */
static bool
is_message(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
	       reply->element[0]->type == REDIS_REPLY_STRING &&
	       strcmp(reply->element[0]->str, "message") == 0;
}

static void
link_take(struct link *link, const redisReply *reply)
{
	struct ty_queue_conn *conn = link->conn;
	struct ty_queue_call *call = link->waiting.first;

	if (conn->on_push != NULL && is_message(reply)) {
		conn->on_push(conn->ctx, reply);
		return;
	}
	if (call != NULL && is_too_early(link, call)) {
		conn_drop(conn, "an answer came before its question was sent");
		return;
	}
	call = ty_queue_call_list_take(&link->waiting);
	if (call != NULL)
		call_answer(conn, call, reply);
	else if (conn->on_push != NULL)
		conn->on_push(conn->ctx, reply);
	else
		conn_drop(conn, "an answer that nobody asked for");
}

static void
link_answers(struct link *link)
{
	void *reply;

	while (link->conn != NULL) {
		reply = NULL;
		if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
			conn_drop(link->conn, link->reader->errstr);
			return;
		}
		if (reply == NULL)
			return;
		if (TY_FAULT(queue_answer))
			conn_drop(link->conn, "its answer is lost");
		else
			link_take(link, reply);
		freeReplyObject(reply);
	}
}

static void
link_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct link *link = handle->data;

	*buf = uv_buf_init(link->buf, sizeof(link->buf));
}

static void
link_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct link *link = stream->data;

	if (n == 0 || link->conn == NULL)
		return;
	if (n < 0) {
		conn_drop(link->conn, uv_strerror((int)n));
		return;
	}
	if (redisReaderFeed(link->reader, buf->base, (size_t)n) != REDIS_OK) {
		conn_drop(link->conn, "out of memory for an answer");
		return;
	}
	link_answers(link);
}

/* ---- coming up ---- */

static void
conn_on_pong(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct ty_queue_conn *conn = ctx;

	if (conn->state != CONN_CONNECTING || conn->broken)
		return;
	if (err != NULL) {
		conn_break(conn, err->msg);
		return;
	}
	conn->state = CONN_UP;
	conn->backoff_ms = BACKOFF_MIN_MS;
	uv_timer_stop(&conn->retry);
	conn->reported[0] = '\0';
	if (conn->on_state != NULL)
		conn->on_state(conn->ctx, NULL);
}

/* Authentication and database: an error of theirs is seen again in the PING's answer. */
static void
conn_on_hello(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	if (err != NULL)
		conn_on_pong(ctx, reply, err);
}

static void
conn_hello(struct ty_queue_conn *conn)
{
	struct ty_queue_args args;

	if (conn->url.password[0] != '\0') {
		ty_queue_args_init(&args);
		ty_queue_args_add_str(&args, "AUTH");
		if (conn->url.user[0] != '\0')
			ty_queue_args_add_str(&args, conn->url.user);
		ty_queue_args_add_str(&args, conn->url.password);
		call_send(conn, ty_queue_call_new(NULL, &args, conn_on_hello, conn));
	}
	if (conn->url.db != 0) {
		ty_queue_args_init(&args);
		ty_queue_args_add_str(&args, "SELECT");
		ty_queue_args_add_int(&args, conn->url.db);
		call_send(conn, ty_queue_call_new(NULL, &args, conn_on_hello, conn));
	}
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "PING");
	call_send(conn, ty_queue_call_new(NULL, &args, conn_on_pong, conn));
}

static void
link_on_connect(uv_connect_t *req, int status)
{
	struct link *link = req->data;

	if (link->conn == NULL)
		return;
	if (status == 0)
		status = uv_read_start(&link->u.stream, link_on_alloc, link_on_read);
	if (status != 0) {
		conn_drop(link->conn, uv_strerror(status));
		return;
	}
	conn_hello(link->conn);
}

static void
link_on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct link *link = req->data;

	if (link->conn != NULL) {
		if (status == 0)
			status = uv_tcp_connect(&link->connect, &link->u.tcp, found->ai_addr,
						link_on_connect);
		if (status != 0)
			conn_drop(link->conn, uv_strerror(status));
	}
	uv_freeaddrinfo(found);
	link_unref(link);
}

static int
link_resolve(struct link *link, const struct ty_queue_url *url)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	char port[8];
	int rc;

	uv_tcp_nodelay(&link->u.tcp, 1);
	uv_tcp_keepalive(&link->u.tcp, 1, KEEPALIVE_S);
	snprintf(port, sizeof(port), "%d", url->port);
	link->refs++;
	rc = uv_getaddrinfo(link->conn->loop, &link->resolve, link_on_resolved, url->host, port,
			    &hints);
	if (rc != 0)
		link->refs--;
	return rc;
}

static void
conn_connect(struct ty_queue_conn *conn)
{
	struct link *link = ty_queue_alloc(sizeof(*link));

	link->conn = conn;
	link->refs = 1;
	link->reader = redisReaderCreate();
	TY_ASSERT(link->reader != NULL);
	ty_queue_call_list_init(&link->waiting);
	link->connect.data = link->resolve.data = link;
	conn->link = link;
	conn->state = CONN_CONNECTING;
	uv_timer_start(&conn->retry, conn_on_retry, CONNECT_TIMEOUT_MS, 0);
	if (conn->url.path[0] != '\0') {
		uv_pipe_init(conn->loop, &link->u.pipe, 0);
		link->u.handle.data = link;
		uv_pipe_connect(&link->connect, &link->u.pipe, conn->url.path, link_on_connect);
		return;
	}
	uv_tcp_init(conn->loop, &link->u.tcp);
	link->u.handle.data = link;
	if (link_resolve(link, &conn->url) != 0)
		conn_drop(conn, "the name of its host cannot be looked up");
}

/* ---- timers ---- */

/* Two meanings that never overlap: the wait before an attempt, and its time limit. */
static void
conn_on_retry(uv_timer_t *timer)
{
	struct ty_queue_conn *conn = timer->data;

	if (conn->state == CONN_CONNECTING)
		conn_drop(conn, "connecting takes too long");
	else if (conn->state == CONN_DOWN)
		conn_connect(conn);
}

static void
conn_on_defer(uv_timer_t *timer)
{
	struct ty_queue_conn *conn = timer->data;
	struct ty_queue_call *call, *failed;

	if (conn->broken)
		conn_drop(conn, NULL);
	failed = conn->failed.first;
	ty_queue_call_list_init(&conn->failed); /* calls made meanwhile fail in the next turn */
	while ((call = failed) != NULL) {
		failed = call->next;
		call_fail(conn, call);
	}
}

static void
conn_on_watch(uv_timer_t *timer)
{
	struct ty_queue_conn *conn = timer->data;
	const struct ty_queue_call *oldest = conn->link != NULL ? conn->link->waiting.first : NULL;

	if (oldest == NULL)
		uv_timer_stop(timer);
	else if (ty_time_mono_ms() - oldest->sent_ms > conn->stall_ms)
		conn_drop(conn, "it does not answer");
}

/* ---- the interface ---- */

static void
conn_timer(struct ty_queue_conn *conn, uv_timer_t *timer)
{
	uv_timer_init(conn->loop, timer);
	timer->data = conn;
	conn->handles_open++;
}

struct ty_queue_conn *
ty_queue_conn_new(uv_loop_t *loop, const char *redis_url, const char *prefix, int64_t stall_ms,
		  ty_queue_conn_state_fn state, void *ctx)
{
	struct ty_queue_conn *conn = ty_queue_alloc(sizeof(*conn));
	struct ty_err err;

	conn->loop = loop;
	conn->prefix = strdup(prefix);
	TY_ASSERT(conn->prefix != NULL);
	conn->stall_ms = stall_ms;
	conn->backoff_ms = BACKOFF_MIN_MS;
	conn->on_state = state;
	conn->ctx = ctx;
	ty_queue_call_list_init(&conn->failed);
	conn_timer(conn, &conn->retry);
	conn_timer(conn, &conn->defer);
	conn_timer(conn, &conn->watch);
	snprintf(conn->why, sizeof(conn->why), "not connected yet");
	conn->url_ok = ty_queue_url_parse(redis_url, &conn->url, &err) == TY_OK;
	if (conn->url_ok)
		uv_timer_start(&conn->retry, conn_on_retry, 0, 0);
	else
		snprintf(conn->why, sizeof(conn->why), "%.*s", (int)sizeof(conn->why) - 1, err.msg);
	return conn;
}

void
ty_queue_conn_on_push(struct ty_queue_conn *conn, ty_queue_conn_push_fn push)
{
	conn->on_push = push;
}

static void
conn_on_close(uv_handle_t *handle)
{
	struct ty_queue_conn *conn = handle->data;

	if (--conn->handles_open > 0)
		return;
	free(conn->prefix);
	free(conn);
}

void
ty_queue_conn_free(struct ty_queue_conn *conn)
{
	struct link *link;
	struct ty_queue_call *call;

	if (conn == NULL || conn->state == CONN_CLOSING)
		return;
	conn->state = CONN_CLOSING;
	snprintf(conn->why, sizeof(conn->why), "the connection was given up");
	link = conn->link;
	conn->link = NULL;
	while ((call = ty_queue_call_list_take(&conn->failed)) != NULL)
		call_fail(conn, call);
	if (link != NULL) {
		link_leave(link);
		while ((call = ty_queue_call_list_take(&link->waiting)) != NULL)
			call_fail(conn, call);
	}
	while ((call = ty_queue_call_list_take(&conn->failed)) !=
	       NULL) /* made by those callbacks */
		call_fail(conn, call);
	uv_close((uv_handle_t *)&conn->retry, conn_on_close);
	uv_close((uv_handle_t *)&conn->defer, conn_on_close);
	uv_close((uv_handle_t *)&conn->watch, conn_on_close);
}

bool
ty_queue_conn_is_up(const struct ty_queue_conn *conn)
{
	return conn->state == CONN_UP && !conn->broken;
}

void
ty_queue_conn_call(struct ty_queue_conn *conn, const struct ty_queue_script *script,
		   struct ty_queue_args *args, ty_queue_conn_fn fn, void *ctx)
{
	struct ty_queue_call *call = ty_queue_call_new(script, args, fn, ctx);

	if (ty_queue_conn_is_up(conn)) {
		call_send(conn, call);
		return;
	}
	ty_queue_call_list_add(&conn->failed, call);
	if (conn->state != CONN_CLOSING)
		uv_timer_start(&conn->defer, conn_on_defer, 0, 0);
}
