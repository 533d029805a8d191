/*
 * permission.c -- the permission table.
 */
#include "auth/permission.h"

#include "base/str.h"

#include <string.h>

const struct ty_permission ty_permissions[] = {
#define X(name, text) { name, text },
#include "auth/permission.def"
#undef X
	{ NULL, NULL }
};

bool
ty_permission_is_known(const char *name)
{
	for (const struct ty_permission *p = ty_permissions; p->name != NULL; p++) {
		if (ty_str_eq(p->name, name))
			return true;
	}
	return false;
}

bool
ty_permission_has(const char *set, const char *name)
{
	size_t len = strlen(name);

	if (set == NULL || len == 0)
		return false;
	for (const char *at = set; *at != '\0';) {
		size_t word = strcspn(at, " ");

		if (word == len && memcmp(at, name, len) == 0)
			return true;
		at += word + strspn(at + word, " ");
	}
	return false;
}
