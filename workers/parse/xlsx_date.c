/*
 * xlsx_date.c -- days as spreadsheets count them.
 *
 * Day 1 is 1900-01-01, and day 60 a 29th of February 1900 that Lotus 1-2-3 had and Excel kept: from day 61 on dates are
 * right if day 0 is 1899-12-30.  In workbooks of old Macs day 0 is 1904-01-01.
 */
#include "xlsx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_MAX	  2958465 /* 9999-12-31 */
#define DAY_MS	  86400000
#define DAYS_1904 1462 /* from 1899-12-30 */

struct date {
	int year, month, day;
};

/* Days since 1899-12-30, and back: the calendar counted from March, so that the odd day is a year's last. */
static struct date
date_of(int64_t days)
{
	int64_t z = days + 693899, era, doe, yoe, doy, mp;
	struct date date;

	/* 693899 days lie between 0000-03-01 and 1899-12-30. */
	era = z / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	date.day = (int)(doy - (153 * mp + 2) / 5 + 1);
	date.month = (int)(mp < 10 ? mp + 3 : mp - 9);
	date.year = (int)(yoe + era * 400 + (date.month <= 2));
	return date;
}

static int64_t
days_of(const struct date *date)
{
	int64_t y = date->year - (date->month <= 2), era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * (date->month + (date->month > 2 ? -3 : 9)) + 2) / 5 + date->day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 693899;
}

static size_t
time_format(int64_t ms, char *out, size_t size)
{
	int seconds = (int)(ms / 1000), rest = (int)(ms % 1000);
	int n = snprintf(out, size, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
			 seconds % 60);

	if (rest != 0)
		n += snprintf(out + n, size - (size_t)n, ".%03d", rest);
	return (size_t)n;
}

bool
xlsx_date_format(double serial, enum xlsx_kind kind, bool is_1904, char out[XLSX_DATE_SIZE])
{
	int64_t days, ms;
	struct date date;
	int n;

	if (!(serial >= 0) || serial >= DAY_MAX + 1)
		return false;
	days = (int64_t)floor(serial);
	/* To the millisecond, since a fraction of a day is seldom exact. */
	ms = (int64_t)llround((serial - (double)days) * DAY_MS);
	if (ms == DAY_MS) {
		days++;
		ms = 0;
	}
	if (kind == XLSX_TIME || (days == 0 && !is_1904)) {
		time_format(ms, out, XLSX_DATE_SIZE);
		return true;
	}
	if (is_1904) {
		date = date_of(days + DAYS_1904);
	} else if (days == 60) {
		date = (struct date){ 1900, 2, 29 };
	} else {
		date = date_of(days < 60 ? days + 1 : days);
	}
	n = snprintf(out, XLSX_DATE_SIZE, "%04d-%02d-%02d", date.year, date.month, date.day);
	if (kind == XLSX_DATE_TIME || ms != 0) {
		out[n++] = 'T';
		time_format(ms, out + n, XLSX_DATE_SIZE - (size_t)n);
	}
	return true;
}

static bool
is_date(const struct date *date)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leaps = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);

	return date->year >= 1900 && date->month >= 1 && date->month <= 12 && date->day >= 1 &&
	       date->day <= days[date->month - 1] + (leaps && date->month == 2);
}

/* "10:00", "10:00:05", "10:00:05.5", maybe with a Z: the wall's time is what a spreadsheet shows. */
static bool
time_parse(const char *text, double *ret_day)
{
	double hours, minutes, seconds = 0;
	int n = 0;

	if (sscanf(text, "%2lf:%2lf%n", &hours, &minutes, &n) != 2 || n != 5)
		return false;
	text += n;
	n = 0;
	if (*text == ':' && (sscanf(text + 1, "%9lf%n", &seconds, &n) != 1 || n < 2))
		return false;
	text += *text == ':' ? n + 1 : 0;
	if (*text == 'Z')
		text++;
	*ret_day = (hours * 3600 + minutes * 60 + seconds) / 86400;
	return *text == '\0' && hours < 24 && minutes < 60 && seconds < 60 && *ret_day >= 0;
}

bool
xlsx_date_parse(const char *text, double *ret_serial, bool *ret_has_time)
{
	struct date date;
	double day = 0;
	int64_t days;
	int n = 0;

	if (strspn(text, "0123456789") != 4 ||
	    sscanf(text, "%4d-%2d-%2d%n", &date.year, &date.month, &date.day, &n) != 3 || n != 10 ||
	    !is_date(&date))
		return false;
	*ret_has_time = text[n] == 'T' || text[n] == ' ';
	if (text[n] != '\0' && (!*ret_has_time || !time_parse(text + n + 1, &day)))
		return false;
	days = days_of(&date);
	*ret_serial = (double)(days > 60 ? days : days - 1) + day;
	return true;
}
