/*
 * engine_calls.h -- the system calls of the script engine.
 */
#ifndef TY_SANDBOX_ENGINE_CALLS_H
#define TY_SANDBOX_ENGINE_CALLS_H

#include <seccomp.h>

/*
 * Calls that one thread of the engine was seen to make (strace over the tests) beside those that every
 * jailed program may, and those of glibc for clocks without a vDSO.
 */
static const int engine_calls[] = {
	SCMP_SYS(pread64),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(getrusage),
	SCMP_SYS(sysinfo),
	-1,
};

#endif
