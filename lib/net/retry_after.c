/*
 * retry_after.c -- when a server asks to be called again: Retry-After (RFC 9110, 10.2.3).
 *
 * All of its legal forms are read: seconds, and an HTTP-date in each of the three forms of RFC 9110,
 * 5.6.7.  Fractions of seconds, which the RFC does not know, are sent by servers all the same.
 */
#include "net/http.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Seconds that fit in milliseconds whatever is added to them: thirty thousand years. */
#define SECONDS_MAX INT64_C(1000000000000)

static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const day_names[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					 "Thursday", "Friday", "Saturday" };

/* ---- seconds ---- */

static bool
seconds_parse(const char *s, int64_t *ret_ms)
{
	int64_t seconds = 0, ms = 0;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++)
		seconds = seconds < SECONDS_MAX ? seconds * 10 + (*s - '0') : SECONDS_MAX;
	if (*s == '.' && isdigit((unsigned char)s[1])) {
		s++;
		for (int64_t scale = 100; isdigit((unsigned char)*s); s++, scale /= 10)
			ms += (*s - '0') * scale;
	}
	if (*s != '\0')
		return false;
	*ret_ms = (seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * 1000 + ms;
	return true;
}

/* ---- dates ---- */

static bool
take(const char **s, const char *text)
{
	size_t len = strlen(text);

	if (strncasecmp(*s, text, len) != 0)
		return false;
	*s += len;
	return true;
}

static bool
take_digits(const char **s, int digits, int *ret_n)
{
	*ret_n = 0;
	for (int i = 0; i < digits; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return false;
		*ret_n = *ret_n * 10 + (**s - '0');
	}
	return true;
}

static bool
take_month(const char **s, struct tm *tm)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(month_names); i++)
		if (take(s, month_names[i])) {
			tm->tm_mon = (int)i;
			return true;
		}
	return false;
}

static bool
take_clock(const char **s, struct tm *tm)
{
	return take_digits(s, 2, &tm->tm_hour) && take(s, ":") && take_digits(s, 2, &tm->tm_min) &&
	       take(s, ":") && take_digits(s, 2, &tm->tm_sec) && tm->tm_hour < 24 &&
	       tm->tm_min < 60 && tm->tm_sec <= 60;
}

/* "Sun", or "Sunday" where 'is_whole'.  Which day it was the date itself says. */
static bool
take_day_name(const char **s, bool is_whole)
{
	char day[4];

	for (size_t i = 0; i < TY_ARRAY_COUNT(day_names); i++) {
		memcpy(day, day_names[i], 3);
		day[3] = '\0';
		if (take(s, is_whole ? day_names[i] : day))
			return true;
	}
	return false;
}

static bool
take_end(const char **s)
{
	return (take(s, " GMT") || take(s, " UTC")) && **s == '\0';
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool
imf_parse(const char *s, struct tm *tm)
{
	if (!take_day_name(&s, false) || !take(&s, ", ") || !take_digits(&s, 2, &tm->tm_mday) ||
	    !take(&s, " ") || !take_month(&s, tm) || !take(&s, " ") ||
	    !take_digits(&s, 4, &tm->tm_year) || !take(&s, " ") || !take_clock(&s, tm))
		return false;
	return take_end(&s);
}

/* Sunday, 06-Nov-94 08:49:37 GMT: a year over fifty years ahead is of the century before. */
static bool
rfc850_parse(const char *s, int year_now, struct tm *tm)
{
	if (!take_day_name(&s, true) || !take(&s, ", ") || !take_digits(&s, 2, &tm->tm_mday) ||
	    !take(&s, "-") || !take_month(&s, tm) || !take(&s, "-") ||
	    !take_digits(&s, 2, &tm->tm_year) || !take(&s, " ") || !take_clock(&s, tm))
		return false;
	tm->tm_year += year_now / 100 * 100;
	if (tm->tm_year > year_now + 50)
		tm->tm_year -= 100;
	else if (tm->tm_year <= year_now - 50)
		tm->tm_year += 100;
	return take_end(&s);
}

/* Sun Nov  6 08:49:37 1994 */
static bool
asctime_parse(const char *s, struct tm *tm)
{
	if (!take_day_name(&s, false) || !take(&s, " ") || !take_month(&s, tm) || !take(&s, " "))
		return false;
	if (!(take(&s, " ") ? take_digits(&s, 1, &tm->tm_mday) : take_digits(&s, 2, &tm->tm_mday)))
		return false;
	return take(&s, " ") && take_clock(&s, tm) && take(&s, " ") &&
	       take_digits(&s, 4, &tm->tm_year) && *s == '\0';
}

static int
year_of(int64_t ms)
{
	time_t sec = (time_t)(ms / 1000);
	struct tm tm;

	return gmtime_r(&sec, &tm) != NULL ? tm.tm_year + 1900 : 1970;
}

static bool
date_parse(const char *s, int64_t now_ms, int64_t *ret_ms)
{
	struct tm imf = { 0 }, rfc850 = { 0 }, ansi = { 0 }, tm, check;
	time_t sec;

	if (imf_parse(s, &imf))
		tm = imf;
	else if (rfc850_parse(s, year_of(now_ms), &rfc850))
		tm = rfc850;
	else if (asctime_parse(s, &ansi))
		tm = ansi;
	else
		return false;
	tm.tm_year -= 1900;
	check = tm;
	check.tm_sec = 0; /* a leap second is 60, which timegm() carries */
	sec = timegm(&check);
	if (tm.tm_mday < 1 || check.tm_mon != tm.tm_mon)
		return false; /* 31 June became 1 July */
	*ret_ms = ((int64_t)sec + tm.tm_sec) * 1000;
	return true;
}

/* ---- the header ---- */

bool
ty_net_retry_after(const char *text, const char *date, int64_t now_ms, int64_t *ret_ms)
{
	int64_t at_ms, server_ms;
	char trimmed[64];
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	if (len >= sizeof(trimmed))
		return false;
	memcpy(trimmed, text, len);
	trimmed[len] = '\0';
	if (seconds_parse(trimmed, ret_ms))
		return true;
	if (!date_parse(trimmed, now_ms, &at_ms))
		return false;
	/* The server's own clock is the one that it named the date by. */
	if (ty_str_is_blank(date) || !date_parse(date, now_ms, &server_ms))
		server_ms = now_ms;
	*ret_ms = at_ms > server_ms ? at_ms - server_ms : 0;
	return true;
}
