/*
 * address.h -- the one normal form of a hook's path, where it is published and where it is asked for.
 *
 * A path is what follows /hooks/<workspace>/.  Its normal form: segments joined by single slashes,
 * one final slash dropped, every character that a segment may have as it is (RFC 3986, pchar)
 * unescaped, every other byte as %XX in upper case.  So "p/" is "p", "%7Eu" is "~u", and an escaped
 * slash stays one: "p%2F" is no "p".  Letters keep their case.
 *
 * A claim may have parameters, "orders/:id".  Its shape, "orders/:", is what is stored and compared,
 * because two names for one place are one address.  Of several claims that take a path the one
 * whose first different segment is literal counts.
 */
#ifndef TY_HOOK_ADDRESS_H
#define TY_HOOK_ADDRESS_H

#include "base/defs.h"

#include <jansson.h>

/* Characters of a normal path: what tyboo.hooks.path holds. */
#define TY_HOOK_PATH_BYTES_MAX 512

/* The normal form of decoded segments; "" where there is none. Owned by 'arena'. */
char *ty_hook_path_join(struct ty_arena *arena, const char *const *segments, size_t count);
/* The normal form of text; NULL where an escape is broken. Owned by 'arena'. */
char *ty_hook_path_normal(struct ty_arena *arena, const char *path);

/* Fault that keeps an author's path from being claimed, and how to mend it; false: there is none. */
struct ty_hook_path_fault {
	const char *message, *hint;
};
bool ty_hook_path_fault(struct ty_arena *arena, const char *path,
			struct ty_hook_path_fault *ret_fault);

/* The shape of a normal path: its parameters without their names. Owned by 'arena'. */
char *ty_hook_path_shape(struct ty_arena *arena, const char *path);
bool ty_hook_shape_has_params(const char *shape);
/* Does a claim of this shape take this path? Both are normal. */
bool ty_hook_shape_takes(const char *shape, const char *path);
/*
 * Parameters of 'route' ("orders/:id") in 'path', decoded, as text: { "id": "17" }; an empty object where
 * the route has none. Owned by 'arena'.
 */
json_t *ty_hook_path_params(struct ty_arena *arena, const char *route, const char *path);

#endif
