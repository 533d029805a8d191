/*
 * main.c -- tyboo-run: options, configuration, log, and which instance this is.
 *
 * N instances run side by side (tyboo-supervise tyboo-run N).  Each holds the lock
 * <home>/run/tyboo-run.<i>.lock: number TYBOO_INSTANCE where that is set, else the first
 * that is free.  The kernel gives a lock back however its holder ends.
 */
#include "worker.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM	      "tyboo-run"
#define INSTANCES_MAX 256

enum { EXIT_USAGE = 2, EXIT_LOCKED = 3 };

static void
print_help(struct ty_arena *arena)
{
	printf("Usage: " PROGRAM " [--config FILE]\n"
	       "Leases jobs from the queue, executes their workflows and records the runs.\n"
	       "SIGTERM: take no more, finish what is under way or hand it back, exit 0.\n\n"
	       "  --config FILE  default: $TYBOO_CONF, else <home>/etc/tyboo.conf\n"
	       "  --version\n"
	       "  --help\n\n"
	       "Exit status: 0 drained, 1 cannot run, 2 wrong usage, 3 this instance runs "
	       "already.\n\n"
	       "Settings (key = value; the environment variable TYBOO_<KEY> beats the file):\n%s",
	       ty_conf_help(arena));
}

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

static int
run(struct ty_arena *arena, const char *conf_path)
{
	const struct ty_conf *conf;
	enum ty_log_level level;
	struct ty_err err = { 0 };
	struct ty_log log;
	enum ty_code code;
	int lock_fd = -1;

	ty_log_init(&log, PROGRAM, TY_LOG_INFO);
	code = ty_conf_load(arena, conf_path, &conf, &err);
	if (code == TY_OK && !ty_log_level_parse(conf->log_level, &level))
		code = ty_err_set(&err, TY_E_INVALID, "log_level is \"%s\"", conf->log_level);
	if (code == TY_OK)
		log.level = level;
	if (code == TY_OK)
		code = instance_lock(arena, conf, &lock_fd, &err);
	if (code == TY_OK)
		code = worker_main(conf, &log, &err);
	if (code != TY_OK)
		ty_log_err(&log, TY_LOG_ERROR, "cannot run", &err);
	if (lock_fd >= 0)
		close(lock_fd);
	return code == TY_OK ? EXIT_SUCCESS : code == TY_E_CONFLICT ? EXIT_LOCKED : EXIT_FAILURE;
}

int
main(int argc, char **argv)
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
			print_help(arena);
			status = EXIT_SUCCESS;
		} else if (option == 'v') {
			puts(PROGRAM " " TY_VERSION);
			status = EXIT_SUCCESS;
		} else {
			status = EXIT_USAGE;
		}
	}
	if (status < 0 && optind < argc) {
		fprintf(stderr, PROGRAM ": unexpected argument: %s\n", argv[optind]);
		status = EXIT_USAGE;
	}
	if (status < 0) {
		signal(SIGPIPE, SIG_IGN);
		status = run(arena, conf_path);
	}
	ty_arena_free(arena);
	return status;
}
