/*
 * A program of cron's (PROGRAM_NAME: tyboo-reap, tyboo-schedule) itself: its one instance, its end, its exit codes.  Its stores are away, which it
 * must survive.
 */
#include "base/time.h"
#include "support/common.h"
#include "support/places.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM TY_BUILD_DIR "/bin/" PROGRAM_NAME

static char home[64];

static void
setup(void)
{
	FILE *file;

	fx_setup();
	strcpy(home, "/tmp/tyr.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	file = fopen(ty_arena_printf(fx.arena, "%s/conf", home), "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"home = %s\ndatabase_url = host=%s dbname=x\nredis_url = unix:%s/redis\nreap_ms = "
		"50\n",
		home, home, home);
	fclose(file);
}

static void
teardown(void)
{
	ck_assert_int_eq(system(ty_arena_printf(fx.arena, "rm -r '%s'", home)), 0);
	fx_teardown();
}

static pid_t
spawn(const char *option, const char *value)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl(PROGRAM, PROGRAM, option, value, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int
exit_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "it ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* The lock file names it once it holds the lock. */
static void
await_lock(pid_t pid)
{
	const char *path = ty_arena_printf(fx.arena, "%s/run/" PROGRAM_NAME ".lock", home);
	int64_t until = ty_time_mono_ms() + test_patience_ms(10000);
	int named = 0;

	while (named != (int)pid) {
		FILE *file = fopen(path, "r");

		ck_assert_msg(ty_time_mono_ms() < until, "%s does not name it", path);
		if (file != NULL) {
			if (fscanf(file, "%d", &named) != 1)
				named = 0;
			fclose(file);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
}

static const int stop_signals[] = { SIGTERM, SIGINT };

START_TEST(it_runs_with_its_stores_away_and_a_signal_ends_it_well)
{
	pid_t pid = spawn("--config", ty_arena_printf(fx.arena, "%s/conf", home));

	await_lock(pid);
	ck_assert_int_eq(kill(pid, stop_signals[_i]), 0);
	ck_assert_int_eq(exit_of(pid), 0);
}
END_TEST

START_TEST(a_second_one_does_not_start)
{
	const char *conf = ty_arena_printf(fx.arena, "%s/conf", home);
	pid_t first = spawn("--config", conf);

	await_lock(first);
	ck_assert_int_eq(exit_of(spawn("--config", conf)), 3);
	ck_assert_int_eq(kill(first, SIGTERM), 0);
	ck_assert_int_eq(exit_of(first), 0);
}
END_TEST

static const struct {
	const char *option, *value;
	int status;
} exits[] = {
	{ "--help", NULL, 0 },
	{ "--version", NULL, 0 },
	{ "--config", "/nowhere/tyboo.conf", 1 },
	{ "--no-such-option", NULL, 2 },
	{ "argument", NULL, 2 },
};

START_TEST(each_command_line_ends_in_this_status)
{
	ck_assert_int_eq(exit_of(spawn(exits[_i].option, exits[_i].value)), exits[_i].status);
}
END_TEST

SUITE_MAIN(PROGRAM_NAME, 30, setup, teardown, , , {
	TEST_LOOP(it_runs_with_its_stores_away_and_a_signal_ends_it_well, stop_signals);
	TEST(a_second_one_does_not_start);
	TEST_LOOP(each_command_line_ends_in_this_status, exits);
})
