/* test_encoding.c -- each Content-Encoding, several in a row, and what is hostile, cut off or unknown. */
#include "base/budget.h"
#include "base/limits.h"
#include "body/encoding.h"
#include "support/common.h"

#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define BYTES(s) s, sizeof(s) - 1
#define MAX	 ((size_t)1024)

struct bytes {
	const char *s;
	size_t len;
};

/* zlib's own writer: gzip, zlib or raw by 'window_bits'. */
static struct bytes
deflated(const char *data, size_t len, int window_bits)
{
	z_stream z = { 0 };
	size_t cap = compressBound(len) + 64;
	char *out = ty_arena_alloc(fx.arena, cap);

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)cap;
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	cap = z.total_out;
	deflateEnd(&z);
	return (struct bytes){ out, cap };
}

static struct bytes
gzipped(const char *data, size_t len)
{
	return deflated(data, len, 16 + MAX_WBITS);
}

static struct bytes
zstded(const char *data, size_t len)
{
	size_t cap = ZSTD_compressBound(len);
	char *out = ty_arena_alloc(fx.arena, cap);

	return (struct bytes){ out, ZSTD_compress(out, cap, data, len, 19) };
}

static struct bytes
joined(struct bytes a, struct bytes b)
{
	char *out = ty_arena_alloc(fx.arena, a.len + b.len);

	memcpy(out, a.s, a.len);
	memcpy(out + a.len, b.s, b.len);
	return (struct bytes){ out, a.len + b.len };
}

static enum ty_code
undo(const char *encodings, struct bytes in, size_t max, struct bytes *ret_out)
{
	return ty_body_inflate(fx.arena, NULL, encodings, in.s, in.len, max, &ret_out->s,
			       &ret_out->len, &fx.err);
}

static void
gives(const char *encodings, struct bytes in, const char *text)
{
	struct bytes out;

	ck_assert_ok(undo(encodings, in, MAX, &out));
	ck_assert_uint_eq(out.len, strlen(text));
	ck_assert_mem_eq(out.s, text, out.len);
}

static const struct bytes plain = { BYTES("{\"n\":1}") };
static const struct bytes brotli = { BYTES("\x0b\x03\x80{\"n\":1}\x03") };
/* 17 MiB of zeros in 40 bytes, made by Node's zlib. */
static const struct bytes brotli_bomb = { BYTES(
	"\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x8f\xff\xff\x7f\xf0\x4f\x00\xc4\x61"
	"\x11"
	"\x80\xee\xfd\x5f\xfd\xff\x3f\xfe\x09\x80\x38\x2c\x00\xd0\xbd\x7f\x00") };

START_TEST(each_encoding_gives_the_body)
{
	gives("gzip", gzipped(plain.s, plain.len), plain.s);
	gives("X-GZIP", gzipped(plain.s, plain.len), plain.s);
	gives("deflate", deflated(plain.s, plain.len, MAX_WBITS), plain.s);
	gives("deflate", deflated(plain.s, plain.len, -MAX_WBITS), plain.s);
	gives("br", brotli, plain.s);
	gives("zstd", zstded(plain.s, plain.len), plain.s);
}
END_TEST

START_TEST(no_encoding_gives_the_bytes_themselves)
{
	static const char *const none[] = { NULL, "", " ", "identity", "Identity, ,identity" };
	struct bytes out;

	for (size_t i = 0; i < TY_ARRAY_COUNT(none); i++) {
		ck_assert_ok(undo(none[i], plain, 1, &out));
		ck_assert_ptr_eq(out.s, plain.s);
	}
}
END_TEST

START_TEST(several_are_undone_from_the_last)
{
	struct bytes once = gzipped(plain.s, plain.len);

	gives("gzip, zstd", zstded(once.s, once.len), plain.s);
	gives("gzip,identity,gzip", gzipped(once.s, once.len), plain.s);
	ck_assert_code(undo("gzip,gzip,gzip,gzip,gzip", once, MAX, &once), TY_E_MALFORMED);
}
END_TEST

START_TEST(an_empty_body_is_empty_whatever_is_said_of_it)
{
	gives("gzip", (struct bytes){ "", 0 }, "");
	gives("br", (struct bytes){ "", 0 }, "");
}
END_TEST

START_TEST(members_and_frames_in_a_row_are_one_body)
{
	struct bytes gz = gzipped("ab", 2), zst = zstded("ab", 2);

	gives("gzip", joined(gz, gz), "abab");
	gives("zstd", joined(zst, zst), "abab");
	gives("gzip", joined(gz, (struct bytes){ BYTES("\0\0\0") }), "ab"); /* padding */
}
END_TEST

START_TEST(damaged_and_cut_off_data_is_malformed)
{
	static const char *const names[] = { "gzip", "deflate", "deflate", "br", "zstd" };
	const struct bytes whole[] = { gzipped(plain.s, plain.len),
				       deflated(plain.s, plain.len, MAX_WBITS),
				       deflated(plain.s, plain.len, -MAX_WBITS), brotli,
				       zstded(plain.s, plain.len) };
	struct bytes out;

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++) {
		for (size_t len = 1; len < whole[i].len; len++)
			ck_assert_code(undo(names[i], (struct bytes){ whole[i].s, len }, MAX, &out),
				       TY_E_MALFORMED);
		ck_assert_code(undo(names[i], joined(whole[i], plain), MAX, &out), TY_E_MALFORMED);
		ck_assert_code(undo(names[i], plain, MAX, &out), TY_E_MALFORMED);
	}
	ck_assert_msg(strstr(fx.err.msg, "zstd") != NULL, "%s", fx.err.msg);
}
END_TEST

START_TEST(an_unknown_encoding_is_named_with_those_that_are_known)
{
	static const char *const unknown[] = { "compress", "gzip, snappy", "utf-8", "gzip br",
					       "a-name-that-is-longer-than-any-encoding-has" };
	static const char *const named[] = { "compress", "snappy", "utf-8", "br", "a-name-that" };
	struct bytes out;

	for (size_t i = 0; i < TY_ARRAY_COUNT(unknown); i++) {
		ck_assert_code(undo(unknown[i], plain, MAX, &out), TY_E_UNSUPPORTED);
		ck_assert_msg(strstr(fx.err.msg, named[i]) != NULL, "%s", fx.err.msg);
		ck_assert_msg(strstr(fx.err.hint, "gzip, deflate, br, zstd") != NULL, "%s",
			      fx.err.hint);
	}
}
END_TEST

START_TEST(a_body_may_be_just_as_large_as_the_limit)
{
	static const char zeros[100];
	struct bytes out;

	ck_assert_ok(undo("gzip", gzipped(zeros, 100), 100, &out));
	ck_assert_uint_eq(out.len, 100);
	ck_assert_code(undo("gzip", gzipped(zeros, 100), 99, &out), TY_E_TOO_LARGE);
	ck_assert_ok(undo("zstd", zstded(zeros, 100), 100, &out));
	ck_assert_code(undo("zstd", zstded(zeros, 100), 99, &out), TY_E_TOO_LARGE);
	/* Of several, the limit is each one's. */
	out = gzipped(zeros, 100);
	ck_assert_code(undo("gzip, gzip", gzipped(out.s, out.len), 99, &out), TY_E_TOO_LARGE);
}
END_TEST

static const struct {
	size_t bytes, taken;
	enum ty_code rc;
	size_t held;
} room_cases[] = {
	{ TY_LIMIT_BODY_COUNTED_BYTES, 1, TY_OK, 0 }, /* too few to matter */
	{ TY_LIMIT_BODY_COUNTED_BYTES + 1, 0, TY_OK, TY_LIMIT_BODIES_BYTES },
	{ TY_LIMIT_BODY_COUNTED_BYTES + 1, 1, TY_E_UNAVAILABLE, 0 },
};
static const char *const room_encodings[] = { "gzip", "zstd", "zstd, gzip" };

START_TEST(what_inflates_to_much_takes_all_of_the_room_once)
{
	struct ty_budget room = TY_BUDGET_INIT(TY_LIMIT_BODIES_BYTES, 0);
	size_t bytes = room_cases[_i].bytes, len;
	struct ty_arena *other = ty_arena_new(NULL, "other", 0), *arena;
	char *zeros = ty_arena_alloc(fx.arena, bytes);
	const char *data;

	ck_assert(ty_budget_take(&room, other, room_cases[_i].taken, 0));
	for (size_t i = 0; i < TY_ARRAY_COUNT(room_encodings); i++) {
		struct bytes in = i > 0 ? zstded(zeros, bytes) : gzipped(zeros, bytes);

		if (i == 2)
			in = gzipped(in.s, in.len);
		arena = ty_arena_new(NULL, "request", 0);
		ck_assert_code(ty_body_inflate(arena, &room, room_encodings[i], in.s, in.len,
					       TY_LIMIT_BODY_BYTES, &data, &len, &fx.err),
			       room_cases[_i].rc);
		ck_assert_uint_eq(ty_budget_taken(&room),
				  room_cases[_i].taken + room_cases[_i].held);
		ty_arena_free(arena);
		ck_assert_uint_eq(ty_budget_taken(&room), room_cases[_i].taken);
	}
	ty_arena_free(other);
}
END_TEST

/* The most memory since the last call, which it forgets. */
static long
peak_kib(void)
{
	FILE *status = fopen("/proc/self/status", "r"), *clear;
	char line[128];
	long kib = -1;

	ck_assert_ptr_nonnull(status);
	while (fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	fclose(status);
	clear = fopen("/proc/self/clear_refs", "w");
	ck_assert_ptr_nonnull(clear);
	ck_assert_int_gt(fputs("5", clear), 0);
	ck_assert_int_eq(fclose(clear), 0);
	return kib;
}

static struct bytes
bomb(const char *name)
{
	size_t len = (size_t)200 * 1024 * 1024;
	char *zeros;
	struct bytes out;

	if (strcmp(name, "br") == 0)
		return brotli_bomb;
	zeros = calloc(1, len);
	out = strcmp(name, "zstd") == 0 ? zstded(zeros, len) : gzipped(zeros, len);
	free(zeros);
	return strcmp(name, "gzip, gzip") == 0 ? gzipped(out.s, out.len) : out;
}

static const char *const bombs[] = { "gzip", "gzip, gzip", "zstd", "br" };

/* A few KB that stand for 200 MB: refused at the limit, in about the memory of the limit. */
START_TEST(a_bomb_costs_no_more_than_the_limit)
{
	struct bytes in = bomb(bombs[_i]), out;
	long before;

	ck_assert_uint_lt(in.len, 210000);
	peak_kib(); /* what making the bomb took */
	before = peak_kib();
	ck_assert_code(undo(bombs[_i], in, TY_LIMIT_BODY_BYTES, &out), TY_E_TOO_LARGE);
	/* Four times: AddressSanitizer keeps what realloc gave back, and brotli has a window. */
	ck_assert_int_lt(peak_kib() - before, 4L * TY_LIMIT_BODY_BYTES / 1024);
}
END_TEST

/* A frame whose header claims a window of 2 GiB costs nothing. */
START_TEST(a_claimed_window_is_not_believed)
{
	static const char claim[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";
	struct bytes out;

	ck_assert_code(undo("zstd", (struct bytes){ BYTES(claim) }, MAX, &out), TY_E_MALFORMED);
}
END_TEST

TEST_MAIN("encoding", {
	TEST(each_encoding_gives_the_body);
	TEST(no_encoding_gives_the_bytes_themselves);
	TEST(several_are_undone_from_the_last);
	TEST(an_empty_body_is_empty_whatever_is_said_of_it);
	TEST(members_and_frames_in_a_row_are_one_body);
	TEST(damaged_and_cut_off_data_is_malformed);
	TEST(an_unknown_encoding_is_named_with_those_that_are_known);
	TEST(a_body_may_be_just_as_large_as_the_limit);
	TEST_LOOP(what_inflates_to_much_takes_all_of_the_room_once, room_cases);
	TEST_LOOP(a_bomb_costs_no_more_than_the_limit, bombs);
	TEST(a_claimed_window_is_not_believed);
})
