/*
 * breaker_wake.h -- runs that are put down for a breaker go on when it closes, also those that were refused just before.
 *
 * Whoever closes a breaker by hand ends the waits that are there then, and a probe ends none.  A run that was
 * refused before and is put down after would wait its whole delay, so the waits are ended once more a moment later.
 */
#ifndef TY_RUN_BREAKER_WAKE_H
#define TY_RUN_BREAKER_WAKE_H

#include "log/log.h"
#include "store/async.h"

struct uv_loop_s;
struct breaker_wake;

/* All is borrowed. */
struct breaker_wake *breaker_wake_new(struct uv_loop_s *loop, struct ty_store_async *store,
				      const struct ty_log *log);
void breaker_wake_free(struct breaker_wake *wake); /* after the store's free; takes NULL */
/* Wake the runs of a breaker that has closed; 'scope' and 'what' are queue/breakers.h's. */
void breaker_wake_closed(void *wake, const char *scope, const char *what);

#endif
