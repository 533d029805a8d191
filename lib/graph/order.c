/*
 * order.c -- in which order the nodes run, and where a cycle forbids any.
 *
 * Edges that end an iteration (loop.c) are left out.  A walk from the triggers in document order
 * finds an edge that leads back to a node that the walk is still within: it closes a cycle.
 * Without one the order is topological; of the nodes that could come next, the first in the
 * document does.  The body of a loop comes right behind it, in its own order.
 */
#include "graph/internal.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#define CYCLE_NAMES_MAX 10 /* nodes of a cycle that a message lists */

enum mark { MARK_NEW, MARK_WITHIN, MARK_DONE };

struct walk {
	const struct ty_graph *graph;
	struct ty_graph_report *report;
	uint8_t *marks; /* by position in graph->nodes */
	size_t *stack;	/* positions the walk is within */
	size_t depth;
};

static void
walk_report(const struct walk *w, const struct ty_graph_edge *edge)
{
	struct ty_arena *arena = w->report->arena;
	size_t to = (size_t)(edge->to - w->graph->nodes), begin = w->depth;
	const char *names = "";

	while (w->stack[begin - 1] != to)
		begin--;
	for (size_t i = begin - 1; i < w->depth; i++) {
		if (i - (begin - 1) == CYCLE_NAMES_MAX) {
			names = ty_arena_printf(arena, "%s... -> ", names);
			break;
		}
		names = ty_arena_printf(arena, "%s\"%.40s\" -> ", names,
					w->graph->nodes[w->stack[i]].name);
	}
	ty_graph_report_add(w->report, TY_FINDING_CYCLE, edge->to->id,
			    ty_arena_printf(arena, "edges[%zu]", edge->index), NULL,
			    "these nodes form a cycle: %s\"%.40s\"", names, edge->to->name);
}

/* Recursion is as deep as the longest path: TY_LIMIT_GRAPH_NODES at most. */
static void
walk_visit(struct walk *w, size_t at)
{
	const struct ty_graph *graph = w->graph;

	w->marks[at] = MARK_WITHIN;
	w->stack[w->depth++] = at;
	for (size_t i = graph->out_begin[at]; i < graph->out_begin[at + 1]; i++) {
		const struct ty_graph_edge *edge = graph->out_edges[i];
		size_t to = (size_t)(edge->to - graph->nodes);

		if (edge->is_back)
			continue;
		if (w->marks[to] == MARK_NEW)
			walk_visit(w, to);
		else if (w->marks[to] == MARK_WITHIN)
			walk_report(w, edge);
	}
	w->depth--;
	w->marks[at] = MARK_DONE;
}

static void
walk_all(struct walk *w, bool triggers)
{
	for (size_t i = 0; i < w->graph->node_count; i++) {
		bool is_trigger = ty_node_is_trigger(w->graph->nodes[i].def);

		if (w->marks[i] == MARK_NEW && (is_trigger || !triggers))
			walk_visit(w, i);
	}
}

/* Kahn's way; the scan for the first that is ready keeps the order stable. */
static void
sort_fill(struct ty_graph *graph)
{
	size_t *waits = ty_arena_alloc_array(graph->arena, graph->node_count + 1, sizeof(size_t));

	for (size_t i = 0; i < graph->edge_count; i++)
		if (!graph->edges[i].is_back)
			waits[graph->edges[i].to - graph->nodes]++;
	graph->order = ty_arena_alloc_array(graph->arena, graph->node_count + 1,
					    sizeof(struct ty_graph_node *));
	for (size_t n = 0; n < graph->node_count; n++) {
		size_t at = 0;

		while (waits[at] != 0)
			at++;
		waits[at] = SIZE_MAX; /* taken */
		graph->order[n] = &graph->nodes[at];
		for (size_t i = graph->out_begin[at]; i < graph->out_begin[at + 1]; i++)
			if (!graph->out_edges[i]->is_back)
				waits[graph->out_edges[i]->to - graph->nodes]--;
	}
}

/* The nodes of one body in the order of 'sorted', each loop followed by its own. */
static size_t
sort_bodies(const struct ty_graph *graph, const struct ty_graph_node *const *sorted,
	    const struct ty_graph_node *loop, size_t count)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		if (sorted[i]->loop != loop)
			continue;
		graph->order[count++] = sorted[i];
		if (sorted[i]->def != NULL && (sorted[i]->def->flags & TY_NODE_LOOP) != 0)
			count = sort_bodies(graph, sorted, sorted[i], count);
	}
	return count;
}

void
ty_graph_sort(struct ty_graph *graph, struct ty_graph_report *report)
{
	struct ty_graph_report found, *own = &found;
	struct walk w = { .graph = graph, .report = own };
	size_t bytes = graph->node_count * sizeof(struct ty_graph_node *);

	ty_graph_report_init(own, graph->arena);
	w.marks = ty_arena_alloc(graph->arena, graph->node_count + 1);
	w.stack = ty_arena_alloc_array(graph->arena, graph->node_count + 1, sizeof(size_t));
	walk_all(&w, true);
	walk_all(&w, false);
	ty_graph_check_loops(graph, own);
	for (const struct ty_graph_finding *f = own->first; f != NULL; f = f->next) {
		if (report != NULL)
			ty_graph_report_add(report, f->kind, f->node, f->path, f->hint, "%s",
					    f->msg);
		if (graph->unordered == NULL && f->kind != TY_FINDING_NO_EFFECT)
			graph->unordered = f;
	}
	if (graph->unordered != NULL)
		return;
	sort_fill(graph);
	if (graph->loop_count > 0)
		sort_bodies(graph, ty_arena_memdup(graph->arena, graph->order, bytes), NULL, 0);
}

void
ty_graph_reach(const struct ty_graph *graph, bool *marks)
{
	size_t *pending = ty_arena_alloc_array(graph->arena, graph->node_count + 1, sizeof(size_t));
	size_t count = 0;

	for (size_t i = 0; i < graph->node_count; i++)
		if (marks[i])
			pending[count++] = i;
	while (count > 0) {
		size_t at = pending[--count];

		for (size_t i = graph->out_begin[at]; i < graph->out_begin[at + 1]; i++) {
			size_t to = (size_t)(graph->out_edges[i]->to - graph->nodes);

			if (!marks[to])
				pending[count++] = to;
			marks[to] = true;
		}
	}
}

void
ty_graph_reach_back(const struct ty_graph *graph, const struct ty_graph_node *node, bool *marks)
{
	bool grew = true;

	memset(marks, 0, graph->node_count * sizeof(*marks));
	marks[node - graph->nodes] = true;
	/* At most one round a node; in practice two or three, against the edges' order. */
	while (grew) {
		grew = false;
		for (size_t i = graph->edge_count; i > 0; i--) {
			const struct ty_graph_edge *edge = &graph->edges[i - 1];
			size_t from = (size_t)(edge->from - graph->nodes);

			if (!marks[from] && marks[edge->to - graph->nodes])
				grew = marks[from] = true;
		}
	}
}
