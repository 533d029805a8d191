/*
 * nodes.h -- the built-in nodes, for ty_registry_new.
 *
 * A node is one file that ends in its const definition.  Adding one is that file, one
 * sorted line in nodes.def and one test.
 */
#ifndef TY_NODES_NODES_H
#define TY_NODES_NODES_H

#include "node/node.h"

#define X(name) extern const struct ty_node_def ty_node_##name;
#include "nodes/nodes.def"
#undef X

/* Ends with NULL. */
extern const struct ty_node_def *const ty_nodes_builtin[];

#endif
