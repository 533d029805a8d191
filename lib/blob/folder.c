/*
 * folder.c -- see folder.h.
 */
#include "blob/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_MODE  0750
#define FILE_MODE 0640

/* The last two digits of an id are random; its first ones are its time. */
static const char *
shard_of(const struct ty_id *upload_id)
{
	return upload_id->s + strlen(upload_id->s) - 2;
}

static enum ty_code
failed(struct ty_err *err, const char *what, const char *path)
{
	enum ty_code code = errno == ENOENT ? TY_E_NOT_FOUND : TY_E_UNAVAILABLE;

	ty_err_set(err, code, "%s of the folder of files: %s: %s", what, path, strerror(errno));
	return ty_err_hint(err, "The operator has to look at blob_folder in tyboo.conf.");
}

static bool
make_dir(const char *path)
{
	return mkdir(path, DIR_MODE) == 0 || errno == EEXIST;
}

/* A new name is on disk once its folder is. */
static bool
sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
write_file(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	bool ok = fd >= 0 && write_all(fd, data, len) && fsync(fd) == 0;

	return (fd < 0 || close(fd) == 0) && ok;
}

enum ty_code
ty_blob_folder_put(const char *folder, const struct ty_id *upload_id, int64_t number,
		   const void *data, size_t len, struct ty_err *err)
{
	char shard[PATH_MAX], dir[PATH_MAX], file[PATH_MAX];

	snprintf(shard, sizeof(shard), "%s/%s", folder, shard_of(upload_id));
	snprintf(dir, sizeof(dir), "%s/%s/%s", folder, shard_of(upload_id), upload_id->s);
	snprintf(file, sizeof(file), "%s/%s/%s/%" PRId64, folder, shard_of(upload_id), upload_id->s,
		 number);
	if (number == 0 &&
	    (!make_dir(shard) || !make_dir(dir) || !sync_dir(folder) || !sync_dir(shard)))
		return failed(err, "No writing", dir);
	if (!write_file(file, data, len) || !sync_dir(dir))
		return failed(err, "No writing", file);
	return TY_OK;
}

enum ty_code
ty_blob_folder_get(const char *folder, const struct ty_id *upload_id, int64_t number, void *buf,
		   size_t len, struct ty_err *err)
{
	char file[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(file, sizeof(file), "%s/%s/%s/%" PRId64, folder, shard_of(upload_id), upload_id->s,
		 number);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failed(err, "No reading", file);
	n = pread(fd, buf, len, 0);
	close(fd);
	if (n != (ssize_t)len)
		return ty_err_set(err, TY_E_NOT_FOUND, "A stored piece of a file is damaged: %s",
				  file);
	return TY_OK;
}

enum ty_code
ty_blob_folder_drop(const char *folder, const struct ty_id *upload_id, struct ty_err *err)
{
	char dir[PATH_MAX];
	struct dirent *entry;
	DIR *open_dir;

	snprintf(dir, sizeof(dir), "%s/%s/%s", folder, shard_of(upload_id), upload_id->s);
	open_dir = opendir(dir);
	if (open_dir == NULL)
		return errno == ENOENT ? TY_OK : failed(err, "No reading", dir);
	while ((entry = readdir(open_dir)) != NULL) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(open_dir), entry->d_name, 0);
	}
	closedir(open_dir);
	if (rmdir(dir) != 0 && errno != ENOENT)
		return failed(err, "No writing", dir);
	return TY_OK;
}
