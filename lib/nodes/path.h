/*
 * path.h -- members by dotted path ("customer.address.city", or "\"Plan 3.5\".price" where a name
 * has a dot in it), for nodes that name fields.
 */
#ifndef TY_NODES_PATH_H
#define TY_NODES_PATH_H

#include "base/defs.h"
#include "json/json.h"

/* The value at 'path', borrowed; NULL where it leads nowhere. */
const json_t *node_path_get(const json_t *object, const char *path);

/*
 * Set 'value' (steals) at 'path' in 'object', which is the caller's own.  Objects on the
 * way are copied, not changed (they may be shared); what is no object is replaced by one.
 */
void node_path_set(json_t *object, const char *path, json_t *value);

/* True where it is names joined by single dots. */
bool node_path_is_valid(const char *path);

/* Is it read as a path, though its author may have meant one name: "Plan 3.5" without quotes? */
bool node_path_is_doubtful(const char *path);

/* Does it lead into an object?  "a.b" does, "a" and "\"a.b\"" do not. */
bool node_path_is_nested(const char *path);

#define NODE_PATH_DOUBT "has a dot in it, which leads into an object"
#define NODE_PATH_HELP	"Dots lead into objects; a name with a dot in it is quoted: \"Plan 3.5\"."

#endif
