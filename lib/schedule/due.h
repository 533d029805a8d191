/*
 * due.h -- which ticks of a schedule run now: what was missed, and what meets the run before.
 *
 * A pure function of what is remembered of the schedule and the moment, so policies are tested without
 * clocks and stores.  tyboo-schedule hands the ticks in and remembers the rest.
 *
 * Invariants:
 *   (1) Ticks leave in the order of their times, and none twice: next_ms only grows.
 *   (2) A tick is late where it is older than TY_SCHEDULE_LATE_MS, because no scheduler was there.  Of
 *       those the policy "missed" decides; any other tick is handed in as it comes.
 *   (3) The policy "overlap" decides of each tick that (2) leaves, while the run before is not over.
 */
#ifndef TY_SCHEDULE_DUE_H
#define TY_SCHEDULE_DUE_H

#include "schedule/schedule.h"

/* Ten thousand ticks of one second are handed in within three; the rest is for a slower machine. */
#define TY_SCHEDULE_LATE_MS 5000
/* Time until a schedule whose tick waits for the run before is looked at again. */
#define TY_SCHEDULE_PENDING_LOOK_MS 200
/* Ticks that leave at once: those caught up, and those of the last seconds. */
#define TY_SCHEDULE_TICKS_MAX (TY_SCHEDULE_MISSED_MAX + TY_SCHEDULE_LATE_MS / 1000 + 2)
/* No time: a schedule that has no further tick. */
#define TY_SCHEDULE_NEVER_MS INT64_MAX

enum ty_schedule_missed { TY_MISSED_SKIP, TY_MISSED_ONCE, TY_MISSED_ALL, TY_MISSED__COUNT };
enum ty_schedule_overlap { TY_OVERLAP_ALLOW, TY_OVERLAP_SKIP, TY_OVERLAP_QUEUE, TY_OVERLAP__COUNT };

struct ty_schedule_pending {
	int64_t at_ms[TY_SCHEDULE_PENDING_MAX];
	size_t count;
};

struct ty_schedule_state {
	enum ty_schedule_missed missed;
	size_t missed_max; /* with "all": number of last ticks that are caught up */
	enum ty_schedule_overlap overlap;
	bool is_last_over;		    /* the run before is over */
	int64_t next_ms;		    /* the first tick that nothing was decided about */
	struct ty_schedule_pending pending; /* with "queue": ticks that wait for the run before */
};

struct ty_schedule_decision {
	int64_t ticks[TY_SCHEDULE_TICKS_MAX]; /* to be handed in, in order */
	size_t tick_count;
	int64_t next_ms, look_ms; /* when to look again: next_ms, or sooner for what is pending */
	struct ty_schedule_pending pending;
	int64_t skipped, skipped_ms; /* ticks left out, at least so many, and the last of them */
};

void ty_schedule_decide(const struct ty_schedule *schedule, const struct ty_schedule_state *state,
			int64_t now_ms, struct ty_schedule_decision *ret);

const char *ty_schedule_missed_name(enum ty_schedule_missed missed);
const char *ty_schedule_overlap_name(enum ty_schedule_overlap overlap);
bool ty_schedule_missed_find(const char *name, enum ty_schedule_missed *ret_missed);
bool ty_schedule_overlap_find(const char *name, enum ty_schedule_overlap *ret_overlap);

#endif
