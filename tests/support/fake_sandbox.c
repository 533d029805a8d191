/*
 * fake_sandbox.c -- the real sandbox, asked and waited for, for tests of the engine.
 *
 * ty_sandbox_request() turns { "ok": false } into an error; the engine wants the answer as
 * it came, with item and stack, as tyboo-run hands it over.  So the frame is sent here.
 */
#include "support/fake_sandbox.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"
#include "sandbox/message.h"
#include "sandbox/process.h"
#include "sandbox/watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* Either program: scripts go to tyboo-sandbox, tools to tyboo-parse. */
struct jailed {
	struct ty_sandbox_process process;
	struct ty_sandbox_conf conf;
};

struct fake_sandbox {
	struct jailed scripts, tools;
};

static void
sandbox_kill(void *ptr)
{
	struct fake_sandbox *s = ptr;

	ty_sandbox_kill(&s->scripts.process);
	ty_sandbox_kill(&s->tools.process);
}

struct fake_sandbox *
fake_sandbox_new(struct ty_arena *arena)
{
	struct fake_sandbox *s = ty_arena_new_of(arena, struct fake_sandbox);

	s->scripts.conf =
		(struct ty_sandbox_conf){ .path = TY_SANDBOX_PROGRAM, .share_dir = TY_SHARE_DIR };
	s->tools.conf =
		(struct ty_sandbox_conf){ .path = TY_PARSE_PROGRAM, .share_dir = TY_SHARE_DIR };
	ty_arena_defer(arena, sandbox_kill, s);
	return s;
}

static bool
sandbox_send(struct jailed *s, const char *data, size_t len)
{
	while (len > 0) {
		struct pollfd p = { .fd = s->process.fd, .events = POLLOUT };
		ssize_t n = send(p.fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n < 0)
			poll(&p, 1, 1000);
		else
			data += n, len -= (size_t)n;
	}
	return true;
}

/* Receive one frame, or an error that says why there is none. */
static json_t *
sandbox_receive(struct jailed *s, struct ty_frame_reader *in, int64_t timeout_ms,
		struct ty_err *err)
{
	struct ty_sandbox_watch watch;
	char data[65536];
	const char *body;
	size_t len;

	/* Limit CPU time, as tyboo-run does, so that a busy machine fails no test. */
	ty_sandbox_watch_begin(&watch, &s->conf, timeout_ms, 0);
	while (!ty_frame_reader_take(in, &body, &len)) {
		struct pollfd p = { .fd = s->process.fd, .events = POLLIN };
		enum ty_sandbox_fault fault = TY_SANDBOX_NO_FAULT;
		ssize_t n;

		if (poll(&p, 1, TY_SANDBOX_WATCH_MS) == 0) {
			fault = ty_sandbox_watch_look(&watch, &s->process);
			if (fault == TY_SANDBOX_NO_FAULT)
				continue;
		}
		if (fault == TY_SANDBOX_OVER_CPU || fault == TY_SANDBOX_OVER_WALL) {
			ty_err_set(err, TY_E_TIMEOUT, "the script ran longer than %lld ms",
				   (long long)timeout_ms);
			return NULL;
		}
		n = recv(p.fd, data, sizeof(data), 0);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			ty_err_set(err, TY_E_UPSTREAM, "the sandbox went away");
			return NULL;
		}
		if (n > 0 && ty_frame_reader_feed(in, data, (size_t)n, err) != TY_OK)
			return NULL;
	}
	return json_loadb(body, len, 0, NULL);
}

json_t *
fake_sandbox_ask(struct fake_sandbox *sandbox, const json_t *request, int64_t timeout_ms,
		 struct ty_err *err)
{
	struct jailed *s = strcmp(ty_json_str(request, "kind", ""), "tool") == 0
				   ? &sandbox->tools
				   : &sandbox->scripts;
	struct ty_arena *arena;
	struct ty_frame_reader in;
	uint8_t header[TY_FRAME_HEADER_SIZE];
	json_t *answer = NULL;
	size_t len;
	char *text;

	if (s->process.pid == 0 && ty_sandbox_spawn(&s->conf, &s->process, err) != TY_OK)
		return NULL;
	arena = ty_arena_new(NULL, "ask", 0);
	text = ty_json_dump(arena, request, &len);
	ty_frame_header_format((uint32_t)len, header);
	ty_frame_reader_init(&in, TY_LIMIT_SANDBOX_MESSAGE_BYTES);
	if (sandbox_send(s, (const char *)header, sizeof(header)) && sandbox_send(s, text, len))
		answer = sandbox_receive(s, &in, timeout_ms, err);
	else
		ty_err_set(err, TY_E_UPSTREAM, "the sandbox does not listen");
	if (answer == NULL)
		ty_sandbox_kill(&s->process);
	ty_frame_reader_done(&in);
	ty_arena_free(arena);
	return answer;
}
