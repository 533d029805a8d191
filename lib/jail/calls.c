/*
 * calls.c -- see calls.h.
 *
 * libseccomp makes the filter with a thousand small allocations, which in a child of a warm parent cost a fifth of a
 * turn of eight requests, mostly for pages of the parent's heap that it had to copy.  So the filter is made
 * once, and each child only writes its own process id into it.
 */
#include "jail/calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Stands for the process's own id in a filter; no id is so large (PID_MAX_LIMIT is 4 Mi), no system call
 * has that number, and no flag looks like it. */
#define ANY_PID 0x5eed91d5U
/* Ours have 120 instructions. */
#define CODE_MAX 1024

struct jail_filter {
	size_t count;
	struct sock_filter code[CODE_MAX];
};

/*
 * Calls that every jailed program may make: memory, its socket, abort().  'read' and 'write' act on
 * descriptors that exist: the socket, and an engine's randomness.
 */
static const int allowed[] = {
	SCMP_SYS(read),		SCMP_SYS(write),
	SCMP_SYS(brk),		SCMP_SYS(munmap),
	SCMP_SYS(mremap),	SCMP_SYS(madvise),
	SCMP_SYS(getrandom),	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(getpid),
	SCMP_SYS(gettid),	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/*
 * Refused, not fatal: libraries look for locale, zone and module files that are not there, and go
 * on.  With an error the call does nothing; a kill would let a script's odd locale end the process.
 */
static const int refused[] = {
	SCMP_SYS(open),	     SCMP_SYS(openat),	   SCMP_SYS(stat),     SCMP_SYS(lstat),
	SCMP_SYS(fstat),     SCMP_SYS(newfstatat), SCMP_SYS(statx),    SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(close),     SCMP_SYS(getcwd),
};

static bool
add_memory_rules(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp anonymous =
		SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);

	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, no_exec, anonymous) ==
		       0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec) == 0;
}

static bool
add_rules(scmp_filter_ctx filter, const int *calls)
{
	for (; calls != NULL && *calls != -1; calls++) {
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, *calls, 0) != 0)
			return false;
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0)
			return false;
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0) != 0)
			return false;
	}
	/* abort() ends itself, and nobody else. */
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
			     SCMP_A0(SCMP_CMP_EQ, ANY_PID)) != 0)
		return false;
	return add_memory_rules(filter);
}

/* NULL where that fails. */
static struct jail_filter *
export_filter(scmp_filter_ctx rules)
{
	struct jail_filter *filter = malloc(sizeof(*filter));
	int pipe_ends[2];
	ssize_t n = -1;

	/* A pipe takes more than CODE_MAX instructions before its writer has to wait. */
	if (filter == NULL || pipe(pipe_ends) != 0) {
		free(filter);
		return NULL;
	}
	if (seccomp_export_bpf(rules, pipe_ends[1]) == 0)
		n = read(pipe_ends[0], filter->code, sizeof(filter->code));
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	if (n <= 0 || (size_t)n == sizeof(filter->code) || (size_t)n % sizeof(*filter->code) != 0) {
		free(filter);
		return NULL;
	}
	filter->count = (size_t)n / sizeof(*filter->code);
	return filter;
}

const char *
jail_calls_make(const int *calls, struct jail_filter **ret_filter)
{
	scmp_filter_ctx rules = seccomp_init(SCMP_ACT_KILL_PROCESS);
	const char *failed = NULL;

	if (rules == NULL)
		return "seccomp_init";
	/* Sort the calls into a tree, because each call then costs less than in a list. */
	(void)seccomp_attr_set(rules, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!add_rules(rules, calls))
		failed = "seccomp rules";
	else if ((*ret_filter = export_filter(rules)) == NULL)
		failed = "seccomp_export_bpf";
	seccomp_release(rules);
	return failed;
}

/* Exactly one instruction compares an argument with the process's id. */
static bool
write_own_pid(struct jail_filter *filter)
{
	size_t found = 0;

	for (size_t i = 0; i < filter->count; i++) {
		struct sock_filter *code = &filter->code[i];

		if (BPF_CLASS(code->code) == BPF_JMP && code->k == ANY_PID) {
			code->k = (uint32_t)getpid();
			found++;
		}
	}
	return found == 1;
}

const char *
jail_calls_limit(struct jail_filter *filter)
{
	struct sock_fprog program = { .len = (unsigned short)filter->count,
				      .filter = filter->code };

	if (!write_own_pid(filter))
		return "seccomp: no place for the process's id";
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? NULL : "seccomp";
}
