/*
 * bind.c -- resolved values into a node's plain C struct.
 *
 * Runs once per item, so the common rows (a string, a number) allocate nothing.
 */
#include "param/internal.h"

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

static void
bind_decref(void *json)
{
	json_decref(json);
}

void
ty_param_path(char out[TY_PARAM_PATH_SIZE], const char *prefix, const char *name)
{
	int n = snprintf(out, TY_PARAM_PATH_SIZE, "%s%s%s", prefix, *prefix != '\0' ? "." : "",
			 name);

	(void)n; /* a cut path is still of use */
}

void
ty_param_path_at(char out[TY_PARAM_PATH_SIZE], const char *path, size_t i)
{
	snprintf(out, TY_PARAM_PATH_SIZE, "%.100s[%zu]", path, i);
}

/* The place of a row, a link to the object around it; written out only where something is wrong,
 * because rows are bound for each item. */
struct place {
	const struct place *list; /* NULL: a parameter of the node itself */
	size_t entry;		  /* of the list */
	const char *name;
};

static void
place_path(const struct place *place, char out[TY_PARAM_PATH_SIZE])
{
	char list[TY_PARAM_PATH_SIZE], entry[TY_PARAM_PATH_SIZE] = "";

	if (place->list != NULL) {
		place_path(place->list, list);
		ty_param_path_at(entry, list, place->entry);
	}
	if (place->name != NULL)
		ty_param_path(out, entry, place->name);
	else
		memcpy(out, entry, TY_PARAM_PATH_SIZE);
}

static enum ty_code
bind_fail(const struct ty_param_problem *problem, const struct place *place, struct ty_err *err)
{
	char path[TY_PARAM_PATH_SIZE];

	place_path(place, path);
	ty_err_set(err, TY_E_INVALID, "%s", problem->msg);
	ty_err_at(err, "%s", path);
	return ty_err_hint(err, "%s", problem->hint);
}

static void
bind_store(const struct ty_param *row, const union ty_param_value *value, void *dst)
{
	void *at = (char *)dst + row->offset;

	switch (row->type) {
	case TY_PARAM_INT:
		*(int64_t *)at = value->i;
		break;
	case TY_PARAM_NUMBER:
		*(double *)at = value->n;
		break;
	case TY_PARAM_BOOL:
	case TY_PARAM_CONDITION:
		*(bool *)at = value->b;
		break;
	case TY_PARAM_ENUM:
		*(int *)at = value->e;
		break;
	case TY_PARAM_JSON:
		*(const json_t **)at = value->j;
		break;
	default:
		*(const char **)at = value->s;
		break;
	}
}

/* An object's values and the struct they were bound into, of an earlier item; both NULL for the first. */
struct earlier {
	const json_t *values;
	const void *bound;
};

/* Binding under way. */
struct binding {
	struct ty_arena *arena;
	struct ty_err *err;
};

static enum ty_code bind_table(const struct binding *b, const struct ty_param *table,
			       const json_t *values, struct earlier earlier, void *dst,
			       const struct place *around);

static enum ty_code
bind_list(const struct binding *b, const struct ty_param *row, const json_t *value,
	  struct earlier earlier, void *dst, const struct place *place)
{
	struct ty_param_list *list = (void *)((char *)dst + row->offset);
	const struct ty_param_list *before =
		earlier.bound != NULL ? (const void *)((const char *)earlier.bound + row->offset)
				      : NULL;
	struct ty_param_problem problem;
	size_t count = json_array_size(value);

	if (!ty_param_check_list(row, value, &problem))
		return bind_fail(&problem, place, b->err);
	*list = (struct ty_param_list){ 0 };
	if (count > 0)
		list->items = ty_arena_alloc_array(b->arena, count, row->fields_size);
	for (size_t i = 0; i < count; i++) {
		const json_t *entry = json_array_get(value, i);
		const struct place at = { .list = place, .entry = i };
		struct earlier like = { 0 };

		if (!json_is_object(entry)) {
			ty_param_expect(row, entry, &problem, "Give an object, as in {\"name\": 1}",
					"an object as entry %zu", i);
			return bind_fail(&problem, &at, b->err);
		}
		if (before != NULL && i < before->count && i < json_array_size(earlier.values))
			like = (struct earlier){ json_array_get(earlier.values, i),
						 (const char *)before->items +
							 i * row->fields_size };
		if (bind_table(b, row->fields, entry, like,
			       (char *)list->items + i * row->fields_size, &at) != TY_OK)
			return b->err->code;
	}
	list->count = count;
	return TY_OK;
}

/* 'earlier' has the row's own value there, and the struct around it. */
static enum ty_code
bind_value(const struct binding *b, const struct ty_param *row, const json_t *value,
	   struct earlier earlier, void *dst, const struct place *place)
{
	struct ty_param_problem problem;
	union ty_param_value typed;

	if (row->type == TY_PARAM_LIST)
		return bind_list(b, row, value, earlier, dst, place);
	if (!ty_param_convert(row, value, b->arena, &typed, &problem))
		return bind_fail(&problem, place, b->err);
	bind_store(row, &typed, dst);
	return TY_OK;
}

/* Bind an absent parameter as its default, or as the type's own nothing. */
static enum ty_code
bind_absent(const struct binding *b, const struct ty_param *row, void *dst,
	    const struct place *place)
{
	static const union ty_param_value nothing;
	json_t *def = ty_param_default(row);

	if (def != NULL) {
		ty_arena_defer(b->arena, bind_decref, def);
		return bind_value(b, row, def, (struct earlier){ 0 }, dst, place);
	}
	if (row->type == TY_PARAM_LIST)
		*(struct ty_param_list *)(void *)((char *)dst + row->offset) =
			(struct ty_param_list){ 0 };
	else
		bind_store(row, &nothing, dst);
	return TY_OK;
}

/* Bytes of the row's typed value. */
static size_t
bind_size(const struct ty_param *row)
{
	switch (row->type) {
	case TY_PARAM_LIST:
		return sizeof(struct ty_param_list);
	case TY_PARAM_BOOL:
	case TY_PARAM_CONDITION:
		return sizeof(bool);
	case TY_PARAM_ENUM:
		return sizeof(int);
	default:
		return sizeof(union ty_param_value);
	}
}

enum ty_code
ty_param_check_given(const struct ty_param *row, const json_t *value, struct ty_err *err)
{
	struct ty_param_problem problem;
	union ty_param_value unused;

	switch (row->type) {
	case TY_PARAM_INT:
	case TY_PARAM_NUMBER:
	case TY_PARAM_BOOL:
	case TY_PARAM_CONDITION:
	case TY_PARAM_ENUM:
	case TY_PARAM_WORD:
		break;
	default:
		return TY_OK;
	}
	if (!ty_param_is_absent(row, value) ||
	    ((row->flags & TY_PARAM_REQUIRED) && row->def == NULL) ||
	    ty_param_convert(row, value, NULL, &unused, &problem))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "%s", problem.msg);
	return ty_err_hint(err, "Check what its expression gives: undefined, null, NaN and "
				"Infinity are no value. To go on without one, say what to take "
				"then, as in ={{ $json.n ?? 1 }}");
}

static enum ty_code
bind_row(const struct binding *b, const struct ty_param *table, const struct ty_param *row,
	 const json_t *values, struct earlier earlier, void *dst, const struct place *around)
{
	struct place place = around != NULL ? *around : (struct place){ 0 };
	const json_t *before = json_object_get(earlier.values, row->name);
	struct ty_param_problem problem;
	const json_t *value;
	bool hidden;

	value = json_object_get(values, row->name);
	/* Copy what was bound, because a value gives one result, unless siblings say whether it counts. */
	if (earlier.bound != NULL && value == before && row->show_when == NULL) {
		memcpy((char *)dst + row->offset, (const char *)earlier.bound + row->offset,
		       bind_size(row));
		return TY_OK;
	}
	hidden = ty_param_shown(table, row, values, true) == TY_PARAM_HIDDEN;
	/* Ignore the value of a hidden field, because it is left over from another choice. */
	if (hidden)
		value = NULL;
	place.name = row->name;
	if (!ty_param_is_absent(row, value))
		return bind_value(b, row, value, (struct earlier){ before, earlier.bound }, dst,
				  &place);
	if (!hidden && (row->flags & TY_PARAM_REQUIRED) && row->def == NULL) {
		ty_param_missing(row, &problem);
		return bind_fail(&problem, &place, b->err);
	}
	return bind_absent(b, row, dst, &place);
}

static enum ty_code
bind_table(const struct binding *b, const struct ty_param *table, const json_t *values,
	   struct earlier earlier, void *dst, const struct place *around)
{
	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++)
		if (bind_row(b, table, row, values, earlier, dst, around) != TY_OK)
			return b->err->code;
	return TY_OK;
}

enum ty_code
ty_param_bind_like(const struct ty_param *table, struct ty_arena *arena, const json_t *values,
		   const json_t *before, const void *bound, void *dst, struct ty_err *err)
{
	const struct binding b = { .arena = arena, .err = err };

	if (values != NULL && !json_is_object(values))
		return ty_err_set(err, TY_E_INVALID, "the parameters are not an object");
	return bind_table(&b, table, values, (struct earlier){ before, bound }, dst, NULL);
}

enum ty_code
ty_param_bind(const struct ty_param *table, struct ty_arena *arena, const json_t *values, void *dst,
	      struct ty_err *err)
{
	return ty_param_bind_like(table, arena, values, NULL, NULL, dst, err);
}

int64_t
ty_param_whole(const json_t *values, const char *name, int64_t def)
{
	const struct ty_param row = { .name = name, .type = TY_PARAM_INT };
	const json_t *value = json_object_get(values, name);
	struct ty_param_problem problem;
	union ty_param_value typed;

	if (ty_param_is_absent(&row, value) ||
	    !ty_param_convert(&row, value, NULL, &typed, &problem))
		return def;
	return typed.i;
}
