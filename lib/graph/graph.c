/*
 * graph.c -- build a graph from a document, and look things up in it.
 *
 * Memory: all in the arena given to ty_graph_parse; strings and params are borrowed
 * from the document.  Immutable once built.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "json/json.h"

#include <stdio.h>

/* Sizes first: behind these, work and recursion are bounded. */
static bool
graph_is_within_limits(const json_t *doc, struct ty_graph_report *report)
{
	static const struct {
		const char *key;
		size_t max;
	} lists[] = { { "nodes", TY_LIMIT_GRAPH_NODES }, { "edges", TY_LIMIT_GRAPH_EDGES } };
	bool ok = true;

	if (ty_json_depth(doc) > TY_LIMIT_JSON_DEPTH) {
		ty_graph_report_add(report, TY_FINDING_LIMIT, NULL, "", NULL,
				    "the workflow is nested deeper than %d", TY_LIMIT_JSON_DEPTH);
		return false;
	}
	if (ty_json_size_bytes(doc) > TY_LIMIT_GRAPH_BYTES) {
		ty_graph_report_add(report, TY_FINDING_LIMIT, NULL, "", NULL,
				    "the workflow is larger than %d bytes", TY_LIMIT_GRAPH_BYTES);
		return false;
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(lists); i++) {
		size_t count = json_array_size(json_object_get(doc, lists[i].key));

		if (count <= lists[i].max)
			continue;
		ty_graph_report_add(report, TY_FINDING_LIMIT, NULL, lists[i].key, NULL,
				    "a workflow has at most %zu %s, this one has %zu", lists[i].max,
				    lists[i].key, count);
		ok = false;
	}
	return ok;
}

static const json_t *
graph_list(const json_t *doc, const char *key, bool required, struct ty_graph_report *report)
{
	const json_t *value = json_object_get(doc, key);

	if (!json_is_array(value) && (required || (value != NULL && !json_is_null(value))))
		ty_graph_report_add(report, TY_FINDING_BAD_SHAPE, NULL, key, NULL,
				    "\"%s\" must be a list", key);
	return json_is_array(value) ? value : NULL;
}

struct ty_graph *
ty_graph_build(struct ty_arena *arena, const struct ty_registry *registry, const json_t *doc,
	       struct ty_graph_report *report)
{
	struct ty_graph *graph;

	if (!json_is_object(doc)) {
		ty_graph_report_add(report, TY_FINDING_BAD_SHAPE, NULL, "", NULL,
				    "a workflow must be an object with nodes and edges");
		return NULL;
	}
	if (!graph_is_within_limits(doc, report))
		return NULL;
	graph = ty_arena_new_of(arena, struct ty_graph);
	graph->arena = arena;
	graph->registry = registry;
	graph->by_id = ty_map_new(arena);
	graph->by_name = ty_map_new(arena);
	graph->empty = ty_json_own(arena, json_object());
	ty_graph_read_nodes(graph, graph_list(doc, "nodes", true, report), report);
	ty_graph_read_edges(graph, graph_list(doc, "edges", false, report), report);
	ty_graph_find_loops(graph);
	ty_graph_read_settings(graph, json_object_get(doc, "settings"), report);
	return graph;
}

enum ty_code
ty_graph_parse(struct ty_arena *arena, const struct ty_registry *registry, const json_t *doc,
	       const struct ty_graph **ret_graph, struct ty_err *err)
{
	struct ty_graph_report report;
	struct ty_graph *graph;

	ty_graph_report_init(&report, arena);
	graph = ty_graph_build(arena, registry, doc, &report);
	if (report.has_errors) {
		const struct ty_graph_finding *first = report.first;

		ty_err_set(err, first->kind == TY_FINDING_LIMIT ? TY_E_LIMIT : TY_E_INVALID, "%s",
			   first->msg);
		ty_err_hint(err, "%s", first->hint);
		return ty_err_at(err, "%s", first->path);
	}
	ty_graph_sort(graph, NULL);
	*ret_graph = graph;
	return TY_OK;
}

const struct ty_graph *
ty_graph_read(struct ty_arena *arena, const struct ty_registry *registry, const json_t *doc)
{
	struct ty_graph_report report;

	ty_graph_report_init(&report, arena);
	return ty_graph_build(arena, registry, doc, &report);
}

json_t *
ty_graph_made_outputs(struct ty_arena *arena, const struct ty_registry *registry, const json_t *doc)
{
	const struct ty_graph *graph = ty_graph_read(arena, registry, doc);
	json_t *made = json_object();

	for (size_t i = 0; graph != NULL && i < ty_graph_node_count(graph); i++) {
		const struct ty_graph_node *node = ty_graph_node_at(graph, i);

		if (node->def != NULL && node->def->outputs_for != NULL)
			json_object_set_new(made, node->id, ty_ports_describe(node->outputs));
	}
	return made;
}

int64_t
ty_graph_read_timeout_ms(struct ty_arena *arena, const json_t *doc)
{
	struct ty_graph graph = { .arena = arena };
	struct ty_graph_report report;

	ty_graph_report_init(&report, arena);
	ty_graph_read_settings(&graph, json_object_get(doc, "settings"), &report);
	return graph.timeout_ms;
}

enum ty_code
ty_graph_check_draft(const json_t *doc, struct ty_err *err)
{
	static const struct {
		const char *name;
		bool is_list;
	} members[] = { { "nodes", true }, { "edges", true }, { "settings", false } };

	if (!json_is_object(doc)) {
		ty_err_set(err, TY_E_INVALID, "The graph is not an object");
		ty_err_at(err, "graph");
		return ty_err_hint(err, "Send { \"nodes\": [], \"edges\": [], \"settings\": {} }.");
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++) {
		const json_t *member = json_object_get(doc, members[i].name);

		if (member == NULL ||
		    (members[i].is_list ? json_is_array(member) : json_is_object(member)))
			continue;
		ty_err_set(err, TY_E_INVALID, "\"%s\" is not %s", members[i].name,
			   members[i].is_list ? "a list" : "an object");
		ty_err_at(err, "graph.%s", members[i].name);
		return ty_err_hint(err, "Send { \"nodes\": [], \"edges\": [], \"settings\": {} }.");
	}
	return TY_OK;
}

bool
ty_graph_is_document(const json_t *doc)
{
	return json_is_object(doc) && json_is_array(json_object_get(doc, "nodes"));
}

const json_t *
ty_graph_settings(const json_t *doc)
{
	return ty_json_obj(doc, "settings");
}

json_t *
ty_graph_draft_node(json_t *doc, size_t i)
{
	return json_array_get(json_object_get(doc, "nodes"), i);
}

size_t
ty_graph_node_count(const struct ty_graph *graph)
{
	return graph->node_count;
}

const struct ty_graph_node *
ty_graph_node_at(const struct ty_graph *graph, size_t i)
{
	TY_ASSERT(i < graph->node_count);
	return &graph->nodes[i];
}

const struct ty_graph_node *
ty_graph_node_find(const struct ty_graph *graph, const char *id)
{
	return ty_map_find(graph->by_id, id);
}

const struct ty_graph_node *
ty_graph_node_find_name(const struct ty_graph *graph, const char *name)
{
	return ty_map_find(graph->by_name, name);
}

size_t
ty_graph_edge_count(const struct ty_graph *graph)
{
	return graph->edge_count;
}

const struct ty_graph_edge *
ty_graph_edge_at(const struct ty_graph *graph, size_t i)
{
	TY_ASSERT(i < graph->edge_count);
	return &graph->edges[i];
}

bool
ty_graph_overlaps(const struct ty_graph *graph)
{
	return graph->overlaps;
}

bool
ty_graph_is_lenient(const struct ty_graph *graph)
{
	return graph->is_lenient;
}

int64_t
ty_graph_timeout_ms(const struct ty_graph *graph)
{
	return graph->timeout_ms;
}

const char *
ty_graph_error_workflow(const struct ty_graph *graph)
{
	return graph->error_workflow;
}

const char *
ty_graph_timezone(const struct ty_graph *graph)
{
	return graph->timezone;
}

const char *
ty_graph_save(const struct ty_graph *graph)
{
	return graph->save;
}

const struct ty_graph_node *const *
ty_graph_order(const struct ty_graph *graph, struct ty_err *err)
{
	if (graph->order == NULL && err != NULL) {
		ty_err_set(err, TY_E_INVALID, "%s", graph->unordered->msg);
		ty_err_at(err, "%s", graph->unordered->path);
		ty_err_hint(err, "%s", graph->unordered->hint);
	}
	return graph->order;
}
