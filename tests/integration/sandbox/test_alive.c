/*
 * The live sandbox, as /proc shows it: what it holds, what it may use, and who it is.
 *
 * Everything is looked at twice: as who runs the tests, and where that is root as an ordinary user
 * too, who has not the right to every part of the jail.  And each time of a process that was
 * started as the program, and of one that was born by a warm parent.
 */
#include "base/str.h"
#include "integration/sandbox/fixture.h"
#include "support/places.h"

#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SOME_GROUP 4242
/* Descriptors that the sandbox's parent forgets; the second is where no small loop looks. */
#define FORGOTTEN_FD	  57
#define FORGOTTEN_HIGH_FD 300

/* ---- as whom ---- */

enum whose { OURS, ORDINARY, WHOSE__COUNT };

static void (*const kinds[])(void) = { start_box, bear_box };
#define KINDS_COUNT 2

static char copy_dir[64];

static void
copy_file(const char *from, const char *name, mode_t mode)
{
	char buf[65536], path[128];
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", copy_dir, name);
	out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			break;
	fchmod(out, mode);
	close(in);
	close(out);
}

/*
 * Around all tests, so that nothing is left of one that fails: the program where anybody may start
 * it, for our build folder may be for us alone.
 */
static void
copies_make(void)
{
	strcpy(copy_dir, "/tmp/tyboo-alive.XXXXXX");
	if (mkdtemp(copy_dir) == NULL || chmod(copy_dir, 0755) != 0)
		abort();
	copy_file(TY_BUILD_DIR "/bin/tyboo-sandbox", "tyboo-sandbox", 0755);
	copy_file(TY_BUILD_DIR "/share/luxon.min.js", "luxon.min.js", 0644);
}

static void
copies_remove(void)
{
	static const char *const names[] = { "tyboo-sandbox", "luxon.min.js" };
	char path[128];

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", copy_dir, names[i]);
		unlink(path);
	}
	rmdir(copy_dir);
}

/* Until whoami_again(), all but the saved ids are nobody's: what is started is wholly nobody's. */
static void
become_ordinary(void)
{
	const struct passwd *pw = getpwnam("nobody");

	ck_assert_ptr_nonnull(pw);
	ck_assert_int_eq(setresgid(pw->pw_gid, pw->pw_gid, 0), 0);
	ck_assert_int_eq(setresuid(pw->pw_uid, pw->pw_uid, 0), 0);
	box_conf.user = "";
}

static void
whoami_again(void)
{
	ck_assert_int_eq(setresuid(0, 0, 0), 0);
	ck_assert_int_eq(setresgid(0, 0, 0), 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* False: we are ordinary ourselves, and that was looked at already. */
static bool
start_as(int loop)
{
	enum whose whose = (enum whose)(loop % WHOSE__COUNT);
	void (*start)(void) = kinds[loop / WHOSE__COUNT];
	const gid_t group = SOME_GROUP;

	if (whose == OURS) {
		if (geteuid() == 0)
			ck_assert_int_eq(setgroups(1, &group), 0);
		start();
		return true;
	}
	if (geteuid() != 0)
		return false;
	box_conf.path = ty_arena_printf(fx.arena, "%s/tyboo-sandbox", copy_dir);
	box_conf.share_dir = copy_dir;
	become_ordinary();
	start();
	whoami_again();
	return true;
}

/* ---- /proc/<pid>/status ---- */

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
	const char *text, *at;
	size_t len;

	if (!start_as(_i))
		return;
	text = proc_read(box.pid, "status", &len);
	for (size_t i = 0; i < TY_ARRAY_COUNT(facts); i++) {
		at = strstr(text, facts[i].key);
		ck_assert_ptr_nonnull(at);
		at += strlen(facts[i].key);
		ck_assert_msg(ty_str_has_prefix(at, facts[i].value), "%s%.20s", facts[i].key, at);
	}
}
END_TEST

/* Not root, though we are, and in none of our groups. */
START_TEST(it_is_another_user_where_we_are_root)
{
	const struct passwd *pw = getpwnam("nobody");
	const char *text;
	size_t len;

	if (!start_as(_i) || geteuid() != 0)
		return;
	ck_assert_ptr_nonnull(pw);
	text = proc_read(box.pid, "status", &len);
	ck_assert_ptr_nonnull(
		strstr(text, ty_arena_printf(fx.arena, "\nUid:\t%u\t%u\t%u\t%u\n", pw->pw_uid,
					     pw->pw_uid, pw->pw_uid, pw->pw_uid)));
	ck_assert_ptr_nonnull(
		strstr(text, ty_arena_printf(fx.arena, "\nGid:\t%u\t%u\t%u\t%u\n", pw->pw_gid,
					     pw->pw_gid, pw->pw_gid, pw->pw_gid)));
	if (_i % WHOSE__COUNT == OURS)
		ck_assert_ptr_nonnull(strstr(text, "\nGroups:\t \n"));
}
END_TEST

/* The files of a process that is not dumpable are root's, so nobody of its user may look. */
START_TEST(it_is_not_dumpable)
{
	struct stat st;

	if (!start_as(_i))
		return;
	ck_assert_int_eq(stat(ty_arena_printf(fx.arena, "/proc/%d/environ", (int)box.pid), &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
}
END_TEST

/* In another session a low priority would count for nothing beside us: each is an autogroup of its own. */
START_TEST(it_shares_our_session_and_has_a_process_group_of_its_own)
{
	if (!start_as(_i))
		return;
	ck_assert_int_eq(getsid(box.pid), getsid(0));
	ck_assert_int_eq(getpgid(box.pid), box.pid);
}
END_TEST

START_TEST(it_dies_first_where_memory_ends)
{
	size_t len;

	if (start_as(_i))
		ck_assert_str_eq(proc_read(box.pid, "oom_score_adj", &len), "1000\n");
}
END_TEST

/* ---- /proc/<pid>/limits ---- */

static const struct {
	const char *name;
	long long value; /* of both, soft and hard */
} limits[] = {
	{ "Max core file size", 0 },   { "Max file size", 0 },	   { "Max processes", 0 },
	{ "Max open files", 4 },       { "Max locked memory", 0 }, { "Max msgqueue size", 0 },
	{ "Max stack size", 8388608 },
};

/* -1 = unlimited */
static void
read_limit(const char *text, const char *name, long long *ret_soft, long long *ret_hard)
{
	const char *at = strstr(text, ty_arena_printf(fx.arena, "\n%s ", name));

	*ret_soft = *ret_hard = -1;
	ck_assert_msg(at != NULL, "no %s", name);
	sscanf(at + 1 + strlen(name), "%lld %lld", ret_soft, ret_hard);
}

START_TEST(it_has_every_limit)
{
	long long soft, hard;
	const char *text;
	size_t len;

	if (!start_as(_i))
		return;
	text = proc_read(box.pid, "limits", &len);
	for (size_t i = 0; i < TY_ARRAY_COUNT(limits); i++) {
		read_limit(text, limits[i].name, &soft, &hard);
		ck_assert_msg(soft == limits[i].value && hard == limits[i].value,
			      "%s: %lld and %lld", limits[i].name, soft, hard);
	}
}
END_TEST

/* The word after --memory on its command line. */
static long long
memory_given(void)
{
	size_t len;
	const char *text = proc_read(box.pid, "cmdline", &len);
	const char *at = memmem(text, len, "--memory", sizeof("--memory"));

	ck_assert_ptr_nonnull(at);
	return strtoll(at + sizeof("--memory"), NULL, 10);
}

/* What it had when the jail closed (all it has had since, at most) and what it was given. */
START_TEST(its_data_is_limited_to_what_it_was_given)
{
	long long soft, hard, data_kib = 0;
	size_t len;

	if (!start_as(_i))
		return;
	read_limit(proc_read(box.pid, "limits", &len), "Max data size", &soft, &hard);
	ck_assert_int_eq(soft, hard);
	ck_assert_int_eq(sscanf(strstr(proc_read(box.pid, "status", &len), "\nVmData:"),
				"\nVmData: %lld", &data_kib),
			 1);
	ck_assert_int_gt(memory_given(), TY_LIMIT_SANDBOX_BYTES);
	ck_assert_int_gt(soft, memory_given());
	ck_assert_int_le(soft, memory_given() + data_kib * 1024);
}
END_TEST

/* ---- /proc/<pid>/ns ---- */

static const struct {
	const char *name;
	int flag;
} spaces[] = {
	{ "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },
};

/* May a process of this kind have them?  Asked of the kernel by one that tries. */
static bool
spaces_are_to_be_had(enum whose whose)
{
	const int all = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (whose == ORDINARY)
			become_ordinary();
		_exit(unshare(all) == 0 || unshare(all | CLONE_NEWUSER) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(it_has_no_network_of_ours_where_the_kernel_lets_it)
{
	char ours[64], its[64];

	if (!start_as(_i) || !spaces_are_to_be_had((enum whose)(_i % WHOSE__COUNT)))
		return;
	for (size_t i = 0; i < TY_ARRAY_COUNT(spaces); i++) {
		const char *path =
			ty_arena_printf(fx.arena, "/proc/%d/ns/%s", (int)box.pid, spaces[i].name);
		ssize_t n = readlink(path, its, sizeof(its) - 1);

		if (n < 0) {
			ck_assert_uint_ne(geteuid(), 0);
			return;
		}
		its[n] = '\0';
		n = readlink(ty_arena_printf(fx.arena, "/proc/self/ns/%s", spaces[i].name), ours,
			     sizeof(ours) - 1);
		ck_assert_int_gt((int)n, 0);
		ours[n] = '\0';
		ck_assert_str_ne(ours, its);
	}
}
END_TEST

/* ---- what it holds, though its parent forgets everything ---- */

/*
 * As ty_sandbox_spawn starts it, but with a secret in the environment and files left open: what its
 * parent does is not needed.
 */
static void
start_carelessly(void)
{
	char *const argv[] = { (char *)box_conf.path,	   (char *)"--share",
			       (char *)box_conf.share_dir, (char *)"--user",
			       (char *)box_conf.user,	   NULL };
	char *const environment[] = { (char *)"TYBOO_SECRET=sesame", (char *)"LANG=C", NULL };
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	box.pid = fork();
	if (box.pid == 0) {
		int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		dup2(file, FORGOTTEN_FD);
		dup2(file, FORGOTTEN_HIGH_FD);
		execve(box_conf.path, argv, environment);
		_exit(127);
	}
	close(fds[1]);
	box.pidfd = (int)syscall(SYS_pidfd_open, box.pid, 0);
	box.fd = fds[0];
	ck_assert_int_eq(fcntl(box.fd, F_SETFL, O_NONBLOCK), 0);
	start_box();
}

static void (*const starts[])(void) = { start_box, start_carelessly, bear_box };

START_TEST(its_environment_is_empty)
{
	char *text;
	size_t len;

	setenv("TYBOO_SECRET", "sesame", 1);
	starts[_i]();
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

	starts[_i]();
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

#define TEST_AS_BOTH(fn) tcase_add_loop_test(tc, fn, 0, WHOSE__COUNT *KINDS_COUNT)

SUITE_MAIN("sandbox.alive", 60, box_setup, box_teardown, copies_make(), copies_remove(), {
	TEST_AS_BOTH(the_kernel_says_that_it_is_jailed);
	TEST_AS_BOTH(it_is_another_user_where_we_are_root);
	TEST_AS_BOTH(it_is_not_dumpable);
	TEST_AS_BOTH(it_dies_first_where_memory_ends);
	TEST_AS_BOTH(it_has_every_limit);
	TEST_AS_BOTH(its_data_is_limited_to_what_it_was_given);
	TEST_AS_BOTH(it_has_no_network_of_ours_where_the_kernel_lets_it);
	TEST_LOOP(it_shares_our_session_and_has_a_process_group_of_its_own, starts);
	TEST_LOOP(its_environment_is_empty, starts);
	TEST_LOOP(it_holds_its_socket_and_nothing_else, starts);
	TEST(it_has_no_executable_memory_of_its_own);
	TEST(it_sees_no_files);
})
