/*
 * time.c -- clocks, and RFC 3339 without the C library's time zones.
 */
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
clock_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
ty_time_now_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000;
}

int64_t
ty_time_mono_ms(void)
{
	return clock_us(CLOCK_MONOTONIC) / 1000;
}

void
ty_time_format(int64_t ms, char *out)
{
	time_t sec = (time_t)(ms / 1000);
	int64_t rest = ms % 1000;
	struct tm tm;

	if (rest < 0) {
		rest += 1000;
		sec--;
	}
	/* Years beyond four digits have no RFC 3339 form. */
	if (gmtime_r(&sec, &tm) == NULL || tm.tm_year > 9999 - 1900 || tm.tm_year < -1900) {
		memcpy(out, "0000-01-01T00:00:00.000Z", TY_TIME_TEXT_SIZE);
		return;
	}
	snprintf(out, TY_TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		 (unsigned)tm.tm_sec % 100, (unsigned)rest % 1000);
}

/* 'digits' digits at *s; moves *s on. */
static bool
take_number(const char **s, int digits, int *ret_n)
{
	int n = 0;

	for (int i = 0; i < digits; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		n = n * 10 + (**s - '0');
	}
	*ret_n = n;
	return true;
}

static bool
take_char(const char **s, char a, char b)
{
	if (**s != a && **s != b)
		return false;
	(*s)++;
	return true;
}

/* ".123456" (optional) as milliseconds. */
static bool
take_fraction(const char **s, int *ret_ms)
{
	int ms = 0, scale = 100;

	*ret_ms = 0;
	if (**s != '.')
		return true;
	(*s)++;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, scale /= 10)
		ms += (**s - '0') * scale;
	*ret_ms = ms;
	return true;
}

static bool
take_offset(const char **s, int *ret_minutes)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes;

	if (take_char(s, 'Z', 'z')) {
		*ret_minutes = 0;
		return true;
	}
	if (!take_char(s, '+', '-') || !take_number(s, 2, &hours) || !take_char(s, ':', ':') ||
	    !take_number(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_minutes = sign * (hours * 60 + minutes);
	return true;
}

bool
ty_time_parse(const char *s, int64_t *ret_ms)
{
	struct tm tm = { 0 }, check;
	int year, month, ms, offset;
	time_t sec;

	if (!take_number(&s, 4, &year) || !take_char(&s, '-', '-') || !take_number(&s, 2, &month) ||
	    !take_char(&s, '-', '-') || !take_number(&s, 2, &tm.tm_mday) ||
	    !take_char(&s, 'T', ' ') || !take_number(&s, 2, &tm.tm_hour) ||
	    !take_char(&s, ':', ':') || !take_number(&s, 2, &tm.tm_min) ||
	    !take_char(&s, ':', ':') || !take_number(&s, 2, &tm.tm_sec) ||
	    !take_fraction(&s, &ms) || !take_offset(&s, &offset) || *s != '\0')
		return false;
	if (month < 1 || month > 12 || tm.tm_mday < 1 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	check = tm;
	sec = timegm(&check);
	if (check.tm_mon != month - 1)
		return false; /* 31 June became 1 July */
	*ret_ms = ((int64_t)sec - offset * 60) * 1000 + ms;
	return true;
}
