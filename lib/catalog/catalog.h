/*
 * catalog.h -- what there is to build with, as one JSON object: the tables of the other folders.
 *
 * The API serves it and tybooctl prints it; forms, palettes and docs are made from it.  Each member
 * is printed from the table that the programs themselves work by, so that none can be forgotten.
 */
#ifndef TY_CATALOG_CATALOG_H
#define TY_CATALOG_CATALOG_H

#include "base/defs.h"
#include "json/json.h"

/* { categories, triggers, nodes, schemes, run_modes, permissions, error_codes, templates }; new reference. */
json_t *ty_catalog_describe(const struct ty_registry *registry);

/*
 * { items: [{ kind: "value", "function" or "helper", of? (type that a helper is of), name, parameters?, text, examples:
 * [[expression, value as JSON]] }] }: what expressions may name; new reference.
 */
json_t *ty_expressions_describe(void);

#endif
