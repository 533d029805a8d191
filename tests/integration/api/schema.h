/*
 * schema.h -- is this answer what the OpenAPI document says it is?
 *
 * The part of JSON Schema that openapi/schemas.json uses: $ref, type, enum, required,
 * properties, additionalProperties, items.
 */
#ifndef TY_TESTS_API_SCHEMA_H
#define TY_TESTS_API_SCHEMA_H

#include "base/defs.h"

#include <jansson.h>

/* NULL where it fits, else what does not, owned by 'arena'. */
const char *schema_misfit(struct ty_arena *arena, const char *name, const json_t *value);

#endif
