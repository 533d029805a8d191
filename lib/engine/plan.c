/*
 * plan.c -- a graph made ready to run: who feeds whom, which strings are expressions,
 * and the parameters of nodes that have none, already typed.
 *
 * Why: a plan is made once per published version and shared by all its runs, so that
 * a run pays only for what differs between runs.
 *
 * Memory: all in the arena given to ty_plan_new.  Immutable after it.
 */
#include "engine/partial.h"
#include "engine/private.h"

#include "base/zone.h"

#include <string.h>

/* Nodes named in the notice of a step that nothing came to: one each for most, a few for a join. */
#define SKIPPED_SOURCES_MAX 3

/* Make room for one where the graph says 'no output nodes', because edges and ports still need an array. */
static size_t
at_least_one(size_t n)
{
	return n > 0 ? n : 1;
}

struct first_finding {
	struct ty_err *err;
	const char *node;
};

static void
finding_keep_first(void *ctx, const char *path, const char *msg, const char *hint)
{
	struct first_finding *first = ctx;

	if (first->err->code != TY_OK)
		return;
	ty_err_set(first->err, TY_E_INVALID, "node %s: %s: %s", first->node, path, msg);
	ty_err_at(first->err, "%s", path);
	if (hint != NULL)
		ty_err_hint(first->err, "%s", hint);
}

static enum ty_code
node_check(const struct ty_graph_node *node, struct ty_err *err)
{
	struct first_finding first = { .err = err, .node = node->id };

	if (node->def == NULL) {
		ty_err_set(err, TY_E_INVALID, "node %s: there is no node type %s, version %d, here",
			   node->id, node->type, node->version);
		return ty_err_hint(err,
				   "Install what brings this node, replace it, or disable it.");
	}
	ty_err_clear(err);
	ty_param_check(node->def->params, node->params, finding_keep_first, &first);
	if (err->code == TY_OK && node->def->check != NULL)
		node->def->check(node->def, node->params, finding_keep_first, &first);
	return err->code;
}

static enum ty_code
node_bind(struct ty_arena *arena, struct plan_node *pn, struct ty_err *err)
{
	const struct ty_node_def *def = pn->node->def;
	json_t *values = ty_json_own(arena, template_fill(pn->params, NULL));
	void *bound = ty_arena_alloc(arena, at_least_one(def->params_size));

	if (ty_param_bind(def->params, arena, values, bound, err) != TY_OK)
		return err->code;
	pn->bound = bound;
	return TY_OK;
}

static void
node_labels(struct ty_arena *arena, struct plan_node *pn)
{
	const struct ty_graph_node *node = pn->node;
	int version = node->def != NULL ? node->def->version : node->version;

	pn->id = ty_json_own(arena, record_text(node->id));
	pn->name = ty_json_own(arena, record_text(node->name));
	pn->type = ty_json_own(arena, record_text(node->type));
	pn->version = ty_json_own(arena, json_integer(version));
	if (node->disabled)
		pn->notice = ty_json_own(arena, json_string("Disabled: items passed through."));
	else if (node->match == TY_REGISTRY_FALLBACK)
		pn->notice = ty_json_own(
			arena, record_text(ty_arena_printf(
				       arena, "Version %d is not here; version %d was used.",
				       node->version, version)));
}

static enum ty_code
node_compile(struct ty_arena *arena, const struct ty_graph *graph, struct plan_node *pn,
	     struct ty_err *err)
{
	if (!pn->node->disabled) {
		if (node_check(pn->node, err) != TY_OK)
			return err->code;
		if (template_compile(arena, graph, pn, err) != TY_OK)
			return ty_err_wrap(err, "node %s", pn->node->id);
		if (pn->hole_count == 0 && node_bind(arena, pn, err) != TY_OK)
			return ty_err_wrap(err, "node %s", pn->node->id);
	}
	node_labels(arena, pn);
	return TY_OK;
}

/* Edges come in document order; count first, then hand out slices of one array. */
static void
plan_connect(struct ty_arena *arena, struct ty_plan *plan)
{
	size_t edge_count = ty_graph_edge_count(plan->graph);
	const struct ty_graph_edge **slots =
		ty_arena_alloc_array(arena, at_least_one(edge_count), sizeof(const void *));

	for (size_t i = 0; i < edge_count; i++) {
		const struct ty_graph_edge *edge = ty_graph_edge_at(plan->graph, i);
		struct plan_node *to = &plan->nodes[plan->place[edge->to->index]];

		to->in_count += !edge->is_back;
		to->back_count += edge->is_back;
	}
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_node *pn = &plan->nodes[i];

		pn->in = slots;
		pn->back = slots + pn->in_count;
		slots += pn->in_count + pn->back_count;
		pn->in_count = pn->back_count = 0;
	}
	for (size_t i = 0; i < edge_count; i++) {
		const struct ty_graph_edge *edge = ty_graph_edge_at(plan->graph, i);
		struct plan_node *to = &plan->nodes[plan->place[edge->to->index]];

		if (edge->is_back)
			((const struct ty_graph_edge **)to->back)[to->back_count++] = edge;
		else
			((const struct ty_graph_edge **)to->in)[to->in_count++] = edge;
	}
}

/* The body of a loop lies right behind it: who is around whom. */
static void
plan_nest(struct ty_plan *plan)
{
	for (size_t i = plan->count; i-- > 0;) {
		struct plan_node *pn = &plan->nodes[i];
		const struct ty_graph_node *loop = pn->node->loop;

		pn->loop = loop != NULL ? plan->place[loop->index] : SIZE_MAX;
		if (pn->end == 0)
			pn->end = i + 1;
		if (loop == NULL)
			continue;
		plan->has_loops = true;
		if (plan->nodes[pn->loop].end < pn->end)
			plan->nodes[pn->loop].end = pn->end;
	}
}

/* Sources of a step to which nothing came: where items might have come from. */
static void
plan_label_skipped(struct ty_arena *arena, struct plan_node *pn)
{
	const char *hint = "";
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 100);
	for (size_t e = 0; e < pn->in_count && e < SKIPPED_SOURCES_MAX; e++)
		ty_buf_printf(&buf, "%s\"%.80s\" (output %.80s)", e > 0 ? ", " : "",
			      pn->in[e]->from->name,
			      pn->in[e]->from->outputs[pn->in[e]->output].name);
	if (pn->in_count > SKIPPED_SOURCES_MAX)
		ty_buf_printf(&buf, " and %zu more", pn->in_count - SKIPPED_SOURCES_MAX);
	if (pn->in_count == 1 &&
	    strcmp(pn->in[0]->from->outputs[pn->in[0]->output].name, "main") == 0)
		hint = " To go on with one empty item, set always_output on that node.";
	pn->skipped = ty_json_own(
		arena, json_pack("[{s:s, s:o}]", "code", "skipped_no_items", "text",
				 record_text(ty_arena_printf(
					 arena, "Skipped, because no item came from %s.%s",
					 buf.len > 0 ? buf.data : "anywhere", hint))));
}

/* The plan is of use to runs that do not come to the node. */
static void
node_keep_fault(struct ty_arena *arena, struct ty_plan *plan, struct plan_node *pn,
		const struct ty_err *err)
{
	*pn = (struct plan_node){ .node = pn->node,
				  .place = pn->place,
				  .fault = ty_arena_memdup(arena, err, sizeof(*err)) };
	node_labels(arena, pn);
	if (plan->fault == NULL)
		plan->fault = pn->fault;
}

enum ty_code
ty_plan_new(struct ty_arena *arena, const struct ty_graph *graph, const struct ty_plan **ret_plan,
	    struct ty_err *err)
{
	const struct ty_plan *plan;

	if (ty_plan_new_partly(arena, graph, &plan, err) != TY_OK)
		return err->code;
	if (plan->fault != NULL) {
		*err = *plan->fault;
		return err->code;
	}
	*ret_plan = plan;
	return TY_OK;
}

enum ty_code
ty_plan_new_partly(struct ty_arena *arena, const struct ty_graph *graph,
		   const struct ty_plan **ret_plan, struct ty_err *err)
{
	const struct ty_graph_node *const *order = ty_graph_order(graph, err);
	struct ty_plan *plan = ty_arena_new_of(arena, struct ty_plan);

	if (order == NULL)
		return err->code;
	plan->graph = graph;
	plan->count = ty_graph_node_count(graph);
	plan->nodes = ty_arena_alloc_array(arena, at_least_one(plan->count), sizeof(*plan->nodes));
	plan->place = ty_arena_alloc_array(arena, at_least_one(plan->count), sizeof(*plan->place));
	plan->empty_item = ty_json_own(arena, json_pack("{s:{}}", "json"));
	plan->timezone = ty_json_own(arena, record_text(ty_graph_timezone(graph)));
	plan->is_zone_known = ty_zone_is_known(ty_graph_timezone(graph));
	for (size_t i = 0; i < plan->count; i++) {
		plan->nodes[i].node = order[i];
		plan->nodes[i].place = i;
		plan->place[order[i]->index] = i;
		if (node_compile(arena, graph, &plan->nodes[i], err) != TY_OK) {
			node_keep_fault(arena, plan, &plan->nodes[i], err);
			ty_err_clear(err);
		}
	}
	plan_connect(arena, plan);
	plan_nest(plan);
	vars_plan(arena, plan);
	libraries_plan(arena, plan);
	resume_link_plan(plan);
	for (size_t i = 0; i < plan->count; i++) {
		inputs_compile(arena, plan, &plan->nodes[i]);
		plan_label_skipped(arena, &plan->nodes[i]);
	}
	*ret_plan = plan;
	return TY_OK;
}

const struct ty_graph *
ty_plan_graph(const struct ty_plan *plan)
{
	return plan->graph;
}
