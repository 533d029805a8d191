/*
 * main.c -- tyboo-run: what it says of itself, and which instance this is.
 *
 * N instances run side by side (tyboo-supervise tyboo-run N).  Each holds the lock
 * of tyboo-run.<i> (conf/lock.h): number TYBOO_INSTANCE where that is set, else the first that
 * is free.
 */
#include "worker.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/lock.h"
#include "conf/program.h"

#include <stdlib.h>
#include <unistd.h>

#define PROGRAM	      "tyboo-run"
#define INSTANCES_MAX 256

static const char effect[] =
	"Leases jobs from the queue, executes their workflows and records the runs.\n"
	"SIGTERM: take no more, finish what is under way or hand it back, exit 0.\n";

/* Errors: those of ty_lock_take; TY_E_CONFLICT also where every number is taken. */
static enum ty_code
instance_lock(struct ty_arena *arena, const struct ty_conf *conf, int *ret_fd, struct ty_err *err)
{
	const char *named = getenv("TYBOO_INSTANCE");
	int64_t first = 0, last = INSTANCES_MAX - 1;
	enum ty_code code = TY_E_CONFLICT;

	if (named != NULL && !ty_str_parse_i64(named, 0, INT32_MAX, &first))
		return ty_err_set(err, TY_E_INVALID, "TYBOO_INSTANCE is \"%s\", not a number",
				  named);
	if (named != NULL)
		last = first;
	for (int64_t i = first; i <= last && code == TY_E_CONFLICT; i++)
		code = ty_lock_take(arena, conf->home,
				    ty_arena_printf(arena, PROGRAM ".%lld", (long long)i), ret_fd,
				    err);
	return code;
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
