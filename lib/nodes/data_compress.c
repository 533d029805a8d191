/*
 * data.compress -- files packed (gzip, deflate, zip) and unpacked, by zlib and libzip in the jail of tyboo-parse.
 *
 * Invariants:
 *   (1) An item that is packed keeps its fields and its other files; the entries of a zip become items that come
 *       from the item whose archive it was, or files of that item.
 *   (2) The same files give the same bytes: nothing that is packed has a date.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/fields.h"
#include "nodes/nodes.h"
#include "nodes/parsing.h"

#include <string.h>

enum { DO_UNPACK, DO_GZIP, DO_DEFLATE, DO_ZIP };

struct compress_params {
	int action;
	const char *file, *files, *as, *entries, *name, *into;
	bool together;
	int64_t level, timeout_ms;
};

static const struct ty_choice compress_actions[] = {
	[DO_UNPACK] = { "unpack", "Unpack a file" },
	[DO_GZIP] = { "gzip", "Pack a file by gzip" },
	[DO_DEFLATE] = { "deflate", "Pack a file by deflate (zlib)" },
	[DO_ZIP] = { "zip", "Pack files into a zip archive" },
	{ NULL, NULL },
};

static const struct ty_choice compress_forms[] = {
	{ "auto", "As its first bytes say" },
	{ "gzip", "gzip" },
	{ "deflate", "deflate, with or without zlib's header" },
	{ "zip", "zip" },
	{ NULL, NULL },
};

static const struct ty_choice compress_entries[] = {
	{ "items", "An item each" },
	{ "files", "Files of the item" },
	{ NULL, NULL },
};

static bool compress_is_whole(const struct ty_node_def *def, const json_t *params);
static enum ty_code compress_all(struct ty_step *step, struct ty_err *err);
static enum ty_code compress_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code compress_resume(struct ty_step *step, const struct ty_answer *answer,
				    struct ty_err *err);

const struct ty_node_def ty_node_data_compress = {
	TY_NODE_HEAD,
	.type = "data.compress",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Compress",
	.summary = "Unpack a file (gzip, deflate, zip), or pack files",
	.icon = "file-archive",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct compress_params, action, compress_actions, "Do",
			    .def = "unpack"),
		TY_ROW_STRING(struct compress_params, file, 200, "File of the item", .def = "data",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			      .help = "Its name in binary.", .show_when = "action!=zip"),
		TY_ROW_STRING(struct compress_params, files, 2000, "Files of the item", .def = "",
			      .flags = TY_PARAM_EXPR, .placeholder = "invoice, photo",
			      .help = "Their names in binary, with commas between. Empty: all.",
			      .show_when = "action=zip"),
		TY_ROW_BOOL(struct compress_params, together, "One archive of all items",
			    .def = "false", .show_when = "action=zip",
			    .help = "Off: one for each item."),
		TY_ROW_WORD(struct compress_params, as, compress_forms, "Packed by", .def = "auto",
			    .show_when = "action=unpack"),
		TY_ROW_WORD(struct compress_params, entries, compress_entries,
			    "The entries of a zip become", .def = "items",
			    .show_when = "action=unpack",
			    .help = "Items have the fields path and bytes, and the file. Files are "
				    "called as is said below, with _0, _1 ... behind it."),
		TY_ROW_STRING(struct compress_params, name, 200, "File name", .def = "",
			      .flags = TY_PARAM_EXPR, .placeholder = "report.zip",
			      .show_when = "action!=unpack",
			      .help = "Empty: that of the file with .gz or .zz, or archive.zip."),
		TY_ROW_STRING(struct compress_params, into, 200, "File for the result",
			      .def = "data", .flags = TY_PARAM_REQUIRED,
			      .help = "Its name in binary. What the item has there is replaced."),
		TY_ROW_INT(struct compress_params, level, 1, 9, "Level", .def = "6",
			   .flags = TY_PARAM_ADVANCED, .show_when = "action!=unpack",
			   .help = "1 is fast, 9 makes the smallest."),
		NODE_PARSE_TIME_ROW(struct compress_params)),
	.params_size = sizeof(struct compress_params),
	.flags = TY_NODE_EFFECT | TY_NODE_GATHERS,
	.exec = compress_all,
	.each = compress_each,
	.whole = compress_is_whole,
	.resume = compress_resume,
};

static bool
compress_is_whole(const struct ty_node_def *def, const json_t *params)
{
	return strcmp(ty_json_str(params, "action", ""), "zip") == 0 &&
	       ty_json_bool(params, "together", false);
}

/* ---- asking ---- */

static enum ty_code
file_add(struct ty_step *step, size_t i, const char *name, json_t *files, struct ty_err *err)
{
	const json_t *file = node_parse_file(step, i, name, err);

	if (file == NULL)
		return err->code;
	json_array_append(files, (json_t *)file);
	return TY_OK;
}

/* Handles of the files that are named, or of all. */
static enum ty_code
files_add(struct ty_step *step, size_t i, const char *names, json_t *files, struct ty_err *err)
{
	struct ty_str_word word;
	const char *name;
	json_t *file;

	if (ty_str_is_blank(names)) {
		json_object_foreach(json_object_get(ty_step_item(step, i), "binary"), name, file)
			json_array_append(files, file);
		return TY_OK;
	}
	while (ty_str_list_next(&names, &word)) {
		name = ty_arena_strndup(ty_step_arena(step), word.s, word.len);
		if (file_add(step, i, name, files, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* Steals 'files'. */
static enum ty_code
compress_ask(struct ty_step *step, const struct compress_params *p, json_t *files,
	     struct ty_err *err)
{
	struct node_parse ask = { .tool = "archive", .files = files, .timeout_ms = p->timeout_ms };

	ask.options =
		json_pack("{s:s, s:s}", "do", compress_actions[p->action].value, "key", p->into);
	if (p->action == DO_UNPACK) {
		json_object_set_new(ask.options, "as", json_string(p->as));
		json_object_set_new(ask.options, "entries", json_string(p->entries));
	} else {
		json_object_set_new(ask.options, "name", json_string(p->name));
		json_object_set_new(ask.options, "level", json_integer(p->level));
	}
	return node_parse_call(step, &ask, err);
}

static enum ty_code
no_files(struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "There are no files to pack");
	ty_err_hint(err, "Look at the step before: its items name their files in binary.");
	return ty_err_at(err, "files");
}

static enum ty_code
compress_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct compress_params *p = ty_step_params(step, i);
	json_t *files = json_array();
	enum ty_code code = p->action == DO_ZIP ? files_add(step, i, p->files, files, err)
						: file_add(step, i, p->file, files, err);

	if (code == TY_OK && json_array_size(files) == 0)
		code = no_files(err);
	if (code == TY_OK)
		return compress_ask(step, p, files, err);
	json_decref(files);
	return code;
}

static enum ty_code
compress_all(struct ty_step *step, struct ty_err *err)
{
	const struct compress_params *p = ty_step_params(step, 0);
	json_t *files = json_array();
	enum ty_code code = TY_OK;

	for (size_t i = 0; i < ty_step_input_count(step) && code == TY_OK; i++) {
		code = files_add(step, i, p->files, files, err);
		if (code != TY_OK)
			ty_step_blame(step, i);
	}
	if (code == TY_OK && json_array_size(files) > 0)
		return compress_ask(step, p, files, err);
	json_decref(files);
	if (code == TY_OK && ty_step_input_count(step) > 0)
		return no_files(err);
	return code;
}

/* ---- the answer ---- */

static enum ty_code
item_emit(struct ty_step *step, const json_t *item, size_t i, struct ty_err *err)
{
	json_t *json = json_object_get(item, "json");

	/* An entry's own fields, or none: then the item goes on with its own. */
	if (json_object_size(json) > 0)
		return ty_step_emit_files(step, 0, json_incref(json),
					  node_parse_binary(step, item, SIZE_MAX), i, err);
	return ty_step_emit_files(step, 0,
				  json_incref(json_object_get(ty_step_item(step, i), "json")),
				  node_parse_binary(step, item, i), i, err);
}

static enum ty_code
compress_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const json_t *items = node_parse_items(step, answer, err);
	size_t count = ty_step_input_count(step), i;
	json_t *item;

	if (items == NULL)
		return err->code;
	json_array_foreach((json_t *)items, i, item)
	{
		enum ty_code code =
			answer->item == SIZE_MAX
				? ty_step_emit_files_from(step, 0, json_object(),
							  node_parse_binary(step, item, SIZE_MAX),
							  node_from_all(step, count), count, err)
				: item_emit(step, item, answer->item, err);

		if (code != TY_OK)
			return code;
	}
	return TY_OK;
}
