/*
 * sandbox_child.c -- see sandbox_child.h.
 *
 * The socket is non-blocking and polled: reading always, writing while something is
 * left over.  The poll handle is freed by its close callback, because libuv may look
 * at it after the process is long gone.
 */
#include "sandbox_child.h"

#include "sandbox_grave.h"

#include "base/err.h"
#include "base/limits.h"
#include "sandbox/parcel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_BYTES 65536
/* An output buffer above this is given back once it is written. */
#define OUT_KEPT_BYTES (256 * 1024)

static void child_ready(uv_poll_t *poll, int status, int events);

static void
child_poll(struct sandbox_child *child)
{
	int events = UV_READABLE | (child->out_at < child->out_len ? UV_WRITABLE : 0);

	uv_poll_start(child->poll, events, child_ready);
}

static void
child_write(struct sandbox_child *child)
{
	while (child->out_at < child->out_len) {
		ssize_t n = send(child->process.fd, child->out + child->out_at,
				 child->out_len - child->out_at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* full, or gone: reading will tell */
		child->out_at += (size_t)n;
	}
	child->out_at = child->out_len = 0;
	if (child->out_cap > OUT_KEPT_BYTES) {
		free(child->out);
		child->out = NULL;
		child->out_cap = 0;
	}
}

/* Room for a frame; doubled only while it is small, because a file's frame is the last for a while. */
static void
child_reserve(struct sandbox_child *child, size_t len)
{
	size_t cap = child->out_len + len;

	if (cap <= child->out_cap)
		return;
	child->out_cap = cap <= OUT_KEPT_BYTES ? cap * 2 : cap;
	child->out = realloc(child->out, child->out_cap);
	TY_ASSERT(child->out != NULL);
}

static void
child_append(struct sandbox_child *child, const void *data, size_t len)
{
	if (len > 0)
		memcpy(child->out + child->out_len, data, len);
	child->out_len += len;
}

size_t
sandbox_child_body_size(const struct sandbox_child_body *body)
{
	return body->len + (body->has_bytes ? TY_PARCEL_HEADER_SIZE + body->bytes_len : 0);
}

void
sandbox_child_send(struct sandbox_child *child, const struct sandbox_child_body *body)
{
	size_t len = sandbox_child_body_size(body);
	uint8_t header[TY_FRAME_HEADER_SIZE];
	char head[TY_PARCEL_HEADER_SIZE];
	bool waiting = child->out_at < child->out_len;

	ty_frame_header_format((uint32_t)len, header);
	child_reserve(child, sizeof(header) + len);
	child_append(child, header, sizeof(header));
	if (body->has_bytes) {
		ty_parcel_header_format(body->bytes_len, head);
		child_append(child, head, sizeof(head));
		child_append(child, body->bytes, body->bytes_len);
	}
	child_append(child, body->text, body->len);
	if (waiting)
		return;
	child_write(child);
	if (child->out_at < child->out_len)
		child_poll(child);
}

/* Hand out every whole frame; an event may kill the child. */
static void
child_take_frames(struct sandbox_child *child)
{
	const char *body;
	size_t len;

	while (sandbox_child_is_running(child) && ty_frame_reader_take(&child->reader, &body, &len))
		child->events.answered(child->events.ctx, body, len);
}

/* True once it is born; may end with the child broken. */
static bool
child_hear(struct sandbox_child *child)
{
	enum ty_sandbox_birth birth;

	if (child->process.pid > 0)
		return true;
	birth = ty_sandbox_hear(&child->process);
	if (birth == TY_SANDBOX_STILLBORN)
		child->events.broke(child->events.ctx, NULL);
	return birth == TY_SANDBOX_BORN;
}

static void
child_read(struct sandbox_child *child)
{
	char buf[READ_BYTES];
	struct ty_err err = { 0 };

	if (!child_hear(child))
		return;
	/* An event may have put another process in its place, which is not born yet. */
	while (sandbox_child_is_running(child) && child->process.pid > 0) {
		ssize_t n = recv(child->process.fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			child->events.broke(child->events.ctx, NULL);
			return;
		}
		if (ty_frame_reader_feed(&child->reader, buf, (size_t)n, &err) != TY_OK) {
			child->events.broke(child->events.ctx, err.msg);
			return;
		}
		child_take_frames(child);
		if ((size_t)n < sizeof(buf))
			return; /* empty now; if not, the poll says so */
	}
}

static void
child_ready(uv_poll_t *poll, int status, int events)
{
	struct sandbox_child *child = poll->data;

	if (child == NULL)
		return;
	if (events & UV_WRITABLE) {
		child_write(child);
		child_poll(child);
	}
	if (status < 0 || (events & UV_READABLE))
		child_read(child);
}

enum ty_code
sandbox_child_start(struct sandbox_child *child, uv_loop_t *loop, struct ty_sandbox_process *zygote,
		    const struct ty_sandbox_conf *conf, const struct sandbox_child_events *events,
		    struct ty_err *err)
{
	if (ty_sandbox_zygote_ask(zygote, conf, &child->process, err) != TY_OK)
		return err->code;
	child->events = *events;
	ty_frame_reader_init(&child->reader, TY_LIMIT_SANDBOX_MESSAGE_BYTES);
	child->poll = calloc(1, sizeof(*child->poll));
	TY_ASSERT(child->poll != NULL);
	uv_poll_init(loop, child->poll, child->process.fd);
	child->poll->data = child;
	child_poll(child);
	return TY_OK;
}

bool
sandbox_child_is_running(const struct sandbox_child *child)
{
	return child->poll != NULL;
}

static void
child_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

/* Everything but the process. */
static void
child_detach(struct sandbox_child *child)
{
	child->poll->data = NULL;
	uv_close((uv_handle_t *)child->poll, child_poll_closed);
	child->poll = NULL;
	ty_frame_reader_done(&child->reader);
	free(child->out);
	child->out = NULL;
	child->out_len = child->out_cap = child->out_at = 0;
}

void
sandbox_child_kill(struct sandbox_child *child)
{
	uv_loop_t *loop;

	if (!sandbox_child_is_running(child))
		return;
	loop = child->poll->loop;
	child_detach(child);
	sandbox_bury(loop, &child->process);
}

void
sandbox_child_reap(struct sandbox_child *child, size_t memory_max_bytes, struct ty_err *err)
{
	if (!sandbox_child_is_running(child))
		return;
	child_detach(child);
	ty_sandbox_reap(&child->process, memory_max_bytes, err);
}
