/*
 * migrate_file.c -- read a folder of SQL files, in the order of their names.
 */
#include "store/migrate_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far more than a folder of ours will hold: a wrong folder is found out early. */
#define FILES_MAX 1000

static int
file_is_sql(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".sql") == 0;
}

static enum ty_code
file_read(struct ty_arena *arena, const char *path, struct ty_migrate_file *file,
	  struct ty_err *err)
{
	struct ty_buf buf;
	uint8_t hash[TY_SHA256_SIZE];
	size_t len;
	FILE *in = fopen(path, "re");

	if (in == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "cannot read %s", path);
	ty_buf_init(&buf, arena, 16384);
	while ((len = fread(ty_buf_reserve(&buf, 8192), 1, 8192, in)) > 0)
		ty_buf_extend(&buf, len);
	fclose(in);
	ty_sha256(buf.data, buf.len, hash);
	ty_str_hex(hash, sizeof(hash), file->sha256);
	file->sql = buf.data;
	return TY_OK;
}

/* NNNN_name.sql */
static bool
file_number(const char *name, int64_t *ret_number)
{
	char digits[5];

	snprintf(digits, sizeof(digits), "%.4s", name);
	return strlen(name) > 9 && name[4] == '_' && ty_str_parse_i64(digits, 1, 9999, ret_number);
}

static enum ty_code
file_take(struct ty_arena *arena, const char *dir, const char *name, bool numbered,
	  struct ty_migrate_file *files, size_t index, struct ty_err *err)
{
	struct ty_migrate_file *file = &files[index];

	file->name = ty_arena_strdup(arena, name);
	if (numbered && !file_number(name, &file->number))
		return ty_err_set(err, TY_E_INVALID, "%s/%s: a migration is named NNNN_name.sql",
				  dir, name);
	if (numbered && index > 0 && files[index - 1].number == file->number)
		return ty_err_set(err, TY_E_INVALID, "%s: %s and %s have the same number", dir,
				  files[index - 1].name, name);
	return file_read(arena, ty_arena_printf(arena, "%s/%s", dir, name), file, err);
}

enum ty_code
ty_migrate_files(struct ty_arena *arena, const char *dir, bool numbered,
		 struct ty_migrate_file **ret_files, size_t *ret_count, struct ty_err *err)
{
	struct dirent **entries;
	struct ty_migrate_file *files;
	enum ty_code code = TY_OK;
	int count = scandir(dir, &entries, file_is_sql, alphasort);

	if (count < 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "there is no folder %s", dir);
	files = ty_arena_alloc_array(arena, (size_t)count + 1, sizeof(*files));
	if (count > FILES_MAX)
		code = ty_err_set(err, TY_E_INVALID, "%s holds more than %d files", dir, FILES_MAX);
	for (int i = 0; i < count; i++) {
		if (code == TY_OK)
			code = file_take(arena, dir, entries[i]->d_name, numbered, files, (size_t)i,
					 err);
		free(entries[i]);
	}
	free(entries);
	if (code == TY_OK) {
		*ret_files = files;
		*ret_count = (size_t)count;
	}
	return code;
}
