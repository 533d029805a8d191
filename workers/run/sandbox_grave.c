/*
 * sandbox_grave.c -- see sandbox_grave.h.
 *
 *	asked for ---> UNBORN --(its pid comes)--> DYING --(its pidfd is readable)--> collected
 *	                 \----(its socket is closed)---> nobody
 */
#include "sandbox_grave.h"

#include "base/err.h"
#include "sandbox/zygote.h"

#include <stdlib.h>
#include <unistd.h>

struct grave {
	uv_loop_t *loop;
	struct ty_sandbox_process process;
	uv_poll_t poll; /* polls the socket while the process is unborn, else the pidfd */
};

static void grave_dying(struct grave *grave);

static void
grave_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* libuv takes another descriptor only in a new handle. */
static void
grave_born(uv_handle_t *handle)
{
	grave_dying(handle->data);
}

static void
grave_unborn_ready(uv_poll_t *poll, int status, int events)
{
	struct grave *grave = poll->data;
	enum ty_sandbox_birth birth = ty_sandbox_hear(&grave->process);

	if (birth == TY_SANDBOX_UNBORN)
		return;
	uv_poll_stop(poll); /* before its descriptor is closed */
	close(grave->process.fd);
	uv_close((uv_handle_t *)poll, birth == TY_SANDBOX_BORN ? grave_born : grave_closed);
}

static void
grave_dying_ready(uv_poll_t *poll, int status, int events)
{
	struct grave *grave = poll->data;

	uv_poll_stop(poll);
	ty_sandbox_kill_end(&grave->process);
	uv_close((uv_handle_t *)poll, grave_closed);
}

static void
grave_watch(struct grave *grave, int fd, uv_poll_cb ready)
{
	uv_poll_init(grave->loop, &grave->poll, fd);
	grave->poll.data = grave;
	uv_poll_start(&grave->poll, UV_READABLE, ready);
}

static void
grave_dying(struct grave *grave)
{
	ty_sandbox_kill_begin(&grave->process);
	grave_watch(grave, grave->process.pidfd, grave_dying_ready);
}

void
sandbox_bury(uv_loop_t *loop, struct ty_sandbox_process *process)
{
	struct grave *grave = calloc(1, sizeof(*grave));

	TY_ASSERT(grave != NULL && process->fd >= 0);
	grave->loop = loop;
	grave->process = *process;
	*process = (struct ty_sandbox_process){ .pidfd = -1, .fd = -1 };
	if (grave->process.pid > 0) {
		close(grave->process.fd);
		grave_dying(grave);
	} else {
		grave_watch(grave, grave->process.fd, grave_unborn_ready);
	}
}
