/*
 * tools.c -- the table of tools, and what a request asks of one.
 *
 *   { "kind": "tool", "tool": "jq", "options": {}, "now_ms": n, "items": [ { "json": ... } ],
 *     "each": true, "go_on": true }
 *
 * With "each" the tool is called once per item, with that item's JSON; with "go_on" what fails is
 * that item's.  Without, it is called once with the list of them all.  An output line that is an
 * object is an item, any other value v the item { "value": v }.
 *
 * A tool that reads a text has it in "texts", one for each item, in place of "items": null where the item has no field
 * of options.field, false where that is no text.
 */
#include "tool.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

static const struct tool *const tools[] = {
	&tool_html, &tool_jq, &tool_markdown, &tool_regex, &tool_xml,
};

const struct tool *
tool_find(const char *name)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(tools); i++)
		if (ty_str_eq(tools[i]->name, name))
			return tools[i];
	return NULL;
}

static json_t *
error_json(const struct ty_err *err)
{
	json_t *error = json_pack("{s:s, s:s}", "message", err->msg, "name", "Error");

	if (err->hint[0] != '\0')
		json_object_set_new(error, "hint", json_string(err->hint));
	return error;
}

/* The lines of an output as items made from item 'from' (negative: of all). */
static enum ty_code
lines_to_items(struct ty_arena *arena, const char *text, size_t len, json_int_t from, json_t *items,
	       struct ty_err *err)
{
	for (const char *end = text + len; text < end;) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		json_t *value, *item;

		if (stop == NULL)
			stop = end;
		if (ty_json_parse_stored(arena, text, (size_t)(stop - text), &value, err) != TY_OK)
			return err->code;
		text = stop + 1;
		item = json_object();
		if (json_is_object(value))
			json_object_set(item, "json", value);
		else
			json_object_set_new(item, "json", json_pack("{s:O}", "value", value));
		if (from >= 0)
			json_object_set_new(item, "from", json_integer(from));
		json_array_append_new(items, item);
	}
	return TY_OK;
}

/* A request under way. */
struct work {
	struct ty_arena *arena;
	const struct tool *tool;
	void *state;
	const json_t *given;
	const char *field; /* of which texts are, for messages */
	json_t *items;	   /* items of the answer */
	bool go_on;
};

static enum ty_code
work_call(struct work *w, const json_t *value, json_int_t from, struct ty_err *err)
{
	struct ty_buf out;
	size_t len;
	const char *data = ty_json_dump(w->arena, value != NULL ? value : json_null(), &len);

	if (len > w->tool->input_max_bytes)
		return ty_err_set(err, TY_E_LIMIT, "%s takes %zu bytes at a time, not %zu",
				  w->tool->name, w->tool->input_max_bytes, len);
	ty_buf_init(&out, w->arena, 0);
	if (w->tool->run(w->tool, w->state, data, len, &out, err) != TY_OK)
		return err->code;
	return lines_to_items(w->arena, out.data, out.len, from, w->items, err);
}

static enum ty_code
work_text(struct work *w, const json_t *text, json_int_t from, struct ty_err *err)
{
	struct ty_arena *arena;
	json_t *value = NULL;

	if (!json_is_string(text)) {
		ty_err_set(err, TY_E_INVALID, "the field \"%.100s\" is %s", w->field,
			   json_is_false(text) ? "no text" : "not there");
		return ty_err_hint(err,
				   "Correct the name, or put the text into that field before.");
	}
	if (json_string_length(text) > w->tool->input_max_bytes)
		return ty_err_set(err, TY_E_LIMIT, "%s takes %zu bytes at a time, not %zu",
				  w->tool->name, w->tool->input_max_bytes,
				  json_string_length(text));
	arena = ty_arena_new(NULL, "text", 0);
	if (w->tool->value(w->state, arena, json_string_value(text), json_string_length(text),
			   &value, err) == TY_OK)
		json_array_append_new(w->items, json_pack("{s:{s:o}, s:I}", "json", "value", value,
							  "from", from));
	ty_arena_free(arena);
	return err->code;
}

/* Once per item.  Errors: of the first item that fails (*ret_at), where the others do not go on. */
static enum ty_code
work_each(struct work *w, size_t *ret_at, struct ty_err *err)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)w->given, i, item)
	{
		*ret_at = i;
		if ((w->tool->value != NULL ? work_text(w, item, (json_int_t)i, err)
					    : work_call(w, json_object_get(item, "json"),
							(json_int_t)i, err)) == TY_OK)
			continue;
		if (!w->go_on)
			return err->code;
		json_array_append_new(w->items, json_pack("{s:o, s:I}", "e", error_json(err),
							  "from", (json_int_t)i));
		ty_err_clear(err);
	}
	return TY_OK;
}

static enum ty_code
work_all(struct work *w, struct ty_err *err)
{
	json_t *list = ty_json_own(w->arena, json_array()), *item;
	size_t i;

	json_array_foreach((json_t *)w->given, i, item)
		json_array_append(list, json_object_get(item, "json"));
	return work_call(w, list, -1, err);
}

static json_t *
failed(struct ty_arena *arena, const struct ty_err *err, size_t item)
{
	json_t *error = error_json(err);

	if (item != SIZE_MAX)
		json_object_set_new(error, "item", json_integer((json_int_t)item));
	return ty_json_own(arena, json_pack("{s:b, s:o}", "ok", 0, "error", error));
}

/* *ret_at is the item that failed; left alone where none did alone. */
static enum ty_code
work_do(struct work *w, const json_t *asked, size_t *ret_at, struct ty_err *err)
{
	enum ty_code code;

	w->tool = tool_find(ty_json_str(asked, "tool", ""));
	w->given =
		ty_json_arr(asked, w->tool != NULL && w->tool->value != NULL ? "texts" : "items");
	w->field = ty_json_str(ty_json_obj(asked, "options"), "field", "");
	w->go_on = ty_json_bool(asked, "go_on", false);
	if (w->tool == NULL || w->given == NULL)
		return ty_err_set(err, TY_E_INVALID,
				  "there is no such tool, or it was given no items");
	code = w->tool->begin(ty_json_obj(asked, "options"), ty_json_int(asked, "now_ms", 0),
			      &w->state, err);
	if (code != TY_OK)
		return code;
	code = w->tool->value != NULL || ty_json_bool(asked, "each", false)
		       ? work_each(w, ret_at, err)
		       : work_all(w, err);
	w->tool->end(w->state);
	return code;
}

json_t *
tool_answer(struct ty_arena *arena, const char *request, size_t len)
{
	struct work work = { .arena = arena, .items = ty_json_own(arena, json_array()) };
	struct ty_err err = { .code = TY_OK };
	size_t at = SIZE_MAX;
	json_t *asked;

	if (ty_json_parse_stored(arena, request, len, &asked, &err) != TY_OK ||
	    work_do(&work, asked, &at, &err) != TY_OK)
		return failed(arena, &err, at);
	return ty_json_own(arena, json_pack("{s:b, s:O, s:s}", "ok", 1, "items", work.items, "tool",
					    work.tool->library));
}
