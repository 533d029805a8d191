/*
 * common.h -- what every Check test shares: a fixture with an arena and an error,
 * and one main.
 *
 *	START_TEST(an_empty_list_is_refused) { ... fx.arena, fx.err ... } END_TEST
 *	TEST_MAIN("graph", {
 *		TEST(an_empty_list_is_refused);
 *		TEST_LOOP(each_bad_graph_is_refused, bad_cases);
 *	})
 *
 * The fixture is checked (set up and torn down in the forked child), so a failed
 * ck_assert leaks nothing that matters.  Leaks are looked for with CK_FORK=no.
 */
#ifndef TY_TESTS_COMMON_H
#define TY_TESTS_COMMON_H

#include "base/arena.h"
#include "base/defs.h"
#include "base/err.h"
#include "support/patience.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct {
	struct ty_arena *arena;
	struct ty_err err;
} fx TY_UNUSED;

static void
fx_setup(void)
{
	fx.arena = ty_arena_new(NULL, "test", 0);
	ty_err_clear(&fx.err);
}

static void
fx_teardown(void)
{
	ty_arena_free(fx.arena);
}

#define TEST(fn)	    tcase_add_test(tc, fn)
#define TEST_LOOP(fn, rows) tcase_add_loop_test(tc, fn, 0, (int)TY_ARRAY_COUNT(rows))

/* Seconds a single test may take: TEST_TIMEOUT_S may be set before the include. */
#ifndef TEST_TIMEOUT_S
#define TEST_TIMEOUT_S 20
#endif

/*
 * The main of a test program: 'setup' and 'teardown' are around each test, in its child; the
 * statements 'begin' and 'end' (may be empty) are around all of them, in the program itself.
 */
#define SUITE_MAIN(name, timeout_s, setup, teardown, begin, end, ...)                              \
	int main(void)                                                                             \
	{                                                                                          \
		Suite *suite = suite_create(name);                                                 \
		TCase *tc = tcase_create(name);                                                    \
		SRunner *runner;                                                                   \
		int failed;                                                                        \
                                                                                                   \
		tcase_set_timeout(tc, (timeout_s));                                                \
		tcase_add_checked_fixture(tc, setup, teardown);                                    \
		__VA_ARGS__;                                                                       \
		suite_add_tcase(suite, tc);                                                        \
		runner = srunner_create(suite);                                                    \
		begin;                                                                             \
		srunner_run_all(runner, CK_ENV);                                                   \
		end;                                                                               \
		failed = srunner_ntests_failed(runner);                                            \
		srunner_free(runner);                                                              \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                  \
	}

#define TEST_MAIN(name, ...)                                                                       \
	SUITE_MAIN(name, TEST_TIMEOUT_S, fx_setup, fx_teardown, , , __VA_ARGS__)

/* Assert success with the error's own words. */
#define ck_assert_ok(expr)                                                                         \
	ck_assert_msg((expr) == TY_OK, "%s: %s %s %s", #expr, ty_code_name(fx.err.code),           \
		      fx.err.path, fx.err.msg)
#define ck_assert_code(expr, expected)                                                             \
	do {                                                                                       \
		enum ty_code code_ = (expr);                                                       \
		ck_assert_msg(code_ == (expected), "%s gave %s (%s), not %s", #expr,               \
			      ty_code_name(code_), fx.err.msg, ty_code_name(expected));            \
	} while (0)

#endif
