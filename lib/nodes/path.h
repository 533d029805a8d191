/*
 * path.h -- members by path ("customer.address.city", or "\"Plan 3.5\".price" where a name has a dot
 * in it), for nodes that name fields.
 *
 * Three ways to read one, because a name with a dot or a bracket in it may be meant as it stands.
 */
#ifndef TY_NODES_PATH_H
#define TY_NODES_PATH_H

#include "base/defs.h"
#include "json/json.h"
#include "param/param.h"

enum node_path_way {
	NODE_PATH_DOTS,	    /* a.b, "a.b".c */
	NODE_PATH_BRACKETS, /* NODE_PATH_DOTS, and a[0], a["b.c"], ["b.c"].d */
	NODE_PATH_NAME,	    /* one name, whatever is in it */
};

/* The choices of a parameter that says which. */
extern const struct ty_choice node_path_ways[];

/* Places that a list may be filled up to, so that a[9] of an empty list works and a[1e9] does not. */
#define NODE_PATH_INDEX_MAX 9999

/* The value at 'path', borrowed; NULL where it leads nowhere. */
const json_t *node_path_get(const json_t *object, const char *path);
const json_t *node_path_get_as(enum node_path_way way, const json_t *object, const char *path);

/*
 * Set 'value' (steals) at 'path' in 'object', which is the caller's own.  Objects and lists on the
 * way are copied, not changed (they may be shared); what is neither is replaced by one.  A list is
 * filled up with null.
 */
void node_path_set(json_t *object, const char *path, json_t *value);
void node_path_set_as(enum node_path_way way, json_t *object, const char *path, json_t *value);

/* Take out what is at 'path'; the rest of a list moves up.  No fault where there is nothing. */
void node_path_remove_as(enum node_path_way way, json_t *object, const char *path);

/* True where it is names joined by single dots, or of the other ways. */
bool node_path_is_valid(const char *path);
bool node_path_is_valid_as(enum node_path_way way, const char *path);

/* Is it read as a path, though its author may have meant one name: "Plan 3.5" without quotes? */
bool node_path_is_doubtful(const char *path);

/* Does it lead into an object?  "a.b" does, "a" and "\"a.b\"" do not. */
bool node_path_is_nested(const char *path);
bool node_path_is_nested_as(enum node_path_way way, const char *path);

/* The last name of a path of dots, borrowed and without its quotes. */
const char *node_path_last_part(const char *path, size_t *ret_len);

#define NODE_PATH_DOUBT	 "has a dot in it, which leads into an object"
#define NODE_PATH_BROKEN "has an empty part"
#define NODE_PATH_BROKEN_BRACKETS                                                                  \
	"has an empty part, begins with a place in a list, or has one beyond 9999"
#define NODE_PATH_HELP "Dots lead into objects; a name with a dot in it is quoted: \"Plan 3.5\"."

#endif
