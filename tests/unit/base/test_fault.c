/* test_fault.c -- of the points that are passed, the nth fails and no other. */
#include "base/fault.h"
#include "support/common.h"

static bool
passes(void)
{
	return TY_FAULT(store_send);
}

START_TEST(the_nth_fails_once)
{
	for (int64_t nth = 1; nth <= 3; nth++) {
		ty_fault_arm(TY_FAULT_ANY, nth);
		for (int64_t i = 1; i <= 5; i++)
			ck_assert_int_eq(passes(), i == nth);
		ck_assert(ty_fault_has_failed());
		ck_assert_int_eq(ty_fault_passed(TY_FAULT_ANY), 5);
	}
}
END_TEST

START_TEST(points_are_counted_together)
{
	ty_fault_arm(TY_FAULT_ANY, 2);
	ck_assert(!TY_FAULT(store_send));
	ck_assert(TY_FAULT(queue_answer));
}
END_TEST

START_TEST(a_point_by_its_name_is_counted_alone)
{
	ty_fault_arm(TY_FAULT_queue_answer, 2);
	ck_assert(!TY_FAULT(queue_answer));
	ck_assert(!TY_FAULT(store_send));
	ck_assert(!ty_fault_has_failed());
	ck_assert(TY_FAULT(queue_answer));
	ck_assert(ty_fault_has_failed());
	ck_assert(!TY_FAULT(queue_answer));
}
END_TEST

START_TEST(nothing_fails_where_none_is_armed)
{
	ty_fault_arm(TY_FAULT_ANY, 0);
	for (int i = 0; i < 100; i++)
		ck_assert(!passes());
	ck_assert(!ty_fault_has_failed());
}
END_TEST

START_TEST(one_beyond_the_end_has_not_failed)
{
	ty_fault_arm(TY_FAULT_ANY, 3);
	ck_assert(!passes());
	ck_assert(!passes());
	ck_assert(!ty_fault_has_failed());
}
END_TEST

TEST_MAIN("fault", {
	TEST(the_nth_fails_once);
	TEST(points_are_counted_together);
	TEST(a_point_by_its_name_is_counted_alone);
	TEST(nothing_fails_where_none_is_armed);
	TEST(one_beyond_the_end_has_not_failed);
})
