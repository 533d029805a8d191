/*
 * loop.c -- the bodies of loops: which nodes run once for each iteration of which loop.
 *
 * Invariants:
 *   (1) The body of a loop is what can be reached from its output "loop" without passing the
 *       loop itself or a loop around it.  So no edge leaves a body but back to a loop.
 *   (2) Bodies are nested or apart.  What lies in two bodies that are not nested has an edge
 *       into one of them from outside, which is refused.
 *   (3) An edge back to a loop from its own body is no part of the order (order.c).
 *
 * A loop is known before the loops within it, because a walk from the triggers comes to it first.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/limits.h"

#include <string.h>

static size_t
node_at(const struct ty_graph *graph, const struct ty_graph_node *node)
{
	return (size_t)(node - graph->nodes);
}

static bool
node_is_loop(const struct ty_graph_node *node)
{
	return node->def != NULL && (node->def->flags & TY_NODE_LOOP) != 0;
}

static struct ty_graph_loop *
loop_find(const struct ty_graph *graph, const struct ty_graph_node *node)
{
	for (size_t i = 0; i < graph->loop_count; i++)
		if (graph->loops[i].node == node)
			return &graph->loops[i];
	return NULL;
}

bool
ty_graph_loop_has(const struct ty_graph *graph, const struct ty_graph_node *loop,
		  const struct ty_graph_node *node)
{
	const struct ty_graph_loop *found = loop_find(graph, loop);

	return found != NULL && found->body[node_at(graph, node)];
}

/* ---- finding them ---- */

/* Recursion is as deep as the longest path: TY_LIMIT_GRAPH_NODES at most. */
static void
loops_visit(struct ty_graph *graph, bool *seen, size_t at)
{
	seen[at] = true;
	if (node_is_loop(&graph->nodes[at]))
		graph->loops[graph->loop_count++].node = &graph->nodes[at];
	for (size_t i = graph->out_begin[at]; i < graph->out_begin[at + 1]; i++) {
		size_t to = node_at(graph, graph->out_edges[i]->to);

		if (!seen[to])
			loops_visit(graph, seen, to);
	}
}

static void
loops_list(struct ty_graph *graph, bool triggers, bool *seen)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		bool is_trigger = ty_node_is_trigger(graph->nodes[i].def);

		if (!seen[i] && (is_trigger || !triggers))
			loops_visit(graph, seen, i);
	}
}

/* Is 'edge' from the loop or its body the end of the body? */
static bool
body_ends_at(const struct ty_graph *graph, const struct ty_graph_loop *loop,
	     const struct ty_graph_edge *edge)
{
	return edge->to == loop->node || ty_graph_loop_has(graph, edge->to, loop->node);
}

static void
body_mark(struct ty_graph *graph, struct ty_graph_loop *loop, size_t *pending)
{
	size_t count = 0, at = node_at(graph, loop->node);
	bool is_first = true;

	loop->body = ty_arena_alloc_array(graph->arena, graph->node_count, sizeof(bool));
	while (is_first || count > 0) {
		if (!is_first)
			at = pending[--count];
		for (size_t i = graph->out_begin[at]; i < graph->out_begin[at + 1]; i++) {
			const struct ty_graph_edge *edge = graph->out_edges[i];
			size_t to = node_at(graph, edge->to);

			if ((is_first && edge->output != TY_LOOP_BODY) || loop->body[to] ||
			    body_ends_at(graph, loop, edge))
				continue;
			loop->body[to] = true;
			graph->nodes[to].loop = loop->node;
			pending[count++] = to;
		}
		is_first = false;
	}
}

void
ty_graph_find_loops(struct ty_graph *graph)
{
	size_t loops = 0, *pending;
	bool *seen;

	for (size_t i = 0; i < graph->node_count; i++)
		loops += node_is_loop(&graph->nodes[i]);
	if (loops == 0)
		return;
	graph->loops = ty_arena_alloc_array(graph->arena, loops, sizeof(*graph->loops));
	seen = ty_arena_alloc_array(graph->arena, graph->node_count, sizeof(bool));
	pending = ty_arena_alloc_array(graph->arena, graph->node_count, sizeof(size_t));
	loops_list(graph, true, seen);
	loops_list(graph, false, seen);
	loops = graph->loop_count;
	/* A loop whose body is not marked yet has none, so that each sees only the loops around it. */
	for (graph->loop_count = 0; graph->loop_count < loops; graph->loop_count++)
		body_mark(graph, &graph->loops[graph->loop_count], pending);
	for (size_t i = 0; i < loops; i++) {
		struct ty_graph_node *node = &graph->nodes[node_at(graph, graph->loops[i].node)];

		graph->loops[i].depth = 1;
		for (const struct ty_graph_node *n = node->loop; n != NULL; n = n->loop)
			graph->loops[i].depth++;
	}
	for (size_t i = 0; i < graph->edge_count; i++) {
		struct ty_graph_edge *edge = &graph->edges[i];

		edge->is_back = ty_graph_loop_has(graph, edge->to, edge->from) ||
				(node_is_loop(edge->to) && edge->from == edge->to &&
				 edge->output == TY_LOOP_BODY);
	}
}

/* ---- what is wrong with them ---- */

static void
edge_check(const struct ty_graph *graph, const struct ty_graph_edge *edge,
	   struct ty_graph_report *report)
{
	const struct ty_graph_node *into = edge->to->loop, *out = edge->from->loop;
	const char *path = ty_arena_printf(report->arena, "edges[%zu]", edge->index);

	if (edge->is_back && out != edge->to && edge->from != edge->to)
		ty_graph_report_add(
			report, TY_FINDING_LOOP_EDGE, edge->from->id, path,
			ty_arena_printf(report->arena,
					"Lead it back to \"%.60s\", and go on from its output "
					"\"done\"",
					out->name),
			"the edge leaves the body of the loop \"%.60s\" for the loop around it, "
			"\"%.60s\"",
			out->name, edge->to->name);
	if (edge->is_back || into == NULL || ty_graph_loop_has(graph, into, edge->from) ||
	    (edge->from == into && edge->output == TY_LOOP_BODY))
		return;
	ty_graph_report_add(
		report, TY_FINDING_LOOP_EDGE, edge->from->id, path,
		ty_arena_printf(report->arena,
				"Lead it to \"%.60s\" itself, or to a node outside of its body",
				into->name),
		"the edge leads into the body of the loop \"%.60s\" from outside: \"%.60s\" is not "
		"part of it",
		into->name, edge->from->name);
}

/* A loop that runs and gives nothing is probably a slip. */
static void
loop_advise(const struct ty_graph *graph, const struct ty_graph_node *node,
	    struct ty_graph_report *report)
{
	bool has_body = false, has_back = false;

	for (size_t i = 0; i < graph->edge_count; i++) {
		const struct ty_graph_edge *edge = &graph->edges[i];

		has_body = has_body || (edge->from == node && edge->output == TY_LOOP_BODY);
		has_back = has_back || (edge->to == node && edge->is_back);
	}
	if (!has_body)
		ty_graph_report_add(
			report, TY_FINDING_NO_EFFECT, node->id,
			ty_arena_printf(report->arena, "nodes[%zu]", node->index),
			"Connect its output \"loop\" to the nodes to repeat, and the last "
			"of them back to it",
			"the loop \"%.60s\" has no body", node->name);
	else if (!has_back)
		ty_graph_report_add(
			report, TY_FINDING_NO_EFFECT, node->id,
			ty_arena_printf(report->arena, "nodes[%zu]", node->index),
			"Connect the last node of its body back to it",
			"nothing comes back to the loop \"%.60s\", so its output \"done\" "
			"gives no items",
			node->name);
}

void
ty_graph_check_loops(const struct ty_graph *graph, struct ty_graph_report *report)
{
	if (graph->loop_count == 0)
		return;
	for (size_t i = 0; i < graph->edge_count; i++)
		edge_check(graph, &graph->edges[i], report);
	for (size_t i = 0; i < graph->loop_count; i++) {
		const struct ty_graph_node *node = graph->loops[i].node;

		if (graph->loops[i].depth == TY_LIMIT_FRAME_DEPTH + 1)
			ty_graph_report_add(
				report, TY_FINDING_LIMIT, node->id,
				ty_arena_printf(report->arena, "nodes[%zu]", node->index),
				"Take the innermost loop out of the others, or do its work in a "
				"code node",
				"loops may lie in one another %d deep, and \"%.60s\" is the next",
				TY_LIMIT_FRAME_DEPTH, node->name);
		if (!node->disabled)
			loop_advise(graph, node, report);
	}
}
