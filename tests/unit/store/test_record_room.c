/* test_record_room.c -- one reader of large records at a time; small ones pass. */
#include "store/record_room.h"

#include "support/common.h"

#include <pthread.h>

#define LARGE ((size_t)TY_LIMIT_RECORD_COUNTED_BYTES)

/* Of another thread. */
struct reader {
	pthread_t thread;
	size_t len;
	enum ty_code code;
};

static void *
read_record(void *arg)
{
	struct reader *reader = arg;
	struct ty_arena *arena = ty_arena_new(NULL, "reader", 0);
	struct ty_err err = { TY_OK };

	reader->code = record_room_take(arena, reader->len, &err);
	ty_arena_free(arena);
	return NULL;
}

static void
reader_start(struct reader *reader, size_t len)
{
	*reader = (struct reader){ .len = len, .code = TY_E_INTERNAL };
	ck_assert_int_eq(pthread_create(&reader->thread, NULL, read_record, reader), 0);
}

START_TEST(a_second_large_record_waits_until_the_first_is_done_with)
{
	struct ty_arena *arena = ty_arena_new(NULL, "first", 0);
	struct reader second;

	ck_assert_ok(record_room_take(arena, LARGE, &fx.err));
	reader_start(&second, LARGE);
	while (record_room_waiting() == 0)
		sched_yield();
	ty_arena_clear(arena);
	pthread_join(second.thread, NULL);
	ck_assert_int_eq(second.code, TY_OK);
	ty_arena_free(arena);
}
END_TEST

START_TEST(a_small_record_waits_for_nobody)
{
	struct reader small;

	ck_assert_ok(record_room_take(fx.arena, LARGE, &fx.err));
	reader_start(&small, LARGE - 1);
	pthread_join(small.thread, NULL);
	ck_assert_int_eq(small.code, TY_OK);
}
END_TEST

START_TEST(who_has_the_room_reads_more_of_them)
{
	struct ty_arena *arena = ty_arena_new(NULL, "other", 0);

	for (int i = 0; i < 3; i++)
		ck_assert_ok(record_room_take(fx.arena, LARGE, &fx.err));
	ty_arena_clear(fx.arena);
	ck_assert_ok(record_room_take(arena, LARGE, &fx.err)); /* it was given back whole */
	ty_arena_free(arena);
}
END_TEST

TEST_MAIN("store record room", {
	TEST(a_second_large_record_waits_until_the_first_is_done_with);
	TEST(a_small_record_waits_for_nobody);
	TEST(who_has_the_room_reads_more_of_them);
})
