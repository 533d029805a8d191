/*
 * partial.c -- which nodes of a workflow a partial run runs, and of which it takes what is known.
 *
 * To a node: the ways back from it, each as far as something that is known.  One node: it alone, and what is
 * known before it.  From a node: everything behind it, and what is known beside.  All: what a run by hand
 * would, but for nodes that are pinned.
 *
 * Only nodes outside of loops are taken, because an iteration's items belong to that iteration.  A run to a
 * node in a body runs the loop until the node's first visit.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

struct partial {
	const struct ty_graph *graph;
	const struct ty_graph_known *known;
	const struct ty_graph_node *target, *start;
	bool *run, *take;
	const struct ty_graph_node **pending;
	size_t pending_count;
};

static size_t
at(const struct partial *p, const struct ty_graph_node *node)
{
	return (size_t)(node - p->graph->nodes);
}

static bool
is_known(const struct partial *p, const struct ty_graph_node *node)
{
	size_t i = at(p, node);

	return node != p->target && node->loop == NULL &&
	       (p->known->pinned[i] || p->known->recorded[i]);
}

static bool
is_around_target(const struct partial *p, const struct ty_graph_node *loop)
{
	return p->target != NULL && ty_graph_loop_has(p->graph, loop, p->target);
}

static void
run_add(struct partial *p, const struct ty_graph_node *node)
{
	if (p->run[at(p, node)])
		return;
	p->run[at(p, node)] = true;
	p->take[at(p, node)] = false;
	p->pending[p->pending_count++] = node;
}

static void
before_add(struct partial *p, const struct ty_graph_edge *edge)
{
	const struct ty_graph_node *node = edge->from;

	/* The loop that the target is in hands out items anew, so it is run, whatever is known of it. */
	if (is_known(p, node) && !is_around_target(p, node) && !p->run[at(p, node)])
		p->take[at(p, node)] = true;
	else
		run_add(p, node);
}

/* The body of a loop is needed where the loop has to come to its end. */
static bool
is_needed(const struct partial *p, const struct ty_graph_edge *edge)
{
	return !edge->is_back || (edge->to != p->target && !is_around_target(p, edge->to));
}

static void
mark_to(struct partial *p)
{
	run_add(p, p->target);
	while (p->pending_count > 0) {
		const struct ty_graph_node *node = p->pending[--p->pending_count];

		for (size_t i = 0; i < p->graph->edge_count; i++)
			if (p->graph->edges[i].to == node && is_needed(p, &p->graph->edges[i]))
				before_add(p, &p->graph->edges[i]);
		if (node->loop != NULL)
			run_add(p, node->loop);
	}
}

static void
mark_only(struct partial *p)
{
	bool *before = ty_arena_alloc_array(p->graph->arena, p->graph->node_count, sizeof(bool));

	p->run[at(p, p->target)] = true;
	ty_graph_reach_back(p->graph, p->target, before);
	for (size_t i = 0; i < p->graph->node_count; i++)
		p->take[i] = before[i] && is_known(p, &p->graph->nodes[i]);
}

/* 'begin' and what lies behind it are run, pins but for it are taken, and so is what is known beside. */
static void
mark_from(struct partial *p, const struct ty_graph_node *begin)
{
	p->run[at(p, begin)] = true;
	ty_graph_reach(p->graph, p->run);
	for (size_t i = 0; i < p->graph->node_count; i++) {
		const struct ty_graph_node *node = &p->graph->nodes[i];

		if (p->run[i] && node->loop == NULL && node != p->target && p->known->pinned[i])
			p->run[i] = false;
		p->take[i] = is_known(p, node) && !p->run[i];
	}
}

/* Do not run nodes that no data comes to, from the trigger or from a node that is taken. */
static void
drop_unreached(struct partial *p)
{
	const struct ty_graph *graph = p->graph;
	bool *reached = ty_arena_alloc_array(graph->arena, graph->node_count, sizeof(bool));
	bool grew = true;

	for (size_t i = 0; i < graph->node_count; i++)
		reached[i] = p->take[i] || (p->run[i] && &graph->nodes[i] == p->start);
	while (grew) {
		grew = false;
		for (size_t i = 0; i < graph->edge_count; i++) {
			size_t to = at(p, graph->edges[i].to);

			if (p->run[to] && !reached[to] && reached[at(p, graph->edges[i].from)])
				grew = reached[to] = true;
		}
	}
	for (size_t i = 0; i < graph->node_count; i++)
		p->run[i] = p->run[i] && reached[i];
}

static enum ty_code
refuse_body(const struct ty_graph_node *node, const char *member, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "node %.100s is in the body of the loop \"%.60s\"", node->id,
		   node->loop->name);
	ty_err_hint(err, "Run to it (\"to\"), or begin at the loop.");
	return ty_err_at(err, "%s", member);
}

static enum ty_code
find_target(struct partial *p, const struct ty_graph_part *part, struct ty_err *err)
{
	static const char *const members[] = {
		[TY_PART_TO] = "to", [TY_PART_ONLY] = "only", [TY_PART_FROM] = "from"
	};

	if (part->kind == TY_PART_ALL)
		return TY_OK;
	p->target = ty_graph_node_find(p->graph, part->node);
	if (p->target == NULL) {
		ty_err_set(err, TY_E_INVALID, "there is no node \"%.100s\" in this version",
			   part->node);
		ty_err_hint(err, "Name the id of one of its nodes.");
		return ty_err_at(err, "%s", members[part->kind]);
	}
	if (part->kind != TY_PART_TO && p->target->loop != NULL)
		return refuse_body(p->target, members[part->kind], err);
	return TY_OK;
}

static enum ty_code
refuse_unreached(const struct ty_graph_part *part, struct ty_err *err)
{
	if (part->kind == TY_PART_ALL) {
		ty_err_set(err, TY_E_INVALID, "the workflow has no trigger to begin at");
		return ty_err_hint(err, "Name a node in \"to\", \"only\" or \"from\".");
	}
	ty_err_set(err, TY_E_INVALID, "nothing comes to node \"%.100s\": %s", part->node,
		   part->kind == TY_PART_TO
			   ? "no way leads to it from the trigger, or from data that "
			     "is pinned or recorded"
			   : "nothing before it is pinned or recorded");
	ty_err_hint(err,
		    part->kind == TY_PART_TO
			    ? "Connect it, or pin what a node before it gives."
			    : "Pin what a node before it gives, or name a run (source_run_id) in "
			      "which it ended well.");
	return ty_err_at(err, "%s",
			 part->kind == TY_PART_TO     ? "to"
			 : part->kind == TY_PART_ONLY ? "only"
						      : "from");
}

enum ty_code
ty_graph_part(const struct ty_graph *graph, const struct ty_graph_part *part,
	      const struct ty_graph_node *start, const struct ty_graph_known *known, bool *ret_run,
	      bool *ret_take, struct ty_err *err)
{
	struct partial p = {
		.graph = graph, .known = known, .start = start, .run = ret_run, .take = ret_take
	};
	bool any = false;

	p.pending = ty_arena_alloc_array(graph->arena, graph->node_count + 1, sizeof(const void *));
	memset(ret_run, 0, graph->node_count * sizeof(*ret_run));
	memset(ret_take, 0, graph->node_count * sizeof(*ret_take));
	if (find_target(&p, part, err) != TY_OK)
		return err->code;
	if (part->kind == TY_PART_TO)
		mark_to(&p);
	else if (part->kind == TY_PART_ONLY)
		mark_only(&p);
	else if (p.target != NULL || start != NULL)
		mark_from(&p, p.target != NULL ? p.target : start);
	drop_unreached(&p);
	for (size_t i = 0; i < graph->node_count; i++)
		any = any || (ret_run[i] && (p.target == NULL || &graph->nodes[i] == p.target));
	return any ? TY_OK : refuse_unreached(part, err);
}
