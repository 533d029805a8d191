/*
 * Blobs in Postgres and in a folder: kept once, counted, read back, and collected.
 */
#include "fixture.h"

#include "blob/reader.h"
#include "blob/writer.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/blob.h"

#include <sys/stat.h>

#define CHUNK TY_LIMIT_BLOB_CHUNK_BYTES

static struct ty_blob *made;
static struct ty_err why;

static void
on_ready(void *ctx)
{
	ck_abort_msg("what blocks takes all bytes at once");
}

static void
on_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	made = blob;
	ty_err_clear(&why);
	if (err != NULL)
		why = *err;
}

static const struct ty_blob_writer_events events = { on_ready, on_done, NULL };

/* Bytes that no packing shrinks (a stream of hashes' worth), or that shrink well. */
static char *
bytes_of(size_t len, bool is_noise)
{
	char *data = ty_arena_alloc(fx.arena, len + 1);
	uint64_t x = 88172645463325252U;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = is_noise ? (char)x : (char)('a' + i % 3);
	}
	return data;
}

static struct ty_blob *
keep_as(const struct ty_blob_scope *scope, const char *folder, const char *data, size_t len)
{
	struct ty_store_blobs *blobs = ty_store_blobs_new(app, folder);
	struct ty_blob_writer *writer =
		ty_blob_writer_new(&ty_store_blob_io, blobs, scope, INT64_MAX / 2, &events);

	ty_blob_writer_add(writer, data, len);
	ty_blob_writer_end(writer);
	ty_blob_writer_free(writer);
	ty_store_blobs_free(blobs);
	return made;
}

static struct ty_blob *
keep(const struct ty_id *workspace, const char *data, size_t len)
{
	struct ty_blob_scope scope = { .workspace_id = *workspace,
				       .owner_id = ty_id_new(),
				       .is_verified = true };

	return keep_as(&scope, "", data, len);
}

static size_t
read_back(const struct ty_id *workspace, const char *folder, const char *hash, char *out,
	  size_t len)
{
	struct ty_store_blobs *blobs = ty_store_blobs_new(app, folder);
	struct ty_blob_reader *reader = ty_blob_reader_new(&ty_store_blob_io, blobs, workspace,
							   hash, (int64_t)len, 0, NULL, NULL);
	size_t have = 0;
	ssize_t n;

	while ((n = ty_blob_reader_take(reader, out + have, 65536)) > 0)
		have += (size_t)n;
	ty_err_clear(&why);
	if (n < 0)
		why = *ty_blob_reader_failure(reader);
	ty_blob_reader_free(reader);
	ty_store_blobs_free(blobs);
	return have;
}

static int64_t
number(const char *sql)
{
	const char *cell = db_cell(owner, NULL, sql);

	return cell != NULL ? atoll(cell) : 0;
}

static int64_t
usage(const char *column)
{
	return number(ty_arena_printf(
		fx.arena,
		"SELECT coalesce(sum(%s), 0) FROM tyboo.payload_usage WHERE workspace_id = '%s'",
		column, ws_a.s));
}

static int64_t
count(const char *table)
{
	return number(ty_arena_printf(fx.arena,
				      "SELECT count(*) FROM tyboo.%s WHERE workspace_id = '%s'",
				      table, ws_a.s));
}

static const struct {
	size_t len;
	bool is_noise;
} sizes[] = { { 0, false },    { 1, false },	     { 1000, false },
	      { CHUNK, true }, { CHUNK + 1, false }, { 3 * CHUNK + 5, true } };

START_TEST(bytes_come_back_as_they_went_in)
{
	char *data = bytes_of(sizes[_i].len, sizes[_i].is_noise), *out;
	struct ty_blob *blob = keep(&ws_a, data, sizes[_i].len);

	ck_assert_msg(blob != NULL, "%s", why.msg);
	out = ty_arena_alloc(fx.arena, sizes[_i].len + 65536);
	ck_assert_uint_eq(read_back(&ws_a, "", blob->hash, out, sizes[_i].len), sizes[_i].len);
	ck_assert_int_eq(why.code, TY_OK);
	ck_assert_mem_eq(out, data, sizes[_i].len);
	ck_assert_int_eq(count("blob_uploads"), 0);
	ck_assert_int_eq(usage("stored_bytes"),
			 number(ty_arena_printf(fx.arena,
						"SELECT coalesce(sum(octet_length(stored)), 0)"
						" FROM tyboo.blob_chunks WHERE workspace_id = '%s'",
						ws_a.s)));
	ck_assert_int_le(usage("stored_bytes"), (int64_t)sizes[_i].len + 20);
	ty_blob_unref(blob);
}
END_TEST

START_TEST(compression_is_used_where_it_helps)
{
	ty_blob_unref(keep(&ws_a, bytes_of(CHUNK, false), CHUNK));
	ck_assert_int_lt(usage("stored_bytes"), CHUNK / 10);
	ty_blob_unref(keep(&ws_b, bytes_of(CHUNK, true), CHUNK));
	ck_assert_str_eq(db_cell(owner, NULL,
				 ty_arena_printf(fx.arena,
						 "SELECT bool_or(is_packed) FROM tyboo.blob_chunks"
						 " WHERE workspace_id = '%s'",
						 ws_b.s)),
			 "f");
}
END_TEST

START_TEST(the_same_bytes_are_kept_once_in_a_workspace)
{
	char *data = bytes_of(2 * CHUNK, true);
	int64_t bytes;

	ty_blob_unref(keep(&ws_a, data, 2 * CHUNK));
	bytes = usage("stored_bytes");
	ty_blob_unref(keep(&ws_a, data, 2 * CHUNK));
	ck_assert_int_eq(usage("stored_bytes"), bytes);
	ck_assert_int_eq(count("blobs"), 1);
	ck_assert_int_eq(count("blob_chunks"), 2);
	ck_assert_int_eq(count("blob_uploads"), 0);
	ck_assert_int_eq(count("blob_uses"), 2); /* two owners name it */
}
END_TEST

START_TEST(another_workspaces_blob_is_not_there)
{
	struct ty_blob *blob = keep(&ws_a, "secret", 6);
	char out[65536 + 6];

	ck_assert_uint_eq(read_back(&ws_b, "", blob->hash, out, 6), 0);
	ck_assert_int_eq(why.code, TY_E_NOT_FOUND);
	ty_blob_unref(blob);
}
END_TEST

static void
set_limit(const char *column, int64_t n)
{
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "UPDATE tyboo.workspaces SET %s = %lld WHERE id = '%s'",
			       column, (long long)n, ws_a.s));
}

START_TEST(what_does_not_fit_into_the_quota_is_refused_and_leaves_nothing)
{
	set_limit("payload_bytes_max", 2 * CHUNK);
	ck_assert_ptr_null(keep(&ws_a, bytes_of(3 * CHUNK, true), 3 * CHUNK));
	ck_assert_int_eq(why.code, TY_E_LIMIT);
	ck_assert_int_eq(usage("stored_bytes"), 0);
	ck_assert_int_eq(count("blob_chunks") + count("blob_uploads") + count("blobs"), 0);
	ty_blob_unref(keep(&ws_a, bytes_of(2 * CHUNK, true), 2 * CHUNK));
	ck_assert_int_eq(why.code, TY_OK);
}
END_TEST

START_TEST(one_blob_has_a_limit_of_its_own)
{
	set_limit("blob_bytes_max", CHUNK);
	ck_assert_ptr_null(keep(&ws_a, bytes_of(CHUNK + 1, false), CHUNK + 1));
	ck_assert_int_eq(why.code, TY_E_TOO_LARGE);
	ty_blob_unref(keep(&ws_a, bytes_of(CHUNK, false), CHUNK));
	ck_assert_int_eq(why.code, TY_OK);
}
END_TEST

START_TEST(what_is_not_verified_has_a_quota_of_its_own)
{
	struct ty_blob_scope scope = { .workspace_id = ws_a, .owner_id = ty_id_new() };
	struct ty_store_blobs *blobs = ty_store_blobs_new(app, "");
	struct ty_blob_writer *writer =
		ty_blob_writer_new(&ty_store_blob_io, blobs, &scope, INT64_MAX / 2, &events);
	char *data = bytes_of(3 * CHUNK, true);

	set_limit("unverified_bytes_max", 2 * CHUNK);
	ty_blob_writer_add(writer, data, CHUNK);
	ck_assert_int_eq(usage("unverified_bytes"), CHUNK);
	ck_assert_int_eq(usage("stored_bytes"), 0);
	/* It is not what it should be: dropped, and its bytes with it. */
	ty_blob_writer_free(writer);
	ck_assert_int_eq(usage("unverified_bytes"), 0);
	ck_assert_int_eq(count("blob_chunks") + count("blob_uploads"), 0);
	/* Over that quota, while the workspace's own has room. */
	ck_assert_ptr_null(keep_as(&scope, "", data, 3 * CHUNK));
	ck_assert_int_eq(why.code, TY_E_LIMIT);
	/* Committed, it counts as everything does. */
	ty_blob_unref(keep_as(&scope, "", data, 2 * CHUNK));
	ck_assert_int_eq(usage("unverified_bytes"), 0);
	ck_assert_int_eq(usage("stored_bytes"), 2 * CHUNK);
	ty_store_blobs_free(blobs);
}
END_TEST

/* ---- collection ---- */

static void
collect(const char *folder)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_dropped_upload *uploads;
	struct ty_id *ids;
	int64_t condemned;
	size_t n;

	ck_assert_ok(ty_store_blob_condemn(tx, &condemned, &fx.err));
	ck_assert_ok(ty_store_blob_dropped(tx, &uploads, &n, &fx.err));
	ids = ty_arena_alloc_array(fx.arena, n + 1, sizeof(*ids));
	for (size_t i = 0; i < n; i++)
		ids[i] = uploads[i].id;
	ck_assert_ok(ty_store_blob_forget(tx, ids, n, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

static void
age(const char *table, const char *column)
{
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.%s SET %s = now() - interval '2 days'"
			       " WHERE workspace_id = '%s'",
			       table, column, ws_a.s));
}

START_TEST(a_blob_goes_when_nothing_names_it)
{
	struct ty_blob *blob = keep(&ws_a, bytes_of(2 * CHUNK, true), 2 * CHUNK);
	char *out = ty_arena_alloc(fx.arena, 2 * CHUNK + 65536);

	age("blobs", "seen_at");
	collect("");
	ck_assert_int_eq(count("blobs"), 1); /* a run names it */
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "DELETE FROM tyboo.blob_uses WHERE workspace_id = '%s'",
			       ws_a.s));
	collect("");
	ck_assert_int_eq(count("blobs"), 1); /* it was seen in use a moment ago */
	age("blobs", "seen_at");
	collect("");
	ck_assert_int_eq(count("blobs") + count("blob_chunks") + count("blob_uploads"), 0);
	ck_assert_int_eq(usage("stored_bytes"), 0);
	ck_assert_uint_eq(read_back(&ws_a, "", blob->hash, out, 2 * CHUNK), 0);
	ck_assert_int_eq(why.code, TY_E_NOT_FOUND);
	ty_blob_unref(blob);
}
END_TEST

START_TEST(an_upload_that_nobody_adds_to_is_dropped)
{
	struct ty_blob_scope scope = { .workspace_id = ws_a, .owner_id = ty_id_new() };
	struct ty_store_blobs *blobs = ty_store_blobs_new(app, "");
	struct ty_blob_writer *writer =
		ty_blob_writer_new(&ty_store_blob_io, blobs, &scope, INT64_MAX / 2, &events);

	ty_blob_writer_add(writer, bytes_of(CHUNK, true), CHUNK);
	collect("");
	ck_assert_int_eq(count("blob_uploads"), 1);
	age("blob_uploads", "touched_at");
	collect("");
	ck_assert_int_eq(count("blob_uploads") + count("blob_chunks"), 0);
	ck_assert_int_eq(usage("unverified_bytes"), 0);
	/* Whoever comes back to it is told, and nothing is kept of the rest. */
	ty_blob_writer_add(writer, "more", 4);
	ty_blob_writer_end(writer);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(why.code, TY_E_CONFLICT);
	ty_blob_writer_free(writer);
	ty_store_blobs_free(blobs);
	ck_assert_int_eq(count("blobs"), 0);
}
END_TEST

START_TEST(a_statement_whose_answer_was_lost_may_be_made_again)
{
	struct ty_blob_scope scope = { .workspace_id = ws_a,
				       .owner_id = ty_id_new(),
				       .is_verified = true };
	struct ty_blob_chunk chunk = { .scope = &scope, .upload_id = ty_id_new() };
	const char *hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct ty_stored_chunk stored = { .data = "abc", .len = 3, .size = 3 };
	struct ty_store_query query;
	struct ty_rows rows;

	for (int i = 0; i < 2; i++) {
		ty_store_blob_commit_query(fx.arena, &chunk, &stored, hash, 3, &query);
		db_query(&query, &rows);
		ck_assert_ok(ty_store_blob_check(&rows, &fx.err));
	}
	ck_assert_int_eq(count("blobs"), 1);
	ck_assert_int_eq(usage("stored_bytes"), 3);
}
END_TEST

START_TEST(bytes_may_be_in_a_folder)
{
	char folder[] = "/tmp/ty-blobs.XXXXXX", *out = ty_arena_alloc(fx.arena, 2 * CHUNK + 65536);
	struct ty_blob_scope scope = { .workspace_id = ws_a,
				       .owner_id = ty_id_new(),
				       .is_verified = true };
	char *data = bytes_of(2 * CHUNK, true);
	struct ty_blob *blob;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	blob = keep_as(&scope, folder, data, 2 * CHUNK);
	ck_assert_msg(blob != NULL, "%s", why.msg);
	ck_assert_int_eq(number(ty_arena_printf(fx.arena,
						"SELECT count(stored) FROM tyboo.blob_chunks"
						" WHERE workspace_id = '%s'",
						ws_a.s)),
			 0);
	ck_assert_int_eq(usage("stored_bytes"), 2 * CHUNK);
	ck_assert_uint_eq(read_back(&ws_a, folder, blob->hash, out, 2 * CHUNK), 2 * CHUNK);
	ck_assert_mem_eq(out, data, 2 * CHUNK);
	ck_assert_int_eq(system(ty_arena_printf(fx.arena, "rm -r %s", folder)), 0);
	ck_assert_uint_eq(read_back(&ws_a, folder, blob->hash, out, 2 * CHUNK), 0);
	ck_assert_int_eq(why.code, TY_E_NOT_FOUND);
	ty_blob_unref(blob);
}
END_TEST

/* A file that a run of April 2022 names. */
static struct ty_id
old_run(const char *status, char letter, const char **ret_hash)
{
	struct ty_blob_scope scope = { .workspace_id = ws_a, .is_verified = true };
	struct ty_blob *blob;

	ck_assert(ty_id_parse(db_cell(owner, NULL,
				      "SELECT left(tyboo.uuid_at('2022-04-15')::text, 24) || "
				      "right(gen_random_uuid()::text, 12)"),
			      &scope.owner_id));
	blob = keep_as(&scope, "", &letter, 1);
	*ret_hash = ty_arena_strdup(fx.arena, blob->hash);
	ty_blob_unref(blob);
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, "
		       "mode, status, fence, accepted_at, started_at, finished_at) VALUES ('%s', "
		       "'%s', '%s', '%s', 'api', '%s', 1, now(), now(), CASE '%s' WHEN 'ok' THEN "
		       "now() END)",
		       ws_a.s, scope.owner_id.s, ws_a.s, ws_a.s, status, status));
	return scope.owner_id;
}

/* Retention, then what nothing has named for a day, as tyboo-reap does. */
static void
retire(void)
{
	db_run(owner, NULL, "UPDATE tyboo.blobs SET seen_at = now() - interval '2 days'");
	db_run(app, NULL, "SELECT tyboo.drop_partitions('2022-06-01')");
	db_run(app, NULL, "SELECT tyboo.blob_condemn('1 day', 100)");
}

START_TEST(retention_takes_no_file_of_a_run_that_waits)
{
	const char *waits, *over;
	struct ty_id run;
	char out[2];

	db_run(owner, NULL, "SELECT tyboo.ensure_partitions('2022-04-15'::timestamptz, 0)");
	run = old_run("waiting", 'w', &waits);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.parked_runs VALUES ('%s', '%s', '', 1, 1, 1, 1, "
			       "'{\"\"}', '{}', 'x', now())",
			       ws_a.s, run.s));
	(void)old_run("ok", 'o', &over);
	retire();
	ck_assert_uint_eq(read_back(&ws_a, "", waits, out, 1), 1);
	ck_assert_uint_eq(read_back(&ws_a, "", over, out, 1), 0);
	/* Once the run is over, its file goes with the next month's. */
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.executions SET status = 'ok', finished_at = now() "
			       "WHERE id = '%s'",
			       run.s));
	retire();
	ck_assert_uint_eq(read_back(&ws_a, "", waits, out, 1), 1);
	db_run(owner, NULL, "SELECT tyboo.ensure_partitions('2022-05-15'::timestamptz, 0)");
	retire();
	ck_assert_uint_eq(read_back(&ws_a, "", waits, out, 1), 0);
}
END_TEST

DB_TEST_MAIN("store.blob", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST_LOOP(bytes_come_back_as_they_went_in, sizes);
	TEST(compression_is_used_where_it_helps);
	TEST(the_same_bytes_are_kept_once_in_a_workspace);
	TEST(another_workspaces_blob_is_not_there);
	TEST(what_does_not_fit_into_the_quota_is_refused_and_leaves_nothing);
	TEST(one_blob_has_a_limit_of_its_own);
	TEST(what_is_not_verified_has_a_quota_of_its_own);
	TEST(a_blob_goes_when_nothing_names_it);
	TEST(an_upload_that_nobody_adds_to_is_dropped);
	TEST(a_statement_whose_answer_was_lost_may_be_made_again);
	TEST(bytes_may_be_in_a_folder);
	TEST(retention_takes_no_file_of_a_run_that_waits);
})
