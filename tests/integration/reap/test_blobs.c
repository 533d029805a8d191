/*
 * Files that nothing names, and uploads that never ended: their bytes go, from the folder too.
 */
#include "fixture.h"

#include "blob/writer.h"
#include "base/limits.h"
#include "conf/conf.h"
#include "store/blob.h"
#include "support/common.h"

#include <dirent.h>
#include <unistd.h>

static struct ty_blob *made;

static void
on_ready(void *ctx)
{
}

static void
on_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	ck_assert_msg(err == NULL, "%s", err != NULL ? err->msg : "");
	made = blob;
}

static void
on_put(void *ctx, const struct ty_err *err)
{
	ck_assert_msg(err == NULL, "%s", err != NULL ? err->msg : "");
}

static const struct ty_blob_writer_events events = { on_ready, on_done, NULL };
static char folder[] = "/tmp/ty-reap.XXXXXX";

/* One file in the folder, named by a run; and one that is being received when its sender goes. */
static void
keep_one_and_begin_one(void)
{
	struct ty_blob_scope scope = { .workspace_id = st.workspace,
				       .owner_id = ty_id_new(),
				       .is_verified = true };
	struct ty_store_blobs *blobs = ty_store_blobs_new(reaper->store, folder);
	struct ty_blob_writer *writer =
		ty_blob_writer_new(&ty_store_blob_io, blobs, &scope, INT64_MAX / 2, &events);
	struct ty_blob_chunk chunk = {
		.scope = &scope, .upload_id = ty_id_new(), .data = "never ended", .len = 11
	};

	ty_blob_writer_add(writer, "kept", 4);
	ty_blob_writer_end(writer);
	ty_blob_writer_free(writer);
	ty_store_blob_io.put(blobs, &chunk, on_put, NULL);
	ty_store_blobs_free(blobs);
	ty_blob_unref(made);
}

/* Folders of uploads below the folder's shards. */
static size_t
uploads_in_folder(void)
{
	size_t count = 0;
	struct dirent *shard, *upload;
	DIR *top = opendir(folder), *below;

	ck_assert_ptr_nonnull(top);
	while ((shard = readdir(top)) != NULL) {
		if (shard->d_name[0] == '.')
			continue;
		below = opendir(ty_arena_printf(fx.arena, "%s/%s", folder, shard->d_name));
		ck_assert_ptr_nonnull(below);
		while ((upload = readdir(below)) != NULL)
			count += upload->d_name[0] != '.';
		closedir(below);
	}
	closedir(top);
	return count;
}

static int64_t
rows_of(const char *table)
{
	return stage_cell_int(&st, "SELECT count(*) FROM tyboo.%s WHERE workspace_id = '%s'", table,
			      st.workspace.s);
}

static void
age(const char *table, const char *column)
{
	stage_cell(&st,
		   "UPDATE tyboo.%s SET %s = now() - interval '2 days' WHERE workspace_id = '%s'",
		   table, column, st.workspace.s);
}

START_TEST(files_go_when_nothing_names_them_and_uploads_when_they_never_end)
{
	struct ty_conf conf = *reaper->conf;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	conf.blob_folder = folder;
	reaper->conf = &conf;
	keep_one_and_begin_one();
	ck_assert_uint_eq(uploads_in_folder(), 2);
	ck_assert_ok(reap_blobs(reaper, &fx.err));
	ck_assert_uint_eq(uploads_in_folder(), 2); /* one is named, one is under way */

	age("blob_uploads", "touched_at");
	ck_assert_ok(reap_blobs(reaper, &fx.err));
	ck_assert_uint_eq(uploads_in_folder(), 1);
	ck_assert_int_eq(rows_of("blob_uploads"), 0);
	ck_assert_int_eq(rows_of("blobs"), 1);

	stage_cell(&st, "DELETE FROM tyboo.blob_uses WHERE workspace_id = '%s'", st.workspace.s);
	age("blobs", "seen_at");
	ck_assert_ok(reap_blobs(reaper, &fx.err));
	ck_assert_uint_eq(uploads_in_folder(), 0);
	ck_assert_int_eq(rows_of("blobs") + rows_of("blob_chunks") + rows_of("blob_uploads"), 0);
	ck_assert_int_eq(stage_cell_int(&st,
					"SELECT stored_bytes + unverified_bytes FROM "
					"tyboo.payload_usage WHERE workspace_id = '%s'",
					st.workspace.s),
			 0);
	ck_assert_int_eq(system(ty_arena_printf(fx.arena, "rm -r %s", folder)), 0);
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(files_go_when_nothing_names_them_and_uploads_when_they_never_end);
}

REAP_TEST_MAIN("reap.blobs", tests)
