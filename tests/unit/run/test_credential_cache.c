/*
 * test_credential_cache.c -- the cache of opened credentials: its bounds, who holds what, and that what
 * goes is wiped.
 */
#include "credential_cache.h"

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
static struct credential_ref *
add(struct credential_cache *cache, size_t i, int64_t version, size_t bytes)
{
	struct ty_arena *arena = ty_arena_new(NULL, "credential", 0);
	struct ty_credential *credential = ty_arena_new_of(arena, struct ty_credential);

	credential->bytes = bytes;
	return credential_cache_add(cache, &ws, &ids[i], version, arena, credential);
}

static void
add_unheld(struct credential_cache *cache, size_t i, size_t bytes)
{
	credential_unref(add(cache, i, 1, bytes));
}

static bool
has(struct credential_cache *cache, size_t i)
{
	struct credential_ref *ref = credential_cache_find(cache, &ws, &ids[i]);

	credential_unref(ref);
	return ref != NULL;
}

START_TEST(the_least_recently_used_goes_first)
{
	struct credential_cache *cache = credential_cache_new(2, 1000);

	make_ids();
	add_unheld(cache, 0, 10);
	add_unheld(cache, 1, 10);
	ck_assert(has(cache, 0)); /* used */
	add_unheld(cache, 2, 10);
	ck_assert(has(cache, 0));
	ck_assert(!has(cache, 1));
	ck_assert_uint_eq(credential_cache_count(cache), 2);
	credential_cache_free(cache);
}
END_TEST

START_TEST(bytes_are_bounded_too)
{
	struct credential_cache *cache = credential_cache_new(100, 100);

	make_ids();
	add_unheld(cache, 0, 60);
	add_unheld(cache, 1, 60);
	ck_assert(!has(cache, 0));
	ck_assert_uint_eq(credential_cache_bytes(cache), 60);
	/* Larger than all there is: it serves its call and is not kept. */
	add_unheld(cache, 2, 101);
	ck_assert_uint_eq(credential_cache_count(cache), 0);
	ck_assert_uint_eq(credential_cache_bytes(cache), 0);
	credential_cache_free(cache);
}
END_TEST

START_TEST(a_new_version_takes_the_place_of_the_old)
{
	struct credential_cache *cache = credential_cache_new(8, 1000);
	struct credential_ref *old, *new;

	make_ids();
	old = add(cache, 0, 1, 10);
	credential_unref(add(cache, 0, 2, 20));
	new = credential_cache_find(cache, &ws, &ids[0]);
	ck_assert_int_eq(new->version, 2);
	ck_assert_int_eq(old->version, 1); /* its call goes on with it */
	ck_assert_uint_eq(credential_cache_bytes(cache), 20);
	credential_unref(new);
	credential_unref(old);
	credential_cache_free(cache);
}
END_TEST

START_TEST(another_workspace_finds_nothing)
{
	struct credential_cache *cache = credential_cache_new(8, 1000);
	struct ty_id other;

	make_ids();
	other = ty_id_new();
	add_unheld(cache, 0, 10);
	ck_assert_ptr_null(credential_cache_find(cache, &other, &ids[0]));
	credential_cache_forget(cache, &other, &ids[0]);
	ck_assert(has(cache, 0));
	credential_cache_forget(cache, &ws, &ids[0]);
	ck_assert(!has(cache, 0));
	credential_cache_free(cache);
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
	struct credential_cache *cache = credential_cache_new(8, 1000);
	struct ty_arena *arena = ty_arena_new(NULL, "credential", 0);
	struct credential_ref *ref;
	bool is_gone = false;

	make_ids();
	ty_arena_defer(arena, note, &is_gone);
	ref = credential_cache_add(cache, &ws, &ids[0], 1, arena,
				   ty_arena_new_of(arena, struct ty_credential));
	credential_cache_free(cache);
	ck_assert(!is_gone);
	credential_unref(ref);
	ck_assert(is_gone);
}
END_TEST

TEST_MAIN("run credential_cache", {
	TEST(the_least_recently_used_goes_first);
	TEST(bytes_are_bounded_too);
	TEST(a_new_version_takes_the_place_of_the_old);
	TEST(another_workspace_finds_nothing);
	TEST(what_is_held_outlives_the_cache_and_is_then_wiped);
})
