/*
 * replay.c -- run a fuzzer's seeds without libFuzzer, so that every build tests them.
 *
 *	fuzz.graph FILE-OR-FOLDER...
 *
 * Every file is one input, folders are read in the order of their names.  No input at all is
 * a failure: a folder that lost its seeds would else be a test that cannot fail.
 * Each input is a block of exactly its size, so that AddressSanitizer sees one byte too far.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
replay_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size > 0 ? size : 1);
	FILE *f = fopen(path, "rb");

	if (f == NULL || data == NULL || fread(data, 1, size, f) != size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static int
replay_is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static size_t
replay_path(const char *path)
{
	struct dirent **names;
	struct stat st;
	size_t runs = 0;
	int count;

	if (stat(path, &st) != 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size);
	count = scandir(path, &names, replay_is_shown, alphasort);
	for (int i = 0; i < count; i++) {
		char child[4096];

		snprintf(child, sizeof(child), "%s/%s", path, names[i]->d_name);
		runs += replay_path(child);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return runs;
}

int
main(int argc, char **argv)
{
	size_t runs = 0;

	for (int i = 1; i < argc; i++)
		runs += replay_path(argv[i]);
	printf("%zu inputs replayed\n", runs);
	return runs > 0 ? 0 : 1;
}
