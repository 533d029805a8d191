/*
 * zygote.c -- see zygote.h.
 */
#include "sandbox/zygote.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "sandbox/start.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum ty_code
ty_sandbox_zygote_start(struct ty_sandbox_process *zygote, const struct ty_sandbox_conf *conf,
			struct ty_err *err)
{
	return zygote->pid > 0 ? TY_OK : ty_sandbox_spawn_with(conf, "--zygote", zygote, err);
}

/* Send one byte, and the child's end of its socket beside it. */
static bool
send_socket(int to, int fd)
{
	char byte = 0;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct iovec part = { &byte, sizeof(byte) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(to, &message, MSG_NOSIGNAL) == 1;
}

static enum ty_code
ask(struct ty_sandbox_process *zygote, const struct ty_sandbox_conf *conf, int fd,
    struct ty_err *err)
{
	if (ty_sandbox_zygote_start(zygote, conf, err) != TY_OK)
		return err->code;
	if (send_socket(zygote->fd, fd))
		return TY_OK;
	if (errno == EPIPE || errno == ECONNRESET) {
		ty_sandbox_kill(zygote); /* the zygote has ended; another takes its place */
		if (ty_sandbox_zygote_start(zygote, conf, err) != TY_OK)
			return err->code;
		if (send_socket(zygote->fd, fd))
			return TY_OK;
	}
	return ty_err_set(err, TY_E_UNAVAILABLE, "cannot be started: its parent: %s",
			  strerror(errno));
}

enum ty_code
ty_sandbox_zygote_ask(struct ty_sandbox_process *zygote, const struct ty_sandbox_conf *conf,
		      struct ty_sandbox_process *ret_process, struct ty_err *err)
{
	enum ty_code code;
	int fds[2];

	if (ty_sandbox_sockets(fds, err) != TY_OK)
		return err->code;
	code = ask(zygote, conf, fds[1], err);
	close(fds[1]);
	if (code != TY_OK)
		close(fds[0]);
	else /* the fork begins peak memory anew, so that none is inherited */
		*ret_process = (struct ty_sandbox_process){ .pidfd = -1, .fd = fds[0] };
	return code;
}

enum ty_sandbox_birth
ty_sandbox_hear(struct ty_sandbox_process *process)
{
	int32_t pid;
	ssize_t n;

	while ((n = recv(process->fd, &pid, sizeof(pid), 0)) < 0 && errno == EINTR)
		;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return TY_SANDBOX_UNBORN;
	return n == sizeof(pid) && ty_sandbox_process_open(process, pid) ? TY_SANDBOX_BORN
									 : TY_SANDBOX_STILLBORN;
}

/* Until it is born or hangs up; UNBORN where that takes too long. */
static enum ty_sandbox_birth
await_birth(struct ty_sandbox_process *process)
{
	int64_t give_up_ms = ty_time_mono_ms() + TY_LIMIT_SANDBOX_WALL_MIN_MS;
	enum ty_sandbox_birth birth;

	while ((birth = ty_sandbox_hear(process)) == TY_SANDBOX_UNBORN) {
		struct pollfd p = { .fd = process->fd, .events = POLLIN };
		int64_t left_ms = give_up_ms - ty_time_mono_ms();

		if (left_ms <= 0)
			break;
		(void)poll(&p, 1, (int)left_ms);
	}
	return birth;
}

enum ty_code
ty_sandbox_zygote_bear(struct ty_sandbox_process *zygote, const struct ty_sandbox_conf *conf,
		       struct ty_sandbox_process *ret_process, struct ty_err *err)
{
	struct ty_sandbox_process process;

	if (ty_sandbox_zygote_ask(zygote, conf, &process, err) != TY_OK)
		return err->code;
	if (await_birth(&process) == TY_SANDBOX_BORN) {
		*ret_process = process;
		return TY_OK;
	}
	/* Kill a stuck zygote, so that the next call starts another; the children that were asked for go
	 * with it. */
	ty_sandbox_kill(zygote);
	close(process.fd);
	return ty_err_set(err, TY_E_UNAVAILABLE, "cannot be started: its parent made none");
}
