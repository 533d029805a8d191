/*
 * plan_names.h -- names that texts of a plan's nodes ask for, each once.
 */
#ifndef TY_ENGINE_PLAN_NAMES_H
#define TY_ENGINE_PLAN_NAMES_H

#include "base/defs.h"
#include "json/json.h"

struct ty_arena;
struct ty_plan;

/* Add the names that a text asks for to 'names', an object: a text may name as many as it has room for. */
typedef void (*names_scan_fn)(struct ty_arena *arena, const char *text, json_t *names);

/* Add a name to such an object. */
void name_add(json_t *names, const char *name);
/* An array of the names in nodes that are not disabled, as they were found; the arena's.  NULL = none. */
const json_t *plan_names(struct ty_arena *arena, const struct ty_plan *plan, names_scan_fn scan);

#endif
