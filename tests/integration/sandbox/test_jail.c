/*
 * The jail, from outside and from inside: what /proc says of the running sandbox, and a probe in
 * the same jail that tries what is forbidden, one thing after the other.
 */
#include "base/str.h"
#include "integration/sandbox/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define ONE	"[{\"json\":{}}]"
#define PROBE	TY_BUILD_DIR "/tests/sandbox-probe"
#define REFUSED 10

/* A file of /proc/<pid>; NULL where we may not read it (the sandbox is not dumpable). */
static char *
proc_read(pid_t pid, const char *name, size_t *ret_len)
{
	const size_t max = 512 * 1024;
	char *text = ty_arena_alloc(fx.arena, max);
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ck_assert_int_eq(errno, EACCES);
		ck_assert_uint_ne(geteuid(), 0);
		return NULL;
	}
	*ret_len = 0;
	while ((n = read(fd, text + *ret_len, max - *ret_len - 1)) > 0)
		*ret_len += (size_t)n;
	close(fd);
	return text;
}

static void
start_box(void)
{
	ck_assert_str_eq(box_value("1", ONE), "1");
}

static const struct {
	const char *key, *value;
} facts[] = {
	{ "\nSeccomp:\t", "2\n" },
	{ "\nNoNewPrivs:\t", "1\n" },
	{ "\nThreads:\t", "1\n" },
	{ "\nCapInh:\t", "0000000000000000\n" },
	{ "\nCapPrm:\t", "0000000000000000\n" },
	{ "\nCapEff:\t", "0000000000000000\n" },
	{ "\nCapAmb:\t", "0000000000000000\n" },
};

START_TEST(the_kernel_says_that_it_is_jailed)
{
	const char *at;
	size_t len;

	start_box();
	at = strstr(proc_read(box.pid, "status", &len), facts[_i].key);
	ck_assert_ptr_nonnull(at);
	at += strlen(facts[_i].key);
	ck_assert_msg(ty_str_has_prefix(at, facts[_i].value), "%s%.20s", facts[_i].key, at);
}
END_TEST

START_TEST(it_is_another_user_where_we_are_root)
{
	const struct passwd *pw = getpwnam("nobody");
	char expected[64];
	size_t len;

	start_box();
	if (geteuid() != 0)
		return;
	ck_assert_ptr_nonnull(pw);
	snprintf(expected, sizeof(expected), "\nUid:\t%u\t%u\t%u\t%u\n", pw->pw_uid, pw->pw_uid,
		 pw->pw_uid, pw->pw_uid);
	ck_assert_ptr_nonnull(strstr(proc_read(box.pid, "status", &len), expected));
	ck_assert_ptr_nonnull(strstr(proc_read(box.pid, "status", &len), "\nGroups:\t \n"));
}
END_TEST

START_TEST(its_environment_is_empty)
{
	char *text;
	size_t len;

	setenv("TYBOO_SECRET", "sesame", 1);
	start_box();
	text = proc_read(box.pid, "environ", &len);
	for (size_t i = 0; text != NULL && i < len; i++)
		ck_assert_msg(text[i] == '\0', "%.*s", (int)len, text);
}
END_TEST

/* Its socket, twice, and nothing at all to write to; randomness may be open to read. */
START_TEST(it_holds_its_socket_and_nothing_else)
{
	int leak = open("/etc/passwd", O_RDONLY); /* on purpose without close-on-exec */
	char path[64], link[512], target[256];
	struct dirent *entry;
	DIR *dir;

	start_box();
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)box.pid);
	dir = opendir(path);
	if (dir == NULL) {
		ck_assert_int_eq(errno, EACCES);
		ck_assert_uint_ne(geteuid(), 0);
		close(leak);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		ssize_t n;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		ck_assert_int_gt((int)n, 0);
		target[n] = '\0';
		if (strcmp(entry->d_name, "0") == 0 || strcmp(entry->d_name, "1") == 0)
			ck_assert_msg(ty_str_has_prefix(target, "socket:"), "%s: %s", link, target);
		else if (strcmp(entry->d_name, "2") == 0)
			ck_assert_msg(ty_str_has_prefix(target, "/dev/null"), "%s: %s", link,
				      target);
		else
			ck_assert_msg(ty_str_has_prefix(target, "/dev/urandom"), "%s: %s", link,
				      target);
	}
	closedir(dir);
	close(leak);
}
END_TEST

/* After real work: no page is both made by the program and executable. */
START_TEST(it_has_no_executable_memory_of_its_own)
{
	char *maps, *save = NULL;
	size_t len;

	start_box();
	ck_assert_str_eq(box_value("(() => { let n = 0; for (let i = 0; i < 1e5; i++) n += "
				   "/a/.test('a') ? 1 : 0;"
				   " return n + $now.year })()",
				   ONE),
			 "102023");
	maps = proc_read(box.pid, "maps", &len);
	if (maps == NULL)
		return;
	for (char *line = strtok_r(maps, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char mode[5] = "", path[256] = "";

		ck_assert_int_ge(sscanf(line, "%*s %4s %*s %*s %*s %255s", mode, path), 1);
		if (mode[2] != 'x')
			continue;
		ck_assert_msg(mode[1] != 'w', "%s", line);
		ck_assert_msg(path[0] == '/' || strcmp(path, "[vdso]") == 0 ||
				      strcmp(path, "[vsyscall]") == 0,
			      "%s", line);
	}
}
END_TEST

START_TEST(it_sees_no_files)
{
	char path[64], target[256];
	ssize_t n;

	start_box();
	snprintf(path, sizeof(path), "/proc/%d/root", (int)box.pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0 || geteuid() != 0)
		return; /* an extra: it needs rights that only root has everywhere */
	target[n] = '\0';
	ck_assert_msg(strstr(target, "tyboo-sandbox.") != NULL &&
			      strstr(target, "(deleted)") != NULL,
		      "%s", target);
}
END_TEST

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
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDIN_FILENO);
		execl(PROBE, PROBE, name, geteuid() == 0 ? "nobody" : "", (char *)NULL);
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

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", (unsigned)status);
}
END_TEST

START_TEST(every_forbidden_thing_is_refused_or_fatal)
{
	FILE *list = popen(PROBE " list", "re");
	char name[64];
	int count = 0, killed = 0;

	ck_assert_ptr_nonnull(list);
	while (fgets(name, sizeof(name), list) != NULL) {
		int status;

		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, "nothing") == 0)
			continue;
		status = probe(name);
		ck_assert_msg((WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ||
				      (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED),
			      "%s was possible, or ended oddly: status %x", name, (unsigned)status);
		killed += WIFSIGNALED(status);
		count++;
	}
	ck_assert_int_eq(pclose(list), 0);
	ck_assert_int_ge(count, 50);
	ck_assert_int_ge(killed, 40);
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
	TEST_LOOP(the_kernel_says_that_it_is_jailed, facts);
	TEST(it_is_another_user_where_we_are_root);
	TEST(its_environment_is_empty);
	TEST(it_holds_its_socket_and_nothing_else);
	TEST(it_has_no_executable_memory_of_its_own);
	TEST(it_sees_no_files);
	TEST(it_ends_when_its_parent_hangs_up);
	TEST(it_dies_with_its_parent);
	TEST(the_probe_itself_lives_in_the_jail);
	TEST(every_forbidden_thing_is_refused_or_fatal);
	TEST_LOOP(each_command_line_says_this_and_ends_in_this_status, command_lines);
})
