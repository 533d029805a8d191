/*
 * test_supervise.c -- the real tyboo-supervise over real little shell programs.
 *
 * A program writes "instance pid" into the file "starts" and then blocks on a fifo, so that it has
 * no children of its own.  Whatever happens, the kernel ends the supervisor with the test, and the
 * programs with the supervisor.
 */
#define TEST_TIMEOUT_S 40
#include "support/common.h"
#include "support/places.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SUPERVISE  TY_BUILD_DIR "/bin/tyboo-supervise"
#define WAITS	   "exec 3<>fifo\nwhile :; do read -r x <&3; done\n"
#define STARTS_MAX 64

static char dir[32];

struct start {
	int instance;
	pid_t pid;
	int64_t at_ms;
};

static void
fx_setup_dir(void)
{
	char *path;
	FILE *conf;

	fx_setup();
	strcpy(dir, "/tmp/ty-sup.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(mkdir("etc", 0755) | mkfifo("fifo", 0600), 0);
	path = ty_arena_printf(fx.arena, "%s/etc/tyboo.conf", dir);
	conf = fopen(path, "w");
	ck_assert_ptr_nonnull(conf);
	fputs("drain_ms = 0\n", conf);
	fclose(conf);
	setenv("TYBOO_HOME", dir, 1);
	unsetenv("TYBOO_CONF");
}

static void
fx_teardown_dir(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(ty_arena_printf(fx.arena, "rm -rf %s", dir)), 0);
	fx_teardown();
}

/* A program that notes its start, then does 'rest'. */
static const char *
program(const char *name, const char *rest)
{
	const char *path = ty_arena_printf(fx.arena, "%s/%s", dir, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\ncd %s\necho \"$TYBOO_INSTANCE $$ $(date +%%s%%3N)\" >>starts\n%s",
		dir, rest);
	ck_assert_int_eq(fchmod(fileno(file), 0755), 0);
	fclose(file);
	return path;
}

/* The supervisor's output goes to the file "log". */
static pid_t
supervise(const char *path, const char *count)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(99);
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		execl(SUPERVISE, SUPERVISE, path, count, (char *)NULL);
		_exit(99);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

static size_t
starts(struct start out[STARTS_MAX])
{
	FILE *file = fopen("starts", "r");
	size_t n = 0;
	long long at;

	if (file == NULL)
		return 0;
	while (n < STARTS_MAX &&
	       fscanf(file, "%d %d %lld", &out[n].instance, &out[n].pid, &at) == 3)
		out[n++].at_ms = at;
	fclose(file);
	return n;
}

static void
pause_briefly(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

/* Wait until there are 'count' starts; that is how a test waits for anything. */
static void
await_starts(struct start out[STARTS_MAX], size_t count)
{
	int64_t deadline = ty_time_mono_ms() + test_patience_ms(30000);

	while (starts(out) < count) {
		ck_assert_msg(ty_time_mono_ms() < deadline, "no %zu starts", count);
		pause_briefly();
	}
}

static bool
is_alive(pid_t pid)
{
	char state = 'X', *path = ty_arena_printf(fx.arena, "/proc/%d/stat", pid);
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'X';
	fclose(file);
	return state != 'Z' && state != 'X';
}

static void
await_gone(pid_t pid)
{
	int64_t deadline = ty_time_mono_ms() + test_patience_ms(10000);

	while (is_alive(pid)) {
		ck_assert_msg(ty_time_mono_ms() < deadline, "%d lives on", pid);
		pause_briefly();
	}
}

static int
exit_code(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "it was ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static size_t
log_size(void)
{
	struct stat st;

	return stat("log", &st) == 0 ? (size_t)st.st_size : 0;
}

static int
stop(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	return exit_code(pid);
}

START_TEST(each_instance_gets_its_number)
{
	pid_t pid = supervise(program("p", WAITS), "3");
	struct start s[STARTS_MAX];
	unsigned seen = 0;

	await_starts(s, 3);
	for (size_t i = 0; i < 3; i++)
		seen |= 1U << s[i].instance;
	ck_assert_uint_eq(seen, 7);
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(one_that_dies_is_started_again_with_its_number)
{
	pid_t pid = supervise(program("p", WAITS), "2");
	struct start s[STARTS_MAX];

	await_starts(s, 2);
	ck_assert_int_eq(kill(s[1].pid, SIGKILL), 0);
	await_starts(s, 3);
	ck_assert_int_eq(s[2].instance, s[1].instance);
	ck_assert(is_alive(s[0].pid));
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(one_that_dies_at_once_is_started_ever_more_seldom)
{
	pid_t pid = supervise(program("p", "exit 1\n"), "1");
	struct start s[STARTS_MAX];

	await_starts(s, 4);
	/* 250, 500, 1000 ms by the table; the clocks of two processes, so a little less may be seen. */
	ck_assert_int_ge(s[1].at_ms - s[0].at_ms, 240);
	ck_assert_int_ge(s[2].at_ms - s[1].at_ms, 490);
	ck_assert_int_ge(s[3].at_ms - s[2].at_ms, 990);
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(a_second_supervisor_of_the_program_ends_at_once_and_says_nothing)
{
	const char *path = program("p", WAITS);
	pid_t first = supervise(path, "1");
	struct start s[STARTS_MAX];
	size_t said;

	await_starts(s, 1);
	said = log_size();
	ck_assert_int_eq(exit_code(supervise(path, "4")), 0);
	ck_assert_uint_eq(log_size(), said);
	ck_assert_uint_eq(starts(s), 1);
	ck_assert_int_eq(stop(first), 0);
}
END_TEST

START_TEST(another_program_has_a_lock_of_its_own)
{
	pid_t first = supervise(program("p", WAITS), "1"), second;
	struct start s[STARTS_MAX];

	await_starts(s, 1);
	second = supervise(program("q", WAITS), "1");
	await_starts(s, 2);
	ck_assert_int_eq(stop(first), 0);
	ck_assert_int_eq(stop(second), 0);
}
END_TEST

START_TEST(sigterm_lets_the_instances_finish)
{
	pid_t pid =
		supervise(program("p", "trap 'echo done >>finished; exit 0' TERM\n" WAITS), "2");
	struct start s[STARTS_MAX];
	struct stat st;

	await_starts(s, 2);
	ck_assert_int_eq(stop(pid), 0);
	ck_assert_int_eq(stat("finished", &st), 0);
	ck_assert_int_eq((int)st.st_size, 10);
	ck_assert(!is_alive(s[0].pid) && !is_alive(s[1].pid));
	ck_assert_uint_eq(starts(s), 2);
}
END_TEST

/* drain_ms is 0 here; the margin after it is 5 s. */
START_TEST(one_that_ignores_sigterm_is_killed_after_the_grace_time)
{
	pid_t pid = supervise(program("p", "trap '' TERM\n: >deaf\n" WAITS), "1");
	struct start s[STARTS_MAX];
	int64_t asked_ms;

	await_starts(s, 1);
	while (access("deaf", F_OK) != 0)
		pause_briefly();
	asked_ms = ty_time_mono_ms();
	ck_assert_int_eq(stop(pid), 0);
	ck_assert_int_ge(ty_time_mono_ms() - asked_ms, 4900);
	ck_assert(!is_alive(s[0].pid));
}
END_TEST

START_TEST(sighup_restarts_one_after_the_other)
{
	pid_t pid = supervise(program("p", "trap 'exit 0' TERM\n" WAITS), "2");
	struct start s[STARTS_MAX];
	pid_t second;

	await_starts(s, 2);
	second = s[0].instance == 1 ? s[0].pid : s[1].pid;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	await_starts(s, 3);
	ck_assert_int_eq(s[2].instance, 0);
	ck_assert_msg(is_alive(second), "both were stopped at a time");
	await_starts(s, 4);
	ck_assert_int_eq(s[3].instance, 1);
	/* Its turn came only when the first had been up for a while. */
	ck_assert_int_ge(s[3].at_ms - s[2].at_ms, 900);
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

/* The new release cannot start: the roll stops there, and the other instance stays as it is. */
START_TEST(a_roll_onto_a_broken_program_takes_one_instance_only)
{
	pid_t pid =
		supervise(program("p", "[ -e broken ] && exit 1\ntrap 'exit 0' TERM\n" WAITS), "2");
	struct start s[STARTS_MAX];
	pid_t second;

	await_starts(s, 2);
	second = s[0].instance == 1 ? s[0].pid : s[1].pid;
	ck_assert_int_eq(close(open("broken", O_WRONLY | O_CREAT, 0644)), 0);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	await_starts(s, 5);
	ck_assert_int_eq(s[2].instance | s[3].instance | s[4].instance, 0);
	ck_assert(is_alive(second));
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(no_instance_outlives_a_killed_supervisor)
{
	const char *path = program("p", "trap '' TERM HUP INT\n" WAITS);
	pid_t pid = supervise(path, "2");
	struct start s[STARTS_MAX];

	await_starts(s, 2);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	await_gone(s[0].pid);
	await_gone(s[1].pid);
	/* And the lock went with it. */
	pid = supervise(program("p", WAITS), "1");
	await_starts(s, 3);
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

static const struct {
	const char *program, *count;
	int code;
} usage_cases[] = {
	{ "p", "0", 2 },
	{ "p", "257", 2 },
	{ "p", "two", 2 },
	{ "--bogus", "1", 2 },
};

START_TEST(a_wrong_call_is_code_2)
{
	ck_assert_int_eq(exit_code(supervise(usage_cases[_i].program, usage_cases[_i].count)),
			 usage_cases[_i].code);
}
END_TEST

START_TEST(no_configuration_is_code_1)
{
	ck_assert_int_eq(unlink("etc/tyboo.conf"), 0);
	ck_assert_int_eq(exit_code(supervise("p", "1")), 1);
}
END_TEST

START_TEST(a_log_level_that_nobody_knows_is_code_1)
{
	FILE *conf = fopen("etc/tyboo.conf", "a");

	ck_assert_ptr_nonnull(conf);
	fputs("log_level = loud\n", conf);
	fclose(conf);
	ck_assert_int_eq(exit_code(supervise("p", "1")), 1);
}
END_TEST

SUITE_MAIN("supervise", TEST_TIMEOUT_S, fx_setup_dir, fx_teardown_dir, , , {
	TEST(each_instance_gets_its_number);
	TEST(one_that_dies_is_started_again_with_its_number);
	TEST(one_that_dies_at_once_is_started_ever_more_seldom);
	TEST(a_second_supervisor_of_the_program_ends_at_once_and_says_nothing);
	TEST(another_program_has_a_lock_of_its_own);
	TEST(sigterm_lets_the_instances_finish);
	TEST(one_that_ignores_sigterm_is_killed_after_the_grace_time);
	TEST(sighup_restarts_one_after_the_other);
	TEST(a_roll_onto_a_broken_program_takes_one_instance_only);
	TEST(no_instance_outlives_a_killed_supervisor);
	TEST_LOOP(a_wrong_call_is_code_2, usage_cases);
	TEST(no_configuration_is_code_1);
	TEST(a_log_level_that_nobody_knows_is_code_1);
})
