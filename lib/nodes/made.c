/*
 * made.c -- see made.h.
 */
#include "nodes/made.h"

#include "base/arena.h"
#include "base/err.h"

/*
 * As many items out as in, and none of them says that it was made from another than the one in
 * its place: then each was made from that.
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

/* With the files that the code hands on. */
static enum ty_code
made_one_one(struct ty_step *step, const json_t *item, json_t *json, size_t from,
	     struct ty_err *err)
{
	const json_t *view = json_object_get(item, "binary");
	json_t *binary;

	if (!json_is_object(view))
		return ty_step_emit(step, 0, json, from, err);
	if (ty_step_files_named(step, view, from, &binary, err) != TY_OK) {
		json_decref(json);
		return err->code;
	}
	return ty_step_emit_files(step, 0, json, binary, from, err);
}

/* 'from' as the code says, by position where it may be told by that, none where neither does. */
static enum ty_code
made_one(struct ty_step *step, const json_t *item, size_t position, struct ty_err *err)
{
	const json_t *from = json_object_get(item, "from");
	json_t *json = json_incref(json_object_get(item, "json"));
	size_t count = json_array_size(from);
	struct ty_from *list;

	if (!json_is_array(from))
		return made_one_one(step, item, json,
				    from != NULL ? (size_t)json_integer_value(from) : position,
				    err);
	list = ty_arena_alloc_array(ty_step_arena(step), count, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i].item = (size_t)json_integer_value(json_array_get(from, i));
	return ty_step_emit_from(step, 0, json, list, count, err);
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
