/*
 * parsing.c -- see parsing.h.
 */
#include "nodes/parsing.h"

#include "base/err.h"
#include "json/json.h"
#include "node/late.h"

const json_t *
node_parse_file(struct ty_step *step, size_t i, const char *name, struct ty_err *err)
{
	const json_t *file = ty_step_file(step, i, name);

	if (file != NULL)
		return file;
	ty_err_set(err, TY_E_INVALID, "The item has no file \"%.100s\"", name);
	ty_err_hint(err, "Look at the step before: its items name their files in binary.");
	ty_err_at(err, "file");
	return NULL;
}

/* A tool sees what a file is called and is, and how many bytes of the request are its. */
enum ty_code
node_parse_call(struct ty_step *step, const struct node_parse *ask, struct ty_err *err)
{
	struct ty_call call = { .service = "parse",
				.credential = ask->credential,
				.in_doubt = TY_IN_DOUBT_REPEAT };

	call.request =
		json_pack("{s:s, s:o, s:o, s:I, s:I}", "tool", ask->tool, "options", ask->options,
			  "files", ask->files, "cpu_ms", (json_int_t)ask->timeout_ms, "now_ms",
			  (json_int_t)ty_step_now_ms(step));
	if (ask->items != NULL)
		json_object_set_new(call.request, "items", ask->items);
	if (ask->password != NULL && ask->password[0] != '\0')
		json_object_set_new(call.request, "secrets",
				    json_pack("[{s:s, s:s, s:b}]", "name", "password", "value",
					      ask->password, "secret", 1));
	return ask->is_next ? ty_step_call_next(step, &call, err) : ty_step_call(step, &call, err);
}

bool
node_parse_reads(const struct ty_node_def *def, const json_t *params)
{
	return true;
}

const json_t *
node_parse_items(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const char *tool = ty_json_str(answer->value, "tool", "");
	const json_t *items;

	if (answer->err != NULL) {
		*err = *answer->err;
		return NULL;
	}
	items = ty_json_arr(answer->value, "items");
	if (items == NULL)
		ty_err_set(err, TY_E_UPSTREAM, "the parser gave no items");
	else if (tool[0] != '\0')
		ty_step_notice(step, "tool", "Computed by %.100s.", tool);
	return items;
}

json_t *
node_parse_binary(struct ty_step *step, const json_t *item, size_t beside)
{
	json_t *there =
		beside != SIZE_MAX ? json_object_get(ty_step_item(step, beside), "binary") : NULL;
	json_t *binary = there != NULL ? json_copy(there) : json_object(), *file;
	size_t i;

	json_array_foreach(ty_json_arr(item, "files"), i, file)
		json_object_set_new(binary, ty_json_str(file, "key", "data"),
				    json_deep_copy(json_object_get(file, "file")));
	return binary;
}
