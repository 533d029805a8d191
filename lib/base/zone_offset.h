/*
 * zone_offset.h -- what the clocks of a zone show, and when they show it.
 *
 * A zone is the list of its spans: stretches of time with one offset from UTC.  All that happens
 * when clocks change (half an hour, two hours, at midnight, for good) is the border of two spans, so
 * nothing here knows of summer time.  Moments are seconds since 1970 in UTC; a wall time is what a
 * clock on the wall shows, as seconds since 1970 as if that clock were in UTC.
 */
#ifndef TY_BASE_ZONE_OFFSET_H
#define TY_BASE_ZONE_OFFSET_H

#include "base/defs.h"

/* The last year for which rules such as "last Sunday of March" are written out; its offset stays. */
#define TY_ZONE_YEAR_MAX 2150

struct ty_zone;

struct ty_zone_span {
	int64_t from_s, to_s; /* [from, to); INT64_MIN and INT64_MAX at the ends */
	int32_t offset_s;
};

/* The zone of that name, as ty_zone_is_known takes it, owned by 'arena'; NULL where there is none. */
const struct ty_zone *ty_zone_load(struct ty_arena *arena, const char *name);

const char *ty_zone_name(const struct ty_zone *zone);

/* The span that a moment lies in. */
struct ty_zone_span ty_zone_span_at(const struct ty_zone *zone, int64_t s);

/*
 * The moment of a wall time: the first where clocks show it twice; the end of the gap where they
 * leave it out.
 */
int64_t ty_zone_moment(const struct ty_zone *zone, int64_t wall_s);

#endif
