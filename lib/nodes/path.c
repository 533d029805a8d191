/*
 * path.c -- members by dotted path.  A frozen json_t is never written to: each object on
 * the way to the last name is replaced by a copy of its own.
 *
 *	path = part { "." part }
 *	part = name without dots | '"' any text without quotes '"' | "'" any text "'"
 */
#include "nodes/path.h"

#include <string.h>

struct part {
	const char *name;
	size_t len;
	const char *rest; /* behind the dot; NULL where it was the last part */
};

/* The quoted part that 'path' begins with; 0 where it is none, and its quote is a part of a name. */
static size_t
quoted_size(const char *path)
{
	const char *close = *path == '"' || *path == '\'' ? strchr(path + 1, *path) : NULL;

	return close != NULL && (close[1] == '\0' || close[1] == '.') ? (size_t)(close + 1 - path)
								      : 0;
}

static struct part
part_first(const char *path)
{
	size_t quoted = quoted_size(path), size = quoted > 0 ? quoted : strcspn(path, ".");

	return (struct part){ .name = path + (quoted > 0),
			      .len = quoted > 0 ? quoted - 2 : size,
			      .rest = path[size] == '.' ? path + size + 1 : NULL };
}

const json_t *
node_path_get(const json_t *object, const char *path)
{
	for (;;) {
		struct part part = part_first(path);

		object = json_object_getn(object, part.name, part.len);
		if (object == NULL || part.rest == NULL)
			return object;
		path = part.rest;
	}
}

void
node_path_set(json_t *object, const char *path, json_t *value)
{
	for (;;) {
		struct part part = part_first(path);
		json_t *old, *copy;

		if (part.rest == NULL) {
			json_object_setn_new_nocheck(object, part.name, part.len, value);
			return;
		}
		old = json_object_getn(object, part.name, part.len);
		copy = json_is_object(old) ? json_copy(old) : json_object();
		json_object_setn_new_nocheck(object, part.name, part.len, copy);
		object = copy;
		path = part.rest;
	}
}

bool
node_path_is_nested(const char *path)
{
	return part_first(path).rest != NULL;
}

/* "Plan 3.5" and "item no." are names with a dot far more often than fields of objects. */
static bool
part_is_doubtful(const struct part *part, bool is_quoted)
{
	return !is_quoted && (memchr(part->name, ' ', part->len) != NULL ||
			      (part->name[0] >= '0' && part->name[0] <= '9'));
}

bool
node_path_is_valid(const char *path)
{
	for (struct part part = { .rest = path }; part.rest != NULL;) {
		bool is_quoted = quoted_size(part.rest) > 0;

		part = part_first(part.rest);
		if (part.len == 0 && !is_quoted)
			return false;
	}
	return true;
}

bool
node_path_is_doubtful(const char *path)
{
	for (struct part part = { .rest = path }; node_path_is_nested(path) && part.rest != NULL;) {
		bool is_quoted = quoted_size(part.rest) > 0;

		part = part_first(part.rest);
		if (part_is_doubtful(&part, is_quoted))
			return true;
	}
	return false;
}
