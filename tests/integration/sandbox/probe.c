/*
 * probe.c -- a program in the sandbox's jail that does one forbidden thing.
 *
 *	sandbox-probe list               every NAME, and how it has to end: killed or refused
 *	sandbox-probe NAME [USER]        with a socket as standard input
 *
 * Ends with status 0 where the thing was done (the jail leaks), 10 where it was refused with an
 * error, 11 where it fails without any jail too and so would prove nothing; or is killed by SIGSYS.
 * "nothing" does nothing, so that a test sees the jail itself works.
 * Whoever starts it gives it a variable in its environment, a file of a page or more to read as
 * standard output, and the same as descriptor PROBE_EXTRA_FD.
 * Built as tyboo-sandbox is: with its jail.c and without AddressSanitizer.
 */
#include "engine_calls.h"
#include "jail/jail.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY_BYTES (64 * 1024 * 1024)

#define PAGE 4096

static char page[2 * PAGE] __attribute__((aligned(PAGE)));
static pid_t parent;		   /* asked for before the jail, which forbids the question */
static const char *given_variable; /* where the kernel put it: what /proc/PID/environ shows */

static long
try_nothing(void)
{
	return 0;
}
static long
try_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}
static long
try_open_proc(void)
{
	return open("/proc/self/maps", O_RDONLY);
}
static long
try_openat2(void)
{
	return syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0);
}
static long
try_create(void)
{
	return open("/tmp/tyboo-probe", O_CREAT | O_WRONLY, 0600);
}
static long
try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}
static long
try_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}
static long
try_sendmsg(void)
{
	struct msghdr message = { .msg_name = NULL };

	return sendmsg(0, &message, MSG_DONTWAIT);
}
static long
try_recvmsg(void)
{
	struct msghdr message = { .msg_name = NULL };

	return recvmsg(0, &message, MSG_DONTWAIT);
}
static long
try_fork(void)
{
	return syscall(SYS_fork);
}
static long
try_vfork(void)
{
	return syscall(SYS_vfork);
}
static long
try_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}
static long
try_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0);
}
static long
try_execve(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}
static long
try_execveat(void)
{
	return syscall(SYS_execveat, 0, "", NULL, NULL, AT_EMPTY_PATH);
}
static long
try_map(int prot, int flags, int fd)
{
	return mmap(NULL, PAGE, prot, flags, fd, 0) == MAP_FAILED ? -1 : 0;
}
static long
try_mmap_exec(void)
{
	return try_map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}
static long
try_mmap_write_exec(void)
{
	return try_map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}
static long
try_mmap_file(void)
{
	return try_map(PROT_READ, MAP_PRIVATE, STDOUT_FILENO);
}
static long
try_extra_descriptor(void)
{
	return read(PROBE_EXTRA_FD, page, 1);
}
static long
try_environment(void)
{
	return (environ != NULL && environ[0] != NULL) || given_variable[0] != '\0' ? 0 : -1;
}
static long
try_mprotect_exec(void)
{
	return mprotect(page, PAGE, PROT_READ | PROT_EXEC);
}
static long
try_pkey_mprotect(void)
{
	return syscall(SYS_pkey_mprotect, page, PAGE, PROT_READ | PROT_EXEC, -1);
}
static long
try_kill_parent(void)
{
	return kill(parent, 0);
}
static long
try_tgkill_other(void)
{
	return syscall(SYS_tgkill, parent, parent, 0);
}
static long
try_ptrace(void)
{
	return syscall(SYS_ptrace, 0, 0, 0, 0);
}
static long
try_vm_readv(void)
{
	return syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
}
static long
try_setuid(void)
{
	return syscall(SYS_setuid, 0);
}
static long
try_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}
static long
try_setns(void)
{
	return setns(0, 0);
}
static long
try_mount(void)
{
	return syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL);
}
static long
try_chroot(void)
{
	return chroot("/");
}
static long
try_chdir(void)
{
	return chdir("/");
}
static long
try_dup(void)
{
	return dup(0);
}
static long
try_fcntl(void)
{
	return syscall(SYS_fcntl, 0, F_GETFL, 0);
}
static long
try_ioctl(void)
{
	return syscall(SYS_ioctl, 0, 0, 0);
}
static long
try_pipe(void)
{
	int fds[2];
	return pipe(fds);
}
static long
try_memfd(void)
{
	return syscall(SYS_memfd_create, "x", 0);
}
static long
try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}
static long
try_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}
static long
try_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, 0);
}
static long
try_perf(void)
{
	return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}
static long
try_keyctl(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}
static long
try_shmget(void)
{
	return syscall(SYS_shmget, 0, PAGE, 0600);
}
static long
try_prctl(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static long
try_seccomp(void)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL);
}
static long
try_personality(void)
{
	return syscall(SYS_personality, 0x0400000);
}
static long
try_raise_limit(void)
{
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_DATA, &none);
}
static long
try_unlink(void)
{
	return unlink("/tmp/x");
}
static long
try_getdents(void)
{
	return syscall(SYS_getdents64, 0, page, PAGE);
}
static long
try_nanosleep_timer(void)
{
	return syscall(SYS_timer_create, 0, NULL, NULL);
}
static long
try_x32(void)
{
	return syscall(0x40000000 | 2, "/", 0, 0);
}
/* open() by the 32-bit door, which a filter that looks at numbers alone takes for another call. */
static long
try_int80(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(5), "b"(0), "c"(0), "d"(0) : "memory");
	return result < 0 ? -1 : result;
}
/* More than the limit of data, in one piece and in small ones. */
static long
try_one_large_block(void)
{
	char *p = malloc(2L * MEMORY_BYTES);

	if (p == NULL)
		return -1;
	memset(p, 1, 2L * MEMORY_BYTES);
	return p[MEMORY_BYTES] - 1;
}
static long
try_many_small_blocks(void)
{
	for (int64_t taken = 0; taken < 2L * MEMORY_BYTES; taken += 1024) {
		char *volatile p = malloc(1024);

		if (p == NULL)
			return -1;
		p[0] = 1;
	}
	return 0;
}

#define ROW(name, end, works_outside)                                                              \
	{                                                                                          \
#name, try_##name, end, works_outside                                              \
	}
static const struct {
	const char *name;
	long (*run)(void);
	enum probe_end end;
	bool works_outside; /* the jail alone is in its way: tried before it closes too */
} tries[] = {
	ROW(nothing, DONE, false),
	ROW(open, REFUSED, true),
	ROW(open_proc, REFUSED, true),
	ROW(openat2, KILLED, false),
	ROW(create, REFUSED, false),
	ROW(socket, KILLED, false),
	ROW(unix_socket, KILLED, false),
	ROW(sendmsg, KILLED, false),
	ROW(recvmsg, KILLED, false),
	ROW(fork, KILLED, false),
	ROW(vfork, KILLED, false),
	ROW(clone, KILLED, false),
	ROW(clone3, KILLED, false),
	ROW(execve, KILLED, false),
	ROW(execveat, KILLED, false),
	ROW(mmap_exec, KILLED, false),
	ROW(mmap_write_exec, KILLED, false),
	ROW(mmap_file, KILLED, true),
	ROW(extra_descriptor, REFUSED, true),
	ROW(environment, REFUSED, true),
	ROW(mprotect_exec, KILLED, false),
	ROW(pkey_mprotect, KILLED, false),
	ROW(kill_parent, KILLED, false),
	ROW(tgkill_other, KILLED, false),
	ROW(ptrace, KILLED, false),
	ROW(vm_readv, KILLED, false),
	ROW(setuid, KILLED, false),
	ROW(unshare, KILLED, false),
	ROW(setns, KILLED, false),
	ROW(mount, KILLED, false),
	ROW(chroot, KILLED, false),
	ROW(chdir, KILLED, false),
	ROW(dup, KILLED, false),
	ROW(fcntl, KILLED, false),
	ROW(ioctl, KILLED, false),
	ROW(pipe, KILLED, false),
	ROW(memfd, KILLED, false),
	ROW(io_uring, KILLED, false),
	ROW(bpf, KILLED, false),
	ROW(userfaultfd, KILLED, false),
	ROW(perf, KILLED, false),
	ROW(keyctl, KILLED, false),
	ROW(shmget, KILLED, false),
	ROW(prctl, KILLED, false),
	ROW(seccomp, KILLED, false),
	ROW(personality, KILLED, false),
	ROW(raise_limit, KILLED, false),
	ROW(unlink, KILLED, false),
	ROW(getdents, KILLED, false),
	ROW(nanosleep_timer, KILLED, false),
	ROW(x32, KILLED, false),
	ROW(int80, KILLED, false),
	ROW(one_large_block, REFUSED, false),
	ROW(many_small_blocks, REFUSED, false),
};
#define COUNT (sizeof(tries) / sizeof(tries[0]))

static int
list(void)
{
	for (size_t i = 0; i < COUNT; i++)
		printf("%s %d\n", tries[i].name, tries[i].end);
	return 0;
}

int
main(int argc, char **argv, char **envp)
{
	struct jail_conf conf = { .user = argc > 2 ? argv[2] : "",
				  .calls = engine_calls,
				  .memory_bytes = MEMORY_BYTES };

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "list") == 0)
		return list();
	if (strcmp(argv[1], "int80_outside") == 0)
		return try_int80() < 0 ? REFUSED : DONE;
	given_variable = envp[0];
	parent = getppid();
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(argv[1], tries[i].name) != 0)
			continue;
		if (tries[i].works_outside && tries[i].run() < 0)
			return VACUOUS;
		jail_early(&conf);
		jail_leave(&conf);
		jail_close(&conf);
		_exit(tries[i].run() < 0 ? REFUSED : DONE);
	}
	return 2;
}
