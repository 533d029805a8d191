/*
 * sandbox_child.h -- one tyboo-sandbox process on the loop: frames out, frames in.
 *
 * Knows nothing of runs, workspaces or queues; sandbox_pool.c decides who is served.
 */
#ifndef TY_RUN_SANDBOX_CHILD_H
#define TY_RUN_SANDBOX_CHILD_H

#include "base/defs.h"
#include "sandbox/message.h"
#include "sandbox/zygote.h"

#include <uv.h>

struct sandbox_child;

struct sandbox_child_events {
	/* A frame came; 'body' is valid during the call. */
	void (*answered)(void *ctx, const char *body, size_t len);
	/* The process hung up (why NULL), or talks nonsense: reap or kill it. */
	void (*broke)(void *ctx, const char *why);
	void *ctx;
};

struct sandbox_child {
	struct ty_sandbox_process process;
	uv_poll_t *poll; /* NULL = not running */
	struct ty_frame_reader reader;
	char *out; /* frames not yet written, malloc'd */
	size_t out_len, out_cap, out_at;
	struct sandbox_child_events events;
};

/* From its warm parent; frames can be sent at once.  Errors: TY_E_UNAVAILABLE. */
enum ty_code sandbox_child_start(struct sandbox_child *child, uv_loop_t *loop,
				 struct ty_sandbox_process *zygote,
				 const struct ty_sandbox_conf *conf,
				 const struct sandbox_child_events *events,
				 struct ty_err *err) TY_MUST_CHECK;
bool sandbox_child_is_running(const struct sandbox_child *child);
/* Content of a frame: JSON, and with 'has_bytes' the bytes of files (sandbox/parcel.h). */
struct sandbox_child_body {
	const char *text;
	size_t len;
	bool has_bytes;
	const char *bytes;
	size_t bytes_len;
};
size_t sandbox_child_body_size(const struct sandbox_child_body *body);
/* Queue one frame for writing. */
void sandbox_child_send(struct sandbox_child *child, const struct sandbox_child_body *body);
void sandbox_child_kill(struct sandbox_child *child); /* no-op where it does not run */
/* Fill 'err' with why the process hung up, as ty_sandbox_reap does. */
void sandbox_child_reap(struct sandbox_child *child, size_t memory_max_bytes, struct ty_err *err);

#endif
