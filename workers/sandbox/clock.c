/*
 * clock.c -- see clock.h.  The linker prefers a program's own functions to libc's, for all
 * shared libraries of the process.
 *
 * The two variables are the one exception to "no mutable globals" here: libc's interface has
 * no room for a context, and the process has one thread.
 */
#include "clock.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

typedef int (*clock_gettime_fn)(clockid_t id, struct timespec *ret_time);

static bool is_fixed;
static struct timespec fixed;

void
clock_fix(int64_t now_ms)
{
	int64_t ms = now_ms % 1000;

	if (ms < 0)
		ms += 1000;
	fixed.tv_sec = (now_ms - ms) / 1000;
	/* In the middle of it: the engine reckons in real seconds, and rounds down. */
	fixed.tv_nsec = ms * 1000000 + 500000;
	is_fixed = true;
}

static clock_gettime_fn
libc_clock(void)
{
	static clock_gettime_fn found;

	if (found == NULL)
		*(void **)&found = dlsym(RTLD_NEXT, "clock_gettime");
	if (found == NULL)
		abort();
	return found;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int
clock_gettime(clockid_t id, struct timespec *ret_time)
{
	if (!is_fixed || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE))
		return libc_clock()(id, ret_time);
	*ret_time = fixed;
	return 0;
}

int
gettimeofday(struct timeval *restrict ret_time, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	ret_time->tv_sec = now.tv_sec;
	ret_time->tv_usec = now.tv_nsec / 1000;
	return 0;
}
