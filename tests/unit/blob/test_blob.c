/*
 * Blobs in the making and read again, over a store that answers late, at once, or not well.
 */
#include "blob/reader.h"
#include "blob/writer.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "support/common.h"

#define CHUNK	  TY_LIMIT_BLOB_CHUNK_BYTES
#define BYTES_MAX (4 * CHUNK)

/* A store of one blob. */
static struct {
	bool is_late;
	size_t fails_at; /* the nth call, from 1; 0 = none does */
	size_t calls, drops;
	char data[BYTES_MAX];
	size_t len, biggest;
	char hash[TY_BLOB_HASH_SIZE];
	ty_blob_done_fn done; /* not called yet */
	ty_blob_got_fn got;
	int64_t number;
	void *ctx;
} st;

static void
st_answer(void)
{
	struct ty_err err = { TY_OK };
	bool fails = st.calls == st.fails_at;
	ty_blob_done_fn done = st.done;
	ty_blob_got_fn got = st.got;
	size_t at = (size_t)st.number * CHUNK;

	st.done = NULL;
	st.got = NULL;
	if (fails)
		ty_err_set(&err, TY_E_UNAVAILABLE, "the store is away");
	if (done != NULL)
		done(st.ctx, fails ? &err : NULL);
	else if (got != NULL)
		got(st.ctx, st.data + at, st.len - at < CHUNK ? st.len - at : CHUNK,
		    (int64_t)st.len, fails ? &err : NULL);
}

static void
st_called(void *ctx)
{
	st.calls++;
	st.ctx = ctx;
	if (!st.is_late)
		st_answer();
}

static void
st_put(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx)
{
	ck_assert_uint_eq(st.len, (size_t)chunk->number * CHUNK);
	ck_assert_uint_le(st.len + chunk->len, sizeof(st.data));
	memcpy(st.data + st.len, chunk->data, chunk->len);
	st.len += chunk->len;
	if (chunk->len > st.biggest)
		st.biggest = chunk->len;
	st.done = done;
	st_called(ctx);
}

static void
st_commit(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
	  ty_blob_done_fn done, void *ctx)
{
	memcpy(st.hash, hash, sizeof(st.hash));
	st_put(io, last, done, ctx);
	ck_assert_int_eq(bytes, (int64_t)st.len);
}

static void
st_drop(void *io, const struct ty_blob_scope *scope, const struct ty_id *upload_id)
{
	st.drops++;
}

static void
st_get(void *io, const struct ty_id *workspace_id, const char *hash, int64_t number,
       ty_blob_got_fn got, void *ctx)
{
	st.number = number;
	st.got = got;
	st_called(ctx);
}

static const struct ty_blob_io st_io = { st_put, st_commit, st_drop, st_get };

static struct ty_blob *made;
static struct ty_err why;
static int told, readies;

static void
on_ready(void *ctx)
{
	readies++;
}

static void
on_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	told++;
	made = blob;
	if (err != NULL)
		why = *err;
}

static const struct ty_blob_writer_events events = { on_ready, on_done, NULL };

static struct ty_blob_writer *
writer_new(int64_t bytes_max)
{
	struct ty_blob_scope scope = { .workspace_id = ty_id_new(), .owner_id = ty_id_new() };

	return ty_blob_writer_new(&st_io, NULL, &scope, bytes_max, &events);
}

/* Bytes that are no two alike in their place. */
static char *
bytes_of(size_t len)
{
	char *data = ty_arena_alloc(fx.arena, len + 1);

	for (size_t i = 0; i < len; i++)
		data[i] = (char)(i * 31 + i / 251);
	return data;
}

/* In pieces of no round size; answers come when nothing more is taken. */
static void
write_all(struct ty_blob_writer *writer, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && ty_blob_writer_failure(writer) == NULL) {
		size_t n = len - at < 7777 ? len - at : 7777;
		size_t taken = ty_blob_writer_add(writer, data + at, n);

		at += taken;
		if (taken < n && st.done != NULL)
			st_answer();
	}
	ty_blob_writer_end(writer);
	while (st.done != NULL)
		st_answer();
}

static const struct {
	size_t len;
	bool is_late, in_memory;
} sizes[] = {
	{ 0, false, true },	    { 1, false, true },
	{ CHUNK - 1, true, true },  { CHUNK, false, false },
	{ CHUNK, true, false },	    { CHUNK + 1, false, false },
	{ 3 * CHUNK, true, false }, { 3 * CHUNK + 5, true, false },
};

START_TEST(bytes_get_the_name_that_is_their_hash)
{
	struct ty_blob_writer *writer = writer_new(BYTES_MAX);
	char *data = bytes_of(sizes[_i].len), hex[TY_BLOB_HASH_SIZE];
	uint8_t sum[TY_SHA256_SIZE];

	st.is_late = sizes[_i].is_late;
	write_all(writer, data, sizes[_i].len);
	ck_assert_int_eq(told, 1);
	ck_assert_ptr_nonnull(made);
	ty_sha256(data, sizes[_i].len, sum);
	ty_str_hex(sum, sizeof(sum), hex);
	ck_assert_str_eq(made->hash, hex);
	ck_assert_str_eq(st.hash, hex);
	ck_assert_int_eq(made->bytes, (int64_t)sizes[_i].len);
	ck_assert_uint_eq(st.len, sizes[_i].len);
	ck_assert_mem_eq(st.data, data, sizes[_i].len);
	ck_assert_uint_le(st.biggest, CHUNK);
	ck_assert(made->bytes == 0 || (made->data != NULL) == sizes[_i].in_memory);
	ck_assert_uint_eq(st.drops, 0);
	ty_blob_writer_free(writer);
	ty_blob_unref(made);
}
END_TEST

START_TEST(nothing_is_taken_while_a_chunk_is_being_kept)
{
	struct ty_blob_writer *writer = writer_new(BYTES_MAX);
	char *data = bytes_of(2 * CHUNK);

	st.is_late = true;
	ck_assert_uint_eq(ty_blob_writer_add(writer, data, 2 * CHUNK), CHUNK);
	ck_assert_uint_eq(ty_blob_writer_add(writer, data, 1), 0);
	ck_assert_int_eq(readies, 0);
	st_answer();
	ck_assert_int_eq(readies, 1);
	ck_assert_uint_eq(ty_blob_writer_add(writer, data, 1), 1);
	ty_blob_writer_free(writer);
	ck_assert_uint_eq(st.drops, 1);
}
END_TEST

START_TEST(a_chunk_that_is_refused_fails_the_whole_and_drops_it) /* the nth, for every n */
{
	struct ty_blob_writer *writer = writer_new(BYTES_MAX);

	st.is_late = _i % 2 == 0;
	st.fails_at = (size_t)_i / 2 + 1;
	write_all(writer, bytes_of(3 * CHUNK + 5), 3 * CHUNK + 5);
	ck_assert_int_eq(told, 1);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(why.code, TY_E_UNAVAILABLE);
	ty_blob_writer_free(writer);
	ck_assert_uint_eq(st.drops, 1);
}
END_TEST

START_TEST(one_byte_over_the_limit_is_too_large)
{
	struct ty_blob_writer *writer = writer_new(10);

	write_all(writer, "0123456789", 10);
	ck_assert_ptr_nonnull(made);
	ty_blob_writer_free(writer);
	ty_blob_unref(made);
	made = NULL;
	st.len = 0;
	writer = writer_new(10);
	write_all(writer, "0123456789X", 11);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(why.code, TY_E_TOO_LARGE);
	ty_blob_writer_free(writer);
}
END_TEST

START_TEST(a_writer_that_is_freed_with_a_chunk_under_way_is_dropped_when_it_is_kept)
{
	struct ty_blob_writer *writer = writer_new(BYTES_MAX);

	st.is_late = true;
	ty_blob_writer_add(writer, bytes_of(CHUNK), CHUNK);
	ty_blob_writer_free(writer);
	ck_assert_uint_eq(st.drops, 0);
	st_answer();
	ck_assert_uint_eq(st.drops, 1);
	ck_assert_int_eq(told + readies, 0);
}
END_TEST

/* ---- reading ---- */

static const struct {
	size_t len, from;
	bool is_late;
} reads[] = {
	{ 0, 0, false },
	{ 5, 0, false },
	{ 5, 4, true },
	{ CHUNK, 0, true },
	{ 3 * CHUNK + 5, 0, true },
	{ 3 * CHUNK + 5, CHUNK, false },
	{ 3 * CHUNK + 5, 2 * CHUNK - 1, true },
	{ 3 * CHUNK + 5, 3 * CHUNK + 5, false },
};

static size_t
read_all(struct ty_blob_reader *reader, char *out)
{
	size_t have = 0;
	ssize_t n;

	while ((n = ty_blob_reader_take(reader, out + have, 10007)) != 0) {
		if (n == TY_BLOB_WAIT)
			st_answer();
		else if (n < 0)
			break;
		else
			have += (size_t)n;
	}
	return have;
}

START_TEST(bytes_come_in_order_from_any_place)
{
	struct ty_id workspace = ty_id_new();
	size_t len = reads[_i].len, from = reads[_i].from;
	char *out = ty_arena_alloc(fx.arena, BYTES_MAX), *data = bytes_of(len);
	struct ty_blob_reader *reader;

	memcpy(st.data, data, len);
	st.len = len;
	st.is_late = reads[_i].is_late;
	reader = ty_blob_reader_new(&st_io, NULL, &workspace, "aa", (int64_t)len, (int64_t)from,
				    on_ready, NULL);
	ck_assert_uint_eq(read_all(reader, out), len - from);
	ck_assert_mem_eq(out, data + from, len - from);
	ck_assert_ptr_null(ty_blob_reader_failure(reader));
	ty_blob_reader_free(reader);
}
END_TEST

START_TEST(a_size_that_is_not_the_items_is_not_sent)
{
	struct ty_id workspace = ty_id_new();
	struct ty_blob_reader *reader =
		ty_blob_reader_new(&st_io, NULL, &workspace, "aa", 7, 0, on_ready, NULL);
	char out[16];

	st.len = 8;
	ck_assert_int_eq(ty_blob_reader_take(reader, out, sizeof(out)), TY_BLOB_FAILED);
	ck_assert_int_eq(ty_blob_reader_failure(reader)->code, TY_E_NOT_FOUND);
	ty_blob_reader_free(reader);
}
END_TEST

START_TEST(a_reader_that_is_freed_with_a_chunk_on_its_way_waits_for_it)
{
	struct ty_id workspace = ty_id_new();
	struct ty_blob_reader *reader =
		ty_blob_reader_new(&st_io, NULL, &workspace, "aa", 5, 0, on_ready, NULL);
	char out[16];

	st.len = 5;
	st.is_late = true;
	ck_assert_int_eq(ty_blob_reader_take(reader, out, sizeof(out)), TY_BLOB_WAIT);
	ty_blob_reader_free(reader);
	st_answer();
	ck_assert_int_eq(readies, 0);
}
END_TEST

START_TEST(bytes_in_memory_are_counted_and_read_without_a_store)
{
	struct ty_blob_writer *writer = writer_new(10);
	struct ty_blob_reader *reader;
	char out[16];

	write_all(writer, "0123456789", 10);
	ty_blob_writer_free(writer);
	reader = ty_blob_reader_of(made, 3);
	ty_blob_unref(made);
	st.calls = 0;
	ck_assert_int_eq(ty_blob_reader_take(reader, out, sizeof(out)), 7);
	ck_assert_mem_eq(out, "3456789", 7);
	ck_assert_int_eq(ty_blob_reader_take(reader, out, sizeof(out)), 0);
	ck_assert_uint_eq(st.calls, 0);
	ty_blob_reader_free(reader);
}
END_TEST

/* ---- as an item has it ---- */

#define HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const struct {
	const char *text;
	bool is_one;
} metas[] = {
	{ "{\"blob\":\"" HASH "\",\"mime\":\"a/b\",\"name\":\"n\",\"bytes\":3}", true },
	{ "{\"blob\":\"" HASH "\",\"bytes\":0}", true },
	{ "{\"blob\":\"" HASH "\"}", false },
	{ "{\"blob\":\"" HASH "\",\"bytes\":-1}", false },
	{ "{\"blob\":\"BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\","
	  "\"bytes\":1}",
	  false },
	{ "{\"blob\":\"ba78\",\"bytes\":1}", false },
	{ "{\"blob\":5,\"bytes\":1}", false },
	{ "{}", false },
};

START_TEST(a_handle_has_a_hash_and_a_size)
{
	json_t *json = json_loads(metas[_i].text, 0, NULL), *again;
	struct ty_blob_meta meta;

	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(ty_blob_meta_parse(json, &meta), metas[_i].is_one);
	if (metas[_i].is_one) {
		again = ty_blob_meta_json(&meta);
		ck_assert(
			json_equal(json_object_get(again, "blob"), json_object_get(json, "blob")));
		ck_assert_int_gt((int)json_string_length(json_object_get(again, "mime")), 0);
		json_decref(again);
	}
	json_decref(json);
}
END_TEST

TEST_MAIN("blob", {
	TEST_LOOP(bytes_get_the_name_that_is_their_hash, sizes);
	TEST(nothing_is_taken_while_a_chunk_is_being_kept);
	tcase_add_loop_test(tc, a_chunk_that_is_refused_fails_the_whole_and_drops_it, 0, 8);
	TEST(one_byte_over_the_limit_is_too_large);
	TEST(a_writer_that_is_freed_with_a_chunk_under_way_is_dropped_when_it_is_kept);
	TEST_LOOP(bytes_come_in_order_from_any_place, reads);
	TEST(a_size_that_is_not_the_items_is_not_sent);
	TEST(a_reader_that_is_freed_with_a_chunk_on_its_way_waits_for_it);
	TEST(bytes_in_memory_are_counted_and_read_without_a_store);
	TEST_LOOP(a_handle_has_a_hash_and_a_size, metas);
})
