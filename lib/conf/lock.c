/*
 * lock.c -- see lock.h.
 */
#include "conf/lock.h"
#include "base/arena.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ty_code
unusable(const char *path, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "%s: %s", path, strerror(errno));
	return ty_err_hint(err, "Is the setting \"home\" right, and may this user write there?");
}

static enum ty_code
lock_fd(int fd, const char *path, const char *name, struct ty_err *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK
			       ? ty_err_set(err, TY_E_CONFLICT, "%s runs already: %s is locked",
					    name, path)
			       : unusable(path, err);
	/* Write the pid only under the lock, so that a reader who signals it can trust it. */
	if (ftruncate(fd, 0) != 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		return unusable(path, err);
	return TY_OK;
}

enum ty_code
ty_lock_take(struct ty_arena *arena, const char *home, const char *name, int *ret_fd,
	     struct ty_err *err)
{
	const char *dir = ty_arena_printf(arena, "%s/run", home);
	const char *path = ty_arena_printf(arena, "%s/%s.lock", dir, name);
	int fd;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return unusable(dir, err);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return unusable(path, err);
	if (lock_fd(fd, path, name, err) != TY_OK) {
		close(fd);
		return err->code;
	}
	*ret_fd = fd;
	return TY_OK;
}
