/*
 * program.h -- what the mains of the long-lived programs share: options, configuration, log.
 *
 * A worker says in a struct ty_program what it is called and what it does; its main is
 *
 *	return ty_program_main(&program, argc, argv);
 *
 * The process's arena and its log live as long as that call, and are ty_program_main's.
 */
#ifndef TY_CONF_PROGRAM_H
#define TY_CONF_PROGRAM_H

#include "conf/conf.h"
#include "log/log.h"

#include <signal.h>

/* The exit status that ty_program_main returns. */
enum {
	TY_PROGRAM_DONE = 0,
	TY_PROGRAM_FAILED = 1,	/* no usable configuration, or what 'run' failed with */
	TY_PROGRAM_USAGE = 2,	/* the command line is wrong */
	TY_PROGRAM_CONFLICT = 3 /* 'run' gave TY_E_CONFLICT: another one has this work in hand */
};

struct ty_program {
	const char *name;	 /* "tyboo-run": in --version, messages and the log */
	const char *effect;	 /* whole lines of --help: the program's effect */
	const char *when_done;	 /* meaning of exit status 0: "drained" */
	const char *in_conflict; /* meaning of exit status 3: "this instance runs already" */
	bool is_alone; /* 'run' is called under the lock of 'name' (conf/lock.h), else not at all */
	/*
	 * The program's work, until its end.  All is borrowed for the call; 'arena' is the
	 * process's.  What it fails with is logged by the caller.
	 */
	enum ty_code (*run)(struct ty_arena *arena, const struct ty_conf *conf,
			    const struct ty_log *log, struct ty_err *err);
};

/*
 * Do what the command line says: --help and --version print to stdout; else load the file of
 * --config (as ty_conf_load finds it) and call 'run', with SIGPIPE ignored.  Mistakes of the
 * command line are told on stderr, every other error is logged.  Once a process (getopt).
 */
int ty_program_main(const struct ty_program *program, int argc, char **argv) TY_MUST_CHECK;

/*
 * Leave no core, because a process that opens secrets has them in its memory.  For mains that do
 * not go through ty_program_main, which does it.
 */
void ty_program_leave_no_core(void);

/* Block SIGTERM and SIGINT, which *ret_stop then names, for a main that takes them where it waits. */
void ty_program_block_stop(sigset_t *ret_stop);

/*
 * A log of 'name' (static) at the level that 'conf' names.
 * Errors: TY_E_INVALID (no such level).
 */
enum ty_code ty_program_log(const struct ty_conf *conf, const char *name, struct ty_log *ret_log,
			    struct ty_err *err) TY_MUST_CHECK;

#endif
