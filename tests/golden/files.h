/*
 * files.h -- the JSON files of a folder, and one of them read or written; for the tests of this folder.
 */
#ifndef TY_TESTS_GOLDEN_FILES_H
#define TY_TESTS_GOLDEN_FILES_H

#include "base/arena.h"
#include "json/json.h"

#define FILES_MAX 64

struct files {
	const char *dir;
	char names[FILES_MAX][256]; /* sorted */
	int count;
};

/* All "*.json" of the folder; none where there is no folder. */
void files_find(struct files *files, const char *dir);
/* Path of the i-th, in 'arena'. */
const char *files_path(const struct files *files, int i, struct ty_arena *arena);
/* Owned by 'arena'; ends the test where it cannot be read. */
json_t *files_read(const char *path, struct ty_arena *arena);

#endif
