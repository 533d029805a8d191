/*
 * main.c -- tyboo-run: what it says of itself, and which instance this is.
 *
 * N instances run side by side (tyboo-supervise tyboo-run N).  Each holds the lock
 * <home>/run/tyboo-run.<i>.lock: number TYBOO_INSTANCE where that is set, else the first
 * that is free.  The kernel gives a lock back however its holder ends.
 */
#include "worker.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM	      "tyboo-run"
#define INSTANCES_MAX 256

static const char effect[] =
	"Leases jobs from the queue, executes their workflows and records the runs.\n"
	"SIGTERM: take no more, finish what is under way or hand it back, exit 0.\n";

/* A file descriptor that holds the lock; -1 with errno EWOULDBLOCK where another has it. */
static int
lock_take(struct ty_arena *arena, const struct ty_conf *conf, int64_t instance)
{
	const char *path = ty_arena_printf(arena, "%s/run/" PROGRAM ".%lld.lock", conf->home,
					   (long long)instance);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		errno = EWOULDBLOCK;
		return -1;
	}
	/* For people who look; the lock is what counts. */
	if (ftruncate(fd, 0) != 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
		close(fd);
		errno = EIO;
		return -1;
	}
	return fd;
}

/* Errors: TY_E_CONFLICT (it runs already), TY_E_INVALID. */
static enum ty_code
instance_lock(struct ty_arena *arena, const struct ty_conf *conf, int *ret_fd, struct ty_err *err)
{
	const char *named = getenv("TYBOO_INSTANCE");
	int64_t first = 0, last = INSTANCES_MAX - 1;
	int fd = -1;

	if (named != NULL && !ty_str_parse_i64(named, 0, INT32_MAX, &first))
		return ty_err_set(err, TY_E_INVALID, "TYBOO_INSTANCE is \"%s\", not a number",
				  named);
	if (named != NULL)
		last = first;
	if (mkdir(ty_arena_printf(arena, "%s/run", conf->home), 0755) != 0 && errno != EEXIST)
		return ty_err_set(err, TY_E_INVALID, "%s/run: %s", conf->home, strerror(errno));
	for (int64_t i = first; i <= last; i++) {
		fd = lock_take(arena, conf, i);
		if (fd >= 0 || errno != EWOULDBLOCK)
			break;
	}
	if (fd < 0 && errno == EWOULDBLOCK)
		return ty_err_set(err, TY_E_CONFLICT, PROGRAM " runs already as this instance");
	if (fd < 0)
		return ty_err_set(err, TY_E_INVALID, "%s/run/" PROGRAM ".*.lock: %s", conf->home,
				  strerror(errno));
	*ret_fd = fd;
	return TY_OK;
}

static enum ty_code
run_instance(struct ty_arena *arena, const struct ty_conf *conf, const struct ty_log *log,
	     struct ty_err *err)
{
	int lock_fd = -1;
	enum ty_code code = instance_lock(arena, conf, &lock_fd, err);

	if (code == TY_OK)
		code = worker_main(conf, log, err);
	if (lock_fd >= 0)
		close(lock_fd);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct ty_program program = {
		.name = PROGRAM,
		.effect = effect,
		.when_done = "drained",
		.in_conflict = "this instance runs already",
		.run = run_instance,
	};

	return ty_program_main(&program, argc, argv);
}
