/*
 * zone_offset.c -- see zone_offset.h.
 *
 * A file has the changes up to some year and a rule for the time after (POSIX TZ); the rule is
 * written out when the zone is loaded, so a look-up is one binary search over one list.
 */
#include "base/zone_offset.h"

#include "base/arena.h"
#include "base/tzif.h"
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
/* Further from UTC than any clock: a wall time's moment is within it. */
#define OFFSET_MAX_S (2 * DAY_S)

struct change {
	int64_t at_s;
	int32_t offset_s; /* from then on */
};

struct ty_zone {
	const char *name;
	struct change *changes; /* the first at INT64_MIN */
	size_t count, cap;
};

/* ---- the rule ---- */

/* A day of the year: 'M' month.week.day, 'J' 1 to 365 without 29 February, 'n' 0 to 365. */
struct rule_date {
	char kind;
	int month, week, day;
	int32_t time_s;
};

struct rule {
	int32_t standard_s, summer_s;
	struct rule_date begins, ends; /* of summer_s */
};

static bool
skip_name(const char **p)
{
	size_t n;

	if (**p == '<') {
		const char *end = strchr(*p, '>');

		if (end == NULL)
			return false;
		*p = end + 1;
		return true;
	}
	n = strcspn(*p, "+-,0123456789");
	*p += n;
	return n > 0;
}

/* "[+-]h[h][:mm[:ss]]" */
static bool
read_time(const char **p, int32_t *ret_s)
{
	int sign = **p == '-' ? -1 : 1;
	int parts[3] = { 0 }, used, count = 0;

	if (**p == '-' || **p == '+')
		(*p)++;
	for (; count < 3; count++) {
		if (count > 0 && **p != ':')
			break;
		if (sscanf(*p + (count > 0), "%3d%n", &parts[count], &used) != 1 ||
		    parts[count] < 0)
			return false;
		*p += used + (count > 0);
	}
	if (parts[0] > 168 || parts[1] > 59 || parts[2] > 59)
		return false;
	*ret_s = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
	return true;
}

static bool
read_date(const char **p, struct rule_date *date)
{
	int used = 0;

	*date = (struct rule_date){ .kind = 'n', .time_s = 2 * 3600 };
	if (sscanf(*p, ",M%d.%d.%d%n", &date->month, &date->week, &date->day, &used) == 3)
		date->kind = 'M';
	else if (sscanf(*p, ",J%d%n", &date->day, &used) == 1)
		date->kind = 'J';
	else if (sscanf(*p, ",%d%n", &date->day, &used) != 1)
		return false;
	if (date->kind == 'M' ? date->month < 1 || date->month > 12 || date->week < 1 ||
					date->week > 5 || date->day < 0 || date->day > 6
			      : date->day < 0 || date->day > 365)
		return false;
	*p += used;
	if (**p != '/')
		return true;
	(*p)++;
	return read_time(p, &date->time_s);
}

/* "CET-1CEST,M3.5.0,M10.5.0/3"; false where the last offset stays for good. */
static bool
rule_parse(const char *text, struct rule *rule)
{
	const char *p = text;

	if (!skip_name(&p) || !read_time(&p, &rule->standard_s) || !skip_name(&p))
		return false;
	/* POSIX counts westward. */
	rule->standard_s = -rule->standard_s;
	rule->summer_s = rule->standard_s + 3600;
	if (*p != ',') {
		if (!read_time(&p, &rule->summer_s))
			return false;
		rule->summer_s = -rule->summer_s;
	}
	return read_date(&p, &rule->begins) && read_date(&p, &rule->ends) && *p == '\0';
}

static int64_t
day_start(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

	return timegm(&tm);
}

/* Wall time of the change in a year. */
static int64_t
rule_wall(const struct rule_date *date, int year)
{
	int64_t first;
	int weekday, day;

	if (date->kind != 'M') {
		bool is_leap = day_start(year, 3, 1) - day_start(year, 2, 28) > DAY_S;

		day = date->kind == 'n' ? date->day : date->day - 1 + (is_leap && date->day > 59);
		return day_start(year, 1, 1) + (int64_t)day * DAY_S + date->time_s;
	}
	first = day_start(year, date->month, 1);
	weekday = (int)((first / DAY_S + 4) % 7); /* 1970 began on a Thursday */
	day = (date->day - weekday + 7) % 7 + 7 * (date->week - 1);
	if (first + (int64_t)day * DAY_S >= day_start(year, date->month + 1, 1))
		day -= 7;
	return first + (int64_t)day * DAY_S + date->time_s;
}

/* ---- loading ---- */

static void
add_change(struct ty_arena *arena, struct ty_zone *zone, int64_t at_s, int32_t offset_s)
{
	if (zone->count > 0 && (zone->changes[zone->count - 1].offset_s == offset_s ||
				zone->changes[zone->count - 1].at_s >= at_s))
		return;
	zone->changes = ty_arena_grow(arena, zone->changes, zone->count, &zone->cap,
				      sizeof(*zone->changes));
	zone->changes[zone->count++] = (struct change){ at_s, offset_s };
}

static void
add_rule(struct ty_arena *arena, struct ty_zone *zone, const struct rule *rule)
{
	const struct change *last = &zone->changes[zone->count - 1];
	time_t from = last->at_s == INT64_MIN ? 0 : (time_t)last->at_s;
	struct tm tm;

	if (gmtime_r(&from, &tm) == NULL)
		return;
	for (int year = tm.tm_year + 1900; year <= TY_ZONE_YEAR_MAX; year++) {
		int64_t on = rule_wall(&rule->begins, year) - rule->standard_s;
		int64_t off = rule_wall(&rule->ends, year) - rule->summer_s;

		add_change(arena, zone, on < off ? on : off,
			   on < off ? rule->summer_s : rule->standard_s);
		add_change(arena, zone, on < off ? off : on,
			   on < off ? rule->standard_s : rule->summer_s);
	}
}

static void
add_file(struct ty_arena *arena, struct ty_zone *zone, const struct ty_tzif *file)
{
	struct rule rule;

	add_change(arena, zone, INT64_MIN, file->types[0].offset_s);
	for (size_t i = 0; i < file->transition_count; i++)
		add_change(arena, zone, file->transitions[i],
			   file->types[file->types_after[i]].offset_s);
	if (rule_parse(file->rule, &rule))
		add_rule(arena, zone, &rule);
}

static bool
load_file(struct ty_arena *arena, struct ty_zone *zone)
{
	char path[TY_ZONE_PATH_SIZE], *bytes;
	struct ty_tzif file;
	size_t len;
	bool is_read;

	if (!ty_zone_path(zone->name, path))
		return false;
	bytes = ty_tzif_read(path, &len);
	if (bytes == NULL)
		return false;
	is_read = ty_tzif_parse(bytes, len, &file);
	if (is_read)
		add_file(arena, zone, &file);
	ty_tzif_done(&file);
	free(bytes);
	return is_read;
}

const struct ty_zone *
ty_zone_load(struct ty_arena *arena, const char *name)
{
	struct ty_zone *zone = ty_arena_new_of(arena, struct ty_zone);
	int32_t offset_s;

	zone->name = ty_arena_strdup(arena, name);
	if (ty_zone_is_fixed(name, &offset_s))
		add_change(arena, zone, INT64_MIN, offset_s);
	else if (!load_file(arena, zone))
		return NULL;
	return zone;
}

const char *
ty_zone_name(const struct ty_zone *zone)
{
	return zone->name;
}

/* ---- look-up ---- */

static struct ty_zone_span
span_of(const struct ty_zone *zone, size_t i)
{
	return (struct ty_zone_span){
		.from_s = zone->changes[i].at_s,
		.to_s = i + 1 < zone->count ? zone->changes[i + 1].at_s : INT64_MAX,
		.offset_s = zone->changes[i].offset_s,
	};
}

/* The place of the last change not after a moment. */
static size_t
find_change(const struct ty_zone *zone, int64_t s)
{
	size_t low = 0, high = zone->count;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (zone->changes[mid].at_s <= s)
			low = mid;
		else
			high = mid;
	}
	return low;
}

struct ty_zone_span
ty_zone_span_at(const struct ty_zone *zone, int64_t s)
{
	return span_of(zone, find_change(zone, s));
}

int64_t
ty_zone_moment(const struct ty_zone *zone, int64_t wall_s)
{
	for (size_t i = find_change(zone, wall_s - OFFSET_MAX_S);; i++) {
		struct ty_zone_span span = span_of(zone, i);

		/* All wall times before this span's first were in an earlier span, or in no span. */
		if (span.from_s != INT64_MIN && wall_s < span.from_s + span.offset_s)
			return span.from_s;
		if (span.to_s == INT64_MAX || wall_s < span.to_s + span.offset_s)
			return wall_s - span.offset_s;
	}
}
