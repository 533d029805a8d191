/*
 * core.schedule -- start when its time comes.
 *
 * When that is was decided long before this node runs: its parameters are read when the workflow is
 * published (lib/publish/schedules.h), and tyboo-schedule hands each tick in.  Here the tick is
 * simply what goes out.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "nodes/nodes.h"
#include "schedule/spec.h"

struct schedule_params {
	int kind, unit, missed, overlap;
	int64_t every, missed_max;
	const char *cron, *anchor, *timezone;
};

static const struct ty_choice schedule_kinds[] = {
	[TY_SCHEDULE_CRON] = { "cron", "Cron expression" },
	[TY_SCHEDULE_INTERVAL] = { "interval", "Interval" },
	{ NULL, NULL },
};

static const struct ty_choice schedule_units[] = {
#define X(symbol, name, label, ms, months) [symbol] = { name, label },
#include "schedule/unit.def"
#undef X
	{ NULL, NULL },
};

static const struct ty_choice schedule_missed[] = {
	{ "skip", "Leave them out" },
	{ "once", "Run once for all of them" },
	{ "all", "Run each of the last" },
	{ NULL, NULL },
};

static const struct ty_choice schedule_overlaps[] = {
	{ "allow", "Run beside it" },
	{ "skip", "Leave the new one out" },
	{ "queue", "Run behind it" },
	{ NULL, NULL },
};

static void schedule_check(const struct ty_node_def *def, const json_t *params,
			   ty_param_finding_fn found, void *ctx);
static enum ty_code schedule_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_schedule = {
	TY_NODE_HEAD,
	.type = "core.schedule",
	.version = 1,
	.category = TY_CATEGORY_TRIGGER,
	.title = "Schedule",
	.summary = "Start at times of a clock",
	.icon = "calendar-clock",
	.triggers = TY_CLAIM(TY_TRIGGER_SCHEDULE),
	.inputs = ty_ports_none,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct schedule_params, kind, schedule_kinds, "When", .def = "cron"),
		TY_ROW_STRING(struct schedule_params, cron, TY_SCHEDULE_CRON_BYTES,
			      "Cron expression", .flags = TY_PARAM_REQUIRED,
			      .show_when = "kind=cron", .placeholder = "30 9 * * MON-FRI",
			      .help = "Minute, hour, day of month, month, weekday; six fields have "
				      "the second first.  1,3 and 1-5 and */2, names, L, 15W, 1#2, "
				      "@daily."),
		TY_ROW_INT(struct schedule_params, every, 1, 1000000000000, "Every", .def = "1",
			   .show_when = "kind=interval", .help = "From one second to ten years."),
		TY_ROW_ENUM(struct schedule_params, unit, schedule_units, "Unit", .def = "hours",
			    .show_when = "kind=interval",
			    .help = "Days, weeks and months keep the time of day when clocks "
				    "change."),
		TY_ROW_STRING(
			struct schedule_params, anchor, 40, "From", .def = "",
			.show_when = "kind=interval", .placeholder = "2026-12-01T09:00",
			.help = "The first time, in the time zone, or with an offset.  Empty: "
				"a midnight, a Monday and the first of a month."),
		TY_ROW_STRING(struct schedule_params, timezone, 64, "Time zone", .def = "",
			      .placeholder = "Europe/Berlin",
			      .help = "A name of the IANA list; empty: the workflow's own."),
		TY_ROW_ENUM(struct schedule_params, missed, schedule_missed, "Missed times",
			    .flags = TY_PARAM_ADVANCED, .def = "once",
			    .help = "Times that passed while no scheduler was running."),
		TY_ROW_INT(struct schedule_params, missed_max, 1, TY_SCHEDULE_MISSED_MAX, "At most",
			   .flags = TY_PARAM_ADVANCED, .def = "10", .show_when = "missed=all"),
		TY_ROW_ENUM(struct schedule_params, overlap, schedule_overlaps,
			    "While the last run is not over", .flags = TY_PARAM_ADVANCED,
			    .def = "allow")),
	.params_size = sizeof(struct schedule_params),
	.flags = TY_NODE_PURE,
	.check = schedule_check,
	.exec = schedule_exec,
};

static void
schedule_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	       void *ctx)
{
	const struct ty_schedule *schedule;
	struct ty_schedule_spec spec;
	struct ty_arena *arena;
	struct ty_err err;

	ty_err_clear(&err);
	/* A missing expression is the table's to say. */
	if (ty_json_str(params, "cron", "")[0] == '\0' &&
	    ty_str_eq(ty_json_str(params, "kind", "cron"), "cron"))
		return;
	arena = ty_arena_new(NULL, "schedule", 0);
	/* Wrong words and expressions are the table's to say, too. */
	if (ty_schedule_spec_read(params, "UTC", &spec, &err) == TY_OK &&
	    ty_schedule_parse(arena, &spec, ty_time_now_ms(), &schedule, &err) != TY_OK)
		found(ctx, err.path, err.msg, err.hint);
	ty_arena_free(arena);
}

static enum ty_code
schedule_exec(struct ty_step *step, struct ty_err *err)
{
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}
