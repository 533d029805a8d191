/*
 * jail.c -- see jail.h.  Two kinds of step: duties, without which the process must not run
 * hostile code (exit on failure), and extras, which need rights that we may lack.
 *
 * Duties: descriptors closed, empty environment, no_new_privs, limits, seccomp.
 * Extras: own namespaces, an empty root directory, another user, first to die when the
 * machine's memory ends.
 */
#include "jail/jail.h"

#include "jail/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/* The exit status of a jail that does not close; the parent sees a closed socket. */
#define EXIT_JAIL 3

static void
duty(bool done, const char *what)
{
	if (done)
		return;
	dprintf(STDERR_FILENO, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(errno));
	_exit(EXIT_JAIL);
}

static void
die_with_parent(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLRDHUP };

	duty(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
	/* Exit where the parent died before the prctl(), which shows in the closed end of its socket. */
	if (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLRDHUP)) != 0)
		_exit(0);
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0) {
		/* an extra */
	}
	close(fd);
}

void
jail_early(const struct jail_conf *conf)
{
	int null;

	duty(syscall(SYS_close_range, 3U, ~0U, 0U) == 0, "close_range");
	(void)setpgid(0, 0); /* the spawner has done it, where it is ours */
	die_with_parent();
	write_file("/proc/self/oom_score_adj", "1000");
	if (conf->debug)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	duty(null >= 0 && dup2(null, STDERR_FILENO) >= 0, "/dev/null");
	close(null);
}

/* Is this the descriptor of the engine's randomness?  It is read at each new realm. */
static bool
is_urandom(int fd)
{
	char link[64], target[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	return strcmp(target, "/dev/urandom") == 0;
}

/* Close descriptors that the engine opened for itself (an eventfd, /proc/self/statm), because it works
 * without them. */
static void
close_descriptors(void)
{
	for (int fd = 3; fd < 64; fd++) {
		if (!is_urandom(fd))
			close(fd);
	}
}

/* Overwrite the environment as well, because /proc/PID/environ shows that copy. */
static void
empty_environment(void)
{
	for (char **e = environ; e != NULL && *e != NULL; e++)
		memset(*e, 0, strlen(*e));
	duty(clearenv() == 0, "clearenv");
}

/* Extras: no network, no System V objects, no host name; as non-root in an own user space. */
static void
leave_namespaces(void)
{
	const int spaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

	if (unshare(spaces) == 0 || unshare(CLONE_NEWUSER | spaces) == 0)
		return;
	(void)unshare(CLONE_NEWUSER);
}

/*
 * An extra: the root directory becomes one that is empty and, once removed, in which nothing
 * can be made.
 */
static void
leave_files(void)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "/tmp/%.30s.XXXXXX", program_invocation_short_name);
	if (mkdtemp(dir) == NULL)
		return;
	int above = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool inside = chdir(dir) == 0 && chroot(".") == 0;

	if (above >= 0)
		(void)unlinkat(above, dir + sizeof("/tmp/") - 1, AT_REMOVEDIR);
	else if (!inside)
		(void)rmdir(dir);
	close(above);
}

static void
set_limit(int resource, rlim_t value, const char *what)
{
	struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	duty(setrlimit(resource, &limit) == 0, what);
}

/* Bytes of data that the program has now; the engine reserves 4 GiB for its structures. */
static int64_t
data_bytes(void)
{
	long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	duty(f != NULL, "/proc/self/statm");
	if (fscanf(f, "%*d %*d %*d %*d %*d %lld", &pages) != 1)
		duty(false, "statm");
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static void
set_limits(int64_t data_max)
{
	set_limit(RLIMIT_DATA, (rlim_t)data_max, "RLIMIT_DATA");
	set_limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
	set_limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
	set_limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC");
	set_limit(RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK");
	set_limit(RLIMIT_MSGQUEUE, 0, "RLIMIT_MSGQUEUE");
	/* poll() counts its array against it, so not 0; no call that opens is allowed. */
	set_limit(RLIMIT_NOFILE, 4, "RLIMIT_NOFILE");
}

static void
become(const struct passwd *pw)
{
	if (pw == NULL)
		return;
	duty(setgroups(0, NULL) == 0, "setgroups");
	duty(setgid(pw->pw_gid) == 0, "setgid");
	duty(setuid(pw->pw_uid) == 0, "setuid");
}

static void
drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	duty(syscall(SYS_capset, &head, none) == 0, "capset");
}

void
jail_leave(struct jail_conf *conf)
{
	const struct passwd *pw = NULL;

	conf->parent = getppid();
	conf->program_bytes = data_bytes();
	if (geteuid() == 0 && conf->user != NULL && conf->user[0] != '\0') {
		pw = getpwnam(conf->user);
		duty(pw != NULL, "no such user");
	}
	close_descriptors();
	empty_environment();
	leave_namespaces();
	leave_files();
	become(pw);
	drop_capabilities();
	duty(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	duty(prctl(PR_SET_DUMPABLE, 0) == 0, "PR_SET_DUMPABLE");
	die_with_parent(); /* a change of user had cleared it */
	duty(getppid() == conf->parent, "the parent died");
}

void
jail_born(const struct jail_conf *conf)
{
	(void)setpgid(0, 0);
	die_with_parent(); /* a child does not inherit it */
	duty(getppid() == conf->parent, "the parent died");
}

void
jail_close(struct jail_conf *conf)
{
	const char *failed = NULL;

	if (conf->filter == NULL)
		failed = jail_calls_make(conf->calls, &conf->filter);
	duty(failed == NULL, failed);
	set_limits(conf->program_bytes + conf->memory_bytes);
	failed = jail_calls_limit(conf->filter);
	duty(failed == NULL, failed);
}
