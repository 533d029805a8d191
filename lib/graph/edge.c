/*
 * edge.c -- edges of a workflow document: both ends must exist, and so must the ports.
 *
 * A node whose type is missing here has no ports to check against: it gets those that
 * its edges name, so that the graph around it keeps its shape.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct edge_reader {
	struct ty_graph *graph;
	struct ty_graph_report *report;
	struct ty_port **made_inputs; /* by position in graph->nodes; of missing nodes */
	const char *path;
};

int64_t
ty_graph_port_find(const struct ty_port *ports, const char *name)
{
	for (int64_t i = 0; ports != NULL && ports[i].name != NULL; i++)
		if (ty_str_eq(ports[i].name, name))
			return i;
	return -1;
}

/* A copy of 'ports' with one more; gives its index. */
static int64_t
edge_make_port(struct ty_arena *arena, struct ty_port **ports, size_t *count, const char *name)
{
	struct ty_port *copy = ty_arena_alloc_array(arena, *count + 2, sizeof(*copy));

	if (*count > 0)
		memcpy(copy, *ports, *count * sizeof(*copy));
	copy[*count] = (struct ty_port){ .name = name, .label = name };
	*ports = copy;
	return (int64_t)(*count)++;
}

static const char *
edge_path(const struct edge_reader *r, const char *key)
{
	return ty_arena_printf(r->graph->arena, "%s.%s", r->path, key);
}

/* The node at one end, NULL where it was reported. */
static struct ty_graph_node *
edge_read_end(const struct edge_reader *r, const json_t *edge, const char *key)
{
	const char *id = json_string_value(json_object_get(edge, key));
	struct ty_graph_node *node = id != NULL ? ty_map_find(r->graph->by_id, id) : NULL;

	if (id == NULL)
		ty_graph_report_add(r->report, TY_FINDING_BAD_SHAPE, NULL, edge_path(r, key), NULL,
				    "an edge's \"%s\" must be the id of a node", key);
	else if (node == NULL)
		ty_graph_report_add(r->report, TY_FINDING_DANGLING_EDGE, NULL, edge_path(r, key),
				    NULL, "there is no node with the id \"%.100s\"", id);
	return node;
}

/* The port's name, "main" where it is left out; NULL where it was reported. */
static const char *
edge_read_port(const struct edge_reader *r, const json_t *edge, const char *key)
{
	const json_t *value = json_object_get(edge, key);

	if (value == NULL || json_is_null(value))
		return "main";
	if (!json_is_string(value))
		ty_graph_report_add(r->report, TY_FINDING_BAD_SHAPE, NULL, edge_path(r, key), NULL,
				    "an edge's \"%s\" must be the name of a port", key);
	return json_string_value(value);
}

static const char *
edge_list_ports(struct ty_arena *arena, const struct ty_port *ports)
{
	const char *list = "";

	for (size_t i = 0; ports[i].name != NULL && i < 12; i++)
		list = ty_arena_printf(arena, "%s%s\"%.40s\"", list, i > 0 ? ", " : "",
				       ports[i].name);
	return list;
}

static void
edge_unknown_port(const struct edge_reader *r, const struct ty_graph_node *node, const char *key,
		  const struct ty_port *ports, const char *name)
{
	struct ty_arena *arena = r->graph->arena;
	const char *hint = NULL;

	if (ports[0].name != NULL)
		hint = ty_arena_printf(arena, "It has %s", edge_list_ports(arena, ports));
	if (ty_node_is_trigger(node->def) && ports[0].name == NULL)
		ty_graph_report_add(r->report, TY_FINDING_UNKNOWN_PORT, node->id, edge_path(r, key),
				    "Remove the edge: a trigger starts the run",
				    "node \"%s\" is a trigger and has no %s", node->name, key);
	else
		ty_graph_report_add(r->report, TY_FINDING_UNKNOWN_PORT, node->id, edge_path(r, key),
				    hint, "node \"%s\" has no %s \"%.60s\"", node->name, key, name);
}

static int64_t
edge_find_output(const struct edge_reader *r, struct ty_graph_node *node, const char *name)
{
	int64_t port = ty_graph_port_find(node->outputs, name);

	if (port < 0 && node->def == NULL)
		port = edge_make_port(r->graph->arena, (struct ty_port **)&node->outputs,
				      &node->output_count, name);
	else if (port < 0)
		edge_unknown_port(r, node, "output", node->outputs, name);
	return port;
}

static int64_t
edge_find_input(const struct edge_reader *r, struct ty_graph_node *node, const char *name)
{
	struct ty_port **made = &r->made_inputs[node - r->graph->nodes];
	int64_t port = ty_graph_port_find(node->def != NULL ? node->def->inputs : *made, name);

	if (port < 0 && node->def == NULL)
		port = edge_make_port(r->graph->arena, made, &node->input_count, name);
	else if (port < 0)
		edge_unknown_port(r, node, "input", node->def->inputs, name);
	return port;
}

static void
edge_read(const struct edge_reader *r, size_t index, const json_t *value)
{
	struct ty_graph_node *from = edge_read_end(r, value, "from");
	struct ty_graph_node *to = edge_read_end(r, value, "to");
	const char *output = edge_read_port(r, value, "output");
	const char *input = edge_read_port(r, value, "input");
	int64_t out = from != NULL && output != NULL ? edge_find_output(r, from, output) : -1;
	int64_t in = to != NULL && input != NULL ? edge_find_input(r, to, input) : -1;

	if (out < 0 || in < 0)
		return;
	r->graph->edges[r->graph->edge_count++] = (struct ty_graph_edge){
		.index = index,
		.from = from,
		.to = to,
		.output = (size_t)out,
		.input = (size_t)in,
	};
}

/* Ports of nodes that no edge leads to or from end with a NULL name too. */
static void
edge_finish_ports(struct ty_graph *graph)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		struct ty_graph_node *node = &graph->nodes[i];

		if (node->def != NULL)
			continue;
		if (node->on_error == TY_ON_ERROR_OUTPUT &&
		    ty_graph_port_find(node->outputs, "error") < 0)
			edge_make_port(graph->arena, (struct ty_port **)&node->outputs,
				       &node->output_count, "error");
		if (node->outputs == NULL)
			node->outputs = ty_ports_none;
	}
}

/* Edges by where they begin, in document order: a counting sort. */
static void
edge_index(struct ty_graph *graph)
{
	size_t *next;

	graph->out_begin =
		ty_arena_alloc_array(graph->arena, graph->node_count + 1, sizeof(size_t));
	graph->out_edges = ty_arena_alloc_array(graph->arena, graph->edge_count + 1,
						sizeof(struct ty_graph_edge *));
	for (size_t i = 0; i < graph->edge_count; i++)
		graph->out_begin[graph->edges[i].from - graph->nodes + 1]++;
	for (size_t i = 0; i < graph->node_count; i++)
		graph->out_begin[i + 1] += graph->out_begin[i];
	next = ty_arena_memdup(graph->arena, graph->out_begin,
			       (graph->node_count + 1) * sizeof(size_t));
	for (size_t i = 0; i < graph->edge_count; i++)
		graph->out_edges[next[graph->edges[i].from - graph->nodes]++] = &graph->edges[i];
}

void
ty_graph_read_edges(struct ty_graph *graph, const json_t *edges, struct ty_graph_report *report)
{
	struct edge_reader r = { .graph = graph, .report = report };
	const json_t *value;
	size_t i;

	graph->edges = ty_arena_alloc_array(graph->arena, json_array_size(edges) + 1,
					    sizeof(*graph->edges));
	r.made_inputs =
		ty_arena_alloc_array(graph->arena, graph->node_count + 1, sizeof(struct ty_port *));
	json_array_foreach((json_t *)edges, i, value)
	{
		r.path = ty_arena_printf(graph->arena, "edges[%zu]", i);
		if (json_is_object(value))
			edge_read(&r, i, value);
		else
			ty_graph_report_add(report, TY_FINDING_BAD_SHAPE, NULL, r.path, NULL,
					    "an edge must be an object");
	}
	edge_finish_ports(graph);
	edge_index(graph);
}
