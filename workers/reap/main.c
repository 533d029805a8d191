/*
 * main.c -- tyboo-reap: options, configuration, log, and that there is only one here.
 *
 * The lock <home>/run/tyboo-reap.lock is the process's own: the kernel gives it back however
 * it ends.  Several on several hosts are no harm, only more work.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "tyboo-reap"

enum { EXIT_USAGE = 2, EXIT_LOCKED = 3 };

static void
print_help(struct ty_arena *arena)
{
	printf("Usage: " PROGRAM " [--config FILE]\n"
	       "Takes back leases past their deadline, pushes receipts that have no run, writes\n"
	       "receipts that Postgres does not have yet, records dead letters, tidies up.\n"
	       "SIGTERM: finish what is at hand, exit 0.\n\n"
	       "  --config FILE  default: $TYBOO_CONF, else <home>/etc/tyboo.conf\n"
	       "  --version\n"
	       "  --help\n\n"
	       "Exit status: 0 stopped, 1 cannot run, 2 wrong usage, 3 another one runs here.\n\n"
	       "Settings (key = value; the environment variable TYBOO_<KEY> beats the file):\n%s",
	       ty_conf_help(arena));
}

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
		code = lock_take(arena, conf, &lock_fd, &err);
	if (code == TY_OK)
		code = reap_from(conf, &log, &err);
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
