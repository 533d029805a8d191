/*
 * moment.c -- see moment.h.
 */
#include "nodes/moment.h"

#include "schedule/date.h"

#include <string.h>
#include <strings.h>

#define DAY_MS (DAY_S * 1000)

static int64_t
wall_ms(const struct node_wall *wall)
{
	int64_t days = date_to_days(
		(struct date){ .year = wall->year, .month = wall->month, .day = wall->day });

	return days * DAY_MS + wall->hour * 3600000LL + wall->minute * 60000LL +
	       wall->second * 1000LL + wall->ms;
}

static struct node_wall
wall_of(int64_t ms)
{
	int64_t days = floor_div(ms, DAY_MS), rest = ms - days * DAY_MS;
	struct date date = date_from_days(days);

	return (struct node_wall){ .year = date.year,
				   .month = date.month,
				   .day = date.day,
				   .hour = (int)(rest / 3600000),
				   .minute = (int)(rest / 60000 % 60),
				   .second = (int)(rest / 1000 % 60),
				   .ms = (int)(rest % 1000) };
}

struct node_wall
node_moment_wall(const struct ty_zone *zone, int64_t ms, int32_t *ret_offset_s)
{
	int32_t offset = ty_zone_span_at(zone, floor_div(ms, 1000)).offset_s;

	if (ret_offset_s != NULL)
		*ret_offset_s = offset;
	return wall_of(ms + offset * 1000LL);
}

bool
node_wall_is_valid(const struct node_wall *wall)
{
	return wall->year >= 1 && wall->year <= 9999 && wall->month >= 1 && wall->month <= 12 &&
	       wall->day >= 1 && wall->day <= date_month_days(wall->year, wall->month) &&
	       wall->hour >= 0 && wall->hour < 24 && wall->minute >= 0 && wall->minute < 60 &&
	       wall->second >= 0 && wall->second < 60 && wall->ms >= 0 && wall->ms < 1000;
}

int64_t
node_wall_moment(const struct ty_zone *zone, const struct node_wall *wall)
{
	int64_t ms = wall_ms(wall), s = floor_div(ms, 1000);
	int64_t moment_s = ty_zone_moment(zone, s);
	bool is_in_gap = moment_s + ty_zone_span_at(zone, moment_s).offset_s != s;

	return moment_s * 1000 + (is_in_gap ? 0 : ms - s * 1000);
}

int64_t
node_wall_at_offset(const struct node_wall *wall, int32_t offset_s)
{
	return wall_ms(wall) - offset_s * 1000LL;
}

int
node_wall_weekday(const struct node_wall *wall)
{
	int weekday = date_weekday(floor_div(wall_ms(wall), DAY_MS));

	return weekday == 0 ? 7 : weekday;
}

int
node_wall_day_of_year(const struct node_wall *wall)
{
	struct date first = { .year = wall->year, .month = 1, .day = 1 };

	return (int)(floor_div(wall_ms(wall), DAY_MS) - date_to_days(first)) + 1;
}

int
node_wall_week(const struct node_wall *wall, int *ret_year)
{
	/* The Thursday of the week lies in the year that the week belongs to. */
	int64_t thursday = floor_div(wall_ms(wall), DAY_MS) - node_wall_weekday(wall) + 4;
	struct date date = date_from_days(thursday);
	struct date first = { .year = date.year, .month = 1, .day = 1 };

	if (ret_year != NULL)
		*ret_year = date.year;
	return (int)((thursday - date_to_days(first)) / 7) + 1;
}

int
node_wall_month_days(const struct node_wall *wall)
{
	return date_month_days(wall->year, wall->month);
}

/* ---- reading ---- */

/* 'count' digits, which *at is moved behind; false where there are fewer. */
static bool
digits(const char **at, int count, int *ret_n)
{
	int n = 0;

	for (int i = 0; i < count; i++) {
		if ((*at)[i] < '0' || (*at)[i] > '9')
			return false;
		n = n * 10 + ((*at)[i] - '0');
	}
	*at += count;
	*ret_n = n;
	return true;
}

static bool
skip(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static size_t
digit_count(const char *s)
{
	return strspn(s, "0123456789");
}

static void
set_date(struct node_wall *wall, struct date date)
{
	wall->year = date.year;
	wall->month = date.month;
	wall->day = date.day;
}

/* "2026-W07" or "2026-W07-1", from the W on. */
static bool
read_week(const char **at, bool has_dashes, struct node_wall *wall)
{
	struct node_wall fourth = { .year = wall->year, .month = 1, .day = 4 }, check;
	int week, day = 1, year;
	int64_t monday;

	if (!digits(at, 2, &week))
		return false;
	if ((!has_dashes || skip(at, '-')) && digit_count(*at) > 0 && !digits(at, 1, &day))
		return false;
	if (week < 1 || day < 1 || day > 7)
		return false;
	monday = floor_div(wall_ms(&fourth), DAY_MS) - node_wall_weekday(&fourth) + 1;
	set_date(wall, date_from_days(monday + 7LL * (week - 1) + day - 1));
	check = *wall;
	/* A year without a week 53 has none. */
	return node_wall_week(&check, &year) == week && year == fourth.year;
}

static bool
read_ordinal(const char **at, struct node_wall *wall)
{
	struct date first = { .year = wall->year, .month = 1, .day = 1 }, date;
	int day;

	if (!digits(at, 3, &day) || day < 1)
		return false;
	date = date_from_days(date_to_days(first) + day - 1);
	if (date.year != wall->year)
		return false;
	set_date(wall, date);
	return true;
}

static bool
read_date(const char **at, struct node_wall *wall)
{
	bool has_dashes;
	size_t left;

	if (!digits(at, 4, &wall->year) || wall->year < 1)
		return false;
	has_dashes = skip(at, '-');
	if (skip(at, 'W'))
		return read_week(at, has_dashes, wall);
	left = digit_count(*at);
	if (left == 3)
		return read_ordinal(at, wall);
	if (left == 0 && !has_dashes)
		return true; /* a year alone */
	if (!digits(at, 2, &wall->month))
		return false;
	if (!has_dashes)
		return digits(at, 2, &wall->day);
	return !skip(at, '-') || digits(at, 2, &wall->day);
}

/* Digits behind the point or comma; what is beyond a millisecond is dropped. */
static bool
read_fraction(const char **at, int *ret_ms)
{
	size_t count = digit_count(*at);
	int ms = 0;

	if (count == 0)
		return false;
	for (size_t i = 0; i < 3; i++)
		ms = ms * 10 + (i < count ? (*at)[i] - '0' : 0);
	*at += count;
	*ret_ms = ms;
	return true;
}

static bool
read_time(const char **at, struct node_wall *wall)
{
	bool has_colons;

	if (!digits(at, 2, &wall->hour))
		return false;
	has_colons = skip(at, ':');
	if (!has_colons && digit_count(*at) == 0)
		return true;
	if (!digits(at, 2, &wall->minute))
		return false;
	if (has_colons ? !skip(at, ':') : digit_count(*at) == 0)
		return true;
	if (!digits(at, 2, &wall->second))
		return false;
	if (skip(at, '.') || skip(at, ','))
		return read_fraction(at, &wall->ms);
	return true;
}

/* "Z", "+01:00", "+0100", "+01"; false where there is none, with *at unmoved, or a broken one. */
static bool
read_offset(const char **at, int32_t *ret_offset_s)
{
	int hours, minutes = 0;
	bool is_west = **at == '-';

	*ret_offset_s = 0;
	if (skip(at, 'Z') || skip(at, 'z'))
		return true;
	if (!skip(at, '+') && !skip(at, '-'))
		return false;
	if (!digits(at, 2, &hours))
		return false;
	if (skip(at, ':') ? !digits(at, 2, &minutes)
			  : digit_count(*at) > 0 && !digits(at, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*ret_offset_s = (is_west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool
read_iso(const struct ty_zone *zone, const char *text, int64_t *ret_ms)
{
	struct node_wall wall = { .month = 1, .day = 1 };
	bool has_time, has_offset, is_24 = false;
	int32_t offset_s;

	if (!read_date(&text, &wall))
		return false;
	has_time = *text == 'T' || *text == 't' || (*text == ' ' && digit_count(text + 1) > 0);
	if (has_time) {
		text++;
		if (!read_time(&text, &wall))
			return false;
	}
	if (has_time)
		text += *text == ' ' && strchr("+-Z", text[1]) != NULL && text[1] != '\0';
	has_offset = has_time && *text != '\0';
	if (has_offset && !read_offset(&text, &offset_s))
		return false;
	/* Midnight at the end of a day. */
	if (wall.hour == 24 && wall.minute == 0 && wall.second == 0 && wall.ms == 0) {
		wall.hour = 0;
		is_24 = true;
	}
	if (*text != '\0' || !node_wall_is_valid(&wall))
		return false;
	if (is_24)
		wall = wall_of(wall_ms(&wall) + DAY_MS);
	*ret_ms = has_offset ? node_wall_at_offset(&wall, offset_s) : node_wall_moment(zone, &wall);
	return true;
}

/* ---- reading: HTTP and e-mail (RFC 9110, 5.6.7; RFC 5322, 3.3) ---- */

static bool
read_month(const char **at, int *ret_month)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(months); i++)
		if (strncasecmp(*at, months[i], 3) == 0) {
			*at += 3;
			*ret_month = (int)i + 1;
			return true;
		}
	return false;
}

static bool
read_mail(const char *text, int64_t *ret_ms)
{
	const char *comma = strchr(text, ',');
	struct node_wall wall = { .ms = 0 };
	int32_t offset_s = 0;

	if (comma != NULL && comma - text == 3)
		text = comma + 1 + strspn(comma + 1, " ");
	if (!digits(&text, digit_count(text) == 1 ? 1 : 2, &wall.day) || !skip(&text, ' ') ||
	    !read_month(&text, &wall.month) || !skip(&text, ' ') || !digits(&text, 4, &wall.year) ||
	    !skip(&text, ' ') || !digits(&text, 2, &wall.hour) || !skip(&text, ':') ||
	    !digits(&text, 2, &wall.minute))
		return false;
	if (skip(&text, ':') && !digits(&text, 2, &wall.second))
		return false;
	if (!skip(&text, ' '))
		return false;
	if (strcmp(text, "GMT") == 0 || strcmp(text, "UT") == 0)
		text = "";
	else if (!read_offset(&text, &offset_s))
		return false;
	if (*text != '\0' || !node_wall_is_valid(&wall))
		return false;
	*ret_ms = node_wall_at_offset(&wall, offset_s);
	return true;
}

bool
node_moment_read(const struct ty_zone *zone, const char *text, int64_t *ret_ms)
{
	return read_iso(zone, text, ret_ms) || read_mail(text, ret_ms);
}

/* ---- arithmetic ---- */

static bool
is_in_range(int64_t ms)
{
	return ms >= NODE_MOMENT_MIN_MS && ms <= NODE_MOMENT_MAX_MS;
}

static const struct {
	int months, days;
	int64_t ms;
} units[] = {
	[NODE_UNIT_YEARS] = { .months = 12 },	[NODE_UNIT_QUARTERS] = { .months = 3 },
	[NODE_UNIT_MONTHS] = { .months = 1 },	[NODE_UNIT_WEEKS] = { .days = 7 },
	[NODE_UNIT_DAYS] = { .days = 1 },	[NODE_UNIT_HOURS] = { .ms = 3600000 },
	[NODE_UNIT_MINUTES] = { .ms = 60000 },	[NODE_UNIT_SECONDS] = { .ms = 1000 },
	[NODE_UNIT_MILLISECONDS] = { .ms = 1 },
};

/* More of any unit than the years that texts have. */
#define COUNT_MAX 400000000000000LL

static struct node_wall
wall_add_months(struct node_wall wall, int64_t months)
{
	int64_t month = wall.year * 12LL + wall.month - 1 + months;
	int64_t year = floor_div(month, 12);

	if (year < -1 || year > 10001)
		return (struct node_wall){ .year = 0 };
	wall.year = (int)year;
	wall.month = (int)(month - year * 12) + 1;
	if (wall.day > node_wall_month_days(&wall))
		wall.day = node_wall_month_days(&wall);
	return wall;
}

bool
node_moment_add(const struct ty_zone *zone, int64_t ms, enum node_unit unit, int64_t count,
		int64_t *ret_ms)
{
	struct node_wall wall;
	int64_t to;

	if (count > COUNT_MAX || count < -COUNT_MAX)
		return false;
	if (units[unit].ms > 0) {
		if (__builtin_mul_overflow(count, units[unit].ms, &to) ||
		    __builtin_add_overflow(to, ms, &to) || !is_in_range(to))
			return false;
		*ret_ms = to;
		return true;
	}
	wall = node_moment_wall(zone, ms, NULL);
	if (units[unit].months > 0) {
		if (count > 200000 || count < -200000)
			return false;
		wall = wall_add_months(wall, count * units[unit].months);
	} else {
		if (count > 4000000 || count < -4000000)
			return false;
		wall = wall_of(wall_ms(&wall) + count * units[unit].days * DAY_MS);
	}
	if (!node_wall_is_valid(&wall))
		return false;
	*ret_ms = node_wall_moment(zone, &wall);
	return true;
}

int64_t
node_moment_floor(const struct ty_zone *zone, int64_t ms, enum node_unit unit)
{
	struct node_wall wall;

	/* Below an hour all zones of today agree; an hour is the clock's, for those at half an hour. */
	if (unit >= NODE_UNIT_MINUTES)
		return floor_div(ms, units[unit].ms) * units[unit].ms;
	wall = node_moment_wall(zone, ms, NULL);
	if (unit == NODE_UNIT_HOURS) {
		int64_t into = wall.minute * 60000LL + wall.second * 1000LL + wall.ms;

		return ms - into;
	}
	wall.hour = wall.minute = wall.second = wall.ms = 0;
	if (unit == NODE_UNIT_WEEKS)
		wall = wall_of(wall_ms(&wall) - (node_wall_weekday(&wall) - 1) * DAY_MS);
	if (units[unit].months > 0)
		wall.day = 1;
	if (unit == NODE_UNIT_YEARS)
		wall.month = 1;
	if (unit == NODE_UNIT_QUARTERS)
		wall.month -= (wall.month - 1) % 3;
	return node_wall_moment(zone, &wall);
}

int64_t
node_moment_between(const struct ty_zone *zone, int64_t from, int64_t to, enum node_unit unit)
{
	struct node_wall a, b;
	int64_t count, at;

	if (units[unit].ms > 0)
		return (to - from) / units[unit].ms;
	a = node_moment_wall(zone, from, NULL);
	b = node_moment_wall(zone, to, NULL);
	if (units[unit].days > 0)
		return (wall_ms(&b) - wall_ms(&a)) / (units[unit].days * DAY_MS);
	count = ((b.year - a.year) * 12LL + b.month - a.month) / units[unit].months;
	/* One fewer where the last of them is not over. */
	while (count > 0 && (!node_moment_add(zone, from, unit, count, &at) || at > to))
		count--;
	while (count < 0 && (!node_moment_add(zone, from, unit, count, &at) || at < to))
		count++;
	return count;
}
