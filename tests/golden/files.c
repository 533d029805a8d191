/*
 * files.c -- see files.h.
 */
#include "files.h"

#include "base/err.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1 << 20)

static int
is_json(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".json") == 0;
}

void
files_find(struct files *files, const char *dir)
{
	struct dirent **found;
	int count = scandir(dir, &found, is_json, alphasort);

	files->dir = dir;
	for (int i = 0; i < count; i++) {
		TY_ASSERT(files->count < FILES_MAX); /* before any test runs: no ck_assert */
		snprintf(files->names[files->count++], sizeof(files->names[0]), "%s",
			 found[i]->d_name);
		free(found[i]);
	}
	if (count >= 0)
		free(found);
}

const char *
files_path(const struct files *files, int i, struct ty_arena *arena)
{
	return ty_arena_printf(arena, "%s/%s", files->dir, files->names[i]);
}

json_t *
files_read(const char *path, struct ty_arena *arena)
{
	FILE *file = fopen(path, "r");
	char *text = ty_arena_alloc(arena, FILE_BYTES_MAX);
	struct ty_err err = { .code = TY_OK };
	json_t *doc;
	size_t len;

	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, FILE_BYTES_MAX, file);
	fclose(file);
	ck_assert_uint_lt(len, FILE_BYTES_MAX);
	ck_assert_msg(ty_json_parse_stored(arena, text, len, &doc, &err) == TY_OK, "%s: %s", path,
		      err.msg);
	return doc;
}
