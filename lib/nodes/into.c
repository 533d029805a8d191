/*
 * into.c -- see into.h.
 */
#include "nodes/into.h"

#include "base/arena.h"
#include "base/str.h"
#include "node/tool.h"

#include <string.h>

void
node_into_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		void *ctx)
{
	static const char *const paths[] = { "into", "field" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(paths); i++)
		if (!node_path_is_valid(ty_json_str(params, paths[i], "x")))
			found(ctx, paths[i], NODE_PATH_BROKEN, NODE_PATH_HELP);
	for (const struct ty_param *row = def->params; row->name != NULL; row++)
		if (ty_str_eq(row->name, "value") && !(row->flags & TY_PARAM_REQUIRED) &&
		    json_object_get(params, "value") == NULL &&
		    ty_param_is_shown(def->params, row, params))
			found(ctx, "value", "is required, but it has no value",
			      "Give it, mostly as an expression: ={{ $json.text }}");
}

void
node_into_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		 void *ctx)
{
	static const char *const paths[] = { "into", "field" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(paths); i++)
		if (node_path_is_doubtful(ty_json_str(params, paths[i], "")))
			found(ctx, paths[i], NODE_PATH_DOUBT, NODE_PATH_HELP);
}

enum ty_code
node_into_emit_to(struct ty_step *step, size_t out, size_t i, const char *into, json_t *value,
		  struct ty_err *err)
{
	const json_t *item = ty_step_item(step, i);
	json_t *files = json_object_get(item, "binary");
	/* A path into a field needs it whole; else what is kept aside may stay so. */
	const json_t *base =
		node_path_is_nested(into) ? ty_step_json(step, i) : json_object_get(item, "json");
	json_t *json = json_copy((json_t *)base);

	node_path_set(json, into, value);
	if (files != NULL)
		return ty_step_emit_files(step, out, json, json_incref(files), i, err);
	return ty_step_emit(step, out, json, i, err);
}

enum ty_code
node_into_emit(struct ty_step *step, size_t i, const char *into, json_t *value, struct ty_err *err)
{
	return node_into_emit_to(step, 0, i, into, value, err);
}

enum ty_code
node_into_ask(struct ty_step *step, const char *tool, json_t *options, int64_t timeout_ms,
	      struct ty_err *err)
{
	const char *field = ty_json_str(options, "field", "");
	json_t *texts = json_array();

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		const json_t *value = node_path_get(ty_step_json(step, i), field);

		json_array_append_new(texts, value == NULL	     ? json_null()
					     : json_is_string(value) ? json_incref((json_t *)value)
								     : json_false());
	}
	return ty_step_tool_texts(step, tool, options, texts, timeout_ms, NULL, err);
}

enum ty_code
node_into_answer(struct ty_step *step, const struct ty_answer *answer, const char *into,
		 struct ty_err *err)
{
	json_t *item;
	size_t i;

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	json_array_foreach((json_t *)answer->value, i, item)
	{
		json_t *value = json_object_get(json_object_get(item, "json"), "value");
		int64_t from = ty_json_int(item, "from", -1);

		if (value == NULL || from < 0 || (size_t)from >= ty_step_input_count(step))
			return ty_err_set(err, TY_E_UPSTREAM, "the parser gave no value");
		if (node_into_emit(step, (size_t)from, into, json_incref(value), err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

enum ty_code
node_into_text(struct ty_arena *arena, const json_t *value, const char *name, const char **ret_text,
	       size_t *ret_len, struct ty_err *err)
{
	char found[96];

	if (value == NULL || json_is_null(value) || json_is_object(value) || json_is_array(value)) {
		ty_param_words(value, found, sizeof(found));
		ty_err_set(err, TY_E_INVALID, "parameter \"%.48s\" is %s, but a text is expected",
			   name, found);
		ty_err_hint(err, value == NULL || json_is_null(value)
					 ? "Check that its expression gives a value for every item."
					 : "Take one field of it, or make a text of it by the node "
					   "JSON.");
		return ty_err_at(err, "%s", name);
	}
	*ret_text = json_is_boolean(value) ? (json_is_true(value) ? "true" : "false")
					   : ty_json_as_text(arena, value);
	*ret_len = json_is_string(value) ? json_string_length(value) : strlen(*ret_text);
	return TY_OK;
}

enum ty_code
node_into_string(const void *bytes, size_t len, json_t **ret_value, struct ty_err *err)
{
	if (!ty_str_is_utf8(bytes, len)) {
		ty_err_set(err, TY_E_INVALID,
			   "the bytes are no text in UTF-8, so they cannot be put into a field");
		return ty_err_hint(err, "Keep them encoded, or check what they were made from.");
	}
	*ret_value = json_stringn_nocheck(bytes, len);
	return TY_OK;
}
