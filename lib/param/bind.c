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

static enum ty_code
bind_fail(const struct ty_param_problem *problem, const char *path, struct ty_err *err)
{
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

static enum ty_code bind_table(const struct ty_param *table, struct ty_arena *arena,
			       const json_t *values, void *dst, const char *prefix,
			       struct ty_err *err);

static enum ty_code
bind_list(const struct ty_param *row, struct ty_arena *arena, const json_t *value, void *dst,
	  const char *path, struct ty_err *err)
{
	struct ty_param_list *list = (void *)((char *)dst + row->offset);
	struct ty_param_problem problem;
	char at[TY_PARAM_PATH_SIZE];
	size_t count = json_array_size(value);

	if (!ty_param_check_list(row, value, &problem))
		return bind_fail(&problem, path, err);
	*list = (struct ty_param_list){ 0 };
	if (count > 0)
		list->items = ty_arena_alloc_array(arena, count, row->fields_size);
	for (size_t i = 0; i < count; i++) {
		const json_t *entry = json_array_get(value, i);

		ty_param_path_at(at, path, i);
		if (!json_is_object(entry)) {
			ty_param_expect(row, entry, &problem, "Give an object, as in {\"name\": 1}",
					"an object as entry %zu", i);
			return bind_fail(&problem, at, err);
		}
		if (bind_table(row->fields, arena, entry,
			       (char *)list->items + i * row->fields_size, at, err) != TY_OK)
			return err->code;
	}
	list->count = count;
	return TY_OK;
}

static enum ty_code
bind_value(const struct ty_param *row, struct ty_arena *arena, const json_t *value, void *dst,
	   const char *path, struct ty_err *err)
{
	struct ty_param_problem problem;
	union ty_param_value typed;

	if (row->type == TY_PARAM_LIST)
		return bind_list(row, arena, value, dst, path, err);
	if (!ty_param_convert(row, value, arena, &typed, &problem))
		return bind_fail(&problem, path, err);
	bind_store(row, &typed, dst);
	return TY_OK;
}

/* Bind an absent parameter as its default, or as the type's own nothing. */
static enum ty_code
bind_absent(const struct ty_param *row, struct ty_arena *arena, void *dst, const char *path,
	    struct ty_err *err)
{
	static const union ty_param_value nothing;
	json_t *def = ty_param_default(row);

	if (def != NULL) {
		ty_arena_defer(arena, bind_decref, def);
		return bind_value(row, arena, def, dst, path, err);
	}
	if (row->type == TY_PARAM_LIST)
		*(struct ty_param_list *)(void *)((char *)dst + row->offset) =
			(struct ty_param_list){ 0 };
	else
		bind_store(row, &nothing, dst);
	return TY_OK;
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
bind_row(const struct ty_param *table, const struct ty_param *row, struct ty_arena *arena,
	 const json_t *values, void *dst, const char *prefix, struct ty_err *err)
{
	bool hidden = ty_param_shown(table, row, values, true) == TY_PARAM_HIDDEN;
	/* Ignore the value of a hidden field, because it is left over from another choice. */
	const json_t *value = hidden ? NULL : json_object_get(values, row->name);
	struct ty_param_problem problem;
	char path[TY_PARAM_PATH_SIZE];

	ty_param_path(path, prefix, row->name);
	if (!ty_param_is_absent(row, value))
		return bind_value(row, arena, value, dst, path, err);
	if (!hidden && (row->flags & TY_PARAM_REQUIRED) && row->def == NULL) {
		ty_param_missing(row, &problem);
		return bind_fail(&problem, path, err);
	}
	return bind_absent(row, arena, dst, path, err);
}

static enum ty_code
bind_table(const struct ty_param *table, struct ty_arena *arena, const json_t *values, void *dst,
	   const char *prefix, struct ty_err *err)
{
	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++)
		if (bind_row(table, row, arena, values, dst, prefix, err) != TY_OK)
			return err->code;
	return TY_OK;
}

enum ty_code
ty_param_bind(const struct ty_param *table, struct ty_arena *arena, const json_t *values, void *dst,
	      struct ty_err *err)
{
	if (values != NULL && !json_is_object(values))
		return ty_err_set(err, TY_E_INVALID, "the parameters are not an object");
	return bind_table(table, arena, values, dst, "", err);
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
