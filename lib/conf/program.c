/*
 * program.c -- the common part of a program's main: see program.h.
 */
#include "conf/program.h"
#include "base/arena.h"
#include "base/crash.h"
#include "base/err.h"
#include "conf/lock.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void
print_help(struct ty_arena *arena, const struct ty_program *program)
{
	printf("Usage: %s [--config FILE]\n"
	       "%s\n"
	       "  --config FILE  default: $TYBOO_CONF, else <home>/etc/tyboo.conf\n"
	       "  --version\n"
	       "  --help\n\n"
	       "Exit status: 0 %s, 1 cannot run, 2 wrong usage, 3 %s.\n\n"
	       "Settings (key = value; the environment variable TYBOO_<KEY> beats the file):\n%s",
	       program->name, program->effect, program->when_done, program->in_conflict,
	       ty_conf_help(arena));
}

void
ty_program_leave_no_core(void)
{
	/* 1, because Linux pipes a core to core_pattern's program under any other limit, 0 too. */
	const struct rlimit none = { .rlim_cur = 1, .rlim_max = 1 };

	(void)setrlimit(RLIMIT_CORE, &none); /* fails where it is 0 and may not be raised */
}

enum ty_code
ty_program_log(const struct ty_conf *conf, const char *name, struct ty_log *ret_log,
	       struct ty_err *err)
{
	enum ty_log_level level;

	if (!ty_log_level_parse(conf->log_level, &level)) {
		ty_err_set(err, TY_E_INVALID, "log_level is \"%s\"", conf->log_level);
		ty_err_hint(err, "debug, info, warn or error");
		return err->code;
	}
	ty_log_init(ret_log, name, level);
	return TY_OK;
}

void
ty_program_block_stop(sigset_t *ret_stop)
{
	sigemptyset(ret_stop);
	sigaddset(ret_stop, SIGTERM);
	sigaddset(ret_stop, SIGINT);
	sigprocmask(SIG_BLOCK, ret_stop, NULL);
}

static enum ty_code
run_alone(struct ty_arena *arena, const struct ty_program *program, const struct ty_conf *conf,
	  const struct ty_log *log, struct ty_err *err)
{
	int lock_fd = -1;
	enum ty_code code = ty_lock_take(arena, conf->home, program->name, &lock_fd, err);

	if (code == TY_OK)
		code = program->run(arena, conf, log, err);
	if (lock_fd >= 0)
		close(lock_fd);
	return code;
}

static int
run(struct ty_arena *arena, const struct ty_program *program, const char *conf_path)
{
	const struct ty_conf *conf;
	struct ty_err err = { TY_OK };
	struct ty_log log;
	enum ty_code code;

	/* Logs errors of the configuration itself. */
	ty_log_init(&log, program->name, TY_LOG_INFO);
	code = ty_conf_load(arena, conf_path, &conf, &err);
	if (code == TY_OK)
		code = ty_program_log(conf, program->name, &log, &err);
	if (code == TY_OK && ty_crash_begin(conf->home, program->name, TY_VERSION, &err) != TY_OK) {
		ty_log_err(&log, TY_LOG_WARN, "a crash would leave no report", &err);
		ty_err_clear(&err);
	}
	if (code == TY_OK)
		code = program->is_alone ? run_alone(arena, program, conf, &log, &err)
					 : program->run(arena, conf, &log, &err);
	ty_crash_end();
	if (code == TY_OK)
		return TY_PROGRAM_DONE;
	ty_log_err(&log, TY_LOG_ERROR, "cannot run", &err);
	return code == TY_E_CONFLICT ? TY_PROGRAM_CONFLICT : TY_PROGRAM_FAILED;
}

int
ty_program_main(const struct ty_program *program, int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'v' },
						 { NULL, 0, NULL, 0 } };
	struct ty_arena *arena = ty_arena_new(NULL, "main", 0);
	const char *conf_path = NULL;
	int option, status = -1;

	while (status < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c') {
			conf_path = optarg;
		} else if (option == 'h') {
			print_help(arena, program);
			status = TY_PROGRAM_DONE;
		} else if (option == 'v') {
			printf("%s " TY_VERSION "\n", program->name);
			status = TY_PROGRAM_DONE;
		} else {
			status = TY_PROGRAM_USAGE;
		}
	}
	if (status < 0 && optind < argc) {
		fprintf(stderr, "%s: unexpected argument: %s\n", program->name, argv[optind]);
		status = TY_PROGRAM_USAGE;
	}
	if (status < 0) {
		signal(SIGPIPE, SIG_IGN);
		ty_program_leave_no_core();
		status = run(arena, program, conf_path);
	}
	ty_arena_free(arena);
	return status;
}
