/*
 * registry.c -- node types and versions, sorted, found by bisection.
 *
 * The list lives in the caller's arena, the definitions are borrowed constants;
 * nothing changes after ty_registry_new, so threads need no lock.
 */
#include "node/registry.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct ty_registry {
	size_t count;
	const struct ty_node_def **defs; /* by type, then version */
};

static int
registry_cmp(const void *a, const void *b)
{
	const struct ty_node_def *x = *(const struct ty_node_def *const *)a;
	const struct ty_node_def *y = *(const struct ty_node_def *const *)b;
	int order = strcmp(x->type, y->type);

	return order != 0 ? order : (x->version > y->version) - (x->version < y->version);
}

enum ty_code
ty_registry_new(struct ty_arena *arena, const struct ty_node_def *const *defs,
		struct ty_registry **ret_registry, struct ty_err *err)
{
	struct ty_registry *registry = ty_arena_new_of(arena, struct ty_registry);

	for (; defs[registry->count] != NULL; registry->count++)
		if (ty_node_def_check(defs[registry->count], err) != TY_OK)
			return ty_err_wrap(err, "definition %zu", registry->count);
	registry->defs =
		ty_arena_alloc_array(arena, registry->count + 1, sizeof(struct ty_node_def *));
	memcpy(registry->defs, defs, registry->count * sizeof(struct ty_node_def *));
	qsort(registry->defs, registry->count, sizeof(struct ty_node_def *), registry_cmp);
	for (size_t i = 1; i < registry->count; i++)
		if (registry_cmp(&registry->defs[i - 1], &registry->defs[i]) == 0)
			return ty_err_set(err, TY_E_CONFLICT,
					  "node %s, version %d: it is defined twice",
					  registry->defs[i]->type, registry->defs[i]->version);
	*ret_registry = registry;
	return TY_OK;
}

/* The first definition that is not before 'type'. */
static size_t
registry_lower_bound(const struct ty_registry *registry, const char *type)
{
	size_t low = 0, high = registry->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(registry->defs[mid]->type, type) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

enum ty_registry_match
ty_registry_find(const struct ty_registry *registry, const char *type, int version,
		 const struct ty_node_def **ret_def)
{
	const struct ty_node_def *best = NULL;

	/* Versions ascend: the first is the fallback until one not above replaces it. */
	for (size_t i = registry_lower_bound(registry, type);
	     i < registry->count && ty_str_eq(registry->defs[i]->type, type); i++)
		if (best == NULL || registry->defs[i]->version <= version)
			best = registry->defs[i];
	*ret_def = best;
	if (best == NULL)
		return TY_REGISTRY_MISSING;
	return best->version == version ? TY_REGISTRY_EXACT : TY_REGISTRY_FALLBACK;
}

size_t
ty_registry_count(const struct ty_registry *registry)
{
	return registry->count;
}

const struct ty_node_def *
ty_registry_at(const struct ty_registry *registry, size_t i)
{
	TY_ASSERT(i < registry->count);
	return registry->defs[i];
}
