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

#endif
