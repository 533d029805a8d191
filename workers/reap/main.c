/*
 * main.c -- tyboo-reap: what it says of itself, and that there is only one here.
 *
 * The lock <home>/run/tyboo-reap.lock is the process's own: the kernel gives it back however
 * it ends.  Several on several hosts are no harm, only more work.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "tyboo-reap"

static const char effect[] =
	"Takes back leases past their deadline, pushes receipts that have no run, writes\n"
	"receipts that Postgres does not have yet, records dead letters, tidies up.\n"
	"SIGTERM: finish what is at hand, exit 0.\n";

/* Errors: TY_E_CONFLICT (another one runs), TY_E_INVALID. */
static enum ty_code
lock_take(struct ty_arena *arena, const struct ty_conf *conf, int *ret_fd, struct ty_err *err)
{
	const char *dir = ty_arena_printf(arena, "%s/run", conf->home);
	const char *path = ty_arena_printf(arena, "%s/" PROGRAM ".lock", dir);
	int fd;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return ty_err_set(err, TY_E_INVALID, "%s: %s", dir, strerror(errno));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return ty_err_set(err, TY_E_INVALID, "%s: %s", path, strerror(errno));
	*ret_fd = fd;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return ty_err_set(err, TY_E_CONFLICT, PROGRAM " runs already: %s is locked", path);
	/* For people who look; the lock is what counts. */
	if (ftruncate(fd, 0) != 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		return ty_err_set(err, TY_E_INVALID, "%s: %s", path, strerror(errno));
	return TY_OK;
}

static enum ty_code
reap_from(const struct ty_conf *conf, const struct ty_log *log, struct ty_err *err)
{
	struct reap *reap;
	sigset_t stop;

	if (ty_str_is_blank(conf->database_url) || ty_str_is_blank(conf->redis_url))
		return ty_err_set(err, TY_E_INVALID, "database_url and redis_url must be set");
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	reap = reap_new(conf, log);
	ty_log_info(log, "started", "lane=%s", conf->lane);
	reap_main(reap, &stop);
	ty_log_info(log, "stopped", "lane=%s", conf->lane);
	reap_free(reap);
	return TY_OK;
}

static enum ty_code
reap_alone(struct ty_arena *arena, const struct ty_conf *conf, const struct ty_log *log,
	   struct ty_err *err)
{
	int lock_fd = -1;
	enum ty_code code = lock_take(arena, conf, &lock_fd, err);

	if (code == TY_OK)
		code = reap_from(conf, log, err);
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
		.when_done = "stopped",
		.in_conflict = "another one runs here",
		.run = reap_alone,
	};

	return ty_program_main(&program, argc, argv);
}
