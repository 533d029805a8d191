/*
 * schedules.h -- which schedules a workflow has: its live triggers of time, as lib/store keeps them.
 */
#ifndef TY_PUBLISH_SCHEDULES_H
#define TY_PUBLISH_SCHEDULES_H

#include "base/defs.h"
#include "graph/graph.h"
#include "json/json.h"
#include "store/schedule.h"

/*
 * The schedules that 'graph' asks for at 'now_ms', owned by 'arena'.  What is no schedule is appended to
 * 'findings'; true where there was none.  NULL, no workflow at all, asks for none.
 */
bool ty_publish_schedules_of(struct ty_arena *arena, const struct ty_graph *graph, int64_t now_ms,
			     struct ty_store_schedules *ret_schedules, json_t *findings);

/* Times that are shown of a schedule: enough to see a week of each hour. */
#define TY_PUBLISH_TIMES_MAX 200

/*
 * The next 'count' times after a moment, for people: { "times": [{ "at", "utc" }], "rule", "zones" }; "at" is as the zone's
 * clocks show it, "rule" what holds when they change.  Owned by 'arena'.
 * Errors: ty_schedule_parse's.
 */
enum ty_code ty_publish_schedule_times(struct ty_arena *arena, const struct ty_schedule_spec *spec,
				       int64_t after_ms, size_t count, json_t **ret_json,
				       struct ty_err *err) TY_MUST_CHECK;

#endif
