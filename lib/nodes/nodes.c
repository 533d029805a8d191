/*
 * nodes.c -- the list of built-in nodes, printed from nodes.def, and the loader of all programs.
 */
#include "nodes/nodes.h"

#include "base/err.h"
#include "node/registry.h"

const struct ty_node_def *const ty_nodes_builtin[] = {
#define X(name) &ty_node_##name,
#include "nodes/nodes.def"
#undef X
	NULL,
};

static const struct ty_node_def *const none[] = { NULL };

/* Sources of an installation's nodes, in order of precedence.  The later two have no reader yet. */
static const struct ty_node_source sources[] = {
	{ .name = "builtin", .defs = ty_nodes_builtin },
	{ .name = "plugin", .defs = none },
	{ .name = "declared", .defs = none },
	{ .name = NULL },
};

enum ty_code
ty_nodes_load(struct ty_arena *arena, struct ty_registry **ret_registry, struct ty_err *err)
{
	return ty_registry_load(arena, sources, ret_registry, err);
}
