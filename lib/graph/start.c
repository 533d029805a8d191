/*
 * start.c -- at which trigger a run begins.
 *
 * A workflow has at most one live trigger of each enum ty_run_start, so a mode that names none finds
 * its own.  Versions that are on the air since a release with one trigger each keep their only one.
 */
#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "graph/graph.h"

static bool
is_live_trigger(const struct ty_graph_node *node)
{
	return ty_node_is_trigger(node->def) && !node->disabled;
}

const struct ty_graph_node *
ty_graph_start_of(const struct ty_graph *graph, enum ty_run_start start)
{
	const struct ty_graph_node *found = NULL;

	for (size_t i = 0; i < ty_graph_node_count(graph); i++) {
		const struct ty_graph_node *node = ty_graph_node_at(graph, i);

		if (!is_live_trigger(node) || ty_node_start(node->def) != start)
			continue;
		if (found != NULL)
			return NULL;
		found = node;
	}
	return found;
}

static size_t
live_count(const struct ty_graph *graph, const struct ty_graph_node **ret_last)
{
	size_t count = 0;

	for (size_t i = 0; i < ty_graph_node_count(graph); i++) {
		const struct ty_graph_node *node = ty_graph_node_at(graph, i);

		if (!is_live_trigger(node))
			continue;
		*ret_last = node;
		count++;
	}
	return count;
}

static enum ty_code
find_unnamed(const struct ty_graph *graph, const struct ty_run_mode *mode,
	     const struct ty_graph_node **ret_node, struct ty_err *err)
{
	const struct ty_graph_node *only = NULL, *found = NULL;
	size_t count = live_count(graph, &only);

	if (count == 0) {
		ty_err_set(err, TY_E_INVALID, "the workflow has no live trigger");
		return ty_err_hint(err, "Add a trigger, such as core.webhook, or enable one.");
	}
	if (count == 1)
		found = only;
	else if (mode != NULL)
		found = ty_graph_start_of(graph, mode->start);
	/* A start by hand of a workflow without a trigger for it is one in the world's place. */
	if (found == NULL && mode != NULL && mode->start == TY_RUN_START_HAND)
		found = ty_graph_start_of(graph, TY_RUN_START_WORLD);
	if (found == NULL) {
		ty_err_set(err, TY_E_INVALID, "the workflow has several triggers");
		return ty_err_hint(err, "Name the one to start.");
	}
	*ret_node = found;
	return TY_OK;
}

enum ty_code
ty_graph_start(const struct ty_graph *graph, const char *mode_name, const char *id,
	       const struct ty_graph_node **ret_node, struct ty_err *err)
{
	const struct ty_run_mode *mode = ty_run_mode_find(mode_name);
	const struct ty_graph_node *node;

	if (ty_str_is_blank(id))
		return find_unnamed(graph, mode, ret_node, err);
	node = ty_graph_node_find(graph, id);
	if (node != NULL && is_live_trigger(node)) {
		*ret_node = node;
		return TY_OK;
	}
	/* A repeated run may be of an older version, whose trigger had another id. */
	if (mode != NULL && mode->input == TY_RUN_INPUT_REPEATED)
		return find_unnamed(graph, mode, ret_node, err);
	if (node == NULL) {
		ty_err_set(err, TY_E_NOT_FOUND, "there is no node %.100s", id);
		return ty_err_hint(err, "Name the id of one of the workflow's triggers.");
	}
	ty_err_set(err, TY_E_INVALID, "node %.100s is no live trigger", id);
	return ty_err_hint(err, "Name a trigger that is not disabled.");
}
