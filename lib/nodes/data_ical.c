/*
 * data.ical -- the events of a calendar (iCalendar, RFC 5545) as items, and items as a calendar.
 *
 * Invariants:
 *   (1) Read: an item for each event, or for each time in a window at which it happens.  libical reads in the jail of
 *       tyboo-parse, where no zone is known; moments are made here, by the zones of the system.
 *   (2) A time that names no zone, or one that nobody knows, has no offset: it is a wall clock's, wherever that hangs.
 *   (3) Write: one text of all items (ical_write.c), which the node File makes a file of.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/zone_offset.h"
#include "json/json.h"
#include "nodes/fields.h"
#include "nodes/ical.h"
#include "nodes/into.h"
#include "nodes/moment.h"
#include "nodes/nodes.h"
#include "nodes/parsing.h"

#include <string.h>

enum { DO_READ, DO_WRITE };
enum { FROM_FILE, FROM_TEXT };

struct ical_params {
	int action, source;
	const char *file, *from, *to, *name, *into;
	const json_t *value;
	bool expand;
	int64_t limit, timeout_ms;
};

static const struct ty_choice ical_actions[] = {
	[DO_READ] = { "read", "Read a calendar into items" },
	[DO_WRITE] = { "write", "Write the items as a calendar" },
	{ NULL, NULL },
};

static const struct ty_choice ical_sources[] = {
	[FROM_FILE] = { "file", "A file of the item" },
	[FROM_TEXT] = { "text", "A text" },
	{ NULL, NULL },
};

static bool ical_is_whole(const struct ty_node_def *def, const json_t *params);
static bool ical_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code ical_all(struct ty_step *step, struct ty_err *err);
static enum ty_code ical_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code ical_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

const struct ty_node_def ty_node_data_ical = {
	TY_NODE_HEAD,
	.type = "data.ical",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "iCalendar",
	.summary = "Read the events of a calendar (.ics) into items, or write items as one",
	.icon = "calendar-clock",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct ical_params, action, ical_actions, "Do", .def = "read"),
		TY_ROW_ENUM(struct ical_params, source, ical_sources, "From", .def = "file",
			    .show_when = "action=read"),
		TY_ROW_STRING(struct ical_params, file, 200, "File of the item", .def = "data",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			      .help = "Its name in binary.",
			      .show_when = "action=read;source=file"),
		TY_ROW_JSON(struct ical_params, value, "Text", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.data }}",
			    .show_when = "action=read;source=text"),
		TY_ROW_BOOL(
			struct ical_params, expand, "Expand recurrences", .def = "false",
			.show_when = "action=read",
			.help = "On: an item for each time in the window. Off: an item for each "
				"event, with its rule in recurrence."),
		TY_ROW_STRING(struct ical_params, from, 60, "From", .def = "",
			      .flags = TY_PARAM_EXPR | TY_PARAM_REQUIRED,
			      .placeholder = "={{ $now.toISO() }}",
			      .show_when = "action=read;expand=true",
			      .help = "Events that end after it, as an ISO date."),
		TY_ROW_STRING(struct ical_params, to, 60, "To", .def = "",
			      .flags = TY_PARAM_EXPR | TY_PARAM_REQUIRED,
			      .placeholder = "={{ $now.plus({ weeks: 2 }).toISO() }}",
			      .show_when = "action=read;expand=true",
			      .help = "Events that begin before it."),
		TY_ROW_INT(struct ical_params, limit, 1, TY_LIMIT_STEP_ITEMS, "Limit",
			   .def = "1000", .unit = "events", .show_when = "action=read",
			   .help = "More than that is an error."),
		TY_ROW_STRING(struct ical_params, name, 200, "Name of the calendar", .def = "",
			      .flags = TY_PARAM_EXPR, .show_when = "action=write"),
		TY_ROW_STRING(struct ical_params, into, 500, "Field for the text", .def = "data",
			      .show_when = "action=write"),
		NODE_PARSE_TIME_ROW(struct ical_params)),
	.params_size = sizeof(struct ical_params),
	.flags = TY_NODE_EFFECT | TY_NODE_GATHERS,
	.is_safe = ical_is_safe,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = ical_all,
	.each = ical_each,
	.whole = ical_is_whole,
	.resume = ical_resume,
};

static bool
ical_is_whole(const struct ty_node_def *def, const json_t *params)
{
	return strcmp(ty_json_str(params, "action", "read"), "write") == 0;
}

/* Neither way has an effect: reading asks the parser, writing nobody. */
static bool
ical_is_safe(const struct ty_node_def *def, const json_t *params)
{
	return true;
}

/* ---- asking ---- */

/* Seconds of the window's ends. */
struct window {
	int64_t from_s, to_s;
};

static enum ty_code
end_read(const struct ty_zone *zone, const char *text, const char *name, int64_t *ret_s,
	 struct ty_err *err)
{
	int64_t ms;

	if (node_moment_read(zone, text, &ms)) {
		*ret_s = ms / 1000 - (ms % 1000 < 0);
		return TY_OK;
	}
	ty_err_set(err, TY_E_INVALID, "\"%.60s\" is no date", text);
	ty_err_hint(err, "Write it as 2026-01-31 or 2026-01-31T10:00:00+01:00.");
	return ty_err_at(err, "%s", name);
}

static enum ty_code
window_read(struct ty_step *step, const struct ical_params *p, const struct ty_zone *zone,
	    struct window *ret_window, struct ty_err *err)
{
	if (end_read(zone, p->from, "from", &ret_window->from_s, err) != TY_OK ||
	    end_read(zone, p->to, "to", &ret_window->to_s, err) != TY_OK)
		return err->code;
	if (ret_window->to_s >= ret_window->from_s)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "the window ends before it begins");
	return ty_err_at(err, "to");
}

static enum ty_code
source_add(struct ty_step *step, const struct ical_params *p, size_t i, struct node_parse *ask,
	   struct ty_err *err)
{
	const json_t *file;
	const char *text;
	size_t len;

	if (p->source == FROM_TEXT) {
		if (node_into_text(ty_step_arena(step), p->value, "value", &text, &len, err) !=
		    TY_OK)
			return err->code;
		json_object_set_new(ask->options, "text", json_stringn_nocheck(text, len));
		return TY_OK;
	}
	file = node_parse_file(step, i, p->file, err);
	if (file == NULL)
		return err->code;
	json_array_append(ask->files, (json_t *)file);
	return TY_OK;
}

static enum ty_code
ical_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct ical_params *p = ty_step_params(step, i);
	struct ty_arena *arena = ty_step_arena(step);
	struct window window = { 0, 0 };
	struct node_parse ask = { .tool = "ical", .timeout_ms = p->timeout_ms };

	if (p->expand && window_read(step, p, ty_zone_load(arena, ty_step_timezone(step)), &window,
				     err) != TY_OK)
		return err->code;
	ask.files = json_array();
	ask.options = json_pack("{s:b, s:I, s:I, s:I}", "expand", p->expand, "from_s",
				(json_int_t)window.from_s, "to_s", (json_int_t)window.to_s, "limit",
				(json_int_t)p->limit);
	if (source_add(step, p, i, &ask, err) == TY_OK)
		return node_parse_call(step, &ask, err);
	json_decref(ask.files);
	json_decref(ask.options);
	return err->code;
}

/* ---- the answer ---- */

struct reading {
	struct ty_step *step;
	const struct ty_zone *home; /* of the workflow */
	struct ty_map *zones;	    /* name -> zone; 'none' = nobody knows it */
	struct window window;
	bool expand;
};

static const char none[] = "none";

/* The zone of that name; NULL = nobody knows it. */
static const struct ty_zone *
zone_find(struct reading *r, const char *name)
{
	void *known = ty_map_find(r->zones, name);
	struct ty_arena *arena = ty_step_arena(r->step);

	if (known == NULL) {
		const struct ty_zone *zone = ty_zone_load(arena, name);

		known = zone != NULL ? (void *)zone : (void *)none;
		ty_map_set(r->zones, ty_arena_strdup(arena, name), known);
	}
	return known != none ? known : NULL;
}

/* A time of the answer. */
struct moment {
	int64_t wall_s, at_s; /* at_s: where it has no offset, by the workflow's zone */
	int32_t offset_s;
	bool is_date, has_offset;
};

static struct moment
moment_of(struct reading *r, const json_t *time)
{
	const char *name = ty_json_str(time, "zone", NULL);
	const struct ty_zone *zone = name != NULL ? zone_find(r, name) : NULL;
	struct moment m = { .wall_s = ty_json_int(time, "wall_s", 0),
			    .is_date = ty_json_bool(time, "date", false) };
	const json_t *own = json_object_get(time, "offset_s");

	if (zone != NULL && !m.is_date) {
		m.at_s = ty_zone_moment(zone, m.wall_s);
		m.offset_s = ty_zone_span_at(zone, m.at_s).offset_s;
		m.has_offset = true;
	} else if (json_is_integer(own)) {
		m.offset_s = (int32_t)json_integer_value(own);
		m.at_s = m.wall_s - m.offset_s;
		m.has_offset = true;
	} else {
		m.at_s = ty_zone_moment(r->home, m.wall_s);
		if (name != NULL && !m.is_date)
			ty_step_notice(r->step, "unknown_zone",
				       "Times of the zone \"%.60s\", which is not known here, have "
				       "no offset.",
				       name);
	}
	return m;
}

static json_t *
moment_json(const struct moment *m)
{
	char text[TY_TIME_TEXT_SIZE], out[48];
	int offset = m->offset_s < 0 ? -m->offset_s : m->offset_s;

	ty_time_format(m->wall_s * 1000, text);
	if (m->is_date)
		return json_stringn(text, 10);
	if (!m->has_offset)
		return json_stringn(text, 19);
	if (offset == 0)
		snprintf(out, sizeof(out), "%.19sZ", text);
	else
		snprintf(out, sizeof(out), "%.19s%c%02d:%02d", text, m->offset_s < 0 ? '-' : '+',
			 offset / 3600, offset / 60 % 60);
	return json_string(out);
}

/* Does it happen in the window, and did no moment of UTC end or except it? */
static bool
is_wanted(const struct reading *r, const json_t *json, const struct moment *start,
	  const struct moment *end)
{
	const json_t *not_s = json_object_get(json, "not_s"), *at;
	int64_t last_s = end->at_s > start->at_s ? end->at_s : start->at_s + 1;
	size_t i;

	if (!r->expand)
		return true;
	if (start->at_s >= r->window.to_s || last_s <= r->window.from_s ||
	    start->at_s > ty_json_int(json, "until_s", INT64_MAX))
		return false;
	json_array_foreach((json_t *)not_s, i, at)
	{
		if (json_integer_value(at) == start->at_s)
			return false;
	}
	return true;
}

static enum ty_code
event_emit(struct reading *r, const json_t *json, size_t item, struct ty_err *err)
{
	static const char *const ours[] = { "not_s", "until_s" };
	const json_t *begin = json_object_get(json, "start"), *id;
	struct moment start = moment_of(r, begin), end = moment_of(r, json_object_get(json, "end")),
		      other;
	json_t *event;

	if (!is_wanted(r, json, &start, &end))
		return TY_OK;
	event = json_copy((json_t *)json);
	for (size_t i = 0; i < TY_ARRAY_COUNT(ours); i++)
		json_object_del(event, ours[i]);
	json_object_set_new(event, "start", moment_json(&start));
	json_object_set_new(event, "end", moment_json(&end));
	json_object_set_new(event, "all_day", json_boolean(start.is_date));
	json_object_set_new(event, "timezone",
			    json_object_get(begin, "zone") != NULL
				    ? json_incref(json_object_get(begin, "zone"))
				    : json_null());
	id = json_object_get(json, "recurrence_id");
	if (id != NULL) {
		other = moment_of(r, id);
		json_object_set_new(event, "recurrence_id", moment_json(&other));
	}
	return ty_step_emit(r->step, 0, event, item, err);
}

static enum ty_code
ical_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct ical_params *p = ty_step_params(step, answer->item);
	const json_t *items = node_parse_items(step, answer, err);
	struct ty_arena *arena = ty_step_arena(step);
	struct reading r = { .step = step, .expand = p->expand };
	json_t *item;
	size_t i;

	if (items == NULL)
		return err->code;
	r.home = ty_zone_load(arena, ty_step_timezone(step));
	r.zones = ty_map_new(arena);
	if (p->expand && window_read(step, p, r.home, &r.window, err) != TY_OK)
		return err->code;
	json_array_foreach((json_t *)items, i, item)
	{
		if (event_emit(&r, json_object_get(item, "json"), answer->item, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* ---- write ---- */

static enum ty_code
ical_all(struct ty_step *step, struct ty_err *err)
{
	const struct ical_params *p = ty_step_params(step, 0);
	size_t count = ty_step_input_count(step);
	struct ty_buf text;
	json_t *json;

	if (node_ical_write(step, p->name, &text, err) != TY_OK)
		return err->code;
	json = json_object();
	node_path_set(json, p->into, json_stringn_nocheck(text.data, text.len));
	return ty_step_emit_from(step, 0, json, node_from_all(step, count), count, err);
}
