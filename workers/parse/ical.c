/*
 * ical.c -- the file tool "ical": the events of a calendar (RFC 5545), by libical.
 *
 * Options: { "text"?, "expand"?, "from_s", "to_s", "limit" }; "text" where there is no file.
 *
 * Times are given as clocks of their zone show them, with the zone's name, because the zones of the system are no files of
 * the jail: whoever asked makes moments of them (lib/nodes/data_ical.c).  An offset that the calendar's own VTIMEZONE
 * gives is beside it.  So are the moments of UTC that end or interrupt a recurrence in a zone ("until_s", "not_s").
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"
#include "file_tool.h"

#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

/* libical takes ten times the size of its text. */
#define TEXT_BYTES_MAX (4 * 1024 * 1024)
/* Steps of recurrences in a call: a daily one of 500 years has fewer. */
#define STEPS_MAX 200000
#define DAY_S	  86400

/* An occurrence that an event of its own stands for. */
struct moved {
	struct moved *next;
	icalproperty *at; /* RECURRENCE-ID */
};

struct reading {
	struct file_work *work;
	icalcomponent *calendar;
	struct ty_map *moved; /* UID -> its struct moved */
	bool expand;
	int64_t from_s, to_s;
	size_t limit, count, steps;
	struct ty_err *err;
};

/* Occurrences of an event. */
struct times {
	struct icaltimetype *v;
	size_t count, cap;
};

/* ---- values ---- */

static json_t *
text_json(const char *text)
{
	return text != NULL && ty_str_is_utf8(text, strlen(text)) ? json_string(text) : json_null();
}

static json_t *
property_json(icalproperty *property)
{
	icalvalue *value = icalproperty_get_value(property);

	if (value != NULL && icalvalue_isa(value) == ICAL_TEXT_VALUE)
		return text_json(icalvalue_get_text(value));
	return text_json(icalproperty_get_value_as_string(property));
}

static const char *
zone_of(icalproperty *property)
{
	icalparameter *parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);

	return parameter != NULL ? icalparameter_get_tzid(parameter) : NULL;
}

static int64_t
wall_s(struct icaltimetype time)
{
	time.zone = NULL;
	return (int64_t)icaltime_as_timet(time);
}

static json_t *
time_json(struct reading *r, struct icaltimetype time, const char *tzid)
{
	icaltimezone *zone = tzid != NULL ? icalcomponent_get_timezone(r->calendar, tzid) : NULL;
	json_t *json =
		json_pack("{s:I, s:b}", "wall_s", (json_int_t)wall_s(time), "date", time.is_date);
	int is_summer;

	if (icaltime_is_utc(time))
		json_object_set_new(json, "zone", json_string("UTC"));
	else if (tzid != NULL && ty_str_is_utf8(tzid, strlen(tzid)))
		json_object_set_new(json, "zone", json_string(tzid));
	if (zone != NULL && !time.is_date)
		json_object_set_new(
			json, "offset_s",
			json_integer(icaltimezone_get_utc_offset(zone, &time, &is_summer)));
	return json;
}

/* ---- an event's fields ---- */

static const struct {
	icalproperty_kind kind;
	const char *name;
	bool several;
} fields[] = {
	{ ICAL_UID_PROPERTY, "uid", false },
	{ ICAL_SUMMARY_PROPERTY, "summary", false },
	{ ICAL_DESCRIPTION_PROPERTY, "description", false },
	{ ICAL_LOCATION_PROPERTY, "location", false },
	{ ICAL_URL_PROPERTY, "url", false },
	{ ICAL_STATUS_PROPERTY, "status", false },
	{ ICAL_ORGANIZER_PROPERTY, "organizer", false },
	{ ICAL_ATTENDEE_PROPERTY, "attendees", true },
	{ ICAL_CATEGORIES_PROPERTY, "categories", true },
	{ ICAL_RRULE_PROPERTY, "recurrence", false },
};

static json_t *
event_json(icalcomponent *event)
{
	json_t *json = json_object(), *list;

	for (size_t i = 0; i < TY_ARRAY_COUNT(fields); i++) {
		icalproperty *p = icalcomponent_get_first_property(event, fields[i].kind);

		if (!fields[i].several) {
			json_object_set_new(json, fields[i].name,
					    p != NULL ? property_json(p) : json_null());
			continue;
		}
		list = json_array();
		for (; p != NULL; p = icalcomponent_get_next_property(event, fields[i].kind))
			json_array_append_new(list, property_json(p));
		json_object_set_new(json, fields[i].name, list);
	}
	return json;
}

/* ---- one occurrence ---- */

struct event {
	icalcomponent *component;
	struct icaltimetype start;
	const char *zone;	 /* of its start; NULL = none */
	const char *end_zone;	 /* of its end, which may be another */
	int64_t length_s;	 /* from start to end, by the walls' clocks */
	json_t *not_s, *until_s; /* the arena's; NULL = none */
};

static enum ty_code
occurrence_give(struct reading *r, const struct event *event, struct icaltimetype start)
{
	struct icaltimetype end = start;
	icalproperty *id =
		icalcomponent_get_first_property(event->component, ICAL_RECURRENCEID_PROPERTY);
	json_t *json = event_json(event->component);

	icaltime_adjust(&end, (int)(event->length_s / DAY_S), 0, 0, (int)(event->length_s % DAY_S));
	json_object_set_new(json, "start", time_json(r, start, event->zone));
	json_object_set_new(json, "end", time_json(r, end, event->end_zone));
	if (id != NULL)
		json_object_set_new(json, "recurrence_id",
				    time_json(r, icalproperty_get_recurrenceid(id), zone_of(id)));
	if (event->not_s != NULL)
		json_object_set(json, "not_s", event->not_s);
	if (event->until_s != NULL)
		json_object_set(json, "until_s", event->until_s);
	if (++r->count > r->limit) {
		json_decref(json);
		ty_err_set(r->err, TY_E_LIMIT, "there are more than %zu events", r->limit);
		return ty_err_hint(r->err, "Read a shorter time, or raise the limit.");
	}
	return file_item(r->work, json, r->err);
}

/* ---- recurrences ---- */

static void
times_add(struct reading *r, struct times *times, struct icaltimetype time)
{
	times->v = ty_arena_grow(r->work->arena, times->v, times->count, &times->cap,
				 sizeof(*times->v));
	times->v[times->count++] = time;
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = wall_s(*(const struct icaltimetype *)a),
		y = wall_s(*(const struct icaltimetype *)b);

	return (x > y) - (x < y);
}

/* A time that stands in UTC where the event's own stand in a zone: it cannot be compared here. */
static bool
is_foreign(const struct event *event, struct icaltimetype time)
{
	return icaltime_is_utc(time) && !icaltime_is_utc(event->start) && !event->start.is_date;
}

static bool
in_window(const struct reading *r, const struct event *event, struct icaltimetype time)
{
	int64_t s = wall_s(time);

	/* A day more on both sides, because no zone is known here. */
	return s + event->length_s >= r->from_s - DAY_S && s <= r->to_s + DAY_S;
}

static enum ty_code
too_many_steps(struct reading *r)
{
	ty_err_set(r->err, TY_E_LIMIT,
		   "a recurrence has more than %d times before the window's end", STEPS_MAX);
	return ty_err_hint(r->err, "Read without expanding it, and look at its field recurrence.");
}

static enum ty_code
rule_expand(struct reading *r, struct event *event, icalproperty *property, struct times *times)
{
	struct icalrecurrencetype rule = icalproperty_get_rrule(property);
	icalrecur_iterator *iterator;
	struct icaltimetype time;

	if (!icaltime_is_null_time(rule.until) && is_foreign(event, rule.until)) {
		event->until_s =
			ty_json_own(r->work->arena, json_integer((json_int_t)wall_s(rule.until)));
		rule.until.zone = NULL;
		icaltime_adjust(&rule.until, 1, 0, 0, 0);
	}
	iterator = icalrecur_iterator_new(rule, event->start);
	if (iterator == NULL) {
		ty_err_set(r->err, TY_E_INVALID, "the recurrence \"%.100s\" cannot be read",
			   icalproperty_get_value_as_string(property));
		return ty_err_hint(r->err, "Read without expanding it.");
	}
	for (;;) {
		time = icalrecur_iterator_next(iterator);
		if (icaltime_is_null_time(time) || wall_s(time) > r->to_s + DAY_S)
			break;
		if (++r->steps > STEPS_MAX) {
			(void)!too_many_steps(r);
			break;
		}
		if (in_window(r, event, time))
			times_add(r, times, time);
	}
	icalrecur_iterator_free(iterator);
	return r->err->code;
}

/* Times at which the event does not happen, or another of its UID stands for it. */
static void
not_add(struct reading *r, struct event *event, struct times *not_at, struct icaltimetype time)
{
	if (!is_foreign(event, time)) {
		times_add(r, not_at, time);
		return;
	}
	if (event->not_s == NULL)
		event->not_s = ty_json_own(r->work->arena, json_array());
	json_array_append_new(event->not_s, json_integer((json_int_t)wall_s(time)));
}

static icalproperty *
recurrence_id(icalcomponent *component)
{
	return icalcomponent_get_first_property(component, ICAL_RECURRENCEID_PROPERTY);
}

/* Events that stand for an occurrence, by UID, so that no event has to look at all others. */
static void
moved_find(struct reading *r)
{
	icalcompiter at = icalcomponent_begin_component(r->calendar, ICAL_VEVENT_COMPONENT);

	r->moved = ty_map_new(r->work->arena);
	for (icalcomponent *event; (event = icalcompiter_deref(&at)) != NULL;
	     icalcompiter_next(&at)) {
		const char *uid = icalcomponent_get_uid(event);
		icalproperty *p = recurrence_id(event);
		struct moved *moved;

		if (p == NULL || uid == NULL)
			continue;
		moved = ty_arena_new_of(r->work->arena, struct moved);
		*moved = (struct moved){ .next = ty_map_find(r->moved, uid), .at = p };
		ty_map_set(r->moved, uid, moved);
	}
}

static enum ty_code
nots_find(struct reading *r, struct event *event, struct times *not_at)
{
	const char *uid = icalcomponent_get_uid(event->component);
	const struct moved *moved = NULL;

	for (icalproperty *p =
		     icalcomponent_get_first_property(event->component, ICAL_EXDATE_PROPERTY);
	     p != NULL; p = icalcomponent_get_next_property(event->component, ICAL_EXDATE_PROPERTY))
		not_add(r, event, not_at, icalproperty_get_exdate(p));
	/* An event that stands for an occurrence is itself what happens then. */
	if (uid != NULL && recurrence_id(event->component) == NULL)
		moved = ty_map_find(r->moved, uid);
	for (; moved != NULL; moved = moved->next) {
		if (++r->steps > STEPS_MAX)
			return too_many_steps(r);
		not_add(r, event, not_at, icalproperty_get_recurrenceid(moved->at));
	}
	if (not_at->count > 1)
		qsort(not_at->v, not_at->count, sizeof(*not_at->v), by_time);
	return TY_OK;
}

static void
rdates_add(struct reading *r, const struct event *event, struct times *times)
{
	icalproperty *p = icalcomponent_get_first_property(event->component, ICAL_RDATE_PROPERTY);

	for (; p != NULL;
	     p = icalcomponent_get_next_property(event->component, ICAL_RDATE_PROPERTY)) {
		struct icaldatetimeperiodtype date = icalproperty_get_rdate(p);
		struct icaltimetype time =
			icaltime_is_null_time(date.time) ? date.period.start : date.time;

		if (!icaltime_is_null_time(time) && in_window(r, event, time))
			times_add(r, times, time);
	}
}

static enum ty_code
event_expand(struct reading *r, struct event *event)
{
	struct times times = { .v = NULL }, not_at = { .v = NULL };
	icalproperty *p = icalcomponent_get_first_property(event->component, ICAL_RRULE_PROPERTY);

	if (in_window(r, event, event->start))
		times_add(r, &times, event->start);
	for (; p != NULL;
	     p = icalcomponent_get_next_property(event->component, ICAL_RRULE_PROPERTY))
		if (rule_expand(r, event, p, &times) != TY_OK)
			return r->err->code;
	rdates_add(r, event, &times);
	if (nots_find(r, event, &not_at) != TY_OK)
		return r->err->code;
	if (times.count > 1)
		qsort(times.v, times.count, sizeof(*times.v), by_time);
	for (size_t i = 0; i < times.count; i++) {
		if (i > 0 && wall_s(times.v[i]) == wall_s(times.v[i - 1]))
			continue;
		if (not_at.count > 0 && bsearch(&times.v[i], not_at.v, not_at.count,
						sizeof(*not_at.v), by_time) != NULL)
			continue;
		if (occurrence_give(r, event, times.v[i]) != TY_OK)
			return r->err->code;
	}
	return TY_OK;
}

/* ---- events ---- */

static int64_t
length_of(icalcomponent *component, struct icaltimetype start, const char **ret_zone)
{
	icalproperty *end = icalcomponent_get_first_property(component, ICAL_DTEND_PROPERTY);
	icalproperty *duration =
		icalcomponent_get_first_property(component, ICAL_DURATION_PROPERTY);
	int64_t length = start.is_date ? DAY_S : 0;

	if (end != NULL) {
		if (zone_of(end) != NULL)
			*ret_zone = zone_of(end);
		length = wall_s(icalproperty_get_dtend(end)) - wall_s(start);
	} else if (duration != NULL) {
		length = icaldurationtype_as_int(icalproperty_get_duration(duration));
	}
	/* Durations are bounded, so that sums of them stay dates. */
	return length > 0 && length < 3660 * (int64_t)DAY_S ? length : length > 0 ? DAY_S : 0;
}

static enum ty_code
event_read(struct reading *r, icalcomponent *component)
{
	icalproperty *start = icalcomponent_get_first_property(component, ICAL_DTSTART_PROPERTY);
	struct event event = { .component = component };

	if (start == NULL || icaltime_is_null_time(icalproperty_get_dtstart(start))) {
		ty_err_set(
			r->err, TY_E_INVALID, "the event \"%.100s\" has no time at which it starts",
			icalcomponent_get_uid(component) != NULL ? icalcomponent_get_uid(component)
								 : "?");
		return r->err->code;
	}
	event.start = icalproperty_get_dtstart(start);
	event.zone = event.end_zone = zone_of(start);
	event.length_s = length_of(component, event.start, &event.end_zone);
	if (!r->expand)
		return occurrence_give(r, &event, event.start);
	return event_expand(r, &event);
}

static enum ty_code
calendar_read(struct reading *r, icalcomponent *calendar)
{
	icalcompiter at = icalcomponent_begin_component(calendar, ICAL_VEVENT_COMPONENT);

	r->calendar = calendar;
	moved_find(r);
	for (icalcomponent *event; (event = icalcompiter_deref(&at)) != NULL;
	     icalcompiter_next(&at))
		if (event_read(r, event) != TY_OK)
			return r->err->code;
	return TY_OK;
}

/* One calendar, or several behind each other, which libical wraps. */
static enum ty_code
root_read(struct reading *r, icalcomponent *root)
{
	icalcompiter at;

	if (icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT)
		return calendar_read(r, root);
	at = icalcomponent_begin_component(root, ICAL_VCALENDAR_COMPONENT);
	if (icalcompiter_deref(&at) == NULL)
		return ty_err_set(r->err, TY_E_INVALID, "there is no calendar (VCALENDAR) in it");
	for (icalcomponent *one; (one = icalcompiter_deref(&at)) != NULL; icalcompiter_next(&at))
		if (calendar_read(r, one) != TY_OK)
			return r->err->code;
	return TY_OK;
}

static enum ty_code
text_of(struct file_work *work, const char **ret_text, struct ty_err *err)
{
	const char *text = ty_json_str(work->options, "text", "");
	size_t len = strlen(text);

	if (work->file_count > 0) {
		text = work->files[0].data;
		len = work->files[0].len;
	}
	if (len > TEXT_BYTES_MAX) {
		ty_err_set(err, TY_E_LIMIT, "the calendar has %zu bytes, and at most %d are read",
			   len, TEXT_BYTES_MAX);
		return ty_err_hint(err, "Ask its server for a shorter time.");
	}
	if (!ty_str_is_utf8(text, len) || memchr(text, '\0', len) != NULL) {
		ty_err_set(err, TY_E_INVALID, "the calendar is no text in UTF-8");
		return ty_err_hint(err,
				   "Read it as text by the node File, with its charset, before.");
	}
	*ret_text = ty_arena_strndup(work->arena, text, len);
	return TY_OK;
}

static enum ty_code
ical_run(struct file_work *work, struct ty_err *err)
{
	struct reading r = { .work = work,
			     .expand = ty_json_bool(work->options, "expand", false),
			     .from_s = ty_json_int(work->options, "from_s", 0),
			     .to_s = ty_json_int(work->options, "to_s", 0),
			     .limit = (size_t)ty_json_int(work->options, "limit",
							  TY_LIMIT_STEP_ITEMS),
			     .err = err };
	icalcomponent *root;
	const char *text = NULL;

	work->library = "libical " ICAL_VERSION;
	icalerror_set_errors_are_fatal(false);
	if (text_of(work, &text, err) != TY_OK)
		return err->code;
	root = icalparser_parse_string(text);
	if (root == NULL) {
		ty_err_set(err, TY_E_INVALID,
			   "the text is no calendar: a part of it begins and does not end");
		return ty_err_hint(
			err, "Check that it is whole, from BEGIN:VCALENDAR to END:VCALENDAR.");
	}
	(void)!root_read(&r, root);
	icalcomponent_free(root);
	icalmemory_free_ring();
	return err->code;
}

const struct file_tool file_tool_ical = {
	.name = "ical",
	.run = ical_run,
};
