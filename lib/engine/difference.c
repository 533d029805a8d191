/*
 * difference.c -- see difference.h.
 */
#include "engine/difference.h"

#include "engine/private.h"

#include <string.h>

/* Bytes of a value's JSON that are shown. */
#define SHOWN_BYTES 200

/* ---- values ---- */

struct members {
	struct ty_arena *arena;
	json_t *list;
};

static json_t *
shown(struct ty_arena *arena, const json_t *value)
{
	size_t len;
	const char *text;

	if (value == NULL)
		return json_null();
	text = ty_json_dump(arena, value, &len);
	if (len <= SHOWN_BYTES)
		return json_string(text);
	len = ty_str_utf8_cut(text, len, SHOWN_BYTES);
	return json_string(ty_arena_printf(arena, "%.*s...", (int)len, text));
}

static void
members_add(struct members *members, const char *path, const json_t *before, const json_t *after)
{
	json_t *row = json_object();

	json_object_set_new(row, "path", json_string(path));
	json_object_set_new(row, "before", shown(members->arena, before));
	json_object_set_new(row, "after", shown(members->arena, after));
	json_array_append_new(members->list, row);
}

static void members_find(struct members *members, const char *path, const json_t *before,
			 const json_t *after);

static const char *
path_of(struct ty_arena *arena, const char *path, const char *member)
{
	return ty_arena_printf(arena, "%s%s%s", path, *path != '\0' ? "." : "", member);
}

static void
members_of_objects(struct members *members, const char *path, const json_t *before,
		   const json_t *after)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)before, name, value)
	{
		if (*path == '\0' && record_is_addendum(name))
			continue;
		members_find(members, path_of(members->arena, path, name), value,
			     json_object_get(after, name));
	}
	json_object_foreach((json_t *)after, name, value)
	{
		if ((*path == '\0' && record_is_addendum(name)) ||
		    json_object_get(before, name) != NULL)
			continue;
		members_find(members, path_of(members->arena, path, name), NULL, value);
	}
}

static void
members_of_arrays(struct members *members, const char *path, const json_t *before,
		  const json_t *after)
{
	size_t count = json_array_size(before);

	if (json_array_size(after) > count)
		count = json_array_size(after);
	for (size_t i = 0; i < count && json_array_size(members->list) < TY_DIFFERENCE_MEMBERS_MAX;
	     i++)
		members_find(members, ty_arena_printf(members->arena, "%s[%zu]", path, i),
			     json_array_get(before, i), json_array_get(after, i));
}

/* Values are as deep as items may be. */
static void
members_find(struct members *members, const char *path, const json_t *before, const json_t *after)
{
	if (json_array_size(members->list) >= TY_DIFFERENCE_MEMBERS_MAX ||
	    (before != NULL && after != NULL && json_equal(before, after)))
		return;
	if (json_is_object(before) && json_is_object(after))
		members_of_objects(members, path, before, after);
	else if (json_is_array(before) && json_is_array(after))
		members_of_arrays(members, path, before, after);
	else
		members_add(members, path, before, after);
}

/* ---- steps ---- */

struct difference {
	struct ty_arena *arena;
	const json_t *before, *after;
	struct ty_map *in_before, *in_after; /* key -> record */
	int64_t same, changed, only_before, only_after;
	json_t *rows;
};

static const char *
key_of(struct ty_arena *arena, const json_t *step)
{
	return ty_arena_printf(arena, "%s/%s/%lld", ty_json_str(step, "frame", ""),
			       ty_json_str(step, "node", ""),
			       (long long)ty_json_int(step, "attempt", 1));
}

static struct ty_map *
index_of(struct ty_arena *arena, const json_t *steps)
{
	struct ty_map *map = ty_map_new(arena);
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)steps, i, step) ty_map_set(map, key_of(arena, step), step);
	return map;
}

static json_t *
summary(const json_t *step)
{
	if (step == NULL)
		return json_null();
	return json_pack("{s:s, s:I, s:I}", "status", ty_json_str(step, "status", ""), "items_in",
			 (json_int_t)ty_json_int(step, "items_in", 0), "items_out",
			 (json_int_t)ty_json_int(step, "items_out", 0));
}

/* A row; NULL where the steps are the same.  New reference. */
static json_t *
row_of(struct ty_arena *arena, const json_t *before, const json_t *after)
{
	const json_t *step = before != NULL ? before : after;
	struct members members = { .arena = arena, .list = json_array() };
	const char *frame = ty_json_str(step, "frame", NULL);
	const char *what = before == NULL ? "only_after" : "only_before";
	json_t *row;

	if (before != NULL && after != NULL) {
		what = "changed";
		members_of_objects(&members, "", before, after);
		if (json_array_size(members.list) == 0) {
			json_decref(members.list);
			return NULL;
		}
	}
	row = json_object();
	json_object_set_new(row, "node", json_string(ty_json_str(step, "node", "")));
	json_object_set_new(row, "name", json_string(ty_json_str(step, "name", "")));
	json_object_set_new(row, "frame", frame != NULL ? json_string(frame) : json_null());
	json_object_set_new(row, "attempt", json_integer(ty_json_int(step, "attempt", 1)));
	json_object_set_new(row, "what", json_string(what));
	json_object_set_new(row, "before", summary(before));
	json_object_set_new(row, "after", summary(after));
	json_object_set_new(row, "differences", members.list);
	return row;
}

/* Steals 'row'; NULL = the steps are the same. */
static void
count_row(struct difference *d, int64_t *count, json_t *row)
{
	if (row == NULL) {
		d->same++;
		return;
	}
	++*count;
	if (json_array_size(d->rows) < TY_DIFFERENCE_STEPS_MAX)
		json_array_append_new(d->rows, row);
	else
		json_decref(row);
}

static void
rows_make(struct difference *d)
{
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)d->before, i, step)
	{
		const json_t *other = ty_map_find(d->in_after, key_of(d->arena, step));

		count_row(d, other != NULL ? &d->changed : &d->only_before,
			  row_of(d->arena, step, other));
	}
	json_array_foreach((json_t *)d->after, i, step)
	{
		if (ty_map_find(d->in_before, key_of(d->arena, step)) == NULL)
			count_row(d, &d->only_after, row_of(d->arena, NULL, step));
	}
}

/* The step with which the two part, in the order in which they ended; a new row, or null. */
static json_t *
first_of(const struct difference *d)
{
	size_t count = json_array_size(d->before);

	if (json_array_size(d->after) > count)
		count = json_array_size(d->after);
	for (size_t i = 0; i < count; i++) {
		const json_t *before = json_array_get(d->before, i);
		const json_t *after = json_array_get(d->after, i);
		const char *key = key_of(d->arena, before != NULL ? before : after);
		json_t *row;

		if (before != NULL && after != NULL && strcmp(key, key_of(d->arena, after)) != 0) {
			if (ty_map_find(d->in_after, key) == NULL)
				return row_of(d->arena, before, NULL);
			return row_of(d->arena, ty_map_find(d->in_before, key_of(d->arena, after)),
				      after);
		}
		row = row_of(d->arena, before, after);
		if (row != NULL)
			return row;
	}
	return json_null();
}

json_t *
ty_steps_difference(struct ty_arena *arena, const json_t *before, const json_t *after)
{
	struct difference d = { .arena = arena,
				.before = before,
				.after = after,
				.in_before = index_of(arena, before),
				.in_after = index_of(arena, after),
				.rows = json_array() };
	json_t *first;

	rows_make(&d);
	first = first_of(&d);
	return ty_json_own(arena, json_pack("{s:I, s:I, s:I, s:I, s:o?, s:o}", "same",
					    (json_int_t)d.same, "changed", (json_int_t)d.changed,
					    "only_before", (json_int_t)d.only_before, "only_after",
					    (json_int_t)d.only_after, "first",
					    first != NULL ? first : json_null(), "items", d.rows));
}
