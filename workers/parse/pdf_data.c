/*
 * pdf_data.c -- see pdf_data.h.
 */
#include "pdf_data.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folder in which the poppler of this distribution looks. */
#define DATA_DIR "/usr/share/poppler"
/* Folders in folders: cMap/Adobe-Japan1/. */
#define DEPTH_MAX 3

struct mapped {
	char *path;
	void *data;
	size_t len;
};

/* Written before the jail closes, and read alone from then on. */
static struct {
	struct mapped *files;
	size_t count, cap;
} data;

static void
file_map(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at = MAP_FAILED;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return;
	if (data.count == data.cap) {
		data.cap = data.cap > 0 ? 2 * data.cap : 256;
		data.files = realloc(data.files, data.cap * sizeof(*data.files));
		if (data.files == NULL)
			abort();
	}
	data.files[data.count++] = (struct mapped){ strdup(path), at, (size_t)st.st_size };
}

static void
folder_map(const char *folder, int depth)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[PATH_MAX];

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", folder,
							entry->d_name) >= (int)sizeof(path))
			continue;
		if (entry->d_type == DT_DIR && depth > 0)
			folder_map(path, depth - 1);
		else
			file_map(path);
	}
	closedir(dir);
}

void
pdf_data_map(void)
{
	folder_map(DATA_DIR, DEPTH_MAX);
}

/* In place of the C library's, for poppler too; once the jail is closed there is nothing beside what is mapped. */
FILE *
fopen(const char *restrict path, const char *restrict mode)
{
	int fd;

	for (size_t i = 0; i < data.count; i++)
		if (strcmp(data.files[i].path, path) == 0)
			return fmemopen(data.files[i].data, data.files[i].len, "r");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fdopen(fd, mode) : NULL;
}
