/*
 * clock.c -- see clock.h.
 */
#include "clock.h"

#include "base/time.h"

#include <stdlib.h>
#include <uv.h>

/* A run's clock is the wall's: look again at least so often, so that a jump of the clock
 * delays a wake by no more. */
#define LOOK_MAX_MS 1000

struct clock {
	uv_timer_t timer;
	struct clock_entry **heap;
	size_t count, cap;
	clock_fn fn;
	void *ctx;
};

static void
heap_put(struct clock *clock, size_t i, struct clock_entry *entry)
{
	clock->heap[i] = entry;
	entry->place = i + 1;
}

static void
heap_up(struct clock *clock, size_t i)
{
	struct clock_entry *entry = clock->heap[i];

	while (i > 0 && clock->heap[(i - 1) / 2]->at_ms > entry->at_ms) {
		heap_put(clock, i, clock->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(clock, i, entry);
}

static void
heap_down(struct clock *clock, size_t i)
{
	struct clock_entry *entry = clock->heap[i];

	for (;;) {
		size_t child = i * 2 + 1;

		if (child >= clock->count)
			break;
		if (child + 1 < clock->count &&
		    clock->heap[child + 1]->at_ms < clock->heap[child]->at_ms)
			child++;
		if (clock->heap[child]->at_ms >= entry->at_ms)
			break;
		heap_put(clock, i, clock->heap[child]);
		i = child;
	}
	heap_put(clock, i, entry);
}

static void
heap_add(struct clock *clock, struct clock_entry *entry)
{
	if (clock->count == clock->cap) {
		clock->cap = clock->cap > 0 ? clock->cap * 2 : 64;
		clock->heap = realloc(clock->heap, clock->cap * sizeof(*clock->heap));
		TY_ASSERT(clock->heap != NULL);
	}
	heap_put(clock, clock->count++, entry);
	heap_up(clock, clock->count - 1);
}

static void
heap_take(struct clock *clock, struct clock_entry *entry)
{
	size_t i = entry->place - 1;
	struct clock_entry *last = clock->heap[--clock->count];

	entry->place = 0;
	if (last == entry)
		return;
	heap_put(clock, i, last);
	heap_up(clock, i);
	heap_down(clock, last->place - 1);
}

static void clock_fired(uv_timer_t *timer);

static void
clock_arm(struct clock *clock)
{
	int64_t left_ms;

	if (clock->count == 0) {
		uv_timer_stop(&clock->timer);
		return;
	}
	left_ms = clock->heap[0]->at_ms - ty_time_now_ms();
	if (left_ms < 0)
		left_ms = 0;
	if (left_ms > LOOK_MAX_MS)
		left_ms = LOOK_MAX_MS;
	uv_timer_start(&clock->timer, clock_fired, (uint64_t)left_ms, 0);
}

static void
clock_fired(uv_timer_t *timer)
{
	struct clock *clock = timer->data;
	int64_t now_ms = ty_time_now_ms();

	/* Fire as many entries as there are now, so that those put in anew wait for the next turn. */
	for (size_t left = clock->count;
	     left > 0 && clock->count > 0 && clock->heap[0]->at_ms <= now_ms; left--) {
		struct clock_entry *entry = clock->heap[0];

		heap_take(clock, entry);
		clock->fn(clock->ctx, entry);
	}
	clock_arm(clock);
}

struct clock *
clock_new(struct uv_loop_s *loop, clock_fn fn, void *ctx)
{
	struct clock *clock = calloc(1, sizeof(*clock));

	TY_ASSERT(clock != NULL);
	uv_timer_init(loop, &clock->timer);
	clock->timer.data = clock;
	clock->fn = fn;
	clock->ctx = ctx;
	return clock;
}

static void
clock_closed(uv_handle_t *handle)
{
	struct clock *clock = handle->data;

	free(clock->heap);
	free(clock);
}

void
clock_free(struct clock *clock)
{
	if (clock != NULL)
		uv_close((uv_handle_t *)&clock->timer, clock_closed);
}

void
clock_set(struct clock *clock, struct clock_entry *entry, int64_t at_ms)
{
	const struct clock_entry *first = clock->count > 0 ? clock->heap[0] : NULL;
	int64_t first_ms = first != NULL ? first->at_ms : 0;

	if (entry->place != 0)
		heap_take(clock, entry);
	entry->at_ms = at_ms;
	if (at_ms != 0)
		heap_add(clock, entry);
	/* Arming costs more than the heap does: only where the first has come nearer.  A timer
	 * that fires too early looks, finds nothing due and is set right. */
	if (clock->count > 0 && (first == NULL || clock->heap[0]->at_ms < first_ms))
		clock_arm(clock);
}
