/*
 * main.c -- tyboo-schedule: what it says of itself, and that there is only one here.
 *
 * It holds the lock of its name (conf/lock.h).  Several on several hosts share the work, and nothing is
 * doubled.
 */
#include "scheduler.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/lock.h"
#include "conf/program.h"

#include <unistd.h>

#define PROGRAM "tyboo-schedule"

static const char effect[] =
	"Starts the runs of schedules at their times, and goes on with runs whose wait is over.\n"
	"SIGTERM: finish what is at hand, exit 0.\n";

static enum ty_code
schedule_from(const struct ty_conf *conf, const struct ty_log *log, struct ty_err *err)
{
	struct scheduler *scheduler;
	sigset_t stop;

	if (ty_conf_check_stores(conf, err) != TY_OK)
		return err->code;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (scheduler_new(conf, log, &scheduler, err) != TY_OK)
		return err->code;
	ty_log_info(log, "started", "lane=%s", conf->lane);
	scheduler_main(scheduler, &stop);
	ty_log_info(log, "stopped", "lane=%s", conf->lane);
	scheduler_free(scheduler);
	return TY_OK;
}

static enum ty_code
schedule_alone(struct ty_arena *arena, const struct ty_conf *conf, const struct ty_log *log,
	       struct ty_err *err)
{
	int lock_fd = -1;
	enum ty_code code = ty_lock_take(arena, conf->home, PROGRAM, &lock_fd, err);

	if (code == TY_OK)
		code = schedule_from(conf, log, err);
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
		.run = schedule_alone,
	};

	return ty_program_main(&program, argc, argv);
}
