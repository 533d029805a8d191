/*
 * clock.h -- when to wake which run: one timer of the loop for all of them.
 *
 * A binary heap by time.  Hundreds of runs wait at a time, most to be woken never
 * (the answer comes before the timeout), so putting in and taking out must be cheap.
 */
#ifndef TY_RUN_CLOCK_H
#define TY_RUN_CLOCK_H

#include "base/defs.h"

struct uv_loop_s;
struct clock;

/* Embedded in what is to be woken; all zero = not in. */
struct clock_entry {
	int64_t at_ms; /* wall clock */
	size_t place;  /* 1 + index in the heap; 0 = not in */
};

/* Called for each entry that is due, which is out of the heap then. */
typedef void (*clock_fn)(void *ctx, struct clock_entry *entry);

struct clock *clock_new(struct uv_loop_s *loop, clock_fn fn, void *ctx);
void clock_free(struct clock *clock);
/* Put in, or move; at_ms 0 takes out. */
void clock_set(struct clock *clock, struct clock_entry *entry, int64_t at_ms);

#endif
