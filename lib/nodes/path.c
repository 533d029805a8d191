/*
 * path.c -- members by dotted path.  A frozen json_t is never written to: each object on
 * the way to the last name is replaced by a copy of its own.
 */
#include "nodes/path.h"

#include <string.h>

static json_t *
member(const json_t *object, const char *name, size_t len)
{
	return json_object_getn(object, name, len);
}

const json_t *
node_path_get(const json_t *object, const char *path)
{
	for (;;) {
		size_t len = strcspn(path, ".");

		object = member(object, path, len);
		if (object == NULL || path[len] == '\0')
			return object;
		path += len + 1;
	}
}

void
node_path_set(json_t *object, const char *path, json_t *value)
{
	for (;;) {
		size_t len = strcspn(path, ".");
		json_t *old, *copy;

		if (path[len] == '\0') {
			json_object_setn_new_nocheck(object, path, len, value);
			return;
		}
		old = member(object, path, len);
		copy = json_is_object(old) ? json_copy(old) : json_object();
		json_object_setn_new_nocheck(object, path, len, copy);
		object = copy;
		path += len + 1;
	}
}

bool
node_path_is_valid(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[0] != '.' && path[len - 1] != '.' && strstr(path, "..") == NULL;
}
