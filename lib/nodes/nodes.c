/*
 * nodes.c -- the list of built-in nodes, printed from nodes.def.
 */
#include "nodes/nodes.h"

const struct ty_node_def *const ty_nodes_builtin[] = {
#define X(name) &ty_node_##name,
#include "nodes/nodes.def"
#undef X
	NULL,
};
