/*
 * validate.c -- everything that is wrong or odd with a workflow, all at once.
 *
 * What could not be read was reported while building; here comes what the graph as a
 * whole must hold: one live trigger of a kind, no cycle, known nodes, everything reachable.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/zone.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

struct validator {
	struct ty_graph *graph;
	struct ty_graph_report *report;
};

static const char *
node_path(const struct validator *v, const struct ty_graph_node *node, const char *key)
{
	return ty_arena_printf(v->report->arena, "nodes[%zu]%s", node->index, key);
}

static bool
node_is_live_trigger(const struct ty_graph_node *node)
{
	return ty_node_is_trigger(node->def) && !node->disabled;
}

static void
validate_triggers_of(const struct validator *v, enum ty_run_start start, bool *any)
{
	static const char *const kinds[TY_RUN_START__COUNT] = {
		[TY_RUN_START_WORLD] = "that the world fires",
		[TY_RUN_START_HAND] = "that is started by hand",
		[TY_RUN_START_CALL] = "that other workflows call",
		[TY_RUN_START_FAILURE] = "for the errors of others",
	};
	const struct ty_graph_node *first = NULL, *second = NULL;
	const char *names = "";

	for (size_t i = 0; i < v->graph->node_count; i++) {
		const struct ty_graph_node *node = &v->graph->nodes[i];

		if (!node_is_live_trigger(node) || ty_node_start(node->def) != start)
			continue;
		names = ty_arena_printf(v->report->arena, "%s%s\"%.40s\"", names,
					first != NULL ? ", " : "", node->name);
		if (first == NULL)
			first = node;
		else if (second == NULL)
			second = node;
	}
	*any = *any || first != NULL;
	if (second != NULL)
		ty_graph_report_add(v->report, TY_FINDING_TWO_TRIGGERS, second->id,
				    node_path(v, second, ""), NULL,
				    "a workflow has one live trigger %s, this one has more: %s",
				    kinds[start], names);
}

static void
validate_triggers(const struct validator *v)
{
	bool any = false;

	for (size_t i = 0; i < TY_RUN_START__COUNT; i++)
		validate_triggers_of(v, (enum ty_run_start)i, &any);
	if (!any)
		ty_graph_report_add(v->report, TY_FINDING_NO_TRIGGER, NULL, "nodes", NULL,
				    "nothing starts this workflow: it has no live trigger");
}

static void
validate_reachable(const struct validator *v)
{
	bool *marks = ty_arena_alloc_array(v->graph->arena, v->graph->node_count + 1, sizeof(bool));
	bool any = false;

	for (size_t i = 0; i < v->graph->node_count; i++) {
		marks[i] = node_is_live_trigger(&v->graph->nodes[i]);
		any = any || marks[i];
	}
	if (!any)
		return; /* then nothing is reached, and no_trigger says why */
	ty_graph_reach(v->graph, marks);
	for (size_t i = 0; i < v->graph->node_count; i++) {
		const struct ty_graph_node *node = &v->graph->nodes[i];

		if (!marks[i] && !node->disabled)
			ty_graph_report_add(v->report, TY_FINDING_UNREACHABLE, node->id,
					    node_path(v, node, ""), NULL,
					    "node \"%s\" is never run: no way leads from the "
					    "trigger to it",
					    node->name);
	}
}

static void
validate_duplicate_edges(const struct validator *v)
{
	const struct ty_graph *graph = v->graph;

	for (size_t i = 1; i < graph->edge_count; i++) {
		const struct ty_graph_edge *b = &graph->edges[i];
		size_t from = (size_t)(b->from - graph->nodes);

		for (size_t j = graph->out_begin[from]; graph->out_edges[j] != b; j++) {
			const struct ty_graph_edge *a = graph->out_edges[j];

			if (a->to != b->to || a->output != b->output || a->input != b->input)
				continue;
			ty_graph_report_add(v->report, TY_FINDING_DUPLICATE_EDGE, b->from->id,
					    ty_arena_printf(graph->arena, "edges[%zu]", b->index),
					    NULL, "edges[%zu] is the same edge", a->index);
			break;
		}
	}
}

static void
validate_node_def(const struct validator *v, const struct ty_graph_node *node)
{
	const char *versions =
		ty_registry_versions(v->graph->registry, v->graph->arena, node->type);

	if (node->match == TY_REGISTRY_MISSING && versions != NULL)
		ty_graph_report_add(
			v->report, TY_FINDING_UNKNOWN_NODE, node->id,
			node_path(v, node, ".version"),
			"Install what brings this version, or replace the node",
			"version %d of %.80s is not here, and no version that is (%.80s) "
			"takes its parameters",
			node->version, node->type, versions);
	else if (node->match == TY_REGISTRY_MISSING && *node->type != '\0')
		ty_graph_report_add(v->report, TY_FINDING_UNKNOWN_NODE, node->id,
				    node_path(v, node, ".type"), NULL,
				    "there is no node type \"%.80s\" here", node->type);
	if (node->match == TY_REGISTRY_FALLBACK)
		ty_graph_report_add(v->report, TY_FINDING_VERSION_FALLBACK, node->id,
				    node_path(v, node, ".version"), NULL,
				    "version %d of %s is not here, version %d is used",
				    node->version, node->type, node->def->version);
}

static void
validate_settings(const struct validator *v, const struct ty_validate_ops *ops)
{
	const char *zone = ty_graph_timezone(v->graph);
	const char *other = ty_graph_error_workflow(v->graph), *fault = NULL;

	if (other != NULL && ops->workflow_fault != NULL)
		fault = ops->workflow_fault(ops->ctx, other, TY_RUN_START_FAILURE);
	if (fault != NULL)
		ty_graph_report_add(v->report, TY_FINDING_MISSING_WORKFLOW, NULL,
				    "settings.error_workflow", NULL, "%s", fault);

	/* Check the zone here and nowhere else, so that a version that is published already goes on as
	 * it does. */
	if (!ty_zone_is_known(zone))
		ty_graph_report_add(
			v->report, TY_FINDING_BAD_SETTING, NULL, "settings.timezone",
			"Write it as in the IANA list, such as \"Europe/Berlin\"; where it "
			"is a new one, the package tzdata needs an update",
			"there is no time zone \"%.60s\"", zone);
}

static bool
node_awaits_answer(const struct ty_graph_node *node)
{
	return node_is_live_trigger(node) && node->def->awaits_answer != NULL &&
	       node->def->awaits_answer(node->params);
}

/* A caller that waits for a node that is not there would wait in vain. */
static void
validate_answers(const struct validator *v)
{
	bool answers = false;

	for (size_t i = 0; i < v->graph->node_count; i++) {
		const struct ty_graph_node *node = &v->graph->nodes[i];

		answers = answers || (node->def != NULL && !node->disabled &&
				      (node->def->flags & TY_NODE_ANSWERS) != 0);
	}
	for (size_t i = 0; i < v->graph->node_count && !answers; i++) {
		const struct ty_graph_node *node = &v->graph->nodes[i];

		if (node_awaits_answer(node))
			ty_graph_report_add(v->report, TY_FINDING_NO_RESPOND, node->id,
					    node_path(v, node, ".params.answer"), NULL,
					    "its sender waits for the answer of a node, and no "
					    "node of the workflow answers");
	}
}

/* Report the notices of the nodes' definitions; some count only beside another kind of trigger. */
static void
validate_notices(const struct validator *v)
{
	unsigned live = 0, unawaited = 0;

	for (size_t i = 0; i < v->graph->node_count; i++) {
		const struct ty_graph_node *node = &v->graph->nodes[i];

		if (!node_is_live_trigger(node))
			continue;
		live |= node->def->triggers;
		if (!node_awaits_answer(node))
			unawaited |= node->def->triggers;
	}
	for (size_t i = 0; i < v->graph->node_count; i++) {
		const struct ty_graph_node *node = &v->graph->nodes[i];
		const struct ty_notice *notice;

		if (node->def == NULL || node->disabled)
			continue;
		for (notice = node->def->notices; notice != NULL && notice->text != NULL; notice++)
			if (notice->beside == 0 ||
			    (notice->beside & (notice->unless_awaited ? unawaited : live)) != 0)
				ty_graph_report_add(v->report, TY_FINDING_NO_EFFECT, node->id,
						    node_path(v, node, ""), notice->hint, "%s",
						    notice->text);
	}
}

static void
validate_nodes(const struct validator *v, struct ty_validate_ops *ops)
{
	for (size_t i = 0; i < v->graph->node_count; i++) {
		const struct ty_graph_node *node = &v->graph->nodes[i];
		const struct ty_graph_node *named = ty_graph_node_find_name(v->graph, node->name);

		if (named != node)
			ty_graph_report_add(v->report, TY_FINDING_DUPLICATE_NAME, node->id,
					    node_path(v, node, ".name"), NULL,
					    "the name \"%s\" is that of nodes[%zu] already",
					    node->name, named->index);
		validate_node_def(v, node);
		if (node->def != NULL && !node->disabled)
			ty_graph_check_params(v->graph, node, ops, v->report);
	}
}

json_t *
ty_graph_validate(struct ty_arena *arena, const struct ty_registry *registry, const json_t *doc,
		  const struct ty_validate_ops *ops, bool *ret_has_errors)
{
	struct ty_validate_ops own = { 0 }; /* a copy: a checker that fails is dropped */
	struct ty_graph_report report;
	struct validator v = { .report = &report };

	if (ops != NULL)
		own = *ops;
	ty_graph_report_init(&report, arena);
	v.graph = ty_graph_build(arena, registry, doc, &report);
	if (v.graph != NULL) {
		ty_graph_check_members(doc, &report);
		validate_nodes(&v, &own);
		validate_settings(&v, &own);
		validate_notices(&v);
		validate_answers(&v);
		validate_duplicate_edges(&v);
		validate_triggers(&v);
		ty_graph_sort(v.graph, &report);
		validate_reachable(&v);
	}
	*ret_has_errors = report.has_errors;
	return ty_graph_report_json(&report);
}
