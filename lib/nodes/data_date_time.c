/*
 * data.date_time -- dates and times: now, read and written, moved, rounded, compared, taken apart.
 *
 * Invariants:
 *   (1) "Now" is the step's own clock, which is recorded, so that a replay sees the same.
 *   (2) A date without an offset is one of the zone that is set, and results are shown in it.
 *   (3) What is no date ("2024-02-30", "") is that item's error, and never another day.
 */
#include "nodes/date_format.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/zone.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DO_NOW, DO_FORMAT, DO_ADD, DO_SUBTRACT, DO_BETWEEN, DO_ROUND, DO_PART };
enum { ROUND_DOWN, ROUND_UP, ROUND_NEAREST };
enum { NUMBER_MS, NUMBER_S };
enum {
	PART_YEAR,
	PART_QUARTER,
	PART_MONTH,
	PART_WEEK,
	PART_DAY,
	PART_WEEKDAY,
	PART_DAY_OF_YEAR,
	PART_HOUR,
	PART_MINUTE,
	PART_SECOND,
	PART_MILLISECOND,
	PART_MONTH_DAYS,
};

struct date_params {
	int action, unit, direction, part, numbers;
	const json_t *value, *until;
	int64_t amount;
	const char *format, *input_format, *zone, *into;
};

static const struct ty_choice date_actions[] = {
	[DO_NOW] = { "now", "Take the current time" },
	[DO_FORMAT] = { "format", "Write a date in another form" },
	[DO_ADD] = { "add", "Add time to a date" },
	[DO_SUBTRACT] = { "subtract", "Subtract time from a date" },
	[DO_BETWEEN] = { "between", "Count the time between two dates" },
	[DO_ROUND] = { "round", "Round a date" },
	[DO_PART] = { "part", "Take a part of a date" },
	{ NULL, NULL },
};

static const struct ty_choice date_units[] = {
	[NODE_UNIT_YEARS] = { "years", "Years" },
	[NODE_UNIT_QUARTERS] = { "quarters", "Quarters" },
	[NODE_UNIT_MONTHS] = { "months", "Months" },
	[NODE_UNIT_WEEKS] = { "weeks", "Weeks" },
	[NODE_UNIT_DAYS] = { "days", "Days" },
	[NODE_UNIT_HOURS] = { "hours", "Hours" },
	[NODE_UNIT_MINUTES] = { "minutes", "Minutes" },
	[NODE_UNIT_SECONDS] = { "seconds", "Seconds" },
	[NODE_UNIT_MILLISECONDS] = { "milliseconds", "Milliseconds" },
	{ NULL, NULL },
};

static const struct ty_choice date_directions[] = {
	[ROUND_DOWN] = { "down", "To its beginning" },
	[ROUND_UP] = { "up", "To the next beginning" },
	[ROUND_NEAREST] = { "nearest", "To the nearer of both" },
	{ NULL, NULL },
};

static const struct ty_choice date_parts[] = {
	[PART_YEAR] = { "year", "Year" },
	[PART_QUARTER] = { "quarter", "Quarter" },
	[PART_MONTH] = { "month", "Month" },
	[PART_WEEK] = { "week", "Week of the year (ISO 8601)" },
	[PART_DAY] = { "day", "Day of the month" },
	[PART_WEEKDAY] = { "weekday", "Day of the week (1 = Monday)" },
	[PART_DAY_OF_YEAR] = { "day_of_year", "Day of the year" },
	[PART_HOUR] = { "hour", "Hour" },
	[PART_MINUTE] = { "minute", "Minute" },
	[PART_SECOND] = { "second", "Second" },
	[PART_MILLISECOND] = { "millisecond", "Millisecond" },
	[PART_MONTH_DAYS] = { "month_days", "Days that the month has" },
	{ NULL, NULL },
};

static const struct ty_choice date_numbers[] = {
	[NUMBER_MS] = { "milliseconds", "Milliseconds since 1970" },
	[NUMBER_S] = { "seconds", "Seconds since 1970" },
	{ NULL, NULL },
};

/* The zone of the last item, which mostly is that of the next. */
struct date_state {
	const char *zone_name;
	const struct ty_zone *zone;
};

static void date_check(const struct ty_node_def *def, const json_t *params,
		       ty_param_finding_fn found, void *ctx);
static enum ty_code date_each(struct ty_step *step, size_t i, struct ty_err *err);

#define FORMAT_HELP                                                                                \
	"In luxon's tokens: yyyy-MM-dd HH:mm, d MMMM yyyy, ccc, a, ZZ, X ...; texts stand in "     \
	"'quotes'."

const struct ty_node_def ty_node_data_date_time = {
	TY_NODE_HEAD,
	.type = "data.date_time",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Date & time",
	.summary = "Read, write, move, round and compare dates",
	.icon = "calendar-clock",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct date_params, action, date_actions, "Do", .def = "format"),
		TY_ROW_JSON(struct date_params, value, "Date",
			    .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			    .placeholder = "={{ $json.created_at }}", .show_when = "action!=now",
			    .help = "A text as ISO 8601 or an e-mail has it, or a number."),
		TY_ROW_JSON(struct date_params, until, "Until",
			    .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			    .placeholder = "={{ $json.paid_at }}", .show_when = "action=between"),
		TY_ROW_INT(struct date_params, amount, -1000000000, 1000000000, "Amount",
			   .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			   .show_when = "action=add,subtract"),
		TY_ROW_ENUM(struct date_params, unit, date_units, "Unit", .def = "days",
			    .flags = TY_PARAM_EXPR,
			    .show_when = "action=add,subtract,between,round",
			    .help = "Days and longer keep the time of day over a change of the "
				    "clocks; a day that a month lacks becomes its last."),
		TY_ROW_ENUM(struct date_params, direction, date_directions, "Round", .def = "down",
			    .show_when = "action=round"),
		TY_ROW_ENUM(struct date_params, part, date_parts, "Part", .def = "year",
			    .show_when = "action=part"),
		TY_ROW_STRING(struct date_params, format, 200, "Write as", .def = "",
			      .flags = TY_PARAM_EXPR, .placeholder = "yyyy-MM-dd",
			      .show_when = "action!=between,part",
			      .help = "Empty: ISO 8601. " FORMAT_HELP),
		TY_ROW_STRING(struct date_params, input_format, 200, "Read as", .def = "",
			      .flags = TY_PARAM_EXPR | TY_PARAM_ADVANCED,
			      .placeholder = "dd/MM/yyyy", .show_when = "action!=now",
			      .help = "Empty: ISO 8601, or as in e-mails. " FORMAT_HELP),
		TY_ROW_ENUM(struct date_params, numbers, date_numbers, "Numbers are",
			    .def = "milliseconds", .flags = TY_PARAM_ADVANCED,
			    .show_when = "action!=now"),
		TY_ROW_STRING(struct date_params, zone, 64, "Time zone", .def = "",
			      .flags = TY_PARAM_EXPR | TY_PARAM_ADVANCED,
			      .placeholder = "Europe/Berlin",
			      .help = "Empty: the workflow's. Of dates without an offset, and of "
				      "what is written."),
		NODE_INTO_ROW(struct date_params, "result")),
	.params_size = sizeof(struct date_params),
	.state_size = sizeof(struct date_state),
	.flags = TY_NODE_PURE,
	.check = date_check,
	.advise = node_into_advise,
	.each = date_each,
};

/* ---- check ---- */

static void
check_pattern(struct ty_arena *arena, const json_t *params, const char *name,
	      ty_param_finding_fn found, void *ctx)
{
	const char *pattern = ty_json_str(params, name, "");
	struct ty_err err = { TY_OK };
	struct ty_buf out;

	ty_buf_init(&out, arena, 0);
	if (pattern[0] != '=' &&
	    node_date_format(ty_zone_load(arena, "UTC"), 0, pattern, &out, &err) != TY_OK)
		found(ctx, name, err.msg, err.hint);
}

static void
date_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	   void *ctx)
{
	const char *zone = ty_json_str(params, "zone", "");
	struct ty_arena *arena = ty_arena_new(NULL, "date", 0);

	if (zone[0] != '\0' && zone[0] != '=' && !ty_zone_is_known(zone))
		found(ctx, "zone", "is no time zone", "Use a name such as \"Europe/Berlin\".");
	check_pattern(arena, params, "format", found, ctx);
	check_pattern(arena, params, "input_format", found, ctx);
	node_into_check(def, params, found, ctx);
	ty_arena_free(arena);
}

/* ---- reading ---- */

static const struct ty_zone *
date_zone(struct ty_step *step, const struct date_params *p, struct ty_err *err)
{
	const char *name = p->zone[0] != '\0' ? p->zone : ty_step_timezone(step);
	struct date_state *state = ty_step_state(step);

	if (state->zone_name != NULL && strcmp(state->zone_name, name) == 0)
		return state->zone;
	if (strlen(name) < 64)
		state->zone = ty_zone_load(ty_step_arena(step), name);
	else
		state->zone = NULL;
	state->zone_name = ty_arena_strdup(ty_step_arena(step), name);
	if (state->zone != NULL)
		return state->zone;
	state->zone_name = NULL;
	ty_err_set(err, TY_E_INVALID, "\"%.60s\" is no time zone", name);
	ty_err_hint(err, "Use a name such as \"Europe/Berlin\".");
	ty_err_at(err, "zone");
	return NULL;
}

static enum ty_code
no_date(const char *name, const json_t *value, struct ty_err *err)
{
	char found[96];

	ty_param_words(value, found, sizeof(found));
	ty_err_set(err, TY_E_INVALID, "parameter \"%s\" is %s, which is no date", name, found);
	ty_err_hint(err, "Give a date such as 2026-02-09 or 2026-02-09T03:04:05+01:00, or say in "
			 "\"Read as\" how it is written.");
	return ty_err_at(err, "%s", name);
}

static enum ty_code
date_of_number(const struct date_params *p, const char *name, const json_t *value, int64_t *ret_ms,
	       struct ty_err *err)
{
	double ms = json_number_value(value) * (p->numbers == NUMBER_S ? 1000 : 1);

	if (!(ms >= (double)NODE_MOMENT_MIN_MS && ms <= (double)NODE_MOMENT_MAX_MS))
		return no_date(name, value, err);
	*ret_ms = (int64_t)floor(ms);
	return TY_OK;
}

static enum ty_code
date_of(const struct date_params *p, const struct ty_zone *zone, const char *name,
	const json_t *value, int64_t *ret_ms, struct ty_err *err)
{
	const char *text = json_string_value(value);

	if (json_is_number(value) && p->input_format[0] == '\0')
		return date_of_number(p, name, value, ret_ms, err);
	if (text == NULL)
		return no_date(name, value, err);
	if (p->input_format[0] != '\0')
		return node_date_parse(zone, text, p->input_format, ret_ms, err) == TY_OK
			       ? TY_OK
			       : ty_err_at(err, "%s", name);
	return node_moment_read(zone, text, ret_ms) ? TY_OK : no_date(name, value, err);
}

/* ---- what is done ---- */

static enum ty_code
date_moved(const struct date_params *p, const struct ty_zone *zone, int64_t *ms, struct ty_err *err)
{
	int64_t amount = p->action == DO_SUBTRACT ? -p->amount : p->amount;

	if (node_moment_add(zone, *ms, (enum node_unit)p->unit, amount, ms))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "the date would be outside of the years 1 to 9999");
	return ty_err_at(err, "amount");
}

static int64_t
date_rounded(const struct date_params *p, const struct ty_zone *zone, int64_t ms)
{
	enum node_unit unit = (enum node_unit)p->unit;
	int64_t down = node_moment_floor(zone, ms, unit), up = down;

	if (p->direction == ROUND_DOWN || down == ms || !node_moment_add(zone, down, unit, 1, &up))
		return down;
	/* An hour that clocks show twice begins where the one before has ended. */
	up = node_moment_floor(zone, up, unit);
	return p->direction == ROUND_UP || ms - down >= up - ms ? up : down;
}

static int
date_part(const struct date_params *p, const struct ty_zone *zone, int64_t ms)
{
	struct node_wall wall = node_moment_wall(zone, ms, NULL);
	const int parts[] = {
		[PART_YEAR] = wall.year,
		[PART_QUARTER] = (wall.month - 1) / 3 + 1,
		[PART_MONTH] = wall.month,
		[PART_WEEK] = node_wall_week(&wall, NULL),
		[PART_DAY] = wall.day,
		[PART_WEEKDAY] = node_wall_weekday(&wall),
		[PART_DAY_OF_YEAR] = node_wall_day_of_year(&wall),
		[PART_HOUR] = wall.hour,
		[PART_MINUTE] = wall.minute,
		[PART_SECOND] = wall.second,
		[PART_MILLISECOND] = wall.ms,
		[PART_MONTH_DAYS] = node_wall_month_days(&wall),
	};

	return parts[p->part];
}

static enum ty_code
date_written(struct ty_step *step, const struct date_params *p, const struct ty_zone *zone,
	     int64_t ms, json_t **ret_value, struct ty_err *err)
{
	char iso[NODE_DATE_ISO_SIZE];
	struct ty_buf out;

	if (p->format[0] == '\0') {
		node_date_iso(zone, ms, iso);
		*ret_value = json_string(iso);
		return TY_OK;
	}
	ty_buf_init(&out, ty_step_arena(step), 64);
	if (node_date_format(zone, ms, p->format, &out, err) != TY_OK)
		return ty_err_at(err, "format");
	*ret_value = json_stringn_nocheck(out.data, out.len);
	return TY_OK;
}

static enum ty_code
date_made(struct ty_step *step, const struct date_params *p, json_t **ret_value, struct ty_err *err)
{
	const struct ty_zone *zone = date_zone(step, p, err);
	int64_t ms = ty_step_now_ms(step), until;

	if (zone == NULL ||
	    (p->action != DO_NOW && date_of(p, zone, "value", p->value, &ms, err) != TY_OK))
		return err->code;
	switch (p->action) {
	case DO_BETWEEN:
		if (date_of(p, zone, "until", p->until, &until, err) != TY_OK)
			return err->code;
		*ret_value =
			json_integer(node_moment_between(zone, ms, until, (enum node_unit)p->unit));
		return TY_OK;
	case DO_PART:
		*ret_value = json_integer(date_part(p, zone, ms));
		return TY_OK;
	case DO_ADD:
	case DO_SUBTRACT:
		if (date_moved(p, zone, &ms, err) != TY_OK)
			return err->code;
		break;
	case DO_ROUND:
		ms = date_rounded(p, zone, ms);
		break;
	default:
		break;
	}
	return date_written(step, p, zone, ms, ret_value, err);
}

static enum ty_code
date_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct date_params *p = ty_step_params(step, i);
	json_t *value = NULL;

	if (date_made(step, p, &value, err) != TY_OK)
		return err->code;
	return node_into_emit(step, i, p->into, value, err);
}
