/* test_lock.c -- who gets the lock of a name, and what it takes to lose it. */
#include "conf/lock.h"
#include "support/common.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "tyboo-test"

static char home[64];

static void
setup(void)
{
	fx_setup();
	strcpy(home, "/tmp/ty-lock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
}

static const char *
in_home(const char *path)
{
	return ty_arena_printf(fx.arena, "%s/%s", home, path);
}

static void
teardown(void)
{
	static const char *const files[] = { "run/" NAME ".lock", "run/other.lock", "run" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(files); i++)
		ck_assert(remove(in_home(files[i])) == 0 || errno == ENOENT || errno == ENOTDIR);
	rmdir(home);
	fx_teardown();
}

static const char *
text_of(const char *path)
{
	char *text = ty_arena_alloc(fx.arena, 256);
	FILE *file = fopen(in_home(path), "re");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fread(text, 1, 255, file), 255);
	fclose(file);
	return text;
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(in_home(path), "we");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static int
take(const char *name)
{
	int fd = -1;

	ck_assert_ok(ty_lock_take(fx.arena, home, name, &fd, &fx.err));
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
assert_our_pid(void)
{
	ck_assert_str_eq(text_of("run/" NAME ".lock"),
			 ty_arena_printf(fx.arena, "%d\n", (int)getpid()));
}

START_TEST(the_file_is_made_with_the_pid_and_is_its_owners_alone)
{
	int fd = take(NAME);
	struct stat st;

	assert_our_pid();
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(a_second_one_is_told_that_the_first_runs)
{
	int fd = take(NAME), second = -2;

	ck_assert_code(ty_lock_take(fx.arena, home, NAME, &second, &fx.err), TY_E_CONFLICT);
	ck_assert_str_eq(fx.err.msg, ty_arena_printf(fx.arena, NAME " runs already: %s is locked",
						     in_home("run/" NAME ".lock")));
	ck_assert_int_eq(second, -2);
	assert_our_pid();
	close(fd);
}
END_TEST

START_TEST(each_name_has_a_lock_of_its_own)
{
	int fd = take(NAME), other = take("other");

	close(fd);
	close(other);
}
END_TEST

START_TEST(closing_gives_it_back)
{
	close(take(NAME));
	close(take(NAME));
}
END_TEST

START_TEST(a_file_that_was_left_behind_means_nothing)
{
	ck_assert_int_eq(mkdir(in_home("run"), 0755), 0);
	/* The pid of a process that lives, and more text than ours. */
	write_file("run/" NAME ".lock", "1\nleft behind by something else\n");
	close(take(NAME));
	assert_our_pid();
}
END_TEST

START_TEST(a_holder_that_is_killed_leaves_it_free)
{
	int ready[2], fd = -1;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		take(NAME);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_code(ty_lock_take(fx.arena, home, NAME, &fd, &fx.err), TY_E_CONFLICT);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	close(take(NAME));
	assert_our_pid();
	close(ready[0]);
	close(ready[1]);
}
END_TEST

static void
no_home(void)
{
	ck_assert_int_eq(rmdir(home), 0);
}

static void
run_is_a_file(void)
{
	write_file("run", "");
}

static void
lock_is_a_folder(void)
{
	ck_assert_int_eq(mkdir(in_home("run"), 0755), 0);
	ck_assert_int_eq(mkdir(in_home("run/" NAME ".lock"), 0755), 0);
}

/* It opens and locks, but takes no byte. */
static void
lock_cannot_be_written(void)
{
	ck_assert_int_eq(mkdir(in_home("run"), 0755), 0);
	ck_assert_int_eq(symlink("/dev/full", in_home("run/" NAME ".lock")), 0);
}

static const struct {
	void (*spoil)(void);
	const char *path; /* the message begins with it */
} unusable_rows[] = {
	{ no_home, "run: " },
	{ run_is_a_file, "run/" NAME ".lock: " },
	{ lock_is_a_folder, "run/" NAME ".lock: " },
	{ lock_cannot_be_written, "run/" NAME ".lock: " },
};

START_TEST(what_cannot_be_used_is_named)
{
	const char *start = in_home(unusable_rows[_i].path);
	int fd = -2;

	unusable_rows[_i].spoil();
	ck_assert_code(ty_lock_take(fx.arena, home, NAME, &fd, &fx.err), TY_E_INVALID);
	ck_assert_msg(strncmp(fx.err.msg, start, strlen(start)) == 0, "%s", fx.err.msg);
	ck_assert_str_ne(fx.err.hint, "");
	ck_assert_int_eq(fd, -2);
}
END_TEST

SUITE_MAIN("conf.lock", TEST_TIMEOUT_S, setup, teardown, , , {
	TEST(the_file_is_made_with_the_pid_and_is_its_owners_alone);
	TEST(a_second_one_is_told_that_the_first_runs);
	TEST(each_name_has_a_lock_of_its_own);
	TEST(closing_gives_it_back);
	TEST(a_file_that_was_left_behind_means_nothing);
	TEST(a_holder_that_is_killed_leaves_it_free);
	TEST_LOOP(what_cannot_be_used_is_named, unusable_rows);
})
