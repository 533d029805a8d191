/* test_charset.c -- what a label means, marks, and bytes that are no characters. */
#include "body/charset.h"
#include "support/common.h"

#define BYTES(s)                                                                                   \
	{                                                                                          \
		s, sizeof(s) - 1                                                                   \
	}

static const struct {
	const char *a, *b;
} same[] = {
	{ "latin1", "windows-1252" },	  { "ISO-8859-1", "windows-1252" },
	{ "us-ascii", "windows-1252" },	  { " UTF8 ", "utf-8" },
	{ "utf-16", "utf-16le" },	  { "gb2312", "gb18030" },
	{ "ks_c_5601-1987", "euc-kr" },	  { "x-sjis", "shift_jis" },
	{ "iso-8859-9", "windows-1254" }, { "tis-620", "windows-874" },
	{ "big5", "big5-hkscs" },
};

START_TEST(a_label_means_what_the_web_takes_it_for)
{
	ck_assert_ptr_nonnull(ty_charset_find(same[_i].a));
	ck_assert_ptr_eq(ty_charset_find(same[_i].a), ty_charset_find(same[_i].b));
}
END_TEST

START_TEST(a_label_that_nobody_knows_is_none)
{
	static const char *const none[] = {
		"",    " ",  "x-none",		"utf-7",	  "1252",
		"utf", "-8", "iso-2022-cn-ext", "UTF-8//TRANSLIT"
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(none); i++)
		ck_assert_msg(ty_charset_find(none[i]) == NULL, "%s", none[i]);
}
END_TEST

static const struct {
	const char *label;
	struct ty_text in, out;
	bool mended;
} rows[] = {
	{ "utf-8", BYTES("Ren\xC3\xA9"), BYTES("Ren\xC3\xA9"), false },
	{ "utf-8", BYTES("a\xC3"), BYTES("a\xEF\xBF\xBD"), true },
	{ "utf-8", BYTES("a\0b"),
	  BYTES("a\xEF\xBF\xBD"
		"b"),
	  true },
	/* The examples of Unicode 15, table 3-8 to 3-11. */
	{ "utf-8", BYTES("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
	  BYTES("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF"
		"\xBD\xEF\xBF\xBD"
		"A"),
	  true },
	{ "utf-8", BYTES("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"),
	  BYTES("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
		"A"),
	  true },
	{ "utf-8", BYTES("\xED\xA0\xBD"), BYTES("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true },
	{ "latin1", BYTES("Ren\xE9 \x80 \x81"), BYTES("Ren\xC3\xA9 \xE2\x82\xAC \xC2\x81"), false },
	{ "windows-1251", BYTES("\xcf\xf0\xe8"), BYTES("\xD0\x9F\xD1\x80\xD0\xB8"), false },
	{ "shift_jis", BYTES("\x83n\x83\x8d\x81["), BYTES("\xE3\x83\x8F\xE3\x83\xAD\xE3\x83\xBC"),
	  false },
	{ "euc-kr", BYTES("\xc7\xd1"), BYTES("\xED\x95\x9C"), false },
	{ "iso-2022-jp", BYTES("\x1b$B%O\x1b(B!"), BYTES("\xE3\x83\x8F!"), false },
	{ "utf-16le", BYTES("h\0\xe9\0"), BYTES("h\xC3\xA9"), false },
	{ "utf-16be", BYTES("\0h\xd8\x3d\xde\0"), BYTES("h\xF0\x9F\x98\x80"), false },
	{ "utf-16le", BYTES("h\0\x3d\xd8x\0"), BYTES("h\xEF\xBF\xBDx"), true }, /* half a pair */
	{ "utf-16le", BYTES("h\0i"), BYTES("h\xEF\xBF\xBD"), true },
	{ "utf-16le", BYTES("a\0\0\0b\0"),
	  BYTES("a\xEF\xBF\xBD"
		"b"),
	  true },
	{ "utf-32be", BYTES("\0\0\0h"), BYTES("h"), false },
};

START_TEST(bytes_become_text_and_what_is_none_is_told)
{
	bool mended = false;
	struct ty_text out =
		ty_charset_decode(fx.arena, ty_charset_find(rows[_i].label), rows[_i].in, &mended);

	ck_assert_msg(out.len == rows[_i].out.len && memcmp(out.s, rows[_i].out.s, out.len) == 0,
		      "%.*s, not %s", (int)out.len, out.s, rows[_i].out.s);
	ck_assert_int_eq(mended, rows[_i].mended);
}
END_TEST

START_TEST(a_long_text_is_whole)
{
	size_t len = 100000;
	char *in = ty_arena_alloc(fx.arena, len);
	struct ty_text out;
	bool mended = false;

	memset(in, 0xe9, len);
	out = ty_charset_decode(fx.arena, ty_charset_find("latin1"), (struct ty_text){ in, len },
				&mended);
	ck_assert_uint_eq(out.len, 2 * len);
	ck_assert(!mended && memcmp(out.s + 2 * len - 2, "\xC3\xA9", 2) == 0);
}
END_TEST

START_TEST(every_charset_of_the_table_is_known_to_iconv)
{
	static const char *const labels[] = {
		"windows-1250",	  "windows-1251", "windows-1253", "windows-1254", "windows-1255",
		"windows-1256",	  "windows-1257", "windows-1258", "windows-874",  "iso-8859-2",
		"iso-8859-3",	  "iso-8859-4",	  "iso-8859-5",	  "iso-8859-6",	  "iso-8859-7",
		"iso-8859-8",	  "iso-8859-10",  "iso-8859-13",  "iso-8859-14",  "iso-8859-15",
		"iso-8859-16",	  "koi8-r",	  "koi8-u",	  "ibm866",	  "macintosh",
		"x-mac-cyrillic", "gb18030",	  "big5",	  "euc-jp",	  "iso-2022-jp",
		"shift_jis",	  "euc-kr",	  "utf-32le",	  "windows-1252"
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(labels); i++) {
		struct ty_text in = BYTES("a"), out;

		ck_assert_msg(ty_charset_find(labels[i]) != NULL, "%s", labels[i]);
		ck_assert_ok(
			ty_charset_encode(fx.arena, ty_charset_find(labels[i]), in, &out, &fx.err));
		ck_assert_uint_ge(out.len, 1);
	}
}
END_TEST

START_TEST(text_goes_out_in_the_charset_that_is_said_or_not_at_all)
{
	struct ty_text in = BYTES("Ren\xC3\xA9"), out, han = BYTES("\xE4\xB8\xAD");

	ck_assert_ok(ty_charset_encode(fx.arena, ty_charset_find("latin1"), in, &out, &fx.err));
	ck_assert(out.len == 4 && memcmp(out.s, "Ren\xE9", 4) == 0);
	ck_assert_code(ty_charset_encode(fx.arena, ty_charset_find("latin1"), han, &out, &fx.err),
		       TY_E_INVALID);
}
END_TEST

TEST_MAIN("charset", {
	TEST_LOOP(a_label_means_what_the_web_takes_it_for, same);
	TEST(a_label_that_nobody_knows_is_none);
	TEST_LOOP(bytes_become_text_and_what_is_none_is_told, rows);
	TEST(a_long_text_is_whole);
	TEST(every_charset_of_the_table_is_known_to_iconv);
	TEST(text_goes_out_in_the_charset_that_is_said_or_not_at_all);
})
