/*
 * json_schema.h -- does a value fit a JSON Schema (2020-12)?  The part of it that our schemas use.
 *
 * A keyword that is not known aborts, so that no schema says more than is looked at.
 */
#ifndef TY_TESTS_JSON_SCHEMA_H
#define TY_TESTS_JSON_SCHEMA_H

#include "base/defs.h"

#include <jansson.h>

/* NULL where 'value' fits 'schema', which is its own root; else the first misfit, owned by 'arena'. */
const char *json_schema_misfit(struct ty_arena *arena, const json_t *schema, const json_t *value);

#endif
