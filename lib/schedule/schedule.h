/*
 * schedule.h -- when a schedule is due: cron expressions and intervals, in a time zone.
 *
 * A schedule is made once by ty_schedule_parse() and is immutable afterwards.  Nothing here reads a
 * clock: the next time is a function of the schedule and a moment, so two years pass in a test in
 * no time, and every program answers alike.
 *
 * Days when clocks change (docs/WORKFLOWS.md, "Schedules"):
 *   (1) A cron expression whose minute and hour have neither star nor step is a set of wall times:
 *       one that clocks leave out runs once, at the end of the gap; one that they show twice runs at
 *       the first.
 *   (2) Any other follows elapsed time: it runs at each moment at which the clock shows a time of
 *       it, so nothing is left out and nothing is doubled.
 *   (3) Intervals of milliseconds to hours are elapsed time from the anchor; days, weeks and months
 *       keep the anchor's wall time, by rule (1).  A month without the anchor's day takes its last.
 *   (4) The next time is later than the moment asked about (asserted), and within
 *       TY_SCHEDULE_YEARS_MAX; a schedule that has none is refused by parse.
 *
 * Knows nothing of nodes and Postgres; what an author writes is read by spec.h.
 */
#ifndef TY_SCHEDULE_SCHEDULE_H
#define TY_SCHEDULE_SCHEDULE_H

#include "base/defs.h"

struct ty_zone;

/* Years in which the next time is searched: 29 February on a Sunday comes each 40 years at the rarest. */
#define TY_SCHEDULE_YEARS_MAX 40
/* A cron expression: all sixty seconds, minutes and twenty-four hours as lists, with room. */
#define TY_SCHEDULE_CRON_BYTES 500
/* No schedule is due more often: a second is what cron has too, and a queue is no clock. */
#define TY_SCHEDULE_INTERVAL_MIN_MS 1000
/* An interval, so that a slip of a unit is told. */
#define TY_SCHEDULE_INTERVAL_MAX_MONTHS 120

/* Ticks that are caught up, or wait for the run before: each is a run of its own. */
#define TY_SCHEDULE_MISSED_MAX	   100
#define TY_SCHEDULE_MISSED_DEFAULT 10
#define TY_SCHEDULE_PENDING_MAX	   100

#define TY_SCHEDULE_TIME_SIZE 40 /* "2026-10-25T02:30:00.500+02:00" + NUL */

enum ty_schedule_kind { TY_SCHEDULE_CRON, TY_SCHEDULE_INTERVAL, TY_SCHEDULE_KIND__COUNT };

enum ty_schedule_unit {
#define X(symbol, name, label, ms, months) symbol,
#include "schedule/unit.def"
#undef X
	TY_SCHEDULE_UNIT__COUNT
};

/* A schedule as its author writes it; texts are borrowed. */
struct ty_schedule_spec {
	enum ty_schedule_kind kind;
	const char *timezone;
	const struct ty_zone
		*zone;	  /* the zone itself, where the caller has it already; NULL = load it */
	const char *cron; /* kind cron */
	int64_t every;	  /* kind interval: so many units */
	enum ty_schedule_unit unit;
	/* "2026-12-01T09:00" in the zone, or with an offset; NULL or "" = TY_SCHEDULE_ANCHOR */
	const char *anchor;
};

/* The anchor of intervals without one: a midnight, a Monday and the first of a month and a year. */
#define TY_SCHEDULE_ANCHOR "2001-01-01T00:00:00"

struct ty_schedule; /* opaque */

/*
 * Make a schedule, owned by 'arena'; 'now_ms' is the moment after which it has to have a time.
 * Errors: TY_E_INVALID, whose path is the member at fault ("cron", "timezone", "every", "anchor").
 */
enum ty_code ty_schedule_parse(struct ty_arena *arena, const struct ty_schedule_spec *spec,
			       int64_t now_ms, const struct ty_schedule **ret_schedule,
			       struct ty_err *err) TY_MUST_CHECK;

/* The first time after 'after_ms'; false where there is none within TY_SCHEDULE_YEARS_MAX. */
bool ty_schedule_next(const struct ty_schedule *schedule, int64_t after_ms, int64_t *ret_ms);

/* A moment as the zone's clocks show it, with the offset: one moment has one such text. */
void ty_schedule_format(const struct ty_schedule *schedule, int64_t ms,
			char out[TY_SCHEDULE_TIME_SIZE]);

/* The rule that holds on days when clocks change, as a sentence for users. */
const char *ty_schedule_rule(const struct ty_schedule *schedule);

const char *ty_schedule_kind_name(enum ty_schedule_kind kind);
const char *ty_schedule_unit_name(enum ty_schedule_unit unit);
/* False where there is none of that name. */
bool ty_schedule_kind_find(const char *name, enum ty_schedule_kind *ret_kind);
bool ty_schedule_unit_find(const char *name, enum ty_schedule_unit *ret_unit);

#endif
