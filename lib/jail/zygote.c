/*
 * zygote.c -- see zygote.h.
 */
#include "jail/zygote.h"

#include "jail/calls.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The socket of the next child; < 0 where the parent hung up. */
static int
next_socket(void)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { &byte, sizeof(byte) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *head;
	ssize_t n;
	int fd;

	while ((n = recvmsg(STDIN_FILENO, &message, 0)) < 0 && errno == EINTR)
		;
	head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (head == NULL || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static void
become_child(const struct jail_conf *conf, int fd)
{
	int32_t pid = getpid();

	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILURE);
	close(fd);
	jail_born(conf);
	if (write(STDIN_FILENO, &pid, sizeof(pid)) != sizeof(pid))
		_exit(EXIT_FAILURE);
}

void
jail_zygote(struct jail_conf *conf)
{
	int fd;

	/* Each child makes the filter again where this fails, and reports the failure. */
	(void)jail_calls_make(conf->calls, &conf->filter);
	while ((fd = next_socket()) >= 0) {
		/* fork() gives children of our own; a sibling has our exit signal. */
		if (syscall(SYS_clone, CLONE_PARENT, NULL, NULL, NULL, NULL) == 0) {
			become_child(conf, fd);
			return;
		}
		close(fd);
	}
	_exit(EXIT_SUCCESS);
}
