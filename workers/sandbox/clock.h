/*
 * clock.h -- the time that this process takes for now.
 *
 * clock.c defines libc's own clock_gettime() and gettimeofday() for the whole process, the
 * engine and its libraries included, since what reads the clock in scripts is too much to name:
 * Date, Intl, and whatever comes next.  Only the time of day is fixed; what counts
 * durations goes on.
 */
#ifndef TY_SANDBOX_CLOCK_H
#define TY_SANDBOX_CLOCK_H

#include <stdint.h>

/* From now on it is 'now_ms' since 1970.  Before the first call: the real time. */
void clock_fix(int64_t now_ms);

#endif
