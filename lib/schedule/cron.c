/*
 * cron.c -- which days and times of day an expression means; cron_parse.c reads it.
 */
#include "cron.h"

#include "date.h"

/* ---- days ---- */

/* The bits from..to, both included. */
static uint64_t
bits(int from, int to)
{
	return (~0ULL >> (63 - (to - from))) << from;
}

/* The weekday (Monday to Friday) nearest to a day, within its month. */
static int
nearest_weekday(int64_t first, int length, int day)
{
	int weekday = date_weekday(first + day - 1);

	if (weekday == 6)
		return day > 1 ? day - 1 : day + 2;
	if (weekday == 0)
		return day < length ? day + 1 : day - 2;
	return day;
}

static uint64_t
days_by_number(const struct cron *cron, int64_t first, int length)
{
	uint64_t days = cron->days & bits(1, length);
	int weekday = date_weekday(first + length - 1);

	for (int n = 0; n < length; n++)
		if (cron->from_end >> n & 1)
			days |= 1ULL << (length - n);
	for (int n = 1; n <= length; n++)
		if (cron->nearest >> n & 1)
			days |= 1ULL << nearest_weekday(first, length, n);
	if (cron->last_weekday)
		days |= 1ULL << (length - (weekday == 6 ? 1 : weekday == 0 ? 2 : 0));
	return days;
}

static uint64_t
days_by_weekday(const struct cron *cron, int64_t first, int length)
{
	uint64_t days = 0;

	for (int day = 1; day <= length; day++) {
		int weekday = date_weekday(first + day - 1);
		uint64_t kinds = cron->weekdays | cron->nth[(day - 1) / 7 + 1];

		if (day + 7 > length)
			kinds |= cron->last_of_kind;
		if (kinds >> weekday & 1)
			days |= 1ULL << day;
	}
	return days;
}

/* The days of a month on which it runs: bit 1 = the first. */
static uint64_t
days_of(const struct cron *cron, int year, int month)
{
	int length = date_month_days(year, month);
	int64_t first = date_to_days((struct date){ year, month, 1 });

	if ((cron->months >> month & 1) == 0)
		return 0;
	if (cron->is_any_day && cron->is_any_weekday)
		return bits(1, length);
	if (cron->is_any_day)
		return days_by_weekday(cron, first, length);
	if (cron->is_any_weekday)
		return days_by_number(cron, first, length);
	/* A day matches by either field where both are restricted. */
	return days_by_number(cron, first, length) | days_by_weekday(cron, first, length);
}

/* The first day at or after one, before 'until'. */
static bool
next_day(const struct cron *cron, int64_t from, int64_t until, int64_t *ret_day)
{
	struct date d = date_from_days(from);

	while (date_to_days((struct date){ d.year, d.month, 1 }) < until) {
		uint64_t days = days_of(cron, d.year, d.month) & (~0ULL << d.day);

		if (days != 0) {
			d.day = __builtin_ctzll(days);
			*ret_day = date_to_days(d);
			return true;
		}
		d = (struct date){ d.year + d.month / 12, d.month % 12 + 1, 1 };
	}
	return false;
}

/* ---- times of day ---- */

/* The first set bit at or after 'from'; -1 = none. */
static int
next_bit(uint64_t set, int from)
{
	uint64_t rest = from > 63 ? 0 : set & (~0ULL << from);

	return rest == 0 ? -1 : __builtin_ctzll(rest);
}

static int
first_bit(uint64_t set)
{
	return __builtin_ctzll(set);
}

/* The first time of day, in seconds, at or after one; -1 = none of that day. */
static int
next_time(const struct cron *cron, int time_s)
{
	int hour = time_s / 3600, minute = time_s / 60 % 60, second = time_s % 60;
	int h = next_bit(cron->hours, hour), m = -1, s = -1;

	if (h == hour) {
		m = next_bit(cron->minutes, minute);
		if (m == minute) {
			s = next_bit(cron->seconds, second);
			if (s < 0)
				m = next_bit(cron->minutes, minute + 1);
		}
		if (m < 0)
			h = next_bit(cron->hours, hour + 1);
	}
	if (h < 0)
		return -1;
	if (m < 0)
		m = first_bit(cron->minutes);
	if (s < 0)
		s = first_bit(cron->seconds);
	return h * 3600 + m * 60 + s;
}

bool
cron_next(const struct cron *cron, int64_t wall_s, int64_t until_s, int64_t *ret_wall_s)
{
	int64_t day = floor_div(wall_s, DAY_S), until = floor_div(until_s, DAY_S) + 1, found;
	int time = (int)(wall_s - day * DAY_S);

	for (; next_day(cron, day, until, &found); day = found + 1, time = 0) {
		int t = next_time(cron, found == day ? time : 0);

		if (t >= 0) {
			*ret_wall_s = found * DAY_S + t;
			return *ret_wall_s < until_s;
		}
	}
	return false;
}
