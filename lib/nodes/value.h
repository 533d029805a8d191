/*
 * value.h -- a JSON value as another type, the way users of such tools expect it.
 */
#ifndef TY_NODES_VALUE_H
#define TY_NODES_VALUE_H

#include "base/defs.h"
#include "json/json.h"

enum node_value_type {
	NODE_VALUE_STRING,
	NODE_VALUE_NUMBER,
	NODE_VALUE_BOOLEAN,
	NODE_VALUE_JSON,
	NODE_VALUE_ANY, /* any type: the value stays as it is */
};

/*
 * 'value' as 'type'; NULL and null stay null.  *ret_value is a new reference.
 * Errors: TY_E_INVALID.
 */
enum ty_code node_value_as(struct ty_arena *arena, enum node_value_type type, json_t *value,
			   json_t **ret_value, struct ty_err *err) TY_MUST_CHECK;

/* Text of any value: a string itself, null as "", all else as compact JSON. */
const char *node_value_text(struct ty_arena *arena, const json_t *value);

#endif
