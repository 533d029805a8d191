/*
 * backoff.c -- doubling with a cap, and a clean slate after a good run.
 */
#include "backoff.h"

int64_t
backoff_next(struct backoff *backoff, int64_t ran_ms)
{
	if (ran_ms >= BACKOFF_WELL_MS)
		backoff->delay_ms = 0;
	else if (backoff->delay_ms == 0)
		backoff->delay_ms = BACKOFF_FIRST_MS;
	else if (backoff->delay_ms < BACKOFF_MAX_MS / 2)
		backoff->delay_ms *= 2;
	else
		backoff->delay_ms = BACKOFF_MAX_MS;
	return backoff->delay_ms;
}
