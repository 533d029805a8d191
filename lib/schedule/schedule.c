/*
 * schedule.c -- the next time of a schedule; see schedule.h for its rules.
 *
 * A zone is a list of spans of one offset (base/zone_offset.h), so a change of clocks is no case of its
 * own: elapsed time is looked for span by span, wall times are looked for without zones and then
 * turned into moments.
 */
#include "schedule/schedule.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "base/zone_offset.h"
#include "cron.h"
#include "date.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SEARCH_S (TY_SCHEDULE_YEARS_MAX * 366LL * DAY_S)
/* A year has four digits: from 1 January 1 to 30 December 9999, whatever the zone. */
#define MOMENT_MIN_MS (-62135510400000LL)
#define MOMENT_MAX_MS 253402214400000LL

struct ty_schedule {
	const struct ty_zone *zone;
	enum ty_schedule_kind kind;
	struct cron cron;

	/* Intervals. */
	int64_t every_ms;   /* elapsed time; 0 = by the calendar */
	int64_t every_days; /* by the calendar: days, or months */
	int64_t every_months;
	int64_t anchor_ms; /* the moment */
	int64_t anchor_wall_s; /* wall time of that moment, or the one that the clock was said to show */
};

static const struct {
	const char *name;
	int64_t ms, months;
} units[] = {
#define X(symbol, name, label, ms, months) [symbol] = { name, ms, months },
#include "schedule/unit.def"
#undef X
};

static const char *const kinds[] = {
	[TY_SCHEDULE_CRON] = "cron", [TY_SCHEDULE_INTERVAL] = "interval"
};

/* ---- cron ---- */

/* By rule (2): in each span the clock runs evenly, so there wall times are moments. */
static bool
next_elapsed(const struct ty_schedule *s, int64_t from_s, int64_t *ret_s)
{
	int64_t until = from_s + SEARCH_S, wall;

	while (from_s < until) {
		struct ty_zone_span span = ty_zone_span_at(s->zone, from_s);
		int64_t to = span.to_s < until ? span.to_s : until;

		if (cron_next(&s->cron, from_s + span.offset_s, to + span.offset_s, &wall)) {
			*ret_s = wall - span.offset_s;
			return true;
		}
		from_s = to;
	}
	return false;
}

/* By rule (1): moments of wall times ascend, so the first that is late enough is the next. */
static bool
next_wall(const struct ty_schedule *s, int64_t from_s, int64_t *ret_s)
{
	/* The span before, because what a gap leaves out runs at its end, which is another's first. */
	struct ty_zone_span span = ty_zone_span_at(s->zone, from_s - 1);
	int64_t wall = from_s + span.offset_s, until = wall + SEARCH_S;

	/* Go on behind a time that clocks show twice, because its first showing has run. */
	if (span.from_s != INT64_MIN) {
		int64_t shown = span.from_s + ty_zone_span_at(s->zone, span.from_s - 1).offset_s;

		if (wall < shown)
			wall = shown;
	}
	for (; cron_next(&s->cron, wall, until, &wall); wall++) {
		*ret_s = ty_zone_moment(s->zone, wall);
		if (*ret_s >= from_s)
			return true;
	}
	return false;
}

static bool
next_cron(const struct ty_schedule *s, int64_t after_ms, int64_t *ret_ms)
{
	int64_t from_s = floor_div(after_ms, 1000) + 1, at_s;

	if (!(s->cron.is_wall ? next_wall : next_elapsed)(s, from_s, &at_s))
		return false;
	*ret_ms = at_s * 1000;
	return true;
}

/* ---- intervals ---- */

/* The wall time of the n-th tick behind the anchor. */
static int64_t
calendar_wall(const struct ty_schedule *s, int64_t n)
{
	int64_t day = floor_div(s->anchor_wall_s, DAY_S);
	int64_t time = s->anchor_wall_s - day * DAY_S;
	struct date d = date_from_days(day);
	int64_t month = d.year * 12LL + d.month - 1 + n * s->every_months;
	int length;

	if (s->every_months == 0)
		return (day + n * s->every_days) * DAY_S + time;
	d.year = (int)floor_div(month, 12);
	d.month = (int)(month - d.year * 12LL) + 1;
	length = date_month_days(d.year, d.month);
	if (d.day > length)
		d.day = length;
	return date_to_days(d) * DAY_S + time;
}

static int64_t
calendar_ms(const struct ty_schedule *s, int64_t n)
{
	return ty_zone_moment(s->zone, calendar_wall(s, n)) * 1000 +
	       (s->anchor_ms - floor_div(s->anchor_ms, 1000) * 1000);
}

static bool
next_interval(const struct ty_schedule *s, int64_t after_ms, int64_t *ret_ms)
{
	int64_t gone_ms = after_ms - s->anchor_ms, n = 0;

	if (s->every_ms > 0) {
		if (gone_ms >= 0)
			n = gone_ms / s->every_ms + 1;
		*ret_ms = s->anchor_ms + n * s->every_ms;
		return true;
	}
	/* Never one too far: 31 days are the longest month, and clocks change by a day at most. */
	if (gone_ms > 0)
		n = gone_ms / (1000 * DAY_S) /
			    (s->every_months > 0 ? 31 * s->every_months : s->every_days) -
		    1;
	if (n < 0)
		n = 0;
	while (calendar_ms(s, n) <= after_ms)
		n++;
	*ret_ms = calendar_ms(s, n);
	return true;
}

bool
ty_schedule_next(const struct ty_schedule *schedule, int64_t after_ms, int64_t *ret_ms)
{
	int64_t at_ms;
	bool is_there;

	if (after_ms < MOMENT_MIN_MS || after_ms > MOMENT_MAX_MS)
		return false;
	is_there = (schedule->kind == TY_SCHEDULE_CRON ? next_cron
						       : next_interval)(schedule, after_ms, &at_ms);
	if (!is_there || at_ms > MOMENT_MAX_MS || at_ms - after_ms > SEARCH_S * 1000)
		return false;
	TY_ASSERT(at_ms > after_ms);
	*ret_ms = at_ms;
	return true;
}

/* ---- reading ---- */

static enum ty_code
refuse(struct ty_err *err, const char *path, const char *message, const char *hint)
{
	ty_err_set(err, TY_E_INVALID, "%s", message);
	ty_err_hint(err, "%s", hint);
	return ty_err_at(err, "%s", path);
}

/*
 * "2026-12-01", "2026-12-01T09:00", "2026-12-01T09:00:30.5": in the zone, or with an offset behind.
 * Without one the wall time is what was written, also where clocks leave it out on that day, so that
 * the days behind it have it.
 */
static bool
read_anchor(const char *text, struct ty_schedule *schedule)
{
	const char *offset = strlen(text) > 10 ? strpbrk(text + 10, "Zz+-") : NULL;
	size_t wall = offset != NULL ? (size_t)(offset - text) : strlen(text);
	const char *rest = wall == 10 ? "T00:00:00" : wall == 16 ? ":00" : "";
	int64_t ms, s;
	char full[64];

	if (strlen(text) >= TY_SCHEDULE_TIME_SIZE)
		return false;
	snprintf(full, sizeof(full), "%.*s%s%s", (int)wall, text, rest,
		 offset != NULL ? offset : "Z");
	if (!ty_time_parse(full, &ms))
		return false;
	s = floor_div(ms, 1000);
	schedule->anchor_ms = ms;
	schedule->anchor_wall_s = s;
	if (offset != NULL)
		schedule->anchor_wall_s += ty_zone_span_at(schedule->zone, s).offset_s;
	else
		schedule->anchor_ms = ty_zone_moment(schedule->zone, s) * 1000 + (ms - s * 1000);
	return true;
}

static enum ty_code
parse_interval(const struct ty_schedule_spec *spec, struct ty_schedule *s, struct ty_err *err)
{
	const char *anchor =
		spec->anchor != NULL && spec->anchor[0] != '\0' ? spec->anchor : TY_SCHEDULE_ANCHOR;
	int64_t unit_ms = units[spec->unit].ms;
	int64_t max_ms = TY_SCHEDULE_INTERVAL_MAX_MONTHS * units[TY_UNIT_MONTHS].ms;

	if (spec->every < 1 || spec->every > max_ms / unit_ms)
		return refuse(err, "every", "an interval is at most 10 years long",
			      "Look at the number and its unit; the number is a whole one.");
	if (spec->every * unit_ms < TY_SCHEDULE_INTERVAL_MIN_MS)
		return refuse(
			err, "every", "an interval is at least one second long",
			"Take 1000 ms or more; what is due more often is one run that loops.");
	if (units[spec->unit].months > 0)
		s->every_months = spec->every * units[spec->unit].months;
	else if (unit_ms >= DAY_S * 1000)
		s->every_days = spec->every * unit_ms / (DAY_S * 1000);
	else
		s->every_ms = spec->every * unit_ms;
	if (!read_anchor(anchor, s))
		return refuse(err, "anchor", "the anchor is no date and time",
			      "Write it as 2026-12-01T09:00, in the schedule's zone, or with an "
			      "offset: 2026-12-01T09:00:00+01:00.");
	return TY_OK;
}

static enum ty_code
parse_cron(const struct ty_schedule_spec *spec, struct ty_schedule *s, struct ty_err *err)
{
	return cron_parse(spec->cron != NULL ? spec->cron : "", &s->cron, err);
}

enum ty_code
ty_schedule_parse(struct ty_arena *arena, const struct ty_schedule_spec *spec, int64_t now_ms,
		  const struct ty_schedule **ret_schedule, struct ty_err *err)
{
	struct ty_schedule *s = ty_arena_new_of(arena, struct ty_schedule);
	bool is_cron = spec->kind == TY_SCHEDULE_CRON;
	int64_t at_ms;

	s->kind = spec->kind;
	s->zone = spec->zone != NULL ? spec->zone : ty_zone_load(arena, spec->timezone);
	if (s->zone == NULL)
		return refuse(err, "timezone", "the system knows no such time zone",
			      "Take a name such as Europe/Berlin; where it is a new one, the "
			      "package tzdata needs an update.");
	if ((is_cron ? parse_cron : parse_interval)(spec, s, err) != TY_OK)
		return err->code;
	if (!ty_schedule_next(s, now_ms, &at_ms))
		return refuse(err, is_cron ? "cron" : "anchor", "this time never comes",
			      is_cron ? "Look at the day and the month: there is no 30 February."
				      : "Take an anchor within the next 40 years.");
	*ret_schedule = s;
	return TY_OK;
}

/* ---- words ---- */

void
ty_schedule_format(const struct ty_schedule *schedule, int64_t ms, char out[TY_SCHEDULE_TIME_SIZE])
{
	int64_t s = floor_div(ms, 1000);
	int32_t offset = ty_zone_span_at(schedule->zone, s).offset_s;
	int32_t minutes = (offset < 0 ? -offset : offset) / 60;
	char wall[TY_TIME_TEXT_SIZE];

	ty_time_format(ms + offset * 1000LL, wall);
	/* "2026-10-25T02:30:00" ".500" */
	snprintf(out, TY_SCHEDULE_TIME_SIZE, "%.19s%.*s%c%02d:%02d", wall,
		 ms - s * 1000 == 0 ? 0 : 4, wall + 19, offset < 0 ? '-' : '+', (int)(minutes / 60),
		 (int)(minutes % 60));
}

const char *
ty_schedule_rule(const struct ty_schedule *schedule)
{
	bool is_wall = schedule->kind == TY_SCHEDULE_CRON ? schedule->cron.is_wall
							  : schedule->every_ms == 0;

	return is_wall ? "Wall time: where clocks leave it out it runs at the end of the gap, "
			 "where "
			 "they show it twice at the first."
		       : "Elapsed time: when clocks change nothing is left out and nothing "
			 "doubled.";
}

const char *
ty_schedule_kind_name(enum ty_schedule_kind kind)
{
	return kinds[kind];
}

const char *
ty_schedule_unit_name(enum ty_schedule_unit unit)
{
	return units[unit].name;
}

bool
ty_schedule_kind_find(const char *name, enum ty_schedule_kind *ret_kind)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(kinds); i++) {
		if (strcmp(kinds[i], name) == 0) {
			*ret_kind = (enum ty_schedule_kind)i;
			return true;
		}
	}
	return false;
}

bool
ty_schedule_unit_find(const char *name, enum ty_schedule_unit *ret_unit)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(units); i++) {
		if (strcmp(units[i].name, name) == 0) {
			*ret_unit = (enum ty_schedule_unit)i;
			return true;
		}
	}
	return false;
}
