/*
 * outline.c -- see outline.h.
 */
#include "publish/outline.h"

#include "base/arena.h"
#include "base/err.h"
#include "graph/graph.h"
#include "publish/hooks.h"

#include <string.h>

/* A draft's texts may have any size: a longer one is no address and no method. */
#define OUTLINE_TEXT_BYTES 512

static json_t *
text_or_null(const char *text)
{
	return text != NULL && strlen(text) <= OUTLINE_TEXT_BYTES ? json_string(text) : json_null();
}

static json_t *
trigger_json(const struct ty_graph_node *node)
{
	const char *method, *path;

	ty_publish_address(node, &method, &path);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "type", node->type, "method",
			 text_or_null(method), "path", text_or_null(path), "node",
			 text_or_null(node->id), "name", text_or_null(node->name), "live",
			 (int)!node->disabled);
}

/* Triggers that start runs come first, so that a crowd of disabled ones does not hide them. */
static json_t *
triggers_json(struct ty_arena *arena, const struct ty_graph *graph, size_t count)
{
	json_t *triggers = ty_json_own(arena, json_array());

	for (int disabled = 0; disabled <= 1; disabled++) {
		for (size_t i = 0; i < count; i++) {
			const struct ty_graph_node *node = ty_graph_node_at(graph, i);

			if (ty_node_is_trigger(node->def) && node->disabled == (disabled != 0) &&
			    json_array_size(triggers) < TY_OUTLINE_TRIGGERS_MAX)
				json_array_append_new(triggers, trigger_json(node));
		}
	}
	return triggers;
}

/* The id of the trigger that is started so, or NULL. */
static const char *
start_node(const struct ty_graph *graph, enum ty_run_start start)
{
	const struct ty_graph_node *node = graph != NULL ? ty_graph_start_of(graph, start) : NULL;

	return node != NULL ? node->id : NULL;
}

struct ty_store_outline
ty_publish_outline(struct ty_arena *arena, const struct ty_registry *registry, const json_t *doc)
{
	const struct ty_graph *graph = ty_graph_read(arena, registry, doc);
	size_t count = graph != NULL ? ty_graph_node_count(graph) : 0;
	const char *error_workflow = graph != NULL ? ty_graph_error_workflow(graph) : NULL;
	struct ty_id ignored;

	return (struct ty_store_outline){
		.node_count = (int64_t)count,
		.triggers = ty_json_dump(arena, triggers_json(arena, graph, count), NULL),
		.called_node = start_node(graph, TY_RUN_START_CALL),
		.error_node = start_node(graph, TY_RUN_START_FAILURE),
		.error_workflow_id = error_workflow != NULL && ty_id_parse(error_workflow, &ignored)
					     ? error_workflow
					     : NULL,
	};
}

/* A graph that cannot be read has no nodes. */
static struct ty_store_outline
outline_of_text(struct ty_arena *arena, const struct ty_registry *registry, const char *text)
{
	struct ty_err ignored;
	json_t *doc;

	ty_err_clear(&ignored);
	if (ty_json_parse(arena, text, strlen(text), &doc, &ignored) != TY_OK)
		doc = NULL;
	return ty_publish_outline(arena, registry, doc);
}

/* ---- lists ---- */

/* The item of a version that a release without outlines saved. */
static void
item_complete(struct ty_arena *arena, const struct ty_registry *registry, json_t *item)
{
	const char *text = ty_json_str(item, "graph", NULL);
	struct ty_store_outline outline;

	if (text != NULL) {
		outline = outline_of_text(arena, registry, text);
		json_object_set_new(item, "node_count", json_integer(outline.node_count));
		json_object_set_new(item, "triggers", json_loads(outline.triggers, 0, NULL));
	}
	json_object_del(item, "graph");
}

enum ty_code
ty_publish_workflow_list(struct ty_tx *tx, const struct ty_registry *registry,
			 const struct ty_store_workflow_filter *filter, json_t **ret_items,
			 const char **ret_next, struct ty_err *err)
{
	json_t *items, *item;
	size_t i;

	if (ty_store_workflow_list(tx, filter, &items, ret_next, err) != TY_OK)
		return err->code;
	json_array_foreach(items, i, item) item_complete(ty_tx_arena(tx), registry, item);
	*ret_items = items;
	return TY_OK;
}

/* ---- the fill ---- */

enum ty_code
ty_publish_outline_fill(struct ty_tx *tx, const struct ty_registry *registry, size_t *ret_count,
			struct ty_err *err)
{
	struct ty_store_bare_version *bare;

	if (ty_store_outline_missing(tx, &bare, ret_count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < *ret_count; i++) {
		const struct ty_store_outline outline =
			outline_of_text(ty_tx_arena(tx), registry, bare[i].graph);

		if (ty_store_outline_set(tx, &bare[i], &outline, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}
