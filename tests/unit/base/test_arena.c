/* test_arena.c -- lifetimes: what is freed when, and in which order. */
#include "support/common.h"

#include <stdio.h>

static char trace[64];

static void
note(void *ptr)
{
	strcat(trace, ptr);
}

START_TEST(memory_is_zeroed_and_aligned)
{
	for (size_t size = 1; size < 20000; size = size * 3 + 1) {
		unsigned char *p = ty_arena_alloc(fx.arena, size);

		ck_assert_uint_eq((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xAA, size);
	}
}
END_TEST

START_TEST(memory_is_zeroed_again_after_a_clear)
{
	char *p = ty_arena_alloc(fx.arena, 100);

	memset(p, 'x', 100);
	ty_arena_clear(fx.arena);
	ck_assert_int_eq(*(char *)ty_arena_alloc(fx.arena, 100), 0);
}
END_TEST

START_TEST(a_list_grows_and_keeps_what_it_holds)
{
	int *list = NULL, *before;
	size_t count = 0, cap = 0, moves = 0;

	while (count < 1000) {
		before = list;
		list = ty_arena_grow(fx.arena, list, count, &cap, sizeof(*list));
		moves += list != before;
		ck_assert_uint_gt(cap, count);
		ck_assert_int_eq(list[count], 0);
		list[count] = (int)count;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(list[i], (int)i);
	ck_assert_uint_le(moves, 8); /* each is twice as long */
}
END_TEST

START_TEST(deferred_calls_run_last_in_first_out_at_clear_and_once)
{
	trace[0] = '\0';
	ty_arena_defer(fx.arena, note, "a");
	ty_arena_defer(fx.arena, note, "b");
	ty_arena_clear(fx.arena);
	ck_assert_str_eq(trace, "ba");
	ty_arena_clear(fx.arena);
	ck_assert_str_eq(trace, "ba");
}
END_TEST

START_TEST(a_child_dies_with_its_parent_and_before_its_deferred_calls)
{
	struct ty_arena *child = ty_arena_new(fx.arena, "child", 0);

	trace[0] = '\0';
	ty_arena_defer(fx.arena, note, "parent");
	ty_arena_defer(child, note, "child ");
	ty_arena_clear(fx.arena);
	ck_assert_str_eq(trace, "child parent");
}
END_TEST

START_TEST(a_child_may_be_freed_first_from_any_place)
{
	struct ty_arena *a = ty_arena_new(fx.arena, "a", 0), *b = ty_arena_new(fx.arena, "b", 0),
			*c = ty_arena_new(fx.arena, "c", 0);

	trace[0] = '\0';
	ty_arena_defer(a, note, "a");
	ty_arena_defer(b, note, "b");
	ty_arena_defer(c, note, "c");
	ty_arena_free(b);
	ty_arena_free(a);
	ty_arena_clear(fx.arena);
	ck_assert_str_eq(trace, "bac");
}
END_TEST

START_TEST(use_is_counted_with_children_and_held_against_the_limit)
{
	struct ty_arena *arena = ty_arena_new(fx.arena, "limited", 1000);
	struct ty_arena *child = ty_arena_new(arena, "child", 0);

	ty_arena_alloc(arena, 512);
	ck_assert(!ty_arena_is_over(arena));
	ty_arena_alloc(child, 512);
	ck_assert_uint_eq(ty_arena_used_bytes(arena), 1024);
	ck_assert(ty_arena_is_over(arena));
	ty_arena_clear(arena);
	ck_assert_uint_eq(ty_arena_used_bytes(arena), 0);
}
END_TEST

START_TEST(text_is_copied_and_formatted)
{
	ck_assert_ptr_null(ty_arena_strdup(fx.arena, NULL));
	ck_assert_str_eq(ty_arena_strndup(fx.arena, "abcdef", 3), "abc");
	ck_assert_str_eq(ty_arena_printf(fx.arena, "%d-%s", 7, "x"), "7-x");
}
END_TEST

TEST_MAIN("base/arena", {
	TEST(memory_is_zeroed_and_aligned);
	TEST(memory_is_zeroed_again_after_a_clear);
	TEST(a_list_grows_and_keeps_what_it_holds);
	TEST(deferred_calls_run_last_in_first_out_at_clear_and_once);
	TEST(a_child_dies_with_its_parent_and_before_its_deferred_calls);
	TEST(a_child_may_be_freed_first_from_any_place);
	TEST(use_is_counted_with_children_and_held_against_the_limit);
	TEST(text_is_copied_and_formatted);
})
