/*
 * path.h -- members by dotted path ("customer.address.city"), for nodes that name fields.
 */
#ifndef TY_NODES_PATH_H
#define TY_NODES_PATH_H

#include "base/defs.h"

#include <jansson.h>

/* The value at 'path', borrowed; NULL where it leads nowhere. */
const json_t *node_path_get(const json_t *object, const char *path);

/*
 * Set 'value' (steals) at 'path' in 'object', which is the caller's own.  Objects on the
 * way are copied, not changed (they may be shared); what is no object is replaced by one.
 */
void node_path_set(json_t *object, const char *path, json_t *value);

/* True where it is names joined by single dots. */
bool node_path_is_valid(const char *path);

#endif
