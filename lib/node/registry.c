/*
 * registry.c -- node types and versions, sorted, found by bisection.
 *
 * The list lives in the caller's arena, the definitions are borrowed constants;
 * nothing changes after ty_registry_new, so threads need no lock.
 */
#include "node/registry.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct ty_registry {
	size_t count;
	const struct ty_node_def **defs; /* by type, then version */
};

const struct ty_port ty_ports_none[] = {
	{ .name = NULL },
};

const struct ty_port ty_ports_one[] = {
	{ .name = "main", .label = "Main" },
	{ .name = NULL },
};

static int
registry_cmp(const void *a, const void *b)
{
	const struct ty_node_def *x = *(const struct ty_node_def *const *)a;
	const struct ty_node_def *y = *(const struct ty_node_def *const *)b;
	int order = strcmp(x->type, y->type);

	return order != 0 ? order : (x->version > y->version) - (x->version < y->version);
}

struct ty_registry *
ty_registry_new(struct ty_arena *arena, const struct ty_node_def *const *defs)
{
	struct ty_registry *registry = ty_arena_new_of(arena, struct ty_registry);

	while (defs[registry->count] != NULL)
		registry->count++;
	registry->defs =
		ty_arena_alloc_array(arena, registry->count + 1, sizeof(struct ty_node_def *));
	memcpy(registry->defs, defs, registry->count * sizeof(struct ty_node_def *));
	qsort(registry->defs, registry->count, sizeof(struct ty_node_def *), registry_cmp);
	for (size_t i = 1; i < registry->count; i++)
		TY_ASSERT(registry_cmp(&registry->defs[i - 1], &registry->defs[i]) != 0);
	return registry;
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

const char *
ty_category_name(enum ty_category category)
{
	static const char *const names[TY_CATEGORY__COUNT] = {
		[TY_CATEGORY_TRIGGER] = "trigger", [TY_CATEGORY_LOGIC] = "logic",
		[TY_CATEGORY_DATA] = "data",	   [TY_CATEGORY_CODE] = "code",
		[TY_CATEGORY_NETWORK] = "network",
	};

	TY_ASSERT(category < TY_CATEGORY__COUNT);
	return names[category];
}

static void
registry_set(json_t *object, const char *key, json_t *value)
{
	int failed = json_object_set_new(object, key, value);

	TY_ASSERT(!failed);
}

static json_t *
registry_describe_ports(const struct ty_port *ports)
{
	json_t *list = json_array();

	for (; ports != NULL && ports->name != NULL; ports++) {
		json_t *port = json_object();

		registry_set(port, "name", json_string(ports->name));
		registry_set(port, "label",
			     json_string(ports->label != NULL ? ports->label : ports->name));
		json_array_append_new(list, port);
	}
	return list;
}

static json_t *
registry_describe_def(const struct ty_node_def *def, bool latest)
{
	json_t *out = json_object();

	registry_set(out, "type", json_string(def->type));
	registry_set(out, "version", json_integer(def->version));
	registry_set(out, "latest", json_boolean(latest));
	registry_set(out, "category", json_string(ty_category_name(def->category)));
	registry_set(out, "title", json_string(def->title != NULL ? def->title : def->type));
	registry_set(out, "summary", json_string(def->summary != NULL ? def->summary : ""));
	if (def->icon != NULL)
		registry_set(out, "icon", json_string(def->icon));
	registry_set(out, "inputs", registry_describe_ports(def->inputs));
	registry_set(out, "outputs", registry_describe_ports(def->outputs));
	/* One more output, where on_error is "error_output". */
	registry_set(out, "error_output", json_string("error"));
	registry_set(out, "dynamic_outputs", json_boolean(def->outputs_for != NULL));
	registry_set(out, "trigger", json_boolean(def->flags & TY_NODE_TRIGGER));
	registry_set(out, "pure", json_boolean(def->flags & TY_NODE_PURE));
	registry_set(out, "effect", json_boolean(def->flags & TY_NODE_EFFECT));
	registry_set(out, "loop", json_boolean(def->flags & TY_NODE_LOOP));
	registry_set(out, "params", ty_param_describe(def->params));
	return out;
}

json_t *
ty_registry_describe(const struct ty_registry *registry)
{
	json_t *list = json_array();

	for (size_t i = 0; i < registry->count; i++) {
		const struct ty_node_def *def = registry->defs[i];
		bool latest = i + 1 == registry->count ||
			      !ty_str_eq(registry->defs[i + 1]->type, def->type);

		json_array_append_new(list, registry_describe_def(def, latest));
	}
	return list;
}
