/*
 * api_schedule.c -- when workflows start by themselves: the schedules on the air, and the next times of one,
 * also of one that is still being written.
 */
#include "api.h"

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "publish/schedules.h"
#include "schedule/spec.h"
#include "store/schedule.h"

enum ty_code
api_schedule_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_schedule_list *form = call->query;
	const struct ty_store_schedule_filter filter = {
		.workflow_id = form->workflow_id,
		.cursor = ty_str_or_null(form->cursor),
		.limit = form->limit,
	};
	json_t *items;
	const char *next;

	if (ty_store_schedule_list(call->tx, &filter, &items, &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

static enum ty_code
answer_times(struct ty_api_call *call, const struct ty_schedule_spec *spec, const char *after,
	     int64_t count, struct ty_err *err)
{
	int64_t after_ms = ty_time_now_ms();
	json_t *times;

	if (!ty_str_is_blank(after) && !ty_time_parse(after, &after_ms)) {
		ty_err_set(err, TY_E_INVALID, "\"after\" is no date and time with an offset");
		ty_err_hint(err, "Write it as 2027-03-28T00:00:00Z.");
		return ty_err_at(err, "after");
	}
	if (ty_publish_schedule_times(call->arena, spec, after_ms, (size_t)count, &times, err) !=
	    TY_OK)
		return err->code;
	return api_json(call, 200, times);
}

enum ty_code
api_schedule_next(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_schedule_next *form = call->query;
	struct ty_schedule_spec spec;

	if (ty_store_schedule_load(call->tx, &call->id, &spec, err) != TY_OK)
		return err->code;
	return answer_times(call, &spec, form->after, form->count, err);
}

enum ty_code
api_schedule_preview(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_schedule_preview *form = call->body;
	struct ty_schedule_spec spec;

	if (ty_schedule_spec_read(call->body_json, "UTC", &spec, err) != TY_OK)
		return err->code;
	return answer_times(call, &spec, form->after, form->count, err);
}
