/*
 * backoff.h -- how long to wait before a program that ended is started again.
 *
 * One that ran well starts again at once.  One that dies young waits twice as long each time, up
 * to a cap: a program that cannot start must not eat the machine, and must come back by itself
 * within half a minute of being mended.
 */
#ifndef TY_SUPERVISE_BACKOFF_H
#define TY_SUPERVISE_BACKOFF_H

#include "base/defs.h"

#define BACKOFF_FIRST_MS 250   /* a human does not notice it */
#define BACKOFF_MAX_MS	 30000 /* within the minute after which cron looks */
#define BACKOFF_WELL_MS	 10000 /* longer than any start-up, so that a later death is a new failure */

struct backoff {
	int64_t delay_ms; /* the last delay; 0 = none */
};

/* Milliseconds to wait after an instance that ran for 'ran_ms' has ended by itself. */
int64_t backoff_next(struct backoff *backoff, int64_t ran_ms);

#endif
