/*
 * hooks.h -- which addresses a workflow claims: its live webhooks, as lib/store keeps them.
 */
#ifndef TY_PUBLISH_HOOKS_H
#define TY_PUBLISH_HOOKS_H

#include "base/defs.h"
#include "graph/graph.h"
#include "store/hook_admin.h"

/*
 * The hooks that 'graph' asks for, owned by 'arena'.  What cannot be an address (an expression, the same
 * one twice) is appended to 'findings' (an array of ty_graph_validate's shape, borrowed); true where
 * there was none.  NULL, no workflow at all, asks for none.
 */
bool ty_publish_hooks_of(struct ty_arena *arena, const struct ty_graph *graph,
			 struct ty_store_hooks *ret_hooks, json_t *findings);

/* Method and path of a webhook as its author wrote them; NULL where they are none, or for other nodes. */
void ty_publish_address(const struct ty_graph_node *node, const char **ret_method,
			const char **ret_path);

#endif
