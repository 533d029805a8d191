/*
 * files.c -- an item's files as code sees them, and as code hands them on.
 *
 * Code sees what n8n's code sees: { name: { id, mimeType, fileName, fileExtension, fileSize, bytes } }.
 * What it gives back is as hostile as anything else of the sandbox's: an id counts only where an item
 * that came into the step has it, and what the file is called and is stays what that item says.
 */
#include "engine/private.h"

#include "blob/blob.h"

#include <string.h>

/* A size as n8n writes it: three digits, powers of a thousand. */
static const char *
size_text(struct ty_arena *arena, int64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t unit = 0;

	if (bytes < 1000)
		return ty_arena_printf(arena, "%d B", (int)bytes);
	for (n /= 1000; n >= 999.5 && unit + 1 < TY_ARRAY_COUNT(units); unit++)
		n /= 1000;
	return ty_arena_printf(arena, "%.3g %s", n, units[unit]);
}

static const char *
extension(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && dot != name && strchr(dot, '/') == NULL ? dot + 1 : "";
}

json_t *
files_view(struct ty_step *step, const json_t *binary)
{
	json_t *view = json_object(), *file;
	const char *name;

	json_object_foreach((json_t *)binary, name, file)
	{
		struct ty_blob_meta meta;

		if (!ty_blob_meta_parse(file, &meta))
			continue;
		json_object_set_new(view, name,
				    json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "id", meta.hash,
					      "mimeType", meta.mime, "fileName", meta.name,
					      "fileExtension", extension(meta.name), "fileSize",
					      size_text(step->arena, meta.bytes), "bytes",
					      (json_int_t)meta.bytes));
	}
	return view;
}

/* The handle with this hash among an item's files; NULL = none. */
static json_t *
item_file(const struct item *item, const char *hash)
{
	json_t *binary = json_object_get(item->obj, "binary"), *file;
	const char *name;

	json_object_foreach(binary, name, file)
	{
		if (ty_str_eq(ty_json_str(file, "blob", NULL), hash))
			return file;
	}
	return NULL;
}

/* Find a file of the input items, first in item 'likely', because most code hands files on with their
 * own item. */
static json_t *
input_file(const struct ty_step *step, size_t likely, const char *hash)
{
	const struct items *items = &step->inputs[0];
	json_t *file = likely < items->count ? item_file(items->v[likely], hash) : NULL;

	for (size_t i = 0; file == NULL && i < items->count; i++)
		file = item_file(items->v[i], hash);
	return file;
}

enum ty_code
ty_step_files_named(struct ty_step *step, const json_t *view, size_t likely, json_t **ret_binary,
		    struct ty_err *err)
{
	json_t *binary = json_object(), *entry;
	const char *name;

	json_object_foreach((json_t *)view, name, entry)
	{
		const char *id = ty_json_str(entry, "id", NULL);
		json_t *file = id != NULL ? input_file(step, likely, id) : NULL;

		if (file == NULL) {
			json_decref(binary);
			ty_err_set(err, TY_E_INVALID,
				   "binary.%.60s of a returned item names no file of an input item",
				   name);
			return ty_err_hint(err, "Hand on what an input item has: binary: "
						"$input.item.binary.");
		}
		json_object_set(binary, name, file);
	}
	*ret_binary = binary;
	return TY_OK;
}
