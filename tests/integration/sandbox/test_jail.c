/*
 * The jail's ends, its command line, and its inside: a probe in the same jail that tries what is
 * forbidden, one thing after the other.  (What is seen of it from outside: test_alive.c.)
 */
#include "base/str.h"
#include "integration/sandbox/fixture.h"
#include "integration/sandbox/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define PROBE TY_BUILD_DIR "/tests/sandbox-probe"

START_TEST(it_ends_when_its_parent_hangs_up)
{
	int status;

	start_box();
	close(box.fd);
	ck_assert_int_eq(waitpid(box.pid, &status, 0), box.pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	box.pid = 0;
}
END_TEST

/* Clock ticks of CPU that a process has used by itself. */
static long
cpu_ticks(pid_t pid)
{
	size_t len;
	const char *text = proc_read(pid, "stat", &len);
	long ticks = -1;

	ck_assert_int_eq(sscanf(strrchr(text, ')'),
				") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld", &ticks),
			 1);
	return ticks;
}

static void
await_busy(pid_t pid)
{
	const long enough = cpu_ticks(pid) + 5; /* far more than a request takes to arrive */
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(30000);

	while (cpu_ticks(pid) < enough) {
		ck_assert_msg(ty_time_mono_ms() < give_up_ms, "the script does not begin");
		poll(NULL, 0, 5);
	}
}

/* The parent dies by kill -9 with a script running: the sandbox does not outlive it. */
START_TEST(it_dies_with_its_parent)
{
	int fds[2], status;
	pid_t helper, sandbox = 0;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(fds), 0);
	helper = fork();
	if (helper == 0) {
		json_t *answer;

		start_box();
		if (write(fds[1], &box.pid, sizeof(box.pid)) < 0)
			_exit(1);
		(void)box_ask(box_code("code_all", "for (;;);", ONE), 60000, &answer);
		_exit(1);
	}
	ck_assert_int_eq((int)read(fds[0], &sandbox, sizeof(sandbox)), (int)sizeof(sandbox));
	/* Busy: before the script has begun, the sandbox would only see that its parent hung up. */
	await_busy(sandbox);
	kill(helper, SIGKILL);
	ck_assert_int_eq(waitpid(helper, &status, 0), helper);
	ck_assert_int_eq(waitpid(sandbox, &status, 0), sandbox);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* the probe ----------------------------------------------------------------------- */

static int
probe(const char *name)
{
	char *const argv[] = { (char *)PROBE, (char *)name,
			       (char *)(geteuid() == 0 ? "nobody" : ""), NULL };
	char *const environment[] = { (char *)"TYBOO_SECRET=sesame", NULL };
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork();
	if (pid == 0) {
		int file = open(PROBE, O_RDONLY | O_CLOEXEC);

		dup2(fds[1], STDIN_FILENO);
		dup2(file, STDOUT_FILENO);
		dup2(file, PROBE_EXTRA_FD);
		execve(PROBE, argv, environment);
		_exit(99);
	}
	close(fds[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	return status;
}

START_TEST(the_probe_itself_lives_in_the_jail)
{
	int status = probe("nothing");

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == DONE, "%x", (unsigned)status);
}
END_TEST

START_TEST(every_forbidden_thing_is_refused_or_fatal)
{
	FILE *list = popen(PROBE " list", "re");
	char line[64], name[64];
	int count = 0, end;

	ck_assert_ptr_nonnull(list);
	while (fgets(line, sizeof(line), list) != NULL) {
		int status;

		ck_assert_int_eq(sscanf(line, "%63s %d", name, &end), 2);
		status = probe(name);
		ck_assert_msg(end == KILLED ? WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS
					    : WIFEXITED(status) && WEXITSTATUS(status) == end,
			      "%s was possible, or ended oddly: status %x", name, (unsigned)status);
		count++;
	}
	ck_assert_int_eq(pclose(list), 0);
	ck_assert_int_ge(count, 50);
}
END_TEST

/* Before the jail, and without a parent: people ask this. */
static const struct {
	const char *words;
	int status;
	const char *out, *err; /* how each begins */
} command_lines[] = {
	{ "--help", 0, "usage: tyboo-sandbox ", "" },
	{ "--version", 0, "tyboo-sandbox " TY_VERSION "\n", "" },
	{ "--share / --help", 0, "usage: tyboo-sandbox ", "" },
	{ "--no-such-option", 2, "", "" },
	{ "--memory 0", 2, "", "usage: tyboo-sandbox " },
};

static const char *
output_of(const char *words, const char *redirected, int *ret_status)
{
	const size_t max = 4096;
	char *text = ty_arena_alloc(fx.arena, max);
	FILE *f = popen(
		ty_arena_printf(fx.arena, "%s %s </dev/null %s", box_conf.path, words, redirected),
		"r");
	int status;

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, max - 1, f)] = '\0';
	status = pclose(f);
	ck_assert(WIFEXITED(status));
	*ret_status = WEXITSTATUS(status);
	return text;
}

START_TEST(each_command_line_says_this_and_ends_in_this_status)
{
	int status;
	const char *out = output_of(command_lines[_i].words, "2>/dev/null", &status);
	const char *err = output_of(command_lines[_i].words, "2>&1 >/dev/null", &status);

	ck_assert_int_eq(status, command_lines[_i].status);
	ck_assert_msg(ty_str_has_prefix(out, command_lines[_i].out), "%s", out);
	ck_assert_msg(ty_str_has_prefix(err, command_lines[_i].err), "%s", err);
	/* One of the two, never both and never neither. */
	ck_assert_int_ne(out[0] == '\0', err[0] == '\0');
}
END_TEST

BOX_TEST_MAIN("sandbox.jail", {
	TEST(it_ends_when_its_parent_hangs_up);
	TEST(it_dies_with_its_parent);
	TEST(the_probe_itself_lives_in_the_jail);
	TEST(every_forbidden_thing_is_refused_or_fatal);
	TEST_LOOP(each_command_line_says_this_and_ends_in_this_status, command_lines);
})
