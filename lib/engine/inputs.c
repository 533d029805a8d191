/*
 * inputs.c -- what a step is made from: the edges that lead to its node, and every node that its
 * parameters or code name.
 *
 * A step may begin once its inputs are settled, before its turn if it only reads (early.c), and its
 * clock is the latest of theirs.  A node that acts has everything before it as its input, and so has
 * one that names a node by a computed name, $runIndex or static data.
 *
 * Names are looked for in the texts of the parameters, without reading them as JavaScript: one that
 * stands in a comment counts, too, which costs time and no truth.
 *
 * Memory: the plan's arena.
 */
#include "engine/private.h"

#include <string.h>

struct naming {
	struct ty_arena *arena;
	const struct ty_plan *plan;
	struct plan_node *node;
	size_t *places;
	size_t cap;
};

/* Does the node only read, so that a step of it may pass others that do? */
static bool
node_reads(const struct ty_graph_node *node)
{
	const struct ty_node_def *def = node->def;

	if (def == NULL || (def->flags & (TY_NODE_LOOP | TY_NODE_IN_TURN)) != 0)
		return def == NULL && node->disabled;
	if (node->disabled || (def->flags & TY_NODE_PURE) != 0)
		return true;
	return def->is_safe != NULL && def->is_safe(def, node->params);
}

/* ---- nodes that are named ---- */

/* The place in the frame of 'node' that stands for 'place': itself, or the loop around it.  SIZE_MAX:
 * it is outside of that frame, so it has ended before. */
static size_t
place_in_frame(const struct ty_plan *plan, const struct plan_node *node, size_t place)
{
	while (place != SIZE_MAX && plan->nodes[place].loop != node->loop)
		place = plan->nodes[place].loop;
	return place;
}

static void
naming_add(struct naming *naming, const char *name)
{
	const struct ty_plan *plan = naming->plan;
	const struct ty_graph_node *named = ty_graph_node_find_name(plan->graph, name);
	struct plan_node *node = naming->node;
	size_t place;

	if (named == NULL)
		return;
	place = place_in_frame(plan, node, plan->place[named->index]);
	if (place == SIZE_MAX || place >= node->place)
		return; /* never there before this one */
	for (size_t i = 0; i < node->named_count; i++)
		if (naming->places[i] == place)
			return;
	naming->places = ty_arena_grow(naming->arena, naming->places, node->named_count,
				       &naming->cap, sizeof(*naming->places));
	naming->places[node->named_count++] = place;
	node->named = naming->places;
}

static bool
text_reckons(const char *text)
{
	return strstr(text, "$evaluateExpression") != NULL ||
	       strstr(text, "$getPairedItem") != NULL;
}

static void
naming_scan_text(struct naming *naming, const char *text)
{
	const char *name;

	naming->node->reckons = naming->node->reckons || text_reckons(text);

	if (strstr(text, "$runIndex") != NULL || strstr(text, "taticData") != NULL)
		naming->node->needs_all = true;
	naming->node->asks |= facts_asked(text);
	while (script_name_next(naming->arena, &text, &name)) {
		if (name == NULL)
			naming->node->needs_all = true;
		else
			naming_add(naming, name);
	}
}

static void
naming_scan(struct naming *naming, const json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	if (json_is_string(value))
		naming_scan_text(naming, json_string_value(value));
	json_array_foreach(value, i, child) naming_scan(naming, child);
	json_object_foreach((json_t *)value, key, child) naming_scan(naming, child);
}

/* A name that a script only reckons may be any. */
static void
naming_scan_script(struct naming *naming, const char *code)
{
	const char *name;

	while (!naming->node->reckons && script_name_next(naming->arena, &code, &name))
		naming->node->reckons = name == NULL;
}

void
inputs_compile(struct ty_arena *arena, const struct ty_plan *plan, struct plan_node *node)
{
	struct naming naming = { .arena = arena, .plan = plan, .node = node };

	node->reads = node_reads(node->node);
	node->needs_all = !node->reads;
	if (node->node->disabled)
		return;
	naming_scan(&naming, node->node->params);
	for (size_t i = 0; i < node->name_count; i++)
		naming_add(&naming, node->names[i]);
	for (size_t h = 0; h < node->hole_count; h++)
		for (size_t i = 0;
		     node->holes[h].expr != NULL && i < ty_expr_node_count(node->holes[h].expr);
		     i++)
			naming_add(&naming, ty_expr_node_name(node->holes[h].expr, i));
	for (size_t h = 0; h < node->hole_count; h++)
		if (node->holes[h].script != HOLE_PLAIN)
			naming_scan_script(&naming, node->holes[h].code);
	for (size_t i = 0; i < node->late_count; i++)
		naming_scan_script(&naming, node->late[i].code);
}

bool
inputs_are_reckoned(const struct ty_run *run, const struct plan_node *node)
{
	return node->reckons && run->digest_version >= TY_DIGEST_RECKONED;
}

bool
inputs_are_all(const struct ty_run *run, const struct plan_node *node)
{
	return node->needs_all || inputs_are_reckoned(run, node);
}

/* Mark what one step is made from; false where that is everything before it. */
static bool
inputs_mark(const struct ty_plan *plan, size_t place, bool *marked)
{
	const struct plan_node *node = &plan->nodes[place];

	if (node->needs_all)
		return false;
	for (size_t e = 0; e < node->in_count; e++)
		marked[plan->place[node->in[e]->from->index]] = true;
	for (size_t i = 0; i < node->named_count; i++)
		marked[node->named[i]] = true;
	return true;
}

bool
inputs_lead_to(struct ty_arena *arena, const struct ty_plan *plan, size_t from, size_t to)
{
	bool *marked;

	if (from >= to)
		return false;
	marked = ty_arena_alloc_array(arena, to + 1, sizeof(*marked));
	marked[to] = true;
	/* Places only shrink on the way back. */
	for (size_t place = to; place > from; place--)
		if (marked[place] && !inputs_mark(plan, place, marked))
			return true;
	return marked[from];
}

/* ---- what arrives ---- */

size_t
inputs_count(const struct ty_run *run, const struct frame *frame, const struct plan_node *pn)
{
	size_t total = 0;

	for (size_t e = 0; e < pn->in_count; e++) {
		const struct ty_graph_edge *edge = pn->in[e];
		const struct outlet *outlets =
			frame_state(frame, run->plan->place[edge->from->index])->outlets;

		if (outlets != NULL)
			total += outlets[edge->output].items.count;
	}
	return total;
}

/* once: of what arrives at each port, the first item. */
static void
inputs_first_only(const struct ty_graph_node *node, struct items *inputs)
{
	for (size_t i = 0; node->once && !node->disabled && i < node->input_count; i++)
		if (inputs[i].count > 1)
			inputs[i].count = 1;
}

/*
 * Gather the items that arrive at each port.  A port with one edge shares the list of the outlet that feeds
 * it; several edges are joined in document order.
 */
size_t
inputs_gather(struct ty_run *run, struct frame *frame, const struct plan_node *pn,
	      struct items *inputs)
{
	size_t total = 0;

	if (pn->place == run->start) {
		inputs[0] = run->input;
		return run->input.count;
	}
	for (size_t e = 0; e < pn->in_count; e++) {
		const struct ty_graph_edge *edge = pn->in[e];
		const struct node_state *from =
			frame_state(frame, run->plan->place[edge->from->index]);
		const struct items *left;

		if (from->outlets == NULL || from->outlets[edge->output].items.count == 0)
			continue;
		left = &from->outlets[edge->output].items;
		total += left->count;
		if (inputs[edge->input].count == 0) {
			inputs[edge->input] = *left;
			inputs[edge->input].cap =
				left->count; /* makes a second edge copy the list */
			continue;
		}
		for (size_t i = 0; i < left->count; i++)
			items_push(frame->arena, &inputs[edge->input], left->v[i]);
	}
	inputs_first_only(pn->node, inputs);
	return total;
}

/*
 * Does nothing arrive from a loop whose iterations gave nothing?  Its end is news all the same: what
 * is behind it runs, with no items.
 */
static bool
loop_has_ended(const struct ty_run *run, const struct frame *frame, const struct plan_node *pn)
{
	for (size_t e = 0; e < pn->in_count; e++) {
		const struct ty_graph_node *from = pn->in[e]->from;
		const struct node_state *state = frame_state(frame, run->plan->place[from->index]);
		size_t items = 0;

		if (from->def == NULL || (from->def->flags & TY_NODE_LOOP) == 0 ||
		    pn->in[e]->output != TY_LOOP_DONE || state->outlets == NULL)
			continue;
		for (size_t i = 0; i < from->output_count; i++)
			items += state->outlets[i].items.count;
		if (items == 0)
			return true;
	}
	return false;
}

struct items *
inputs_new(struct frame *frame, const struct plan_node *pn, size_t *ret_count)
{
	*ret_count = pn->node->input_count > 0 ? pn->node->input_count : 1;
	return ty_arena_alloc_array(frame->arena, *ret_count, sizeof(struct items));
}

bool
inputs_are_none(const struct ty_run *run, const struct frame *frame, const struct plan_node *pn,
		size_t count)
{
	return count == 0 && pn->place != run->start && !loop_has_ended(run, frame, pn);
}

/* ---- whether they are there ---- */

static bool
is_settled(const struct ty_run *run, const struct frame *frame, size_t place)
{
	const struct node_state *state = frame_state(frame, place);

	return state->ended || state->is_settled || !run->reachable[place];
}

bool
inputs_are_settled(const struct ty_run *run, const struct frame *frame,
		   const struct plan_node *node)
{
	for (size_t e = 0; e < node->in_count; e++)
		if (!is_settled(run, frame, run->plan->place[node->in[e]->from->index]))
			return false;
	for (size_t i = 0; i < node->named_count; i++)
		if (!is_settled(run, frame, node->named[i]))
			return false;
	return true;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
inputs_clock_ms(const struct ty_run *run, const struct frame *frame, const struct plan_node *node)
{
	int64_t clock_ms = run->spec.accepted_at_ms;

	if (inputs_are_all(run, node) || !run->has_step_clocks)
		return run->clock_ms;
	for (size_t e = 0; e < node->in_count; e++) {
		size_t place = run->plan->place[node->in[e]->from->index];

		clock_ms = later(clock_ms, frame_state(frame, place)->clock_ms);
	}
	for (size_t i = 0; i < node->named_count; i++)
		clock_ms = later(clock_ms, frame_state(frame, node->named[i])->clock_ms);
	return clock_ms;
}
