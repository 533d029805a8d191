/*
 * templates.h -- workflows to begin with, and the node that gives one value.
 */
#ifndef TY_NODES_TEMPLATES_H
#define TY_NODES_TEMPLATES_H

#include "json/json.h"

/* [{ "name", "label", "text", "graph" }]; new reference.  Each is valid as it is. */
json_t *ty_nodes_templates(void);

/* Type of a pure node that sets a field of each item, and its parameters (a new reference) for one field alone. */
const char *ty_nodes_setter(void);
json_t *ty_nodes_setter_params(const char *field, const char *value);

#endif
