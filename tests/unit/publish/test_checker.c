/*
 * test_checker.c -- syntax checks by the real tyboo-sandbox: what they say, and whose process says it.
 */
#include "support/common.h"
#include "support/places.h"

#include "base/id.h"
#include "conf/conf.h"
#include "publish/checker.h"

#include <stdio.h>
#include <unistd.h>

static struct {
	struct ty_conf conf;
	struct ty_checker *checker;
	struct ty_id a, b;
} c;

static void
setup(void)
{
	memset(&c, 0, sizeof(c));
	c.conf.sandbox_path = TY_BUILD_DIR "/bin/tyboo-sandbox";
	c.conf.share_dir = TY_BUILD_DIR "/share";
	c.conf.sandbox_user = "";
	c.checker = ty_checker_new(&c.conf);
	c.a = ty_id_new();
	c.b = ty_id_new();
}

static void
teardown(void)
{
	ty_checker_free(c.checker);
}

/* Our children: the warm parent, then what it made. */
static size_t
children(pid_t pids[4])
{
	char path[64];
	size_t count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (count < 4 && fscanf(f, "%d", &pids[count]) == 1)
		count++;
	fclose(f);
	return count;
}

static void
check(const struct ty_id *workspace, pid_t ret_pids[2])
{
	pid_t pids[4];

	ck_assert_ok(ty_checker_check(c.checker, workspace, "1 + 1", false, &fx.err));
	ck_assert_uint_eq(children(pids), 2);
	memcpy(ret_pids, pids, 2 * sizeof(*pids));
}

START_TEST(what_does_not_compile_is_told_with_its_line)
{
	ck_assert_int_eq(ty_checker_check(c.checker, &c.a, "let a = 1;\nlet = ;", true, &fx.err),
			 TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "line 2"));
	ck_assert_ok(ty_checker_check(c.checker, &c.a, "return 1", true, &fx.err));
}
END_TEST

START_TEST(no_process_reads_the_scripts_of_two_workspaces)
{
	pid_t first[2], again[2], other[2], back[2];

	check(&c.a, first);
	check(&c.a, again);
	ck_assert_int_eq(again[1], first[1]);
	check(&c.b, other);
	ck_assert_int_eq(other[0], first[0]);
	ck_assert_int_ne(other[1], first[1]);
	check(&c.a, back);
	ck_assert_int_ne(back[1], first[1]);
	ck_assert_int_ne(back[1], other[1]);
}
END_TEST

START_TEST(nothing_is_left_once_it_rests)
{
	pid_t pids[4];

	check(&c.a, pids);
	ty_checker_rest(c.checker, 3600000);
	ck_assert_uint_eq(children(pids), 2);
	ty_checker_rest(c.checker, 0);
	ck_assert_uint_eq(children(pids), 0);
	check(&c.a, pids);
}
END_TEST

START_TEST(a_sandbox_that_is_not_there_is_said_to_be_away)
{
	ty_checker_free(c.checker);
	c.conf.sandbox_path = "/nonexistent/tyboo-sandbox";
	c.checker = ty_checker_new(&c.conf);
	ck_assert_int_eq(ty_checker_check(c.checker, &c.a, "1", false, &fx.err), TY_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "the sandbox is away"));
}
END_TEST

/* Two that compute at once are of two workspaces, whatever one of them asks. */
START_TEST(a_workspace_computes_in_one_place_at_a_time)
{
	struct ty_computing *one, *other, *third;

	ck_assert_ok(ty_computing_begin(c.checker, fx.arena, &c.a, 200, &one, &fx.err));
	ck_assert_int_eq(ty_computing_begin(c.checker, fx.arena, &c.a, 200, &third, &fx.err),
			 TY_E_UNAVAILABLE);
	ck_assert_ok(ty_computing_begin(c.checker, fx.arena, &c.b, 200, &other, &fx.err));
	ty_computing_end(one);
	ck_assert_ok(ty_computing_begin(c.checker, fx.arena, &c.a, 200, &third, &fx.err));
	ty_computing_end(other);
	ty_computing_end(third);
}
END_TEST

TEST_MAIN("publish.checker", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(what_does_not_compile_is_told_with_its_line);
	TEST(no_process_reads_the_scripts_of_two_workspaces);
	TEST(nothing_is_left_once_it_rests);
	TEST(a_workspace_computes_in_one_place_at_a_time);
	TEST(a_sandbox_that_is_not_there_is_said_to_be_away);
})
