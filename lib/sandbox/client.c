/*
 * client.c -- one request to the sandbox, blocking, with time and memory watched.
 *
 * tyboo-run does the same from its event loop with the same parts; this is for programs
 * that may wait: the API server's syntax checks, tests, benchmarks.
 */
#include "sandbox/process.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"
#include "sandbox/message.h"
#include "sandbox/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_BYTES (64 * 1024)

struct exchange {
	struct ty_sandbox_process *process;
	const char *out; /* the frame to send */
	size_t out_len, out_at;
	struct ty_frame_reader in;
	struct ty_sandbox_watch watch;
	int64_t check_at_ms;
};

static enum ty_code
send_some(struct exchange *ex, struct ty_err *err)
{
	ssize_t n =
		send(ex->process->fd, ex->out + ex->out_at, ex->out_len - ex->out_at, MSG_NOSIGNAL);

	if (n >= 0)
		ex->out_at += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		return ty_sandbox_reap(ex->process, ex->watch.memory_max_bytes, err);
	return TY_OK;
}

static enum ty_code
receive_some(struct exchange *ex, struct ty_err *err)
{
	char data[READ_BYTES];
	ssize_t n = recv(ex->process->fd, data, sizeof(data), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return TY_OK;
	if (n <= 0)
		return ty_sandbox_reap(ex->process, ex->watch.memory_max_bytes, err);
	if (ty_frame_reader_feed(&ex->in, data, (size_t)n, err) == TY_OK)
		return TY_OK;
	ty_sandbox_kill(ex->process);
	return ty_err_set(err, TY_E_UPSTREAM, "the sandbox broke the protocol");
}

static enum ty_code
limits_check(struct exchange *ex, struct ty_err *err)
{
	enum ty_sandbox_fault fault = ty_sandbox_watch_look(&ex->watch, ex->process);

	ex->check_at_ms = ty_time_mono_ms() + TY_SANDBOX_WATCH_MS;
	if (fault == TY_SANDBOX_NO_FAULT)
		return TY_OK;
	ty_sandbox_kill(ex->process);
	return ty_sandbox_fault_set(err, fault, &ex->watch);
}

/* Wait until something can be done, at most until limits are checked next. */
static enum ty_code
wait_a_little(struct exchange *ex, struct ty_err *err)
{
	struct pollfd p = { .fd = ex->process->fd, .events = POLLIN };
	int64_t left = ex->check_at_ms - ty_time_mono_ms();
	int ready;

	if (left <= 0)
		return limits_check(ex, err);
	if (ex->out_at < ex->out_len)
		p.events |= POLLOUT;
	ready = poll(&p, 1, (int)left);
	if (ready <= 0)
		return TY_OK;
	if ((p.revents & POLLOUT) != 0 && send_some(ex, err) != TY_OK)
		return err->code;
	if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		return receive_some(ex, err);
	return TY_OK;
}

static enum ty_code
exchange_run(struct exchange *ex, struct ty_arena *arena, json_t **ret_answer, struct ty_err *err)
{
	const char *body;
	size_t len;

	/* A first attempt without poll: most requests fit the socket's buffer. */
	if (send_some(ex, err) != TY_OK)
		return err->code;
	while (!ty_frame_reader_take(&ex->in, &body, &len)) {
		if (wait_a_little(ex, err) != TY_OK)
			return err->code;
	}
	ex->process->is_started = true;
	/* An answer to less than the whole request, or two answers, come from no script of ours. */
	if (ex->out_at == ex->out_len && ex->in.len == ex->in.taken)
		return ty_sandbox_answer_parse(arena, body, len, ret_answer, err);
	ty_sandbox_kill(ex->process);
	return ty_err_set(err, TY_E_UPSTREAM, "the sandbox broke the protocol");
}

/* Frame the request for one write, so that the sandbox wakes once. */
static enum ty_code
frame_request(struct exchange *ex, struct ty_arena *arena, const json_t *request,
	      struct ty_err *err)
{
	size_t len;
	const char *text = ty_json_dump(arena, request, &len);
	char *frame;

	if (len > TY_LIMIT_SANDBOX_MESSAGE_BYTES)
		return ty_sandbox_fault_set(err, TY_SANDBOX_OVER_MESSAGE, NULL);
	frame = ty_arena_alloc(arena, TY_FRAME_HEADER_SIZE + len);
	ty_frame_header_format((uint32_t)len, (uint8_t *)frame);
	memcpy(frame + TY_FRAME_HEADER_SIZE, text, len);
	ex->out = frame;
	ex->out_len = TY_FRAME_HEADER_SIZE + len;
	return TY_OK;
}

enum ty_code
ty_sandbox_request(struct ty_sandbox_process *process, const struct ty_sandbox_conf *conf,
		   struct ty_arena *arena, const json_t *request, int64_t timeout_ms,
		   json_t **ret_answer, struct ty_err *err)
{
	struct exchange ex = { .process = process };
	enum ty_code code;

	if (frame_request(&ex, arena, request, err) != TY_OK)
		return err->code;
	if (process->pid <= 0 && ty_sandbox_spawn(conf, process, err) != TY_OK)
		return err->code;
	ty_sandbox_watch_begin(&ex.watch, conf, timeout_ms, ex.out_len);
	ex.check_at_ms = ex.watch.begun_ms + TY_SANDBOX_WATCH_MS;
	ty_frame_reader_init(&ex.in, TY_LIMIT_SANDBOX_MESSAGE_BYTES);
	code = exchange_run(&ex, arena, ret_answer, err);
	ty_frame_reader_done(&ex.in);
	return code;
}
