/*
 * cmd_schedules.c -- when workflows start by themselves: list, the next times of one, and of one that is not saved.
 */
#include "list.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "json/json.h"
#include "publish/schedules.h"
#include "schedule/spec.h"
#include "store/schedule.h"

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const struct ty_store_schedule_filter filter = { .workflow_id = page->workflow_id,
							 .limit = page->limit };

	return ty_store_schedule_list(tx, &filter, ret_items, &page->next, err);
}

static enum ty_code
schedules_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },
		{ "workflow_name", "WORKFLOW" },
		{ "cron", "CRON" },
		{ "every", "EVERY" },
		{ "unit", "UNIT" },
		{ "timezone", "TIME ZONE" },
		{ "next_at", "NEXT" },
		{ "last_at", "LAST" },
		{ "last_verdict", "VERDICT" },
		{ "skipped_count", "SKIPPED" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "schedule", list, columns, err);
}

/* ---- times ---- */

static const struct ctl_column time_columns[] = {
	{ "at", "AT" },
	{ "utc", "UTC" },
	{ .member = NULL },
};

static enum ty_code
print_times(struct ctl *ctl, const struct ty_schedule_spec *spec, struct ty_err *err)
{
	const char *after = ctl_option(ctl, "after");
	int64_t after_ms = ty_time_now_ms(), count;
	json_t *times;

	if (after != NULL && !ty_time_parse(after, &after_ms)) {
		ty_err_set(err, TY_E_INVALID, "--after is no date and time with an offset");
		return ty_err_hint(err, "Write it as 2027-03-28T00:00:00Z.");
	}
	if (ctl_option_int(ctl, "count", 10, 1, TY_PUBLISH_TIMES_MAX, &count, err) != TY_OK ||
	    ty_publish_schedule_times(ctl->arena, spec, after_ms, (size_t)count, &times, err) !=
		    TY_OK)
		return err->code;
	if (ctl->is_json) {
		ctl_print_object(ctl, times);
		return TY_OK;
	}
	ctl_print_items(ctl, json_object_get(times, "times"), NULL, time_columns);
	ctl_say(ctl, "%s", ty_json_str(times, "rule", ""));
	return TY_OK;
}

static enum ty_code
schedules_next(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_schedule_spec spec;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "schedule", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_store_schedule_load(tx, &id, &spec, err), err) != TY_OK)
		return err->code;
	return print_times(ctl, &spec, err);
}

static void
set_text(json_t *params, const char *member, const char *text)
{
	if (text != NULL)
		json_object_set_new(params, member, json_string(text));
}

/* A cron expression, or an interval by its options: read as the node's parameters are. */
static enum ty_code
schedules_preview(struct ctl *ctl, struct ty_err *err)
{
	json_t *params = ty_json_own(ctl->arena, json_object());
	bool is_interval = ctl_option(ctl, "every") != NULL;
	struct ty_schedule_spec spec;
	int64_t every;

	if (ctl_option_int(ctl, "every", 1, 1, 1000000000000, &every, err) != TY_OK)
		return err->code;
	set_text(params, "kind", is_interval ? "interval" : "cron");
	set_text(params, "cron", ctl_arg(ctl, 0));
	set_text(params, "unit", ctl_option(ctl, "unit"));
	set_text(params, "anchor", ctl_option(ctl, "from"));
	set_text(params, "timezone", ctl_option(ctl, "timezone"));
	json_object_set_new(params, "every", json_integer(every));
	if (ty_schedule_spec_read(params, "UTC", &spec, err) != TY_OK)
		return err->code;
	return print_times(ctl, &spec, err);
}

#define TIMES_OPTIONS                                                                              \
	{ "count", "N", "times to show; default 10", false },                                      \
	{                                                                                          \
		"after", "TIME", "times after this moment; default now", false                     \
	}

static const struct ctl_option list_options[] = {
	{ "workflow", "WORKFLOW", "only that one's", false },
	CTL_LIST_LIMIT_OPTION,
	{ .name = NULL },
};
static const struct ctl_option next_options[] = {
	TIMES_OPTIONS,
	{ .name = NULL },
};
static const struct ctl_option preview_options[] = {
	{ "timezone", "ZONE", "such as Europe/Berlin; default UTC", false },
	{ "every", "N", "an interval of N units instead of an expression", false },
	{ "unit", "UNIT", "ms, seconds, minutes, hours, days, weeks, months; default hours",
	  false },
	{ "from", "TIME", "the interval's first time: 2026-12-01T09:00", false },
	TIMES_OPTIONS,
	{ .name = NULL },
};

const struct ctl_command ctl_schedules_commands[] = {
	{ "schedules list", "", "List schedules with their next and last time, the soonest first",
	  list_options, schedules_list },
	{ "schedules next", "ID", "Show the next times of a schedule", next_options,
	  schedules_next },
	{ "schedules preview", "[CRON]", "Show the next times of an expression or an interval",
	  preview_options, schedules_preview },
	{ .name = NULL },
};
