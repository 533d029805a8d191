/*
 * test_crash.c -- what a process leaves behind that dies of a signal.
 *
 * Each process is a child of the test's.  Under a sanitizer its own report comes on stderr after ours.
 */
#include "base/crash.h"
#include "support/common.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[64];

static void
begin(void)
{
	ck_assert_int_eq(ty_crash_begin(home, "tyboo-test", "1.2.3", &fx.err), TY_OK);
}

static const char *
report_path(pid_t pid)
{
	return ty_arena_printf(fx.arena, "%s/" TY_CRASH_FOLDER "/tyboo-test.%d", home, (int)pid);
}

static char text[16384];

static const char *
report(pid_t pid)
{
	int fd = open(report_path(pid), O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return NULL;
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0); /* its process is gone */
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void
die_of(int number)
{
	static struct ty_crash_run at = { .node = "call it" }, held = { .node = "other" };
	/* Not NULL, which a sanitizer would find before the processor does. */
	volatile uintptr_t nowhere = 16;

	begin();
	memcpy(at.run.s, "01890000-0000-7000-8000-000000000001", 37);
	memcpy(held.run.s, "01890000-0000-7000-8000-000000000002", 37);
	ty_crash_run_open(&at);
	ty_crash_run_open(&held);
	(void)ty_crash_run_at(&at);
	if (number == 0)
		*(volatile int *)nowhere = 1;
	else if (number == SIGABRT)
		abort();
	else
		kill(getpid(), number);
	pause();
}

static const struct {
	int number; /* 0: a fault of its own */
	const char *name;
} deaths[] = {
	{ 0, "signal 11 SIGSEGV" },	 { SIGSEGV, "signal 11 SIGSEGV" },
	{ SIGABRT, "signal 6 SIGABRT" }, { SIGBUS, "signal 7 SIGBUS" },
	{ SIGFPE, "signal 8 SIGFPE" },	 { SIGILL, "signal 4 SIGILL" },
};

START_TEST(a_process_that_dies_says_of_what_where_and_with_which_runs)
{
	struct stat st;
	const char *r;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		die_of(deaths[_i].number);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(!WIFEXITED(status) ||
		  WEXITSTATUS(status) != 0); /* by the signal, or a sanitizer's end */
	ck_assert_int_eq(stat(report_path(pid), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	r = report(pid);
	ck_assert_ptr_nonnull(strstr(r, "program tyboo-test\nversion 1.2.3\n"));
	ck_assert_ptr_nonnull(strstr(r, deaths[_i].name));
	ck_assert_ptr_nonnull(strstr(r, "\nframe tyboo-test+0x"));
	ck_assert_ptr_nonnull(strstr(r, "\nat 01890000-0000-7000-8000-000000000001   call?it\n"));
	ck_assert_ptr_nonnull(strstr(r, "\nheld 01890000-0000-7000-8000-000000000002   other\n"));
	ck_assert_str_eq(r + strlen(r) - 4, "end\n");
}
END_TEST

START_TEST(a_process_that_ends_well_leaves_nothing)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		begin();
		ty_crash_end();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_ptr_null(report(pid));
}
END_TEST

static void
crash_setup(void)
{
	fx_setup();
	strcpy(home, "/tmp/tyboo-crash-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
}

static void
crash_teardown(void)
{
	ck_assert_int_eq(system(ty_arena_printf(fx.arena, "rm -rf '%s'", home)), 0);
	fx_teardown();
}

SUITE_MAIN("base/crash", 60, crash_setup, crash_teardown, , , {
	tcase_add_loop_test(tc, a_process_that_dies_says_of_what_where_and_with_which_runs, 0,
			    TY_ARRAY_COUNT(deaths));
	TEST(a_process_that_ends_well_leaves_nothing);
})
