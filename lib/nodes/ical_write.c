/*
 * ical_write.c -- items as a calendar.
 *
 * Lines end by CR LF and are folded after 75 bytes, between characters (RFC 5545, 3.1).  A text's control characters,
 * of which the format has none, are left out.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/zone_offset.h"
#include "nodes/ical.h"
#include "nodes/moment.h"
#include "nodes/value.h"

#include <string.h>

/* Years of a zone that are written out: as long as a rule of clocks has ever lasted unchanged. */
#define ZONE_YEARS 10
#define YEAR_S	   (366 * 86400)

struct writing {
	struct ty_step *step;
	struct ty_buf *out;
	struct ty_map *zones; /* zones that are written out */
	const struct ty_zone *home;
	int64_t first_s; /* start of the first event that recurs */
	size_t item;
};

/* ---- lines ---- */

static void
line(struct ty_buf *out, const char *text, size_t len)
{
	size_t room = 75;

	while (len > room) {
		size_t n = ty_str_utf8_cut(text, len, room);

		ty_buf_add(out, text, n);
		ty_buf_add_str(out, "\r\n ");
		text += n;
		len -= n;
		room = 74;
	}
	ty_buf_add(out, text, len);
	ty_buf_add_str(out, "\r\n");
}

static void
line_str(struct ty_buf *out, const char *text)
{
	line(out, text, strlen(text));
}

/* Text as a value: backslash, semicolon and comma are escaped, a line end is \n. */
static void
text_line(struct writing *w, const char *name, const char *text)
{
	struct ty_buf buf;

	ty_buf_init(&buf, ty_step_arena(w->step), strlen(text) + 32);
	ty_buf_printf(&buf, "%s:", name);
	for (; *text != '\0'; text++) {
		if (strchr("\\;,", *text) != NULL)
			ty_buf_add_char(&buf, '\\');
		if (*text == '\n')
			ty_buf_add_str(&buf, "\\n");
		else if ((unsigned char)*text >= 0x20 || *text == '\t')
			ty_buf_add_char(&buf, *text);
	}
	line(w->out, buf.data, buf.len);
}

/* "20260131T100000" of what a clock shows. */
static const char *
stamp(struct ty_arena *arena, int64_t wall_s)
{
	char text[TY_TIME_TEXT_SIZE];

	ty_time_format(wall_s * 1000, text);
	return ty_arena_printf(arena, "%.4s%.2s%.2sT%.2s%.2s%.2s", text, text + 5, text + 8,
			       text + 11, text + 14, text + 17);
}

/* ---- zones ---- */

static const char *
offset_text(struct ty_arena *arena, int32_t offset_s)
{
	int s = offset_s < 0 ? -offset_s : offset_s;

	return ty_arena_printf(arena, "%c%02d%02d", offset_s < 0 ? '-' : '+', s / 3600,
			       s / 60 % 60);
}

static void
span_line(struct writing *w, int64_t wall_s, int32_t before_s, int32_t after_s)
{
	struct ty_arena *arena = ty_step_arena(w->step);
	const char *kind = after_s > before_s ? "DAYLIGHT" : "STANDARD";

	line_str(w->out, ty_arena_printf(arena, "BEGIN:%s", kind));
	line_str(w->out, ty_arena_printf(arena, "DTSTART:%s", stamp(arena, wall_s)));
	line_str(w->out, ty_arena_printf(arena, "TZOFFSETFROM:%s", offset_text(arena, before_s)));
	line_str(w->out, ty_arena_printf(arena, "TZOFFSETTO:%s", offset_text(arena, after_s)));
	line_str(w->out, ty_arena_printf(arena, "END:%s", kind));
}

/* Write what the clocks of a zone do from a year before the first event on. */
static void
zone_write(struct writing *w, const struct ty_zone *zone)
{
	int64_t at_s = w->first_s;
	struct ty_zone_span span = ty_zone_span_at(zone, at_s - YEAR_S), next;
	struct ty_arena *arena = ty_step_arena(w->step);

	if (ty_map_find(w->zones, ty_zone_name(zone)) != NULL)
		return;
	ty_map_set(w->zones, ty_zone_name(zone), (void *)zone);
	line_str(w->out, "BEGIN:VTIMEZONE");
	line_str(w->out, ty_arena_printf(arena, "TZID:%s", ty_zone_name(zone)));
	span_line(w, at_s - YEAR_S, span.offset_s, span.offset_s);
	while (span.to_s < at_s + ZONE_YEARS * (int64_t)YEAR_S) {
		next = ty_zone_span_at(zone, span.to_s);
		span_line(w, span.to_s + span.offset_s, span.offset_s, next.offset_s);
		span = next;
	}
	line_str(w->out, "END:VTIMEZONE");
}

/* ---- events ---- */

struct event {
	const json_t *json;
	const struct ty_zone *zone;
	const char *recurrence; /* NULL = none */
	bool is_date;
	int64_t start_ms;
};

static enum ty_code
field_refused(struct writing *w, const char *name, const char *why, struct ty_err *err)
{
	ty_step_blame(w->step, w->item);
	ty_err_set(err, TY_E_INVALID, "the field \"%s\" %s", name, why);
	return ty_err_hint(err, "An event has start and end as 2026-01-31T10:00:00+01:00, or as "
				"2026-01-31 for whole days.");
}

static bool
is_day(const char *text)
{
	return strlen(text) == 10 && text[4] == '-' && text[7] == '-';
}

static enum ty_code
time_line(struct writing *w, const struct event *event, const char *member, const char *name,
	  struct ty_err *err)
{
	struct ty_arena *arena = ty_step_arena(w->step);
	const char *text = ty_json_str(event->json, member, "");
	int64_t ms, s;

	if (text[0] == '\0')
		return TY_OK;
	if (!node_moment_read(event->zone, text, &ms))
		return field_refused(w, member, "is no date", err);
	if (is_day(text) != event->is_date)
		return field_refused(w, member, "is a day where start is a time, or the other way",
				     err);
	s = ms / 1000;
	if (event->is_date)
		text = ty_arena_printf(arena, "%s;VALUE=DATE:%.4s%.2s%.2s", name, text, text + 5,
				       text + 8);
	else if (event->recurrence != NULL)
		text = ty_arena_printf(arena, "%s;TZID=%s:%s", name, ty_zone_name(event->zone),
				       stamp(arena, s + ty_zone_span_at(event->zone, s).offset_s));
	else
		text = ty_arena_printf(arena, "%s:%sZ", name, stamp(arena, s));
	line_str(w->out, text);
	return TY_OK;
}

/* A rule as the format writes it: nothing that would begin another line. */
static bool
is_rule(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;,+-") == strlen(text) &&
	       strstr(text, "FREQ=") != NULL;
}

static enum ty_code
event_look(struct writing *w, struct event *event, struct ty_err *err)
{
	const char *zone = ty_json_str(event->json, "timezone", "");
	const char *start = ty_json_str(event->json, "start", "");

	event->zone = zone[0] != '\0' ? ty_zone_load(ty_step_arena(w->step), zone) : w->home;
	if (event->zone == NULL)
		return field_refused(w, "timezone", "is no zone that is known", err);
	event->is_date = is_day(start);
	if (start[0] == '\0' || !node_moment_read(event->zone, start, &event->start_ms))
		return field_refused(w, "start", "is no date", err);
	event->recurrence = ty_str_or_null(ty_json_str(event->json, "recurrence", ""));
	if (event->recurrence != NULL && !is_rule(event->recurrence))
		return field_refused(w, "recurrence", "is no rule such as FREQ=WEEKLY;BYDAY=MO",
				     err);
	return TY_OK;
}

static void
texts_write(struct writing *w, const json_t *json)
{
	static const struct {
		const char *member, *name;
	} texts[] = {
		{ "summary", "SUMMARY" },
		{ "description", "DESCRIPTION" },
		{ "location", "LOCATION" },
		{ "status", "STATUS" },
	};
	struct ty_arena *arena = ty_step_arena(w->step);
	json_t *category;
	size_t i;

	for (i = 0; i < TY_ARRAY_COUNT(texts); i++) {
		const json_t *value = json_object_get(json, texts[i].member);

		if (value != NULL && !json_is_null(value))
			text_line(w, texts[i].name, node_value_text(arena, value));
	}
	json_array_foreach(json_object_get(json, "categories"), i, category)
		text_line(w, "CATEGORIES", node_value_text(arena, category));
}

/* An address is no text: it is written as it stands, or not where it could begin another line. */
static void
url_write(struct writing *w, const char *url)
{
	if (url[0] != '\0' && strpbrk(url, "\r\n") == NULL)
		line_str(w->out, ty_arena_printf(ty_step_arena(w->step), "URL:%s", url));
}

static void
uid_write(struct writing *w, const json_t *json)
{
	const char *uid = ty_json_str(json, "uid", "");
	char chance[TY_CHANCE_SIZE];

	ty_step_chance(w->step, w->item, chance);
	text_line(w, "UID",
		  uid[0] != '\0' ? uid : ty_arena_printf(ty_step_arena(w->step), "%.32s", chance));
}

static enum ty_code
event_write(struct writing *w, struct ty_err *err)
{
	struct event event = { .json = ty_step_json(w->step, w->item) };
	struct ty_arena *arena = ty_step_arena(w->step);

	if (event_look(w, &event, err) != TY_OK)
		return err->code;
	if (event.recurrence != NULL && !event.is_date)
		zone_write(w, event.zone);
	line_str(w->out, "BEGIN:VEVENT");
	uid_write(w, event.json);
	line_str(w->out, ty_arena_printf(arena, "DTSTAMP:%sZ",
					 stamp(arena, ty_step_now_ms(w->step) / 1000)));
	if (time_line(w, &event, "start", "DTSTART", err) != TY_OK ||
	    time_line(w, &event, "end", "DTEND", err) != TY_OK)
		return err->code;
	if (event.recurrence != NULL)
		line_str(w->out, ty_arena_printf(arena, "RRULE:%s", event.recurrence));
	texts_write(w, event.json);
	url_write(w, ty_json_str(event.json, "url", ""));
	line_str(w->out, "END:VEVENT");
	return TY_OK;
}

/* Start of the first event that recurs, since a zone is written once for all. */
static int64_t
first_find(struct writing *w)
{
	struct ty_err ignored = { .code = TY_OK };
	int64_t first_s = INT64_MAX;

	for (; w->item < ty_step_input_count(w->step); w->item++) {
		struct event event = { .json = ty_step_json(w->step, w->item) };

		if (ty_json_str(event.json, "recurrence", "")[0] != '\0' &&
		    event_look(w, &event, &ignored) == TY_OK && event.start_ms / 1000 < first_s)
			first_s = event.start_ms / 1000;
		ty_err_clear(&ignored);
	}
	w->item = 0;
	return first_s;
}

enum ty_code
node_ical_write(struct ty_step *step, const char *name, struct ty_buf *ret_text, struct ty_err *err)
{
	struct ty_arena *arena = ty_step_arena(step);
	struct writing w = { .step = step, .out = ret_text, .zones = ty_map_new(arena) };

	w.home = ty_zone_load(arena, ty_step_timezone(step));
	w.first_s = first_find(&w);
	ty_buf_init(ret_text, arena, 4096);
	line_str(ret_text, "BEGIN:VCALENDAR");
	line_str(ret_text, "VERSION:2.0");
	line_str(ret_text, "PRODID:-//Tyboo Studio//data.ical//EN");
	if (name[0] != '\0')
		text_line(&w, "X-WR-CALNAME", name);
	for (; w.item < ty_step_input_count(step); w.item++)
		if (event_write(&w, err) != TY_OK)
			return err->code;
	line_str(ret_text, "END:VCALENDAR");
	return TY_OK;
}
