/*
 * main.c -- tyboo-schedule: what it says of itself, and that there is only one here.
 *
 * It holds the lock of its name (conf/lock.h).  Several on several hosts share the work, and nothing is
 * doubled.
 */
#include "scheduler.h"

#include "conf/conf.h"
#include "conf/program.h"

static const char effect[] =
	"Starts the runs of schedules at their times, and goes on with runs whose wait is over.\n"
	"SIGTERM: finish what is at hand, exit 0.\n";

static enum ty_code
schedule_run(struct ty_arena *arena, const struct ty_conf *conf, const struct ty_log *log,
	     struct ty_err *err)
{
	struct scheduler *scheduler;
	sigset_t stop;

	if (ty_conf_check_stores(conf, err) != TY_OK)
		return err->code;
	ty_program_block_stop(&stop);
	if (scheduler_new(conf, log, &scheduler, err) != TY_OK)
		return err->code;
	ty_log_info(log, "started", "lane=%s", conf->lane);
	scheduler_main(scheduler, &stop);
	ty_log_info(log, "stopped", "lane=%s", conf->lane);
	scheduler_free(scheduler);
	return TY_OK;
}

int
main(int argc, char **argv)
{
	static const struct ty_program program = {
		.name = "tyboo-schedule",
		.effect = effect,
		.when_done = "stopped",
		.in_conflict = "another one runs here",
		.is_alone = true,
		.run = schedule_run,
	};

	return ty_program_main(&program, argc, argv);
}
