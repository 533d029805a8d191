/*
 * path.c -- members by path.  A frozen json_t is never written to: each object and list on the way
 * to the last name is replaced by a copy of its own.
 *
 *	path    = part { "." part }             with brackets: part { "." part | bracket }
 *	part    = name without dots | '"' any text without quotes '"' | "'" any text "'"
 *	bracket = "[" digits "]" | "[" quoted part "]"
 */
#include "nodes/path.h"

#include <string.h>

const struct ty_choice node_path_ways[] = {
	[NODE_PATH_DOTS] = { "dots", "Dots lead into objects" },
	[NODE_PATH_BRACKETS] = { "brackets", "Dots and brackets: a.b, a[0], a[\"b.c\"]" },
	[NODE_PATH_NAME] = { "name", "A name as it is" },
	{ NULL, NULL },
};

struct part {
	const char *name;
	size_t len;
	size_t index;	  /* index in a list; SIZE_MAX where the part is a name */
	const char *rest; /* behind the dot, or at the bracket; NULL where it was the last part */
};

/* The quoted text that 's' begins with, its quotes counted; 0 where it is none. */
static size_t
quote_size(const char *s)
{
	const char *close = *s == '"' || *s == '\'' ? strchr(s + 1, *s) : NULL;

	return close != NULL ? (size_t)(close + 1 - s) : 0;
}

static bool
ends_part(enum node_path_way way, char c)
{
	return c == '\0' || c == '.' || (c == '[' && way == NODE_PATH_BRACKETS);
}

/* The quoted part that 'path' begins with; 0 where it is none, and its quote is a part of a name. */
static size_t
quoted_size(enum node_path_way way, const char *path)
{
	size_t size = quote_size(path);

	return size > 0 && ends_part(way, path[size]) ? size : 0;
}

/* "[0]" or "[\"a\"]" whole; 0 where it is none, and its bracket is a part of a name. */
static size_t
bracket_size(enum node_path_way way, const char *path)
{
	size_t size;

	if (way != NODE_PATH_BRACKETS || *path != '[')
		return 0;
	size = quote_size(path + 1);
	if (size == 0)
		size = strspn(path + 1, "0123456789");
	return size > 0 && path[1 + size] == ']' && ends_part(way, path[2 + size]) ? size + 2 : 0;
}

static const char *
rest_of(const char *at)
{
	return *at == '.' ? at + 1 : *at == '[' ? at : NULL;
}

static struct part
part_bracket(const char *path, size_t size)
{
	struct part part = { .name = path + 1, .len = size - 2, .index = SIZE_MAX };

	part.rest = rest_of(path + size);
	if (*part.name == '"' || *part.name == '\'') {
		part.name++;
		part.len -= 2;
		return part;
	}
	part.index = 0;
	for (size_t i = 0; i < part.len && part.index <= NODE_PATH_INDEX_MAX; i++)
		part.index = part.index * 10 + (size_t)(part.name[i] - '0');
	return part;
}

/* A bracket that is none is taken for a part of the name, up to the next dot. */
static size_t
name_size(enum node_path_way way, const char *path)
{
	size_t size = 0;

	if (way == NODE_PATH_NAME)
		return strlen(path);
	while (path[size] != '\0' && path[size] != '.' &&
	       (size == 0 || bracket_size(way, path + size) == 0))
		size++;
	return size;
}

static struct part
part_first(enum node_path_way way, const char *path)
{
	size_t bracket = bracket_size(way, path);
	size_t quoted = way != NODE_PATH_NAME ? quoted_size(way, path) : 0;
	size_t size = quoted > 0 ? quoted : name_size(way, path);

	if (bracket > 0)
		return part_bracket(path, bracket);
	return (struct part){ .name = path + (quoted > 0),
			      .len = quoted > 0 ? quoted - 2 : size,
			      .index = SIZE_MAX,
			      .rest = rest_of(path + size) };
}

static const json_t *
child_get(const json_t *parent, const struct part *part)
{
	if (json_is_array(parent))
		return part->index != SIZE_MAX ? json_array_get(parent, part->index) : NULL;
	return json_object_getn(parent, part->name, part->len);
}

const json_t *
node_path_get_as(enum node_path_way way, const json_t *object, const char *path)
{
	while (object != NULL && path != NULL) {
		struct part part = part_first(way, path);

		object = child_get(object, &part);
		path = part.rest;
	}
	return object;
}

const json_t *
node_path_get(const json_t *object, const char *path)
{
	return node_path_get_as(NODE_PATH_DOTS, object, path);
}

/* A copy of its own of what the part's parent was; of what it has to be where it was neither. */
static json_t *
parent_copy(const json_t *old, const struct part *part)
{
	if (json_is_object(old) || (json_is_array(old) && part->index != SIZE_MAX))
		return json_copy((json_t *)old);
	return part->index != SIZE_MAX ? json_array() : json_object();
}

static void
child_set(json_t *parent, const struct part *part, json_t *value)
{
	if (!json_is_array(parent)) {
		json_object_setn_new_nocheck(parent, part->name, part->len, value);
		return;
	}
	while (json_array_size(parent) <= part->index)
		json_array_append_new(parent, json_null());
	json_array_set_new(parent, part->index, value);
}

void
node_path_set_as(enum node_path_way way, json_t *object, const char *path, json_t *value)
{
	struct part part = part_first(way, path), next;

	for (; part.rest != NULL; part = next) {
		json_t *copy;

		next = part_first(way, part.rest);
		copy = parent_copy(child_get(object, &part), &next);
		child_set(object, &part, copy);
		object = copy;
	}
	child_set(object, &part, value);
}

void
node_path_set(json_t *object, const char *path, json_t *value)
{
	node_path_set_as(NODE_PATH_DOTS, object, path, value);
}

void
node_path_remove_as(enum node_path_way way, json_t *object, const char *path)
{
	struct part part = part_first(way, path);

	if (node_path_get_as(way, object, path) == NULL)
		return;
	for (; part.rest != NULL; part = part_first(way, part.rest)) {
		json_t *copy = json_copy((json_t *)child_get(object, &part));

		child_set(object, &part, copy);
		object = copy;
	}
	if (json_is_array(object))
		json_array_remove(object, part.index);
	else
		json_object_deln(object, part.name, part.len);
}

const char *
node_path_last_part(const char *path, size_t *ret_len)
{
	struct part part = part_first(NODE_PATH_DOTS, path);

	while (part.rest != NULL)
		part = part_first(NODE_PATH_DOTS, part.rest);
	*ret_len = part.len;
	return part.name;
}

bool
node_path_is_nested_as(enum node_path_way way, const char *path)
{
	return part_first(way, path).rest != NULL;
}

bool
node_path_is_nested(const char *path)
{
	return node_path_is_nested_as(NODE_PATH_DOTS, path);
}

/* "Plan 3.5" and "item no." are names with a dot far more often than fields of objects. */
static bool
part_is_doubtful(const struct part *part, bool is_quoted)
{
	return !is_quoted && (memchr(part->name, ' ', part->len) != NULL ||
			      (part->name[0] >= '0' && part->name[0] <= '9'));
}

bool
node_path_is_valid_as(enum node_path_way way, const char *path)
{
	/* The item itself is an object, in which nothing has a number. */
	if (way != NODE_PATH_NAME && part_first(way, path).index != SIZE_MAX)
		return false;
	for (struct part part = { .rest = path }; part.rest != NULL;) {
		bool is_quoted =
			quoted_size(way, part.rest) > 0 || bracket_size(way, part.rest) > 0;

		part = part_first(way, part.rest);
		if ((part.len == 0 && !is_quoted) ||
		    (part.index != SIZE_MAX && part.index > NODE_PATH_INDEX_MAX))
			return false;
	}
	return true;
}

bool
node_path_is_valid(const char *path)
{
	return node_path_is_valid_as(NODE_PATH_DOTS, path);
}

bool
node_path_is_doubtful(const char *path)
{
	for (struct part part = { .rest = path }; node_path_is_nested(path) && part.rest != NULL;) {
		bool is_quoted = quoted_size(NODE_PATH_DOTS, part.rest) > 0;

		part = part_first(NODE_PATH_DOTS, part.rest);
		if (part_is_doubtful(&part, is_quoted))
			return true;
	}
	return false;
}
