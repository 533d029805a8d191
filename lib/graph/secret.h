/*
 * secret.h -- the secrets of a workflow document, and the document without them.
 *
 * Works on the document as it is kept, valid or not: a draft may be anything.  What is secret is
 * the nodes' parameter tables to say (param/secret.h).
 */
#ifndef TY_GRAPH_SECRET_H
#define TY_GRAPH_SECRET_H

#include "node/registry.h"
#include "param/secret.h"

#include <jansson.h>

/* ty_secret_fn with the node: its "id", "" where it has none, and its place in "nodes". */
typedef const char *(*ty_graph_secret_fn)(void *ctx, const char *node_id, size_t index,
					  const char *path, const char *text);

/* A copy of 'graph' with 'fn's texts in place of its secrets; owned by 'arena'. */
json_t *ty_graph_secrets_map(struct ty_arena *arena, const struct ty_registry *registry,
			     const json_t *graph, ty_graph_secret_fn fn, void *ctx);

/* A copy with TY_SECRET_MASK for each: what may be shown, exported and checked. */
json_t *ty_graph_secrets_hide(struct ty_arena *arena, const struct ty_registry *registry,
			      const json_t *graph);

#endif
