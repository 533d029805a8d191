/*
 * main.c -- tyboo-reap: what it says of itself, and that there is only one here.
 *
 * It holds the lock of its name (conf/lock.h).  Several on several hosts are no harm, only more
 * work.
 */
#include "reap.h"

#include "conf/program.h"

static const char effect[] =
	"Takes back leases past their deadline, pushes receipts that have no run, writes\n"
	"receipts that Postgres does not have yet, records dead letters, tidies up.\n"
	"SIGTERM: finish what is at hand, exit 0.\n";

static enum ty_code
reap_run(struct ty_arena *arena, const struct ty_conf *conf, const struct ty_log *log,
	 struct ty_err *err)
{
	struct reap *reap;
	sigset_t stop;

	if (ty_conf_check_stores(conf, err) != TY_OK)
		return err->code;
	ty_program_block_stop(&stop);
	reap = reap_new(conf, log);
	ty_log_info(log, "started", "lane=%s", conf->lane);
	reap_main(reap, &stop);
	ty_log_info(log, "stopped", "lane=%s", conf->lane);
	reap_free(reap);
	return TY_OK;
}

int
main(int argc, char **argv)
{
	static const struct ty_program program = {
		.name = "tyboo-reap",
		.effect = effect,
		.when_done = "stopped",
		.in_conflict = "another one runs here",
		.is_alone = true,
		.run = reap_run,
	};

	return ty_program_main(&program, argc, argv);
}
