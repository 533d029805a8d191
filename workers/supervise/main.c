/*
 * main.c -- tyboo-supervise PROGRAM N: keeps N instances of PROGRAM running.
 *
 * cron starts it every minute; where another one has PROGRAM in hand it ends at once and says
 * nothing, so that a crontab line is all the supervision of the supervisor there is.
 *
 *	SIGTERM, SIGINT   SIGTERM to the instances, SIGKILL after the grace time, then the end
 *	SIGHUP            restart them one after the other
 *
 * One thread (see crew.h, invariant 2), and no signal handler: signals are blocked and waited for.
 */
#include "crew.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "conf/conf.h"
#include "conf/lock.h"
#include "conf/program.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTANCES_MAX	256  /* more on one host is a mistake in the crontab */
#define GRACE_MARGIN_MS 5000 /* spare time of a program for its end after it has drained */

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char usage[] = "usage: tyboo-supervise PROGRAM N\n"
			    "\n"
			    "Keeps N instances of PROGRAM running, each with TYBOO_INSTANCE=0..N-1 "
			    "in its environment.\n"
			    "Ends at once where another tyboo-supervise has PROGRAM in hand, so "
			    "that a crontab may start it\n"
			    "every minute.  A PROGRAM without a slash is looked for beside "
			    "tyboo-supervise, then in PATH.\n"
			    "SIGTERM stops all, SIGHUP restarts them one after the other.\n"
			    "\n"
			    "Exit code: 0 stopped, or there was nothing to do; 1 it failed; 2 it "
			    "was asked for wrongly.\n";

/* Beside ourselves, so that a crontab need not know PATH. */
static const char *
find_program(struct ty_arena *arena, const char *program)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *beside;

	if (strchr(program, '/') != NULL || len < 0)
		return program;
	self[len] = '\0';
	beside = ty_arena_printf(arena, "%s/%s", dirname(self), program);
	return access(beside, X_OK) == 0 ? beside : program;
}

static void
block_signals(sigset_t *ret_ours, sigset_t *ret_before)
{
	sigemptyset(ret_ours);
	sigaddset(ret_ours, SIGCHLD);
	sigaddset(ret_ours, SIGTERM);
	sigaddset(ret_ours, SIGINT);
	sigaddset(ret_ours, SIGHUP);
	sigprocmask(SIG_BLOCK, ret_ours, ret_before);
	/* An inherited SIG_IGN would have the kernel collect our children before us. */
	signal(SIGCHLD, SIG_DFL);
}

static int
wait_signal(const sigset_t *ours, int64_t wait_ms)
{
	struct timespec timeout = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000 };

	return wait_ms < 0 ? sigwaitinfo(ours, NULL) : sigtimedwait(ours, NULL, &timeout);
}

static void
supervise(struct crew *crew, const sigset_t *ours)
{
	crew_tick(crew, ty_time_mono_ms());
	while (!crew_is_gone(crew)) {
		int sig = wait_signal(ours, crew_wait_ms(crew, ty_time_mono_ms()));
		int64_t now_ms = ty_time_mono_ms();

		if ((sig == SIGTERM || sig == SIGINT) && !crew->is_stopping) {
			ty_log_info(crew->log, "stopping", "grace_ms=%lld",
				    (long long)crew->grace_ms);
			crew_stop(crew, now_ms);
		} else if (sig == SIGHUP && !crew->is_stopping) {
			ty_log_info(crew->log, "restarting one by one", "instances=%zu",
				    crew->count);
			crew_roll(crew);
		}
		/* Reap also without SIGCHLD, because several deaths may come as one signal. */
		crew_reap(crew, now_ms);
		crew_tick(crew, now_ms);
	}
}

static enum ty_code
run(struct ty_arena *arena, const char *program, size_t count, struct ty_err *err)
{
	const char *name = basename(ty_arena_strdup(arena, program));
	const struct ty_conf *conf;
	struct ty_log base, log;
	sigset_t ours, before;
	enum ty_code code;
	struct crew crew;
	int lock_fd;

	if (ty_conf_load(arena, NULL, &conf, err) != TY_OK ||
	    ty_program_log(conf, "tyboo-supervise", &base, err) != TY_OK)
		return err->code;
	code = ty_lock_take(arena, conf->home, ty_arena_printf(arena, "tyboo-supervise.%s", name),
			    &lock_fd, err);
	/* Another supervisor has the program in hand, which cron finds nearly every minute. */
	if (code == TY_E_CONFLICT)
		return TY_OK;
	if (code != TY_OK)
		return code;
	log = ty_log_with(&base, "program=%s", name);
	block_signals(&ours, &before);
	crew_init(&crew, &log, find_program(arena, program),
		  ty_arena_alloc_array(arena, count, sizeof(struct member)), count,
		  conf->drain_ms + GRACE_MARGIN_MS, &before);
	supervise(&crew, &ours);
	ty_log_info(&log, "all have stopped", "instances=%zu", count);
	close(lock_fd);
	return TY_OK;
}

int
main(int argc, char **argv)
{
	struct ty_arena *arena = ty_arena_new(NULL, "supervise", 0);
	struct ty_err err;
	int64_t count = 0;
	int code = EXIT_DONE;

	ty_err_clear(&err);
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
	} else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("tyboo-supervise %s\n", TY_VERSION);
	} else if (argc != 3 || argv[1][0] == '-' ||
		   !ty_str_parse_i64(argv[2], 1, INSTANCES_MAX, &count)) {
		fputs(usage, stderr);
		code = EXIT_USAGE;
	} else if (run(arena, argv[1], (size_t)count, &err) != TY_OK) {
		fprintf(stderr, "tyboo-supervise: %s\n%s%s%s", err.msg,
			err.hint[0] != '\0' ? "  what to do: " : "", err.hint,
			err.hint[0] != '\0' ? "\n" : "");
		code = EXIT_FAILED;
	}
	ty_arena_free(arena);
	return code;
}
