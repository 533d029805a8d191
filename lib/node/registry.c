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

struct entry {
	const struct ty_node_def *def;
	const struct ty_node_source *source;
};

struct ty_registry {
	size_t count;
	struct entry *entries; /* by type, then version */
};

static int
def_cmp(const struct ty_node_def *x, const struct ty_node_def *y)
{
	int order = strcmp(x->type, y->type);

	return order != 0 ? order : (x->version > y->version) - (x->version < y->version);
}

/* Sort by type, version and place in the table, so that an earlier source's definition wins. */
static int
entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = def_cmp(x->def, y->def);

	return order != 0 ? order : (x->source > y->source) - (x->source < y->source);
}

static size_t
sources_count(const struct ty_node_source *sources)
{
	size_t count = 0;

	for (; sources->name != NULL; sources++)
		for (size_t i = 0; sources->defs[i] != NULL; i++)
			count++;
	return count;
}

static enum ty_code
registry_fill(struct ty_registry *registry, const struct ty_node_source *sources,
	      struct ty_err *err)
{
	for (; sources->name != NULL; sources++) {
		for (size_t i = 0; sources->defs[i] != NULL; i++) {
			if (ty_node_def_check(sources->defs[i], err) != TY_OK)
				return ty_err_wrap(err, "definition %zu", i);
			registry->entries[registry->count++] =
				(struct entry){ .def = sources->defs[i], .source = sources };
		}
	}
	return TY_OK;
}

/* Drop what an earlier source has; a source that says it twice is wrong. */
static enum ty_code
registry_unite(struct ty_registry *registry, struct ty_err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < registry->count; i++) {
		const struct entry *entry = &registry->entries[i];
		const struct entry *last = kept > 0 ? &registry->entries[kept - 1] : NULL;

		if (last != NULL && entry_cmp(last, entry) == 0)
			return ty_err_set(err, TY_E_CONFLICT,
					  "node %s, version %d: it is defined twice",
					  entry->def->type, entry->def->version);
		if (last == NULL || def_cmp(last->def, entry->def) != 0)
			registry->entries[kept++] = *entry;
	}
	registry->count = kept;
	return TY_OK;
}

enum ty_code
ty_registry_load(struct ty_arena *arena, const struct ty_node_source *sources,
		 struct ty_registry **ret_registry, struct ty_err *err)
{
	struct ty_registry *registry = ty_arena_new_of(arena, struct ty_registry);

	registry->entries =
		ty_arena_alloc_array(arena, sources_count(sources) + 1, sizeof(*registry->entries));
	if (registry_fill(registry, sources, err) != TY_OK)
		return err->code;
	qsort(registry->entries, registry->count, sizeof(*registry->entries), entry_cmp);
	if (registry_unite(registry, err) != TY_OK)
		return err->code;
	*ret_registry = registry;
	return TY_OK;
}

enum ty_code
ty_registry_new(struct ty_arena *arena, const struct ty_node_def *const *defs,
		struct ty_registry **ret_registry, struct ty_err *err)
{
	struct ty_node_source *sources = ty_arena_alloc_array(arena, 2, sizeof(*sources));

	sources[0] = (struct ty_node_source){ .name = "given", .defs = defs };
	return ty_registry_load(arena, sources, ret_registry, err);
}

/* The first definition that is not before 'type'. */
static size_t
registry_lower_bound(const struct ty_registry *registry, const char *type)
{
	size_t low = 0, high = registry->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(registry->entries[mid].def->type, type) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
def_takes(const struct ty_node_def *def, int version)
{
	int from = def->takes_from != 0 ? def->takes_from : def->version;

	return version >= from && (def->takes_to == 0 || version <= def->takes_to);
}

enum ty_registry_match
ty_registry_find(const struct ty_registry *registry, const char *type, int version,
		 const struct ty_node_def **ret_def)
{
	const struct ty_node_def *best = NULL;

	for (size_t i = registry_lower_bound(registry, type);
	     i < registry->count && ty_str_eq(registry->entries[i].def->type, type); i++) {
		const struct ty_node_def *def = registry->entries[i].def;

		if (def_takes(def, version))
			best = def; /* versions ascend, so the last is the newest */
		if (def->version != version)
			continue;
		*ret_def = def;
		return TY_REGISTRY_EXACT;
	}
	*ret_def = best;
	return best != NULL ? TY_REGISTRY_FALLBACK : TY_REGISTRY_MISSING;
}

const char *
ty_registry_versions(const struct ty_registry *registry, struct ty_arena *arena, const char *type)
{
	const char *list = NULL;

	for (size_t i = registry_lower_bound(registry, type);
	     i < registry->count && ty_str_eq(registry->entries[i].def->type, type); i++)
		list = ty_arena_printf(arena, "%s%s%d", list != NULL ? list : "",
				       list != NULL ? ", " : "", registry->entries[i].def->version);
	return list;
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
	return registry->entries[i].def;
}

const char *
ty_registry_source_at(const struct ty_registry *registry, size_t i)
{
	TY_ASSERT(i < registry->count);
	return registry->entries[i].source->name;
}
