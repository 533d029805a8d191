/*
 * nodes.h -- the registry of the programs, for tests.
 */
#ifndef TY_TESTS_NODES_H
#define TY_TESTS_NODES_H

#include "base/err.h"
#include "node/registry.h"
#include "nodes/nodes.h"

static inline const struct ty_registry *
builtin_registry(struct ty_arena *arena)
{
	struct ty_err err = { .code = TY_OK };
	struct ty_registry *registry = NULL;

	TY_ASSERT(ty_nodes_load(arena, &registry, &err) == TY_OK);
	return registry;
}

#endif
