/*
 * test_code_library.c -- bundles of packages: one of a name is current, and those of before stay for their runs.
 */
#include "integration/store/fixture.h"

#include "json/json.h"
#include "store/code_library.h"

static enum ty_code
add(const char *name, const char *source, char digest[TY_CODE_LIBRARY_DIGEST_SIZE])
{
	struct ty_tx *tx = db_begin(owner, NULL);
	enum ty_code code = ty_store_code_library_add(tx, name, "1.0", source, digest, &fx.err);

	if (code == TY_OK)
		ck_assert_ok(ty_tx_commit(tx, &fx.err));
	else
		ty_tx_rollback(tx);
	return code;
}

static json_t *
current(void)
{
	struct ty_store_query query;
	struct ty_rows rows;
	json_t *digests;

	ty_store_code_libraries_query(&query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_code_libraries_decode(fx.arena, &rows, &digests, &fx.err));
	return digests;
}

static enum ty_code
find(const json_t *names, const json_t *digests, json_t **ret_found)
{
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_code_library_texts_query(fx.arena, names, digests, &query);
	db_query(&query, &rows);
	return ty_store_code_library_texts_decode(fx.arena, &rows, ret_found, &fx.err);
}

START_TEST(a_run_keeps_the_bundle_that_it_began_with)
{
	json_t *names = ty_json_own(fx.arena, json_pack("[s]", "mine")), *pinned, *found;
	char first[TY_CODE_LIBRARY_DIGEST_SIZE], second[TY_CODE_LIBRARY_DIGEST_SIZE];
	struct ty_tx *tx;

	ck_assert_ok(add("mine", "first", first));
	ck_assert_ok(add("other", "text", second));
	ck_assert_ok(find(names, current(), &found));
	ck_assert_str_eq(ty_json_str(json_object_get(found, "mine"), "source", ""), "first");
	ck_assert_ptr_nonnull(json_object_get(found, "other"));
	ck_assert_ptr_null(json_object_get(json_object_get(found, "other"), "source"));

	ck_assert_ok(add("mine", "second", second));
	ck_assert_ok(find(names, current(), &found));
	ck_assert_str_eq(ty_json_str(json_object_get(found, "mine"), "source", ""), "second");
	pinned = ty_json_own(fx.arena, json_pack("{s:s}", "mine", first));
	ck_assert_ok(find(names, pinned, &found));
	ck_assert_str_eq(ty_json_str(json_object_get(found, "mine"), "source", ""), "first");
	ck_assert_ptr_null(json_object_get(found, "other"));

	tx = db_begin(owner, NULL);
	ck_assert_ok(ty_store_code_library_remove(tx, "mine", &fx.err));
	ck_assert_int_eq(ty_store_code_library_remove(tx, "mine", &fx.err), TY_E_NOT_FOUND);
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_ok(find(names, current(), &found));
	ck_assert_ptr_null(json_object_get(found, "mine"));
	ck_assert_ok(find(names, pinned, &found));
	ck_assert_str_eq(ty_json_str(json_object_get(found, "mine"), "source", ""), "first");

	db_run(owner, NULL, "DELETE FROM tyboo.code_libraries WHERE name = 'mine'");
	ck_assert_int_eq(find(names, pinned, &found), TY_E_NOT_FOUND);
}
END_TEST

/* The programs' role reads them and writes none. */
START_TEST(only_the_owner_writes_them)
{
	char digest[TY_CODE_LIBRARY_DIGEST_SIZE];
	struct ty_tx *tx = db_begin(app, NULL);

	ck_assert_int_ne(ty_store_code_library_add(tx, "theirs", NULL, "x", digest, &fx.err),
			 TY_OK);
	ty_tx_rollback(tx);
}
END_TEST

static const struct {
	const char *name;
	bool is_good;
} names[] = {
	{ "dayjs", true },  { "@scope/a.b", true }, { "date-fns", true }, { "a/b", false },
	{ "Dayjs", false }, { "@scope/", false },   { "@/a", false },	  { "", false },
	{ "a b", false },   { "a'", false },
};

START_TEST(a_name_is_one_of_npm)
{
	ck_assert_int_eq(ty_store_code_library_name_is_good(names[_i].name), names[_i].is_good);
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
	char digest[TY_CODE_LIBRARY_DIGEST_SIZE];
	char *large = ty_arena_alloc(fx.arena, TY_LIMIT_CODE_LIBRARY_BYTES + 2);

	memset(large, 'x', TY_LIMIT_CODE_LIBRARY_BYTES + 1);
	ck_assert_int_eq(add("large", large, digest), TY_E_TOO_LARGE);
	large[TY_LIMIT_CODE_LIBRARY_BYTES] = '\0';
	ck_assert_ok(add("large", large, digest));
	db_run(owner, NULL, "DELETE FROM tyboo.code_libraries");
	for (int i = 0; i < TY_LIMIT_CODE_LIBRARIES; i++)
		ck_assert_ok(add(ty_arena_printf(fx.arena, "n%d", i), "x", digest));
	ck_assert_int_eq(add("more", "x", digest), TY_E_LIMIT);
	ck_assert_ok(add("n1", "y", digest));
	db_run(owner, NULL, "DELETE FROM tyboo.code_libraries");
}
END_TEST

DB_TEST_MAIN("store.code_library", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(a_run_keeps_the_bundle_that_it_began_with);
	TEST(only_the_owner_writes_them);
	TEST_LOOP(a_name_is_one_of_npm, names);
	TEST(what_is_too_much_is_refused);
})
