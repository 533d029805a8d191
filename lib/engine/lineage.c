/*
 * lineage.c -- which item came from which: what makes $('Node').item mean something.
 *
 * Each emitted item points at the items it was made from.  Following the first of them
 * back through the run ends at the one item of an earlier node that belongs to it.
 *
 * In records, "from" is compact: for a node with one input the index of the input item,
 * or an array of indexes where it was made from several; for a node with several inputs
 * an array of [port, index] pairs.
 *
 * Of what came back to a loop it is { "iteration", "item": which of those that came back, "input":
 * the loop's input item where that is known }.
 *
 * Memory: the frame's arena.
 */
#include "engine/private.h"

#include <string.h>

void
items_push(struct ty_arena *arena, struct items *items, struct item *item)
{
	items->v = ty_arena_grow(arena, items->v, items->count, &items->cap, sizeof(*items->v));
	items->v[items->count++] = item;
}

json_t *
lineage_from(const struct ty_step *step, const struct ty_from *from, size_t count)
{
	bool pairs = step->plan->node->input_count > 1;
	json_t *list;

	if (count == 1 && !pairs)
		return json_integer((json_int_t)from[0].item);
	list = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *index = json_integer((json_int_t)from[i].item);

		if (!pairs) {
			json_array_append_new(list, index);
			continue;
		}
		json_t *pair = json_array();

		json_array_append_new(pair, json_integer((json_int_t)from[i].port));
		json_array_append_new(pair, index);
		json_array_append_new(list, pair);
	}
	return list;
}

/*
 * The place before which nothing leads back to 'place': places only shrink on the way back, but for
 * what came back to a loop, whose body lies behind it.
 */
static size_t
lowest(const struct ty_plan *plan, size_t place)
{
	while (plan->nodes[place].loop != SIZE_MAX)
		place = plan->nodes[place].loop;
	return place;
}

struct search {
	const struct ty_run *run;
	size_t place, low, budget;
	struct lineage_memo *memo; /* NULL = none */
};

/* Was it made of many that count alike?  What a plan's node is not here cannot have. */
static bool
is_gathered(const struct ty_run *run, const struct item *item)
{
	const struct ty_node_def *def = run->plan->nodes[item->place].node->def;

	return item->from_count > 1 && def != NULL && (def->flags & TY_NODE_GATHERS) != 0;
}

static const struct item *find(struct search *s, const struct item *item);

/* The one item that all parents lead to; NULL where they lead to several, or one leads to none. */
static const struct item *
find_of_all(struct search *s, const struct item *item)
{
	const struct item *found = NULL;

	for (size_t i = 0; i < item->from_count; i++) {
		const struct item *next;

		s->budget += 4 * TY_LIMIT_GRAPH_NODES; /* a way of its own for each */
		next = find(s, item->from[i]);
		if (next == NULL || (found != NULL && next != found))
			return NULL;
		found = next;
	}
	return found;
}

/* Items that were made from one of many ask the same of it one after the other. */
static const struct item *
find_gathered(struct search *s, const struct item *item)
{
	struct lineage_memo *memo = s->memo;

	if (memo != NULL && memo->gathered == item && memo->place == s->place)
		return memo->found;

	const struct item *found = find_of_all(s, item);

	if (memo != NULL)
		*memo = (struct lineage_memo){ item, s->place, found };
	return found;
}

/*
 * Depth first, first parent first.  A branch that has gone past 'low' is given up, and a chain is at
 * most as long as the graph; 'budget' bounds what merges of merges could multiply.
 */
static const struct item *
find(struct search *s, const struct item *item)
{
	while (s->budget > 0) {
		s->budget--;
		if (item->place == s->place)
			return item;
		if (item->place < s->low || item->from_count == 0)
			return NULL;
		if (is_gathered(s->run, item))
			return find_gathered(s, item);
		for (size_t i = 0; i + 1 < item->from_count; i++) {
			const struct item *found = find(s, item->from[i]);

			if (found != NULL)
				return found;
		}
		item = item->from[item->from_count - 1];
	}
	return NULL;
}

const struct item *
lineage_find(const struct ty_run *run, const struct item *item, size_t place,
	     struct lineage_memo *memo)
{
	struct search s = { .run = run,
			    .place = place,
			    .low = lowest(run->plan, place),
			    .budget = 4 * TY_LIMIT_GRAPH_NODES,
			    .memo = memo };

	return find(&s, item);
}

/* The way back is followed as find() ends it: by the last parent of each. */
const char *
lineage_break(const struct ty_run *run, const struct item *item, size_t place, bool *ret_several)
{
	size_t low = lowest(run->plan, place);

	*ret_several = false;
	while (item != NULL && item->place != UINT32_MAX && item->place >= low &&
	       item->place != place) {
		*ret_several = is_gathered(run, item);
		if (item->from_count == 0 || *ret_several)
			return run->plan->nodes[item->place].node->name;
		item = item->from[item->from_count - 1];
	}
	return NULL;
}

enum ty_code
lineage_error(const struct ty_step *step, const struct item *item, const char *name,
	      struct ty_err *err)
{
	const struct ty_run *run = step->run;
	size_t place = lineage_place(run, name);
	const char *broken;
	bool several;

	if (place == SIZE_MAX || frame_find_ended(step, place) == NULL) {
		ty_err_set(err, TY_E_INVALID,
			   "there is no data of a node \"%.80s\": it has not run, or does not lead "
			   "here",
			   name);
		return ty_err_hint(err, "Connect the nodes, so that it runs before this one.");
	}
	broken = lineage_break(run, item, place, &several);
	if (several)
		ty_err_set(err, TY_E_INVALID,
			   LINEAGE_ERROR ": several items of \"%.80s\" may be meant, because "
					 "\"%.80s\" made this one of many",
			   name, broken);
	else if (broken == NULL)
		ty_err_set(err, TY_E_INVALID,
			   LINEAGE_ERROR
			   ": no item of \"%.80s\" belongs to this item, which did not "
			   "come by that node",
			   name);
	else
		ty_err_set(err, TY_E_INVALID,
			   LINEAGE_ERROR
			   ": which item of \"%.80s\" this item comes from is not "
			   "known, because \"%.80s\" gave its items without pairedItem",
			   name, broken);
	return ty_err_hint(err, several ? LINEAGE_HINT_SEVERAL : LINEAGE_HINT);
}

size_t
lineage_place(const struct ty_run *run, const char *name)
{
	const struct ty_graph_node *node = ty_graph_node_find_name(run->plan->graph, name);

	return node != NULL ? run->plan->place[node->index] : SIZE_MAX;
}

size_t
lineage_number(const struct item *item)
{
	const struct outlet *outlets = frame_state(item->frame, item->place)->outlets;
	size_t number = item->index;

	for (uint32_t port = 0; port < item->port; port++)
		number += outlets[port].items.count;
	return number;
}
