/*
 * made.c -- see made.h.
 */
#include "nodes/made.h"

#include "base/arena.h"
#include "base/err.h"

/*
 * Was each item made from the input item in its place?  True where as many go out as came in, and no item
 * names another source.
 */
static bool
made_by_position(struct ty_step *step, const json_t *items)
{
	json_t *item;
	size_t i;

	if (json_array_size(items) != ty_step_input_count(step))
		return false;
	json_array_foreach((json_t *)items, i, item)
	{
		const json_t *from = json_object_get(item, "from");

		if (from != NULL &&
		    (!json_is_integer(from) || json_integer_value(from) != (json_int_t)i))
			return false;
	}
	return true;
}

/* The item with the files that the code hands on. */
static enum ty_code
made_from(struct ty_step *step, const json_t *item, const struct ty_from *from, size_t count,
	  struct ty_err *err)
{
	const json_t *view = json_object_get(item, "binary");
	json_t *json = json_object_get(item, "json"), *binary = NULL;

	if (json_is_object(view) &&
	    ty_step_files_named(step, view, count > 0 ? from[0].item : 0, &binary, err) != TY_OK)
		return err->code;
	return ty_step_emit_files_from(step, 0, json_incref(json), binary, from, count, err);
}

/* 'from' as the code says, by position where it may be told by that, none where neither does. */
static enum ty_code
made_one(struct ty_step *step, const json_t *item, size_t position, struct ty_err *err)
{
	const json_t *from = json_object_get(item, "from");
	size_t count = json_array_size(from);
	struct ty_from *list, one = { .item = position };

	if (!json_is_array(from)) {
		if (from != NULL)
			one.item = (size_t)json_integer_value(from);
		return made_from(step, item, &one, one.item == TY_FROM_NONE ? 0 : 1, err);
	}
	list = ty_arena_alloc_array(ty_step_arena(step), count, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i].item = (size_t)json_integer_value(json_array_get(from, i));
	return made_from(step, item, list, count, err);
}

enum ty_code
made_emit(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	bool by_position;
	json_t *item;
	size_t i;

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	by_position = made_by_position(step, answer->value);
	json_array_foreach((json_t *)answer->value, i, item)
	{
		size_t position = by_position ? i : TY_FROM_NONE;

		/* With one item in, whatever comes out was made from it. */
		if (ty_step_input_count(step) == 1)
			position = 0;
		if (made_one(step, item, position, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}
