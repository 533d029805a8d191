/*
 * registry.h -- every node type and version this process knows, and the one answer to which of them a
 * document means.
 *
 * Definitions come from sources, in this order: what is built in, plugins, declarations (lib/nodes/nodes.c has
 * the table).  A type and version is the first source's that has it; one that no source has is the newest
 * version that takes its parameters (struct ty_node_def's takes_from), and the document's reader says
 * so; else the node is kept as it is, missing: it is saved and shown, and not run.
 *
 * Immutable after ty_registry_new; share it between threads freely.
 */
#ifndef TY_NODE_REGISTRY_H
#define TY_NODE_REGISTRY_H

#include "node/node.h"

/*
 * 'defs' is a NULL-terminated list; the definitions are borrowed.  One that was compiled for
 * another struct ty_node_def, or whose members do not fit together, is refused with its reason.
 * Errors: TY_E_INVALID, TY_E_CONFLICT (type and version twice).
 */
enum ty_code ty_registry_new(struct ty_arena *arena, const struct ty_node_def *const *defs,
			     struct ty_registry **ret_registry, struct ty_err *err) TY_MUST_CHECK;

/* A source of definitions. */
struct ty_node_source {
	const char *name;		       /* in the catalog; NULL ends the list */
	const struct ty_node_def *const *defs; /* NULL-terminated */
};

/*
 * ty_registry_new() of several sources.  A definition of an earlier source hides a later one of its type
 * and version, so that no plugin takes the place of a node that is built in.
 */
enum ty_code ty_registry_load(struct ty_arena *arena, const struct ty_node_source *sources,
			      struct ty_registry **ret_registry, struct ty_err *err) TY_MUST_CHECK;

/* The check of one definition, for whoever makes it from data. Errors: TY_E_INVALID. */
enum ty_code ty_node_def_check(const struct ty_node_def *def, struct ty_err *err) TY_MUST_CHECK;

enum ty_registry_match {
	TY_REGISTRY_EXACT,
	TY_REGISTRY_FALLBACK, /* the newest version that takes the parameters of the one asked for */
	TY_REGISTRY_MISSING,
};

/* Find type and version; *ret_def is NULL only for TY_REGISTRY_MISSING. */
enum ty_registry_match ty_registry_find(const struct ty_registry *registry, const char *type,
					int version, const struct ty_node_def **ret_def);

/* The versions of a type that are here, "1, 3", owned by 'arena'; NULL = none. */
const char *ty_registry_versions(const struct ty_registry *registry, struct ty_arena *arena,
				 const char *type);

size_t ty_registry_count(const struct ty_registry *registry);
const struct ty_node_def *ty_registry_at(const struct ty_registry *registry, size_t i);
const char *ty_registry_source_at(const struct ty_registry *registry, size_t i);

/* The catalog as the API serves it: array sorted by type, version; new reference. */
json_t *ty_registry_describe(const struct ty_registry *registry);
/* The tables beside it, [{ "name", "label" }]; new references. */
json_t *ty_categories_describe(void);
/* [{ name, label }] of a table that ends with a NULL name; new reference. */
json_t *ty_ports_describe(const struct ty_port *ports);
json_t *ty_triggers_describe(void);

const char *ty_category_name(enum ty_category category);
const char *ty_category_label(enum ty_category category); /* for people */
const char *ty_trigger_name(enum ty_trigger trigger);

#endif
