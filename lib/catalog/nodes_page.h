/*
 * nodes_page.h -- docs/NODES.md: each node with its ports and parameters, printed from its definition.
 */
#ifndef TY_CATALOG_NODES_PAGE_H
#define TY_CATALOG_NODES_PAGE_H

#include "base/defs.h"

struct ty_registry;

/* The page as Markdown, owned by 'arena'. */
const char *ty_nodes_page(struct ty_arena *arena, const struct ty_registry *registry,
			  size_t *ret_len);

#endif
