/* test_err.c -- raising, wrapping and the table of codes. */
#include "support/common.h"

START_TEST(raising_fills_every_field)
{
	ck_assert_int_eq(ty_err_set(&fx.err, TY_E_LIMIT, "over %d", 5), TY_E_LIMIT);
	ck_assert_str_eq(fx.err.msg, "over 5");
	ck_assert(!fx.err.retryable); /* a size, unless who raises it says otherwise */
	ck_assert_ptr_nonnull(strstr(fx.err.file, "test_err.c"));
	ck_assert_str_eq(fx.err.path, "");
}
END_TEST

START_TEST(raising_may_quote_the_error_it_replaces)
{
	(void)ty_err_set(&fx.err, TY_E_UPSTREAM, "inner");
	ck_assert(fx.err.retryable);
	(void)ty_err_set(&fx.err, TY_E_INTERNAL, "outer of %s", fx.err.msg);
	ck_assert_str_eq(fx.err.msg, "outer of inner");
}
END_TEST

START_TEST(wrapping_says_where_and_keeps_the_code)
{
	(void)ty_err_set(&fx.err, TY_E_INVALID, "bad");
	ck_assert_int_eq(ty_err_wrap(&fx.err, "node %s", "n1"), TY_E_INVALID);
	ck_assert_str_eq(fx.err.msg, "node n1: bad");
}
END_TEST

START_TEST(wrapping_a_full_message_stays_within_its_storage)
{
	char big[1000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)ty_err_set(&fx.err, TY_E_INVALID, "%s", big);
	(void)ty_err_wrap(&fx.err, "%s", big);
	(void)ty_err_wrap(&fx.err, "outermost");
	ck_assert_uint_eq(strlen(fx.err.msg), sizeof(fx.err.msg) - 1);
	ck_assert_int_eq(strncmp(fx.err.msg, "outermost: xxx", 14), 0);
}
END_TEST

START_TEST(path_and_hint_are_kept_beside_the_message)
{
	(void)ty_err_set(&fx.err, TY_E_INVALID, "bad");
	(void)ty_err_at(&fx.err, "nodes[%d]", 3);
	ck_assert_int_eq(ty_err_hint(&fx.err, "do %s", "this"), TY_E_INVALID);
	ck_assert_str_eq(fx.err.path, "nodes[3]");
	ck_assert_str_eq(fx.err.hint, "do this");
	ck_assert_str_eq(fx.err.msg, "bad");
}
END_TEST

START_TEST(every_code_is_found_again_by_its_name)
{
	for (int i = 0; i < TY_E__COUNT; i++) {
		enum ty_code code = (enum ty_code)i;

		ck_assert_int_eq(ty_code_find(ty_code_name(code)), code);
		ck_assert_int_ge(ty_code_http(code), 200);
		ck_assert_uint_gt(strlen(ty_code_text(code)), 0);
	}
	ck_assert_int_eq(ty_code_find("no such code"), TY_E_INTERNAL);
}
END_TEST

START_TEST(every_code_of_runs_says_how_to_mend_it)
{
	for (int i = 1; i < TY_E__COUNT; i++)
		ck_assert_msg(ty_code_hint((enum ty_code)i)[0] != '\0', "%s",
			      ty_code_name((enum ty_code)i));
	ck_assert(ty_code_is_of_runs(TY_E_POISON));
	ck_assert(!ty_code_is_of_runs(TY_E_METHOD));
}
END_TEST

TEST_MAIN("base/err", {
	TEST(every_code_of_runs_says_how_to_mend_it);
	TEST(raising_fills_every_field);
	TEST(raising_may_quote_the_error_it_replaces);
	TEST(wrapping_says_where_and_keeps_the_code);
	TEST(wrapping_a_full_message_stays_within_its_storage);
	TEST(path_and_hint_are_kept_beside_the_message);
	TEST(every_code_is_found_again_by_its_name);
})
