/* test_budget.c -- values in all trees of a process: taken, waited for, given back. */
#include "base/limits.h"
#include "json/budget.h"
#include "support/common.h"

#include <pthread.h>
#include <stdatomic.h>

START_TEST(values_are_given_back_with_the_arena)
{
	struct ty_arena *arena = ty_arena_new(NULL, "request", 0);

	ck_assert_ok(ty_json_budget_take(arena, 1000, 0, &fx.err));
	ck_assert_uint_eq(ty_json_budget_taken(), 1000);
	ty_arena_free(arena);
	ck_assert_uint_eq(ty_json_budget_taken(), 0);
}
END_TEST

START_TEST(more_than_the_process_may_hold_is_refused_in_time)
{
	ck_assert_ok(ty_json_budget_take(fx.arena, TY_LIMIT_JSON_PROCESS_VALUES - 1, 0, &fx.err));
	ck_assert_ok(ty_json_budget_take(fx.arena, 1, 0, &fx.err));
	ck_assert_code(ty_json_budget_take(fx.arena, 1, 10, &fx.err), TY_E_UNAVAILABLE);
	ck_assert_uint_eq(ty_json_budget_taken(), TY_LIMIT_JSON_PROCESS_VALUES);
}
END_TEST

START_TEST(one_that_is_larger_than_all_gets_all)
{
	ck_assert_ok(ty_json_budget_take(fx.arena, SIZE_MAX, 0, &fx.err));
	ck_assert_uint_eq(ty_json_budget_taken(), TY_LIMIT_JSON_PROCESS_VALUES);
}
END_TEST

static atomic_bool has_it;

static void *
take_all(void *arg)
{
	struct ty_arena *arena = ty_arena_new(NULL, "other", 0);
	struct ty_err err;

	(void)arg;
	if (ty_json_budget_take(arena, TY_LIMIT_JSON_PROCESS_VALUES, 60000, &err) == TY_OK)
		atomic_store(&has_it, true);
	ty_arena_free(arena);
	return NULL;
}

START_TEST(who_waits_goes_on_when_others_have_given_back)
{
	struct ty_arena *arena = ty_arena_new(NULL, "request", 0);
	pthread_t other;

	atomic_store(&has_it, false);
	ck_assert_ok(ty_json_budget_take(arena, 1, 0, &fx.err));
	ck_assert_int_eq(pthread_create(&other, NULL, take_all, NULL), 0);
	ck_assert(!atomic_load(&has_it));
	ty_arena_free(arena);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	ck_assert(atomic_load(&has_it));
	ck_assert_uint_eq(ty_json_budget_taken(), 0);
}
END_TEST

/* "[{},{},...]" of 'count' objects. */
static char *
objects(size_t count, size_t *ret_len)
{
	char *text = ty_arena_alloc(fx.arena, count * 3 + 2);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * 3, i > 0 ? ",{}" : "[{}", 3);
	text[count * 3] = ']';
	*ret_len = count * 3 + 1;
	return text;
}

START_TEST(a_text_takes_what_it_holds_and_no_more_than_one_may)
{
	size_t len;
	char *text = objects(TY_LIMIT_JSON_VALUES - 1, &len);

	ck_assert_ok(ty_json_budget_text(fx.arena, "[{},{}]", 7, &fx.err));
	ck_assert_uint_eq(ty_json_budget_taken(), 0);
	ck_assert_ok(ty_json_budget_text(fx.arena, text, len, &fx.err));
	ck_assert_uint_eq(ty_json_budget_taken(), TY_LIMIT_JSON_VALUES);
	text = objects(TY_LIMIT_JSON_VALUES, &len);
	ck_assert_code(ty_json_budget_text(fx.arena, text, len, &fx.err), TY_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "200001 values"));
}
END_TEST

TEST_MAIN("json budget", {
	TEST(values_are_given_back_with_the_arena);
	TEST(more_than_the_process_may_hold_is_refused_in_time);
	TEST(one_that_is_larger_than_all_gets_all);
	TEST(who_waits_goes_on_when_others_have_given_back);
	TEST(a_text_takes_what_it_holds_and_no_more_than_one_may);
})
