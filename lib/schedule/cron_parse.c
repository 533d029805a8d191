/*
 * cron_parse.c -- reads a cron expression: 5 fields, or 6 with the seconds first, or an @name.
 *
 * A field is a list of items: "*", "5", "MON", "1-5", "FRI-MON", each with "/step"; in the fields of
 * days also "?", and what only a calendar knows: L, L-3, 15W, LW (day of month), 5L, 1#2 (weekday).
 */
#include "cron.h"

#include "base/err.h"
#include "schedule/schedule.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { F_SECOND, F_MINUTE, F_HOUR, F_DAY, F_MONTH, F_WEEKDAY, F__COUNT };

static const char *const month_names[] = { "January",	"February", "March",	"April",
					   "May",	"June",	    "July",	"August",
					   "September", "October",  "November", "December" };
static const char *const weekday_names[] = { "Sunday",	 "Monday", "Tuesday", "Wednesday",
					     "Thursday", "Friday", "Saturday" };

static const struct field {
	const char *name;
	int min, max;
	const char *const *names; /* the first is 'min' */
	size_t name_count;
} fields[F__COUNT] = {
	[F_SECOND] = { "second", 0, 59, NULL, 0 },
	[F_MINUTE] = { "minute", 0, 59, NULL, 0 },
	[F_HOUR] = { "hour", 0, 23, NULL, 0 },
	[F_DAY] = { "day of month", 1, 31, NULL, 0 },
	[F_MONTH] = { "month", 1, 12, month_names, TY_ARRAY_COUNT(month_names) },
	/* 7 is Sunday too. */
	[F_WEEKDAY] = { "weekday", 0, 7, weekday_names, TY_ARRAY_COUNT(weekday_names) },
};

static const struct {
	const char *name, *cron;
} at_names[] = {
	{ "@yearly", "0 0 1 1 *" },	{ "@annually", "0 0 1 1 *" },
	{ "@monthly", "0 0 1 * *" },	{ "@weekly", "0 0 * * 0" },
	{ "@daily", "0 0 * * *" },	{ "@midnight", "0 0 * * *" },
	{ "@hourly", "0 * * * *" },	{ "@minutely", "* * * * *" },
	{ "@secondly", "* * * * * *" }, { "@weekdays", "0 0 * * 1-5" },
	{ "@weekends", "0 0 * * 0,6" },
};

/* A field while it is read: the values in it so far. */
struct reading {
	const struct field *field;
	int which;
	struct cron *cron;
	uint64_t set;
	bool is_any, has_star_or_step;
	struct ty_err *err;
};

static enum ty_code
fault(struct reading *r, const char *item, const char *what)
{
	ty_err_set(r->err, TY_E_INVALID, "\"%.40s\" in the %s field %s", item, r->field->name,
		   what);
	ty_err_hint(r->err,
		    "The %s is from %d to %d: a number, a range 1-5, a list 1,3, a step */2.",
		    r->field->name, r->field->min, r->field->max);
	return ty_err_at(r->err, "cron");
}

/* ---- values ---- */

/* The digits at 'p', at most 4, and their number; 0 = there are none, or more. */
static size_t
read_digits(const char *p, int *ret_n)
{
	size_t digits = strspn(p, "0123456789");

	if (digits > 4)
		return 0;
	*ret_n = 0;
	for (size_t i = 0; i < digits; i++)
		*ret_n = *ret_n * 10 + (p[i] - '0');
	return digits;
}

/* A number, or a name or its first three letters in any case; moves *p on. */
static bool
read_value(const struct field *field, const char **p, int *ret_value)
{
	size_t letters = strspn(*p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	size_t digits = read_digits(*p, ret_value);

	if (digits > 0) {
		*p += digits;
		return true;
	}
	for (size_t i = 0; letters >= 3 && i < field->name_count; i++) {
		if ((letters == 3 || letters == strlen(field->names[i])) &&
		    strncasecmp(*p, field->names[i], letters) == 0) {
			*ret_value = field->min + (int)i;
			*p += letters;
			return true;
		}
	}
	return false;
}

static bool
is_within(const struct field *field, int value)
{
	return value >= field->min && value <= field->max;
}

/* Number of a field's values: Sunday is one, though it is 0 and 7. */
static int
size_of(const struct reading *r)
{
	return r->which == F_WEEKDAY ? 7 : r->field->max - r->field->min + 1;
}

/* Every 'step'-th from..to; a range that ends before it begins goes over the field's end. */
static void
add_range(struct reading *r, int from, int to, int step)
{
	int min = r->field->min, size = size_of(r);

	if (to < from)
		from = min + (from - min) % size;
	if (to < from)
		to += size;
	for (int value = from; value <= to; value += step)
		r->set |= 1ULL << (min + (value - min) % size);
}

/* ---- what only a calendar knows ---- */

/* A number of days with 'end' behind it. */
static bool
read_days(const char *p, const char *end, int min, int *ret_days)
{
	size_t digits = read_digits(p, ret_days);

	return digits > 0 && strcasecmp(p + digits, end) == 0 && *ret_days >= min &&
	       *ret_days <= 31;
}

/* "L", "L-3", "LW", "15W"; false where the item is none of them. */
static bool
read_calendar_day(struct reading *r, const char *item)
{
	struct cron *cron = r->cron;
	int n;

	if (strcasecmp(item, "L") == 0)
		cron->from_end |= 1;
	else if (strcasecmp(item, "LW") == 0)
		cron->last_weekday = true;
	else if (strncasecmp(item, "L-", 2) == 0 && read_days(item + 2, "", 0, &n) && n <= 30)
		cron->from_end |= 1ULL << n;
	else if (read_days(item, "W", 1, &n))
		cron->nearest |= 1ULL << n;
	else
		return false;
	return true;
}

/* "5L", "FRIL", "1#2", "MON#2" */
static bool
read_calendar_weekday(struct reading *r, const char *item)
{
	const char *p = item;
	int weekday;

	if (!read_value(r->field, &p, &weekday)) {
		/* A name with its L behind is one word. */
		char name[4] = { 0 };

		if (strlen(item) != 4)
			return false;
		memcpy(name, item, 3);
		p = name;
		if (!read_value(r->field, &p, &weekday))
			return false;
		p = item + 3;
	}
	if (!is_within(r->field, weekday))
		return false;
	if (strcasecmp(p, "L") == 0)
		r->cron->last_of_kind |= 1ULL << weekday % 7;
	else if (p[0] == '#' && p[1] >= '1' && p[1] <= '5' && p[2] == '\0')
		r->cron->nth[p[1] - '0'] |= 1ULL << weekday % 7;
	else
		return false;
	return true;
}

static bool
read_calendar(struct reading *r, const char *item)
{
	if (r->which == F_DAY)
		return read_calendar_day(r, item);
	return r->which == F_WEEKDAY && read_calendar_weekday(r, item);
}

/* ---- items and fields ---- */

/* "/5" at the end; 1 where there is none. */
static enum ty_code
read_step(struct reading *r, const char *item, const char *p, int *ret_step)
{
	size_t digits;

	*ret_step = 1;
	if (*p == '\0')
		return TY_OK;
	digits = read_digits(p + 1, ret_step);
	if (*p != '/' || digits == 0 || p[1 + digits] != '\0')
		return fault(r, item, "cannot be read");
	r->has_star_or_step = true;
	if (*ret_step < 1 || *ret_step > size_of(r))
		return fault(r, item, "has a step that the field is too short for");
	return TY_OK;
}

static enum ty_code
read_range(struct reading *r, const char *item)
{
	const char *p = item;
	int from, to, step;

	if (*p == '*') {
		p++;
		from = r->field->min;
		to = r->which == F_WEEKDAY ? 6 : r->field->max;
		r->has_star_or_step = true;
		r->is_any = r->is_any || *p == '\0';
	} else if (!read_value(r->field, &p, &from)) {
		return fault(r, item, "cannot be read");
	} else if (*p == '-') {
		p++;
		if (!read_value(r->field, &p, &to))
			return fault(r, item, "has a range without an end");
	} else {
		/* "5/15" goes on to the field's end. */
		to = *p != '/' ? from : r->which == F_WEEKDAY ? 6 : r->field->max;
	}
	if (!is_within(r->field, from) || !is_within(r->field, to))
		return fault(r, item, "is not in its range");
	if (read_step(r, item, p, &step) != TY_OK)
		return r->err->code;
	add_range(r, from, to, step);
	return TY_OK;
}

static enum ty_code
read_item(struct reading *r, const char *item)
{
	if (strcmp(item, "?") == 0 && (r->which == F_DAY || r->which == F_WEEKDAY)) {
		r->is_any = true;
		return TY_OK;
	}
	return read_calendar(r, item) ? TY_OK : read_range(r, item);
}

/* 'text' is cut at its commas. */
static enum ty_code
read_field(struct cron *cron, int which, char *text, struct reading *ret, struct ty_err *err)
{
	*ret = (struct reading){
		.field = &fields[which], .which = which, .cron = cron, .err = err
	};
	for (char *item = text, *end; item != NULL; item = end) {
		end = strchr(item, ',');
		if (end != NULL)
			*end++ = '\0';
		if (read_item(ret, item) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static void
keep_field(struct cron *cron, const struct reading *r)
{
	uint64_t *const sets[F__COUNT] = { &cron->seconds, &cron->minutes, &cron->hours,
					   &cron->days,	   &cron->months,  &cron->weekdays };

	*sets[r->which] = r->set;
	if (r->which == F_DAY)
		cron->is_any_day = r->is_any;
	if (r->which == F_WEEKDAY)
		cron->is_any_weekday = r->is_any;
	if ((r->which == F_MINUTE || r->which == F_HOUR) && r->has_star_or_step)
		cron->is_wall = false;
}

/* Cut into words; gives their count, which may be over 'max'. */
static size_t
split(char *text, char *words[], size_t max)
{
	size_t count = 0;
	char *rest = NULL;

	for (char *word = strtok_r(text, " \t", &rest); word != NULL;
	     word = strtok_r(NULL, " \t", &rest))
		if (count++ < max)
			words[count - 1] = word;
	return count;
}

static enum ty_code
expand(const char *text, char out[TY_SCHEDULE_CRON_BYTES + 1], struct ty_err *err)
{
	text += strspn(text, " \t");
	if (strlen(text) > TY_SCHEDULE_CRON_BYTES) {
		ty_err_set(err, TY_E_INVALID, "the expression is longer than %d bytes",
			   TY_SCHEDULE_CRON_BYTES);
		return ty_err_at(err, "cron");
	}
	snprintf(out, TY_SCHEDULE_CRON_BYTES + 1, "%s", text);
	if (text[0] != '@')
		return TY_OK;
	out[strcspn(out, " \t")] = '\0';
	for (size_t i = 0; i < TY_ARRAY_COUNT(at_names); i++) {
		if (strcasecmp(out, at_names[i].name) == 0) {
			snprintf(out, TY_SCHEDULE_CRON_BYTES + 1, "%s", at_names[i].cron);
			return TY_OK;
		}
	}
	ty_err_set(err, TY_E_INVALID, "\"%.40s\" is no name of a schedule", text);
	ty_err_hint(err, "Names are @hourly, @daily, @weekly, @monthly, @yearly, @weekdays, "
			 "@weekends; there is no @reboot.");
	return ty_err_at(err, "cron");
}

enum ty_code
cron_parse(const char *text, struct cron *ret_cron, struct ty_err *err)
{
	char copy[TY_SCHEDULE_CRON_BYTES + 1], *words[F__COUNT];
	struct cron cron = { .seconds = 1, .is_wall = true };
	struct reading reading;
	size_t count;

	if (expand(text, copy, err) != TY_OK)
		return err->code;
	count = split(copy, words, F__COUNT);
	if (count != F__COUNT && count != F__COUNT - 1) {
		ty_err_set(err, TY_E_INVALID,
			   "a cron expression has 5 fields, or 6 with the "
			   "seconds first; this one has %zu",
			   count);
		ty_err_hint(err, "minute hour day-of-month month weekday: 30 9 * * MON-FRI");
		return ty_err_at(err, "cron");
	}
	for (size_t i = 0; i < count; i++) {
		if (read_field(&cron, (int)(i + F__COUNT - count), words[i], &reading, err) !=
		    TY_OK)
			return err->code;
		keep_field(&cron, &reading);
	}
	*ret_cron = cron;
	return TY_OK;
}
