/*
 * date.h -- days of the Gregorian calendar, counted from 1970-01-01.
 */
#ifndef TY_SCHEDULE_DATE_H
#define TY_SCHEDULE_DATE_H

#include "base/defs.h"

#define DAY_S 86400LL

struct date {
	int year, month, day; /* month 1 to 12 */
};

/* The day's number; the arithmetic is of years that begin in March, so that a leap day is the last. */
static inline int64_t
date_to_days(struct date d)
{
	int64_t year = d.month <= 2 ? d.year - 1 : d.year;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static inline struct date
date_from_days(int64_t days)
{
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t day = shifted - era * 146097;
	int64_t of_era = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
	int64_t month = (5 * of_year + 2) / 153;
	struct date d = {
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(of_year - (153 * month + 2) / 5 + 1),
	};

	d.year = (int)(of_era + era * 400 + (d.month <= 2));
	return d;
}

/* Rounded down. */
static inline int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* 0 = Sunday */
static inline int
date_weekday(int64_t days)
{
	return (int)(((days + 4) % 7 + 7) % 7);
}

static inline int
date_month_days(int year, int month)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return lengths[month - 1] + (month == 2 && is_leap);
}

#endif
