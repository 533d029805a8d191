/*
 * permission.h -- the permissions there are, and sets of them as space-separated text.
 */
#ifndef TY_AUTH_PERMISSION_H
#define TY_AUTH_PERMISSION_H

#include "base/defs.h"

struct ty_permission {
	const char *name; /* "workflow.read"; NULL ends the list */
	const char *text;
};

extern const struct ty_permission ty_permissions[];

bool ty_permission_is_known(const char *name);

/* Is 'name' one of the space-separated words of 'set'? */
bool ty_permission_has(const char *set, const char *name);

#endif
