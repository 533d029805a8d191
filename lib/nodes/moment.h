/*
 * moment.h -- moments as dates and times of a zone: read, moved, rounded, compared.
 *
 * A moment is milliseconds since 1970 in UTC.  What a clock on the wall shows is broken into parts
 * (struct node_wall); a day, week, month or year is moved there, so that 09:00 stays 09:00 over a change of
 * the clocks, while hours and less are time that passes.  A day that a month lacks becomes its last.
 */
#ifndef TY_NODES_MOMENT_H
#define TY_NODES_MOMENT_H

#include "base/defs.h"
#include "base/zone_offset.h"

enum node_unit {
	NODE_UNIT_YEARS,
	NODE_UNIT_QUARTERS,
	NODE_UNIT_MONTHS,
	NODE_UNIT_WEEKS,
	NODE_UNIT_DAYS,
	NODE_UNIT_HOURS,
	NODE_UNIT_MINUTES,
	NODE_UNIT_SECONDS,
	NODE_UNIT_MILLISECONDS,
};

/* Years that texts have: 0001 to 9999, as in RFC 3339 but for the year 0. */
#define NODE_MOMENT_MIN_MS (-62135596800000LL)
#define NODE_MOMENT_MAX_MS 253402300799999LL

struct node_wall {
	int year, month, day; /* month 1 to 12 */
	int hour, minute, second, ms;
};

struct node_wall node_moment_wall(const struct ty_zone *zone, int64_t ms, int32_t *ret_offset_s);
/* False where the parts are no date and time. */
bool node_wall_is_valid(const struct node_wall *wall);
/* The first moment at which clocks of the zone show it; the end of the gap where they never do. */
int64_t node_wall_moment(const struct ty_zone *zone, const struct node_wall *wall);
/* node_wall_moment() with a given offset from UTC. */
int64_t node_wall_at_offset(const struct node_wall *wall, int32_t offset_s);

int node_wall_weekday(const struct node_wall *wall);	 /* ISO 8601: 1 = Monday */
int node_wall_day_of_year(const struct node_wall *wall); /* 1 to 366 */
/* ISO 8601: week 1 has the year's first Thursday; gives the year that the week belongs to. */
int node_wall_week(const struct node_wall *wall, int *ret_year);
int node_wall_month_days(const struct node_wall *wall);

/*
 * A date as ISO 8601 writes it, with a time or not, with an offset or not (then in 'zone'): "2026-02-09",
 * "2026-02-09T03:04:05.678+01:00", "20260209", "2026-W07-1", "2026-040"; a blank may stand for the T.  Also as
 * HTTP and e-mail do: "Mon, 09 Feb 2026 03:04:05 GMT".  False where it is none of these, or no date.
 */
bool node_moment_read(const struct ty_zone *zone, const char *text, int64_t *ret_ms);

/* Move by so many units.  False where it leaves the years that texts have. */
bool node_moment_add(const struct ty_zone *zone, int64_t ms, enum node_unit unit, int64_t count,
		     int64_t *ret_ms);
/* The beginning of the unit in which the moment lies; a week begins on Monday. */
int64_t node_moment_floor(const struct ty_zone *zone, int64_t ms, enum node_unit unit);
/* Whole units that lie between; below 0 where 'to' is before 'from'. */
int64_t node_moment_between(const struct ty_zone *zone, int64_t from, int64_t to,
			    enum node_unit unit);

#endif
