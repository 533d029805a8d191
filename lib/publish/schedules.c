/*
 * schedules.c -- from the live schedules of a graph to the rows that lib/store keeps.
 */
#include "publish/schedules.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "base/zone.h"
#include "graph/finding.h"
#include "param/param.h"
#include "schedule/spec.h"

static bool
schedule_from_node(struct ty_arena *arena, const struct ty_graph *graph,
		   const struct ty_graph_node *node, int64_t now_ms,
		   struct ty_store_schedule *schedule, struct ty_err *err)
{
	const struct ty_schedule *parsed;

	if (ty_schedule_spec_read(node->params, ty_graph_timezone(graph), &schedule->spec, err) !=
		    TY_OK ||
	    ty_schedule_parse(arena, &schedule->spec, now_ms, &parsed, err) != TY_OK)
		return false;
	schedule->node_id = node->id;
	schedule->missed = ty_json_str(node->params, "missed", "once");
	schedule->missed_max =
		ty_param_whole(node->params, "missed_max", TY_SCHEDULE_MISSED_DEFAULT);
	schedule->overlap = ty_json_str(node->params, "overlap", "allow");
	schedule->timeout_ms = ty_graph_timeout_ms(graph);
	return ty_schedule_next(parsed, now_ms, &schedule->next_at_ms);
}

bool
ty_publish_schedules_of(struct ty_arena *arena, const struct ty_graph *graph, int64_t now_ms,
			struct ty_store_schedules *ret_schedules, json_t *findings)
{
	size_t count = graph != NULL ? ty_graph_node_count(graph) : 0;
	struct ty_store_schedules schedules = { .count = 0 };
	bool ok = true;

	schedules.list = ty_arena_alloc_array(arena, count + 1, sizeof(*schedules.list));
	for (size_t i = 0; i < count; i++) {
		const struct ty_graph_node *node = ty_graph_node_at(graph, i);
		struct ty_err err;

		if (!ty_node_claims(node->def, TY_TRIGGER_SCHEDULE) || node->disabled)
			continue;
		ty_err_clear(&err);
		if (schedule_from_node(arena, graph, node, now_ms, &schedules.list[schedules.count],
				       &err)) {
			schedules.count++;
			continue;
		}
		ok = false;
		ty_graph_finding_append(
			findings, arena, TY_FINDING_INVALID_PARAM, node->id,
			ty_arena_printf(arena, "nodes[%zu].params.%s", node->index, err.path),
			err.hint[0] != '\0' ? err.hint : NULL, err.msg);
	}
	*ret_schedules = schedules;
	return ok;
}

enum ty_code
ty_publish_schedule_times(struct ty_arena *arena, const struct ty_schedule_spec *spec,
			  int64_t after_ms, size_t count, json_t **ret_json, struct ty_err *err)
{
	const struct ty_schedule *schedule;
	char zones[TY_ZONE_VERSION_SIZE];
	json_t *times;

	if (ty_schedule_parse(arena, spec, after_ms, &schedule, err) != TY_OK)
		return err->code;
	times = json_array();
	for (size_t i = 0; i < count && ty_schedule_next(schedule, after_ms, &after_ms); i++) {
		char at[TY_SCHEDULE_TIME_SIZE], utc[TY_TIME_TEXT_SIZE];

		ty_schedule_format(schedule, after_ms, at);
		ty_time_format(after_ms, utc);
		json_array_append_new(times, json_pack("{s:s, s:s}", "at", at, "utc", utc));
	}
	ty_zone_version(zones);
	*ret_json = ty_json_own(arena, json_pack("{s:o, s:s, s:s}", "times", times, "rule",
						 ty_schedule_rule(schedule), "zones", zones));
	return TY_OK;
}
