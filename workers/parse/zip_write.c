/*
 * zip_write.c -- zip archives written by libzip into memory.
 */
#include "base/arena.h"
#include "base/err.h"
#include "zip_file.h"

#include <string.h>

#define PIECE_BYTES 65536
/* 1980-01-01, the first day that a zip can name: what is packed has no date, so that the same files give the same
 * bytes. */
#define DOS_DATE ((0 << 9) | (1 << 5) | 1)

/* A name that is there gets a number before its extension. */
static const char *
free_name(struct file_work *work, zip_t *zip, const char *name)
{
	const char *dot = strrchr(zip_base_name(name), '.'), *tried = name;
	int stem =
		(int)(dot != NULL && dot != zip_base_name(name) ? dot - name : (long)strlen(name));

	for (size_t n = 2; zip_name_locate(zip, tried, 0) >= 0; n++)
		tried = ty_arena_printf(work->arena, "%.*s_%zu%s", stem, name, n, name + stem);
	return tried;
}

static enum ty_code
entry_pack(struct file_work *work, zip_t *zip, const struct file_in *file, size_t number, int level,
	   struct ty_err *err)
{
	const char *name = file->name[0] != '\0'
				   ? file->name
				   : ty_arena_printf(work->arena, "file_%zu", number + 1);
	zip_source_t *source = zip_source_buffer(zip, file->data, file->len, 0);
	zip_int64_t i;

	if (source == NULL)
		return zip_failed(err, zip_get_error(zip), name);
	if (zip_name_check(name, err) != TY_OK) {
		zip_source_free(source);
		return err->code;
	}
	i = zip_file_add(zip, free_name(work, zip, name), source, ZIP_FL_ENC_UTF_8);
	if (i < 0) {
		zip_source_free(source);
		return zip_failed(err, zip_get_error(zip), name);
	}
	if (zip_set_file_compression(zip, (zip_uint64_t)i, ZIP_CM_DEFLATE, (zip_uint32_t)level) !=
		    0 ||
	    zip_file_set_dostime(zip, (zip_uint64_t)i, 0, DOS_DATE, 0) != 0)
		return zip_failed(err, zip_get_error(zip), name);
	return TY_OK;
}

/* The bytes that libzip has written into 'source'. */
static enum ty_code
source_take(struct file_work *work, zip_source_t *source, struct ty_err *err)
{
	zip_int64_t n = 0;
	char *room;

	if (zip_source_open(source) != 0)
		return ty_err_set(err, TY_E_INTERNAL, "libzip does not give the archive");
	while (file_reserve(work, PIECE_BYTES, &room, err) == TY_OK &&
	       (n = zip_source_read(source, room, PIECE_BYTES)) > 0)
		file_extend(work, (size_t)n);
	zip_source_close(source);
	if (err->code == TY_OK && n < 0)
		return ty_err_set(err, TY_E_INTERNAL, "libzip does not give the archive");
	return err->code;
}

enum ty_code
zip_pack_files(struct file_work *work, const struct file_in *files, size_t count, int level,
	       struct ty_err *err)
{
	zip_source_t *source;
	zip_error_t why;
	zip_t *zip;

	work->library = ty_arena_printf(work->arena, "libzip %s", zip_libzip_version());
	zip_error_init(&why);
	source = zip_source_buffer_create(NULL, 0, 0, &why);
	if (source == NULL)
		return zip_failed(err, &why, NULL);
	zip_source_keep(source);
	zip = zip_open_from_source(source, ZIP_TRUNCATE, &why);
	if (zip == NULL) {
		zip_source_free(source);
		zip_source_free(source);
		return zip_failed(err, &why, NULL);
	}
	for (size_t i = 0; i < count && err->code == TY_OK; i++)
		(void)!entry_pack(work, zip, &files[i], i, level, err);
	if (err->code != TY_OK) {
		zip_discard(zip);
	} else if (zip_close(zip) != 0) {
		(void)!zip_failed(err, zip_get_error(zip), NULL);
		zip_discard(zip);
	} else {
		(void)!source_take(work, source, err);
	}
	zip_source_free(source);
	return err->code;
}

enum ty_code
zip_pack(struct file_work *work, struct ty_err *err)
{
	const char *name = ty_json_str(work->options, "name", "");

	if (zip_pack_files(work, work->files, work->file_count,
			   (int)ty_json_int(work->options, "level", 6), err) != TY_OK)
		return err->code;
	file_end(work, ty_json_str(work->options, "key", "data"),
		 name[0] != '\0' ? name : "archive.zip", "application/zip");
	return TY_OK;
}
