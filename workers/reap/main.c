/*
 * main.c -- tyboo-reap: what it says of itself, and that there is only one here.
 *
 * It holds the lock of its name (conf/lock.h).  Several on several hosts are no harm, only more
 * work.
 */
#include "reap.h"

#include "base/arena.h"
#include "conf/lock.h"
#include "conf/program.h"

#include <unistd.h>

#define PROGRAM "tyboo-reap"

static const char effect[] =
	"Takes back leases past their deadline, pushes receipts that have no run, writes\n"
	"receipts that Postgres does not have yet, records dead letters, tidies up.\n"
	"SIGTERM: finish what is at hand, exit 0.\n";

static enum ty_code
reap_from(const struct ty_conf *conf, const struct ty_log *log, struct ty_err *err)
{
	struct reap *reap;
	sigset_t stop;

	if (ty_conf_check_stores(conf, err) != TY_OK)
		return err->code;
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
	enum ty_code code = ty_lock_take(arena, conf->home, PROGRAM, &lock_fd, err);

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
