/*
 * date_format.c -- see date_format.h.  One table of tokens writes and reads.
 */
#include "nodes/date_format.h"

#include "base/err.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const months[] = { "January",   "February", "March",	   "April",
				      "May",	   "June",     "July",	   "August",
				      "September", "October",  "November", "December" };
static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
				    "Friday", "Saturday", "Sunday" };

enum field {
	YEAR,
	YEAR_SHORT,
	MONTH,
	MONTH_NAME,
	DAY,
	DAY_NAME,
	HOUR,
	HOUR_12,
	HALF,
	MINUTE,
	SECOND,
	FRACTION,
	OFFSET,
	ZONE_NAME,
	WEEKDAY,
	WEEK,
	WEEK_YEAR,
	DAY_OF_YEAR,
	QUARTER,
	UNIX_S,
	UNIX_MS,
};

/* 'width' of numbers: digits at least; of names: letters, 0 = all; of offsets: 1 "+1", 2 "+01:00", 3 "+0100". */
static const struct token {
	const char *name;
	enum field field;
	int width;
	bool is_read;
} tokens[] = {
	{ "yyyyyy", YEAR, 6, false },	 { "yyyy", YEAR, 4, true },
	{ "yy", YEAR_SHORT, 2, true },	 { "y", YEAR, 1, true },
	{ "MMMM", MONTH_NAME, 0, true }, { "MMM", MONTH_NAME, 3, true },
	{ "MM", MONTH, 2, true },	 { "M", MONTH, 1, true },
	{ "LLLL", MONTH_NAME, 0, true }, { "LLL", MONTH_NAME, 3, true },
	{ "LL", MONTH, 2, true },	 { "L", MONTH, 1, true },
	{ "dd", DAY, 2, true },		 { "d", DAY, 1, true },
	{ "EEEE", DAY_NAME, 0, true },	 { "EEE", DAY_NAME, 3, true },
	{ "cccc", DAY_NAME, 0, true },	 { "ccc", DAY_NAME, 3, true },
	{ "E", WEEKDAY, 1, false },	 { "c", WEEKDAY, 1, false },
	{ "HH", HOUR, 2, true },	 { "H", HOUR, 1, true },
	{ "hh", HOUR_12, 2, true },	 { "h", HOUR_12, 1, true },
	{ "a", HALF, 0, true },		 { "mm", MINUTE, 2, true },
	{ "m", MINUTE, 1, true },	 { "ss", SECOND, 2, true },
	{ "s", SECOND, 1, true },	 { "SSS", FRACTION, 3, true },
	{ "u", FRACTION, 3, true },	 { "S", FRACTION, 1, false },
	{ "ZZZ", OFFSET, 3, true },	 { "ZZ", OFFSET, 2, true },
	{ "Z", OFFSET, 1, false },	 { "z", ZONE_NAME, 0, false },
	{ "WW", WEEK, 2, false },	 { "W", WEEK, 1, false },
	{ "kkkk", WEEK_YEAR, 4, false }, { "ooo", DAY_OF_YEAR, 3, false },
	{ "o", DAY_OF_YEAR, 1, false },	 { "qq", QUARTER, 2, false },
	{ "q", QUARTER, 1, false },	 { "X", UNIX_S, 1, true },
	{ "x", UNIX_MS, 1, true },
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A run of one letter is one token, or none. */
static const struct token *
token_at(const char *at, size_t *ret_len)
{
	size_t len = 1;

	while (at[len] == at[0])
		len++;
	*ret_len = len;
	for (size_t i = 0; i < TY_ARRAY_COUNT(tokens); i++)
		if (strlen(tokens[i].name) == len && strncmp(tokens[i].name, at, len) == 0)
			return &tokens[i];
	return NULL;
}

/* The text in quotes that *at begins with; *at is moved behind it.  False: it is not closed. */
static bool
quoted(const char **at, const char **ret_text, size_t *ret_len)
{
	const char *close = strchr(*at + 1, '\'');

	if (close == NULL)
		return false;
	*ret_text = *at + 1;
	*ret_len = (size_t)(close - *at - 1);
	*at = close + 1;
	return true;
}

static enum ty_code
no_token(const char *at, size_t len, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "\"%.*s\" is no part of a date", (int)(len < 40 ? len : 40),
		   at);
	return ty_err_hint(err, "Put letters that stand for themselves in single quotes; yyyy, MM, "
				"dd, HH, mm and ss are the parts most used.");
}

static enum ty_code
no_close(struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "a quote in the pattern is not closed");
	return ty_err_hint(err, "Write 'text' with a quote at both ends.");
}

/* ---- writing ---- */

static void
write_offset(struct ty_buf *out, int width, int32_t offset_s)
{
	int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;

	ty_buf_add_char(out, offset_s < 0 ? '-' : '+');
	if (width == 1) {
		ty_buf_printf(out, "%d", minutes / 60);
		if (minutes % 60 != 0)
			ty_buf_printf(out, ":%02d", minutes % 60);
		return;
	}
	ty_buf_printf(out, width == 2 ? "%02d:%02d" : "%02d%02d", minutes / 60, minutes % 60);
}

static void
write_name(struct ty_buf *out, const char *name, int width)
{
	ty_buf_add(out, name, width == 0 ? strlen(name) : (size_t)width);
}

/* A date that is written: its parts, and where they are from. */
struct written {
	const struct ty_zone *zone;
	int64_t ms;
	struct node_wall wall;
	int32_t offset_s;
};

static int64_t
number_of(const struct written *w, enum field field)
{
	const struct node_wall *wall = &w->wall;
	int year;

	switch (field) {
	case YEAR:
		return wall->year;
	case YEAR_SHORT:
		return wall->year % 100;
	case MONTH:
		return wall->month;
	case DAY:
		return wall->day;
	case HOUR:
		return wall->hour;
	case HOUR_12:
		return wall->hour % 12 == 0 ? 12 : wall->hour % 12;
	case MINUTE:
		return wall->minute;
	case SECOND:
		return wall->second;
	case FRACTION:
		return wall->ms;
	case WEEKDAY:
		return node_wall_weekday(wall);
	case WEEK:
		return node_wall_week(wall, NULL);
	case WEEK_YEAR:
		node_wall_week(wall, &year);
		return year;
	case DAY_OF_YEAR:
		return node_wall_day_of_year(wall);
	case QUARTER:
		return (wall->month - 1) / 3 + 1;
	case UNIX_S:
		return w->ms >= 0 ? w->ms / 1000 : -((999 - w->ms) / 1000);
	default:
		return w->ms;
	}
}

static void
write_token(struct ty_buf *out, const struct written *w, const struct token *token)
{
	switch (token->field) {
	case MONTH_NAME:
		write_name(out, months[w->wall.month - 1], token->width);
		return;
	case DAY_NAME:
		write_name(out, days[node_wall_weekday(&w->wall) - 1], token->width);
		return;
	case HALF:
		ty_buf_add_str(out, w->wall.hour < 12 ? "AM" : "PM");
		return;
	case OFFSET:
		write_offset(out, token->width, w->offset_s);
		return;
	case ZONE_NAME:
		ty_buf_add_str(out, ty_zone_name(w->zone));
		return;
	default:
		ty_buf_printf(out, "%0*lld", token->width, (long long)number_of(w, token->field));
	}
}

enum ty_code
node_date_format(const struct ty_zone *zone, int64_t ms, const char *pattern, struct ty_buf *out,
		 struct ty_err *err)
{
	struct written w = { .zone = zone, .ms = ms };

	w.wall = node_moment_wall(zone, ms, &w.offset_s);
	while (*pattern != '\0') {
		const struct token *token;
		const char *text;
		size_t len;

		if (*pattern == '\'') {
			if (!quoted(&pattern, &text, &len))
				return no_close(err);
			ty_buf_add(out, text, len);
			continue;
		}
		if (!is_letter(*pattern)) {
			ty_buf_add_char(out, *pattern++);
			continue;
		}
		token = token_at(pattern, &len);
		if (token == NULL)
			return no_token(pattern, len, err);
		write_token(out, &w, token);
		pattern += len;
	}
	return TY_OK;
}

void
node_date_iso(const struct ty_zone *zone, int64_t ms, char out[NODE_DATE_ISO_SIZE])
{
	int32_t offset_s;
	struct node_wall w = node_moment_wall(zone, ms, &offset_s);
	int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
	int len = snprintf(out, NODE_DATE_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03d",
			   w.year % 10000, w.month, w.day, w.hour, w.minute, w.second, w.ms);

	if (ty_str_eq(ty_zone_name(zone), "UTC"))
		snprintf(out + len, NODE_DATE_ISO_SIZE - (size_t)len, "Z");
	else
		snprintf(out + len, NODE_DATE_ISO_SIZE - (size_t)len, "%c%02d:%02d",
			 offset_s < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
}

/* ---- reading ---- */

struct reading {
	struct node_wall wall;
	bool has_half, is_pm, has_offset, has_moment;
	int32_t offset_s;
	int64_t ms;
};

/* Read as many digits as there are, up to 'most', at least 'least'. */
static bool
read_number(const char **at, size_t least, size_t most, int64_t *ret_n)
{
	int64_t n = 0;
	size_t count = 0;

	for (; count < most && **at >= '0' && **at <= '9'; count++)
		n = n * 10 + (*(*at)++ - '0');
	*ret_n = n;
	return count >= least;
}

static bool
read_name(const char **at, const char *const *names, size_t count, int width, int *ret_n)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = width == 0 ? strlen(names[i]) : (size_t)width;

		if (strncasecmp(*at, names[i], len) == 0) {
			*at += len;
			*ret_n = (int)i + 1;
			return true;
		}
	}
	return false;
}

static bool
read_offset(const char **at, int width, struct reading *r)
{
	bool is_west = **at == '-';
	int64_t hours, minutes;

	r->has_offset = true;
	if (**at == 'Z') {
		(*at)++;
		return true;
	}
	if (**at != '+' && **at != '-')
		return false;
	(*at)++;
	if (!read_number(at, 2, 2, &hours) || (width == 2 && *(*at)++ != ':') ||
	    !read_number(at, 2, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	r->offset_s = (int32_t)((is_west ? -1 : 1) * (hours * 3600 + minutes * 60));
	return true;
}

static bool
read_half(const char **at, struct reading *r)
{
	r->has_half = true;
	r->is_pm = strncasecmp(*at, "PM", 2) == 0;
	if (!r->is_pm && strncasecmp(*at, "AM", 2) != 0)
		return false;
	*at += 2;
	return true;
}

static bool
read_unix(const char **at, enum field field, struct reading *r)
{
	bool is_before = **at == '-';
	int64_t n;

	*at += is_before;
	if (!read_number(at, 1, 15, &n))
		return false;
	r->has_moment = true;
	r->ms = (is_before ? -n : n) * (field == UNIX_S ? 1000 : 1);
	return r->ms >= NODE_MOMENT_MIN_MS && r->ms <= NODE_MOMENT_MAX_MS;
}

/* A token of one letter reads one digit or two, a longer one just its width; a year of one up to four. */
static bool
read_digits(const char **at, const struct token *token, int *to)
{
	size_t most = token->field == YEAR ? 4 : token->width == 1 ? 2 : (size_t)token->width;
	int64_t n;

	if (!read_number(at, (size_t)token->width, most, &n))
		return false;
	/* Two digits: 1961 to 2060, as luxon has it. */
	if (token->field == YEAR_SHORT)
		n += n > 60 ? 1900 : 2000;
	*to = (int)n;
	return true;
}

static bool
read_token(const char **at, const struct token *token, struct reading *r)
{
	int unused;

	switch (token->field) {
	case YEAR:
	case YEAR_SHORT:
		return read_digits(at, token, &r->wall.year);
	case MONTH:
		return read_digits(at, token, &r->wall.month);
	case MONTH_NAME:
		return read_name(at, months, TY_ARRAY_COUNT(months), token->width, &r->wall.month);
	case DAY:
		return read_digits(at, token, &r->wall.day);
	case DAY_NAME:
		return read_name(at, days, TY_ARRAY_COUNT(days), token->width, &unused);
	case HOUR:
	case HOUR_12:
		return read_digits(at, token, &r->wall.hour);
	case MINUTE:
		return read_digits(at, token, &r->wall.minute);
	case SECOND:
		return read_digits(at, token, &r->wall.second);
	case FRACTION:
		return read_digits(at, token, &r->wall.ms);
	case HALF:
		return read_half(at, r);
	case OFFSET:
		return read_offset(at, token->width, r);
	default:
		return read_unix(at, token->field, r);
	}
}

static enum ty_code
no_fit(const char *text, const char *pattern, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "the text \"%.60s\" does not fit the pattern \"%.60s\"", text,
		   pattern);
	return ty_err_hint(err, "Write the pattern as the text is: yyyy-MM-dd HH:mm, dd/MM/yyyy, "
				"d. MMMM yyyy ...");
}

/* Read all of the text by all of the pattern. */
static enum ty_code
read_all(const char *whole, const char *pattern, struct reading *r, struct ty_err *err)
{
	const char *text = whole, *at = pattern;

	while (*at != '\0') {
		const struct token *token;
		const char *literal = at;
		size_t len = 1;

		if (is_letter(*at)) {
			token = token_at(at, &len);
			if (token == NULL || !token->is_read)
				return no_token(at, len, err);
			if (!read_token(&text, token, r))
				return no_fit(whole, pattern, err);
			at += len;
			continue;
		}
		if (*at != '\'')
			at++;
		else if (!quoted(&at, &literal, &len))
			return no_close(err);
		if (strncmp(text, literal, len) != 0)
			return no_fit(whole, pattern, err);
		text += len;
	}
	return *text == '\0' ? TY_OK : no_fit(whole, pattern, err);
}

enum ty_code
node_date_parse(const struct ty_zone *zone, const char *text, const char *pattern, int64_t *ret_ms,
		struct ty_err *err)
{
	struct reading r = { .wall = { .year = 1970, .month = 1, .day = 1 } };

	if (read_all(text, pattern, &r, err) != TY_OK)
		return err->code;
	if (r.has_moment) {
		*ret_ms = r.ms;
		return TY_OK;
	}
	if (r.has_half) {
		if (r.wall.hour < 1 || r.wall.hour > 12)
			return no_fit(text, pattern, err);
		r.wall.hour = r.wall.hour % 12 + (r.is_pm ? 12 : 0);
	}
	if (!node_wall_is_valid(&r.wall)) {
		ty_err_set(err, TY_E_INVALID, "there is no such date or time as \"%.60s\"", text);
		return ty_err_hint(err, "Check the day of the month and the order of the pattern.");
	}
	*ret_ms = r.has_offset ? node_wall_at_offset(&r.wall, r.offset_s)
			       : node_wall_moment(zone, &r.wall);
	return TY_OK;
}
