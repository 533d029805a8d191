/*
 * test_run_mode.c -- the table of run modes: found by name, and what each says.
 */
#include "base/run_mode.h"

#include "support/common.h"

#include <string.h>

START_TEST(each_mode_is_found_by_its_name)
{
	const struct ty_run_mode *mode = &ty_run_modes[_i];

	ck_assert_ptr_eq(ty_run_mode_find(mode->name), mode);
	ck_assert_str_eq(ty_run_mode_name((enum ty_run_mode_id)_i), mode->name);
	ck_assert_str_ne(mode->label, "");
	/* What the tables hold. */
	ck_assert_uint_le(strlen(mode->name), 32);
}
END_TEST

START_TEST(another_word_is_no_mode)
{
	ck_assert_ptr_null(ty_run_mode_find("Webhook"));
	ck_assert_ptr_null(ty_run_mode_find(""));
	ck_assert_ptr_null(ty_run_mode_find(NULL));
	ck_assert_ptr_null(ty_run_modes[TY_RUN_MODE__COUNT].name);
}
END_TEST

START_TEST(replays_alone_have_no_effects)
{
	bool is_replay = _i == TY_RUN_MODE_PROOF || _i == TY_RUN_MODE_WHAT_IF;

	ck_assert_int_eq(ty_run_mode_has_effects(&ty_run_modes[_i]), !is_replay);
}
END_TEST

TEST_MAIN("run_mode", {
	tcase_add_loop_test(tc, each_mode_is_found_by_its_name, 0, TY_RUN_MODE__COUNT);
	tcase_add_loop_test(tc, replays_alone_have_no_effects, 0, TY_RUN_MODE__COUNT);
	TEST(another_word_is_no_mode);
})
