/*
 * clock.h -- what is due by the C library's own clock, a quarter of an hour at a time, so that neither zones nor rules of
 * lib/schedule are believed.
 */
#ifndef TY_TESTS_SCHEDULE_CLOCK_H
#define TY_TESTS_SCHEDULE_CLOCK_H

#include "next.h"

#include <stdlib.h>
#include <time.h>

#define QUARTER_S 900
#define QUARTERS  (2 * 365 * 96) /* two years */

/* The quarters of a day that an expression names. */
static const struct {
	const char *cron;
	int hours_from, hours_to, hours_step, minutes_step; /* minutes_step 60: the full hour */
	bool is_wall;
} clocks[] = {
	{ "*/15 * * * *", 0, 23, 1, 15, false },       { "0 * * * *", 0, 23, 1, 60, false },
	{ "0 */3 * * *", 0, 23, 3, 60, false },	       { "*/30 1-2 * * *", 1, 2, 1, 30, false },
	{ "0,15,30,45 0-3 * * *", 0, 3, 1, 15, true }, { "0,30 0,1,2 * * *", 0, 2, 1, 30, true },
	{ "0 23,0 * * *", 0, 23, 23, 60, true },
};

/* What the clock of the C library shows, in quarters since 1970. */
static inline int64_t *
clock_of(const char *zone, int64_t from_s, size_t count)
{
	int64_t *walls = ty_arena_alloc_array(fx.arena, count, sizeof(*walls));

	setenv("TZ", zone, 1);
	tzset();
	for (size_t i = 0; i < count; i++) {
		time_t at = (time_t)(from_s + (int64_t)i * QUARTER_S);
		struct tm tm;

		localtime_r(&at, &tm);
		walls[i] = (at + tm.tm_gmtoff) / QUARTER_S;
	}
	return walls;
}

static inline bool
clock_is_named(size_t clock, int64_t wall)
{
	int minute = (int)(wall % 4) * 15, hour = (int)(wall / 4 % 24);

	return minute % clocks[clock].minutes_step == 0 && hour >= clocks[clock].hours_from &&
	       hour <= clocks[clock].hours_to &&
	       (hour - clocks[clock].hours_from) % clocks[clock].hours_step == 0;
}

/* By the documented rules: wall times run once, at the end of a gap or the first of two; any other follows elapsed time. */
static inline bool
clock_is_due(size_t clock, const int64_t *walls, size_t i)
{
	bool is_named_in_gap = false;

	if (!clocks[clock].is_wall)
		return clock_is_named(clock, walls[i]);
	for (size_t before = i > 96 ? i - 96 : 0; before < i; before++)
		if (walls[before] == walls[i])
			return false; /* the clock shows it again */
	for (int64_t wall = walls[i - 1] + 1; wall < walls[i]; wall++)
		is_named_in_gap = is_named_in_gap || clock_is_named(clock, wall);
	return is_named_in_gap || clock_is_named(clock, walls[i]);
}

#endif
