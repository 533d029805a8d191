/*
 * nodes.h -- the built-in nodes, and the registry that every program has of them.
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

/* Text of every condition's help. */
#define NODE_CONDITION_FORMS                                                                       \
	"An expression that gives true or false, or a typed condition: what is compared with "     \
	"what."
#define NODE_CONDITION_HELP NODE_CONDITION_FORMS " Evaluated once per item."

/* Ends with NULL. */
extern const struct ty_node_def *const ty_nodes_builtin[];

/*
 * Every node that this installation has, in 'arena': the one place where tyboo-api, tyboo-run and
 * tybooctl get their registry, so that what one of them validates the other runs.
 * Errors: those of ty_registry_new.
 */
enum ty_code ty_nodes_load(struct ty_arena *arena, struct ty_registry **ret_registry,
			   struct ty_err *err) TY_MUST_CHECK;

#endif
