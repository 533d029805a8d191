/*
 * Chunks as files: kept, read back, and taken away with their upload.
 */
#include "blob/folder.h"
#include "support/common.h"

#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/ty-folder.XXXXXX";

static void
setup(void)
{
	fx_setup();
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
teardown(void)
{
	char shard[128];

	for (int i = 0; i < 256; i++) {
		snprintf(shard, sizeof(shard), "%s/%02x", folder, (unsigned)i);
		rmdir(shard);
	}
	ck_assert_int_eq(rmdir(folder), 0); /* and so nothing was left behind */
	fx_teardown();
}

START_TEST(a_chunk_is_read_back_and_goes_with_its_upload)
{
	struct ty_id id = ty_id_new();
	char got[5];

	ck_assert_ok(ty_blob_folder_put(folder, &id, 0, "first", 5, &fx.err));
	ck_assert_ok(ty_blob_folder_put(folder, &id, 1, "other", 5, &fx.err));
	ck_assert_ok(ty_blob_folder_get(folder, &id, 1, got, 5, &fx.err));
	ck_assert_mem_eq(got, "other", 5);
	ck_assert_ok(ty_blob_folder_drop(folder, &id, &fx.err));
	ck_assert_code(ty_blob_folder_get(folder, &id, 0, got, 5, &fx.err), TY_E_NOT_FOUND);
	ck_assert_ok(ty_blob_folder_drop(folder, &id, &fx.err)); /* again */
}
END_TEST

START_TEST(a_chunk_of_another_size_is_damaged)
{
	struct ty_id id = ty_id_new();
	char got[9];

	ck_assert_ok(ty_blob_folder_put(folder, &id, 0, "first", 5, &fx.err));
	ck_assert_code(ty_blob_folder_get(folder, &id, 0, got, 9, &fx.err), TY_E_NOT_FOUND);
	ck_assert_ok(ty_blob_folder_drop(folder, &id, &fx.err));
}
END_TEST

START_TEST(a_folder_that_is_not_there_says_so)
{
	struct ty_id id = ty_id_new();

	ck_assert_code(ty_blob_folder_put("/nonexistent", &id, 0, "x", 1, &fx.err), TY_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(fx.err.hint, "blob_folder"));
}
END_TEST

SUITE_MAIN("folder", TEST_TIMEOUT_S, setup, teardown, , , {
	TEST(a_chunk_is_read_back_and_goes_with_its_upload);
	TEST(a_chunk_of_another_size_is_damaged);
	TEST(a_folder_that_is_not_there_says_so);
})
