/*
 * process.c -- start, watch and end tyboo-sandbox.  See process.h.
 */
#include "sandbox/process.h"

#include "base/err.h"
#include "base/fault.h"
#include "base/limits.h"
#include "sandbox/start.h"
#include "sandbox/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The engine takes at most 5 MiB of stack; a fixed size makes recursion end the same anywhere. */
#define STACK_BYTES (8 * 1024 * 1024)
/* The second line, RLIMIT_DATA: above whatever the parent's watch lets pass. */
#define BACKSTOP_BYTES (4 * (int64_t)TY_LIMIT_SANDBOX_MESSAGE_BYTES + 64 * 1024 * 1024)

static int64_t
memory_bytes(const struct ty_sandbox_conf *conf)
{
	return conf->memory_bytes > 0 ? conf->memory_bytes : TY_LIMIT_SANDBOX_BYTES;
}

size_t
ty_sandbox_memory_max_bytes(const struct ty_sandbox_conf *conf, size_t request_bytes)
{
	return TY_SANDBOX_OWN_BYTES + (size_t)memory_bytes(conf) + 4 * request_bytes;
}

/* In the child, between fork and exec: only calls that are safe there. */
static void
become_sandbox(int fd, pid_t parent, char *const argv[])
{
	static char *const no_environment[] = { NULL };
	const struct rlimit stack = { STACK_BYTES, STACK_BYTES };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	/*
	 * A group of its own keeps a terminal's signals away.  Not a session of its own: each session is an
	 * autogroup (sched(7)), and a low priority counts within its autogroup only.
	 */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	/* The parent may be quick and have many descriptors: dup2 first, then close the rest. */
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(127);
	if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0)
		_exit(127);
	setrlimit(RLIMIT_STACK, &stack);
	execve(argv[0], argv, no_environment);
	_exit(127);
}

static enum ty_code
spawn_failed(int fds[2], const char *what, struct ty_err *err)
{
	int saved = errno;

	if (fds[0] >= 0) {
		close(fds[0]);
		close(fds[1]);
	}
	return ty_err_set(err, TY_E_UNAVAILABLE, "cannot be started: %s: %s", what,
			  strerror(saved));
}

enum ty_code
ty_sandbox_sockets(int ret_fds[2], struct ty_err *err)
{
	int fds[2] = { -1, -1 };

	if (TY_FAULT(sandbox_spawn)) {
		errno = EAGAIN;
		return spawn_failed(fds, "fork", err);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return spawn_failed(fds, "socketpair", err);
	/* Ours alone is non-blocking: the flag belongs to one end. */
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0)
		return spawn_failed(fds, "fcntl", err);
	ret_fds[0] = fds[0];
	ret_fds[1] = fds[1];
	return TY_OK;
}

/* Open a pidfd of a child.  The pid cannot be another process's, because we have not waited for the child. */
bool
ty_sandbox_process_open(struct ty_sandbox_process *process, pid_t pid)
{
	process->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process->pidfd < 0)
		return false;
	process->pid = pid;
	return true;
}

static pid_t
fork_exec(int fd, char *const argv[])
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become_sandbox(fd, parent, argv);
	return pid;
}

enum ty_code
ty_sandbox_spawn_with(const struct ty_sandbox_conf *conf, const char *option,
		      struct ty_sandbox_process *ret_process, struct ty_err *err)
{
	char memory[32];
	char *argv[] = { (char *)conf->path,
			 "--share",
			 (char *)conf->share_dir,
			 "--memory",
			 memory,
			 "--user",
			 (char *)(conf->user != NULL ? conf->user : ""),
			 (char *)option,
			 NULL };
	struct ty_sandbox_process process = { .pidfd = -1 };
	struct rusage ours = { 0 };
	int fds[2] = { -1, -1 };
	pid_t pid;

	if (access(conf->path, X_OK) != 0)
		return spawn_failed(fds, conf->path, err);
	snprintf(memory, sizeof(memory), "%lld",
		 (long long)(2 * memory_bytes(conf) + BACKSTOP_BYTES));
	if (ty_sandbox_sockets(fds, err) != TY_OK)
		return err->code;
	pid = fork_exec(fds[1], argv);
	if (pid < 0)
		return spawn_failed(fds, "fork", err);
	if (!ty_sandbox_process_open(&process, pid)) {
		(void)spawn_failed(fds, "pidfd_open", err);
		(void)waitpid(pid, NULL, 0); /* the socket is closed, so that the process ends */
		return err->code;
	}
	close(fds[1]);
	process.fd = fds[0];
	/* ru_maxrss is kept over exec, and what was forked was as large as we are. */
	getrusage(RUSAGE_SELF, &ours);
	process.inherited_bytes = (size_t)ours.ru_maxrss * 1024;
	*ret_process = process;
	return TY_OK;
}

enum ty_code
ty_sandbox_spawn(const struct ty_sandbox_conf *conf, struct ty_sandbox_process *ret_process,
		 struct ty_err *err)
{
	return ty_sandbox_spawn_with(conf, NULL, ret_process, err);
}

void
ty_sandbox_kill_begin(const struct ty_sandbox_process *process)
{
	(void)syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
}

static void
collect(struct ty_sandbox_process *process, siginfo_t *ret_end, struct rusage *ret_usage)
{
	while (syscall(SYS_waitid, P_PIDFD, process->pidfd, ret_end, WEXITED, ret_usage) < 0 &&
	       errno == EINTR)
		;
	close(process->pidfd);
	process->pid = 0;
	process->pidfd = -1;
}

void
ty_sandbox_kill_end(struct ty_sandbox_process *process)
{
	siginfo_t end;

	collect(process, &end, NULL);
}

void
ty_sandbox_kill(struct ty_sandbox_process *process)
{
	if (process->pid <= 0)
		return;
	ty_sandbox_kill_begin(process);
	close(process->fd);
	process->fd = -1;
	ty_sandbox_kill_end(process);
}

enum ty_code
ty_sandbox_reap(struct ty_sandbox_process *process, size_t memory_max_bytes, struct ty_err *err)
{
	struct rusage usage = { 0 };
	siginfo_t end = { .si_signo = 0 };
	size_t peak_bytes;

	if (process->fd >= 0)
		close(process->fd);
	process->fd = -1;
	if (process->pid <= 0)
		return ty_err_set(err, TY_E_UPSTREAM, "the sandbox ended before it was ready");
	/* SIGKILL does not change the status of one that is dying already. */
	ty_sandbox_kill_begin(process);
	collect(process, &end, &usage);
	peak_bytes = (size_t)usage.ru_maxrss * 1024;
	if (peak_bytes > memory_max_bytes && peak_bytes > process->inherited_bytes)
		return ty_sandbox_fault_set(err, TY_SANDBOX_OVER_MEMORY, NULL);
	if (end.si_code != CLD_EXITED)
		return ty_err_set(err, TY_E_UPSTREAM, "the sandbox crashed (signal %d)",
				  end.si_status);
	return ty_err_set(err, TY_E_UPSTREAM, "the sandbox ended (status %d)", end.si_status);
}

size_t
ty_sandbox_rss_bytes(const struct ty_sandbox_process *process)
{
	char path[48], text[128];
	long long pages = 0;
	ssize_t len;
	int fd;

	if (process->pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	if (sscanf(text, "%*d %lld", &pages) != 1)
		return 0;
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}
