/*
 * hook_files.c -- see hook_files.h.
 */
#include "hook_files.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "blob/writer.h"
#include "body/form.h"
#include "conf/conf.h"
#include "json/json.h"
#include "store/blob.h"

#include <string.h>

struct file {
	const char *field, *mime, *name;
	int64_t at;
	struct ty_blob_writer *writer;
	struct ty_blob *blob; /* once committed */
	struct ty_err err;
};

struct ty_hook_files {
	struct ty_arena *arena;
	struct ty_store_blobs *blobs;
	struct ty_blob_scope scope;
	struct file *files;
	size_t count;
	bool cuts;
};

void
ty_hook_files_drop(struct ty_hook_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		ty_blob_writer_free(files->files[i].writer);
		ty_blob_unref(files->files[i].blob);
	}
	files->count = 0;
}

static void
files_done(void *ctx)
{
	struct ty_hook_files *files = ctx;

	ty_hook_files_drop(files);
	ty_store_blobs_free(files->blobs);
}

struct ty_hook_files *
ty_hook_files_new(struct ty_app *app, struct ty_arena *arena, const struct ty_id *workspace_id,
		  const struct ty_id *delivery_id)
{
	struct ty_hook_files *files = ty_arena_new_of(arena, struct ty_hook_files);

	files->arena = arena;
	files->scope.workspace_id = *workspace_id;
	files->scope.owner_id = *delivery_id;
	files->files =
		ty_arena_alloc_array(arena, TY_LIMIT_BLOB_FILES_COUNT, sizeof(*files->files));
	files->blobs = ty_store_blobs_new(app->store, app->conf->blob_folder);
	ty_arena_defer(arena, files_done, files);
	return files;
}

/* ---- one file ---- */

/* Never called, because a store that blocks takes all bytes at once. */
static void
file_ready(void *ctx)
{
}

static void
file_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	struct file *file = ctx;

	file->blob = blob;
	if (err != NULL)
		file->err = *err;
}

enum ty_code
ty_hook_file_begin(struct ty_hook_files *files, const char *field, const char *mime,
		   const char *name, int64_t at, struct ty_err *err)
{
	struct file *file;
	struct ty_blob_writer_events events = { .ready = file_ready, .done = file_done };

	if (files->count == TY_LIMIT_BLOB_FILES_COUNT) {
		ty_err_set(err, TY_E_LIMIT, "The body has more than %d files",
			   TY_LIMIT_BLOB_FILES_COUNT);
		return ty_err_hint(err, "Send them in several requests, or as one archive.");
	}
	file = &files->files[files->count++];
	file->field = ty_arena_strdup(files->arena, field);
	file->mime = ty_arena_strdup(files->arena, mime);
	file->name = ty_arena_strdup(files->arena, name);
	file->at = at;
	events.ctx = file;
	file->writer = ty_blob_writer_new(&ty_store_blob_io, files->blobs, &files->scope,
					  INT64_MAX / 2, &events);
	return TY_OK;
}

static struct file *
file_last(struct ty_hook_files *files)
{
	return &files->files[files->count - 1];
}

static enum ty_code
file_check(const struct file *file, struct ty_err *err)
{
	const struct ty_err *why = ty_blob_writer_failure(file->writer);

	if (why == NULL)
		return TY_OK;
	*err = *why;
	return err->code;
}

enum ty_code
ty_hook_file_add(struct ty_hook_files *files, const void *data, size_t len, struct ty_err *err)
{
	struct file *file = file_last(files);

	ty_blob_writer_add(file->writer, data, len);
	return file_check(file, err);
}

enum ty_code
ty_hook_file_end(struct ty_hook_files *files, struct ty_err *err)
{
	struct file *file = file_last(files);

	ty_blob_writer_flush(file->writer);
	return file_check(file, err);
}

/* ---- parts of a multipart body ---- */

static enum ty_code
part_begin(void *ctx, const struct ty_form_part *part, size_t at, struct ty_err *err)
{
	struct ty_hook_files *files = ctx;

	return ty_hook_file_begin(files, part->name, part->type.name, part->filename,
				  files->cuts ? (int64_t)at : -1, err);
}

static enum ty_code
part_bytes(void *ctx, const void *data, size_t len, struct ty_err *err)
{
	return ty_hook_file_add(ctx, data, len, err);
}

static enum ty_code
part_end(void *ctx, struct ty_err *err)
{
	return ty_hook_file_end(ctx, err);
}

void
ty_hook_files_split_to(struct ty_hook_files *files, bool cuts, struct ty_body_split_to *ret_to)
{
	files->cuts = cuts;
	*ret_to = (struct ty_body_split_to){ .file_begin = part_begin,
					     .file_bytes = part_bytes,
					     .file_end = part_end,
					     .ctx = files };
}

/* ---- all of them ---- */

static json_t *
text_json(struct ty_arena *arena, const char *text)
{
	return ty_form_string(arena, text, strlen(text));
}

/* A form sends an empty field as a file without name and bytes: there is nothing to keep. */
static bool
is_nothing(const struct file *file)
{
	return file->name[0] == '\0' && file->field[0] != '\0' &&
	       ty_blob_writer_bytes(file->writer) == 0;
}

static json_t *
file_json(struct ty_arena *arena, const struct file *file)
{
	struct ty_blob_meta meta = { .mime = file->mime };
	json_t *json;

	if (file->blob == NULL) {
		json = json_pack("{s:i}", "bytes", 0);
	} else {
		meta.hash = file->blob->hash;
		meta.bytes = file->blob->bytes;
		json = ty_blob_meta_json(&meta);
		json_object_set_new(json, "name", text_json(arena, file->name));
	}
	json_object_set_new(json, "field", text_json(arena, file->field));
	json_object_set_new(json, "at", json_integer(file->at));
	return json;
}

enum ty_code
ty_hook_files_commit(struct ty_hook_files *files, const char **ret_blobs, struct ty_err *err)
{
	json_t *list = ty_json_own(files->arena, json_array());

	for (size_t i = 0; i < files->count; i++) {
		struct file *file = &files->files[i];

		if (!is_nothing(file)) {
			ty_blob_writer_end(file->writer);
			if (file->blob == NULL) {
				*err = file->err;
				return err->code;
			}
		}
		json_array_append_new(list, file_json(files->arena, file));
	}
	*ret_blobs = files->count > 0 ? ty_json_dump(files->arena, list, NULL) : "";
	return TY_OK;
}
