/*
 * The jail's ends, its command line, and its inside: a probe in the same jail that tries what is
 * forbidden, one thing after the other.  (What is seen of it from outside: test_alive.c.)
 */
#include "base/str.h"
#include "integration/sandbox/fixture.h"
#include "integration/sandbox/probe.h"
#include "support/places.h"

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

/*
 * The parent dies by kill -9 with a script running: no process outlives it, whether it started
 * them as programs or a warm parent between them did.
 */
static void (*const starts[])(void) = { start_box, bear_box };

struct family {
	pid_t box, zygote; /* zygote: 0 where there is none */
};

static _Noreturn void
be_parent(void (*start)(void), int to)
{
	struct family family;
	json_t *answer;

	start();
	family = (struct family){ box.pid, box_zygote.pid };
	if (write(to, &family, sizeof(family)) < 0)
		_exit(1);
	(void)box_ask(box_code("code_all", "for (;;);", ONE), 60000, &answer);
	_exit(1);
}

static void
died_by_sigkill(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* A warm parent that idles may see its closed socket before the signal, and leave by itself. */
static void
died_with_its_parent(pid_t zygote)
{
	int status;

	ck_assert_int_eq(waitpid(zygote, &status, 0), zygote);
	ck_assert((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
		  (WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

START_TEST(it_dies_with_its_parent)
{
	struct family family = { 0, 0 };
	int fds[2];
	pid_t helper;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(fds), 0);
	helper = fork();
	if (helper == 0)
		be_parent(starts[_i], fds[1]);
	ck_assert_int_eq((int)read(fds[0], &family, sizeof(family)), (int)sizeof(family));
	/* Busy: before the script has begun, the sandbox would only see that its parent hung up. */
	await_busy(family.box);
	kill(helper, SIGKILL);
	died_by_sigkill(helper);
	died_by_sigkill(family.box);
	if (family.zygote != 0)
		died_with_its_parent(family.zygote);
	ck_assert_int_eq(family.zygote != 0, _i == 1);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* A warm parent that ends takes nobody along, and the next that is asked for gets another. */
START_TEST(it_outlives_its_warm_parent)
{
	struct ty_sandbox_process older;
	struct pollfd p = { .events = POLLIN };
	pid_t zygote;

	bear_box();
	older = box;
	zygote = box_zygote.pid;
	kill(zygote, SIGKILL);
	p.fd = box_zygote.pidfd;
	ck_assert_int_eq(poll(&p, 1, -1), 1); /* it has ended */
	bear_box();
	ck_assert_int_ne(box_zygote.pid, zygote);
	ck_assert_str_eq(box_value("2", ONE), "2");
	ty_sandbox_kill(&box);
	box = older;
	ck_assert_str_eq(box_value("3", ONE), "3");
}
END_TEST

/* Killed is what its pidfd names, whoever has its pid by now. */
START_TEST(only_its_own_process_is_killed)
{
	pid_t bystander = fork(), pid;
	int status;

	if (bystander == 0)
		for (;;)
			pause();
	starts[_i]();
	pid = box.pid;
	box.pid = bystander;
	ty_sandbox_kill(&box);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
	ck_assert_int_eq(waitpid(bystander, &status, WNOHANG), 0);
	kill(bystander, SIGKILL);
	ck_assert_int_eq(waitpid(bystander, &status, 0), bystander);
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

/*
 * A kernel may have no 32-bit door at all (ia32_emulation=0, some hypervisors): to knock there is
 * then a fault of its own, in the jail and outside of it.
 */
static bool
is_no_door(const char *name, int status)
{
	int outside;

	if (strcmp(name, "int80") != 0 || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
		return false;
	outside = probe("int80_outside");
	return WIFSIGNALED(outside) && WTERMSIG(outside) == SIGSEGV;
}

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
		ck_assert_msg(is_no_door(name, status) ||
				      (end == KILLED
					       ? WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS
					       : WIFEXITED(status) && WEXITSTATUS(status) == end),
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
	TEST_LOOP(it_dies_with_its_parent, starts);
	TEST(it_outlives_its_warm_parent);
	TEST_LOOP(only_its_own_process_is_killed, starts);
	TEST(the_probe_itself_lives_in_the_jail);
	TEST(every_forbidden_thing_is_refused_or_fatal);
	TEST_LOOP(each_command_line_says_this_and_ends_in_this_status, command_lines);
})
