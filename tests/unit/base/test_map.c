/* test_map.c -- the map against a plain array, in both kinds of memory. */
#include "base/map.h"
#include "support/common.h"

#include <stdio.h>

START_TEST(what_is_set_is_found_and_iterated_in_order_of_insertion)
{
	struct ty_map *map = ty_map_new(fx.arena);
	const char *key, *order = "";
	size_t at = 0;

	ck_assert_ptr_null(ty_map_set(map, "b", "1"));
	ck_assert_ptr_null(ty_map_set(map, "a", "2"));
	ck_assert_str_eq(ty_map_set(map, "b", "3"), "1");
	ck_assert_str_eq(ty_map_find(map, "b"), "3");
	ck_assert_ptr_null(ty_map_find(map, "c"));
	while (ty_map_next(map, &at, &key, NULL))
		order = ty_arena_printf(fx.arena, "%s%s", order, key);
	ck_assert_str_eq(order, "ba");
}
END_TEST

START_TEST(taking_makes_absent_and_setting_again_goes_to_the_end)
{
	struct ty_map *map = ty_map_new(fx.arena);

	ty_map_set(map, "a", "1");
	ck_assert_str_eq(ty_map_take(map, "a"), "1");
	ck_assert_ptr_null(ty_map_take(map, "a"));
	ck_assert_uint_eq(ty_map_count(map), 0);
	ty_map_set(map, "a", "2");
	ck_assert_str_eq(ty_map_find(map, "a"), "2");
}
END_TEST

/* A fixed linear congruential sequence of sets and takes, held against an array. */
START_TEST(thousands_of_changes_agree_with_an_array)
{
	struct ty_map *map = ty_map_new(NULL);
	char *model[512] = { 0 };
	static char values[512];
	unsigned seed = 1;
	size_t live = 0;

	for (int i = 0; i < 50000; i++) {
		char key[16];
		unsigned k;

		seed = seed * 1103515245u + 12345u;
		k = seed >> 16 & 511;
		snprintf(key, sizeof(key), "key-%u", k);
		if ((seed >> 8 & 3) == 0) {
			ck_assert_ptr_eq(ty_map_take(map, key), model[k]);
			model[k] = NULL;
		} else {
			ck_assert_ptr_eq(ty_map_set(map, key, &values[k]), model[k]);
			model[k] = &values[k];
		}
	}
	for (int k = 0; k < 512; k++) {
		char key[16];

		snprintf(key, sizeof(key), "key-%d", k);
		ck_assert_ptr_eq(ty_map_find(map, key), model[k]);
		live += model[k] != NULL;
	}
	ck_assert_uint_eq(ty_map_count(map), live);
	ty_map_free(map);
}
END_TEST

TEST_MAIN("base/map", {
	TEST(what_is_set_is_found_and_iterated_in_order_of_insertion);
	TEST(taking_makes_absent_and_setting_again_goes_to_the_end);
	TEST(thousands_of_changes_agree_with_an_array);
})
