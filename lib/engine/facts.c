/*
 * facts.c -- what few scripts ask about: nodes' parameters, where items came from, how far a loop is.
 *
 * Sent where a text of the node's parameters names it, so that all others pay nothing.
 *
 * Memory: the step's arena; of what is added to a request, the request.
 */
#include "engine/private.h"
#include "param/secret.h"

#include <string.h>

unsigned
facts_asked(const char *text)
{
	static const struct {
		const char *word;
		unsigned fact;
	} words[] = {
		{ "$parameter", FACT_NODE },	   { "$rawParameter", FACT_NODE },
		{ "$nodeVersion", FACT_NODE },	   { "$nodeId", FACT_NODE },
		{ "$webhookId", FACT_NODE },	   { "$prevNode", FACT_SOURCES },
		{ "$input.params", FACT_SOURCES }, { ".params", FACT_NODES },
		{ ".parameter", FACT_NODES },	   { ".context", FACT_NODES },
		{ "taticData", FACT_STATICS },	   { "$workflow", FACT_WORKFLOW },
	};
	unsigned asked = 0;

	for (size_t i = 0; i < TY_ARRAY_COUNT(words); i++)
		if (strstr(text, words[i].word) != NULL)
			asked |= words[i].fact;
	return asked;
}

bool
plan_asks(const struct ty_plan *plan, unsigned fact)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->nodes[i].node->disabled && (plan->nodes[i].asks & fact) != 0)
			return true;
	return false;
}

bool
ty_plan_names_workflow(const struct ty_plan *plan)
{
	return plan_asks(plan, FACT_WORKFLOW);
}

/* A node's parameters as the document has them, without what is secret; new reference. */
static json_t *
node_params(struct ty_step *step, const struct ty_graph_node *node)
{
	json_t *params = json_deep_copy(node->params);

	if (node->def != NULL)
		ty_param_secrets_map(step->arena, node->def->params, params, ty_secret_hide, NULL);
	return params;
}

static void
add_node(struct ty_step *step, json_t *request)
{
	const struct ty_graph_node *node = step->plan->node;
	const char *path = node->def != NULL && ty_node_is_trigger(node->def)
				   ? ty_json_str(node->params, "path", NULL)
				   : NULL;
	json_t *about = json_object();

	json_object_set_new(about, "id", json_string(node->id));
	json_object_set_new(about, "version", json_integer(node->version));
	json_object_set_new(about, "params", node_params(step, node));
	if (path != NULL)
		json_object_set_new(about, "webhook_id", json_string(path));
	json_object_set_new(request, "node", about);
}

/* ---- which node gave each item ---- */

static json_t *
source_new(struct ty_step *step, const struct item *item)
{
	const struct ty_graph_node *node = step->run->plan->nodes[item->place].node;
	json_t *source = json_object();

	json_object_set_new(source, "name", record_text(node->name));
	json_object_set_new(source, "output", json_integer((json_int_t)item->port));
	if (item->frame->iteration > 0)
		json_object_set_new(source, "run",
				    json_integer((json_int_t)item->frame->iteration));
	json_object_set_new(source, "params", node_params(step, node));
	return source;
}

static bool
is_of_source(const struct item *a, const struct item *b)
{
	return a->place == b->place && a->port == b->port && a->frame == b->frame;
}

/* Items of one source come in rows; that of a run's input is none. */
static void
add_sources(struct ty_step *step, json_t *request)
{
	json_t *sources = json_array(), *of = json_array();
	const struct item *last = NULL;

	for (size_t i = 0; i < step->inputs[0].count; i++) {
		const struct item *item = step->inputs[0].v[i];

		if (item->place == UINT32_MAX) {
			json_array_append_new(of, json_null());
			continue;
		}
		if (last == NULL || !is_of_source(last, item))
			json_array_append_new(sources, source_new(step, item));
		last = item;
		json_array_append_new(of, json_integer((json_int_t)json_array_size(sources) - 1));
	}
	json_object_set_new(request, "sources", sources);
	json_object_set_new(request, "source", of);
}

void
facts_add(struct ty_step *step, json_t *request)
{
	if ((step->plan->asks & FACT_NODE) != 0)
		add_node(step, request);
	if ((step->plan->asks & FACT_SOURCES) != 0)
		add_sources(step, request);
	if ((step->plan->asks & FACT_STATICS) != 0)
		statics_add(step, request);
}

/* ---- another node ---- */

/* The frame around the step in which the node at 'place' is, or has its iteration. */
static const struct frame *
frame_of(const struct ty_step *step, size_t place)
{
	const struct frame *frame = step->frame;

	while (place < frame->begin || place >= frame->end)
		frame = frame->parent;
	return frame;
}

/* State of a loop: { currentRunIndex, noItemsLeft }; new reference. */
static json_t *
loop_context(const struct ty_step *step, size_t place)
{
	const struct frame *frame = frame_of(step, place);
	const struct ty_step *owner = frame->loop == place ? frame->owner : NULL;
	const struct frame *last = frame->loop == place ? frame : frame_state(frame, place)->last;
	bool is_last = owner == NULL || owner->loop == NULL || owner->loop->repeats ||
		       owner->loop->at >= owner->inputs[0].count;

	return json_pack("{s:I, s:b}", "currentRunIndex",
			 (json_int_t)(last != NULL ? last->iteration : 0), "noItemsLeft",
			 (int)is_last);
}

void
facts_of_node(struct ty_step *step, size_t place, const struct node_state *state, json_t *view)
{
	const struct ty_graph_node *node = step->run->plan->nodes[place].node;
	const struct frame *frame = frame_of(step, place);
	json_t *ports = json_array();

	for (size_t port = 0; port < node->output_count; port++)
		json_array_append_new(
			ports,
			json_integer(state->outlets == NULL
					     ? 0
					     : (json_int_t)state->outlets[port].items.count));
	json_object_set_new(view, "ports", ports);
	if (frame->iteration > 0)
		json_object_set_new(view, "run", json_integer((json_int_t)frame->iteration));
	if ((step->plan->asks & FACT_NODES) == 0)
		return;
	json_object_set_new(view, "params", node_params(step, node));
	if (node->def != NULL && (node->def->flags & TY_NODE_LOOP) != 0)
		json_object_set_new(view, "context", loop_context(step, place));
}

/* ---- for nodes ---- */

const char *
ty_step_node_id(const struct ty_step *step)
{
	return step->plan->node->id;
}

bool
ty_step_is_published(const struct ty_step *step)
{
	return run_is_published(step->run);
}
