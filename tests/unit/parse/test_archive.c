/*
 * test_archive.c -- the file tool "archive": what is packed comes back, and what no honest archive has is refused.
 */
#include "unit/parse/filed.h"

#include "base/limits.h"

#include <zlib.h>

static struct filed_in
packed(const char *what, const struct filed_in *files, size_t count)
{
	struct filed out =
		filed("archive", ty_arena_printf(fx.arena, "{`do`:`%s`}", what), files, count);

	ck_assert_str_eq(out.message, "");
	ck_assert_uint_eq(json_array_size(out.items), 1);
	return filed_file(&out, 0);
}

static struct filed
unpacked(const struct filed_in *file, const char *more)
{
	return filed("archive", ty_arena_printf(fx.arena, "{`do`:`unpack`%s}", more), file, 1);
}

static struct filed_in
of_size(const char *name, size_t len, bool is_even)
{
	char *data = ty_arena_alloc(fx.arena, len + 1);
	uint32_t state = 1;

	for (size_t i = 0; i < len && !is_even; i++) {
		state = state * 1664525 + 1013904223;
		data[i] = (char)(state >> 24);
	}
	return (struct filed_in){ name, data, len };
}

static const struct {
	const char *what, *name;
	size_t len;
	bool is_even;
} streams[] = {
	{ "gzip", "a.txt.gz", 100, false },	{ "gzip", "a.txt.gz", 0, false },
	{ "gzip", "a.txt.gz", 3000000, false }, { "deflate", "a.txt.zz", 70000, false },
	{ "deflate", "a.txt.zz", 0, false },	{ "gzip", "a.txt.gz", 150000, true },
};

START_TEST(what_is_packed_comes_back)
{
	struct filed_in in = of_size("a.txt", streams[_i].len, streams[_i].is_even), out;
	struct filed_in pack = packed(streams[_i].what, &in, 1);
	struct filed again;

	ck_assert_str_eq(pack.name, streams[_i].name);
	again = unpacked(&pack, "");
	ck_assert_str_eq(again.message, "");
	out = filed_file(&again, 0);
	ck_assert_str_eq(out.name, "a.txt");
	ck_assert_uint_eq(out.len, in.len);
	ck_assert(in.len == 0 || memcmp(out.data, in.data, in.len) == 0);
}
END_TEST

START_TEST(the_same_files_give_the_same_bytes)
{
	struct filed_in in[] = { of_size("a", 1000, false), of_size("b", 10, true) };
	struct filed_in one = packed("zip", in, 2), two = packed("zip", in, 2);

	ck_assert_uint_eq(one.len, two.len);
	ck_assert_mem_eq(one.data, two.data, one.len);
	ck_assert_str_eq(one.name, "archive.zip");
}
END_TEST

START_TEST(several_gzip_files_behind_each_other_are_one)
{
	struct filed_in in = of_size("x", 100, false), pack = packed("gzip", &in, 1), twice;
	char *data = ty_arena_alloc(fx.arena, 2 * pack.len + 3);
	struct filed out;

	memcpy(data, pack.data, pack.len);
	memcpy(data + pack.len, pack.data, pack.len);
	memset(data + 2 * pack.len, 0, 3); /* padding, as tapes have it */
	twice = (struct filed_in){ "x.gz", data, 2 * pack.len + 3 };
	out = unpacked(&twice, "");
	ck_assert_str_eq(out.message, "");
	ck_assert_uint_eq(out.bytes_len, 200);
}
END_TEST

START_TEST(entries_of_a_zip_are_items_or_files)
{
	struct filed_in in[] = { of_size("a.txt", 1000, false), of_size("a.txt", 10, true),
				 of_size("f/\xC3\xA4.bin", 0, true), of_size("", 5, true) };
	struct filed_in pack = packed("zip", in, 4), one;
	struct filed out = unpacked(&pack, "");

	ck_assert_str_eq(out.message, "");
	ck_assert_uint_eq(json_array_size(out.items), 4);
	ck_assert_str_eq(ty_json_dump(fx.arena, out.items, NULL),
			 quoted("[{`json`:{`path`:`a.txt`,`bytes`:1000},`files`:[{`key`:`data`,`"
				"name`:`a.txt`,`mime`:``,"
				"`bytes`:1000}]},{`json`:{`path`:`a_2.txt`,`bytes`:10},`files`:[{`"
				"key`:`data`,`name`:`a_2.txt`,"
				"`mime`:``,`bytes`:10}]},{`json`:{`path`:`f/"
				"\xC3\xA4.bin`,`bytes`:0},`files`:[{`key`:`data`,"
				"`name`:`\xC3\xA4.bin`,`mime`:``,`bytes`:0}]},{`json`:{`path`:`"
				"file_4`,`bytes`:5},`files`:["
				"{`key`:`data`,`name`:`file_4`,`mime`:``,`bytes`:5}]}]"));
	one = filed_file(&out, 0);
	ck_assert_mem_eq(one.data, in[0].data, 1000);
	out = unpacked(&pack, ",`entries`:`files`,`key`:`f`");
	ck_assert_uint_eq(json_array_size(out.items), 1);
	ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, out.items, NULL), "\"f_3\""));
}
END_TEST

/* ---- archives that no program of good will makes ---- */

struct odd {
	const char *name;
	size_t name_len; /* 0 = to its NUL */
	unsigned flags, method;
	const char *data;
	size_t len, claimed; /* claimed 0: the true size */
	uint32_t crc;	     /* 0: that of 'data' */
};

static void
le(struct ty_buf *buf, uint32_t n, int bytes)
{
	while (bytes-- > 0) {
		ty_buf_add_char(buf, (char)(n & 0xff));
		n >>= 8;
	}
}

static void
head(struct ty_buf *buf, const struct odd *odd, const char *magic, size_t at)
{
	size_t name = odd->name_len != 0 ? odd->name_len : strlen(odd->name);
	bool central = magic[2] == 1;

	ty_buf_add(buf, magic, 4);
	if (central)
		le(buf, 20, 2);
	le(buf, 20, 2);
	le(buf, odd->flags, 2);
	le(buf, odd->method, 2);
	le(buf, 0x00210000, 4);
	le(buf,
	   odd->crc != 0 ? odd->crc : (uint32_t)crc32(0, (const Bytef *)odd->data, (uInt)odd->len),
	   4);
	le(buf, (uint32_t)odd->len, 4);
	le(buf, (uint32_t)(odd->claimed != 0 ? odd->claimed : odd->len), 4);
	le(buf, (uint32_t)name, 2);
	le(buf, 0, 2);
	if (central) {
		le(buf, 0, 2 + 2 + 2);
		le(buf, 0, 4);
		le(buf, (uint32_t)at, 4);
	}
	ty_buf_add(buf, odd->name, name);
}

static struct filed_in
odd_zip(const struct odd *odd, size_t copies)
{
	struct ty_buf buf;
	size_t begin;

	ty_buf_init(&buf, fx.arena, 1024);
	head(&buf, odd, "PK\3\4", 0);
	ty_buf_add(&buf, odd->data, odd->len);
	begin = buf.len;
	for (size_t i = 0; i < copies; i++)
		head(&buf, odd, "PK\1\2", 0);
	size_t size = buf.len - begin;

	ty_buf_add(&buf, "PK\5\6", 4);
	le(&buf, 0, 4);
	le(&buf, (uint32_t)copies, 2);
	le(&buf, (uint32_t)copies, 2);
	le(&buf, (uint32_t)size, 4);
	le(&buf, (uint32_t)begin, 4);
	le(&buf, 0, 2);
	return (struct filed_in){ "odd.zip", buf.data, buf.len };
}

static const struct {
	struct odd odd;
	const char *message; /* "" = it is unpacked */
} odds[] = {
	{ { "good", 0, 0, 0, "abc", 3, 0, 0 }, "" },
	{ { "a..b/..c/d..", 0, 0, 0, "abc", 3, 0, 0 }, "" },
	{ { "folder/", 0, 0, 0, "", 0, 0, 0 }, "" },
	{ { "../up", 0, 0, 0, "abc", 3, 0, 0 }, "entry \"../up\" leads out of the archive" },
	{ { "a/../../up", 0, 0, 0, "abc", 3, 0, 0 }, "leads out of the archive" },
	{ { "a/..", 0, 0, 0, "abc", 3, 0, 0 }, "leads out of the archive" },
	{ { "/etc/passwd", 0, 0, 0, "abc", 3, 0, 0 },
	  "entry \"/etc/passwd\" has an absolute path" },
	{ { "c:x", 0, 0, 0, "abc", 3, 0, 0 }, "has an absolute path" },
	{ { "a\\b", 0, 0, 0, "abc", 3, 0, 0 }, "has a backslash" },
	{ { "a\nb", 0, 0, 0, "abc", 3, 0, 0 }, "has a control character" },
	{ { "a\0b", 3, 0, 0, "abc", 3, 0, 0 }, "entry \"a\" has a NUL in its name" },
	{ { "/.\xC0\xBD/x", 0, 0, 0, "abc", 3, 0, 0 }, "/x\" has a name in no known charset" },
	{ { "secret", 0, 1, 0, "abcdefghijklmnop", 16, 0, 0 }, "entry \"secret\" is encrypted" },
	{ { "odd", 0, 0, 97, "abc", 3, 0, 0 }, "entry \"odd\" is packed by method 97" },
	{ { "cut", 0, 0, 8, "abc", 3, 10, 0 }, "entry \"cut\" cannot be unpacked" },
};

START_TEST(odd_archives_are_told)
{
	struct filed_in file = odd_zip(&odds[_i].odd, 1);
	struct filed out = unpacked(&file, "");

	if (odds[_i].message[0] == '\0')
		ck_assert_str_eq(out.message, "");
	ck_assert_msg(strstr(out.message, odds[_i].message) != NULL, "%s", out.message);
}
END_TEST

static struct filed_in
deflated(size_t len)
{
	struct filed_in in = of_size("x", len, true), pack = packed("deflate", &in, 1);

	/* Bare: without zlib's header and sum. */
	return (struct filed_in){ "x", pack.data + 2, pack.len - 6 };
}

START_TEST(bombs_are_told)
{
	struct filed_in in = of_size("x", 20000000, true), gz = packed("gzip", &in, 1);
	struct filed_in raw = deflated(20000000), many_in = deflated(200000), zip;
	struct odd bomb = { "big", 0, 0, 8, raw.data, raw.len, 20000000, 0 };
	struct odd many = { "overlap", 0, 0, 8, many_in.data, many_in.len, 200000, 0 };
	const char *told;
	struct filed_in even = of_size("x", 200000, true);

	many.crc = (uint32_t)crc32(0, (const Bytef *)even.data, (uInt)even.len);
	ck_assert_ptr_nonnull(strstr(unpacked(&gz, "").message, "taken for a bomb"));
	zip = odd_zip(&bomb, 1);
	ck_assert_ptr_nonnull(strstr(unpacked(&zip, "").message, "\"big\" unpacks to more than"));
	/* The size that it claims is no more than a claim. */
	bomb.claimed = 5;
	zip = odd_zip(&bomb, 1);
	ck_assert_str_ne(unpacked(&zip, "").message, "");
	/* The same bytes many times over: counted all together. */
	zip = odd_zip(&many, 900);
	told = unpacked(&zip, "").message;
	ck_assert_msg(strstr(told, "the result has more than 33554432 bytes") != NULL, "%s", told);
	zip = odd_zip(&many, 1001);
	ck_assert_ptr_nonnull(strstr(unpacked(&zip, "").message, "1001 entries, and at most 1000"));
}
END_TEST

static const struct {
	const char *data;
	size_t len;
	const char *more, *message;
} broken[] = {
	{ "hello", 5, "", "neither gzip nor zlib nor zip" },
	{ "", 0, "", "neither gzip nor zlib nor zip" },
	{ "", 0, ",`as`:`gzip`", "ends too early" },
	{ "hello", 5, ",`as`:`zip`", "no zip archive that can be read" },
	{ "\x1f\x8b\x08\0\0\0\0\0\0\3", 10, "", "ends too early" },
	{ "\x1f\x8b\x07\0\0\0\0\0\0\3", 10, "", "unknown compression method" },
	{ "PK\3\4aaaa", 8, "", "no zip archive" },
	{ "\xff\xff\xff", 3, ",`as`:`deflate`", "the file is broken" },
};

START_TEST(broken_files_are_told)
{
	struct filed_in file = { "f", broken[_i].data, broken[_i].len };
	struct filed out = unpacked(&file, broken[_i].more);

	ck_assert_msg(strstr(out.message, broken[_i].message) != NULL, "%s", out.message);
}
END_TEST

START_TEST(bare_deflate_is_read_where_it_is_said)
{
	struct filed_in file = deflated(1000);
	struct filed out = unpacked(&file, ",`as`:`deflate`");

	ck_assert_str_eq(out.message, "");
	ck_assert_uint_eq(out.bytes_len, 1000);
}
END_TEST

START_TEST(requests_that_are_none_are_told)
{
	static const char *const bodies[] = { "\0", "\0\4\0\0\0abc", "\0\0\0\0\0no",
					      "\0\0\0\0\0{}" };
	static const size_t lens[] = { 1, 8, 7, 7 };

	for (size_t i = 0; i < TY_ARRAY_COUNT(bodies); i++) {
		size_t len;
		char *answer = file_tool_answer(bodies[i], lens[i], 0, &len);

		ck_assert_uint_gt(len, TY_PARCEL_HEADER_SIZE);
		ck_assert_mem_eq(answer + TY_PARCEL_HEADER_SIZE, "{\"ok\":false", 11);
		free(answer);
	}
}
END_TEST

TEST_MAIN("parse.archive", {
	TEST_LOOP(what_is_packed_comes_back, streams);
	TEST(the_same_files_give_the_same_bytes);
	TEST(several_gzip_files_behind_each_other_are_one);
	TEST(entries_of_a_zip_are_items_or_files);
	TEST_LOOP(odd_archives_are_told, odds);
	TEST(bombs_are_told);
	TEST_LOOP(broken_files_are_told, broken);
	TEST(bare_deflate_is_read_where_it_is_said);
	TEST(requests_that_are_none_are_told);
})
