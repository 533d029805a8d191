/*
 * test_credential_cache.c -- the cache of opened credentials: its bounds, who holds what, and that what
 * goes is wiped.
 */
#include "service/credential_cache.h"

#include "crypto/crypto.h"
#include "support/common.h"

static struct ty_id ws, ids[4];

static void
make_ids(void)
{
	ws = ty_id_new();
	for (size_t i = 0; i < TY_ARRAY_COUNT(ids); i++)
		ids[i] = ty_id_new();
}

/* 'bytes' of secret; gives the hold. */
static struct ty_credential_ref *
add(struct ty_credential_cache *cache, size_t i, int64_t version, size_t bytes)
{
	struct ty_arena *arena = ty_arena_new(NULL, "credential", 0);
	struct ty_credential *credential = ty_arena_new_of(arena, struct ty_credential);

	credential->bytes = bytes;
	return ty_credential_cache_add(cache, &ws, &ids[i], version, arena, credential);
}

static void
add_unheld(struct ty_credential_cache *cache, size_t i, size_t bytes)
{
	ty_credential_unref(add(cache, i, 1, bytes));
}

static bool
has(struct ty_credential_cache *cache, size_t i)
{
	struct ty_credential_ref *ref = ty_credential_cache_find(cache, &ws, &ids[i]);

	ty_credential_unref(ref);
	return ref != NULL;
}

START_TEST(the_least_recently_used_goes_first)
{
	struct ty_credential_cache *cache = ty_credential_cache_new(2, 1000);

	make_ids();
	add_unheld(cache, 0, 10);
	add_unheld(cache, 1, 10);
	ck_assert(has(cache, 0)); /* used */
	add_unheld(cache, 2, 10);
	ck_assert(has(cache, 0));
	ck_assert(!has(cache, 1));
	ck_assert_uint_eq(ty_credential_cache_count(cache), 2);
	ty_credential_cache_free(cache);
}
END_TEST

START_TEST(bytes_are_bounded_too)
{
	struct ty_credential_cache *cache = ty_credential_cache_new(100, 100);

	make_ids();
	add_unheld(cache, 0, 60);
	add_unheld(cache, 1, 60);
	ck_assert(!has(cache, 0));
	ck_assert_uint_eq(ty_credential_cache_bytes(cache), 60);
	/* Larger than all there is: it serves its call and is not kept. */
	add_unheld(cache, 2, 101);
	ck_assert_uint_eq(ty_credential_cache_count(cache), 0);
	ck_assert_uint_eq(ty_credential_cache_bytes(cache), 0);
	ty_credential_cache_free(cache);
}
END_TEST

START_TEST(a_new_version_takes_the_place_of_the_old)
{
	struct ty_credential_cache *cache = ty_credential_cache_new(8, 1000);
	struct ty_credential_ref *old, *new;

	make_ids();
	old = add(cache, 0, 1, 10);
	ty_credential_unref(add(cache, 0, 2, 20));
	new = ty_credential_cache_find(cache, &ws, &ids[0]);
	ck_assert_int_eq(new->version, 2);
	ck_assert_int_eq(old->version, 1); /* its call goes on with it */
	ck_assert_uint_eq(ty_credential_cache_bytes(cache), 20);
	ty_credential_unref(new);
	ty_credential_unref(old);
	ty_credential_cache_free(cache);
}
END_TEST

START_TEST(another_workspace_finds_nothing)
{
	struct ty_credential_cache *cache = ty_credential_cache_new(8, 1000);
	struct ty_id other;

	make_ids();
	other = ty_id_new();
	add_unheld(cache, 0, 10);
	ck_assert_ptr_null(ty_credential_cache_find(cache, &other, &ids[0]));
	ty_credential_cache_forget(cache, &other, &ids[0]);
	ck_assert(has(cache, 0));
	ty_credential_cache_forget(cache, &ws, &ids[0]);
	ck_assert(!has(cache, 0));
	ty_credential_cache_free(cache);
}
END_TEST

/* Says whether the arena of an entry is gone. */
static void
note(void *ptr)
{
	*(bool *)ptr = true;
}

START_TEST(what_is_held_outlives_the_cache_and_is_then_wiped)
{
	struct ty_credential_cache *cache = ty_credential_cache_new(8, 1000);
	struct ty_arena *arena = ty_arena_new(NULL, "credential", 0);
	struct ty_credential_ref *ref;
	bool is_gone = false;

	make_ids();
	ty_arena_defer(arena, note, &is_gone);
	ref = ty_credential_cache_add(cache, &ws, &ids[0], 1, arena,
				      ty_arena_new_of(arena, struct ty_credential));
	ty_credential_cache_free(cache);
	ck_assert(!is_gone);
	ty_credential_unref(ref);
	ck_assert(is_gone);
}
END_TEST

TEST_MAIN("service credential_cache", {
	TEST(the_least_recently_used_goes_first);
	TEST(bytes_are_bounded_too);
	TEST(a_new_version_takes_the_place_of_the_old);
	TEST(another_workspace_finds_nothing);
	TEST(what_is_held_outlives_the_cache_and_is_then_wiped);
})
